"""Each process of supervision as a table: how a thing reads, and what may be done with it.

Lists, things and forms of all processes are drawn by the same three pages (`things`); here stands
only what differs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from minsheng.catalogue.rules import Limit
from minsheng.doors.console import limit_badge
from minsheng.doors.console.limit_badge import Badge
from minsheng.doors.console.supervision import forms
from minsheng.foundation import clock
from minsheng.supervision import actions
from minsheng.supervision import models as m
from minsheng.supervision import rules as r
from minsheng.supervision.models.ownership import Object

Fact = tuple[Promise | str, Any]


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that can be done: its words, its form, what does it, and what is then said."""

    label: Promise
    form: type[forms.ThingForm]
    run: Callable[..., object]
    said: Promise
    tone: str = ""
    by_form: bool = False  # the form itself names what it is done to


@dataclass(frozen=True, slots=True)
class Process:
    """A process: its things, which of them are shown, how each reads.

    `unit` leads to the unit by which they are seen; `opens` is how one is opened. `title`, `about`,
    `badge` and `facts` read one thing.
    """

    code: str
    label: Promise
    kind: type[Any]
    title: Callable[[Any], str]
    facts: Callable[[Any], list[Fact]]
    deeds: Mapping[str, Deed]
    empty: Promise
    related: tuple[str, ...] = ()
    sort: str = "-opened_at"
    view: str = "supervision.view"
    unit: str = "unit"
    opens: tuple[str, Deed] | None = None
    badge: Callable[[Any], Badge | None] = lambda thing: None
    parts: Callable[[Any], list[list[Fact]]] = lambda thing: []
    done: frozenset[str] = frozenset()

    @property
    def lifecycle(self) -> Any:
        return r.LIFECYCLES[self.kind._meta.model_name]


def _due(at: datetime | None, running: bool, limit: str = "") -> Badge | None:
    return limit_badge.badge(at, at, limit) if at and running else None


def _demand(thing: Any) -> list[Fact]:
    demand = thing.demand
    if demand is None:
        return []
    address = reverse("console:demand", args=[demand.pk])
    return [(_("诉求"), (address, f"{demand.number} {demand.title}"))]


def _shown(*facts: Fact) -> list[Fact]:
    """Returns the facts that there are."""
    return [fact for fact in facts if fact[1] not in (None, "", [])]


def _measure(one: m.Measure) -> list[Fact]:
    return _shown(
        (_("措施"), one.get_step_display()),
        (_("督办层级"), one.get_level_display()),
        (_("单位"), one.unit.name),
        *_demand(one),
        (_("上一级措施"), str(one.previous) if one.previous else ""),
        (_("事由和要求"), one.reason),
        (_("下发"), one.opened_at),
        (_("时限"), Limit.parse(one.limit).in_words()),
        (_("答复时限"), one.due_at),
        (_("单位答复"), one.answer),
        (_("答复人"), one.answered_by),
        (_("答复时间"), one.answered_at),
        (_("销号意见"), one.remark),
        (_("销号时间"), one.closed_at),
    )


def _recheck(one: m.Recheck) -> list[Fact]:
    return _shown(
        *_demand(one),
        (_("单位"), one.unit.name),
        (_("抽样"), one.source.number),
        (_("种子"), one.source.seed),
        (_("总体"), one.source.population),
        (_("复查情况"), one.finding),
        (_("复查人"), one.by),
        (_("复查时间"), one.at),
    )


def _field_check(one: m.FieldCheck) -> list[Fact]:
    files = [(reverse("console:attachment", args=[pk]), str(_("现场照片"))) for pk in one.evidence]
    return _shown(
        *_demand(one),
        (_("单位"), one.unit.name if one.unit else ""),
        (_("核查要求"), one.reason),
        (_("核查人"), one.assignee.name if one.assignee else _("任何督查员")),
        (_("核查时限"), one.due_at),
        (_("核查结论"), one.get_verdict_display()),
        (_("核查情况"), one.finding),
        (_("核查地点"), one.place),
        (_("坐标"), f"{one.lon:.5f}, {one.lat:.5f}" if one.lon and one.lat else ""),
        (_("到场时间"), one.seen_at),
        *((_("附件"), file) for file in files),
    )


