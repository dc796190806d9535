"""How the sources are, and how large the topics."""

import datetime as dt
from dataclasses import replace

import pytest

from aggregator.model import Failure, FailureKind, Health, HostState, PollState, Source
from aggregator.pipeline.due import sync_sources
from aggregator.pipeline.status import source_statuses, topic_statuses
from aggregator.store import SqlStore
from tests.values import NOON, setup, source, topic

HOUR = dt.timedelta(hours=1)


def put(store: SqlStore, state: PollState) -> None:
    with store.writing() as change:
        change.save_states([state])


def why(store: SqlStore, one: Source) -> str:
    (status,) = source_statuses(store, setup([one]))
    return "; ".join(status.reasons)


def test_a_source_the_daemon_has_not_seen_says_so(sqlite_store: SqlStore) -> None:
    assert why(sqlite_store, source()).startswith("not polled: on the blocklist, or the daemon")


def test_a_new_source_is_not_polled_yet(sqlite_store: SqlStore) -> None:
    sync_sources(sqlite_store, setup([source()]), NOON)

    assert why(sqlite_store, source()) == "not polled yet"


@pytest.mark.parametrize(
    ("health", "said"),
    [
        (Health.ACTIVE, ""),
        (Health.IDLE, "nothing new for more than 30 days"),
        (Health.FAILING, "the server answered 500"),
    ],
)
def test_a_source_says_why_it_is_as_it_is(
    sqlite_store: SqlStore, health: Health, said: str
) -> None:
    failure = Failure(FailureKind.STATUS, "headers", "the server answered 500", status=500)
    state = PollState("a", source().url, next_poll_at=NOON, health=health, polled_at=NOON)
    put(sqlite_store, replace(state, failure=failure))

    assert why(sqlite_store, source()) == said


def test_a_source_whose_certificate_nobody_looks_at_says_so(sqlite_store: SqlStore) -> None:
    put(sqlite_store, PollState("a", source().url, next_poll_at=NOON, health=Health.ACTIVE))

    assert why(sqlite_store, source(allow_bad_tls=True)) == "any certificate is accepted"


def test_a_host_that_asked_for_peace_moves_the_next_poll(sqlite_store: SqlStore) -> None:
    put(sqlite_store, PollState("a", source().url, next_poll_at=NOON))
    with sqlite_store.writing() as change:
        change.save_hosts([HostState("a.example", not_before=NOON + HOUR)])

    (status,) = source_statuses(sqlite_store, setup([source()]))

    assert status.next_poll_at == NOON + HOUR


def test_topics_come_in_the_order_of_the_file_and_all_stories_last(sqlite_store: SqlStore) -> None:
    topics = [topic("war", "war"), topic("art", "art")]

    statuses = topic_statuses(sqlite_store, setup(topics=topics))

    assert [(one.key, one.stories) for one in statuses] == [("war", 0), ("art", 0), ("all", 0)]
