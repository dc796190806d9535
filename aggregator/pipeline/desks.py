"""What publishing needs to know, out of the store and feeds.yaml."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from ..model import FeedInfo, Story
from ..publish.feed import Desk
from .ports import Ask
from .setup import Setup


def desk_for(ask: Ask, setup: Setup, stories: Iterable[Story]) -> Desk:
    """What publishing needs to know for these stories."""
    sources = {article.source for story in stories for article in story.articles}
    infos = infos_of(ask, sources)
    return Desk(setup.site, setup.sources, setup.published_topics, infos, setup.blocklist)


def infos_of(ask: Ask, sources: Collection[str]) -> dict[str, FeedInfo]:
    """What the feeds of these sources say of themselves, each at the address that feeds.yaml has
    for it, or had: entries are named as of that feed for ever (B2.4).
    """
    return {
        key: replace(state.info, self_url=state.listed_url)
        for key, state in ask.states(sources).items()
    }
