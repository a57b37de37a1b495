"""What people make of an issue: take it up, or say why nothing needs doing; and the rules."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from minsheng.directory.access import Actor, require
from minsheng.foundation import clock, journal, text
from minsheng.foundation.errors import Conflict, Invalid, NotFound
from minsheng.insight.models import HotIssue, HotIssueRule

_LOCK = 0x12345_0031  # any number will do that nothing else takes


def settle(actor: Actor, issue_id: int, *, taken: bool, reason: str) -> HotIssue:
    """Takes an issue up (`taken`), with words where there are some, or dismisses it with a reason.

    Raises Forbidden, NotFound, Invalid for dismissing without a reason, Conflict where somebody was
    faster.
    """
    require(actor, "hot_issue.settle")
    reason = text.line(reason)
    if not taken and not reason:
        raise Invalid("missing", _("请写明为什么不需处理。"), field="reason")
    with transaction.atomic(savepoint=False):
        issue = HotIssue.objects.select_for_update(of=("self",)).filter(pk=issue_id).first()
        if issue is None:
            raise NotFound("not_found", _("没有找到这条预警；请从列表中选择。"))
        if issue.state != HotIssue.State.OPEN:
            raise Conflict("settled", _("这条预警已经研判过；请刷新后查看。"))
        issue.state = HotIssue.State.TAKEN if taken else HotIssue.State.DISMISSED
        now = clock.now()
        issue.settled_by, issue.settled_at, issue.reason = actor.username, now, reason
        issue.save()
        journal.write(
            subject_kind="hot_issue",
            subject_id=issue.pk,
            ref=issue.ref,
            action="hot_issue.settle",
            by=actor.signature,
            at=now,
            changes={"note": {"state": issue.state, "title": issue.title}},
            reason=reason,
        )
    return issue


def set_rule(actor: Actor, *, reason: str, **values: Any) -> HotIssueRule:
    """Sets a rule from a day on, in the place of what held under its code until then.

    `values` are fields of `HotIssueRule`. Raises Forbidden; Invalid for what makes no sense, a day
    in the past or a missing reason; Conflict where a rule of this code begins then or later.
    """
    require(actor, "settings.change")
    rule = HotIssueRule(**values, set_by=actor.username, reason=text.line(reason))
    if not rule.reason:
        raise Invalid("missing", _("请写明变更的理由，例如依据的文件。"), field="reason")
    try:
        rule.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Invalid("bad_value", " ".join(messages), field=field) from None
    if rule.effective_from < clock.now().date():
        raise Invalid("in_the_past", _("生效日期不能早于今天；请修改。"), field="effective_from")
    if rule.effective_to and rule.effective_to < rule.effective_from:
        raise Invalid("dates_crossed", _("失效日期早于生效日期；请修改。"), field="effective_to")
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        same = HotIssueRule.objects.filter(code=rule.code)
        if same.filter(effective_from__gte=rule.effective_from).exists():
            raise Conflict(
                "later_rule", _("这条规则在该日或之后已有安排；请换一个更晚的生效日期。")
            )
        rule.save()
        journal.write(
            subject_kind="hot_issue_rule",
            subject_id=rule.pk,
            ref=rule.code,
            action="hot_issue.set_rule",
            by=actor.signature,
            at=clock.now(),
            changes={"note": {**values, "code": rule.code}},
            reason=rule.reason,
        )
    return rule
