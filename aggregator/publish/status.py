"""Sources and topics as pages and tables show them."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from ..model import Failure, Health

_ILL: Final = frozenset(
    (Health.DEGRADED, Health.DEAD, Health.BLOCKED, Health.NOT_A_FEED, Health.GONE)
)


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One source, as it is now."""

    key: str
    title: str
    url: str
    site_url: str | None
    health: Health
    since: dt.datetime | None
    articles: int
    last_arrival_at: dt.datetime | None
    polled_at: dt.datetime | None
    next_poll_at: dt.datetime | None  # everything considered; None: never again by itself
    failure: Failure | None
    why: str

    @property
    def needs_a_person(self) -> bool:
        """Is this more than bad weather?"""
        return self.health in _ILL


@dataclass(frozen=True, slots=True)
class TopicStatus:
    """One topic, as it is now."""

    key: str
    title: str
    description: str
    stories: int
    newest_at: dt.datetime | None
