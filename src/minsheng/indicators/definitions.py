"""The indicators, each declared once: what is counted, of which base, in which period.

An indicator's value is numerator / denominator, or the numerator alone for a count; the division
happens once, after the engine has summed up both. Where the denominator is 0 there is no data,
which is neither 0 nor 100 %. `docs/indicators.md` is generated from here.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from django.utils.translation import gettext as _

from minsheng.foundation.errors import Invalid
from minsheng.indicators import measures as m
from minsheng.indicators.indicator import (
    CITIES,
    GB_33358,
    NO_51,
    NO_66,
    THREE_RATES,
    Indicator,
    Of,
    Unit,
    half_up,
)
from minsheng.indicators.measures import Rule
from minsheng.indicators.of_proceedings import proceedings

__all__ = ["INDICATORS", "Indicator", "Unit", "find", "half_up"]


def _came_in() -> Iterator[Indicator]:
    """What came in."""
    of = Of(m.DEMANDS, Rule.ACCEPTED)
    yield of(
        "accepted_count",
        "受理量",
        "accepted demands",
        m.ALL,
        note="全部渠道，含采集上报、并单和不予受理件；剔除考核件照计。",
    )
    yield of("collector_reported_count", "采集上报量", "collectors' reports", m.COLLECTOR)
    yield of("enterprise_accepted_count", "企业诉求量", "enterprises' demands", m.ENTERPRISE)
    yield of("urgent_accepted_count", "紧急诉求量", "urgent demands", m.URGENT)
    yield of("rejected_count", "不予受理量", "demands rejected", m.REJECTED, source=NO_66)
    yield of("merged_count", "并单量", "demands merged", m.MERGED, source=NO_66)
    yield of(
        "repeat_rate",
        "重复诉求率",
        "rate of repeated demands",
        m.REPEATS,
        m.NAMED,
        "没有诉求人记录的诉求无从判断，不进基数。",
    )
    of = Of(m.PUBLIC, Rule.ACCEPTED)
    yield of(
        "public_accepted_count",
        "公众诉求受理量",
        "public demands",
        m.ALL,
        note="采集上报不计入公众诉求。",
    )
    yield of("direct_answered_count", "直接答复量", "demands answered directly", m.DIRECT)
    yield of(
        "direct_answer_rate",
        "直接答复率",
        "rate of direct answers",
        m.DIRECT,
        m.ALL,
        "以公众诉求为基数，采集上报不在其中。",
    )
    yield of("unit_handling_rate", "转办率", "rate of demands given to units", m.ASSIGNED, m.ALL)
    yield of(
        "first_contact_resolution",
        "一次解决率",
        "first-contact resolution",
        m.SETTLED,
        m.ANSWERED_NAMED,
    )
    of = Of(m.PROVINCIAL, Rule.RECEIVED)
    yield of(
        "provincial_received_count",
        "省级交办量（含结转）",
        "provincial demands with carry-over",
        m.ALL,
    )
    of = Of(m.DEMANDS, Rule.OPEN_AT_START)
    yield of(
        "carried_over",
        "结转量",
        "demands carried over",
        m.ALL,
        note="期初之前受理而期初尚未办结；按来源层级分可得省级结转。",
    )


def _assigned() -> Iterator[Indicator]:
    """What was given to units."""
    of = Of(m.PAIRS, Rule.ASSIGNED)
    yield of(
        "assigned_count",
        "转办量",
        "order-unit pairs assigned",
        m.ALL,
        note="一张工单交几个单位计几件，因此不小于工单量；退单改派前后各计一件。",
    )
    yield of(
        "work_order_count",
        "工单量",
        "work orders",
        m.WORK_ORDERS,
        note="一张工单计一件，不论交几个单位；各单位之和可以大于合计。",
    )
    yield of("handling_unit_count", "承办单位数", "units that got orders", m.UNITS)
    yield of(
        "urged_count",
        "催办次数",
        "times that units were urged",
        m.URGED,
        note="派单员、督查员和上级单位对工单的催办，含催办文书。",
    )
    yield of("returned_count", "退单量", "orders returned", m.RETURNED, source=NO_66)
    yield of("return_rate", "退单率", "rate of orders returned", m.RETURNED, m.ALL, source=NO_66)
    yield of(
        "assignment_accuracy",
        "派单准确率",
        "accuracy of assignment",
        m.WELL_ASSIGNED,
        m.ALL,
        "退单被驳回的不算派错。",
        source=NO_66,
    )
    of = Of(m.ASSESSED_PAIRS, Rule.ASSIGNED)
    yield of(
        "sign_due_count",
        "应签收数",
        "orders to be signed for",
        m.SIGN_OWED,
        note="已签收的，和签收时限已过的；尚在时限内的不计。",
    )
    yield of(
        "sign_in_time_rate",
        "及时签收率",
        "rate of orders signed for in time",
        m.SIGNED_IN_TIME,
        m.SIGN_OWED,
    )
    yield of(
        "avg_sign_hours",
        "平均签收时长",
        "mean hours until signature",
        m.SIGN_SECONDS,
        m.SIGNED,
        "自然小时。",
        unit=Unit.HOURS,
    )
    of = Of(m.ASSESSED, Rule.ASSIGNED)
    yield of(
        "response_rate",
        "响应率",
        "rate of petitioners contacted in time",
        m.CONTACTED_IN_TIME,
        m.CONTACT_OWED,
        "尚在联系时限内的不计；匿名、保密等单位无从联系诉求人的，没有联系时限，也不计。",
        source=THREE_RATES,
    )


def _due() -> Iterator[Indicator]:
    """What was due."""
    of = Of(m.OWED, Rule.DUE)
    yield of(
        "due_count",
        "应办理数",
        "orders due",
        m.ALL,
        note="办结时限在本期内的，不论何时交办；与本期交办数、本期办结数是三个不同的数。",
    )
    yield of(
        "handled_count",
        "办理数",
        "orders due and handled",
        m.HANDLED,
        note="应办理数中已办理的，早晚都计；以单位提交且未被退回的答复为准。",
    )
    yield of("completed_late", "超期办理数", "orders handled late", m.LATE)
    yield of(
        "overdue_open",
        "超期未办数",
        "orders overdue and open",
        m.OVERDUE_OPEN,
        note="应办理数中时限已过、至今（或截至所给时刻）仍未办理的。",
    )
    yield of("completion_rate", "办结率", "completion rate", m.HANDLED, m.ALL)
    yield of(
        "on_time_completion_rate",
        "按期办结率",
        "on-time completion rate",
        m.IN_TIME,
        m.ALL,
        "（办理数－超期办理数）÷应办理数：未办理的也不算按期。",
    )
    yield of("overdue_rate", "超期率", "overdue rate", m.OVERDUE, m.ALL)
    yield of(
        "rework_count",
        "返工数",
        "orders reworked",
        m.REWORKED,
        note="被退回重办过的件数；同一件返工几次计一件。",
    )
    yield of("rework_rate", "返工率", "rework rate", m.REWORKED, m.ALL)
    yield of("extension_rate", "延期率", "rate of extended orders", m.EXTENDED, m.ALL)
    yield of("urgent_due_count", "应办理急办件数", "urgent orders due", m.URGENT)
    yield of(
        "urgent_in_time_rate",
        "急办及时率",
        "rate of urgent orders in time",
        m.URGENT_IN_TIME,
        m.URGENT,
    )


def _completed() -> Iterator[Indicator]:
    """What was completed, and what petitioners said of it."""
    of = Of(m.LEADS, Rule.COMPLETED)
    yield of("completed_count", "办结量", "orders completed", m.ALL, note="剔除考核件照计。")
    of = Of(m.ASSESSED, Rule.COMPLETED)
    yield of(
        "avg_completion_time",
        "平均办结时长",
        "mean hours until completion",
        m.COMPLETION_SECONDS,
        m.ALL,
        "自然小时，从派单到审核通过。",
        unit=Unit.HOURS,
    )
    yield of(
        "avg_completion_workdays",
        "平均办结工作日",
        "mean working days until completion",
        m.WORKDAYS,
        m.WORKDAYS_KNOWN,
        "从派单次日起计，当日办结为0。",
        unit=Unit.WORKING_DAYS,
        source="民法典第二百零一条",
    )
    yield of("sampled_count", "回访抽样数", "orders sampled for follow-up", m.SAMPLED)
    yield of(
        "evaluated_count",
        "参评数",
        "orders evaluated",
        m.EVALUATED,
        note="未接通不是不满意，也不是参评；未被抽中的诉求人主动评价照计。",
        source=NO_51,
    )
    yield of("valid_evaluated_count", "有效参评数", "orders validly evaluated", m.VALID)
    yield of(
        "dissatisfied_count",
        "不满意数",
        "orders dissatisfied with",
        m.DISSATISFIED,
        note="不满意和非常不满意。",
        source=NO_51,
    )
    yield of(
        "satisfaction_rate",
        "满意率",
        "satisfaction rate",
        m.SATISFIED,
        m.EVALUATED,
        "1－不满意数÷参评数，以最后一轮评价为准。",
        source=NO_51,
    )
    yield of(
        "effective_satisfaction_rate",
        "有效参评满意率",
        "satisfaction rate of valid evaluations",
        m.VALID_SATISFIED,
        m.VALID,
    )
    yield of("participation_rate", "参评率", "participation rate", m.ANSWERED_SAMPLE, m.SAMPLED)
    yield of(
        "resolution_rate",
        "解决率",
        "resolution rate",
        m.SOLVED,
        m.SOLVED_KNOWN,
        source=THREE_RATES,
    )


def _open() -> Iterator[Indicator]:
    """What is open."""
    of = Of(m.LEADS, Rule.OPEN_AT_END)
    yield of(
        "open_count",
        "期末在办量",
        "orders open at the end",
        m.ALL,
        note="期末之前派出，期末时尚未提交答复，也未退单改派。",
    )
    of = Of(m.ASSESSED, Rule.OPEN_AT_END)
    yield of(
        "overdue_backlog",
        "期末超期未办存量",
        "orders overdue at the end",
        m.PAST_DUE,
        note="期末在办件中时限已过的，不论时限在哪一期；挂账件不计。",
    )


def _followed_up() -> Iterator[Indicator]:
    """What the follow-ups themselves came to."""
    of = Of(m.FOLLOW_UPS, Rule.FOLLOWED)
    yield of(
        "follow_up_count",
        "回访量",
        "rounds of follow-up",
        m.ALL,
        note="含对直接答复的回访，每轮计一次。",
    )
    yield of(
        "unreached_rate", "回访未接通率", "rate of petitioners not reached", m.UNREACHED, m.ENDED
    )
    yield of(
        "direct_satisfaction_rate",
        "直接答复满意率",
        "satisfaction rate of direct answers",
        m.DIRECT_SATISFIED,
        m.DIRECT_EVALUATED,
        source=NO_51,
    )


def _called() -> Iterator[Indicator]:
    """The telephone."""
    of = Of(m.CALLS, Rule.CALLED, GB_33358)
    yield of("inbound_count", "呼入量", "calls offered", m.ALL)
    yield of("answered_count", "接听量", "calls answered", m.ANSWERED)
    yield of(
        "connect_rate",
        "接通率",
        "connect rate",
        m.ANSWERED,
        m.ALL,
        "按呼叫方向筛选或分列时不限于呼入；合计按话单加权，不是各方向的平均。",
    )
    yield of(
        "service_level",
        "15秒接通率",
        "rate of calls answered within 15 s",
        m.ANSWERED_15,
        m.ALL,
        "以全部呼入话单为基数，放弃的也在其中。",
    )
    yield of(
        "service_level_20",
        "20秒接通率",
        "rate of calls answered within 20 s",
        m.ANSWERED_20,
        m.ALL,
        "以全部呼入话单为基数，放弃的也在其中。",
        source=CITIES,
    )
    yield of(
        "service_level_30",
        "30秒接通率",
        "rate of calls answered within 30 s",
        m.ANSWERED_30,
        m.ALL,
        "以全部呼入话单为基数，放弃的也在其中。",
        source="江苏省12345热线通报口径",
    )
    yield of(
        "abandon_rate",
        "放弃率",
        "abandon rate",
        m.ABANDONED,
        m.ALL,
        "不论等待多久，短时放弃也计。",
        source=CITIES,
    )
    yield of(
        "avg_speed_of_answer",
        "平均等待时长",
        "mean wait of answered calls",
        m.WAIT_SECONDS,
        m.ANSWERED,
        unit=Unit.SECONDS,
    )
    yield of(
        "avg_talk_time",
        "平均通话时长",
        "mean talk time",
        m.TALK_SECONDS,
        m.CLOSED_CALLS,
        "按话单加权；未正常结束的话单不计时长。",
        unit=Unit.SECONDS,
        source=CITIES,
    )
    yield of(
        "longest_talk_time",
        "最长通话时长",
        "longest talk",
        m.LONGEST_TALK,
        note="未正常结束的话单不计时长。",
        unit=Unit.SECONDS,
        source=CITIES,
    )
    yield of(
        "avg_handle_time",
        "平均处理时长",
        "mean handle time",
        m.HANDLE_SECONDS,
        m.CLOSED_CALLS,
        "通话、保持与话后处理之和。",
        unit=Unit.SECONDS,
        source=CITIES,
    )
    of = Of(m.CALLS_OUT, Rule.CALLED)
    yield of("outbound_count", "呼出量", "calls made", m.ALL)
    yield of("outbound_connect_rate", "呼出接通率", "connect rate of calls made", m.ANSWERED, m.ALL)
    of = Of(m.SEATS, Rule.HELD_AT_END)
    yield of(
        "seats_per_100k",
        "每十万人座席数",
        "agents per 100,000 residents",
        m.AGENTS,
        m.RESIDENTS,
        "期末在岗话务员数÷（常住人口÷10万）。",
        unit=Unit.PER_100K,
    )


INDICATORS: Mapping[str, Indicator] = {
    indicator.code: indicator
    for group in (
        *(_came_in, _assigned, _due, _completed, _open, _followed_up, _called),
        proceedings,
    )
    for indicator in group()
}


def find(code: str) -> Indicator:
    """Returns an indicator by its code. Raises Invalid for an unknown one."""
    try:
        return INDICATORS[code]
    except KeyError:
        near = "、".join(get_close_matches(code, INDICATORS))
        hint = _("相近的有：%s。") % near if near else _("请用 minsheng indicators list 查看。")
        raise Invalid(
            "unknown_indicator", _("没有代码为“%s”的指标；") % code + hint, field="indicator"
        ) from None
