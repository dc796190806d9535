"""The rules of our own hub, and of telling those of others, without a network (B9)."""

import datetime as dt
import json
import re
from dataclasses import replace

import pytest

from aggregator.model import Failure, FailureKind, NamedHub, Ping, Subscriber, Told, TopicFeed
from aggregator.publish.atom import render_atom, render_rss
from aggregator.publish.desk import Desk
from aggregator.publish.feed import topic_feed
from aggregator.publish.hub import GIVE_UP, after_delivery, after_failure, begun
from aggregator.publish.hubs import (
    after_answer,
    after_ping,
    hubs_of,
    other_hubs,
    own_hub,
    scheduled,
    with_news,
)
from aggregator.publish.jsonfeed import render_json
from aggregator.publish.search import search_feed
from tests.values import NOON, SITE, topic

OWN, OTHER = f"{SITE.url}hub", "https://hub.example/"
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
SITE_WITH_HUBS = replace(SITE, hubs=(OWN, OTHER))


def feed(**changed: object) -> TopicFeed:
    return topic_feed(topic(), (), Desk(replace(SITE_WITH_HUBS, **changed), {}, {}, {}), NOON)  # type: ignore[arg-type]


# --- what the documents say ----------------------------------------------------------------------


def test_b9_1_b7_12_every_feed_names_itself_once_and_its_hubs() -> None:
    for ending, render in (("atom", render_atom), ("rss", render_rss)):
        rendering = render(feed())
        text = rendering.body.decode()
        links = re.findall(r"<(?:atom:)?link [^>]*>", text)
        assert sum('rel="self"' in link for link in links) == 1
        assert [link for link in links if 'rel="hub"' in link] == [
            link for link in links if f'href="{OWN}"' in link or f'href="{OTHER}"' in link
        ]
        assert sum('rel="hub"' in link for link in links) == 2
        self_url = f"{SITE.url}topics/isis.{ending}"
        assert rendering.links == (("self", self_url), ("hub", OWN), ("hub", OTHER))


def test_b9_1_b8_2_json_feed_has_its_hubs() -> None:
    made = json.loads(render_json(feed()).body)
    assert made["hubs"] == [{"type": "WebSub", "url": OWN}, {"type": "WebSub", "url": OTHER}]
    assert "hubs" not in json.loads(render_json(feed(hubs=())).body)


def test_b9_1_a_search_names_no_hub() -> None:
    found = search_feed("isis", (), Desk(SITE_WITH_HUBS, {}, {}, {}))
    assert found.hubs == ()


@pytest.mark.parametrize(
    ("url", "named", "hubs"),
    [
        ("https://news.example.org/", None, ("https://news.example.org/hub",)),
        ("https://example.org/news/", None, ("https://example.org/news/hub",)),
        ("http://127.0.0.1:8000/", None, ()),
        ("https://10.0.0.5/", None, ()),
        ("https://wire/", None, ()),
        ("https://news.example.org/", [], ()),
        ("https://news.example.org/", [OTHER, OTHER], (OTHER,)),
        ("http://127.0.0.1:8000/", ["http://127.0.0.1:8000/hub"], ("http://127.0.0.1:8000/hub",)),
    ],
)
def test_b9_1_our_own_hub_is_named_where_the_public_can_reach_it_unless_others_are(
    url: str, named: list[str] | None, hubs: tuple[str, ...]
) -> None:
    assert hubs_of(url, named) == hubs


def test_b9_1_our_own_hub_is_known_by_its_address() -> None:
    assert own_hub(SITE_WITH_HUBS) == OWN
    assert other_hubs(SITE_WITH_HUBS) == (OTHER,)
    assert own_hub(replace(SITE, hubs=(OTHER,))) is None


# --- pings ---------------------------------------------------------------------------------------


def told(number: int) -> Told:
    return Told(f"digest {number}", NOON + number * dt.timedelta(seconds=1))


PING = Ping(OTHER, f"{SITE.url}all.atom", told=told(1), pinged_at=NOON)


