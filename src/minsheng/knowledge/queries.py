"""Reads of the knowledge base: what an agent finds, and what its keepers have to look after."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from django.db.models import Case, Count, IntegerField, Max, Q, QuerySet, Value, When

from minsheng.directory.access import Actor, require
from minsheng.directory.permissions import Scope
from minsheng.foundation import text
from minsheng.knowledge.finding import sounds, ways_to_say
from minsheng.knowledge.models import Item, Remark, Search

_ENOUGH = 1 / 3  # share of a query's tokens that an item must have to be shown as somewhat alike
_MOST_ALIKE = 500  # items that are looked through for that


@dataclass(frozen=True, slots=True)
class Found:
    """Items in the order to show them; `by` says how close they are to what was asked."""

    items: list[Item]
    by: Literal["words", "sound", "some"] = "words"
    more: bool = False


def valid_on(day: date) -> Q:
    """Returns the condition of items that hold on a day."""
    begun = Q(valid_from=None) | Q(valid_from__lte=day)
    return begun & (Q(valid_to=None) | Q(valid_to__gte=day))


def current(on: date, *, valid: bool = False, public: bool = False) -> QuerySet[Item]:
    """Returns the current items, those that hold on the day `on` first (`holds` 1, else 0).

    A temporary notice is there only while it holds. `valid` leaves out whatever does not hold,
    `public` what is for agents only.
    """
    holds = valid_on(on)
    items = Item.objects.filter(holds if valid else holds | ~Q(kind=Item.Kind.NOTICE), current=True)
    if public:
        items = items.filter(public=True)
    return (
        items.select_related("unit", "category", "district")
        .annotate(
            holds=Case(When(holds, then=Value(1)), default=Value(0), output_field=IntegerField())
        )
        .order_by("-holds", "title", "pk")
    )


def search(
    query: str, on: date, *, valid: bool = False, public: bool = False, most: int = 50
) -> Found:
    """Returns what answers `query`; see `finding`. Without a query, all items.

    `valid` and `public` as in `current`.
    """
    items = current(on, valid=valid, public=public)
    if not query.strip():
        return _first(items, "words", most)
    ways = [tokens for way in ways_to_say(query) if (tokens := text.query_tokens(way))]
    if not ways:
        return Found([])
    said = Q()
    for tokens in ways:
        said |= Q(words__contains=tokens)
    found = _first(items.filter(said), "words", most)
    heard = [] if found.items else sounds(ways[0])
    if heard:
        found = _first(items.filter(sounds__contains=heard), "sound", most)
    return found if found.items else _alike(items, ways[0], most)


def _first(items: QuerySet[Item], by: Literal["words", "sound"], most: int) -> Found:
    found = list(items[: most + 1])
    return Found(found[:most], by, len(found) > most)


def _alike(items: QuerySet[Item], tokens: list[str], most: int) -> Found:
    asked = frozenset(tokens)
    shared = [
        (len(asked.intersection(item.words)), item)
        for item in items.filter(words__overlap=tokens)[:_MOST_ALIKE]
    ]
    enough = [pair for pair in shared if pair[0] >= _ENOUGH * len(asked)]
    enough.sort(key=lambda pair: -pair[0])
    return Found([item for _count, item in enough[:most]], "some", len(enough) > most)


# What the keepers of the knowledge have to look after


@dataclass(frozen=True, slots=True)
class InVain:
    """Something that was looked for and not found: how often, and when last."""

    query: str
    times: int
    last: datetime


def proposed(actor: Actor) -> QuerySet[Item]:
    """Returns what waits for the centre's approval; of a unit's people, what their unit proposed.

    Raises Forbidden.
    """
    items = Item.objects.filter(state=Item.State.PROPOSED).select_related("unit", "proposed_by")
    if Scope.ALL not in require(actor, "knowledge.propose"):
        items = items.filter(unit=actor.unit_id)
    return items.order_by("proposed_at", "pk")


def exported(actor: Actor) -> QuerySet[Item]:
    """Returns the current items by code; for a unit's people theirs. Raises Forbidden."""
    items = Item.objects.filter(current=True).select_related("unit", "category", "district")
    if Scope.ALL not in require(actor, "knowledge.export"):
        items = items.filter(unit=actor.unit_id)
    return items.order_by("code")


def stale(on: date) -> QuerySet[Item]:
    """Returns current items that their units should have looked at: past review, or past validity.

    Ordered by unit.
    """
    late = Q(review_on__lt=on) | Q(valid_to__lt=on, kind=Item.Kind.ANSWER)
    return (
        Item.objects.filter(late, current=True)
        .select_related("unit")
        .order_by("unit__code", "review_on", "code")
    )


def in_vain(since: datetime, most: int = 50) -> list[InVain]:
    """Returns what was looked for since then and not found, the most frequent first."""
    rows = (
        Search.objects.filter(found=0, at__gte=since)
        .values_list("query")
        .annotate(times=Count("*"), last=Max("at"))
        .order_by("-times", "-last")[:most]
    )
    return [InVain(*row) for row in rows]


def unsettled(codes: Collection[str]) -> dict[str, int]:
    """Returns of items (codes, any version) how many remarks wait; those with none are left out."""
    waiting = open_remarks().filter(item__code__in=codes).order_by("item__code")
    return dict(waiting.values_list("item__code").annotate(times=Count("pk")))


def open_remarks() -> QuerySet[Remark]:
    """Returns what was said against items and not dealt with, the oldest first."""
    return (
        Remark.objects.filter(settled_at=None)
        .exclude(kind=Remark.Kind.USEFUL)
        .select_related("item__unit", "by")
        .order_by("at", "pk")
    )
