"""feeds.yaml kept in force while the daemon runs: edits are noticed, and the stories of changed
topics found anew.
"""

import asyncio
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Final

from .config import Config
from .errors import AggregatorError, ConfigError
from .live import Live
from .model import Retagging
from .observe.logs import log
from .pipeline.retag import retag
from .wiring import now, setup_of

_SAY_EVERY: Final = dt.timedelta(seconds=10)  # how far finding stories anew has come
_LOOK_EVERY: Final = 30.0  # seconds between two looks for work that somebody else has left


async def watch(path: Path, reload: asyncio.Event, stop: asyncio.Event) -> None:
    """Notice edits: of the folder, because a watched file is lost at the first rename, which is
    how editors save.
    """
    import watchfiles

    folder, names = _watched(path)
    try:
        async for _ in watchfiles.awatch(
            folder,
            watch_filter=lambda _change, changed: changed in names,
            recursive=False,
            stop_event=stop,
            debounce=300,
        ):
            reload.set()
    except OSError as wrong:
        log.warning("cannot watch feeds.yaml; reload with SIGHUP", error=str(wrong))
        await stop.wait()


def _watched(path: Path) -> tuple[Path, set[str]]:
    """The folder to watch, and the names feeds.yaml goes by in it."""
    return path.absolute().parent, {str(path.resolve()), str(path.absolute())}


async def keep_in_force(
    live: Live,
    reload: asyncio.Event,
    stop: asyncio.Event,
    reconfigure: Callable[[Config], None],
    *,
    polls: bool,
) -> None:
    """Reload when asked, and find the stories of changed topics anew."""
    waiter = asyncio.create_task(stop.wait())
    left: dict[str, Retagging | None] = {}
    while not stop.is_set():
        if polls and live.stale and not reload.is_set():
            keep_on = lambda: not (stop.is_set() or reload.is_set())
            await asyncio.to_thread(_retag, live, keep_on)
            continue
        asked = asyncio.create_task(reload.wait())
        await asyncio.wait(
            (waiter, asked), timeout=_LOOK_EVERY, return_when=asyncio.FIRST_COMPLETED
        )
        asked.cancel()
        if stop.is_set():
            return
        if not reload.is_set():
            if polls:
                left = await asyncio.to_thread(_take_over, live, left)
            continue
        reload.clear()
        before = live.config
        try:
            if polls:
                changed = await asyncio.to_thread(live.reload)
            else:
                changed = await asyncio.to_thread(_reread, live)
        except AggregatorError as wrong:
            log.error("feeds.yaml could not be put in force", error=str(wrong))
            continue
        if changed and (before.settings.fetch, before.site) != (
            live.config.settings.fetch,
            live.config.site,
        ):
            reconfigure(live.config)


def _reread(live: Live) -> bool:
    """For a process that only serves: what it shows, without a word to the store."""
    try:
        live.config = live.read()
    except ConfigError as wrong:
        for problem in wrong.problems:
            log.error("feeds.yaml is invalid; the last good one stays in force", at=problem)
        return False
    live.setup = setup_of(live.config, live.store)
    return True


def _retag(live: Live, keep_on: Callable[[], bool]) -> None:
    """Find the stories of topics anew, saying so now and then."""
    topics, said_at = live.stale, now()
    log.info("finding stories anew", topics=topics)

    def progress(done: int, stories: int) -> None:
        nonlocal said_at
        if now() - said_at >= _SAY_EVERY:
            said_at = now()
            log.info("finding stories anew", done=done, stories=stories)

    try:
        switched = retag(live.store, live.setup, topics, now, progress, keep_on)
        live.stale = list(live.waiting())
    except Exception as wrong:  # noqa: BLE001 - the database is away: taken up again when it is back
        log.error("cannot find stories anew", error=str(wrong))
        live.stale = []
        return
    for topic, outcome in switched.items():
        log.info("found stories anew", topic=topic, entered=outcome.entered, left=outcome.left)


def _take_over(live: Live, before: dict[str, Retagging | None]) -> dict[str, Retagging | None]:
    """Go on with topics that another process has left halfway: whose stories are to be found anew,
    and with which nobody has come further since the last look. Returns what it looks like now.
    """
    try:
        waiting = live.waiting()
    except Exception as wrong:  # noqa: BLE001 - as above
        log.error("cannot look for topics to be found anew", error=str(wrong))
        return {}
    live.stale = [key for key, one in waiting.items() if key in before and before[key] == one]
    return waiting
