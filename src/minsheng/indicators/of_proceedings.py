"""The indicators of proceedings: how units were pressed, checked and heard, and what came of it."""

from collections.abc import Iterator

import ibis

from minsheng.indicators.indicator import NO_51, NO_66, Indicator, Of, Unit
from minsheng.indicators.measures import ALL, Base, Measure, Rule, When, done, rows_where
from minsheng.indicators.proceedings import KINDS

_LADDER = ("urge", "supervise", "notice", "interview")


def _base(code: str, name: str, name_en: str, *kinds: str) -> Base:
    """Returns the proceedings of some kinds; of one, where none is named besides its code."""
    wanted = kinds or (code,)
    if unknown := {*wanted} - {*KINDS}:
        raise KeyError(unknown)
    return Base(code, name, name_en, "proceedings", {}, lambda t: t.proceeding.isin(wanted))


def _in_time(t: ibis.Table, w: When) -> ibis.Value:
    return done(t, w, "answered_at") & (t.answered_at <= t.due_at)


def _owed(t: ibis.Table, w: When) -> ibis.Value:
    """Returns the condition that an answer came, or was due and nobody did without it before."""
    waived = done(t, w, "closed_at") & (t.closed_at <= t.due_at)
    return done(t, w, "answered_at") | ((t.due_at < w.present) & ~waived)


_IN_TIME = rows_where("时限内答复", "answered within the limit", _in_time)
_OWED = rows_where("已答复或已过时限", "answered, or past the limit", _owed)
_ENDED = rows_where("已有结果", "that came to an end", lambda t, w: done(t, w, "closed_at"))


def _with(name: str, name_en: str, *outcomes: str) -> Measure:
    return rows_where(name, name_en, lambda t, w: t.outcome.isin(outcomes))


def proceedings() -> Iterator[Indicator]:
    """What was done beside handling: from the ladder to registers."""
    yield from _ladder()
    yield from _checks()
    yield from _settled_together()
    yield from _pledges()
    yield from _opinions()
    yield from _third_parties()
    yield from _fairness()
    yield from _registers()


def _ladder() -> Iterator[Indicator]:
    documents = _base(
        "documents", "督办文书（催办、督办、通报、约谈）", "documents of the ladder", *_LADDER
    )
    of = Of(documents, Rule.OPENED)
    yield of("measure_count", "督办文书数", "documents of the ladder", ALL)
    yield of(
        "measure_escalated_count",
        "提级督办数",
        "documents moved up",
        _with("已提级", "moved up", "escalated"),
    )
    for kind, code, name, name_en in (
        ("urge", "urge_issued_count", "催办文书数", "urges issued"),
        ("supervise", "supervision_order_count", "督办单数", "supervision orders"),
        ("notice", "notice_count", "通报数", "notices"),
        ("interview", "interview_count", "约谈数", "interviews"),
    ):
        yield Of(_base(kind, KINDS[kind], name_en), Rule.OPENED)(code, name, name_en, ALL)
    of = Of(documents, Rule.LIMITED)
    yield of(
        "measure_due_count",
        "应答复督办文书数",
        "documents to be answered",
        _OWED,
        note="时限在本期内的；时限之前已销号而未要求答复的不计。",
    )
    yield of("measure_in_time_rate", "督办按时答复率", "rate of answers in time", _IN_TIME, _OWED)
    yield Of(documents, Rule.PENDING)(
        "measure_pending_count", "期末未销号督办文书数", "documents pending at the end", ALL
    )


def _checks() -> Iterator[Indicator]:
    of = Of(_base("recheck", "回头看", "re-checks"), Rule.OPENED)
    yield of("recheck_count", "回头看抽查数", "re-checks drawn", ALL)
    yield of(
        "recheck_failure_rate",
        "回头看不实率",
        "rate of re-checks that failed",
        _with("重新受理", "taken up again", "reopened"),
        _ENDED,
        "本期抽查且已有结果的。",
    )
    of = Of(_base("field_check", "现场核查", "field checks"), Rule.OPENED)
    yield of("field_check_count", "现场核查数", "field checks", ALL)
    yield of(
        "field_check_settled_rate",
        "现场核查属实率",
        "rate of field checks that found it settled",
        _with("属实，已解决", "found settled", "settled"),
        _ENDED,
    )
    of = Of(_base("site", "联合督查点位", "places of joint supervision"), Rule.OPENED)
    yield of("joint_site_count", "联合督查点位数", "places looked at together", ALL)
    yield of(
        "joint_site_pass_rate",
        "联合督查合格率",
        "rate of places that passed",
        _with("合格", "passed", "passed"),
        _ENDED,
    )


def _settled_together() -> Iterator[Indicator]:
    cases = _base("ownership", "权属案件（按值班单位）", "ownership cases (by duty unit)")
    yield Of(cases, Rule.OPENED)("ownership_count", "权属提请数", "ownership cases", ALL)
    yield Of(cases, Rule.ENDED)(
        "ownership_decided_count", "权属认定数", "ownership cases decided", ALL
    )
    yield Of(cases, Rule.PENDING)(
        "ownership_backlog", "期末权属积存", "ownership cases undecided at the end", ALL
    )
    meetings = _base("meeting", "会办", "coordination meetings")
    yield Of(meetings, Rule.OPENED)("meeting_count", "会办数", "coordination meetings", ALL)
    decisions = _base("decision", "议定事项", "decisions of meetings")
    yield Of(decisions, Rule.OPENED)("decision_count", "议定事项数", "decisions", ALL)
    yield Of(decisions, Rule.LIMITED)(
        "decision_in_time_rate", "议定事项按时落实率", "rate of decisions in time", _IN_TIME, _OWED
    )
    yield Of(decisions, Rule.PENDING)(
        "decision_pending_count", "期末未落实议定事项", "decisions pending at the end", ALL
    )


