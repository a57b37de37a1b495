"""What stands of petitioners outside the vault: nowhere their number, and not always their name."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from django.db.models import Exists, Model, OuterRef, Q

from minsheng.demands.models import Demand
from minsheng.directory.access import Actor
from minsheng.directory.permissions import Role
from minsheng.foundation import text, vault
from minsheng.foundation.statements import update

#: Makes words bare of a petitioner.
Bare = Callable[[str], str]

_RAISED = Demand.objects.filter(petitioner=OuterRef("pk"))
#: Petitioners who raised nothing but restricted demands. That they did, is told to nobody.
ONLY_IN_SECRET = Q(Exists(_RAISED.filter(restricted=True))) & ~Q(
    Exists(_RAISED.filter(restricted=False))
)

#: What makes the rows of higher rooms bare; see `also`.
_ALSO: list[Callable[[Demand, Bare], bool]] = []


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


def hiding(demand: Demand) -> Bare:
    """Returns what hides who raised a demand: their number; if it is confidential, their name."""
    person = known_petitioner(demand)
    name = person.name if demand.confidential else ""
    return lambda said: vault.withhold(said, person.phone, name)


def bare_of(actor: Actor, demand: Demand, said: str) -> str:
    """Returns what somebody says with an action on a demand as units may read it.

    Petitioners' own words lose their number; all words of a confidential demand their name, too.
    """
    if not said or not (actor.role == Role.CITIZEN or demand.confidential):
        return said
    return hiding(demand)(said)


# When a demand becomes confidential


def also(function: Callable[[Demand, Bare], bool]) -> Callable[[Demand, Bare], bool]:
    """Lets a higher room make bare what it keeps of a demand that becomes confidential.

    `function` tells whether there was anything to hide.
    """
    _ALSO.append(function)
    return function


def hide_elsewhere(demand: Demand, bare: Bare) -> bool:
    """Makes bare what higher rooms keep; tells whether there was anything to hide."""
    hidden = [function(demand, bare) for function in _ALSO]
    return any(hidden)


def make_bare(rows: Iterable[Model], columns: Sequence[str], bare: Bare) -> bool:
    """Makes some columns of rows bare; tells whether there was anything to hide."""
    hidden = False
    for row in rows:
        said = {name: bare(getattr(row, name)) for name in columns}
        changed = [name for name in columns if said[name] != getattr(row, name)]
        if changed:
            hidden = True
            for name in changed:
                setattr(row, name, said[name])
            update(row, changed)
    return hidden
