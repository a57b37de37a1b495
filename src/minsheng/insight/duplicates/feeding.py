"""Keeps the index up to date: new demands in, edited ones traced anew, closed old ones out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from minsheng.demands.models import Demand
from minsheng.demands.rules import OPEN, DemandState
from minsheng.foundation import clock, statements
from minsheng.foundation.models import JournalEntry
from minsheng.insight import places
from minsheng.insight.duplicates.folding import TOGETHER, fold_all, locked, rebuild
from minsheng.insight.duplicates.index import SPAN, Near, nearest
from minsheng.insight.duplicates.tracing import Traced, pack, trace
from minsheng.insight.models import NEXT_SERIAL, Folding, Trace

FRESH = timedelta(days=1)  # older demands were there before the index: nothing is suggested of them
LOOK_BACK = timedelta(hours=1)  # a demand that took longer to be committed is found by the sweep
WASTE, LITTLE = 1.3, 100  # folded demands for each trace (and a few) at which all is built anew

T = TypeVar("T")


def catch_up(
    heard: Callable[[Demand, list[Near]], object] = lambda demand, near: None,
    *,
    most: int | None = None,
    everything: bool = False,
) -> int:
    """Takes in demands that the index does not have; returns how many.

    `heard` is told each fresh one with its nearest, in the transaction that takes it in.
    `everything` looks for all that should be in the index, else for what came of late. While
    another process is at it, nothing is left to do here.
    """
    missing = _missing(None if everything else clock.now() - LOOK_BACK)
    taken = 0
    if everything:
        old = missing.filter(accepted_at__lte=clock.now() - FRESH).order_by("pk")
        for ids in _parts(old.values_list("pk", flat=True)):
            taken += _take_all(ids)
    fresh = missing.filter(accepted_at__gt=clock.now() - FRESH).order_by("accepted_at", "pk")
    for demand_id in list(fresh.values_list("pk", flat=True)[:most]):
        with transaction.atomic():
            if not locked():
                return taken
            demand = (
                fresh.filter(pk=demand_id)
                .select_related("district")
                .defer("words", "district__outline")
                .first()
            )
            if demand is not None:
                heard(demand, take(demand))
                taken += 1
    return taken


def _parts(every: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(every)
    while some := list(islice(rest, TOGETHER)):
        yield some


def _missing(since: datetime | None) -> QuerySet[Demand]:
    wanted = Q(state__in=sorted(OPEN)) | Q(accepted_at__gt=clock.now() - SPAN)
    found = Demand.objects.filter(wanted, accepted_at__isnull=False, restricted=False).exclude(
        state__in=[DemandState.DRAFT, DemandState.WITHDRAWN]
    )
    if since:
        found = found.filter(accepted_at__gt=since)
    return found.filter(~Exists(Trace.objects.filter(demand=OuterRef("pk")))).defer("words")


def take(demand: Demand) -> list[Near]:
    """Takes one demand in and returns those before it that were compared, the likeliest first."""
    assert demand.accepted_at
    traced = _traced(demand)
    found = nearest(traced, demand.accepted_at, demand.petitioner_id, leaving_out=demand.pk)
    keep(demand, traced, found[0].chance if found else 0.0)
    return found


def keep(demand: Demand, traced: Traced, nearest: float) -> None:
    """Puts a demand's trace where everybody finds it at once."""
    assert demand.accepted_at
    statements.insert(
        Trace(
            demand_id=demand.pk,
            at=demand.accepted_at,
            body=pack(traced),
            place_id=_place(demand),
            nearest=nearest,
        )
    )


def _traced(demand: Demand) -> Traced:
    return trace(demand.title, demand.text, demand.place)


def _place(demand: Demand) -> int | None:
    """Returns the id of the gazetteer's place that a demand is about, where that is sure enough."""
    area = demand.district.code if demand.district else ""
    found = places.find(f"{demand.place}\n{demand.title}\n{demand.text}", area)
    return found.id if found and found.confidence >= places.SURE else None


def correct() -> int:
    """Traces demands anew that people edited of late; returns how many."""
    edited = (
        JournalEntry.objects.filter(
            subject_kind="demand", action="demand.edit", at__gt=clock.now() - LOOK_BACK
        )
        .values_list("subject_id", flat=True)
        .distinct()
    )
    changed = 0
    rows = Trace.objects.filter(demand__in=list(edited)).select_related("demand__district")
    for row in rows.defer("demand__words", "demand__district__outline"):
        traced = _traced(row.demand)
        body = pack(traced)
        if body != bytes(row.body):
            with transaction.atomic():
                if not locked():
                    return changed
                Trace.objects.filter(pk=row.pk).update(
                    body=body, place=_place(row.demand), serial=NEXT_SERIAL
                )
            changed += 1
    return changed


def _take_all(ids: Sequence[int]) -> int:
    """Takes many old demands in at once, and folds them."""
    with transaction.atomic():
        if not locked():
            return 0
        demands = list(_missing(None).filter(pk__in=ids))
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY insight_trace (demand_id, at, body) FROM STDIN") as copy,
        ):
            for one in demands:
                copy.write_row((one.pk, one.accepted_at, pack(_traced(one))))
        fold_all()
    return len(demands)


def forget() -> int:
    """Takes out what closed long ago; builds the postings anew where much of them is out."""
    gone, _each = (
        Trace.objects.filter(at__lt=clock.now() - SPAN)
        .exclude(demand__state__in=sorted(OPEN))
        .delete()
    )
    total = Folding.objects.values_list("total", flat=True).first() or 0
    if total > WASTE * Trace.objects.count() + LITTLE:
        rebuild()
    return gone
