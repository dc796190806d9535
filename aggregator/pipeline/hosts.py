"""What finished polls say of their hosts: 429s, floods of 403s, and hosts that answer again."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from ..model import (
    Failure,
    FailureKind,
    Fetched,
    HostState,
    NotModified,
    PollState,
)
from ..polling.outcome import usual_wait
from ..polling.refusals import after_refusal, forgiven, is_rate_limit
from ..polling.schedule import after_rate_limit
from ..text.urls import host_of, site_of
from .poll import Finished
from .ports import Chance, Tell
from .setup import Setup

_BINDING = (FailureKind.RATE_LIMITED, FailureKind.FORBIDDEN)


def save_hosts(
    tell: Tell,
    finished: Sequence[Finished],
    states: Sequence[PollState],
    setup: Setup,
    chance: Chance,
) -> list[PollState]:
    """Save the clocks of hosts that said 429 (A2.6) or refuse everything (A2.8), and of those
    that answer again. Returns the states, which wait for their host where it binds them.
    """
    kept = list(states)
    bound: dict[str, list[int]] = defaultdict(list)
    fine: set[str] = set()
    for number, one in enumerate(finished):
        asked = site_of(host_of(one.state.url))
        if isinstance(one.result, Failure) and one.result.kind in _BINDING and one.result.status:
            for host in sorted({asked, site_of(host_of(one.result.url or one.state.url))}):
                bound[host].append(number)
        elif isinstance(one.result, Fetched | NotModified):
            fine.add(asked)
    known = tell.hosts(bound.keys() | fine)
    changed = [
        replace(known[host], strikes=0, told_to_wait=False, refused=())
        for host in fine - bound.keys()
        if host in known and (known[host].strikes or known[host].refused)
    ]
    for host, numbers in bound.items():
        clock = known.get(host, HostState(host))
        for number in numbers:
            clock = _after(clock, finished[number], kept[number], setup, chance())
            kept[number] = _waiting(kept[number], finished[number], clock)
        if is_rate_limit(clock):
            _forgive(tell, clock, finished, kept)
        changed.append(clock)
    tell.save_hosts(changed)
    return kept


def _after(
    clock: HostState, one: Finished, state: PollState, setup: Setup, jitter: float
) -> HostState:
    assert isinstance(one.result, Failure)
    at = one.finished_at
    if one.result.kind is FailureKind.FORBIDDEN:
        return after_refusal(clock, one.source.key, at, jitter)
    wait = usual_wait(state, one.source, at, setup.polling)
    return after_rate_limit(clock, one.result.retry_after, wait, at, setup.polling, jitter)


def _waiting(state: PollState, one: Finished, clock: HostState) -> PollState:
    assert isinstance(one.result, Failure)
    until, next_poll_at = clock.not_before, state.next_poll_at
    if one.result.kind is not FailureKind.RATE_LIMITED or until is None or next_poll_at is None:
        return state
    return replace(state, next_poll_at=max(next_poll_at, until))


def _forgive(
    tell: Tell, clock: HostState, finished: Sequence[Finished], states: list[PollState]
) -> None:
    """Its refusals were a rate limit: no source of it is to blame, those asked before included."""
    refused = {key for key, _ in clock.refused}
    at: dt.datetime = max(moment for _, moment in clock.refused)
    for number, one in enumerate(finished):
        if one.source.key in refused:
            states[number] = forgiven(states[number], clock.not_before, at)
            refused.discard(one.source.key)
    before = [
        state
        for state in tell.states(sorted(refused)).values()
        if state.failure is not None and state.failure.kind is FailureKind.FORBIDDEN
    ]
    tell.save_states(forgiven(state, clock.not_before, at) for state in before)
