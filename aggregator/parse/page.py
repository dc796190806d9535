"""The feeds a web page names (A12): its Link header, then its `<link>`s in the order of the page.

The only module that knows selectolax, whose parser reads pages as browsers do: a link in a
`<template>` or a comment is none. It takes the square of the nesting, so pages are read in a
process with limits, like documents.
"""

from dataclasses import dataclass
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from ..text.urls import absolute
from ..text.words import one_line, shorten
from .encoding import decode
from .links import header_links
from .refusals import NotAFeed

_FEED_TYPES: Final = ("application/atom+xml", "application/rss+xml", "application/feed+json")
_MAYBE_TYPES: Final = ("application/json", "application/rdf+xml", "text/xml", "application/xml")
_MOST: Final = 50
_MOST_OF_A_PAGE: Final = 2 << 20  # bytes
_COMMENTS: Final = 10  # ranks behind all that is no feed of comments


@dataclass(frozen=True, slots=True)
class Candidate:
    """A feed that a page names."""

    url: str
    title: str
    note: str = ""  # why it may be no feed


def feeds_on_page(
    body: bytes, url: str, content_type: str = "", link_header: str = ""
) -> list[Candidate]:
    """The feeds named by the page that came from `url`, the likeliest first.

    Those of the header come before those of the page; feeds of comments come last; so do types
    that may be something else, and `rel=feed`.
    """
    found: dict[str, tuple[int, Candidate]] = {}

    def name(address: str | None, rel: str, type_: str, title: str, behind: int) -> None:
        rank = _rank(rel, type_)
        if address is None or rank is None or address in found:
            return
        title = shorten(one_line(title), 200)
        note = ("", f"{type_} may be something else", "an old way to name a feed")[rank]
        if "comment" in title.lower() or "/comments/" in address:
            rank += _COMMENTS
        found[address] = (2 * rank + behind, Candidate(address, title, note))

    for link in header_links(link_header, url):
        name(link.url, " ".join(link.rels), link.type, link.title, 0)
    for address, rel, type_, title in _links(body, url, content_type):
        name(address, rel, type_, title, 1)
    ranked = sorted(found.values(), key=lambda pair: pair[0])
    return [candidate for _, candidate in ranked][:_MOST]


def _links(body: bytes, url: str, content_type: str) -> list[tuple[str | None, str, str, str]]:
    """Address, rel, type and title of each `<link>` of the page."""
    try:
        page = LexborHTMLParser(decode(body[:_MOST_OF_A_PAGE], content_type).text)
    except (NotAFeed, ValueError):
        return []
    base = page.css_first("base[href]")
    root = absolute(base.attributes["href"] or "", url) if base is not None else None
    foreign = {node.mem_id for node in page.css("svg link, math link")}  # another language's
    links = []
    for node in page.css("link[href]"):
        said = {key: value or "" for key, value in node.attributes.items()}
        if node.mem_id not in foreign:
            address = absolute(said["href"], root or url)
            links.append(
                (address, said.get("rel", ""), said.get("type", ""), said.get("title", ""))
            )
    return links


def _rank(rel: str, type_: str) -> int | None:
    relations = rel.lower().split()
    media = type_.lower().partition(";")[0].strip()
    if "alternate" in relations:
        if media in _FEED_TYPES:
            return 0
        return 1 if media in _MAYBE_TYPES else None
    return 2 if "feed" in relations else None
