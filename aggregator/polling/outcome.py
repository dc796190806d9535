"""What an answer means for a source: its new poll state, health included (A2, A6)."""

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Final

from ..model import (
    Asking,
    Failure,
    FailureKind,
    FeedInfo,
    Fetched,
    FetchRequest,
    FetchResult,
    Freshness,
    Health,
    Hub,
    NotModified,
    PollState,
    Source,
    Validators,
)
from . import conditions, moves
from .freshness import after_not_modified, cache_for
from .hubs import latest
from .names import named
from .request import validators_from
from .rhythm import first_learned, learned
from .schedule import (
    MOST_ARRIVALS,
    PollPolicy,
    backoff,
    next_poll,
    outside_skipped,
    stretched,
    wait_for,
)
from .silence import IDLE_AFTER, counted, is_quiet

_DAY: Final = dt.timedelta(days=1)
_DEGRADED_AFTER: Final = 3 * _DAY
_DEAD_AFTER: Final = 30 * _DAY
_MONTHLY_AFTER: Final = 120 * _DAY
_WEEKLY_AFTER: Final = 7 * _DAY
# Failures that say "not you, not now": asking again soon is what they complain of.
_DAILY: Final = frozenset((FailureKind.AUTH, FailureKind.FORBIDDEN, FailureKind.GONE))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one poll came to, as far as the schedule is concerned."""

    result: FetchResult
    body_digest: str | None = None  # None: keep what is known
    read: bool = False  # a document was parsed: what follows speaks of it
    info: FeedInfo = field(default_factory=FeedInfo)
    ttl: dt.timedelta | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    complete: bool = False
    arrivals: tuple[dt.datetime, ...] = ()  # of entries not seen before
    asked: FetchRequest | None = None
    shared: bool = False  # the document has entries that were known before
    hub: Hub | None = None


def after_poll(
    state: PollState,
    source: Source,
    outcome: Outcome,
    now: dt.datetime,
    policy: PollPolicy,
    jitter: float,
) -> PollState:
    """The state after a poll that began from `state`; the lease is given back."""
    done = replace(
        state,
        polled_at=now,
        lease_until=None,
        leased_by=None,
        not_before=None,
        conditions=conditions.after_probe(state.conditions, outcome.asked, now),
    )
    if not isinstance(outcome.result, Failure):
        info = outcome.info if outcome.read else None
        move = moves.after_success(
            state, outcome.result, now, source=source, info=info, shared=outcome.shared
        )
        done = replace(done, move=move)
    match outcome.result:
        case Failure() as failure:
            taught = conditions.after_failure(done.conditions, outcome.asked, failure, now)
            failed = replace(done, conditions=taught)
            return _failed(failed, state, source, failure, now, policy, jitter)
        case Fetched() as fetched:
            return _succeeded(
                _learned(done, fetched, outcome, now), source, outcome, now, policy, jitter
            )
        case NotModified(headers=headers, url=url):
            learned = replace(
                done,
                freshness=after_not_modified(done.freshness, headers),
                validators=_refreshed(done.validators, validators_from(url, headers)),
                conditions=conditions.after_not_modified(done.conditions, now),
            )
            return _succeeded(learned, source, outcome, now, policy, jitter)


def _learned(state: PollState, fetched: Fetched, outcome: Outcome, now: dt.datetime) -> PollState:
    """What a 200 says replaces what was known: hints it no longer gives are forgotten (A3.8)."""
    freshness = replace(state.freshness, cache_for=cache_for(fetched.headers))
    if outcome.read:
        freshness = Freshness(
            freshness.cache_for,
            outcome.ttl,
            outcome.skip_hours,
            outcome.skip_days,
            outcome.complete,
        )
    return replace(
        state,
        validators=validators_from(fetched.url, fetched.headers),
        conditions=conditions.after_fetched(
            state, outcome.asked, fetched, same=not outcome.read, now=now
        ),
        body_digest=outcome.body_digest or state.body_digest,
        freshness=freshness,
        info=named(outcome.info, state.info) if outcome.read else state.info,
        # Of equal bytes the links are equal too: only the header may say something new.
        hub=outcome.hub if outcome.read else outcome.hub or state.hub,
    )


def _refreshed(known: Validators | None, given: Validators | None) -> Validators | None:
    """A 304's own validators overwrite those it carries (A1.6)."""
    if given is None or known is None:
        return known or given
    return Validators(
        known.url, given.etag or known.etag, given.last_modified or known.last_modified
    )


