"""The job that looks for hot issues, rule by rule; running it twice finds nothing twice."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log10
from typing import Any

from django.db import transaction
from django.utils import translation

from minsheng.demands.models import Demand
from minsheng.demands.queries import Dictionary, dictionaries
from minsheng.directory.access import SYSTEM
from minsheng.foundation import clock, journal, statements
from minsheng.foundation.recent import recent
from minsheng.insight.events.queries import people
from minsheng.insight.hot_issues import words
from minsheng.insight.hot_issues.expecting import WEEKS, Expectation, expect, season
from minsheng.insight.hot_issues.rules import rules
from minsheng.insight.models import Event, HotIssue, HotIssueRule, Membership, NamedPlace

WEEK = timedelta(days=7)
YEAR = 52 * WEEK  # the same weekday a year ago
SHOWN = 200  # demands that an issue keeps as its evidence
_LOWEST = 1e-12  # odds below which more zeros say nothing

# How many demands of each category, in each area, came in the window, and in the same window of
# each week before (`ago`, 0 for now). What is no demand of the public has no part in it.
_DEMANDS = """
SELECT floor(extract(epoch FROM %s - d.accepted_at) / 604800)::int AS ago,
       d.category_id, d.district_id, count(*)
FROM demands_demand d JOIN catalogue_channel c ON c.id = d.channel_id
WHERE d.accepted_at > %s AND d.accepted_at <= %s AND NOT d.restricted AND c.is_public
  AND d.category_id IS NOT NULL
  AND mod(extract(epoch FROM %s - d.accepted_at), 604800) < %s
GROUP BY 1, 2, 3
"""

_ORDERS = """
SELECT floor(extract(epoch FROM %s - a.assigned_at) / 604800)::int AS ago, a.unit_id, 0, count(*)
FROM orders_assignment a
WHERE a.assigned_at > %s AND a.assigned_at <= %s AND a.part = 'lead' AND a.parent_id IS NULL
  AND mod(extract(epoch FROM %s - a.assigned_at), 604800) < %s
GROUP BY 1, 2, 3
"""

Key = tuple[int, int]  # category (or unit) and area, by id; 0 for the whole city


@dataclass(frozen=True, slots=True)
class _Found:
    """What a rule found, before it is an issue."""

    about: str
    figures: dict[str, Any]
    observed: int
    heat: float
    since: datetime
    demand_ids: list[int]
    expected: Expectation | None = None
    odds: float | None = None
    event: Event | None = None


def watch() -> int:
    """Raises the issues that the city's rules ask for now; returns how many there are anew."""
    now = clock.now()
    made = 0
    for rule in rules(now.date()):
        look = {
            HotIssue.Kind.TOPIC: _topics,
            HotIssue.Kind.UNIT: _units,
            HotIssue.Kind.GROWING: _growing,
            HotIssue.Kind.RECURRING: _recurring,
        }[HotIssue.Kind(rule.kind)]
        for found in look(rule, now):
            spoken = HotIssue.objects.filter(
                rule=rule.code, about=found.about, at__gt=now - timedelta(hours=rule.quiet)
            )
            if spoken.exists():
                continue
            issue = HotIssue(
                kind=rule.kind,
                rule=rule.code,
                about=found.about,
                figures=found.figures,
                observed=found.observed,
                expected=found.expected.mean if found.expected else None,
                odds=found.odds,
                heat=round(found.heat, 1),
                window_from=found.since,
                window_to=now,
                demand_ids=found.demand_ids[:SHOWN],
                event=found.event,
                at=now,
            )
            _raise(issue)
            made += 1
    return made


@translation.override("zh-hans")  # what is kept and journaled is Chinese, whoever runs the job
def _raise(issue: HotIssue) -> None:
    issue.title, issue.explanation = words.title(issue)[:200], words.explanation(issue)
    with transaction.atomic():
        issue.save()
        journal.write(
            subject_kind="hot_issue",
            subject_id=issue.pk,
            ref=issue.ref,
            action="hot_issue.raise",
            by=SYSTEM.signature,
            at=issue.at,
            changes={"note": {"title": issue.title, "observed": issue.observed}},
        )


# Beyond expectation


def _counted(sql: str, now: datetime, window: timedelta, weeks: int) -> list[tuple[int, ...]]:
    begin = now - weeks * WEEK - window
    return statements.rows(sql, [now, begin, now, now, window.total_seconds()])


