"""Opening a database: what works, and what the operator is told where it does not."""

import multiprocessing
import pathlib
import shutil

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

from aggregator.errors import StoreError
from aggregator.model import OUT_OF_FORCE, Conditions, Days, Health
from aggregator.publish.ids import page_of
from aggregator.store import SqlStore
from aggregator.store.columns import Json, Utc
from aggregator.store.engine import Database
from aggregator.store.migrate import HEAD, SCRIPTS
from aggregator.topics.sieve import sieve_of
from aggregator.topics.tree import Term


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "cannot read the database URL 'nonsense'"),
        ("mysql://u@h/n", "SQLite or PostgreSQL, not mysql"),
        ("sqlite://", "names no file"),
        ("sqlite:////nowhere/at/all/a.db", "there is no folder /nowhere/at/all"),
        (
            "postgresql://nobody:secret@127.0.0.1:1/none",
            "cannot use the database postgresql+psycopg",
        ),
    ],
)
def test_a_database_that_cannot_be_opened_is_explained(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=r".") as complaint:
        SqlStore(url)

    assert said in str(complaint.value)
    assert "secret" not in str(complaint.value)


def test_a_file_that_is_no_database_is_explained(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "aggregator.db"
    path.write_text("This is no database, it is a letter to a friend. " * 100)

    with pytest.raises(StoreError, match="not a database"):
        SqlStore(f"sqlite:///{path}")


def test_the_migrations_and_the_tables_agree(database_url: str) -> None:
    SqlStore(database_url).close()
    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": _differs, "include_name": _is_a_table_of_rows}
        )
        differences = compare_metadata(context, SQLModel.metadata)
    engine.dispose()

    assert differences == []


def _is_a_table_of_rows(name: str | None, kind: str, _parents: object) -> bool:
    """The index of search is none: each database makes its own tables for it."""
    return kind != "table" or not (name or "").startswith("search_index")


def _differs(
    _context: object, _column: object, _known: object, stored: object, ours: object
) -> bool | None:
    if isinstance(ours, Utc):
        return not isinstance(stored, sa.DateTime)
    return not isinstance(stored, sa.Text | sa.String) if isinstance(ours, Json) else None


def test_the_newest_migration_is_the_one_the_program_knows() -> None:
    assert ScriptDirectory(str(SCRIPTS)).get_current_head() == HEAD


def test_an_up_to_date_database_is_not_migrated_again(database_url: str) -> None:
    SqlStore(database_url).close()
    SqlStore(database_url).close()


def test_a_database_of_a_newer_version_is_left_alone(database_url: str) -> None:
    database = Database(database_url)
    with database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()

    with pytest.raises(StoreError, match="of version 9999, which this program does not know"):
        SqlStore(database_url)


def _count_up(url: str, times: int) -> None:
    store = SqlStore(url)
    for _ in range(times):
        with store.writing() as tell:
            tell.advance()
    store.close()


