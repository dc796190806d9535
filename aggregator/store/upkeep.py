"""The size of a database, and giving room back to the disk."""

from collections.abc import Callable
from typing import Final

import sqlalchemy as sa

from .engine import Database

_STEP: Final = 1_000  # pages of 4 KiB in one transaction: polls commit in between
# Room that stays: what is retired tomorrow is about as much as what comes until then.
_SPARE: Final = 10  # the tenth part of the file
_INCREMENTAL: Final = 2  # of PRAGMA auto_vacuum
_LARGE: Final = "article, article_text, match_key, search_index"


def size_of(database: Database) -> int:
    """Bytes the database takes, without what is free in it."""
    with database.reading() as connection:
        if not database.is_sqlite:
            return int(
                connection.execute(
                    sa.text("SELECT pg_database_size(current_database())")
                ).scalar_one()
            )
        pages, free, size = (
            _pragma(connection, name) for name in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * size


def compact(database: Database, keep_on: Callable[[], bool]) -> int:
    """Give room back to the disk that nobody will need soon, a little at a time; how many bytes.

    Of an SQLite file only where it was made so that this is possible in steps; the others use
    their room again. PostgreSQL is told to, and does it by itself.
    """
    if not database.is_sqlite:
        connect = database.reader.connect()
        with connect.execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"VACUUM (ANALYZE) {_LARGE}")
        return 0
    given = 0
    while keep_on():
        with database.writing() as connection:
            free, pages = _pragma(connection, "freelist_count"), _pragma(connection, "page_count")
            step = min(_STEP, free - pages // _SPARE)
            if step <= 0 or _pragma(connection, "auto_vacuum") != _INCREMENTAL:
                break
            for _ in range(step):  # the driver takes one page at a time, however many it is told
                connection.exec_driver_sql("PRAGMA incremental_vacuum(1)")
            given += (pages - _pragma(connection, "page_count")) * _pragma(connection, "page_size")
    return given


def _pragma(connection: sa.Connection, name: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
