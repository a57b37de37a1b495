"""Takes the numbers out of official prose: what is counted, of what, against when.

A sentence such as “电话受理104823件，占诉求总数的54.99%，同比增长49.99%” yields an `Entry`: a
count with its label, its share (of what) and its growth (against when). Entries that stand
together as parts of something make a `Group`, with the totals that it may add up to.

The grammar is that of bulletins, not of Chinese: clauses between punctuation, a measure word after
the number, and a few dozen words that say what a number is. A number that fits no pattern is kept,
with an empty label, as a total that others may refer to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from minsheng.bulletins.checker import names
from minsheng.bulletins.checker.arithmetic import Interval, point, rounded_to
from minsheng.bulletins.checker.document import Document, Passage
from minsheng.bulletins.checker.findings import Place

COUNT_UNITS = (
    "人次", "件次", "批次", "件", "条", "家", "名", "个", "人", "次", "期", "项", "处", "起",
    "宗", "通", "例", "笔", "份", "批", "位", "户", "封", "篇", "支", "单", "类",
)  # fmt: skip
_OTHER_UNITS = (
    "个百分点", "百分点", "个工作日", "工作日", "小时", "分钟", "平方米", "立方米", "公里",
    "万元", "亿元", "元", "秒", "天", "米", "倍", "分", "字", "吨", "台班", "‰", "%",
)  # fmt: skip
# Counts of demands and orders: the same thing under several measure words.
PIECES = frozenset(
    ("件", "个", "宗", "起", "通", "单", "条", "封", "件次", "次", "人次", "批", "批次", "")
)
_UNITS = "|".join(sorted(COUNT_UNITS + _OTHER_UNITS, key=len, reverse=True))
_NUMBER = re.compile(
    r"(?<![\d.A-Za-z#〔\[])(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?)"
    r"(?P<some>[余多几])?(?P<times>万|亿)?(?P<more>[余多几])?"
    rf"(?P<unit>{_UNITS})?(?:[(（]次[)）])?(?P<about>左右|以上|以下|以内|多)?"
)
# What is written in digits and is no quantity.
_NO_QUANTITY = re.compile(
    r"\d{4}年(?:度)?(?:\d{1,2}月(?:份)?)?(?:\d{1,2}日)?|\d{1,4}日(?!均)|\d{1,2}[—－~～至到-]\d{1,2}(?:个)?(?:月|周|日|年)(?:份)?|"
    r"\d+个?月(?:份)?|\d+年|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}:\d{2}(?::\d{2})?|\d{1,2}[时点](?!长)|"
    r"第\d+|\d+号|〔\d{4}〕\d*|\[\d{4}\]\d*|\d{3,4}-\d{5,}|\d{11,}|\d\+\d|[A-Za-z][A-Za-z0-9_.-]*\d+|\d{4}(?=[上下]半年|年|[一二三四]季度)|"
    r"\d+\.\d+\.\d+|附[图表件]\d+|(?<![\u4e00-\u9fff])[图表]\d+|TOP\d+|前\d+(?=[位名])|"
    r"(?<!\d)(?:12345|12315|12328|12333|12388|12319|12369|12366|12348|12320|12329|12318|12336|12355|12358|12365|"
    rf"12393|110|119|120|122|96\d{{3}}|95\d{{3}})(?![\d.]|(?:万|余|多)?(?:{_UNITS}))|"
    r"(?:^|(?<=[,;。:、]))[(]\d{1,2}[)](?=\D)|^\d{1,2}[.、](?!\d)|(?<=[。;:,])\d{1,2}[.、](?=[^\d\s])|\d+-\d+-\d+"
)
_EDGE = re.compile(r"[,;。:、()!?◆●■]")
_SENTENCE = re.compile(r"[。!?]+")

Role = Literal["count", "change", "prior", "share", "growth", "points", "rate", "level", "other"]

_RISE = "增长|增加|上升|提高|提升|上涨|攀升|增幅|涨幅|增速|上浮|增多|净增|多"
_FALL = "下降|减少|降低|下滑|回落|降幅|减幅|跌幅|缩减|少"
_GROWTH = re.compile(
    rf"(?P<rise>{_RISE})(?:率|了|约|达|为|幅度|分别|近|超过?|均|共|又|达到|大致|:)*$|"
    rf"(?P<fall>{_FALL})(?:率|了|约|达|为|幅度|分别|近|超过?|均|共|又|达到|大致|:)*$|"
    r"(?P<bare>同比|环比)(?:为|:)*$"
)
_TO = re.compile(
    r"(?:增|提|升|降|减|增长|增加|上升|提高|提升|下降|降低|减少|扩大|由|从)(?:至|到)(?:了)?$"
)
_AGAINST = re.compile(
    r"同比|环比|较[^,;。]{1,10}?(?=增|减|上|下|提|降|多|少|$)|比(?:去年|上|前|同)[^,;。]{0,8}|与[^,;。]{1,10}相比"
)
_SHARE = re.compile(
    r"占(?P<base>[^,;。%\d]{0,24}?)(?:的?(?:比重?|比例|比率|份额)?)(?:分别)?(?:约|为|达到?|是|近|超过?|:)*(?:的)?$"
)
_RATE = re.compile(r"(?P<label>[^,;。:、]{0,24}?(?:率|满意度))(?P<tail>[^,;。率]{0,10})$")
_PRIOR = re.compile(
    r"(?:去年同期|上年同期|同期|上年|去年|上月|上周|上季度|上期|上一[年季月周期]度?)[^,;。]{0,12}$"
)
_INTRO = re.compile(
    r"^.*(?:集中在|依次[为是]|分别[为是]|主要[为是有]|[多高低快慢大小长短]的(?:还)?(?:有|为|是)|位的?(?:为|是)|例如|如:?)(?=.{2})"
)
_ABOUT = re.compile(r"(?:约|近|超|超过|逾|不足|不到|少于|多于|大约|最多|至少|不少于|不低于|每)$")


@dataclass(slots=True, eq=False)
class Quantity:
    """One number of a text, with its unit and its part in the sentence.

    `value` is in units (12.74万件 is 127400) and percentages in percent; growth that is a fall is
    negative. `step` is what its last printed digit is worth. `label` says what is counted.
    """

    passage: Passage
    start: int
    end: int
    value: Decimal
    step: Decimal
    unit: str
    role: Role = "other"
    label: str = ""
    context: str = ""  # the clause, with what stands after the number
    base: str | None = None  # what a share is of; "" where it is not said
    against: str = ""
    approximate: bool = False
    bracket: bool = False  # stands in brackets behind its label
    nested: bool = False  # stands in brackets with words of its own
    paired: bool = False  # given to a name by 分别
    sentence: int = 0

    @property
    def percent(self) -> bool:
        return self.unit == "%"

    @property
    def meant(self) -> Interval:
        """What the print may stand for."""
        whole = not self.percent and self.step == 1
        return point(self.value) if whole else rounded_to(self.value, self.step)

    @property
    def count(self) -> int | None:
        """The whole number, where it is an exact count."""
        if self.unit not in COUNT_UNITS and self.unit != "":
            return None
        exact = self.step == 1 and not self.approximate
        return int(self.value) if exact else None

    @property
    def printed(self) -> str:
        return self.passage.excerpt(self.start, self.end)

    @property
    def place(self) -> Place:
        return self.passage.place(self.start)


@dataclass(slots=True, eq=False)
class Entry:
    """A count with what is said of it."""

    count: Quantity
    share: Quantity | None = None
    growth: Quantity | None = None
    change: Quantity | None = None
    prior: Quantity | None = None
    rates: list[Quantity] = field(default_factory=list)

    @property
    def label(self) -> str:
        return self.count.label

    @property
    def value(self) -> Decimal:
        return self.count.value


@dataclass(slots=True, eq=False)
class Group:
    """Entries that stand together as parts. `totals` are what they may add up to, likeliest first.

    `whole` says that the words promise all parts (按…分); otherwise they may be some of them.
    `some` says that they promise only some (主要集中在).
    """

    entries: list[Entry]
    totals: list[Entry]
    whole: bool = False
    some: bool = False
    words: str = ""
    start: int = 0
    end: int = 0

    @property
    def passage(self) -> Passage:
        return self.entries[0].count.passage


@dataclass(slots=True, eq=False)
class Pairing:
    """Names and the numbers that 分别 gives to each of them."""

    passage: Passage
    names: tuple[str, ...]
    values: tuple[Quantity, ...]
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Sentence:
    start: int
    end: int
    quantities: list[Quantity]
    entries: list[Entry]


@dataclass(slots=True, eq=False)
class Prose:
    """A passage, read."""

    passage: Passage
    sentences: list[Sentence]
    groups: list[Group]
    pairings: list[Pairing]

    @property
    def quantities(self) -> Iterator[Quantity]:
        for sentence in self.sentences:
            yield from sentence.quantities

    @property
    def entries(self) -> Iterator[Entry]:
        for sentence in self.sentences:
            yield from sentence.entries


@dataclass(slots=True, eq=False)
class Reading:
    """A document with its numbers taken out. `headline` is the bulletin's main total."""

    document: Document
    prose: list[Prose]
    headline: Entry | None
    siblings: list[Group]  # entries that begin paragraphs of one list

    @property
    def entries(self) -> Iterator[Entry]:
        for prose in self.prose:
            yield from prose.entries

    @property
    def groups(self) -> Iterator[Group]:
        for prose in self.prose:
            yield from prose.groups


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
    return Reading(document, prose, headline, list(_siblings(prose)))


