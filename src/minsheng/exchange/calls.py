"""Call records (话单) from the telephone system, brought in by COPY.

A record is known by its number: a second run adds nothing twice, and one that says something else
than what is there is told apart. A record whose talk was never closed is kept as a call and left
out of every duration. Nothing of the caller is taken over, not even a number.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext as _

from minsheng.calls.models import LONGEST_TALK, Call
from minsheng.demands.models import ImportBatch
from minsheng.directory.access import Actor, require
from minsheng.exchange import csvfile
from minsheng.exchange.csvfile import Record, Source
from minsheng.exchange.history import moments
from minsheng.exchange.history.columns import TRUTHS
from minsheng.exchange.rejects import Reject, RejectsFile
from minsheng.foundation import clock, journal, text
from minsheng.foundation.errors import Invalid

BATCH = 20_000
#: No duration in a record is longer than a week (seconds).
LONGEST = 7 * 86_400

#: What a record has, and the heads under which it is known.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "call_no": ("call_no", "通话编号", "话单号", "录音编号"),
    "direction": ("direction", "方向", "呼叫方向"),
    "line": ("line", "热线", "被叫号码"),
    "agent": ("agent", "工号", "坐席工号"),
    "offered_at": ("offered_at", "呼叫时间", "呼入时间", "进线时间"),
    "answered_at": ("answered_at", "接通时间", "应答时间"),
    "ended_at": ("ended_at", "结束时间", "挂断时间"),
    "wait_seconds": ("wait_seconds", "等待时长"),
    "talk_seconds": ("talk_seconds", "通话时长"),
    "hold_seconds": ("hold_seconds", "保持时长"),
    "after_call_seconds": ("after_call_seconds", "话后处理时长", "整理时长"),
    "abandoned": ("abandoned", "放弃", "是否放弃"),
    "demand_no": ("demand_no", "诉求号", "诉求编号"),
}
REQUIRED = ("call_no", "direction", "offered_at")
DIRECTIONS = {
    word: direction
    for direction, words in {
        Call.Direction.IN.value: ("in", "呼入", "接听", "inbound"),
        Call.Direction.OUT.value: ("out", "呼出", "外呼", "outbound"),
    }.items()
    for word in words
}
_SIZES = {"call_no": 64, "line": 32, "agent": 32, "demand_no": 32}
_MOMENTS = ("offered_at", "answered_at", "ended_at")
_DURATIONS = ("wait_seconds", "talk_seconds", "hold_seconds", "after_call_seconds")


class Row(NamedTuple):
    """One record as it is kept; the names are the columns of `calls_call`."""

    call_no: str
    direction: str
    line: str
    agent: str
    offered_at: datetime
    answered_at: datetime | None
    abandoned: bool
    wait_seconds: int
    talk_seconds: int
    hold_seconds: int
    after_call_seconds: int
    unclosed: bool
    demand_no: str


def open_calls(path: Path) -> tuple[Source, dict[str, int]]:
    """Looks a file over and returns it with the place of each of COLUMNS that it has.

    Raises Invalid for a file that is no such CSV or lacks a required column.
    """
    return csvfile.open_columns(path, COLUMNS, REQUIRED)


def import_calls(
    actor: Actor,
    source: Source,
    places: Mapping[str, int],
    *,
    rejects: Path,
    batch: int = BATCH,
    advance: Callable[[int], object] = lambda count: None,
) -> Counter[str]:
    """Brings call records in; what cannot be goes to the file `rejects`.

    Returns how many were read, landed, known, differing (known, and saying something else now),
    rejected, and unclosed among those that landed. Each batch is one transaction. Raises Forbidden.
    """
    require(actor, "import.run")
    if rejects.resolve() == source.path.resolve():
        raise Invalid("same_file", _("退回清单不能写到导入的文件里；请换一个文件名。"))
    counts: Counter[str] = Counter()
    seen: dict[str, int] = {}
    records = source.records()
    with RejectsFile(rejects) as rejected:
        while taken := list(islice(records, batch)):
            rows: dict[int, tuple[Row, Record]] = {}
            faults: list[Reject] = []
            for record in taken:
                found = _read(source, places, record)
                if isinstance(found, str):
                    faults.append(Reject(record.line, found, record.text))
                elif found.call_no in seen:
                    again = _("与第%d行的通话编号相同。") % seen[found.call_no]
                    faults.append(Reject(record.line, again, record.text))
                else:
                    seen[found.call_no] = record.line
                    rows[record.line] = (found, record)
            with transaction.atomic():
                differing = _land(actor, source, rows, counts)
            counts["rejected"] += len(faults)
            counts["read"] += len(taken)
            told = _("已导入过，但内容不同；已有数据保持不变。")
            rejected.add(
                sorted([*faults, *(Reject(line, told, rows[line][1].text) for line in differing)])
            )
            advance(len(taken))
    return counts


def _read(source: Source, places: Mapping[str, int], record: Record) -> Row | str:
    """Returns the record as it is kept, or a sentence that says all that is wrong with it."""
    cells = [] if record.fault else source.cells(record.text)
    if len(cells) != len(source.header):
        return record.fault or _("单元格的个数与表头不符；请检查引号和分隔符。")
    cell = {name: text.line(cells[place]) for name, place in places.items()}
    faults = list(_faults(cell))
    at: dict[str, datetime | None] = dict.fromkeys(_MOMENTS)
    for name in _MOMENTS:
        if value := cell.get(name):
            try:
                at[name] = moments.parse(moments.moment(value))
            except ValueError:
                faults.append(_not_usable(name, value))
    seconds: dict[str, int | None] = dict.fromkeys(_DURATIONS)
    for name in _DURATIONS:
        if value := cell.get(name):
            try:
                seconds[name] = _duration(value)
            except ValueError:
                faults.append(_not_usable(name, value))
    offered, answered, ended = (at[name] for name in _MOMENTS)
    if offered and offered > clock.now():
        faults.append(_("呼叫时间在将来"))
    for later, earlier, fault in (
        (answered, offered, _("接通时间早于呼叫时间")),
        (ended, answered or offered, _("结束时间早于呼叫或接通时间")),
    ):
        if later and earlier and later < earlier:
            faults.append(fault)
    abandoned = TRUTHS.get(cell.get("abandoned", "").lower())
    if answered and abandoned:
        faults.append(_("标为放弃，却有接通时间"))
    if faults or offered is None:
        return _("%s。") % "；".join(faults)
    direction = DIRECTIONS[cell["direction"].lower()]
    if abandoned is None:  # nobody took it, so the caller gave up
        abandoned = direction == Call.Direction.IN and answered is None
    talk = seconds["talk_seconds"]
    if talk is None and answered and ended:
        talk = _between(answered, ended)
    wait = seconds["wait_seconds"]
    if wait is None:
        end_of_wait = answered or ended
        wait = min(LONGEST, _between(offered, end_of_wait)) if end_of_wait else 0
    unclosed = answered is not None and (talk is None or talk > LONGEST_TALK)
    return Row(
        cell["call_no"],
        direction,
        cell.get("line", ""),
        cell.get("agent", ""),
        offered,
        answered,
        abandoned,
        wait,
        min(LONGEST, talk or 0) if answered else 0,
        seconds["hold_seconds"] or 0,
        seconds["after_call_seconds"] or 0,
        unclosed,
        cell.get("demand_no", ""),
    )


def _faults(cell: Mapping[str, str]) -> Iterator[str]:
    for name in REQUIRED:
        if not cell[name]:
            yield _("缺少%s") % COLUMNS[name][1]
    for name, most in _SIZES.items():
        if len(cell.get(name, "")) > most:
            yield _("%(column)s超过%(most)d个字") % {"column": COLUMNS[name][1], "most": most}
    if cell["direction"] and cell["direction"].lower() not in DIRECTIONS:
        yield _not_usable("direction", cell["direction"])
    if cell.get("abandoned") and cell["abandoned"].lower() not in TRUTHS:
        yield _not_usable("abandoned", cell["abandoned"])


def _not_usable(name: str, value: str) -> str:
    return _("%(column)s“%(value)s”不是可用的值") % {
        "column": COLUMNS[name][1],
        "value": value[:30],
    }


def _duration(value: str) -> int:
    """Returns seconds, given as such or as `[h:]mm:ss`. Raises ValueError."""
    if ":" not in value:
        seconds = round(float(value))
    else:
        *hours, minutes, rest = (int(part) for part in value.split(":"))
        seconds = sum(hours) * 3600 + minutes * 60 + rest
        if len(hours) > 1 or not (0 <= minutes < 60 and 0 <= rest < 60):
            raise ValueError(value)
    if not 0 <= seconds <= LONGEST:
        raise ValueError(value)
    return seconds


def _between(start: datetime, end: datetime) -> int:
    return (end - start) // timedelta(seconds=1)


_STAGE = """
CREATE TEMP TABLE IF NOT EXISTS calls_coming (source_line bigint, LIKE calls_call);
ALTER TABLE calls_coming ALTER id DROP NOT NULL;
TRUNCATE calls_coming;
"""
_NAMES = ", ".join(Row._fields)
_ADD = f"""
INSERT INTO calls_call ({_NAMES}) SELECT {_NAMES} FROM calls_coming ORDER BY source_line
ON CONFLICT (call_no) DO NOTHING RETURNING unclosed
"""  # noqa: S608 (no part of it comes from outside)
_DIFFERING = f"""
SELECT n.source_line FROM calls_coming n JOIN calls_call o USING (call_no)
WHERE ({", ".join(f"n.{name}" for name in Row._fields)})
    IS DISTINCT FROM ({", ".join(f"o.{name}" for name in Row._fields)})
