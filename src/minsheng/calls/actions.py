"""来电: the telephone system says whom a call is offered to."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from minsheng.calls.models import Offer
from minsheng.calls.queries import RINGS_FOR
from minsheng.directory.access import Actor, require
from minsheng.directory.models import Staff
from minsheng.directory.permissions import Scope
from minsheng.foundation import clock, journal, live, vault
from minsheng.foundation.errors import Forbidden, Invalid
from minsheng.foundation.models import Identity

#: How long it is known who called. A demand has its own petitioner by then.
KEPT_FOR = timedelta(days=1)


@sensitive_variables("phone", "identity")
def offer(actor: Actor, *, call_no: str, agent: str, phone: str = "", line: str = "") -> Offer:
    """Notes that a call rings at an agent (user name); offered again, it is that agent's now.

    `phone` is empty where the caller withholds it. Raises Invalid for an agent who is not there,
    Forbidden also for one who takes a call that rings at somebody else: that it goes on to the next
    is for the telephone system to say.
    """
    granted = require(actor, "call.offer")
    if Scope.ALL not in granted and agent != actor.username:
        raise Forbidden("not_own_call", _("只能接入分配给自己的来电；请核对工号。"))
    staff = Staff.objects.filter(username=agent, is_active=True).first()
    if staff is None:
        raise Invalid(
            "unknown_agent", _("没有账号为“%s”的在岗话务员；请核对工号。") % agent, field="agent"
        )
    now = clock.now()
    with transaction.atomic(savepoint=False):
        identity = None
        if vault.normal_phone(phone):
            identity = vault.seal_person(phone=phone)
            identity.save()
        given = {"staff": staff, "line": line, "identity": identity, "offered_at": now}
        row, new = Offer.objects.select_for_update().get_or_create(given, call_no=call_no)
        if not new:
            rings = row.offered_at >= now - RINGS_FOR
            if rings and row.staff_id != staff.pk and Scope.ALL not in granted:
                raise Forbidden(
                    "not_own_call",
                    _("这通来电正在另一位话务员处振铃；请核对通话编号，转接须由电话系统通知。"),
                )
            before = row.identity_id
            for name, value in given.items():
                setattr(row, name, value)
            row.save()
            Identity.objects.filter(pk=before or 0).delete()
        journal.write(
            subject_kind="call",
            subject_id=row.pk,
            ref=call_no,
            action="call.offer",
            by=actor.signature,
            at=now,
            changes={"note": {"agent": agent, "line": line, "phone": vault.mask_phone(phone)}},
        )
        transaction.on_commit(lambda: live.tell(f"ring:{staff.pk}"))
    return row


def forget() -> int:
    """Forgets who called more than a day ago; returns how many calls. For a job."""
    with transaction.atomic():
        old = Offer.objects.filter(offered_at__lt=clock.now() - KEPT_FOR)
        identities = list(old.values_list("identity_id", flat=True))
        old.delete()
        Identity.objects.filter(pk__in=[pk for pk in identities if pk]).delete()
    return len(identities)
