"""The desks: queues that are worked through one item after another, without going back to a list.

Who asks for the next item gets the one that is due first of those that nobody else has before them
(`claims`); what is skipped comes again when the queue has been walked through.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from minsheng.demands.models import Demand
from minsheng.demands.queries import visible
from minsheng.directory.access import Actor, require
from minsheng.directory.permissions import Role
from minsheng.doors.console import claims
from minsheng.doors.console.entry import StaffRequest, staff_page
from minsheng.followups.models import Attempt, FollowUp
from minsheng.foundation import clock, keyset
from minsheng.foundation.errors import NotFound
from minsheng.orders.models import Assignment
from minsheng.orders.queries import visible_orders
from minsheng.orders.rules import OrderState

#: Who was not reached is offered again after this time.
TRY_AGAIN_AFTER = timedelta(hours=2)
CALL = "call"
SAMPLE_KEY = "call_sample"  # of the session: the draw whose list is worked through
_TRIED = 20  # items that others may snatch away before the queue counts as empty


@dataclass(frozen=True, slots=True)
class Desk:
    """A queue: its name, the permission it takes, its rows for somebody, and their order.

    `offered` is the condition on rows that come by themselves; the others can be opened all the
    same.
    """

    code: str
    label: Promise
    action: str
    rows: Callable[[Actor], QuerySet[Any]]
    sort: str
    empty: Promise
    offered: Callable[[], Q] = Q


def _orders(actor: Actor, condition: Q) -> QuerySet[Assignment]:
    return Assignment.objects.filter(visible_orders(actor), condition)


def _to_audit(actor: Actor) -> QuerySet[Assignment]:
    """The centre audits what came from its own units, a unit what those below handed in."""
    parent = Q(parent__unit=actor.unit_id) if actor.role == Role.CLERK else Q(parent=None)
    return _orders(actor, Q(state=OrderState.REPLIED) & parent)


def _to_sign_off(actor: Actor) -> QuerySet[Assignment]:
    return _orders(actor, Q(state=OrderState.SIGN_OFF, unit=actor.unit_id))


def _to_call(actor: Actor) -> QuerySet[FollowUp]:
    seen = Demand.objects.filter(visible(actor))
    return FollowUp.objects.filter(state=FollowUp.State.PLANNED, demand__in=seen)


def _not_tried_lately() -> Q:
    lately = Attempt.objects.filter(follow_up=OuterRef("pk"), at__gt=clock.now() - TRY_AGAIN_AFTER)
    return ~Q(Exists(lately))


def of_call(actor: Actor, item: int) -> FollowUp:
    """Returns a round of follow-up that `actor` may see, with its demand. Raises NotFound."""
    row = (
        FollowUp.objects.filter(demand__in=Demand.objects.filter(visible(actor)), pk=item)
        .select_related("demand", "sample")
        .first()
    )
    if row is None:
        raise NotFound("not_found", _("没有找到这次回访；请从工作列表进入。"))
    return row


DESKS: Mapping[str, Desk] = {
    desk.code: desk
    for desk in (
        Desk(
            "audit",
            _("逐件审核"),
            "order.pass_audit",
            _to_audit,
            "handled_at",
            _("没有待审核的答复了。"),
        ),
        Desk(
            "sign-off",
            _("逐件签发"),
            "order.sign_off",
            _to_sign_off,
            "due_at",
            _("没有待签发的答复了。"),
        ),
        Desk(
            CALL,
            _("逐件回访"),
            "follow_up.evaluate",
            _to_call,
            "planned_at",
            _("现在没有要回访的诉求了。"),
            _not_tried_lately,
        ),
    )
}


def find(request: StaffRequest, code: str) -> Desk:
    """Returns a desk that the reader may work at. Raises NotFound, Forbidden."""
    desk = DESKS.get(code)
    if desk is None:
        raise NotFound("not_found", _("没有这个工作台；请从工作列表进入。"))
    require(request.actor, desk.action)
    return desk


def address(desk: Desk, item: int | None = None, after: str = "") -> str:
    """Returns where an item of a desk lies, or its next one behind a cursor."""
    if item is not None:
        return reverse("console:desk-item", args=[desk.code, item])
    query = f"?after={after}" if after else ""
    return reverse("console:desk", args=[desk.code]) + query


def cursor(desk: Desk, row: Any) -> str:
    """Returns the cursor behind a row, which need not be in the queue any more."""
    moment = getattr(row, desk.sort) or clock.now()
    return keyset.behind(desk.sort, {desk.sort: moment, "id": row.pk})


def sample_of(request: StaffRequest, desk: Desk) -> int | None:
    """Returns the draw (双随机抽检) whose list is worked through, if it is only that."""
    chosen: int | None = request.session.get(SAMPLE_KEY) if desk.code == CALL else None
    return chosen


def queue(request: StaffRequest, desk: Desk) -> QuerySet[Any]:
    """Returns what comes by itself at a desk, that which others hold among it."""
    found = desk.rows(request.actor).filter(desk.offered())
    sample = sample_of(request, desk)
    return found if sample is None else found.filter(sample=sample)


def left(request: StaffRequest, desk: Desk) -> int:
    """Returns how many items wait at a desk."""
    return queue(request, desk).count()


@staff_page("demand.view")
def next_item(request: StaffRequest, code: str) -> HttpResponse:
    """Leads to the next item that nobody else has, and claims it.

    `?sample=7` keeps to the list of that draw from then on, `?sample=0` leaves it.
    """
    desk = find(request, code)
    if "sample" in request.GET:
        chosen = request.GET["sample"]
        request.session[SAMPLE_KEY] = int(chosen) or None if chosen.isdecimal() else None
    staff = request.post.staff_id
    free = queue(request, desk).filter(claims.free(desk.code, staff))
    after = request.GET.get("after", "")
    for behind in dict.fromkeys([after, ""]):
        waiting = keyset.fetch(free.values("id", desk.sort), desk.sort, behind, _TRIED)
        for row in waiting.items:
            if claims.take(desk.code, row["id"], staff):
                return redirect(address(desk, row["id"]))
    return render(
        request,
        "console/desk_empty.html",
        {
            "desk": desk,
            "waiting": left(request, desk),
            "sample": sample_of(request, desk),
        },
    )


@require_POST
@staff_page("demand.view")
def skip(request: StaffRequest, code: str, item: int) -> HttpResponse:
    """Gives an item back and leads to the one behind it."""
    desk = find(request, code)
    claims.release(desk.code, item, request.post.staff_id)
    row = desk.rows(request.actor).filter(pk=item).first()
    return redirect(address(desk, after=cursor(desk, row) if row else ""))
