"""Work lists: the rows under a tab, what a row shows, pages by keyset.

Whatever a tab says, only what the person may see is listed: the conditions of `visible` and
`visible_orders` come first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from minsheng.demands.models import Demand
from minsheng.demands.queries import (
    MARKS,
    Filters,
    Term,
    dictionaries,
    ids_below,
    ids_of,
    of_matter,
    visible,
    within_limit,
)
from minsheng.demands.rules import DISSATISFIED, DemandState, Grade
from minsheng.demands.rules import OPEN as OPEN_DEMANDS
from minsheng.directory.access import Actor
from minsheng.doors.console import limit_badge
from minsheng.doors.console.limit_badge import Badge
from minsheng.doors.console.tabs import DEMANDS, FOLLOW_UPS, ORDERS, STATE_TONES, Tab
from minsheng.followups.models import FollowUp
from minsheng.foundation import clock, keyset
from minsheng.orders.models import Assignment
from minsheng.orders.queries import visible_orders
from minsheng.orders.rules import OPEN, RUNNING, OrderState, Part

ROWS = 50  # of a page
UNFINISHED = "unfinished"  # in the place of a state: any in which something is still to be done


@dataclass(frozen=True, slots=True)
class Narrow:
    """What a list is narrowed down to, by code; empty for all."""

    matter: Filters = field(default_factory=Filters)
    state: str = ""
    unit: str = ""
    limit_state: str = ""
    due_on: date | None = None
    since: datetime | None = None
    until: datetime | None = None


def _visible(actor: Actor, rows: str) -> QuerySet[Any]:
    """Returns all rows of a kind that `actor` may see."""
    if rows == ORDERS:
        return Assignment.objects.filter(visible_orders(actor))
    demands = Demand.objects.filter(visible(actor))
    return FollowUp.objects.filter(demand__in=demands) if rows == FOLLOW_UPS else demands


def _narrowed(tab: Tab, narrow: Narrow) -> Q:
    """Returns the filters as a condition on the tab's rows. Raises Invalid for unknown codes."""
    names = dictionaries()
    to_demand = "" if tab.rows == DEMANDS else "demand__"
    found = of_matter(narrow.matter, to_demand)
    if narrow.state == UNFINISHED:
        found &= Q(state__in=sorted(OPEN if tab.rows == ORDERS else OPEN_DEMANDS))
    elif narrow.state:
        found &= Q(state=narrow.state)
    if narrow.unit and tab.rows == ORDERS:
        found &= Q(unit__in=ids_below(names.units, [narrow.unit], "unit"))
    elif narrow.unit:
        units = ids_of(names.units, [narrow.unit], "unit")
        found &= Q(**{f"{to_demand}involved__overlap": units})
    if narrow.limit_state:
        orders = tab.rows == ORDERS
        states, prefix = (RUNNING, "") if orders else (OPEN_DEMANDS, to_demand)
        found &= within_limit(narrow.limit_state, states, prefix)
    if narrow.due_on:
        begins = datetime.combine(narrow.due_on, time(), clock.ZONE)
        running = RUNNING if tab.rows == ORDERS else OPEN_DEMANDS
        found &= Q(
            state__in=sorted(running), due_at__gte=begins, due_at__lt=begins + timedelta(days=1)
        )
    column = {DEMANDS: "accepted_at", ORDERS: "assigned_at", FOLLOW_UPS: "planned_at"}[tab.rows]
    if tab.sort.endswith("registered_at"):  # drafts are not accepted yet
        column = "registered_at"
    if narrow.since:
        found &= Q(**{f"{column}__gte": narrow.since})
    if narrow.until:
        found &= Q(**{f"{column}__lt": narrow.until})
    return found


