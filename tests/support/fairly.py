"""What tests of fairness do all the time: apply for an exclusion and have two persons agree."""

from minsheng.demands.models import Demand
from minsheng.evaluation.actions import exclusions
from minsheng.evaluation.models import Exclusion
from support.town import Town


def exclude(town: Town, number: str, evidence: str = "道路封闭，非单位原因") -> Exclusion:
    """Leaves a demand of 住房局 out of assessment, as its clerk and two supervisors do."""
    demand = Demand.objects.get(number=number)
    clerk = town.actor("clerk" if town.units["housing"].pk in demand.unit_ids else "clerk.traffic")
    row = exclusions.apply(clerk, demand.pk, reason_code="force_majeure", evidence=evidence)
    exclusions.approve(town.actor("supervisor"), row.pk, reason="属实")
    return exclusions.confirm(town.actor("supervisor2"), row.pk)
