"""What people make of a suggested event: confirm, split, add, close, dismiss, merge its demands.

Each is one transaction with one journal entry, under the event's number. Merging ends demands one
by one through their own lifecycle, so each of those has its own entry.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from minsheng.demands import actions as demands
from minsheng.demands.models import Demand
from minsheng.demands.rules import DemandState
from minsheng.directory.access import Actor, require
from minsheng.foundation import clock, journal, numbers, text
from minsheng.foundation.errors import Conflict, Invalid, NotFound, Refused
from minsheng.insight.events.counting import count
from minsheng.insight.models import Event, Membership

PREFIX = "SJ"  # of the numbers of events


def _journal(actor: Actor, event: Event, action: str, reason: str = "", **note: Any) -> None:
    journal.write(
        subject_kind="event",
        subject_id=event.pk,
        ref=event.number,
        action=action,
        by=actor.signature,
        at=clock.now(),
        changes={"note": {"state": event.state, "size": event.size, **note}},
        reason=reason,
    )


@contextmanager
def _settling(
    actor: Actor, event_id: int, action: str, reason: str = "", **note: Any
) -> Iterator[Event]:
    """Locks an open event for a person's word on it; saves and journals it afterwards."""
    require(actor, "event.settle")
    with transaction.atomic(savepoint=False):
        event = Event.objects.select_for_update(of=("self",)).filter(pk=event_id).first()
        if event is None:
            raise NotFound("not_found", _("没有找到这个事件；请从列表中选择。"))
        if not event.open:
            raise Conflict("settled", _("这个事件已经关闭，不能再改动；请刷新后查看。"))
        event.settled_by, event.settled_at = actor.username, clock.now()
        event.reason = reason
        yield event
        count(event)
        event.save()
        _journal(actor, event, action, reason, **note)


def confirm(actor: Actor, event_id: int, *, title: str = "", reason: str = "") -> Event:
    """Says that the demands in it are one event, under another `title` where one is given.

    `reason` may tell in words what it is about. Raises Conflict for one that is confirmed.
    """
    title = text.line(title)
    with _settling(actor, event_id, "event.confirm", text.line(reason)) as event:
        if event.state == Event.State.CONFIRMED and not event.memberships.filter(
            state=Membership.State.SUGGESTED
        ):
            raise Conflict("confirmed", _("这个事件已经确认过；请刷新后查看。"))
        event.state = Event.State.CONFIRMED
        event.title = title or event.title
        event.memberships.filter(state=Membership.State.SUGGESTED).update(
            state=Membership.State.CONFIRMED
        )
    return event


def dismiss(actor: Actor, event_id: int, *, reason: str) -> Event:
    """Says that its demands are not one event. They are not put together again."""
    with _settling(actor, event_id, "event.dismiss", _reason(reason)) as event:
        event.state = Event.State.DISMISSED
        event.memberships.update(state=Membership.State.REMOVED)
    return event


def close(actor: Actor, event_id: int, *, reason: str) -> Event:
    """Ends a confirmed event: whoever tells of it from now on tells of another one.

    Raises Conflict for one that nobody confirmed.
    """
    with _settling(actor, event_id, "event.close", _reason(reason)) as event:
        if event.state != Event.State.CONFIRMED:
            raise Conflict("not_confirmed", _("事件尚未确认，不能关闭；请先确认或判为非同一事件。"))
        event.state = Event.State.CLOSED
    return event


def add(actor: Actor, event_id: int, *, number: str) -> Event:
    """Puts the demand with this number into an event, by a person's word.

    Raises Invalid for an unknown number, Conflict for a demand that is in another event.
    """
    with _settling(actor, event_id, "event.add", demand=number) as event:
        # A restricted demand is as unknown here as one that does not exist.
        demand = Demand.objects.filter(number=number, restricted=False).first()
        if demand is None:
            raise Invalid(
                "unknown_demand", _("没有诉求号为“%s”的诉求；请核对编号。") % number, field="number"
            )
        other = (
            Membership.objects.filter(demand=demand)
            .exclude(state=Membership.State.REMOVED)
            .select_related("event")
            .first()
        )
        if other:
            raise Conflict(
                "in_event", _("%s已在事件%s中；请先从那里移出。") % (number, other.event.number)
            )
        Membership.objects.update_or_create(
            event=event,
            demand=demand,
            defaults={"state": Membership.State.CONFIRMED, "chance": None, "at": clock.now()},
        )
    return event


