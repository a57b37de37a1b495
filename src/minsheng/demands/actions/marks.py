"""Marks that stand beside the lifecycle: urgent, confidential, provincial and the like."""

from django.utils.translation import gettext as _

from minsheng.demands import attachments
from minsheng.demands.acting import Act, acting, end_enquiry
from minsheng.demands.actions.intake import words_of
from minsheng.demands.models import Demand
from minsheng.demands.withheld import hide_elsewhere, hiding, make_bare
from minsheng.directory.access import Actor
from minsheng.foundation.errors import Invalid
from minsheng.foundation.statements import update

MARKS = frozenset({"urgent", "confidential", "enterprise", "escalated", "difficult"})


def mark(actor: Actor, demand_id: int, *, reason: str, **marks: bool) -> Demand:
    """Sets or clears marks, e.g. `urgent=True`, with the reason on record.

    The limits of orders already assigned do not move; a new order takes the limit of the new mark.
    What becomes confidential loses the petitioner's name, and where they took their pictures.
    Raises Invalid for a mark that people do not set.
    """
    if not marks or set(marks) - MARKS:
        raise Invalid("unknown_mark", _("请选择要设置的标记：紧急、保密、企业、提级或疑难。"))
    with acting(actor, "demand.mark", demand_id, reason=reason) as act:
        act.set(act.demand, **marks)
        if marks.get("enterprise") is False:
            end_enquiry(act)
        if marks.get("confidential"):
            _hide_petitioner(act)
    return act.demand


def _hide_petitioner(act: Act) -> None:
    """Makes what stands already as if it had come with a confidential demand.

    The journal does not say again what is taken out here: it says that it was.
    """
    demand, bare = act.demand, hiding(act.demand)
    hidden = make_bare([demand], ("title", "text", "place"), bare)
    if hidden:
        demand.words = words_of(demand.title, demand.text, demand.place)
        update(demand, ("words",))
    hidden |= make_bare(demand.supplements.all(), ("text",), bare)
    for attachment in demand.attachments.all():
        hidden |= attachments.make_bare(attachment, bare)
    if hide_elsewhere(demand, bare) or hidden:
        act.note(petitioner_hidden=True)
