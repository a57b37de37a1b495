"""Writes the records of a replay as the files of a former system, for the imports.

Moments are spread evenly over the period, early enough that what is handled is handled within it.
"""

import csv
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

from minsheng.exchange.replay.plan import Calls, Deal, Part, Plan
from minsheng.foundation.calendar import WorkingCalendar

_DEMAND = (
    *("demand_no", "accepted_at", "channel", "kind", "category", "element", "district", "origin"),
    *("petitioner_type", "urgent", "sampled", "evaluated", "satisfaction"),
)
ANSWERS = (*_DEMAND, "disposal")
ORDERS = (
    *(*_DEMAND, "order_no", "unit", "role", "assigned_at", "sign_due_at", "signed_at", "due_at"),
    *("completed_at", "rework_count"),
)
CALLS = (
    *("call_no", "direction", "offered_at", "answered_at"),
    *("wait_seconds", "talk_seconds", "abandoned"),
)

_AFTER_LIMIT = timedelta(hours=12)  # after which late orders are handled
_SIGN_LIMIT = timedelta(hours=1)
_SIGNED_LATE = timedelta(hours=3)
_SIGNED = timedelta(minutes=30)

Record = dict[str, object]


def write(plan: Plan, folder: Path, calendar: WorkingCalendar) -> dict[str, tuple[Path, int]]:
    """Writes `orders.csv`, `answers.csv` and `calls.csv`; returns path and rows of each with rows.

    Raises ValueError where the parts leave no room for what is to be dealt.
    """
    files = {"orders": ORDERS, "answers": ANSWERS, "calls": CALLS}
    counts = dict.fromkeys(files, 0)
    with ExitStack() as opened:
        writers = {}
        for name, columns in files.items():
            file = opened.enter_context((folder / f"{name}.csv").open("w", encoding="utf-8"))
            # A record also has its `state`, by which values are dealt, but which is no column.
            writers[name] = csv.DictWriter(
                file, columns, restval="", extrasaction="ignore", lineterminator="\n"
            )
            writers[name].writeheader()
        for name, record in _all(plan, calendar):
            writers[name].writerow(record)
            counts[name] += 1
    return {name: (folder / f"{name}.csv", count) for name, count in counts.items() if count}


def _all(plan: Plan, calendar: WorkingCalendar) -> Iterator[tuple[str, Record]]:
    dealers = [_Dealer(deal) for deal in plan.deals]
    signing = _Signing(plan)
    number = 0
    for part in plan.parts:
        present = part.accepted.first >= plan.period.first
        made = _answers(part) if part.disposal else _orders(plan, part, signing, calendar)
        for record in made:
            number += 1
            record["demand_no"] = f"R{number:07}"
            if present:
                for dealer in dealers:
                    dealer.give(record)
            if not part.disposal:
                record["order_no"] = f"G{number:07}"
            yield "answers" if part.disposal else "orders", record
    for dealer in dealers:
        dealer.check()
    for calls in plan.calls:
        for record in _calls(plan, calls):
            yield "calls", record


class _Dealer:
    """Gives records values until each has been given as often as it should."""

    def __init__(self, deal: Deal) -> None:
        self.deal = deal
        self.left = [
            (value, count) for value, count in reversed(list(deal.values.items())) if count
        ]

    def give(self, record: Record) -> None:
        if not self.left or record.get(self.deal.column):
            return
        if any(record.get(column, "") not in wanted for column, wanted in self.deal.among.items()):
            return
        value, count = self.left.pop()
        record[self.deal.column] = value
        if count > 1:
            self.left.append((value, count - 1))

    def check(self) -> None:
        if self.left:
            raise ValueError(f"{self.deal.column}: no records left for {self.left}")


class _Signing:
    """How long units take to sign for their orders: late for some, so that the mean comes out."""

    def __init__(self, plan: Plan) -> None:
        self.late_left = plan.signed_late
        self.in_time = _SIGNED
        orders = sum(p.count for p in plan.parts if not p.disposal)
        if plan.sign_hours is not None:
            rest = timedelta(hours=plan.sign_hours) * orders - _SIGNED_LATE * plan.signed_late
            self.in_time = timedelta(
                seconds=round(rest / timedelta(seconds=1) / (orders - self.late_left))
            )
            if not timedelta() <= self.in_time <= _SIGN_LIMIT:
                raise ValueError("no time to sign gives this mean")

    def take(self) -> timedelta:
        if self.late_left:
            self.late_left -= 1
            return _SIGNED_LATE
        return self.in_time