def _succeeded(
    state: PollState,
    source: Source,
    outcome: Outcome,
    now: dt.datetime,
    policy: PollPolicy,
    jitter: float,
) -> PollState:
    arrivals = tuple(sorted((*state.arrivals, *outcome.arrivals))[-MOST_ARRIVALS:])
    if state.succeeded_at is None:  # its entries were all seen at once: their own dates tell
        rhythm = first_learned(outcome.arrivals, now)
    else:
        rhythm = learned(state.rhythm, len(outcome.arrivals), now)
    by_push = latest(state.by_push, len(outcome.arrivals), pushed=False)
    known = replace(state, arrivals=arrivals, rhythm=rhythm, by_push=by_push, succeeded_at=now)
    wait = usual_wait(known, source, now, policy)
    recovered = replace(
        known,
        articles=state.articles + len(outcome.arrivals),
        failures=0,
        failing_since=None,
        failure=None,
        next_poll_at=next_poll(now, wait, state.freshness, jitter),
        days=counted(state.days, outcome.arrivals, now),
    )
    return _with_health(recovered, _well(recovered, now), now)


def _well(state: PollState, now: dt.datetime) -> Health:
    """How a source is whose poll went well: judged by its own rhythm."""
    if state.arrivals and now - state.arrivals[-1] > IDLE_AFTER:
        return Health.IDLE
    if is_quiet(state.arrivals, now):
        return Health.QUIET
    moved = state.move is not None and state.move.confirmed_at is not None
    return Health.MOVED if moved else Health.ACTIVE


def goes_by_rhythm(state: PollState) -> bool:
    """Was the next poll set by how often the source posts: by no failure, lease or server?"""
    return (
        state.failures == 0
        and state.health is not Health.RATE_LIMITED
        and not state.leased_by
        and state.not_before is None
    )


def usual_wait(
    state: PollState, source: Source, now: dt.datetime, policy: PollPolicy
) -> dt.timedelta:
    """How long a source in this state is left alone, by its rhythm and what it asks."""
    if state.succeeded_at is None:  # of its rhythm nothing is known: no silence to wait out
        return source.every if source.every is not None else policy.min_interval
    wait = wait_for(
        state.arrivals,
        state.freshness,
        now,
        policy,
        every=source.every,
        rhythm=state.rhythm,
        has_validators=state.validators is not None and state.conditions.asking is not Asking.PLAIN,
    )
    return stretched(wait, state.by_push, policy)


def _failed(
    state: PollState,
    before: PollState,
    source: Source,
    failure: Failure,
    now: dt.datetime,
    policy: PollPolicy,
    jitter: float,
) -> PollState:
    wait = usual_wait(state, source, now, policy)
    if failure.kind is FailureKind.RATE_LIMITED:
        # The host's clock decides; the source has done nothing wrong.
        limited = replace(
            state, failure=failure, next_poll_at=next_poll(now, wait, state.freshness, jitter)
        )
        return _with_health(limited, Health.RATE_LIMITED, now)
    # A person who looks again at once has not asked twice (A2.5).
    gone_before = (
        before.failure is not None
        and before.failure.kind is FailureKind.GONE
        and before.polled_at is not None
        and now - before.polled_at >= _DAY
    )
    failing = replace(
        state,
        failures=state.failures + 1,
        failing_since=state.failing_since or now,
        failure=failure,
    )
    health = _ill(failing, now, gone_before)
    failing = replace(
        _with_health(failing, health, now), move=moves.after_failure(failing, failure)
    )
    if health is Health.GONE:
        return replace(failing, next_poll_at=None)
    delay = backoff(wait, failing.failures, jitter)
    if failure.kind in _DAILY:
        delay = max(delay, _DAY)
    if failure.retry_after is not None:
        asked = min(failure.retry_after, policy.max_retry_after)
        delay = max(delay, asked * (1 + 0.1 * jitter))
        failing = replace(failing, not_before=now + asked)
    delay = max(delay, _patience(failing, now))
    return replace(failing, next_poll_at=outside_skipped(now + delay, state.freshness))


def _ill(state: PollState, now: dt.datetime, gone_before: bool) -> Health:
    """Which illness: the server's word first, then how long it has lasted."""
    assert state.failure is not None
    assert state.failing_since is not None
    if state.failure.kind is FailureKind.GONE and gone_before:
        return Health.GONE
    lasted = now - state.failing_since
    if lasted >= _DEAD_AFTER:
        return Health.DEAD
    if state.failure.kind is FailureKind.FORBIDDEN:
        return Health.BLOCKED
    if state.failure.kind is FailureKind.NOT_A_FEED:
        return Health.NOT_A_FEED
    return Health.DEGRADED if lasted >= _DEGRADED_AFTER else Health.FAILING


def _patience(state: PollState, now: dt.datetime) -> dt.timedelta:
    """How seldom a source that stays ill is asked: never never (A6)."""
    lasted = now - (state.failing_since or now)
    if state.health is Health.DEAD:
        return 30 * _DAY if lasted >= _MONTHLY_AFTER else 7 * _DAY
    if state.health is Health.BLOCKED and lasted >= _WEEKLY_AFTER:
        return 7 * _DAY
    return dt.timedelta()


def _with_health(state: PollState, health: Health, now: dt.datetime) -> PollState:
    if state.health is health and state.health_since is not None:
        return state
    return replace(state, health=health, health_since=now)
