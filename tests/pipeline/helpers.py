"""A small world for use cases: a real store, fake servers, a clock that is told when to go."""

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from aggregator.model import (
    Failure,
    FailureKind,
    Fetched,
    FetchRequest,
    FetchResult,
    NotModified,
    PollReport,
    Rendering,
)
from aggregator.pipeline.commit import commit
from aggregator.pipeline.due import claim, sync_sources
from aggregator.pipeline.poll import poll
from aggregator.pipeline.ports import RawDocument
from aggregator.pipeline.reading import Reading, read_document
from aggregator.pipeline.setup import Setup
from aggregator.pipeline.site import Site
from aggregator.pipeline.topics import sync_topics
from aggregator.store import SqlStore
from tests.values import NOON


async def read(document: RawDocument) -> Reading | Failure:
    """Read in this process: the limits of workers are tested elsewhere."""
    return read_document(
        document.body, document.url, document.content_type, document.source, document.now
    )


@dataclass
class Page:
    """What a fake server gives at one address."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def answer(self, request: FetchRequest) -> FetchResult:
        etag = self.headers.get("etag")
        if etag and request.etag == etag:
            return NotModified(request.url, self.headers)
        return Fetched(request.url, self.headers, self.body, wire_bytes=len(self.body))


class World:
    """Servers by address, a store, a clock; polls everything that is due, one after another."""

    def __init__(self, store: SqlStore, setup: Setup, at: dt.datetime = NOON) -> None:
        self.store, self.setup, self.moment = store, setup, at
        self.pages: dict[str, Page | Failure] = {}
        self.requests: list[tuple[dt.datetime, FetchRequest]] = []
        self.begin()

    def begin(self) -> None:
        """What the program does when it starts."""
        sync_sources(self.store, self.setup, self.moment)
        assert sync_topics(self.store, self.setup, self.moment) == []

    def clock(self) -> dt.datetime:
        return self.moment

    def serve(self, source: str, body: bytes, **headers: str) -> None:
        url = self.setup.sources[source].url
        self.pages[url] = Page(body, {k.replace("_", "-"): v for k, v in headers.items()})

    def fail(self, source: str, kind: FailureKind, **more: object) -> None:
        failure = Failure(kind, "headers", "as the test wants it", **more)  # type: ignore[arg-type]
        self.pages[self.setup.sources[source].url] = failure

    async def fetch(self, request: FetchRequest) -> FetchResult:
        self.requests.append((self.moment, request))
        page = self.pages.get(request.url)
        if page is None:
            return Failure(FailureKind.NOT_FOUND, "headers", "404", status=404, url=request.url)
        return page.answer(request) if isinstance(page, Page) else page

    def poll_due(self) -> list[PollReport]:
        """Claim, ask, record: everything that is due now."""

        async def go() -> list[PollReport]:
            reports: list[PollReport] = []
            while claimed := claim(self.store, self.setup, self.moment, "test", 100):
                finished = [
                    await poll(one, self.setup, self.fetch, read, self.clock) for one in claimed
                ]
                reports += commit(self.store, finished, self.setup, lambda: 0.0)
            return reports

        return asyncio.run(go())

    def forward(self, **length: float) -> None:
        self.moment += dt.timedelta(**length)

    def site(self) -> Site:
        return Site(self.store, lambda: self.setup, lambda: "aggregator/test", self.clock)

    def render(self, path: str) -> Rendering:
        document = self.site().document(path)
        assert document is not None, path
        return document.rendering
