"""Reads of demands: who sees which, lists by filter, one demand with all that belongs to it.

Names of channels, categories, areas and units come from `dictionaries()`, which is kept for a few
seconds, so that a list costs few statements however much a row shows. What is returned by the dozen
are plain dataclasses: frozen or slotted ones take five times as long to make and to write as JSON.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from typing import Any, NamedTuple

import orjson
from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from minsheng.catalogue.rules import LimitState, limit_state
from minsheng.demands.acting import reaches
from minsheng.demands.models import Attachment, Demand, Petitioner
from minsheng.demands.rules import OPEN, DemandState
from minsheng.directory.access import Actor, require
from minsheng.directory.permissions import Role, Scope, scopes
from minsheng.foundation import clock, keyset, statements, text
from minsheng.foundation.errors import Invalid, NotFound
from minsheng.foundation.gather import Gathered, gather_about
from minsheng.foundation.keyset import Page
from minsheng.foundation.recent import recent
from minsheng.foundation.statements import ByKey

#: The orders that a list of demands may come in: the latest first, unless a limit is asked for.
SORTS = ("-accepted_at", "accepted_at", "due_at", "-due_at")
MARKS = ("urgent", "confidential", "enterprise", "excluded", "escalated", "difficult")


# Dictionaries


@dataclass(frozen=True)
class Term:
    """An entry of a dictionary: its code, its name, and the names from the widest down to it."""

    code: str
    name: str
    path: tuple[str, ...]


class Dictionary:
    """One dictionary by id and by code, with what lies below what."""

    def __init__(self, rows: Iterable[tuple[int, str, str, list[int], bool]]) -> None:
        rows = list(rows)
        names = {id: name for id, _code, name, _lineage, _shown in rows}
        shown = {id for id, _code, _name, _lineage, in_path in rows if in_path}
        self.terms = {
            id: Term(code, name, tuple(names[step] for step in lineage if step in shown) or (name,))
            for id, code, name, lineage, _shown in rows
        }
        self.ids = {code: id for id, code, *_rest in rows}
        self._below: dict[int, list[int]] = {}
        for id, _code, _name, lineage, _shown in rows:
            for above in {*lineage, id}:
                self._below.setdefault(above, []).append(id)

    def get(self, id: int | None) -> Term | None:
        return None if id is None else self.terms.get(id)

    def below(self, id: int) -> list[int]:
        """Returns the ids of the entry and of all below it."""
        return self._below.get(id, [id])


class Dictionaries(NamedTuple):
    channels: Dictionary
    kinds: Dictionary
    categories: Dictionary
    districts: Dictionary
    units: Dictionary


# id, code, name, lineage, whether it is named in a path: the city itself goes without saying.
_DICTIONARIES = """
SELECT json_build_array(
    (SELECT coalesce(json_agg(json_build_array(id, code, name, array[]::bigint[], true)), '[]')
     FROM catalogue_channel),
    (SELECT coalesce(json_agg(json_build_array(id, code, name, array[]::bigint[], true)), '[]')
     FROM catalogue_kind),
    (SELECT coalesce(json_agg(json_build_array(id, code, name, lineage, true)), '[]')
     FROM catalogue_category),
    (SELECT coalesce(json_agg(json_build_array(id, code, name, lineage, level <> 'city')), '[]')
     FROM directory_district),
    (SELECT coalesce(json_agg(json_build_array(
        id, code, coalesce(nullif(short_name, ''), name), lineage, true)), '[]')
     FROM directory_unit)
)::text
"""


@recent
def dictionaries() -> Dictionaries:
    """Returns the names that lists show, in one statement; at most a few seconds old."""
    ((found,),) = statements.rows(_DICTIONARIES)
    return Dictionaries(*map(Dictionary, orjson.loads(found)))


# Who sees what


def visible(actor: Actor) -> Q:
    """Returns the condition on demands that `actor` may see. Raises Forbidden where none.

    The same as `demands.acting.reaches` with `demand.view`, for the database.
    """
    granted = require(actor, "demand.view")
    if actor.demand_id is not None:
        return Q(pk=actor.demand_id)
    seen = seen_by_role(actor, granted)
    if actor.unit_id is not None and {Scope.UNIT, Scope.TREE} & {*granted}:
        of_unit = Q(restricted=False, involved__contains=[actor.unit_id])
        # `involved` has an index and includes the units themselves.
        seen |= (
            of_unit if Scope.TREE in granted else of_unit & Q(unit_ids__contains=[actor.unit_id])
        )
    return seen


def seen_by_role(actor: Actor, granted: Collection[Scope], prefix: str = "") -> Q:
    """Returns the condition on demands that `actor` may see whatever unit they belong to.

    `granted` is how far their role reaches; `prefix`, such as "demand__", leads from the table
    that is asked to the demand.
    """
    seen = Q(pk__in=[])
    if Scope.ALL in granted:
        seen |= Q(**{f"{prefix}restricted": False})
    if Scope.SECRET in granted:
        seen |= Q(**{f"{prefix}restricted": True})
    if Scope.ENTERPRISE in granted:
        seen |= Q(**{f"{prefix}restricted": False, f"{prefix}enterprise": True})
    if Scope.OWN in granted and actor.staff_id:
        seen |= Q(**{f"{prefix}restricted": False, f"{prefix}registered_by": actor.staff_id})
    return seen


def sees_masks(actor: Actor, *, confidential: bool) -> bool:
    """Tells whether `actor` may see the masked petitioner of a demand that is visible to them.

    A unit learns nothing of a confidential demand's petitioner, not even a family name.
    """
    if confidential and actor.role in (Role.CLERK, Role.UNIT_LEADER):
        return False
    return bool(scopes(actor.role, "identity.masked"))


# Lists


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of demands is narrowed down to; dictionaries by code, empty for all.

    Units, districts and categories include all below them. A demand is a unit's once the unit or
    one below it got an order of it. `text` is found in title, text and place.
    """

    states: Sequence[str] = ()
    units: Sequence[str] = ()
    districts: Sequence[str] = ()
    categories: Sequence[str] = ()
    kinds: Sequence[str] = ()
    channels: Sequence[str] = ()
    origins: Sequence[str] = ()
    marks: Sequence[str] = ()
    limit_state: str = ""
    accepted_from: datetime | None = None
    accepted_to: datetime | None = None
    petitioner: int | None = None
    text: str = ""


