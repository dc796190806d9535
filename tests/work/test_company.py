"""One bad source among a hundred good ones: it is waited for by nobody."""

import asyncio

import pytest

from aggregator.model import Failure, Fetched, FetchRequest, FetchResult, PollReport
from aggregator.pipeline.due import sync_sources
from aggregator.pipeline.ports import RawDocument
from aggregator.pipeline.reading import Reading
from aggregator.pipeline.topics import sync_topics
from aggregator.store import SqlStore
from aggregator.work.local import Poller, World
from tests.conftest import Clock
from tests.pipeline.helpers import read
from tests.values import rss, setup, source

BAD = "https://bad.example/feed"
FEED = rss("<item><title>One</title><guid>1</guid></item>")


@pytest.mark.parametrize("where", ["fetch", "read"])
def test_a8_1_a8_10_a_source_without_end_keeps_no_other_waiting(
    sqlite_store: SqlStore, clock: Clock, where: str
) -> None:
    here = setup([source("bad"), *(source(f"good{n}") for n in range(100))])
    reported: list[str] = []

    async def go() -> None:
        others_done = asyncio.Event()

        def report(one: PollReport) -> None:
            reported.append(one.source)
            if len(reported) == 100:
                others_done.set()

        async def until_others_are_done() -> None:
            async with asyncio.timeout(60):
                await others_done.wait()

        async def fetch(request: FetchRequest) -> FetchResult:
            if where == "fetch" and request.url == BAD:
                await until_others_are_done()
            return Fetched(request.url, {}, FEED)

        async def read_slowly(document: RawDocument) -> Reading | Failure:
            if where == "read" and document.url == BAD:
                await until_others_are_done()
            return await read(document)

        world = World(
            sqlite_store, lambda: here, fetch, read_slowly, clock, lambda: 0.0, "me", 101, report
        )
        async with Poller(world) as poller:
            while len(reported) < 101:
                await poller.start_due()
                if poller.tasks:
                    await asyncio.wait(poller.tasks, return_when=asyncio.FIRST_COMPLETED)
                clock.forward(seconds=2)

    sync_sources(sqlite_store, here, clock())
    sync_topics(sqlite_store, here, clock())
    asyncio.run(go())

    assert reported[-1] == "bad"
