"""What connections do to an exchange: kept ones that died, and answers with too much in them."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import pytest

from aggregator.fetch import Client
from aggregator.model import Failure, FailureKind, Fetched, FetchRequest, FetchResult, NotModified
from tests.fetch.helpers import AGENT, QUICK, asked, response
from tests.values import NOON

FEED = b"<rss><channel><title>t</title></channel></rss>"
KEPT = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(FEED), FEED)
Serve = Callable[[int, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def request_on(reader: asyncio.StreamReader) -> None:
    await reader.readuntil(b"\r\n\r\n")


def fetched(serve: Serve, times: int) -> tuple[list[FetchResult], int]:
    """So many fetches, one after another, by one client; the results, and the connections."""

    async def go() -> tuple[list[FetchResult], int]:
        connections = 0

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal connections
            connections += 1
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await serve(connections, reader, writer)
            writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with (
            server,
            Client(AGENT, lambda: NOON, limits=QUICK, allow_private=[address]) as client,
        ):
            results = [await client(FetchRequest(f"http://{address}/feed")) for _ in range(times)]
        return results, connections

    return asyncio.run(go())


def test_a6_1_a_kept_connection_that_died_is_tried_once_more_on_a_new_one() -> None:
    async def serve(
        number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await request_on(reader)
        writer.write(KEPT)
        await writer.drain()
        await request_on(reader)  # and hangs up without a word

    results, connections = fetched(serve, 3)

    assert [type(one) for one in results] == [Fetched] * 3
    assert connections == 3


def test_a6_1_a_new_connection_that_ends_without_an_answer_is_not_tried_again() -> None:
    async def serve(
        number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await request_on(reader)

    (result,), connections = fetched(serve, 1)

    assert isinstance(result, Failure)
    assert (result.kind, result.detail) == (FailureKind.PROTOCOL, "closed without an answer")
    assert connections == 1, "whoever hangs up does not want to be asked again at once"


def test_a6_1_where_the_second_connection_ends_too_it_is_over() -> None:
    async def serve(
        number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await request_on(reader)
        if number == 1:
            writer.write(KEPT)
            await writer.drain()
            await request_on(reader)

    results, connections = fetched(serve, 2)

    assert [type(one) for one in results] == [Fetched, Failure]
    assert connections == 2


def conditional(address: str) -> FetchRequest:
    url = f"http://{address}/feed"
    return FetchRequest(url, etag='"v1"', validators_for=url)


def test_a2_13_what_follows_a_304_is_no_answer_to_anything() -> None:
    """What comes in one piece with it is broken HTTP (decision 22), and ends the connection."""
    answers = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 8\r\n\r\n" + KEPT

    result, _ = asked(answers[:-10], request=conditional)

    assert not isinstance(result, Fetched)


def test_a2_13_the_body_of_a_304_is_never_taken_for_a_feed() -> None:
    result, requests = asked(
        b'HTTP/1.1 304 Not Modified\r\nETag: "v2"\r\nContent-Length: 5\r\n\r\nhello',
        request=conditional,
    )

    assert isinstance(result, Failure)
    assert (result.kind, result.phase) == (FailureKind.PROTOCOL, "headers")
    assert len(requests) == 1


def test_a2_13_a_body_that_comes_after_the_304_is_ignored() -> None:
    async def go() -> FetchResult:
        answered = asyncio.Event()

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await request_on(reader)
                writer.write(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n")
                await writer.drain()
                await answered.wait()
                writer.write(b"hello")
                await writer.drain()
            writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with (
            server,
            Client(AGENT, lambda: NOON, limits=QUICK, allow_private=[address]) as client,
        ):
            result = await client(conditional(address))
            answered.set()
            return result

    assert isinstance(asyncio.run(go()), NotModified)


@pytest.mark.parametrize(
    "status",
    [
        "206 Partial Content",
        "300 Multiple Choices",
        "305 Use Proxy",
        "306 Unused",
        "299 Odd",
        "599 ?",
    ],
)
def test_a2_12_a_status_that_means_nothing_to_us_is_an_error_and_its_body_is_not_read(
    status: str,
) -> None:
    result, requests = asked(response(FEED, status, [("Location", "/elsewhere")]))

    assert isinstance(result, Failure)
    assert (result.kind, result.status) == (FailureKind.STATUS, int(status[:3]))
    assert len(requests) == 1


def test_a2_12_an_interim_answer_is_passed_over() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n"

    result, _ = asked(hints + response(FEED))

    assert isinstance(result, Fetched)


@pytest.mark.parametrize("manipulation", [(), (("IM", "feed"),)], ids=["plain", "IM: feed"])
def test_a1_15_a_delta_that_nobody_asked_for_is_an_error(
    manipulation: tuple[tuple[str, str], ...],
) -> None:
    result, (request,) = asked(response(FEED, "226 IM Used", manipulation))

    assert isinstance(result, Failure)
    assert (result.kind, result.status) == (FailureKind.STATUS, 226)
    assert "a-im" not in request.lower()


@pytest.mark.parametrize("status", ["403 Forbidden", "503 Service Unavailable"])
def test_a2_8_a_challenge_is_a_refusal_whatever_its_status(status: str) -> None:
    result, _ = asked(response(b"", status, [("cf-mitigated", "challenge")]))

    assert isinstance(result, Failure)
    assert result.kind is FailureKind.FORBIDDEN


def test_a6_4_a_failure_tells_phase_kind_address_status_bytes_and_time() -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + FEED

    result, _ = asked(cut)

    assert isinstance(result, Failure)
    assert (result.phase, result.kind) == ("body", FailureKind.TRUNCATED)
    assert (result.address, result.wire_bytes) == ("127.0.0.1", len(FEED))
    assert 0 <= result.seconds < QUICK.total_timeout
    refused, _ = asked(response(b"", "500 Oops"))
    assert isinstance(refused, Failure)
    assert (refused.address, refused.status) == ("127.0.0.1", 500)


def test_a6_4_an_address_where_nobody_answers_is_named_too() -> None:
    async def go() -> FetchResult:
        server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
        address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        server.close()
        await server.wait_closed()
        async with Client(AGENT, lambda: NOON, limits=QUICK, allow_private=[address]) as client:
            return await client(FetchRequest(f"http://{address}/feed"))

    result = asyncio.run(go())

    assert isinstance(result, Failure)
    assert (result.kind, result.phase, result.address) == (
        FailureKind.CONNECT,
        "connect",
        "127.0.0.1",
    )
