"""What a petitioner probably means, from the words typed so far: a category, and known answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from minsheng.catalogue.queries import dictionaries
from minsheng.demands.queries import dictionaries as names
from minsheng.foundation import clock
from minsheng.foundation.recent import recent
from minsheng.knowledge import queries as knowledge
from minsheng.knowledge.models import Item

MOST_CATEGORIES = 3
MOST_ANSWERS = 3


@dataclass(frozen=True, slots=True)
class Guess:
    """Categories (code, name) in the order to show them, and answers that may do already."""

    categories: Sequence[tuple[str, str]] = ()
    answers: Sequence[Item] = ()


@recent
def _keywords() -> Mapping[str, Sequence[str]]:
    """Returns the words that stand for each category, by its code: its keywords and its name."""
    return {code: [*row.keywords, row.name] for code, row in dictionaries()["category"].items()}


def categories(words: str) -> list[tuple[str, str]]:
    """Returns the categories that most is said for; the narrower of two that are named alike."""
    said = {
        code: sum(len(keyword) for keyword in keywords if keyword in words)
        for code, keywords in _keywords().items()
    }
    rows = dictionaries()["category"]
    likely = sorted(
        (code for code, weight in said.items() if weight),
        key=lambda code: (-said[code], -rows[code].level, code),
    )
    terms = names().categories
    return [
        (code, " / ".join(term.path))
        for code in likely[:MOST_CATEGORIES]
        if (term := terms.get(rows[code].pk))
    ]


def guess(title: str, text: str, *, enterprise: bool = False) -> Guess:
    """Returns what can be said of a demand before it is sent; nothing where nothing was typed."""
    words = f"{title}\n{text}".strip()[:2000]
    if not words:
        return Guess()
    return Guess(categories(words), answers(title, MOST_ANSWERS, enterprise=enterprise))


def answers(query: str, most: int, *, enterprise: bool = False) -> list[Item]:
    """Returns the public answers that hold today, for persons or for enterprises."""
    if not query.strip():
        return []
    others = Item.Audience.PERSON if enterprise else Item.Audience.ENTERPRISE
    today = clock.now().date()
    found = knowledge.search(query[:100], today, valid=True, public=True, most=2 * most)
    return [item for item in found.items if item.audience != others][:most]
