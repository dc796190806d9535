"""Group commit: finished polls queue up, and are recorded together by one thread."""

import asyncio
from collections.abc import Callable
from typing import Final

from ..model import PollReport
from ..pipeline.commit import commit
from ..pipeline.poll import Finished
from ..pipeline.ports import Chance, Store
from ..pipeline.setup import Setup

_MOST_WAITING: Final = 100  # polls; whoever finishes one more waits
_MOST_TOGETHER: Final = 50

_Waiting = tuple[Finished, "asyncio.Future[PollReport]"]


class Committer:
    """Records finished polls, many in one transaction when many are waiting."""

    def __init__(self, store: Store, setup: Callable[[], Setup], chance: Chance) -> None:
        self._store, self._setup, self._chance = store, setup, chance
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(_MOST_WAITING)

    async def record(self, finished: Finished) -> PollReport:
        """Wait until the poll is recorded. Raises what the database raises."""
        done: asyncio.Future[PollReport] = asyncio.get_running_loop().create_future()
        await self._queue.put((finished, done))
        return await done

    async def run(self) -> None:
        """Record what comes, until cancelled."""
        while True:
            waiting = [await self._queue.get()]
            while len(waiting) < _MOST_TOGETHER and not self._queue.empty():
                waiting.append(self._queue.get_nowait())
            # A transaction once begun is finished, also when the loop is told to stop.
            await asyncio.shield(asyncio.ensure_future(self._record(waiting)))

    async def _record(self, waiting: list[_Waiting]) -> None:
        batch = [finished for finished, _ in waiting]
        try:
            reports = await asyncio.to_thread(
                commit, self._store, batch, self._setup(), self._chance
            )
        except Exception as wrong:  # noqa: BLE001 - it is for those who wait
            for _, done in waiting:
                if not done.done():
                    done.set_exception(wrong)
            return
        for (_, done), report in zip(waiting, reports, strict=True):
            if not done.done():
                done.set_result(report)
