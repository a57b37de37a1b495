"""Reads of what rings: only the agent whom a call is offered to learns who calls."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from minsheng.calls.models import Offer
from minsheng.directory.access import Actor
from minsheng.foundation import clock, vault
from minsheng.foundation.errors import NotFound

#: What was offered earlier than this does not ring any more.
RINGS_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, repr=False)
class Ringing:
    """A call that is offered to an agent; `phone` in clear, empty where it is withheld."""

    call_no: str
    line: str
    phone: str
    offered_at: datetime


@sensitive_variables()
def offered_to(actor: Actor, call_no: str) -> Ringing:
    """Returns a call that is offered to `actor`. Raises NotFound for any other."""
    row = (
        Offer.objects.filter(call_no=call_no, staff=actor.staff_id)
        .select_related("identity")
        .first()
    )
    if row is None:
        raise NotFound("not_found", _("没有这通分配给您的来电；可以直接填写来电号码登记。"))
    phone = vault.open_person(row.identity).phone if row.identity else ""
    return Ringing(row.call_no, row.line, phone, row.offered_at.astimezone(clock.ZONE))


def ringing(actor: Actor) -> tuple[str, str] | None:
    """Returns number of the call and masked phone of what was offered to `actor` last, or None."""
    return (
        Offer.objects.filter(staff=actor.staff_id, offered_at__gte=clock.now() - RINGS_FOR)
        .order_by("-offered_at")
        .values_list("call_no", "identity__phone_mask")
        .first()
    )