"""  # noqa: S608


def _land(
    actor: Actor,
    source: Source,
    rows: Mapping[int, tuple[Row, Record]],
    counts: Counter[str],
) -> Sequence[int]:
    """Writes a batch; returns the lines that are known and say something else now."""
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy(f"COPY calls_coming (source_line, {_NAMES}) FROM STDIN") as copy:
            for line, (row, _record) in rows.items():
                copy.write_row((line, *row))
        cursor.execute(_DIFFERING)
        differing = [line for (line,) in cursor.fetchall()]
        cursor.execute(_ADD)
        landed = [unclosed for (unclosed,) in cursor.fetchall()]
    counts["landed"] += len(landed)
    counts["unclosed"] += sum(landed)
    counts["differing"] += len(differing)
    counts["known"] += len(rows) - len(landed) - len(differing)
    if landed:
        _put_on_record(actor, source, rows, len(landed))
    return differing


def _put_on_record(
    actor: Actor, source: Source, rows: Mapping[int, tuple[Row, Record]], landed: int
) -> None:
    """Keeps the batch, and journals it as one action."""
    at = clock.now()
    batch = ImportBatch.objects.create(
        source=text.line(f"calls {source.path.name}", 64),
        file_sha256=source.sha256,
        rows=landed,
        at=at,
    )
    lines = [min(rows), max(rows)]
    journal.write(
        subject_kind="import",
        subject_id=batch.pk,
        ref=text.line(source.path.name, 40) + f":{lines[0]}-{lines[1]}",
        action="import.calls",
        by=actor.signature,
        at=at,
        changes={
            "note": {
                "file": source.path.name,
                "sha256": source.sha256,
                "lines": lines,
                "landed": landed,
            }
        },
    )
