"""Our own hub, with real subscribers on loopback, over an injected clock (B9.4)."""

import asyncio
import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest

from aggregator.publish.hub import Wish
from aggregator.store import SqlStore
from aggregator.web.hub import Rate
from aggregator.work.hub import OwnHub
from tests.hub import call
from tests.subscriber import TestSubscriber, says
from tests.values import SITE, topic
from tests.work.hubwire import ISIS, OWN, HubWire, of_site

DAY = 24 * 3600


@pytest.fixture
def subscriber() -> Iterator[TestSubscriber]:
    with TestSubscriber() as running:
        yield running


@pytest.fixture
def wire(sqlite_store: SqlStore, subscriber: TestSubscriber) -> Iterator[HubWire]:
    with HubWire(sqlite_store, subscriber.address) as running:
        running.news(1)
        yield running


def test_b9_4_a_subscriber_is_asked_and_then_told_the_exact_bytes_of_the_feed(
    wire: HubWire, subscriber: TestSubscriber
) -> None:
    assert wire.wish(subscriber.url("/callback?id=7"), secret="s3cret") == 202
    wire.until(wire.subscribers)

    (question,) = subscriber.asked
    assert question["hub.mode"] == "subscribe"
    assert question["hub.topic"] == ISIS
    assert question["id"] == "7", "what the callback holds stays"
    assert question["hub.lease_seconds"] == str(10 * DAY)
    assert re.fullmatch(r"[+\-./0-9=A-Z_a-z]{32,512}", question["hub.challenge"])
    assert not subscriber.got, "what is live already he can fetch"

    wire.news(2)
    subscriber.wait(lambda: subscriber.got)

    (delivery,) = subscriber.got
    feed = wire.world.render("topics/isis.atom")
    assert delivery.body == feed.body
    assert b"Isis story 2" in delivery.body
    assert delivery.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert delivery.headers["link"] == f'<{ISIS}>; rel="self", <{SITE.url}hub>; rel="hub"'
    signature = hmac.new(b"s3cret", delivery.body, hashlib.sha256).hexdigest()
    assert delivery.headers["x-hub-signature"] == f"sha256={signature}"
    wire.until(lambda: not wire.subscribers()[0].news_at)


def test_b9_1_b7_12_the_link_header_names_feed_and_hub_of_200_304_and_head(wire: HubWire) -> None:
    url = f"http://{wire.address}/topics/isis.atom"
    status, headers, _ = call("GET", url)
    again = call("GET", url, headers={"if-none-match": headers["etag"]})
    head = call("HEAD", url)

    assert (status, again[0], head[0]) == (200, 304, 200)
    link = f'<{ISIS}>; rel="self", <{SITE.url}hub>; rel="hub"'
    assert [headers["link"], again[1]["link"], head[1]["link"]] == [link] * 3
    assert "hub" not in call("GET", f"http://{wire.address}/health.atom")[1]["link"]


def test_b9_4_challenges_are_used_once(wire: HubWire, subscriber: TestSubscriber) -> None:
    for _ in range(2):
        wire.world.forward(seconds=1)
        wire.subscribe(subscriber.url())

    first, second = (question["hub.challenge"] for question in subscriber.asked)
    assert first != second


def test_b9_4_who_does_not_confirm_is_not_subscribed(
    wire: HubWire, subscriber: TestSubscriber
) -> None:
    subscriber.says = {
        "/wrong": [says("200 OK", body=b"another challenge")],
        "/refused": [says("404 Not Found")],
        "/moved": [says("302 Found", "Location: /elsewhere\r\n")],
        "/huge": [says("200 OK", body=b"x" * 100_000)],
    }

    for path in subscriber.says:
        assert wire.wish(subscriber.url(path)) == 202
    wire.until(lambda: wire.count("hub_requests", "refused") == 4)

    asked = sorted(question["path"] for question in subscriber.asked)
    assert asked == sorted(subscriber.says), "each once, and no redirect followed"
    assert wire.subscribers() == []


