"""When a source posts, and when it is worth asking: the cadence of a source that is known.

A rhythm is learned from what each poll found since the one before (A3.10: an entry's own date
counts only in the first batch). The next poll is due when the entries that are out there, unseen,
may be expected to have waited for so long in all. Of a steady source that gives polls in proportion
to the square root of its rate, which for a given number of polls makes the mean delay least; of one
with a rhythm, polls when it posts and few when it sleeps (Sia, Cho and Cho).
"""

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from ..model import Rhythm

_HOUR: Final = dt.timedelta(hours=1)
_EPOCH: Final = dt.datetime(1970, 1, 5, tzinfo=dt.UTC)  # a Monday
# What was seen counts half after so many hours: rhythms change with the season, news by the day.
_MEMORY: Final = 28 * 24.0
_LATELY: Final = 24.0
_FARTHEST: Final = 28 * 24.0  # hours of one silence that are told apart by the clock
_MOST_FOUND: Final = 200  # in one poll; more is a move of house, no rhythm
# What is believed of a source before it is known, as if so much had been seen: half an entry in
# half a day; and of an hour or a day, that it is like the others.
_ENTRIES_BEFORE, _HOURS_BEFORE = 0.5, 12.0
_ALIKE: Final = 3.0
_AS_EVER: Final = 2.0
_DIGITS: Final = 4  # of each count: it is stored with every poll
_ENOUGH: Final = 6.0  # hours of watching, from which on a rhythm is known


def is_known(rhythm: Rhythm) -> bool:
    """Has the source been watched for long enough to go by its rhythm?"""
    return sum(rhythm.days_watched) >= _ENOUGH


def first_learned(published: Iterable[dt.datetime], now: dt.datetime) -> Rhythm:
    """The rhythm of a source whose first batch has these dates; those not in the past tell
    nothing (A3.10).
    """
    moments = sorted({moment for moment in published if moment < now})
    rhythm = Rhythm(until=moments[0] if moments else now)
    for moment in moments[1:]:
        rhythm = _learned(rhythm, 1, moment, at=moment)
    return _learned(rhythm, 0, now)


def learned(rhythm: Rhythm, found: int, now: dt.datetime) -> Rhythm:
    """The rhythm after a poll at `now` that found so many entries not seen before. Somewhere
    since the last poll they came: in its hours, as the rhythm so far would have them.
    """
    return _learned(rhythm, min(found, _MOST_FOUND), now)


def _learned(
    rhythm: Rhythm, found: int, until: dt.datetime, at: dt.datetime | None = None
) -> Rhythm:
    since = rhythm.until
    if since is None or until <= since:
        return replace(rhythm, until=since or until)
    end = _hours(until)
    elapsed = end - _hours(since)
    by_hour, by_day = rates(rhythm)
    fade = 0.5 ** (elapsed / _MEMORY)
    hours, hours_watched, days, days_watched = (
        [fade * count for count in counts] or [0.0] * size
        for counts, size in (
            (rhythm.hours, 24),
            (rhythm.hours_watched, 24),
            (rhythm.days, 7),
            (rhythm.days_watched, 7),
        )
    )
    begin = end - min(elapsed, _FARTHEST)
    foreseen = 0.0
    shares: list[tuple[int, int, float]] = []
    for hour, length in _clock(begin, end):
        day, of_day = hour // 24 % 7, hour % 24
        hours_watched[of_day] += length
        days_watched[day] += length
        share = length * by_hour[of_day] * by_day[day]
        foreseen += share
        shares.append((day, of_day, share))
    if at is not None:
        hours[at.hour] += found
        days[at.weekday()] += found
    elif found:
        for day, of_day, share in shares:
            hours[of_day] += found * share / foreseen
            days[day] += found * share / foreseen
    fade = 0.5 ** (elapsed / _LATELY)
    return Rhythm(
        until,
        _rounded(hours),
        _rounded(days),
        _rounded(hours_watched),
        _rounded(days_watched),
        round(rhythm.lately * fade + found, _DIGITS),
        round(rhythm.foreseen * fade + foreseen, _DIGITS),
    )


def _rounded(counts: Iterable[float]) -> tuple[float, ...]:
    return tuple(round(count, _DIGITS) for count in counts)


def wait_by(
    rhythm: Rhythm, now: dt.datetime, unseen_for: dt.timedelta, longest: dt.timedelta
) -> dt.timedelta:
    """How long until the entries expected from now on have waited `unseen_for` in all, each from
    when it came out; at most `longest`.
    """
    by_hour, by_day = rates(rhythm)
    lately = (rhythm.lately + _AS_EVER) / (rhythm.foreseen + _AS_EVER)
    begin = _hours(now)
    left = unseen_for / _HOUR
    unseen = 0.0  # entries
    for hour, length in _clock(begin, begin + longest / _HOUR):
        rate = by_hour[hour % 24] * by_day[hour // 24 % 7] * lately
        grown = unseen * length + rate * length * length / 2
        if grown >= left:
            root = math.sqrt(unseen * unseen + 2 * rate * left)
            return max(hour - begin, 0.0) * _HOUR + 2 * left / (unseen + root) * _HOUR
        left -= grown
        unseen += rate * length
    return longest


def rates(rhythm: Rhythm) -> tuple[Sequence[float], Sequence[float]]:
    """Entries an hour in each hour of the day, and by how much each day of the week has more."""
    watched = sum(rhythm.hours_watched) + _HOURS_BEFORE
    rate = (sum(rhythm.hours) + _ENTRIES_BEFORE) / watched
    if not rhythm.hours:
        return (rate,) * 24, (1.0,) * 7
    return (
        [
            rate * (count + _ALIKE) / (rate * hours + _ALIKE)
            for count, hours in zip(rhythm.hours, rhythm.hours_watched, strict=True)
        ],
        [
            (count + _ALIKE) / (rate * hours + _ALIKE)
            for count, hours in zip(rhythm.days, rhythm.days_watched, strict=True)
        ],
    )


def _hours(moment: dt.datetime) -> float:
    """Hours since a Monday long ago."""
    return (moment - _EPOCH) / _HOUR


def _clock(begin: float, end: float) -> Iterator[tuple[int, float]]:
    """The hours by the clock from `begin` to `end`, each with how much of it lies between."""
    hour = math.floor(begin)
    while hour < end:
        yield hour, min(hour + 1, end) - max(hour, begin)
        hour += 1
