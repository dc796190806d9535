"""Archives of the feeds of topics: which there are now, and what each is made from."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Final

from ..model import Admitted, Day, Month, Topic, TopicFeed, TopicState
from ..publish.archive import Archived, Chain, Part, archive_feed, archive_path, chain_of, closing
from ..publish.desk import Desk
from .desks import desk_for
from .ports import Ask, Store
from .setup import Setup

ENDINGS: Final = (".atom", ".json")

# What a chain was made from: the topic, and which months are over.
_State = tuple[TopicState | None, dt.date | None]


def chain_in(ask: Ask, stored_as: str, state: TopicState | None) -> Chain:
    """The archives of a topic, as the store has it."""
    below = None
    if state is not None and (floor := state.floor_at) is not None:
        days = ask.days_of(stored_as, floor.date().replace(day=1))
        hidden = sum(day.stories for day in days if day.day <= floor.date())
        below = floor.date().replace(day=1), hidden
    return chain_of(ask.months(stored_as), ask.last_day(), below)


class Archives:
    """The chains of all topics, each read anew when something of its topic has changed, and of
    months that were asked for the days, when something of the month has. Safe to use from several
    threads.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._chains: dict[str, tuple[_State, Chain]] = {}
        self._days: dict[tuple[str, dt.date], tuple[Month, tuple[Day, ...]]] = {}

    def chain(self, key: str, topics: Mapping[str, TopicState], last_day: dt.date | None) -> Chain:
        """The chain of a topic, by the key that the store knows it by. Costs a read of its months
        when the topic has changed, else nothing.
        """
        known = self.known_chain(key, topics, last_day)
        if known is None:
            with self._store.reading() as ask:
                known = chain_in(ask, key, topics.get(key))
            self._chains[key] = ((topics.get(key), closing(last_day)), known)
        return known

    def known_chain(
        self, key: str, topics: Mapping[str, TopicState], last_day: dt.date | None
    ) -> Chain | None:
        """The chain, when it is known without asking the store."""
        known = self._chains.get(key)
        current = known is not None and known[0] == (topics.get(key), closing(last_day))
        return known[1] if known is not None and current else None

    def archived(self, key: str, chain: Chain, part: Part) -> Archived | None:
        """Where a part stands; None where it is not, or not closed. Costs a read of the days of
        its month when something of them has changed, else nothing.
        """
        month = chain.month_of(part)
        if month is None:
            return None
        days = self._known_days(key, month)
        if days is None:
            with self._store.reading() as ask:
                days = ask.days_of(key, month.first)
            self._days[key, month.first] = (month, days)
        return chain.at(part, days)

    def known(self, key: str, chain: Chain, part: Part) -> bool:
        """Can `archived` tell without asking the store?"""
        month = chain.month_of(part)
        return month is None or self._known_days(key, month) is not None

    def _known_days(self, key: str, month: Month) -> tuple[Day, ...] | None:
        known = self._days.get((key, month.first))
        return known[1] if known is not None and known[0] == month else None

    def feed(self, topic: Topic, stored_as: str, part: Part, setup: Setup) -> TopicFeed:
        """An archive's document as the store has it now. Raises LookupError where the part is
        closed no more.
        """
        with self._store.reading() as ask:
            chain = chain_in(ask, stored_as, ask.topics().get(stored_as))
            archived = chain.at(part, ask.days_of(stored_as, part.month))
            if archived is None:
                raise LookupError(f"{archive_path(topic.key, part)} is closed no more")
            admitted = _admitted(ask, stored_as, archived)
            desk: Desk = desk_for(ask, setup, (one.story for one in admitted))
        return archive_feed(topic, admitted, desk, archived)


def paths_of(topic: Topic, chain: Chain) -> Iterator[str]:
    """The paths of a topic's archives."""
    for part in chain.parts():
        yield from (archive_path(topic.key, part) + ending for ending in ENDINGS)


def _admitted(ask: Ask, stored_as: str, archived: Archived) -> list[Admitted]:
    its = archived.slice
    admissions = ask.admitted_between(stored_as, its.since, its.until, its.skip, its.most)
    stories = ask.stories([pk for pk, _ in admissions], ())
    return [Admitted(stories[pk], moment) for pk, moment in admissions]
