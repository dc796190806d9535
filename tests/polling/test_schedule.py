"""The cadence of A3, back-off, the host's clock."""

import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Freshness, HostState
from aggregator.polling.schedule import (
    PollPolicy,
    after_rate_limit,
    backoff,
    next_poll,
    outside_skipped,
    wait_for,
)
from tests.values import NOON

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
POLICY = PollPolicy()


def every(gap: dt.timedelta, silence: dt.timedelta, count: int = 10) -> list[dt.datetime]:
    """Entries a gap apart, the last one a while ago."""
    return [NOON - silence - gap * number for number in range(count)]


@pytest.mark.parametrize(
    ("arrivals", "freshness", "wait"),
    [
        (every(2 * HOUR, HOUR), Freshness(), HOUR),
        (every(DAY, 2 * HOUR), Freshness(), 12 * HOUR),
        (every(DAY, 10 * DAY), Freshness(), DAY),
        (every(HOUR, 20 * HOUR), Freshness(), 2 * HOUR),
        ([NOON - 5 * HOUR], Freshness(), 6 * HOUR),
        (every(2 * HOUR, HOUR), Freshness(cache_for=5 * MINUTE), HOUR),
        (every(2 * HOUR, HOUR), Freshness(cache_for=2 * HOUR), 2 * HOUR),
        (every(2 * HOUR, HOUR), Freshness(cache_for=365 * DAY), DAY),
        (every(2 * HOUR, HOUR), Freshness(ttl=3 * HOUR), 3 * HOUR),
        (every(2 * HOUR, HOUR), Freshness(ttl=7 * DAY), DAY),
        (every(2 * HOUR, HOUR), Freshness(ttl=HOUR), HOUR),
    ],
    ids=[
        "gaps 2 h", "gaps 24 h", "silent for 10 d", "silent for 20 h", "fewer than 3 entries",
        "max-age 300", "max-age 7200", "max-age of a year", "ttl 180", "sy weekly", "sy hourly",
    ],
)  # fmt: skip
def test_a3_2_the_vectors_of_the_formula(
    arrivals: list[dt.datetime], freshness: Freshness, wait: dt.timedelta
) -> None:
    assert wait_for(arrivals, freshness, NOON, POLICY) == wait


def test_a_server_without_validators_is_asked_less_often() -> None:
    assert wait_for(every(HOUR, HOUR), Freshness(), NOON, POLICY, has_validators=False) == 3 * HOUR


def test_every_takes_the_place_of_the_rhythm_and_freshness_still_binds() -> None:
    arrivals = every(DAY, HOUR)

    assert wait_for(arrivals, Freshness(), NOON, POLICY, every=10 * MINUTE) == 10 * MINUTE
    fresh = Freshness(cache_for=2 * HOUR)
    assert wait_for(arrivals, fresh, NOON, POLICY, every=10 * MINUTE) == 2 * HOUR


def test_a3_10_entries_dated_in_the_future_do_not_count() -> None:
    future = [NOON + 365 * DAY * n for n in (1, 2, 3)]

    assert wait_for([*every(2 * HOUR, HOUR), *future], Freshness(), NOON, POLICY) == HOUR


def test_a_minimum_of_nothing_lets_tests_poll_at_will() -> None:
    policy = PollPolicy(min_interval=dt.timedelta())

    now_and_then = [NOON - dt.timedelta(seconds=n) for n in range(5)]
    assert wait_for(now_and_then, Freshness(), NOON, policy) < dt.timedelta(seconds=1)
    assert policy.by_hand == dt.timedelta()


moments = st.lists(st.integers(0, 60 * 24 * 60).map(lambda m: NOON - m * MINUTE), max_size=20)
lengths = st.one_of(st.none(), st.integers(0, 10**7).map(lambda s: dt.timedelta(seconds=s)))


@given(moments, lengths, lengths, st.booleans())
def test_law_9_never_sooner_than_the_minimum_or_freshness_never_later_than_the_longest(
    arrivals: list[dt.datetime],
    cache_for: dt.timedelta | None,
    ttl: dt.timedelta | None,
    has_validators: bool,
) -> None:
    fresh = Freshness(cache_for=cache_for, ttl=ttl)

    wait = wait_for(arrivals, fresh, NOON, POLICY, has_validators=has_validators)

    assert POLICY.min_interval <= wait <= max(POLICY.max_interval, POLICY.max_freshness)
    for hint in (cache_for, ttl):
        if hint is not None:
            assert wait >= min(hint, POLICY.max_freshness)


