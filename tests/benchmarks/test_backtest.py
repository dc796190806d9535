"""Other thresholds over a database: what would be merged, what would fall apart."""

import datetime as dt
import pathlib

import pytest

from aggregator.dedupe import copies, likeness
from aggregator.pipeline.by_hand import merge, split
from aggregator.pipeline.commit import commit
from aggregator.store import SqlStore
from benchmarks.backtest import merging, parting, replay, setup_of, side_by_side, thresholds
from tests.dedupe.texts import FLOOD, FLOOD_TITLE, HARBOUR, HARBOUR_TITLE
from tests.values import NOON, article, finished, setup

HOURS = [NOON + dt.timedelta(hours=n) for n in range(3)]


def fill(store: SqlStore) -> None:
    in_force = setup()
    told = [
        article("a", 1, title=HARBOUR_TITLE, text=HARBOUR, at=HOURS[0]),
        article("b", 2, title=HARBOUR_TITLE, text=HARBOUR, at=HOURS[1]),
        article("c", 3, title=FLOOD_TITLE, text=FLOOD, at=HOURS[2]),
    ]
    for one in told:
        commit(store, [finished(in_force, one, at=one.first_seen_at)], in_force, lambda: 0.5)


def folded(given: SqlStore, path: pathlib.Path, *settings: str) -> pathlib.Path:
    into = SqlStore(f"sqlite:///{path}")
    with thresholds(settings):
        replay(given, into, setup_of(None))
    into.close()
    return path


def test_a_threshold_that_nothing_passes_lets_stories_fall_apart(
    sqlite_store: SqlStore, tmp_path: pathlib.Path
) -> None:
    fill(sqlite_store)
    as_it_is = folded(sqlite_store, tmp_path / "one")
    strict = folded(sqlite_store, tmp_path / "other", "likeness._WORDS_FOR_TITLE=10_000",
                    "likeness.LEAST_WORDS=100_000")  # fmt: skip
    with side_by_side(as_it_is, strict) as opened:
        assert [{one.source for one in told} for told in parting(opened)] == [{"a", "b"}]
        assert list(merging(opened)) == []
    with side_by_side(strict, as_it_is) as opened:
        assert [{one.title for one in told} for told in merging(opened)] == [{HARBOUR_TITLE}]


def test_the_same_thresholds_change_nothing(sqlite_store: SqlStore, tmp_path: pathlib.Path) -> None:
    fill(sqlite_store)
    with side_by_side(
        folded(sqlite_store, tmp_path / "one"), folded(sqlite_store, tmp_path / "other")
    ) as opened:
        assert list(merging(opened)) == list(parting(opened)) == []
        (stories,) = opened.execute("SELECT count(*) FROM story").fetchone()
    assert stories == 2


def parted_and_joined(store: SqlStore) -> None:
    """A split of two copies, and a merge of what has nothing in common."""
    fill(store)
    by_copy, flood = (story.id for _, story in store.all_stories())
    split(store, setup(), by_copy, ["b"], HOURS[2])
    merge(store, setup(), by_copy, flood, HOURS[2])


def told(path: pathlib.Path) -> set[frozenset[str]]:
    store = SqlStore(f"sqlite:///{path}")
    found = {frozenset(one.source for one in story.articles) for _, story in store.all_stories()}
    store.close()
    return found


@pytest.mark.parametrize(
    "settings", [[], ["likeness._WORDS_FOR_TITLE=10_000"]], ids=["in force", "other"]
)
def test_what_a_person_split_and_merged_stays_so_by_any_thresholds(
    sqlite_store: SqlStore, tmp_path: pathlib.Path, settings: list[str]
) -> None:
    parted_and_joined(sqlite_store)

    assert told(folded(sqlite_store, tmp_path / "one", *settings)) == {
        frozenset("ac"),
        frozenset("b"),
    }


def test_a_merge_of_what_was_founded_by_nobody_is_left_to_the_thresholds(
    sqlite_store: SqlStore, tmp_path: pathlib.Path
) -> None:
    strict = "likeness.LEAST_WORDS=100_000"
    with thresholds([strict]):
        fill(sqlite_store)
    _, second, third = (story.id for _, story in sqlite_store.all_stories())
    merge(sqlite_store, setup(), second, third, HOURS[2])

    # b copies a now, and has no story that c could be merged into.
    assert told(folded(sqlite_store, tmp_path / "one")) == {frozenset("ab"), frozenset("c")}
    assert told(folded(sqlite_store, tmp_path / "two", strict)) == {
        frozenset("a"),
        frozenset("bc"),
    }


def test_sources_that_never_merge_do_not_when_all_is_folded_anew(
    sqlite_store: SqlStore, tmp_path: pathlib.Path
) -> None:
    fill(sqlite_store)
    (tmp_path / "feeds.yaml").write_text(
        "sources:\n  - url: https://b.example/feed\n    key: b\n    merge: never\n", "utf-8"
    )
    into = SqlStore(f"sqlite:///{tmp_path / 'one'}")
    replay(sqlite_store, into, setup_of(tmp_path / "feeds.yaml"))
    into.close()

    assert told(tmp_path / "one") == {frozenset("a"), frozenset("b"), frozenset("c")}


def test_a_constant_is_changed_wherever_it_was_imported_to_and_put_back() -> None:
    before = likeness.LATEST
    with thresholds(["likeness.LATEST=dt.timedelta(days=1)"]):
        assert likeness.LATEST == vars(copies)["LATEST"] == dt.timedelta(days=1)
    assert likeness.LATEST == vars(copies)["LATEST"] == before


@pytest.mark.parametrize("wrong", ["likeness.NO=1", "nothing.LATEST=1", "likeness.LATEST=7"])
def test_what_is_no_constant_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"there is no|cannot stand for"), thresholds([wrong]):
        pass
