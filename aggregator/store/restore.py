"""Putting a backup in the place of a database: all of it, or nothing."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlmodel import SQLModel

from ..errors import StoreError
from . import postgres
from .backup import count_stories, sound_stories
from .engine import WRITER_LOCK, Database, parsed
from .files import whole_file
from .migrate import HEAD, migrate, version_of
from .searching import prepare_index

_SQLITE: Final = b"SQLite format 3\0"
_IN_USE: Final = "the database is in use: stop the daemon, and whatever else has it open, first"
_OTHERS: Final = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
_OURS: Final = (*sorted(SQLModel.metadata.tables), "search_index", "alembic_version")
_AWAY: Final = (
    f"SELECT pg_advisory_xact_lock({WRITER_LOCK}); SET client_min_messages = warning; "
    f"DROP TABLE IF EXISTS {', '.join(_OURS)}"
)


def restore(url: str, file: Path, *, replace: bool = False) -> int:
    """Make the database at `url` what the backup holds, brought to this version; how many stories.
    `replace`: also where there are stories already.

    Raises StoreError, and changes nothing, where that cannot be done.
    """
    place = parsed(url)
    is_sqlite = place.get_backend_name() == "sqlite"
    try:
        with file.open("rb") as opened:
            begins = opened.read(len(_SQLITE))
        if not begins.startswith(_SQLITE if is_sqlite else postgres.MAGIC):
            kind = "an SQLite" if is_sqlite else "a PostgreSQL"
            raise StoreError(f"{file} is no backup of {kind} database, which is what it is for")
        if is_sqlite:
            return _restore_sqlite(Path(str(place.database)), file, replace=replace)
        return _restore_postgresql(place, file, replace=replace)
    except (OSError, sqlite3.Error) as wrong:
        raise StoreError(f"cannot restore {file}: {wrong}") from None
    except sa.exc.DBAPIError as wrong:  # it looks like ours, and is not
        raise StoreError(f"cannot restore {file}: {wrong.orig}".splitlines()[0]) from None


def _allow(stories: int, *, replace: bool) -> None:
    if stories and not replace:
        raise StoreError(
            f"the database holds {stories:,} stories already; --force puts the backup in its place"
        )


def _restore_sqlite(target: Path, file: Path, *, replace: bool) -> int:
    if target.exists() and target.samefile(file):
        raise StoreError(f"{file} is the database itself")
    _set_aside(target, replace=replace)
    with whole_file(target) as beside:
        shutil.copyfile(file, beside)
        sound_stories(beside, called=file)
        stories = _brought_to_date(sa.URL.create("sqlite", database=str(beside)), file)
        _set_aside(target, replace=replace)  # nobody may have come in the meantime
    return stories


def _set_aside(target: Path, *, replace: bool) -> None:
    """See that nobody has the old database open, and that all of it is in its file: what is left
    beside it would be taken for a part of the new one.
    """
    if target.exists():
        with closing(sqlite3.connect(target, isolation_level=None, timeout=0)) as old:
            try:
                _allow(_stories_of(old), replace=replace)
                # Refused as long as anybody else has it open, whether or not he does anything.
                (mode,) = old.execute("PRAGMA journal_mode=DELETE").fetchone()
                old.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                raise StoreError(_IN_USE) from None
            except sqlite3.DatabaseError as wrong:  # beyond repair: why one restores
                if not replace:
                    raise StoreError(
                        f"{target} cannot be read ({wrong}); --force puts the backup in its place"
                    ) from None
            else:
                if mode != "delete":
                    raise StoreError(_IN_USE)
    for ending in ("-wal", "-shm"):
        target.with_name(target.name + ending).unlink(missing_ok=True)


def _stories_of(old: sqlite3.Connection) -> int:
    known = old.execute("SELECT count(*) FROM sqlite_master WHERE name = 'story'").fetchone()[0]
    return int(old.execute("SELECT count(*) FROM story").fetchone()[0]) if known else 0


def _restore_postgresql(url: sa.URL, file: Path, *, replace: bool) -> int:
    version = postgres.version_in(file)
    if version is None or not version.isdigit():
        raise StoreError(f"{file} is no backup of ours")
    if version > HEAD:
        raise StoreError(
            f"{file} is of version {version}, and this program of version {HEAD}: "
            "install a newer one"
        )
    with closing(Database(url)) as database:
        known = version_of(database)
        with database.reading() as connection:
            if connection.execute(_OTHERS).scalar_one():
                raise StoreError(_IN_USE)
            _allow(count_stories(connection) if known else 0, replace=replace)
    postgres.restore(url, file, _AWAY)
    return _brought_to_date(url, file)


def _brought_to_date(url: sa.URL, file: Path) -> int:
    with closing(Database(url)) as database:
        try:
            if version_of(database) is None:
                raise StoreError("it is empty")
        except StoreError as wrong:
            raise StoreError(f"{file} is no backup of ours: {wrong}") from None
        migrate(database)
        prepare_index(database)
        with database.reading() as connection:
            return count_stories(connection)
