"""Any history, with any poison in it: the good rows land, all of them, and nothing else does."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum
from hypothesis import given, settings
from hypothesis import strategies as st

from minsheng.demands.models import Demand, Tally
from minsheng.demands.rules import LIFECYCLE, Grade
from minsheng.directory.access import SYSTEM
from minsheng.exchange.history.run import Summary, import_orders, open_history
from minsheng.followups.models import FollowUp
from minsheng.foundation import clock, journal
from minsheng.orders.models import Assignment
from support.history import rejected, row, text_of
from support.town import Town

UNITS = ["住房局", "交通局", "供水公司", "东湾区政府", "外来的单位", "另一个单位"]
GRADES = [str(grade) for grade in Grade]
START = datetime(2024, 1, 1, tzinfo=clock.ZONE)

WORDS = st.text(st.sampled_from("路灯不亮,;\t\"'\\，。水压\n低A1 🙂"), max_size=20)
MINUTES = st.integers(0, 60 * 24 * 60)


def written(at: datetime, form: str) -> str:
    return at.strftime(form)


@st.composite
def matters(draw: st.DrawFn, number: int) -> list[dict[str, str]]:
    """A demand with its orders: rows that are right."""
    form = draw(st.sampled_from(["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S+0800", "%Y/%m/%d %H:%M"]))
    accepted = START + timedelta(minutes=draw(MINUTES))
    told = {
        "accepted_at": written(accepted, form),
        "title": draw(WORDS),
        "text": draw(WORDS),
        "channel": draw(st.sampled_from(["电话", "web", "纪检专线", "新的渠道"])),
        "category": draw(st.sampled_from(["", "噪声扰民", "住房建设/房屋管理", "新的/类别"])),
        "urgent": draw(st.sampled_from(["", "0", "是"])),
    }
    rows = []
    for turn in range(draw(st.integers(1, 3))):
        units = draw(st.lists(st.sampled_from(UNITS), min_size=1, max_size=3, unique=True))
        for place, unit in enumerate(units):
            assigned = accepted + timedelta(minutes=draw(MINUTES))
            signed = assigned + timedelta(minutes=draw(MINUTES))
            completed = signed + timedelta(minutes=draw(MINUTES))
            is_done = draw(st.booleans())
            evaluated = draw(st.booleans())
            rows.append(
                row(
                    number,
                    order_no=f"G{number}-{turn}",
                    unit=unit,
                    role="assist" if place else "lead",
                    assigned_at=written(assigned, form),
                    sign_due_at="",
                    signed_at=written(signed, form) if draw(st.booleans()) or is_done else "",
                    due_at=written(assigned + timedelta(minutes=draw(MINUTES)), form),
                    completed_at=written(completed, form) if is_done else "",
                    rework_count=draw(st.sampled_from(["", "0", "3"])),
                    sampled=draw(st.sampled_from(["", "1", "否"])),
                    evaluated="1" if evaluated else "",
                    satisfaction=draw(st.sampled_from(GRADES)) if evaluated else "",
                    solved=draw(st.sampled_from(["", "1", "未解决"])),
                    **told,
                )
            )
    return rows


POISON: list[dict[str, str]] = [
    {"accepted_at": "昨天"},
    {"completed_at": "2023-01-01"},
    {"due_at": ""},
    {"signed_at": "2099-01-01"},
    {"unit": ""},
    {"order_no": "长" * 40},
    {"satisfaction": "好"},
    {"role": "旁观"},
    {"rework_count": "many"},
    {"text": "\0"},
    {"kind": "很" * 40},
    {"category": "/"},
    {"evaluated": "no", "satisfaction": "satisfied"},
]


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[dict[str, str]], set[int]]:
    """Rows, some of them poisoned, and the lines at which those stand in the file (from 0)."""
    count = draw(st.integers(1, 6))
    good = [row for n in range(1, count + 1) for row in draw(matters(n))]
    good = draw(st.permutations(good))
    rows: list[tuple[dict[str, str], bool]] = [(row, False) for row in good]
    for changed in draw(st.lists(st.sampled_from(POISON), max_size=5)):
        victim = draw(st.sampled_from(good))
        rows.insert(draw(st.integers(0, len(rows))), ({**victim, **changed}, True))
    return [row for row, _ in rows], {n for n, (_, is_bad) in enumerate(rows) if is_bad}


@settings(
    max_examples=40,
)
@given(
    histories(),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
    st.sampled_from(",;\t"),
    st.integers(1, 30),
    st.integers(1, 30),
)
def test_good_rows_land_and_nothing_else(
    town: Town,
    tmp_path: Path,
    history: tuple[list[dict[str, str]], set[int]],
    encoding: str,
    delimiter: str,
    batch: int,
    batch_again: int,
) -> None:
    rows, bad = history
    path = tmp_path / "history.csv"
    path.write_bytes(text_of(rows, delimiter=delimiter).encode(encoding))

    def take(batch: int) -> Summary:
        source, _ignored = open_history(path)
        return import_orders(SYSTEM, source, rejects=tmp_path / "rejects.csv", lanes=1, batch=batch)

    with transaction.atomic():
        first = take(batch)
        lines = _lines_of(rows)
        assert set(rejected(tmp_path / "rejects.csv")) == {lines[n] for n in bad}, rejected(
            tmp_path / "rejects.csv"
        )
        good = [row for n, row in enumerate(rows) if n not in bad]
        assert first.counts["landed"] == len(good) == Assignment.objects.count()
        _all_is_there(good)
        _all_fits_together()
        again = take(batch_again)
        assert (again.counts["landed"], again.counts["differing"]) == (0, 0)
        assert again.counts["known"] == len(good)
        assert again.counts["rejected"] == len(bad)
        assert Assignment.objects.count() == len(good)
        transaction.set_rollback(True)


def _lines_of(rows: list[dict[str, str]]) -> list[int]:
    """Returns the line at which each row begins: some cells hold line breaks."""
    lines, line = [], 2
    for given_row in rows:
        lines.append(line)
        line += 1 + sum(cell.count("\n") for cell in given_row.values())
    return lines


def _all_is_there(good: list[dict[str, str]]) -> None:
    found = {
        (order.work_order.number, order.unit.name): order
        for order in Assignment.objects.select_related("work_order__demand", "unit", "demand")
    }
    for told in good:
        order = found[(told["order_no"], told["unit"])]
        assert order.demand.number == order.work_order.demand.number == told["demand_no"]
        assert (order.part, order.rework_count) == (told["role"], int(told["rework_count"] or 0))
        assert (order.completed_at is None) == (not told["completed_at"])
        asked: Any = FollowUp.objects.filter(assignment=order).first()
        assert (asked is not None) == bool(told["evaluated"] or told["sampled"] == "1")
        if told["satisfaction"]:
            assert (asked.state, asked.grade) == ("evaluated", told["satisfaction"])


def _all_fits_together() -> None:
    for demand in Demand.objects.prefetch_related("assignments"):
        assert demand.state in LIFECYCLE.states
        leads = [order for order in demand.assignments.all() if order.part == "lead"]
        is_open = any(order.completed_at is None for order in leads)
        assert (demand.state == "assigned") == is_open
        assert (demand.due_at is not None) == is_open
        assert set(demand.unit_ids) == {order.unit_id for order in demand.assignments.all()}
    told = dict(Tally.objects.values_list("state").annotate(Sum("n")))
    open_ones = Demand.objects.filter(restricted=False)
    assert {s: n for s, n in told.items() if n} == dict(
        open_ones.values_list("state").annotate(Count("pk"))
    )
    assert journal.verify().faults == []