def test_a3_3_jitter_is_only_ever_later() -> None:
    chance = random.Random(1)

    gaps = [next_poll(NOON, HOUR, Freshness(), chance.random()) - NOON for _ in range(10_000)]

    assert min(gaps) >= HOUR
    assert max(gaps) <= HOUR * 1.1


@pytest.mark.parametrize(
    ("freshness", "then"),
    [
        (Freshness(skip_hours=(12,)), NOON + HOUR),
        (Freshness(skip_hours=(12, 13, 15)), NOON + 2 * HOUR),
        (Freshness(skip_days=(6,)), NOON + 12 * HOUR),
        (Freshness(skip_days=(6, 0), skip_hours=(0, 1)), NOON + 38 * HOUR),
        (Freshness(skip_hours=tuple(range(24))), None),
    ],
    ids=["this hour", "two hours", "Sunday", "Sunday, Monday and the night", "every hour"],
)
def test_a3_6_hours_and_days_to_skip_are_skipped(
    freshness: Freshness, then: dt.datetime | None
) -> None:
    moment = outside_skipped(NOON + 30 * MINUTE, freshness)

    if then is None:  # a list of everything is ignored when it is read; here it must only end
        assert moment >= NOON
    else:
        assert moment == then


@given(st.sets(st.integers(0, 23), max_size=23), st.sets(st.integers(0, 6), max_size=6))
def test_a3_6_no_poll_falls_into_what_is_to_be_skipped(hours: set[int], days: set[int]) -> None:
    skipped = Freshness(skip_hours=tuple(sorted(hours)), skip_days=tuple(sorted(days)))

    moment = outside_skipped(NOON, skipped)

    assert moment >= NOON
    assert moment.hour not in hours
    assert moment.weekday() not in days


@pytest.mark.parametrize(
    ("failures", "delay"),
    [
        (1, 1.0),
        (2, 1.0),
        (3, 1.0),
        (4, 2.0),
        (5, 4.0),
        (6, 8.0),
        (7, 16.0),
        (8, 24.0),
        (10, 24.0),
        (1000, 24.0),
    ],
)
def test_a6_1_failures_back_off_by_doubling_up_to_a_day(failures: int, delay: float) -> None:
    assert backoff(HOUR, failures, 0.0) == delay * HOUR
    assert backoff(HOUR, failures, 1.0) == delay * HOUR * 1.25


def test_law_9_after_a_failure_a_wait_of_more_than_a_day_is_kept() -> None:
    assert backoff(30 * DAY, 1, 0.0) == 30 * DAY


@pytest.mark.parametrize(("silence", "wait"), [(HOUR, DAY), (30 * DAY, DAY), (31 * DAY, 30 * DAY)])
def test_a3_7_what_is_complete_is_asked_daily_and_after_a_month_monthly(
    silence: dt.timedelta, wait: dt.timedelta
) -> None:
    complete = Freshness(complete=True)

    assert wait_for(every(HOUR, silence), complete, NOON, POLICY) == wait


def test_a3_7_an_interval_of_the_operators_own_is_kept_for_what_is_complete() -> None:
    complete = Freshness(complete=True)

    assert wait_for(every(HOUR, HOUR), complete, NOON, POLICY, every=2 * HOUR) == 2 * HOUR


def test_a2_6_a_429_stops_the_host_for_as_long_as_it_asks() -> None:
    clock = after_rate_limit(HostState("a.example"), 2 * HOUR, HOUR, NOON, POLICY, 0.0)

    assert clock == HostState("a.example", NOON + 2 * HOUR, told_to_wait=True, strikes=1)


def test_a2_6_a_429_that_asks_for_too_long_is_capped_and_jittered_later() -> None:
    clock = after_rate_limit(HostState("a.example"), 900 * DAY, HOUR, NOON, POLICY, 1.0)

    assert clock.not_before == NOON + 7 * DAY * 1.1


def test_a2_6_a_429_without_a_time_doubles_with_every_repeat() -> None:
    clock = HostState("a.example")
    delays = []
    for _ in range(3):
        clock = after_rate_limit(
            HostState(clock.host, strikes=clock.strikes), None, HOUR, NOON, POLICY, 0.0
        )
        assert clock.not_before is not None
        delays.append(clock.not_before - NOON)

    assert delays == [2 * HOUR, 4 * HOUR, 8 * HOUR]


def test_a2_6_a_shorter_demand_does_not_shorten_a_longer_one() -> None:
    known = HostState("a.example", NOON + 5 * HOUR, told_to_wait=True, strikes=1)

    clock = after_rate_limit(known, HOUR, HOUR, NOON, POLICY, 0.0)

    assert clock.not_before == NOON + 5 * HOUR
