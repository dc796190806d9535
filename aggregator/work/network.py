"""Our own network, judged by what polls come to (A6.3)."""

import datetime as dt
from collections import deque
from typing import Final

from ..model import FetchResult
from ..observe.logs import log
from ..pipeline.due import Claimed
from ..polling.weather import (
    PROBE_EVERY,
    WINDOW,
    Attempt,
    is_own_network_down,
    was_reached,
)
from ..text.urls import host_of

_MOST: Final = 1000  # attempts remembered


class Network:
    """Up, until most hosts that were well fall silent together; down, until one answers."""

    def __init__(self) -> None:
        self.down = False
        self._probe_at: dt.datetime | None = None
        self._recent: deque[tuple[Attempt, Claimed]] = deque(maxlen=_MOST)

    def saw(self, one: Claimed, result: FetchResult, now: dt.datetime) -> list[Claimed]:
        """Take note of an answer. Returns the polls that failed by no fault of their sources,
        those recorded as failures before included.
        """
        reached = was_reached(result)
        if self.down:
            if reached:
                log.info("the network is back")
                self.down = False
                self._recent.clear()
            return [] if reached else [one]
        if one.state.failures and not reached:
            return []  # ill before: says nothing of us
        self._recent.append((Attempt(now, host_of(one.source.url), reached), one))
        if reached or not is_own_network_down((attempt for attempt, _ in self._recent), now):
            return []
        self.down, self._probe_at = True, now + PROBE_EVERY
        log.warning("our own network seems down; one poll a minute until it is back")
        return [
            claimed
            for attempt, claimed in self._recent
            if not attempt.reached and attempt.at > now - WINDOW
        ]

    def is_to_blame(self, one: Claimed, result: FetchResult) -> bool:
        """Is this failure now known to be ours, and not the source's?"""
        return self.down and not was_reached(result) and not one.state.failures

    def allowance(self, free: int, now: dt.datetime) -> int:
        """How many of the polls there is room for may begin: one a minute while it is down."""
        if not self.down:
            return free
        return min(free, 1) if self._probe_at is None or now >= self._probe_at else 0

    def probed(self, now: dt.datetime) -> None:
        """A poll has begun: the next one, while it is down, in a minute."""
        self._probe_at = now + PROBE_EVERY