@dataclass
class Masked:
    """A petitioner as everybody at work may see them."""

    id: int
    kind: str
    name: str
    phone: str
    do_not_call: bool
    abusive: bool


@dataclass
class DemandRow:
    """A demand as a line of a list. `petitioner` is None where anonymous or not to be seen.

    `unit` leads it, or led it last: `orders.queries.demand_page` fills it in.
    """

    id: int
    number: str
    title: str
    state: str
    kind: Term | None
    category: Term | None
    district: Term | None
    place: str
    channel: Term
    origin: str
    marks: tuple[str, ...]
    petitioner: Masked | None
    accepted_at: datetime
    completed_at: datetime | None
    due_at: datetime | None
    limit_state: LimitState | None
    unit: Term | None


# What a row shows, for the keys that a page is made of.
_ROWS = """
SELECT d.id, d.number, d.title, d.state, d.kind_id, d.category_id, d.district_id, d.place,
    d.channel_id, d.origin, d.urgent, d.confidential, d.enterprise, d.excluded, d.escalated,
    d.difficult, d.accepted_at, d.completed_at, d.due_at, d.warn_at,
    p.id, p.kind, i.name_mask, i.phone_mask, p.do_not_call,
    p.abusive AND coalesce(p.abusive_until >= %s::date, true), {lead}
FROM demands_demand d
LEFT JOIN demands_petitioner p ON p.id = d.petitioner_id
LEFT JOIN foundation_identity i ON i.id = p.identity_id
WHERE d.id = ANY(%s::bigint[])
"""


