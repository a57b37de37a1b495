"""What people make of an alert: take it up, or say why nothing needs doing."""

from django.db import transaction
from django.utils.translation import gettext as _

from minsheng.directory.access import Actor, require
from minsheng.foundation import clock, journal, text
from minsheng.foundation.errors import Conflict, Invalid, NotFound
from minsheng.insight.models import Alert


def settle(actor: Actor, alert_id: int, *, taken: bool, reason: str) -> Alert:
    """Takes an alert up (`taken`), or dismisses it; in both cases with what was found.

    Raises Forbidden, NotFound, Invalid without a reason, Conflict where somebody was faster.
    """
    require(actor, "alert.settle")
    if not (reason := text.line(reason)):
        raise Invalid("missing", _("请写明研判意见。"), field="reason")
    with transaction.atomic(savepoint=False):
        alert = Alert.objects.select_for_update(of=("self",)).filter(pk=alert_id).first()
        if alert is None:
            raise NotFound("not_found", _("没有找到这条预警；请从列表中选择。"))
        if alert.state != Alert.State.OPEN:
            raise Conflict("settled", _("这条预警已经研判过；请刷新后查看。"))
        alert.state = Alert.State.TAKEN if taken else Alert.State.DISMISSED
        alert.settled_by, alert.settled_at, alert.reason = actor.username, clock.now(), reason
        alert.save()
        journal.write(
            subject_kind="alert",
            subject_id=alert.pk,
            ref=f"{alert.rule} {alert.about}"[:64],
            action="alert.settle",
            by=actor.signature,
            at=alert.settled_at,
            changes={"note": {"state": alert.state, "title": alert.title}},
            reason=reason,
        )
    return alert
