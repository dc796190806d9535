"""Sources that are not polled although feeds.yaml lists them: paused by the operator, or found to
be the same feed as another that is polled (A5.7).
"""

import datetime as dt
from dataclasses import replace

from ..model import Health, PollState
from .setup import Setup


def twin_of(state: PollState, setup: Setup) -> str | None:
    """The key of the listed source that this one has turned out to be."""
    if state.move is None or state.move.confirmed_at is None:
        return None
    url = state.move.url
    return next(
        (k for k, one in setup.sources.items() if one.url == url and k != state.source), None
    )


def reason_held(state: PollState, setup: Setup) -> str | None:
    """Why it is not polled; None when it is."""
    source = setup.sources.get(state.source)
    if source is not None and source.paused:
        return "paused in feeds.yaml"
    twin = twin_of(state, setup)
    return f"the same feed as {twin}, which is polled; take one of them out" if twin else None


def held(state: PollState, setup: Setup, now: dt.datetime) -> PollState:
    """The state as it should be: without a next poll when it is held, with one when no longer."""
    source = setup.sources.get(state.source)
    if source is None:
        return state
    if source.paused:
        if state.health is Health.PAUSED:
            return replace(state, next_poll_at=None)
        return replace(state, next_poll_at=None, health=Health.PAUSED, health_since=now)
    if state.health is Health.PAUSED:  # the next poll says how it is
        return replace(state, next_poll_at=now, health=Health.NEW, health_since=now)
    if twin_of(state, setup):
        return replace(state, next_poll_at=None)
    if state.next_poll_at is None and state.health is not Health.GONE:
        return replace(state, next_poll_at=now)
    return state
