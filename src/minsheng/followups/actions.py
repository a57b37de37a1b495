"""回访: asking the petitioner, taking down what they say, and sending back what was not solved."""

from django.utils.translation import gettext as _

from minsheng.catalogue.queries import reason as reason_of
from minsheng.catalogue.queries import worded
from minsheng.catalogue.rules import Stage, due
from minsheng.demands.acting import Act, acting, acting_as
from minsheng.demands.models import Demand
from minsheng.demands.rules import DISSATISFIED, Grade
from minsheng.directory.access import Actor
from minsheng.directory.permissions import Role
from minsheng.followups.models import Attempt, FollowUp, Sample
from minsheng.followups.plans import rule_for
from minsheng.followups.rules import TRIES, Channel, Course, Tries
from minsheng.foundation import city_calendar, clock, text
from minsheng.foundation.errors import Conflict, Invalid
from minsheng.foundation.statements import ByKey, insert, update
from minsheng.orders.acting import OrderAct, until
from minsheng.orders.limits import rule, warned
from minsheng.orders.models import Assignment
from minsheng.orders.rules import OrderState, Part

_LAST = ByKey(
    lambda pk: FollowUp.objects.filter(demand=pk).select_related("rule").order_by("-pk")[:1]
)
_COMPLETED = ByKey(
    lambda pk: (
        Assignment.objects.filter(
            demand=pk, part=Part.LEAD, parent=None, state=OrderState.COMPLETED
        )
        .select_related("unit", "work_order")
        .order_by("-completed_at", "-pk")[:1]
    )
)


def _lead(demand: Demand) -> Assignment | None:
    """Returns the lead order that completed the demand, if there was one."""
    return _COMPLETED.first(demand.pk)


def running(act: Act, sample: Sample | None = None) -> FollowUp:
    """Returns the round of asking that is under way, beginning one where none is."""
    demand = act.demand
    last = _LAST.first(demand.pk)
    if last and last.state == FollowUp.State.PLANNED:
        return last
    order = _lead(demand)
    return insert(
        FollowUp(
            demand=demand,
            assignment=order,
            rule=rule_for(demand, order, act.now.astimezone(clock.ZONE).date()),
            sample=sample,
            round=last.round + 1 if last else 1,
            # Somebody who evaluates unasked was not sampled.
            sampled=act.actor.role != Role.CITIZEN,
            planned_at=act.now,
        )
    )


def plan(actor: Actor, demand_id: int, *, sample: Sample | None = None) -> FollowUp:
    """列入回访: puts a demand that is dealt with on the list of those to be called.

    `sample` is the draw that it comes from. Raises Conflict if it is on the list, or if there is
    nobody to call.
    """
    with acting(actor, "follow_up.plan", demand_id) as act:
        demand = act.demand
        if demand.petitioner is None or demand.petitioner.do_not_call:
            raise Conflict("do_not_call", _("诉求人匿名或不接受回访；请改抽其他诉求。"))
        last = _LAST.first(demand.pk)
        if last and last.state == FollowUp.State.PLANNED:
            raise Conflict("already_planned", _("这件诉求已列入回访；请直接回访。"))
        follow_up = running(act, sample)
        act.note(round=follow_up.round)
    return follow_up


def attempt(
    actor: Actor, demand_id: int, *, remark: str = "", channel: str = Channel.PHONE
) -> FollowUp:
    """回访未接通: records a try that did not reach the petitioner.

    In a 3+1 follow-up, raises Conflict for a second try on one day, for a fourth one by the same
    person and channel as one before, and for any after that.
    """
    if channel not in Channel.values:
        raise Invalid("unknown_channel", _("回访方式不正确；请从列表中选择。"), field="channel")
    with acting(actor, "follow_up.attempt", demand_id) as act:
        follow_up = running(act)
        tried(act, follow_up, channel, remark)
        act.note(attempt=follow_up.attempt_count, remark=remark)
    return follow_up


def tried(act: Act, follow_up: FollowUp, channel: str, remark: str) -> None:
    """Records a try without an answer, as far as the course of the follow-up allows it now."""
    tries = TRIES[course_of(follow_up)]
    if tries.days:
        _check_try(act, tries, list(follow_up.attempts.order_by("pk")), channel)
    insert(
        Attempt(
            follow_up=follow_up,
            channel=channel,
            reached=False,
            remark=remark,
            by=act.actor.name,
            at=act.now,
        )
    )
    follow_up.attempt_count += 1
    update(follow_up, ["attempt_count"])


def course_of(follow_up: FollowUp) -> str:
    """Returns the course of tries that holds for a follow-up."""
    return follow_up.rule.course if follow_up.rule else Course.STANDARD


def _check_try(act: Act, tries: Tries, before: list[Attempt], channel: str) -> None:
    """Raises Conflict for a try that the course does not foresee now."""
    if len(before) >= tries.tries:
        raise Conflict("tries_used_up", _("规定的回访次数已满；请结束回访。"))
    today = act.now.astimezone(clock.ZONE).date()
    on_days = len(before) < tries.days
    if on_days and any(one.at.astimezone(clock.ZONE).date() == today for one in before):
        raise Conflict(
            "tried_today", _("今天已经回访过；3+1回访的前三次须在不同的日子，请改日再试。")
        )
    by_same = any(one.by == act.actor.name for one in before)
    if not on_days and tries.other and by_same and any(one.channel == channel for one in before):
        raise Conflict(
            "other_needed", _("3+1回访的最后一次须换一个人，或换一种方式；请转交或改发链接。")
        )


