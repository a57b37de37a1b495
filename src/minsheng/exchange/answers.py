"""Demands that never became an order (直接答复、转接、不予受理), brought in by COPY.

A history of orders cannot tell of them, since its rows are orders with units; without them, no rate
of direct answers is right. A demand is known by its number, as in `exchange.history`.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext as _

from minsheng.catalogue.queries import city
from minsheng.demands.models import Demand, ImportBatch, Petitioner
from minsheng.demands.rules import DemandState, Disposal
from minsheng.directory.access import Actor, require
from minsheng.exchange import csvfile
from minsheng.exchange.csvfile import Record, Source
from minsheng.exchange.history import columns, moments
from minsheng.exchange.history.names import (
    Ambiguous,
    CategoryFound,
    ChannelFound,
    Dictionary,
    Names,
)
from minsheng.exchange.history.rows import path as as_path
from minsheng.exchange.rejects import Reject, RejectsFile
from minsheng.followups.models import FollowUp
from minsheng.foundation import clock, journal, numbers, text
from minsheng.foundation.errors import Invalid

BATCH = 20_000

#: What a row has, and the heads under which it is known. The first three are required.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    column.name: (column.name, column.label, *column.heads)
    for column in columns.COLUMNS
    if column.name in ("demand_no", *columns.OF_DEMAND, "sampled", "evaluated", "satisfaction")
} | {
    "disposal": ("disposal", "处置方式", "办理方式"),
    "answered_at": ("answered_at", "答复时间"),
    "answer": ("answer", "答复", "答复内容"),
}
REQUIRED = ("demand_no", "accepted_at", "channel")
DISPOSALS: Mapping[str, str] = {
    word: disposal
    for disposal, words in {
        Disposal.ANSWER.value: ("answer", "直接答复", "在线解答", "知识库答复"),
        Disposal.TRANSFER.value: ("transfer", "转接", "电话转接"),
        Disposal.REJECT.value: ("reject", "不予受理"),
    }.items()
    for word in words
}
_SIZES = {column.name: column.most for column in columns.COLUMNS if column.most} | {
    "answer": 20_000
}
_WORDS: Mapping[str, Mapping[str, object]] = {
    "disposal": DISPOSALS,
    "element": columns.ELEMENTS,
    "origin": columns.ORIGINS,
    "petitioner_type": columns.PETITIONERS,
    "satisfaction": columns.GRADES,
    "urgent": columns.TRUTHS,
    "sampled": columns.TRUTHS,
    "evaluated": columns.TRUTHS,
}
_NAMES = ("channel", "kind", "category", "district")


class Row(NamedTuple):
    """A demand as it is kept; the names are columns of `demands_demand`, the ids still names."""

    number: str
    accepted_at: str
    completed_at: str
    disposal: str
    channel: str
    kind: str
    category: str
    district: str
    element: str
    title: str
    text: str
    answer: str
    origin: str
    petitioner_kind: str
    urgent: bool
    sampled: bool
    evaluated: bool
    grade: str


class Found(NamedTuple):
    """What a row calls by name."""

    channel: ChannelFound
    kind: int | None
    category: CategoryFound | None
    district: int | None


def open_answers(path: Path) -> tuple[Source, dict[str, int]]:
    """Looks a file over and returns it with the place of each of COLUMNS that it has.

    Raises Invalid for a file that is no such CSV or lacks a required column.
    """
    return csvfile.open_columns(path, COLUMNS, REQUIRED)


def import_answers(
    actor: Actor,
    source: Source,
    places: Mapping[str, int],
    *,
    rejects: Path,
    batch: int = BATCH,
    advance: Callable[[int], object] = lambda count: None,
) -> Counter[str]:
    """Brings demands without orders in; what cannot be goes to the file `rejects`.

    Returns how many were read, landed, known (a demand of that number is there from an import) and
    rejected. Each batch is one transaction with one journal entry. Raises Forbidden.
    """
    require(actor, "import.run")
    if rejects.resolve() == source.path.resolve():
        raise Invalid("same_file", _("退回清单不能写到导入的文件里；请换一个文件名。"))
    counts: Counter[str] = Counter()
    names = Names(making=True)
    records = source.records()
    with RejectsFile(rejects) as rejected:
        while taken := list(islice(records, batch)):
            rows: dict[str, tuple[Row, Record]] = {}
            faults: list[Reject] = []
            for record in taken:
                found = _read(source, places, record)
                if isinstance(found, str):
                    faults.append(Reject(record.line, found, record.text))
                elif found.number in rows:
                    again = _("与第%d行的诉求号相同。") % rows[found.number][1].line
                    faults.append(Reject(record.line, again, record.text))
                else:
                    rows[found.number] = (found, record)
            _make(names, rows)
            with transaction.atomic():
                faults += _land(actor, source, names, rows, counts)
            counts["read"] += len(taken)
            counts["rejected"] += len(faults)
            rejected.add(sorted(faults))
            advance(len(taken))
    return counts


def _read(source: Source, places: Mapping[str, int], record: Record) -> Row | str:
    """Returns the row as it is kept, or a sentence that says all that is wrong with it."""
    cells = [] if record.fault else source.cells(record.text)
    if len(cells) != len(source.header):
        return record.fault or _("单元格的个数与表头不符；请检查引号和分隔符。")
    cell = {name: cells[place].strip() for name, place in places.items()}
    faults = [_("缺少%s") % COLUMNS[name][1] for name in REQUIRED if not cell[name]]
    for name, most in _SIZES.items():
        if len(cell.get(name, "")) > most:
            faults.append(
                _("%(column)s超过%(most)d个字") % {"column": COLUMNS[name][1], "most": most}
            )
    at = dict.fromkeys(("accepted_at", "answered_at"), "")
    for name in at:
        if value := cell.get(name):
            try:
                at[name] = moments.moment(value)
            except ValueError:
                faults.append(_not_usable(name, value))
    said: dict[str, object] = {}
    for name, words in _WORDS.items():
        value = cell.get(name, "")
        said[name] = words.get(value.lower()) if value else None
        if value and said[name] is None:
            faults.append(_not_usable(name, value))
    answered_at = at["answered_at"] or at["accepted_at"]
    if answered_at < at["accepted_at"]:
        faults.append(_("答复时间早于受理时间"))
    if answered_at > moments.form(clock.now()):
        faults.append(_("答复时间在将来"))
    if said["satisfaction"] and said["evaluated"] is False:
        faults.append(_("标为未评价，却有满意度"))
    if faults:
        return _("%s。") % "；".join(faults)
    body = text.clean(cell.get("text", ""))
    evaluated = bool(said["evaluated"] or said["satisfaction"])
    return Row(
        text.line(cell["demand_no"]),
        at["accepted_at"],
        answered_at,
        str(said["disposal"] or Disposal.ANSWER),
        text.line(cell["channel"]),
        text.line(cell.get("kind", "")),
        as_path(text.line(cell.get("category", ""))),
        as_path(text.line(cell.get("district", ""))),
        str(said["element"] or ""),
        text.line(cell.get("title", "")) or text.line(body[:40]),
        body,
        text.clean(cell.get("answer", "")),
        str(said["origin"] or Demand.Origin.CITY),
        str(said["petitioner_type"] or ""),
        bool(said["urgent"]),
        evaluated if said["sampled"] is None else bool(said["sampled"]),
        evaluated,
        str(said["satisfaction"] or ""),
    )


def _not_usable(name: str, value: str) -> str:
    return _("%(column)s“%(value)s”不是可用的值") % {
        "column": COLUMNS[name][1],
        "value": value[:30],
    }


def _make(names: Names, rows: Mapping[str, tuple[Row, Record]]) -> None:
    """Makes what the rows call by a name that nobody knows."""
    called = {name: {getattr(row, name) for row, _record in rows.values()} for name in _NAMES}
    known: dict[str, Dictionary[Any]] = {
        "channel": names.channels,
        "kind": names.kinds,
        "category": names.categories,
        "district": names.districts,
    }
    missing = {
        column: sorted(name for name in all if name and name not in known[column])
        for column, all in called.items()
    }
    if any(missing.values()):
        names.make({column: unknown for column, unknown in missing.items() if unknown})


_DEMANDS = (
    "id number query_code state state_at channel_id kind_id category_id element title text words"
    " district_id petitioner_kind origin batch_id urgent restricted enterprise registered_at"
    " accepted_at completed_at archived_at disposal answer reopened_count confidential excluded"
    " escalated difficult place external_no call_no unit_ids involved"
)
_FOLLOW_UPS = (
    "demand_id round state sampled planned_at grade evaluated_at attempt_count valid source"
    " reason_code reason by"
)


def _land(
    actor: Actor,
    source: Source,
    names: Names,
    rows: Mapping[str, tuple[Row, Record]],
    counts: Counter[str],
) -> list[Reject]:
    """Writes a batch; returns what the present demands and names make impossible."""
    at = clock.now()
    there = dict(Demand.objects.filter(number__in=rows).values_list("number", "batch_id"))
    faults: list[Reject] = []
    new: list[tuple[Row, Found]] = []
    for number, (row, record) in rows.items():
        if number in there:
            if there[number] is None:
                own = _("诉求号与本平台自己受理的诉求相同。")
                faults.append(Reject(record.line, own, record.text))
            else:
                counts["known"] += 1
            continue
        try:
            found = Found(
                names.channels.find(row.channel),
                names.kinds.find(row.kind).id if row.kind else None,
                names.categories.find(row.category) if row.category else None,
                names.districts.find(row.district).id if row.district else None,
            )
            new.append((row, found))
        except Ambiguous as error:
            faults.append(Reject(record.line, str(error), record.text))
    if new:
        batch = ImportBatch.objects.create(
            source=text.line(f"answers {source.path.name}", 64),
            file_sha256=source.sha256,
            rows=len(new),
            at=at,
        )
        _write(new, batch.pk, moments.form(at))
        _put_on_record(actor, source, batch, [record.line for _row, record in rows.values()])
    counts["landed"] += len(new)
    return faults


def _write(new: Sequence[tuple[Row, Found]], batch: int, now: str) -> None:
    archive_after = city().archive_after_days
    codes = numbers.query_codes(len(new))
    ids = _ids(len(new))
    with connection.cursor() as cursor:
        with cursor.copy(_copy("demands_demand", _DEMANDS)) as copy:
            for id, code, (row, found) in zip(ids, codes, new, strict=True):
                copy.write_row(_demand(id, code, row, found, batch, archive_after, now))
        with cursor.copy(_copy("followups_followup", _FOLLOW_UPS)) as copy:
            for id, (row, _found) in zip(ids, new, strict=True):
                if row.sampled or row.evaluated:
                    copy.write_row(_follow_up(id, row))


def _copy(table: str, names: str) -> str:
    return f"COPY {table} ({', '.join(names.split())}) FROM STDIN"


def _ids(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('demands_demand', 'id'))"
            " FROM generate_series(1, %s)",
            [count],
        )
        return [id for (id,) in cursor.fetchall()]


def _demand(
    id: int,
    code: str,
    row: Row,
    found: Found,
    batch: int,
    archive_after: int,
    now: str,
) -> tuple[object, ...]:
    category = found.category
    archived_at = moments.days_after(row.completed_at, archive_after)
    if archived_at <= now:
        state, state_at = DemandState.ARCHIVED, archived_at
    else:
        ended = DemandState.REJECTED if row.disposal == Disposal.REJECT else DemandState.ANSWERED
        state, state_at = (DemandState.EVALUATED if row.evaluated else ended), row.completed_at
    title = row.title or (category.name if category else _("（无标题）"))
    return (
        id,
        row.number,
        code,
        state.value,
        state_at,
        found.channel.id,
        found.kind,
        category.id if category else None,
        row.element or (category.element if category else ""),
        title,
        row.text,
        text.tokens(f"{title}\n{row.text}\n"),
        found.district,
        row.petitioner_kind,
        row.origin,
        batch,
        row.urgent,
        found.channel.restricted,
        row.petitioner_kind == Petitioner.Kind.ENTERPRISE,
        row.accepted_at,
        row.accepted_at,
        row.completed_at,
        archived_at if archived_at <= now else None,
        row.disposal,
        row.answer,
        0,
        *(False,) * 4,
        *("",) * 3,
        [],
        [],
    )


def _follow_up(demand: int, row: Row) -> tuple[object, ...]:
    return (
        demand,
        1,
        (FollowUp.State.EVALUATED if row.evaluated else FollowUp.State.UNREACHED).value,
        row.sampled,
        row.completed_at,
        row.grade,
        row.completed_at if row.evaluated else None,
        0,
        True,
        FollowUp.Source.IMPORT.value,
        *("",) * 3,
    )


def _put_on_record(actor: Actor, source: Source, batch: ImportBatch, lines: Sequence[int]) -> None:
    """Journals the batch as one action."""
    span = [min(lines), max(lines)]
    journal.write(
        subject_kind="import",
        subject_id=batch.pk,
        ref=text.line(source.path.name, 40) + f":{span[0]}-{span[1]}",
        action="import.answers",
        by=actor.signature,
        at=batch.at,
        changes={
            "note": {
                "file": source.path.name,
                "sha256": source.sha256,
                "lines": span,
                "landed": batch.rows,
            }
        },
    )
