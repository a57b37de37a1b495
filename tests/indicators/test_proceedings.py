"""What is done beside handling, from the actions to the figures."""

from datetime import date, timedelta

import pytest

from minsheng.demands import actions as demands
from minsheng.followups import actions as follow_ups
from minsheng.followups import campaigns, reviews, thirdparty
from minsheng.foundation import clock
from minsheng.indicators import facts
from minsheng.indicators.compute import compute
from minsheng.indicators.definitions import INDICATORS
from minsheng.indicators.dimensions import label
from minsheng.indicators.proceedings import KINDS
from minsheng.registers import actions as registers
from minsheng.supervision import actions
from minsheng.supervision.actions.checks import SiteIn
from minsheng.supervision.actions.meetings import DecisionIn
from minsheng.supervision.models import Decision, DutyUnit, Recheck, Site
from support.fairly import exclude
from support.town import NOW, Town

TODAY = NOW.date()


def figures(*codes: str, **more):
    rows = compute(codes, period="2026-03", **more)
    if not more.get("by"):
        return {code: value.value for code, value in rows[0].values.items()}
    return {
        tuple(row.keys.values()): {code: value.value for code, value in row.values.items()}
        for row in rows
    }


def test_a_unit_that_is_pressed_and_answers_late(town: Town):
    supervisor, clerk = town.actor("supervisor"), town.actor("clerk")
    pressed = {"step": "supervise", "reason": "请尽快办理", "limit": "1wd"}
    late, waived, open_ = (
        actions.issue(supervisor, order_id=town.order("signed").pk, **pressed) for _n in range(3)
    )
    actions.issue(
        supervisor, order_id=open_.assignment_id, step="notice", reason="通报", limit="9wd"
    )
    with clock.moved(NOW + timedelta(hours=2)):
        actions.close(supervisor, waived.pk, reason="已经办结")
        actions.escalate(supervisor, late.pk, level="office", reason="久拖不决")
    with clock.moved(NOW + timedelta(days=4)):
        actions.answer(clerk, late.pk, answer="已派人处理")
        told = figures(
            *("measure_count", "supervision_order_count", "notice_count", "urge_issued_count"),
            *("measure_escalated_count", "measure_due_count", "measure_in_time_rate"),
            "measure_pending_count",
        )
        assert tuple(told.values()) == (4, 3, 1, 0, 1, 2, 0.0, 3)
        by_unit = figures("measure_count", "measure_due_count", by=["unit", "proceeding"])
        assert by_unit[("住房局", "supervise")] == {"measure_count": 3, "measure_due_count": 2}
    assert facts.check() == []


def test_without_any_there_is_no_data(town: Town):
    told = figures(*(code for code, one in INDICATORS.items() if one.base.table == "proceedings"))
    shares = {code for code in told if INDICATORS[code].denominator}
    assert {told[code] for code in shares} == {None}
    assert {told[code] for code in told.keys() - shares} == {0}


def test_looking_again_and_together(town: Town):
    supervisor = town.actor("supervisor")
    demand = town.order("completed").demand
    demands.archive(supervisor, demand.pk)
    actions.draw(supervisor, since=TODAY, until=TODAY, size=1, seed="7")
    actions.reopen(supervisor, Recheck.objects.get().pk, finding="仍在漏水")
    sites = [SiteIn(place=place, unit="housing") for place in ("东里", "西里")]
    actions.plan_joint(supervisor, title="汛期", on=TODAY, units=["traffic"], sites=sites)
    for site, verdict in zip(Site.objects.order_by("pk"), ("passed", "failed"), strict=True):
        actions.judge(supervisor, site.pk, verdict=verdict, finding="看过")
    told = figures("recheck_count", "recheck_failure_rate", "joint_site_count")
    assert tuple(told.values()) == (1, 1.0, 2)
    assert figures("joint_site_pass_rate") == {"joint_site_pass_rate": 0.5}
    assert facts.check() == []


def test_meetings_and_ownership(town: Town):
    dispatcher, supervisor = town.actor("dispatcher"), town.actor("supervisor")
    DutyUnit.objects.create(month=date(2026, 3, 1), object="", unit=town.units["traffic"])
    one, other = (
        actions.open_case(dispatcher, demand_id=town.accept().pk, object="manhole")
        for _n in range(2)
    )
    actions.decide(dispatcher, one.pk, owner="housing", reason="图纸为证")
    actions.put_off(dispatcher, other.pk, review_on=date(2026, 4, 20), reason="无人认领")
    meeting = actions.call(
        supervisor, title="井盖", at=NOW + timedelta(days=1), units=["housing", "traffic"]
    )
    facts.refresh()
    doing = [DecisionIn("housing", "修", "2wd"), DecisionIn("traffic", "查", "2wd")]
    held = {"minutes": "议定两项", "present": ["housing"], "decisions": doing}
    with clock.moved(NOW + timedelta(days=1)):
        actions.hold_meeting(supervisor, meeting.pk, **held)
        done = Decision.objects.get(unit__code="housing")
        actions.report_decision(town.actor("clerk"), done.pk, report="修好了")
        actions.settle_decision(supervisor, done.pk)
    with clock.moved(NOW + timedelta(days=8)):
        told = figures(
            *("ownership_count", "ownership_decided_count", "ownership_backlog"),
            *("meeting_count", "decision_count", "decision_in_time_rate"),
            "decision_pending_count",
        )
    assert tuple(told.values()) == (2, 1, 1, 1, 2, 0.5, 1)
    assert facts.check() == []


