"""What publishing knows of sources and feeds.yaml, and what may be shown by it (B10.3, A13)."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from ..model import (
    Article,
    Blocklist,
    FeedInfo,
    Site,
    Source,
    Story,
    Topic,
)
from ..text.urls import absolute, host_of, same_page_form, site_of

_NOTHING: Final = Blocklist()


@dataclass(frozen=True, slots=True)
class Desk:
    """What publishing needs to know of feeds.yaml and of the sources."""

    site: Site
    sources: Mapping[str, Source]
    topics: Mapping[str, Topic]
    infos: Mapping[str, FeedInfo]  # what each source's feed says of itself
    blocklist: Blocklist = field(default_factory=Blocklist)

    @property
    def priority(self) -> Mapping[str, int]:
        """Which sources lead."""
        return {key: source.priority for key, source in self.sources.items()}


def _is_withheld(article: Article, desk: Desk) -> bool:
    """Does the publisher ask that this is not republished (A13.2)?"""
    info = desk.infos.get(article.source)
    return article.withheld or (info is not None and info.withheld)


@functools.lru_cache(maxsize=4)
def _pages(urls: frozenset[str]) -> frozenset[str]:
    """What these addresses share with others of the same pages; a home page is no article."""
    forms = (same_page_form(url) for url in urls)
    return frozenset(form for form in forms if form and ("/" in form or "?" in form))


def is_blocked_address(url: str | None, blocklist: Blocklist) -> bool:
    """Is this a blocked page, however its address is spelled, or on a blocked host? Pictures are
    not loaded from there either: the list is also that of beacons we do not know of ourselves
    (B6.6).
    """
    if url is None or not (blocklist.urls or blocklist.hosts):
        return False
    host = host_of(url)
    return (
        url in blocklist.urls
        or any(host == blocked or host.endswith(f".{blocked}") for blocked in blocklist.hosts)
        or (bool(blocklist.urls) and same_page_form(url) in _pages(blocklist.urls))
    )


def _is_blocked(article: Article, desk: Desk) -> bool:
    """Did somebody ask that this is never published (B10.3)? By its own words, or by those of the
    feed it is named after.
    """
    blocklist = desk.blocklist
    if blocklist == _NOTHING:
        return False
    feed = source_info(article, desk)
    authors = article.authors or ((feed.author,) if feed.author else ())
    return (
        (*article.identity, site_of(host_of(article.url or ""))) in blocklist.moved
        or article.entry_id in blocklist.words
        or article.declared_id in blocklist.words
        or any(author.casefold() in blocklist.words for author in authors)
        or is_blocked_address(article.url, blocklist)
        or is_blocked_feed(feed, blocklist)
    )


def is_blocked_feed(info: FeedInfo, blocklist: Blocklist) -> bool:
    """Is this a blocked feed, or one of a blocked host's, wherever it is kept?"""
    hosts = replace(blocklist, urls=frozenset())
    return is_blocked_address(info.self_url, blocklist) or any(
        is_blocked_address(url, hosts) for url in (info.site_url, info.id)
    )


def may_be_shown(article: Article, desk: Desk) -> bool:
    """May anything of this article be published?"""
    return not _is_blocked(article, desk) and not _is_withheld(article, desk)


def shown_articles(story: Story, desk: Desk) -> tuple[Article, ...]:
    """The articles of a story that may be shown; none where the story itself is blocked, by the
    id that it is published with.
    """
    if story.id in desk.blocklist.words:
        return ()
    return tuple(article for article in story.articles if may_be_shown(article, desk))


def source_info(article: Article, desk: Desk) -> FeedInfo:
    """The feed an article came from, or was first published in (B2.4, B10.6), always with an id,
    a title and an address.
    """
    if article.origin is not None:
        known = article.origin
        home = known.site_url or absolute("/", known.self_url or article.url) or desk.site.url
        return replace(known, id=known.id or known.self_url or home, site_url=home)
    source = desk.sources.get(article.source)
    info = desk.infos.get(article.source, FeedInfo())
    address = source.url if source else info.self_url or info.site_url
    title = (source.title if source else None) or info.title
    return replace(
        info,
        id=info.id or address or f"{desk.site.id}source/{article.source}",
        self_url=address,
        site_url=info.site_url or absolute("/", address) or desk.site.url,
        title=title or host_of(address or "") or article.source,
    )
