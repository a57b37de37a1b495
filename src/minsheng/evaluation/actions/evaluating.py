"""Verbs: evaluate a period, publish it, evaluate it anew once something was granted.

An evaluation is a draft until it is published, and may be computed again meanwhile. From then on
the database refuses any change. When an exclusion or an appeal is granted (which leaves a demand
out of assessment, or corrects a count), a new revision says what changed; the old one stays on
record.
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from minsheng.catalogue.queries import city
from minsheng.directory.access import Actor, require
from minsheng.directory.models import Unit
from minsheng.evaluation import queries, schemes
from minsheng.evaluation.counting import count
from minsheng.evaluation.models import Correction, Evaluation, Result
from minsheng.evaluation.rules import Counts, Scheme, Score, corrected, movement, score
from minsheng.foundation import clock, journal
from minsheng.foundation.errors import Conflict, Forbidden, Invalid, NotFound
from minsheng.indicators import facts
from minsheng.indicators.dimensions import Tables
from minsheng.indicators.periods import Period

# Any number will do, as long as nothing else in the database takes this advisory lock.
_LOCK = 0x12345_0009


def compute(scheme: Scheme, period: Period, tables: Tables | None = None) -> list[Score]:
    """Returns the score of every unit with something due in a period; stores nothing.

    Without `tables` the facts are refreshed first. The same counts give the same scores.
    """
    return [score(scheme, counts) for counts in _counts(period, tables)]


def evaluate(actor: Actor, code: str, period: Period | str, *, reason: str = "") -> Evaluation:
    """Evaluates a period by the scheme's version that is effective on its last day, as a draft.

    A draft that is there is computed anew. After a published revision there is a next one only for
    a `reason` and only where the counts have changed. Raises Forbidden; Invalid for an unknown
    period, one that has not ended, a scheme that makes no sense, or a missing reason; NotFound for
    an unknown scheme; Conflict where nothing has changed or no unit had anything due.
    """
    require(actor, "evaluation.compute")
    if isinstance(period, str):
        period = Period.parse(period)
    if code not in schemes.files():  # one that lies elsewhere could not be applied again
        raise schemes.unknown(code)
    scheme = schemes.effective(code, period.last)
    if clock.now().date() <= period.last:
        raise Invalid(
            "period_not_over",
            _("%s还没有结束；请在期满后评价。") % period.label,
            field="period",
        )
    counts = _counts(period, None)
    if not counts:
        raise Conflict("nothing_due", _("%s没有应办理的工单，无从评价。") % period.label)
    digest = _digest(scheme, counts)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        latest = queries.latest(scheme.code, period)
        published = queries.current(scheme.code, period)
        is_draft = latest is not None and latest.state == Evaluation.State.DRAFT
        if published is not None and published.inputs_sha256 == digest:
            raise Conflict(
                "nothing_changed",
                _("%s的方案和件数自发布以来没有变化，不需要修订。") % period.label,
            )
        if published is not None and not is_draft and not reason.strip():
            raise Invalid(
                "reason_missing",
                _("%s已经发布；修订须说明理由，例如哪一件获准剔除或申诉成立。") % period.label,
                field="reason",
            )
        if latest is not None and is_draft:
            evaluation = latest
            evaluation.results.all().delete()
        else:
            revision = published.revision + 1 if published else 1
            evaluation = Evaluation(
                scheme=scheme.code, city=city().code, period=str(period), revision=revision
            )
        evaluation.version = scheme.version
        evaluation.rules = _rules(scheme)
        evaluation.inputs_sha256 = digest
        evaluation.reason = reason.strip() or evaluation.reason
        evaluation.computed_at = clock.now()
        evaluation.computed_by = actor.username
        evaluation.save()
        _store(evaluation, scheme, period, counts)
        if published is not None:
            evaluation.changes = _changes(published, evaluation)
            evaluation.save(update_fields=["changes"])
        _journal(actor, evaluation, "evaluation.compute")
    return evaluation


def publish(actor: Actor, evaluation_id: int) -> Evaluation:
    """Publishes a draft: from now on the database refuses to change it or its results.

    Raises NotFound, Conflict where it is published already, and Forbidden also for one who granted
    a correction that is in it: what changes a score needs two.
    """
    require(actor, "evaluation.publish")
    with transaction.atomic():
        evaluation = Evaluation.objects.select_for_update().filter(pk=evaluation_id).first()
        if evaluation is None:
            raise NotFound("unknown_evaluation", _("没有这份考核评价。"))
        if evaluation.state == Evaluation.State.PUBLISHED:
            raise Conflict("published", _("%s已经发布，不能再改；可以修订。") % evaluation.ref)
        mine = Correction.objects.filter(
            period=evaluation.period,
            appeal__answered_by=actor.staff_id,
            appeal__answered_at__lte=evaluation.computed_at,
        )
        if actor.staff_id and mine.exclude(pk__in=_published_before(evaluation)).exists():
            raise Forbidden(
                "own_correction",
                _("其中有您同意的更正；请由另一位发布，使影响得分的决定经过两人。"),
            )
        evaluation.state = Evaluation.State.PUBLISHED
        evaluation.published_at = clock.now()
        evaluation.published_by = actor.username
        evaluation.save(update_fields=["state", "published_at", "published_by"])
        _journal(actor, evaluation, "evaluation.publish")
    return evaluation


def _published_before(evaluation: Evaluation) -> QuerySet[Correction]:
    """Returns the corrections that an earlier revision has published already."""
    before = queries.current(evaluation.scheme, Period.parse(evaluation.period))
    found = Correction.objects.filter(period=evaluation.period)
    if before is None:
        return found.none()
    return found.filter(appeal__answered_at__lte=before.computed_at)


def _counts(period: Period, tables: Tables | None) -> list[Counts]:
    """Returns the units' counts with the corrections that appeals led to."""
    if tables is None:
        facts.refresh()
        tables = facts.tables()
    put_right: dict[int, dict[str, int]] = {}
    for row in Correction.objects.filter(period=str(period)).order_by("pk"):
        of_unit = put_right.setdefault(row.unit_id, {})
        of_unit[row.count] = of_unit.get(row.count, 0) + row.by
    labels = dict(Correction.Count.choices)

    def note(by_count: Mapping[str, int]) -> str:
        told = "、".join(f"{labels[name]}{by:+d}" for name, by in by_count.items())
        return _("申诉成立，更正%s") % told

    return [
        corrected(counts, found, note(found))
        if (found := put_right.get(counts.unit_id or 0))
        else counts
        for counts in count(period, tables)
    ]


