"""The tabs of each role's work list, as a table.

A tab names rows (demands, orders or follow-ups), a condition and an order. What the person may see
at all is no matter of tabs: `worklists` narrows everything down to that first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from minsheng.demands.rules import DISSATISFIED, DemandState
from minsheng.directory.access import Actor
from minsheng.directory.permissions import Role
from minsheng.followups.models import FollowUp
from minsheng.foundation import clock
from minsheng.orders.rules import OPEN, RUNNING, OrderState

DEMANDS, ORDERS, FOLLOW_UPS = "demands", "orders", "follow_ups"


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab. `counted` where the number is work to be done; `tone` colours that number.

    `many` is the action that may be taken on several rows at once.
    """

    code: str
    label: Promise | str
    rows: str
    where: Callable[[Actor], Q]
    sort: str
    counted: bool = True
    tone: str = ""
    empty: Promise | str = ""
    many: str = ""


def _state(*states: str) -> Callable[[Actor], Q]:
    return lambda actor: Q(state__in=states)


def _everything(actor: Actor) -> Q:
    return Q()


def _top(*states: str) -> Callable[[Actor], Q]:
    """Orders that the centre decides about: not those that a unit assigned onward."""
    return lambda actor: Q(state__in=states, parent=None)


def _mine(condition: Q) -> Callable[[Actor], Q]:
    """Orders in the hands of the person's own unit."""
    return lambda actor: condition & Q(unit=actor.unit_id)


def _today(actor: Actor) -> Q:
    now = clock.now()
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return Q(state__in=sorted(RUNNING), due_at__gte=now, due_at__lt=tomorrow)


def _next_day(actor: Actor) -> Q:
    now = clock.now()
    return Q(state__in=sorted(RUNNING), due_at__gte=now, due_at__lt=now + timedelta(days=1))


def _overdue(actor: Actor) -> Q:
    return Q(state__in=sorted(RUNNING), due_at__lt=clock.now())


def _own(actor: Actor) -> Q:
    return Q(registered_by=actor.staff_id)


def _both(*conditions: Callable[[Actor], Q]) -> Callable[[Actor], Q]:
    def where(actor: Actor) -> Q:
        found = Q()
        for condition in conditions:
            found &= condition(actor)
        return found

    return where


def _of_my_unit(actor: Actor) -> Q:
    return Q(unit=actor.unit_id)


_S, _O = DemandState, OrderState
_REWORK = Q(state=_O.HANDLING) & (Q(rework_count__gt=0) | ~Q(reply=""))
_UNHAPPY = Q(grade__in=sorted(DISSATISFIED)) | Q(solved=False)

_ALL_DEMANDS = Tab(
    "all",
    _("全部诉求"),
    DEMANDS,
    lambda actor: ~Q(state=_S.DRAFT),
    "-accepted_at",
    counted=False,
    empty=_("这里还没有诉求。"),
)
_ALL_ORDERS = Tab(
    "orders",
    _("全部工单"),
    ORDERS,
    _everything,
    "-assigned_at",
    counted=False,
    empty=_("这里还没有工单。"),
)
_DRAFTS = Tab(
    "drafts",
    _("我的草稿"),
    DEMANDS,
    _both(_own, _state(_S.DRAFT)),
    "-registered_at",
    empty=_("没有草稿。登记时可以先存草稿，问清楚再受理。"),
)
_OVERDUE_ORDERS = Tab(
    "overdue",
    _("超期工单"),
    ORDERS,
    _overdue,
    "due_at",
    tone="late",
    empty=_("没有超期的工单。"),
)

