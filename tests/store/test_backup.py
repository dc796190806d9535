"""Backups: consistent, whole or not at all, and the same feeds when they are restored."""

import os
import pathlib
import sqlite3
import stat
import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from aggregator.errors import StoreError
from aggregator.pipeline.commit import commit
from aggregator.pipeline.due import sync_sources
from aggregator.pipeline.site import Site
from aggregator.pipeline.topics import sync_topics
from aggregator.store import SqlStore
from aggregator.store.backup import backup
from aggregator.store.migrate import HEAD
from aggregator.store.restore import restore
from tests.store.test_store import save, told
from tests.values import NOON, article, finished, setup

SETUP = setup()


def fill(url: str, *numbers: int) -> None:
    store = SqlStore(url)
    sync_sources(store, SETUP, NOON)
    sync_topics(store, SETUP, NOON)
    commit(store, [finished(SETUP, *(article(number=n) for n in numbers))], SETUP, lambda: 0.0)
    store.close()


def published(url: str) -> dict[str, bytes]:
    store = SqlStore(url)
    site = Site(store, lambda: SETUP, lambda: "aggregator/test", lambda: NOON)
    found = {path: site.document(path) for path in site.paths()}
    store.close()
    return {
        path: one.rendering.body + str(one.modified_at if ".atom" in path else "").encode()
        for path, one in found.items()
        if one is not None
    }


def test_what_is_restored_is_published_byte_for_byte_as_before(
    database_url: str, tmp_path: pathlib.Path
) -> None:
    fill(database_url, 1, 2, 3)
    before, file = published(database_url), tmp_path / "a.backup"

    made = backup(database_url, file)
    fill(database_url, 4, 5)
    assert published(database_url) != before
    restored = restore(database_url, file, replace=True)

    assert (made.stories, made.bytes, restored) == (3, file.stat().st_size, 3)
    assert published(database_url) == before
    fill(database_url, 6)  # and life goes on
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_backup_is_of_one_moment_while_others_write(
    database_url: str, tmp_path: pathlib.Path
) -> None:
    store, stop, written = SqlStore(database_url), threading.Event(), []

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 2  # two stories in a transaction: never one without the other
            save(store, told(article(number=number)), told(article(number=number + 1)))
            written.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(written) < 5:
            stop.wait(0.01)
        files = [tmp_path / f"{n}.backup" for n in range(2)]
        made = [backup(database_url, file) for file in files]
        before = len(written)
        while len(written) < before + 2:  # nobody is kept from writing afterwards
            stop.wait(0.01)
    finally:
        stop.set()
        writer.join()
        store.close()

    assert [one.stories % 2 for one in made] == [0, 0]
    assert restore(database_url, files[0], replace=True) == made[0].stories


def test_a_file_that_is_there_is_replaced_only_on_demand(
    database_url: str, tmp_path: pathlib.Path
) -> None:
    fill(database_url, 1)
    file = tmp_path / "a.backup"
    file.write_text("a letter")

    with pytest.raises(StoreError, match=r"there is a file .*--force replaces it"):
        backup(database_url, file)
    assert file.read_text() == "a letter"
    assert backup(database_url, file, replace=True).stories == 1
    with pytest.raises(StoreError, match="cannot write"):
        backup(database_url, tmp_path / "nowhere" / "b.backup")


def test_a_database_with_stories_is_replaced_only_on_demand(
    database_url: str, tmp_path: pathlib.Path
) -> None:
    fill(database_url, 1)
    backup(database_url, tmp_path / "a.backup")
    fill(database_url, 2)
    before = published(database_url)

    with pytest.raises(StoreError, match="holds 2 stories already; --force"):
        restore(database_url, tmp_path / "a.backup")
    assert published(database_url) == before


def test_a_database_in_use_is_left_alone(database_url: str, tmp_path: pathlib.Path) -> None:
    fill(database_url, 1)
    backup(database_url, tmp_path / "a.backup")
    daemon = SqlStore(database_url)
    with daemon.reading() as ask:
        assert ask.last_story() == 1

    with pytest.raises(StoreError, match="in use: stop the daemon"):
        restore(database_url, tmp_path / "a.backup", replace=True)
    with daemon.reading() as ask:
        assert ask.last_story() == 1
    daemon.close()
    assert restore(database_url, tmp_path / "a.backup", replace=True) == 1


