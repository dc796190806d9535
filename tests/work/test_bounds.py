"""What waits is bounded."""

import asyncio
import threading
from typing import Any

from aggregator.model import PollReport
from aggregator.store import SqlStore
from aggregator.work.committer import Committer
from tests.values import article, finished, setup


def test_a8_12_while_the_database_hangs_no_more_than_a_few_polls_queue_up() -> None:
    let_go = threading.Event()

    class Hanging(SqlStore):
        def __init__(self) -> None: ...

        def writing(self) -> Any:
            let_go.wait(20)
            raise OSError("the disk is full")

        reading = writing

    here = setup()
    poll = finished(here, article())

    async def go() -> tuple[int, list[PollReport | BaseException]]:
        committer = Committer(Hanging(), lambda: here, lambda: 0.0)
        running = asyncio.create_task(committer.run())
        polls = [asyncio.create_task(committer.record(poll)) for _ in range(300)]
        for _ in range(1000):
            await asyncio.sleep(0)
        queued = committer._queue.qsize()
        let_go.set()
        told = await asyncio.gather(*polls, return_exceptions=True)
        running.cancel()
        return queued, told

    queued, told = asyncio.run(go())

    assert queued == 100
    assert len(told) == 300
    assert all(isinstance(one, OSError) for one in told)
