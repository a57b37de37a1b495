"""The index of duplicates at size: what a query and an insertion take, and what it misses.

    python -m benchmarks.duplicates --rows 1000000

Tellings of the demo city's simulator become open demands; a known share of them is the same matter
told again by others. Printed are the time of a query and of an insertion (milliseconds), bytes for
each demand, and recall: of the ten demands that an exact search by the same weights finds, and of
the matter's other tellings. Beside it, on the first `--beside` of the same tellings: scikit-learn's
TF-IDF cosine and datasketch's MinHash LSH.
"""

import argparse
import itertools
import json
import os
import random
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

QUERIES = 500
EXACT = 100  # queries that are also searched exactly
AGAIN = 0.05  # share of matters that several people tell of
SHINGLE = 3  # characters


class Telling(NamedTuple):
    matter: int
    title: str
    text: str
    place: str
    district: str


def tellings(count: int, queries: int) -> tuple[list[Telling], list[Telling]]:
    """Returns `count` tellings, and `queries` more of matters that are among them."""
    from minsheng.catalogue.queries import city
    from minsheng.demands.actions import PersonIn
    from minsheng.foundation import clock
    from minsheng.simulator import habits
    from minsheng.simulator.book import of_city
    from minsheng.simulator.speech import Speech
    from minsheng.simulator.world import read

    rng = random.Random(1)
    speech = Speech(read(), rng, of_city(city()))
    at, serial = datetime(2026, 3, 2, 10, tzinfo=clock.ZONE), itertools.count()
    kinds, weights = list(habits.KINDS), list(habits.KINDS.values())

    def tell(number: int, matter: Any) -> Telling:
        said = speech.intake(
            matter, PersonIn(), channel="phone", way="call", at=at, serial=next(serial)
        )
        return Telling(number, said.title, said.text, said.place, said.district)

    told: list[Telling] = []
    asked: list[Telling] = []
    for number in itertools.count():
        if len(told) >= count:
            break
        kind = rng.choices(kinds, weights)[0]
        matter = speech.matter(kind, at)
        often = 1
        if kind in ("complaint", "help") and rng.random() < AGAIN:
            often = rng.randint(2, 4)
        told += [tell(number, matter) for _ in range(often)]
        if often > 1 and len(asked) < queries and rng.random() < 4 * queries / count / AGAIN:
            asked.append(tell(number, matter))
    rng.shuffle(told)
    return told[:count], asked


def keep(told: Sequence[Telling]) -> list[int]:
    """Writes the tellings as open demands, a second apart, and returns their ids."""
    from django.db import connection

    from minsheng.catalogue.models import Channel
    from minsheng.directory.models import District
    from minsheng.foundation import clock

    channel = Channel.objects.get(code="phone").pk
    districts = dict(District.objects.values_list("code", "pk"))
    start = clock.now() - timedelta(seconds=len(told), days=2)
    columns = (
        "number, query_code, state, state_at, channel_id, title, text, words, district_id, place, "
        "registered_at, accepted_at, element, petitioner_kind, origin, external_no, call_no, "
        "urgent, confidential, restricted, enterprise, excluded, escalated, difficult, "
        "reopened_count, disposal, answer, unit_ids, involved"
    )
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY demands_demand ({columns}) FROM STDIN") as copy:
            for n, one in enumerate(told):
                at = start + timedelta(seconds=n)
                copy.write_row(
                    (
                        *(f"B{n:09d}", "", "accepted", at, channel, one.title, one.text, "{}"),
                        *(districts.get(one.district), one.place, at, at, "", "", "city", "", ""),
                        *([False] * 7),
                        *(0, "", "", "{}", "{}"),
                    )
                )
        cursor.execute("SELECT id FROM demands_demand WHERE number LIKE 'B%' ORDER BY number")
        return [pk for (pk,) in cursor.fetchall()]


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


def recall(found: Sequence[Sequence[int]], asked: Sequence[Telling], matters: Sequence[int],
           most: int) -> float:  # fmt: skip
    """Returns the share of queries with another telling of their matter among the first `most`."""
    hits = [
        any(matters[n] == one.matter for n in places[:most])
        for places, one in zip(found, asked, strict=True)
    ]
    return round(sum(hits) / len(hits), 3)