def test_what_was_asked_for_and_promised(town: Town):
    leader, supervisor, clerk = (town.actor(who) for who in ("leader", "supervisor", "clerk"))
    actions.instruct(leader, text_="请办", unit="housing", limit="1wd")
    answered = actions.instruct(leader, text_="请报", unit="housing", limit="1wd")
    actions.report_instruction(clerk, answered.pk, feedback="已报")
    promised = {"hearing": "第一场", "held_on": TODAY, "unit": "housing", "due_on": TODAY}
    kept = actions.promise(supervisor, text_="修屋面", **promised)
    actions.promise(supervisor, text_="修楼梯", **promised)
    actions.report_promise(clerk, kept.pk, report="修好了")
    actions.judge_promise(supervisor, kept.pk, verdict="kept", reason="属实")
    with clock.moved(NOW + timedelta(days=3)):
        told = figures(
            *("instruction_count", "instruction_in_time_rate", "instruction_pending_count"),
            *("promise_due_count", "promise_kept_rate"),
        )
    assert tuple(told.values()) == (2, 0.5, 2, 2, 1.0)
    assert facts.check() == []


def test_suggestions_by_what_became_of_them(town: Town):
    supervisor = town.actor("supervisor")
    said = {"title": "加装路灯", "text": "太黑", "source": "来电"}
    one, other, _open = (registers.add(supervisor, "suggestion", said) for _n in range(3))
    registers.step(supervisor, one.number, "adopt", {"ruling": "可行"})
    registers.step(supervisor, one.number, "reply", {"reply": "已采纳"})
    registers.step(supervisor, other.number, "decline", {"why_not": "已有"})
    told = figures("suggestion_count", "suggestion_adoption_rate")
    assert told == {"suggestion_count": 3, "suggestion_adoption_rate": 0.5}
    assert figures("register_entry_count", by=["register"]) == {
        ("suggestion",): {"register_entry_count": 3}
    }
    assert label("register", "suggestion", {}) == "人民建议"
    assert facts.check() == []


def test_fairness_and_opinions(town: Town):
    exclude(town, town.order("completed").demand.number)
    demand = town.demand("completed")
    follow_ups.evaluate(
        *(town.actor("follow_up"), demand.pk),
        grade="dissatisfied",
        solved=False,
        reason_code="unsolved",
    )
    (row,) = reviews.listed(town.actor("supervisor"), "2026-03")
    reviews.decide(town.actor("supervisor"), row.pk, decision="stands", note="已到位")
    asked = campaigns.create(
        town.actor("supervisor"),
        title="满意度调查",
        questions=[{"kind": "yes_no", "text": "解决了吗"}],
        first=TODAY,
        last=TODAY,
        size=5,
    )
    campaigns.start(town.actor("supervisor"), asked.pk, seed="7")
    campaigns.record(
        town.actor("follow_up"), asked.calls.get().pk, outcome="answered", answers=["yes"]
    )
    told = figures("exclusion_count", "exclusion_granted_rate", "review_count", "survey_count")
    assert tuple(told.values()) == (1, 1.0, 1, 1)
    told = figures("review_rework_rate", "survey_answer_rate")
    assert told == {"review_rework_rate": 0.0, "survey_answer_rate": 1.0}
    assert facts.check() == []


def test_what_an_institute_thinks_of_units(town: Town):
    for _n in range(3):
        town.demand("completed")
    analyst = town.actor("analyst")
    with clock.moved(NOW + timedelta(days=1)):
        row = thirdparty.commission(
            analyst, institute="某评估院", first=TODAY, last=TODAY, size=3, seed="7"
        )
        facts.refresh()
        one, two, _three = row.items.order_by("code").values_list("code", flat=True)
        thirdparty.bring_back(analyst, row.pk, f"code,score\n{one},90.5\n{two},60.25".encode())
        codes = ("third_party_count", "third_party_scored_rate", "third_party_score")
        (by_unit,) = figures(*codes, by=["unit"]).items()
    assert by_unit == (("住房局",), dict(zip(codes, (3, 2 / 3, 75.375), strict=True)))
    assert INDICATORS["third_party_score"].printed(75.375) == "75.38分"
    assert facts.check() == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_word(kind: str):
    assert label("proceeding", kind, {}) == KINDS[kind]
