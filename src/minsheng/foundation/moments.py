"""Moments read from the database, quickly: a list of fifty demands has two hundred of them."""

from datetime import UTC, datetime
from typing import Any

from django.db.backends.postgresql.base import DatabaseWrapper
from psycopg.abc import Buffer
from psycopg.types.datetime import TimestamptzLoader


class QuickLoader(TimestamptzLoader):
    """Reads a `timestamptz` as Django does, five times as fast: the text is ISO 8601 anyway."""

    timezone = UTC  # Django looks for it

    def load(self, data: Buffer) -> datetime:
        try:
            return datetime.fromisoformat(str(data, "ascii"))
        except ValueError:  # infinity, or a year that is none
            return super().load(data)


def quicken(connection: DatabaseWrapper, **kwargs: Any) -> None:
    """Makes a new connection read moments with `QuickLoader`."""
    connection.connection.adapters.register_loader("timestamptz", QuickLoader)
