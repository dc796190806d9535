"""The daemon: everything that goes on side by side until it is told to stop."""

import asyncio
import contextlib
import resource
import signal
import socket
from collections.abc import Callable
from typing import Final
from xml.parsers.expat import EXPAT_VERSION

from .config import Config
from .in_force import keep_in_force, watch
from .live import Live
from .model import PollReport
from .network import asking, polling, pushing_client_of
from .observe.logs import log, log_poll
from .pipeline.indexing import index_stored
from .pipeline.ports import Store
from .pipeline.site import Site
from .store import SqlStore
from .wiring import now, program, rest, retention_of, secret
from .work.hub import OwnHub
from .work.local import keep_polling
from .work.publisher import Pings, Publisher
from .work.retention import keep_retiring
from .work.websub import Inbox, Subscriber

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
        tasks = [watch(live.path, reload, stop)]
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
        tasks.append(keep_in_force(live, reload, stop, reconfigure, polls=polls))
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
