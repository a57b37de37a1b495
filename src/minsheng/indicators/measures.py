"""What indicators are put together from: period rules, bases and measures, each an Ibis expression.

A measure is a whole number for each row of a base, which the engine sums up (or takes the greatest
of, or counts the distinct ones of). Whole numbers are the same on every engine.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

import ibis

from minsheng.foundation.language import in_language
from minsheng.indicators.schema import REPEAT_DAYS


@dataclass(frozen=True, slots=True)
class When:
    """The moments that an expression may need, in the city's time without a zone.

    `start` and `end` bound the period (the end is not in it). What happened after `known` is not
    counted as done; `known` is None to count whatever is on record. `present` is the moment by
    which a limit has passed: `known`, or now.
    """

    start: datetime
    end: datetime
    known: datetime | None
    present: datetime


Expression = Callable[[ibis.Table, When], ibis.Value]


class Rule(StrEnum):
    """By which moment a fact belongs to a period."""

    ACCEPTED = "accepted"
    ASSIGNED = "assigned"
    DUE = "due"
    COMPLETED = "completed"
    FOLLOWED = "followed"
    CALLED = "called"
    OPEN_AT_START = "open_at_start"
    RECEIVED = "received"
    OPEN_AT_END = "open_at_end"
    HELD_AT_END = "held_at_end"
    OPENED = "opened"
    LIMITED = "limited"
    ENDED = "ended"
    PENDING = "pending"


class Named:
    """What has its name in Chinese and in English."""

    name: str
    name_en: str

    @property
    def label(self) -> str:
        """Its name in the language of the reader."""
        return in_language(self.name, self.name_en)


@dataclass(frozen=True)
class Period(Named):
    """What a period rule means: the facts it takes, and the moment that time dimensions go by."""

    name: str
    name_en: str
    moment: str
    takes: Expression


def _within(moment: str) -> Expression:
    return lambda t, w: (t[moment] >= w.start) & (t[moment] < w.end)


def done(t: ibis.Table, w: When, moment: str = "handled_at") -> ibis.Value:
    """Returns the condition that something is done, as far as it is known."""
    done = t[moment].notnull()
    return done if w.known is None else done & (t[moment] < w.known)


def _open_at_start(t: ibis.Table, w: When) -> ibis.Value:
    return (t.accepted_at < w.start) & (t.ended_at.isnull() | (t.ended_at >= w.start))


def _open_at_end(t: ibis.Table, w: When) -> ibis.Value:
    return (
        (t.assigned_at < w.end)
        & (t.handled_at.isnull() | (t.handled_at >= w.end))
        & (t.closed_at.isnull() | (t.closed_at >= w.end))
    )


PERIODS: Mapping[Rule, Period] = {
    Rule.ACCEPTED: Period(
        "本期受理", "accepted in the period", "accepted_at", _within("accepted_at")
    ),
    Rule.ASSIGNED: Period(
        "本期交办", "assigned in the period", "assigned_at", _within("assigned_at")
    ),
    Rule.DUE: Period("办结时限在本期", "due in the period", "due_at", _within("due_at")),
    Rule.COMPLETED: Period(
        "本期办结",
        "completed in the period",
        "completed_at",
        lambda t, w: _within("completed_at")(t, w) & done(t, w, "completed_at"),
    ),
    Rule.FOLLOWED: Period(
        "本期回访", "follow-up planned in the period", "planned_at", _within("planned_at")
    ),
    Rule.CALLED: Period("本期呼叫", "called in the period", "offered_at", _within("offered_at")),
    Rule.OPEN_AT_START: Period(
        "期初未办结", "open when the period began", "accepted_at", _open_at_start
    ),
    Rule.RECEIVED: Period(
        "本期受理及期初未办结",
        "accepted in the period, or open when it began",
        "accepted_at",
        lambda t, w: (t.accepted_at < w.end) & ((t.accepted_at >= w.start) | _open_at_start(t, w)),
    ),
    Rule.OPEN_AT_END: Period("期末在办", "open when the period ended", "assigned_at", _open_at_end),
    Rule.HELD_AT_END: Period(
        "期末在岗",
        "on duty when the period ended",
        "since",
        lambda t, w: (t.since < w.end) & (t.until.isnull() | (t.until >= w.end)),
    ),
    Rule.OPENED: Period("本期提出", "opened in the period", "opened_at", _within("opened_at")),
    Rule.LIMITED: Period("时限在本期", "with a limit in the period", "due_at", _within("due_at")),
    Rule.ENDED: Period(
        "本期了结",
        "ended in the period",
        "closed_at",
        lambda t, w: _within("closed_at")(t, w) & done(t, w, "closed_at"),
    ),
    Rule.PENDING: Period(
        "期末未了结",
        "pending when the period ended",
        "opened_at",
        lambda t, w: (t.opened_at < w.end) & (t.closed_at.isnull() | (t.closed_at >= w.end)),
    ),
}


@dataclass(frozen=True)
class Base(Named):
    """What an indicator is about: a table of facts and which of its rows.

    `scope` are conditions by dimension; who filters or splits by such a dimension lifts that
    condition. `always` are conditions that nothing lifts.
    """

    code: str
    name: str
    name_en: str
    table: str
    scope: Mapping[str, Any]
    always: Callable[[ibis.Table], ibis.Value] | None = None


# Counted as due, and so in every rate of completion: not what the unit was relieved of, nor what
# rests on the supervised ledger, whose limit stands still.
def _owed(t: ibis.Table) -> ibis.Value:
    return (t.standing == 1) & (t.suspended == 0)


DEMANDS = Base("demands", "受理的诉求", "accepted demands", "demands", {})
PUBLIC = Base(
    "public",
    "公众诉求（不含采集上报）",
    "public demands (no collectors' reports)",
    "demands",
    {"is_public": 1, "is_collector": 0},
)
PROVINCIAL = Base(
    "provincial",
    "省级交办诉求",
    "demands handed down by the province",
    "demands",
    {"origin": "province"},
)
PAIRS = Base(
    "pairs",
    "交办件（工单与承办单位，含协办，不含向下交办）",
    "order-unit pairs (lead and assisting units; not what these assigned onward)",
    "assignments",
    {"onward": 0},
)
ASSESSED_PAIRS = Base(
    "assessed_pairs",
    "考核范围内的交办件（含协办，不含向下交办和剔除件）",
    "order-unit pairs under assessment (with assisting units; no excluded ones)",
    "assignments",
    {"onward": 0, "excluded": 0},
)
LEADS = Base(
    "leads",
    "主办件（不含协办和向下交办）",
    "orders with their lead unit (no assisting ones, none assigned onward)",
    "assignments",
    {"part": "lead", "onward": 0},
)
ASSESSED = Base(
    "assessed",
    "考核范围内的主办件（不含协办、向下交办和剔除件）",
    "orders with their lead unit under assessment (also no excluded ones)",
    "assignments",
    {"part": "lead", "onward": 0, "excluded": 0},
)
OWED = Base(
    "owed",
    "应办理的主办件（不含协办、向下交办、剔除、退单改派和挂账件）",
    "orders owed by their lead unit (also none returned, reassigned, recalled or suspended)",
    "assignments",
    {"part": "lead", "onward": 0, "excluded": 0},
    _owed,
)
FOLLOW_UPS = Base("follow_ups", "回访（每轮一次）", "rounds of follow-up", "follow_ups", {})
CALLS = Base("calls", "呼入话单", "calls offered to agents", "calls", {"direction": "in"})
CALLS_OUT = Base("calls_out", "呼出话单", "calls made by agents", "calls", {"direction": "out"})
SEATS = Base("seats", "话务员岗位", "agents' posts", "seats", {})


@dataclass(frozen=True)
class Measure(Named):
    """What is added up over the rows of a base: a whole number for each of them."""

    name: str
    name_en: str
    value: Expression
    how: Literal["sum", "max", "distinct"] = "sum"


def rows_where(name: str, name_en: str, condition: Expression) -> Measure:
    """Returns the measure that counts the rows for which a condition holds."""
    return Measure(name, name_en, lambda t, w: ibis.ifelse(condition(t, w), 1, 0))


def _flagged(name: str, name_en: str, column: str) -> Measure:
    return rows_where(name, name_en, lambda t, w: t[column] == 1)


def _late(t: ibis.Table, w: When) -> ibis.Value:
    return done(t, w) & (t.handled_at > t.due_at)


def _sign_owed(t: ibis.Table, w: When) -> ibis.Value:
    """Returns the condition that an order had to be signed for: it was, or its limit has passed."""
    waits = (t.standing == 1) & (t.sign_due_at < w.present)
    return t.sign_due_at.notnull() & (done(t, w, "signed_at") | waits)


def _contact_owed(t: ibis.Table, w: When) -> ibis.Value:
    waits = t.contact_due_at < w.present
    return t.contact_due_at.notnull() & (done(t, w, "contacted_at") | waits)


# Every row has the key that its table begins with.
def _quickest(t: ibis.Table) -> ibis.Column:
    """Returns a column that is quickly read: a flag, where the table has one."""
    flags = (name for name, type in t.schema().items() if type.is_int8())
    return t[next(flags, t.columns[0])]


ALL = rows_where("件数", "all of them", lambda t, w: _quickest(t).notnull())
DIRECT = _flagged("直接答复（含转接）", "answered at once or transferred", "direct")
ASSIGNED = _flagged("转承办单位办理", "given to units", "assigned")
REJECTED = _flagged("不予受理", "rejected as out of scope", "rejected")
MERGED = _flagged("并入较早诉求", "merged into an earlier demand", "merged")
ENTERPRISE = _flagged("企业诉求", "raised by enterprises", "enterprise")
URGENT = _flagged("紧急", "urgent", "urgent")
COLLECTOR = _flagged("采集上报", "reported by collectors", "is_collector")
REPEATS = _flagged(
    f"同一诉求人{REPEAT_DAYS}日内同类别再次反映，或已并单",
    f"merged, or raised again by the same petitioner in the category within {REPEAT_DAYS} days",
    "repeats",
)
NAMED = _flagged("有诉求人记录或已并单", "with a known petitioner, or merged", "named")
SETTLED = rows_where(
    f"直接答复且其后{REPEAT_DAYS}日内未再反映",
    f"answered at once and not raised again within {REPEAT_DAYS} days",
    lambda t, w: (t.direct == 1) & (t.named == 1) & (t.repeated == 0),
)
ANSWERED_NAMED = rows_where(
    "直接答复且有诉求人记录",
    "answered at once, with a known petitioner",
    lambda t, w: (t.direct == 1) & (t.named == 1),
)

WORK_ORDERS = Measure(
    "不同工单", "distinct work orders", lambda t, w: t.work_order_id, how="distinct"
)
URGED = Measure("催办次数", "times urged", lambda t, w: t.urge_count)
UNITS = Measure("不同承办单位", "distinct units", lambda t, w: t.unit_id, how="distinct")
SIGN_OWED = rows_where("应签收", "to be signed for", _sign_owed)
SIGNED_IN_TIME = rows_where(
    "时限内签收",
    "signed for within the limit",
    lambda t, w: done(t, w, "signed_at") & (t.signed_at <= t.sign_due_at),
)
SIGNED = rows_where("已签收", "signed for", lambda t, w: done(t, w, "signed_at"))
SIGN_SECONDS = Measure(
    "派单至签收秒数",
    "seconds from assignment to signature",
    lambda t, w: ibis.ifelse(done(t, w, "signed_at"), t.sign_seconds, 0),
)
CONTACT_OWED = rows_where("应联系诉求人", "whose petitioner was to be contacted", _contact_owed)
CONTACTED_IN_TIME = rows_where(
    "时限内联系诉求人",
    "whose petitioner was contacted within the limit",
    lambda t, w: done(t, w, "contacted_at") & (t.contacted_at <= t.contact_due_at),
)
RETURNED = _flagged("经同意退单", "returned with consent", "returned")
WELL_ASSIGNED = rows_where(
    "未退单也未改派",
    "neither returned nor reassigned",
    lambda t, w: (t.returned == 0) & (t.reassigned == 0),
)

HANDLED = rows_where("已办理", "handled", done)
LATE = rows_where("超期办理", "handled after the limit", _late)
IN_TIME = rows_where("按期办理", "handled within the limit", lambda t, w: done(t, w) & ~_late(t, w))
OVERDUE_OPEN = rows_where(
    "超期未办",
    "past the limit and not handled",
    lambda t, w: (t.due_at < w.present) & ~done(t, w),
)
OVERDUE = rows_where(
    "超期办理或超期未办",
    "handled after the limit, or past it and not handled",
    lambda t, w: _late(t, w) | ((t.due_at < w.present) & ~done(t, w)),
)
PAST_DUE = rows_where(
    "已超期",
    "past the limit when the period ended",
    lambda t, w: (t.due_at < w.end) & (t.due_at < w.present) & _owed(t),
)
REWORKED = rows_where("返工", "sent back at least once", lambda t, w: t.rework_count > 0)
EXTENDED = rows_where("经批准延期", "with an extension", lambda t, w: t.extension_count > 0)
URGENT_IN_TIME = rows_where(
    "紧急且按期办理",
    "urgent and handled within the limit",
    lambda t, w: (t.urgent == 1) & done(t, w) & ~_late(t, w),
)

COMPLETION_SECONDS = Measure(
    "派单至办结秒数",
    "seconds from assignment to completion",
    lambda t, w: t.completion_seconds,
)
WORKDAYS = Measure(
    "派单至办结工作日（当日不计）",
    "working days from assignment to completion (the first day is not counted)",
    lambda t, w: t.completion_workdays,
)
WORKDAYS_KNOWN = rows_where(
    "工作日可计", "within the known calendar", lambda t, w: t.completion_workdays.notnull()
)

SAMPLED = _flagged("列入回访", "sampled for follow-up", "sampled")
EVALUATED = _flagged("已参评", "evaluated", "evaluated")
ANSWERED_SAMPLE = rows_where(
    "列入回访且参评",
    "sampled and evaluated",
    lambda t, w: (t.sampled == 1) & (t.evaluated == 1),
)
VALID = _flagged("有效参评", "validly evaluated", "valid")
DISSATISFIED = _flagged("不满意", "dissatisfied", "dissatisfied")
SATISFIED = rows_where(
    "参评且未表示不满意",
    "evaluated and not dissatisfied",
    lambda t, w: (t.evaluated == 1) & (t.dissatisfied == 0),
)
VALID_SATISFIED = rows_where(
    "有效参评且未表示不满意",
    "validly evaluated and not dissatisfied",
    lambda t, w: (t.valid == 1) & (t.dissatisfied == 0),
)
SOLVED = rows_where("已解决", "solved", lambda t, w: (t.evaluated == 1) & (t.solved == 1))
SOLVED_KNOWN = rows_where(
    "回答了是否解决",
    "that said whether it was solved",
    lambda t, w: (t.evaluated == 1) & t.solved.notnull(),
)
UNREACHED = _flagged("未接通", "nobody reached", "unreached")
ENDED = rows_where(
    "已有结果", "that came to an end", lambda t, w: (t.evaluated == 1) | (t.unreached == 1)
)
DIRECT_EVALUATED = rows_where(
    "直接答复后参评",
    "evaluations of direct answers",
    lambda t, w: (t.direct == 1) & (t.evaluated == 1),
)
DIRECT_SATISFIED = rows_where(
    "直接答复后参评且未表示不满意",
    "evaluations of direct answers, not dissatisfied",
    lambda t, w: (t.direct == 1) & (t.evaluated == 1) & (t.dissatisfied == 0),
)

ANSWERED = _flagged("接通", "answered", "answered")
ABANDONED = _flagged("放弃", "abandoned", "abandoned")
CLOSED_CALLS = rows_where(
    "接通且话单正常结束",
    "answered, and closed in the record",
    lambda t, w: (t.answered == 1) & (t.unclosed == 0),
)


def _answered_within(seconds: int) -> Measure:
    return rows_where(
        f"{seconds}秒内接通",
        f"answered within {seconds} s",
        lambda t, w: (t.answered == 1) & (t.wait_seconds <= seconds),
    )


def _seconds(name: str, name_en: str, *columns: str, how: Literal["sum", "max"]) -> Measure:
    """Returns the measure of seconds of answered calls, without records that were never closed."""

    def value(t: ibis.Table, w: When) -> ibis.Value:
        total = t[columns[0]]
        for column in columns[1:]:
            total += t[column]
        return ibis.ifelse(
            (t.answered == 1) & (t.unclosed == 0), total, 0 if how == "sum" else ibis.null("int64")
        )

    return Measure(name, name_en, value, how)


ANSWERED_15, ANSWERED_20, ANSWERED_30 = (_answered_within(seconds) for seconds in (15, 20, 30))
WAIT_SECONDS = Measure(
    "接通前等待秒数",
    "seconds waited before the answer",
    lambda t, w: ibis.ifelse(t.answered == 1, t.wait_seconds, 0),
)
TALK_SECONDS = _seconds("通话秒数", "seconds of talk", "talk_seconds", how="sum")
LONGEST_TALK = _seconds("最长通话秒数", "longest talk in seconds", "talk_seconds", how="max")
HANDLE_SECONDS = _seconds(
    "通话、保持与话后处理秒数",
    "seconds of talk, hold and after-call work",
    "talk_seconds",
    "hold_seconds",
    "after_call_seconds",
    how="sum",
)
AGENTS = Measure("话务员", "agents", lambda t, w: t.staff_id, how="distinct")
RESIDENTS = Measure("常住人口", "residents", lambda t, w: t.population, how="max")
