"""Any well-formed history: what goes in through the import comes out of the indicators.

The other side of the comparison counts the rows of the file in plain Python, slowly and without
any of the code that it is compared with.
"""

import csv
from collections import defaultdict
from datetime import date, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minsheng.directory.access import SYSTEM
from minsheng.exchange.history.run import import_orders, open_history
from minsheng.indicators import facts
from minsheng.indicators.compute import compute

START = datetime(2018, 1, 1)
PERIODS = {
    "2018": (date(2018, 1, 1), date(2019, 1, 1)),
    "2018H1": (date(2018, 1, 1), date(2018, 7, 1)),
    "2018Q2": (date(2018, 4, 1), date(2018, 7, 1)),
    "2018-06": (date(2018, 6, 1), date(2018, 7, 1)),
    "2018-W23": (date(2018, 6, 4), date(2018, 6, 11)),
    "2018-06-30": (date(2018, 6, 30), date(2018, 7, 1)),
    "2018-02-10..2018-06-05": (date(2018, 2, 10), date(2018, 6, 6)),
}
GRADES = ["very_satisfied", "satisfied", "fairly_satisfied", "dissatisfied", "very_dissatisfied"]
MONTHS = 8
numbers = count(1)

minutes = st.integers(0, 60 * 24 * 40).map(lambda n: timedelta(minutes=n))
# Limits and completions that meet to the minute are what a comparison goes wrong at.
instants = st.sampled_from([timedelta(), timedelta(hours=2), timedelta(days=5)]) | minutes
maybe = st.none() | instants


@st.composite
def pairs(draw, accepted_at, is_lead):
    """One order with one unit, without its numbers."""
    assigned_at = accepted_at + draw(instants)
    signed = draw(maybe)
    signed_at = None if signed is None else assigned_at + signed
    done = draw(maybe)
    completed_at = None if done is None else (signed_at or assigned_at) + done
    sign_limit = draw(maybe)
    evaluated = draw(st.booleans()) and completed_at is not None
    return {
        "unit": draw(st.integers(0, 3)),
        "role": "lead" if is_lead else "assist",
        "assigned_at": assigned_at,
        "sign_due_at": None if sign_limit is None else assigned_at + sign_limit,
        "signed_at": signed_at,
        "due_at": assigned_at + draw(instants),
        "completed_at": completed_at,
        "rework_count": draw(st.integers(0, 2)),
        "sampled": draw(st.booleans()) and completed_at is not None,
        "evaluated": evaluated,
        "satisfaction": draw(st.sampled_from(GRADES)) if evaluated else "",
        "solved": draw(st.sampled_from(["1", "0", ""])),
    }


@st.composite
def histories(draw):
    """Rows as dictionaries by the columns of the import."""
    rows = []
    for demand in range(draw(st.integers(1, 7))):
        accepted_at = START + draw(
            st.integers(0, 60 * 24 * 31 * MONTHS).map(lambda n: timedelta(minutes=n))
            | st.sampled_from(sorted({day for days in PERIODS.values() for day in days})).map(
                lambda day: datetime(*day.timetuple()[:3]) - START
            )
        )
        described = {
            "demand_no": demand,
            "accepted_at": accepted_at,
            "channel": draw(st.sampled_from(["phone", "web", "patrol", "老系统"])),
            "kind": draw(st.sampled_from(["consult", "complain", ""])),
            "origin": draw(st.sampled_from(["city", "province"])),
            "urgent": draw(st.sampled_from(["1", "0"])),
        }
        for order in range(draw(st.integers(1, 2))):
            units: set[int] = set()
            for place in range(draw(st.integers(1, 3))):
                pair = draw(pairs(accepted_at, place == 0))
                if pair["unit"] not in units:
                    units.add(pair["unit"])
                    rows.append({**described, "order_no": (demand, order), **pair})
    return rows


def write(path, rows, run):
    """Writes the history under numbers and units of its own, as a former system would."""
    written = []
    for row in rows:
        demand, order = row["order_no"]
        written.append(
            {
                **{name: _cell(value) for name, value in row.items()},
                "demand_no": f"D{run}-{demand}",
                "order_no": f"O{run}-{demand}-{order}",
                "unit": f"单位{run}-{row['unit']}",
            }
        )
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, written[0])
        writer.writeheader()
        writer.writerows(written)


def _cell(value):
    if isinstance(value, bool):
        return int(value)
    return "" if value is None else value


