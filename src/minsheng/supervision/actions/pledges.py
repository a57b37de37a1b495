"""领导批示、民生承诺: given or recorded, reported on by the unit, judged by the centre."""

from datetime import date

from django.utils.translation import gettext as _

from minsheng.catalogue.models import Basis
from minsheng.catalogue.rules import Limit, due
from minsheng.demands import actions as demands
from minsheng.demands.actions import Intake
from minsheng.directory.access import Actor
from minsheng.directory.permissions import Role
from minsheng.foundation import city_calendar, numbers, text
from minsheng.foundation.errors import Conflict, Invalid
from minsheng.orders import actions as orders
from minsheng.orders.actions.assigning import units_by_code
from minsheng.supervision.acting import acting, opening
from minsheng.supervision.models import Instruction, Promise
from minsheng.supervision.rules import PREFIXES

FEEDBACK_LIMIT = "5wd"


def instruct(
    actor: Actor,
    *,
    text_: str,
    unit: str,
    leader: str = "",
    demand_id: int | None = None,
    limit: str = "",
) -> Instruction:
    """作出批示: asks a unit (code) for feedback, by default within five working days.

    A leader instructs in their own name; a supervisor takes down whose instruction it is.
    """
    name = actor.name if actor.role == Role.LEADER else text.line(leader, 64)
    if not name:
        raise Invalid("missing", _("请写明是哪位领导的批示。"), field="leader")
    words = text.clean(text_, 2000)
    with opening(actor, "instruction.give", Instruction, demand_id=demand_id, text=words) as deed:
        (to,) = units_by_code([unit])
        wanted = Limit.parse(limit or FEEDBACK_LIMIT)
        deed.thing = Instruction(
            number=numbers.issue(PREFIXES["instruction"], deed.now).number,
            leader=name,
            text=words,
            unit=to,
            demand=deed.demand,
            limit=str(wanted),
            due_at=due(city_calendar.present(), deed.now, wanted).at,
            opened_at=deed.now,
            opened_by_id=actor.staff_id,
        )
        deed.tell(leader=name, text=words, unit=to, measure_due_at=deed.thing.due_at)
    return deed.thing


def make_order(
    actor: Actor, instruction_id: int, *, channel: str, title: str, category: str = ""
) -> Instruction:
    """转为指令工单: an instruction about no demand becomes one, and an order of its unit.

    `channel` and `category` are codes. Raises Conflict where it is about a demand already.
    """
    with acting(
        actor, "instruction.order", Instruction, instruction_id, channel=channel, title=title
    ) as deed:
        one = deed.thing
        if one.demand_id is not None:
            raise Conflict("has_demand", _("这件批示已有对应诉求；请在该诉求上办理。"))
        said = _("%(leader)s批示：%(text)s") % {"leader": one.leader, "text": one.text}
        intake = Intake(channel=channel, title=title, text=said, category=category)
        demand = demands.accept(actor, intake)
        orders.assign(actor, demand.pk, lead=one.unit.code, basis=Basis.DESIGNATED, note=one.text)
        deed.set(demand=demand)
        deed.tell(demand=demand)
    return deed.thing


def report_instruction(actor: Actor, instruction_id: int, *, feedback: str) -> Instruction:
    """反馈批示: the unit says what it did of it."""
    words = text.clean(feedback, 5000)
    with acting(actor, "instruction.report", Instruction, instruction_id, feedback=words) as deed:
        deed.set(feedback=words, reported_by=actor.name, reported_at=deed.now)
        deed.tell(text=words, late=deed.now > deed.thing.due_at)
    return deed.thing


def send_back_instruction(actor: Actor, instruction_id: int, *, reason: str) -> Instruction:
    """退回再办: the feedback does not do."""
    with acting(actor, "instruction.send_back", Instruction, instruction_id, reason=reason) as deed:
        deed.set(reported_by="", reported_at=None)
    return deed.thing


def close_instruction(actor: Actor, instruction_id: int, *, reason: str = "") -> Instruction:
    """批示办结: the feedback is accepted."""
    with acting(actor, "instruction.close", Instruction, instruction_id, reason=reason) as deed:
        deed.set(remark=text.clean(reason, 2000), closed_at=deed.now)
    return deed.thing


# Promises


def promise(
    actor: Actor, *, hearing: str, held_on: date, unit: str, text_: str, due_on: date
) -> Promise:
    """登记承诺: what a unit promised in public, by which day. Raises Invalid for crossed days."""
    words, hearing = text.clean(text_, 2000), text.line(hearing)
    with opening(actor, "promise.record", Promise, hearing=hearing, text=words) as deed:
        if due_on < held_on:
            raise Invalid("dates_crossed", _("兑现期限早于承诺日期；请修改。"), field="due_on")
        if held_on > deed.now.date():
            raise Invalid("held_later", _("承诺日期不能晚于今天；请修改。"), field="held_on")
        deed.thing = Promise(
            number=numbers.issue(PREFIXES["promise"], deed.now).number,
            hearing=hearing,
            held_on=held_on,
            unit=units_by_code([unit])[0],
            text=words,
            due_on=due_on,
            first_due_on=due_on,
            opened_at=deed.now,
            opened_by_id=actor.staff_id,
        )
        deed.tell(hearing=hearing, text=words, due_on=due_on, unit=deed.thing.unit)
    return deed.thing


def report_promise(actor: Actor, promise_id: int, *, report: str) -> Promise:
    """上报兑现: the unit says how it kept its promise."""
    words = text.clean(report, 5000)
    with acting(actor, "promise.report", Promise, promise_id, report=words) as deed:
        deed.set(report=words, reported_by=actor.name, reported_at=deed.now)
        deed.tell(text=words, late=deed.now.date() > deed.thing.due_on)
    return deed.thing


def postpone(actor: Actor, promise_id: int, *, due_on: date, reason: str) -> Promise:
    """延后兑现: moves the day, for a reason; the first one stays on record.

    Raises Invalid for a day that is not later.
    """
    with acting(
        actor, "promise.postpone", Promise, promise_id, due_on=due_on, reason=reason
    ) as deed:
        if due_on <= deed.thing.due_on:
            raise Invalid("not_later", _("新的期限须晚于现在的期限；请修改。"), field="due_on")
        deed.tell(due_on=[deed.thing.due_on, due_on])
        deed.set(due_on=due_on)
    return deed.thing


def judge_promise(actor: Actor, promise_id: int, *, verdict: str, reason: str) -> Promise:
    """评定承诺: kept, partly or not; a promise that nobody reported on may be judged broken only.

    Raises Invalid for anything else, and before its day where nothing was reported.
    """
    if verdict not in Promise.Verdict:
        raise Invalid("unknown_verdict", _("评定不正确；请从列表中选择。"), field="verdict")
    with acting(
        actor, "promise.judge", Promise, promise_id, verdict=verdict, reason=reason
    ) as deed:
        if deed.thing.reported_at is None:
            if verdict != Promise.Verdict.BROKEN:
                raise Invalid("not_reported", _("单位还没有上报兑现情况；请先催报。"))
            if deed.now.date() <= deed.thing.due_on:
                raise Invalid("not_due", _("兑现期限未到，不能评定为未兑现。"))
        deed.set(
            verdict=verdict,
            remark=text.clean(reason, 2000),
            judged_by=actor.name,
            judged_at=deed.now,
        )
        deed.tell(verdict=verdict)
    return deed.thing
