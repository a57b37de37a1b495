"""CSV files as other systems write them: read line by line, with every fault kept to its line.

Encoding (UTF-8, with or without Excel's mark, or GB18030) and delimiter (comma, semicolon, tab) are
found by looking. A record may go on over several lines inside quotes; a quote that nobody closes
spoils its own line only.
"""

import csv
import hashlib
import os
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.utils.translation import gettext as _

from minsheng.exchange.tuples import maker
from minsheng.foundation.errors import Invalid

_BLOCK = 4 << 20  # bytes read at once when looking over the file
_PIECE = 1 << 16  # bytes of its lines read at once; of more, each takes longer
_MOST_CHARACTERS = 1 << 20  # of one record
_MOST_LINES = 200  # of one record
_DELIMITERS = ",;\t"
_MARK = b"\xef\xbb\xbf"
# With that many columns, a line that has them all is a record, not a part of somebody's text.
_TELLING_WIDTH = 7

csv.field_size_limit(_MOST_CHARACTERS)


class Record(NamedTuple):
    """One record as it stands in the file, without the end of its last line.

    `line` counts from 1, the header's. `fault` says why it cannot be read, "" where it can.
    """

    line: int
    text: str
    fault: str = ""


_record = maker(Record)


@dataclass(frozen=True, slots=True)
class Source:
    """A CSV file that was looked over: what it is, and how to read it."""

    path: Path
    sha256: str
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    lines: int  # at least as many as records

    def cells(self, text: str) -> list[str]:
        """Returns the cells of one record; none where its quotes are not closed."""
        if '"' not in text:
            return text.split(self.delimiter)
        try:
            return next(csv.reader((text,), delimiter=self.delimiter, strict=True), [])
        except csv.Error:
            return []

    def first_cells(self, text: str, count: int) -> list[str]:
        """Returns the first `count` cells of one record, perhaps with something after them.

        Returns none where the record does not have a cell for each column.
        """
        width = len(self.header)
        if '"' not in text:
            whole = text.count(self.delimiter) == width - 1
            return text.split(self.delimiter, count) if whole else []
        cells = self.cells(text)
        return cells if len(cells) == width else []

    def places(self, heads: Mapping[str, Sequence[str]]) -> dict[str, int]:
        """Returns where the columns stand that are there; `heads` are the names of each."""
        return {
            name: self.header.index(head)
            for name, known in heads.items()
            for head in known
            if head in self.header
        }

    def records(self) -> Iterator[Record]:
        """Yields the records below the header; empty lines are none."""
        with self.path.open("rb") as file:
            lines = _Lines(file, self.encoding)
            next(lines, None)
            for first in lines:
                record = self._whole(first, lines) if '"' in first.text else first
                if record.fault or record.text.strip(f" \t{self.delimiter}"):
                    yield record

    def _whole(self, first: Record, lines: "_Lines") -> Record:
        """Returns the record that begins with `first`, taking more lines where its quotes ask."""
        if first.text.count('"') % 2 == 0 or self.cells(first.text):
            return first
        width = len(self.header)
        taken = [first]
        size = len(first.text)
        for line in lines:
            taken.append(line)
            size += len(line.text)
            if line.text.count('"') % 2:
                text = "\n".join(part.text for part in taken)
                if len(self.cells(text)) == width:
                    faults = (part.fault for part in taken if part.fault)
                    return Record(first.line, text, next(faults, ""))
                break
            looks_whole = width >= _TELLING_WIDTH and len(self.cells(line.text)) == width
            if looks_whole or len(taken) == _MOST_LINES or size > _MOST_CHARACTERS:
                break
        lines.put_back(taken[1:])
        return first._replace(fault=_("引号没有成对，无法分辨各列；请补上或去掉引号。"))


