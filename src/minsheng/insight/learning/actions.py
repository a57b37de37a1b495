"""Verbs on versions of the model: ask for one, approve it, send it back, bring an old one back.

Who wished for a version never decides whether it serves. Each verb is one transaction with one
journal entry, under the version's name.
"""

from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from minsheng.directory.access import Actor, require
from minsheng.foundation import clock, journal, recent, text
from minsheng.foundation.errors import Conflict, Forbidden, Invalid, NotFound
from minsheng.insight.learning import storing
from minsheng.insight.models import ModelVersion

State = ModelVersion.State

# Any number will do, as long as nothing else in the database takes this advisory lock.
_LOCK = 0x12345_0011


def request_training(actor: Actor) -> ModelVersion:
    """Asks for the next version; the worker trains it. Raises Conflict while one is under way."""
    require(actor, "insight.train")
    with transaction.atomic(savepoint=False):
        _alone()
        if ModelVersion.objects.filter(state__in=[State.REQUESTED, State.TRAINING]).exists():
            raise Conflict("training", _("已有一次训练在进行；请等它结束。"))
        last = ModelVersion.objects.aggregate(last=Max("number"))["last"] or 0
        version = ModelVersion.objects.create(
            number=last + 1, requested_by=actor.username, requested_at=clock.now()
        )
        _journal(actor, version, "model.request")
    return version


def approve(actor: Actor, number: int) -> ModelVersion:
    """Lets a trained version serve; the one before is retired and can be brought back.

    Raises Forbidden for one's own, Conflict for a version that waits for no approval or whose files
    are not those that were trained, NotFound for an unknown one.
    """
    return _serve(actor, number, State.TRAINED, "model.approve", _("这个版本不在待审批状态。"))


def restore(actor: Actor, number: int) -> ModelVersion:
    """Lets a version serve again that served before. Raises as `approve`."""
    return _serve(actor, number, State.RETIRED, "model.restore", _("只能恢复曾经使用过的版本。"))


def _serve(actor: Actor, number: int, needed: State, action: str, otherwise: str) -> ModelVersion:
    require(actor, "insight.approve")
    with transaction.atomic(savepoint=False):
        _alone()
        version = _version(number)
        if version.state != needed:
            raise Conflict("wrong_state", otherwise)
        if version.requested_by == actor.username:
            raise Forbidden("own_model", _("不能审批自己发起训练的模型；请由另一位审批。"))
        if storing.digest(number) != version.sha256:
            raise Conflict("files_differ", _("模型文件与训练时不一致；请重新训练。"))
        before = ModelVersion.objects.filter(state=State.SERVING).first()
        if before:
            before.state = State.RETIRED
            before.save(update_fields=["state"])
        _decide(actor, version, State.SERVING)
        _journal(actor, version, action, before=before.ref if before else "")
    recent.forget()
    return version


def refuse(actor: Actor, number: int, *, reason: str) -> ModelVersion:
    """Sends a trained version back with the reason; it will not serve.

    Raises Invalid without a reason, Conflict for a version that does not wait for approval.
    """
    require(actor, "insight.approve")
    if not (reason := text.line(reason)):
        raise Invalid("missing", _("请写明退回的原因。"), field="reason")
    with transaction.atomic(savepoint=False):
        _alone()
        version = _version(number)
        if version.state != State.TRAINED:
            raise Conflict("wrong_state", _("这个版本不在待审批状态。"))
        _decide(actor, version, State.REFUSED, reason)
        _journal(actor, version, "model.refuse", reason)
    return version


def retire(actor: Actor, number: int, *, reason: str) -> ModelVersion:
    """Takes the serving version out of use; the catalogue's keywords speak until another serves.

    Raises Invalid without a reason, Conflict for a version that does not serve.
    """
    require(actor, "insight.approve")
    if not (reason := text.line(reason)):
        raise Invalid("missing", _("请写明停用的原因。"), field="reason")
    with transaction.atomic(savepoint=False):
        _alone()
        version = _version(number)
        if version.state != State.SERVING:
            raise Conflict("wrong_state", _("这个版本没有在使用。"))
        _decide(actor, version, State.RETIRED, reason)
        _journal(actor, version, "model.retire", reason)
    recent.forget()
    return version


def _alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _version(number: int) -> ModelVersion:
    version = ModelVersion.objects.filter(number=number).first()
    if version is None:
        raise NotFound("not_found", _("没有模型版本M%d；请从列表中选择。") % number)
    return version


def _decide(actor: Actor, version: ModelVersion, state: State, remark: str = "") -> None:
    version.state, version.remark = state, remark
    version.decided_by, version.decided_at = actor.username, clock.now()
    version.save(update_fields=["state", "remark", "decided_by", "decided_at"])


def _journal(
    actor: Actor, version: ModelVersion, action: str, reason: str = "", **note: Any
) -> None:
    journal.write(
        subject_kind="model",
        subject_id=version.pk,
        ref=version.ref,
        action=action,
        by=actor.signature,
        at=clock.now(),
        changes={"note": {"sha256": version.sha256, "rows": version.rows, **note}},
        reason=reason,
    )
