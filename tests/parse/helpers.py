"""What the tests of parsing share: documents in a line, and what must be true of any string."""

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from aggregator.model import Article, Failure, FeedInfo, ParsedEntry, ParsedFeed
from aggregator.parse.article import articles_of, to_article
from aggregator.parse.document import parse_feed
from tests.values import NOON

URL = "https://a.example/news/feed.xml"
NAMESPACES = """
xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/"
xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:gml="http://www.opengis.net/gml"
xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:psc="http://podlove.org/simple-chapters"
"""


def rss(*items: str, channel: str = "", prolog: str = "") -> str:
    """An RSS document around items, each the inside of an <item>."""
    inside = "".join(f"<item>{item}</item>" for item in items)
    return (
        f'{prolog}<rss version="2.0" {NAMESPACES}><channel><title>Feed</title>'
        f"<link>https://a.example/</link><description>D</description>{channel}{inside}"
        "</channel></rss>"
    )


def atom(*entries: str, feed: str = "", attributes: str = "") -> str:
    """An Atom document around entries, each the inside of an <entry>."""
    inside = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" '
        f"{attributes}><title>Feed</title><id>tag:a.example,2026:feed</id>{feed}{inside}</feed>"
    )


def parsed(document: str | bytes, content_type: str = "", url: str = URL) -> ParsedFeed:
    """The feed in a document, which must hold one."""
    body = document.encode() if isinstance(document, str) else document
    feed = parse_feed(body, url, content_type)
    assert isinstance(feed, ParsedFeed), feed
    return feed


def refused(document: str | bytes, content_type: str = "") -> Failure:
    """Why a document is not read."""
    body = document.encode() if isinstance(document, str) else document
    failure = parse_feed(body, URL, content_type)
    assert isinstance(failure, Failure), failure
    return failure


def entry(document: str | bytes) -> ParsedEntry:
    """The only entry of a document."""
    (only,) = parsed(document).entries
    return only


def articles(document: str | bytes, now: dt.datetime = NOON) -> list[Article]:
    """The articles of a document."""
    return articles_of(parsed(document), "a", URL, now)


def article(document: str | bytes, now: dt.datetime = NOON) -> Article:
    """The only article of a document."""
    (only,) = articles(document, now)
    return only


def made(
    entry: ParsedEntry, info: FeedInfo | None = None, *, url: str = URL, now: dt.datetime = NOON
) -> Article:
    """An entry as an article of a feed that says little else."""
    return to_article(entry, ParsedFeed("rss", info or FeedInfo(), ()), "a", url, now)


_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_xml(text: str) -> bool:
    """Can XML carry this?"""
    return _FORBIDDEN.search(text) is None


def strings(value: Any) -> Iterator[str]:
    """Every string in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from strings(getattr(value, field.name))
    elif isinstance(value, tuple | list):
        for part in value:
            yield from strings(part)
