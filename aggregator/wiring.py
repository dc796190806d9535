"""The composition root: the one place that reads the clock and the environment, and that knows
every adapter. mypy checks here that they fit the ports.
"""

import asyncio
import contextlib
import datetime as dt
import os
import random
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from . import __version__
from .config import Config, load_config, parse_config
from .errors import AggregatorError, ConfigError
from .fetch import Client, Limits
from .model import PollReport
from .model import Site as SiteValue
from .observe.logs import log, log_poll
from .observe.metrics import Metrics
from .pipeline.due import release_dead, sync_sources
from .pipeline.ports import Store
from .pipeline.setup import Setup, set_up
from .pipeline.site import Site
from .pipeline.topics import release_held, remembered_site, retag, sync_topics
from .polling.schedule import PollPolicy
from .publish.admission import AdmissionPolicy
from .store import SqlStore
from .work.local import Poller, World, keep_polling
from .work.parsers import Parsers

_STATIC_EVERY = 3.0  # seconds between two looks at whether the static site must change


def now() -> dt.datetime:
    """The moment it is."""
    return dt.datetime.now(dt.UTC)


def chance() -> float:
    """A number from 0 to 1."""
    return random.random()


def read_config(path: Path, *, database: str | None = None, listen: str | None = None) -> Config:
    """feeds.yaml and the environment, with what the command line says on top."""
    given = {"AGGREGATOR_DATABASE": database, "AGGREGATOR_LISTEN": listen}
    environ = {**os.environ, **{name: value for name, value in given.items() if value}}
    return load_config(path, environ)


def check_text(text: str, path: Path) -> None:
    """Would this text do as the file at `path`? Raises ConfigError."""
    parse_config(text, str(path), os.environ, path.absolute().parent)


def user_agent(site: SiteValue) -> str:
    """How we name ourselves to servers, everywhere the same (A4.1)."""
    return f"aggregator/{__version__} (+{site.url}about)"


def open_store(config: Config) -> SqlStore:
    """The database of a configuration, migrated."""
    return SqlStore(config.settings.database)


def setup_of(config: Config, store: Store) -> Setup:
    """feeds.yaml in force, with what the store remembers of the site."""
    fetch, publish = config.settings.fetch, config.settings.publish
    return set_up(
        remembered_site(store, config.site),
        config.sources,
        config.topics,
        config.blocklist,
        PollPolicy(
            min_interval=fetch.min_interval,
            min_interval_no_validators=fetch.min_interval_no_validators,
            max_interval=fetch.max_interval,
            max_freshness=fetch.max_freshness,
            max_retry_after=fetch.max_retry_after,
            host_spacing=fetch.host_spacing,
            host_concurrency=fetch.host_concurrency,
        ),
        AdmissionPolicy(publish.admit_age, publish.admit_count, publish.render_count),
    )


def client_of(config: Config) -> Client:
    """The HTTP client of a configuration."""
    fetch = config.settings.fetch
    return Client(
        user_agent(config.site),
        now,
        limits=Limits(
            dns_timeout=fetch.dns_timeout.total_seconds(),
            connect_timeout=fetch.connect_timeout.total_seconds(),
            read_timeout=fetch.read_timeout.total_seconds(),
            total_timeout=fetch.total_timeout.total_seconds(),
            max_wire=fetch.max_wire,
            max_body=fetch.max_body,
            max_ratio=fetch.max_ratio,
            max_redirects=fetch.max_redirects,
            host_spacing=fetch.host_spacing.total_seconds(),
            host_concurrency=fetch.host_concurrency,
        ),
        contact=(config.site.contact or "").removeprefix("mailto:") or None,
        allow_private=fetch.allow_private,
    )


def parsers_of(config: Config) -> Parsers:
    """The readers of documents of a configuration."""
    fetch = config.settings.fetch
    return Parsers(fetch.parsers, fetch.parse_cpu.total_seconds(), fetch.parse_rss)


# --- who holds a lease -------------------------------------------------------------------------


