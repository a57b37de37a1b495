"""受理: a demand is registered, corrected and accepted under its number."""

from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from minsheng.catalogue.queries import city, refs
from minsheng.demands.acting import Act, acting, check_reach, need
from minsheng.demands.models import Demand, Petitioner
from minsheng.demands.rules import DemandState
from minsheng.demands.withheld import ONLY_IN_SECRET, known_petitioner, without_who
from minsheng.directory.access import Actor, require
from minsheng.directory.permissions import Role, Scope
from minsheng.foundation import clock, numbers, text, vault
from minsheng.foundation.errors import Conflict, Forbidden, Invalid
from minsheng.foundation.statements import ByKey, insert, update

TITLE_LENGTH = 200  # characters
TEXT_LENGTH = 20_000  # characters
PLACE_LENGTH = 200  # characters


@dataclass(frozen=True, slots=True)
class PersonIn:
    """Who raises a demand; all blank means anonymous."""

    name: str = ""
    phone: str = ""
    id_number: str = ""
    address: str = ""
    kind: str = Petitioner.Kind.PERSON
    do_not_call: bool = False

    @property
    def anonymous(self) -> bool:
        return not (self.name or self.phone or self.id_number)


@dataclass(frozen=True, slots=True)
class Intake:
    """What a door hands over about a demand; dictionaries by code."""

    channel: str
    title: str
    text: str = ""
    kind: str = ""
    category: str = ""
    district: str = ""
    place: str = ""
    lon: float | None = None
    lat: float | None = None
    petitioner: PersonIn = field(default_factory=PersonIn)
    urgent: bool = False
    confidential: bool = False
    origin: str = Demand.Origin.CITY
    external_no: str = ""
    call_no: str = ""


_KNOWN = Petitioner.objects.select_related("identity").order_by("pk")
_WITH_PHONE = ByKey(lambda key: _KNOWN.filter(identity__phone_key=key)[:20], b"-")
_OPENLY_WITH_PHONE = ByKey(
    lambda key: _KNOWN.filter(identity__phone_key=key).exclude(ONLY_IN_SECRET)[:20], b"-"
)


def _petitioner(
    actor: Actor, person: PersonIn, *, restricted: bool
) -> tuple[Petitioner | None, vault.Person]:
    """Returns the petitioner, known or new, and who that is; None if anonymous.

    A family shares a phone: the name decides who it is, where one was given. Where none was, staff
    mean whoever is known by the number. Citizens cannot be believed so much: whom they name is
    known only if everything agrees, or else they could find out who has a number. Who raised
    nothing but restricted demands is not known outside of them.
    """
    given = vault.Person(person.name, person.phone, person.id_number, person.address)
    if person.anonymous:
        return None, given
    exactly = actor.role == Role.CITIZEN
    with_phone = _WITH_PHONE if restricted else _OPENLY_WITH_PHONE
    for key in vault.phone_keys(person.phone):
        for known in with_phone.all(key):
            opened = vault.open_person(known.identity)
            if opened.name == person.name or not (person.name or exactly):
                return known, opened
    if person.id_number and not person.phone:
        # An id (a number, or the account on another platform) says who it is.
        same = _KNOWN.filter(identity__in=vault.find_by_id(person.id_number))
        for known in same if restricted else same.exclude(ONLY_IN_SECRET):
            opened = vault.open_person(known.identity)
            if not exactly or (opened.name, opened.phone) == (person.name, person.phone):
                return known, opened
    identity = vault.seal_person(person.name, person.phone, person.id_number, person.address)
    insert(identity)
    new = Petitioner(identity=identity, kind=person.kind, do_not_call=person.do_not_call)
    return insert(new), given


def words_of(title: str, body: str, place: str) -> list[str]:
    """Returns the words that a demand is found by."""
    return text.tokens(f"{title}\n{body}\n{place}")


def _matter(intake: Intake, who: vault.Person) -> dict[str, Any]:
    """Returns the columns that describe the matter in words and on the map, cleaned and checked.

    `who` raises it, as it is known by now: more than was given with it, perhaps.
    """
    title, body, place = (
        without_who(said, who, confidential=intake.confidential, limit=limit)
        for said, limit in (
            (intake.title, TITLE_LENGTH),
            (intake.text, TEXT_LENGTH),
            (intake.place, PLACE_LENGTH),
        )
    )
    if not title:
        raise Invalid("missing", _("缺少标题；请用一句话写明诉求。"), field="title")
    if (intake.lon is None) != (intake.lat is None):
        raise Invalid("half_point", _("经度和纬度须同时填写；请补全或都留空。"), field="lon")
    return {
        "title": title,
        "text": body,
        "words": words_of(title, body, place),
        "place": place,
        "lon": intake.lon,
        "lat": intake.lat,
    }


def _named(**codes: str) -> dict[str, Any]:
    """Returns the rows of the dictionaries that describe the matter, by code; see `refs`."""
    found = refs(**codes)
    if "category" in found:
        found["element"] = found["category"].element if found["category"] else ""
    return found


