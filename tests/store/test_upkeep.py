"""Room given back to the disk."""

import pathlib
import sqlite3

from aggregator.store import SqlStore
from aggregator.store.backup import backup
from tests.store.test_store import save, told
from tests.values import NOON, article

LONG = "A long text of an article. " * 4000


def full(store: SqlStore) -> int:
    for number in range(40):
        save(store, told(article(number=number, text=LONG, digest="d")))
    return store.size()


def forget(store: SqlStore) -> None:
    with store.writing() as tell:
        pks = [pk for _, pk in tell.retirable("summary", NOON.replace(year=2027), None, 100)]
        assert tell.retire("summary", pks, 1).articles == 40


def test_what_is_forgotten_makes_the_database_smaller(store: SqlStore) -> None:
    before = full(store)
    forget(store)

    given = store.compact()

    if store._database.is_sqlite:  # PostgreSQL uses its room again
        file = pathlib.Path(str(store._database.url.database))
        with store.writing() as tell:
            tell.advance()
        assert store.size() < before / 4
        assert given > before / 2
        store.close()
        assert file.stat().st_size < before / 3


def test_a_file_that_was_made_otherwise_goes_on_and_its_backup_does_better(
    tmp_path: pathlib.Path,
) -> None:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as old:
        old.execute("PRAGMA auto_vacuum=NONE")
        old.execute("CREATE TABLE anything (at_all)")
        old.execute("DROP TABLE anything")
    old.close()
    store = SqlStore(f"sqlite:///{path}")
    before = full(store)
    forget(store)

    assert store.compact() == 0
    assert store.size() < before / 4
    made = backup(f"sqlite:///{path}", tmp_path / "a.backup")
    store.close()

    assert made.bytes < before / 4 < path.stat().st_size
    copy = sqlite3.connect(tmp_path / "a.backup")
    assert copy.execute("PRAGMA auto_vacuum").fetchone() == (2,)
    copy.close()
