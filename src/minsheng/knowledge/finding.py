"""How a knowledge item is found: by its words, by other words for them, or by how they sound.

An agent types fast and a citizen writes as they speak. What has all words of the query comes first;
only where nothing has, what sounds alike (pinyin without tones, so 停水 is found by 亭水), and then
what has at least a third of it.
"""

from collections.abc import Iterable, Sequence

from minsheng.foundation import text
from minsheng.foundation.recent import recent
from minsheng.knowledge.models import Item, Synonyms

MOST_WAYS = 8  # of saying a query that are tried


def index(item: Item) -> Item:
    """Sets what `item` is found by: of its title, question, answer and keywords."""
    said = "\n".join((item.title, item.question, item.answer, *item.keywords))
    item.words = text.tokens(said)
    item.sounds = sounds(item.words)
    return item


def sounds(tokens: Iterable[str]) -> list[str]:
    """Returns how pairs of Han characters among `tokens` sound, as `ting shui`."""
    from pypinyin import lazy_pinyin  # half a second, paid only by who asks

    pairs = dict.fromkeys(token for token in tokens if len(token) == 2 and not token.isascii())
    return list(dict.fromkeys(" ".join(lazy_pinyin(pair))[:16] for pair in pairs))


def ways_to_say(query: str) -> list[str]:
    """Returns a query and what it becomes with synonyms in the place of its words."""
    ways = [query]
    for words in synonyms():
        for word in words:
            if word in query:
                ways += [query.replace(word, other) for other in words if other != word]
    return list(dict.fromkeys(ways))[:MOST_WAYS]


@recent
def synonyms() -> list[Sequence[str]]:
    """Returns the groups of words that mean one thing."""
    return list(Synonyms.objects.values_list("words", flat=True))
