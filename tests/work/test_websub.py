"""Subscriptions at a real hub on loopback, over an injected clock (A17)."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from aggregator.pipeline.due import sync_sources
from aggregator.polling.outcome import usual_wait
from aggregator.store import SqlStore
from tests.hub import TestHub, call
from tests.values import setup, source
from tests.work.wire import TOPIC, Wire, story

DAY = dt.timedelta(days=1)


@pytest.fixture
def hub() -> Iterator[TestHub]:
    with TestHub() as running:
        yield running


@pytest.fixture
def wire(sqlite_store: SqlStore, hub: TestHub) -> Iterator[Wire]:
    with Wire(sqlite_store, hub) as running:
        yield running


def relisted(wire: Wire, *urls: str) -> None:
    """feeds.yaml now lists these addresses."""
    wire.world.setup = setup([replace(source("a"), url=url) for url in urls])
    sync_sources(wire.store, wire.world.setup, wire.world.moment)


# --- subscribing (A17.1, A17.3, A17.4) -----------------------------------------------------------


def test_a17_1_a_feed_that_names_a_hub_is_subscribed_to(wire: Wire, hub: TestHub) -> None:
    form = wire.subscribe()

    assert form["hub.mode"] == "subscribe"
    assert form["hub.topic"] == TOPIC
    assert int(form["hub.lease_seconds"]) == 10 * 24 * 3600
    assert [one.state for one in wire.subscriptions()] == ["active"]


def test_a17_3_callback_and_secret_cannot_be_guessed(wire: Wire, hub: TestHub) -> None:
    form = wire.subscribe()

    assert form["hub.callback"].startswith("https://news.example.org/websub/")
    assert len(form["hub.callback"].rpartition("/")[2]) >= 43
    assert 43 <= len(form["hub.secret"]) < 200


def test_a17_4_the_challenge_is_echoed_as_octets_that_no_browser_sniffs(
    wire: Wire, hub: TestHub
) -> None:
    wire.subscribe()

    ((status, headers, _),) = hub.verifications
    assert status == 200
    assert headers["content-type"] == "application/octet-stream"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "challenge", ["<script>alert(1)</script>", "x" * 513, "a b", "é", "a\r\nb"]
)
def test_a17_4_other_challenges_are_refused_and_change_nothing(
    wire: Wire, hub: TestHub, challenge: str
) -> None:
    hub.verifies = False
    wire.poll(story(1))
    hub.wait(lambda: hub.requests)

    status, headers, body = hub.verify(hub.requests[0], challenge)

    assert (status, body) == (400, b"")
    assert headers["x-content-type-options"] == "nosniff"
    assert [one.state for one in wire.subscriptions()] == ["asked"]
    assert hub.verify(hub.requests[0], "x" * 512)[0] == 200, "the longest that is taken"


def test_a17_4_what_we_did_not_ask_for_is_not_confirmed(wire: Wire, hub: TestHub) -> None:
    form = wire.subscribe()

    assert hub.verify(form)[0] == 404, "verified already"
    assert hub.verify({**form, "hub.mode": "unsubscribe"})[0] == 404
    assert hub.verify({**form, "hub.topic": "https://a.example/other"})[0] == 404
    unknown = form["hub.callback"][:-1] + "_"
    assert hub.verify({**form, "hub.callback": unknown})[0] == 404
    assert [one.state for one in wire.subscriptions()] == ["active"]


def test_a17_4_a_parameter_given_twice_is_refused(wire: Wire, hub: TestHub) -> None:
    hub.verifies = False
    wire.poll(story(1))
    hub.wait(lambda: hub.requests)
    callback = hub.local(hub.requests[0]["hub.callback"])

    assert call("GET", f"{callback}?hub.challenge=a&hub.challenge=b")[0] == 400


def test_only_get_and_post_mean_anything_at_a_callback(wire: Wire, hub: TestHub) -> None:
    hub.verifies = False
    wire.poll(story(1))
    hub.wait(lambda: hub.requests)
    form = hub.requests[0]
    said = urlencode(
        {"hub.mode": "subscribe", "hub.topic": form["hub.topic"], "hub.challenge": "a"}
    )

    for method in ("HEAD", "PUT"):
        assert call(method, f"{hub.local(form['hub.callback'])}?{said}")[0] == 405
    assert [one.state for one in wire.subscriptions()] == ["asked"]


# --- pushes (A17.5, A17.6) -----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a17_5_a_signed_push_is_merged(wire: Wire, hub: TestHub, method: str) -> None:
    wire.subscribe()

    status, _, _ = hub.push(story(2), method=method)
    wire.done()

    assert status == 202
    assert wire.outcomes() == {"merged": 1}
    assert "Isis story 2" in wire.feed()
    assert "Isis story 1" in wire.feed(), "nothing is deleted because it is missing in a push"


@pytest.mark.parametrize(
    "signature",
    ["sha256=" + "0" * 64, "sha256=", "md5=" + "0" * 32, "nonsense", "sha256=é", "", "sha1"],
)
def test_a17_5_a_bad_or_missing_signature_is_answered_ignored_and_counted(
    wire: Wire, hub: TestHub, signature: str
) -> None:
    wire.subscribe()
    before = wire.state()

    (one,) = hub.subscribers.values()
    status, _, _ = hub.push_to(one, story(2), signature=signature)
    wire.done()

    assert status == 202
    assert wire.outcomes() == {"ignored": 1}
    assert "Isis story 2" not in wire.feed()
    assert wire.state() == before


def test_a17_5_a_body_past_the_cap_is_refused(sqlite_store: SqlStore, hub: TestHub) -> None:
    with Wire(sqlite_store, hub, max_body=1000) as wire:
        wire.subscribe()

        assert hub.push(b" " * 1001)[0] == 413
        assert hub.push(story(2)[:1000])[0] == 202
        wire.done()


def test_a17_5_there_is_room_for_so_many_pushes_and_the_rest_is_told_to_come_again(
    wire: Wire, hub: TestHub
) -> None:
    wire.subscribe()
    wire.inbox._bytes = 64 << 20

    status, headers, _ = hub.push(story(2))

    assert (status, headers["retry-after"]) == (503, "60")


def test_a17_6_a_push_that_is_no_feed_brings_the_next_poll_forward(
    wire: Wire, hub: TestHub
) -> None:
    wire.subscribe(etag='"1"')
    wire.world.forward(hours=2)

    hub.push(b"light ping")
    wire.done()

    assert wire.outcomes() == {"hint": 1}
    assert wire.state().next_poll_at == wire.world.moment


def test_a17_6_an_unsigned_push_only_leads_to_a_poll_not_sooner_than_any_other(
    wire: Wire, hub: TestHub
) -> None:
    wire.subscribe()
    (one,) = wire.subscriptions()
    with wire.store.writing() as tell:
        tell.save_subscriptions([replace(one, secret=None)])  # as a hub without TLS has it
    polled_at = wire.state().polled_at
    assert polled_at is not None
    wire.world.forward(minutes=5)

    hub.push(story(2), signature="sha256=whatever")
    wire.done()

    assert wire.outcomes() == {"hint": 1}
    assert "Isis story 2" not in wire.feed()
    assert wire.state().next_poll_at == polled_at + dt.timedelta(hours=3), "no validators: 3 h"
    assert wire.state().by_push == (False,)


# --- proof (A17.9), and polls that go on (A17.2) -------------------------------------------------


def test_a17_9_polls_are_stretched_only_while_pushes_come_first(wire: Wire, hub: TestHub) -> None:
    wire.subscribe()
    plain = wait_after_poll(wire, 1)

    hub.push(story(2, 1))
    wire.done()
    assert wire.state().by_push == (False, True)
    assert wait_after_poll(wire, 2, 1) == min(4 * plain, DAY)

    hub.kill()
    wait = wait_after_poll(wire, 4, 3, 2, 1)
    assert wire.state().by_push == (True, False, False)
    assert wait == min(4 * by_rhythm(wire), DAY)

    assert wait_after_poll(wire, 5, 4, 3, 2, 1) == by_rhythm(wire) < DAY
    assert wire.state().by_push == (False, False, False)
    assert "Isis story 5" in wire.feed()


def test_a17_2_a_hub_that_was_proven_and_is_killed_costs_no_entry(wire: Wire, hub: TestHub) -> None:
    wire.subscribe()
    hub.push(story(2, 1))
    wire.done()
    hub.kill()

    for number in range(3, 7):  # each wait is measured against the longest
        wait_after_poll(wire, *range(number, 0, -1))
        assert f"Isis story {number}" in wire.feed()


def test_a17_2_a_hub_that_verifies_and_never_pushes_changes_nothing_of_the_polls(
    wire: Wire, hub: TestHub
) -> None:
    wire.subscribe()

    for number in range(2, 5):
        assert wait_after_poll(wire, *range(number, 0, -1)) == by_rhythm(wire)
        assert f"Isis story {number}" in wire.feed()
    assert [one.state for one in wire.subscriptions()] == ["active"]


def by_rhythm(wire: Wire) -> dt.timedelta:
    """How long the source would be left alone without push."""
    alone = replace(wire.state(), by_push=())
    setup = wire.world.setup
    return usual_wait(alone, setup.sources["a"], wire.world.moment, setup.polling)


def wait_after_poll(wire: Wire, *stories: int) -> dt.timedelta:
    """How long the source is left alone after a poll that brings these stories."""
    due = wire.state().next_poll_at
    assert due is not None
    assert due - wire.world.moment <= DAY, "A17.2: never later than the longest wait"
    wire.world.moment = due
    wire.poll(story(*stories))
    after = wire.state().next_poll_at
    assert after is not None
    return after - due


# --- renewal and its end (A17.7, A17.8) ----------------------------------------------------------


def test_a17_7_it_is_renewed_at_four_fifths_of_the_lease_with_the_same_callback_and_secret(
    wire: Wire, hub: TestHub
) -> None:
    first = wire.subscribe()
    wire.world.forward(days=7, hours=23)
    hub.push(story(2))
    wire.done()
    assert len(hub.requests) == 1

    wire.world.forward(hours=1)
    hub.wait(lambda: len(hub.verifications) == 2)

    assert hub.requests[1] == first
    (one,) = wire.subscriptions()
    assert one.lease_until == wire.world.moment + dt.timedelta(days=10)


def test_a17_7_while_a_renewal_is_not_verified_the_old_subscription_is_valid(
    wire: Wire, hub: TestHub
) -> None:
    wire.subscribe()
    hub.verifies = False
    wire.world.forward(days=8)
    hub.wait(lambda: len(hub.requests) == 2)

    hub.push(story(2))
    wire.done()

    assert wire.outcomes() == {"merged": 1}
    wire.world.forward(days=2)
    hub.wait(lambda: len(hub.requests) == 3)
    (one,) = wire.subscriptions()
    assert one.state == "asked", "the lease has run out"
    assert wire.state().by_push == (), "and nothing is stretched any more"


def test_a17_7_a_lease_is_honoured_for_two_weeks_at_most(wire: Wire, hub: TestHub) -> None:
    hub.lease = 10**9
    wire.subscribe()

    (one,) = wire.subscriptions()
    assert one.lease_until == wire.world.moment + 14 * DAY


def test_a_hub_that_never_verifies_is_asked_ever_more_seldom_and_polls_go_on(
    wire: Wire, hub: TestHub
) -> None:
    hub.verifies = False
    wire.poll(story(1))
    hub.wait(lambda: len(hub.requests) == 1)

    wire.world.forward(hours=1)
    hub.wait(lambda: len(hub.requests) == 2)
    wire.world.forward(hours=2)
    hub.wait(lambda: len(hub.requests) == 3)
    wire.world.moment = wire.state().next_poll_at or wire.world.moment
    wire.poll(story(2, 1))

    assert "Isis story 2" in wire.feed()
    (one,) = wire.subscriptions()
    assert (one.state, one.requests) == ("asked", 3)


def test_a17_8_denied_ends_push_and_polls_go_on(wire: Wire, hub: TestHub) -> None:
    form = wire.subscribe()
    hub.push(story(2))
    wire.done()

    status, _, _ = hub.deny(form)

    assert status == 200
    (one,) = wire.subscriptions()
    assert (one.state, one.failure) == ("denied", "denied: not for you")
    assert wire.state().by_push == ()
    assert hub.push(story(3))[0] == 410
    wire.world.moment = wire.state().next_poll_at or wire.world.moment
    wire.poll(story(3, 2, 1))
    assert "Isis story 3" in wire.feed()
    assert len(hub.requests) == 1


def test_a17_8_another_hub_is_subscribed_to_and_the_old_one_left_to_run_out(
    wire: Wire, hub: TestHub
) -> None:
    wire.subscribe()
    (old,) = hub.subscribers.values()
    wire.world.moment = wire.state().next_poll_at or wire.world.moment

    wire.poll(story(2, 1), hub=hub.url("/moved"))
    hub.wait(lambda: len(hub.subscribers) == 2)

    assert sorted(one.state for one in wire.subscriptions()) == ["active", "lapsing"]
    assert hub.push_to(old, story(3))[0] == 202
    wire.done()
    assert "Isis story 3" in wire.feed()
    assert {form["hub.mode"] for form in hub.requests} == {"subscribe"}
    wire.world.forward(days=10)
    until(lambda: hub.push_to(old, story(4))[0] == 410)


@pytest.mark.parametrize("status", [307, 308])
def test_a17_8_a_hub_that_has_moved_is_followed(wire: Wire, hub: TestHub, status: int) -> None:
    hub.moved = status
    wire.poll(story(1), hub=hub.url("/moved"))
    hub.wait(lambda: hub.subscribers)

    (form,) = hub.requests
    assert form["hub.topic"] == TOPIC


def test_a_redirect_that_would_make_a_get_of_it_is_not_followed(wire: Wire, hub: TestHub) -> None:
    hub.moved = 302
    wire.poll(story(1), hub=hub.url("/moved"))
    wait_for_failure(wire)

    (one,) = wire.subscriptions()
    assert one.failure is not None
    assert "302" in one.failure
    assert hub.requests == []


def test_a7_7_a_hub_on_a_private_address_is_never_asked(wire: Wire, hub: TestHub) -> None:
    wire.poll(story(1), hub="http://127.0.0.9:8080/hub")
    wait_for_failure(wire)

    (one,) = wire.subscriptions()
    assert one.failure is not None
    assert one.failure.startswith("blocked_address")


def wait_for_failure(wire: Wire) -> None:
    until(lambda: any(one.failure for one in wire.subscriptions()))


def until(it_is_so: Callable[[], bool]) -> None:
    """Wait for what is only stored: nothing announces it."""
    last = time.monotonic() + 10
    while not it_is_so():
        assert time.monotonic() < last
        time.sleep(0.02)  # between two looks


# --- leaving (A17.10) ----------------------------------------------------------------------------


def test_a17_10_a_source_taken_out_is_unsubscribed_and_later_posts_are_gone(
    wire: Wire, hub: TestHub
) -> None:
    wire.subscribe()
    (one,) = hub.subscribers.values()

    relisted(wire)
    hub.wait(lambda: not hub.subscribers)

    assert hub.requests[-1]["hub.mode"] == "unsubscribe"
    assert hub.requests[-1]["hub.callback"] == one.callback
    assert hub.verifications[-1][0] == 200
    assert hub.push_to(one, story(2))[0] == 410


def test_a17_10_a_source_with_another_address_is_another_feed(wire: Wire, hub: TestHub) -> None:
    wire.subscribe()
    (one,) = hub.subscribers.values()

    relisted(wire, "https://a.example/other")
    hub.wait(lambda: not hub.subscribers)

    assert hub.push_to(one, story(2))[0] == 410


def test_a_restart_loses_no_subscription(sqlite_store: SqlStore, hub: TestHub) -> None:
    with Wire(sqlite_store, hub) as wire:
        wire.subscribe()
    with Wire(sqlite_store, hub) as again:
        hub.push(story(2))
        again.done()

        assert again.outcomes() == {"merged": 1}
        assert "Isis story 2" in again.feed()
    assert len(hub.requests) == 1
