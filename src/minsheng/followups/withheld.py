"""What follow-ups keep of a demand in words, made bare once it becomes confidential."""

from minsheng.demands.models import Demand
from minsheng.demands.withheld import Bare, also, make_bare
from minsheng.followups.models import Attempt, FollowUp


@also
def hide(demand: Demand, bare: Bare) -> bool:
    """Hides the petitioner in reasons and remarks; see `also`."""
    rounds = FollowUp.objects.filter(demand=demand).order_by("pk")
    tries = Attempt.objects.filter(follow_up__demand=demand).order_by("pk")
    hidden = make_bare(rounds, ("reason",), bare)
    return make_bare(tries, ("remark",), bare) or hidden
