"""剔除: leaving a demand out of assessment, on application, with evidence, by two persons.

    apply (unit) → approve (one supervisor) → confirm (another one): the demand is excluded
                 ↘ refuse, with the reason   ↘ refuse         withdraw (the unit), while it waits

Each step is one entry of the demand's journal. An evaluation that was published stays as it is;
`evaluation.jobs.revise` makes the next revision.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from minsheng.catalogue.queries import reason as reason_of
from minsheng.catalogue.rules import Limit, due
from minsheng.demands import attachments
from minsheng.demands.acting import Act, acting, missing
from minsheng.demands.models import Attachment
from minsheng.directory.access import Actor
from minsheng.directory.models import Unit
from minsheng.directory.permissions import Role
from minsheng.evaluation import schemes
from minsheng.evaluation.models import Exclusion
from minsheng.foundation import city_calendar, clock, text
from minsheng.foundation.errors import Conflict, Forbidden, Invalid, NotFound
from minsheng.orders.models import Assignment

MOST_FILES = 10
REASON_LENGTH = 2000

_S = Exclusion.State


def deadline(limit: str, start: datetime, scheme: str = "") -> datetime | None:
    """Returns when a limit (of `evaluation.rules.LIMITS`) that begins at `start` ends.

    By the city's own scheme, or by the one named, as effective at `start`; None where it sets none.
    """
    try:
        rules = schemes.effective(scheme or settings.CITY, start.astimezone(clock.ZONE).date())
    except NotFound:
        return None
    written = rules.limits.get(limit)
    return due(city_calendar.present(), start, Limit.parse(written)).at if written else None


def person(actor: Actor) -> int:
    """Returns the id of the person who acts. Raises Forbidden for what is no person."""
    if actor.staff_id is None:
        raise Forbidden("no_person", _("这一步须由工作人员本人办理；请登录后再试。"))
    return actor.staff_id


def apply(
    actor: Actor,
    demand_id: int,
    *,
    reason_code: str,
    evidence: str = "",
    attached: Sequence[int] = (),
    files: "Sequence[UploadedFile[Any]]" = (),
    restores: bool = False,
) -> Exclusion:
    """申请剔除: asks that a demand of one's unit be left out, with evidence in words or files.

    `attached` names files that the demand has already, `files` are new ones, stored with it.
    `restores` asks the reverse, which only the centre may. Raises Conflict for a demand that is
    excluded (counts) already or has an application waiting; Invalid without evidence, for an
    unknown reason, or once the time for applying is over.
    """
    who = person(actor)
    reason_of("exclusion", reason_code)
    evidence = text.clean(evidence, REASON_LENGTH)
    if not (evidence or attached or files):
        raise Invalid("evidence_missing", _("须附证据：写明情况，或上传文件。"), field="evidence")
    if len(attached) + len(files) > MOST_FILES:
        raise Invalid("file_count", _("证据最多%d个文件；请先整理。") % MOST_FILES, field="files")
    checked = [attachments.check(file) for file in files]
    with acting(
        actor, "exclusion.apply", demand_id, reason=evidence, reason_code=reason_code
    ) as act:
        _check_applicable(act, restores)
        kept = set(act.demand.attachments.filter(pk__in=attached).values_list("pk", flat=True))
        if unknown := {*attached} - kept:
            raise Invalid(
                "unknown_file",
                _("这件诉求没有编号为%s的附件；请核对。") % "、".join(map(str, sorted(unknown))),
                field="attached",
            )
        kept |= {_stored(act, one) for one in checked}
        unit = Unit.objects.get(code=actor.unit_code)
        row = Exclusion.objects.create(
            demand=act.demand,
            unit=unit,
            restores=restores,
            reason_code=reason_code,
            evidence=evidence,
            files=sorted(kept),
            applied_by_id=who,
            applied_at=act.now,
            due_at=deadline("ruling", act.now),
        )
        act.note(reason_code=reason_code, files=len(kept), restores=restores)
    return row


def _stored(act: Act, checked: attachments.Checked) -> int:
    """Stores a file of evidence with the demand, which may be archived, and returns its id."""
    attachments.check_count(act.demand)
    by = act.actor.name or act.actor.username
    file: Attachment = attachments.store(act.demand, checked, by=by, at=act.now)
    file.save()
    return file.pk


def _check_applicable(act: Act, restores: bool) -> None:
    demand, actor = act.demand, act.actor
    if restores and actor.role != Role.SUPERVISOR:
        raise Forbidden("centre_only", _("恢复计入考核由热线中心提出；请与督查员联系。"))
    if demand.excluded != restores:
        already = _("这件诉求已不计入考核。") if demand.excluded else _("这件诉求本来就计入考核。")
        raise Conflict("nothing_to_do", already)
    if Exclusion.objects.filter(demand=demand, state__in=[_S.APPLIED, _S.APPROVED]).exists():
        raise Conflict("pending", _("这件诉求已有申请等待审批；请先等结果。"))
    if actor.role == Role.SUPERVISOR:
        return
    ended = (
        Assignment.objects.filter(demand=demand, unit=actor.unit_id)
        .order_by("-pk")
        .values_list("closed_at", flat=True)
        .first()
    )
    until = ended and deadline("exclusion", ended)
    if until and act.now > until:
        raise Invalid(
            "too_late",
            _("申请剔除的期限已过（%s截止）；对已发布的考核结果可以申诉。")
            % f"{until.astimezone(clock.ZONE):%Y-%m-%d %H:%M}",
        )


@contextmanager
def _deciding(
    actor: Actor, action: str, exclusion_id: int, states: set[str], reason: str = ""
) -> Iterator[tuple[Act, Exclusion]]:
    """Runs one step on an application that is in one of `states`, under its demand's lock."""
    demand_id = (
        Exclusion.objects.filter(pk=exclusion_id).values_list("demand_id", flat=True).first()
    )
    if demand_id is None:
        raise NotFound("not_found", _("没有找到这份剔除申请；请从列表中选择。"))
    with acting(actor, action, demand_id, reason=reason) as act:
        row = Exclusion.objects.select_related("unit").get(pk=exclusion_id)
        if row.state not in states:
            raise Conflict(
                "wrong_state",
                _("这份申请现在是“%s”，不能这样办理；请刷新后查看。") % row.get_state_display(),
            )
        act.note(reason_code=row.reason_code, restores=row.restores)
        yield act, row
        row.save()