def test_several_processes_lose_no_update(database_url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_count_up, args=(database_url, 25)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert [process.exitcode for process in processes] == [0, 0]
    store = SqlStore(database_url)
    with store.reading() as ask:
        assert ask.meta("revision") == "50"
    store.close()


def test_an_old_url_of_postgresql_without_a_driver_is_understood(postgres_server: str) -> None:
    url = postgres_server.replace("postgresql+psycopg://", "postgresql://")

    database = Database(url)

    assert database.url.drivername == "postgresql+psycopg"
    database.close()


def test_a_copied_sqlite_file_is_a_whole_backup(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "one.db"
    store = SqlStore(f"sqlite:///{path}")
    with store.writing() as tell:
        tell.set_meta("key", "value")
    store.close()
    shutil.copy(path, tmp_path / "two.db")

    copy = SqlStore(f"sqlite:///{tmp_path / 'two.db'}")

    with copy.reading() as ask:
        assert ask.meta("key") == "value"
    copy.close()


def test_a_database_of_the_first_version_keeps_its_sources(
    database_url: str, tmp_path: pathlib.Path
) -> None:
    if database_url.startswith("sqlite"):
        database_url = f"sqlite:///{tmp_path / 'first.db'}"
    database = Database(database_url)
    with database.writing() as connection:
        if connection.dialect.name == "postgresql":  # it was migrated already
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text("CREATE SCHEMA public"))
    config = AlembicConfig()
    config.set_main_option("script_location", str(SCRIPTS))
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            sa.text(
                "INSERT INTO source (key, listed, listed_url, host, freshness, arrivals, articles, "
                "failures, health, info, body_digest, etag) VALUES ('a', true, "
                "'https://a.example/', 'a.example', '{}', '[]', 7, 0, 'active', "
                "'{\"title\": \"A\"}', 'digest', 'tag')"
            )
        )
        connection.execute(
            sa.text(
                "INSERT INTO story (pk, id, first_seen_at, published, updated) VALUES "
                "(7, 'story', '2026-01-01', '2026-01-01', '2026-01-01')"
            )
        )
        connection.execute(
            sa.text(
                "INSERT INTO article (pk, story_pk, source, entry_id, title, summary, "
                "first_seen_at, published, updated, digest, authors, categories, media) VALUES "
                "(9, 7, 'a', 'e', 'Isis', '', '2026-01-01', '2026-01-01', '2026-01-01', 'd', "
                "'[]', '[]', '[]')"
            )
        )
        connection.execute(
            sa.text("INSERT INTO host (host, told_to_wait, strikes) VALUES ('a.example', true, 2)")
        )
        connection.execute(
            sa.text(
                "INSERT INTO topic (key, definition, changes, removed_at) VALUES "
                "('all', '', 9, '2026-11-01'), ('gone', '', 3, '2026-11-01'), "
                "('new', '', 0, '2026-11-01'), ('isis', 'digest', 2, '2026-11-01')"
            )
        )
    database.close()

    store = SqlStore(database_url)
    with store.reading() as ask:
        state, host = ask.states()["a"], ask.hosts(["a.example"])["a.example"]
        definitions = ask.definitions()
        assert ask.topics_at([page_of("story")]) == {page_of("story"): (7, frozenset())}
        assert ask.floor() == 10
    with store.writing() as tell:
        assert tell.index_more(100) == 1
        assert tell.candidates(sieve_of(Term("isis", "isis")), None, 5, 1.0) == [9]
    store.close()

    assert (state.articles, state.info.title, state.health) == (7, "A", Health.ACTIVE)
    assert (state.body_digest, state.validators) == (None, None), "it is read once more"
    assert (state.conditions, state.move, state.days) == (Conditions(), None, Days())
    assert (host.strikes, host.refused) == (2, ())
    assert definitions == {"all": "", "gone": OUT_OF_FORCE, "new": "", "isis": "digest"}


# --- to read alone ------------------------------------------------------------------------------


def test_a_database_opened_to_read_cannot_be_written(database_url: str) -> None:
    store = SqlStore(database_url, read_only=True)
    with store.reading() as ask:
        assert ask.topics() == {}
    with pytest.raises(StoreError, match="opened to be read"), store.writing():
        pass
    store.close()


def test_a_database_opened_to_read_is_not_made(tmp_path: pathlib.Path) -> None:
    with pytest.raises(StoreError, match=r"there is no database .*--database names another"):
        SqlStore(f"sqlite:///{tmp_path}/none.db", read_only=True)

    assert list(tmp_path.iterdir()) == []


def test_a_database_opened_to_read_is_not_migrated(
    database_url: str, tmp_path: pathlib.Path
) -> None:
    database = Database(database_url)
    with database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    database.close()
    (tmp_path / "empty.db").touch()

    with pytest.raises(StoreError, match="of version 0001, and this program of version"):
        SqlStore(database_url, read_only=True)
    with pytest.raises(StoreError, match="the database is empty"):
        SqlStore(f"sqlite:///{tmp_path}/empty.db", read_only=True)
    assert (tmp_path / "empty.db").stat().st_size == 0