def test_b9_4_a_subscriber_who_is_away_is_asked_once_more(
    wire: HubWire, subscriber: TestSubscriber
) -> None:
    subscriber.says["/callback"] = [says("503 Service Unavailable"), b""]

    wire.subscribe(subscriber.url())

    assert len({question["hub.challenge"] for question in subscriber.asked}) == 2


def test_b9_4_a_renewal_counts_only_once_it_is_confirmed(
    wire: HubWire, subscriber: TestSubscriber
) -> None:
    wire.subscribe(subscriber.url(), secret="first", lease_seconds="3600")
    subscriber.challenges = lambda _: "no"
    assert wire.wish(subscriber.url(), secret="stolen") == 202
    assert wire.wish(subscriber.url(), mode="unsubscribe") == 202
    wire.until(lambda: wire.count("hub_requests", "refused") == 2)

    assert [one.secret for one in wire.subscribers()] == ["first"]

    subscriber.challenges = lambda challenge: challenge
    wire.world.forward(seconds=10)
    wire.subscribe(subscriber.url(), secret="second")
    (one,) = wire.subscribers()
    assert one.secret == "second"
    assert (one.lease_until - one.verified_at).days == 10


def test_b9_4_leases_end_and_are_never_perpetual(wire: HubWire, subscriber: TestSubscriber) -> None:
    for seconds, granted in (("9" * 30, 30 * DAY), ("1", 300)):
        wire.world.forward(seconds=1)
        wire.subscribe(subscriber.url(), lease_seconds=seconds)
        assert subscriber.asked[-1]["hub.lease_seconds"] == str(granted)

    wire.later(seconds=301)
    wire.until(lambda: not wire.subscribers())
    wire.news(2)
    assert not subscriber.got


def test_b9_4_who_leaves_is_asked_too_and_told_nothing_more(
    wire: HubWire, subscriber: TestSubscriber
) -> None:
    wire.subscribe(subscriber.url())

    assert wire.wish(subscriber.url(), mode="unsubscribe") == 202
    wire.until(lambda: not wire.subscribers())

    assert [question["hub.mode"] for question in subscriber.asked] == ["subscribe", "unsubscribe"]
    assert "hub.lease_seconds" not in subscriber.asked[1]


def test_b9_4_410_ends_a_subscription(wire: HubWire, subscriber: TestSubscriber) -> None:
    wire.subscribe(subscriber.url())
    subscriber.says["/callback"] = [says("410 Gone")]

    wire.news(2)

    wire.until(lambda: not wire.subscribers())
    assert wire.count("hub_deliveries", "gone") == 1


def test_b9_4_what_was_not_taken_is_delivered_again_with_the_newest_bytes(
    wire: HubWire, subscriber: TestSubscriber
) -> None:
    subscriber.says = {
        "/500": [b"", says("500 Oops"), b""],
        "/moved": [b"", says("302 Found", "Location: /elsewhere\r\n"), b""],
        "/nonsense": [b"", b"nonsense\r\n\r\n", b""],
    }
    paths = list(subscriber.says)
    for path in paths:
        wire.subscribe(subscriber.url(path))
    wire.news(2)
    wire.until(lambda: [one.failures for one in wire.subscribers()] == [1, 1, 1])
    wire.news(3)  # an hour later: the time of the next try is over

    def newest() -> dict[str, bytes]:
        return {one.path: one.body for one in subscriber.got if b"story 3" in one.body}

    subscriber.wait(lambda: sorted(newest()) == sorted(paths))

    wire.until(lambda: not any(one.failures or one.news_at for one in wire.subscribers()))
    assert all(b"Isis story 2" in body for body in newest().values())


def test_b9_4_a_long_answer_to_a_delivery_is_not_read(
    wire: HubWire, subscriber: TestSubscriber
) -> None:
    wire.subscribe(subscriber.url())
    subscriber.says["/callback"] = [says("202 Accepted", body=b"x" * (4 << 20))]

    wire.news(2)

    wire.until(lambda: wire.count("hub_deliveries", "delivered") == 1)


