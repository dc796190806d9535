"""Values for tests, with defaults for everything a test does not speak of."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from aggregator.dedupe.settle import Arrival, settle
from aggregator.model import Article, Blocklist, FeedInfo, Fetched, PollState, Site, Source, Topic
from aggregator.pipeline.poll import Finished
from aggregator.pipeline.reading import Reading, read_document
from aggregator.pipeline.setup import Setup, set_up
from aggregator.polling.schedule import PollPolicy
from aggregator.publish.admission import AdmissionPolicy

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
SITE = Site(
    title="Example wire",
    url="https://news.example.org/",
    id="tag:news.example.org,2026:",
    contact="mailto:editor@example.org",
)


def article(
    source: str = "a", number: int | str = 1, *, at: dt.datetime = NOON, **changed: Any
) -> Article:
    """An article of a source; `number` names its id, address and title."""
    text = changed.pop("text", f"Text of story {number}, told at some length by its source.")
    made = Article(
        source=source,
        entry_id=f"{source}-{number}",
        declared_id=None,
        url=f"https://{source}.example/news/{number}",
        title=f"Title of story {number}",
        summary=text[:500],
        html=f"<p>{text}</p>",
        text=text,
        first_seen_at=at,
        published=at - dt.timedelta(hours=1),
        updated=at - dt.timedelta(hours=1),
        digest=f"digest-{number}-{changed.get('title', '')}-{text}",
    )
    return replace(made, **changed)


def source(key: str = "a", **changed: Any) -> Source:
    return replace(
        Source(key=key, url=f"https://{key}.example/feed", title=f"Source {key}"), **changed
    )


def topic(key: str = "isis", query: str | None = "isis", **changed: Any) -> Topic:
    return replace(Topic(key=key, title=key.upper(), query=query), **changed)


def setup(
    sources: Iterable[Source] = (source("a"), source("b"), source("c")),
    topics: Iterable[Topic] = (topic("isis", "isis OR daesh"), topic("story", "story")),
    *,
    site: Site = SITE,
    blocklist: Blocklist | None = None,
    polling: PollPolicy | None = None,
    admission: AdmissionPolicy | None = None,
) -> Setup:
    return set_up(
        site,
        {one.key: one for one in sources},
        {one.key: one for one in topics},
        blocklist or Blocklist(),
        polling or PollPolicy(),
        admission or AdmissionPolicy(),
    )


def arrivals(*articles: Article) -> tuple[Arrival, ...]:
    return settle(list(articles))


def finished(
    setup: Setup,
    *articles: Article,
    at: dt.datetime = NOON,
    source: str | None = None,
    state: PollState | None = None,
    headers: Mapping[str, str] | None = None,
) -> Finished:
    """A poll of one source that brought these articles."""
    key = source or articles[0].source
    url = setup.sources[key].url
    return Finished(
        source=setup.sources[key],
        state=state or PollState(key, url, next_poll_at=at),
        result=Fetched(url, headers or {}, b""),
        finished_at=at,
        body_digest=f"digest at {at}",
        reading=Reading(FeedInfo(title=f"Feed {key}"), len(articles), settle(list(articles))),
    )


def rss(*items: str, **channel: str) -> bytes:
    """An RSS document around items of bare XML."""
    said = {"title": "A feed", "link": "https://a.example/", "description": "d", **channel}
    head = "".join(f"<{name}>{value}</{name}>" for name, value in said.items())
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
        'xmlns:media="http://search.yahoo.com/mrss/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel>{head}{''.join(items)}</channel></rss>"
    ).encode()


def read(body: bytes, source: str = "a", at: dt.datetime = NOON, content_type: str = "") -> Reading:
    """A document read as a poll reads it; it must be a feed."""
    reading = read_document(body, f"https://{source}.example/feed", content_type, source, at)
    assert isinstance(reading, Reading), reading
    return reading
