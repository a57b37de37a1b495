"""What a command needs before it can work: the database, Django, the tables, a city.

Commands call `ready()` inside their body, not at import, so that `--help` stays quick.
"""

import os
import sys

# Any number will do, as long as nothing else in the database takes this advisory lock.
MIGRATION_LOCK = 0x12345


def ready(*, city: bool = True) -> None:
    """Starts what is needed, brings the tables up to date and, where there is none, loads the city.

    `city=False` stops before the city's reference data, for commands that load their own. Safe to
    call from several processes at once, and cheap where there is nothing to do.

    Raises DatabaseUnavailable.
    """
    connect()
    _check_answers()
    _migrate()
    if city:
        _load_city()


def connect() -> None:
    """Starts the embedded database, unless `DATABASE_URL` names another, and sets up Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minsheng.foundation.settings")

    import django
    from django.conf import settings

    from minsheng.foundation import embedded

    if not os.environ.get("DATABASE_URL"):
        socket_folder = embedded.use(settings.HOME, say=say)
        settings.DATABASES["default"]["HOST"] = str(socket_folder)
    django.setup()


def without_database() -> None:
    """Lets a command that needs no database print refusals, without the apps that Django loads."""
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=False, LANGUAGE_CODE="zh-hans")


def say(sentence: str) -> None:
    """Tells a person at the terminal what takes so long; never mixed with a command's output."""
    print(sentence, file=sys.stderr, flush=True)


def check_keys() -> None:
    """Sees to it that what is served can be sealed and opened; for what serves, not every command.

    Raises VaultLocked.
    """
    from minsheng.foundation import vault

    vault.check()


def _check_answers() -> None:
    from django.db import OperationalError, connection

    from minsheng.foundation.embedded import DatabaseUnavailable

    try:
        connection.ensure_connection()
    except OperationalError as error:
        reason = " ".join(str(error).split())
        raise DatabaseUnavailable(
            "no_answer", f"The database that DATABASE_URL names does not answer: {reason}"
        ) from error


def _migrate() -> None:
    from django.core.management import call_command
    from django.db import connection

    if not _unapplied():
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            if _unapplied():  # nobody else did it while we waited
                say("Bringing the tables of the database up to date …")
                call_command("migrate", interactive=False, verbosity=0)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def _unapplied() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _load_city() -> None:
    from minsheng.exchange.city import load_if_empty

    load_if_empty()
