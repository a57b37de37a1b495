"""Events planted among ordinary demands, and what the warnings made of them.

What people tell in a period is laid out as for a life, and to it events are added: matters that
many tell of, each in their own words. Demands come in through the real action, on a moved clock,
and the jobs run that a worker would run. What units do about the demands is left out.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from django.db import transaction

from minsheng.catalogue.queries import city
from minsheng.demands import actions as demands
from minsheng.directory.access import SYSTEM
from minsheng.foundation import city_calendar, clock
from minsheng.insight import matters
from minsheng.insight.models import HotIssue
from minsheng.simulator.arrivals import Telling, lay_out
from minsheng.simulator.book import of_city
from minsheng.simulator.cases import Matter
from minsheng.simulator.people import People
from minsheng.simulator.simulate import Period
from minsheng.simulator.speech import Speech
from minsheng.simulator.world import World, read

REPORTS = (12, 30)  # tellings of a planted event
QUIET_SHARE = 0.5  # of the period, before the first of them: there must be something to expect
LOOK = timedelta(minutes=15)  # as the worker's job does
DAY = timedelta(days=1)
MANY = 3  # tellings of one matter that make it an event, planted or not
#: What counts as false, in the words of the figures.
FALSE = (
    f"a warning is false where no matter was told of {MANY} times or more among the demands that"
    " it was raised by; one of a matter that nobody planted, but so many told of, is of another"
    " event"
)


@dataclass
class Heard:
    """What was told and what was warned of, matter by matter (by identity).

    `told` are the demands, `reports` how many of each matter came in so far, `first` how many of
    them had come in by the first warning of it.
    """

    planted: list[Matter]
    days: float
    told: dict[int, Matter] = field(default_factory=dict)
    reports: Counter[int] = field(default_factory=Counter)
    first: dict[int, int] = field(default_factory=dict)
    of_planted: Counter[str] = field(default_factory=Counter)
    of_others: Counter[str] = field(default_factory=Counter)
    false: list[tuple[str, str]] = field(default_factory=list)
    seen: int = 0

    def look(self) -> None:
        """Judges the warnings since the last look, as `FALSE` says."""
        for issue in HotIssue.objects.filter(pk__gt=self.seen).order_by("pk"):
            self.seen = issue.pk
            spoken = Counter(id(self.told[pk]) for pk in issue.demand_ids if pk in self.told)
            many = [matter for matter, n in spoken.items() if n >= MANY]
            if not many:
                self.false.append((issue.rule, issue.title))
            elif any(id(matter) in many for matter in self.planted):
                self.of_planted[issue.rule] += 1
            else:
                self.of_others[issue.rule] += 1
            for matter in many:
                self.first.setdefault(matter, self.reports[matter])

    def figures(self) -> dict[str, object]:
        """Returns what came of it: of each planted event, and the warnings in a week by kind."""
        at = [self.first.get(id(matter)) for matter in self.planted]
        false = Counter(rule for rule, _title in self.false)
        weeks = self.days / 7
        return {
            "days": round(self.days, 1),
            "demands": len(self.told),
            "planted_events": len(at),
            "warned_before_tenth_report": sum(n is not None and n < 10 for n in at),
            "reports_at_warning": at,
            "reports_in_all": [self.reports[id(matter)] for matter in self.planted],
            "warnings_of_planted_events": dict(self.of_planted),
            "warnings_of_other_events": dict(self.of_others),
            "other_events_per_week": round(self.of_others.total() / weeks, 2),
            "false_warnings": dict(false),
            "false_warnings_per_week": round(len(self.false) / weeks, 2),
            "false_means": FALSE,
            "false_titles": [title for _rule, title in self.false[:10]],
        }


def rehearse(
    over: Period,
    number: int,
    events: int,
    seed: int,
    watch: Callable[[int], None] = lambda accepted: None,
) -> Heard:
    """Lets `number` ordinary demands and `events` planted ones come in, and looks for hot issues.

    Everything is taken back in the end. Calls `watch` with the demands accepted so far.
    """
    rng = Random(f"{seed} {over.start.date()}")  # noqa: S311
    world, calendar = read(), city_calendar.stored()
    speech = Speech(world, rng, of_city(city()))
    ordinary = lay_out(world, calendar, speech, rng, over.start, over.arrivals_until, number)
    planted = _plant(world, speech, rng, over, events)
    tellings = sorted([*ordinary, *planted], key=lambda telling: telling.at)
    heard = Heard(
        list(dict.fromkeys(telling.matter for telling in planted)),
        (over.arrivals_until - over.start) / DAY,
    )
    with transaction.atomic():
        look = over.start
        for serial, telling in enumerate(tellings):
            if telling.at > look:
                # While nobody tells anything there is nothing new to find.
                _look(heard, look)
                look = telling.at + LOOK
            _accept(world, speech, telling, serial, heard)
            watch(len(heard.told))
        _look(heard, look)
        transaction.set_rollback(True)
    return heard


def _plant(world: World, speech: Speech, rng: Random, over: Period, events: int) -> list[Telling]:
    people = People(rng)
    channel = next(code for code, one in world.channels.items() if one.door == "phone")
    known = [event for event in speech.events if not event.season]
    first = over.start + (over.arrivals_until - over.start) * QUIET_SHARE
    tellings = []
    for _ in range(events):
        event = rng.choice(known)
        matter = speech.event(event)
        latest = max(first, over.arrivals_until - event.days * DAY)
        begin = first + (latest - first) * rng.random()
        span = min(event.days * DAY, over.arrivals_until - begin)
        for _ in range(rng.randint(*REPORTS)):
            at = begin + span * rng.random()
            person = people.somebody(matter.kind)
            tellings.append(Telling(at, channel, "call", matter, person))
    return tellings


def _accept(world: World, speech: Speech, telling: Telling, serial: int, heard: Heard) -> None:
    intake = speech.intake(
        telling.matter,
        telling.person,
        channel=telling.channel,
        way=telling.way,
        at=telling.at,
        serial=serial,
    )
    with clock.moved(telling.at):
        demand = demands.accept(SYSTEM, intake)
    heard.told[demand.pk] = telling.matter
    heard.reports[id(telling.matter)] += 1


def _look(heard: Heard, at: datetime) -> None:
    with clock.moved(at):
        matters.take_in()
        matters.watch()
    heard.look()
