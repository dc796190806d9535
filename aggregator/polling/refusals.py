"""Hosts that refuse one source after the other: a rate limit by another name (A2.8)."""

import datetime as dt
from dataclasses import replace
from typing import Final

from ..model import Health, HostState, PollState

_WITHIN: Final = dt.timedelta(hours=1)
_MANY: Final = 3
_REST: Final = dt.timedelta(hours=6)


def after_refusal(host: HostState, source: str, now: dt.datetime, jitter: float) -> HostState:
    """The host's clock after a 403 for a source: after three sources within an hour it binds
    them all for six hours.
    """
    recent = {key: at for key, at in host.refused if now - at < _WITHIN} | {source: now}
    refused = tuple(sorted(recent.items()))
    if len(refused) < _MANY:
        return replace(host, refused=refused)
    until = now + _REST * (1 + 0.1 * jitter)
    return replace(
        host,
        not_before=max(until, host.not_before or until),
        told_to_wait=True,
        refused=refused,
    )


def is_rate_limit(host: HostState) -> bool:
    """Do its refusals speak of the host, and not of a source?"""
    return len(host.refused) >= _MANY


def forgiven(state: PollState, until: dt.datetime | None, now: dt.datetime) -> PollState:
    """A source whose 403 was its host's rate limit: it has done nothing wrong, and waits for the
    host's clock alone.
    """
    failures = max(state.failures - 1, 0)
    limited = state.health is Health.RATE_LIMITED
    return replace(
        state,
        failures=failures,
        failing_since=state.failing_since if failures else None,
        next_poll_at=until,
        health=Health.RATE_LIMITED,
        health_since=state.health_since if limited else now,
    )