def counts(actor: Actor, tabs: Sequence[Tab]) -> dict[str, int]:
    """Returns how much waits under each counted tab, in one statement for each kind of row."""
    found: dict[str, int] = {}
    for rows in (DEMANDS, ORDERS, FOLLOW_UPS):
        wanted = [tab for tab in tabs if tab.rows == rows and tab.counted]
        if not wanted:
            continue
        conditions = {tab.code: tab.where(actor) for tab in wanted}
        waiting = _visible(actor, rows).filter(reduce(or_, conditions.values()))
        found |= waiting.aggregate(
            **{code: Count("pk", filter=condition) for code, condition in conditions.items()}
        )
    return found


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a work list, as it is shown."""

    id: int
    address: str
    number: str
    title: str
    marks: tuple[str, ...]
    about: str  # area, place, category and the like, in one line
    unit: str
    state: str
    tone: str
    badge: Badge | None
    at: datetime | None
    notes: tuple[tuple[str, str], ...] = ()  # short remarks with their tone
    look: str = ""
    matter: tuple[int | None, int | None] = (None, None)  # ids of category and area of a demand


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of a list, with the cursors of the pages before and behind it."""

    rows: list[Row] = field(default_factory=list)
    before: str = ""
    after: str = ""


_MATTER = ("title", "place", "channel_id", "kind_id", "category_id", "district_id", *MARKS)


def _page(
    found: QuerySet[Any], columns: Sequence[str], sort: str, before: str, after: str
) -> tuple[list[dict[str, Any]], str, str]:
    """Returns the rows of one page and the cursors around it."""
    back = sort[1:] if sort.startswith("-") else f"-{sort}"
    values = found.values("id", *dict.fromkeys([*columns, sort.lstrip("-")]))
    page = keyset.fetch(values, back if before else sort, before or after, ROWS)
    rows = page.items[::-1] if before else page.items
    if not rows:
        return [], "", ""
    more_before = bool(page.next) if before else bool(after)
    more_after = True if before else bool(page.next)
    return (
        rows,
        keyset.behind(back, rows[0]) if more_before else "",
        keyset.behind(sort, rows[-1]) if more_after else "",
    )


def _rows(actor: Actor, tab: Tab, narrow: Narrow) -> QuerySet[Any]:
    """Returns the rows of a tab as far as it is narrowed down. Raises Invalid for unknown codes."""
    found = _visible(actor, tab.rows).filter(tab.where(actor), _narrowed(tab, narrow))
    # What is sorted by is empty where it does not apply.
    return found.filter(**{f"{tab.sort.lstrip('-')}__isnull": False})


def neighbours(actor: Actor, tab: Tab, narrow: Narrow, pk: int) -> tuple[int | None, int | None]:
    """Returns the rows before and behind row `pk` in a tab, by id; None at its ends.

    The row itself need not be in the tab any more.
    """
    column = tab.sort.lstrip("-")
    row = _visible(actor, tab.rows).filter(pk=pk).values("id", column).first()
    if row is None or row[column] is None:
        return None, None
    back = column if tab.sort.startswith("-") else f"-{column}"
    found = _rows(actor, tab, narrow).values("id", column)
    pages = [keyset.fetch(found, sort, keyset.behind(sort, row), 1) for sort in (back, tab.sort)]
    before, behind = (page.items[0]["id"] if page.items else None for page in pages)
    return before, behind


def sheet(actor: Actor, tab: Tab, narrow: Narrow, *, before: str = "", after: str = "") -> Sheet:
    """Returns a page of a tab. Raises Invalid for a broken cursor or an unknown code."""
    return _shown(tab.rows)(_rows(actor, tab, narrow), tab.sort, before, after)


def of_keys(actor: Actor, rows: str, keys: Sequence[int]) -> list[Row]:
    """Returns those rows with these keys (at most `ROWS`) that `actor` may see, the last first."""
    return _shown(rows)(_visible(actor, rows).filter(pk__in=keys), "-id", "", "").rows


def _shown(rows: str) -> Callable[[QuerySet[Any], str, str, str], Sheet]:
    return {DEMANDS: _demands, ORDERS: _orders, FOLLOW_UPS: _follow_ups}[rows]


