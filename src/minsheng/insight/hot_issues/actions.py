"""What people make of an issue: take it up, or say why nothing needs doing."""

from django.db import transaction
from django.utils.translation import gettext as _

from minsheng.directory.access import Actor, require
from minsheng.foundation import clock, journal, text
from minsheng.foundation.errors import Conflict, Invalid, NotFound
from minsheng.insight.models import HotIssue


def settle(actor: Actor, issue_id: int, *, taken: bool, reason: str) -> HotIssue:
    """Takes an issue up (`taken`), or dismisses it; in both cases with what was found.

    Raises Forbidden, NotFound, Invalid without a reason, Conflict where somebody was faster.
    """
    require(actor, "hot_issue.settle")
    if not (reason := text.line(reason)):
        raise Invalid("missing", _("请写明研判意见。"), field="reason")
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
