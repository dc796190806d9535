"""Ids that never change: of stories (B2) and of topic feeds (B1.4)."""

import hashlib
import re
from base64 import b32encode
from typing import Final
from urllib.parse import quote

from ..model import Article, Site, Topic
from ..text.urls import host_of, is_absolute_uri, same_page_form

MAX_ID: Final = 200  # bytes (B2.3)
# Our own feeds, below the site's address.
_FEED: Final = re.compile(
    r"(?:all|health|search|topics/[^/?]+(?:/archive/[^/?]+)?)\.(?:atom|rss|json)(?:\?|$)"
)
_YEAR: Final = 2026  # of the tag URIs: fixed, never the clock (B2.2)
# What minted ids go on with: feeds, and entries.
_FEEDS: Final = ("topic/", "search/", "health")
_MINTED: Final = (*_FEEDS, "e/", "source/")


def default_site_id(url: str) -> str:
    """What minted ids start with when `site.id` does not say (RFC 4151).

    >>> default_site_id("https://news.example/")
    'tag:news.example,2026:'
    """
    return f"tag:{host_of(url).strip('[]').replace(':', '.') or 'localhost'},{_YEAR}:"


def own_id(article: Article, site_id: str) -> str | None:
    """The source's own id, when it may stand as the story's: an absolute ASCII URI of at most 200
    bytes (B2.1), and none that we mint: what we shall call the entries of others can be foretold,
    and whoever had taken such an id would keep them out.
    """
    said = article.declared_id
    if not said or len(said) > MAX_ID or not is_absolute_uri(said) or _is_minted(said, site_id):
        return None
    return said


def _is_minted(said: str, site_id: str, kinds: tuple[str, ...] = _MINTED) -> bool:
    """Is this an id of ours?"""
    return bool(site_id) and said.startswith(tuple(site_id + kind for kind in kinds))


def minted_id(article: Article, site_id: str) -> str:
    """The id of a story whose founding article has none of its own (B2.2)."""
    named = f"{article.source}\0{article.entry_id}".encode()
    return f"{site_id}e/{b32encode(hashlib.sha256(named).digest()).decode().lower()[:26]}"


def feed_id(topic: Topic, site_id: str) -> str:
    """The id of a topic's feed: minted from the first key it ever had."""
    return f"{site_id}topic/{quote(topic.first_key, safe='')}"


def search_id(query: str, site_id: str) -> str:
    """The id of the feed of a search, minted from its query."""
    return f"{site_id}search/{hashlib.sha256(query.encode()).hexdigest()[:32]}"


def is_ours(said: str, site: Site) -> bool:
    """Is this the id, or the address, of a feed that the site publishes?

    >>> site = Site("Wire", "https://news.example/", "tag:news.example,2026:")
    >>> [is_ours(f"https://news.example/{path}", site) for path in ("topics/isis.rss", "blog.rss")]
    [True, False]
    """
    if site.id and said.startswith(site.id):
        return _is_minted(said, site.id, _FEEDS)
    base, form = same_page_form(site.url), same_page_form(said)
    if base is None or form is None or not form.startswith(f"{base}/"):
        return False
    return _FEED.match(form.removeprefix(f"{base}/")) is not None


def page_of(story_id: str) -> str:
    """The name of a story's page: short, the same for ever, and nothing to be read from it.

    >>> page_of("tag:news.example,2026:e/abc")
    'd7f7b4fb652d239f'
    """
    return hashlib.sha256(story_id.encode()).hexdigest()[:16]


def story_path(story_id: str) -> str:
    """Where a story's page is, below the site's address."""
    return f"stories/{page_of(story_id)}"
