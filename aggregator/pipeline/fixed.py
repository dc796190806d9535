"""The documents that are there whatever feeds.yaml says, and who makes each."""

from collections.abc import Callable, Mapping
from typing import Final

from ..model import Rendering
from ..publish import opml, pages
from ..publish.opensearch import PATH as OPENSEARCH
from ..publish.opensearch import render_description
from ..publish.robots import PATH as ROBOTS
from ..publish.robots import render_robots
from .desks import infos_of
from .ports import Store
from .setup import Setup
from .status import source_statuses, topic_statuses
from .topics import founded_at


def _topics_page(store: Store, setup: Setup, _user_agent: str) -> Rendering:
    return pages.render_topics_page(setup.site, topic_statuses(store, setup))


def _sources_page(store: Store, setup: Setup, _user_agent: str) -> Rendering:
    return pages.render_sources_page(setup.site, source_statuses(store, setup))


def _about(_store: Store, setup: Setup, user_agent: str) -> Rendering:
    return pages.render_about_page(setup.site, user_agent, setup.polling.min_interval)


def _search(_store: Store, setup: Setup, _user_agent: str) -> Rendering:
    return pages.render_search_form(setup.site)


def _missing(_store: Store, setup: Setup, _user_agent: str) -> Rendering:
    return pages.render_missing_page(setup.site)


def _opensearch(_store: Store, setup: Setup, _user_agent: str) -> Rendering:
    return render_description(setup.site)


def _sources_opml(store: Store, setup: Setup, _user_agent: str) -> Rendering:
    with store.reading() as ask:
        infos, created = infos_of(ask, setup.sources), founded_at(ask)
    listed = opml.listed(setup.sources.values(), infos, setup.blocklist)
    return opml.render_sources(setup.site, listed, infos, created)


def _topics_opml(store: Store, setup: Setup, _user_agent: str) -> Rendering:
    with store.reading() as ask:
        created = founded_at(ask)
    return opml.render_topics(setup.site, setup.topics.values(), created)


def _robots(_store: Store, setup: Setup, _user_agent: str) -> Rendering:
    return render_robots(setup.site)


# Path → what makes its document, of the store, feeds.yaml and our User-Agent.
MADE: Final[Mapping[str, Callable[[Store, Setup, str], Rendering]]] = {
    "": _topics_page,
    "search": _search,
    OPENSEARCH: _opensearch,
    "sources": _sources_page,
    "about": _about,
    pages.MISSING: _missing,
    "sources.opml": _sources_opml,
    "topics.opml": _topics_opml,
    ROBOTS: _robots,
}