def _spread(start: datetime, end: datetime, count: int) -> Iterator[datetime]:
    """Yields moments that divide a stretch of time evenly."""
    if end <= start:
        raise ValueError("a period too short for its limit")
    length = (end - start) // timedelta(seconds=1)
    for place in range(count):
        yield start + timedelta(seconds=length * (2 * place + 1) // (2 * count))


def _described(part: Part) -> list[Record]:
    """Returns the records of a part with what they share and what is dealt among them."""
    records: list[Record] = [dict(part.values) for _ in range(part.count)]
    for column, dealt in part.deal.items():
        values = (value for value, count in dealt.items() for _ in range(count))
        for record, value in zip(records, values, strict=False):
            record[column] = value
    for place, record in enumerate(records):
        record["sampled"] = int(place < max(part.sampled, part.evaluated))
        record["evaluated"] = int(place < part.evaluated)
        if place < part.evaluated:
            dissatisfied = place < part.dissatisfied
            record["satisfaction"] = "dissatisfied" if dissatisfied else "satisfied"
    return records


def _answers(part: Part) -> Iterator[Record]:
    moments = _spread(part.accepted.start, part.accepted.end, part.count)
    for record, at in zip(_described(part), moments, strict=True):
        yield record | {"accepted_at": at, "disposal": part.disposal}


def _orders(
    plan: Plan, part: Part, signing: _Signing, calendar: WorkingCalendar
) -> Iterator[Record]:
    limit = timedelta(hours=plan.limit_hours)
    when = part.assigned or part.accepted
    start, end = when.start, when.end - limit - 2 * _AFTER_LIMIT
    if part.later:
        start, end = when.end - limit + timedelta(hours=4), when.end - timedelta(hours=1)
    done = part.count - part.open
    taken = _taken(part, done, limit)
    for place, (record, at) in enumerate(
        zip(_described(part), _spread(start, end, part.count), strict=True)
    ):
        if part.workdays is not None:
            at = _next_workday(calendar, at)
        assigned = at + timedelta(minutes=1)
        accepted = part.accepted.end - timedelta(hours=1) if part.assigned else at
        signed = assigned + signing.take()
        completed = None
        if place < done:
            completed = (
                assigned + next(taken)
                if part.workdays is None
                else _workdays_later(calendar, assigned, _share(part.workdays, done, place))
            )
        yield record | {
            "accepted_at": accepted,
            "assigned_at": assigned,
            "sign_due_at": assigned + _SIGN_LIMIT,
            "signed_at": signed,
            "due_at": assigned + limit,
            "completed_at": completed,
            "rework_count": int(place < part.rework),
            "state": "" if place < done else "open",
        }


def _taken(part: Part, done: int, limit: timedelta) -> Iterator[timedelta]:
    """Yields how long each handled order took, in whole seconds: `late` ones last."""
    late, in_time = limit + _AFTER_LIMIT, limit / 2
    if part.hours is None:
        spent = in_time * (done - part.late)
    else:
        spent = timedelta(hours=part.hours) * done - late * part.late
        if not timedelta() <= spent <= limit * (done - part.late):
            raise ValueError(f"no completion times within the limit give this mean: {part}")
    seconds = round(spent / timedelta(seconds=1))
    for place in range(done - part.late):
        yield timedelta(seconds=_share(seconds / (done - part.late), done - part.late, place))
    for _ in range(part.late):
        yield late


def _share(mean: float, count: int, place: int) -> int:
    """Returns the whole number for one of `count` places, so that all of them have the mean."""
    total = round(mean * count)
    return total * (place + 1) // count - total * place // count


def _next_workday(calendar: WorkingCalendar, at: datetime) -> datetime:
    while not calendar.is_workday(at.date()):
        at += timedelta(days=1)
    return at


def _workdays_later(calendar: WorkingCalendar, at: datetime, days: int) -> datetime:
    # Signed and handled within the day where there is none to wait for.
    at += timedelta(hours=4) if days == 0 else timedelta()
    while days:
        at += timedelta(days=1)
        days -= calendar.is_workday(at.date())
    return at


def _calls(plan: Plan, calls: Calls) -> Iterator[Record]:
    closed = calls.answered - calls.unclosed
    moments = _spread(plan.period.start, plan.period.end - timedelta(days=2), calls.count)
    for place, at in enumerate(moments):
        record: Record = {
            "call_no": f"{calls.direction}{place:07}",
            "direction": calls.direction,
            "offered_at": at,
        }
        if place < calls.answered:
            wait = _share(calls.wait_seconds, calls.answered, place)
            record |= {"answered_at": at + timedelta(seconds=wait), "wait_seconds": wait}
            record["talk_seconds"] = (
                _share(calls.talk_seconds, closed, place)
                if place < closed
                else calls.unclosed_seconds
            )
        yield record
