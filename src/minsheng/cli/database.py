"""`minsheng database …`: PostgreSQL's own tools on the database that the platform uses."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from minsheng.foundation.errors import Conflict, Invalid

app = typer.Typer(help="Back the database up, bring it back, look into it.")


@app.command(epilog="Example: minsheng database dump 2026-11-21.dump")
def dump(
    file: Annotated[Path, typer.Argument(help="File to write.", dir_okay=False)],
) -> None:
    """Write the whole database to a file, as of one moment, while everything runs.

    Keep `keys/` and `attachments/` of the data folder with it: without the vault's key nobody can
    read who the petitioners are. All else can be read in the file, by its owner alone.
    """
    if not file.parent.is_dir():
        raise Invalid("no_folder", f"There is no folder {file.parent}: make it, or name another.")
    unfinished = file.with_name(f".{file.name}.unfinished")
    try:
        unfinished.touch(mode=0o600)
        _run("pg_dump", "--format=custom", "--no-owner", f"--file={unfinished}")
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


@app.command(epilog="Example: minsheng database restore 2026-11-21.dump")
def restore(
    file: Annotated[Path, typer.Argument(help="File of `dump`.", exists=True, dir_okay=False)],
) -> None:
    """Fill an empty database with what `dump` wrote: all of it, or nothing."""
    from minsheng.cli.runtime import connect

    connect()
    from django.db import connection

    if connection.introspection.table_names():
        raise Conflict(
            "not_empty",
            "The database is not empty: name an empty data folder in MINSHENG_HOME, "
            "or an empty database in DATABASE_URL.",
        )
    connection.close()
    _run("pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", str(file))


@app.command(epilog="Example: minsheng database shell")
def shell() -> None:
    """Open psql on the database."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends a query there, not us
    _run("psql")


def _run(program: str, *arguments: str) -> None:
    """Runs one of PostgreSQL's tools on the database. Its own words say what went wrong."""
    from minsheng.cli.runtime import connect

    connect()
    from django.db import connection
    from psycopg.conninfo import make_conninfo

    from minsheng.foundation import embedded

    settings = connection.settings_dict
    where = make_conninfo(
        host=settings["HOST"] or None,
        port=settings["PORT"] or None,
        user=settings["USER"] or None,
        dbname=settings["NAME"],
        **settings["OPTIONS"],
    )
    status = subprocess.run(  # noqa: S603
        [str(embedded.binary(program)), f"--dbname={where}", *arguments],
        # Not among the arguments, where everybody on the machine can read it.
        env=os.environ | {"PGPASSWORD": settings["PASSWORD"] or ""},
        check=False,
    ).returncode
    if status != 0:
        raise Invalid("tool_failed", f"{program} ended with exit code {status}; see above.")
