"""Names to addresses: the system's resolver, in threads that nobody waits for, filtered by the
guard (A8.2, A7.3).
"""

import asyncio
import contextlib
import socket
import threading
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

from .guard import Gate, Refused

# getaddrinfo cannot be cancelled: a thread that a dead name server holds is left to itself.
_MOST_THREADS: Final = 256


class Resolver(AbstractResolver):
    """What the connector asks for addresses. It dials exactly what is returned here."""

    def __init__(self, gate: Gate, timeout: float) -> None:
        self._gate, self._timeout = gate, timeout
        self._threads = asyncio.Semaphore(_MOST_THREADS)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The permitted addresses of a host. Raises OSError, Refused when none is permitted."""
        try:
            found = await asyncio.wait_for(self._look_up(host, port, family), self._timeout)
        except TimeoutError:
            raise socket.gaierror(socket.EAI_AGAIN, "no answer from the name server") from None
        named = self._gate.named(host, port)
        kept = []
        for address_family, _kind, protocol, _name, address in found:
            dialled = str(address[0])
            if named:
                self._gate.allow(dialled, port)
            if self._gate.may_dial(dialled, port):
                kept.append(
                    ResolveResult(
                        hostname=host,
                        host=dialled,
                        port=port,
                        family=address_family,
                        proto=protocol,
                        flags=socket.AI_NUMERICHOST,
                    )
                )
        if not kept:
            raise Refused(f"{host} has no public address")
        return kept

    async def _look_up(self, host: str, port: int, family: int) -> list[Any]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[Any]] = loop.create_future()

        def tell(result: list[Any] | OSError) -> None:
            self._threads.release()
            if answer.done():
                return
            if isinstance(result, OSError):
                answer.set_exception(result)
            else:
                answer.set_result(result)

        def ask() -> None:
            result: list[Any] | OSError
            try:
                result = socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
            except OSError as wrong:
                result = wrong
            except UnicodeError:
                result = socket.gaierror(socket.EAI_NONAME, "not a host name")
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(tell, result)

        await self._threads.acquire()
        threading.Thread(target=ask, name=f"dns {host}", daemon=True).start()
        return await answer

    async def close(self) -> None:
        """Nothing is kept."""
