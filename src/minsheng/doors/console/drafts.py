"""What agents have typed and not sent: kept while they type, found again whatever happened.

A draft goes by the token of its form (`once`), so that what was sent leaves none behind, however
late a save arrives. `typed_at` is the browser's moment of the last key: of two windows, or of a
copy that was made while the network was dead, the later one stands. Name and number of the caller
lie in the vault like any petitioner's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from minsheng.directory.access import Actor
from minsheng.doors.models import IntakeDraft, Submission
from minsheng.foundation import clock, vault
from minsheng.foundation.errors import Invalid, NotFound
from minsheng.foundation.models import Identity

KEPT_FOR = timedelta(days=30)
MOST_SHOWN = 20  # of one person's drafts
MOST_TYPED = 30_000  # characters of all fields together
_SEALED = ("name", "phone")

Typed = dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft as a line of a list, the caller masked."""

    token: UUID
    words: str
    caller: str
    saved_at: datetime


def _own(actor: Actor) -> "QuerySet[IntakeDraft]":
    """Returns a person's drafts that were not sent."""
    sent = Submission.objects.filter(token=OuterRef("token"))
    return IntakeDraft.objects.filter(~Exists(sent), staff=actor.staff_id)


def mine(actor: Actor, but: UUID | None = None) -> list[DraftRow]:
    """Returns what a person has not sent yet, the latest first, without `but`."""
    found = _own(actor).select_related("identity").order_by("-saved_at")[:MOST_SHOWN]
    return [
        DraftRow(
            row.token,
            str(row.typed.get("title") or row.typed.get("text") or "")[:40],
            str(row.identity or ""),
            row.saved_at.astimezone(clock.ZONE),
        )
        for row in found
        if row.token != but
    ]


@sensitive_variables()
def save(
    actor: Actor, token: UUID, typed: Mapping[str, str | list[str]], typed_at: int
) -> str | None:
    """Keeps what was typed up to `typed_at` (milliseconds since 1970, of the browser).

    Returns None, or the address where the form led when it was sent before. Raises NotFound for
    somebody else's draft, Invalid for more than a form can hold.
    """
    if sum(map(len, typed.values())) > MOST_TYPED:
        raise Invalid("too_long", _("内容太长，没有保存；请删减后再试。"))
    if sent := Submission.objects.filter(token=token, staff=actor.staff_id).first():
        return sent.address
    plain = {name: value for name, value in typed.items() if name not in _SEALED and value}
    with transaction.atomic():
        row, made = IntakeDraft.objects.select_for_update().get_or_create(
            token=token,
            defaults={
                "staff_id": actor.staff_id or 0,
                "typed": plain,
                "typed_at": typed_at,
                "saved_at": clock.now(),
            },
        )
        if row.staff_id != actor.staff_id:
            raise _missing()
        if not made and row.typed_at >= typed_at:
            return None
        row.typed, row.typed_at, row.saved_at = plain, typed_at, clock.now()
        row.identity = _sealed(row.identity, typed)
        row.save()
    return None


@sensitive_variables()
def _sealed(before: Identity | None, typed: Mapping[str, Any]) -> Identity | None:
    """Returns the caller's identity as typed now; it takes the place of the one before."""
    name, phone = (str(typed.get(field, "")) for field in _SEALED)
    if not before and not name and not phone:
        return None
    identity = vault.seal_person(name, phone)
    identity.pk = before.pk if before else None
    identity.save()
    return identity


def begin(actor: Actor, *, call_no: str = "", phone: str = "") -> UUID:
    """Returns the token of a new draft with what is known of a call.

    A call has one draft with each agent: opened again, it is the one begun before.
    """
    token = uuid5(NAMESPACE_URL, f"call:{actor.staff_id}:{call_no}") if call_no else uuid4()
    save(actor, token, {"call_no": call_no, "phone": phone}, 1)
    return token


@sensitive_variables()
def typed(actor: Actor, token: UUID) -> Typed:
    """Returns what was typed into a draft, by field. Raises NotFound."""
    row = _own(actor).filter(token=token).select_related("identity").first()
    if row is None:
        raise _missing()
    found: Typed = dict(row.typed)
    if row.identity:
        person = vault.open_person(row.identity)
        found |= {"name": person.name, "phone": person.phone}
    return found


def sent_to(actor: Actor, token: UUID) -> str:
    """Returns where a form led that was sent; empty where it was not."""
    found = Submission.objects.filter(token=token, staff=actor.staff_id)
    return found.values_list("address", flat=True).first() or ""


def drop(actor: Actor, token: UUID) -> None:
    """Throws a draft of one's own away. One that is not there (any more) is no error."""
    _remove(IntakeDraft.objects.filter(token=token, staff=actor.staff_id))


def forget() -> int:
    """Removes drafts that were sent, and those that nobody touched for a month; for a job."""
    sent = Submission.objects.filter(token=OuterRef("token"))
    old = IntakeDraft.objects.filter(saved_at__lt=clock.now() - KEPT_FOR)
    return _remove(old) + _remove(IntakeDraft.objects.filter(Exists(sent)))


def _remove(rows: "QuerySet[IntakeDraft]") -> int:
    with transaction.atomic():
        found = list(rows.values_list("token", "identity_id"))
        IntakeDraft.objects.filter(token__in=[token for token, _identity in found]).delete()
        Identity.objects.filter(pk__in=[pk for _token, pk in found if pk]).delete()
    return len(found)


def browser_key(actor: Actor) -> str:
    """Returns the key (256 bits, hexadecimal) with which this person's browser seals its copies.

    While the network is dead, what is typed lies in the browser's own store, where others who sit
    at the same desk could look. Only who signs in as the same person gets the key to it.
    """
    return salted_hmac("intake copies", str(actor.staff_id), algorithm="sha256").hexdigest()


def _missing() -> NotFound:
    return NotFound("not_found", _("没有找到这份未完成的登记；可能已经提交或删除。"))
