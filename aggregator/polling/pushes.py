"""What a push means for a source's poll state (A17.6, A17.9). A push is a hint: it may bring
entries, or the next poll, forward; nothing else of the schedule is its business.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from ..model import PollState, Source
from .hubs import latest
from .outcome import goes_by_rhythm, usual_wait
from .rhythm import learned
from .schedule import MOST_ARRIVALS, PollPolicy, next_poll, outside_skipped, wait_for
from .silence import counted


def after_push(state: PollState, arrivals: Sequence[dt.datetime]) -> PollState:
    """The state after a push that brought entries not seen before."""
    return replace(
        state,
        days=counted(state.days, arrivals, max(arrivals)) if arrivals else state.days,
        rhythm=learned(state.rhythm, len(arrivals), max(arrivals)) if arrivals else state.rhythm,
        arrivals=tuple(sorted((*state.arrivals, *arrivals))[-MOST_ARRIVALS:]),
        articles=state.articles + len(arrivals),
        by_push=latest(state.by_push, len(arrivals), pushed=True),
    )


def with_pushes(state: PollState, stored: PollState | None) -> PollState:
    """The state a poll began from, with what was pushed, or let in by a
    person, while it was under way.
    """
    if stored is None or stored.listed_url != state.listed_url:
        return state
    return replace(
        state,
        arrivals=stored.arrivals,
        articles=stored.articles,
        days=stored.days,
        rhythm=stored.rhythm,
        by_push=stored.by_push,
        held_edits=stored.held_edits,
    )


def after_hint(state: PollState, source: Source, now: dt.datetime, policy: PollPolicy) -> PollState:
    """The state after a push that nobody signed: it is polled as soon as any poll may be (law 9),
    its rhythm aside.
    """
    if state.next_poll_at is None or not goes_by_rhythm(state):
        return state
    soonest = now
    if state.polled_at is not None:
        shortest = wait_for(
            (),
            state.freshness,
            now,
            policy,
            every=source.every if source.every is not None else _shortest(state, policy),
        )
        soonest = max(now, state.polled_at + shortest)
    return replace(
        state, next_poll_at=min(state.next_poll_at, outside_skipped(soonest, state.freshness))
    )


def _shortest(state: PollState, policy: PollPolicy) -> dt.timedelta:
    if state.validators is None and policy.min_interval:
        return max(policy.min_interval, policy.min_interval_no_validators)
    return policy.min_interval


def without_push(state: PollState, source: Source, policy: PollPolicy) -> PollState:
    """The state once its subscription is lost: polled by its own rhythm again, from now on."""
    alone = replace(state, by_push=())
    if not any(state.by_push) or state.polled_at is None or not goes_by_rhythm(state):
        return alone
    wait = usual_wait(alone, source, state.polled_at, policy)
    soonest = next_poll(state.polled_at, wait, state.freshness, jitter=0)
    return replace(alone, next_poll_at=min(state.next_poll_at or soonest, soonest))
