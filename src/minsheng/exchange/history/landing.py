"""Bringing one batch of rows into the tables: one transaction, all of it or nothing.

Rows are taken in the order of the file. What is there already, by an earlier batch or run, stays as
it is: a row that says the same is *known*, one that says something else *differs* and is reported.
Everything else is written by COPY, with all constraints and triggers in force; foreign keys are
looked up by `parents`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import DataError, IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _

from minsheng.exchange.csvfile import Record
from minsheng.exchange.history.matters import Row
from minsheng.exchange.history.meaning import understand
from minsheng.exchange.history.moments import form
from minsheng.exchange.history.names import Names
from minsheng.exchange.history.plan import Job, Plan
from minsheng.exchange.history.rows import Reader
from minsheng.exchange.history.writing import Writing
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

    def land(self, records: Sequence[Record]) -> Landed:
        """Brings a batch into the tables, with what it calls by a new name, and returns all that
        became of it."""
        read = self.reader.read(records)
        missing = self.names.missing(read.cells)
        made = self.names.make(missing) if missing else {}
        rows, unclear = understand(read, self.names)
        texts = {record.line: record.text for record in records}
        landed = Landed(made=made, rejects=read.rejects)
        landed.rejects += [Reject(line, reason, texts[line]) for line, reason in unclear.items()]
        landed.counts.update(read=len(records), rejected=len(landed.rejects))
        self._land(rows, texts, landed)
        return landed

    def _land(self, rows: Sequence[Row], texts: Mapping[int, str], landed: Landed) -> None:
        for tries_left in reversed(range(_TRIES)):
            try:
                landed.add(self._batch(rows, texts))
            except (IntegrityError, DataError, OperationalError) as error:
                # Somebody else gave out the same number meanwhile: look again, and it is known.
                if _may_pass(error) and tries_left:
                    continue
                if isinstance(error, OperationalError):
                    raise
                self._find_culprit(rows, texts, landed, error)
            return

    def _find_culprit(
        self,
        rows: Sequence[Row],
        texts: Mapping[int, str],
        landed: Landed,
        error: IntegrityError | DataError,
    ) -> None:
        """Lands all but the row that the database refuses, which is found by halving."""
        if len(rows) > 1:
            self._land(rows[: len(rows) // 2], texts, landed)
            self._land(rows[len(rows) // 2 :], texts, landed)
            return
        (row,) = rows
        reason = _("数据库不接受这一行：%s。") % str(error).splitlines()[0]
        landed.rejects.append(Reject(row.line, reason, texts[row.line]))
        landed.counts["rejected"] += 1

    def _batch(self, rows: Sequence[Row], texts: Mapping[int, str]) -> Landed:
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
        plan.forget()
        return landed


def _may_pass(error: Exception) -> bool:
    """Tells whether another try may succeed: a number taken, a deadlock, a conflict of writers."""
    return getattr(error.__cause__, "sqlstate", "23505") in ("23505", "40P01", "40001")
