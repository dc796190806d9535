"""Everything that differs between SQLite and PostgreSQL: opening, becoming the only writer, and
the spelling of an upsert.
"""

import functools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError

from ..errors import StoreError

_PRAGMAS: Final = (
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "busy_timeout=30000",
    "temp_store=MEMORY",
)
_TO_READ: Final = ("query_only=ON",)
# The first counts only where nothing is written yet: so that room in a file can be given back to
# the disk a little at a time.
_TO_WRITE: Final = ("auto_vacuum=INCREMENTAL", "journal_mode=WAL")
WRITER_LOCK: Final = 0x6167_6772  # any number, the same in every process
_LONGEST_CONNECT: Final = 10  # seconds
_LONGEST_WAIT: Final = 60  # seconds for a connection of the pool, or the writer's turn


class Database:
    """One database, opened: connections to read with, and one writer at a time."""

    def __init__(
        self, url: str | sa.URL, *, read_only: bool = False, must_exist: bool = False
    ) -> None:
        """Open `url` (SQLAlchemy's form; `postgresql://` needs no driver in it), which must exist
        when it is only read.

        Raises StoreError where it cannot be opened.
        """
        self.url = parsed(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        must_exist = must_exist or read_only
        if must_exist and self.is_sqlite and not Path(str(self.url.database)).is_file():
            raise StoreError(
                f"there is no database {self.url.database}: --database names another, "
                "`aggregator poll` makes one"
            )
        self._read_only = read_only
        self._turn = threading.Lock()  # threads queue here, fairly; processes at the database
        try:
            if self.is_sqlite:
                kind = _TO_READ if read_only else _TO_WRITE
                self.reader = _sqlite(self.url, kind, "BEGIN")
                self._writer = _sqlite(self.url, kind, "BEGIN IMMEDIATE")
            else:
                self.reader = self._writer = sa.create_engine(
                    self.url,
                    pool_timeout=_LONGEST_WAIT,
                    pool_pre_ping=True,
                    connect_args={"connect_timeout": _LONGEST_CONNECT},
                )
            with self.reader.connect():
                pass
        except (SQLAlchemyError, ImportError) as wrong:
            raise StoreError(_complaint(self.url, wrong)) from None

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the database, and changes nothing."""
        with self.reader.connect() as opened:
            connection = opened
            if not self.is_sqlite:
                connection = opened.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction of the only writer, from its first moment: it never acts on stale reads.

        Commits at the end, or undoes everything on an exception.
        """
        if self._read_only:
            raise StoreError("the database was opened to be read")
        if not self._turn.acquire(timeout=_LONGEST_WAIT):
            raise StoreError("the database was being written to for a minute without a pause")
        try:
            with self._writer.begin() as connection:
                if not self.is_sqlite:
                    connection.execute(sa.text(f"SET LOCAL lock_timeout = '{_LONGEST_WAIT}s'"))
                    connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})"))
                yield connection
        except OperationalError as wrong:
            raise StoreError(_complaint(self.url, wrong)) from wrong
        finally:
            self._turn.release()

    def close(self) -> None:
        """Close every connection."""
        self.reader.dispose()
        self._writer.dispose()


def parsed(url: str | sa.URL) -> sa.URL:
    """The URL, with the driver we use. Raises StoreError where it is none of ours."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError(
            f"cannot read the database URL {url!r}: write sqlite:///FILE or "
            "postgresql://USER@HOST/NAME"
        ) from None
    backend = parsed.get_backend_name()
    if backend == "postgres":
        parsed, backend = parsed.set(drivername="postgresql"), "postgresql"
    if backend not in ("sqlite", "postgresql"):
        raise StoreError(f"the database is SQLite or PostgreSQL, not {backend}")
    if backend == "postgresql" and "+" not in parsed.drivername:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and not parsed.database:
        raise StoreError("the SQLite URL names no file: write sqlite:///FILE")
    return parsed


def _complaint(url: sa.URL, wrong: Exception) -> str:
    shown = url.render_as_string(hide_password=True)
    if isinstance(wrong, ImportError):
        return f"cannot open {shown}: install the driver with `pip install 'aggregator[postgres]'`"
    reason = str(getattr(wrong, "orig", None) or wrong).strip().splitlines()[0]
    if url.get_backend_name() == "sqlite" and url.database:
        folder = Path(url.database).absolute().parent
        if not folder.is_dir():
            reason = f"there is no folder {folder}"
    return f"cannot use the database {shown}: {reason}"


def _sqlite(url: sa.URL, kind: Sequence[str], begin: str) -> sa.Engine:
    # A pool, because opening a file and setting its pragmas costs more than most queries.
    engine = sa.create_engine(
        url, poolclass=sa.QueuePool, pool_timeout=_LONGEST_WAIT, connect_args={"timeout": 30}
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver would begin by itself, and too late
        for pragma in (*kind, *_PRAGMAS):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def upsert(
    connection: sa.Connection, table: Any, rows: Sequence[dict[str, Any]], key: Sequence[str]
) -> None:
    """Insert the rows, which have the same columns, or update those whose key is there already."""
    if rows:
        statement = _upsert(connection.dialect.name, table, tuple(rows[0]), tuple(key))
        connection.execute(statement, list(rows))


def insert_missing(connection: sa.Connection, table: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Insert those of the rows whose key is not there yet."""
    if rows:
        insert = _insert(connection.dialect.name)
        connection.execute(insert(table).on_conflict_do_nothing(), list(rows))


def _insert(dialect: str) -> Any:
    """How a database spells INSERT. It loads that one's dialect alone."""
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert
    from sqlalchemy.dialects import postgresql

    return postgresql.insert


def added_up(dialect: str, table: Any, rows: Any, key: Sequence[str], sums: Sequence[str]) -> Any:
    """A statement that inserts the rows of a select, which has a WHERE and the columns `key` and
    `sums` in this order; where a key is there already, it adds its sums to those.
    """
    insert = _insert(dialect)
    statement = insert(table).from_select([*key, *sums], rows)
    added = {name: table.c[name] + statement.excluded[name] for name in sums}
    return statement.on_conflict_do_update(index_elements=list(key), set_=added)


def day_of(dialect: str, moment: Any) -> Any:
    """The day (UTC) of a moment, as a column of days has it."""
    if dialect == "sqlite":
        return sa.func.substr(moment, sa.literal_column("1"), sa.literal_column("10"))
    return sa.cast(sa.func.timezone(sa.literal_column("'UTC'"), moment), sa.Date)


def octets(connection: sa.Connection, column: Any) -> Any:
    """How many bytes a text takes."""
    if connection.dialect.name == "sqlite":
        return sa.func.length(sa.cast(column, sa.LargeBinary))
    return sa.func.octet_length(column)


@functools.cache  # to spell it out costs more than to run it
def _upsert(dialect: str, table: Any, columns: tuple[str, ...], key: tuple[str, ...]) -> Any:
    insert = _insert(dialect)
    statement = insert(table)
    update = {name: statement.excluded[name] for name in columns if name not in key}
    if not update:
        return statement.on_conflict_do_nothing(index_elements=key)
    return statement.on_conflict_do_update(index_elements=key, set_=update)