def index(told: Sequence[Telling], asked: Sequence[Telling]) -> dict[str, Any]:
    """Builds our index of all tellings and measures it."""
    from django.db import connection

    from minsheng.demands.models import Demand
    from minsheng.foundation import clock
    from minsheng.insight.duplicates import feeding
    from minsheng.insight.duplicates import index as ours
    from minsheng.insight.duplicates.tracing import trace

    ids = keep(told)
    place = {pk: n for n, pk in enumerate(ids)}
    begun = time.monotonic()
    feeding.catch_up(everything=True)
    built = time.monotonic() - begun
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE insight_posting, insight_trace, insight_line")
        sizes = [
            f"pg_total_relation_size('insight_{name}')"
            for name in ("trace", "posting", "line", "folding")
        ]
        cursor.execute(f"SELECT {' + '.join(sizes)}")
        (bytes_in_all,) = cursor.fetchone()
    ours.frequencies()
    now = clock.now()

    def ask(one: Telling) -> list[int]:
        near = ours.nearest(trace(one.title, one.text, one.place), now)
        return [place[each.demand] for each in near]

    timed(ask, asked[:20])  # what a fresh process reads once
    found, query = timed(ask, asked)
    fresh = Demand.objects.filter(
        pk__in=[ids[n] for n in range(0, len(ids), max(1, len(ids) // 200))]
    )
    demands = list(fresh)
    from minsheng.insight.models import Trace

    Trace.objects.filter(demand__in=demands).delete()

    def insert(one: Demand) -> None:
        traced = feeding._traced(one)
        Trace.objects.create(demand=one, at=one.accepted_at, body=feeding.pack(traced))
        feeding._add_lines(one.pk, traced)

    _none, insertion = timed(insert, demands)
    exact = exactly(asked[:EXACT])
    shared = [
        len({place[pk] for pk in best} & set(mine)) / len(best)
        for best, mine in zip(exact, found, strict=False)
    ]
    matters = [one.matter for one in told]
    return {
        "demands": len(told),
        "query_ms": query,
        "insertion_ms": insertion,
        "build_seconds": round(built, 1),
        "bytes_per_demand": round(bytes_in_all / len(told)),
        "recall_of_exact_10": round(sum(shared) / len(shared), 3),
        "same_matter_at_1": recall(found, asked, matters, 1),
        "same_matter_at_10": recall(found, asked, matters, 10),
    }


def exactly(asked: Sequence[Telling]) -> list[list[int]]:
    """Returns the ten demands that share most with each telling, of all that are traced."""
    from scipy.sparse import csr_matrix

    from minsheng.insight.duplicates import index as ours
    from minsheng.insight.duplicates.tracing import trace, unpack
    from minsheng.insight.models import Trace

    known = ours.frequencies()
    said = [trace(one.title, one.text, one.place) for one in asked]
    keys = [np.union1d(one.words, one.pairs).astype(np.int32) for one in said]
    every = np.unique(np.concatenate(keys))
    weights = known.weigh(known.count(every)) ** 2
    wanted = np.zeros((len(every), len(asked)))
    for n, mine in enumerate(keys):
        at = np.searchsorted(every, mine)
        wanted[at, n] = weights[at]
    best: list[list[tuple[float, int]]] = [[] for _ in asked]
    rows = Trace.objects.order_by("pk").values_list("pk", "body").iterator(20_000)
    while some := list(itertools.islice(rows, 20_000)):
        theirs = [unpack(bytes(body)) for _pk, body in some]
        spoken = [np.union1d(one.words, one.pairs) for one in theirs]
        of = np.repeat(np.arange(len(some)), [len(one) for one in spoken])
        flat = np.concatenate(spoken)
        at = np.minimum(np.searchsorted(every, flat), len(every) - 1)
        there = every[at] == flat
        matrix = csr_matrix((np.ones(there.sum()), (of[there], at[there])), (len(some), len(every)))
        scores = matrix @ wanted
        for n in range(len(asked)):
            top = np.argpartition(-scores[:, n], min(10, len(some) - 1))[:10]
            best[n] = sorted(
                [*best[n], *((float(scores[i, n]), some[i][0]) for i in top)], reverse=True
            )[:10]
    return [[pk for _score, pk in one] for one in best]


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
    """Returns the most bytes that this process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def among(asked: Sequence[Telling], told: Sequence[Telling]) -> Iterator[Telling]:
    """Yields the queries whose matter is among some tellings."""
    matters = {one.matter for one in told}
    return (one for one in asked if one.matter in matters)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--beside", type=int, default=50_000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    from minsheng.cli import runtime

    runtime.ready()
    told, asked = tellings(given.rows, QUERIES)
    some = told[: given.beside]
    figures = {}
    for name, measure, all_of, queries in (
        ("index", index, told, asked),
        ("TF-IDF cosine", tfidf, some, list(among(asked, some))),
        ("MinHash LSH", minhash, some, list(among(asked, some))),
    ):
        figures[name] = measure(all_of, queries)
        print(f"{name:14}", json.dumps(figures[name]), flush=True)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")


if not os.environ.get("MINSHENG_HOME"):
    raise SystemExit("benchmarks.duplicates runs on a folder of its own: start it by `make bench`.")
if __name__ == "__main__":
    main()
