"""`minsheng …`: the command line. One module per group of commands, all of them listed here.

A group's module is imported for every command, so it imports Django, and whatever needs Django,
inside its functions only.
"""

import os
import signal
import sys
from typing import NoReturn

import typer

from minsheng.cli import (
    bulletin,
    calendar,
    check,
    database,
    docs,
    evaluate,
    facts,
    followups,
    imports,
    indicators,
    insight,
    jobs,
    journal,
    knowledge,
    limits,
    replay,
    serve,
    simulate,
    token,
    up,
    vault,
)

app = typer.Typer(
    name="minsheng",
    help="An open platform for 12345 government-service hotlines.",
    epilog="Example: minsheng up",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(epilog="Example: minsheng up --port 8123")(up.up)
app.command(epilog="Example: minsheng web --host 0.0.0.0 --port 8000 --workers 4")(serve.web)
app.command(epilog="Example: minsheng worker --concurrency 8")(serve.worker)
app.command(epilog="Example: minsheng live --port 8001")(serve.live)
app.command(epilog="Example: minsheng evaluate --scheme yueyang --table counts.csv")(
    evaluate.evaluate
)
app.command(epilog="Example: minsheng replay huaibei-2022-02")(replay.replay)
app.command(epilog="Example: minsheng check")(check.check)
app.command(
    epilog="Example: minsheng simulate --from 2026-05-01 --to 2026-05-31 --demands 12000 --seed 7"
)(simulate.simulate)
app.command(epilog="Example: minsheng docs")(docs.docs)
app.add_typer(bulletin.app, name="bulletin")
app.add_typer(calendar.app, name="calendar")
app.add_typer(database.app, name="database")
app.add_typer(facts.app, name="facts")
app.add_typer(followups.app, name="followups")
app.add_typer(imports.app, name="import")
app.add_typer(indicators.app, name="indicators")
app.add_typer(insight.app, name="insight")
app.add_typer(jobs.app, name="jobs")
app.add_typer(journal.app, name="journal")
app.add_typer(knowledge.app, name="knowledge")
app.add_typer(limits.app, name="limits")
app.add_typer(token.app, name="token")
app.add_typer(vault.app, name="vault")


@app.callback()
def _root() -> None:
    """An open platform for 12345 government-service hotlines."""


def main() -> None:
    """Runs the command line; says what went wrong in one line.

    Exit codes: 0 done, 1 broken, 2 refused, 130 interrupted.
    """
    # Unlike the default, this runs what is registered for the exit: the database is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    debug = os.environ.get("MINSHENG_DEBUG") == "1"
    out, reader = sys.stdout, os.fstat(sys.stdout.fileno())
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except SystemExit as ended:
        # Where nobody reads on, as in `minsheng … | head`, Typer and rich end with 1 and put
        # another stdout, or another file, in the place of ours. As much was done as was wanted.
        read = sys.stdout is out and os.path.samestat(os.fstat(out.fileno()), reader)
        code = ended.code if read else 0
        try:
            out.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
        sys.exit(code)
    except Exception as error:
        if debug:
            raise
        _fail(error)


def _fail(error: Exception) -> NoReturn:
    from minsheng.foundation.errors import Refused
    from minsheng.foundation.unavailable import unavailable

    if refused := error if isinstance(error, Refused) else unavailable(error):
        print(refused, file=sys.stderr)
        sys.exit(2)
    reason = " ".join(str(error).split()) or "no reason given"
    print(
        f"{type(error).__name__}: {reason} (MINSHENG_DEBUG=1 shows where it happened)",
        file=sys.stderr,
    )
    sys.exit(1)
