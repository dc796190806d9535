"""Hubs of others are told what is new, over an injected clock (B9.2, B9.3)."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from aggregator.model import Health, Ping
from aggregator.pipeline.publisher import push_status
from aggregator.store import SqlStore
from tests.subscriber import TestSubscriber, says
from tests.values import SITE, topic
from tests.work.hubwire import ISIS, HubWire, of_site


@pytest.fixture
def hub() -> Iterator[TestSubscriber]:
    with TestSubscriber() as running:
        yield running


@pytest.fixture
def wire(sqlite_store: SqlStore, hub: TestSubscriber) -> Iterator[HubWire]:
    site = replace(SITE, hubs=(hub.url("/hub"),))
    with HubWire(sqlite_store, hub.address, site=site) as running:
        yield running


def pings(wire: HubWire) -> dict[str, Ping]:
    with wire.store.reading() as ask:
        topics = [
            f"{SITE.url}{path}.{ending}"
            for path in ("topics/isis", "all")
            for ending in ("atom", "rss", "json")
        ]
        return {ping.topic: ping for ping in ask.pings(topics)}


def all_told(wire: HubWire) -> bool:
    return len(known := pings(wire)) == 6 and not any(ping.due_at for ping in known.values())


def test_b9_2_b9_3_a_hub_is_told_of_each_feed_that_has_changed_once_it_is_live(
    wire: HubWire, hub: TestSubscriber
) -> None:
    wire.until(lambda: all_told(wire))
    assert wire.live, "first it is put where it is served from"
    hub.got.clear()

    wire.news(1)
    hub.wait(lambda: len(hub.got) == 6)
    wire.until(lambda: all_told(wire))

    forms = [parse_qs(one.body.decode()) for one in hub.got]
    assert {form["hub.mode"][0] for form in forms} == {"publish"}
    assert sorted(form["hub.url"][0] for form in forms) == sorted(pings(wire))
    assert [form["hub.topic"] for form in forms] == [form["hub.url"] for form in forms]
    assert hub.got[0].headers["content-type"] == "application/x-www-form-urlencoded"

    wire.world.forward(minutes=61)
    assert wire.world.poll_due(), "the same once more"
    wire.later(minutes=2)
    wire.wake()
    wire.until(lambda: wire.publisher._seen is not None and not wire.publisher._again)
    assert len(hub.got) == 6, "no bytes have changed"


def test_b9_2_news_within_a_minute_are_one_ping(wire: HubWire, hub: TestSubscriber) -> None:
    wire.until(lambda: all_told(wire))
    hub.got.clear()

    for said in ("One", "Another"):  # within seconds
        wire.edit(of_site(wire.world.setup.site, topic("isis", "isis", description=said)))
        wire.until(lambda: wire.live_has(said))
    waiting = pings(wire)[ISIS]
    assert waiting.due_at is not None
    assert waiting.pinged_at is not None
    assert (waiting.due_at - waiting.pinged_at).total_seconds() == 60
    assert not hub.got

    wire.later(seconds=60)
    wire.until(lambda: all_told(wire))
    assert len(hub.got) == 3, "one of each format"


def test_b9_2_a_ping_survives_a_restart_and_a_failing_hub_is_reported(
    sqlite_store: SqlStore, hub: TestSubscriber
) -> None:
    site = replace(SITE, hubs=(hub.url("/hub"),))
    hub.says["/hub"] = [says("502 Bad Gateway")]
    with HubWire(sqlite_store, hub.address, site=site) as wire:
        wire.until(lambda: len(pings(wire)) == 6)
        wire.until(lambda: all(ping.failures == 1 for ping in pings(wire).values()))
        moment = wire.world.moment

    again = HubWire(sqlite_store, hub.address, site=site)
    again.world.moment = moment
    hub.got.clear()
    with again:
        again.until(again.publisher._begun.is_set)
        assert not hub.got, "not before its time"
        again.later(hours=24)
        again.until(lambda: all(ping.failures == 2 for ping in pings(again).values()))
        again.until(lambda: again.metrics.hubs_failing._value.get() == 1)
        (failing,) = push_status(again.store, again.world.setup).hubs
        assert failing.alerted
        assert "502" in failing.failure
        with again.store.reading() as ask:
            (change,) = ask.health_changes()
        assert (change.source, change.health) == (hub.url("/hub"), Health.DEGRADED)
        again.world.forward(seconds=1)
        assert hub.url("/hub").encode() in again.world.render("health.atom").body
        assert hub.url("/hub").encode() in again.world.render("all.atom").body, "still named"

        hub.says.clear()
        again.later(hours=1)
        again.until(lambda: all_told(again))
        again.until(lambda: again.metrics.hubs_failing._value.get() == 0)