def _started(pid: int) -> str:
    """When a process of this machine began, in its kernel's count; "" when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def owner() -> str:
    """The name of this process in leases: a machine, a process, and when it began."""
    pid = os.getpid()
    return f"{socket.gethostname()}/{pid}/{_started(pid)}"


def is_alive(name: str) -> bool:
    """Does the holder of a lease still run? Of other machines nobody knows: their leases run
    out.
    """
    host, _, rest = name.rpartition("/")[0].rpartition("/")
    if host != socket.gethostname() or not rest.isdigit():
        return True
    return _started(int(rest)) == name.rpartition("/")[2] != ""


# --- the program while it runs ------------------------------------------------------------------


class Live:
    """The configuration in force, and what was made of it. Reloading replaces it in one step."""

    def __init__(
        self, path: Path, config: Config, store: SqlStore, read: Callable[[], Config]
    ) -> None:
        self.path, self.config, self.store = path, config, store
        self.metrics = Metrics()
        self.setup = setup_of(config, store)
        self.stale: list[str] = []
        self.read = read

    def site(self) -> Site:
        """The published site."""

        def alarm(path: str, wrong: Exception) -> None:
            log.error("cannot render; the last good one stays", path=path, error=repr(wrong))

        return Site(self.store, lambda: self.setup, lambda: user_agent(self.setup.site), now, alarm)

    def begin(self) -> None:
        """Bring the store in step with feeds.yaml."""
        release_dead(self.store, is_alive)
        sync_sources(self.store, self.setup, now())
        self.stale = sync_topics(self.store, self.setup, now())

    def catch_up(self) -> None:
        """All that a daemon would do beside polling, at once: for commands that end."""
        self.begin()
        if self.stale and retag(self.store, self.setup, self.stale, now()):
            self.stale = []
        release_held(self.store, now())

    def reload(self) -> bool:
        """Put an edited feeds.yaml in force; say why not, and change nothing, when it is
        invalid.
        """
        try:
            config = self.read()
        except ConfigError as wrong:
            for problem in wrong.problems:
                log.error("feeds.yaml is invalid; the last good one stays in force", at=problem)
            return False
        if config == self.config:
            return False
        for name in ("listen", "database"):
            if getattr(config.settings, name) != getattr(self.config.settings, name):
                log.warning("takes effect at the next start", setting=name)
        setup = setup_of(config, self.store)
        sync_sources(self.store, setup, now())
        stale = sync_topics(self.store, setup, now())
        self.config, self.setup, self.stale = config, setup, stale
        log.info("feeds.yaml reloaded", sources=len(setup.sources), topics=len(setup.topics))
        return True


@contextlib.asynccontextmanager
async def polling(
    config: Config,
    store: SqlStore,
    setup: Callable[[], Setup],
    report: Callable[[PollReport], None],
) -> AsyncIterator[tuple[Poller, Callable[[Config], None]]]:
    """A poller over the network, and what replaces its client when the configuration changes."""
    async with contextlib.AsyncExitStack() as stack:
        client = await stack.enter_async_context(client_of(config))
        current = [client]
        opening: set[asyncio.Task[None]] = set()

        async def replace_client(changed: Config) -> None:
            # The old one stays open for what it is asking; both close at the end.
            current[0] = await stack.enter_async_context(client_of(changed))

        def reconfigure(changed: Config) -> None:
            task = asyncio.create_task(replace_client(changed))
            opening.add(task)
            task.add_done_callback(opening.discard)

        world = World(
            store=store,
            setup=setup,
            fetch=current[0],
            read=parsers_of(config),
            clock=now,
            chance=chance,
            owner=owner(),
            concurrency=config.settings.fetch.global_concurrency,
            report=report,
        )
        yield await stack.enter_async_context(Poller(world)), reconfigure


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
    from .web.server import serve

    stop = stop or asyncio.Event()
    reload = asyncio.Event()
    stop_on_signals(stop, reload)
    site = live.site()
    app = web_app(site, lambda: live.setup, live.metrics, lambda: _can_read(live.store))

    def report(one: PollReport) -> None:
        log_poll(one)
        live.metrics.count(one)

    async with contextlib.AsyncExitStack() as stack:
        reconfigure: Callable[[Config], None] = lambda config: None
        tasks = [serve(app, listener, stop), _watch(live.path, reload, stop)]
        if polls:
            await asyncio.to_thread(live.begin)
            poller, reconfigure = await stack.enter_async_context(
                polling(live.config, live.store, lambda: live.setup, report)
            )
            live.metrics.in_flight.set_function(lambda: len(poller.tasks))
            tasks += [keep_polling(poller, stop), _keep_static(live, site, stop)]
        tasks.append(_keep_in_force(live, reload, stop, reconfigure, polls=polls))
        log.info("started", serving=live.setup.site.url, sources=len(live.setup.sources))
        started()
        async with asyncio.TaskGroup() as group:
            for task in tasks:
                group.create_task(task)
    log.info("stopped")


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
    while not stop.is_set():
        if polls and live.stale and not reload.is_set():
            keep_on = lambda: not (stop.is_set() or reload.is_set())
            await asyncio.to_thread(_retag, live, keep_on)
            continue
        asked = asyncio.create_task(reload.wait())
        await asyncio.wait((waiter, asked), return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if stop.is_set():
            return
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
    topics = live.stale
    log.info("finding stories anew", topics=topics)

    def progress(done: int) -> None:
        if done % 10_000 == 0:
            log.info("finding stories anew", done=done)

    if retag(live.store, live.setup, topics, now(), progress, keep_on):
        live.stale = []
        log.info("found stories anew", topics=topics)


async def _keep_static(live: Live, site: Site, stop: asyncio.Event) -> None:
    """Keep the static site in `publish.folder`, so that a web server outlives the daemon."""
    from .web.static import write_site

    last = ""
    while not stop.is_set():
        folder = live.config.settings.publish.folder
        if folder:
            try:
                revision = await asyncio.to_thread(_revision, live.store)
                if revision != last:
                    target = live.path.absolute().parent / folder
                    await asyncio.to_thread(write_site, site, target)
                    last = revision
            except Exception as wrong:  # noqa: BLE001 - a full disk ends only this attempt
                log.error("cannot write the static site", folder=folder, error=str(wrong))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _STATIC_EVERY)


def _revision(store: Store) -> str:
    with store.reading() as ask:
        return ask.meta("revision") or ""


@contextlib.contextmanager
def opened(config: Config) -> Iterator[tuple[SqlStore, Setup]]:
    """The store and the setup for one command."""
    store = open_store(config)
    try:
        yield store, setup_of(config, store)
    finally:
        store.close()