def _topics(rule: HotIssueRule, now: datetime) -> Iterator[_Found]:
    named = dictionaries()
    weeks = _by_week(_counted(_DEMANDS, now, rule.window, WEEKS), rule, named.districts)
    seasons = _seasons(rule, now)
    for key, found in _beyond(weeks, rule, seasons):
        category, area = named.categories.get(key[0]), named.districts.get(key[1])
        if category is None:
            continue
        demands = _demands_of(key, rule, now)
        if people(demands) < rule.people:
            continue
        observed, expected, odds = found
        yield _Found(
            about=f"{category.code} {area.code if area else ''}".strip(),
            figures={
                "where": area.name if area else "",
                "what": category.name,
                "season": expected.season,
                "places": _places(demands),
            },
            observed=observed,
            heat=-log10(max(odds, _LOWEST)),
            since=now - rule.window,
            demand_ids=[one.pk for one in demands],
            expected=expected,
            odds=odds,
        )


def _units(rule: HotIssueRule, now: datetime) -> Iterator[_Found]:
    units = dictionaries().units
    weeks: dict[Key, list[int]] = defaultdict(lambda: [0] * (WEEKS + 1))
    for ago, of, _none, n in _counted(_ORDERS, now, rule.window, WEEKS):
        if ago <= WEEKS:
            weeks[of, 0][ago] += n
    for (unit_id, _area), (observed, expected, odds) in _beyond(weeks, rule, {}):
        unit = units.get(unit_id)
        if unit is None:
            continue
        demands = list(
            Demand.objects.filter(
                unit_ids__contains=[unit_id],
                accepted_at__gt=now - rule.window - WEEK,
                restricted=False,
            )
            .defer("words")
            .order_by("-accepted_at")[:SHOWN]
        )
        yield _Found(
            about=unit.code,
            figures={
                "unit": unit.name,
                "season": expected.season,
                "places": _places(demands),
            },
            observed=observed,
            heat=-log10(max(odds, _LOWEST)),
            since=now - rule.window,
            demand_ids=[one.pk for one in demands],
            expected=expected,
            odds=odds,
        )


def _beyond(
    weeks: Mapping[Key, list[int]], rule: HotIssueRule, seasons: Mapping[int, float]
) -> Iterator[tuple[Key, tuple[int, Expectation, float]]]:
    """Yields what is odder than the rule lets pass: observed, expected, and the odds."""
    for key, (observed, *before) in weeks.items():
        if observed < rule.least:
            continue
        expected = expect(before, seasons.get(key[0], 1.0))
        odds = expected.odds(observed)
        if odds <= rule.odds:
            yield key, (observed, expected, odds)


def _by_week(
    rows: list[tuple[int, ...]], rule: HotIssueRule, districts: Dictionary
) -> dict[Key, list[int]]:
    above = _above(rule.topic)
    areas = _areas(rule.area)
    found: dict[Key, list[int]] = defaultdict(lambda: [0] * (WEEKS + 1))
    for ago, category, area, n in rows:
        topic = above.get(category)
        if topic is None or ago > WEEKS:
            continue
        found[topic, areas.get(area, 0)][ago] += n
    return found


_ABOVE = """
SELECT a.level, c.id, a.id FROM catalogue_category c JOIN catalogue_category a
  ON (a.id = c.id OR a.id = ANY(c.lineage))
"""
_AREAS = """
SELECT a.level, d.id, a.id FROM directory_district d JOIN directory_district a
  ON (a.id = d.id OR a.id = ANY(d.lineage))
"""
_LEVELS = {"city": (), "district": ("district", "zone"), "street": ("street", "town")}


@recent
def _ladders() -> tuple[list[tuple[int, int, int]], list[tuple[str, int, int]]]:
    return statements.rows(_ABOVE), statements.rows(_AREAS)


def _above(level: int) -> dict[int, int]:
    """Returns the category of a level that each category belongs to; itself where it is of it."""
    return {one: above for at, one, above in _ladders()[0] if at == level}


def _areas(level: str) -> dict[int, int]:
    return {one: above for at, one, above in _ladders()[1] if at in _LEVELS[level]}


def _seasons(rule: HotIssueRule, now: datetime) -> dict[int, float]:
    """Returns the factor of the season for each topic, from the city's numbers a year ago."""
    then = now - YEAR
    found: dict[int, list[int]] = defaultdict(lambda: [0] * (WEEKS + 1))
    above = _above(rule.topic)
    for ago, category, _area, n in _counted(_DEMANDS, then, rule.window, WEEKS):
        topic = above.get(category)
        if topic is not None and ago <= WEEKS:
            found[topic][ago] += n
    return {topic: season(weeks[0], weeks[1:]) for topic, weeks in found.items()}


