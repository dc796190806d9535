"""The published site: every document by its path, rendered when something changed, and only then.

One `Site` serves the web, another the static build: the same bytes for the same store.
"""

import datetime as dt
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ..model import Rendering, Topic, TopicFeed, TopicState
from ..publish import opml, pages
from ..publish.atom import render_atom, render_rss
from ..publish.feed import BEGINNING, MOST_ENTRIES, is_blocked_address, topic_feed, topic_path
from ..publish.jsonfeed import render_json
from ..publish.opensearch import PATH as OPENSEARCH
from ..publish.opensearch import render_description
from . import history
from .desks import desk_of, infos_of
from .documents import Document, ready
from .ports import Clock, Store
from .setup import Setup
from .status import source_statuses, topic_statuses
from .stories import Look, StoryPages

_SECOND: Final = dt.timedelta(seconds=1)
_HEALTH: Final = f"{history.PATH}.atom"
_FORMATS: Final[Mapping[str, Callable[[TopicFeed], Rendering]]] = {
    ".atom": render_atom,
    ".rss": render_rss,
    ".json": render_json,
    "": pages.render_topic_page,
}


@dataclass(frozen=True, slots=True)
class _Version:
    """What a document was made from; another version is another document."""

    setup: Setup
    state: object


class Site:
    """Every document of the site. Safe to use from several threads."""

    def __init__(
        self,
        store: Store,
        setup: Callable[[], Setup],
        user_agent: Callable[[], str],
        clock: Clock,
        alarm: Callable[[str, Exception], None] = lambda path, wrong: None,
    ) -> None:
        """`setup` and `user_agent` give what is in force now; `alarm` is told of a document that
        could not be made anew.
        """
        self._alarm = alarm
        self._store, self._setup, self._user_agent, self._clock = store, setup, user_agent, clock
        self._lock = threading.Lock()
        self._paths: dict[str, threading.Lock] = {}
        self._look: Look | None = None
        self._made: dict[str, tuple[_Version, Document]] = {}
        self._feeds: dict[str, tuple[_Version, TopicFeed]] = {}
        self._stories = StoryPages(store, self._recent, alarm)

    def document(self, path: str) -> Document | None:
        """The document at a path below the site's address; None when there is none.

        Costs at most one look into the store for a document that has not changed; when the store
        cannot be asked, the last good document is given (B7.16).
        """
        setup = self._setup()
        if self._stories.is_path(path):
            return self._stories.document(path, setup)
        with self._lock:
            turn = self._paths.setdefault(path, threading.Lock()) if path in self else None
        if turn is None:
            return None
        with turn:  # one thread renders, the others wait for it
            known = self._made.get(path)
            try:
                version = self._version(path, setup)
                if known is not None and known[0] == version:
                    return known[1]
                rendering = self._render(path, setup, version)
                document = self._document(rendering, known[1] if known else None)
            except Exception as wrong:
                self._alarm(path, wrong)
                if known is None:
                    raise
                return known[1]
            self._made[path] = (version, document)
            return document

    def fresh(self, path: str) -> Document | None:
        """The document at a path when it is known, without asking the store, to be current."""
        known, look = self._made.get(path), self._look
        if known is None or look is None:
            return None
        if look.at != self._second():
            return None
        return known[1] if known[0] == self._version(path, self._setup()) else None

    def __contains__(self, path: str) -> bool:
        """Is there a document at this path?"""
        if path in _fixed_paths():
            return True
        if self._stories.is_path(path):
            return self.document(path) is not None
        return self._topic_at(path, self._setup()) is not None

    def paths(self) -> Iterator[str]:
        """The path of every document, of stories those in the feeds of topics."""
        setup = self._setup()
        yield from _fixed_paths()
        for key in setup.published_topics:
            for ending in _FORMATS:
                path = topic_path(key) + ending
                if path in self:
                    yield path
        feeds = [
            self._feed(t, setup, self._version(topic_path(k), setup))
            for k, t in setup.topics.items()
        ]
        told = (entry.id for feed in feeds for entry in feed.entries)
        yield from self._stories.look_ahead(told)

    def moved(self, path: str) -> str | None:
        """Where a renamed topic's document is now (B7.13), or the page of a story that was merged
        into another.
        """
        if self._stories.is_path(path):
            return self._stories.moved(path)
        stem, ending = _split(path)
        for topic in self._setup().topics.values():
            if any(stem == topic_path(old) for old in topic.was):
                return topic_path(topic.key) + ending
        return None

    def was_a_topic(self, path: str) -> bool:
        """Did a topic that is no more stand at this path (B7.13)?"""
        stem, _ending = _split(path)
        gone = self._recent().topics.keys() - self._setup().published_topics.keys()
        return any(stem == topic_path(key) for key in gone)

    def _topic_at(self, path: str, setup: Setup) -> tuple[Topic, str] | None:
        stem, ending = _split(path)
        topic = setup.topics_by_path.get(stem)
        if topic is None or not (ending or topic.key in setup.topics):
            return None
        return topic, ending

    def _recent(self) -> Look:
        second, look = self._second(), self._look
        if look is None or look.at != second:
            with self._store.reading() as ask:
                look = self._look = Look(second, ask.meta("revision") or "", ask.topics())
        return look

    def _second(self) -> dt.datetime:
        """The second it is. One look in each: no two bodies then have the same Last-Modified."""
        return self._clock().replace(microsecond=0)

    def _version(self, path: str, setup: Setup) -> _Version:
        at = self._topic_at(path, setup)
        look = self._recent()
        if at is not None:
            return _Version(setup, look.topics.get(_stored_as(at[0], look.topics)))
        return _Version(setup, look.revision if path in ("", "sources", _HEALTH) else None)

    def _render(self, path: str, setup: Setup, version: _Version) -> Rendering:
        at = self._topic_at(path, setup)
        if at is not None:
            topic, ending = at
            return _FORMATS[ending](self._feed(topic, setup, version))
        match path:
            case "":
                return pages.render_topics_page(setup.site, topic_statuses(self._store, setup))
            case "sources":
                return pages.render_sources_page(setup.site, source_statuses(self._store, setup))
            case path if path == _HEALTH:
                feed = history.health_feed(self._store, setup)
                return replace(render_atom(feed), noindex=True)
            case "about":
                interval = setup.polling.min_interval
                return pages.render_about_page(setup.site, self._user_agent(), interval)
            case "search":
                return pages.render_search_form(setup.site)
            case path if path == OPENSEARCH:
                return render_description(setup.site)
            case "sources.opml":
                with self._store.reading() as ask:
                    infos = infos_of(ask, ask.source_keys())
                listed = [
                    source
                    for source in setup.sources.values()
                    if not is_blocked_address(source.url, setup.blocklist)
                ]
                return opml.render_sources(setup.site, listed, infos)
            case "topics.opml":
                return opml.render_topics(setup.site, setup.topics.values())
            case _:
                return pages.style()

    def _feed(self, topic: Topic, setup: Setup, version: _Version) -> TopicFeed:
        """The feed that all formats of a topic are made from."""
        known = self._feeds.get(topic.key)
        if known is not None and known[0] == version:
            return known[1]
        feed = current_feed(self._store, setup, topic)
        self._feeds[topic.key] = (version, feed)
        return feed

    def _document(self, rendering: Rendering, last: Document | None) -> Document:
        if last is not None and last.rendering == rendering:
            return last
        # The second before: it has passed in every clock that writes a Date, and more bytes may
        # still come in this one (RFC 9110, section 8.8.2.2).
        last_second = self._second() - _SECOND
        return ready(rendering, self._store.modified_at(rendering, last_second))


