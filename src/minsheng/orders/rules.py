"""The lifecycle of a work order in the hands of one unit (工单—承办单位), as a literal table."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from minsheng.foundation.lifecycle import Lifecycle, To, Transition


class OrderState(models.TextChoices):
    ASSIGNED = "assigned", _("待签收")
    SIGNED = "signed", _("已签收")
    HANDLING = "handling", _("办理中")
    RETURN_REQUESTED = "return_requested", _("申请退单")
    EXTENSION_REQUESTED = "extension_requested", _("申请延期")
    SUSPENDED = "suspended", _("挂账")
    SIGN_OFF = "sign_off", _("待签发")
    REPLIED = "replied", _("待审核")
    COMPLETED = "completed", _("已办结")
    RETURNED = "returned", _("已退单")
    REASSIGNED = "reassigned", _("已改派")
    RECALLED = "recalled", _("已撤回")
    LAPSED = "lapsed", _("随主办结束")


class Part(models.TextChoices):
    LEAD = "lead", _("主办")
    ASSIST = "assist", _("协办")


_S = OrderState
#: The unit still has to act, or somebody has to decide about it.
OPEN = frozenset(
    {
        _S.ASSIGNED,
        _S.SIGNED,
        _S.HANDLING,
        _S.RETURN_REQUESTED,
        _S.EXTENSION_REQUESTED,
        _S.SUSPENDED,
        _S.SIGN_OFF,
        _S.REPLIED,
    }
)
#: The unit's limit runs: not while suspended, and not once it has handed in its reply.
RUNNING = OPEN - {_S.SUSPENDED, _S.REPLIED}

_WORKING = frozenset({_S.SIGNED, _S.HANDLING})


def _row(
    action: str, label: object, sources: frozenset[str] | set[str], target: str, *needs: str
) -> Transition:
    return Transition(action, label, frozenset(sources), target, needs)  # type: ignore[arg-type]


LIFECYCLE = Lifecycle(
    _("工单"),
    {str(code): label for code, label in OrderState.choices},
    [
        _row("demand.assign", _("派单"), {""}, _S.ASSIGNED, "lead", "basis"),
        _row("order.sign", _("签收"), {_S.ASSIGNED}, _S.SIGNED),
        _row("order.contact", _("联系诉求人"), _WORKING, _S.HANDLING, "method", "outcome"),
        _row(
            "order.request_return",
            _("申请退单"),
            {_S.ASSIGNED, _S.SIGNED},
            _S.RETURN_REQUESTED,
            "reason_code",
            "reason",
        ),
        _row("order.accept_return", _("同意退单"), {_S.RETURN_REQUESTED}, _S.RETURNED),
        _row("order.overrule_return", _("驳回退单"), {_S.RETURN_REQUESTED}, To.BACK, "reason"),
        _row(
            "order.request_extension",
            _("申请延期"),
            _WORKING,
            _S.EXTENSION_REQUESTED,
            "limit",
            "reason",
        ),
        _row("order.approve_extension", _("同意延期"), {_S.EXTENSION_REQUESTED}, To.BACK),
        _row("order.refuse_extension", _("驳回延期"), {_S.EXTENSION_REQUESTED}, To.BACK, "reason"),
        _row("order.suspend", _("挂账"), _WORKING, _S.SUSPENDED, "review_on", "reason"),
        _row("order.resume", _("恢复办理"), {_S.SUSPENDED}, _S.HANDLING),
        _row("order.assign_onward", _("向下交办"), _WORKING, _S.HANDLING, "units"),
        _row(
            "order.reassign",
            _("改派"),
            {_S.ASSIGNED, _S.SIGNED, _S.HANDLING, _S.RETURN_REQUESTED, _S.EXTENSION_REQUESTED},
            _S.REASSIGNED,
            "unit",
            "reason",
        ),
        _row("order.recall", _("撤回工单"), OPEN, _S.RECALLED, "reason"),
        _row("order.urge", _("催办"), RUNNING, To.STAY, "reason"),
        _row("order.reply", _("答复"), _WORKING, _S.SIGN_OFF, "text", "solved"),
        _row("order.sign_off", _("签发"), {_S.SIGN_OFF}, _S.REPLIED),
        _row("order.refuse_sign_off", _("退回修改"), {_S.SIGN_OFF}, _S.HANDLING, "reason"),
        _row("order.pass_audit", _("审核通过"), {_S.REPLIED}, _S.COMPLETED),
        _row("order.fail_audit", _("审核退回重办"), {_S.REPLIED}, _S.HANDLING, "reason"),
        # What happens to an order because of its demand or its lead.
        _row("demand.withdraw", _("诉求撤回"), OPEN, _S.RECALLED),
        _row("lead.completed", _("主办已办结"), OPEN, _S.LAPSED),
        _row("follow_up.rework", _("回访返工"), {_S.COMPLETED}, _S.HANDLING, "reason"),
    ],
)