def _rules(scheme: Scheme) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(scheme), default=str))
    return found


def _digest(scheme: Scheme, counts: Sequence[Counts]) -> str:
    said = [_rules(scheme), [_said(one) for one in sorted(counts, key=lambda one: one.unit)]]
    text = json.dumps(said, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _said(counts: Counts) -> dict[str, Any]:
    """Returns the counts of a unit as they are kept."""
    return {
        name: value
        for name, value in dataclasses.asdict(counts).items()
        # No ids: another database with the same life has the same digest.
        if name != "unit_id" and isinstance(value, int | str)
    }


def _store(
    evaluation: Evaluation, scheme: Scheme, period: Period, counts: Sequence[Counts]
) -> None:
    units = Unit.objects.in_bulk([one.unit_id for one in counts if one.unit_id is not None])
    before = {
        result.unit_id: result for result in queries.results(queries.before(scheme.code, period))
    }
    Result.objects.bulk_create(
        _result(evaluation, scheme, one, units[one.unit_id], before.get(one.unit_id))
        for one in counts
        if one.unit_id is not None
    )


def _result(
    evaluation: Evaluation, scheme: Scheme, counts: Counts, unit: Unit, before: Result | None
) -> Result:
    found = score(scheme, counts)
    grade_before = before.grade if before else ""
    return Result(
        evaluation=evaluation,
        unit=unit,
        unit_name=counts.unit,
        unit_group=unit.unit_group,
        counts=_said(counts),
        rates={code: _text(rate) for code, rate in found.rates.items()},
        lines=[
            {
                "indicator": line.indicator,
                "rate": _text(line.rate),
                "result": _text(line.result),
                "text": line.text,
                "gift": line.gift,
            }
            for line in found.lines
        ],
        flags=list(found.flags),
        composite=found.composite,
        grade=found.grade,
        composite_before=before.composite if before else None,
        grade_before=grade_before,
        moved=movement(scheme, grade_before, found.grade),
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _changes(old: Evaluation, new: Evaluation) -> list[dict[str, Any]]:
    """Returns what is another for each unit: counts, composite and grade, before and after."""
    before = {result.unit_id: _told(result) for result in old.results.all()}
    after = {result.unit_id: _told(result) for result in new.results.all()}
    names = {
        result.unit_id: result.unit_name
        for evaluation in (old, new)
        for result in evaluation.results.all()
    }
    changes = []
    for unit_id, name in sorted(names.items(), key=lambda item: item[1]):
        was, now = before.get(unit_id, {}), after.get(unit_id, {})
        other = {
            what: [was.get(what), now.get(what)]
            for what in {**was, **now}
            if was.get(what) != now.get(what)
        }
        if other:
            changes.append({"unit": name, **other})
    return changes


def _told(result: Result) -> Mapping[str, Any]:
    return {
        **{name: value for name, value in result.counts.items() if isinstance(value, int)},
        "composite": _text(result.composite.normalize() if result.composite is not None else None),
        "grade": result.grade,
    }


def _journal(actor: Actor, evaluation: Evaluation, action: str) -> None:
    journal.write(
        subject_kind="evaluation",
        subject_id=evaluation.pk,
        ref=evaluation.ref,
        action=action,
        by=actor.signature,
        at=clock.now(),
        changes={
            "note": {
                "version": evaluation.version,
                "inputs": evaluation.inputs_sha256,
                "units": evaluation.results.count(),
                "changed": [change["unit"] for change in evaluation.changes],
            }
        },
        reason=evaluation.reason,
    )