def whereabouts(district: Term | None, place: str) -> str:
    """Returns area and place in one line; people often say the area in the place already."""
    areas = [area for area in (district.path if district else ()) if area not in place]
    return "".join([*areas, place])


def _about(row: Mapping[str, Any], prefix: str = "") -> str:
    """Returns in one line what a demand is about, beside its title."""
    names = dictionaries()
    district = names.districts.get(row[f"{prefix}district_id"])
    category = names.categories.get(row[f"{prefix}category_id"])
    kind = names.kinds.get(row[f"{prefix}kind_id"])
    channel = names.channels.get(row[f"{prefix}channel_id"])
    parts = (
        whereabouts(district, row[f"{prefix}place"]),
        kind and kind.name,
        category and " / ".join(category.path),
        channel and channel.name,
    )
    return " · ".join(part for part in parts if part)


def _marks(row: Mapping[str, Any], prefix: str = "") -> tuple[str, ...]:
    marks = [mark for mark in MARKS if row[f"{prefix}{mark}"]]
    if row[f"{prefix}origin"] != Demand.Origin.CITY:
        marks.append("provincial")
    if row[f"{prefix}restricted"]:
        marks.append("restricted")
    return tuple(marks)


_DEMAND_STATES = dict(DemandState.choices)
_ORDER_STATES = dict(OrderState.choices)
_GRADES = dict(Grade.choices)


