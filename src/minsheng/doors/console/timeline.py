"""The journal of one demand as people read it: who, in which role and unit, when, what and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from minsheng.catalogue.models import Basis
from minsheng.catalogue.rules import Limit
from minsheng.demands.models import Demand
from minsheng.demands.rules import DemandState, Disposal, Grade
from minsheng.directory.access import Actor
from minsheng.directory.permissions import Role
from minsheng.doors.console import choices
from minsheng.followups.models import FollowUp
from minsheng.foundation.language import listed
from minsheng.orders import queries
from minsheng.orders.models import Assignment
from minsheng.orders.rules import OrderState, Part
from minsheng.supervision.models import FieldCheck
from minsheng.supervision.models.ownership import Object
from minsheng.supervision.rules import Level, Step

#: What people call actions that stand in no lifecycle.
_OTHER_ACTIONS: Mapping[str, Promise] = {
    "identity.reveal": gettext_lazy("查看诉求人信息"),
    "follow_up.attempt": gettext_lazy("回访未接通"),
    "follow_up.evaluate": gettext_lazy("回访评价"),
    "demand.import": gettext_lazy("导入"),
    "order.import": gettext_lazy("导入"),
}

#: Changes of columns that only repeat the action itself and its moment.
_REPEATS = frozenset(
    {
        "signed_at", "contacted_at", "handled_at", "completed_at", "closed_at", "archived_at",
        "suspended_at", "state_before", "assigned_at", "accepted_at", "number", "query_code",
        "part", "reply", "sha256", "size", "knowledge_version", "work_order", "order", "disposal",
        "anonymous", "origin", "extension_count", "urge_count", "first_due_at", "contact_due_at",
    }
)  # fmt: skip

#: Words for facts that are no columns of a demand or an order.
_NOTE_WORDS: Mapping[str, Promise] = {
    "reason_code": gettext_lazy("原因"),
    "suggested_unit": gettext_lazy("建议改派"),
    "method": gettext_lazy("联系方式"),
    "grade": gettext_lazy("评价"),
    "solved": gettext_lazy("是否解决"),
    "round": gettext_lazy("轮次"),
    "attempt": gettext_lazy("第几次拨打"),
    "attempts": gettext_lazy("拨打次数"),
    "remark": gettext_lazy("情况"),
    "file": gettext_lazy("文件"),
    "text": gettext_lazy("内容"),
    "limit": gettext_lazy("时限"),
    "new_due_at": gettext_lazy("申请延至"),
    "basis": gettext_lazy("派单依据"),
    "phone": gettext_lazy("电话"),
    "source": gettext_lazy("来源"),
    "channel": gettext_lazy("渠道"),
    "decision": gettext_lazy("研判结论"),
    "kind": gettext_lazy("诉求类型"),
    "category": gettext_lazy("诉求类别"),
    "district": gettext_lazy("区域"),
    "knowledge": gettext_lazy("依据的知识"),
    "transfer_line": gettext_lazy("转接热线"),
    "legal_route": gettext_lazy("法定途径"),
    "merged_into": gettext_lazy("并入"),
    "unit": gettext_lazy("单位"),
    "leader": gettext_lazy("批示领导"),
    "document": gettext_lazy("文书编号"),
    "step": gettext_lazy("措施"),
    "level": gettext_lazy("督办层级"),
    "measure_due_at": gettext_lazy("限期"),
    "late": gettext_lazy("逾期"),
    "object": gettext_lazy("设施"),
    "verdict": gettext_lazy("结论"),
    "seen_at": gettext_lazy("到场时间"),
    "assignee": gettext_lazy("核查人"),
    "review_on": gettext_lazy("复核日期"),
    "reached": gettext_lazy("联系上"),
    "findings": gettext_lazy("答复检查"),
    "shown": gettext_lazy("诉求人可见的附件"),
    "petitioner_hidden": gettext_lazy("已隐去诉求人姓名和拍摄地点"),
}

METHODS: Mapping[str, Promise] = {
    "phone": gettext_lazy("电话"),
    "visit": gettext_lazy("上门"),
    "message": gettext_lazy("信息"),
    "meeting": gettext_lazy("面谈"),
}

#: What the reply check finds, in a word each.
FINDINGS: Mapping[str, Promise] = {
    "empty": gettext_lazy("没有内容"),
    "short": gettext_lazy("太短"),
    "off_topic": gettext_lazy("可能答非所问"),
    "no_deed": gettext_lazy("没写做了什么"),
    "empty_phrase": gettext_lazy("套话"),
    "no_time": gettext_lazy("没写何时"),
    "no_contact": gettext_lazy("没有联系记录"),
    "wrong_name": gettext_lazy("称呼不符"),
    "copied": gettext_lazy("与其他答复雷同"),
    "slip": gettext_lazy("疑似笔误"),
}

_ENUMS: Mapping[str, Mapping[str, Any]] = {
    "basis": dict(Basis.choices),
    "part": dict(Part.choices),
    "disposal": dict(Disposal.choices),
    "grade": dict(Grade.choices),
    "method": METHODS,
    "source": dict(FollowUp.Source.choices),
    "step": dict(Step.choices),
    "level": dict(Level.choices),
    "object": dict(Object.choices),
    "verdict": dict(FieldCheck.Verdict.choices),
}

_TURNS = frozenset(
    {
        "demand.submit", "demand.answer", "demand.reject", "demand.merge", "demand.assign",
        "demand.withdraw", "demand.archive", "demand.reopen", "order.sign", "order.reply",
        "order.sign_off", "order.pass_audit", "follow_up.evaluate",
    }
)  # fmt: skip
_SETBACKS = frozenset(
    {
        "order.fail_audit", "follow_up.rework", "order.request_return", "order.accept_return",
        "order.overrule_return", "order.refuse_sign_off", "order.urge", "order.recall",
        "follow_up.ask_rework", "measure.issue", "measure.escalate", "measure.send_back",
    }
)  # fmt: skip


@dataclass(slots=True)
class Change:
    """One thing that became another; `before` is empty where it is simply said."""

    label: str
    after: str
    before: str = ""


@dataclass(slots=True)
class Line:
    """One line of the timeline, in words."""

    at: datetime
    action: str
    name: str
    role: str
    unit: str
    order: str = ""
    look: str = ""  # "turn" where the matter moved on, "bad" where it was thrown back
    states: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)  # what became another
    facts: list[Change] = field(default_factory=list)  # what was simply said
    reason: str = ""
    previous_due_at: datetime | None = None


def _field_label(model: type[models.Model], name: str) -> str:
    if name in _NOTE_WORDS:
        return str(_NOTE_WORDS[name])
    try:
        return str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    except FieldDoesNotExist:
        return name


def _words(name: str, value: Any) -> str:
    """Returns a journaled value as people read it."""
    if value in (None, ""):
        return _("（空）")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if name.endswith("_at"):
        return f"{datetime.fromisoformat(str(value)):%Y-%m-%d %H:%M}"
    if name == "findings":
        return listed(str(FINDINGS.get(code, code)) for code in str(value).split())
    if name == "limit":
        return Limit.parse(str(value)).in_words()
    if name == "suggested_unit":
        name = "unit"
    known = _ENUMS.get(name) or choices.names().get(name, {})
    return str(known.get(str(value), value))


def _changes(model: type[models.Model], fields: Mapping[str, Any]) -> Iterator[Change]:
    for name, value in fields.items():
        if name == "state" or name in _REPEATS:
            continue
        if name == "due_at" and value[1] is None:  # nothing runs any more, as the state says
            continue
        label = _field_label(model, name)
        if isinstance(value, list) and len(value) == 2:
            before, after = value
            said = "" if before in (None, "", False) else _words(name, before)
            yield Change(label, _words(name, after), said)
        elif value not in (None, "", False) or name in ("solved", "reached"):
            yield Change(label, _words(name, value))


def _line(said: queries.Line) -> Line:
    people = {"citizen": _("诉求人"), "system": _("系统")}
    line = Line(
        at=said.at,
        action=str(_OTHER_ACTIONS.get(said.action, said.label)),
        name=said.name or people.get(said.staff, said.staff),
        role=str(dict(Role.choices).get(said.role, said.role)),
        unit=said.unit,
        look="turn" if said.action in _TURNS else "bad" if said.action in _SETBACKS else "",
        reason=said.reason,
        previous_due_at=said.previous_due_at,
    )
    units = choices.names()["unit"]

    def whose(ref: str) -> str:
        return units.get(ref.partition("/")[2].split("/")[0], ref)

    line.order = whose(said.order) if said.order else ""
    for thing, fields in said.changes.items():
        if thing == "workorder" or not isinstance(fields, dict):
            continue
        is_order = "/" in thing
        state = fields.get("state")
        if isinstance(state, list):
            labels = dict((OrderState if is_order else DemandState).choices)
            name = whose(thing) if is_order else _("诉求")
            line.states.append(f"{name}：{labels.get(state[1], state[1])}")
        if said.action == "order.pass_audit":  # the answer is the reply that it lets pass
            fields = {name: value for name, value in fields.items() if name != "answer"}
        code = fields.get("reason_code")
        if code and said.reason.startswith(_words("reason_code", code)):  # said there already
            fields = {name: value for name, value in fields.items() if name != "reason_code"}
        for change in _changes(Assignment if is_order else Demand, fields):
            kept = line.changes if change.before else line.facts
            if change not in kept:  # the demand repeats its lead's limit
                kept.append(change)
    return line


def of_demand(actor: Actor, demand: Demand) -> list[Line]:
    """Returns the timeline in words, the latest first; empty for who may not read it."""
    return [_line(said) for said in reversed(queries.timeline(actor, demand))]
