"""How people tell of a matter and how staff write about it, put together from a city's book."""

import re
from bisect import bisect
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from minsheng.demands.actions import Intake, PersonIn
from minsheng.demands.models import Demand
from minsheng.simulator import habits
from minsheng.simulator.book import Book, Event, Place
from minsheng.simulator.cases import Matter
from minsheng.simulator.world import World

_SLOT = re.compile(r"\{(\w+)\}")
# What everybody who tells of one matter says in another way; the rest, the names above all, is
# the same for all of them.
_OWN = frozenset(
    [
        *("me", "date", "days", "months", "years", "since", "times", "clock", "min", "sec", "n"),
        *("night", "evening", "morning", "money", "people", "age", "block", "unit_no", "floor"),
    ]
)
_ENDS = "。！？：，；…"
_TRIES = 12  # areas that are tried until one has what the matter is about
#: What to write where the city's book has no word for it.
_PLAIN = "按规定办理。"


class Speech:
    """The words of one life."""

    def __init__(self, world: World, rng: Random, book: Book) -> None:
        self._world = world
        self.rng = rng
        self._book = book
        self._place_kinds = {kind for kinds in book.places.values() for kind in kinds}
        self._areas: dict[frozenset[str], tuple[list[str], list[int]]] = {}
        self._topics: dict[tuple[str, int], tuple[list[str], list[float]]] = {}

    # -- what there is to tell

    def matter(self, kind: str, at: datetime) -> Matter:
        """Returns a new matter: what, where, and the words that stay the same.

        `kind` is a kind of demand, or `collected` for what a collector sees.
        """
        topics, sums = self._topics_of(kind, at.month)
        topic = topics[bisect(sums, self.rng.random() * sums[-1])] if topics else ""
        words = self._book.topics.get(topic, {})
        return self._matter(topic, kind, words.get(kind, ()), frozenset(words.get("where", ())))

    def event(self, event: Event) -> Matter:
        """Returns the matter of an event, somewhere."""
        return self._matter(event.topic, event.kind, event.lines, event.where)

    def _matter(self, topic: str, kind: str, lines: Sequence[str], where: frozenset[str]) -> Matter:
        area, fitting = "", list(lines)
        for _ in range(_TRIES):
            area = self._area(where)
            # A town without villages has no matters of villages.
            fitting = [line for line in lines if self._fits(line, area)]
            if fitting or not lines:
                break
        place = self._world.areas[area]
        return Matter(
            topic,
            "other" if kind == "collected" else kind,
            area,
            lines=tuple(fitting or lines),
            told={"street": place.name, "district": place.district},
        )

    def _fits(self, line: str, area: str) -> bool:
        wanted = self._place_kinds.intersection(_SLOT.findall(line))
        return wanted <= self._book.places.get(area, {}).keys()

    def _area(self, where: frozenset[str]) -> str:
        """Returns an area with one of these tags, or any, by the number of people in it."""
        if where not in self._areas:
            areas = self._world.areas
            tags = self._book.tags
            codes = [code for code in areas if not where or where & tags.get(code, frozenset())]
            codes = codes or list(areas)
            self._areas[where] = codes, list(accumulate(areas[code].population for code in codes))
        codes, sums = self._areas[where]
        return codes[bisect(sums, self.rng.random() * sums[-1])]

    @property
    def events(self) -> Sequence[Event]:
        """The events that may happen in the city."""
        return self._book.events

    def _topics_of(self, kind: str, month: int) -> tuple[list[str], list[float]]:
        """Returns the topics of which there is something of a kind to tell, with their weights."""
        if (kind, month) not in self._topics:
            weights: dict[str, float] = {}
            for code, topic in self._world.topics.items():
                words = self._book.topics.get(code)
                if words is None:
                    if not self._book.topics and (not topic.kinds or kind in topic.kinds):
                        weights[code] = 1
                elif kind in words:
                    # The numbers of their lines are the shares of the kinds.
                    said = sum(len(words.get(other, ())) for other in habits.KINDS)
                    share = 1 if kind == "collected" else len(words[kind]) / said
                    in_season = month in words.get("season", (month,))
                    weights[code] = (
                        words["weight"] * share * (1 if in_season else habits.OUT_OF_SEASON)
                    )
            self._topics[kind, month] = list(weights), list(accumulate(weights.values()))
        return self._topics[kind, month]

    def beyond_us(self, matter: Matter) -> Sequence[str]:
        """Returns the legal routes that a matter may belong to."""
        routes = self._book.topics.get(matter.topic, {}).get("routes", ())
        return [code for code in routes if code in self._world.routes]

    def thing(self, matter: Matter) -> str:
        """Returns what may be nobody's in a matter, as a code of 权属; empty for nothing."""
        return str(self._book.topics.get(matter.topic, {}).get("object", ""))

    # -- how it is told

    def intake(
        self, matter: Matter, person: PersonIn, *, channel: str, way: str, at: datetime, serial: int
    ) -> Intake:
        """Returns a demand as it is taken down. `serial` tells apart what other systems send."""
        rng, world = self.rng, self._world
        told = {**matter.told, "me": "其" if way == "call" else "我"}
        line = rng.choice(matter.lines) if matter.lines else ""
        words = self._fill(line, matter, told, at)
        topic = self._topic_name(matter)
        place = next((told[slot] for slot in _SLOT.findall(line) if slot in self._place_kinds), "")
        text = words or f"{told['street']}：{topic}。"
        if matter.kind != "other":
            text = self._told(matter, text, way, told, at)
        door = world.channels[channel]
        found = world.topics.get(matter.topic)
        unsure = rng.random() < habits.UNSURE_CATEGORY
        return Intake(
            channel=channel,
            title=self._title(matter, way, place, topic, told, at)[:80],
            text=text,
            kind=matter.kind if matter.kind in world.kinds else "",
            category="" if unsure else matter.topic,
            district=matter.area,
            place=self._address(matter, place, told, line),
            lon=matter.lon,
            lat=matter.lat,
            petitioner=person,
            urgent=rng.random() < habits.URGENT
            or bool(found and any(word in text for word in found.urgent_words)),
            confidential=not person.anonymous
            and rng.random() < habits.CONFIDENTIAL.get(matter.kind, 0),
            origin=Demand.Origin.PROVINCE if door.door == "provincial" else Demand.Origin.CITY,
            external_no=f"{at:%Y%m%d}{serial:07d}"
            if way == "office" and not door.restricted
            else "",
            call_no=f"{at:%y%m%d%H%M%S}{serial % 1000:03d}" if way == "call" else "",
        )

    def _told(
        self, matter: Matter, words: str, way: str, told: dict[str, str], at: datetime
    ) -> str:
        """Puts the pieces around the matter, in the tone of whoever speaks."""
        common = self._book.common
        if not common:
            return words
        tones = common["tone"]
        tone = self.rng.choices(list(tones), [tones[name]["weight"] for name in tones])[0]
        pieces = []
        for part, share in tones[tone]["parts"]:
            if self.rng.random() < share:
                piece = (
                    words if part == "matter" else self._piece(part, tone, matter, way, told, at)
                )
                pieces.append(piece if not piece or piece[-1] in _ENDS else f"{piece}。")
        return self._swapped("".join(pieces))

    def _piece(
        self, part: str, tone: str, matter: Matter, way: str, told: dict[str, str], at: datetime
    ) -> str:
        common, kind, phoned = self._book.common, matter.kind, way == "call"
        if part == "impact":
            lines = self._about(matter, "impact")
        elif part == "opening":
            opening = common["phone"] if phoned else common["opening"]
            lines = opening.get(kind) or opening.get(tone, ())
        elif part == "demand":
            demand = common["demand_phone"] if phoned else common["demand"]
            lines = demand.get(kind, ())
            if isinstance(lines, Mapping):
                lines = lines.get(tone) or lines["plain"]
        elif phoned and part in ("thanks", "aside"):
            return ""
        else:
            lines = common[part]["lines"]
        return self._fill(self.rng.choice(lines), matter, told, at) if lines else ""

    def _swapped(self, text: str) -> str:
        for word, others in self._book.common["swaps"].items():
            if word in text and self.rng.random() < 0.4:
                text = text.replace(word, self.rng.choice(others), 1)
        return text

    def _title(
        self, matter: Matter, way: str, place: str, topic: str, told: dict[str, str], at: datetime
    ) -> str:
        patterns = self._book.common.get("title", {}).get(matter.kind, ())
        pattern = self.rng.choice(patterns) if patterns and way == "write" else "{place}{topic}"
        return self._fill(pattern, matter, {**told, "place": place, "topic": topic}, at)

    def _address(self, matter: Matter, place: str, told: Mapping[str, str], line: str) -> str:
        if not place:
            return ""
        spots = (told[slot] for slot in ("spot", "corner", "block") if f"{{{slot}}}" in line)
        return f"{told['district']}{told['street']}{place}{next(spots, '')}"

    # -- what staff write

    def say(
        self,
        matter: Matter,
        *what: str,
        on: datetime,
        unit: str = "",
        unit2: str = "",
        number: str = "",
    ) -> str:
        """Returns one of the sentences that the book has under `what`."""
        found: Any = self._book.process
        for name in what:
            found = found.get(name, {}) if isinstance(found, Mapping) else {}
        while isinstance(found, Mapping) and found:
            found = self.rng.choice(list(found.values()))
        if not found:
            return _PLAIN
        told = {
            **matter.told,
            "me": "来电人",
            "unit": self._unit(unit),
            "unit2": self._unit(unit2),
            "number": number,
            "matter": self._topic_name(matter),
            "place": self._place_of(matter),
        }
        return self._fill(self.rng.choice(found), matter, told, on)

    def reply(self, matter: Matter, good: str, unit: str, on: datetime, *, spoken: bool) -> str:
        """Returns a unit's reply: solved, unsolved or evasive; `spoken` with the petitioner."""
        if good == "evasive":
            return self.say(matter, "reply", "evasive", on=on, unit=unit)
        own = {"consult": "answered", "suggestion": "adopted", "praise": "thanked"}
        what = "not_solved" if good == "unsolved" else own.get(matter.kind, "done")
        if lines := self._about(matter, what):
            said = {**matter.told, "me": "来电人", "unit": self._unit(unit), "unit2": ""}
            core = self._fill(self.rng.choice(lines), matter, said, on)
        else:
            kind = "complaint" if matter.kind == "other" else matter.kind
            general = "not_solved" if good == "unsolved" else kind
            core = self.say(matter, "reply", general, on=on, unit=unit)
        pieces = [self.say(matter, "reply", "opening", on=on, unit=unit), core]
        if spoken and good == "solved":
            pieces.append(self.say(matter, "reply", "contact", on=on, unit=unit))
        pieces.append(self.say(matter, "reply", "closing", on=on, unit=unit))
        return _joined(pieces)

    # -- slots

    def _fill(self, line: str, matter: Matter, told: dict[str, str], on: datetime) -> str:
        """Fills the slots of a line; what it settles is kept in `told`, and with the matter."""

        def word(found: re.Match[str]) -> str:
            slot = found[1]
            if slot in told:
                return told[slot]
            slots = self._book.slots
            if own := slots.get(matter.topic, {}).get(slot):
                said = self.rng.choice(own)
            elif slot in self._place_kinds:
                said = self._bind_place(matter, slot)
            elif slot == "date":
                day = on - timedelta(days=self.rng.randint(0, 3))
                said = f"{day.month}月{day.day}日"
            elif words := slots.get("", {}).get(slot.rstrip("23")):
                said = self.rng.choice(words)  # {goods2} is another one of {goods}
            else:
                said = ""
            told[slot] = said
            if slot not in _OWN:
                matter.told[slot] = said
            return said

        return _SLOT.sub(word, line)

    def _bind_place(self, matter: Matter, kind: str) -> str:
        """Returns a place of a kind near the matter; the first one that is named is where it is."""
        here = self._book.places.get(matter.area, {}).get(kind)
        if not here:
            areas, book = self._world.areas, self._book.places
            having = [area for area in book if kind in book[area]]
            district = areas[matter.area].district if matter.area in areas else ""
            near = [area for area in having if areas[area].district == district]
            here = book[self.rng.choice(near or having)][kind]
        place: Place = self.rng.choice(here)
        if matter.lon is None:
            matter.lon = round(place.lon + self.rng.uniform(-0.002, 0.002), 5)
            matter.lat = round(place.lat + self.rng.uniform(-0.002, 0.002), 5)
        return place.name

    def _place_of(self, matter: Matter) -> str:
        named = (matter.told[kind] for kind in sorted(self._place_kinds) if kind in matter.told)
        return next(named, matter.told.get("street", ""))

    def _about(self, matter: Matter, what: str) -> Sequence[str]:
        """Returns the book's lines for a matter's category and for the one above it."""
        found = self._world.topics.get(matter.topic)
        if found is None:
            return ()
        own = self._book.topics.get(matter.topic, {}).get(what, ())
        above = self._book.sections.get(found.path[-2], {}) if len(found.path) > 1 else {}
        return [*own, *above.get(what, ())]

    def _topic_name(self, matter: Matter) -> str:
        topics = self._book.topics.get(matter.topic, {}).get("topics")
        if topics:
            return str(self.rng.choice(topics))
        found = self._world.topics.get(matter.topic)
        return found.name if found else "诉求"

    def _unit(self, code: str) -> str:
        office = self._world.offices.get(code)
        return office.name if office else "相关单位"


def _joined(pieces: Sequence[str]) -> str:
    """Returns sentences as one text, each with its stop."""
    return "".join(piece if not piece or piece[-1] in _ENDS else f"{piece}。" for piece in pieces)
