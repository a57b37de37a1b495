"""Who sees which demands, and what of their petitioners."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q

from minsheng.demands.models import Demand, Petitioner
from minsheng.demands.withheld import Bare, hiding
from minsheng.directory.access import Actor, require
from minsheng.directory.permissions import Role, Scope, scopes
from minsheng.foundation import clock


def visible(actor: Actor) -> Q:
    """Returns the condition on demands that `actor` may see. Raises Forbidden where none.

    The same as `demands.acting.reaches` with `demand.view`, for the database.
    """
    granted = require(actor, "demand.view")
    if actor.demand_id is not None:
        return Q(pk=actor.demand_id)
    seen = seen_by_role(actor, granted)
    if actor.unit_id is not None and {Scope.UNIT, Scope.TREE} & {*granted}:
        of_unit = Q(restricted=False, involved__contains=[actor.unit_id])
        # `involved` has an index and includes the units themselves.
        seen |= (
            of_unit if Scope.TREE in granted else of_unit & Q(unit_ids__contains=[actor.unit_id])
        )
    return seen


def seen_by_role(actor: Actor, granted: Collection[Scope], prefix: str = "") -> Q:
    """Returns the condition on demands that `actor` may see whatever unit they belong to.

    `granted` is how far their role reaches; `prefix`, such as "demand__", leads from the table
    that is asked to the demand.
    """
    seen = Q(pk__in=[])
    if Scope.ALL in granted:
        seen |= Q(**{f"{prefix}restricted": False})
    if Scope.SECRET in granted:
        seen |= Q(**{f"{prefix}restricted": True})
    if Scope.ENTERPRISE in granted:
        seen |= Q(**{f"{prefix}restricted": False, f"{prefix}enterprise": True})
    if Scope.OWN in granted and actor.staff_id:
        seen |= Q(**{f"{prefix}restricted": False, f"{prefix}registered_by": actor.staff_id})
    return seen


def sees_masks(actor: Actor, *, confidential: bool) -> bool:
    """Tells whether `actor` may see the masked petitioner of a demand that is visible to them.

    A unit learns nothing of a confidential demand's petitioner, not even a family name.
    """
    if confidential and actor.role in (Role.CLERK, Role.UNIT_LEADER):
        return False
    return bool(scopes(actor.role, "identity.masked"))


def hidden_in_journal(actor: Actor, demand: Demand) -> Bare | None:
    """Returns what hides the petitioner in words of a demand's journal; None from whom it need not.

    A journal stays as it was written. What stood in it before the demand became confidential is
    withheld from whoever may no longer learn of the petitioner.
    """
    if not demand.confidential or sees_masks(actor, confidential=True):
        return None
    return hiding(demand)


@dataclass
class Masked:
    """A petitioner as everybody at work may see them."""

    id: int
    kind: str
    name: str
    phone: str
    do_not_call: bool
    abusive: bool


def masked(petitioner: Petitioner) -> Masked:
    """Returns a petitioner as everybody at work may see them; `identity` should be loaded."""
    return Masked(
        petitioner.pk,
        petitioner.kind,
        petitioner.identity.name_mask,
        petitioner.identity.phone_mask,
        petitioner.do_not_call,
        petitioner.is_abusive(clock.now().date()),
    )
