"""What the staff do beside the demands: each process is lived, an eager office is never refused."""

from collections import Counter
from datetime import date, datetime, timedelta
from random import Random

from minsheng.catalogue.models import City
from minsheng.demands.models import Demand
from minsheng.demands.rules import DemandState, Grade
from minsheng.followups import accounting, courses
from minsheng.followups import actions as follow_ups
from minsheng.foundation import city_calendar, clock, journal
from minsheng.foundation.models import JournalEntry
from minsheng.simulator import book
from minsheng.simulator.office import sit
from minsheng.simulator.office.desk import SITTINGS, Desk
from minsheng.simulator.simulate import period, simulate
from minsheng.simulator.world import read
from support.town import Town

#: What an office does that begins everything at once and often comes to what waits.
LIVED = {
    *("measure.issue", "measure.answer", "measure.close", "measure.escalate"),
    *("instruction.give", "instruction.report", "instruction.close"),
    *("promise.record", "promise.report", "promise.judge"),
    *("recheck.draw", "recheck.hold", "field_check.order", "field_check.report"),
    *("joint.plan", "joint.judge", "joint.close"),
    *("clue.submit", "clue.receive", "clue.conclude"),
    *("meeting.call", "meeting.hold", "decision.report", "decision.settle"),
    *("commission.draw", "commission.scores", "campaign.create", "campaign.start"),
    *("campaign.record", "register.add", "register.step", "review.decide"),
    *("knowledge.propose", "knowledge.approve"),
    *("evaluation.compute", "evaluation.publish", "bulletin.make", "bulletin.publish"),
}


class _Eager(Desk):
    def monthly(self, times: float) -> bool:
        return True

    def chance(self, share: float) -> bool:
        return super().chance(share**0.3)


def _sittings(first: date, days: int) -> list[datetime]:
    return [
        datetime.combine(first + timedelta(days=n), SITTINGS[0], clock.ZONE) for n in range(days)
    ]


def _leave_somebody_discontent(town: Town) -> None:
    done = Demand.objects.filter(state=DemandState.COMPLETED, assignments__isnull=False)
    demand = done.order_by("number").first()
    assert demand
    with clock.moved(datetime(2026, 5, 24, 10, tzinfo=clock.ZONE)):
        follow_ups.evaluate(
            town.actor("follow_up"),
            demand.pk,
            grade=Grade.DISSATISFIED,
            solved=False,
            reason="还是老样子。",
        )


def _sat(at: datetime) -> Desk:
    words = book.of_city(City(code="980100")).office
    desk = _Eager(read(), city_calendar.stored(), words, Random(f"{at}"), at)
    sit(desk)
    return desk


def test_an_eager_office_lives_every_process_and_nothing_is_refused(town: Town) -> None:
    simulate(period(date(2026, 5, 4), date(2026, 5, 22)), 70, 1)
    _leave_somebody_discontent(town)
    before = JournalEntry.objects.count()
    acted: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for at in _sittings(date(2026, 5, 25), 3) + _sittings(date(2026, 6, 3), 4):
        desk = _sat(at)
        acted += desk.acted
        refused += desk.refused
    assert not refused
    assert acted.keys() >= LIVED
    assert acted.total() == JournalEntry.objects.count() - before
    report = journal.verify()
    assert not [*accounting.faults(), *courses.faults(), *report.faults]


def test_a_sitting_depends_on_nothing_but_its_chance_and_what_is_there(town: Town) -> None:
    at = datetime(2026, 5, 25, 10, tzinfo=clock.ZONE)
    desk = _sat(at)
    assert desk.acted["register.add"] >= len({"suggestion", "vendor", "training"})
    assert desk.now - at == timedelta(seconds=desk.acted.total() - desk.acted["alert.watch"])
