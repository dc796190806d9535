"""Reading in worker processes, with limits."""

import asyncio
import time

from aggregator.model import Failure, FailureKind
from aggregator.pipeline.ports import RawDocument
from aggregator.pipeline.reading import Reading
from aggregator.work.parsers import Parsers
from tests.values import NOON, rss

GOOD = rss("<item><title>One</title><link>https://a.example/1</link></item>")


def document(body: bytes) -> RawDocument:
    return RawDocument(body, "https://a.example/feed", "", "a", NOON)


def read(*bodies: bytes, parsers: Parsers | None = None) -> list[Reading | Failure]:
    async def go() -> list[Reading | Failure]:
        made = parsers or Parsers(2, 10, 512 << 20)
        return await asyncio.gather(*(made(document(body)) for body in bodies))

    return asyncio.run(go())


def long_winded() -> bytes:
    """Nothing but three thousand entries, which take feedparser several seconds."""
    parts = "".join(f"<category>c{n}</category>" for n in range(25))
    return rss(*(f"<item><title>{n}</title>{parts}</item>" for n in range(3000)))


def test_a_document_is_read_in_another_process() -> None:
    (reading,) = read(GOOD)

    assert isinstance(reading, Reading)
    assert reading.arrivals[0].article.title == "One"


def test_a_document_that_is_no_feed_is_a_failure() -> None:
    (failure,) = read(b"<html></html>")

    assert isinstance(failure, Failure)
    assert failure.kind is FailureKind.NOT_A_FEED


def hungry(megabytes: int) -> bytes:
    """Well-formed, harmless to look at, and large once read."""
    return rss(
        "<item><title>One</title><description>"
        + "&#38;" * (megabytes << 18)
        + "</description></item>"
    )


def test_a8_10_a_document_past_its_memory_costs_its_reader_and_no_other() -> None:
    greedy = hungry(3)

    results = read(GOOD, greedy, GOOD, parsers=Parsers(2, 30, 24 << 20))

    first, second, third = results
    assert isinstance(first, Reading)
    assert isinstance(third, Reading)
    assert isinstance(second, Failure)
    assert second.kind is FailureKind.HOSTILE


def test_a8_10_a_document_past_its_cpu_time_is_killed_and_the_loop_goes_on() -> None:
    async def go() -> tuple[Reading | Failure, float, Reading | Failure]:
        parsers = Parsers(1, 1, 512 << 20)
        longest = 0.0

        async def tick() -> None:
            nonlocal longest
            while True:
                began = time.perf_counter()
                await asyncio.sleep(0.01)
                longest = max(longest, time.perf_counter() - began - 0.01)

        ticking = asyncio.create_task(tick())
        slow = await parsers(document(long_winded()))
        ticking.cancel()
        return slow, longest, await parsers(document(GOOD))

    slow, _longest, after = asyncio.run(go())
    assert isinstance(slow, Failure)
    assert slow.kind is FailureKind.HOSTILE
    assert isinstance(after, Reading), "a new worker has taken its place"


def test_many_documents_share_a_few_workers() -> None:
    readings = read(*[GOOD] * 40)

    assert all(isinstance(reading, Reading) for reading in readings)