#: Role → its tabs, the first of which opens.
WORK: Mapping[str, tuple[Tab, ...]] = {
    Role.AGENT: (
        Tab(
            "mine",
            _("我登记的"),
            DEMANDS,
            _both(_own, lambda actor: ~Q(state=_S.DRAFT)),
            "-accepted_at",
            counted=False,
            empty=_("您还没有登记过诉求；按“登记诉求”开始。"),
        ),
        _DRAFTS,
        Tab(
            "accepted",
            _("已受理未派"),
            DEMANDS,
            _state(_S.ACCEPTED),
            "accepted_at",
            empty=_("受理的诉求都已派出或答复。"),
        ),
        _ALL_DEMANDS,
    ),
    Role.DISPATCHER: (
        Tab(
            "assign",
            _("待派单"),
            DEMANDS,
            _state(_S.ACCEPTED),
            "accepted_at",
            tone="near",
            empty=_("没有待派的诉求。"),
        ),
        Tab(
            "returns",
            _("退单待定"),
            ORDERS,
            _top(_O.RETURN_REQUESTED),
            "assigned_at",
            tone="near",
            empty=_("没有等待决定的退单申请。"),
        ),
        Tab(
            "extensions",
            _("延期待批"),
            ORDERS,
            _both(_top(_O.EXTENSION_REQUESTED), lambda actor: Q(extension_count=0)),
            "due_at",
            tone="near",
            empty=_("没有等待审批的延期申请。"),
        ),
        Tab(
            "audit",
            _("待审核"),
            ORDERS,
            _top(_O.REPLIED),
            "handled_at",
            tone="near",
            empty=_("没有待审核的答复。"),
        ),
        _OVERDUE_ORDERS,
        _ALL_ORDERS,
        _ALL_DEMANDS,
    ),
    Role.CLERK: (
        Tab(
            "sign",
            _("待签收"),
            ORDERS,
            _mine(Q(state=_O.ASSIGNED)),
            "sign_due_at",
            tone="near",
            empty=_("没有待签收的工单。"),
            many="order.sign",
        ),
        Tab(
            "running",
            _("在办"),
            ORDERS,
            _mine(
                Q(
                    state__in=(
                        _O.SIGNED,
                        _O.HANDLING,
                        _O.RETURN_REQUESTED,
                        _O.EXTENSION_REQUESTED,
                        _O.SUSPENDED,
                    )
                )
            ),
            "due_at",
            empty=_("没有在办的工单。"),
        ),
        Tab(
            "today",
            _("今日到期"),
            ORDERS,
            _both(_of_my_unit, _today),
            "due_at",
            tone="near",
            empty=_("今天没有到期的工单。"),
        ),
        Tab(
            "overdue",
            _("超期"),
            ORDERS,
            _both(_of_my_unit, _overdue),
            "due_at",
            tone="late",
            empty=_("没有超期的工单。"),
        ),
        Tab(
            "rework",
            _("退回重办"),
            ORDERS,
            _mine(_REWORK),
            "due_at",
            tone="late",
            empty=_("没有被退回的答复。"),
        ),
        Tab(
            "below",
            _("下级待定"),
            ORDERS,
            lambda actor: Q(
                parent__unit=actor.unit_id,
                state__in=(_O.RETURN_REQUESTED, _O.EXTENSION_REQUESTED, _O.REPLIED),
            ),
            "due_at",
            tone="near",
            empty=_("下级单位没有等待决定的事项。"),
        ),
        Tab(
            "sign_off",
            _("等待签发"),
            ORDERS,
            _mine(Q(state=_O.SIGN_OFF)),
            "due_at",
            empty=_("没有等待负责人签发的答复。"),
        ),
        Tab(
            "handed",
            _("已提交"),
            ORDERS,
            _mine(Q(state=_O.REPLIED)),
            "due_at",
            empty=_("没有等待审核的答复。"),
        ),
        _ALL_ORDERS,
    ),
    Role.UNIT_LEADER: (
        Tab(
            "sign_off",
            _("待签发"),
            ORDERS,
            _mine(Q(state=_O.SIGN_OFF)),
            "due_at",
            tone="near",
            empty=_("没有待签发的答复。"),
        ),
        Tab(
            "overdue",
            _("本单位超期"),
            ORDERS,
            _both(_of_my_unit, _overdue),
            "due_at",
            tone="late",
            empty=_("本单位没有超期的工单。"),
        ),
        Tab(
            "today",
            _("今日到期"),
            ORDERS,
            _both(_of_my_unit, _today),
            "due_at",
            tone="near",
            empty=_("今天没有到期的工单。"),
        ),
        Tab(
            "running",
            _("本单位在办"),
            ORDERS,
            _mine(Q(state__in=sorted(OPEN))),
            "due_at",
            empty=_("本单位没有在办的工单。"),
        ),
        Tab(
            "below_overdue",
            _("下级超期"),
            ORDERS,
            _both(_overdue, lambda actor: ~Q(unit=actor.unit_id)),
            "due_at",
            tone="late",
            empty=_("下级单位没有超期的工单。"),
        ),
        _ALL_ORDERS,
    ),
    Role.FOLLOW_UP: (
        Tab(
            "call",
            _("待回访"),
            FOLLOW_UPS,
            _state(FollowUp.State.PLANNED),
            "planned_at",
            tone="near",
            empty=_("没有待回访的诉求。"),
        ),
        Tab(
            "unhappy",
            _("不满意、未解决"),
            FOLLOW_UPS,
            lambda actor: (
                _UNHAPPY
                & Q(
                    state=FollowUp.State.EVALUATED,
                    demand__state=_S.EVALUATED,
                    assignment__isnull=False,
                )
            ),
            "-evaluated_at",
            tone="late",
            empty=_("没有等待返工的评价。"),
        ),
        Tab(
            "unplanned",
            _("未列入回访"),
            DEMANDS,
            lambda actor: (
                Q(state=_S.COMPLETED, petitioner__do_not_call=False)
                & ~Q(follow_ups__state=FollowUp.State.PLANNED)
            ),
            "-completed_at",
            counted=False,
            empty=_("办结的诉求都已列入回访。"),
        ),
        Tab(
            "evaluated",
            _("已评价"),
            FOLLOW_UPS,
            _state(FollowUp.State.EVALUATED),
            "-evaluated_at",
            counted=False,
            empty=_("还没有评价。"),
        ),
        _ALL_DEMANDS,
    ),
    Role.SUPERVISOR: (
        _OVERDUE_ORDERS,
        Tab(
            "tomorrow",
            _("24小时内到期"),
            ORDERS,
            _next_day,
            "due_at",
            tone="near",
            empty=_("24小时内没有到期的工单。"),
        ),
        Tab(
            "unsigned",
            _("逾时未签收"),
            ORDERS,
            lambda actor: Q(state=_O.ASSIGNED, sign_due_at__lt=clock.now()),
            "sign_due_at",
            tone="late",
            empty=_("没有逾时未签收的工单。"),
        ),
        Tab(
            "second",
            _("再次延期"),
            ORDERS,
            lambda actor: Q(state=_O.EXTENSION_REQUESTED, extension_count__gte=1),
            "due_at",
            tone="near",
            empty=_("没有等待审批的再次延期。"),
        ),
        Tab(
            "suspended",
            _("挂账复核"),
            ORDERS,
            _state(_O.SUSPENDED),
            "suspended_at",
            empty=_("没有挂账的工单。"),
        ),
        Tab(
            "archive",
            _("已归档"),
            DEMANDS,
            _state(_S.ARCHIVED),
            "-accepted_at",
            counted=False,
            empty=_("还没有归档的诉求。"),
        ),
        _ALL_ORDERS,
        _ALL_DEMANDS,
    ),
    Role.ANALYST: (_ALL_DEMANDS, _OVERDUE_ORDERS, _ALL_ORDERS),
    Role.LEADER: (_OVERDUE_ORDERS, _ALL_DEMANDS, _ALL_ORDERS),
    Role.DISCIPLINE: (
        Tab(
            "assign",
            _("待办"),
            DEMANDS,
            _state(_S.ACCEPTED),
            "accepted_at",
            tone="near",
            empty=_("没有待办的限制知悉件。"),
        ),
        _DRAFTS,
        _ALL_DEMANDS,
    ),
    Role.COLLECTOR: (
        Tab(
            "mine",
            _("我上报的"),
            DEMANDS,
            lambda actor: ~Q(state=_S.DRAFT),
            "-accepted_at",
            counted=False,
            empty=_("您还没有上报过；按“上报问题”开始。"),
        ),
        _DRAFTS,
    ),
    Role.SPECIALIST: (
        Tab(
            "enterprise",
            _("企业咨询"),
            DEMANDS,
            lambda actor: Q(enterprise=True, state=_S.ACCEPTED, kind__code="consult"),
            "accepted_at",
            tone="near",
            empty=_("没有等待答复的企业咨询。"),
        ),
        Tab(
            "answer",
            _("待答复"),
            DEMANDS,
            _both(_own, _state(_S.ACCEPTED)),
            "accepted_at",
            tone="near",
            empty=_("没有等您答复的诉求。"),
        ),
        _ALL_DEMANDS,
    ),
    Role.VENDOR: (_ALL_DEMANDS,),
}


#: How a state looks: what waits, what went wrong, what is done.
STATE_TONES: Mapping[str, str] = {
    DemandState.DRAFT: "",
    DemandState.ACCEPTED: "info",
    DemandState.ASSIGNED: "info",
    DemandState.ANSWERED: "ok",
    DemandState.COMPLETED: "ok",
    DemandState.EVALUATED: "ok",
    DemandState.FOLLOWING_UP: "near",
    OrderState.SIGNED: "info",
    OrderState.HANDLING: "info",
    OrderState.RETURN_REQUESTED: "near",
    OrderState.EXTENSION_REQUESTED: "near",
    OrderState.SIGN_OFF: "near",
    OrderState.REPLIED: "near",
}
