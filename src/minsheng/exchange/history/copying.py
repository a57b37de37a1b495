"""COPY by columns: the tables of a history, and what their cells look like in it.

A line is put together from columns, all lines at once: calling something for each cell of a million
rows would take most of the time that an import has.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from django.db import connection

from minsheng.demands.rules import Disposal
from minsheng.followups.models import FollowUp

T = TypeVar("T")
Columns = Sequence[Iterable[str]]

NULL = "\\N"
_PART = 256  # rows put together at once: they stay in the processor's cache meanwhile
_PIECE = 2000  # lines sent to the database at once
_TRUTHS = {True: "t", False: "f"}


class Table:
    """A table in COPY: the columns that a line gives, and those that are always the same."""

    def __init__(self, name: str, columns: str, always: Mapping[str, str]) -> None:
        self.name = name
        self.columns = ", ".join(f'"{column}"' for column in (*columns.split(), *always))
        self._tail = "".join(f"\t{value}" for value in always.values()) + "\n"

    def ids(self, count: int) -> list[int]:
        """Returns new ids, as the table itself would give them out."""
        with connection.cursor() as cursor:
            cursor.execute(
                # The name of the sequence is asked for once, not for every id.
                "WITH own AS MATERIALIZED"
                " (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS ids)"
                " SELECT nextval(ids) FROM own, generate_series(1, %s)",
                [self.name, count],
            )
            return [id for (id,) in cursor.fetchall()]

    def add(self, things: Sequence[T], columns: Callable[[Sequence[T]], Columns]) -> None:
        """Adds a row for each of some things; `columns` are their cells as COPY takes them."""
        # Ready made before the first is sent: the connection can be asked nothing else meanwhile.
        lines: list[str] = []
        for start in range(0, len(things), _PART):
            part = things[start : start + _PART]
            lines += map("\t".join, zip(*columns(part), strict=True))
        with (
            connection.cursor() as cursor,
            connection.wrap_database_errors,
            cursor.copy(f"COPY {self.name} ({self.columns}) FROM STDIN") as copy,
        ):
            for start in range(0, len(lines), _PIECE):
                copy.write(self._tail.join([*lines[start : start + _PIECE], ""]))


DEMANDS = Table(
    "demands_demand",
    "id number query_code state state_at channel_id kind_id category_id element title text words"
    " district_id petitioner_kind origin batch_id urgent restricted enterprise registered_at"
    " accepted_at completed_at archived_at due_at warn_at unit_ids involved",
    {
        "disposal": Disposal.ASSIGN,
        "reopened_count": "0",
        **dict.fromkeys(("confidential", "excluded", "escalated", "difficult"), "f"),
        **dict.fromkeys(("place", "external_no", "call_no", "answer"), ""),
    },
)
ORDERS = Table("orders_workorder", "id number demand_id issued_at closed_at", {})
PAIRS = Table(
    "orders_assignment",
    "id work_order_id demand_id unit_id part state assigned_at sign_due_at signed_at limit due_at"
    " first_due_at warn_at handled_at completed_at closed_at rework_count solved",
    {
        "level": "1",
        "extension_count": "0",
        "urge_count": "0",
        "return_forbidden": "f",
        "reply_public": "t",
        **dict.fromkeys(("basis", "note", "state_before", "reply"), ""),
    },
)
FOLLOW_UPS = Table(
    "followups_followup",
    "id demand_id assignment_id round state sampled planned_at grade solved evaluated_at",
    {
        "attempt_count": "0",
        "valid": "t",
        "source": FollowUp.Source.IMPORT,
        **dict.fromkeys(("reason_code", "reason", "by"), ""),
    },
)


# Columns of cells, of what is to stand in them


def texts(column: Iterable[str]) -> list[str]:
    """Returns cells of texts, which were cleaned: of what COPY minds, only these can be there."""
    return [text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t") for text in column]


def or_null(column: Iterable[str]) -> list[str]:
    """Returns cells in which nothing stands for an empty text."""
    return [text or NULL for text in column]


def numbers(column: Iterable[int]) -> list[str]:
    return list(map(str, column))


def few(column: Sequence[Hashable]) -> list[str]:
    """Returns cells of numbers, truths, tuples of numbers, or None: where few of them differ."""
    cells = {value: _cell(value) for value in set(column)}
    return list(map(cells.__getitem__, column))


def _cell(value: Hashable) -> str:
    if value is None:
        return NULL
    if isinstance(value, tuple):
        return f"{{{','.join(map(str, value))}}}"
    return _TRUTHS[value] if isinstance(value, bool) else str(value)
