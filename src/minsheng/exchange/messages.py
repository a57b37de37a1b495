"""Citizens' messages from another system, taken over as demands through the usual action.

Each message is accepted at its own time, in the order of time, in batches of one transaction. Its
id becomes the external number, by which a second run knows it; its user becomes a petitioner of
whom only the account is known.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from minsheng.demands.actions import Intake, PersonIn, accept
from minsheng.demands.models import Demand
from minsheng.directory.access import Actor
from minsheng.exchange import csvfile
from minsheng.exchange.csvfile import Record, Source
from minsheng.exchange.history import moments
from minsheng.exchange.rejects import Reject, RejectsFile
from minsheng.foundation import clock
from minsheng.foundation.errors import Invalid, Refused

BATCH = 200
_TITLE = 40  # characters of the text that stand for a title where there is none

#: What a message has, and the heads under which it is known.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "留言编号", "编号"),
    "user": ("user", "留言用户", "用户"),
    "title": ("title", "留言主题", "主题", "标题"),
    "time": ("time", "留言时间", "时间"),
    "text": ("text", "body", "留言详情", "内容"),
}
_NEEDED = ("id", "time", "text")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it stands in the file."""

    record: Record
    id: str
    user: str
    title: str
    text: str
    at: datetime


def open_messages(path: Path, mapping: Mapping[str, str]) -> tuple[Source, dict[str, int]]:
    """Looks a file over and returns it with the place of each of COLUMNS that it has.

    `mapping` names columns that are called otherwise, e.g. {"title": "主题词"}. Raises Invalid for
    a file that is no such CSV, an unknown name in `mapping`, or a missing column.
    """
    if unknown := set(mapping) - set(COLUMNS):
        raise Invalid(
            "unknown_column",
            _("--map 里的“%(what)s”不是留言的列；可用：%(known)s。")
            % {"what": "、".join(sorted(unknown)), "known": "、".join(COLUMNS)},
        )
    heads = {name: (mapping[name],) if name in mapping else COLUMNS[name] for name in COLUMNS}
    source = csvfile.examine(path, [head for known in heads.values() for head in known])
    places = source.places(heads)
    if missing := [name for name in _NEEDED if name not in places]:
        raise Invalid(
            "missing_column",
            _("文件缺少列：%s；可用 --map 指明它在文件里的列名。") % "、".join(missing),
        )
    return source, places


def import_messages(
    actor: Actor,
    source: Source,
    places: Mapping[str, int],
    *,
    channel: str,
    rejects: Path,
    advance: Callable[[int], object] = lambda count: None,
) -> Counter[str]:
    """Takes a file's messages over and counts them: read, landed, known, rejected.

    A message that cannot be taken goes to the rejects file with its line and the reason. Raises
    Forbidden when `actor` may not accept demands.
    """
    counts: Counter[str] = Counter()
    messages: dict[str, Message] = {}
    with RejectsFile(rejects) as faulty:
        for record in source.records():
            counts["read"] += 1
            found = _read(source, places, record)
            if isinstance(found, Message) and found.id in messages:
                found = Reject(record.line, _("编号在文件中出现两次。"), record.text)
            if isinstance(found, Reject):
                faulty.add([found])
                advance(1)
            else:
                messages[found.id] = found
        in_time = iter(sorted(messages.values(), key=lambda message: (message.at, message.id)))
        for batch in _batches(in_time, BATCH):
            with transaction.atomic():
                known = _known(channel, batch)
                outcomes = [
                    "known" if message.id in known else _take(actor, message, channel)
                    for message in batch
                ]
            for outcome in outcomes:
                if isinstance(outcome, Reject):
                    faulty.add([outcome])
                else:
                    counts[outcome] += 1
            advance(len(batch))
        counts["rejected"] = faulty.count
    return counts


def _read(source: Source, places: Mapping[str, int], record: Record) -> Message | Reject:
    cells = [] if record.fault else source.cells(record.text)
    if len(cells) != len(source.header):
        fault = record.fault or _("单元格的个数与表头不符；请检查引号和分隔符。")
        return Reject(record.line, fault, record.text)
    value = {name: cells[place].strip() for name, place in places.items()}
    try:
        at = moments.parse(moments.moment(value["time"]))
    except ValueError:
        return Reject(record.line, _("时间“%s”无法识别。") % value["time"], record.text)
    if at > clock.now():
        return Reject(record.line, _("时间“%s”在将来。") % value["time"], record.text)
    if not value["id"] or len(value["id"]) > 64:
        return Reject(record.line, _("编号为空或超过64个字符。"), record.text)
    title = value.get("title") or value["text"][:_TITLE]
    if not title:
        return Reject(record.line, _("标题和内容都是空的。"), record.text)
    return Message(record, value["id"], value.get("user", ""), title, value["text"], at)


def _known(channel: str, batch: list[Message]) -> set[str]:
    """Returns the ids among these that an earlier run took over."""
    ids = [message.id for message in batch]
    there = Demand.objects.filter(channel__code=channel, external_no__in=ids)
    return set(there.values_list("external_no", flat=True))


def _take(actor: Actor, message: Message, channel: str) -> str | Reject:
    """Accepts one message; returns "landed", "known", or why it was refused."""
    intake = Intake(
        channel=channel,
        title=message.title,
        text=message.text,
        # All that is known of the petitioner is the account; as an id it can be found again.
        petitioner=PersonIn(name=message.user, id_number=message.user),
        external_no=message.id,
    )
    try:
        # A refusal undoes this message alone.
        with clock.moved(message.at), transaction.atomic():
            accept(actor, intake)
    except Refused as refused:
        if refused.code == "already_received":
            return "known"
        return Reject(message.record.line, str(refused), message.record.text)
    return "landed"


def _batches(things: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(things, size)):
        yield batch
