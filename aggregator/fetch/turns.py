"""Turns at a host: so many requests in flight, so much time between their starts (A8.8)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Host:
    free: asyncio.Semaphore
    order: asyncio.Lock = field(default_factory=asyncio.Lock)
    last_start: float = float("-inf")
    waiting: int = 0


class Turns:
    """The turns of this process. What other processes must know stands in the store."""

    def __init__(
        self,
        spacing: float,
        concurrency: int,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`spacing` in seconds of `now`, a clock that only goes forward."""
        self._spacing, self._concurrency = spacing, concurrency
        self._now, self._sleep = now, sleep
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for a turn at the host, and hold it."""
        state = self._hosts.setdefault(host, _Host(asyncio.Semaphore(self._concurrency)))
        state.waiting += 1
        try:
            async with state.free:
                async with state.order:
                    rest = state.last_start + self._spacing - self._now()
                    if rest > 0:
                        await self._sleep(rest)
                    state.last_start = self._now()
                yield
        finally:
            state.waiting -= 1
            self._forget()

    def _forget(self) -> None:
        """Keep no more hosts than have something to say."""
        if len(self._hosts) > 1000:
            old = self._now() - self._spacing
            self._hosts = {
                name: host
                for name, host in self._hosts.items()
                if host.waiting or host.last_start > old
            }
