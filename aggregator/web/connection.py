"""Connections that cannot be held open for nothing.

uvicorn by itself waits for ever for the head of a request, and for a client that does not read.
"""

from collections.abc import Iterable
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .eager import is_near

_HEAD: Final = 10.0  # seconds for the head of a request
_STUCK: Final = 30.0  # seconds in which a client takes no byte of what waits for it
_ANSWER: Final = 600.0  # seconds until it has taken everything
_LONGEST_HEAD: Final = 32 * 1024  # bytes
_PER_ADDRESS: Final = 64  # connections; a proxy of ours may have as many as it likes


class Connection(HttpToolsProtocol):
    """HTTP/1.1 on one connection, within bounds."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._head_since: float | None = self.loop.time()  # None: nothing of a head is awaited
        self._head_bytes = 0
        self._unsent, self._unsent_since, self._taken_at = 0, 0.0, 0.0

    def connection_made(self, transport: Any) -> None:
        """Take it, unless there are enough from this address."""
        super().connection_made(transport)
        peer = self.client[0] if self.client else ""
        if not is_near(peer) and _from(peer, self.connections) > _PER_ADDRESS:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Read on, while the head is not too long."""
        if self._head_since is None and getattr(self.cycle, "response_complete", True):
            self._head_since, self._head_bytes = self.loop.time(), 0
        super().data_received(data)
        if self._head_since is not None:
            self._head_bytes += len(data)
            if self._head_bytes > _LONGEST_HEAD and not self.transport.is_closing():
                self.send_400_response("The head of this request is too long.")

    def on_message_begin(self) -> None:
        """Another request begins."""
        super().on_message_begin()
        self._head_since, self._head_bytes = self.loop.time(), 0

    def on_headers_complete(self) -> None:
        """It is known what is asked."""
        self._head_since = None
        super().on_headers_complete()

    def look(self, now: float) -> None:
        """End it when the other side has kept it waiting for too long."""
        if self._head_since is not None and now - self._head_since > _HEAD:
            self.transport.abort()
            return
        unsent = self.transport.get_write_buffer_size()
        if unsent == 0 or self._unsent == 0:
            self._unsent_since = self._taken_at = now
        if unsent != self._unsent:
            self._unsent, self._taken_at = unsent, now
        if now - self._taken_at > _STUCK or now - self._unsent_since > _ANSWER:
            self.transport.abort()


def look_at(connections: Iterable[object], now: float) -> None:
    """End those of these that have kept us waiting for too long."""
    for one in list(connections):
        if isinstance(one, Connection):
            one.look(now)


def _from(peer: str, connections: Iterable[Any]) -> int:
    return sum(1 for one in connections if one.client and one.client[0] == peer)