def _fixed_paths() -> tuple[str, ...]:
    """The documents that are there whatever feeds.yaml says."""
    style = pages.style().path
    search = ("search", OPENSEARCH)
    return ("", *search, "sources", _HEALTH, "about", "sources.opml", "topics.opml", style)


def current_feed(store: Store, setup: Setup, topic: Topic) -> TopicFeed:
    """A topic's feed as the store has it now."""
    with store.reading() as ask:
        desk, states = desk_of(ask, setup, infos_of(ask, ask.source_keys())), ask.topics()
    stored_as = _stored_as(topic, states)
    state = states.get(stored_as)
    full = [key for key, source in setup.sources.items() if source.content == "full"]
    admitted = store.window(stored_as, MOST_ENTRIES, full)
    if state is not None and (floor := state.floor_at) is not None:
        admitted = [one for one in admitted if one.admitted_at >= floor]
    return topic_feed(topic, admitted, desk, state.removed_at if state else BEGINNING)


def _stored_as(topic: Topic, states: Mapping[str, TopicState]) -> str:
    """The key the store knows a topic by: an earlier one until who polls has seen the new one."""
    return next((key for key in (topic.key, *reversed(topic.was)) if key in states), topic.key)


def _split(path: str) -> tuple[str, str]:
    for ending in _FORMATS:
        if ending and path.endswith(ending):
            return path.removesuffix(ending), ending
    return path, ""
