"""One poll: ask, read, decide. Recording is for `commit`, which does many at once."""

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from typing import Final

from ..model import Failure, FailureKind, Fetched, FetchRequest, FetchResult, PollState, Source
from ..polling.request import request_for
from ..publish.ids import is_ours
from .due import Claimed
from .ports import Clock, Fetch, RawDocument, Read
from .reading import Reading
from .setup import Setup

# What the pages have in common by which servers tell browsers from programs.
_CHALLENGES: Final = (b"/cdn-cgi/challenge-platform/", b"_cf_chl_opt")


@dataclass(frozen=True, slots=True)
class Finished:
    """A poll whose answer is in, and not yet recorded."""

    source: Source
    state: PollState  # as it was claimed
    result: FetchResult
    finished_at: dt.datetime
    seconds: float = 0.0
    body_digest: str | None = None
    reading: Reading | None = None  # None: nothing to read, or nothing new
    asked: FetchRequest | None = None
    decoded: int = 0  # bytes of the body


async def poll(claimed: Claimed, setup: Setup, fetch: Fetch, read: Read, clock: Clock) -> Finished:
    """Ask one source once. Raises nothing but cancellation."""
    source, state = claimed.source, claimed.state
    began = clock()
    request = request_for(state, source, began)
    result = await fetch(request)
    decoded = len(result.body) if isinstance(result, Fetched) else 0
    digest: str | None = None
    reading: Reading | None = None
    if isinstance(result, Fetched):
        digest = hashlib.sha256(result.body).hexdigest()
        if digest != state.body_digest:  # equal bytes say nothing new (A1.8)
            document = RawDocument(
                body=result.body,
                url=result.url,
                content_type=result.headers.get("content-type", ""),
                source=source.key,
                now=clock(),
            )
            read_as = refused_own(await read(document), setup)
            if isinstance(read_as, Failure):
                result, digest = _explained(read_as, result), None
            else:
                reading = read_as
    now = clock()
    seconds = (now - began).total_seconds()
    return Finished(source, state, result, now, seconds, digest, reading, request, decoded)


def _explained(failure: Failure, fetched: Fetched) -> Failure:
    """A document that is no feed, with where it came from (A6.4); a page that wants to see a
    browser is a refusal (A2.8).
    """
    known = replace(failure, url=fetched.url, status=200, wire_bytes=fetched.wire_bytes)
    if failure.kind is FailureKind.NOT_A_FEED:
        if any(mark in fetched.body for mark in _CHALLENGES):
            detail = "the server answers with a challenge for browsers"
            return replace(known, kind=FailureKind.FORBIDDEN, detail=detail)
        if fetched.hops:
            detail = f"redirected to {fetched.url}: {failure.detail}"[:500]
            return replace(known, detail=detail)
    return known


def refused_own(reading: Reading | Failure, setup: Setup) -> Reading | Failure:
    """Our own feed as a source would feed on itself (B10.6): any of topics, archives, searches or
    health, in any format, by its id or the address it gives as its own.
    """
    if isinstance(reading, Failure):
        return reading
    site = setup.site
    named = (reading.info.id, reading.info.self_url, reading.topic)
    if any(is_ours(said, site) for said in named if said):
        detail = "this is a feed that we publish ourselves; take it out of `sources`"
        return Failure(FailureKind.OWN_FEED, "parse", detail)
    return reading
