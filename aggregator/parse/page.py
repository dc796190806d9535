"""The feeds a web page names (A12): `<link rel=alternate>`, in the order of the page."""

from dataclasses import dataclass
from typing import Final

from lxml import html as lxml_html
from lxml.etree import LxmlError

from ..text.urls import absolute
from ..text.words import one_line, shorten
from .encoding import decode
from .refusals import NotAFeed

_FEED_TYPES: Final = ("application/atom+xml", "application/rss+xml", "application/feed+json")
_MAYBE_TYPES: Final = ("application/json", "application/rdf+xml", "text/xml", "application/xml")
_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Candidate:
    """A feed that a page names."""

    url: str
    title: str


def feeds_on_page(body: bytes, url: str, content_type: str = "") -> list[Candidate]:
    """The feeds named by the page that came from `url`, the likeliest first.

    Feeds of comments come last; so do types that may be something else, and `rel=feed`.
    """
    try:
        text = decode(body, content_type).text
        page = lxml_html.document_fromstring(text.encode("utf-8"), parser=_parser())
    except (NotAFeed, LxmlError, ValueError):
        return []
    base = page.find(".//base[@href]")
    root = absolute(base.get("href") or "", url) if base is not None else None
    found: dict[str, tuple[int, Candidate]] = {}
    for link in page.iter("link"):
        address = absolute(link.get("href") or "", root or url)
        rank = _rank(link.get("rel") or "", link.get("type") or "")
        if address is None or rank is None or address in found:
            continue
        title = shorten(one_line(link.get("title") or ""), 200)
        if "comment" in title.lower() or "/comments/" in address:
            rank += 10
        found[address] = (rank, Candidate(address, title))
    ranked = sorted(found.values(), key=lambda pair: pair[0])
    return [candidate for _, candidate in ranked][:_MOST]


def _parser() -> lxml_html.HTMLParser:
    return lxml_html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)


def _rank(rel: str, type_: str) -> int | None:
    relations = rel.lower().split()
    media = type_.lower().partition(";")[0].strip()
    if "alternate" in relations:
        if media in _FEED_TYPES:
            return 0
        return 1 if media in _MAYBE_TYPES else None
    return 2 if "feed" in relations else None
