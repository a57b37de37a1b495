"""Reads of registers: entries by page, one entry with what is tied to it, how many there are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Greatest

from minsheng.directory.access import Actor, require
from minsheng.directory.permissions import Scope
from minsheng.foundation import clock, journal, keyset
from minsheng.foundation.keyset import Page
from minsheng.foundation.models import JournalEntry
from minsheng.registers import actions, rules
from minsheng.registers.models import Entry
from minsheng.registers.rules import Register


def visible(actor: Actor) -> "QuerySet[Entry]":
    """Returns the entries that somebody may see: all, or those of their unit. Raises Forbidden."""
    granted = require(actor, "register.view")
    everything = Entry.objects.select_related("unit", "demand", "about")
    if Scope.ALL in granted:
        return everything
    return everything.filter(unit=actor.unit_id or 0)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A register and how much of it somebody sees: open, past its day, in all."""

    register: Register
    open: int
    late: int
    total: int


def shelves(actor: Actor) -> list[Shelf]:
    """Returns all registers, in the order of the city's file."""
    open_ = Q(closed_at=None)
    counted = {
        row["register"]: row
        for row in visible(actor)
        .select_related(None)
        .values("register")
        .annotate(
            open=Count("pk", filter=open_),
            late=Count("pk", filter=open_ & Q(due_on__lt=clock.now().date())),
            total=Count("pk"),
        )
    }
    nothing = {"open": 0, "late": 0, "total": 0}
    return [
        Shelf(one, *(counted.get(code, nothing)[name] for name in ("open", "late", "total")))
        for code, one in rules.registers().items()
    ]


def entries(
    actor: Actor,
    register: str,
    *,
    state: str = "",
    late: bool = False,
    query: str = "",
    cursor: str = "",
    limit: int = 50,
) -> Page[Entry]:
    """Returns a page of a register, the latest first. `query` is looked for in the titles.

    Raises Forbidden, NotFound for an unknown register, Invalid for a broken cursor.
    """
    found = visible(actor).filter(register=rules.find(register).code)
    if state:
        found = found.filter(state=state)
    if late:
        found = found.filter(closed_at=None, due_on__lt=clock.now().date())
    if query.strip():
        found = found.filter(Q(title__icontains=query.strip()) | Q(number=query.strip().upper()))
    page = keyset.fetch(found.values("id", "added_at"), "-added_at", cursor, limit)
    rows = {row.pk: row for row in visible(actor).filter(pk__in=[one["id"] for one in page.items])}
    return Page([rows[one["id"]] for one in page.items], page.next)


def entry(actor: Actor, number: str) -> Entry:
    """Returns an entry that somebody may see. Raises Forbidden, NotFound."""
    found = visible(actor).filter(number=number).first()
    if found is None:
        raise actions.unknown(number)
    return found


def tied(actor: Actor, found: Entry) -> "QuerySet[Entry]":
    """Returns the entries that speak of this one, such as the referrals to a vendor."""
    return visible(actor).filter(about=found).order_by("-pk")


def of_demand(actor: Actor, demand_id: int) -> "QuerySet[Entry]":
    """Returns the entries about a demand."""
    return visible(actor).filter(demand=demand_id).order_by("pk")


def history(found: Entry) -> "QuerySet[JournalEntry]":
    """Returns what was done with an entry, oldest first."""
    return journal.timeline("register", found.pk)


def lines(actor: Actor, register: str) -> Iterator[Mapping[str, object]]:
    """Yields all entries of a register as rows: number, state, unit, day, then each field."""
    one = rules.find(register)
    for row in visible(actor).filter(register=one.code).order_by("added_at", "pk").iterator(2000):
        yield {
            "number": row.number,
            "state": row.state,
            "unit": row.unit.code if row.unit else "",
            "due_on": row.due_on,
            "added_at": row.added_at,
            "closed_at": row.closed_at,
            **{field.code: row.fields.get(field.code) for field in one.fields},
        }


@dataclass(frozen=True, slots=True)
class Spell:
    """An entry and the days, both included, on which it is in force."""

    entry: Entry
    register: Register
    first: date
    last: date


def spells(actor: Actor, since: date, until: date) -> list[Spell]:
    """Returns what is planned for some of these days, such as holidays and events, by first day.

    Raises Forbidden.
    """
    found = []
    for code, one in rules.registers().items():
        if not one.begins:
            continue
        first = KeyTextTransform(one.begins, "fields")
        last = KeyTextTransform(one.ends, "fields") if one.ends else Cast("due_on", TextField())
        planned = visible(actor).filter(register=code)
        found += [
            Spell(row, one, date.fromisoformat(row.first), date.fromisoformat(row.last))
            for row in planned.annotate(first=first, last=Greatest(first, last)).filter(
                first__lte=until.isoformat(), last__gte=since.isoformat()
            )
        ]
    return sorted(found, key=lambda spell: (spell.first, spell.entry.number))


def late(found: Entry, today: date) -> bool:
    """Tells whether an open entry is past its day."""
    return found.closed_at is None and found.due_on is not None and found.due_on < today
