"""The question for one poll: a conditional request with what the server gave us (A1)."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from ..model import FetchRequest, PollState, Source, Validators
from .freshness import http_date

MAX_VALIDATOR: Final = 1024
_EARLIEST: Final = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
_DAY: Final = dt.timedelta(days=1)


def validators_from(url: str, headers: Mapping[str, str]) -> Validators | None:
    """What a 200 from `url` gave to tell its bytes apart by, byte for byte; too long a one, or
    one that could break a header line, is dropped (A1.2, A1.3).
    """
    etag, modified = (_usable(headers.get(name)) for name in ("etag", "last-modified"))
    return Validators(url, etag, modified) if etag or modified else None


def _usable(value: str | None) -> str | None:
    if not value or len(value.encode("utf-8", "surrogateescape")) > MAX_VALIDATOR:
        return None
    return None if any(c in value for c in "\r\n\0") else value


def request_for(state: PollState, source: Source, now: dt.datetime) -> FetchRequest:
    """The request of a poll at `now`. Validators go only to the address they came from (A1.4),
    and an impossible Last-Modified, to which broken servers answer 304 for ever, does not go at
    all (A1.10).
    """
    known = state.validators or Validators(source.url)
    modified = http_date(known.last_modified)
    plausible = modified is None or _EARLIEST <= modified <= now + _DAY
    return FetchRequest(
        url=source.url,
        etag=known.etag,
        last_modified=known.last_modified if plausible else None,
        validators_for=known.url,
        auth=source.auth,
        allow_bad_tls=source.allow_bad_tls,
    )
