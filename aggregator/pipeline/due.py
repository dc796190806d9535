"""Whose turn it is: sources kept in step with feeds.yaml, and claimed one poller at a time."""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Final

from ..model import Health, HostState, PollState, Source
from ..polling.outcome import goes_by_rhythm, usual_wait
from ..polling.schedule import PollPolicy, next_poll
from ..publish.desk import is_blocked_address
from ..text.urls import host_of, site_of
from . import history
from .desks import note_names
from .held import held, reason_held
from .ports import Store
from .setup import Setup

# Longer than the longest poll: an exchange of a minute, and a document that takes its reader to
# the limit. Who holds a lease past this is dead.
LEASE: Final = dt.timedelta(minutes=3)
_OURS: Final = "our own network was down"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A source that is ours to ask, and what was known of it before."""

    source: Source
    state: PollState


def sync_sources(store: Store, setup: Setup, now: dt.datetime) -> None:
    """Bring the store in step with feeds.yaml: new sources are due at once, those no longer
    listed, or blocked, are not polled any more, and keep their stories.
    """
    wanted = {
        key: source for key, source in setup.sources.items() if not _is_blocked(source, setup)
    }
    with store.writing() as tell:
        known = tell.states(tell.source_keys())
        states = [
            held(_in_step(known.get(key), source, setup.polling, now), setup, now)
            for key, source in wanted.items()
        ]
        listed = tell.states()
        tell.save_states(state for state in states if listed.get(state.source) != state)
        seen = [state for state in states if state.source in known]
        before = [known[state.source] for state in seen]
        tell.save_health_changes(
            history.changes(before, seen, now, because="feeds.yaml has changed")
        )
        note_names(tell, before, seen)
        tell.list_only(wanted)
        tell.advance()


def _is_blocked(source: Source, setup: Setup) -> bool:
    return is_blocked_address(source.url, setup.blocklist)


def _in_step(
    state: PollState | None, source: Source, policy: PollPolicy, now: dt.datetime
) -> PollState:
    """The state as feeds.yaml now has it."""
    if state is None:
        return PollState(source.key, source.url, next_poll_at=now, health_since=now)
    if state.move is not None and state.move.url == source.url != state.listed_url:
        state = replace(state, listed_url=source.url, move=None)  # the operator took the hint
    if state.listed_url != source.url:  # another feed: what is known of the old one is no help
        return replace(
            PollState(source.key, source.url, next_poll_at=now, health_since=now),
            articles=state.articles,
            succeeded_at=state.succeeded_at,
        )
    if state.polled_at and state.next_poll_at and goes_by_rhythm(state):
        # Another `every` takes effect now, not after the wait that was.
        wait = usual_wait(state, source, state.polled_at, policy)
        soonest = next_poll(state.polled_at, wait, state.freshness, jitter=0)
        latest = next_poll(state.polled_at, wait, state.freshness, jitter=1)
        if not soonest <= state.next_poll_at <= latest:
            return replace(state, next_poll_at=soonest)
    return state


def claim(
    store: Store,
    setup: Setup,
    now: dt.datetime,
    owner: str,
    limit: int,
    only: Collection[str] | None = None,
    apart: float = 0.0,
) -> list[Claimed]:
    """Take a lease on up to `limit` due sources (of `only`, where given), hosts taking turns. They
    are going to be asked `apart` seconds after each other.

    The time of the next poll moves on in the same transaction, so that neither a crash nor a
    second process can poll again too soon (A3.1, A3.11).
    """
    policy = setup.polling
    with store.reading() as ask:  # a look costs the writer nothing
        if limit <= 0 or not ask.due(now, 1, 1, only):
            return []
    with store.writing() as tell:
        busy = tell.busy_hosts(now)
        room = limit + sum(busy.values())
        hosts: dict[str, str] = {}
        for key, host in tell.due(now, room, policy.host_concurrency, only):
            if busy.get(host, 0) < policy.host_concurrency and key in setup.sources:
                busy[host] = busy.get(host, 0) + 1
                hosts[key] = host
        keys = list(hosts)[:limit]
        states = tell.states(keys)
        claimed = [Claimed(setup.sources[key], states[key]) for key in keys]
        tell.save_states(_leased(one, policy, now, owner) for one in claimed)
        if policy.host_spacing or keys:
            starts = {
                hosts[key]: now + dt.timedelta(seconds=n * apart) for n, key in enumerate(keys)
            }
            known = tell.hosts(starts)
            tell.save_hosts(
                replace(
                    known.get(host, HostState(host)),
                    not_before=start + policy.host_spacing,
                    told_to_wait=False,
                )
                for host, start in starts.items()
                if policy.host_spacing or host in known
            )
        return claimed


def _leased(one: Claimed, policy: PollPolicy, now: dt.datetime, owner: str) -> PollState:
    state, source = one.state, one.source
    base = source.every if source.every is not None else policy.min_interval
    hints = [h for h in (state.freshness.cache_for, state.freshness.ttl) if h is not None]
    wait = max(base, min(max(hints, default=base), policy.max_freshness))
    return replace(state, lease_until=now + LEASE, leased_by=owner, next_poll_at=now + wait)


def give_back(store: Store, claims: Collection[Claimed], retry_at: dt.datetime) -> None:
    """Leave these sources as if they had not been asked: our own network was down (A6.3)."""
    with store.writing() as tell:
        states = tell.states([one.source.key for one in claims])
        back = [
            replace(one.state, next_poll_at=retry_at, lease_until=None, leased_by=None)
            for one in claims
            if (known := states.get(one.source.key)) is not None
            and known.listed_url == one.state.listed_url
            and known.failures <= one.state.failures + 1  # nobody has asked it since
        ]
        tell.save_states(back)
        for state in back:
            known = states[state.source]
            at = known.polled_at or retry_at
            tell.save_health_changes(history.changes([known], [state], at, because=_OURS))


def release_dead(store: Store, is_alive: Callable[[str], bool]) -> None:
    """Give back the leases of pollers that no longer run."""
    with store.reading() as ask:
        dead = {owner for owner in ask.leases().values() if not is_alive(owner)}
    if dead:
        with store.writing() as tell:
            tell.release(dead)


def ask_for(
    store: Store, setup: Setup, keys: Collection[str] | None, now: dt.datetime
) -> tuple[list[str], dict[str, str]]:
    """A person asks for these sources, or for all, to be polled now.

    They become due, but for those whose server has told to wait, which are gone, or which were
    asked a moment ago (A1.13). Returns the keys that are due, and for the others the reason.
    """
    with store.writing() as tell:
        states = {
            key: state
            for key, state in tell.states().items()
            if key in setup.sources and (keys is None or key in keys)
        }
        clocks = tell.hosts([site_of(host_of(state.url)) for state in states.values()])
        asked: list[PollState] = []
        left_out: dict[str, str] = {}
        for key, state in states.items():
            clock = clocks.get(site_of(host_of(state.url)))
            reason = reason_held(state, setup) or _reason_to_wait(state, clock, setup.polling, now)
            if reason is None:
                asked.append(replace(state, next_poll_at=now))
            else:
                left_out[key] = reason
        tell.save_states(asked)
    return [state.source for state in asked], left_out


def _reason_to_wait(
    state: PollState, clock: HostState | None, policy: PollPolicy, now: dt.datetime
) -> str | None:
    if state.health is Health.GONE:
        return "gone: the server answered 410 twice"
    if clock is not None and clock.told_to_wait and clock.not_before and clock.not_before > now:
        return f"its host asked to be left alone until {clock.not_before:%Y-%m-%d %H:%M} UTC"
    if state.not_before is not None and state.not_before > now:
        return f"its server asked to wait until {state.not_before:%Y-%m-%d %H:%M} UTC"
    if state.lease_until is not None and state.lease_until > now:
        return "another process is polling it"
    if state.polled_at is not None and now - state.polled_at < policy.by_hand:
        minutes = int(policy.by_hand.total_seconds() // 60)
        return f"polled less than {minutes} minutes ago"
    return None