def ids_of(dictionary: Dictionary, codes: Sequence[str], name: str) -> list[int]:
    """Returns the ids of the entries named by code; raises Invalid for an unknown one."""
    for code in codes:
        if code not in dictionary.ids:
            raise Invalid(
                "unknown_code", _("没有编码为“%s”的条目；请从列表中选择。") % code, field=name
            )
    return [dictionary.ids[code] for code in codes]


def ids_below(dictionary: Dictionary, codes: Sequence[str], name: str) -> list[int]:
    """Returns the ids of the entries named by code and of all below them."""
    return [low for id in ids_of(dictionary, codes, name) for low in dictionary.below(id)]


def of_matter(filters: Filters, prefix: str = "") -> Q:
    """Returns the condition of those filters that are about the matter of a demand.

    `prefix` leads to the demand, for lists of what belongs to one.
    """
    names = dictionaries()
    found = Q()

    def narrow(**conditions: Any) -> None:
        nonlocal found
        found &= Q(**{prefix + name: value for name, value in conditions.items()})

    if filters.districts:
        narrow(district_id__in=ids_below(names.districts, filters.districts, "district"))
    if filters.categories:
        narrow(category_id__in=ids_below(names.categories, filters.categories, "category"))
    if filters.kinds:
        narrow(kind_id__in=ids_of(names.kinds, filters.kinds, "kind"))
    if filters.channels:
        narrow(channel_id__in=ids_of(names.channels, filters.channels, "channel"))
    if filters.origins:
        narrow(origin__in=filters.origins)
    for mark in filters.marks:
        narrow(**{mark: True})
    if filters.petitioner is not None:
        narrow(petitioner_id=filters.petitioner)
    if filters.text:
        tokens = text.query_tokens(filters.text)
        if not tokens:
            raise Invalid("empty_query", _("搜索词没有可查的内容；请换一个词。"), field="text")
        narrow(words__contains=tokens)
    return found


def within_limit(wanted: str, open_states: Iterable[str], prefix: str = "") -> Q:
    """Returns the condition of a limit that runs and stands as `wanted` at this moment."""
    now = clock.now()
    running = Q(**{f"{prefix}state__in": sorted(open_states), f"{prefix}due_at__isnull": False})
    if wanted == LimitState.OVERDUE:
        return running & Q(**{f"{prefix}due_at__lt": now})
    near = Q(**{f"{prefix}due_at__gte": now, f"{prefix}warn_at__lte": now})
    if wanted == LimitState.NEAR:
        return running & near
    return running & Q(**{f"{prefix}due_at__gte": now}) & ~near


def listed(actor: Actor, filters: Filters) -> "QuerySet[Demand]":
    """Returns the accepted demands that `actor` may see, narrowed down. Raises Invalid."""
    if filters.petitioner is not None:
        require(actor, "petitioner.find")
    found = Demand.objects.filter(visible(actor), of_matter(filters), accepted_at__isnull=False)
    if filters.states:
        found = found.filter(state__in=sorted(set(filters.states)))
    if filters.units:
        found = found.filter(involved__overlap=ids_of(dictionaries().units, filters.units, "unit"))
    if filters.limit_state:
        found = found.filter(within_limit(filters.limit_state, OPEN))
    if filters.accepted_from:
        found = found.filter(accepted_at__gte=filters.accepted_from)
    if filters.accepted_to:
        found = found.filter(accepted_at__lt=filters.accepted_to)
    return found


def page(
    actor: Actor,
    filters: Filters,
    *,
    sort: str = "",
    cursor: str = "",
    limit: int = 50,
    lead: str = "NULL::bigint",
) -> Page[DemandRow]:
    """Returns a page of demands. What is sorted by its limit is open and has one.

    Without `sort` the latest come first; with a limit state, those that are due first.
    `lead` is SQL for the id of the unit that leads demand `d`, which the room above knows.
    """
    sort = sort or ("due_at" if filters.limit_state else "-accepted_at")
    found = listed(actor, filters)
    if sort.endswith("due_at") and not filters.limit_state:
        found = found.filter(state__in=sorted(OPEN), due_at__isnull=False)
    keys = keyset.fetch(found.values("id", sort.lstrip("-")), sort, cursor, limit)
    ids = [key["id"] for key in keys.items]
    return Page(_rows(actor, ids, lead), keys.next)


