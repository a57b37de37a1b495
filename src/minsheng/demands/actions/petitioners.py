"""Looking at who somebody is: only with a reason, only where it belongs, always on record."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from minsheng.catalogue.queries import limit_for
from minsheng.catalogue.rules import Stage, due
from minsheng.demands.acting import Act, check_reach, lock, missing
from minsheng.demands.models import Demand, Petitioner
from minsheng.demands.queries import visible
from minsheng.demands.withheld import ONLY_IN_SECRET
from minsheng.directory.access import Actor, require
from minsheng.directory.permissions import Role
from minsheng.foundation import city_calendar, clock, journal, text, vault
from minsheng.foundation.errors import Forbidden, Invalid, NotFound

MOST_ABUSE_DAYS = 365


def reveal(actor: Actor, demand_id: int, *, reason: str) -> vault.Person:
    """Returns the petitioner of a demand in clear, and journals who looked and why.

    A unit never sees the petitioner of a confidential demand, whatever the reason. Raises
    Forbidden, NotFound (also for an anonymous demand) or Invalid (no reason).
    """
    granted = require(actor, "identity.reveal")
    if len(reason.strip()) < 2:
        raise Invalid("reason_missing", _("查看诉求人信息须填写理由；请写明用途。"))
    with transaction.atomic(savepoint=False):
        demand = lock(demand_id)
        check_reach(actor, "identity.reveal", granted, demand)
        if demand.confidential and actor.role in (Role.CLERK, Role.UNIT_LEADER):
            raise Forbidden(
                "confidential", _("这是保密诉求，承办单位不能查看诉求人；请通过热线中心联系。")
            )
        if demand.petitioner is None:
            raise NotFound("anonymous", _("这件诉求是匿名提出的，没有诉求人信息。"))
        person = vault.open_person(demand.petitioner.identity)
        act = Act(actor, "identity.reveal", clock.now(), reason.strip())
        act.demand = demand
        act.save()
    return person


def find_by_phone(actor: Actor, phone: str) -> list[Petitioner]:
    """Returns the petitioners known under a phone number, by its keyed hash; at most 20.

    Whoever raised nothing but restricted demands is not known here: that they did, is told to
    nobody. The search itself is journaled: a number tried out is a look, too.
    """
    require(actor, "petitioner.find")
    with transaction.atomic(savepoint=False):
        found = list(
            Petitioner.objects.filter(identity__in=vault.find_by_phone(phone))
            .exclude(ONLY_IN_SECRET)
            .select_related("identity")
            .order_by("pk")[:20]
        )
        journal.write(
            subject_kind="staff",
            subject_id=actor.staff_id or 0,
            ref=actor.username,
            action="petitioner.find",
            by=actor.signature,
            at=clock.now(),
            changes={"note": {"phone": vault.mask_phone(phone), "found": len(found)}},
        )
    return found


def markable(actor: Actor, petitioner_id: int) -> Petitioner:
    """Returns a petitioner whom `actor` may mark: who raised something that they may see.

    Raises Forbidden or NotFound.
    """
    require(actor, "petitioner.mark")
    raised = Demand.objects.filter(visible(actor), petitioner=petitioner_id)
    petitioner = Petitioner.objects.select_related("identity").filter(pk=petitioner_id).first()
    if petitioner is None or not raised.exists():
        raise NotFound("not_found", _("没有找到这位诉求人。"))
    return petitioner


def mark_petitioner(
    actor: Actor,
    petitioner_id: int,
    *,
    reason: str,
    abusive: bool | None = None,
    abusive_until: date | None = None,
    do_not_call: bool | None = None,
) -> Petitioner:
    """Marks a caller as abusive, or as one who does not want to be called back.

    The mark of an abusive caller holds until the end of `abusive_until`, by the limit `abuse`
    where that is not given, and at most `MOST_ABUSE_DAYS`. Raises as `markable` does, and Invalid
    for any other day, and without one where the city has no such limit.
    """
    markable(actor, petitioner_id)
    if not reason.strip():
        raise missing("reason")
    now = clock.now()
    with transaction.atomic(savepoint=False):
        petitioner = Petitioner.objects.select_for_update().get(pk=petitioner_id)
        wanted: dict[str, Any] = {"abusive": abusive, "do_not_call": do_not_call}
        if abusive:
            wanted["abusive_until"] = _until(abusive_until, now)
            wanted["abusive_reason"] = text.clean(reason, 200)
        changes = {
            name: [getattr(petitioner, name), value]
            for name, value in wanted.items()
            if value is not None and value != getattr(petitioner, name)
        }
        for name, (_before, after) in changes.items():
            setattr(petitioner, name, after)
        petitioner.save(update_fields=[*changes])
        journal.write(
            subject_kind="petitioner",
            subject_id=petitioner.pk,
            ref=petitioner.identity.name_mask,
            action="petitioner.mark",
            by=actor.signature,
            at=now,
            changes={"petitioner": changes},
            reason=reason.strip(),
        )
    return petitioner


def abusive_until(now: datetime) -> date | None:
    """Returns the last day of a mark that is set now; None where the city has no limit for it."""
    try:
        found = limit_for(
            Stage.ABUSE, on=now.date(), kind="", urgent=False, origin="", unit_level=0
        )
    except NotFound:
        return None
    return due(city_calendar.present(), now, found.limit).at.date()


def _until(day: date | None, now: datetime) -> date:
    today, day = now.date(), day or abusive_until(now)
    if day is None:
        raise missing("abusive_until")
    if not today <= day <= today + timedelta(days=MOST_ABUSE_DAYS):
        raise Invalid(
            "abuse_mark_too_long",
            _("骚扰标记的有效期须在今天到%d天之内；请改选日期。") % MOST_ABUSE_DAYS,
            field="abusive_until",
        )
    return day
