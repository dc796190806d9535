"""Silence, judged by a source's own rhythm; and the picture of it."""

import datetime as dt

import pytest

from aggregator.model import Days, Health, NotModified, PollState
from aggregator.polling.outcome import Outcome, after_poll
from aggregator.polling.schedule import PollPolicy
from aggregator.polling.silence import SHOWN_DAYS, counted, is_quiet, quiet_after, usual_gap
from tests.values import NOON, source

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def every(gap: dt.timedelta, times: int = 20) -> tuple[dt.datetime, ...]:
    return tuple(NOON - number * gap for number in range(times))


@pytest.mark.parametrize(
    ("gap", "limit"),
    [(HOUR, 3 * DAY), (12 * HOUR, 5 * DAY), (DAY, 10 * DAY), (7 * DAY, 70 * DAY)],
)
def test_a6_2_a_silence_is_out_of_character_after_ten_times_the_usual_one(
    gap: dt.timedelta, limit: dt.timedelta
) -> None:
    assert usual_gap(every(gap)) == gap
    assert quiet_after(every(gap)) == limit
    assert not is_quiet(every(gap), NOON + limit)
    assert is_quiet(every(gap), NOON + limit + HOUR)


def test_a6_2_a_source_of_bursts_is_allowed_its_longest_pauses() -> None:
    bursts = [NOON - day * 8 * DAY - number * HOUR for day in range(3) for number in range(6)]

    assert not is_quiet(bursts, NOON + 20 * DAY)


def test_a6_2_without_a_rhythm_nothing_can_be_said() -> None:
    assert quiet_after(every(HOUR, 4)) is None
    assert not is_quiet(every(HOUR, 4), NOON + 29 * DAY)
    assert usual_gap(every(HOUR, 2)) is None


@pytest.mark.parametrize(
    ("silent", "health"),
    [
        (2 * DAY, Health.ACTIVE),
        (4 * DAY, Health.QUIET),
        (30 * DAY, Health.QUIET),
        (31 * DAY, Health.IDLE),
    ],
)
def test_a6_2_an_hourly_source_is_quiet_after_days_and_idle_after_a_month(
    silent: dt.timedelta, health: Health
) -> None:
    known = PollState("a", source().url, NOON, arrivals=every(HOUR), succeeded_at=NOON)
    at = NOON + silent

    after = after_poll(
        known, source(), Outcome(NotModified(source().url, {})), at, PollPolicy(), jitter=0
    )

    assert (after.health, after.health_since) == (health, at)


def test_arrivals_are_counted_by_their_days() -> None:
    days = counted(Days(), [NOON, NOON, NOON - DAY, NOON - 27 * DAY, NOON - 28 * DAY], NOON)

    assert (days.last, len(days.counts)) == (NOON.date(), SHOWN_DAYS)
    assert (days.counts[-1], days.counts[-2], days.counts[0], sum(days.counts)) == (2, 1, 1, 4)


def test_days_that_pass_push_the_old_ones_out() -> None:
    days = counted(Days(), [NOON], NOON)

    assert counted(days, [], NOON + 3 * DAY).counts[-4:] == (1, 0, 0, 0)
    assert sum(counted(days, [], NOON + 28 * DAY).counts) == 0
    assert sum(counted(days, [], NOON + 9999 * DAY).counts) == 0


def test_a_clock_that_went_back_loses_no_day() -> None:
    days = counted(Days(), [NOON], NOON)

    assert counted(days, [NOON - DAY], NOON - DAY).counts[-2:] == (1, 1)
