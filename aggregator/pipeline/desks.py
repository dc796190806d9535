"""What publishing needs to know, out of the store and feeds.yaml."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final

from ..dedupe.keys import url_key
from ..model import Blocklist, FeedInfo, PollState, Story
from ..publish.desk import Desk
from ..text.urls import host_of, site_of
from .ports import Ask, Tell
from .setup import Setup

NAMES: Final = "names"  # another value when entries name a source otherwise


def note_names(tell: Tell, before: Iterable[PollState], after: Iterable[PollState]) -> bool:
    """Remember whether sources, in the same order before and after, are called otherwise in what
    is published of them; whether they are.
    """
    changed = any(_named(one) != _named(other) for one, other in zip(before, after, strict=True))
    if changed:
        tell.set_meta(NAMES, str(int(tell.meta(NAMES) or 0) + 1))
    return changed


def _named(state: PollState) -> tuple[FeedInfo, str]:
    return state.info, state.listed_url


def desk_for(ask: Ask, setup: Setup, stories: Iterable[Story]) -> Desk:
    """What publishing needs to know for these stories."""
    sources = {article.source for story in stories for article in story.articles}
    infos = infos_of(ask, sources)
    return desk_of(ask, setup, infos)


def desk_of(ask: Ask, setup: Setup, infos: Mapping[str, FeedInfo]) -> Desk:
    """The same, where it is known what the sources say of themselves."""
    blocklist = blocklist_of(ask, setup)
    return Desk(setup.site, setup.sources, setup.published_topics, infos, blocklist)


def blocklist_of(ask: Ask, setup: Setup) -> Blocklist:
    """What may not be published, articles included that have moved away from a blocked address.
    They are of its site: who only linked to the page, and links elsewhere now, is not meant.
    """
    known = setup.blocklist
    sites = {key: site_of(host_of(url)) for url in known.urls if (key := url_key(url)) is not None}
    if not sites:
        return known
    moved = {
        (one.source, one.entry_id, sites[key])
        for key, found in ask.sightings(sites).items()
        for one in found
    }
    return replace(known, moved=frozenset(moved))


def infos_of(ask: Ask, sources: Collection[str]) -> dict[str, FeedInfo]:
    """What the feeds of these sources say of themselves, each at the address that feeds.yaml has
    for it, or had: entries are named as of that feed for ever (B2.4).
    """
    return {
        key: replace(state.info, self_url=state.listed_url)
        for key, state in ask.states(sources).items()
    }
