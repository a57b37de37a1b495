"""申请重办: the petitioner says that it is not solved, and is asked once more.

The request opens another round of follow-up; whether the unit has to do it again is for those who
call to decide (`follow_up.rework`). See ADR 0013.
"""

from django.utils.translation import gettext as _

from minsheng.demands.acting import acting
from minsheng.directory.access import Actor
from minsheng.directory.permissions import Role
from minsheng.followups.models import FollowUp
from minsheng.foundation import text
from minsheng.foundation.errors import Conflict
from minsheng.foundation.statements import ByKey, insert, update
from minsheng.orders.limits import ask_again_until
from minsheng.orders.models import Assignment
from minsheng.orders.rules import OrderState, Part

_LAST = ByKey(lambda pk: FollowUp.objects.filter(demand=pk).order_by("-pk")[:1])
_ORDER = ByKey(
    lambda pk: Assignment.objects.filter(
        demand=pk, part=Part.LEAD, parent=None, state=OrderState.COMPLETED
    ).order_by("-completed_at", "-pk")[:1]
)


def ask_rework(actor: Actor, demand_id: int, *, reason: str) -> FollowUp:
    """Puts a demand on the list of those to be called, because its petitioner is not content.

    `reason` is what is not solved, in the petitioner's words. Raises Conflict after the limit of
    the stage `reopen`, or where the city has none.
    """
    with acting(actor, "follow_up.ask_rework", demand_id, reason=reason) as act:
        until = ask_again_until(act.demand)
        if until is None or act.now > until:
            raise Conflict(
                "too_late", _("已过申请重办的期限；请重新提交诉求，或拨打热线电话请督查员处理。")
            )
        words = text.clean(act.reason, 2000)
        last = _LAST.first(demand_id)
        if last and last.state == FollowUp.State.PLANNED:
            follow_up = last
            follow_up.reason = words
            update(follow_up, ["reason"])
        else:
            follow_up = insert(
                FollowUp(
                    demand=act.demand,
                    assignment=_ORDER.first(demand_id),
                    round=last.round + 1 if last else 1,
                    sampled=False,  # who comes by themselves were not drawn
                    planned_at=act.now,
                    reason=words,
                    source=FollowUp.Source.PORTAL if actor.role == Role.CITIZEN else "",
                )
            )
        act.note(round=follow_up.round)
    return follow_up