def _joint(one: m.Joint) -> list[Fact]:
    return _shown(
        (_("督查日期"), one.on),
        (_("参加单位"), "、".join(unit.name for unit in one.units.all())),
        (_("小结"), one.remark),
        (_("结束时间"), one.closed_at),
    )


def _sites(one: m.Joint) -> list[list[Fact]]:
    found = one.sites.select_related("unit", "demand").order_by("pk")
    return [
        _shown(
            (_("点位"), site.place),
            (_("责任单位"), site.unit.name),
            *_demand(site),
            (_("结论"), site.get_verdict_display() or _("待认定")),
            (_("情况"), site.finding),
        )
        for site in found
    ]


def _case(one: m.Ownership) -> list[Fact]:
    return _shown(
        (_("设施"), one.get_object_display()),
        *_demand(one),
        (_("争议情况"), one.reason),
        (_("值班单位"), one.unit.name),
        (_("勘查时限"), one.visit_due_at),
        (_("勘查情况"), one.finding),
        (_("建议权属单位"), one.suggested.name if one.suggested else ""),
        (_("积存复核日期"), one.review_on),
        (_("权属单位"), one.owner.name if one.owner else ""),
        (_("认定意见"), one.decision),
        (_("认定时间"), one.decided_at),
    )


def _meeting(one: m.Meeting) -> list[Fact]:
    demands = [
        (reverse("console:demand", args=[demand.pk]), demand.number) for demand in one.demands.all()
    ]
    return _shown(
        (_("会议时间"), one.at),
        (_("地点"), one.place),
        (_("参会单位"), "、".join(unit.name for unit in one.units.all())),
        (_("到会单位"), "、".join(unit.name for unit in one.present.all())),
        *((_("涉及诉求"), demand) for demand in demands),
        (_("会议纪要"), one.minutes),
    )


def _decisions(one: m.Meeting) -> list[list[Fact]]:
    found = one.decisions.select_related("unit").order_by("pk")
    return [
        _shown(
            (
                _("议定事项"),
                (reverse("console:supervision-thing", args=["decisions", each.pk]), each.text),
            ),
            (_("单位"), each.unit.name),
            (_("时限"), each.due_at),
            (_("状态"), each.get_state_display()),
        )
        for each in found
    ]


def _decision(one: m.Decision) -> list[Fact]:
    meeting = (reverse("console:supervision-thing", args=["meetings", one.meeting_id]),)
    return _shown(
        (_("会办"), (*meeting, f"{one.meeting.number} {one.meeting.title}")),
        (_("单位"), one.unit.name),
        (_("事项"), one.text),
        (_("时限"), one.due_at),
        (_("落实情况"), one.report),
        (_("上报时间"), one.reported_at),
        (_("确认时间"), one.settled_at),
    )


def _clue(one: m.Clue) -> list[Fact]:
    return _shown(
        (_("类别"), one.get_kind_display()),
        (_("单位"), one.unit.name),
        (_("诉求号"), one.demand.number if one.demand else ""),
        (_("线索内容"), one.text),
        (_("移交时间"), one.opened_at),
        (_("回执号"), one.receipt),
        (_("接收时间"), one.received_at),
        (_("办理结果"), one.result),
        (_("办结时间"), one.concluded_at),
    )


def _instruction(one: m.Instruction) -> list[Fact]:
    return _shown(
        (_("批示领导"), one.leader),
        (_("批示内容"), one.text),
        (_("承办单位"), one.unit.name),
        *_demand(one),
        (_("批示时间"), one.opened_at),
        (_("反馈时限"), one.due_at),
        (_("反馈"), one.feedback),
        (_("反馈时间"), one.reported_at),
        (_("办结意见"), one.remark),
        (_("办结时间"), one.closed_at),
    )


def _promise(one: m.Promise) -> list[Fact]:
    moved = one.first_due_on != one.due_on
    return _shown(
        (_("场次"), one.hearing),
        (_("承诺日期"), one.held_on),
        (_("承诺单位"), one.unit.name),
        (_("承诺事项"), one.text),
        (_("兑现期限"), one.due_on),
        (_("原兑现期限"), one.first_due_on if moved else None),
        (_("兑现情况"), one.report),
        (_("上报时间"), one.reported_at),
        (_("评定"), one.get_verdict_display()),
        (_("评定意见"), one.remark),
        (_("评定时间"), one.judged_at),
    )


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59), clock.ZONE)


