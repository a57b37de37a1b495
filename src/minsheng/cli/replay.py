"""`minsheng replay`: a published bulletin computed again from records that carry its counts."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from minsheng.cli import runtime
from minsheng.cli.output import Format, FormatOption, rows

COLUMNS = ["cell", "what", "printed", "ours", "verdict", "ref", "reason"]


def replay(
    name: Annotated[
        str, typer.Argument(help="Such as huaibei-2022-02; an unknown name lists all.")
    ],
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep the data folder, with its database, here."),
    ] = None,
    differing: Annotated[
        bool, typer.Option("--differing", help="Write only the cells that are not equal.")
    ] = False,
    format: FormatOption = Format.TABLE,
) -> None:
    """Compute a published bulletin again, cell by cell.

    Records with the published counts are imported into a database of their own, which is removed
    afterwards; facts, indicators, evaluation and bulletin are then the usual ones. Exits with 1
    where a cell differs from the print and misprints.csv does not explain it.
    """
    with _own_home(keep) as home:
        from minsheng.exchange.replay.plan import load
        from minsheng.foundation import embedded

        plan = load(name)
        embedded.use(home, durable=bool(keep), say=runtime.say)
        runtime.ready(city=False)
        from minsheng.exchange.replay.cells import Verdict
        from minsheng.exchange.replay.run import replay as play

        outcome = play(plan, home, runtime.say)
        rows(
            [
                {column: getattr(cell, column) for column in COLUMNS}
                for cell in outcome.cells
                if not differing or cell.verdict is not Verdict.EQUAL
            ],
            COLUMNS,
            format,
        )
        seconds = ", ".join(f"{step} {spent:.1f} s" for step, spent in outcome.seconds.items())
        landed = ", ".join(f"{count:,} {name}" for name, count in outcome.landed.items())
        verdicts = ", ".join(f"{outcome.verdicts[verdict]} {verdict}" for verdict in Verdict)
        print(
            f"{name}: {len(outcome.cells)} cells: {verdicts}; {landed} imported ({seconds})",
            file=sys.stderr,
        )
        said = f"bulletin: {outcome.in_bulletin} of the cells, {len(outcome.differing)} otherwise"
        print("; ".join([said, *outcome.differing]), file=sys.stderr)
        for path in outcome.bulletin if keep else ():
            print(path, file=sys.stderr)
        wrong = outcome.verdicts[Verdict.DIFFERS] + len(outcome.differing)
    if wrong:
        raise typer.Exit(1)


@contextmanager
def _own_home(keep: Path | None) -> Iterator[Path]:
    """Makes a folder of its own the data folder of this process; removes it unless it is kept."""
    if keep and keep.exists() and any(keep.iterdir()):
        raise typer.BadParameter(f"{keep} is not empty.", param_hint="--keep")
    home = keep or Path(tempfile.mkdtemp(prefix="minsheng-replay-"))
    home.mkdir(parents=True, exist_ok=True)
    # Django's settings read both.
    os.environ["MINSHENG_HOME"] = str(home)
    os.environ.pop("DATABASE_URL", None)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minsheng.foundation.settings")
    import django

    django.setup()
    try:
        yield home
    finally:
        from minsheng.foundation import embedded

        embedded.release(home)
        if not keep:
            shutil.rmtree(home, ignore_errors=True)
