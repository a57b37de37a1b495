"""Finds the numbers of a passage, each with its unit, what it counts and its part in the sentence.

The grammar is that of bulletins, not of Chinese: clauses between punctuation, a measure word after
the number, and a few dozen words that say what a number is. A number that fits no pattern is kept,
with an empty label, as a total that others may refer to.
"""

from __future__ import annotations

import re
from decimal import Decimal

from minsheng.bulletins.checker import names
from minsheng.bulletins.checker.document import Passage
from minsheng.bulletins.checker.quantities import COUNT_UNITS, Quantity

_OTHER_UNITS = (
    "个百分点", "百分点", "个工作日", "工作日", "小时", "分钟", "平方米", "立方米", "公里",
    "万元", "亿元", "元", "秒", "天", "米", "倍", "分", "字", "吨", "台班", "‰", "%",
)  # fmt: skip
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


def find(passage: Passage) -> list[Quantity]:
    """Returns the numbers of a passage, in their order."""
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
        nested=in_brackets(text, found.start()) and own_words,
    )
    _role(quantity, lead, tail)
    return quantity


def _clause(text: str, at: int) -> str:
    """Returns the words before a number, back to the last stop; 、 does not stop it."""
    return re.split(r"[,;。:()!?]|\d", text[max(0, at - 60) : at])[-1]


def in_brackets(text: str, at: int) -> bool:
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
