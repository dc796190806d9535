"""A document from a server, to the feed in it: which kind it is, and who reads that kind."""

import re
from dataclasses import replace
from typing import Final

from ..model import Failure, FailureKind, ParsedFeed
from ..text.words import one_line, shorten
from .encoding import decode
from .feed import parse_xml
from .jsonfeed import parse_json
from .refusals import Hostile, NotAFeed
from .scan import scan

_HTML: Final = re.compile(
    r"\s*+(?><!--.*?-->\s*+)*+(?:<!doctype\s+html|<html\b)", re.IGNORECASE | re.DOTALL
)

_FEED: Final = re.compile(r"<(?:rss|feed|rdf:RDF)[\s>]")  # in a page, or behind a warning of PHP's
# How documents said that a feed has moved before HTTP was trusted with it (A5.8).
_MOVED: Final = re.compile(r"<newLocation>([^<>]{1,500})</newLocation>")
_ROOTS: Final = frozenset(("rss", "feed", "rdf", "channel"))


def parse_feed(body: bytes, url: str, content_type: str = "") -> ParsedFeed | Failure:
    """The feed in `body`, which came from `url`; a Failure of kind not_a_feed or hostile.

    The media type decides nothing (A10.3): what the document is shows in its first element.
    """
    if not body.strip():
        return _failure(FailureKind.NOT_A_FEED, "the server sent an empty document")
    try:
        decoded = decode(body, content_type)
        text = decoded.text.lstrip("\ufeff \t\r\n")
        if _HTML.match(text) and not _FEED.search(text):
            raise NotAFeed("an HTML page; `aggregator add` finds the feed behind a page")
        parsed = parse_json(text, url) if text.startswith("{") else _xml(text, url)
    except NotAFeed as wrong:
        return _failure(FailureKind.NOT_A_FEED, str(wrong))
    except Hostile as wrong:
        return _failure(FailureKind.HOSTILE, f"refused: {wrong}")
    return replace(parsed, notes=decoded.notes + parsed.notes)


def _xml(text: str, url: str) -> ParsedFeed:
    scanned = scan(text)
    if scanned.root == "redirect" and (said := _MOVED.search(text)) is not None:
        target = one_line(said[1])
        raise NotAFeed(f"it says that the feed has moved to {target}; look, and change its url")
    if scanned.root in _ROOTS or (inside := _FEED.search(text)) is None:
        return parse_xml(scanned, url)
    parsed = parse_xml(scan(text[inside.start() :]), url)
    if not parsed.entries:
        raise NotAFeed("something else, with a feed in it that has no entries")
    return parsed


def _failure(kind: FailureKind, detail: str) -> Failure:
    return Failure(kind, "parse", shorten(detail, 500))
