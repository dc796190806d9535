"""How long to wait: the cadence of A3, back-off of A6, and what a server demands (A2)."""

import datetime as dt
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ..model import Freshness, HostState, Rhythm
from .rhythm import is_known, wait_by

_HOUR: Final = dt.timedelta(hours=1)
_DAY: Final = dt.timedelta(days=1)
_NONE: Final = dt.timedelta()
_MONTH: Final = 30 * _DAY
_UNKNOWN: Final = Rhythm()
MOST_ARRIVALS: Final = 20


@dataclass(frozen=True, slots=True)
class PollPolicy:
    """The numbers of protocol section 0 that bind the schedule."""

    min_interval: dt.timedelta = _HOUR
    min_interval_no_validators: dt.timedelta = 3 * _HOUR
    max_interval: dt.timedelta = _DAY
    max_freshness: dt.timedelta = _DAY
    max_retry_after: dt.timedelta = 7 * _DAY
    host_spacing: dt.timedelta = dt.timedelta(seconds=2)
    host_concurrency: int = 1
    by_hand_every: dt.timedelta = dt.timedelta(minutes=15)  # A1.13
    # For how long entries may be out there unseen, all of them together: the price of a poll. Less
    # finds news sooner, by more polls of every source (decisions/0017).
    unseen_for: dt.timedelta = dt.timedelta(minutes=90)

    @property
    def by_hand(self) -> dt.timedelta:
        """The shortest time between two polls of a source that a person asks for."""
        return self.by_hand_every if self.min_interval else _NONE


def wait_for(
    arrivals: Sequence[dt.datetime],
    freshness: Freshness,
    now: dt.datetime,
    policy: PollPolicy,
    *,
    every: dt.timedelta | None = None,
    has_validators: bool = True,
    rhythm: Rhythm = _UNKNOWN,
) -> dt.timedelta:
    """How long to leave a healthy source alone: max(base, hint) of A3, before jitter.

    `arrivals`: when its newest entries were first seen; `every`: the operator's own interval,
    which takes the place of the base; `rhythm`: when it posts, which takes the place of the
    formula of A3 as soon as it is known.
    """
    base = (
        every
        if every is not None
        else _base(arrivals, freshness, now, policy, has_validators, rhythm)
    )
    hints = [hint for hint in (freshness.cache_for, freshness.ttl) if hint is not None]
    return max(base, min(max(hints, default=_NONE), policy.max_freshness))


def stretched(wait: dt.timedelta, by_push: Sequence[bool], policy: PollPolicy) -> dt.timedelta:
    """The wait of a source whose hub is proven: four times as long, up to the longest (A3). A hub
    is proven while one of the last three new entries came by push before a poll saw it (A17.9).
    """
    return max(wait, min(4 * wait, policy.max_interval)) if any(by_push) else wait


def _base(
    arrivals: Sequence[dt.datetime],
    freshness: Freshness,
    now: dt.datetime,
    policy: PollPolicy,
    has_validators: bool,
    rhythm: Rhythm,
) -> dt.timedelta:
    """Between MIN and MAX: by the rhythm where it is known, else by the formula of A3."""
    shortest = policy.min_interval
    if not has_validators and policy.min_interval:
        # Each poll costs the server a whole body.
        shortest = max(shortest, policy.min_interval_no_validators)
    longest = max(policy.max_interval, shortest)
    if freshness.complete:  # A3.7; by then it is shown as idle
        silent = bool(arrivals) and now - max(arrivals) > _MONTH
        return max(longest, _MONTH) if silent else longest
    if is_known(rhythm):
        wait = wait_by(rhythm, now, policy.unseen_for, longest)
    else:
        wait = _formula(arrivals, now)
    return min(max(wait, shortest), longest)


def _formula(arrivals: Sequence[dt.datetime], now: dt.datetime) -> dt.timedelta:
    """max(g/2, s/10) of A3: g the median gap between entries, s the silence since."""
    moments = sorted({moment for moment in arrivals if moment <= now})  # A3.10
    gap = 12 * _HOUR
    if len(moments) >= 3:
        gaps = [(b - a).total_seconds() for a, b in pairwise(moments)]
        gap = dt.timedelta(seconds=statistics.median(gaps))
    silence = now - moments[-1] if moments else _NONE
    return max(gap / 2, silence / 10)


def next_poll(
    now: dt.datetime, wait: dt.timedelta, freshness: Freshness, jitter: float
) -> dt.datetime:
    """The moment after a wait: up to a tenth later (`jitter` of 0 to 1), never sooner (A3.3), and
    outside the hours and days the feed wants to be left alone (A3.6).
    """
    return outside_skipped(now + wait * (1 + 0.1 * jitter), freshness)


def outside_skipped(moment: dt.datetime, freshness: Freshness) -> dt.datetime:
    """The moment itself, or the first full hour after it that the feed does not skip."""
    for _ in range(24 * 8):
        skipped = moment.hour in freshness.skip_hours or moment.weekday() in freshness.skip_days
        if not skipped:
            break
        moment = moment.replace(minute=0, second=0, microsecond=0) + _HOUR
    return moment


def backoff(wait: dt.timedelta, failures: int, jitter: float) -> dt.timedelta:
    """The delay after so many failures in a row (A6): 15 minutes doubling, at least the usual
    wait, otherwise at most a day, and up to a quarter more.
    """
    doubling = dt.timedelta(minutes=15) * float(2 ** min(failures - 1, 10))
    return max(wait, min(_DAY, doubling)) * (1 + 0.25 * jitter)


def after_rate_limit(
    host: HostState,
    asked: dt.timedelta | None,
    wait: dt.timedelta,
    now: dt.datetime,
    policy: PollPolicy,
    jitter: float,
) -> HostState:
    """The host's clock after a 429 (A2.6): as long as it asks, or an hour at least, doubling."""
    strikes = host.strikes + 1
    delay = asked if asked is not None else max(_HOUR, 2 * wait) * 2 ** min(strikes - 1, 7)
    until = now + min(delay, policy.max_retry_after) * (1 + 0.1 * jitter)
    return HostState(
        host.host,
        not_before=max(until, host.not_before or until),
        told_to_wait=True,
        strikes=strikes,
    )
