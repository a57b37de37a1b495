"""Keeps the index up to date: new demands in, closed old ones out, lines folded into postings."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

import numpy as np
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from minsheng.demands.models import Demand
from minsheng.demands.rules import OPEN, State
from minsheng.foundation import clock, recent
from minsheng.foundation.models import JournalEntry
from minsheng.insight import places
from minsheng.insight.duplicates.comparing import Frequencies
from minsheng.insight.duplicates.index import SPAN, USUAL_FROM, Near, nearest
from minsheng.insight.duplicates.tracing import Keys, Traced, pack, trace, unpack
from minsheng.insight.models import Folding, Line, Posting, Trace

_LOCK = 0x12345_0011  # any number will do that nothing else takes

FRESH = timedelta(days=1)  # older demands were there before the index: nothing is suggested of them
LOOK_BACK = timedelta(hours=1)  # a demand that took longer to be committed is found by the sweep
FEWEST_LINES, MOST_LINES = 5_000, 500_000  # at which lines are folded, in a small and a large index
WASTE = 1.3  # traces that once were for each that is, at which the index is built anew
TOGETHER = 50_000  # demands that are taken in together, where there are many

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
            if not _locked():
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
        state__in=[State.DRAFT, State.WITHDRAWN]
    )
    if since:
        found = found.filter(accepted_at__gt=since)
    return found.filter(~Exists(Trace.objects.filter(demand=OuterRef("pk")))).defer("words")


def _locked() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        (got,) = cursor.fetchone()
    return bool(got)


def take(demand: Demand) -> list[Near]:
    """Takes one demand in and returns those before it that were compared, the likeliest first."""
    assert demand.accepted_at
    traced = _traced(demand)
    found = nearest(traced, demand.accepted_at, demand.petitioner_id, leaving_out=demand.pk)
    Trace.objects.create(
        demand=demand,
        at=demand.accepted_at,
        body=pack(traced),
        place_id=_place(demand),
        nearest=found[0].chance if found else 0.0,
    )
    _add_lines(demand.pk, traced)
    return found


def _traced(demand: Demand) -> Traced:
    return trace(demand.title, demand.text, demand.place)


def _place(demand: Demand) -> int | None:
    """Returns the id of the gazetteer's place that a demand is about, where that is sure enough."""
    area = demand.district.code if demand.district else ""
    found = places.find(f"{demand.place}\n{demand.title}\n{demand.text}", area)
    return found.id if found and found.confidence >= places.SURE else None


def _add_lines(demand_id: int, traced: Traced) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO insight_line (key, demand_id) SELECT key, %s FROM unnest(%s::int[]) key"
            " ON CONFLICT DO NOTHING",
            [demand_id, _keys(traced).tolist()],
        )


def _keys(traced: Traced) -> Keys:
    return np.union1d(traced.words, traced.pairs).astype(np.int32)


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
                row.body, row.place_id = body, _place(row.demand)
                row.save(update_fields=["body", "place"])
                _add_lines(row.demand_id, traced)
            changed += 1
    return changed


# Many at once


def _take_all(ids: Sequence[int]) -> int:
    """Takes many old demands in at once, straight into postings."""
    with transaction.atomic():
        if not _locked():
            return 0
        demands = Demand.objects.filter(pk__in=ids).defer("words")
        traced = [(one, _traced(one)) for one in demands.iterator()]
        with (
            connection.cursor() as cursor,
            _copy(cursor, "insight_trace (demand_id, at, body)") as copy,
        ):
            for one, its in traced:
                copy.write_row((one.pk, one.accepted_at, pack(its)))
        spoken = [(one.pk, _keys(its)) for one, its in traced]
        _post(spoken)
    return len(spoken)


def _copy(cursor: Any, into: str) -> Any:
    return cursor.copy(f"COPY {into} FROM STDIN")  # `into` is written in this module


def _post(spoken: Iterable[tuple[int, Keys]]) -> None:
    """Adds demands with their words to the postings, as one part, and to the frequencies."""
    spoken = list(spoken)
    if not spoken:
        return
    folding = Folding.objects.select_for_update().first() or Folding()
    before = Frequencies(
        folding.total,
        np.frombuffer(folding.keys, np.int32),
        np.frombuffer(folding.counts, np.int32),
    )
    keys = np.concatenate([keys for _id, keys in spoken])
    ids = np.repeat([one for one, _keys in spoken], [len(keys) for _id, keys in spoken])
    order = np.lexsort((ids, keys))
    keys, ids = keys[order], ids[order].astype(np.int32)
    distinct, starts, counts = np.unique(keys, return_index=True, return_counts=True)
    after = _added(before, distinct, counts.astype(np.int32), len(spoken))
    folding.part += 1
    folding.total, folding.keys, folding.counts = (
        after.total,
        after.keys.tobytes(),
        after.counts.tobytes(),
    )
    folding.save()
    usual = after.count(distinct) >= USUAL_FROM  # never looked up again
    ends = np.append(starts[1:], len(keys))
    with (
        connection.cursor() as cursor,
        _copy(cursor, "insight_posting (key, part, demands)") as copy,
    ):
        for n in np.flatnonzero(~usual):
            copy.write_row((int(distinct[n]), folding.part, ids[starts[n] : ends[n]].tobytes()))
    transaction.on_commit(recent.forget)


def _added(before: Frequencies, keys: Keys, counts: Any, demands: int) -> Frequencies:
    every = np.union1d(before.keys, keys).astype(np.int32)
    sums = np.zeros(len(every), np.int32)
    sums[np.searchsorted(every, before.keys)] += before.counts
    sums[np.searchsorted(every, keys)] += counts
    return Frequencies(before.total + demands, every, sums)


def fold(*, now: bool = False) -> bool:
    """Folds the lines into postings once there are enough, or `now`; returns whether it did."""
    total = Folding.objects.values_list("total", flat=True).first() or 0
    enough = min(max(FEWEST_LINES, total * 10), MOST_LINES)
    if not now and Line.objects.count() < enough:
        return False
    with transaction.atomic():
        if not _locked():
            return False
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM insight_line RETURNING key, demand_id")
            lines = np.array(cursor.fetchall(), np.int64).reshape(-1, 2)
        lines = lines[np.argsort(lines[:, 1], kind="stable")]
        ids, starts = np.unique(lines[:, 1], return_index=True)
        spoken = np.split(lines[:, 0].astype(np.int32), starts[1:])
        _post(zip(ids.tolist(), spoken, strict=True) if len(ids) else ())
    return True


def forget() -> int:
    """Takes out what closed long ago; builds the postings anew where much of them is out."""
    gone, _each = (
        Trace.objects.filter(at__lt=clock.now() - SPAN)
        .exclude(demand__state__in=sorted(OPEN))
        .delete()
    )
    total = Folding.objects.values_list("total", flat=True).first() or 0
    if total > WASTE * Trace.objects.count() + FEWEST_LINES:
        rebuild()
    return gone


def rebuild() -> None:
    """Builds the postings anew from the traces; who asks meanwhile is answered by the old ones."""
    with transaction.atomic():
        if not _locked():
            return
        for model in (Posting, Line, Folding):
            model._default_manager.all().delete()
        rows = Trace.objects.order_by("pk").values_list("pk", "body").iterator(TOGETHER)
        for some in _parts(rows):
            _post((one, _keys(unpack(bytes(body)))) for one, body in some)
