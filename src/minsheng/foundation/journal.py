"""The journal: every action on record, one line each, chained per subject by hashes.

A *subject* is what an action was done to: a demand above all (with all of its orders), but any kind
of thing may have a journal. Each line carries the hash of the line before it (see
`models.JournalEntry`), each subject has a head that knows its last line, and the database computes
both and refuses to change or remove either. Whoever changes the tables behind its back is found by
`verify`; whoever then recomputes a whole chain is found by comparing `digest` with one that was
written down elsewhere before.

Bodies name things by number, code and user name, never by a key of this database: the same life
lived in another database gives the same digest.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from operator import itemgetter
from typing import Any, NamedTuple

import orjson
from django.db import connection, transaction
from django.db.models import QuerySet

from minsheng.foundation import live
from minsheng.foundation.clock import ZONE
from minsheng.foundation.models import JournalEntry, JournalHead
from minsheng.foundation.statements import insert

_BATCH = 2000  # rows fetched at once when streaming


@dataclass(frozen=True, slots=True)
class Signature:
    """Who acts: the user name (or "citizen", "system"), in which role, for which unit (code)."""

    staff: str
    role: str
    unit: str = ""


def write(
    *,
    subject_kind: str,
    subject_id: int,
    ref: str,
    action: str,
    by: Signature,
    at: datetime,
    changes: Mapping[str, Any],
    reason: str = "",
    order_id: int | None = None,
    order_ref: str = "",
    previous_due_at: datetime | None = None,
) -> None:
    """Adds one line about a subject, in the caller's transaction.

    `ref` is the subject's number as people know it, `order_ref` that of the order meant, where it
    is about one. `changes` holds whatever JSON can say, with times (aware) and dates besides. The
    subject's head stays locked until the transaction ends; then those who watch are told (`live`).

    Raises TypeError for values that JSON cannot say, ValueError for a time without a zone.
    """
    body = canonical(
        {
            "subject": subject_kind,
            "ref": ref,
            "at": at,
            "action": action,
            "staff": by.staff,
            "role": by.role,
            "unit": by.unit,
            "order": order_ref,
            "changes": dict(changes),
            "reason": reason,
            "previous_due_at": previous_due_at,
        }
    )
    insert(
        JournalEntry(
            subject_kind=subject_kind,
            subject_id=subject_id,
            ref=ref,
            at=at,
            action=action,
            staff=by.staff,
            role=by.role,
            unit=by.unit,
            order_id=order_id,
            order_ref=order_ref,
            body=body,
        )
    )
    transaction.on_commit(partial(live.tell, f"{subject_kind}:{subject_id}"))


def canonical(value: Mapping[str, Any]) -> str:
    """Returns JSON that is the same for equal values: sorted keys, no spaces, times in one zone."""
    try:
        return orjson.dumps(
            value, default=_say, option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME
        ).decode()
    except TypeError as error:
        # orjson hides what `_say` had to say behind an error of its own.
        raise error.__cause__ or error from None


def _say(value: Any) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"the journal keeps times with a zone only, not {value!r}")
        return value.astimezone(ZONE).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"the journal cannot say {type(value).__name__}: {value!r}")


def timeline(subject_kind: str, subject_id: int) -> QuerySet[JournalEntry]:
    """Returns all lines about one subject, oldest first."""
    return JournalEntry.objects.filter(subject_kind=subject_kind, subject_id=subject_id).order_by(
        "seq"
    )


def find(ref: str) -> QuerySet[JournalHead]:
    """Returns the heads of the subjects whose last line goes by the number `ref`: usually one."""
    return JournalHead.objects.filter(ref=ref).order_by("subject_kind", "subject_id")


def digest() -> str:
    """Returns one hash (hex) over the heads of all subjects.

    Heads are taken in the order of their hashes, not of their keys, so that two databases that
    lived through the same have the same digest, whatever keys they gave out on the way.
    """
    total = sha256()
    for (head,) in _stream("SELECT hash FROM foundation_journalhead ORDER BY hash"):
        total.update(head)
    return total.hexdigest()


# Verification


class Fault(NamedTuple):
    """Something wrong with the journal of one subject. `seq` is the line, 0 for the head."""

    subject_kind: str
    subject_id: int
    ref: str
    seq: int
    what: str

    def __str__(self) -> str:
        place = f"line {self.seq}" if self.seq else "head"
        return f"{self.subject_kind} {self.ref} (key {self.subject_id}), {place}: {self.what}"


@dataclass
class Report:
    """What `verify` saw: lines, subjects, and what is wrong with them."""

    entries: int = 0
    subjects: int = 0
    faults: list[Fault] = field(default_factory=list)


class _Row(NamedTuple):
    subject_kind: str
    subject_id: int
    seq: int | None  # None: this row is the head
    ref: str
    action: str
    staff: str
    role: str
    unit: str
    order_ref: str
    at: str
    order_id: int | None  # of a head: its seq
    body: str
    hash: bytes


# Where the columns ref … order_ref stand in the body.
_REPEATED = ("ref", "action", "staff", "role", "unit", "order")
_repeated = itemgetter(*_REPEATED)

# One statement, so that a journal that grows meanwhile is seen at one moment; a head sorts behind
# the lines of its subject. Times come as text in the hotline's zone, which is much faster to read.
_ROWS = """
SELECT subject_kind, subject_id, seq, ref, action, staff, role, unit, order_ref,
       replace((at AT TIME ZONE 'Asia/Shanghai')::text, ' ', 'T'), order_id, body, hash
