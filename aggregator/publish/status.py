"""Sources and topics as pages and tables show them."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

from ..model import Asking, Days, Failure, Health

ILL: Final = frozenset(
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
    notices: tuple[str, ...] = ()  # what the operator should know besides
    days: Days = field(default_factory=Days)
    failing_since: dt.datetime | None = None
    failures: int = 0  # in a row
    asked_at: str = ""  # the address, where it is not the listed one
    asking: Asking = Asking.BOTH

    @property
    def reasons(self) -> tuple[str, ...]:
        """All there is to say of how it is."""
        return tuple(filter(None, (self.why, *self.notices)))

    @property
    def needs_a_person(self) -> bool:
        """Is this more than bad weather?"""
        return self.health in ILL


@dataclass(frozen=True, slots=True)
class TopicStatus:
    """One topic, as it is now."""

    key: str
    title: str
    description: str
    stories: int
    newest_at: dt.datetime | None
    anew: tuple[int, int] | None = None  # its stories are being found anew: done, of how many
    days: Days = field(default_factory=Days)


def in_words(length: dt.timedelta) -> str:
    """A length of time in its largest unit that says enough.

    >>> in_words(dt.timedelta(hours=50))
    '2 days'
    """
    minutes = max(1, round(length.total_seconds() / 60))
    for unit, size in (("week", 10080), ("day", 1440), ("hour", 60), ("minute", 1)):
        if minutes >= 2 * size or size == 1:
            number = round(minutes / size)
            return f"{number} {unit}" + ("s" if number != 1 else "")
    raise AssertionError("a minute is always enough")
