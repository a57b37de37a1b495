"""What a unit's reply lacks: shown before it is sent, and to who audits it. It forbids nothing."""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

import rjieba
from django.utils.translation import gettext as _

from minsheng.foundation.text import clean

SHORTEST = 15  # characters of a reply that can say what was done
COPIED_FROM = 0.9  # share of a reply's three-character runs that another reply has too

_DONE = re.compile(
    "(?:已|经|现场|当场|立即|及时)[^。；！？]{0,12}?"
    "(?:修|换|清|拆|整改|处理|处罚|查|核实|联系|告知|安排|派|退|发放|办理|解决|协调|完成|恢复)"
)
_WHEN = re.compile(
    r"\d{1,2}\s*[月日号]|\d{4}[-./年]\d|[一二三四五六七八九十]+[月日号]"
    "|今[日天]|昨[日天]|当[日天]|前[日天]|本周|上周|上午|下午"
)
_EMPTY = (
    "高度重视", "进一步加强", "正在处理", "正在研究", "尽快处理", "加大力度", "积极协调",
    "感谢您的理解", "敬请谅解", "按相关规定处理", "加强监管", "请耐心等待",
)  # fmt: skip
_SLIPS = re.compile(
    r"([，。；：、！？])\1+|[，；：、]+$|_{2,}|的的|了了|是是|(?<![A-Za-z])X{2,}(?![A-Za-z])|×{2,}|某某"
)
_NAMED = re.compile(
    "(?:尊敬的)?([\u4e00-\u9fff]{1,3})(?:先生|女士|同志)(?=[，：:,！!、\\s]|您|你|$)"
)


class Finding(NamedTuple):
    """One thing that a reply lacks: a code, a sentence for its author, and where it shows."""

    code: str
    message: str
    quoted: str = ""


def check(
    demand: str,
    reply: str,
    *,
    contacted: bool | None = None,
    petitioner: str = "",
    earlier: Collection[str] = (),
) -> list[Finding]:
    """Returns what the reply to a demand lacks; an empty list where nothing was found.

    `contacted` says whether a contact is recorded (None: not known), `petitioner` is the name (""
    where not known), and `earlier` are replies to other demands, to find copies by.
    """
    reply = clean(reply)
    if not reply:
        return [Finding("empty", _("答复是空的；请写明做了什么、何时做的、结果如何。"))]
    return [
        *_answer(clean(demand), reply),
        *_deeds(reply),
        *_contact(contacted),
        *_name(reply, petitioner),
        *_copies(reply, earlier),
        *_slips(reply),
    ]


def _answer(demand: str, reply: str) -> Iterator[Finding]:
    if len(reply) < SHORTEST:
        yield Finding("short", _("答复太短，诉求人看不出办理情况。"), reply)
    asked = {word for word in rjieba.cut(demand) if len(word) > 1}
    if asked and not any(word in reply for word in asked):
        yield Finding("off_topic", _("答复没有提到诉求里的任何事物；请确认没有答非所问。"))


def _deeds(reply: str) -> Iterator[Finding]:
    if not _DONE.search(reply):
        yield Finding("no_deed", _("没有写明做了什么。"))
        for phrase in _EMPTY:
            if phrase in reply:
                yield Finding("empty_phrase", _("套话不能代替办理情况。"), phrase)
    if not _WHEN.search(reply):
        yield Finding("no_time", _("没有写明何时办理。"))


def _contact(contacted: bool | None) -> Iterator[Finding]:
    if contacted is False:
        yield Finding("no_contact", _("没有联系诉求人的记录；请先联系再答复。"))


def _name(reply: str, petitioner: str) -> Iterator[Finding]:
    for match in _NAMED.finditer(reply):
        if petitioner and not (set(match[1]) & set(petitioner)):
            yield Finding("wrong_name", _("称呼与诉求人姓名不符。"), match[0])


def _copies(reply: str, earlier: Collection[str]) -> Iterator[Finding]:
    runs = _runs(reply)
    for other in earlier:
        if runs and len(runs & _runs(other)) >= COPIED_FROM * len(runs):
            yield Finding("copied", _("与另一件诉求的答复几乎相同。"), other[:40])
            return


def _slips(reply: str) -> Iterator[Finding]:
    for match in _SLIPS.finditer(reply):
        yield Finding("slip", _("像是笔误或没有填完。"), match[0])
    for opening, closing in ("（）", "《》", "“”"):
        if reply.count(opening) != reply.count(closing):
            yield Finding("slip", _("括号或引号不成对。"), opening + closing)


def _runs(text: str) -> set[str]:
    return {text[i : i + 3] for i in range(len(text) - 2)}
