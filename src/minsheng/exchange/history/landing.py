"""Bringing one batch of rows into the tables: one transaction, all of it or nothing.

Rows are taken in the order of the file. What is there already, by an earlier batch or run, stays as
it is: a row that says the same is *known*, one that says something else *differs* and is reported.
Everything else is written by COPY, with all constraints and triggers in force; foreign keys are
looked up by `parents`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import DataError, IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _

from minsheng.exchange.csvfile import Record
from minsheng.exchange.history.copying import Writing
from minsheng.exchange.history.matters import Row
from minsheng.exchange.history.meaning import understand
from minsheng.exchange.history.moments import form
from minsheng.exchange.history.names import Names
from minsheng.exchange.history.plan import Job, Plan
from minsheng.exchange.history.rows import Reader
from minsheng.exchange.rejects import Reject

_TRIES = 3


@dataclass(slots=True)
class Landed:
    """What became of some rows. `made` are the names that were made, by column."""

    counts: Counter[str] = field(default_factory=Counter)
    rejects: list[Reject] = field(default_factory=list)
    made: dict[str, list[str]] = field(default_factory=dict)

    def add(self, other: "Landed") -> None:
        self.counts += other.counts
        self.rejects += other.rejects
        for column, names in other.made.items():
            self.made.setdefault(column, []).extend(names)


class Landing:
    """Lands the batches of one run, one after the other, over Django's connection."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.reader = Reader(job.source, form(job.at))
        self.names = Names(making=not job.dry_run)

    def prepare(self, records: Sequence[Record]) -> "Prepared":
        """Reads and checks the rows of a batch, and makes what they call by a new name."""
        read = self.reader.read(records)
        missing = self.names.missing(read.cells)
        made = self.names.make(missing) if missing else {}
        rows, unclear = understand(read, self.names)
        texts = {record.line: record.text for record in records}
        rejects = read.rejects + [
            Reject(line, reason, texts[line]) for line, reason in unclear.items()
        ]
        counts = Counter(read=len(records), rejected=len(rejects))
        return Prepared(rows, texts, Landed(counts, rejects, made))

    def land(self, prepared: "Prepared") -> Landed:
        """Brings a prepared batch into the tables and returns what became of it."""
        self._land(prepared, prepared.rows)
        return prepared.landed

    def _land(self, prepared: "Prepared", rows: Sequence[Row]) -> None:
        for tries_left in reversed(range(_TRIES)):
            try:
                prepared.landed.add(self._batch(rows, prepared.texts))
            except (IntegrityError, DataError, OperationalError) as error:
                # Somebody else gave out the same number meanwhile: look again, and it is known.
                if _may_pass(error) and tries_left:
                    continue
                if isinstance(error, OperationalError):
                    raise
                self._find_culprit(prepared, rows, error)
            return

    def _find_culprit(
        self, prepared: "Prepared", rows: Sequence[Row], error: IntegrityError | DataError
    ) -> None:
        """Lands all but the row that the database refuses, which is found by halving."""
        if len(rows) > 1:
            self._land(prepared, rows[: len(rows) // 2])
            self._land(prepared, rows[len(rows) // 2 :])
            return
        (row,) = rows
        reason = _("数据库不接受这一行：%s。") % str(error).splitlines()[0]
        prepared.landed.rejects.append(Reject(row.line, reason, prepared.texts[row.line]))
        prepared.landed.counts["rejected"] += 1

    def _batch(self, rows: Sequence[Row], texts: dict[int, str]) -> Landed:
        landed = Landed()
        with transaction.atomic():
            plan = Plan(self.job, rows)
            for row in rows:
                outcome, reason = plan.take(row)
                landed.counts[outcome] += 1
                if reason:
                    landed.rejects.append(Reject(row.line, reason, texts[row.line]))
            if landed.counts["landed"] and not self.job.dry_run:
                plan.lock()
                writing = Writing(self.job, list(plan.touched.values()))
                landed.counts += writing.write(landed.counts, (rows[0].line, rows[-1].line))
        return landed


@dataclass(slots=True)
class Prepared:
    """A batch that was read: its good rows, the text of every line, and what was rejected."""

    rows: list[Row] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)
    landed: Landed = field(default_factory=Landed)


def _may_pass(error: Exception) -> bool:
    """Tells whether another try may succeed: a number taken, a deadlock, a conflict of writers."""
    return getattr(error.__cause__, "sqlstate", "23505") in ("23505", "40P01", "40001")