class Counted:
    """The same counts, by going over the rows one by one."""

    def __init__(self, rows, first, end):
        self.rows = rows
        self.first, self.end = datetime(*first.timetuple()[:3]), datetime(*end.timetuple()[:3])

    def within(self, moment):
        return moment is not None and self.first <= moment < self.end

    def lapsed(self, row):
        """An assisting unit that was still at it when all leads of its order had completed."""
        if row["completed_at"] is not None or row["role"] == "lead":
            return False
        leads = [r for r in self.rows if r["order_no"] == row["order_no"] and r["role"] == "lead"]
        return bool(leads) and all(lead["completed_at"] for lead in leads)

    def by_unit(self):
        counts = defaultdict(lambda: defaultdict(int))
        for row in self.rows:
            of = counts[row["unit"]]
            is_lead = row["role"] == "lead"
            done = row["completed_at"]
            late = done is not None and done > row["due_at"]
            if self.within(row["assigned_at"]):
                of["assigned_count"] += 1
                if row["sign_due_at"] and (row["signed_at"] or not self.lapsed(row)):
                    of["sign_due_count"] += 1
                    if row["signed_at"] and row["signed_at"] <= row["sign_due_at"]:
                        of["signed_in_time"] += 1
                if row["signed_at"]:
                    of["signed"] += 1
                    of["sign_seconds"] += (row["signed_at"] - row["assigned_at"]).total_seconds()
            if is_lead and self.within(row["due_at"]):
                of["due_count"] += 1
                of["handled_count"] += done is not None
                of["completed_late"] += late
                of["overdue_open"] += done is None
                of["rework_count"] += row["rework_count"] > 0
                of["urgent_due_count"] += row["urgent"] == "1"
                of["urgent_in_time"] += row["urgent"] == "1" and done is not None and not late
            if is_lead and self.within(done):
                of["completed_count"] += 1
                of["seconds"] += (done - row["assigned_at"]).total_seconds()
                of["sampled_count"] += row["sampled"]
                of["evaluated_count"] += row["evaluated"]
                of["answered_sample"] += row["sampled"] and row["evaluated"]
                of["dissatisfied_count"] += row["satisfaction"] in GRADES[3:]
                of["solved"] += row["evaluated"] and row["solved"] == "1"
                of["solved_known"] += row["evaluated"] and row["solved"] != ""
        return counts

    def demands(self):
        return {
            row["demand_no"]: row for row in self.rows if self.within(row["accepted_at"])
        }.values()


def expected(of):
    """The indicators that follow from the counts of a unit; None where there is no data."""

    def rate(part, whole):
        return part / whole if whole else None

    due, evaluated = of["due_count"], of["evaluated_count"]
    counts = [
        "assigned_count sign_due_count due_count handled_count completed_late overdue_open"
        " rework_count urgent_due_count completed_count sampled_count evaluated_count"
        " dissatisfied_count"
    ]
    return {
        **{name: of[name] for name in counts[0].split()},
        "sign_in_time_rate": rate(of["signed_in_time"], of["sign_due_count"]),
        "avg_sign_hours": rate(of["sign_seconds"], 3600 * of["signed"]),
        "completion_rate": rate(of["handled_count"], due),
        "on_time_completion_rate": rate(of["handled_count"] - of["completed_late"], due),
        "overdue_rate": rate(of["completed_late"] + of["overdue_open"], due),
        "rework_rate": rate(of["rework_count"], due),
        "urgent_in_time_rate": rate(of["urgent_in_time"], of["urgent_due_count"]),
        "avg_completion_time": rate(of["seconds"], 3600 * of["completed_count"]),
        "participation_rate": rate(of["answered_sample"], of["sampled_count"]),
        "satisfaction_rate": rate(evaluated - of["dissatisfied_count"], evaluated),
        "resolution_rate": rate(of["solved"], of["solved_known"]),
    }


CODES = list(expected(defaultdict(int)))


@pytest.mark.django_db(transaction=True)
@settings(
    max_examples=25,
)
@given(rows=histories(), period=st.sampled_from(sorted(PERIODS)))
def test_a_history_comes_out_as_it_went_in(town, tmp_path, rows, period):
    run = next(numbers)
    path = tmp_path / "history.csv"
    write(path, rows, run)
    source, _ignored = open_history(path)
    summary = import_orders(SYSTEM, source, rejects=tmp_path / "rejects.csv", lanes=1)
    assert summary.counts["landed"] == len(rows)

    counted = Counted(rows, *PERIODS[period])
    units = {f"单位{run}-{n}": n for n in range(4)}
    facts.refresh()
    tables = facts.tables()

    def found(codes, by):
        return {
            tuple(row.keys.values()): {code: value.value for code, value in row.values.items()}
            for row in compute(
                codes, by=by, period=period, where={"unit": list(units)}, tables=tables
            )
        }

    slow = {
        (unit,): expected(counted.by_unit()[n])
        for unit, n in units.items()
        if any(expected(counted.by_unit()[n]).values())
    }
    assert found(CODES, ["unit"]) == slow

    together = defaultdict(int)
    for of in counted.by_unit().values():
        for name, number in of.items():
            together[name] += number
    assert found(CODES, []) == {(): expected(together)}

    by_channel = defaultdict(int)
    for demand in counted.demands():
        by_channel[(demand["channel"], f"{demand['accepted_at']:%Y-%m}")] += 1
    assert {
        key: values["accepted_count"]
        for key, values in found(["accepted_count"], ["channel", "month"]).items()
    } == by_channel
    assert facts.check() == []