@pytest.mark.parametrize("spoil", [lambda b: b[: len(b) // 2], lambda b: b"a letter to a friend"])
def test_what_is_no_backup_changes_nothing(
    database_url: str, tmp_path: pathlib.Path, spoil: Callable[[bytes], bytes]
) -> None:
    fill(database_url, 1, 2)
    file = tmp_path / "a.backup"
    backup(database_url, file)
    file.write_bytes(spoil(file.read_bytes()))
    before = published(database_url)

    with pytest.raises(StoreError):
        restore(database_url, file, replace=True)
    with pytest.raises(StoreError, match="cannot restore"):
        restore(database_url, tmp_path / "none", replace=True)
    assert published(database_url) == before
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_backup_that_breaks_off_in_the_middle_changes_nothing(
    database_url: str, tmp_path: pathlib.Path
) -> None:
    file = tmp_path / "a.backup"
    fill(database_url, *range(1, 60))
    backup(database_url, file)
    whole, before = file.read_bytes(), published(database_url)

    for share in (0.7, 0.98):  # what says whose it is stands at its beginning
        file.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(StoreError):
            restore(database_url, file, replace=True)
        assert published(database_url) == before


def test_only_a_file_is_written_over(tmp_path: pathlib.Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    fill(url, 1)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    for target in (pipe, tmp_path, pathlib.Path()):
        with pytest.raises(StoreError, match="it is no file"):
            backup(url, target, replace=True)
    assert pipe.is_fifo()


def test_what_only_looks_like_ours_is_refused_in_one_line(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "theirs.db"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE story (words)")
        other.execute("CREATE TABLE alembic_version (version_num)")
        other.execute(f"INSERT INTO alembic_version VALUES ('{HEAD}')")
    other.close()

    with pytest.raises(StoreError) as refused:
        restore(f"sqlite:///{tmp_path}/new.db", file)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "new.db").exists()


def test_another_programs_database_is_no_backup(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "theirs.db"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE story (words)")
    other.close()

    with pytest.raises(StoreError, match="is no backup of ours"):
        restore(f"sqlite:///{tmp_path}/new.db", file)
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize(("version", "said"), [("0010", None), ("9999", "install a newer one")])
def test_an_older_backup_is_brought_to_date_and_a_newer_one_refused(
    database_url: str, tmp_path: pathlib.Path, version: str, said: str | None
) -> None:
    fill(database_url, 1)
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        if version == "0010":  # what the migrations after it have brought
            for table in ("topic_day", "revision", "subscriber", "ping", "named_hub"):
                connection.execute(sa.text(f"DROP TABLE {table}"))
            connection.execute(sa.text("DROP INDEX ix_veto_key"))
            connection.execute(sa.text("ALTER TABLE source DROP COLUMN held_edits"))
            for column in ("said", "at_home"):
                connection.execute(sa.text(f"ALTER TABLE article DROP COLUMN {column}"))
        connection.execute(sa.text(f"UPDATE alembic_version SET version_num = '{version}'"))
    engine.dispose()
    file = tmp_path / "a.backup"
    if said is not None:
        with pytest.raises(StoreError, match=said):
            backup(database_url, file)
        return

    backup(database_url, file)

    assert restore(database_url, file, replace=True) == 1
    assert len(published(database_url)) > 3


def test_a_database_beyond_repair_is_replaced_with_all_that_is_beside_it(
    tmp_path: pathlib.Path,
) -> None:
    url, target = f"sqlite:///{tmp_path}/a.db", tmp_path / "a.db"
    fill(url, 1, 2)
    before = published(url)
    backup(url, tmp_path / "a.backup")
    target.write_bytes(b"spoilt" * 1000)
    (tmp_path / "a.db-wal").write_bytes(b"stale" * 1000)

    with pytest.raises(StoreError, match=r"cannot be read .*--force"):
        restore(url, tmp_path / "a.backup")
    assert restore(url, tmp_path / "a.backup", replace=True) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.backup", "a.db"]
    assert published(url) == before


def test_the_database_itself_is_neither_the_backup_nor_restored_from(
    tmp_path: pathlib.Path,
) -> None:
    url, target = f"sqlite:///{tmp_path}/a.db", tmp_path / "a.db"
    fill(url, 1)

    with pytest.raises(StoreError, match="is the database itself"):
        backup(url, target, replace=True)
    with pytest.raises(StoreError, match="is the database itself"):
        restore(url, target, replace=True)
    with pytest.raises(StoreError, match="there is no database"):
        backup(f"sqlite:///{tmp_path}/none.db", tmp_path / "b")
    assert not (tmp_path / "none.db").exists()


def test_a_database_of_another_kind_is_told(database_url: str, tmp_path: pathlib.Path) -> None:
    fill(database_url, 1)
    backup(database_url, tmp_path / "a.backup")
    other = (
        "postgresql://nobody@127.0.0.1:1/none"
        if database_url.startswith("sqlite")
        else f"sqlite:///{tmp_path}/other.db"
    )

    with pytest.raises(StoreError, match="is no backup of"):
        restore(other, tmp_path / "a.backup")


def test_pg_dump_that_is_missing_or_too_old_is_told(
    postgres_server: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aggregator.store import postgres

    url = sa.engine.make_url(postgres_server)
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'aborting because of server version mismatch' >&2\nexit 1\n")
    old.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(StoreError, match="pg_dump says: aborting because of server version"):
        postgres.dump(url, tmp_path / "a", "1-1")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(postgres, "_INSTALLED", tmp_path)
    with pytest.raises(StoreError, match="pg_dump is not here: install"):
        postgres.dump(url, tmp_path / "a", "1-1")


def test_a_password_is_on_no_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from aggregator.store import postgres

    url = sa.engine.make_url("postgresql+psycopg://me:secret@db.example:1/news?sslmode=require")

    assert postgres._without_password(url) == "postgresql://me@db.example:1/news?sslmode=require"
