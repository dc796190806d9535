"""What is known of the exchange under way, and the one retry there may be (A6.1, A6.4).

aiohttp repeats a request whose connection ended without an answer, also on a new connection. A
server that does so does not want to be asked again at once; only a connection kept from an
earlier exchange may have ended before the server saw the request. The middleware, which is asked
first, tells the two apart, and by its own exception keeps aiohttp from repeating.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

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
_MOST_PLACES: Final = 1000


class Watch:
    """A client middleware that retries, and remembers where kept connections lead."""

    def __init__(self) -> None:
        self._addresses: dict[str, str] = {}  # HOST:PORT → the address last dialled for it

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Send a request; again only where a connection that was kept has died meanwhile. Each
        such one leaves the pool, so that the last of them is a new connection.
        """
        one, place = exchange.get(), request.url.authority
        while True:
            one.reused, one.address = False, None
            try:
                return await handler(request)
            except aiohttp.ClientConnectorError:
                raise
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as wrong:
                if not one.reused:
                    raise Ended from wrong
            finally:
                self._note(one, place)

    def _note(self, one: Exchange, place: str) -> None:
        if one.address is None:
            one.address = self._addresses.get(place)
            return
        if len(self._addresses) >= _MOST_PLACES:
            self._addresses.clear()
        self._addresses[place] = one.address


def tracing() -> aiohttp.TraceConfig:
    """Notes that a connection is one that was kept."""
    trace = aiohttp.TraceConfig()

    async def reused(_session: aiohttp.ClientSession, _ctx: SimpleNamespace, _params: Any) -> None:
        exchange.get().reused = True

    trace.on_connection_reuseconn.append(reused)
    return trace
