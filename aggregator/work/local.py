"""One process that polls: APScheduler ticks, the store knows what is due, asyncio asks."""

import asyncio
import contextlib
import datetime as dt
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from typing import Any, Final, Self

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from ..model import Failure, PollReport
from ..observe.logs import log
from ..pipeline.due import Claimed, ask_for, claim, give_back
from ..pipeline.poll import Finished, poll
from ..pipeline.ports import Chance, Clock, Fetch, Read, Store
from ..pipeline.setup import Setup
from ..pipeline.topics import release_held
from ..polling.weather import PROBE_EVERY
from .committer import Committer
from .network import Network

_TICK: Final = 1.0  # seconds
# Starting at most so many polls a second, evenly, spreads a backlog after a restart (A3.4).
_STARTS_A_SECOND: Final = 20
_DRAIN: Final = 5.0  # seconds that polls under way get to end by themselves


@dataclass(frozen=True)
class World:
    """What polling needs of the world."""

    store: Store
    setup: Callable[[], Setup]
    fetch: Fetch
    read: Read
    clock: Clock
    chance: Chance
    owner: str  # of leases: names this process
    concurrency: int
    report: Callable[[PollReport], None]


class Poller:
    """Polls under way, at most `concurrency` of them. Use it as an asynchronous context manager."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._committer = Committer(world.store, world.setup, world.chance)
        self._committing: asyncio.Task[None] | None = None
        self.network = Network()
        self.tasks: set[asyncio.Task[None]] = set()
        self.freed = asyncio.Event()  # set whenever a poll ends

    async def __aenter__(self) -> Self:
        """Begin recording."""
        self._committing = asyncio.create_task(self._committer.run())
        return self

    async def __aexit__(self, *exception: object) -> None:
        """Let polls under way end, for a few seconds; what is cut off is asked again later."""
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=_DRAIN)
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        if self._committing is not None:
            self._committing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._committing

    async def start_due(
        self,
        most: int | None = None,
        only: Collection[str] | None = None,
        apart: float = 0.0,
    ) -> list[str]:
        """Claim due sources and begin to poll them, `apart` seconds after each other; their
        keys.
        """
        world = self.world
        free = world.concurrency - len(self.tasks)
        limit = free if most is None else min(free, most)
        claimed = await asyncio.to_thread(
            claim, world.store, world.setup(), world.clock(), world.owner, limit, only, apart
        )
        for number, one in enumerate(claimed):
            task = asyncio.create_task(
                self._poll(one, number * apart), name=f"poll {one.source.key}"
            )
            self.tasks.add(task)
            task.add_done_callback(self._ended)
        return [one.source.key for one in claimed]

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        self.freed.set()

    async def _poll(self, one: Claimed, after: float) -> None:
        world = self.world
        try:
            await asyncio.sleep(after)
            finished = await poll(one, world.setup(), world.fetch, world.read, world.clock)
            unlucky = self.network.saw(one, finished.result, finished.finished_at)
            if one not in unlucky:
                report = await self._committer.record(finished)
                if self.network.is_to_blame(one, finished.result):  # meanwhile it went down
                    unlucky = [one]
            if one in unlucky:
                report = await self._give_back(unlucky, finished)
            world.report(report)
        except asyncio.CancelledError:
            raise
        except Exception as wrong:  # noqa: BLE001 - logged; the lease runs out by itself
            # The lease runs out by itself; the time of the next poll was moved on before.
            log.error("poll not recorded", source=one.source.key, error=repr(wrong))

    async def _give_back(self, unlucky: list[Claimed], finished: Finished) -> PollReport:
        retry_at = finished.finished_at + PROBE_EVERY
        await asyncio.to_thread(give_back, self.world.store, unlucky, retry_at)
        return PollReport(
            finished.source.key,
            "failed",
            failure=finished.result if isinstance(finished.result, Failure) else None,
            next_poll_at=retry_at,
            seconds=finished.seconds,
            notes=("our own network seems down; not counted",),
        )


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over sources that a person asked for."""

    asked: list[str]
    left_out: dict[str, str]  # source → why it was not asked


async def begin_pass(world: World, keys: Collection[str] | None, *, every: bool) -> Pass:
    """Decide what a pass polls: these sources, or (`every`) all of them, or what is due."""
    if keys or every:
        asked, left_out = await asyncio.to_thread(
            ask_for, world.store, world.setup(), None if every else keys, world.clock()
        )
        return Pass(asked, left_out)
    now = world.clock()

    def due() -> list[str]:
        with world.store.reading() as ask:
            states = ask.states()
        return [
            key
            for key, state in states.items()
            if key in world.setup().sources and state.next_poll_at and state.next_poll_at <= now
        ]

    return Pass(await asyncio.to_thread(due), {})


async def run_pass(poller: Poller, asked: Collection[str]) -> AsyncIterator[str]:
    """Poll each of the sources once; their keys, as their turns come. Ends when all are done."""
    world = poller.world
    waiting = set(asked)
    # A short list is named to the database; a long one is all that is due anyway.
    only = waiting if len(waiting) <= 200 else None
    while waiting:
        started = await poller.start_due(only=only)
        for key in started:
            waiting.discard(key)
            yield key
        if not started and waiting:
            if poller.tasks:
                await asyncio.wait(poller.tasks, timeout=0.05, return_when=asyncio.FIRST_COMPLETED)
            else:
                waiting = await asyncio.to_thread(_still_due, world, waiting)
                await asyncio.sleep(0.05)
    if poller.tasks:
        await asyncio.wait(poller.tasks)


def _still_due(world: World, keys: Collection[str]) -> set[str]:
    """Without those that another process has taken in the meantime."""
    now = world.clock()
    with world.store.reading() as ask:
        states = ask.states(keys)
    return {
        key
        for key, state in states.items()
        if state.next_poll_at is not None and state.next_poll_at <= now
    }


async def keep_polling(poller: Poller, stop: asyncio.Event) -> None:
    """Poll what is due until told to stop: a look at every tick, and whenever a poll has ended,
    because its host may then be asked again.
    """
    world = poller.world
    look = poller.freed
    starts: deque[float] = deque(maxlen=_STARTS_A_SECOND)

    async def tick() -> None:
        look.set()

    async def let_in() -> None:
        try:
            await asyncio.to_thread(release_held, world.store, world.clock())
        except Exception as wrong:  # noqa: BLE001 - tried again in a minute
            log.error("cannot admit what was held back", error=str(wrong))

    scheduler: Any = AsyncIOScheduler(
        timezone=dt.UTC,
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    now = world.clock()
    scheduler.add_job(tick, "interval", seconds=_TICK, next_run_time=now)
    scheduler.add_job(let_in, "interval", minutes=1, next_run_time=now)
    scheduler.start()
    stopped = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            waiting = asyncio.create_task(look.wait())
            await asyncio.wait((waiting, stopped), return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            look.clear()
            if stop.is_set():
                break
            second_ago = asyncio.get_running_loop().time() - 1
            free = _STARTS_A_SECOND - sum(start > second_ago for start in starts)
            now = world.clock()
            try:
                most = poller.network.allowance(free, now)
                started = await poller.start_due(most, apart=1 / _STARTS_A_SECOND)
            except Exception as wrong:  # noqa: BLE001 - the database is away: tried again
                log.error("cannot look for what is due", error=str(wrong))
                continue
            if started:
                poller.network.probed(now)
            starts.extend([asyncio.get_running_loop().time()] * len(started))
    finally:
        stopped.cancel()
        scheduler.shutdown(wait=False)
