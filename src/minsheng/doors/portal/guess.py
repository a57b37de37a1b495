"""What a petitioner probably means, from the words typed so far: a category, and known answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from minsheng.foundation import clock
from minsheng.insight.queries import categories
from minsheng.insight.suggesting import Suggested
from minsheng.knowledge import queries as knowledge
from minsheng.knowledge.models import Item

MOST_ANSWERS = 3


@dataclass(frozen=True, slots=True)
class Guess:
    """Categories (code, name) in the order to show them, and answers that may do already.

    `slip` is what the form carries so that it is kept what was guessed beside what was chosen.
    """

    categories: Sequence[tuple[str, str]] = ()
    answers: Sequence[Item] = ()
    slip: str = ""


def guess(title: str, text: str, *, enterprise: bool = False) -> Guess:
    """Returns what can be said of a demand before it is sent; nothing where nothing was typed."""
    likely = categories(title, text)
    return Guess(
        [(one.value, one.label) for one in likely],
        answers(title, MOST_ANSWERS, enterprise=enterprise),
        Suggested(guess=likely).slip if likely else "",
    )


def answers(query: str, most: int, *, enterprise: bool = False) -> list[Item]:
    """Returns the public answers that hold today, for persons or for enterprises."""
    if not query.strip():
        return []
    others = Item.Audience.PERSON if enterprise else Item.Audience.ENTERPRISE
    today = clock.now().date()
    found = knowledge.search(query[:100], today, valid=True, public=True, most=2 * most)
    return [item for item in found.items if item.audience != others][:most]
