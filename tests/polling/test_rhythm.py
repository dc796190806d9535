"""When a source posts, as it is learned, and when it is worth asking."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Freshness, Rhythm
from aggregator.polling.rhythm import first_learned, is_known, learned, rates, wait_by
from aggregator.polling.schedule import PollPolicy, wait_for
from tests.values import NOON

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
POLICY = PollPolicy()
MONDAY = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)

# Polls: how long after the one before, and how many entries each found.
histories = st.lists(
    st.tuples(st.integers(1, 40 * 24 * 60).map(lambda m: m * MINUTE), st.integers(0, 3000)),
    min_size=1,
    max_size=30,
)
dates = st.lists(st.integers(-(10**6), 10**7).map(lambda m: NOON - m * MINUTE), max_size=60)


def after(history: list[tuple[dt.timedelta, int]], dated: list[dt.datetime]) -> Rhythm:
    rhythm, now = first_learned(dated, NOON), NOON
    for passed, found in history:
        now += passed
        rhythm = learned(rhythm, found, now)
    return rhythm


def steady(rate: int, days: int = 28) -> Rhythm:
    """What is known of a source with so many entries an hour, polled hourly until MONDAY."""
    return after_hours([rate] * 24 * days)


def after_hours(found: list[int]) -> Rhythm:
    """What is known of a source polled hourly until MONDAY, by what each poll found."""
    begin = MONDAY - len(found) * HOUR
    rhythm = first_learned([], begin)
    for number, count in enumerate(found, 1):
        rhythm = learned(rhythm, count, begin + number * HOUR)
    return rhythm


@given(histories, dates, st.integers(0, 10**4), st.booleans())
def test_law_9_by_the_rhythm_too_never_sooner_than_min_never_later_than_max(
    history: list[tuple[dt.timedelta, int]],
    dated: list[dt.datetime],
    later: int,
    has_validators: bool,
) -> None:
    rhythm = after(history, dated)
    assert rhythm.until is not None
    now = rhythm.until + later * MINUTE

    wait = wait_for([], Freshness(), now, POLICY, rhythm=rhythm, has_validators=has_validators)

    shortest = POLICY.min_interval if has_validators else POLICY.min_interval_no_validators
    assert shortest <= wait <= POLICY.max_interval


@given(histories, dates, st.integers(0, 10**7).map(lambda s: dt.timedelta(seconds=s)))
def test_law_9_by_the_rhythm_too_freshness_binds(
    history: list[tuple[dt.timedelta, int]], dated: list[dt.datetime], hint: dt.timedelta
) -> None:
    rhythm = after(history, dated)

    for fresh in (Freshness(cache_for=hint), Freshness(ttl=hint)):
        wait = wait_for([], fresh, NOON, POLICY, rhythm=rhythm)
        assert wait == max(
            wait_for([], Freshness(), NOON, POLICY, rhythm=rhythm), min(hint, POLICY.max_freshness)
        )


@given(histories, dates)
def test_a3_2_what_is_learned_depends_on_what_was_seen_alone(
    history: list[tuple[dt.timedelta, int]], dated: list[dt.datetime]
) -> None:
    rhythm = after(history, dated)

    assert rhythm == after(history, list(reversed(dated)))
    assert wait_by(rhythm, NOON, 90 * MINUTE, DAY) == wait_by(rhythm, NOON, 90 * MINUTE, DAY)


@given(histories, dates, st.integers(1, 5000), st.integers(0, 5000))
def test_the_longer_entries_may_lie_unseen_the_longer_is_the_wait(
    history: list[tuple[dt.timedelta, int]], dated: list[dt.datetime], minutes: int, more: int
) -> None:
    rhythm = after(history, dated)

    short = wait_by(rhythm, NOON, minutes * MINUTE, DAY)
    long = wait_by(rhythm, NOON, (minutes + more) * MINUTE, DAY)

    assert dt.timedelta() < short <= long <= DAY


@given(st.integers(1, 100), st.integers(0, 100))
def test_the_more_a_steady_source_posts_the_sooner_it_is_asked(rate: int, more: int) -> None:
    one, other = steady(rate, days=3), steady(rate + more, days=3)

    assert wait_by(other, MONDAY, HOUR, DAY) <= wait_by(one, MONDAY, HOUR, DAY)


@given(histories, dates)
def test_a_rhythm_is_small_whatever_was_seen(
    history: list[tuple[dt.timedelta, int]], dated: list[dt.datetime]
) -> None:
    rhythm = after(history, dated)

    assert (len(rhythm.hours), len(rhythm.days)) in {(24, 7), (0, 0)}
    counts = (*rhythm.hours, *rhythm.days, *rhythm.hours_watched, *rhythm.days_watched)
    assert all(0 <= count < 10**6 for count in counts)
    assert sum(len(str(count)) for count in counts) < 1000


@pytest.mark.parametrize("rate", [1, 4, 16])
def test_polls_go_with_the_square_root_of_the_rate(rate: int) -> None:
    wait = wait_by(steady(rate), MONDAY, 8 * HOUR, DAY)

    assert wait / HOUR == pytest.approx((2 * 8 / rate) ** 0.5, rel=0.02)


def test_a_source_is_asked_when_it_posts_and_left_alone_when_it_sleeps() -> None:
    rhythm = after_hours(([0] * 8 + [2] * 10 + [0] * 6) * 28)  # from 8 to 18 o'clock

    by_day = wait_by(rhythm, MONDAY + 8 * HOUR, 90 * MINUTE, DAY)
    at_night = wait_by(rhythm, MONDAY + 19 * HOUR, 90 * MINUTE, DAY)

    assert by_day < 2 * HOUR
    assert at_night > 3 * by_day
    assert MONDAY + 19 * HOUR + at_night <= MONDAY + DAY + 10 * HOUR


def test_a_source_that_rests_on_sundays_is_left_alone_then() -> None:
    rhythm = after_hours(([1] * 24 * 6 + [0] * 24) * 4)

    on_sunday = wait_by(rhythm, MONDAY - DAY, 90 * MINUTE, DAY)
    on_monday = wait_by(rhythm, MONDAY, 90 * MINUTE, DAY)

    assert on_monday < 2 * HOUR
    assert on_sunday > 2 * on_monday


def test_what_a_late_poll_finds_came_when_the_source_usually_posts() -> None:
    mornings = ([0] * 8 + [3] * 2 + [0] * 14) * 28
    rhythm = learned(after_hours(mornings), 6, MONDAY + DAY)  # one poll for the whole day

    by_hour, _ = rates(rhythm)

    before, _ = rates(after_hours(mornings))
    assert sum(by_hour[8:10]) == pytest.approx(sum(before[8:10]), rel=0.05)
    assert by_hour[20] == pytest.approx(before[20], rel=0.2)


def test_hours_not_watched_yet_are_taken_to_be_like_the_others() -> None:
    dated = [NOON - 5 * MINUTE * number for number in range(1, 50)]  # the last four hours

    by_hour, by_day = rates(learned(first_learned(dated, NOON), 60, NOON + 6 * HOUR))

    assert by_hour[2] > 1, "nobody has looked at night"
    assert by_day[2] == pytest.approx(1)


def test_a_source_that_falls_silent_is_asked_less_and_one_that_bursts_more() -> None:
    usual = steady(1)

    wait = wait_by(usual, MONDAY, 8 * HOUR, DAY)
    silent = learned(usual, 0, MONDAY + 2 * DAY)
    busy = learned(usual, 50, MONDAY + HOUR)

    assert wait_by(silent, MONDAY + 2 * DAY, 8 * HOUR, DAY) > 1.3 * wait
    assert wait_by(busy, MONDAY + HOUR, 8 * HOUR, DAY) < 0.8 * wait


def test_a3_12_a_new_entry_alone_pulls_no_poll_earlier() -> None:
    rhythm = first_learned([], MONDAY)
    now, waits = MONDAY, []
    for number in range(28 * 4):  # one entry for every poll, every six hours
        now += 6 * HOUR
        rhythm = learned(rhythm, 1, now)
        if number > 28:
            waits.append(wait_for([], Freshness(), now, POLICY, rhythm=rhythm))

    assert max(waits) < 1.1 * min(waits), "a find as expected changes nothing"


def test_a3_12_not_even_a_flood_pulls_a_poll_below_the_minimum() -> None:
    flooded = learned(steady(1), 3000, MONDAY + HOUR)

    wait = wait_for([], Freshness(), MONDAY + HOUR, POLICY, rhythm=flooded)

    assert wait == POLICY.min_interval


def test_a_flood_is_forgotten_within_days() -> None:
    rhythm, now = learned(first_learned([], MONDAY), 3000, MONDAY + HOUR), MONDAY + HOUR
    for _ in range(10):
        now += DAY
        rhythm = learned(rhythm, 0, now)

    assert wait_for([], Freshness(), now, POLICY, rhythm=rhythm) > 2 * HOUR


def test_a3_10_dates_of_the_first_batch_in_the_future_tell_nothing() -> None:
    past = [NOON - n * DAY for n in range(1, 11)]

    assert first_learned([*past, NOON + DAY, NOON + 900 * DAY], NOON) == first_learned(past, NOON)


def test_a3_10_a_first_batch_without_dates_makes_no_rhythm() -> None:
    undated = first_learned([NOON] * 3000, NOON)  # all first seen now

    assert not is_known(undated)
    assert learned(undated, 0, NOON + 6 * HOUR).hours == (0.0,) * 24


def test_until_the_rhythm_is_known_the_formula_of_a3_decides() -> None:
    arrivals = [NOON - 2 * HOUR * number for number in range(10)]
    few = first_learned(arrivals[:2], NOON)

    assert not is_known(few)
    assert wait_for(arrivals, Freshness(), NOON, POLICY, rhythm=few) == wait_for(
        arrivals, Freshness(), NOON, POLICY
    )


def test_a_clock_that_goes_back_teaches_nothing() -> None:
    rhythm = steady(1)

    assert learned(rhythm, 5, MONDAY - DAY) == rhythm


def test_every_takes_the_place_of_the_rhythm() -> None:
    wait = wait_for([], Freshness(), MONDAY, POLICY, rhythm=steady(9), every=5 * HOUR)

    assert wait == 5 * HOUR