def test_b9_4_a_host_is_told_four_at_a_time_and_each_subscriber_once(
    wire: HubWire, subscriber: TestSubscriber
) -> None:
    for number in range(6):
        wire.subscribe(subscriber.url(f"/{number}"))
    subscriber.slow, subscriber.most_at_once = 0.05, 0

    wire.news(2)
    subscriber.wait(lambda: len(subscriber.got) == 6)

    assert sorted(one.path for one in subscriber.got) == [f"/{number}" for number in range(6)]
    assert subscriber.most_at_once == 4


def test_b9_4_a_callback_on_a_private_address_is_never_asked(sqlite_store: SqlStore) -> None:
    with TestSubscriber() as subscriber, HubWire(sqlite_store) as wire:
        wire.news(1)
        assert wire.wish(subscriber.url()) == 202
        wire.until(lambda: wire.count("hub_requests", "refused") == 1)
        assert not subscriber.asked


def test_b9_4_subscribers_survive_a_restart_and_get_what_they_have_missed(
    sqlite_store: SqlStore, subscriber: TestSubscriber
) -> None:
    with HubWire(sqlite_store, subscriber.address) as wire:
        wire.news(1)
        wire.subscribe(subscriber.url(), secret="kept")
        moment, stories = wire.world.moment, wire.stories

    again = HubWire(sqlite_store, subscriber.address)
    again.world.moment, again.stories = moment, stories
    again.news(2)  # while nobody publishes
    with again:
        subscriber.wait(lambda: subscriber.got)
        again.until(lambda: not again.subscribers()[0].news_at)

    assert b"Isis story 2" in subscriber.got[0].body
    assert "x-hub-signature" in subscriber.got[0].headers
    third = HubWire(sqlite_store, subscriber.address)
    third.world.moment = again.world.moment
    with third:
        third.until(third.publisher._begun.is_set)
    assert len(subscriber.got) == 1, "a restart doubles nothing"


def test_b9_4_two_processes_on_one_database_tell_each_subscriber_once(
    wire: HubWire, subscriber: TestSubscriber, tmp_path: Path
) -> None:
    for number in range(5):
        wire.subscribe(subscriber.url(f"/{number}"))
    other = HubWire(SqlStore(f"sqlite:///{tmp_path / 'one.db'}"), subscriber.address)
    other.world = wire.world
    with other:
        other.until(other.publisher._begun.is_set)
        wire.news(2)
        other.wake()
        subscriber.wait(lambda: len(subscriber.got) == 5)
        wire.until(lambda: not any(one.due_at for one in wire.subscribers()))
        other.until(lambda: other.publisher.live.keys() == wire.publisher.live.keys())
    other.store.close()

    assert sorted(one.path for one in subscriber.got) == [f"/{number}" for number in range(5)]


def test_b9_4_who_subscribed_to_a_feed_that_is_gone_or_has_moved_is_denied(
    wire: HubWire, subscriber: TestSubscriber
) -> None:
    wire.subscribe(subscriber.url())

    wire.edit(of_site(OWN, topic("jihadism", "isis", was=("isis",))))

    subscriber.wait(lambda: len(subscriber.asked) == 2)
    assert subscriber.asked[1]["hub.mode"] == "denied"
    assert subscriber.asked[1]["hub.topic"] == ISIS
    moved = f"this feed has moved to {SITE.url}topics/jihadism.atom"
    assert subscriber.asked[1]["hub.reason"] == moved
    assert wire.subscribers() == []
    status, _, said = wire.post(
        {"hub.mode": "subscribe", "hub.topic": ISIS, "hub.callback": subscriber.url()}
    )
    assert (status, said.decode()) == (400, f"{moved}.\n")


GOOD = {"hub.mode": "subscribe", "hub.topic": ISIS, "hub.callback": "https://reader.example/cb"}


BAD = [
    ({"hub.mode": "listen"}, "hub.mode is"),
    ({"hub.topic": "https://elsewhere.example/feed"}, "hub.topic is not"),
    ({"hub.topic": f"{SITE.url}search.atom?q=isis"}, "hub.topic is not"),
    ({"hub.topic": ""}, "hub.topic is"),
    ({"hub.callback": "ftp://reader.example/"}, "hub.callback is"),
    ({"hub.callback": "https://me@reader.example/"}, "hub.callback has"),
    ({"hub.callback": "https://reader.example/#x"}, "hub.callback has"),
    ({"hub.callback": "https://reader.example/" + "x" * 1500}, "hub.callback is"),
    ({"hub.secret": "ü" * 100}, "hub.secret has"),
    ({"hub.lease_seconds": "-1"}, "hub.lease_seconds is"),
]


