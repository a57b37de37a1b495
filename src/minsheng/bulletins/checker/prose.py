"""Reads official prose: sentences, what each says of its numbers, and what is listed together.

A sentence such as “电话受理104823件，占诉求总数的54.99%，同比增长49.99%” yields an `Entry`: a
count with its label, its share (of what) and its growth (against when). Entries that stand
together as parts of something make a `Group`, with the totals that it may add up to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from minsheng.bulletins.checker import groups, numbers
from minsheng.bulletins.checker.document import Document, Passage
from minsheng.bulletins.checker.quantities import (
    PIECES,
    Entry,
    Pairing,
    Prose,
    Quantity,
    Reading,
    Sentence,
)

_SENTENCE = re.compile(r"[。!?]+")
_HEADLINE = re.compile(r"共?[^,;。]{0,12}(?:受理|办理|接听|接到|服务|承办|收到|接收|转派|承接)")
_RESPECTIVELY = re.compile(r"分别(?P<verb>[^\d,;。:、]{0,16})[:]?(?=[“”]?\d)")


def read(document: Document) -> Reading:
    """Returns the document with its numbers taken out of the prose."""
    prose = [_read(passage) for passage in document.passages]
    headline = _headline(prose)
    for one in prose:
        for group in one.groups:
            shares = [e.share.value for e in group.entries if e.share]
            if len(shares) == len(group.entries) > 1 and 99 < sum(shares) < 101:
                group.whole, group.some = True, False
            if group.whole and headline and headline not in group.entries:
                group.totals.append(headline)
    return Reading(document, prose, headline, list(groups.siblings(prose)))


def _headline(prose: Sequence[Prose]) -> Entry | None:
    """Finds the total that a bulletin opens with (共受理…件)."""
    candidates = [
        entry
        for one in prose
        for entry in one.entries
        if entry.count.unit in PIECES and entry.count.unit and not entry.count.nested
    ][:12]
    for entry in candidates:
        if re.search(r"共", entry.count.context) and _HEADLINE.search(entry.count.context):
            return entry
    for entry in candidates:
        if _HEADLINE.search(entry.count.context):
            return entry
    return None


def _read(passage: Passage) -> Prose:
    text = passage.text
    quantities = numbers.find(passage)
    ends = [m.end() for m in _SENTENCE.finditer(text)]
    if not ends or ends[-1] < len(text):
        ends.append(len(text))
    sentences: list[Sentence] = []
    start = 0
    rest = list(quantities)
    for number, end in enumerate(ends):
        own = []
        while rest and rest[0].start < end:
            rest[0].sentence = number
            own.append(rest.pop(0))
        sentences.append(Sentence(start, end, own, []))
        start = end
    pairings: list[Pairing] = []
    for sentence in sentences:
        pairings += _pairings(passage, sentence)
        sentence.entries = list(_entries(sentence.quantities))
    return Prose(passage, sentences, groups.of_passage(passage, sentences), pairings)


def _entries(quantities: Sequence[Quantity]) -> Iterator[Entry]:
    entry: Entry | None = None
    last: Quantity | None = None  # the count or rate that a growth is said of
    for q in quantities:
        if q.role == "count":
            if entry:
                yield entry
            entry, last = Entry(q), q
        elif q.role == "rate":
            last = q
            if entry:
                entry.rates.append(q)
        elif q.paired:
            continue
        elif entry and last is entry.count:
            if q.role == "share" and entry.share is None:
                entry.share = q
            elif q.role == "growth" and entry.growth is None:
                entry.growth = q
            elif q.role == "change" and entry.change is None:
                entry.change = q
            elif q.role == "prior" and entry.prior is None:
                entry.prior = q
    if entry:
        yield entry


def _pairings(passage: Passage, sentence: Sentence) -> Iterator[Pairing]:
    """Finds “A、B和C分别增长1%、2%和3%”, also where the marks between the numbers were lost."""
    text = passage.text
    for found in _RESPECTIVELY.finditer(text, sentence.start, sentence.end):
        values: list[Quantity] = []
        end = found.end()
        for q in sentence.quantities:
            if q.start >= found.end() and re.fullmatch(r"[、,和及与]?", text[end : q.start]):
                if values and q.unit != values[0].unit:
                    break
                values.append(q)
                end = q.end
        if len(values) < 2:
            continue
        before = text[sentence.start : found.start()].rstrip(",")
        listed = re.split(r"[,;:。]|(?<!、)(?:与去年同期相比|同比)", before)[-1]
        parts = [p for p in re.split(r"[、和及]", listed) if p]
        if len(parts) >= 2:
            parts[0] = re.split(r"为|是|有|中", parts[0])[-1]
            parts[-1] = (
                re.sub(
                    r"(?:等)?[三四五六七八九十两\d]*(?:类|项|家|个)?(?:业务|问题|诉求|单位)?$",
                    "",
                    parts[-1],
                )
                or parts[-1]
            )
        lead = found["verb"]
        for q in values:
            _role_of_list(q, values[0], lead)
        yield Pairing(passage, tuple(parts), tuple(values), found.start(), end)


def _role_of_list(q: Quantity, first: Quantity, lead: str) -> None:
    """Gives all numbers behind 分别 the part that the first one has."""
    q.paired = True
    if q is first:
        return
    q.role, q.base, q.against = first.role, first.base, first.against
    if first.role == "growth" and first.value < 0:
        q.value = -abs(q.value)
    if first.role == "count":
        q.label = ""