_HEADLINE = re.compile(r"共?[^,;。]{0,12}(?:受理|办理|接听|接到|服务|承办|收到|接收|转派|承接)")


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
    quantities = _quantities(passage)
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
    return Prose(passage, sentences, _groups(passage, sentences), pairings)


# ---- numbers


def _quantities(passage: Passage) -> list[Quantity]:
    text = passage.text
    masked = [False] * len(text)
    for found in _NO_QUANTITY.finditer(text):
        for i in range(found.start(), found.end()):
            masked[i] = True
    quantities: list[Quantity] = []
    edge = 0  # where the last quantity ended
    at = 0
    while match := _NUMBER.search(text, at):
        found = match
        number = found["number"]
        at = found.end()
        if masked[found.start()]:
            at = found.start() + len(number)
            continue
        if "," in number and not all(
            passage.thousands(found.start() + i) for i, c in enumerate(number) if c == ","
        ):
            number = number.partition(",")[0]
            found = _NUMBER.match(text, found.start(), found.start() + len(number)) or found
            at = found.start() + len(number)
        end = found.start() + len(number) if at == found.start() + len(number) else found.end()
        quantity = _quantity(passage, found, number, end, edge)
        at = edge = quantity.end
        quantities.append(quantity)
    return quantities


def _quantity(passage: Passage, found: re.Match[str], number: str, end: int, edge: int) -> Quantity:
    text = passage.text
    times = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}.get(
        found["times"] or "", Decimal(1)
    )
    digits = number.replace(",", "")
    unit = found["unit"] or ""
    step = Decimal(1).scaleb(-len(digits.partition(".")[2])) * times
    lead_start = edge
    for mark in _EDGE.finditer(text, edge, found.start()):
        lead_start = mark.end()
    lead = text[lead_start : found.start()]
    tail = _EDGE.split(text[end : end + 40], maxsplit=1)[0]
    tail = re.split(r"\d", tail, maxsplit=1)[0]
    bracket = text[lead_start - 1 : lead_start] == "(" and lead_start > 0
    if not lead and text[:lead_start].endswith(")"):  # 群众来电(留言)16234件
        opening = text.rfind("(", 0, lead_start)
        lead = _EDGE.split(text[max(edge, 0) : opening])[-1] if opening >= edge else ""
    own_words = bool(lead)
    if bracket and not own_words:
        before = _EDGE.split(text[: lead_start - 1])[-1]
        label = before
    else:
        label = lead
    label = _INTRO.sub("", label)
    quantity = Quantity(
        passage,
        found.start(),
        end,
        Decimal(digits) * times,
        step,
        unit.removesuffix("(次)"),
        label=label,
        context=(_clause(text, found.start()) or lead) + "#" + tail,
        approximate=bool(found["some"] or found["more"] or found["about"])
        or bool(_ABOUT.search(lead)),
        bracket=bracket and not own_words,
        nested=_inside(text, found.start()) and own_words,
    )
    _role(quantity, lead, tail)
    return quantity


