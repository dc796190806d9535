"""A client that may talk to one server on loopback, and servers that say one thing."""

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterable

from aggregator.fetch import Client, Limits
from aggregator.model import FetchRequest, FetchResult
from tests.values import NOON

QUICK = Limits(total_timeout=1.5, read_timeout=1.5, host_spacing=0.0)
AGENT = "aggregator/test (+https://news.example.org/about)"


def ask(
    request: FetchRequest | str,
    *allow: str,
    limits: Limits = QUICK,
    contact: str | None = None,
    now: Callable[[], dt.datetime] = lambda: NOON,
) -> FetchResult:
    """One fetch by a client of its own."""

    async def go() -> FetchResult:
        async with Client(
            AGENT, now, limits=limits, contact=contact, allow_private=allow
        ) as client:
            return await client(FetchRequest(request) if isinstance(request, str) else request)

    return asyncio.run(go())


def response(
    body: bytes = b"<rss/>", status: str = "200 OK", headers: Iterable[tuple[str, str]] = ()
) -> bytes:
    """An HTTP response with its length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


@contextlib.asynccontextmanager
async def serving(*answers: bytes, host: str = "127.0.0.1") -> AsyncIterator[tuple[str, list[str]]]:
    """A server that gives these answers in turn, the last one for ever; HOST:PORT, and the
    requests it got."""
    got: list[str] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            got.append((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
            writer.write(answers[min(len(got), len(answers)) - 1])
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, host, 0)
    async with server:
        yield f"{host}:{server.sockets[0].getsockname()[1]}", got


def asked(
    *answers: bytes, request: Callable[[str], FetchRequest] | None = None, limits: Limits = QUICK
) -> tuple[FetchResult, list[str]]:
    """Ask a server that gives these answers; the result, and the requests it got."""

    async def go() -> tuple[FetchResult, list[str]]:
        async with (
            serving(*answers) as (address, got),
            Client(AGENT, lambda: NOON, limits=limits, allow_private=[address]) as client,
        ):
            made = request(address) if request else FetchRequest(f"http://{address}/feed")
            return await client(made), got

    return asyncio.run(go())
