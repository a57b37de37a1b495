"""会办: units are called together, decide, and report until each decision is carried out."""

from minsheng.directory.permissions import Role
from minsheng.simulator.office.desk import Desk
from minsheng.supervision import actions
from minsheng.supervision.actions.meetings import DecisionIn
from minsheng.supervision.models import Decision, Meeting
from minsheng.supervision.rules import DecisionState, MeetingState

MEETINGS = 3  # a month
REPORTED, SETTLED, SENT_BACK = 0.06, 0.2, 0.03  # of what waits, at each sitting


def meet(desk: Desk) -> None:
    """Calls a meeting now and then, holds those whose hour has come, follows what they decide."""
    if desk.begins(MEETINGS, Meeting):
        desk.do(
            "meeting.call",
            actions.call,
            desk.somebody(Role.DISPATCHER),
            title=desk.say("meeting", "title"),
            at=desk.workdays_later((1, 5)),
            units=desk.units(5),
            place=desk.say("meeting", "place"),
            demands=[number for number in (desk.demand(), desk.demand()) if number],
        )
    called = Meeting.objects.filter(state=MeetingState.CALLED, at__lte=desk.now)
    for one in called.order_by("number"):
        units = list(one.units.order_by("code").values_list("code", flat=True))
        present = units[:-1] if len(units) > 2 and desk.chance(0.2) else units
        doing = desk.rng.sample(present, min(len(present), desk.rng.randint(1, 3)))
        desk.do(
            "meeting.hold",
            actions.hold_meeting,
            desk.somebody(Role.DISPATCHER),
            one.pk,
            minutes=desk.say("meeting", "minutes"),
            present=present,
            decisions=[
                DecisionIn(unit, desk.say("meeting", "decision", unit=desk.name(unit)), limit)
                for unit, limit in zip(doing, ("5wd", "3wd", "10wd"), strict=False)
            ],
        )
    running = Decision.objects.exclude(state=DecisionState.DONE).select_related("unit", "meeting")
    for row in running.order_by("meeting__number", "pk"):
        if row.state == DecisionState.OPEN:
            if (clerk := desk.clerk(row.unit.code)) and desk.chance(REPORTED):
                words = desk.say("meeting", "report", unit=row.unit.name)
                desk.do("decision.report", actions.report_decision, clerk, row.pk, report=words)
        elif desk.chance(SENT_BACK):
            actor, words = desk.somebody(Role.SUPERVISOR), desk.say("meeting", "send_back")
            desk.do("decision.send_back", actions.send_back_decision, actor, row.pk, reason=words)
        elif desk.chance(SETTLED):
            actor = desk.somebody(Role.SUPERVISOR)
            desk.do("decision.settle", actions.settle_decision, actor, row.pk)
