"""A new version of a scheme: one person proposes it, another one decides."""

from django.db import transaction
from django.utils.translation import gettext as _

from minsheng.directory.access import Actor, require
from minsheng.evaluation import schemes
from minsheng.evaluation.models import SchemeVersion
from minsheng.foundation import clock, journal, text
from minsheng.foundation.errors import Conflict, Forbidden, Invalid, NotFound


def propose(actor: Actor, scheme: str, content: str, *, reason: str) -> SchemeVersion:
    """Proposes a version of a scheme (TOML, see `schemes.parsed`).

    It must begin after today and after all versions that there are. Raises Forbidden; NotFound for
    an unknown scheme; Invalid for a text that makes no sense, a day that has begun or a missing
    reason; Conflict where a version of that name is there already.
    """
    require(actor, "settings.change")
    reason = text.line(reason, 200)
    if not reason:
        raise Invalid("missing", _("请写明变更的理由，例如依据的文件。"), field="reason")
    version = schemes.parsed(scheme, content)
    latest = schemes.all_versions(scheme)[-1]
    if version.effective_from <= max(clock.now().date(), latest.effective_from):
        raise Invalid(
            "begins_too_early",
            _("新版本须在今天和现有版本的生效日期（%s）之后生效。") % latest.effective_from,
            field="content",
        )
    with transaction.atomic(savepoint=False):
        taken = SchemeVersion.objects.filter(scheme=scheme, version=version.version).exclude(
            state=SchemeVersion.State.REFUSED
        )
        known = {one.version for one in schemes.all_versions(scheme)}
        if version.version in known or taken.exists():
            raise Conflict(
                "version_taken", _("版本“%s”已经有了；请换一个版本号。") % version.version
            )
        proposed = SchemeVersion.objects.create(
            scheme=scheme,
            version=version.version,
            text=content,
            effective_from=version.effective_from,
            reason=reason,
            proposed_by=actor.username,
            proposed_at=clock.now(),
        )
        _journal(actor, proposed, "scheme.propose", reason)
    return proposed


def decide(actor: Actor, version_id: int, *, approve: bool, reason: str = "") -> SchemeVersion:
    """Approves a proposed version, or refuses it: never the person who proposed it.

    Raises Forbidden, NotFound, Conflict where it is decided already or its day has begun.
    """
    require(actor, "evaluation.publish")
    with transaction.atomic(savepoint=False):
        found = SchemeVersion.objects.select_for_update().filter(pk=version_id).first()
        if found is None:
            raise NotFound("not_found", _("没有找到这个方案版本；请刷新后重试。"))
        if found.state != SchemeVersion.State.PROPOSED:
            raise Conflict("decided", _("这个方案版本已经有了决定。"))
        if found.proposed_by == actor.username:
            raise Forbidden("same_person", _("方案须由另一人批准；提出人不能批准自己的方案。"))
        if approve and found.effective_from <= clock.now().date():
            raise Conflict("too_late", _("生效日期已到，不能再批准；请另提一个以后生效的版本。"))
        states = SchemeVersion.State
        found.state = states.APPROVED if approve else states.REFUSED
        found.decided_by, found.decided_at = actor.username, clock.now()
        found.save(update_fields=["state", "decided_by", "decided_at"])
        _journal(actor, found, "scheme.approve" if approve else "scheme.refuse", reason)
    return found


def _journal(actor: Actor, found: SchemeVersion, action: str, reason: str) -> None:
    journal.write(
        subject_kind="scheme",
        subject_id=found.pk,
        ref=str(found),
        action=action,
        by=actor.signature,
        at=clock.now(),
        changes={"note": {"effective": found.effective_from, "text": found.text}},
        reason=reason,
    )
