"""研判会: once a month, all orders that left their petitioners discontent are looked at again."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from minsheng.demands import actions as demands
from minsheng.demands.acting import acting, missing
from minsheng.demands.rules import DISSATISFIED, DemandState
from minsheng.directory.access import Actor, require
from minsheng.followups import actions
from minsheng.followups.models import FollowUp, Review
from minsheng.foundation import clock, text
from minsheng.foundation.errors import Conflict, Invalid, NotFound


def _bounds(month: str) -> tuple[datetime, datetime]:
    """Returns the first moments of a month such as 2026-03 and of the next one. Raises Invalid."""
    try:
        first = datetime.strptime(month, "%Y-%m").date()  # noqa: DTZ007
        following = (first + timedelta(days=31)).replace(day=1)
    except (ValueError, OverflowError):  # the last month of all has no next one
        raise Invalid(
            "bad_month", _("“%s”不是月份；请写成2026-03。") % month[:20], field="month"
        ) from None
    start, end = (datetime.combine(day, time(), clock.ZONE) for day in (first, following))
    return start, end


def listed(actor: Actor, month: str) -> QuerySet[FollowUp]:
    """Returns what the meeting about a month has to look at, by unit: dissatisfied or unsolved."""
    require(actor, "review.view")
    start, end = _bounds(month)
    return (
        FollowUp.objects.filter(
            Q(grade__in=sorted(DISSATISFIED)) | Q(solved=False),
            state=FollowUp.State.EVALUATED,
            evaluated_at__gte=start,
            evaluated_at__lt=end,
            assignment__isnull=False,
            demand__restricted=False,
        )
        .select_related("demand", "assignment__unit", "review")
        .order_by("assignment__unit__name", "evaluated_at", "pk")
    )


def find(actor: Actor, follow_up_id: int) -> FollowUp:
    """Returns what the meeting decides about. Raises Forbidden, NotFound."""
    require(actor, "review.decide")
    row = FollowUp.objects.filter(pk=follow_up_id, state=FollowUp.State.EVALUATED).first()
    if row is None or not (row.grade in DISSATISFIED or row.solved is False):
        raise NotFound("not_found", _("研判清单里没有这一件；请从清单中选择。"))
    return row


def decide(actor: Actor, follow_up_id: int, *, decision: str, note: str) -> Review:
    """研判结论: the unit has to do it again, or has done what it could; decided once, with words.

    To do it again, an evaluated demand goes back to its unit, and an archived one is taken up
    again. Raises Conflict for what was decided before, or is under way again already.
    """
    note = text.clean(note, 2000)
    if decision not in Review.Decision.values:
        raise Invalid("unknown_decision", _("研判结论不正确；请从列表中选择。"), field="decision")
    if not note:
        raise missing("note")
    row = find(actor, follow_up_id)
    with transaction.atomic(savepoint=False):
        with acting(actor, "review.decide", row.demand_id, reason=note) as act:
            if Review.objects.filter(follow_up=row).exists():
                raise Conflict("decided", _("这一件已经研判过；请刷新后查看。"))
            review = Review.objects.create(
                follow_up=row,
                decision=decision,
                note=note,
                by=actor.name or actor.username,
                at=act.now,
            )
            act.note(decision=str(Review.Decision(decision).label), round=row.round)
            state = act.demand.state
        if decision == Review.Decision.REWORK:
            if state == DemandState.EVALUATED:
                actions.rework(actor, row.demand_id, reason=note)
            elif state == DemandState.ARCHIVED:
                demands.reopen(actor, row.demand_id, reason=note)
            else:
                raise Conflict("under_way", _("这件诉求正在重新办理；请等它办结。"))
    return review
