"""Text as people send it: made fit to keep, and cut into tokens to find it by.

Search is an array of tokens under a GIN index; a text is found when it has all tokens of the query.
Han text is indexed by its pairs of neighbouring characters and queried by words (rjieba) broken
into such pairs. Words alone would not do: the same word is cut differently in different company
(路灯不亮 → 路 + 灯不亮), and then the most usual queries, two characters long, find nothing.
So whatever contains the words of a query is found, however rjieba cut it.
"""

import re
import unicodedata
from collections.abc import Sequence

import rjieba

TEXT_LIMIT = 50_000  # characters of a text that are kept
LINE_LIMIT = 200  # characters of a title, name or place that are kept
TOKEN_LIMIT = 5_000  # tokens of one text: those of its first 6,000 characters or so
QUERY_LIMIT = 32  # tokens of one query
CLAUSES_LIMIT = 500_000  # characters whose tokens are kept for the next text, some 40 MB
TOKEN_LENGTH = 40  # characters of one token; an entry of a GIN index may not be long

# Full-width letters and digits and the ideographic space; Chinese punctuation stays as it is.
_WIDTHS = {
    **{code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B))},
    **{code: code - 0xFEE0 for code in range(0xFF41, 0xFF5B)},
    0x3000: 0x20,
}
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Controls (PostgreSQL refuses NUL), and what hides or turns around the text beside it. The joiners
# U+200C and U+200D stay: emoji need them.
_HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffc]"
)

_SPACES = re.compile(r"[^\S\n]+")
_AROUND_BREAK = re.compile(" ?\n ?")
_EMPTY_LINES = re.compile("\n{3,}")
_WHITE = re.compile(r"\s+")
# Most texts: nothing in them to clean or to fold. Imports bring millions.
_USUAL = "!-~一-鿿，。、；：？！（）“”《》…"
_CLEAN = re.compile(f"(?:[{_USUAL}]++(?:[ \\n](?=[{_USUAL}]))?+)*+")
_FOLDED = re.compile(f"[ \\n{_USUAL}]*+")

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(f"([{_HAN}]+)|([^\\W_{_HAN}]+)")

# One-character words that say nothing by themselves.
_STOP = frozenset(
    "的了在是我有和就不人都一个上也很到说要去你会着没看好自己这那他她它们吗呢吧啊呀嘛哦么"
    "与及或而但且之其为以于从被把给让向对将由等里中下内外后前时年月日号请您能可还又再才只"
    "更最太已并因所如若则即地得过来出起做用什怎哪谁几每某该此些"
)


def clean(text: str, limit: int = TEXT_LIMIT) -> str:
    """Returns a text fit to keep, of at most `limit` characters; paragraphs stay.

    Takes out control and direction characters and broken surrogates, writes letters and digits at
    normal width and composed (NFC), folds spaces and leaves one empty line between paragraphs.
    What is longer is cut off: who minds checks the length before.
    """
    if _CLEAN.fullmatch(text):
        return text[:limit].rstrip()
    text = _BREAKS.sub("\n", _encodable(text))
    text = unicodedata.normalize("NFC", _HIDDEN.sub("", text).translate(_WIDTHS))
    text = _AROUND_BREAK.sub("\n", _SPACES.sub(" ", text))
    return _EMPTY_LINES.sub("\n\n", text).strip()[:limit].rstrip()


def line(text: str, limit: int = LINE_LIMIT) -> str:
    """Returns a text fit to keep on one line, otherwise as `clean` does."""
    return clean(_WHITE.sub(" ", text), limit)


class Clauses(dict[str, dict[str, None]]):
    """What was cut before: by run of Han characters, its one-character words and then its pairs.

    The texts of an import say much in the same words; it keeps one of these for all of them.
    """

    size = 0  # characters

    def learn(self, runs: Sequence[str]) -> None:
        """Cuts new runs."""
        # All at once, which is quicker: a line break keeps them apart.
        words: list[list[str]] = [[]]
        for word in rjieba.cut("\n".join(runs)):
            if word == "\n":
                words.append([])
            elif len(word) == 1 and word not in _STOP:
                words[-1].append(word)
        for run, lone in zip(runs, words, strict=True):
            self[run] = dict.fromkeys([*lone, *_pairs(run)])
            self.size += len(run)


def tokens(text: str, clauses: Clauses | None = None) -> list[str]:
    """Returns what a text is found by, without repetition.

    In the order of the text: of each run of Han characters the one-character words that are no stop
    words and the pairs of neighbours; runs of letters or digits of any script in lower case.
    `clauses` grow by what is new in the text; full, they begin anew.
    """
    known = Clauses() if clauses is None else clauses
    if known.size > CLAUSES_LIMIT:
        known.clear()
        known.size = 0
    parts: list[tuple[str, str]] = _RUN.findall(_folded(text))
    if new := dict.fromkeys(run for run, _other in parts if run and run not in known):
        known.learn(list(new))
    found: dict[str, None] = {}
    for run, other in parts:
        if run:
            found |= known[run]
        else:
            found[other[:TOKEN_LENGTH]] = None
    return list(found)[:TOKEN_LIMIT]


def query_tokens(query: str) -> list[str]:
    """Returns the tokens that a text must have, all of them, to be found by `query`.

    Every text that contains the query's words is found. An empty list means that the query says
    nothing to search for, such as punctuation alone.
    """
    found: list[str] = []
    single: list[str] = []
    runs: list[str] = []
    for match in _RUN.finditer(_folded(query)):
        if not match[1]:
            found.append(match[0][:TOKEN_LENGTH])
            continue
        runs.append(match[1])
        lone = ""  # one-character words in a row: perhaps one word that rjieba does not know
        for word in (*rjieba.cut(match[1]), ""):
            if len(word) == 1 and word not in _STOP:
                lone += word
                continue
            found += _pairs(lone) + _pairs(word)
            single += lone if len(lone) == 1 else ""
            lone = ""
    # Without any word: two characters in a row are still a query, else single ones. (A text may
    # have a single character in no token of its own, but two in a row always.)
    found = found or [pair for run in runs for pair in _pairs(run)] or single
    return list(dict.fromkeys(found))[:QUERY_LIMIT]


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)]


def _folded(text: str) -> str:
    if _FOLDED.fullmatch(text):
        return text.lower()
    return unicodedata.normalize("NFKC", _HIDDEN.sub("", _encodable(text))).lower()


def _encodable(text: str) -> str:
    return text.encode(errors="ignore").decode()
