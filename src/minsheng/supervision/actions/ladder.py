"""催办 → 督办 → 通报 → 约谈: a document to a unit, its answer, its end."""

from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from minsheng.catalogue.rules import Limit, Stage, due
from minsheng.directory.access import Actor
from minsheng.directory.models import Unit
from minsheng.foundation import city_calendar, numbers, text
from minsheng.foundation.errors import Conflict, Invalid
from minsheng.orders.actions.assigning import units_by_code
from minsheng.orders.limits import rule
from minsheng.orders.models import Assignment
from minsheng.orders.rules import OPEN
from minsheng.supervision.acting import Deed, acting, opening
from minsheng.supervision.models import Alert, Measure
from minsheng.supervision.rules import BEFORE, LEVELS, PREFIXES, STEPS, Level, MeasureState, Step

REASON_LENGTH = 2000  # characters
DEFAULT_LIMIT = "3wd"  # of a document about a unit as a whole


def issue(
    actor: Actor,
    *,
    step: str,
    reason: str,
    order_id: int | None = None,
    unit: str = "",
    limit: str = "",
    level: str = Level.CENTRE,
) -> Measure:
    """下发: takes a step of the ladder about an order, or (notice, interview) about a unit.

    `reason` says what for and what is asked. Without `limit` it is the city's limit for 督办, for
    an order of that kind and urgency. Warnings that propose it or a milder step are settled by it.

    Raises Invalid for what does not fit together, Conflict where the order has ended, where the
    same step is running, or where a notice or an interview comes before a supervision order.
    """
    if step not in STEPS or level not in LEVELS:
        raise Invalid("unknown_value", _("措施或督办层级不正确；请从列表中选择。"), field="step")
    if (order_id is None) == (not unit):
        raise Invalid("order_or_unit", _("督办须针对一张工单或一个单位，二者取一。"), field="order")
    if order_id is None and step in (Step.URGE, Step.SUPERVISE):
        raise Invalid("order_missing", _("催办和督办须针对具体工单；请选择工单。"), field="order")
    with opening(actor, "measure.issue", Measure, order_id=order_id, reason=reason) as deed:
        order, previous = deed.order, None
        to = order.unit if order else _unit(unit)
        if order is not None:
            previous = _previous(order, step)
        wanted = Limit.parse(limit) if limit else _usual(deed, to)
        deed.thing = Measure(
            number=numbers.issue(PREFIXES[step], deed.now).number,
            step=step,
            level=level,
            demand=deed.demand,
            assignment=order,
            unit=to,
            previous=previous,
            reason=text.clean(reason, REASON_LENGTH),
            limit=str(wanted),
            due_at=due(city_calendar.present(), deed.now, wanted).at,
            opened_at=deed.now,
            opened_by_id=actor.staff_id,
        )
        deed.thing.save(force_insert=True)
        if order is not None:
            _mark(deed, order)
        deed.tell(step=step, limit=deed.thing.limit, measure_due_at=deed.thing.due_at, unit=to)
        if level != Level.CENTRE:
            deed.tell(level=level)
    return deed.thing


def _unit(code: str) -> Unit:
    (unit,) = units_by_code([code])
    if unit.kind == Unit.Kind.CENTRE:
        raise Invalid("centre", _("不能督办热线中心自身；请选择责任单位。"), field="unit")
    return unit


def _previous(order: Assignment, step: str) -> Measure | None:
    """Returns the highest step taken with the order so far. Raises Conflict; see `issue`."""
    if order.state not in OPEN:
        raise Conflict("order_ended", _("这张工单已经结束，不能再督办；需要时请重新受理。"))
    taken = list(order.measures.order_by("opened_at", "pk"))
    if any(one.step == step and one.state != MeasureState.CLOSED for one in taken):
        raise Conflict(
            "already_issued",
            _("这张工单的%s文书正在办理；请等答复或销号后再下发。") % Step(step).label,
        )
    before = BEFORE.get(step)
    if before and not before & {one.step for one in taken}:
        raise Conflict(
            "step_skipped", _("这张工单还没有下过督办单；请先督办，再%s。") % Step(step).label
        )
    return max(taken, key=lambda one: STEPS.index(one.step), default=None)


def _mark(deed: Deed[Measure], order: Assignment) -> None:
    """Settles the warnings that asked for this measure or a milder one; counts an urge."""
    step = deed.thing.step
    milder = STEPS[: STEPS.index(step) + 1]
    waiting = Alert.objects.filter(assignment=order, cleared_at=None, measure=None)
    waiting.filter(step__in=milder).update(measure=deed.thing)
    if step == Step.URGE:
        Assignment.objects.filter(pk=order.pk).update(urge_count=F("urge_count") + 1)
        deed.changes[order.ref] = {"urge_count": [order.urge_count, order.urge_count + 1]}


def _usual(deed: Deed[Measure], unit: Unit) -> Limit:
    if deed.demand is None:
        return Limit.parse(DEFAULT_LIMIT)
    return rule(Stage.SUPERVISE, deed.demand, unit, deed.now).limit


def answer(actor: Actor, measure_id: int, *, answer: str) -> Measure:
    """答复督办: the unit says what it did. That it comes late stays visible."""
    words = text.clean(answer, 5000)
    with acting(actor, "measure.answer", Measure, measure_id, answer=words) as deed:
        deed.set(answer=words, answered_by=actor.name, answered_at=deed.now)
        deed.tell(text=words, late=deed.now > deed.thing.due_at)
    return deed.thing


def send_back(actor: Actor, measure_id: int, *, reason: str, limit: str = "") -> Measure:
    """退回重报: the answer does not do; the unit answers again within the same limit from now."""
    with acting(actor, "measure.send_back", Measure, measure_id, reason=reason) as deed:
        wanted = Limit.parse(limit or deed.thing.limit)
        deed.set(due_at=_due(deed.now, wanted), answered_at=None, answered_by="")
        deed.tell(measure_due_at=deed.thing.due_at)
    return deed.thing


def _due(start: datetime, limit: Limit) -> datetime:
    return due(city_calendar.present(), start, limit).at


def escalate(actor: Actor, measure_id: int, *, level: str, reason: str) -> Measure:
    """提级督办: from now on on behalf of somebody higher; the demand is marked as escalated.

    Raises Invalid for a level that is not higher.
    """
    with acting(actor, "measure.escalate", Measure, measure_id, level=level, reason=reason) as deed:
        if level not in LEVELS or LEVELS.index(level) <= LEVELS.index(deed.thing.level):
            raise Invalid(
                "not_higher", _("提级须高于现在的督办层级；请选择更高一级。"), field="level"
            )
        deed.set(level=level)
        deed.tell(level=level)
        if deed.demand and not deed.demand.escalated:
            deed.demand.escalated = True
            deed.demand.save(update_fields=["escalated"])
            deed.changes["demand"] = {"escalated": [False, True]}
    return deed.thing


def close(actor: Actor, measure_id: int, *, reason: str) -> Measure:
    """督办销号: the supervisor ends it, answered or not, and says why."""
    with acting(actor, "measure.close", Measure, measure_id, reason=reason) as deed:
        deed.set(remark=text.clean(reason, 2000), closed_by=actor.name, closed_at=deed.now)
    return deed.thing
