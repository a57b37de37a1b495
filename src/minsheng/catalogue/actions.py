"""Verbs of the settings: enter a change, take it back, write what is due."""

from collections.abc import Iterator
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from minsheng.catalogue.changing import KINDS, Values, made, write
from minsheng.catalogue.models import Change
from minsheng.directory.access import SYSTEM, Actor, require
from minsheng.foundation import clock, journal, recent, text
from minsheng.foundation.errors import Conflict, Invalid, NotFound, Refused


def change(
    actor: Actor, kind: str, code: str, values: Values, *, effective_from: date, reason: str
) -> Change:
    """Enters a change, which holds from a day on; one that holds from today is written at once.

    `code` says what is changed; one that nobody has yet makes it new. Raises Forbidden; Invalid for
    a value that makes no sense, a day in the past or a missing reason; NotFound for a code that is
    named and does not exist; Conflict where a later rule of the same kind waits already.
    """
    require(actor, "settings.change")
    if kind not in KINDS:
        raise Invalid("unknown_kind", _("没有这一类设置。"))
    reason, code = text.line(reason, 200), code.strip()
    if not reason:
        raise Invalid("missing", _("请写明变更的理由，例如依据的文件。"), field="reason")
    if effective_from < clock.now().date():
        raise Invalid(
            "in_the_past",
            _("生效日期不能早于今天：已经计算的时限和派单不会追溯。"),
            field="effective_from",
        )
    if not code:
        raise Invalid("missing", _("缺少编码；请填写。"), field="code")
    with transaction.atomic(savepoint=False):
        entered = Change(
            kind=kind,
            code=code,
            values=dict(values),
            effective_from=effective_from,
            reason=reason,
            entered_by=actor.username,
            entered_at=clock.now(),
        )
        made(entered)
        entered.save()
        _journal(actor, entered, "settings.change", values=dict(values), effective=effective_from)
        # What has dates of its own may be written ahead of its day.
        if KINDS[kind].dated or effective_from == clock.now().date():
            _write(entered)
    recent.forget()
    return entered


def withdraw(actor: Actor, change_id: int, *, reason: str = "") -> Change:
    """Takes back a change that is not written yet. Raises Forbidden, NotFound, Conflict."""
    require(actor, "settings.change")
    with transaction.atomic(savepoint=False):
        found = Change.objects.select_for_update().filter(pk=change_id).first()
        if found is None:
            raise NotFound("not_found", _("没有找到这项变更；请刷新后重试。"))
        if found.state != Change.State.WAITING:
            raise Conflict("not_waiting", _("这项变更已经写入或撤回；需要时请另录一项变更。"))
        found.state, found.ended_at = Change.State.WITHDRAWN, clock.now()
        found.save(update_fields=["state", "ended_at"])
        _journal(actor, found, "settings.withdraw", reason=text.line(reason, 200))
    return found


def apply_due() -> Iterator[Change]:
    """Writes the changes whose day has come, each in a transaction of its own; yields them.

    One that cannot be written any more is marked so, with the reason, and does not hold up others.
    """
    due = Change.objects.filter(state=Change.State.WAITING, effective_from__lte=clock.now().date())
    for pk in due.order_by("effective_from", "pk").values_list("pk", flat=True):
        with transaction.atomic():
            found = Change.objects.select_for_update().get(pk=pk)
            if found.state != Change.State.WAITING:
                continue
            try:
                with transaction.atomic():
                    _write(found)
            except Refused as refused:
                found.state, found.ended_at = Change.State.FAILED, clock.now()
                found.note = text.line(str(refused), 200)
                found.save(update_fields=["state", "ended_at", "note"])
            _journal(SYSTEM, found, "settings.apply", state=found.state, note=found.note)
        recent.forget()
        yield found


def _write(found: Change) -> None:
    write(found)
    found.state, found.ended_at = Change.State.APPLIED, clock.now()
    found.save(update_fields=["state", "ended_at"])


def _journal(actor: Actor, found: Change, action: str, reason: str = "", **note: object) -> None:
    journal.write(
        subject_kind="setting",
        subject_id=found.pk,
        ref=found.ref,
        action=action,
        by=actor.signature,
        at=clock.now(),
        changes={"note": note},
        reason=reason or found.reason,
    )
