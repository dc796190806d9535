"""One poll: ask, read, decide. Recording is for `commit`, which does many at once."""

import datetime as dt
import hashlib
from dataclasses import dataclass

from ..model import Failure, FailureKind, Fetched, FetchResult, PollState, Source
from ..polling.request import request_for
from .due import Claimed
from .ports import Clock, Fetch, RawDocument, Read
from .reading import Reading
from .setup import Setup


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


async def poll(claimed: Claimed, setup: Setup, fetch: Fetch, read: Read, clock: Clock) -> Finished:
    """Ask one source once. Raises nothing but cancellation."""
    source, state = claimed.source, claimed.state
    began = clock()
    result = await fetch(request_for(state, source, began))
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
                result, digest = read_as, None
            else:
                reading = read_as
    now = clock()
    return Finished(source, state, result, now, (now - began).total_seconds(), digest, reading)


def refused_own(reading: Reading | Failure, setup: Setup) -> Reading | Failure:
    """Our own feed as a source would feed on itself (B10.6)."""
    if isinstance(reading, Failure):
        return reading
    site = setup.site
    if (reading.info.id or "").startswith(f"{site.id}topic/"):
        detail = "this is a feed that we publish ourselves; take it out of `sources`"
        return Failure(FailureKind.OWN_FEED, "parse", detail)
    return reading