def _leads(demand_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Returns the unit that leads (or last led) each demand, and the limit that it got."""
    found = (
        Assignment.objects.filter(demand__in=demand_ids, part=Part.LEAD, parent=None)
        .order_by("assigned_at", "pk")
        .values_list("demand_id", "unit_id", "limit")
    )
    units = dictionaries().units
    return {
        demand: (term.name, limit) for demand, unit, limit in found if (term := units.get(unit))
    }


def overdue_by_unit(actor: Actor) -> list[tuple[str, str, int]]:
    """Returns code, name and number of overdue orders of the units that have any, most first."""
    found = (
        Assignment.objects.filter(visible_orders(actor), within_limit("overdue", RUNNING))
        .values_list("unit_id")
        .annotate(count=Count("pk"))
        .order_by("-count", "unit_id")
    )
    units = dictionaries().units
    return [(term.code, term.name, count) for unit, count in found if (term := units.get(unit))]


def _demands(found: QuerySet[Any], sort: str, before: str, after: str) -> Sheet:
    columns = (
        *("number", "state", "state_at", *_MATTER, "origin", "restricted"),
        *("registered_at", "accepted_at", "due_at", "warn_at", "reopened_count"),
    )
    rows, *cursors = _page(found, columns, sort, before, after)
    leads = _leads([row["id"] for row in rows])
    shown = []
    for row in rows:
        unit, limit = leads.get(row["id"], ("", ""))
        badge = None
        if row["due_at"] and row["state"] in OPEN_DEMANDS:
            badge = limit_badge.badge(row["due_at"], row["warn_at"], limit)
        notes = (
            [(_("重新受理%d次") % row["reopened_count"], "info")] if row["reopened_count"] else []
        )
        shown.append(
            Row(
                id=row["id"],
                address=reverse("console:demand", args=[row["id"]]),
                number=row["number"] or _("草稿"),
                title=row["title"],
                marks=_marks(row),
                about=_about(row),
                unit=unit,
                state=str(_DEMAND_STATES[row["state"]]),
                tone=STATE_TONES.get(row["state"], ""),
                badge=badge,
                at=row["accepted_at"] or row["registered_at"],
                notes=tuple(notes),
                look=badge.look if badge else "",
                matter=(row["category_id"], row["district_id"]),
            )
        )
    return Sheet(shown, *cursors)


def _orders(found: QuerySet[Any], sort: str, before: str, after: str) -> Sheet:
    columns = (
        *("work_order__number", "unit_id", "part", "state", "assigned_at", "parent_id"),
        *("sign_due_at", "signed_at", "due_at", "warn_at", "handled_at", "completed_at", "limit"),
        *("rework_count", "extension_count", "urge_count", "review_on", "demand_id"),
        *(f"demand__{name}" for name in (*_MATTER, "origin", "restricted")),
    )
    rows, *cursors = _page(found, columns, sort, before, after)
    units = dictionaries().units
    shown = []
    for row in rows:
        order = Assignment(
            **{
                name: row[name]
                for name in (
                    *("state", "assigned_at", "sign_due_at", "signed_at", "due_at", "warn_at"),
                    *("handled_at", "completed_at", "limit", "review_on"),
                )
            }
        )
        signing = limit_badge.of_signing(order) if row["state"] == OrderState.ASSIGNED else None
        badge = limit_badge.of_order(order)
        unit = units.get(row["unit_id"])
        shown.append(
            Row(
                id=row["id"],
                address=f"{reverse('console:demand', args=[row['demand_id']])}#order-{row['id']}",
                number=row["work_order__number"],
                title=row["demand__title"],
                marks=_marks(row, "demand__"),
                about=_about(row, "demand__"),
                unit=unit.name if unit else "",
                state=str(_ORDER_STATES[row["state"]]),
                tone=STATE_TONES.get(row["state"], ""),
                badge=badge,
                at=row["assigned_at"],
                notes=tuple(_order_notes(row, signing)),
                look=badge.look if badge.look != "rest" else "",
            )
        )
    return Sheet(shown, *cursors)


def _order_notes(row: Mapping[str, Any], signing: Badge | None) -> list[tuple[str, str]]:
    notes = []
    if signing:
        tone = "late" if signing.look == "overdue" else "near"
        notes.append((_("签收%s") % signing.text, tone))
    if row["part"] == Part.ASSIST:
        notes.append((str(Part.ASSIST.label), ""))
    if row["rework_count"]:
        notes.append((_("返工%d次") % row["rework_count"], "late"))
    if row["extension_count"]:
        notes.append((_("延期%d次") % row["extension_count"], ""))
    if row["urge_count"]:
        notes.append((_("催办%d次") % row["urge_count"], "near"))
    return notes


def _follow_ups(found: QuerySet[Any], sort: str, before: str, after: str) -> Sheet:
    columns = (
        *("demand_id", "demand__number", "demand__state", "round", "state", "planned_at"),
        *("attempt_count", "grade", "solved", "evaluated_at", "due_at", "assignment__unit_id"),
        *(f"demand__{name}" for name in (*_MATTER, "origin", "restricted")),
    )
    rows, *cursors = _page(found, columns, sort, before, after)
    units = dictionaries().units
    shown = []
    for row in rows:
        unit = units.get(row["assignment__unit_id"])
        notes = []
        if row["round"] > 1:
            notes.append((_("第%d轮") % row["round"], "info"))
        if row["attempt_count"]:
            notes.append((_("已拨打%d次") % row["attempt_count"], ""))
        if row["grade"]:
            unhappy = row["grade"] in DISSATISFIED
            notes.append((str(_GRADES[row["grade"]]), "late" if unhappy else "ok"))
        if row["solved"] is not None:
            solved = row["solved"]
            notes.append((_("已解决") if solved else _("未解决"), "ok" if solved else "late"))
        shown.append(
            Row(
                id=row["id"],
                address=f"{reverse('console:demand', args=[row['demand_id']])}#follow-ups",
                number=row["demand__number"],
                title=row["demand__title"],
                marks=_marks(row, "demand__"),
                about=_about(row, "demand__"),
                unit=unit.name if unit else _("直接答复"),
                state=str(_DEMAND_STATES[row["demand__state"]]),
                tone=STATE_TONES.get(row["demand__state"], ""),
                badge=None,
                at=row["evaluated_at"] or row["planned_at"],
                notes=tuple(notes),
            )
        )
    return Sheet(shown, *cursors)
