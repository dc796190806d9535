"""Whose fault is it: the server's that was not reached, or our own network's (A6.3)?"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ..model import Failure, FailureKind, FetchResult

WINDOW: Final = dt.timedelta(minutes=5)
PROBE_EVERY: Final = dt.timedelta(seconds=60)
_LEAST_HOSTS: Final = 3  # two that fall silent together prove nothing
_UNREACHED: Final = frozenset((FailureKind.DNS, FailureKind.CONNECT, FailureKind.TIMEOUT))


@dataclass(frozen=True, slots=True)
class Attempt:
    """A host that was well before, and whether it was reached now."""

    at: dt.datetime
    host: str
    reached: bool


def was_reached(result: FetchResult) -> bool:
    """Did anything at all come back from the host?"""
    return not (
        isinstance(result, Failure)
        and result.kind in _UNREACHED
        and result.phase in ("dns", "connect")
    )


def is_own_network_down(attempts: Iterable[Attempt], now: dt.datetime) -> bool:
    """Have more than half of the hosts tried of late, and at least three, not been reached?"""
    hosts: dict[str, bool] = {}
    for attempt in attempts:
        if attempt.at > now - WINDOW:
            hosts[attempt.host] = hosts.get(attempt.host, False) or attempt.reached
    return len(hosts) >= _LEAST_HOSTS and sum(hosts.values()) * 2 < len(hosts)