def evaluate(
    actor: Actor,
    demand_id: int,
    *,
    grade: str,
    solved: bool,
    reason_code: str = "",
    reason: str = "",
    source: str = FollowUp.Source.PHONE,
) -> FollowUp:
    """评价: takes down the grade (好差评's five) and whether the matter is solved.

    A dissatisfied petitioner is asked why: without `reason_code` (from the list) or `reason` (in
    words) Invalid is raised.
    """
    if grade not in Grade.values:
        raise Invalid("unknown_grade", _("评价等级不正确；请从五个等级中选择。"))
    if source not in FollowUp.Source.values:
        raise Invalid("unknown_source", _("评价渠道不正确；请从列表中选择。"))
    if grade in DISSATISFIED and not (reason_code or reason.strip()):
        raise Invalid("reason_missing", _("评价不满意须记录原因；请选择或填写原因。"))
    if reason_code:
        reason_of("dissatisfied", reason_code)
    with acting(
        actor, "follow_up.evaluate", demand_id, reason=reason, grade=grade, solved=solved
    ) as act:
        follow_up = running(act)
        if actor.role != Role.CITIZEN:
            insert(
                Attempt(
                    follow_up=follow_up, reached=True, remark=act.reason, by=actor.name, at=act.now
                )
            )
            follow_up.attempt_count += 1
        follow_up.state = FollowUp.State.EVALUATED
        follow_up.grade, follow_up.solved = grade, solved
        follow_up.reason_code, follow_up.reason = reason_code, text.clean(act.reason, 2000)
        follow_up.source, follow_up.by = source, actor.name
        follow_up.evaluated_at = act.now
        update(
            follow_up,
            [
                "state",
                "grade",
                "solved",
                "reason_code",
                "reason",
                "source",
                "by",
                "evaluated_at",
                "attempt_count",
            ],
        )
        act.note(grade=grade, solved=solved, reason_code=reason_code, round=follow_up.round)
    return follow_up


def invalidate(actor: Actor, demand_id: int, *, reason: str) -> FollowUp:
    """认定评价无效: the last evaluation stays on record, but is no valid one, e.g. another's.

    It leaves effective satisfaction, and nothing else. Raises Conflict where it was found invalid.
    """
    with acting(actor, "follow_up.invalidate", demand_id, reason=reason) as act:
        found = FollowUp.objects.filter(demand=act.demand, state=FollowUp.State.EVALUATED)
        row = found.order_by("-pk").first()
        if row is None or not row.valid:
            raise Conflict("invalid_already", _("最近一次评价已认定无效；请刷新后查看。"))
        row.valid = False
        update(row, ["valid"])
        act.note(round=row.round, grade=row.grade)
    return row


def give_up(actor: Actor, demand_id: int, *, reason: str) -> FollowUp:
    """结束回访: nobody was reached. That is no evaluation, and above all no dissatisfied one.

    Raises Conflict before all tries of a 3+1 follow-up were made.
    """
    with acting(actor, "follow_up.give_up", demand_id, reason=reason) as act:
        follow_up = running(act)
        tries = TRIES[course_of(follow_up)]
        left = tries.tries - follow_up.attempt_count
        if tries.days and left > 0:
            raise Conflict(
                "tries_left", _("按规定还须再回访%d次，才能按未接通结束；请继续回访。") % left
            )
        follow_up.state = FollowUp.State.UNREACHED
        follow_up.by = actor.name
        update(follow_up, ["state", "by"])
        act.note(attempts=follow_up.attempt_count)
    return follow_up


def rework(actor: Actor, demand_id: int, *, reason: str = "", reason_code: str = "") -> Assignment:
    """返工: sends an evaluated demand back to its lead unit (rework n+1) under a new limit.

    The reason comes from the list (`reason_code`), in words, or both. Raises Conflict for a demand
    that no unit handled: that one is taken up again instead.
    """
    said = worded("rework", reason_code, reason)
    with acting_as(OrderAct, actor, "follow_up.rework", demand_id, reason=said) as act:
        if reason_code:
            act.note(reason_code=reason_code)
        order = _lead(act.demand)
        if order is None:
            raise Conflict("no_order", _("这件诉求没有承办单位；请由督查员重新受理。"))
        act.order = order
        act.about(order)
        complete = rule(Stage.COMPLETE, act.demand, order.unit, act.now)
        due_at = due(city_calendar.present(), act.now, complete.limit).at
        act.previous_due_at = order.due_at
        act.transit(order, "follow_up.rework")
        act.set(
            order,
            due_at=due_at,
            warn_at=warned(complete, act.now, due_at),
            handled_at=None,
            completed_at=None,
            closed_at=None,
            rework_count=order.rework_count + 1,
        )
        act.set(order.work_order, closed_at=None)
        act.set(act.demand, completed_at=None)
        until(act, order.due_at, order.warn_at)
    return order
