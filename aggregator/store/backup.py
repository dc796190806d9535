"""Backups: the whole database in one file, as it was at one moment, while others write to it.

Of SQLite a database again, by VACUUM INTO: one look at one state, which no writer can make begin
anew, and without what is forgotten. Of PostgreSQL what pg_dump makes.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from ..errors import StoreError
from . import postgres
from .engine import Database
from .files import whole_file
from .migrate import version_of


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds."""

    stories: int
    bytes: int
    version: str  # of the schema


def backup(url: str, target: Path, *, replace: bool = False) -> Backup:
    """Write a backup of the database at `url`, of whatever version; `replace`: also where a file
    is. Raises StoreError, and leaves nothing behind, where that cannot be done.
    """
    with _to_copy(url) as (database, version):
        if target.exists() and not target.is_file():
            raise StoreError(f"cannot write {target}: it is no file; name one to write")
        if target.exists() and not replace:
            raise StoreError(f"there is a file {target}; --force replaces it")
        if database.is_sqlite and target.exists() and target.samefile(str(database.url.database)):
            raise StoreError(f"{target} is the database itself")
        if not target.absolute().parent.is_dir():
            raise StoreError(f"cannot write {target}: there is no folder {target.parent}")
        try:
            with whole_file(target) as file:
                copy = _copy_sqlite if database.is_sqlite else _copy_postgresql
                stories = copy(database, file)
            return Backup(stories, target.stat().st_size, version)
        except (OSError, sqlite3.Error, sa.exc.DBAPIError) as wrong:
            raise StoreError(f"cannot write {target}: {wrong}") from None


@contextmanager
def _to_copy(url: str) -> Iterator[tuple[Database, str]]:
    """The database, as it is: not migrated, for a backup is what one makes before that."""
    database = Database(url, must_exist=True)
    try:
        version = version_of(database)
        if version is None:
            raise StoreError("the database is empty: there is nothing to back up")
        yield database, version
    finally:
        database.close()


def _copy_sqlite(database: Database, file: Path) -> int:
    with closing(database.reader.raw_connection()) as connection:
        connection.cursor().execute("VACUUM INTO ?", (str(file),))
    return sound_stories(file)


def sound_stories(file: Path, called: Path | None = None) -> int:
    """How many stories are in an SQLite file. Raises StoreError where SQLite finds it damaged, or
    there are none to be counted.
    """
    try:
        with closing(sqlite3.connect(file)) as copy:
            (said,) = copy.execute("PRAGMA quick_check(1)").fetchone()
            if said != "ok":
                raise StoreError(f"{called or file} is damaged: {said}")
            (stories,) = copy.execute("SELECT count(*) FROM story").fetchone()
    except sqlite3.DatabaseError as wrong:
        raise StoreError(f"{called or file} is no backup of ours: {wrong}") from None
    return int(stories)


def count_stories(connection: sa.Connection) -> int:
    """How many stories a database holds."""
    return int(connection.execute(sa.text("SELECT count(*) FROM story")).scalar_one())


def _copy_postgresql(database: Database, file: Path) -> int:
    """What is counted and what is dumped are the same, by a snapshot that both look at."""
    with database.reading() as connection:
        snapshot = connection.execute(sa.text("SELECT pg_export_snapshot()")).scalar_one()
        stories = count_stories(connection)
        postgres.dump(database.url, file, str(snapshot))
    if postgres.version_in(file) is None:
        raise StoreError("what pg_dump wrote cannot be read again")
    return stories
