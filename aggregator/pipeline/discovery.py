"""Finding the feeds behind an address that a person gave, and what they look like (A12)."""

import asyncio
import datetime as dt
import statistics
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urljoin

from ..model import Failure, FailureKind, Fetched, FetchRequest, NotModified, Source
from ..parse.page import Candidate
from .ports import Clock, Fetch, RawDocument, Read
from .reading import Reading

_MOST_LOOKED_AT: Final = 5
_GUESSES: Final = ("/feed", "/atom.xml", "/rss.xml", "/feed.json", "/index.xml")
_FULL_TEXT: Final = 1500  # characters: half of the entries are at least as long
_A_DAY: Final = dt.timedelta(days=1)

Texts = Literal["full texts", "summaries", "titles alone"]


@dataclass(frozen=True, slots=True)
class Explorer:
    """What discovery needs of the world."""

    fetch: Fetch
    read: Read
    page: Callable[[Fetched], Awaitable[list[Candidate] | Failure]]
    may: Callable[[str], Awaitable[Failure | None]]  # robots.txt, for pages (A12.5)
    may_poll: Callable[[str], Awaitable[Failure | None]]  # and for feeds (A13.1)
    clock: Clock


@dataclass(frozen=True, slots=True)
class Look:
    """What an address answered: a feed, or why not."""

    url: str
    reading: Reading | None = None
    failure: Failure | None = None
    page: Fetched | None = None  # what came, where it is no feed
    seen_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The feeds behind an address, the likeliest first; or why there is none."""

    feeds: tuple[Look, ...] = ()
    others: tuple[Candidate, ...] = ()  # named by the page, and not looked at or not readable
    failure: Failure | None = None


async def look(explorer: Explorer, url: str, source: Source | None = None) -> Look:
    """Ask an address once. Raises nothing but cancellation."""
    if refused := await explorer.may_poll(url):
        return Look(url, failure=refused)
    result = await explorer.fetch(
        FetchRequest(
            url,
            auth=source.auth if source else None,
            allow_bad_tls=bool(source and source.allow_bad_tls),
        )
    )
    if isinstance(result, Failure):
        return Look(url, failure=result)
    assert not isinstance(result, NotModified), "nothing conditional was asked"
    kind = result.headers.get("content-type", "")
    now = explorer.clock()
    read = await explorer.read(RawDocument(result.body, result.url, kind, "new", now))
    if isinstance(read, Failure):
        return Look(url, failure=read, page=result, seen_at=now)
    return Look(url, read, seen_at=now)


async def discover(explorer: Explorer, url: str, *, is_feed: bool = False) -> Found:
    """The feeds at an address, or behind the page there (A12.1–A12.5).

    `is_feed`: the address is a feed's, which robots.txt for pages does not concern.
    """
    if not is_feed and (refused := await explorer.may(url)):
        return Found(failure=refused)
    first = await look(explorer, url)
    if first.reading is not None:
        return Found((first,))
    if first.page is None or is_feed or _hostile(first):
        return Found(failure=first.failure)
    candidates = await explorer.page(first.page)
    if isinstance(candidates, Failure):
        return Found(failure=candidates)
    looks = await asyncio.gather(
        *(look(explorer, candidate.url) for candidate in candidates[:_MOST_LOOKED_AT])
    )
    feeds = tuple(one for one in looks if one.reading is not None)
    if not feeds and (guessed := await _guess(explorer, first.page.url)):
        feeds = (guessed,)
    readable = {one.url for one in feeds}
    others = tuple(one for one in candidates if one.url not in readable)
    if feeds:
        return Found(feeds, others)
    named = "the feeds that the page names cannot be read" if candidates else (
        "the page names no feed, and none is where feeds mostly are"
    )  # fmt: skip
    return Found((), others, Failure(FailureKind.NOT_A_FEED, "parse", named, url=first.page.url))


def _hostile(one: Look) -> bool:
    return one.failure is not None and one.failure.kind is not FailureKind.NOT_A_FEED


async def _guess(explorer: Explorer, page: str) -> Look | None:
    """The first feed at an address where feeds mostly are (A12.4)."""
    for path in _GUESSES:
        url = urljoin(page, path)
        if await explorer.may(url) is None:
            seen = await look(explorer, url)
            if seen.reading is not None:
                return seen
    return None


@dataclass(frozen=True, slots=True)
class Profile:
    """What a feed looks like, to somebody who may add it."""

    newest: dt.datetime | None
    a_day: float | None  # entries; None where their dates do not tell
    texts: Texts | None  # None without entries


def profile(reading: Reading, now: dt.datetime) -> Profile:
    """How often a feed that was read at `now` posts, and how much of its articles it gives."""
    articles = [arrival.article for arrival in reading.arrivals]
    # Without a date, or with one to come, an article is dated now (A11.2).
    dates = sorted(article.published for article in articles if article.published < now)
    span = dates[-1] - dates[0] if len(dates) > 1 else dt.timedelta()
    # The newest may be old: a feed that fell silent does not post as it did.
    lasted = max(span, now - dates[0]) if span else None
    texts: Texts | None = None
    if articles:
        length = statistics.median(len(article.text) for article in articles)
        texts = "full texts" if length >= _FULL_TEXT else "summaries" if length else "titles alone"
    return Profile(
        newest=dates[-1] if dates else None,
        a_day=len(dates) / max(lasted / _A_DAY, 1) if lasted else None,
        texts=texts,
    )