def test_b9_4_a_bad_request_is_answered_400_with_a_reason(wire: HubWire) -> None:
    for changed, said in BAD:
        status, headers, body = wire.post(GOOD | changed)
        assert (status, body.decode()[: len(said)]) == (400, said)
        assert headers["x-content-type-options"] == "nosniff"


def test_b9_4_what_we_do_not_know_is_ignored_however_often_it_is_said(
    wire: HubWire, subscriber: TestSubscriber
) -> None:
    old = {"hub.mode": "subscribe", "hub.topic": ISIS, "hub.callback": subscriber.url()}
    body = f"{urlencode(old)}&hub.verify=sync&hub.verify=async"  # as PubSubHubbub 0.3 had it
    assert wire.post(body.encode())[0] == 202
    wire.until(wire.subscribers)


def test_b9_4_requests_are_bounded(wire: HubWire) -> None:
    assert wire.post(b"hub.mode=subscribe&hub.mode=unsubscribe")[0] == 400
    assert wire.post(b"hub.mode=%ff")[0] == 400
    assert wire.post(b"\xff")[0] == 400
    assert wire.post(b"{}", content_type="application/json")[0] == 400
    assert wire.post(b"x" * 9000)[0] == 413
    for _ in range(115):
        status, _, _ = wire.post({"hub.mode": "publish", "hub.url": ISIS})
        assert status == 204, "it does no harm to be asked for news that we know"
    assert wire.post({"hub.mode": "publish", "hub.url": "https://elsewhere.example/"})[0] == 429
    assert "retry-after" in wire.post(GOOD)[1]
    assert wire.post(b"", x_forwarded_for="192.0.2.1, 9.9.9.9")[0] == 400, "of another client"
    wire.world.forward(seconds=60)
    assert wire.post({"hub.mode": "publish", "hub.url": "https://elsewhere.example/"})[0] == 400


def test_b9_4_behind_a_proxy_each_client_has_a_bound_of_its_own(
    wire: HubWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Rate, "allows", lambda rate, address: address != "93.184.215.14")
    form = {"hub.mode": "publish", "hub.url": "https://elsewhere.example/"}

    assert wire.post(form, x_forwarded_for="1.2.3.4, 93.184.215.14")[0] == 429
    assert wire.post(form, x_forwarded_for="93.184.215.14, 1.2.3.4")[0] == 400
    assert wire.post(form)[0] == 400


def test_b9_4_a_host_has_so_many_subscriptions_and_may_renew_them(
    wire: HubWire, subscriber: TestSubscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.pipeline.hub.MOST_OF_HOST", 1)
    wire.subscribe(subscriber.url("/first"))
    second = GOOD | {"hub.callback": subscriber.url("/second")}

    status, headers, body = wire.post(second)

    assert (status, headers["retry-after"]) == (503, "86400")
    assert body == b"this hub has as many subscriptions as it takes.\n"
    wire.world.forward(seconds=1)
    wire.subscribe(subscriber.url("/first"))
    assert wire.post(second | {"hub.mode": "unsubscribe"})[0] == 202


def test_b9_4_no_more_subscribers_are_asked_at_once_than_there_is_room_for(
    wire: HubWire, subscriber: TestSubscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.work.hub._MOST_ASKED_OF_HOST", 2)

    async def for_ever(_hub: OwnHub, _wish: Wish, _turn: asyncio.Semaphore) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(OwnHub, "_verify", for_ever)

    answers = [wire.wish(subscriber.url(f"/{number}")) for number in range(3)]

    assert answers == [202, 202, 503]


def test_there_is_no_hub_where_the_feeds_name_none(wire: HubWire) -> None:
    wire.edit(of_site(replace(SITE, hubs=())))

    assert wire.post(GOOD)[0] == 404
