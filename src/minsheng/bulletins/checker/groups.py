"""Finds which entries of a text stand together as parts of something, and of what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from minsheng.bulletins.checker.document import Passage
from minsheng.bulletins.checker.numbers import in_brackets
from minsheng.bulletins.checker.quantities import Entry, Group, Prose, Sentence

_MARKER = re.compile(
    r"(?P<whole>按[^,;。:]{1,12}(?:划分|区分|分类|来分|分)(?:来看|看)?[,:。]?|(?:从|就)[^,;。:]{0,8}(?:渠道|来源|类型|类别|性质|种类|途径|方式|去向|分类|领域|区域)[^,;。:]{0,4}看[,:。]|"
    r"(?:诉求|工单|来源|渠道|类型|性质)分类[:。]|分为)|"
    r"(?P<part>其中[,:]?|包括|包含|[(]含|涵盖|分别(?:为|是|有)[:]?)|"
    r"(?P<some>集中在|主要(?:涉及|是|为|有|包括|反映|来自)|(?:较多|较高|较低|较大|突出)的|(?:前|后)[\d一二三四五六七八九十]+(?:位|名|类|项|家|大)|"
    r"排名|排在|位居|依次(?:为|是)|例如|如:|重点)"
)


def of_passage(passage: Passage, sentences: Sequence[Sentence]) -> list[Group]:
    """Returns the groups of one passage, of which the sentences are given."""
    text = passage.text
    groups: list[Group] = []
    carried: re.Match[str] | None = None  # “从来源看。” stands before the sentence with the numbers
    for number, sentence in enumerate(sentences):
        marks = list(_MARKER.finditer(text, sentence.start, sentence.end))
        if not sentence.entries:
            carried = next((m for m in marks if m["whole"]), carried if not marks else None)
            continue
        if carried and not any(m["whole"] for m in marks):
            groups += _marked(sentence, carried, sentence.start, sentence.end, [])
        carried = None
        previous = sentences[number - 1].entries if number else []
        for i, mark in enumerate(marks):
            region = _region(text, sentence, marks, i)
            heads = [
                e for e in sentence.entries if e.count.end <= mark.start() and not e.count.nested
            ]
            heads = heads[::-1] or _before_marks(text, sentences[number - 1], previous)
            groups += _marked(sentence, mark, mark.end(), region, heads)
        if not marks and len(sentence.entries) >= 2:
            own = [e for e in sentence.entries if not e.count.nested]
            if len(own) >= 2:
                groups.append(Group(own, list(previous), start=sentence.start, end=sentence.end))
    return groups


def _before_marks(text: str, sentence: Sentence, entries: Sequence[Entry]) -> list[Entry]:
    """Returns what a sentence that begins with 其中 may be of: what the one before begins with."""
    mark = _MARKER.search(text, sentence.start, sentence.end)
    heads = [e for e in entries if not mark or e.count.end <= mark.start()]
    return heads or list(entries[:1])


def _region(text: str, sentence: Sentence, marks: Sequence[re.Match[str]], i: int) -> int:
    """Returns where the list that a marker begins ends."""
    mark = marks[i]
    if in_brackets(text, mark.start() + 1) or text[mark.start()] == "(":
        close = text.find(")", mark.end())
        return close if close != -1 else sentence.end
    before = [e for e in sentence.entries if e.count.end <= mark.start()]
    if mark["part"] and i and before:  # a list inside a list goes to its own end only
        close = text.find(";", mark.end(), sentence.end)
        if close != -1:
            return close
    for later in marks[i + 1 :]:
        if later["whole"] or (later["some"] and not mark["whole"]):
            return later.start()
    return sentence.end


def _marked(
    sentence: Sentence, mark: re.Match[str], start: int, end: int, heads: list[Entry]
) -> Iterator[Group]:
    bracketed = mark["part"] is not None and mark[0].startswith("(")
    own = [
        e
        for e in sentence.entries
        if start <= e.count.start < end and (bracketed or not e.count.nested or _level(e, mark))
    ]
    while len(own) > 2 and re.match(r"[^,;。:、]{0,8}中", own[0].count.context.partition("#")[2]):
        heads = [own.pop(0), *heads]  # “受理的9230件办件中，…”
    if own:
        text = own[0].count.passage.text
        lists_some = any(m["some"] for m in _MARKER.finditer(text, start, end))
        yield Group(
            own,
            heads,
            whole=mark["whole"] is not None and not lists_some,
            some=mark["some"] is not None,
            words=mark[0],
            start=start,
            end=end,
        )


def _level(entry: Entry, mark: re.Match[str]) -> bool:
    """Says whether an entry in brackets belongs to the list of a marker in the same brackets."""
    return in_brackets(entry.count.passage.text, mark.start())


def siblings(prose: Sequence[Prose]) -> Iterator[Group]:
    """Finds entries that begin the paragraphs of one list: “(一)卫生健康2181件。…”."""
    held: list[Entry] = []
    kind = ""
    for one in prose:
        first = next(one.entries, None)
        text = one.passage.text
        mark = re.match(r"[(][一二三四五六七八九十\d]+[)]|\d{1,2}[.、]|[◆●■]", text)
        early = (
            first is not None
            and not first.count.nested
            and not re.search(r"[,;。]", text[: first.count.start])
        )
        short = len(text) <= 60
        shape = (
            re.sub(r"[一二三四五六七八九十\d]+", "n", mark[0])
            if mark
            else ("short" if short else "")
        )
        if first and early and shape and (not held or shape == kind):
            held.append(first)
            kind = shape
            continue
        if len(held) >= 2:
            yield Group(held, [])
        held, kind = ([first], shape) if first and early and shape else ([], "")
    if len(held) >= 2:
        yield Group(held, [])
