"""The daemon: everything that goes on side by side until it is told to stop."""

import asyncio
import contextlib
import datetime as dt
import resource
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final
from xml.parsers.expat import EXPAT_VERSION

from .config import Config
from .errors import AggregatorError, ConfigError
from .model import PollReport, Retagging
from .network import asking, polling, pushing_client_of
from .observe.logs import log, log_poll
from .pipeline.indexing import index_stored
from .pipeline.ports import Store
from .pipeline.retag import retag
from .pipeline.site import Site
from .store import SqlStore
from .wiring import (
    Live,
    now,
    program,
    rest,
    retention_of,
    secret,
    setup_of,
)
from .work.hub import OwnHub
from .work.local import keep_polling
from .work.publisher import Pings, Publisher
from .work.retention import keep_retiring
from .work.websub import Inbox, Subscriber

_SAY_EVERY: Final = dt.timedelta(seconds=10)  # how far finding stories anew has come
_LOOK_EVERY: Final = 30.0  # seconds between two looks for work that somebody else has left
_INDEX_AGAIN: Final = 60.0  # seconds


class _Stopped(Exception):
    """The daemon ends, whatever is under way."""


def stop_on_signals(stop: asyncio.Event, reload: asyncio.Event | None = None) -> None:
    """SIGTERM and Ctrl-C end the program in order; SIGHUP reloads."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if reload is not None:
        loop.add_signal_handler(signal.SIGHUP, reload.set)


async def run_daemon(
    live: Live,
    listener: socket.socket,
    *,
    polls: bool = True,
    stop: asyncio.Event | None = None,
    started: Callable[[], None] = lambda: None,
) -> None:
    """Poll, tag, publish and serve, until SIGTERM; without `polls`, serve alone."""
    from .web.app import web_app
    from .web.hub import hub_routes
    from .web.search import search_routes, search_threads
    from .web.server import serve
    from .web.websub import websub_routes

    _use_all_descriptors()
    stop = stop or asyncio.Event()
    reload = asyncio.Event()
    stop_on_signals(stop, reload)
    site = live.site()
    searching = search_threads()
    setup = lambda: live.setup

    def report(one: PollReport) -> None:
        log_poll(one)
        live.metrics.count(one)

    async with contextlib.AsyncExitStack() as stack:
        stack.callback(searching.shutdown, wait=False, cancel_futures=True)
        reconfigure: Callable[[Config], None] = lambda config: None
        routes = [*search_routes(live.search(), site, setup, live.metrics, now, searching)]
        tasks = [_watch(live.path, reload, stop)]
        if polls:
            await asyncio.to_thread(live.begin)
            poller, of_polls = await stack.enter_async_context(
                polling(live.config, live.store, setup, report)
            )
            tell, of_pushes = await stack.enter_async_context(
                asking(live.config, pushing_client_of)
            )

            def reconfigure(config: Config) -> None:
                of_polls(config)
                of_pushes(config)

            live.metrics.in_flight.set_function(lambda: len(poller.tasks))
            live.metrics.topics_anew.set_function(lambda: len(live.stale))
            live.metrics.network_up.set_function(lambda: not poller.network.down)
            inbox = Inbox()
            subscriber = Subscriber(poller.world, inbox, live.callbacks, secret, live.metrics)
            maker = await asyncio.to_thread(program)
            put_live = lambda: _put_live(live, site, maker, stop)
            publisher = Publisher(live.store, setup, site, now, put_live)
            hub = OwnHub(live.store, setup, site, publisher, tell, now, secret, live.metrics)
            pings = Pings(live.store, publisher, tell, now, live.metrics)
            _wake(publisher, live.store)
            max_body = lambda: live.config.settings.fetch.max_body
            routes += websub_routes(live.store, setup, inbox.take, now, max_body)
            routes += hub_routes(live.store, setup, site, hub.ask, publisher.wake, now)
            tasks += [
                keep_polling(poller, stop),
                publisher.run(stop),
                hub.run(stop),
                pings.run(stop),
                _keep_indexed(live.store, stop),
                subscriber.run(stop),
                keep_retiring(
                    live.store, lambda: retention_of(live.config), now, rest, live.metrics, stop
                ),
            ]
        app = web_app(site, setup, live.metrics, lambda: _can_read(live.store), now, routes)
        tasks.append(serve(app, listener, stop))
        tasks.append(_keep_in_force(live, reload, stop, reconfigure, polls=polls))
        log.info(
            "started",
            serving=live.setup.site.url,
            sources=len(live.setup.sources),
            expat=EXPAT_VERSION,  # its faults are ours (A9.3)
        )
        started()
        async with asyncio.TaskGroup() as group:
            for task in tasks:
                group.create_task(task)
    log.info("stopped")


def _wake(publisher: Publisher, store: SqlStore) -> None:
    """Whatever this process commits, in whatever thread, the publisher looks at once."""
    loop = asyncio.get_running_loop()

    def wake() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(publisher.wake)

    store.listen(wake)


def _use_all_descriptors() -> None:
    """As many open connections as the machine allows, not the 1,024 that a shell gives: polls and
    visitors share them.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _can_read(store: SqlStore) -> bool:
    try:
        with store.reading() as ask:
            ask.meta("revision")
    except Exception:  # noqa: BLE001 - whatever keeps it from reading
        return False
    return True


async def _watch(path: Path, reload: asyncio.Event, stop: asyncio.Event) -> None:
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


async def _keep_in_force(
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


def _put_live(live: Live, site: Site, maker: str, stop: asyncio.Event) -> None:
    """Bring the static site in `publish.folder` up to date, so that a web server outlives the
    daemon. Raises what keeps it from that; and when the daemon ends: another build goes on.
    """
    from .web.static import write_site

    def go_on(_what: str, _done: int, _of: int) -> None:
        if stop.is_set():
            raise _Stopped

    folder = live.config.settings.publish.folder
    if folder:
        write_site(site, live.path.absolute().parent / folder, go_on, maker=maker)


async def _keep_indexed(store: Store, stop: asyncio.Event) -> None:
    """Index for search what was stored before, beside everything else."""

    def progress(done: int) -> None:
        if done % 10_000 == 0:
            log.info("indexing for search", done=done)

    while not stop.is_set():
        try:
            done = await asyncio.to_thread(
                index_stored, store, progress=progress, keep_on=lambda: not stop.is_set()
            )
        except Exception as wrong:  # noqa: BLE001 - the database is away: it goes on when it is back
            log.error("cannot index for search", error=str(wrong))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _INDEX_AGAIN)
        else:
            if done:
                log.info("indexed for search", articles=done)
            return
