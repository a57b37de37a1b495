"""The index of duplicates at size: what a query and an insertion take, and what it misses.

    python -m benchmarks.duplicates --rows 1000000

Tellings of the demo city's simulator become open demands; a known share of them is the same matter
told again by others. Printed are the times of a query and of an insertion (milliseconds), bytes for
each demand, and recall: of the ten demands that an exact search by the same weights finds (as many
of those that are as good as the tenth count), and of the matter's other tellings. Beside it, on the
first `--beside` of the same tellings: scikit-learn's TF-IDF cosine and datasketch's MinHash LSH,
whose times grow with their number.
"""

import argparse
import gc
import itertools
import json
import multiprocessing
import os
import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil

QUERIES = 500
EXACT = 100  # queries that are also searched exactly
FRESH = 5_000  # demands that are inserted one by one, and then folded
TAKEN = 200  # demands that the worker's job takes in, events and all
AGAIN = 0.05  # share of matters that several people tell of
TOGETHER = 25_000  # tellings that are made by one process at a time
SHINGLE = 3  # characters


class Telling(NamedTuple):
    matter: tuple[int, int]
    title: str
    text: str
    place: str
    district: str


class Tellings:
    """Makes tellings, the same for a number, in as many processes as there are cores."""

    def __init__(self) -> None:
        from minsheng.catalogue.queries import city
        from minsheng.simulator.book import of_city
        from minsheng.simulator.speech import Speech
        from minsheng.simulator.world import read

        self._speech = Speech(read(), random.Random(0), of_city(city()))

    def traced(self, number: int) -> tuple[list[Telling], list[Telling], list[bytes]]:
        """Returns `TOGETHER` tellings, others of matters that are among them, and the traces."""
        from minsheng.insight.duplicates.tracing import pack, trace

        told, asked = self.some(number)
        return told, asked, [pack(trace(one.title, one.text, one.place)) for one in told]

    def some(self, number: int) -> tuple[list[Telling], list[Telling]]:
        from minsheng.demands.actions import PersonIn
        from minsheng.foundation import clock
        from minsheng.simulator import habits

        rng = self._speech.rng = random.Random(number)
        at, serial = datetime(2026, 3, 2, 10, tzinfo=clock.ZONE), itertools.count()
        kinds, weights = list(habits.KINDS), list(habits.KINDS.values())

        def tell(matter: Any, of: int) -> Telling:
            said = self._speech.intake(
                matter, PersonIn(), channel="phone", way="call", at=at, serial=next(serial)
            )
            return Telling((number, of), said.title, said.text, said.place, said.district)

        told: list[Telling] = []
        asked: list[Telling] = []
        for of in itertools.count():
            if len(told) >= TOGETHER:
                break
            kind = rng.choices(kinds, weights)[0]
            matter = self._speech.matter(kind, at)
            often = 1
            if kind in ("complaint", "help") and rng.random() < AGAIN:
                often = rng.randint(2, 4)
                asked.append(tell(matter, of))
            told += [tell(matter, of) for _ in range(often)]
        rng.shuffle(told)
        rng.shuffle(asked)
        return told[:TOGETHER], asked


class Kept(NamedTuple):
    """What was written: the matter of each demand, by its place among all; `first` is the id of the
    first, `asked` are queries, `some` the first tellings as they are."""

    first: int
    matters: list[tuple[int, int]]
    asked: list[Telling]
    some: list[Telling]


def keep(tellings: Tellings, rows: int, beside: int) -> Kept:
    """Writes tellings as open demands, a second apart, with their traces."""
    from django.db import connection

    from minsheng.demands.models import Demand
    from minsheng.foundation import clock

    before = Demand.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    kept = Kept(before + 1, [], [], [])
    start = clock.now() - timedelta(seconds=rows, days=2)
    connection.close()  # no process shares it with another
    with multiprocessing.get_context("fork").Pool() as pool:
        parts = -(-rows // TOGETHER)
        for told, asked, traces in pool.imap(tellings.traced, range(parts)):
            done = len(kept.matters)
            told = told[: rows - done]
            ats = [start + timedelta(seconds=done + n) for n in range(len(told))]
            write(told, [kept.first + done + n for n in range(len(told))], ats, traces)
            kept.matters.extend(one.matter for one in told)
            kept.some.extend(told[: beside - len(kept.some)])
            there = {one.matter for one in told}
            kept.asked.extend(one for one in asked if one.matter in there)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('demands_demand', 'id'), %s)",
                       [before + rows])  # fmt: skip
        cursor.execute("ANALYZE demands_demand, insight_trace")
    return kept


