"""What to do about a subscription: decisions over values (A17)."""

import datetime as dt
import hashlib
import hmac
from dataclasses import replace

import pytest

from aggregator.model import Freshness, Health, Hub, PollState, Subscription, Validators
from aggregator.polling.pushes import after_hint, after_push, with_pushes, without_push
from aggregator.polling.schedule import PollPolicy, stretched
from aggregator.polling.websub import (
    after_refusal,
    callback_base,
    form_of,
    in_step,
    is_challenge,
    is_signed,
    may_have_secret,
    next_step,
    standing,
    verified,
)
from tests.values import NOON, source

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
FEED = "https://a.example/feed"
HUB = Hub("https://hub.example/", FEED)
BASE = "https://news.example.org/websub/"


def subscription(state: str = "active", **changed: object) -> Subscription:
    made = Subscription(
        token="t",
        source="a",
        feed=FEED,
        hub=HUB,
        callback=f"{BASE}t",
        secret="s" * 43,
        state=state,  # type: ignore[arg-type]
        next_at=NOON,
        verified_at=NOON - 8 * DAY,
        lease_until=NOON + 2 * DAY,
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def changes(
    *known: Subscription, hub: Hub | None = HUB, base: str | None = BASE, feed: str = FEED
) -> list[Subscription]:
    return in_step(known, {"a": (feed, hub)}, base, NOON, lambda: "x" * 43)


# --- who can be reached, and who may know a secret -----------------------------------------------


@pytest.mark.parametrize(
    ("url", "named", "base"),
    [
        ("https://news.example.org/", (), BASE),
        ("https://example.org/news/", (), "https://example.org/news/websub/"),
        ("https://8.8.8.8/", (), "https://8.8.8.8/websub/"),
        ("http://news.example.org/", (), None),
        ("https://localhost/", (), None),
        ("https://wire/", (), None),
        ("https://wire.local/", (), None),
        ("https://127.0.0.1/", (), None),
        ("https://127.1/", (), None),
        ("https://0x7f.1/", (), None),
        ("https://foo.localhost./", (), None),
        ("https://news.lan/", (), None),
        ("https://news.home.arpa/", (), None),
        ("https://news.test/", (), None),
        ("https://[::1]/", (), None),
        ("https://10.0.0.5/", (), None),
        ("http://127.0.0.1:8000/", (), None),
        ("http://127.0.0.1:8000/", ("127.0.0.1:8000",), "http://127.0.0.1:8000/websub/"),
        ("http://127.0.0.1:8000/", ("127.0.0.1:8001",), None),
    ],
)
def test_hubs_are_told_of_public_addresses_alone(
    url: str, named: tuple[str, ...], base: str | None
) -> None:
    assert callback_base(url, named) == base


@pytest.mark.parametrize(
    ("hub", "may"),
    [
        ("https://hub.example/", True),
        ("http://hub.example/", False),
        ("http://127.0.0.1:8080/", True),
        ("http://10.0.0.5:8080/", False),
        ("http://localhost:8080/", False),
    ],
)
def test_a17_3_a_secret_goes_only_where_nobody_listens_in(hub: str, may: bool) -> None:
    assert may_have_secret(hub) is may
    (made,) = changes(hub=Hub(hub, FEED))
    assert (made.secret is not None) is may
    assert ("hub.secret" in form_of(made, "subscribe")) is may
    assert "hub.secret" not in form_of(made, "unsubscribe")


# --- in step with the sources --------------------------------------------------------------------


@pytest.mark.parametrize("state", ["asked", "active", "denied"])
def test_what_there_is_already_is_not_made_again(state: str) -> None:
    assert changes(subscription(state)) == []


@pytest.mark.parametrize("state", ["gone", "leaving"])
def test_what_has_ended_is_made_anew_when_it_is_wanted_again(state: str) -> None:
    (made,) = changes(subscription(state))

    assert (made.state, made.next_at, made.token) == ("asked", NOON, "x" * 43)


def test_a17_8_a_hub_no_longer_named_runs_out() -> None:
    (after,) = changes(subscription(), hub=None)

    assert (after.state, after.next_at) == ("lapsing", NOON + 2 * DAY)
    (back,) = changes(after)
    assert (back.state, back.next_at) == ("active", NOON), "named again"
    step = next_step(replace(after, next_at=NOON), NOON)
    assert step is not None
    assert (step.request, step.after and step.after.state) == (None, "gone")


def test_a_site_that_moves_subscribes_anew_and_lets_the_old_callback_run_out() -> None:
    moved, made = changes(subscription(), base="https://new.example/websub/")

    assert moved.state == "lapsing"
    assert made.callback == "https://new.example/websub/" + "x" * 43


@pytest.mark.parametrize("state", ["asked", "active", "lapsing"])
def test_a17_10_a_source_no_longer_listed_is_left(state: str) -> None:
    (after,) = in_step([subscription(state)], {}, BASE, NOON, lambda: "x")

    assert (after.state, after.next_at, after.asked_at) == ("leaving", NOON, None)
    assert standing(after) == "over"


def test_when_nobody_can_reach_us_any_more_we_leave() -> None:
    (after,) = changes(subscription(), base=None)

    assert after.state == "leaving"
    assert changes(base=None) == []


def test_what_was_never_asked_for_is_dropped_without_a_word() -> None:
    new = subscription("asked", verified_at=None)

    (after,) = changes(new, hub=None)
    assert after.state == "gone"
    (after,) = in_step([new], {}, BASE, NOON, lambda: "x")
    assert after.state == "gone"


# --- what is due ---------------------------------------------------------------------------------


def test_nothing_is_done_before_its_time() -> None:
    assert next_step(subscription(next_at=NOON + HOUR), NOON) is None


def test_a17_7_a_renewal_is_tried_again_and_no_later_than_the_lease_ends() -> None:
    one, moments = subscription(), []
    now = NOON
    while True:
        step = next_step(one, now)
        assert step is not None
        assert step.after is not None
        assert step.request == "subscribe"
        one = step.after
        moments.append(now - NOON)
        assert one.next_at is not None
        if one.state == "asked":
            break
        now = one.next_at
    assert moments == [dt.timedelta(hours=h) for h in (0, 1, 3, 7, 15, 31, 48)]


def test_a17_10_we_say_goodbye_three_times_at_most() -> None:
    one, said = subscription("leaving"), 0
    while one.state == "leaving":
        assert one.next_at is not None
        step = next_step(one, one.next_at)
        assert step is not None
        assert step.after is not None
        said += step.request == "unsubscribe"
        one = step.after
    assert said == 3
    assert one.next_at is not None
    step = next_step(one, one.next_at)
    assert step is not None
    assert step.after is None, "forgotten in the end"


def test_a_hub_that_wants_to_be_left_alone_is() -> None:
    asked = subscription("asked", next_at=NOON + HOUR)

    assert after_refusal(asked, "429", 5 * HOUR, NOON).next_at == NOON + 5 * HOUR
    assert after_refusal(asked, "429", 300 * DAY, NOON).next_at == NOON + 7 * DAY
    assert after_refusal(asked, "500", None, NOON).next_at == NOON + HOUR
    active = subscription(next_at=NOON + HOUR)
    assert after_refusal(active, "429", 5 * DAY, NOON).next_at == NOON + 2 * DAY


@pytest.mark.parametrize(
    ("said", "lease"),
    [
        ("864000", 10 * DAY),
        ("99999999999", 14 * DAY),
        ("9" * 400, DAY),
        (None, DAY),
        ("-5", DAY),
        ("٣", DAY),
        ("0", dt.timedelta(seconds=5)),
    ],
)
def test_a17_7_a_lease_is_what_the_hub_says_within_bounds(
    said: str | None, lease: dt.timedelta
) -> None:
    after = verified(subscription("asked", asked_at=NOON), "subscribe", FEED, said, NOON)

    assert after is not None
    assert after.lease_until == NOON + lease
    assert after.next_at is not None
    assert after.next_at - NOON == max(0.8 * lease, dt.timedelta(seconds=5))


@pytest.mark.parametrize("state", ["lapsing", "leaving", "gone", "denied"])
def test_a17_4_a_subscription_nobody_waits_for_is_not_confirmed(state: str) -> None:
    assert verified(subscription(state, asked_at=NOON), "subscribe", FEED, "1", NOON) is None


def test_a17_4_challenges_have_a_form() -> None:
    assert is_challenge("+-./0123456789=AZ_az" + "a" * 492)
    for bad in ("", "a" * 513, "a b", "a\n", "<", "a~"):
        assert not is_challenge(bad)


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a17_5_signatures_by_every_method(method: str) -> None:
    body = bytes(range(256))
    digest = hmac.new(b"secret", body, getattr(hashlib, method)).hexdigest()

    assert is_signed("secret", f"{method}={digest}", body)
    assert is_signed("secret", f"{method.upper()}={digest.upper()}", body)
    assert not is_signed("secret", f"{method}={digest}", body + b" ")
    assert not is_signed("other", f"{method}={digest}", body)
    assert not is_signed("secret", f"{method}={digest[:-1]}", body)
    assert not is_signed("secret", digest, body)


# --- what a push means for polls -----------------------------------------------------------------


def polled(**changed: object) -> PollState:
    made = PollState(
        "a",
        FEED,
        next_poll_at=NOON + 12 * HOUR,
        polled_at=NOON,
        succeeded_at=NOON,
        validators=Validators(FEED, '"1"'),
        health=Health.ACTIVE,
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def test_a17_9_stretching_never_shortens_and_never_passes_the_longest() -> None:
    policy = PollPolicy()
    assert stretched(2 * HOUR, (True,), policy) == 8 * HOUR
    assert stretched(10 * HOUR, (False, True), policy) == DAY
    assert stretched(48 * HOUR, (True,), policy) == 48 * HOUR, "an `every` of its own"
    assert stretched(2 * HOUR, (False, False, False), policy) == 2 * HOUR
    assert stretched(2 * HOUR, (), policy) == 2 * HOUR


@pytest.mark.parametrize(
    ("state", "after", "expected"),
    [
        (polled(), HOUR / 2, HOUR),
        (polled(), 2 * HOUR, 2 * HOUR),
        (polled(freshness=Freshness(cache_for=3 * HOUR)), 2 * HOUR, 3 * HOUR),
        (polled(validators=None), HOUR, 3 * HOUR),
        (polled(failures=1), 2 * HOUR, 12 * HOUR),
        (polled(not_before=NOON + 5 * HOUR), 2 * HOUR, 12 * HOUR),
        (polled(health=Health.RATE_LIMITED), 2 * HOUR, 12 * HOUR),
        (polled(leased_by="somebody"), 2 * HOUR, 12 * HOUR),
        (polled(next_poll_at=NOON + HOUR), 2 * HOUR, HOUR),
    ],
)
def test_a17_6_a_hint_brings_the_poll_forward_as_far_as_any_poll_may_be(
    state: PollState, after: dt.timedelta, expected: dt.timedelta
) -> None:
    hinted = after_hint(state, source("a"), NOON + after, PollPolicy())

    assert hinted.next_poll_at == NOON + expected
    assert replace(hinted, next_poll_at=state.next_poll_at) == state


def test_a_hint_does_not_wake_a_source_that_is_gone() -> None:
    gone = polled(next_poll_at=None, health=Health.GONE)

    assert after_hint(gone, source("a"), NOON, PollPolicy()) == gone


def test_a_push_changes_nothing_of_the_schedule() -> None:
    after = after_push(polled(), [NOON, NOON])

    assert (after.articles, after.by_push, after.arrivals) == (2, (True, True), (NOON, NOON))
    assert after.next_poll_at == polled().next_poll_at
    assert after.polled_at == NOON


def test_what_is_pushed_during_a_poll_is_not_forgotten_by_it() -> None:
    began = polled()
    stored = after_push(began, [NOON])

    assert with_pushes(began, stored) == stored
    assert with_pushes(began, None) == began
    assert with_pushes(began, replace(stored, listed_url="https://b.example/")) == began


def test_a17_8_without_its_hub_a_source_is_polled_by_its_own_rhythm_from_now_on() -> None:
    every = source("a", every=2 * HOUR)
    proven = polled(by_push=(True,), next_poll_at=NOON + 8 * HOUR)

    after = without_push(proven, every, PollPolicy())

    assert (after.next_poll_at, after.by_push) == (NOON + 2 * HOUR, ())
    limited = replace(proven, health=Health.RATE_LIMITED)
    assert without_push(limited, every, PollPolicy()).next_poll_at == NOON + 8 * HOUR
