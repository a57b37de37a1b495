"""The lifecycle of a demand (诉求), as a literal table. No database here."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from minsheng.foundation.lifecycle import Lifecycle, To, Transition


class DemandState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    ACCEPTED = "accepted", _("已受理")
    ANSWERED = "answered", _("直接答复")
    REJECTED = "rejected", _("不予受理")
    MERGED = "merged", _("已并单")
    ASSIGNED = "assigned", _("办理中")
    COMPLETED = "completed", _("已办结")
    FOLLOWING_UP = "following_up", _("回访中")
    EVALUATED = "evaluated", _("已评价")
    WITHDRAWN = "withdrawn", _("已撤回")
    ARCHIVED = "archived", _("已归档")


#: States in which somebody still owes the petitioner something.
OPEN = frozenset({DemandState.ACCEPTED, DemandState.ASSIGNED})


#: Disposal modes (处置方式): how the demand was dealt with.
class Disposal(models.TextChoices):
    ANSWER = "answer", _("知识库答复")
    TRANSFER = "transfer", _("电话转接")
    ASSIGN = "assign", _("转办")
    REJECT = "reject", _("不予受理")
    MERGE = "merge", _("并单")


class Grade(models.TextChoices):
    """The five grades of the national review scheme (好差评, 国办发〔2019〕51号)."""

    VERY_SATISFIED = "very_satisfied", _("非常满意")
    SATISFIED = "satisfied", _("满意")
    FAIRLY_SATISFIED = "fairly_satisfied", _("基本满意")
    DISSATISFIED = "dissatisfied", _("不满意")
    VERY_DISSATISFIED = "very_dissatisfied", _("非常不满意")


DISSATISFIED = frozenset({Grade.DISSATISFIED, Grade.VERY_DISSATISFIED})

_S = DemandState
_LIVE = frozenset(set(DemandState) - {_S.DRAFT, _S.ARCHIVED, _S.MERGED, _S.WITHDRAWN})
_SUBMITTED = frozenset(set(DemandState) - {_S.DRAFT})


def _row(
    action: str,
    label: object,
    sources: frozenset[str] | set[str],
    target: str,
    *needs: str,
) -> Transition:
    return Transition(action, label, frozenset(sources), target, needs)  # type: ignore[arg-type]


LIFECYCLE = Lifecycle(
    _("诉求"),
    {str(code): label for code, label in DemandState.choices},
    [
        _row("demand.register", _("登记"), {""}, _S.DRAFT, "channel", "title"),
        _row("demand.submit", _("受理"), {_S.DRAFT}, _S.ACCEPTED),
        _row("demand.edit", _("修改"), {_S.DRAFT, _S.ACCEPTED, _S.ASSIGNED}, To.STAY),
        _row("demand.supplement", _("补充"), _LIVE, To.STAY, "text"),
        _row("demand.attach", _("上传附件"), _LIVE | {_S.DRAFT}, To.STAY, "file"),
        _row("demand.mark", _("标记"), {_S.ACCEPTED, _S.ASSIGNED}, To.STAY, "reason"),
        _row("demand.answer", _("直接答复"), {_S.ACCEPTED}, _S.ANSWERED, "answer"),
        _row("enquiry.ask", _("转专员"), {_S.ACCEPTED}, To.STAY, "unit"),
        _row("enquiry.pass_back", _("专员转派单"), {_S.ACCEPTED}, To.STAY, "reason"),
        _row("demand.reject", _("不予受理"), {_S.ACCEPTED}, _S.REJECTED, "legal_route", "reason"),
        _row("demand.merge", _("并单"), {_S.ACCEPTED}, _S.MERGED, "into"),
        _row("demand.assign", _("派单"), {_S.ACCEPTED}, _S.ASSIGNED, "lead", "basis"),
        _row(
            "demand.withdraw",
            _("撤回"),
            {_S.DRAFT, _S.ACCEPTED, _S.ASSIGNED},
            _S.WITHDRAWN,
            "reason",
        ),
        # What applications to leave a demand out of assessment, orders and follow-ups do to it.
        _row("exclusion.apply", _("申请剔除考核"), _SUBMITTED, To.STAY, "reason_code"),
        _row("exclusion.approve", _("剔除初审同意"), _SUBMITTED, To.STAY),
        _row("exclusion.confirm", _("剔除复核同意"), _SUBMITTED, To.STAY),
        _row("exclusion.refuse", _("不同意剔除"), _SUBMITTED, To.STAY, "reason"),
        _row("exclusion.withdraw", _("撤回剔除申请"), _SUBMITTED, To.STAY),
        _row("order.accept_return", _("同意退单"), {_S.ASSIGNED}, _S.ACCEPTED),
        _row("order.recall", _("撤回工单"), {_S.ASSIGNED}, _S.ACCEPTED),
        _row("order.pass_audit", _("审核通过"), {_S.ASSIGNED}, _S.COMPLETED),
        _row("follow_up.plan", _("列入回访"), {_S.ANSWERED, _S.COMPLETED}, To.STAY),
        _row(
            "follow_up.attempt",
            _("回访未接通"),
            {_S.COMPLETED, _S.FOLLOWING_UP},
            _S.FOLLOWING_UP,
        ),
        _row(
            "follow_up.evaluate",
            _("评价"),
            {_S.ANSWERED, _S.COMPLETED, _S.FOLLOWING_UP},
            _S.EVALUATED,
            "grade",
            "solved",
        ),
        _row(
            "follow_up.ask_rework",
            _("申请重办"),
            {_S.ANSWERED, _S.COMPLETED, _S.EVALUATED},
            _S.FOLLOWING_UP,
            "reason",
        ),
        _row(
            "follow_up.send_link",
            _("发送评价链接"),
            {_S.COMPLETED, _S.FOLLOWING_UP},
            _S.FOLLOWING_UP,
            "channel",
        ),
        _row("follow_up.invalidate", _("认定评价无效"), {_S.EVALUATED}, To.STAY, "reason"),
        _row("review.decide", _("研判"), _LIVE | {_S.ARCHIVED}, To.STAY, "reason"),
        _row("follow_up.give_up", _("结束回访"), {_S.FOLLOWING_UP}, _S.COMPLETED, "reason"),
        _row("follow_up.rework", _("返工"), {_S.EVALUATED}, _S.ASSIGNED, "reason"),
        _row(
            "demand.archive",
            _("归档"),
            {_S.ANSWERED, _S.REJECTED, _S.MERGED, _S.COMPLETED, _S.EVALUATED, _S.WITHDRAWN},
            _S.ARCHIVED,
        ),
        _row("demand.reopen", _("重新受理"), {_S.ARCHIVED}, _S.ACCEPTED, "reason"),
    ],
)
