"""What the simulator knows of the city: read once, by code and in the order of codes.

Nothing here depends on keys that the database gave out, so two databases with the same city are the
same world.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from minsheng.catalogue.models import Category, Channel, Kind, LegalRoute, Reason, TransferLine
from minsheng.directory.access import Actor, of_post
from minsheng.directory.models import District, Post, Unit
from minsheng.directory.permissions import Role
from minsheng.foundation.errors import Conflict
from minsheng.knowledge.models import Item


@dataclass(frozen=True, slots=True)
class Topic:
    """A category of the narrowest level. `path` is its codes, from the widest category down."""

    code: str
    name: str
    path: tuple[str, ...]
    kinds: tuple[str, ...]
    words: tuple[str, ...]
    urgent_words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Area:
    """The smallest area that a demand is filed under: a street or town."""

    code: str
    name: str
    district: str  # name of the county-level district above
    population: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A knowledge item that a question can be answered from."""

    code: str
    text: str
    valid_from: date
    valid_to: date


@dataclass
class Office:
    """A unit with the people who act for it. `below` are the codes of staffed units under it."""

    code: str
    name: str
    kind: str
    area: str
    first: bool  # the centre gives orders to it directly
    sign_off: bool
    clerks: list[Actor] = field(default_factory=list)
    leaders: list[Actor] = field(default_factory=list)
    below: list[str] = field(default_factory=list)

    @property
    def staffed(self) -> bool:
        """Tells whether an order given to this unit would be handled to the end."""
        complete = self.clerks and (self.leaders or not self.sign_off)
        return bool(complete) and self.kind != Unit.Kind.CENTRE


@dataclass(frozen=True)
class World:
    """The city. `territory` lists an area's staffed territorial units, the narrowest first."""

    topics: Mapping[str, Topic]
    areas: Mapping[str, Area]
    territory: Mapping[str, Sequence[str]]
    kinds: frozenset[str]
    channels: Mapping[str, Channel]
    offices: Mapping[str, Office]
    staff: Mapping[Role, Sequence[Actor]]
    answers: Mapping[str, Sequence[Answer]]  # by the code of a category of any level
    lines: Mapping[str, str]  # what an agent says on transferring to a line, by its code
    lines_of_units: Mapping[str, str]
    routes: Mapping[str, str]  # names of legal routes, by code
    reasons: Mapping[str, Sequence[str]]  # codes, by what they are reasons for
    first_level: Sequence[str]  # staffed units to which the centre gives orders

    def guess(self, text: str) -> str:
        """Returns the code of the topic of whose keywords a text has the most; empty for none."""
        found = {
            code: sum(word in text for word in (topic.name, *topic.words))
            for code, topic in self.topics.items()
        }
        best = max(found, key=lambda code: found[code], default="")
        return best if best and found[best] else ""

    def answer(self, topic: Topic, on: date) -> Answer | None:
        """Returns the item for the narrowest category of a topic that holds on a day."""
        for code in reversed(topic.path):
            for answer in self.answers.get(code, ()):
                if answer.valid_from <= on <= answer.valid_to:
                    return answer
        return None


