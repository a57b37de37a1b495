"""What is found out of a demand repeats its words; made bare once it becomes confidential."""

from minsheng.demands.models import Demand
from minsheng.demands.withheld import Bare, also, make_bare
from minsheng.insight.models import Event


@also
def hide(demand: Demand, bare: Bare) -> bool:
    """Hides the petitioner in events that were named after the demand; see `also`."""
    events = Event.objects.filter(memberships__demand=demand).order_by("pk")
    return make_bare(events, ("title", "place"), bare)