def write(
    told: Sequence[Telling],
    ids: Sequence[int],
    ats: Sequence[datetime],
    traces: Sequence[bytes] = (),
) -> None:
    """Writes open demands as they are after acceptance, past the triggers that count them."""
    from django.db import connection, transaction

    from minsheng.catalogue.models import Channel
    from minsheng.directory.models import District

    channel = Channel.objects.get(code="phone").pk
    districts = dict(District.objects.values_list("code", "pk"))
    columns = (
        "id, number, query_code, state, state_at, channel_id, title, text, words, district_id, "
        "place, registered_at, accepted_at, element, petitioner_kind, origin, external_no, "
        "call_no, urgent, confidential, restricted, enterprise, excluded, escalated, difficult, "
        "reopened_count, disposal, answer, unit_ids, involved"
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        with cursor.copy(f"COPY demands_demand ({columns}) FROM STDIN") as copy:
            for one, pk, at in zip(told, ids, ats, strict=True):
                copy.write_row(
                    (
                        *(pk, f"B{pk:09d}", "", "accepted", at, channel, one.title, one.text),
                        *("{}", districts.get(one.district), one.place, at, at, "", "", "city"),
                        *("", "", *[False] * 7, 0, "", "", "{}", "{}"),
                    )
                )
        with cursor.copy("COPY insight_trace (demand_id, at, body) FROM STDIN") as copy:
            for pk, at, body in zip(ids, ats, traces, strict=False):
                copy.write_row((pk, at, body))


def timed(work: Callable[[Any], Any], inputs: Sequence[Any]) -> tuple[list[Any], dict[str, float]]:
    """Returns what `work` gives for each input, and its times in milliseconds."""
    given, took = [], []
    for one in inputs:
        begun = time.perf_counter()
        given.append(work(one))
        took.append((time.perf_counter() - begun) * 1000)
    took.sort()
    at = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    return given, {name: round(took[int(len(took) * part)], 2) for name, part in at.items()}


def recall(found: Sequence[Sequence[int]], asked: Sequence[Telling],
           matters: Sequence[tuple[int, int]], most: int) -> float:  # fmt: skip
    """Returns the share of queries with another telling of their matter among the first `most`."""
    hits = [
        any(matters[n] == one.matter for n in places[:most])
        for places, one in zip(found, asked, strict=True)
    ]
    return round(sum(hits) / len(hits), 3)


def index(tellings: Tellings, rows: int, beside: int) -> tuple[dict[str, Any], Kept]:
    """Builds our index of all tellings and measures it."""
    from minsheng.foundation import clock
    from minsheng.insight.duplicates import folding
    from minsheng.insight.duplicates import index as ours
    from minsheng.insight.duplicates.tracing import trace

    begun = time.monotonic()
    kept = keep(tellings, rows, beside)
    told_in = time.monotonic() - begun
    begun = time.monotonic()
    folding.fold(now=True)
    folded_in = time.monotonic() - begun
    on_disk = disk()
    gc.collect()
    gc.freeze()  # a web worker has no million tellings that its collector would go through
    before = memory()
    now = clock.now()
    asked = random.Random(1).sample(kept.asked, min(QUERIES, len(kept.asked)))

    def ask(one: Telling) -> list[int]:
        near = ours.nearest(trace(one.title, one.text, one.place), now)
        return [each.demand - kept.first for each in near]

    timed(ask, asked[:20])  # what a fresh process reads once
    resident = memory() - before
    cpu = time.process_time()
    found, query = timed(ask, asked)
    cpu = time.process_time() - cpu
    figures = {
        "demands": rows,
        "query_ms": query,
        "query_worker_cpu_ms": round(cpu / len(asked) * 1000, 2),
        "bytes_per_demand_on_disk": round(on_disk / rows),
        "bytes_resident_in_each_process": resident,
        "recall_of_exact_10": shared(kept, asked[:EXACT], found),
        "same_matter_at_1": recall(found, asked, kept.matters, 1),
        "same_matter_at_10": recall(found, asked, kept.matters, 10),
        "told_and_traced_seconds": round(told_in, 1),
        "folded_seconds": round(folded_in, 1),
    }
    return figures | inserted(tellings, rows), kept


def disk() -> int:
    """Returns the bytes of the index in the database."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(name)) FROM "
            "unnest(ARRAY['insight_trace', 'insight_posting', 'insight_folding']::regclass[]) name"
        )
        return int(cursor.fetchone()[0])


def inserted(tellings: Tellings, rows: int) -> dict[str, Any]:
    """Measures what it takes to insert demands one by one, and to take them in with all else.

    An insertion is tracing, finding the place, writing and committing, and its share of a folding;
    to take in is that and the query for the demand's event, as the worker's job does it.
    """
    from django.db import transaction

    from minsheng.demands.models import Demand
    from minsheng.foundation import clock
    from minsheng.insight.duplicates import feeding, folding
    from minsheng.insight.duplicates.tracing import trace
    from minsheng.insight.events.joining import join

    fresh = min(FRESH, max(1, rows // 10))
    told, _asked = tellings.some(-1)
    last = Demand.objects.order_by("-pk").values_list("pk", flat=True)[0]

    def demands(told: Sequence[Telling], first: int) -> list[Demand]:
        ids = [first + n for n in range(len(told))]
        write(told, ids, [clock.now()] * len(told))
        return list(Demand.objects.filter(pk__in=ids).select_related("district"))

    def insert(one: Demand) -> None:
        with transaction.atomic():
            folding.locked()
            feeding.keep(one, trace(one.title, one.text, one.place), 0.0)

    _none, insertion = timed(insert, demands(told[:fresh], last + 1))
    begun = time.perf_counter()
    folding.fold(now=True)
    share = (time.perf_counter() - begun) * 1000 / fresh
    demands(told[fresh : fresh + TAKEN], last + 1 + fresh)
    ended = [time.perf_counter()]

    def heard(demand: Demand, near: list[Any]) -> None:
        join(demand, near)
        ended.append(time.perf_counter())

    taken = feeding.catch_up(heard)
    each = sorted(np.diff(ended) * 1000)
    return {
        "insertion_ms": insertion,
        "folding_ms_per_demand": round(share, 2),
        "taking_in_ms": {
            "p50": round(each[taken // 2], 2),
            "p99": round(each[-1 - taken // 100], 2),
        },
    }


def shared(kept: Kept, asked: Sequence[Telling], found: Sequence[Sequence[int]]) -> float:
    """Returns how many of the ten that share most with a query were found, as a mean share."""
    scores = exactly(kept, asked)
    shares = []
    for mine, its in zip(scores, found, strict=False):
        tenth = np.partition(mine, -10)[-10:].min()
        shares.append(min(10, sum(mine[n] >= tenth * (1 - 1e-9) for n in its)) / 10)
    return round(float(np.mean(shares)), 3)


def exactly(kept: Kept, asked: Sequence[Telling]) -> Any:
    """Returns for each query the weight of what each demand shares with it: (queries, demands)."""
    from scipy.sparse import csr_matrix

    from minsheng.insight.duplicates.holding import held
    from minsheng.insight.duplicates.tracing import trace, unpack
    from minsheng.insight.models import Trace

    known = held().known
    said = [trace(one.title, one.text, one.place) for one in asked]
    keys = [np.union1d(one.words, one.pairs).astype(np.int32) for one in said]
    every = np.unique(np.concatenate(keys))
    weights = known.weigh(known.count(every)) ** 2
    wanted = np.zeros((len(every), len(asked)), np.float32)
    for n, mine in enumerate(keys):
        at = np.searchsorted(every, mine)
        wanted[at, n] = weights[at]
    scores = np.zeros((len(asked), len(kept.matters)), np.float32)
    rows = Trace.objects.order_by("pk").values_list("pk", "body").iterator(20_000)
    while some := list(itertools.islice(rows, 20_000)):
        theirs = [unpack(bytes(body)) for _pk, body in some]
        spoken = [np.union1d(one.words, one.pairs) for one in theirs]
        of = np.repeat(np.arange(len(some)), [len(one) for one in spoken])
        flat = np.concatenate(spoken)
        at = np.minimum(np.searchsorted(every, flat), len(every) - 1)
        there = every[at] == flat
        matrix = csr_matrix(
            (np.ones(there.sum(), np.float32), (of[there], at[there])), (len(some), len(every))
        )
        scores[:, [pk - kept.first for pk, _body in some]] = (matrix @ wanted).T
    return scores


def tfidf(told: Sequence[Telling], asked: Sequence[Telling]) -> dict[str, Any]:
    """Measures scikit-learn: characters' TF-IDF, cosine with all."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    before = memory()
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(2, 3), min_df=2, sublinear_tf=True)
    matrix = vectors.fit_transform(f"{one.title} {one.text}" for one in told)

    def ask(one: Telling) -> list[int]:
        scores = (matrix @ vectors.transform([f"{one.title} {one.text}"]).T).toarray().ravel()
        top = np.argpartition(-scores, 10)[:10]
        return [int(n) for n in top[np.argsort(-scores[top])]]

    found, query = timed(ask, asked)
    size = matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes
    return _beside(found, query, told, asked, size, memory() - before)