def _pledges() -> Iterator[Indicator]:
    instructions = _base("instruction", "领导批示", "leaders' instructions")
    yield Of(instructions, Rule.OPENED)(
        "instruction_count", "领导批示数", "leaders' instructions", ALL
    )
    yield Of(instructions, Rule.LIMITED)(
        "instruction_in_time_rate",
        "批示按时反馈率",
        "rate of instructions answered in time",
        _IN_TIME,
        _OWED,
    )
    yield Of(instructions, Rule.PENDING)(
        "instruction_pending_count", "期末未办结批示", "instructions pending at the end", ALL
    )
    of = Of(_base("promise", "民生承诺", "promises of public hearings"), Rule.LIMITED)
    yield of("promise_due_count", "到期承诺数", "promises due", ALL)
    yield of(
        "promise_kept_rate",
        "承诺兑现率",
        "rate of promises kept",
        _with("已兑现", "kept", "kept"),
        _ENDED,
        "到期且已评定的；部分兑现不算兑现。",
    )


def _opinions() -> Iterator[Indicator]:
    enquiries = _base("enquiry", "专员咨询（企业专席）", "what specialists are asked")
    of = Of(enquiries, Rule.OPENED)
    yield of("enquiry_count", "专员咨询数", "enquiries put to specialists", ALL)
    yield of(
        "enquiry_answer_rate",
        "专员答复率",
        "rate of enquiries that specialists answered",
        _with("专员已答复", "answered by a specialist", "answered"),
        _ENDED,
        "其余转派单，或已另行处理。",
    )
    yield Of(enquiries, Rule.LIMITED)(
        "enquiry_in_time_rate",
        "专员按时答复率",
        "rate of enquiries dealt with in time",
        _IN_TIME,
        _OWED,
        "答复和转派单都算。",
    )
    of = Of(_base("review", "研判", "reviews of discontent"), Rule.OPENED)
    yield of("review_count", "研判件数", "orders reviewed", ALL)
    yield of(
        "review_rework_rate",
        "研判重办率",
        "rate of reviews that ask for rework",
        _with("退回重办", "sent back", "rework"),
        ALL,
    )
    of = Of(_base("survey", "外呼调查（每人一次）", "people asked in surveys"), Rule.OPENED, NO_51)
    yield of("survey_count", "外呼调查人数", "people drawn for surveys", ALL)
    yield of(
        "survey_answer_rate",
        "外呼调查应答率",
        "rate of people who answered",
        _with("已回答", "who answered", "answered"),
        _ENDED,
    )


def _third_parties() -> Iterator[Indicator]:
    items = _base("third_party", "第三方评估件", "demands that an institute judges")
    of = Of(items, Rule.OPENED)
    yield of("third_party_count", "第三方评估件数", "demands given to an institute", ALL)
    scored = rows_where("已评分", "that were scored", lambda t, w: t.score.notnull())
    yield of("third_party_scored_rate", "第三方评分率", "rate of demands scored", scored, ALL)
    yield of(
        "third_party_score",
        "第三方评估平均分",
        "mean score by an institute",
        Measure("评分（百分之一分）", "hundredths of a point", lambda t, w: t.score.fill_null(0)),
        scored,
        "按委托的时间计入；未评分的不计。",
        unit=Unit.POINTS,
    )


def _fairness() -> Iterator[Indicator]:
    granted = _with("同意", "granted", "granted")
    decided = _with("同意或不同意", "granted or refused", "granted", "refused")
    of = Of(_base("exclusion", "剔除申请", "applications for exclusion"), Rule.OPENED, NO_66)
    yield of("exclusion_count", "剔除申请数", "applications for exclusion", ALL)
    yield of("exclusion_granted_rate", "剔除同意率", "rate of exclusions granted", granted, decided)
    of = Of(_base("appeal", "考核申诉", "appeals against evaluations"), Rule.OPENED, NO_66)
    yield of("appeal_count", "考核申诉数", "appeals", ALL)
    yield of("appeal_granted_rate", "申诉成立率", "rate of appeals granted", granted, decided)


def _registers() -> Iterator[Indicator]:
    of = Of(_base("register", "台账条目", "entries of registers"), Rule.OPENED)
    yield of("register_entry_count", "台账登记数", "entries of registers", ALL)
    suggestions = Base(
        "suggestions",
        "人民建议",
        "people's suggestions",
        "proceedings",
        {},
        lambda t: t.register == "suggestion",
    )
    of = Of(suggestions, Rule.OPENED)
    yield of("suggestion_count", "人民建议数", "people's suggestions", ALL)
    yield of(
        "suggestion_adoption_rate",
        "建议采纳率",
        "rate of suggestions adopted",
        _with("已采纳", "adopted", "adopted"),
        _with("已研究", "studied", "adopted", "declined"),
    )