def read() -> World:
    """Reads the city that is in the database.

    Raises Conflict where nobody could take a demand down or dispatch it.
    """
    offices = _offices()
    staff: dict[Role, list[Actor]] = {}
    posts = Post.objects.filter(until=None, staff__is_active=True, unit__active=True)
    for post in posts.select_related("staff", "unit").order_by("staff__username", "unit__code"):
        actor = of_post(post)
        if actor.role == Role.CLERK:
            offices[actor.unit_code].clerks.append(actor)
        elif actor.role == Role.UNIT_LEADER:
            offices[actor.unit_code].leaders.append(actor)
        else:
            staff.setdefault(actor.role, []).append(actor)
    for role in (Role.AGENT, Role.DISPATCHER, Role.SUPERVISOR, Role.FOLLOW_UP):
        if role not in staff:
            raise Conflict(
                "nobody_there", _("没有“%s”岗位的人员，无法模拟；请先装入城市数据。") % role.label
            )
    under = Unit.objects.filter(active=True, parent__active=True).order_by("code")
    for code, above in under.values_list("code", "parent__code"):
        if above and offices[code].staffed:
            offices[above].below.append(code)
    areas, territory = _areas(offices)
    lines = list(TransferLine.objects.select_related("unit").order_by("code"))
    reasons: dict[str, list[str]] = {}
    for reason in Reason.objects.filter(active=True).order_by("kind", "code"):
        reasons.setdefault(reason.kind, []).append(reason.code)
    return World(
        topics=_topics(),
        areas=areas,
        territory=territory,
        kinds=frozenset(Kind.objects.values_list("code", flat=True)),
        channels=_channels(staff),
        offices=offices,
        staff=staff,
        answers=_answers(),
        lines={line.code: f"已为您转接{line.name}（{line.number}）。" for line in lines},
        lines_of_units={line.unit.code: line.code for line in reversed(lines) if line.unit},
        routes=dict(LegalRoute.objects.order_by("code").values_list("code", "name")),
        reasons=reasons,
        first_level=[code for code, office in offices.items() if office.staffed and office.first],
    )


def _channels(staff: Mapping[Role, Sequence[Actor]]) -> dict[str, Channel]:
    """Returns the channels for which there is somebody to take down what comes in."""
    rows = Channel.objects.filter(active=True).order_by("code")
    if Role.COLLECTOR not in staff:
        rows = rows.filter(is_collector=False)
    if Role.DISCIPLINE not in staff:
        rows = rows.filter(restricted=False)
    return {row.code: row for row in rows}


def _offices() -> dict[str, Office]:
    units = Unit.objects.filter(active=True).select_related("district").order_by("code")
    return {
        unit.code: Office(
            unit.code,
            str(unit),
            unit.kind,
            unit.district.code if unit.district else "",
            unit.level == 1,
            unit.sign_off,
        )
        for unit in units
    }


def _areas(offices: Mapping[str, Office]) -> tuple[dict[str, Area], dict[str, list[str]]]:
    """Returns the narrowest areas and, for every area, its staffed territorial units."""
    districts = {row.pk: row for row in District.objects.defer("outline").order_by("code")}
    units: dict[str, str] = {}
    for unit in Unit.objects.filter(is_territorial=True, active=True, district__isnull=False):
        if offices[unit.code].staffed:
            units[offices[unit.code].area] = unit.code
    above = {row.parent_id for row in districts.values()}
    areas, territory = {}, {}
    for row in districts.values():
        path = [districts[key] for key in row.lineage]
        territory[row.code] = [units[part.code] for part in reversed(path) if part.code in units]
        if row.pk not in above:
            county = path[1] if len(path) > 1 else row
            areas[row.code] = Area(row.code, row.name, county.name, row.population or 1)
    return areas, territory


def _topics() -> dict[str, Topic]:
    rows = {row.pk: row for row in Category.objects.filter(active=True).order_by("code")}
    above = {row.parent_id for row in rows.values()}
    return {
        row.code: Topic(
            row.code,
            row.name,
            tuple(rows[key].code for key in row.lineage if key in rows),
            tuple(row.kinds),
            tuple(row.keywords),
            tuple(row.urgent_words),
        )
        for row in rows.values()
        if row.pk not in above
    }


def _answers() -> dict[str, list[Answer]]:
    answers: dict[str, list[Answer]] = {}
    items = Item.objects.filter(current=True, category__isnull=False)
    for item in items.select_related("category").order_by("code"):
        assert item.category
        answers.setdefault(item.category.code, []).append(
            Answer(item.code, item.answer, item.valid_from or date.min, item.valid_to or date.max)
        )
    return answers