def split(actor: Actor, event_id: int, *, numbers_out: Collection[str]) -> Event | None:
    """Takes demands out of an event; two or more of them become a confirmed event of their own.

    Returns the new event, None where a single demand was taken out. Raises Invalid where none of
    the numbers is in the event, or nothing would be left.
    """
    made = None
    with _settling(actor, event_id, "event.split", demands=sorted(numbers_out)) as event:
        kept = event.memberships.exclude(state=Membership.State.REMOVED)
        taken = kept.filter(demand__number__in=numbers_out)
        ids = list(taken.order_by("demand").values_list("demand_id", flat=True))
        if not ids:
            raise Invalid("none_chosen", _("没有选择诉求；请勾选要移出的诉求。"), field="numbers")
        if len(ids) == kept.count():
            raise Invalid("all_chosen", _("不能移出全部诉求；如非同一事件，请判为非同一事件。"))
        taken.update(state=Membership.State.REMOVED)
        if len(ids) > 1:
            made = _begun(actor, event, ids)
    return made


def _begun(actor: Actor, old: Event, demand_ids: list[int]) -> Event:
    now = clock.now()
    first = Demand.objects.get(pk=demand_ids[0])
    assert first.accepted_at
    made = Event.objects.create(
        number=numbers.issue(PREFIX).number,
        state=Event.State.CONFIRMED,
        title=first.title,
        category=first.category,
        district=first.district,
        place=first.place,
        lon=first.lon,
        lat=first.lat,
        first_at=first.accepted_at,
        last_at=first.accepted_at,
        made_at=now,
        settled_by=actor.username,
        settled_at=now,
    )
    Membership.objects.bulk_create(
        Membership(event=made, demand_id=pk, state=Membership.State.CONFIRMED, at=now)
        for pk in demand_ids
    )
    count(made)
    made.save()
    _journal(actor, made, "event.confirm", split_from=old.number)
    return made


class Merged(NamedTuple):
    """What became of the demands of an event: numbers merged, and why others were not."""

    into: str
    merged: list[str]
    refused: dict[str, str]


def merge(actor: Actor, event_id: int) -> Merged:
    """并单: merges every demand that waits for dispatch into the earliest one that is open.

    Raises Conflict where the event is not confirmed, or has no open demand to merge into.
    """
    require(actor, "demand.merge")
    event = Event.objects.filter(pk=event_id).first()
    if event is None:
        raise NotFound("not_found", _("没有找到这个事件；请从列表中选择。"))
    if event.state != Event.State.CONFIRMED:
        raise Conflict("not_confirmed", _("事件尚未确认，不能并单；请先确认。"))
    members = list(
        Demand.objects.filter(
            memberships__event=event, memberships__state=Membership.State.CONFIRMED
        ).order_by("accepted_at", "pk")
    )
    target = next(
        (
            one
            for one in members
            if one.state not in (DemandState.MERGED, DemandState.WITHDRAWN, DemandState.ARCHIVED)
        ),
        None,
    )
    if target is None or target.number is None:
        raise Conflict("no_target", _("事件里没有可以并入的主件；请查看各诉求的状态。"))
    done = Merged(target.number, [], {})
    for one in members:
        if one.pk == target.pk or one.state != DemandState.ACCEPTED or one.number is None:
            continue
        try:
            with transaction.atomic():
                demands.merge(actor, one.pk, into=target.number, reason=event.number)
            done.merged.append(one.number)
        except Refused as refused:
            done.refused[one.number] = str(refused)
    return done


def _reason(given: str) -> str:
    if not (said := text.line(given)):
        raise Invalid("missing", _("请写明理由。"), field="reason")
    return said
