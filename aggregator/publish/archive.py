"""Archives of a topic's feed (RFC 5005, section 4): how its history is cut, and which parts are
closed. Pure: from the number of stories of each day, never from the stories.

All admissions of a topic stand in a row, by date and then by story. Each month (UTC) of the row is
cut in parts of `PART`, the last of them being what is left. Parts close from the old to the new:

- one that is full, when `MARGIN` more have come after it in its month: what comes out of turn, or
  leaves again soon, is among the newest and finds no closed part;
- all of a month, when anything was published on the second day after it or later, in whatever topic
  (B5.2): the store says so, not the clock (law 5);
- all of a month, when a part of a later one is closed: busy topics do not wait;
- those with a story of a day that the feed's floor hides, or hides in part (B3.7): it would stand
  nowhere else. The last of these may still be filled.

So never more than 2 × (PART + MARGIN - 1) are in no closed part, and these are the newest: the
subscription document has room for them.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..model import Admitted, Day, Month, Topic, TopicFeed
from .desk import Desk
from .feed import BEGINNING, entries_of, feed_of, topic_path

PART: Final = 80  # entries
MARGIN: Final = 20
MAX_AGE: Final = 86_400  # seconds (B7.7)
_NAME: Final = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])(?:-([1-9]\d{0,5}))?")
_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Part:
    """A closed part of a month, by number from 1 on."""

    month: dt.date  # its first day
    number: int

    @property
    def name(self) -> str:
        """How it is called in addresses: `2026-11`, `2026-11-2`."""
        return f"{self.month:%Y-%m}" + (f"-{self.number}" if self.number > 1 else "")


@dataclass(frozen=True, slots=True)
class Slice:
    """Where the stories of a part are: among those of these days, without the first `skip`."""

    days: tuple[Day, ...]
    skip: int
    most: int

    @property
    def since(self) -> dt.datetime:
        """From when on."""
        return _start(self.days[0].day)

    @property
    def until(self) -> dt.datetime:
        """Before when."""
        return _start(self.days[-1].day + _DAY)


@dataclass(frozen=True, slots=True)
class Archived:
    """A part, what it is made from, and the parts beside it."""

    part: Part
    slice: Slice
    older: Part | None
    newer: Part | None


@dataclass(frozen=True, slots=True)
class Chain:
    """The closed parts of a topic, the old ones first; as many as there may be, it is small."""

    months: tuple[Month, ...] = ()  # with stories, in order
    closed: tuple[int, ...] = ()  # how many parts of each

    @property
    def newest(self) -> Part | None:
        """The last part that is closed."""
        both = reversed(list(zip(self.months, self.closed, strict=True)))
        return next((Part(month.first, closed) for month, closed in both if closed), None)

    @property
    def open(self) -> int:
        """How many stories no closed part holds: the newest ones."""
        both = zip(self.months, self.closed, strict=True)
        return sum(max(month.stories - closed * PART, 0) for month, closed in both)

    def parts(self) -> Iterator[Part]:
        """All of them."""
        for month, closed in zip(self.months, self.closed, strict=True):
            yield from (Part(month.first, number + 1) for number in range(closed))

    def month_of(self, part: Part) -> Month | None:
        """The month of a part; None where the part is not, or not closed."""
        place = self._place(part)
        return None if place is None else self.months[place]

    def at(self, part: Part, days: Sequence[Day]) -> Archived | None:
        """Where a part stands, whose month has these days; None where it is not, or not closed."""
        place = self._place(part)
        if place is None:
            return None
        before, after = (place - 1, place + 1)
        older = newer = None
        if part.number > 1:
            older = Part(part.month, part.number - 1)
        elif place:
            older = Part(self.months[before].first, self.closed[before])
        if part.number < self.closed[place]:
            newer = Part(part.month, part.number + 1)
        elif after < len(self.months) and self.closed[after]:
            newer = Part(self.months[after].first, 1)
        return Archived(part, _slice(days, (part.number - 1) * PART), older, newer)

    def _place(self, part: Part) -> int | None:
        place = next((n for n, one in enumerate(self.months) if one.first == part.month), None)
        if place is None or not 1 <= part.number <= self.closed[place]:
            return None
        return place


def chain_of(
    months: Sequence[Month], last_day: dt.date | None, below: tuple[dt.date, int] | None = None
) -> Chain:
    """The closed parts of a topic that has published so much in these months, in order.

    `last_day`: the newest on which anything was published at all; `below`: the month of the feed's
    floor, by its first day, and how many stories it has up to the day of the floor.
    """
    if not months:
        return Chain()
    own = months[-1].last_day
    over_before = _open_since(max(own, last_day or own))
    floor, hidden = below or (over_before, 0)
    over_before = max(over_before, floor)
    told = tuple(month for month in months if month.stories > 0)
    closed: list[int] = []
    for month in reversed(told):
        if month.first < over_before or any(closed):
            closed.append(-(-month.stories // PART))
        else:
            full = max(month.stories - MARGIN, 0) // PART
            closed.append(max(full, -(-hidden // PART)) if month.first == floor else full)
    return Chain(told, tuple(reversed(closed)))


def closing(last_day: dt.date | None) -> dt.date | None:
    """What `chain_of` makes of the newest day: the same for a month long."""
    return None if last_day is None else _open_since(last_day)


def open_since(last_day: dt.date | None) -> dt.datetime:
    """All that was admitted before is closed, however little it is."""
    return BEGINNING if last_day is None else _start(_open_since(last_day))


def _open_since(newest: dt.date) -> dt.date:
    """The months before this one are closed when this is the newest day."""
    return _month(newest - _DAY)


def part_named(name: str) -> Part | None:
    """The part that is called so; None where none ever is."""
    said = _NAME.fullmatch(name)
    if said is None or said[3] == "1":
        return None
    return Part(dt.date(int(said[1]), int(said[2]), 1), int(said[3] or 1))


def archive_path(topic: str, part: Part) -> str:
    """Where a part is published, without an ending."""
    return f"{topic_path(topic)}/archive/{part.name}"


def archive_feed(
    topic: Topic, admitted: Sequence[Admitted], desk: Desk, archived: Archived
) -> TopicFeed:
    """A closed part as a feed document, newest first as every feed is: never with full texts, so
    that what retention forgets changes nothing.
    """
    entries = tuple(replace(one, html=None) for one in entries_of(topic, admitted, desk))
    moments = [max(entry.updated, entry.admitted_at) for entry in entries]
    feed = feed_of(topic, desk, entries, max(moments, default=BEGINNING))
    return replace(
        feed,
        hubs=(),  # nothing comes to it
        path=archive_path(topic.key, archived.part),
        current=feed.path,
        older=archive_path(topic.key, archived.older) if archived.older else "",
        newer=archive_path(topic.key, archived.newer) if archived.newer else "",
    )


def _slice(days: Sequence[Day], first: int) -> Slice:
    """Where the stories are before which there are `first` others in their month."""
    its: list[Day] = []
    before = skip = 0
    for day in days:
        if before < first + PART and before + day.stories > first:
            skip = skip if its else first - before
            its.append(day)
        before += day.stories
    return Slice(tuple(its), skip, PART)


def _month(day: dt.date) -> dt.date:
    return day.replace(day=1)


def _start(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
