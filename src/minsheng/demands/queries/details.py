"""One demand with all that belongs to it in this room."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from minsheng.catalogue.rules import LimitState
from minsheng.demands.acting import reaches
from minsheng.demands.models import Attachment, Demand
from minsheng.demands.queries.limits import here, standing
from minsheng.demands.queries.lists import MARKS
from minsheng.demands.queries.sight import Masked, masked, sees_masks, visible
from minsheng.demands.queries.terms import Term, dictionaries
from minsheng.directory.access import Actor, require
from minsheng.directory.permissions import Role, scopes
from minsheng.foundation import statements
from minsheng.foundation.errors import NotFound
from minsheng.foundation.gather import Gathered, gather_about
from minsheng.foundation.statements import ByKey


@dataclass
class Addition:
    """What the petitioner or an agent added later."""

    id: int
    text: str
    by: str
    at: datetime


@dataclass
class File:
    """A file with a demand. `order` is the id of the order that a unit uploaded it with."""

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
