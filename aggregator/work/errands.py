"""What is claimed from the store when it is due, done side by side, and recorded together."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Generic, TypeVar

from ..observe.logs import log

_TICK: Final = 1.0  # seconds between two looks when nothing wakes us
_PAUSE: Final = 0.05  # seconds at least, so that many errands that end together cost one look
_DRAIN: Final = 3.0  # seconds that errands under way get to end by themselves
_MOST_TOGETHER: Final = 200  # recorded in one transaction

Errand = TypeVar("Errand")
Outcome = TypeVar("Outcome")


class Errands(Generic[Errand, Outcome]):
    """Runs errands, so many at once, and of each host so many."""

    def __init__(
        self,
        name: str,
        claim: Callable[[int, Mapping[str, int]], list[Errand]],
        run_one: Callable[[Errand], Awaitable[Outcome | None]],
        record: Callable[[list[Outcome]], None],
        host_of: Callable[[Errand], str],
        *,
        most: int,
        at_once: int,
    ) -> None:
        """`claim`: what is due, at most so many, given how many of each host are under way; it and
        `record` are called in threads. `at_once`: errands on a host, the others wait their turn.
        """
        self._name, self._claim, self._run_one, self._record = name, claim, run_one, record
        self._host_of, self._most, self._at_once = host_of, most, at_once
        self._woken = asyncio.Event()
        self._tasks: dict[asyncio.Task[None], str] = {}
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._done: asyncio.Queue[Outcome] = asyncio.Queue()

    def wake(self) -> None:
        """Something may be due."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until told to stop."""
        recording = asyncio.create_task(self._keep_recording())
        stopped = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                await self._start()
                woken = asyncio.create_task(self._woken.wait())
                await asyncio.wait(
                    (woken, stopped), timeout=_TICK, return_when=asyncio.FIRST_COMPLETED
                )
                woken.cancel()
                self._woken.clear()
        finally:
            stopped.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=_DRAIN)
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            recording.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await recording
            await self._record_some([])

    async def _start(self) -> None:
        free = self._most - len(self._tasks)
        if free < self._most // 2:
            return
        busy = Counter(self._tasks.values())
        self._turns = {host: turn for host, turn in self._turns.items() if host in busy}
        try:
            claimed = await asyncio.to_thread(self._claim, free, busy)
        except Exception as wrong:  # noqa: BLE001 - the database is away: tried again
            log.error(f"cannot look for {self._name}", error=repr(wrong))
            return
        for one in claimed:
            host = self._host_of(one)
            turn = self._turns.setdefault(host, asyncio.Semaphore(self._at_once))
            task = asyncio.create_task(self._go(one, turn), name=self._name)
            self._tasks[task] = host
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)

    async def _go(self, one: Errand, turn: asyncio.Semaphore) -> None:
        try:
            async with turn:
                outcome = await self._run_one(one)
        except Exception as wrong:  # noqa: BLE001 - it is due again when its time under way is over
            log.error(f"cannot do {self._name}", error=repr(wrong))
            return
        if outcome is not None:
            self._done.put_nowait(outcome)  # no more of them than tasks

    async def _keep_recording(self) -> None:
        while True:
            first = await self._done.get()
            # A transaction once begun is finished, also when the loop is told to stop.
            await asyncio.shield(self._record_some([first]))
            self.wake()
            await asyncio.sleep(_PAUSE)

    async def _record_some(self, outcomes: list[Outcome]) -> None:
        while len(outcomes) < _MOST_TOGETHER and not self._done.empty():
            outcomes.append(self._done.get_nowait())
        if not outcomes:
            return
        try:
            await asyncio.to_thread(self._record, outcomes)
        except Exception as wrong:  # noqa: BLE001 - they are due again, and done again: at least once
            log.error(f"cannot record {self._name}", error=repr(wrong))