def _clause(text: str, at: int) -> str:
    """Returns the words before a number, back to the last stop; 、 does not stop it."""
    return re.split(r"[,;。:()!?]|\d", text[max(0, at - 60) : at])[-1]


def _inside(text: str, at: int) -> bool:
    """Says whether a place stands in brackets."""
    before = text[max(0, at - 200) : at]
    return before.rfind("(") > before.rfind(")")


def _role(q: Quantity, lead: str, tail: str) -> None:
    clean = re.sub(r"[“”\"《》]", "", lead)
    growth = _GROWTH.search(clean)
    if q.unit in ("个百分点", "百分点"):
        q.role = "points"
        if growth and growth["fall"]:
            q.value = -q.value
        q.against = _against(clean)
    elif q.percent:
        share, rate = _SHARE.search(clean), _RATE.search(clean)
        if _TO.search(clean) or (growth and re.search(r"[年月日]均|平均", clean)):
            q.role = "level"
        elif growth and not re.search(r"新增$|至少$|不少$|多$", clean[: growth.end()]):
            q.role = "growth"
            q.value = -q.value if growth["fall"] else q.value
            q.against = _against(clean)
            q.label = clean[: growth.start()]
        elif share:
            q.role = "share"
            q.base = share["base"].rstrip("的")
            q.label = clean[: share.start()]
        elif rate and re.search(r"[低高]于|标准|[不没]足|未达|超过", rate["tail"]):
            q.role = "level"  # a threshold
        elif rate:
            q.role = "rate"
            q.label = rate["label"]
        elif q.bracket:
            q.role = "level"
    elif q.unit in COUNT_UNITS or q.unit == "":
        if growth and not growth["bare"] and not re.search(r"新增$|至少$|不少$|最多$|众多$", clean):
            q.role = "change" if q.unit else "other"
            q.value = -q.value if growth["fall"] else q.value
            q.against = _against(clean)
        elif _PRIOR.search(clean) and q.unit:
            q.role = "prior"
        elif q.unit or q.bracket or re.match(r"[,;、。)]|占", q.passage.text[q.end :]):
            q.role = "count"
            if tail and not names.says(clean) and not q.bracket:
                q.label = tail  # 28家单位: what is counted stands behind
    else:
        q.role = "level"


