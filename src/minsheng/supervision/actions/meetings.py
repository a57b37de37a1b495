"""会办: units are called together, decide, and report until each decision is carried out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from minsheng.catalogue.rules import Limit, due
from minsheng.directory.access import Actor
from minsheng.foundation import city_calendar, numbers, text
from minsheng.foundation.errors import Invalid
from minsheng.orders.actions.assigning import units_by_code
from minsheng.supervision.acting import acting, opening
from minsheng.supervision.actions.checks import demand_of
from minsheng.supervision.models import Decision, Meeting
from minsheng.supervision.rules import PREFIXES, DecisionState, MeetingState

MOST_DEMANDS = 50
MOST_DECISIONS = 50


@dataclass(frozen=True, slots=True)
class DecisionIn:
    """What was decided: which unit (code) does what within which limit, e.g. `5wd`."""

    unit: str
    text: str
    limit: str = "5wd"


def call(
    actor: Actor,
    *,
    title: str,
    at: datetime,
    units: Sequence[str],
    place: str = "",
    demands: Sequence[str] = (),
) -> Meeting:
    """召集会办: asks units (codes) to a meeting about demands (numbers)."""
    title = text.line(title)
    with opening(actor, "meeting.call", Meeting, title=title, units=units) as deed:
        if len(demands) > MOST_DEMANDS:
            raise Invalid("too_many_demands", _("一次会办最多50件诉求；请分次。"), field="demands")
        coming = units_by_code(units)
        about = [demand_of(number) for number in dict.fromkeys(demands)]
        deed.thing = Meeting.objects.create(
            number=numbers.issue(PREFIXES["meeting"], deed.now).number,
            title=title,
            place=text.line(place),
            at=at,
            opened_at=deed.now,
            opened_by_id=actor.staff_id,
        )
        deed.thing.units.set(coming)
        deed.thing.demands.set(about)
        deed.tell(title=title, meeting_at=at, units=list(units), demands=list(demands))
    return deed.thing


def hold_meeting(
    actor: Actor,
    meeting_id: int,
    *,
    minutes: str,
    present: Sequence[str],
    decisions: Sequence[DecisionIn],
) -> Meeting:
    """记录会办: the minutes, who came, and what each unit has to do by when.

    Raises Invalid where nothing was decided: then it was no meeting to keep track of.
    """
    minutes = text.clean(minutes, 20_000)
    with acting(actor, "meeting.hold", Meeting, meeting_id, minutes=minutes) as deed:
        if not 1 <= len(decisions) <= MOST_DECISIONS:
            raise Invalid(
                "decisions_missing", _("会办须有1至50项议定事项；请补充。"), field="decisions"
            )
        came = units_by_code(present)
        doing = {unit.code: unit for unit in units_by_code(sorted({d.unit for d in decisions}))}
        calendar = city_calendar.present()
        Decision.objects.bulk_create(
            Decision(
                meeting=deed.thing,
                unit=doing[one.unit],
                text=_said(one.text),
                due_at=due(calendar, deed.now, Limit.parse(one.limit)).at,
            )
            for one in decisions
        )
        deed.thing.present.set(came)
        deed.set(minutes=minutes, held_at=deed.now)
        deed.tell(
            present=list(present),
            decisions=[[one.unit, one.text, one.limit] for one in decisions],
        )
    return deed.thing


def _said(words: str) -> str:
    words = text.clean(words, 2000)
    if not words:
        raise Invalid("missing", _("议定事项没有内容；请填写。"), field="decisions")
    return words


def report_decision(actor: Actor, decision_id: int, *, report: str) -> Decision:
    """上报落实情况: the unit says what it did of what was decided."""
    report = text.clean(report, 5000)
    with acting(actor, "decision.report", Decision, decision_id, report=report) as deed:
        deed.set(report=report, reported_by=actor.name, reported_at=deed.now)
        deed.tell(text=report, late=deed.now > deed.thing.due_at)
    return deed.thing


def settle_decision(actor: Actor, decision_id: int) -> Decision:
    """确认落实: the last one that is carried out ends the meeting's business."""
    with acting(actor, "decision.settle", Decision, decision_id) as deed:
        # Two who settle the last two at once: the second waits here, and sees the first.
        meeting = Meeting.objects.select_for_update().get(pk=deed.thing.meeting_id)
        deed.set(settled_by=actor.name, settled_at=deed.now)
        running = meeting.decisions.exclude(pk=decision_id).exclude(state=DecisionState.DONE)
        if not running.exists():
            meeting.state, meeting.closed_at = MeetingState.CLOSED, deed.now
            meeting.save(update_fields=["state", "closed_at"])
            deed.changes["meeting"] = {"state": [MeetingState.HELD, MeetingState.CLOSED]}
    return deed.thing


def send_back_decision(actor: Actor, decision_id: int, *, reason: str) -> Decision:
    """退回继续落实: it is not carried out yet."""
    with acting(actor, "decision.send_back", Decision, decision_id, reason=reason) as deed:
        deed.set(reported_at=None, reported_by="")
    return deed.thing
