"""What is known of the exchange under way, and the one retry there may be (A6.1, A6.4).

aiohttp repeats a request whose connection ended without an answer, also on a new connection. A
server that does so does not want to be asked again at once; only a connection kept from an
earlier exchange may have ended before the server saw the request. The middleware, which is asked
first, tells the two apart, and by its own exception keeps aiohttp from repeating.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import aiohttp


@dataclass(slots=True)
class Exchange:
    """One request under way."""

    address: str | None = None  # the last that was dialled, or answered
    wire_bytes: int = 0
    reused: bool = False  # its connection served an earlier request


class Ended(aiohttp.ClientError):
    """The connection ended before any answer; the cause says how."""


exchange: ContextVar[Exchange] = ContextVar("exchange")


async def retry_if_reused(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Send a request; again only where a connection that was kept has died meanwhile. Each such
    one leaves the pool, so that the last of them is a new connection.
    """
    while True:
        one = exchange.get()
        one.reused = False
        try:
            return await handler(request)
        except aiohttp.ClientConnectorError:
            raise
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as wrong:
            if not one.reused:
                raise Ended from wrong


def tracing() -> aiohttp.TraceConfig:
    """Notes that a connection is one that was kept."""
    trace = aiohttp.TraceConfig()

    async def reused(_session: aiohttp.ClientSession, _ctx: SimpleNamespace, _params: Any) -> None:
        exchange.get().reused = True

    trace.on_connection_reuseconn.append(reused)
    return trace


def peer(response: aiohttp.ClientResponse) -> str | None:
    """The address that answers, while its connection is still at hand."""
    connection = response.connection
    if connection is None or connection.transport is None:
        return None
    name = connection.transport.get_extra_info("peername")
    return str(name[0]) if name else None