class _Lines:
    """The lines of a file, one after the other; some can be put back."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._fresh = _lines(file, encoding)
        self._back: deque[Record] = deque()

    def __iter__(self) -> Iterator[Record]:
        return self

    def __next__(self) -> Record:
        return self._back.popleft() if self._back else next(self._fresh)

    def put_back(self, records: list[Record]) -> None:
        self._back.extendleft(reversed(records))


def _lines(file: BinaryIO, encoding: str) -> Iterator[Record]:
    """Yields the lines of a file from its start."""
    file.seek(len(_MARK) if file.read(len(_MARK)) == _MARK else 0)
    number = 0
    rest = b""  # begins a line, and has no end of one
    # A block has at most _MOST_CHARACTERS; a line that has no end in that many is too long.
    while block := rest + (more := file.read(min(_PIECE, _MOST_CHARACTERS - len(rest)))):
        end = block.rfind(b"\n") + 1 if more else len(block)
        if end:
            block, rest = block[:end].removesuffix(b"\n"), block[end:]
            numbers = range(number + 1, number + block.count(b"\n") + 2)
            if texts := _texts(block, encoding):
                yield from map(_record, zip(numbers, texts, repeat("")))
            else:
                yield from map(_line, numbers, block.split(b"\n"), repeat(encoding))
            number = numbers[-1]
        elif len(block) < _MOST_CHARACTERS:
            rest = block
        else:
            number += 1
            yield Record(
                number,
                block[:1000].decode(encoding, "backslashreplace"),
                _("这一行超过一百万字节，不像一条记录；请检查引号和换行。"),
            )
            _skip_line(file)
            rest = b""


def _texts(block: bytes, encoding: str) -> list[str]:
    """Returns the lines of a block, read at once; none where one of them has a fault.

    A line break is no part of any other character: what can be read at once can be line by line.
    """
    if b"\0" in block:
        return []
    try:
        texts = block.decode(encoding).split("\n")
    except UnicodeDecodeError:
        return []
    return [text.rstrip("\r") for text in texts] if b"\r" in block else texts


def _line(number: int, data: bytes, encoding: str) -> Record:
    """Returns one line, with its fault if it has one."""
    data = data.rstrip(b"\r")
    if b"\0" in data:
        return Record(
            number,
            data.decode(encoding, "backslashreplace").replace("\0", "\\0"),
            _("含有空字符（NUL）；请从原系统重新导出这一行。"),
        )
    try:
        return Record(number, data.decode(encoding))
    except UnicodeDecodeError:
        return Record(
            number,
            data.decode(encoding, "backslashreplace"),
            _("含有无法按文件编码（%s）读出的字节；请从原系统重新导出这一行。") % encoding.upper(),
        )


def _skip_line(file: BinaryIO) -> None:
    while (data := file.readline(_MOST_CHARACTERS)) and not data.endswith(b"\n"):
        pass


def examine(path: Path, known: Collection[str]) -> Source:
    """Looks a whole file over, once, and tells how to read it.

    `known` are the column names that may be expected; the delimiter is the one by which the header
    has most of them. Raises Invalid for what is no such file at all.
    """
    try:
        with path.open("rb") as file:
            digest, encoding, lines = _look_over(file)
            first = next(_Lines(file, encoding), None)
    except OSError as error:
        raise Invalid(
            "unreadable_file", _("无法读取文件%s：%s。") % (path, os.strerror(error.errno or 0))
        ) from None
    if first is None or not first.text.strip():
        raise Invalid("empty_file", _("文件%s是空的，没有表头；请重新导出。") % path)
    headers = {
        delimiter: tuple(name.strip().strip('"').strip() for name in _split(first.text, delimiter))
        for delimiter in _DELIMITERS
    }
    delimiter = max(_DELIMITERS, key=lambda d: len(set(headers[d]) & set(known)))
    header = headers[delimiter]
    if first.fault or "\0" in first.text or not set(header) & set(known):
        raise Invalid(
            "not_csv",
            _("文件%s不是所需的CSV：首行没有认识的列名；请导出为CSV。") % path,
        )
    return Source(path, digest, encoding, delimiter, header, lines)


def open_columns(
    path: Path, heads: Mapping[str, Sequence[str]], required: Sequence[str]
) -> tuple[Source, dict[str, int]]:
    """Looks a file over and returns it with the place of each column of `heads` that it has.

    `heads` tells under which names each column is known; the second is the Chinese one. Raises
    Invalid for a file that is no such CSV or lacks a `required` column.
    """
    source = examine(path, [head for known in heads.values() for head in known])
    places = source.places(heads)
    need(required, places, {name: heads[name][1] for name in required})
    return source, places


def need(required: Sequence[str], found: Collection[str], labels: Mapping[str, object]) -> None:
    """Raises Invalid where one of the `required` columns was not found; says it by its label."""
    if missing := [name for name in required if name not in found]:
        raise Invalid(
            "columns_missing",
            _("文件缺少必需的列：%s；请补齐后重新导出。")
            % "、".join(f"{name}（{labels[name]}）" for name in missing),
        )


def _split(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader((text,), delimiter=delimiter), [])
    except csv.Error:
        return []


def _look_over(file: BinaryIO) -> tuple[str, str, int]:
    """Returns the SHA-256 (hex), the encoding, and the number of lines of a file."""
    digest = hashlib.sha256()
    marked = file.read(len(_MARK)) == _MARK
    file.seek(0)
    lines = proper = chinese = 0
    rest = b""
    is_whole = True  # whether the last line has an end
    with ThreadPoolExecutor(1) as hashing:  # of one block while it is looked over
        following = file.read(_BLOCK)
        while block := rest + following:  # at last what follows the last line break
            whole = block.rfind(b"\n") + 1 or len(block)
            block, rest = block[:whole], block[whole:]
            hashed = hashing.submit(digest.update, block)
            # Read ahead: while it reads, this thread lets the other one begin; decoding does not.
            following = file.read(_BLOCK)
            ends = block.count(b"\n")
            lines += ends
            if not marked:  # else the mark has said it
                more_proper, more_chinese = _tally(block, max(1, ends))
                proper, chinese = proper + more_proper, chinese + more_chinese
            hashed.result()
            is_whole = block.endswith(b"\n")
    file.seek(0)
    lines += not is_whole
    return digest.hexdigest(), "gb18030" if chinese > proper else "utf-8", lines


def _tally(block: bytes, count: int) -> tuple[int, int]:
    """Returns how many of `count` lines are UTF-8 beyond ASCII, and how many are only GB18030."""
    if _decodes(block, "utf-8"):
        return (0 if block.isascii() else count), 0
    lines = [line for line in block.split(b"\n") if not line.isascii()]
    proper = sum(_decodes(line, "utf-8") for line in lines)
    return proper, sum(not _decodes(line, "utf-8") and _decodes(line, "gb18030") for line in lines)


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
