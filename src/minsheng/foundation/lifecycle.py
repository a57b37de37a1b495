"""How a lifecycle is written down: one literal row per action, obeyed, drawn and tested as data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from minsheng.foundation.errors import Conflict


class To(StrEnum):
    """Targets that are not a state of their own."""

    STAY = "(stay)"  # the action leaves the state as it is
    BACK = "(back)"  # the state before the request that is now decided


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: `action` is possible in `sources` and leads to `target`.

    `sources` holds state codes, "" for something that does not exist yet. `needs` names what must
    be given with the action; a door asks for it before it calls.
    """

    action: str
    label: Promise | str
    sources: frozenset[str]
    target: str
    needs: tuple[str, ...] = ()


class Lifecycle:
    """A transition table with one question: may this happen now, and where does it lead?"""

    def __init__(
        self, noun: Promise | str, states: Mapping[str, Promise | str], rows: Iterable[Transition]
    ):
        self.noun = noun
        self.states = states
        self.rows = {row.action: row for row in rows}

    def next_state(self, action: str, state: str, before: str = "") -> str:
        """Returns the state after `action` in `state`; raises Conflict where it is not possible.

        `before` is the state that preceded a pending request, to which To.BACK returns.
        """
        row = self.rows[action]
        if state not in row.sources:
            raise Conflict(
                "wrong_state",
                _("%(noun)s现在是“%(state)s”，不能%(action)s；请刷新后按当前状态办理。")
                % {
                    "noun": self.noun,
                    "state": self.states.get(state, _("未登记")),
                    "action": row.label,
                },
                state=state,
            )
        if row.target == To.STAY:
            return state
        return before if row.target == To.BACK else row.target

    def actions(self, state: str) -> list[str]:
        """Returns the actions that the table allows in `state`, in the table's order."""
        return [row.action for row in self.rows.values() if state in row.sources]