def _against(lead: str) -> str:
    found = _AGAINST.search(lead)
    return found[0] if found else ""


# ---- entries


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


_RESPECTIVELY = re.compile(r"分别(?P<verb>[^\d,;。:、]{0,16})[:]?(?=[“”]?\d)")


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


# ---- groups

_MARKER = re.compile(
    r"(?P<whole>按[^,;。:]{1,12}(?:划分|区分|分类|来分|分)(?:来看|看)?[,:。]?|(?:从|就)[^,;。:]{0,8}(?:渠道|来源|类型|类别|性质|种类|途径|方式|去向|分类|领域|区域)[^,;。:]{0,4}看[,:。]|"
    r"(?:诉求|工单|来源|渠道|类型|性质)分类[:。]|分为)|"
    r"(?P<part>其中[,:]?|包括|包含|[(]含|涵盖|分别(?:为|是|有)[:]?)|"
    r"(?P<some>集中在|主要(?:涉及|是|为|有|包括|反映|来自)|(?:较多|较高|较低|较大|突出)的|(?:前|后)[\d一二三四五六七八九十]+(?:位|名|类|项|家|大)|"
    r"排名|排在|位居|依次(?:为|是)|例如|如:|重点)"
)


def _groups(passage: Passage, sentences: Sequence[Sentence]) -> list[Group]:
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
    if _inside(text, mark.start() + 1) or text[mark.start()] == "(":
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
    inside = mark["part"] is not None and mark[0].startswith("(")
    own = [
        e
        for e in sentence.entries
        if start <= e.count.start < end and (inside or not e.count.nested or _level(e, mark))
    ]
    while len(own) > 2 and re.match(r"[^,;。:、]{0,8}中", own[0].count.context.partition("#")[2]):
        heads = [own.pop(0), *heads]  # “受理的9230件办件中，…”
    if own:
        lists_some = any(
            m["some"] for m in _MARKER.finditer(passage_text(sentence, own), start, end)
        )
        yield Group(
            own,
            heads,
            whole=mark["whole"] is not None and not lists_some,
            some=mark["some"] is not None,
            words=mark[0],
            start=start,
            end=end,
        )


def passage_text(sentence: Sentence, own: Sequence[Entry]) -> str:
    return own[0].count.passage.text


def _level(entry: Entry, mark: re.Match[str]) -> bool:
    """Says whether an entry in brackets belongs to the list of a marker in the same brackets."""
    return _inside(entry.count.passage.text, mark.start())


def _siblings(prose: Sequence[Prose]) -> Iterator[Group]:
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


def tops(group: Group) -> list[Entry]:
    """Returns the entries that begin the chunks between semicolons; all of them without any."""
    text = group.passage.text
    found: list[Entry] = []
    for entry in group.entries:
        if not found or ";" in text[found[-1].count.end : entry.count.start]:
            found.append(entry)
    return found
