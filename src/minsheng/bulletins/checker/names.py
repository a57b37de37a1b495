"""What a label means: units under their several spellings, and the hotline's words for its counts.

Everything here is a table or a small pure function; what a city would write otherwise is added to
the tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

TOTALS = frozenset(
    ("合计", "总计", "共计", "小计", "全市", "全区", "全县", "全市合计", "汇总", "总数", "total")
)
_SERIAL = re.compile(r"序号|排名|名次|位次|编号|No\.?|rank|serial", re.I)
_NOISE = re.compile(r"[\s“”\"'‘’《》〈〉【】\[\]*#_|]|[(（][^()（）]*[)）]")
# Words that say nothing about what is counted.
_VAGUE = re.compile(
    r"^(?:\d{1,2}[.、]|[一二三四五六七八九十]+、|其中|包括|包含|涵盖|含|另有|另外|还有|以及|而且|同时|分别|均|为|有|是|共有|共|累计|本[月周年季期]|"
    r"上半年|下半年|全年|今年|全市|全区|全县|我市|我区|我县|直接|主要|涉及|群众|市民|社会公众|公众|反映|"
    r"来自|关于|通过|和|与|及(?!时)|对(?!象)|从|到|已|的|,|、|:|;|\.)+"
)
_TAIL = re.compile(
    r"(?:共有|共计|合计|总计|累计|达到|达|约|近|超过|超|逾|计|共|为|有|是|了|的|量|数|等|受理|接到|"
    r"采集|办理|承办|交办|转办|相关|诉求|问题|工单|方面|事项|渠道|类|端|分别|:|,|\()+$"
)


def plain(label: str) -> str:
    """Returns a label without spaces, quotation marks and what stands in brackets."""
    return _NOISE.sub("", label)


def core(label: str) -> str:
    """Returns what a label says besides the words that all labels share; never empty for one."""
    bare = plain(label)
    short = _TAIL.sub("", _VAGUE.sub("", bare))
    return short or _VAGUE.sub("", bare) or bare


def is_total(label: str) -> bool:
    bare = plain(label)
    return (
        bare in TOTALS or bare.lower() in TOTALS or bool(re.fullmatch(r".{0,4}(?:合|总)计", bare))
    )


def is_serial(header: str) -> bool:
    return bool(_SERIAL.fullmatch(plain(header)))


def says(label: str) -> bool:
    """Says whether a label names anything, or only leads up to its number (共有, 全市)."""
    return bool(_TAIL.sub("", _VAGUE.sub("", plain(label))))


_GOVERNMENT = re.compile(r"(?:人民政府|政府|管理委员会|管委会|街道办事处|办事处|委员会)$")
UNIT = re.compile(
    r"(?:局|委|办|县|区|市|政府|公司|集团|支队|大队|中心|处|院|社|联|镇|乡|街道|分局|管委会|协会|学校|"
    r"大学|学院|所|站|部|厅|银行|海关)$"
)


def unit_core(name: str) -> str:
    """Returns a unit's name without the city before it and the office behind it.

    市公安局 and 公安局 are one unit, and so are 濉溪县 and 濉溪县人民政府.
    """
    bare = plain(name)
    short = _GOVERNMENT.sub("", bare)
    if len(short) < 2:
        short = bare
    if len(short) > 3 and short[0] in "市区县省":
        short = short[1:]
    return re.sub(r"[和与及]", "", short)


def same_unit(a: str, b: str) -> bool:
    """Says whether two names are usual for one unit, abbreviated or in full."""
    x, y = unit_core(a), unit_core(b)
    if x == y:
        return True
    short, long = sorted((x, y), key=len)
    # 高管处 for 高速公路管理处: the same beginning and end, and nothing that the other lacks.
    return (
        len(short) >= 4
        and len(long) - len(short) <= 8
        and short[:2] == long[:2]
        and short[-1] == long[-1]
        and _within(short, long)
    )


def _within(short: str, long: str) -> bool:
    rest = iter(long)
    return all(character in rest for character in short)


def alike(a: str, b: str) -> float:
    """Returns how much of the shorter label stands in the longer, by pairs of characters (0–1)."""
    x, y = pairs(a), pairs(b)
    return len(x & y) / min(len(x), len(y)) if x and y else 0.0


def pairs(label: str) -> set[str]:
    bare = plain(label)
    return {bare[i : i + 2] for i in range(len(bare) - 1)}


# What a column or a sentence counts: code, words in a header or label, English headers. The first
# that fits holds, so the narrower stands before the wider.
_CONCEPTS: tuple[tuple[str, str, str], ...] = (
    ("sign_in_time_rate", r"签收率", "sign_in_time_rate"),
    (
        "on_time_rate",
        r"(?:按期|按时|限时|期内|及时)(?:办结|结案|回复|反馈|办理)率",
        "on_time_rate|on_time_completion_rate",
    ),
    (
        "direct_rate",
        r"(?:直接答复|直接办结|直办|即时答复|即时办结|在线解答|在线答复|当场答复)率",
        "direct_answer_rate|direct_rate",
    ),
    ("completion_rate", r"(?:办结|结案|办理|办复|回复)率", "completion_rate"),
    ("rework_rate", r"(?:返工|重办|退回重办)率", "rework_rate"),
    ("dissatisfaction_rate", r"不满意率", "dissatisfaction_rate"),
    ("participation_rate", r"(?:参评|评价)率", "participation_rate"),
    (
        "satisfaction_rate",
        r"满意(?:率|度)",
        "satisfaction_rate|completion_satisfaction_rate|follow_up_satisfaction_rate|effective_satisfaction_rate",
    ),
    ("connect_rate", r"接通率", "connect_rate"),
    ("overdue_rate", r"(?:逾期|超期|超时).*率", "overdue_rate"),
    ("resolution_rate", r"(?:解决|化解)率", "resolution_rate"),
    ("share", r"占比|比重|百分比|比例|所占|^占", "share|percent"),
    ("growth", r"同比|环比|增幅|增长|涨幅|增速|增减(?!数|量|件)", "growth|yoy|mom|change_pct"),
    ("max_talk", r"(?:最大|最长|最高)通话", "max_talk_s|max_talk"),
    ("avg_talk", r"平均通话", "avg_talk_s|avg_talk_time"),
    ("avg_wait", r"平均等待", "avg_wait_s|avg_speed_of_answer"),
    ("overdue_open", r"(?:超期|逾期|超时)(?:仍)?未(?:办|结|回)|未办结", "overdue_open|open"),
    ("completed_late", r"(?:超期|逾期|超时)(?:办理|办结|办|回复|结案)", "completed_late"),
    ("overdue", r"超期|逾期|超时", "overdue"),
    ("due", r"应办", "due|due_count"),
    ("rework", r"返工|重办", "rework"),
    ("dissatisfied", r"不满意", "dissatisfied"),
    ("satisfied", r"满意(?!率|度)", "satisfied"),
    ("participants", r"参评(?!率)", "participants|evaluated"),
    ("sampled", r"抽查|抽检|回访", "sampled|follow_ups|follow_up_collected"),
    ("handled", r"(?:已)?(?:办结|办理|结案)(?:数|量|件)", "handled|completed"),
    (
        "direct",
        r"直接答复|在线解答|即时答复|直办|当场答复|自行处理|在线办结",
        "direct|answered_online|direct_answered",
    ),
    (
        "assigned",
        r"派单|交办|转办|派发|转派|部门工单|交由|承办工单",
        "assigned|transferred|unit_orders|orders_total",
    ),
    ("calls", r"话务量|通话量|呼叫量", "calls"),
    ("phone", r"^电话|来电", "phone"),
    ("internet", r"^(?:互联网|网络|网站)", "internet|web"),
    ("other", r"^其[他它]", "other"),
    ("accepted", r"受理|诉求总量|诉求总数|诉求数量", "accepted|total|count"),
)
_RULES = [
    (code, re.compile(words), frozenset(english.split("|"))) for code, words, english in _CONCEPTS
]
_ENGLISH = {
    "total": "合计", "phone": "电话", "internet": "互联网", "other": "其他",
    "answered_online": "在线解答", "unit_orders": "部门工单办理", "unit": "单位", "share": "占比",
    "effective_satisfaction_rate": "有效参评满意率", "satisfaction_rate": "满意率",
    "follow_up_satisfaction_rate": "回访满意率", "completion_satisfaction_rate": "办结满意率",
    "on_time_rate": "按期办结率", "on_time_completion_rate": "按期办结率",
    "completion_rate": "办结率", "rework_rate": "返工率", "connect_rate": "接通率",
    "participation_rate": "参评率", "accepted": "受理", "due": "应办理数", "handled": "办理数",
    "grade": "等级", "composite": "综合指标值",
}  # fmt: skip


def concept(label: str) -> str:
    """Returns the code of what a label counts; empty where the tables do not say."""
    bare = plain(label)
    if bare.isascii():
        name = label.strip().lower()
        return next((code for code, _, english in _RULES if name in english), "")
    return next((code for code, words, _ in _RULES if words.search(bare)), "")


def chinese(header: str) -> str:
    """Returns a column's header in Chinese where it is one of ours in English."""
    return _ENGLISH.get(header.strip().lower(), header)


def is_rate(code: str) -> bool:
    return code.endswith("_rate") or code in ("share", "growth")


def listed(names: Iterable[str], limit: int = 4) -> str:
    """Returns names as a sentence lists them, cut short."""
    known = list(names)
    return "、".join(known[:limit]) + ("等" if len(known) > limit else "")
