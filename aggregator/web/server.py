"""uvicorn inside a loop that is not its own."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from ..errors import UsageError
from .connection import Connection, look_at

_LOOK_EVERY: Final = 1.0  # seconds


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:  # the program keeps its own handlers
        yield


def new_loop() -> asyncio.AbstractEventLoop:
    """The quickest event loop there is here: uvloop's, but on PyPy and Windows."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def bound(listen: str) -> socket.socket:
    """A socket that listens on HOST:PORT. Raises UsageError where it cannot."""
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, int(port)))
        sock.listen(1024)  # from now on nobody is turned away while the rest gets ready
    except OSError as wrong:
        sock.close()
        raise UsageError(
            f"cannot listen on {listen}: {wrong.strerror}; choose another address with "
            "--listen HOST:PORT or `settings.listen`"
        ) from None
    return sock


async def serve(app: ASGIApp, sock: socket.socket, stop: asyncio.Event) -> None:
    """Serve until told to stop; requests under way get a few seconds."""
    server = _Server(
        uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            proxy_headers=False,  # `eager` decides whose word counts
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=3,
            timeout_keep_alive=15,
            limit_concurrency=1000,
        )
    )

    async def watch() -> None:
        await stop.wait()
        server.should_exit = True

    async def look() -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            look_at(server.server_state.connections, loop.time())

    watchers = [asyncio.create_task(watch()), asyncio.create_task(look())]
    try:
        await server.serve(sockets=[sock])
    finally:
        for watcher in watchers:
            watcher.cancel()
        sock.close()
