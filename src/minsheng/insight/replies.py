"""What a unit's reply lacks: shown before it is sent, and to who audits it. It forbids nothing."""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from django.utils.translation import gettext as _

from minsheng.foundation.text import clean

SHORTEST = 15  # characters of a reply that can say what was done
COPIED_FROM = 0.9  # share of a reply's three-character runs that another reply has too

SHORT_DEMAND = 40  # characters; of so short a demand one character in common may be the matter

_CLAUSE = re.compile(r"[，。；！？!?;\n]")
_DEED = re.compile(
    "修|换|清运|清理|清洗|冲洗|清掏|疏通|拆|整改|处罚|立案|罚款|检查|检测|巡查|查看|查实|勘察|勘查|核实|核查|调查|取样|送检"
    "|联系|告知|说明|解释|答复|回访|约谈|责令|督促|下达|安装|加装|增设|增加|调整|回填|浇筑|围挡|施划|恢复|发放|退还"
    "|退款|退费|赔付|赔偿|补办|办理|解决|协调|调解|劝离|劝导|值守|打捞|修剪|补种|移交|转办|道歉|警告|上门|派人|派员"
    "|到场|赶到|安排|约定|寄|完成|处理|制止|关停|查封|没收|挪车|改派|加密|增派|注销|登记|受理|开通|接通|供水|供电"
)
_LATER = re.compile(
    "将|拟|计划|准备|打算|尽快|正在|建议|请您|请到|后续|下一步|力争|争取|待|预计|如需|可以?在|可到"
)
_ENDED = re.compile("已(?!收悉|知悉|阅)|完毕|完成|当[天日场]|现场|了(?!解)|及时|立即")
_DATE = re.compile(r"\d{1,2}\s*月\s*\d{1,2}\s*[日号]")
_TOLD = 6  # characters beside the date that tell what was done then
_WHEN = re.compile(
    r"\d{1,2}\s*[月日号](?![X_×])|\d{4}[-./年]\d|[一二三四五六七八九十]+[月日号]"
    "|[今昨当前次明][日天]|[本上下][周月]|月底|上午|下午|凌晨|当晚"
)
_EMPTY = (
    "高度重视", "进一步加强", "正在处理", "正在研究", "尽快处理", "加大力度", "积极协调",
    "感谢您的理解", "敬请谅解", "按相关规定处理", "加强监管", "请耐心等待",
)  # fmt: skip
_SLIPS = re.compile(
    r"([，。；：、！？])\1+|[，；：、]+$|_{2,}|的的|了了|是是|(?<![A-Za-z])X{2,}(?![A-Za-z])|×{2,}|某某"
)
_NAMED = re.compile(
    "(?:尊敬的)?([\u4e00-\u9fff]{1,3})(?:先生|女士|同志)(?=[，：:,！!、\\s]|您|你|对|表示|退|办|$)"
)

_HAN = re.compile("[\u4e00-\u9fff]+")
# Characters that every demand and every reply has.
_SAYS_NOTHING = frozenset(
    "的了在是我有和就不人都一个上也很到说要去你会着没看好自己这那他她它们吗呢吧啊与及或而但且之其为以于从被把给让向对"
    "等里中下内外后前时年月日号请您能可还又再才只更最太已并因所如若则即地得过来出起做用怎么什哪几每些三两天多大小经常"
    "无未反映问题情况处理希望求部门单位工作"
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
    if not _speaks_of(demand, reply):
        yield Finding("off_topic", _("答复没有提到诉求里的任何事物；请确认没有答非所问。"))


def _speaks_of(demand: str, reply: str) -> bool:
    """Tells whether a reply shares two characters in a row with its demand, or the one that counts.

    A demand without Han characters cannot be told apart.
    """
    runs = _HAN.findall(demand)
    asked = {run[i : i + 2] for run in runs for i in range(len(run) - 1)}
    if not asked or any(pair in reply for pair in asked if not _SAYS_NOTHING & set(pair)):
        return True
    single = {character for run in runs for character in run} - _SAYS_NOTHING
    return len(demand) <= SHORT_DEMAND and bool(single & set(reply))


def _did(clause: str) -> bool:
    """Tells whether a clause says that something was done, and not only that it is to be."""
    if _ENDED.search(clause):
        return True
    if _LATER.search(clause):
        return False
    rest, dates = _DATE.subn("", clause)
    return bool(_DEED.search(clause)) or (dates > 0 and len(rest) >= _TOLD)


def _deeds(reply: str) -> Iterator[Finding]:
    empty = [phrase for phrase in _EMPTY if phrase in reply]
    rest = reply
    for phrase in empty:
        rest = rest.replace(phrase, "")
    if not any(_did(clause) for clause in _CLAUSE.split(rest)):
        yield Finding("no_deed", _("没有写明做了什么。"))
        for phrase in empty:
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
