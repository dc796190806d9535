"""The question for one poll: a conditional request with what the server gave us (A1)."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from ..model import Asking, FetchRequest, PollState, Source, Validators
from .conditions import asking, tags, wants_probe
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
    all (A1.10). A server that does not heed them is sent fewer (A1.9), and one that answers 304
    for longer than can be believed is asked once without (A1.11).
    """
    url = state.url if state.listed_url == source.url else source.url
    known = state.validators or Validators(url)
    step = asking(state.conditions, now)
    probe = state.validators is not None and wants_probe(state, now)
    modified = http_date(known.last_modified)
    plausible = modified is None or _EARLIEST <= modified <= now + _DAY
    dated = plausible and step is not Asking.PLAIN and not probe
    return FetchRequest(
        url=url,
        etag=None if probe else tags(known.etag, step),
        last_modified=known.last_modified if dated else None,
        validators_for=known.url,
        auth=source.auth,
        allow_bad_tls=source.allow_bad_tls,
        probe=probe,
    )
