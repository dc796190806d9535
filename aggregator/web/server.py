"""uvicorn inside a loop that is not its own."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette

from ..errors import UsageError


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:  # the program keeps its own handlers
        yield


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


async def serve(app: Starlette, sock: socket.socket, stop: asyncio.Event) -> None:
    """Serve until told to stop; requests under way get a few seconds."""
    server = _Server(
        uvicorn.Config(
            app,
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

    watcher = asyncio.create_task(watch())
    try:
        await server.serve(sockets=[sock])
    finally:
        watcher.cancel()
        sock.close()
