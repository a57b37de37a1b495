"""What orders keep of a demand in words, made bare once it becomes confidential."""

from minsheng.demands.models import Demand
from minsheng.demands.withheld import Bare, also, make_bare
from minsheng.orders.models import Assignment, Contact, Extension, Reply, Return


@also
def hide(demand: Demand, bare: Bare) -> bool:
    """Hides the petitioner in opinions, contacts, replies and requests; see `also`."""
    orders = list(Assignment.objects.filter(demand=demand).order_by("pk"))
    hidden = [make_bare(orders, ("note", "reply"), bare)]
    for model, columns in (
        (Contact, ("outcome",)),
        (Reply, ("text", "remark")),
        (Return, ("reason", "decision")),
        (Extension, ("reason", "decision")),
    ):
        rows = model._default_manager.filter(assignment__in=orders).order_by("pk")
        hidden.append(make_bare(rows, columns, bare))
    return any(hidden)
