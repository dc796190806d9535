"""Pieces of which queries are made."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import sqlalchemy as sa

from .rows import Row
from .tables import ADMISSION

_CHUNK: Final = 500  # parameters of one IN: well below what any database takes


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """The values in lists short enough for one statement, in a fixed order."""
    ordered = sorted(set(values))
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]


def rows_in(
    connection: sa.Connection, select: Any, column: Any, values: Iterable[Any]
) -> Iterator[Row]:
    """Rows of `select` whose `column` is one of the values."""
    for chunk in chunks(values):
        yield from connection.execute(select.where(column.in_(chunk))).mappings()


def published() -> Any:
    """Of an admission: readers see it. One that waits may have its date already."""
    return sa.and_(ADMISSION.c.admitted_at.is_not(None), ADMISSION.c.due_at.is_(None))
