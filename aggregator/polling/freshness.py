"""What servers say about time: Cache-Control, Expires, Retry-After (RFC 9110, RFC 9111)."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Final

from ..model import Freshness

_DIRECTIVE: Final = re.compile(r'([a-z0-9_\-]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,;]*)))?', re.IGNORECASE)
_LONGEST: Final = dt.timedelta(days=365 * 20)  # what is longer says no more
_NONE: Final = dt.timedelta()


def http_date(text: str | None) -> dt.datetime | None:
    """The moment of an HTTP date, obsolete forms included; None for what is none."""
    if not text or len(text) > 100:
        return None
    try:
        moment = parsedate_to_datetime(text.strip())
        aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        return aware.astimezone(dt.UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _seconds(text: str | None) -> dt.timedelta | None:
    """A whole number of seconds, clamped; None for anything else."""
    text = (text or "").strip()
    if not text.isascii() or not text.isdigit():
        return None
    return min(dt.timedelta(seconds=int(text[:12])), _LONGEST) if len(text) <= 12 else _LONGEST


def cache_for(headers: Mapping[str, str]) -> dt.timedelta | None:
    """How long a response stays fresh from now; None where the server gives no reason to wait.

    max-age less Age, else Expires less Date (A1.12, RFC 9111 section 4.2.1). `no-cache`,
    `no-store` and times that have run out are no hint, never a reason to ask faster; `s-maxage`
    is for shared caches.

    >>> cache_for({"cache-control": "public, max-age=600", "age": "100"})
    datetime.timedelta(seconds=500)
    """
    directives: dict[str, str] = {}
    for name, quoted, plain in _DIRECTIVE.findall(headers.get("cache-control", "")):
        directives.setdefault(name.lower(), quoted or plain)  # the first of two counts
    if "no-cache" in directives or "no-store" in directives:
        return None
    if "max-age" in directives:
        lifetime = _seconds(directives["max-age"])
        if lifetime is None:
            return None
        fresh = lifetime - (_seconds(headers.get("age")) or _NONE)
    else:
        expires, date = http_date(headers.get("expires")), http_date(headers.get("date"))
        if expires is None or date is None:
            return None
        fresh = min(expires - date, _LONGEST)
    return fresh if fresh > _NONE else None


def after_not_modified(known: Freshness, headers: Mapping[str, str]) -> Freshness:
    """What a 304 changes: the fields it carries, and no others (A1.6, A3.8)."""
    if "cache-control" in headers or "expires" in headers:
        return replace(known, cache_for=cache_for(headers))
    return known


def retry_after(headers: Mapping[str, str], now: dt.datetime) -> dt.timedelta | None:
    """How long the server wants to be left alone: seconds, or a date taken relative to its own
    clock (A2.6, A11.1), to ours where it shows none; None when it does not say.

    >>> retry_after({"retry-after": "120"}, dt.datetime(2026, 11, 22, tzinfo=dt.UTC))
    datetime.timedelta(seconds=120)
    """
    said = headers.get("retry-after")
    if (seconds := _seconds(said)) is not None:
        return seconds
    until, date = http_date(said), http_date(headers.get("date")) or now
    if until is None:
        return None
    return max(_NONE, min(until - date, _LONGEST))