FROM foundation_journalentry {where}
UNION ALL
SELECT subject_kind, subject_id, NULL, ref, NULL, NULL, NULL, NULL, NULL, NULL, seq, NULL, hash
FROM foundation_journalhead {where}
ORDER BY subject_kind, subject_id, seq
"""

# Keys of orders are in no body; but an order belongs to one subject and has one number.
_ORDERS = """
SELECT min(subject_kind), min(subject_id), min(ref), min(seq),
       'column order_id: ' || order_id || ' stands for more than one order'
FROM foundation_journalentry {where}
GROUP BY order_id
HAVING order_id IS NOT NULL
    AND (min(subject_kind), min(subject_id), min(order_ref))
        <> (max(subject_kind), max(subject_id), max(order_ref))
ORDER BY order_id
"""


def verify(
    subject_kind: str | None = None,
    subject_id: int | None = None,
    progress: Callable[[int], None] = lambda lines: None,
) -> Report:
    """Recomputes every hash and compares every column with its body.

    Finds lines that were changed, moved, inserted or removed (in the middle or at the end), heads
    without lines and lines without a head. A subject whose lines and head are all gone leaves no
    trace here, but changes the digest.

    Limits itself to one kind of subject, or one subject, where given. `progress` is called with
    the number of lines seen since its last call.
    """
    conditions = {"subject_kind": subject_kind, "subject_id": subject_id}
    given = {name: value for name, value in conditions.items() if value is not None}
    where = "WHERE " + " AND ".join(f"{name} = %({name})s" for name in given) if given else ""
    report = Report()
    chain: _Chain | None = None
    told = 0
    for values in _stream(_ROWS.format(where=where), given):
        row = _Row._make(values)
        if chain is None or (chain.kind, chain.id) != row[:2]:
            if chain is not None:
                chain.close()
            chain = _Chain(row.subject_kind, row.subject_id, row.ref, report)
        chain.take(row)
        if report.entries - told == _BATCH:
            progress(_BATCH)
            told = report.entries
    if chain is not None:
        chain.close()
    progress(report.entries - told)
    report.faults += [Fault._make(values) for values in _stream(_ORDERS.format(where=where), given)]
    return report


class _Chain:
    """The lines of one subject as they come by, and what they should be."""

    def __init__(self, kind: str, id: int, ref: str, report: Report) -> None:
        self.kind, self.id, self.ref, self.report = kind, id, ref, report
        self.seq = 0
        self.hash = b""
        self.headless = True
        report.subjects += 1

    def fault(self, seq: int, what: str) -> None:
        self.report.faults.append(Fault(self.kind, self.id, self.ref, seq, what))

    def take(self, row: _Row) -> None:
        if row.seq is None:
            self.take_head(row)
            return
        self.report.entries += 1
        self.ref = row.ref
        text = row.body.encode()
        if row.seq != self.seq + 1:
            self.fault(row.seq, f"{row.seq - self.seq - 1} line(s) before it are missing")
        elif row.hash != sha256(self.hash + row.seq.to_bytes(8, "big") + text).digest():
            self.fault(row.seq, "its text or hash, or the hash before it, was changed")
        self.seq, self.hash = row.seq, row.hash
        try:
            wrong = _wrong_columns(row, orjson.loads(text))
        except (ValueError, TypeError, KeyError):
            self.fault(row.seq, "its text is not a journal's")
            return
        if wrong:
            self.fault(row.seq, f"column(s) differ from its text: {', '.join(wrong)}")
        if row.order_ref and row.order_id is None:
            self.fault(row.seq, "column order_id is empty, though it is about an order")

    def take_head(self, row: _Row) -> None:
        self.headless = False
        last = row.order_id or 0
        if last > self.seq:
            self.fault(0, f"the last {last - self.seq} line(s) are missing, up to line {last}")
        elif last < self.seq:
            self.fault(0, f"it ends at line {last}, but there are {self.seq}")
        elif row.hash != self.hash:
            self.fault(0, "its hash is not that of the last line")
        elif row.ref != self.ref:
            self.fault(0, "its number is not that of the last line")

    def close(self) -> None:
        if self.headless:
            self.fault(0, "it is missing")


def _wrong_columns(row: _Row, said: dict[str, Any]) -> list[str]:
    meant, columns = _repeated(said), row[3:9]
    wrong = []
    if meant != columns:
        wrong = [n for n, m, c in zip(_REPEATED, meant, columns, strict=True) if m != c]
    if said["subject"] != row.subject_kind:
        wrong.append("subject")
    # Spelt alike they are equal; but the database leaves out zeros at the end.
    if said["at"] != f"{row.at}+08:00":
        at = datetime.fromisoformat(row.at).replace(tzinfo=ZONE)
        if datetime.fromisoformat(said["at"]) != at:
            wrong.append("at")
    return wrong


def _stream(sql: str, values: Mapping[str, Any] | None = None) -> Iterator[tuple[Any, ...]]:
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(sql, values)
        while rows := cursor.fetchmany(_BATCH):
            yield from rows
