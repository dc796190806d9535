"""The catalogue of the site: which documents there are, what each is made from, and how."""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ..model import Admitted, Days, Rendering, Topic, TopicFeed, TopicState
from ..publish import opml, pages
from ..publish.archive import MAX_AGE, Archived, Part, archive_path, closing, part_named
from ..publish.atom import render_atom, render_rss
from ..publish.feed import BEGINNING, MOST_ENTRIES, topic_feed, topic_path
from ..publish.jsonfeed import render_json
from ..publish.robots import PATH as ROBOTS
from . import history
from .archives import ENDINGS as ARCHIVE_FORMATS
from .archives import Archives, chain_in, paths_of
from .days import days_of
from .desks import NAMES, desk_of, infos_of
from .fixed import MADE
from .gate import Alarm, Render, checked, passed
from .ports import Ask, Store
from .setup import Setup
from .topics import former_topics, founded_at

FORMATS: Final[Mapping[str, Render]] = {
    ".atom": render_atom,
    ".rss": render_rss,
    ".json": render_json,
}

_HEALTH: Final = {f"{history.PATH}{ending}": ending for ending in FORMATS}
_OPML: Final = ".opml"
_ARCHIVE: Final = re.compile(r"(.+)/archive/([0-9a-z.-]+)")
# The documents that any change in the store may change, of those that are not of a topic.
_OF_EVERYTHING: Final = frozenset(("", "sources", "sources.opml", *_HEALTH))


@dataclass(frozen=True, slots=True)
class Look:
    """The store, as of a moment ago."""

    at: dt.datetime  # the whole second
    revision: str
    topics: Mapping[str, TopicState]
    names: str = ""  # another one when sources are called otherwise
    last_day: dt.date | None = None  # the newest on which anything was published
    former: frozenset[str] = frozenset()  # keys that topics bore before they were renamed


def look(ask: Ask, second: dt.datetime) -> Look:
    """The store as it is."""
    revision, names = ask.meta("revision") or "", ask.meta(NAMES) or ""
    return Look(second, revision, ask.topics(), names, ask.last_day(), former_topics(ask))


@dataclass(frozen=True, slots=True)
class Version:
    """What a document was made from; another version is another document."""

    setup: Setup
    state: object


class Catalogue:
    """Every document but the pages of stories. Keeps nothing but what several are made from: the
    feeds of topics, and which archives these have.
    """

    def __init__(self, store: Store, user_agent: Callable[[], str], alarm: Alarm) -> None:
        """`alarm` is told of entries that had to be left out."""
        self._store, self._user_agent, self._alarm = store, user_agent, alarm
        self._feeds: dict[str, tuple[Version, TopicFeed]] = {}
        self._archives = Archives(store)

    def has(self, path: str, setup: Setup, look: Callable[[], Look]) -> bool:
        """Is there a document at this path?"""
        if path in MADE or path in _HEALTH or path == pages.style().path:
            return True
        at = _place(path, setup)
        return at is not None and (at.part is None or self._archived(at, look()) is not None)

    def paths(self, setup: Setup, look: Look) -> Iterator[str]:
        """The path of every document, but robots.txt: a folder of files is not the whole of a
        server, and has no searches to keep crawlers from.
        """
        yield from (*(path for path in MADE if path != ROBOTS), *_HEALTH, pages.style().path)
        for key, topic in setup.published_topics.items():
            for ending in ("", *FORMATS, _OPML):
                if _place(topic_path(key) + ending, setup) is not None:
                    yield topic_path(key) + ending
            stored = stored_as(topic, look.topics)
            yield from paths_of(topic, self._archives.chain(stored, look.topics, look.last_day))

    def version(self, path: str, setup: Setup, look: Look) -> Version:
        """What the document at a path would be made from now."""
        at = _place(path, setup)
        if at is None:
            return Version(setup, look.revision if path in _OF_EVERYTHING else None)
        if at.part is not None:
            return Version(setup, (self._archived(at, look), look.names))
        state: object = look.topics.get(stored_as(at.topic, look.topics))
        if at.ending == _OPML:
            return Version(setup, (state, look.names))
        return Version(setup, (state, closing(look.last_day)))

    def known_version(self, path: str, setup: Setup, look: Look) -> Version | None:
        """The same, when it can be told without asking the store."""
        at = _place(path, setup)
        if at is not None and at.part is not None:
            key = stored_as(at.topic, look.topics)
            chain = self._archives.known_chain(key, look.topics, look.last_day)
            if chain is None or not self._archives.known(key, chain, at.part):
                return None
        return self.version(path, setup, look)

    def render(
        self, path: str, setup: Setup, version: Version, look: Look, *, is_first: bool
    ) -> Rendering:
        """The document at a path, made anew, and through the gate (B7.15). `is_first`: there is no
        last good one. Raises Refused.
        """

        def through(feed: TopicFeed, to_bytes: Render) -> Rendering:
            return passed(feed, to_bytes, self._alarm, is_first=is_first)

        at = _place(path, setup)
        if at is not None and at.part is not None:
            stored = stored_as(at.topic, look.topics)
            feed = self._archives.feed(at.topic, stored, at.part, setup)
            return replace(through(feed, FORMATS[at.ending]), max_age=MAX_AGE)
        if at is not None and at.ending == _OPML:
            stored = stored_as(at.topic, look.topics)
            return checked(_topic_opml(self._store, setup, at.topic, stored))
        if at is not None:
            feed = self.feed(at.topic, setup, version)
            if at.ending:
                return through(feed, FORMATS[at.ending])
            return through(feed, self._page(at.topic, feed, look))
        if path in _HEALTH:
            feed = history.health_feed(self._store, setup)
            return replace(through(feed, FORMATS[_HEALTH[path]]), noindex=True)
        if path in MADE:
            return checked(MADE[path](self._store, setup, self._user_agent()))
        return pages.style()

    def feed(self, topic: Topic, setup: Setup, version: Version) -> TopicFeed:
        """The feed that all formats of a topic are made from."""
        known = self._feeds.get(topic.key)
        if known is not None and known[0] == version:
            return known[1]
        feed = current_feed(self._store, setup, topic)
        self._feeds[topic.key] = (version, feed)
        return feed

    def _page(self, topic: Topic, feed: TopicFeed, look: Look) -> Render:
        """What makes the page of a topic, which shows beside its feed what it has had of late, and
        before.
        """
        key = stored_as(topic, look.topics)
        chain = self._archives.chain(key, look.topics, look.last_day)
        newest = feed.entries[0].admitted_at if feed.entries else None
        with self._store.reading() as ask:
            days = days_of(ask, [key], newest).get(key, Days())
        parts = tuple(chain.parts())[::-1]
        return lambda feed: pages.render_topic_page(feed, days, parts)

    def _archived(self, at: "_Place", look: Look) -> Archived | None:
        """Of an archive: where it stands now."""
        assert at.part is not None
        key = stored_as(at.topic, look.topics)
        chain = self._archives.chain(key, look.topics, look.last_day)
        return self._archives.archived(key, chain, at.part)


