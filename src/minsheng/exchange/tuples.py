"""Named tuples by the million: made without a call of their class, which takes most of the time."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T", bound=tuple[Any, ...])


def maker(kind: type[T]) -> Callable[[Iterable[Any]], T]:
    """Returns what makes a named tuple of all of its values, in their order, none left out."""
    return partial(tuple.__new__, kind)


def tuples(kind: type[T], *columns: Iterable[Any]) -> list[T]:
    """Returns a named tuple for each row of some columns."""
    return list(map(maker(kind), zip(*columns, strict=True)))


def columns(rows: Sequence[tuple[Any, ...]]) -> Any:
    """Returns the columns of some named tuples, at least one, under the names of their fields."""
    return type(rows[0])(*zip(*rows, strict=True))
