"""Each process of supervision as a table: how a thing reads, and what may be done with it.

Lists, things and forms of all processes are drawn by the same three pages (`things`); here stands
only what differs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from minsheng.doors.console.limit_badge import Badge
from minsheng.doors.console.supervision import forms, reading
from minsheng.doors.console.supervision.reading import Fact
from minsheng.supervision import actions
from minsheng.supervision import models as m
from minsheng.supervision import rules as r
from minsheng.supervision.models.ownership import Object


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


_S = _("已办理。")

PROCESSES: Mapping[str, Process] = {
    one.code: one
    for one in (
        Process(
            "measures",
            _("督办文书"),
            m.Measure,
            lambda one: f"{one.get_step_display()}：{one.reason[:60]}",
            reading.measure,
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
            badge=lambda one: reading.due(
                one.due_at, one.state == r.MeasureState.ISSUED, one.limit
            ),
            done=frozenset({r.MeasureState.CLOSED}),
        ),
        Process(
            "rechecks",
            _("回头看"),
            m.Recheck,
            lambda one: one.demand.title,
            reading.recheck,
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
            reading.field_check,
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
            badge=lambda one: reading.due(one.due_at, one.state == r.FieldCheckState.ORDERED),
            done=frozenset({r.FieldCheckState.REPORTED}),
        ),
        Process(
            "joints",
            _("联合督查"),
            m.Joint,
            lambda one: one.title,
            reading.joint,
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
            parts=reading.sites,
            done=frozenset({r.JointState.CLOSED}),
        ),
        Process(
            "ownership",
            _("权属认定"),
            m.Ownership,
            lambda one: f"{Object(one.object).label}：{one.demand.title}",
            reading.case,
            {
                "ownership.visit": Deed(
                    _("上报勘查"), forms.Visit, actions.visit, _("已上报。"), "primary"
                ),
                "ownership.decide": Deed(
                    _("认定权属"),
                    forms.Decide,
                    actions.decide,
                    _("已认定；诉求未办结的，工单已派给权属单位。"),
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
            badge=lambda one: reading.due(one.visit_due_at, one.state == r.OwnershipState.OPENED),
            done=frozenset({r.OwnershipState.DECIDED}),
        ),
        Process(
            "meetings",
            _("会办"),
            m.Meeting,
            lambda one: one.title,
            reading.meeting,
            {
                "meeting.hold": Deed(
                    _("记录会办"), forms.Hold, actions.hold_meeting, _("已记录。"), "primary"
                )
            },
            _("没有会办。"),
            unit="units",
            opens=("meeting.call", Deed(_("召集会办"), forms.Call, actions.call, _("已召集。"))),
            parts=reading.decisions,
            done=frozenset({r.MeetingState.CLOSED}),
        ),
        Process(
            "decisions",
            _("议定事项"),
            m.Decision,
            lambda one: one.text[:80],
            reading.decision,
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
            badge=lambda one: reading.due(one.due_at, one.state == r.DecisionState.OPEN),
            done=frozenset({r.DecisionState.DONE}),
        ),
        Process(
            "clues",
            _("线索移交"),
            m.Clue,
            lambda one: f"{one.get_kind_display()}：{one.text[:60]}",
            reading.clue,
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
            reading.instruction,
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
            badge=lambda one: reading.due(
                one.due_at, one.state == r.InstructionState.GIVEN, one.limit
            ),
            done=frozenset({r.InstructionState.CLOSED}),
        ),
        Process(
            "promises",
            _("民生承诺"),
            m.Promise,
            lambda one: one.text[:80],
            reading.promise,
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
            badge=lambda one: reading.due(
                reading.end_of(one.due_on), one.state == r.PromiseState.MADE
            ),
            done=frozenset({r.PromiseState.JUDGED}),
        ),
    )
}