def _rows(actor: Actor, ids: list[int], lead: str) -> list[DemandRow]:
    """Returns the rows of these demands, in this order."""
    names = dictionaries()
    now = clock.now()
    masks = {hidden: sees_masks(actor, confidential=hidden) for hidden in (False, True)}
    found = {}
    for row in statements.rows(_ROWS.format(lead=lead), [now.date(), ids]):
        id, number, title, state, kind, category, district, place, channel, origin = row[:10]
        marks, (accepted_at, completed_at, due_at, warn_at) = row[10:16], row[16:20]
        named = names.channels.get(channel)
        assert named
        found[id] = DemandRow(
            id=id,
            number=number,
            title=title,
            state=state,
            kind=names.kinds.get(kind),
            category=names.categories.get(category),
            district=names.districts.get(district),
            place=place,
            channel=named,
            origin=origin,
            marks=tuple(compress(MARKS, marks)),
            petitioner=Masked(*row[20:26]) if row[20] and masks[row[11]] else None,
            accepted_at=here(accepted_at),
            completed_at=here(completed_at),
            due_at=here(due_at),
            limit_state=standing(due_at, warn_at, now=now),
            unit=names.units.get(row[26]),
        )
    return [found[id] for id in ids]


def here(at: Any) -> Any:
    """Returns a moment of the database in the hotline's zone; None stays None."""
    return at and at.astimezone(clock.ZONE)


def standing(
    due_at: datetime | None,
    warn_at: datetime | None,
    done_at: datetime | None = None,
    *,
    now: datetime | None = None,
) -> LimitState | None:
    """Returns how a limit stands now; None where none runs."""
    if due_at is None:
        return None
    return limit_state(now or clock.now(), warn_at or due_at, due_at, done_at)


# One demand


@dataclass
class Addition:
    """What the petitioner or an agent added later."""

    id: int
    text: str
    by: str
    at: datetime


@dataclass
class File:
    """A file with a demand. `order` is the id of the order whose reply it goes with."""

    id: int
    name: str
    content_type: str
    size: int
    public: bool
    order: int | None
    by: str
    at: datetime


@dataclass
class DemandDetail:
    """A demand with all that lies in this room. `query_code` only for those who tell it on."""

    id: int
    number: str | None
    query_code: str | None
    state: str
    state_at: datetime
    title: str
    text: str
    element: str
    kind: Term | None
    category: Term | None
    district: Term | None
    place: str
    lon: float | None
    lat: float | None
    channel: Term
    origin: str
    external_no: str
    call_no: str
    marks: tuple[str, ...]
    petitioner: Masked | None
    petitioner_kind: str
    registered_at: datetime
    accepted_at: datetime | None
    completed_at: datetime | None
    archived_at: datetime | None
    due_at: datetime | None
    limit_state: LimitState | None
    reopened_count: int
    disposal: str
    answer: str
    knowledge: str | None
    legal_route: str | None
    transfer_line: str | None
    merged_into: str | None
    merged: tuple[str, ...]
    supplements: tuple[Addition, ...]
    attachments: tuple[File, ...]


def masked(petitioner: Petitioner) -> Masked:
    """Returns a petitioner as everybody at work may see them; `identity` should be loaded."""
    return Masked(
        petitioner.pk,
        petitioner.kind,
        petitioner.identity.name_mask,
        petitioner.identity.phone_mask,
        petitioner.do_not_call,
        petitioner.is_abusive(clock.now().date()),
    )


def find(actor: Actor, *, number: str = "", id: int = 0) -> Demand:
    """Returns a demand that `actor` may see, by number or (a draft) by id. Raises NotFound."""
    demand = _BY_NUMBER.first(number) if number else _BY_ID.first(id)
    if demand is None or not reaches(actor, require(actor, "demand.view"), demand):
        raise NotFound("not_found", _("没有找到这件诉求；请核对编号。"))
    return demand