def _not_again(actor: Actor, row: Exclusion) -> int:
    """Returns who decides; raises Forbidden for one who applied for it or agreed before."""
    who = person(actor)
    if who == row.applied_by_id:
        raise Forbidden("own_application", _("不能审批自己提出的申请；请由另一位办理。"))
    if who == row.approved_by_id:
        raise Forbidden("second_person", _("初审和复核须由两人办理；您已初审，请由另一位复核。"))
    return who


def approve(actor: Actor, exclusion_id: int, *, reason: str = "") -> Exclusion:
    """剔除初审: the first of two persons agrees; nothing is excluded yet."""
    with _deciding(actor, "exclusion.approve", exclusion_id, {_S.APPLIED}, reason) as (act, row):
        row.approved_by_id, row.approved_at = _not_again(actor, row), act.now
        row.state, row.approval = _S.APPROVED, text.clean(reason, REASON_LENGTH)
    return row


def confirm(actor: Actor, exclusion_id: int, *, reason: str = "") -> Exclusion:
    """剔除复核: the second person agrees, and the demand is left out (or counts again)."""
    with _deciding(actor, "exclusion.confirm", exclusion_id, {_S.APPROVED}, reason) as (act, row):
        row.decided_by_id, row.decided_at = _not_again(actor, row), act.now
        row.state, row.decision = _S.GRANTED, text.clean(reason, REASON_LENGTH)
        act.set(act.demand, excluded=not row.restores)
    return row


def refuse(actor: Actor, exclusion_id: int, *, reason: str) -> Exclusion:
    """不予剔除: either of the two refuses, with the reason; the demand counts as before."""
    if not reason.strip():
        raise missing("reason")
    states = {_S.APPLIED, _S.APPROVED}
    with _deciding(actor, "exclusion.refuse", exclusion_id, {*states}, reason) as (act, row):
        who = person(actor)
        if who == row.applied_by_id:
            raise Forbidden("own_application", _("不能审批自己提出的申请；请由另一位办理。"))
        row.decided_by_id, row.decided_at = who, act.now
        row.state, row.decision = _S.REFUSED, text.clean(reason, REASON_LENGTH)
    return row


def withdraw(actor: Actor, exclusion_id: int) -> Exclusion:
    """撤回剔除申请: the unit that applied takes it back while nobody has decided.

    Raises Forbidden for another unit.
    """
    states = {_S.APPLIED, _S.APPROVED}
    with _deciding(actor, "exclusion.withdraw", exclusion_id, {*states}) as (act, row):
        if row.unit_id != actor.unit_id:
            raise Forbidden("other_unit", _("这份申请由%s提出；请由该单位撤回。") % row.unit.name)
        row.state, row.decided_by_id, row.decided_at = _S.WITHDRAWN, person(actor), act.now
    return row
