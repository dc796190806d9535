"""Recording finished polls: the laws, on both databases."""

import datetime as dt
import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest

from aggregator.model import (
    Article,
    Failure,
    FailureKind,
    FeedInfo,
    HostState,
    NotModified,
    Story,
    Validators,
)
from aggregator.pipeline.commit import commit
from aggregator.pipeline.due import sync_sources
from aggregator.pipeline.setup import Setup
from aggregator.pipeline.tagging import tag
from aggregator.pipeline.topics import sync_topics
from aggregator.store import SqlStore
from tests.dedupe.texts import HARBOUR, HARBOUR_TITLE
from tests.values import NOON, article, finished, setup, source, topic

HOUR = dt.timedelta(hours=1)


def begin(store: SqlStore, at: Setup) -> Setup:
    sync_sources(store, at, NOON)
    sync_topics(store, at, NOON)
    return at


def stories(store: SqlStore) -> list[Story]:
    return [story for _pk, story in store.all_stories()]


def test_law_1_validators_are_committed_with_the_entries_they_describe(store: SqlStore) -> None:
    at = begin(store, setup())

    commit(store, [finished(at, article("a", 1), headers={"etag": '"v1"'})], at, lambda: 0.0)

    with store.reading() as ask:
        state = ask.states()["a"]
    assert state.validators == Validators("https://a.example/feed", '"v1"')
    assert [story.articles[0].entry_id for story in stories(store)] == ["a-1"]


