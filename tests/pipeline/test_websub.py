"""Subscriptions over both databases, without a network (A17)."""

import asyncio
import datetime as dt
from dataclasses import replace
from itertools import count

from aggregator.model import Failure, FailureKind, PollState, Subscription
from aggregator.pipeline.commit import commit
from aggregator.pipeline.due import claim
from aggregator.pipeline.poll import poll
from aggregator.pipeline.reading import Reading
from aggregator.pipeline.websub import (
    Push,
    answer_to_hub,
    counts,
    merge_push,
    place_of,
    refused,
    requests_due,
    take_hint,
    worth,
)
from aggregator.polling.websub import Mode
from aggregator.store import SqlStore
from tests import values
from tests.pipeline.helpers import World, read
from tests.pipeline.test_poll import items
from tests.values import article, finished, setup, source

BASE = "https://news.example.org/websub/"
NUMBERS = count()


def secret() -> str:
    return f"secret-{next(NUMBERS)}".ljust(43, "x")


def world(store: SqlStore, *hubs: str) -> World:
    """Sources a, b, … each of which names a hub, polled once."""
    sources = [source(key) for key in "abcdef"[: len(hubs)]]
    made = World(store, setup(sources))
    for one, hub in zip(sources, hubs, strict=True):
        made.serve(one.key, items(1), link=f"<{hub}>; rel=hub, <{one.url}>; rel=self")
    made.poll_due()
    return made


def due(world: World, base: str | None = BASE) -> list[tuple[Subscription, Mode]]:
    return requests_due(world.store, world.setup, base, world.moment, secret)


def verify(world: World, one: Subscription, mode: str = "subscribe") -> tuple[int, str]:
    said = {
        "hub.mode": mode,
        "hub.topic": one.hub.topic,
        "hub.challenge": "abc",
        "hub.lease_seconds": "864000",
    }
    return answer_to_hub(world.store, world.setup, one.token, said, world.moment)


def push(one: Subscription, body: bytes = b"") -> Push:
    return Push(one.token, one.source, body, "", "")


def reading(*numbers: int, at: dt.datetime = values.NOON) -> Reading:
    return values.read(items(*numbers), at=at)


def test_a_request_is_remembered_before_it_is_made_and_made_once(store: SqlStore) -> None:
    at = world(store, "https://hub.example/")

    ((one, mode),) = due(at)

    assert mode == "subscribe"
    with store.reading() as ask:
        assert ask.subscriptions() == [one]
    assert due(at) == [], "nor by a second process"
    assert verify(at, one) == (200, "abc")
    assert counts(store) == {"active": 1}


def test_a_hub_of_many_sources_is_asked_for_one_at_a_time(store: SqlStore) -> None:
    at = world(store, "https://hub.example/a", "https://hub.example/b", "https://c.example/")

    first = [one.source for one, _ in due(at)]
    second = [one.source for one, _ in due(at)]

    assert sorted(first + second) == ["a", "b", "c"]
    assert len(second) == 1
    assert due(at) == []


def test_nobody_is_asked_while_no_hub_can_reach_us(store: SqlStore) -> None:
    at = world(store, "https://hub.example/")

    assert due(at, None) == []
    assert counts(store) == {}


def test_what_a_hub_answers_is_remembered_unless_it_has_verified_meanwhile(
    store: SqlStore,
) -> None:
    at = world(store, "https://hub.example/", "https://other.example/")
    (first, _), (second, _) = due(at)
    failure = Failure(FailureKind.STATUS, "headers", "500", retry_after=dt.timedelta(hours=9))

    verify(at, first)
    refused(store, first, failure, at.moment)
    refused(store, second, failure, at.moment)

    with store.reading() as ask:
        one, other = ask.subscription(first.token), ask.subscription(second.token)
    assert one is not None
    assert other is not None
    assert (one.state, one.failure) == ("active", None)
    assert (other.failure, other.next_at) == ("status: 500", at.moment + dt.timedelta(hours=9))


def test_a_strangers_guess_is_answered_404(store: SqlStore) -> None:
    at = world(store, "https://hub.example/")
    ((one, _),) = due(at)

    assert verify(at, replace(one, token="guess")) == (404, "")
    assert place_of(store, "guess") == ("unknown", "")
    assert place_of(store, one.token)[0] == "unknown", "not verified yet"
    assert worth(store, push(replace(one, token="guess"))) == "ignored"


