"""Marks that stand beside the lifecycle: urgent, confidential, provincial and the like."""

from django.utils.translation import gettext as _

from minsheng.demands.acting import acting, end_enquiry
from minsheng.demands.models import Demand
from minsheng.directory.access import Actor
from minsheng.foundation.errors import Invalid

MARKS = frozenset({"urgent", "confidential", "enterprise", "escalated", "difficult"})


def mark(actor: Actor, demand_id: int, *, reason: str, **marks: bool) -> Demand:
    """Sets or clears marks, e.g. `urgent=True`, with the reason on record.

    The limits of orders already assigned do not move; a new order takes the limit of the new mark.
    Raises Invalid for a mark that people do not set.
    """
    if not marks or set(marks) - MARKS:
        raise Invalid("unknown_mark", _("请选择要设置的标记：紧急、保密、企业、提级或疑难。"))
    with acting(actor, "demand.mark", demand_id, reason=reason) as act:
        act.set(act.demand, **marks)
        if marks.get("enterprise") is False:
            end_enquiry(act)
    return act.demand
