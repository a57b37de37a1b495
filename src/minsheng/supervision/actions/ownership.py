"""权属认定: the duty unit of the month looks, the centre decides, the owner gets the order."""

from datetime import date

from django.db import connection, transaction
from django.utils.translation import gettext as _

from minsheng.catalogue.models import Basis
from minsheng.catalogue.rules import Limit, due
from minsheng.demands.rules import DemandState
from minsheng.directory.access import Actor, require
from minsheng.directory.models import Unit
from minsheng.foundation import city_calendar, clock, journal, numbers, text
from minsheng.foundation.errors import Conflict, Invalid
from minsheng.orders import actions as orders
from minsheng.orders.actions.assigning import units_by_code
from minsheng.orders.models import Assignment
from minsheng.orders.rules import OPEN, Part
from minsheng.supervision.acting import acting, opening
from minsheng.supervision.models import DutyUnit, Ownership
from minsheng.supervision.models.ownership import Object
from minsheng.supervision.rules import PREFIXES, OwnershipState

VISIT_LIMIT = "2wd"


def set_duty(actor: Actor, *, month: date, unit: str, object: str = "") -> DutyUnit:
    """设定值班单位: who leads the ownership group in a month, for one kind of object or all."""
    require(actor, "ownership.roster")
    if object and object not in Object:
        raise Invalid("unknown_object", _("设施类别不正确；请从列表中选择。"), field="object")
    (on_duty,) = units_by_code([unit])
    first = month.replace(day=1)
    with transaction.atomic(savepoint=False):
        with connection.cursor() as cursor:  # two people who set the same month
            cursor.execute("LOCK TABLE supervision_dutyunit IN SHARE ROW EXCLUSIVE MODE")
        row, _made = DutyUnit.objects.update_or_create(
            month=first, object=object, defaults={"unit": on_duty}
        )
        journal.write(
            subject_kind="dutyunit",
            subject_id=first.year * 100 + first.month,
            ref=f"{first:%Y-%m}",
            action="ownership.roster",
            by=actor.signature,
            at=clock.now(),
            changes={"note": {"object": object, "unit": unit}},
        )
    return row


def on_duty(day: date, object: str) -> Unit:
    """Returns the duty unit of a day for a kind of object. Raises Conflict where nobody is."""
    rows = DutyUnit.objects.filter(month=day.replace(day=1), object__in=["", object])
    row = rows.select_related("unit").order_by("-object").first()
    if row is None:
        raise Conflict(
            "nobody_on_duty",
            _("%s没有排定权属值班单位；请先在值班表中排定。") % f"{day:%Y-%m}",
        )
    return row.unit


def open_case(actor: Actor, *, demand_id: int, object: str, reason: str = "") -> Ownership:
    """提请权属认定: opens a case; the duty unit of the month goes to look within two working days.

    Raises Conflict for a demand that is over or has a case already, or where nobody is on duty.
    """
    if object not in Object:
        raise Invalid("unknown_object", _("设施类别不正确；请从列表中选择。"), field="object")
    with opening(
        actor, "ownership.open", Ownership, demand_id=demand_id, reason=reason, object=object
    ) as deed:
        assert deed.demand is not None
        if deed.demand.state not in (DemandState.ACCEPTED, DemandState.ASSIGNED):
            raise Conflict("demand_over", _("这件诉求已经办结；需要时请先重新受理。"))
        if Ownership.objects.filter(demand=demand_id).exclude(state=OwnershipState.DECIDED):
            raise Conflict("already_open", _("这件诉求已有权属案件；请在原案件上办理。"))
        limit = Limit.parse(VISIT_LIMIT)
        deed.thing = Ownership(
            number=numbers.issue(PREFIXES["ownership"], deed.now).number,
            object=object,
            demand=deed.demand,
            unit=on_duty(deed.now.date(), object),
            reason=text.clean(reason, 2000),
            visit_due_at=due(city_calendar.present(), deed.now, limit).at,
            opened_at=deed.now,
            opened_by_id=actor.staff_id,
        )
        deed.tell(object=object, unit=deed.thing.unit)
    return deed.thing


def visit(actor: Actor, case_id: int, *, finding: str, suggested: str = "") -> Ownership:
    """权属勘查: the duty unit says what it found on the spot, and whose it takes it to be."""
    finding = text.clean(finding, 2000)
    with acting(actor, "ownership.visit", Ownership, case_id, finding=finding) as deed:
        unit = units_by_code([suggested])[0] if suggested else None
        deed.set(finding=finding, suggested=unit, visited_by=actor.name, visited_at=deed.now)
        deed.tell(remark=finding, suggested_unit=unit)
    return deed.thing


def put_off(actor: Actor, case_id: int, *, review_on: date, reason: str) -> Ownership:
    """列入积存: nobody is found for now; the case stays on the backlog list until it is decided.

    Raises Invalid for a day of review that is not to come.
    """
    with acting(actor, "ownership.put_off", Ownership, case_id, reason=reason) as deed:
        if review_on <= deed.now.date():
            raise Invalid("review_past", _("复核日期须晚于今天；请改填日期。"), field="review_on")
        deed.set(review_on=review_on)
        deed.tell(review_on=review_on)
    return deed.thing


def decide(actor: Actor, case_id: int, *, owner: str, reason: str) -> Ownership:
    """认定权属: says whose it is and gives that unit the order, in one step.

    A demand in another unit's hands is taken from there; of one that is over meanwhile only the
    decision is recorded, for the next time. Raises Conflict where the order cannot be taken away in
    its present state.
    """
    with acting(actor, "ownership.decide", Ownership, case_id, owner=owner, reason=reason) as deed:
        (unit,) = units_by_code([owner])
        assert deed.demand is not None
        _assign(actor, deed.demand.pk, deed.demand.state, unit, reason)
        deed.set(
            owner=unit, decision=text.clean(reason, 2000), decided_by=actor.name,
            decided_at=deed.now, review_on=None,
        )  # fmt: skip
        deed.tell(unit=unit)
    return deed.thing


def _assign(actor: Actor, demand_id: int, state: str, unit: Unit, reason: str) -> None:
    if state == DemandState.ACCEPTED:
        orders.assign(actor, demand_id, lead=unit.code, basis=Basis.DESIGNATED, note=reason)
    elif state == DemandState.ASSIGNED:
        lead = Assignment.objects.get(demand=demand_id, state__in=OPEN, part=Part.LEAD, parent=None)
        if lead.unit_id != unit.pk:
            orders.reassign(actor, lead.pk, unit=unit.code, reason=reason)