def is_archive(path: str) -> bool:
    """Is this the path of an archive, if there is one?"""
    return _ARCHIVE.fullmatch(path) is not None


def moved_to(path: str, renamed: Mapping[str, str]) -> str | None:
    """Where the document of a renamed topic is now (B7.13). `renamed`: of the topics alone."""
    stem = stem_of(path)
    now = renamed.get(stem)
    return None if now is None else now + path.removeprefix(stem)


def current_feed(store: Store, setup: Setup, topic: Topic) -> TopicFeed:
    """A topic's feed as the store has it now: the document to subscribe to."""
    full = [key for key, source in setup.sources.items() if source.content == "full"]
    with store.reading() as ask:
        desk, states = desk_of(ask, setup, infos_of(ask, ask.source_keys())), ask.topics()
        key = stored_as(topic, states)
        chain = chain_in(ask, key, states.get(key))
        newest = ask.newest(key, MOST_ENTRIES)
        stories = ask.stories([pk for pk, _ in newest], full)
    state = states.get(key)
    floor = state.floor_at if state else None
    admitted = [
        Admitted(stories[pk], moment) for pk, moment in newest if floor is None or moment >= floor
    ]
    feed = topic_feed(topic, admitted, desk, state.removed_at if state else BEGINNING, chain.open)
    return replace(feed, older=archive_path(topic.key, chain.newest) if chain.newest else "")


def stored_as(topic: Topic, states: Mapping[str, TopicState]) -> str:
    """The key the store knows a topic by: an earlier one until who polls has seen the new one."""
    return next((key for key in (topic.key, *reversed(topic.was)) if key in states), topic.key)


@dataclass(frozen=True, slots=True)
class _Place:
    """What is at a path of a topic: its feed or page in a format, or an archive."""

    topic: Topic
    ending: str
    part: Part | None = None


def _place(path: str, setup: Setup) -> _Place | None:
    stem, ending = _split(path)
    if archive := _ARCHIVE.fullmatch(stem):
        topic, part = setup.topics_by_path.get(archive[1]), part_named(archive[2])
        there = topic is not None and part is not None and ending in ARCHIVE_FORMATS
        return _Place(topic, ending, part) if there and topic else None
    topic = setup.topics_by_path.get(stem)
    if topic is None or (ending in ("", _OPML) and topic.key not in setup.topics):
        return None
    return _Place(topic, ending)


def stem_of(path: str) -> str:
    """The path of the topic that a document is of, if it is of one."""
    stem, _ending = _split(path)
    archive = _ARCHIVE.fullmatch(stem)
    return archive[1] if archive else stem


def _split(path: str) -> tuple[str, str]:
    for ending in (*FORMATS, _OPML):
        if path.endswith(ending):
            return path.removesuffix(ending), ending
    return path, ""


def _topic_opml(store: Store, setup: Setup, topic: Topic, key: str) -> Rendering:
    """The sources that a topic is made of: those that bring it all their stories, and those of its
    newest ones, as many as its feed may show.
    """
    with store.reading() as ask:
        stories = ask.stories([pk for pk, _ in ask.newest(key, MOST_ENTRIES)], ())
        telling = {article.source for story in stories.values() for article in story.articles}
        telling |= set(setup.brought.get(topic.key, ()))
        infos, created = infos_of(ask, telling), founded_at(ask)
    of_it = (source for key, source in setup.sources.items() if key in telling)
    sources = opml.listed(of_it, infos, setup.blocklist)
    return opml.render_sources(setup.site, sources, infos, created, topic)