_NAMED = Demand.objects.select_related("petitioner__identity").defer("words")
_BY_NUMBER = ByKey(lambda number: _NAMED.filter(number=number), "-")
_BY_ID = ByKey(lambda id: _NAMED.filter(pk=id))


def id_of(number: str) -> int:
    """Returns the key of the demand with this number. Raises NotFound.

    Whoever calls an action with it is asked there whether they may.
    """
    found = statements.rows("SELECT id FROM demands_demand WHERE number = %s", [number])
    if not found:
        raise NotFound("not_found", _("没有找到这件诉求；请核对编号。"))
    id: int = found[0][0]
    return id


#: What belongs to a demand in this room, by the demand's id; see `gather_about`.
PARTS = {
    "supplements": "SELECT id, text, by, at FROM demands_supplement WHERE demand_id = %s",
    "attachments": """
        SELECT id, name, content_type, size, public, order_id AS "order", by, at
        FROM demands_attachment WHERE demand_id = %s
    """,
    "merged": "SELECT id, number FROM demands_demand WHERE merged_into_id = %s",
    "named": """
        SELECT d.id, k.title AS knowledge, r.name AS legal_route, l.name AS transfer_line,
            m.number AS merged_into
        FROM demands_demand d
        LEFT JOIN knowledge_item k ON k.id = d.knowledge_id
        LEFT JOIN catalogue_legalroute r ON r.id = d.legal_route_id
        LEFT JOIN catalogue_transferline l ON l.id = d.transfer_line_id
        LEFT JOIN demands_demand m ON m.id = d.merged_into_id
        WHERE d.id = %s
    """,
}


def detail(actor: Actor, demand: Demand, parts: Gathered | None = None) -> DemandDetail:
    """Returns what there is to a demand that was found with `find`.

    `parts` holds what `gather` returned for `PARTS`, where that was asked together with more.
    """
    names = dictionaries()
    channel = names.channels.get(demand.channel_id)
    assert channel
    more = parts or gather_about(demand.pk, PARTS)
    named = more["named"][0]
    petitioner = demand.petitioner
    return DemandDetail(
        id=demand.pk,
        number=demand.number,
        query_code=demand.query_code if scopes(actor.role, "petitioner.find") else None,
        state=demand.state,
        state_at=here(demand.state_at),
        title=demand.title,
        text=demand.text,
        element=demand.element,
        kind=names.kinds.get(demand.kind_id),
        category=names.categories.get(demand.category_id),
        district=names.districts.get(demand.district_id),
        place=demand.place,
        lon=demand.lon,
        lat=demand.lat,
        channel=channel,
        origin=demand.origin,
        external_no=demand.external_no,
        call_no=demand.call_no,
        marks=tuple(mark for mark in MARKS if getattr(demand, mark)),
        petitioner=masked(petitioner)
        if petitioner and sees_masks(actor, confidential=demand.confidential)
        else None,
        petitioner_kind=demand.petitioner_kind,
        registered_at=here(demand.registered_at),
        accepted_at=here(demand.accepted_at),
        completed_at=here(demand.completed_at),
        archived_at=here(demand.archived_at),
        due_at=here(demand.due_at),
        limit_state=standing(demand.due_at, demand.warn_at),
        reopened_count=demand.reopened_count,
        disposal=demand.disposal,
        answer=demand.answer,
        knowledge=named["knowledge"],
        legal_route=named["legal_route"],
        transfer_line=named["transfer_line"],
        merged_into=named["merged_into"],
        merged=tuple(row["number"] for row in more["merged"]),
        supplements=tuple(Addition(**row) for row in more["supplements"]),
        attachments=tuple(File(**row) for row in more["attachments"]),
    )


