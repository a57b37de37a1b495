"""The statements that every action runs: put into SQL once, planned once, run with other values.

For each query Django builds the SQL and PostgreSQL plans it anew, which takes both of them longer
than finding a row by its key. Lists and pages do not mind; an action that locks, reads, writes and
journals a few rows does. ADR 7 (docs/adr/0007-statements.md) has the measurements.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models.query import QuerySet, get_related_populators

M = TypeVar("M", bound=models.Model)

_ALIAS = DEFAULT_DB_ALIAS
_PREPARED = (models.JSONField, models.FileField)


class ByKey(Generic[M]):
    """A query with one key in it: `ByKey(lambda key: Demand.objects.filter(pk=key))`.

    `select_related`, `select_for_update` and `defer` work, annotations do not. `stand_in` is some
    key that nothing has; it stands for the key while the statement is built.
    """

    def __init__(self, query: Callable[[Any], QuerySet[M]], stand_in: Any = -12345) -> None:
        self._query = query
        self._stand_in = stand_in
        self._sql = ""

    def all(self, key: Any) -> list[M]:
        """Returns the rows that the query finds for `key`."""
        if not self._sql:
            self._build()
        cursor = _cursor()
        cursor.execute(self._sql, [key if place else value for place, value in self._values])
        rows = []
        for values in cursor.fetchall():
            row = self._model.from_db(_ALIAS, self._names, values[: len(self._names)])
            for related in self._related:
                related.populate(values, row)
            rows.append(row)
        return rows

    def first(self, key: Any) -> M | None:
        """Returns the first of these rows, or None."""
        return next(iter(self.all(key)), None)

    def _build(self) -> None:
        compiler: Any = self._query(self._stand_in).query.get_compiler(_ALIAS)
        sql, values = compiler.as_sql()
        # A binary value comes wrapped.
        self._values = [(getattr(value, "obj", value) == self._stand_in, value) for value in values]
        assert any(place for place, _ in self._values)
        info, selected = compiler.klass_info, compiler.select
        # Rows are made as they come: true for all of our columns but JSON.
        assert not compiler.get_converters([column[0] for column in selected])
        self._model: type[M] = info["model"]
        self._names = [selected[place][0].target.attname for place in info["select_fields"]]
        populators: Any = get_related_populators
        self._related = populators(info, selected, _ALIAS)
        self._sql = sql


def rows(sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """Returns the rows of a statement that is written in the code, and always the same."""
    cursor = _cursor()
    cursor.execute(sql, values)
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def array(numbers: Iterable[int]) -> str:
    """Returns whole numbers as PostgreSQL reads an array; psycopg takes six times as long."""
    return "{" + ",".join(map(str, numbers)) + "}"


def insert(row: M) -> M:
    """Saves a new row and returns it, with the key that the database gave it."""
    sql, fields, key = _insert(type(row))
    cursor = _cursor()
    cursor.execute(sql, [_value(field, row) for field in fields])
    if key is not None:
        setattr(row, key.attname, cursor.fetchone()[0])
    row._state.adding = False
    row._state.db = _ALIAS
    return row


def update(row: models.Model, names: Iterable[str]) -> None:
    """Saves the named fields of a row that is there already."""
    sql, fields = _update(type(row), tuple(sorted(names)))
    _cursor().execute(sql, [*(_value(field, row) for field in fields), row.pk])


@cache
def _insert(model: type[models.Model]) -> tuple[str, list[Any], Any]:
    meta = model._meta
    key = meta.auto_field
    fields = [f for f in meta.concrete_fields if f is not key and not f.has_db_default()]
    columns = ", ".join(_quoted(field.column) for field in fields)
    values = ", ".join(_placeholder(field) for field in fields)
    sql = f"INSERT INTO {_quoted(meta.db_table)} ({columns}) VALUES ({values})"  # noqa: S608
    return (f"{sql} RETURNING {_quoted(key.column)}" if key else sql), fields, key


@cache
def _update(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, list[Any]]:
    meta = model._meta
    fields: list[Any] = [meta.get_field(name) for name in names]
    columns = ", ".join(f"{_quoted(field.column)} = {_placeholder(field)}" for field in fields)
    key = _quoted(meta.pk.column)
    return f"UPDATE {_quoted(meta.db_table)} SET {columns} WHERE {key} = %s", fields  # noqa: S608


def _cursor() -> Any:
    """Returns this thread's cursor whose statements PostgreSQL keeps planned.

    There is one for each connection, so whoever runs a statement fetches its rows at once.
    """
    django: Any = connections[_ALIAS]
    django.ensure_connection()
    raw = django.connection
    if not hasattr(raw, "minsheng_cursor"):
        raw.prepare_threshold, raw.prepared_max = 3, 300
        binding: Any = ServerBindingCursor
        raw.minsheng_cursor = binding(raw)
    return django._prepare_cursor(raw.minsheng_cursor)


def _quoted(name: str | None) -> str:
    assert name
    return connection.ops.quote_name(name)


def _placeholder(field: Any) -> str:
    """Returns `%s`, for an array with its type."""
    return field.get_placeholder(None, None, connection) if hasattr(field, "base_field") else "%s"


def _value(field: Any, row: models.Model) -> Any:
    value = getattr(row, field.attname)
    # All others go to the database as they are.
    return field.get_db_prep_save(value, connection) if isinstance(field, _PREPARED) else value