def test_a17_6_a_push_brings_entries_and_takes_none_away(store: SqlStore) -> None:
    at = world(store, "https://hub.example/")
    ((one, _),) = due(at)
    verify(at, one)
    before = state(at)

    assert merge_push(store, at.setup, push(one), reading(2), at.moment) == 1
    after = state(at)
    assert merge_push(store, at.setup, push(one), reading(2), at.moment) == 0, "law 2"

    assert state(at) == after
    assert (after.articles, after.by_push) == (2, (False, True))
    assert after.next_poll_at == before.next_poll_at
    assert after.validators == before.validators
    assert len(store.window("all", 10, ())) == 2


def state(at: World) -> PollState:
    with at.store.reading() as ask:
        return ask.states()["a"]


def test_a13_2_a_pushed_document_that_is_withheld_is_left_to_a_poll(store: SqlStore) -> None:
    at = world(store, "https://hub.example/")
    ((one, _),) = due(at)
    verify(at, one)
    read_as = reading(2)
    assert isinstance(read_as, Reading)
    withheld = replace(read_as, info=replace(read_as.info, withheld=True))

    assert merge_push(store, at.setup, push(one), withheld, at.moment) is None


def test_a_push_for_another_feed_than_was_subscribed_to_is_none_of_it(store: SqlStore) -> None:
    at = world(store, "https://hub.example/")
    ((one, _),) = due(at)
    verify(at, one)
    at.setup = setup([source("a", url="https://a.example/other")])
    at.begin()

    assert merge_push(store, at.setup, push(one), reading(2), at.moment) is None
    before = state(at)
    take_hint(store, at.setup, push(one), at.moment)
    assert state(at) == before


def test_what_is_pushed_while_a_poll_is_under_way_is_counted(sqlite_store: SqlStore) -> None:
    at = world(sqlite_store, "https://hub.example/")
    ((one, _),) = due(at)
    verify(at, one)
    at.serve(
        "a", items(2, 1), link="<https://hub.example/>; rel=hub, <https://a.example/feed>; rel=self"
    )
    at.moment = state(at).next_poll_at or at.moment
    (claimed,) = claim(sqlite_store, at.setup, at.moment, "test", 1)
    finished = asyncio.run(poll(claimed, at.setup, at.fetch, read, at.clock))

    merge_push(sqlite_store, at.setup, push(one), reading(2), at.moment)
    (report,) = commit(sqlite_store, [finished], at.setup, lambda: 0.0)

    assert report.new_articles == 0
    assert (state(at).articles, state(at).by_push) == (2, (False, True))


def test_a_lapsed_subscription_no_longer_stretches_the_polls(store: SqlStore) -> None:
    at = world(store, "https://hub.example/")
    ((one, _),) = due(at)
    verify(at, one)
    merge_push(store, at.setup, push(one), reading(2), at.moment)
    at.moment = state(at).next_poll_at or at.moment
    at.poll_due()
    stretched = state(at).next_poll_at

    at.forward(days=8)
    due(at)
    assert state(at).by_push == (False, True)
    at.forward(days=2)
    ((again, _),) = due(at)

    assert again.state == "asked"
    assert state(at).by_push == ()
    assert stretched is not None
    assert (state(at).next_poll_at or stretched) < stretched


def test_b3_7_pushes_that_turn_a_feed_over_are_held_like_polls(sqlite_store: SqlStore) -> None:
    at = world(sqlite_store, "https://hub.example/")
    ((one, _),) = due(at)
    verify(at, one)

    def pushed(title: str) -> int | None:
        told = [article("a", f"x{n}", title=f"{title} {n}", at=at.moment) for n in range(24)]
        read_as = finished(at.setup, *told).reading
        assert read_as is not None
        return merge_push(sqlite_store, at.setup, push(one), read_as, at.moment)

    assert pushed("Fighters of Daesh") == 24
    at.forward(hours=1)
    assert pushed("HACKED") == 0

    assert state(at).held_edits is not None
    assert b"HACKED" not in at.render("all.atom").body
    at.forward(hours=1)
    pushed("HACKED")
    assert b"HACKED" in at.render("all.atom").body
