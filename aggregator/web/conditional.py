"""Conditional and compressed answers by RFC 9110, pure: what a request gets of a document (B7)."""

import datetime as dt
import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Final

from ..pipeline.documents import CODINGS, Document
from ..polling.freshness import http_date
from ..publish.pages import CSS_TYPE, HTML_TYPE

_FEED_POLICY: Final = "default-src 'none'; style-src 'self'; sandbox"
_PAGE_POLICY: Final = (
    "default-src 'none'; img-src https:; style-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
# What of an answer a 304 does not repeat (RFC 9110, section 15.4.5).
_KNOWN: Final = frozenset(
    {
        "content-type",
        "accept-ranges",
        "x-content-type-options",
        "content-security-policy",
        "referrer-policy",
        "x-robots-tag",
    }
)
_TAG: Final = re.compile(r'(?:W/)?"([^"]*)"')
_WEIGHT: Final = re.compile(r"q\s*=\s*([\d.]+)")
FEED_AGE: Final = 1800  # seconds that a feed is fresh
_LONGEST: Final = 500  # characters of an Accept-Encoding that are read

# Header fields as they go over the wire.
Raw = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body of a response, and the headers ready to be sent."""

    status: int
    headers: Mapping[str, str]
    raw: Raw
    body: bytes = b""


def answer_of(status: int, headers: Mapping[str, str], body: bytes = b"") -> Answer:
    """An answer with its headers encoded."""
    raw = [(name.encode("latin-1"), said.encode("latin-1")) for name, said in headers.items()]
    return Answer(status, headers, raw, body)


def fields(raw: Iterable[tuple[bytes, bytes]], names: frozenset[bytes]) -> dict[str, str]:
    """Of the fields of a request, names in lower case, these; one sent in parts is put together."""
    found: dict[str, str] = {}
    for name, said in raw:
        if name in names:
            key, value = name.decode("latin-1"), said.decode("latin-1")
            found[key] = f"{found[key]}, {value}" if key in found else value
    return found


# What `answer` looks at in a request.
CONDITIONS: Final = frozenset({b"accept-encoding", b"if-none-match", b"if-modified-since"})


def answer(
    document: Document, request: Mapping[str, str], now: dt.datetime, *, https: bool
) -> Answer:
    """What a GET with these headers (names in lower case) gets; HEAD gets it without the body.

    The same object for the same document, coding and status: made once.
    """
    accepted = _accepted(request.get("accept-encoding", "")[:_LONGEST])
    coding = next((one for one in accepted if one in document.coded), None)
    current = _is_current(document, request, now)
    made: Answer | None = document.answers.get((coding, current, https))
    if made is None:
        made = _answer(document, coding, current=current, https=https)
        document.answers[coding, current, https] = made
    return made


def _answer(document: Document, coding: str | None, *, current: bool, https: bool) -> Answer:
    etag = document.etag if coding is None else f"{document.etag}.{CODINGS[coding]}"
    headers = _headers(document, f'"{etag}"', https=https)
    if current:  # what was kept stands, but for what a cache has to know again
        return answer_of(304, {k: said for k, said in headers.items() if k not in _KNOWN})
    body = document.rendering.body if coding is None else document.coded[coding]
    if coding is not None:
        headers["content-encoding"] = coding
    headers["content-length"] = str(len(body))
    return answer_of(200, headers, body)


def _headers(document: Document, etag: str, *, https: bool) -> dict[str, str]:
    kind = document.rendering.content_type
    is_feed = kind not in (HTML_TYPE, CSS_TYPE)
    headers = {
        "content-type": kind,
        "etag": etag,
        "cache-control": _cache_control(document),
        "vary": "Accept-Encoding",
        "accept-ranges": "none",
        "x-content-type-options": "nosniff",
        "content-security-policy": _FEED_POLICY if is_feed else _PAGE_POLICY,
        "referrer-policy": "no-referrer",
    }
    if document.modified_at is not None:
        moment = document.modified_at.astimezone(dt.UTC)
        headers["last-modified"] = format_datetime(moment, usegmt=True)
    if is_feed:
        headers |= cors()
    if document.rendering.links:
        headers["link"] = ", ".join(
            f'<{url}>; rel="{rel}"' for rel, url in document.rendering.links
        )
    if document.rendering.noindex:
        headers["x-robots-tag"] = "noindex"
    if https:
        headers["strict-transport-security"] = "max-age=31536000"
    return headers


def page_headers() -> dict[str, str]:
    """Those of a page that is no document of the site, and says what is wrong."""
    return {
        "content-type": HTML_TYPE,
        "x-content-type-options": "nosniff",
        "content-security-policy": _PAGE_POLICY,
        "referrer-policy": "no-referrer",
    }


def cors() -> dict[str, str]:
    """Anybody's script may read a feed, and what it says of freshness (B7.11)."""
    return {
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "ETag, Last-Modified, Link, Retry-After",
    }


def preflight() -> dict[str, str]:
    """The answer to OPTIONS (B7.11)."""
    return {
        **cors(),
        "access-control-allow-methods": "GET, HEAD",
        "access-control-allow-headers": "If-None-Match, If-Modified-Since",
        "access-control-max-age": "86400",
        "allow": "GET, HEAD, OPTIONS",
    }


def max_age(document: Document) -> int:
    """How many seconds an answer is fresh (B7.7)."""
    rendering = document.rendering
    if rendering.content_type == CSS_TYPE:  # its name changes with it
        return 31_536_000
    if rendering.content_type == HTML_TYPE:
        return 300
    return rendering.max_age or FEED_AGE


def _cache_control(document: Document) -> str:
    kept = f"public, max-age={max_age(document)}"
    immutable = document.rendering.content_type == CSS_TYPE
    return f"{kept}, immutable" if immutable else f"{kept}, stale-if-error=86400"


@functools.lru_cache(1024)
def _accepted(accept: str) -> tuple[str, ...]:
    """The codings that Accept-Encoding does not like less than none, the best first. q=0 means no
    (RFC 9110 section 12.5.3).
    """
    weights: dict[str, float] = {}
    for part in accept.lower().split(","):
        coding, _, parameters = part.partition(";")
        weight = _WEIGHT.search(parameters)
        try:
            weights[coding.strip()] = float(weight[1]) if weight else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    anything, plain = weights.get("*", 0.0), weights.get("identity", 0.0)
    weights.setdefault("gzip", weights.get("x-gzip", anything))
    known = {coding: weights.get(coding, anything) for coding in CODINGS}
    better = (coding for coding, weight in known.items() if weight > 0 and weight >= plain)
    return tuple(sorted(better, key=lambda coding: -known[coding]))


def _is_current(document: Document, request: Mapping[str, str], now: dt.datetime) -> bool:
    """Has the client these bytes already? Tags are compared weakly, and against those of every
    coding, so that a tag of the gzip form serves a client that now takes none (B7.3); dates only
    where there are no tags, and only those that have been (B7.4).
    """
    tags = request.get("if-none-match")
    if tags is not None:
        if tags.strip() == "*":
            return True
        ours = (document.etag, *(f"{document.etag}.{ending}" for ending in CODINGS.values()))
        return any(tag in ours for tag in _TAG.findall(tags))
    since, modified_at = http_date(request.get("if-modified-since")), document.modified_at
    return since is not None and modified_at is not None and modified_at <= since <= now