def test_b9_3_what_was_told_already_is_no_news() -> None:
    assert with_news(PING, told(1)) == PING
    assert with_news(PING, told(0)) == PING, "nor is what was before it"
    assert with_news(PING, replace(told(2), digest="digest 1")) == PING, "changed and changed back"
    assert scheduled(PING, NOON) == PING


def test_b9_2_news_within_a_minute_are_told_together() -> None:
    ping = scheduled(with_news(PING, told(2)), NOON + 10 * dt.timedelta(seconds=1))
    assert ping.due_at == NOON + MINUTE
    assert scheduled(with_news(ping, told(3)), NOON + MINUTE / 2).due_at == NOON + MINUTE
    late = scheduled(with_news(PING, told(2)), NOON + HOUR)
    assert late.due_at == NOON + HOUR


def test_b9_2_a_ping_is_tried_three_times_more_and_then_left() -> None:
    ping = scheduled(with_news(PING, told(2)), NOON + HOUR)
    at, waits = NOON + HOUR, []
    for _ in range(3):
        ping = after_ping(ping, told(2), at, taken=False)
        assert ping.due_at is not None
        waits.append(ping.due_at - at)
        at = ping.due_at
    assert waits == [MINUTE, 5 * MINUTE, 25 * MINUTE]
    ping = after_ping(ping, told(2), at, taken=False)
    assert (ping.due_at, ping.news_at, ping.failures) == (None, None, 0)


def test_b9_2_what_is_new_while_a_ping_is_under_way_is_told_after_it() -> None:
    ping = with_news(scheduled(with_news(PING, told(2)), NOON + HOUR), told(3))
    at = NOON + HOUR
    done = after_ping(replace(ping, pinged_at=at), told(2), at, taken=True)
    assert done.due_at == at + MINUTE
    assert done.news_at == told(3).at


def test_b9_2_a_hub_that_fails_for_a_day_is_reported_once_and_when_it_is_back() -> None:
    hub = after_answer(NamedHub(OTHER), "502", NOON)
    assert not hub.alerted
    hub = after_answer(hub, "502", NOON + 24 * HOUR)
    assert hub.alerted
    assert hub.failing_since == NOON
    assert after_answer(hub, None, NOON + 25 * HOUR) == NamedHub(OTHER)


# --- deliveries ----------------------------------------------------------------------------------

SUBSCRIBER = Subscriber(
    f"{SITE.url}all.atom",
    "https://reader.example/cb",
    None,
    NOON,
    NOON + dt.timedelta(days=10),
    told(1),
    news_at=told(2).at,
    due_at=NOON,
)
DOWN = Failure(FailureKind.CONNECT, "connect", "no")


def test_b9_4_a_delivery_is_tried_for_a_day_later_and_later() -> None:
    one, at, tries = SUBSCRIBER, NOON, 0
    while one.news_at is not None:
        after = after_failure(begun(one, at), DOWN, at)
        assert after is not None
        assert after.due_at is not None
        assert after.due_at - at <= HOUR
        one, at, tries = after, after.due_at, tries + 1
    assert at - NOON >= GIVE_UP
    assert tries < 40
    assert one.due_at == at, "the next news is not told sooner"


def test_b9_4_a_subscriber_who_asks_to_wait_is_left_alone_as_long() -> None:
    busy = replace(DOWN, status=503, retry_after=6 * HOUR)
    after = after_failure(SUBSCRIBER, busy, NOON)
    assert after is not None
    assert after.due_at == NOON + 6 * HOUR
    assert after_failure(SUBSCRIBER, replace(DOWN, status=410), NOON) is None


def test_b9_4_newer_bytes_than_those_delivered_are_due_at_once() -> None:
    older = after_delivery(replace(SUBSCRIBER, news_at=told(3).at), told(2), NOON + HOUR)
    assert (older.news_at, older.due_at) == (told(3).at, NOON + HOUR)
    done = after_delivery(SUBSCRIBER, told(2), NOON + HOUR)
    assert (done.news_at, done.due_at, done.told) == (None, None, told(2))