_S = _("已办理。")

PROCESSES: Mapping[str, Process] = {
    one.code: one
    for one in (
        Process(
            "measures",
            _("督办文书"),
            m.Measure,
            lambda one: f"{one.get_step_display()}：{one.reason[:60]}",
            _measure,
            {
                "measure.answer": Deed(
                    _("答复"), forms.Answer, actions.answer, _("已答复。"), "primary"
                ),
                "measure.send_back": Deed(
                    _("退回重报"), forms.SendBack, actions.send_back, _("已退回。")
                ),
                "measure.escalate": Deed(
                    _("提级督办"), forms.Escalate, actions.escalate, _("已提级。")
                ),
                "measure.close": Deed(_("销号"), forms.CloseMeasure, actions.close, _("已销号。")),
            },
            _("没有督办文书。"),
            ("unit", "demand", "previous"),
            opens=(
                "measure.issue",
                Deed(_("下发督办文书"), forms.Issue, actions.issue, _("已下发。")),
            ),
            badge=lambda one: _due(one.due_at, one.state == r.MeasureState.ISSUED, one.limit),
            done=frozenset({r.MeasureState.CLOSED}),
        ),
        Process(
            "rechecks",
            _("回头看"),
            m.Recheck,
            lambda one: one.demand.title,
            _recheck,
            {
                "recheck.hold": Deed(
                    _("办理属实"), forms.Finding, actions.hold, _("已记录。"), "primary"
                ),
                "recheck.reopen": Deed(
                    _("重新受理"), forms.Finding, actions.reopen, _("已重新受理。"), "danger"
                ),
            },
            _("没有抽取过回头看。"),
            ("unit", "demand", "source"),
            "-drawn_at",
            opens=(
                "recheck.draw",
                Deed(_("抽取回头看"), forms.Draw, actions.draw, _("已抽取。")),
            ),
            done=frozenset({r.RecheckState.HELD, r.RecheckState.REOPENED}),
        ),
        Process(
            "field-checks",
            _("现场核查"),
            m.FieldCheck,
            lambda one: one.reason[:80],
            _field_check,
            {
                "field_check.report": Deed(
                    _("上报核查结果"),
                    forms.ReportCheck,
                    actions.report_field_check,
                    _("已上报。"),
                    "primary",
                )
            },
            _("没有现场核查。"),
            ("unit", "demand", "assignee"),
            opens=(
                "field_check.order",
                Deed(_("安排现场核查"), forms.OrderCheck, actions.order_field_check, _("已安排。")),
            ),
            badge=lambda one: _due(one.due_at, one.state == r.FieldCheckState.ORDERED),
            done=frozenset({r.FieldCheckState.REPORTED}),
        ),
        Process(
            "joints",
            _("联合督查"),
            m.Joint,
            lambda one: one.title,
            _joint,
            {
                "joint.judge": Deed(
                    _("认定点位"), forms.Judge, actions.judge, _("已认定。"), "primary", True
                ),
                "joint.close": Deed(
                    _("结束"), forms.CloseJoint, actions.close_joint, _("已结束。")
                ),
            },
            _("没有联合督查。"),
            unit="sites__unit",
            opens=(
                "joint.plan",
                Deed(_("安排联合督查"), forms.PlanJoint, actions.plan_joint, _("已安排。")),
            ),
            parts=_sites,
            done=frozenset({r.JointState.CLOSED}),
        ),
        Process(
            "ownership",
            _("权属认定"),
            m.Ownership,
            lambda one: f"{Object(one.object).label}：{one.demand.title}",
            _case,
            {
                "ownership.visit": Deed(
                    _("上报勘查"), forms.Visit, actions.visit, _("已上报。"), "primary"
                ),
                "ownership.decide": Deed(
                    _("认定权属"),
                    forms.Decide,
                    actions.decide,
                    _("已认定，工单已派给权属单位。"),
                    "primary",
                ),
                "ownership.put_off": Deed(
                    _("列入积存"), forms.PutOff, actions.put_off, _("已列入积存。")
                ),
            },
            _("没有权属案件。"),
            ("unit", "demand", "suggested", "owner"),
            opens=(
                "ownership.open",
                Deed(_("提请权属认定"), forms.OpenCase, actions.open_case, _("已提请。")),
            ),
            badge=lambda one: _due(one.visit_due_at, one.state == r.OwnershipState.OPENED),
            done=frozenset({r.OwnershipState.DECIDED}),
        ),
        Process(
            "meetings",
            _("会办"),
            m.Meeting,
            lambda one: one.title,
            _meeting,
            {
                "meeting.hold": Deed(
                    _("记录会办"), forms.Hold, actions.hold_meeting, _("已记录。"), "primary"
                )
            },
            _("没有会办。"),
            unit="units",
            opens=("meeting.call", Deed(_("召集会办"), forms.Call, actions.call, _("已召集。"))),
            parts=_decisions,
            done=frozenset({r.MeetingState.CLOSED}),
        ),
        Process(
            "decisions",
            _("议定事项"),
            m.Decision,
            lambda one: one.text[:80],
            _decision,
            {
                "decision.report": Deed(
                    _("上报落实情况"),
                    forms.Report,
                    actions.report_decision,
                    _("已上报。"),
                    "primary",
                ),
                "decision.settle": Deed(
                    _("确认落实"), forms.Nothing, actions.settle_decision, _S, "primary"
                ),
                "decision.send_back": Deed(
                    _("退回继续落实"), forms.Reason, actions.send_back_decision, _("已退回。")
                ),
            },
            _("没有议定事项。"),
            ("unit", "meeting"),
            "-due_at",
            badge=lambda one: _due(one.due_at, one.state == r.DecisionState.OPEN),
            done=frozenset({r.DecisionState.DONE}),
        ),
        Process(
            "clues",
            _("线索移交"),
            m.Clue,
            lambda one: f"{one.get_kind_display()}：{one.text[:60]}",
            _clue,
            {
                "clue.receive": Deed(
                    _("接收"), forms.Receive, actions.receive, _("已接收。"), "primary"
                ),
                "clue.conclude": Deed(
                    _("办结"), forms.Conclude, actions.conclude, _("已办结。"), "primary"
                ),
            },
            _("没有您能看到的线索。"),
            ("unit", "demand"),
            view="clue.view",
            opens=("clue.submit", Deed(_("移交线索"), forms.Submit, actions.submit, _("已移交。"))),
            done=frozenset({r.ClueState.CONCLUDED}),
        ),
        Process(
            "instructions",
            _("领导批示"),
            m.Instruction,
            lambda one: f"{one.leader}：{one.text[:60]}",
            _instruction,
            {
                "instruction.report": Deed(
                    _("反馈"), forms.Feedback, actions.report_instruction, _("已反馈。"), "primary"
                ),
                "instruction.close": Deed(
                    _("办结"),
                    forms.CloseInstruction,
                    actions.close_instruction,
                    _("已办结。"),
                    "primary",
                ),
                "instruction.send_back": Deed(
                    _("退回再办"), forms.Reason, actions.send_back_instruction, _("已退回。")
                ),
                "instruction.order": Deed(
                    _("转为指令工单"), forms.MakeOrder, actions.make_order, _("已转为工单。")
                ),
            },
            _("没有领导批示。"),
            ("unit", "demand"),
            opens=(
                "instruction.give",
                Deed(_("登记批示"), forms.Instruct, actions.instruct, _("已登记。")),
            ),
            badge=lambda one: _due(one.due_at, one.state == r.InstructionState.GIVEN, one.limit),
            done=frozenset({r.InstructionState.CLOSED}),
        ),
        Process(
            "promises",
            _("民生承诺"),
            m.Promise,
            lambda one: one.text[:80],
            _promise,
            {
                "promise.report": Deed(
                    _("上报兑现"),
                    forms.ReportPromise,
                    actions.report_promise,
                    _("已上报。"),
                    "primary",
                ),
                "promise.judge": Deed(
                    _("评定"), forms.JudgePromise, actions.judge_promise, _("已评定。"), "primary"
                ),
                "promise.postpone": Deed(
                    _("延后兑现"), forms.Postpone, actions.postpone, _("已延后。")
                ),
            },
            _("没有登记承诺。"),
            ("unit",),
            opens=(
                "promise.record",
                Deed(_("登记承诺"), forms.RecordPromise, actions.promise, _("已登记。")),
            ),
            badge=lambda one: _due(_end_of(one.due_on), one.state == r.PromiseState.MADE),
            done=frozenset({r.PromiseState.JUDGED}),
        ),
    )
}
