"""预警: raised and cleared for all orders at once; dismissed or acted on one by one."""

from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from minsheng.catalogue.rules import Limit
from minsheng.directory.access import Actor, require
from minsheng.foundation import city_calendar, clock, journal, text
from minsheng.foundation.errors import Conflict, Invalid, NotFound, Refused
from minsheng.supervision.actions import ladder
from minsheng.supervision.conditions import CONDITIONS, FORGET, WATCH
from minsheng.supervision.models import Alert, AlertRule, Measure
from minsheng.supervision.rules import STEPS, AlertKind, MeasureState, Step, cut_off, step_below

MOST_DAYS = 365
# Any number will do, as long as nothing else in the database takes this advisory lock.
_LOCK = 0x12345_0027


def _journal(actor: Actor, code: str, action: str, note: dict[str, object]) -> None:
    first = AlertRule.objects.filter(code=code).order_by("pk").values_list("pk", flat=True)[0]
    journal.write(
        subject_kind="alertrule",
        subject_id=first,
        ref=code,
        action=action,
        by=actor.signature,
        at=clock.now(),
        changes={"note": note},
    )


def set_rule(
    actor: Actor,
    *,
    code: str,
    name: str,
    kind: str,
    effective_from: date,
    effective_to: date | None = None,
    days: int = 0,
    times: int = 1,
    step: str = "",
    issues: bool = False,
    limit: str = "",
) -> AlertRule:
    """Sets a rule from a day on; the row of the same code that held until then ends the day before.

    Raises Invalid for what makes no sense, Conflict where a row of this code begins then or later.
    """
    require(actor, "settings.change")
    code, name = text.line(code, 32), text.line(name, 64)
    if not code or not name:
        raise Invalid("missing", _("缺少编码或名称；请填写。"), field="code" if name else "name")
    if kind not in AlertKind or (step and step not in Step):
        raise Invalid("unknown_value", _("情形或措施不正确；请从列表中选择。"), field="kind")
    if not 0 <= days <= MOST_DAYS or not 1 <= times <= 99:
        raise Invalid("out_of_range", _("天数为0至365，次数为1至99；请修改。"), field="days")
    if effective_to and effective_to < effective_from:
        raise Invalid("dates_crossed", _("失效日期早于生效日期；请修改。"), field="effective_to")
    if issues and not step:
        raise Invalid("step_missing", _("自动下发须写明措施；请选择措施。"), field="step")
    if limit:
        Limit.parse(limit)
    with transaction.atomic(savepoint=False):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        same = AlertRule.objects.filter(code=code)
        if same.filter(effective_from__gte=effective_from).exists():
            raise Conflict(
                "later_rule", _("这条规则在该日或之后已有安排；请换一个更晚的生效日期。")
            )
        eve = effective_from - timedelta(days=1)
        same.filter(effective_to=None).update(effective_to=eve)
        same.filter(effective_to__gt=eve).update(effective_to=eve)
        rule = AlertRule.objects.create(
            code=code,
            name=name,
            kind=kind,
            days=days,
            times=times,
            step=step,
            issues=issues,
            limit=limit,
            effective_from=effective_from,
            effective_to=effective_to,
        )
        _journal(
            actor,
            code,
            "alert_rule.set",
            {"kind": kind, "days": days, "times": times, "step": step, "issues": issues,
             "from": effective_from, "to": effective_to},
        )  # fmt: skip
    return rule


def rules(on: date) -> list[AlertRule]:
    """Returns the rules that hold on a day."""
    held = AlertRule.objects.filter(effective_from__lte=on).exclude(effective_to__lt=on)
    return list(held.order_by("code"))


def watch(actor: Actor, rule: AlertRule) -> tuple[int, int]:
    """Brings the warnings of one rule up to date; returns how many were raised and cleared.

    One statement looks at all orders. What is true already stays as it is, so that a run more
    changes nothing and writes nothing; a change is journaled as one batch.
    """
    require(actor, "alert.watch")
    now = clock.now()
    calendar = city_calendar.present()
    recurring = rule.kind == AlertKind.RECURRING
    values: dict[str, Any] = {
        "now": now,
        "cut": now if recurring else cut_off(calendar, now, rule.days),
        "earliest": now - timedelta(days=rule.days),
        "times": rule.times,
        "code": rule.code,
        "kind": rule.kind,
        "step": rule.step,
        # What went unanswered is the step below the one that is proposed.
        "below": step_below(rule.step).value if rule.step else "",
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(WATCH.format(condition=CONDITIONS[rule.kind]), values)
        raised, cleared = cursor.fetchone()
        if raised or cleared:
            _journal(actor, rule.code, "alert.watch", {"raised": raised, "cleared": cleared})
    return raised, cleared


def forget(actor: Actor) -> int:
    """Clears the warnings of rules that hold no more; returns how many."""
    require(actor, "alert.watch")
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(FORGET, {"now": now, "codes": [one.code for one in rules(now.date())]})
        return int(cursor.rowcount)


def dismiss(actor: Actor, alert_id: int, *, reason: str) -> Alert:
    """忽略: a warning that needs nothing; it stays away until it has ended and begins anew.

    Raises Invalid without a reason, Conflict for a warning that is cleared or acted on.
    """
    require(actor, "alert.dismiss")
    reason = text.line(reason, 200)
    if not reason:
        raise Invalid("missing", _("请写明忽略的理由。"), field="reason")
    with transaction.atomic(savepoint=False):
        alert = Alert.objects.select_for_update().filter(pk=alert_id).first()
        if alert is None:
            raise NotFound("not_found", _("没有找到这条预警；请刷新列表。"))
        if alert.cleared_at or alert.dismissed_at or alert.measure_id:
            raise Conflict("settled", _("这条预警已解除或已处理；请刷新列表。"))
        alert.dismissed_at, alert.dismissed_by = clock.now(), actor.name
        alert.reason = reason
        alert.save(update_fields=["dismissed_at", "dismissed_by", "reason"])
        _journal(actor, alert.code, "alert.dismiss", {"order": alert.assignment.ref})
    return alert


def take_proposed(actor: Actor, alert: Alert, rule: AlertRule) -> Measure | None:
    """Takes the step that a warning proposes; None where that is not needed or not possible now.

    The same or a harder step that is running settles the warning as well.
    """
    harder = STEPS[STEPS.index(alert.step) :]
    running = Measure.objects.filter(assignment=alert.assignment_id, step__in=harder).exclude(
        state=MeasureState.CLOSED
    )
    if measure := running.order_by("pk").first():
        Alert.objects.filter(pk=alert.pk, measure=None).update(measure=measure)
        return None
    try:
        with transaction.atomic():
            return ladder.issue(
                actor,
                step=alert.step,
                order_id=alert.assignment_id,
                limit=rule.limit,
                reason=_("系统预警：%s。请尽快办理并在时限内答复。") % rule.name,
            )
    except Refused:  # the order has ended, or somebody was faster; the next run sees to the rest
        return None
