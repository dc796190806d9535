"""The catalogue of the site: which documents there are, what each is made from, and how."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ..model import Rendering, Topic, TopicFeed, TopicState
from ..publish import opml, pages
from ..publish.atom import render_atom, render_rss
from ..publish.feed import BEGINNING, MOST_ENTRIES, Desk, topic_feed, topic_path
from ..publish.jsonfeed import render_json
from ..publish.opensearch import PATH as OPENSEARCH
from ..publish.opensearch import render_description
from . import history
from .desks import infos_of
from .ports import Store
from .setup import Setup
from .status import source_statuses, topic_statuses

FORMATS: Final[Mapping[str, Callable[[TopicFeed], Rendering]]] = {
    ".atom": render_atom,
    ".rss": render_rss,
    ".json": render_json,
    "": pages.render_topic_page,
}


@dataclass(frozen=True, slots=True)
class Look:
    """The store, as of a moment ago."""

    at: dt.datetime  # the whole second
    revision: str
    topics: Mapping[str, TopicState]


@dataclass(frozen=True, slots=True)
class Version:
    """What a document was made from; another version is another document."""

    setup: Setup
    state: object


class Catalogue:
    """Every document but the pages of stories. Keeps nothing but the feeds that several formats
    are made from.
    """

    def __init__(self, store: Store, user_agent: Callable[[], str]) -> None:
        self._store, self._user_agent = store, user_agent
        self._feeds: dict[str, tuple[Version, TopicFeed]] = {}

    def has(self, path: str, setup: Setup) -> bool:
        """Is there a document at this path?"""
        return path in _MADE or path == pages.style().path or _topic_at(path, setup) is not None

    def paths(self, setup: Setup) -> Iterator[str]:
        """The path of every document."""
        yield from (*_MADE, pages.style().path)
        for key in setup.published_topics:
            for ending in FORMATS:
                path = topic_path(key) + ending
                if self.has(path, setup):
                    yield path

    def version(self, path: str, setup: Setup, look: Look) -> Version:
        """What the document at a path would be made from now."""
        at = _topic_at(path, setup)
        if at is not None:
            return Version(setup, look.topics.get(stored_as(at[0], look.topics)))
        return Version(setup, look.revision if path in _OF_EVERYTHING else None)

    def render(self, path: str, setup: Setup, version: Version) -> Rendering:
        """The document at a path, made anew."""
        at = _topic_at(path, setup)
        if at is not None:
            topic, ending = at
            return FORMATS[ending](self.feed(topic, setup, version))
        if path in _MADE:
            return _MADE[path](self._store, setup, self._user_agent())
        return pages.style()

    def feed(self, topic: Topic, setup: Setup, version: Version) -> TopicFeed:
        """The feed that all formats of a topic are made from."""
        known = self._feeds.get(topic.key)
        if known is not None and known[0] == version:
            return known[1]
        feed = current_feed(self._store, setup, topic)
        self._feeds[topic.key] = (version, feed)
        return feed


def moved_to(path: str, setup: Setup) -> str | None:
    """Where the document of a renamed topic is now (B7.13)."""
    stem, ending = _split(path)
    for topic in setup.topics.values():
        if any(stem == topic_path(old) for old in topic.was):
            return topic_path(topic.key) + ending
    return None


def was_of_a_topic(path: str, setup: Setup, look: Look) -> bool:
    """Did a topic that is no more have a document here (B7.13)?"""
    stem, _ending = _split(path)
    gone = look.topics.keys() - setup.published_topics.keys()
    return any(stem == topic_path(key) for key in gone)


def current_feed(store: Store, setup: Setup, topic: Topic) -> TopicFeed:
    """A topic's feed as the store has it now."""
    with store.reading() as ask:
        infos, states = infos_of(ask, ask.source_keys()), ask.topics()
    key = stored_as(topic, states)
    state = states.get(key)
    full = [key for key, source in setup.sources.items() if source.content == "full"]
    desk = Desk(setup.site, setup.sources, setup.published_topics, infos, setup.blocklist)
    admitted = store.window(key, MOST_ENTRIES, full)
    if state is not None and (floor := state.floor_at) is not None:
        admitted = [one for one in admitted if one.admitted_at >= floor]
    return topic_feed(topic, admitted, desk, state.removed_at if state else BEGINNING)


def stored_as(topic: Topic, states: Mapping[str, TopicState]) -> str:
    """The key the store knows a topic by: an earlier one until who polls has seen the new one."""
    return next((key for key in (topic.key, *reversed(topic.was)) if key in states), topic.key)


def _topic_at(path: str, setup: Setup) -> tuple[Topic, str] | None:
    stem, ending = _split(path)
    topic = setup.topics_by_path.get(stem)
    if topic is None or not (ending or topic.key in setup.topics):
        return None
    return topic, ending


def _split(path: str) -> tuple[str, str]:
    for ending in FORMATS:
        if ending and path.endswith(ending):
            return path.removesuffix(ending), ending
    return path, ""


def _topics_page(store: Store, setup: Setup, _user_agent: str) -> Rendering:
    return pages.render_topics_page(setup.site, topic_statuses(store, setup))


def _sources_page(store: Store, setup: Setup, _user_agent: str) -> Rendering:
    return pages.render_sources_page(setup.site, source_statuses(store, setup))


def _health(store: Store, setup: Setup, _user_agent: str) -> Rendering:
    return replace(render_atom(history.health_feed(store, setup)), noindex=True)


def _about(_store: Store, setup: Setup, user_agent: str) -> Rendering:
    return pages.render_about_page(setup.site, user_agent, setup.polling.min_interval)


def _search(_store: Store, setup: Setup, _user_agent: str) -> Rendering:
    return pages.render_search_form(setup.site)


def _opensearch(_store: Store, setup: Setup, _user_agent: str) -> Rendering:
    return render_description(setup.site)


def _sources_opml(store: Store, setup: Setup, _user_agent: str) -> Rendering:
    with store.reading() as ask:
        infos = infos_of(ask, ask.source_keys())
    return opml.render_sources(setup.site, setup.sources.values(), infos)


def _topics_opml(_store: Store, setup: Setup, _user_agent: str) -> Rendering:
    return opml.render_topics(setup.site, setup.topics.values())


# The documents that are there whatever feeds.yaml says, and who makes each.
_MADE: Final[Mapping[str, Callable[[Store, Setup, str], Rendering]]] = {
    "": _topics_page,
    "search": _search,
    OPENSEARCH: _opensearch,
    "sources": _sources_page,
    f"{history.PATH}.atom": _health,
    "about": _about,
    "sources.opml": _sources_opml,
    "topics.opml": _topics_opml,
}
# Those of them that any change in the store may change.
_OF_EVERYTHING: Final = frozenset(("", "sources", f"{history.PATH}.atom"))
