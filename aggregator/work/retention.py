"""Retention, once a day, beside everything else."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final

from ..observe.logs import log
from ..observe.metrics import Metrics
from ..pipeline.ports import Clock, Store
from ..pipeline.retire import Retention, Way, retire_daily

_LOOK_EVERY: Final = 60.0  # seconds


async def keep_retiring(
    store: Store,
    retention: Callable[[], Retention],
    clock: Clock,
    rest: Callable[[], None],
    metrics: Metrics,
    stop: asyncio.Event,
) -> None:
    """Forget, until told to stop, what has come of age; the store knows when it is time."""
    way = Way(keep_on=lambda: not stop.is_set(), rest=rest)
    while not stop.is_set():
        try:
            await asyncio.to_thread(_retire, store, retention, clock, way, metrics)
        except Exception as wrong:  # noqa: BLE001 - the database is away: tried again when it is back
            log.error("cannot forget what has come of age", error=str(wrong))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _LOOK_EVERY)


def _retire(
    store: Store, retention: Callable[[], Retention], clock: Clock, way: Way, metrics: Metrics
) -> None:
    done = retire_daily(store, retention, clock, way)
    if done is None:
        return
    metrics.retired.labels("text").inc(done.texts.articles)
    metrics.retired.labels("story").inc(done.stories.articles)
    size = store.size()
    metrics.database_bytes.set(size)
    log.info(
        "retired",
        texts=done.texts.articles,
        stories=done.stories.articles,
        keys=done.texts.keys,
        bytes=done.texts.bytes + done.stories.bytes,
        shown=done.shown,
        database_bytes=size,
    )
