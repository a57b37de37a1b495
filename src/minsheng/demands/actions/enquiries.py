"""企业专席: an enterprise's demand goes from the agent to a specialist, and from there to an order.

What the agent cannot answer is put to the specialists of a department (`ask`), within the city's
limit. One of them answers (`demand.answer`), or passes it back for an order (`pass_back`). However
the demand leaves the state of being accepted, its enquiry ends, with who it was (`acting`).
"""

from django.utils.translation import gettext as _

from minsheng.catalogue.queries import kind_codes, limit_for
from minsheng.catalogue.rules import Limit, Stage, due
from minsheng.demands.acting import Act, acting
from minsheng.demands.models import Enquiry
from minsheng.directory.access import Actor
from minsheng.directory.models import Unit
from minsheng.directory.queries import specialists
from minsheng.foundation import city_calendar, text
from minsheng.foundation.errors import Conflict, Forbidden, Invalid, NotFound

DEFAULT_LIMIT = "1wd"  # where the city's table has none


def ask(actor: Actor, demand_id: int, *, unit: str, note: str = "") -> Enquiry:
    """转专员: puts an enterprise's demand to the specialists of a unit (code).

    Raises Conflict for a demand of no enterprise, or one that somebody is asked about already, and
    Invalid for a unit that has no specialist.
    """
    with acting(actor, "enquiry.ask", demand_id, unit=unit) as act:
        demand = act.demand
        if not demand.enterprise:
            raise Conflict("no_enterprise", _("这不是企业诉求；企业专席只接企业诉求。"))
        if Enquiry.objects.filter(demand=demand, state=Enquiry.State.ASKED).exists():
            raise Conflict("asked", _("这件诉求已经转给专员；请等专员答复或转派单。"))
        to = Unit.objects.filter(code=unit, active=True).first()
        if to is None or not specialists(act.now).filter(unit=to).exists():
            raise Invalid(
                "no_specialist", _("这个单位没有政策专员；请从专员名册中选择单位。"), field="unit"
            )
        enquiry = Enquiry.objects.create(
            demand=demand,
            unit=to,
            note=text.clean(note, 2000),
            asked_by=actor.name,
            asked_at=act.now,
            due_at=due(city_calendar.present(), act.now, _limit(act, to)).at,
        )
        act.note(unit=to, text=enquiry.note, due_at=enquiry.due_at)
    return enquiry


def _limit(act: Act, unit: Unit) -> Limit:
    try:
        return limit_for(
            Stage.ENQUIRE,
            on=act.now.date(),
            kind=kind_codes().get(act.demand.kind_id or 0, ""),
            urgent=act.demand.urgent,
            origin=act.demand.origin,
            unit_level=unit.level,
        ).limit
    except NotFound:
        return Limit.parse(DEFAULT_LIMIT)


def pass_back(actor: Actor, demand_id: int, *, reason: str) -> Enquiry:
    """转派单: the specialist cannot answer it; it needs an order, and the reason says why.

    Raises Conflict where nobody is asked, Forbidden where it is another unit.
    """
    reason = text.clean(reason, 2000)
    with acting(actor, "enquiry.pass_back", demand_id, reason=reason) as act:
        enquiry = Enquiry.objects.filter(demand=act.demand, state=Enquiry.State.ASKED).first()
        if enquiry is None:
            raise Conflict("not_asked", _("这件诉求没有等待专员答复；请刷新后查看。"))
        if enquiry.unit_id != actor.unit_id:
            raise Forbidden("other_unit", _("这件诉求转给了其他单位的专员；请由他们办理。"))
        enquiry.end(Enquiry.State.PASSED, actor.name, act.now, reason)
        act.note(unit=enquiry.unit)
    return enquiry