def attachment(actor: Actor, attachment_id: int) -> Attachment:
    """Returns a file of a demand that `actor` may see. Raises NotFound.

    A petitioner gets the files that are meant for them.
    """
    found = Attachment.objects.filter(
        pk=attachment_id, demand__in=Demand.objects.filter(visible(actor))
    )
    if actor.role == Role.CITIZEN:
        found = found.filter(public=True)
    file = found.first()
    if file is None:
        raise NotFound("not_found", _("没有找到这个附件；请核对编号。"))
    return file


# Drafts


@dataclass
class DraftRow:
    """A draft as a line of a list."""

    id: int
    title: str
    category: Term | None
    registered_at: datetime


def drafts(actor: Actor, *, cursor: str = "", limit: int = 50) -> Page[DraftRow]:
    """Returns a page of the drafts that `actor` wrote, the latest first."""
    require(actor, "demand.view")
    found = Demand.objects.filter(state=DemandState.DRAFT, registered_by=actor.staff_id)
    rows = keyset.fetch(
        found.values("id", "title", "category_id", "registered_at"),
        "-registered_at",
        cursor,
        limit,
    )
    categories = dictionaries().categories
    return Page(
        [
            DraftRow(
                row["id"],
                row["title"],
                categories.get(row["category_id"]),
                here(row["registered_at"]),
            )
            for row in rows.items
        ],
        rows.next,
    )


# Counts


@dataclass
class CategoryCount:
    """How many demands of a category there are; it is None where it is not known yet."""

    category: Term | None
    count: int


_COUNTS = """
SELECT category_id, sum(n)::bigint AS count FROM demands_tally WHERE state = ANY(%s::text[])
GROUP BY category_id HAVING sum(n) <> 0
"""
_COUNTS_AS_JSON = f"""
SELECT pg_current_snapshot()::text, coalesce(json_agg(json_build_object(
    'code', coalesce(code, ''), 'name', coalesce(name, ''), 'count', count
) ORDER BY code), '[]')::text
FROM ({_COUNTS}) counted LEFT JOIN catalogue_category ON catalogue_category.id = category_id
"""  # noqa: S608


def counts(actor: Actor, states: Sequence[str] = ()) -> list[CategoryCount]:
    """Returns how many demands of each category are in these states; the open ones by default.

    Read from the running tally: exact, and as quick for ten million demands as for ten. Restricted
    demands are not counted.
    """
    require(actor, "demand.count")
    categories = dictionaries().categories
    found = statements.rows(_COUNTS, [sorted(set(states) or OPEN)])
    return [CategoryCount(categories.get(category), count) for category, count in found]


def counts_as_json(actor: Actor, states: Sequence[str] = ()) -> str:
    """Returns `counts` as a JSON array of code, name and count, written by the database itself.

    This is asked all the time. As long as nothing at all was written to the database (its snapshot
    says so), the text of the last time is right, and is returned again.
    """
    require(actor, "demand.count")
    wanted = tuple(sorted(set(states) or OPEN))
    # Within a transaction one would not see one's own writes in the snapshot.
    if not connection.in_atomic_block and wanted in _counted:
        ((snapshot,),) = statements.rows("SELECT pg_current_snapshot()::text")
        kept_snapshot, kept = _counted[wanted]
        if kept_snapshot == snapshot:
            return kept
    ((snapshot, found),) = statements.rows(_COUNTS_AS_JSON, [list(wanted)])
    _counted[wanted] = snapshot, found
    return str(found)


# What was counted last, by states, and the database's snapshot at that moment.
_counted: dict[tuple[str, ...], tuple[str, str]] = {}


def answers_by_item(since: datetime) -> dict[str, int]:
    """Returns how many of the demands since then were answered from which knowledge item (code)."""
    answered = Demand.objects.filter(accepted_at__gte=since, knowledge__isnull=False)
    rows = answered.values_list("knowledge__code").annotate(times=Count("pk"))
    return dict(rows.order_by("knowledge__code"))


def times_answered_from(code: str, since: datetime) -> int:
    """Returns how many demands were answered from a knowledge item, any version, since then."""
    return Demand.objects.filter(knowledge__code=code, completed_at__gte=since).count()
