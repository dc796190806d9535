"""Who is told what is new, on both databases (B9.2, B9.4)."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from aggregator.model import NamedHub, Ping, Subscriber, Told
from aggregator.pipeline.hub import deliveries_due
from aggregator.pipeline.publisher import pings_due
from aggregator.store import SqlStore
from tests.values import NOON, SITE

TOPIC = f"{SITE.url}all.atom"
DAY = dt.timedelta(days=1)


def told(number: int) -> Told:
    return Told(f"digest {number}", NOON + dt.timedelta(seconds=number))


LIVE = {TOPIC: told(2).at}


def subscriber(number: int, host: str = "reader") -> Subscriber:
    return Subscriber(TOPIC, f"https://{host}.example/{number}", None, NOON, NOON + DAY, told(1))


def test_law_7_subscribers_pings_and_hubs_come_back_as_they_went(store: SqlStore) -> None:
    whole = replace(
        subscriber(1), secret="s", news_at=NOON, due_at=NOON, failures=3, failing_since=NOON
    )
    pings = [
        Ping("https://hub.example/", TOPIC, told(1), NOON, NOON, NOON, 2),
        Ping("https://other.example/", TOPIC),
    ]
    hub = NamedHub("https://hub.example/", NOON, "502", alerted=True)
    with store.writing() as tell:
        tell.save_subscribers([whole, subscriber(2)])
        tell.save_pings(pings)
        tell.save_named_hubs([hub])
    with store.reading() as ask:
        assert ask.subscriber(TOPIC, whole.callback) == whole
        assert ask.subscribers_to([TOPIC]) == [whole, subscriber(2)]
        assert ask.subscribed_topics() == {TOPIC}
        assert (ask.subscriber_count(), ask.subscriber_count("https://x.reader.example/")) == (2, 2)
        assert ask.undelivered() == 1
        assert sorted(ask.pings([TOPIC]), key=lambda one: one.hub) == pings
        assert ask.named_hubs() == {hub.url: hub}
    with store.writing() as tell:
        tell.keep_hubs(["https://other.example/"], [TOPIC])
        assert tell.pings([TOPIC]) == [pings[1]]
        assert tell.named_hubs() == {}
        tell.forget_subscribers([(TOPIC, whole.callback)])
        assert tell.subscribers_to([TOPIC]) == [subscriber(2)]


def test_b9_3_only_who_has_not_got_these_bytes_nor_newer_ones_is_due(store: SqlStore) -> None:
    waiting = replace(subscriber(2), due_at=NOON + DAY, failures=5)
    ahead = replace(subscriber(3), told=told(9))
    with store.writing() as tell:
        tell.save_subscribers([subscriber(1), waiting, ahead])
        assert tell.announce(TOPIC, told(1), NOON) == 0
        assert tell.announce(TOPIC, told(2), NOON) == 2
        assert tell.announce(TOPIC, told(2), NOON) == 0, "said once, it is known"
        assert tell.announce(f"{TOPIC}x", told(2), NOON) == 0
        one, two, three = tell.subscribers_to([TOPIC])
    assert (one.news_at, one.due_at) == (told(2).at, NOON)
    assert (two.news_at, two.due_at) == (told(2).at, NOON + DAY), "not sooner than it may be"
    assert three == ahead


def test_b9_4_two_processes_on_one_database_deliver_once(
    store: SqlStore, database_url: str
) -> None:
    with store.writing() as tell:
        tell.save_subscribers(subscriber(n, f"h{n % 5}") for n in range(50))
        tell.announce(TOPIC, told(2), NOON)
        tell.save_pings([Ping("https://hub.example/", TOPIC, due_at=NOON)])
    other = SqlStore(database_url)
    with ThreadPoolExecutor(2) as threads:
        claims = [
            threads.submit(deliveries_due, one, NOON, 25, 10, {}, LIVE) for one in (store, other)
        ]
        pings = [threads.submit(pings_due, one, NOON, 9, 9, {}) for one in (store, other)]
        claimed = [one.callback for claim in claims for one in claim.result()]
        assert sum(len(ping.result()) for ping in pings) == 1
    other.close()

    assert len(claimed) == len(set(claimed)) == 50
    behind = {TOPIC: told(1).at}  # a process that does not have the news yet
    soon = NOON + dt.timedelta(minutes=1)
    assert deliveries_due(store, soon, 100, 100, {}, LIVE) == []
    dead = NOON + dt.timedelta(minutes=2)  # nobody has said what came of them
    assert deliveries_due(store, dead, 100, 100, {}, behind) == []
    assert len(deliveries_due(store, dead, 100, 100, {}, LIVE)) == 50


def test_b9_4_no_host_starves_the_others_and_leases_end(store: SqlStore) -> None:
    over = replace(subscriber(99, "late"), lease_until=NOON)
    with store.writing() as tell:
        tell.save_subscribers([*(subscriber(n, "large") for n in range(9)), subscriber(9, "small")])
        tell.save_subscribers([over])
        tell.announce(TOPIC, told(2), NOON)

    due = deliveries_due(store, NOON, 4, 3, {"large.example": 2}, LIVE)

    assert sorted(one.callback.partition(".")[0] for one in due) == [
        "https://large", "https://small",
    ]  # fmt: skip
    with store.reading() as ask:
        assert ask.subscriber(TOPIC, over.callback) is None


def test_b9_2_a_hub_that_hangs_does_not_starve_the_others(store: SqlStore) -> None:
    ping = Ping("https://a.example/hub", TOPIC, news_at=NOON, due_at=NOON)
    many = [replace(ping, topic=f"{SITE.url}{number}") for number in range(9)]
    with store.writing() as tell:
        tell.save_pings([*many, replace(ping, hub="https://b.example/hub")])

    due = pings_due(store, NOON, 4, 3, {"a.example": 2})

    assert [one.hub for one in due] == ["https://a.example/hub", "https://b.example/hub"]


def test_b9_4_who_hangs_is_told_after_those_who_do_not(store: SqlStore) -> None:
    hangs = replace(subscriber(1, "a"), failures=1)
    with store.writing() as tell:
        tell.save_subscribers([hangs, subscriber(2, "b")])
        tell.announce(TOPIC, told(2), NOON)

    first = [deliveries_due(store, NOON, 1, 3, {}, LIVE) for _ in range(2)]

    assert [one.callback[:9] for (one,) in first] == ["https://b", "https://a"]