def minhash(told: Sequence[Telling], asked: Sequence[Telling]) -> dict[str, Any]:
    """Measures datasketch: MinHash of shingles, 128 permutations, LSH at likeness 0.3."""
    from datasketch import MinHash, MinHashLSH

    def hashed(one: Telling) -> MinHash:
        text = one.title + one.text
        made = MinHash(num_perm=128)
        made.update_batch(
            {text[i : i + SHINGLE].encode() for i in range(max(1, len(text) - SHINGLE + 1))}
        )
        return made

    before = memory()
    table = MinHashLSH(threshold=0.3, num_perm=128)
    kept = [hashed(one) for one in told]
    for n, one in enumerate(kept):
        table.insert(n, one)

    def ask(one: Telling) -> list[int]:
        mine = hashed(one)
        near = table.query(mine)
        return sorted(near, key=lambda n: -mine.jaccard(kept[n]))[:10]

    found, query = timed(ask, asked)
    return _beside(found, query, told, asked, None, memory() - before)


def _beside(found: Any, query: Any, told: Any, asked: Any, size: int | None, grown: int) -> Any:
    matters = [one.matter for one in told]
    return {
        "demands": len(told),
        "query_ms": query,
        "bytes_per_demand": round((size or grown) / len(told)),
        "same_matter_at_1": recall(found, asked, matters, 1),
        "same_matter_at_10": recall(found, asked, matters, 10),
    }


def memory() -> int:
    """Returns the bytes of memory that this process has now."""
    return int(psutil.Process().memory_info().rss)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--beside", type=int, default=50_000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    from minsheng.cli import runtime

    runtime.ready()
    figures = {}

    def show(name: str, found: dict[str, Any]) -> None:
        figures[name] = found
        print(f"{name:14}", json.dumps(found), flush=True)

    ours, kept = index(Tellings(), given.rows, given.beside)
    show("index", ours)
    matters = {one.matter for one in kept.some}
    asked = [one for one in kept.asked if one.matter in matters][:QUERIES]
    show("TF-IDF cosine", tfidf(kept.some, asked))
    show("MinHash LSH", minhash(kept.some, asked))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")


if not os.environ.get("MINSHENG_HOME"):
    raise SystemExit("benchmarks.duplicates runs on a folder of its own: start it by `make bench`.")
if __name__ == "__main__":
    main()
