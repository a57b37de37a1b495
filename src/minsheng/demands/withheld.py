"""What stands of petitioners outside the vault: nowhere their number, and not always their name."""

from collections.abc import Callable
from typing import Protocol

from minsheng.demands.models import Demand
from minsheng.demands.queries import sees_masks
from minsheng.directory.access import Actor
from minsheng.foundation import text, vault


class Who(Protocol):
    """Who raises a demand, as far as their own words may betray it; blank if nobody knows."""

    @property
    def name(self) -> str: ...

    @property
    def phone(self) -> str: ...


def known_petitioner(demand: Demand) -> vault.Person:
    """Returns who raised a demand, to be withheld: nobody sees it."""
    return vault.open_person(demand.petitioner.identity) if demand.petitioner else vault.Person()


def without_who(said: str, person: Who, *, confidential: bool, limit: int) -> str:
    """Returns words about a matter, cleaned, without the petitioner's own number.

    Units read them. Of a confidential demand not even the petitioner's name may stand there.
    """
    name = person.name if confidential else ""
    return text.clean(vault.withhold(text.clean(said), person.phone, name), limit)


def hidden_in_journal(actor: Actor, demand: Demand) -> Callable[[str], str] | None:
    """Returns what hides the petitioner in texts of a demand's journal; None from whom it need not.

    A journal stays as it was written. What stood in it before the demand became confidential is
    withheld from whoever may no longer learn of the petitioner.
    """
    if not demand.confidential or sees_masks(actor, confidential=True):
        return None
    person = known_petitioner(demand)
    return lambda said: vault.withhold(said, person.phone, person.name)
