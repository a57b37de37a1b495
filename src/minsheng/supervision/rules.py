"""What supervision goes by, without a database: steps, lifecycles, the draw of re-checks, cut-offs.

The ladder 催办 → 督办 → 通报 → 约谈 is that of Lianyungang (2018H1: six notices, three supervision
orders, one interview); what may climb it by itself is a city's data (`AlertRule`).
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from minsheng.foundation.calendar import WorkingCalendar, local
from minsheng.foundation.lifecycle import Lifecycle, To, Transition


class Step(models.TextChoices):
    """The steps of the ladder, the mildest first."""

    URGE = "urge", _("催办")
    SUPERVISE = "supervise", _("督办")
    NOTICE = "notice", _("通报")
    INTERVIEW = "interview", _("约谈")


class Level(models.TextChoices):
    """On whose behalf a unit is pressed; 提级督办 goes up in this order."""

    CENTRE = "centre", _("热线中心")
    OFFICE = "office", _("政府督查室")
    LEADER = "leader", _("市领导")


STEPS = list(Step.values)
LEVELS = list(Level.values)

#: What must have been tried with an order before: nobody is shamed who was not asked.
BEFORE: Mapping[str, frozenset[str]] = {
    Step.NOTICE: frozenset({Step.SUPERVISE}),
    Step.INTERVIEW: frozenset({Step.SUPERVISE, Step.NOTICE}),
}

#: The letters that the numbers of documents begin with.
PREFIXES: Mapping[str, str] = {
    Step.URGE: "CB",
    Step.SUPERVISE: "DB",
    Step.NOTICE: "TB",
    Step.INTERVIEW: "YT",
    "draw": "HT",
    "field_check": "HC",
    "joint": "LD",
    "ownership": "QS",
    "meeting": "HB",
    "clue": "XS",
    "instruction": "PS",
    "promise": "CN",
}


class AlertKind(models.TextChoices):
    """What may be wrong with an order in the hands of a unit; `conditions` says it in SQL."""

    UNSIGNED = "unsigned", _("逾时未签收")
    SILENT = "silent", _("签收后无进展")
    NEAR = "near", _("临近超期")
    OVERDUE = "overdue", _("超期未办")
    LATE_EXTENSION = "late_extension", _("到期当日申请延期")
    NO_CONTACT = "no_contact", _("未联系即答复")
    RETURNED = "returned", _("多次退单")
    REOPENED = "reopened", _("重新受理")
    RECURRING = "recurring", _("同一地点重复发生")
    UNANSWERED = "unanswered", _("督办逾期未复")


def step_below(step: str) -> Step:
    """Returns the step before one of the ladder; of the first, itself."""
    return Step(STEPS[max(STEPS.index(step) - 1, 0)])


def cut_off(calendar: WorkingCalendar, now: datetime, days: int) -> datetime:
    """Returns the moment from which `days` working days have passed by `now`.

    The same time of day, so many working days earlier: what happened then or before has been going
    on for that long. 0 is `now` itself. Raises UnknownYear.
    """
    moment = local(now)
    while days > 0:
        if calendar.is_workday(moment.date()):
            days -= 1
        moment -= timedelta(days=1)
    return moment


def draw(seed: str, numbers: Iterable[str], count: int) -> list[str]:
    """Returns `count` of the numbers, drawn by `seed`; all of them where there are fewer.

    Each number's lot is the hash of seed and number, and the lowest lots win: every number has the
    same chance, whoever has seed and numbers draws the same again, and a number that is added
    displaces one at most.
    """
    lots = sorted((hashlib.sha256(f"{seed} {one}".encode()).digest(), one) for one in set(numbers))
    return [number for _lot, number in lots[:count]]


# Lifecycles


class MeasureState(models.TextChoices):
    ISSUED = "issued", _("待答复")
    ANSWERED = "answered", _("已答复")
    CLOSED = "closed", _("已销号")


class RecheckState(models.TextChoices):
    DRAWN = "drawn", _("待复查")
    HELD = "held", _("办理属实")
    REOPENED = "reopened", _("重新受理")


class FieldCheckState(models.TextChoices):
    ORDERED = "ordered", _("待核查")
    REPORTED = "reported", _("已核查")


class JointState(models.TextChoices):
    PLANNED = "planned", _("进行中")
    CLOSED = "closed", _("已结束")


class OwnershipState(models.TextChoices):
    OPENED = "opened", _("待勘查")
    VISITED = "visited", _("待认定")
    BACKLOG = "backlog", _("积存")
    DECIDED = "decided", _("已认定")


class MeetingState(models.TextChoices):
    CALLED = "called", _("待召开")
    HELD = "held", _("议定事项办理中")
    CLOSED = "closed", _("已办结")


class DecisionState(models.TextChoices):
    OPEN = "open", _("办理中")
    REPORTED = "reported", _("待确认")
    DONE = "done", _("已落实")


class ClueState(models.TextChoices):
    SUBMITTED = "submitted", _("待接收")
    RECEIVED = "received", _("已接收")
    CONCLUDED = "concluded", _("已办结")


class InstructionState(models.TextChoices):
    GIVEN = "given", _("待反馈")
    REPORTED = "reported", _("已反馈")
    CLOSED = "closed", _("已办结")


class PromiseState(models.TextChoices):
    MADE = "made", _("兑现中")
    REPORTED = "reported", _("待评定")
    JUDGED = "judged", _("已评定")


def _row(
    action: str, label: object, sources: Iterable[str], target: str, *needs: str
) -> Transition:
    return Transition(action, label, frozenset(sources), target, needs)  # type: ignore[arg-type]


def _lifecycle(noun: object, states: type[models.TextChoices], *rows: Transition) -> Lifecycle:
    return Lifecycle(noun, dict(states.choices), rows)  # type: ignore[arg-type]


_PRESSING = {MeasureState.ISSUED, MeasureState.ANSWERED}
_UNDECIDED = {OwnershipState.OPENED, OwnershipState.VISITED, OwnershipState.BACKLOG}

#: Whatever is opened and brought to an end in this room, by the name of its model.
LIFECYCLES: Mapping[str, Lifecycle] = {
    "measure": _lifecycle(
        _("督办文书"),
        MeasureState,
        _row("measure.issue", _("下发督办文书"), {""}, MeasureState.ISSUED, "reason"),
        _row(
            "measure.answer",
            _("答复督办"),
            {MeasureState.ISSUED},
            MeasureState.ANSWERED,
            "answer",
        ),
        _row(
            "measure.send_back",
            _("退回重报"),
            {MeasureState.ANSWERED},
            MeasureState.ISSUED,
            "reason",
        ),
        _row("measure.escalate", _("提级督办"), _PRESSING, To.STAY, "level", "reason"),
        _row("measure.close", _("督办销号"), _PRESSING, MeasureState.CLOSED, "reason"),
    ),
    "recheck": _lifecycle(
        _("回头看"),
        RecheckState,
        _row("recheck.hold", _("复查属实"), {RecheckState.DRAWN}, RecheckState.HELD, "finding"),
        _row(
            "recheck.reopen",
            _("复查后重新受理"),
            {RecheckState.DRAWN},
            RecheckState.REOPENED,
            "finding",
        ),
    ),
    "fieldcheck": _lifecycle(
        _("现场核查"),
        FieldCheckState,
        _row("field_check.order", _("安排现场核查"), {""}, FieldCheckState.ORDERED, "reason"),
        _row(
            "field_check.report",
            _("现场核查结果"),
            {FieldCheckState.ORDERED},
            FieldCheckState.REPORTED,
            "verdict",
            "finding",
            "place",
            "file",
        ),
    ),
    "joint": _lifecycle(
        _("联合督查"),
        JointState,
        _row("joint.plan", _("安排联合督查"), {""}, JointState.PLANNED, "title", "sites"),
        _row("joint.judge", _("认定点位"), {JointState.PLANNED}, To.STAY, "verdict", "finding"),
        _row("joint.close", _("结束联合督查"), {JointState.PLANNED}, JointState.CLOSED, "reason"),
    ),
    "ownership": _lifecycle(
        _("权属案件"),
        OwnershipState,
        _row("ownership.open", _("提请权属认定"), {""}, OwnershipState.OPENED, "object"),
        _row(
            "ownership.visit",
            _("权属勘查"),
            {OwnershipState.OPENED, OwnershipState.BACKLOG},
            OwnershipState.VISITED,
            "finding",
        ),
        _row("ownership.put_off", _("列入积存"), _UNDECIDED, OwnershipState.BACKLOG, "reason"),
        _row(
            "ownership.decide",
            _("认定权属"),
            _UNDECIDED,
            OwnershipState.DECIDED,
            "owner",
            "reason",
        ),
    ),
    "meeting": _lifecycle(
        _("会办"),
        MeetingState,
        _row("meeting.call", _("召集会办"), {""}, MeetingState.CALLED, "title", "units"),
        _row("meeting.hold", _("记录会办"), {MeetingState.CALLED}, MeetingState.HELD, "minutes"),
    ),
    "decision": _lifecycle(
        _("议定事项"),
        DecisionState,
        _row(
            "decision.report",
            _("上报落实情况"),
            {DecisionState.OPEN},
            DecisionState.REPORTED,
            "report",
        ),
        _row("decision.settle", _("确认落实"), {DecisionState.REPORTED}, DecisionState.DONE),
        _row(
            "decision.send_back",
            _("退回继续落实"),
            {DecisionState.REPORTED},
            DecisionState.OPEN,
            "reason",
        ),
    ),
    "clue": _lifecycle(
        _("线索"),
        ClueState,
        _row("clue.submit", _("移交线索"), {""}, ClueState.SUBMITTED, "text"),
        _row("clue.receive", _("接收线索"), {ClueState.SUBMITTED}, ClueState.RECEIVED),
        _row("clue.conclude", _("办结线索"), {ClueState.RECEIVED}, ClueState.CONCLUDED, "result"),
    ),
    "instruction": _lifecycle(
        _("领导批示"),
        InstructionState,
        _row("instruction.give", _("作出批示"), {""}, InstructionState.GIVEN, "text"),
        _row(
            "instruction.order",
            _("转为指令工单"),
            {InstructionState.GIVEN},
            To.STAY,
            "channel",
            "title",
        ),
        _row(
            "instruction.report",
            _("反馈批示"),
            {InstructionState.GIVEN},
            InstructionState.REPORTED,
            "feedback",
        ),
        _row(
            "instruction.send_back",
            _("批示退回再办"),
            {InstructionState.REPORTED},
            InstructionState.GIVEN,
            "reason",
        ),
        _row(
            "instruction.close",
            _("批示办结"),
            {InstructionState.REPORTED},
            InstructionState.CLOSED,
        ),
    ),
    "promise": _lifecycle(
        _("民生承诺"),
        PromiseState,
        _row("promise.record", _("登记承诺"), {""}, PromiseState.MADE, "hearing", "text"),
        _row(
            "promise.report",
            _("上报兑现"),
            {PromiseState.MADE},
            PromiseState.REPORTED,
            "report",
        ),
        _row("promise.postpone", _("延后兑现"), {PromiseState.MADE}, To.STAY, "due_on", "reason"),
        _row(
            "promise.judge",
            _("评定承诺"),
            {PromiseState.MADE, PromiseState.REPORTED},
            PromiseState.JUDGED,
            "verdict",
            "reason",
        ),
    ),
}