def _new(actor: Actor, intake: Intake) -> Demand:
    named = _named(
        channel=intake.channel,
        kind=intake.kind,
        category=intake.category,
        district=intake.district,
    )
    channel = named["channel"]
    if intake.origin not in Demand.Origin.values:
        raise Invalid("unknown_origin", _("来源层级不正确；请从列表中选择。"), field="origin")
    if intake.petitioner.kind not in Petitioner.Kind.values:
        raise Invalid("unknown_petitioner", _("诉求人类型不正确；请从列表中选择。"))
    if actor.role == Role.COLLECTOR and not channel.is_collector:
        raise Forbidden("collector_channel", _("采集员只能通过采集渠道上报；请改选渠道。"))
    if channel.restricted and Scope.SECRET not in require(actor, "demand.register"):
        raise Forbidden("restricted_channel", _("该渠道的件限制知悉，须由纪检人员登记。"))
    petitioner, who = _petitioner(actor, intake.petitioner, restricted=channel.restricted)
    return Demand(
        **_matter(intake, who),
        **named,
        state=DemandState.DRAFT,
        petitioner=petitioner,
        petitioner_kind=intake.petitioner.kind if petitioner else "",
        urgent=intake.urgent,
        confidential=intake.confidential,
        restricted=channel.restricted,
        enterprise=intake.petitioner.kind == Petitioner.Kind.ENTERPRISE,
        origin=intake.origin,
        external_no=intake.external_no,
        call_no=intake.call_no,
        registered_by_id=actor.staff_id,
    )


def _keep(demand: Demand) -> None:
    """Saves a new demand. Raises Conflict when its channel already delivered this number.

    Asked before, for the sentence, and left to the database, for two that arrive at once.
    """
    if demand.external_no:
        found = Demand.objects.filter(channel=demand.channel, external_no=demand.external_no)
        if known := found.values_list("number", flat=True).first():
            raise _received(demand, known)
    try:
        insert(demand)
    except IntegrityError as error:
        if "demand_external_once" not in str(error):
            raise
        raise _received(demand, "") from error


def _received(demand: Demand, number: str) -> Conflict:
    said = (
        _("外部编号%(external)s已受理为%(number)s，不再重复登记。")
        if number
        else _("外部编号%(external)s已经登记，不再重复登记。")
    )
    known = {"external": demand.external_no, "number": number}
    return Conflict("already_received", said % known, number=number)


def _journal_new(actor: Actor, demand: Demand, action: str) -> None:
    """Journals a demand that just came to be: what it is, without who it is from."""
    act = Act(actor, action, demand.state_at)
    act.demand = demand
    act.note(
        channel=demand.channel,
        kind=demand.kind,
        category=demand.category,
        district=demand.district,
        title=demand.title,
        urgent=demand.urgent,
        confidential=demand.confidential,
        origin=demand.origin,
        anonymous=demand.petitioner_id is None,
    )
    act.changes["demand"] = {"state": ["", demand.state]}
    act.save()


def _number(demand: Demand) -> None:
    """Gives an accepted demand its number, query code and moment of acceptance."""
    issued = numbers.issue(city().demand_prefix)
    demand.number, demand.accepted_at = issued.number, issued.at
    demand.query_code = numbers.query_code()
    demand.state, demand.state_at = DemandState.ACCEPTED, issued.at


def register(actor: Actor, intake: Intake) -> Demand:
    """Keeps a demand as a draft, without number or limit. Raises Forbidden or Invalid."""
    require(actor, "demand.register")
    need("demand.register", {"channel": intake.channel, "title": intake.title})
    with transaction.atomic(savepoint=False):
        demand = _new(actor, intake)
        demand.registered_at = demand.state_at = clock.now()
        _keep(demand)
        _journal_new(actor, demand, "demand.register")
    return demand


def accept(actor: Actor, intake: Intake) -> Demand:
    """Registers and accepts a demand in one step, as an agent does with a caller on the line.

    Raises Forbidden, Invalid, or Conflict when the channel already delivered this external number.
    """
    require(actor, "demand.submit")
    need("demand.register", {"channel": intake.channel, "title": intake.title})
    with transaction.atomic(savepoint=False):
        demand = _new(actor, intake)
        _number(demand)
        demand.registered_at = demand.state_at
        _keep(demand)
        _journal_new(actor, demand, "demand.submit")
    return demand


def submit(actor: Actor, demand_id: int) -> Demand:
    """Accepts a draft: it gets its number, and its limits start to count."""
    with acting(actor, "demand.submit", demand_id) as act:
        demand = act.demand
        if demand.registered_by_id != actor.staff_id and actor.demand_id is None:
            check_reach(actor, "demand.submit", (Scope.OWN,), demand)
        _number(demand)
        fields = ("number", "query_code", "accepted_at", "state", "state_at")
        update(demand, fields)
        act.now = demand.state_at
    return demand


def edit(actor: Actor, demand_id: int, **changed: Any) -> Demand:
    """Corrects what a demand says (fields of Intake but the channel and the petitioner).

    Both versions stay in the journal. Raises Invalid for a field that cannot be edited.
    """
    editable = {"title", "text", "kind", "category", "district", "place", "lon", "lat"}
    if unknown := set(changed) - editable:
        raise Invalid("not_editable", _("不能修改：%s。") % "、".join(sorted(unknown)))
    with acting(actor, "demand.edit", demand_id) as act:
        demand = act.demand
        kept: dict[str, Any] = {
            "title": demand.title,
            "text": demand.text,
            "place": demand.place,
            "lon": demand.lon,
            "lat": demand.lat,
        }
        codes = {
            "kind": demand.kind.code if demand.kind else "",
            "category": demand.category.code if demand.category else "",
            "district": demand.district.code if demand.district else "",
        }
        matter = _matter(
            Intake(
                channel=demand.channel.code,
                confidential=demand.confidential,
                **{name: changed.get(name, value) for name, value in kept.items()},
            ),
            known_petitioner(demand),
        )
        # What is left as it was may have been retired since.
        anew = {
            name: changed[name] for name, code in codes.items() if changed.get(name, code) != code
        }
        act.set(demand, **matter, **_named(**anew))
    return demand