def test_law_1_neither_is_kept_when_the_entries_cannot_be(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = begin(store, setup())
    broken = finished(at, article("a", 1, title="\ud800"), headers={"etag": '"v1"'})

    (report,) = commit(store, [broken], at, lambda: 0.0)

    assert report.failure is not None
    assert report.failure.kind is FailureKind.INTERNAL
    with store.reading() as ask:
        assert ask.states()["a"].validators is None
    assert stories(store) == []


def test_law_11_one_poll_that_cannot_be_stored_costs_no_other(store: SqlStore) -> None:
    at = begin(store, setup())
    polls = [
        finished(at, article("a", 1)),
        finished(at, article("b", 1, title="\ud800")),
        finished(at, article("c", 1)),
    ]

    reports = commit(store, polls, at, lambda: 0.0)

    assert [report.outcome for report in reports] == ["new", "failed", "new"]
    assert {story.articles[0].source for story in stories(store)} == {"a", "c"}


def test_law_2_the_same_document_again_changes_nothing(store: SqlStore) -> None:
    at = begin(store, setup())
    document = [article("a", n) for n in range(5)]
    commit(store, [finished(at, *document)], at, lambda: 0.0)
    before = stories(store)
    with store.reading() as ask:
        state = ask.states()["a"]

    later = [replace(one, first_seen_at=NOON + HOUR) for one in document]
    (report,) = commit(store, [finished(at, *later, state=state, at=NOON + HOUR)], at, lambda: 0.0)

    assert (report.outcome, report.new_articles, report.changed_articles) == ("unchanged", 0, 0)
    assert stories(store) == before


def poll_at_once(store: SqlStore, at: Setup, told: Sequence[Article]) -> None:
    """Polls that each bring one of these, recorded by as many threads."""

    def record(one: Article) -> None:
        commit(store, [finished(at, one)], at, lambda: 0.0)

    threads = [threading.Thread(target=record, args=(one,)) for one in told]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_law_8_the_same_news_from_many_pollers_at_once_is_one_story(store: SqlStore) -> None:
    keys = "abcdefgh"
    at = begin(store, setup(sources=map(source, keys)))
    page = "https://wire.example/2026/one-story"

    poll_at_once(store, at, [article(key, 1, url=f"{page}?utm_source={key}") for key in keys])

    (story,) = stories(store)
    assert sorted(one.source for one in story.articles) == sorted(keys)


def test_law_8_copies_from_many_pollers_at_once_are_one_story(store: SqlStore) -> None:
    keys = "abcdefgh"
    at = begin(store, setup(sources=map(source, keys)))

    def copy(key: str) -> Article:
        text = f"By our reporter in the port. {HARBOUR}" if key in "be" else HARBOUR
        return article(key, 1, text=text, title=f"{HARBOUR_TITLE} | Paper {key.upper()}")

    poll_at_once(store, at, [copy(key) for key in keys])

    (story,) = stories(store)
    assert sorted(one.source for one in story.articles) == sorted(keys)
    assert [one.joined is None for one in story.articles] == [True] + [False] * 7


def test_law_2_copies_again_change_nothing(store: SqlStore) -> None:
    at = begin(store, setup())
    told = [article(key, 1, text=HARBOUR, title=HARBOUR_TITLE) for key in "ab"]
    commit(store, [finished(at, one) for one in told], at, lambda: 0.0)
    before = stories(store)

    reports = commit(store, [finished(at, one) for one in told], at, lambda: 0.0)

    assert [(r.new_articles, r.changed_articles) for r in reports] == [(0, 0), (0, 0)]
    assert stories(store) == before
    assert [str(one.joined) for one in before[0].articles] == [
        "None",
        "same text as a: 100% of the shorter",
    ]


def test_many_polls_in_one_batch_are_recorded_together(store: SqlStore) -> None:
    at = begin(store, setup())
    page = article("a", 1).url
    polls = [finished(at, article("a", 1)), finished(at, article("b", 1, url=page))]

    reports = commit(store, polls, at, lambda: 0.0)

    assert [(r.new_articles, r.new_stories) for r in reports] == [(1, 1), (1, 0)]
    assert len(stories(store)) == 1


def test_b2_5_of_two_stories_with_one_id_only_the_first_bears_it(store: SqlStore) -> None:
    at = begin(store, setup())
    same = "tag:a.example,2026:1"
    commit(store, [finished(at, article("a", 1, declared_id=same))], at, lambda: 0.0)
    other = article("b", 2, declared_id=same, text="Plum dumplings: a recipe with a long history.")
    commit(store, [finished(at, other)], at, lambda: 0.0)

    first, second = stories(store)
    assert first.id == same
    assert second.id.startswith("tag:news.example.org,2026:e/")


def test_b2_1_ids_are_the_same_after_a_rebuild_from_the_same_input(
    store: SqlStore, sqlite_store: SqlStore
) -> None:
    at = setup()
    told = [article("a", 1), article("a", 2, declared_id="tag:a.example,2026:2")]
    for each, moment in ((store, NOON), (sqlite_store, NOON + 400 * HOUR)):
        begin(each, at)
        again = [replace(one, first_seen_at=moment) for one in told]
        commit(each, [finished(at, *again, at=moment)], at, lambda: 0.0)

    assert [s.id for s in stories(store)] == [s.id for s in stories(sqlite_store)]


def test_a_story_is_tagged_with_evidence(store: SqlStore) -> None:
    at = begin(store, setup())
    commit(store, [finished(at, article("a", 1, title="Fighters of Daesh"))], at, lambda: 0.0)

    (story,) = stories(store)

    because = {b.topic: b for b in story.topics}
    assert set(because) == {"all", "isis", "story"}
    (found,) = because["isis"].evidence
    assert (found.field, found.term, found.text, found.start) == ("title", "daesh", "Daesh", 12)


def test_a_source_brings_its_own_topics(store: SqlStore) -> None:
    at = begin(
        store, setup(sources=[source("a", topics=("world",))], topics=[topic("world", None)])
    )
    commit(store, [finished(at, article("a", 1))], at, lambda: 0.0)

    (story,) = stories(store)

    assert [b.topic for b in story.topics] == ["all", "world"]


def test_law_10_the_topics_stored_are_those_the_rules_give(store: SqlStore) -> None:
    at = begin(store, setup())
    for poll in range(3):
        told = [
            article(k, n, title=f"Isis {poll}" if n == poll else f"Title {n}")
            for k in "ab"
            for n in range(3)
        ]
        commit(store, [finished(at, *told[:3]), finished(at, *told[3:])], at, lambda: 0.0)

    for story in stories(store):
        assert story.topics == tag(story, at)


def test_an_edit_takes_a_story_out_of_a_topic_it_no_longer_matches(store: SqlStore) -> None:
    at = begin(store, setup())
    commit(store, [finished(at, article("a", 1, title="Daesh"))], at, lambda: 0.0)
    with store.reading() as ask:
        before = ask.topics()["isis"]

    edited = article("a", 1, title="A correction", at=NOON + HOUR)
    commit(store, [finished(at, edited, at=NOON + HOUR)], at, lambda: 0.0)

    assert store.window("isis", 10, ()) == []
    with store.reading() as ask:
        after = ask.topics()["isis"]
    assert after.removed_at == NOON + HOUR
    assert after.changes > before.changes


def test_only_the_topics_that_changed_are_touched(store: SqlStore) -> None:
    at = begin(store, setup())

    def changes() -> dict[str, int]:
        with store.reading() as ask:
            return {key: state.changes for key, state in ask.topics().items()}

    before = changes()
    told = article("a", 1, title="Daesh", text="no more", at=NOON + HOUR)
    commit(store, [finished(at, told, at=NOON + HOUR)], at, lambda: 0.0)

    first = changes()
    # The feed's own title came for the first time: every topic may name its source.
    assert all(first[key] > before[key] for key in ("isis", "story", "all"))
    with store.reading() as ask:
        state = ask.states()["a"]
    again = article("a", 2, title="Daesh", text="no more", at=NOON + 2 * HOUR)
    commit(store, [finished(at, again, at=NOON + 2 * HOUR, state=state)], at, lambda: 0.0)
    second = changes()
    assert second["isis"] > first["isis"]
    assert second["story"] == first["story"]


def test_a2_6_a_429_stops_every_source_of_the_host(store: SqlStore) -> None:
    at = begin(store, setup(sources=[source("a"), source("a2", url="https://x.a.example/2")]))
    limited = replace(
        finished(at, source="a"),
        result=Failure(FailureKind.RATE_LIMITED, "headers", "429", 429, 2 * HOUR, "https://a.example/feed"),
        reading=None,
    )  # fmt: skip

    commit(store, [limited], at, lambda: 0.0)

    with store.reading() as ask:
        clock = ask.hosts(["a.example"])["a.example"]
        assert clock == HostState("a.example", NOON + 2 * HOUR, told_to_wait=True, strikes=1)
        assert ask.due(NOON + HOUR, 10, 1) == []
        next_poll_at = ask.states()["a"].next_poll_at
    assert next_poll_at is not None
    assert next_poll_at >= NOON + 2 * HOUR


def test_a_host_that_answers_again_starts_with_a_clean_slate(store: SqlStore) -> None:
    at = begin(store, setup())
    with store.writing() as tell:
        tell.save_hosts([HostState("a.example", NOON - HOUR, told_to_wait=True, strikes=3)])

    answer = replace(
        finished(at, source="a"), result=NotModified("https://a.example/feed", {}), reading=None
    )
    commit(store, [answer], at, lambda: 0.0)

    with store.reading() as ask:
        clock = ask.hosts(["a.example"])["a.example"]
    assert (clock.strikes, clock.told_to_wait) == (0, False)


def test_a_source_dropped_while_it_was_asked_stays_dropped(store: SqlStore) -> None:
    at = begin(store, setup())
    poll = finished(at, article("a", 1))
    without = setup(sources=[source("b")])
    sync_sources(store, without, NOON)

    commit(store, [poll], without, lambda: 0.0)

    with store.reading() as ask:
        assert set(ask.states()) == {"b"}
    assert len(stories(store)) == 1, "what it brought is kept"


def test_of_the_very_first_batch_the_entries_own_dates_tell_the_rhythm(store: SqlStore) -> None:
    at = begin(store, setup())
    told = [article("a", n, published=NOON - n * 5 * HOUR) for n in range(4)]

    commit(store, [finished(at, *told)], at, lambda: 0.0)

    with store.reading() as ask:
        state = ask.states()["a"]
    assert state.arrivals == tuple(sorted(one.published for one in told))
    assert state.info == FeedInfo(title="Feed a")


def test_the_report_says_what_came(store: SqlStore) -> None:
    at = begin(store, setup())
    commit(store, [finished(at, article("a", 1))], at, lambda: 0.0)
    with store.reading() as ask:
        state = ask.states()["a"]
    edited = [article("a", 1, title="Edited"), article("a", 2)]

    (report,) = commit(store, [finished(at, *edited, state=state)], at, lambda: 0.0)

    assert (report.source, report.outcome, report.entries) == ("a", "new", 2)
    assert (report.new_articles, report.new_stories, report.changed_articles) == (1, 1, 1)
    assert report.next_poll_at is not None
