"""Conditional and compressed answers by RFC 9110, pure: what a request gets of a document (B7)."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Final

from ..pipeline.documents import Document
from ..polling.freshness import http_date
from ..publish.pages import CSS_TYPE, HTML_TYPE

_FEED_POLICY: Final = "default-src 'none'; style-src 'self'; sandbox"
_PAGE_POLICY: Final = (
    "default-src 'none'; img-src https:; style-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_TAG: Final = re.compile(r'(?:W/)?"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body of a response."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


def answer(
    document: Document, request: Mapping[str, str], now: dt.datetime, *, https: bool
) -> Answer:
    """What a GET with these headers (names in lower case) gets; HEAD gets it without the body."""
    gzipped = document.gzipped if _accepts_gzip(request.get("accept-encoding", "")) else None
    etag = f'"{document.etag}.gz"' if gzipped is not None else f'"{document.etag}"'
    headers = _headers(document, etag, https=https)
    if _is_current(document, request, now):
        for name in ("content-type", "content-length"):
            headers.pop(name, None)
        return Answer(304, headers)
    body = document.rendering.body if gzipped is None else gzipped
    if gzipped is not None:
        headers["content-encoding"] = "gzip"
    headers["content-length"] = str(len(body))
    return Answer(200, headers, body)


def _headers(document: Document, etag: str, *, https: bool) -> dict[str, str]:
    kind = document.rendering.content_type
    is_feed = kind not in (HTML_TYPE, CSS_TYPE)
    headers = {
        "content-type": kind,
        "etag": etag,
        "cache-control": _cache_control(kind, document.rendering.max_age),
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


def _cache_control(kind: str, max_age: int | None) -> str:
    if max_age is not None:
        return f"public, max-age={max_age}, stale-if-error=86400"
    match kind:
        case _ if kind == CSS_TYPE:  # its name changes with it
            return "public, max-age=31536000, immutable"
        case _ if kind == HTML_TYPE:
            return "public, max-age=300, stale-if-error=86400"
        case _:
            return "public, max-age=1800, stale-if-error=86400"


def _accepts_gzip(accept: str) -> bool:
    """Does Accept-Encoding prefer gzip to nothing? q=0 means no (RFC 9110 section 12.5.3)."""
    weights: dict[str, float] = {}
    for part in accept.lower().split(","):
        coding, _, parameters = part.partition(";")
        weight = re.search(r"q\s*=\s*([\d.]+)", parameters)
        try:
            weights[coding.strip()] = float(weight[1]) if weight else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    gzip = weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0)))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def _is_current(document: Document, request: Mapping[str, str], now: dt.datetime) -> bool:
    """Has the client these bytes already? Tags are compared weakly, and against those of every
    coding, so that a tag of the gzip form serves a client that now takes none (B7.3); dates only
    where there are no tags, and only those that have been (B7.4).
    """
    tags = request.get("if-none-match")
    if tags is not None:
        if tags.strip() == "*":
            return True
        ours = {document.etag, f"{document.etag}.gz"}
        return any(tag in ours for tag in _TAG.findall(tags))
    since, modified_at = http_date(request.get("if-modified-since")), document.modified_at
    return since is not None and modified_at is not None and modified_at <= since <= now
