"""What is remembered of a demand's text, to compare it with others without reading it again.

Words become keys: 32-bit hashes, so that the index keeps whole arrays of them. Names of places stay
as they were written, without what every such name has (小区, 路 …): 某某花园 and 某某花园小区 are
one place and share no word.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt
import rjieba

BODY_LIMIT = 1_500  # characters of a body that are compared: what follows is seldom the matter
PLACES_LIMIT = 400  # of a body, in which places are looked for: the matter's own comes early
MOST_PLACES = 8

Keys = npt.NDArray[np.int32]

_HAN = re.compile("[\u4e00-\u9fff]+")
_SPACES = re.compile(r"\s+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:号楼|号线|年级|单元|[栋期路号层楼弄班万元亩%])?|[a-z]\d+")
_KIND_OF_PLACE = (
    "小区|花园|家园|佳园|公馆|公寓|广场|大厦|大学|学院|中学|小学|学校|校区|幼儿园|一中|二中|医院|公司|酒店|超市|"
    "新城|国际|华府|名邸|楼盘|项目|工地|新村|社区|街道|市场|公园|车站|大道|大桥|隧道|号线|"
    "[路街巷村镇苑城府庄湾园庭郡站桥期]"
)
_PLACE_END = re.compile(_KIND_OF_PLACE)
_ONLY_KIND = re.compile(f"(?:{_KIND_OF_PLACE})+$")
# 小区, 社区, 城区 … are kinds of areas, not names of them.
_NO_AREA = "小社园地片校辖景山老新城市郊街厂矿库营全各本我"
_AREA_NAME = f"[\u4e00-\u9fff](?![{_NO_AREA}])[\u4e00-\u9fff](?:[区县镇]|街道)"
_AREA = re.compile(f"[a-z]\\d+(?=[区县市])|{_AREA_NAME}")
# What stands before and between names of places. Areas are compared apart.
_BETWEEN = re.compile(
    f"[a-z]\\d+[区县市]?|{_AREA_NAME}|"
    "请求|关于|咨询|投诉|举报|反映|建议|希望|请问|我们|我|在|的|附近|旁边|旁|与|和|到|从|对|"
    "给|为何|为什么|什么时候|位于|严重|[^\u4e00-\u9fffa-z0-9·]"
)


@dataclass(frozen=True, slots=True)
class Traced:
    """A text as it is compared: distinct `words` in order, how often each is (`counts`).

    `title` are the words of the title; `pairs` are pairs of characters in the title and in names of
    places, which stay the same however their words are cut; `title_places` and `places` are names
    of places in the title and in all of it, `areas` names of districts and streets, `numbers` keys
    of numbers with their units.
    """

    title: Keys
    words: Keys
    counts: npt.NDArray[np.uint8]
    pairs: Keys
    numbers: Keys
    title_places: tuple[str, ...]
    places: tuple[str, ...]
    areas: frozenset[str]


def trace(title: str, body: str, place: str = "") -> Traced:
    """Returns what is remembered of a demand; `place` is where its form says that it is."""
    title, body, place = _fold(title), _fold(body)[:BODY_LIMIT], _fold(place)
    named = named_places(title)
    places = tuple(
        dict.fromkeys([*named, *named_places(place), *named_places(body[:PLACES_LIMIT])])
    )
    headed = _words(title)
    spoken = Counter(headed * 2)
    spoken.update(_words(body))
    pairs = [pair for name in (title, *places) for pair in _pairs(name)]
    found = sorted((key(word), n) for word, n in spoken.items())
    # Two words of one key are counted as one.
    counted = {word: min(n, 255) for word, n in found}
    return Traced(
        title=_keys(headed),
        words=np.fromiter(counted, np.int32, len(counted)),
        counts=np.fromiter(counted.values(), np.uint8, len(counted)),
        # Not the keys of words: the same two characters weigh otherwise here.
        pairs=_keys([f"+{pair}" for pair in pairs]),
        numbers=_keys(_NUMBER.findall(title + body)),
        title_places=named or named_places(place),
        places=places,
        areas=frozenset(_AREA.findall(title + body)),
    )


def pack(traced: Traced) -> bytes:
    """Returns a trace as the database keeps it."""
    names = "\n".join(
        "\t".join(some) for some in (traced.title_places, traced.places, sorted(traced.areas))
    ).encode()
    arrays = (traced.title, traced.words, traced.pairs, traced.numbers)
    head = np.array([len(array) for array in arrays], np.uint16).tobytes()
    return head + b"".join(array.tobytes() for array in (*arrays, traced.counts)) + names


def unpack(packed: bytes) -> Traced:
    """Returns the trace that `pack` packed."""
    title, words, pairs, numbers = np.frombuffer(packed, np.uint16, 4).tolist()
    keys = np.frombuffer(packed, np.int32, title + words + pairs + numbers, 8)
    at = 8 + keys.nbytes
    counts = np.frombuffer(packed, np.uint8, words, at)
    rest = packed[at + words :].decode()
    named = [line.split("\t") if line else [] for line in rest.split("\n")]
    return Traced(
        title=keys[:title],
        words=keys[title : title + words],
        counts=counts,
        pairs=keys[title + words : title + words + pairs],
        numbers=keys[title + words + pairs :],
        title_places=tuple(named[0]),
        places=tuple(named[1]),
        areas=frozenset(named[2]),
    )


def spoken(packed: bytes) -> Keys:
    """Returns the words and pairs of a packed trace, and leaves the rest as it is."""
    title, words, pairs, _numbers = np.frombuffer(packed, np.uint16, 4).tolist()
    return np.frombuffer(packed, np.int32, words + pairs, 8 + 4 * title)


def key(word: str) -> int:
    """Returns the 32 bits that stand for a word, signed as PostgreSQL's integer is."""
    return int(np.int32(np.uint32(crc32(word.encode()))))


def _keys(words: "Counter[str] | list[str]") -> Keys:
    return np.array(sorted({key(word) for word in words}), np.int32)


def _fold(text: str) -> str:
    text = text.encode(errors="ignore").decode()
    return _SPACES.sub("", unicodedata.normalize("NFKC", text)).lower()


def _words(text: str) -> list[str]:
    return [word for word in rjieba.cut(text) if len(word) > 1]


def _pairs(text: str) -> list[str]:
    return [run[i : i + 2] for run in _HAN.findall(text) for i in range(len(run) - 1)]


def named_places(text: str) -> tuple[str, ...]:
    """Returns the names of places in a text, each without what says only its kind."""
    found = []
    for piece in _BETWEEN.split(text):
        ends = [match.end() for match in _PLACE_END.finditer(piece[:14]) if match.end() > 2]
        if ends and (name := _ONLY_KIND.sub("", piece[: ends[-1]])):
            found.append(name if len(name) > 1 else piece[: ends[-1]])
    return tuple(dict.fromkeys(found))[:MOST_PLACES]
