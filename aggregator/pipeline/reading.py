"""A document to arrivals: everything a poll computes without the store, in one pure call that a
worker process can make.
"""

import datetime as dt
from dataclasses import dataclass

from ..dedupe.settle import Arrival, settle
from ..model import Failure, FeedInfo, FeedKind
from ..parse.article import articles_of
from ..parse.document import parse_feed


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document said: of itself, of when to come again, and its entries as arrivals."""

    info: FeedInfo
    entries: int  # as many as the document has
    arrivals: tuple[Arrival, ...]
    ttl: dt.timedelta | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    complete: bool = False
    hubs: tuple[str, ...] = ()
    topic: str | None = None
    notes: tuple[str, ...] = ()
    kind: FeedKind | None = None


def read_document(
    body: bytes, url: str, content_type: str, source: str, now: dt.datetime
) -> Reading | Failure:
    """Parse, clean and settle the document `body` that came from `url` at `now`."""
    parsed = parse_feed(body, url, content_type)
    if isinstance(parsed, Failure):
        return parsed
    return Reading(
        info=parsed.info,
        entries=len(parsed.entries),
        arrivals=settle(articles_of(parsed, source, url, now)),
        ttl=parsed.ttl,
        skip_hours=parsed.skip_hours,
        skip_days=parsed.skip_days,
        complete=parsed.complete,
        hubs=parsed.hubs,
        topic=parsed.topic,
        notes=parsed.notes,
        kind=parsed.kind,
    )
