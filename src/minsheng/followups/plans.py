"""Which rule holds for a demand: how many of its like are asked, and by which course of tries."""

from collections.abc import Iterable
from datetime import date

from minsheng.catalogue.queries import city, kind_codes
from minsheng.demands.models import Demand
from minsheng.followups.models import PlanRule
from minsheng.foundation.recent import recent
from minsheng.orders.models import Assignment


@recent
def rules() -> list[PlanRule]:
    """Returns the city's rules. They are shared: only read."""
    return list(PlanRule.objects.order_by("pk"))


def choose(
    found: Iterable[PlanRule], *, on: date, origin: str, urgent: bool, group: str, kind: str
) -> PlanRule | None:
    """Returns the narrowest rule that fits on a day, None where none does."""
    asked = {
        "origin": origin,
        "urgency": "urgent" if urgent else "normal",
        "unit_group": group,
        "kind": kind,
    }
    fitting = [
        rule
        for rule in found
        if rule.effective_from <= on
        and (rule.effective_to is None or on <= rule.effective_to)
        and all(getattr(rule, name) in ("", value) for name, value in asked.items())
    ]
    return max(
        fitting,
        key=lambda rule: (*(bool(getattr(rule, name)) for name in asked), rule.effective_from),
        default=None,
    )


def rule_for(demand: Demand, order: Assignment | None, on: date) -> PlanRule | None:
    """Returns the rule for a demand that `order` (its lead, with the unit) completed."""
    return choose(
        rules(),
        on=on,
        origin=demand.origin,
        urgent=demand.urgent,
        group=order.unit.unit_group if order else "",
        kind=kind_codes().get(demand.kind_id or 0, ""),
    )


def share_of(rule: PlanRule | None) -> float:
    """Returns the share that is asked; of what no rule names, the city's share."""
    return rule.share if rule else city().follow_up_share