def _demands_of(key: Key, rule: HotIssueRule, now: datetime) -> list[Demand]:
    named = dictionaries()
    demands = Demand.objects.filter(
        category__in=named.categories.below(key[0]),
        accepted_at__gt=now - rule.window,
        accepted_at__lte=now,
        restricted=False,
        channel__is_public=True,
    )
    if key[1]:
        demands = demands.filter(district__in=named.districts.below(key[1]))
    return list(demands.defer("words").order_by("accepted_at", "pk"))


def _places(demands: list[Demand]) -> list[tuple[str, int]]:
    """Returns the places that are told of most, and how often, as far as more than once."""
    places = Counter(one.place for one in demands if one.place).most_common(3)
    return [(place, n) for place, n in places if n > 1]


# Growing events


def _growing(rule: HotIssueRule, now: datetime) -> Iterator[_Found]:
    """Events told by many: warned at the rule's number of demands, and each time it doubles."""
    since = now - rule.window
    events = Event.objects.filter(
        state__in=[Event.State.SUGGESTED, Event.State.CONFIRMED],
        last_at__gt=since,
        size__gte=rule.least,
    )
    for event in events:
        demands = list(
            Demand.objects.filter(
                memberships__event=event, accepted_at__gt=since, accepted_at__lte=now
            )
            .exclude(memberships__state=Membership.State.REMOVED)
            .defer("words")
            .order_by("accepted_at", "pk")
        )
        if len(demands) < rule.least or people(demands) < rule.people:
            continue
        if _belonging(event) < rule.chance:
            continue
        step = rule.least
        while step * 2 <= len(demands):
            step *= 2
        yield _Found(
            about=f"{event.number} {step}",
            figures={
                "event": event.title,
                "hours": max(1, round((now - event.first_at).total_seconds() / 3600)),
                "size": event.size,
                "people": people(demands),
            },
            observed=len(demands),
            heat=float(len(demands)) / rule.least * 4,
            since=since,
            demand_ids=[one.pk for one in demands],
            event=event,
        )


def _belonging(event: Event) -> float:
    """Returns the mean chance of an event's demands to belong to it; whom a person put there: 1."""
    rows = event.memberships.exclude(state=Membership.State.REMOVED)
    chances = [1.0 if chance is None else chance for (chance,) in rows.values_list("chance")]
    return sum(chances) / len(chances) if chances else 0.0


# The same place again

_AGAIN = """
SELECT t.place_id, d.category_id, d.id, d.accepted_at
FROM insight_trace t JOIN demands_demand d ON d.id = t.demand_id
WHERE t.place_id IS NOT NULL AND t.at > %s AND t.at <= %s AND d.category_id IS NOT NULL
  AND NOT d.restricted
ORDER BY d.accepted_at, d.id
"""


def _recurring(rule: HotIssueRule, now: datetime) -> Iterator[_Found]:
    """Matters of one kind at one place, told again after one before them had been dealt with."""
    above = _above(rule.topic)
    told: dict[Key, list[int]] = defaultdict(list)
    for place, category, demand, _at in statements.rows(_AGAIN, [now - rule.window, now]):
        if topic := above.get(category):
            told[topic, place].append(demand)
    categories = dictionaries().categories
    for (topic, place), ids in told.items():
        if len(ids) < rule.least:
            continue
        demands = list(Demand.objects.filter(pk__in=ids).defer("words").order_by("accepted_at"))
        last = demands[-1].accepted_at
        dealt = [one for one in demands if one.completed_at and last and one.completed_at < last]
        if not dealt or people(demands) < rule.people:
            continue
        category = categories.get(topic)
        yield _Found(
            about=f"{topic} {place}",
            figures={
                "where": _place_name(place),
                "what": category.name if category else "",
                "done": len(dealt),
            },
            observed=len(demands),
            heat=float(len(demands)) / rule.least * 3,
            since=now - rule.window,
            demand_ids=[one.pk for one in reversed(demands)],
        )


def _place_name(place_id: int) -> str:
    place = NamedPlace.objects.select_related("street").get(pk=place_id)
    return f"{place.street.name}{place.name}"
