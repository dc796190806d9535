"""Subscriptions at hubs while the program runs: requests made when they are due, and pushes
merged after their hubs have been answered (A17).
"""

import asyncio
import contextlib
import zlib
from collections.abc import Callable
from typing import Final

from ..model import Failure, FetchRequest, Subscription
from ..observe.logs import log
from ..observe.metrics import Metrics
from ..pipeline.websub import (
    Push,
    PushOutcome,
    Secret,
    counts,
    document_of,
    merge_push,
    refused,
    requests_due,
    take_hint,
    worth,
)
from ..polling.websub import Mode, form_of
from .local import World

_LOOK: Final = 10.0  # seconds between two looks at what is due
_NEXT: Final = 0.2  # of that, while there is more to ask of a hub
_LANES: Final = 4  # pushes of one source keep their order, and wait for few others
_MOST_WAITING: Final = 100  # pushes in a lane
_MOST_BYTES: Final = 64 << 20  # of all that wait


class Inbox:
    """Pushes that are answered and not yet made anything of: so many, and so many bytes."""

    def __init__(self) -> None:
        self.lanes: list[asyncio.Queue[Push]] = [
            asyncio.Queue(_MOST_WAITING) for _ in range(_LANES)
        ]
        self._bytes = 0

    def take(self, push: Push) -> bool:
        """Keep a push for later; False when there is no room."""
        if self._bytes and self._bytes + len(push.body) > _MOST_BYTES:
            return False
        try:
            self.lanes[zlib.crc32(push.source.encode()) % _LANES].put_nowait(push)
        except asyncio.QueueFull:
            return False
        self._bytes += len(push.body)
        return True

    def done(self, push: Push) -> None:
        """Its room is free again."""
        self._bytes -= len(push.body)


class Subscriber:
    """Keeps subscriptions, and makes stories of pushes."""

    def __init__(
        self,
        world: World,
        inbox: Inbox,
        base: Callable[[], str | None],
        secret: Secret,
        metrics: Metrics,
        *,
        look: float = _LOOK,
    ) -> None:
        """`base`: what callbacks begin with, None while no hub can reach us; `look`: seconds
        between two looks at what is due.
        """
        self._world, self._inbox = world, inbox
        self._base, self._secret, self._metrics = base, secret, metrics
        self._every = look

    async def run(self, stop: asyncio.Event) -> None:
        """Subscribe, renew, leave and merge, until told to stop."""
        async with asyncio.TaskGroup() as group:
            lanes = [group.create_task(self._merge(lane)) for lane in self._inbox.lanes]
            asking: set[asyncio.Task[None]] = set()
            while not stop.is_set():
                due = await self._look()
                for one, mode in due:
                    task = group.create_task(self._request(one, mode))
                    asking.add(task)
                    task.add_done_callback(asking.discard)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self._every * (_NEXT if due else 1))
            for task in (*lanes, *asking):
                task.cancel()

    async def _look(self) -> list[tuple[Subscription, Mode]]:
        world = self._world
        try:
            found = await asyncio.to_thread(
                requests_due,
                world.store,
                world.setup(),
                self._base(),
                world.clock(),
                self._secret,
            )
            states = await asyncio.to_thread(counts, world.store)
        except Exception as wrong:  # noqa: BLE001 - the database is away: tried again
            log.error("cannot look at subscriptions", error=str(wrong))
            return []
        for state in ("asked", "active", "lapsing", "leaving", "gone", "denied"):
            self._metrics.subscriptions.labels(state).set(states.get(state, 0))
        return found

    async def _request(self, one: Subscription, mode: Mode) -> None:
        world = self._world
        result = await world.fetch(FetchRequest(one.hub.url, form=form_of(one, mode)))
        failed = isinstance(result, Failure)
        report = log.warning if failed else log.info
        detail = {"detail": result.detail} if isinstance(result, Failure) else {}
        report("hub", request=mode, source=one.source, hub=one.hub.url, taken=not failed, **detail)
        if isinstance(result, Failure):
            try:
                await asyncio.to_thread(refused, world.store, one, result, world.clock())
            except Exception as wrong:  # noqa: BLE001 - when it is asked again is stored already
                log.error("cannot record what a hub said", error=str(wrong))

    async def _merge(self, lane: asyncio.Queue[Push]) -> None:
        while True:
            push = await lane.get()
            try:
                outcome = await self._receive(push)
                self._metrics.pushes.labels(outcome).inc()
            except Exception as wrong:  # noqa: BLE001 - a push lost costs no more than a poll's wait
                log.error("push not merged", source=push.source, error=repr(wrong))
            finally:
                self._inbox.done(push)

    async def _receive(self, push: Push) -> PushOutcome:
        """Make of a push what it is worth."""
        world = self._world
        outcome = await asyncio.to_thread(worth, world.store, push)
        new: int | None = None
        if outcome == "merged":
            document = await asyncio.to_thread(document_of, world.store, push, world.clock())
            read_as = await world.read(document)
            new = await asyncio.to_thread(
                merge_push, world.store, world.setup(), push, read_as, world.clock()
            )
            if new is None:  # no feed, but somebody who can sign says that there is news
                outcome = "hint"
        if outcome == "hint":
            await asyncio.to_thread(take_hint, world.store, world.setup(), push, world.clock())
        log.info("push", source=push.source, outcome=outcome, new=new, bytes=len(push.body))
        return outcome
