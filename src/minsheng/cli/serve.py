"""`minsheng web`, `minsheng worker` and `minsheng live`: the processes of a running hotline.

`minsheng up` starts all; a city that has its own service manager starts them one by one.
"""

import os
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Annotated, Any

import typer

# What runs may take this long to end once it was asked to.
GRACE = 5  # seconds

# Each thread keeps a connection to the database: 4 processes × 8 threads stay well below the 100
# that PostgreSQL allows.
THREADS = 8

# Open streams of the one process that keeps them; each costs a coroutine, no thread.
STREAMS = 20_000

ParentOption = Annotated[
    int | None, typer.Option(help="End when the process of this number does.", hidden=True)
]


def web(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    workers: Annotated[
        int | None, typer.Option(help="Processes; as many as cores, at most 4, if left out.")
    ] = None,
    parent: ParentOption = None,
) -> None:
    """Serve the pages and the API."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    from minsheng.cli.runtime import connect
    from minsheng.foundation.machine import processors

    if parent:
        end_with(parent)
    connect()  # before the processes part, which saves each of them the time and the memory
    server = Server(
        "minsheng.doors.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers or min(4, processors()),
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE - 2,
        log_level=LogLevels.warning,
    )
    server.serve(target_loader=partial(_load, os.getpid()))


def _load(parent: int, target: str) -> Callable[..., Any]:
    """Gives each of the processes the application, and an end when their parent has its."""
    end_with(parent)
    module, name = target.split(":")
    application: Callable[..., Any] = getattr(import_module(module), name)
    return application


def live(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8001,
    parent: ParentOption = None,
) -> None:
    """Keep the streams of the open pages, which tell them what changed; one process is enough."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    from minsheng.cli.runtime import connect

    if parent:
        end_with(parent)
    connect()
    server = Server(
        "minsheng.doors.asgi:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=1,
        backpressure=STREAMS,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE - 2,
        log_level=LogLevels.warning,
    )
    server.serve(target_loader=partial(_load, os.getpid()))


def worker(
    concurrency: Annotated[int, typer.Option(help="Jobs that run at the same time.")] = 4,
    parent: ParentOption = None,
) -> None:
    """Do the jobs that wait in the database, until stopped; `minsheng jobs list` shows them."""
    from minsheng.cli.runtime import check_keys, ready

    if parent:
        end_with(parent)
    ready()
    check_keys()

    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    from minsheng.cli import database_gone
    from minsheng.foundation.embedded import DatabaseUnavailable

    import_module("minsheng.doors.tasks").catch_up()
    assert isinstance(app.connector, DjangoConnector)
    heard = database_gone.listen()
    try:
        with app.replace_connector(app.connector.get_worker_connector()) as running:
            running.run_worker(
                concurrency=concurrency,
                delete_jobs="successful",
                shutdown_graceful_timeout=GRACE - 2,
            )
    except Exception as error:
        if not database_gone.lost(error):
            raise
        heard.gone = True
    if heard.gone:
        raise DatabaseUnavailable(
            "gone", "The database went away. Start the worker again: it does what is left undone."
        )


def end_with(parent: int) -> None:
    """Ends this process soon after `parent` did, however that ended; nobody else would."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
