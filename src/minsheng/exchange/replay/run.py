"""One replay, from its counts to the comparison."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from minsheng.directory.access import SYSTEM
from minsheng.exchange.answers import import_answers, open_answers
from minsheng.exchange.calls import import_calls, open_calls
from minsheng.exchange.history.run import import_orders, open_history
from minsheng.exchange.replay import cells, place, records, report
from minsheng.exchange.replay.cells import Compared, Verdict
from minsheng.exchange.replay.plan import Plan
from minsheng.foundation import city_calendar
from minsheng.foundation.errors import Invalid
from minsheng.indicators import facts

Say = Callable[[str], None]


@dataclass
class Outcome:
    """What a replay found: its cells, the records that landed, and the seconds of each step.

    `in_bulletin` of the cells stand in the bulletin too, which says another of those `differing`.
    """

    cells: list[Compared] = field(default_factory=list)
    landed: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    bulletin: list[Path] = field(default_factory=list)
    in_bulletin: int = 0
    differing: list[str] = field(default_factory=list)

    @property
    def verdicts(self) -> Counter[Verdict]:
        return Counter(compared.verdict for compared in self.cells)


def replay(
    plan: Plan, folder: Path, say: Say = lambda sentence: None, *, bulletin: bool = True
) -> Outcome:
    """Plays a plan in the present, empty database; its files go to `folder`.

    Without `bulletin` it ends with the comparison of the cells.

    Raises Invalid where a record does not land: then the replay proves nothing.
    """
    outcome = Outcome()
    begun = time.monotonic()

    def ended(step: str) -> None:
        nonlocal begun
        now = time.monotonic()
        outcome.seconds[step] = now - begun
        begun = now

    place.found(plan)
    files = records.write(plan, folder, city_calendar.stored())
    ended("records")
    for name, (path, count) in files.items():
        say(f"Importing {count:,} {name} …")
        outcome.landed[name] = _take(name, path)
        if outcome.landed[name] != count:
            raise Invalid(
                "not_all_landed",
                f"{path.name}: {outcome.landed[name]} of {count} records landed; see the rejects.",
            )
    ended("import")
    facts.refresh()
    if found := facts.check():
        raise Invalid("facts_differ", f"The facts differ from the database: {found[0]}")
    ended("facts")
    outcome.cells = cells.compare(plan, facts.tables())
    ended("cells")
    if bulletin:
        made, outcome.bulletin = report.make(plan, folder / "bulletin")
        outcome.in_bulletin, outcome.differing = report.compared(plan, outcome.cells, made)
        ended("bulletin")
    return outcome


def _take(name: str, path: Path) -> int:
    """Imports a file as `minsheng import` does; returns how many rows landed."""
    rejects = path.with_suffix(".rejects.csv")
    if name == "orders":
        source, _ignored = open_history(path)
        return import_orders(SYSTEM, source, rejects=rejects).counts["landed"]
    if name == "answers":
        return import_answers(SYSTEM, *open_answers(path), rejects=rejects)["landed"]
    return import_calls(SYSTEM, *open_calls(path), rejects=rejects)["landed"]
