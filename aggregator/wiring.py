"""The composition root: the one place that reads the clock and the environment, and that knows
every adapter. mypy checks here that they fit the ports.
"""

import contextlib
import datetime as dt
import functools
import hashlib
import os
import random
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from . import __version__
from .config import Checked, Config, check_config, load_config, parse_config
from .errors import ConfigError
from .model import Retagging
from .model import Site as SiteValue
from .observe.logs import log
from .pipeline.due import release_dead, sync_sources
from .pipeline.gate import LeftOut
from .pipeline.indexing import index_stored
from .pipeline.ports import Store
from .pipeline.retag import retag, waiting
from .pipeline.retire import Retention
from .pipeline.search import Search
from .pipeline.setup import Setup, set_up
from .pipeline.site import Site
from .pipeline.topics import release_held, remembered_site, sync_topics
from .polling.robots import PRODUCT
from .polling.schedule import PollPolicy
from .polling.websub import callback_base
from .publish.admission import AdmissionPolicy
from .store import SqlStore
from .work.owner import is_alive

if TYPE_CHECKING:
    from .observe.metrics import Metrics

# Articles from before the index that one command indexes: some ten seconds of a person's time.
_MOST_INDEXED: Final = 20_000
_REST: Final = 0.11  # seconds


def now() -> dt.datetime:
    """The moment it is."""
    return dt.datetime.now(dt.UTC)


def chance() -> float:
    """A number from 0 to 1."""
    return random.random()


def secret() -> str:
    """A text of 32 random bytes, for addresses and keys that nobody may guess."""
    return secrets.token_urlsafe(32)


def read_config(path: Path, *, database: str | None = None, listen: str | None = None) -> Config:
    """feeds.yaml and the environment, with what the command line says on top."""
    return load_config(path, _environ(database, listen))


def checked_config(path: Path, *, database: str | None = None) -> Checked:
    """The same, looked at more closely."""
    return check_config(path, _environ(database))


def _environ(database: str | None, listen: str | None = None) -> dict[str, str]:
    given = {"AGGREGATOR_DATABASE": database, "AGGREGATOR_LISTEN": listen}
    return {**os.environ, **{name: value for name, value in given.items() if value}}


def check_text(text: str, path: Path) -> None:
    """Would this text do as the file at `path`? Raises ConfigError."""
    parse_config(text, str(path), os.environ, path.absolute().parent)


def user_agent(site: SiteValue) -> str:
    """How we name ourselves to servers, everywhere the same (A4.1)."""
    return f"{PRODUCT}/{__version__} (+{site.url}about)"


def program() -> str:
    """A digest of the program as it is installed: another one may make other documents."""
    home = Path(__file__).parent
    files = sorted(path for path in home.rglob("*") if path.suffix in (".py", ".html", ".css"))
    looks = [
        (str(path.relative_to(home)), path.stat().st_size, path.stat().st_mtime_ns)
        for path in files
    ]
    return hashlib.sha256(repr((__version__, looks)).encode()).hexdigest()[:8]


def open_store(config: Config) -> SqlStore:
    """The database of a configuration, migrated."""
    return SqlStore(config.settings.database)


def setup_of(config: Config, store: Store) -> Setup:
    """feeds.yaml in force, with what the store remembers of the site."""
    return setup_for(config, remembered_site(store, config.site))


def setup_for(config: Config, site: SiteValue) -> Setup:
    """feeds.yaml as it would be in force."""
    fetch, publish = config.settings.fetch, config.settings.publish
    return set_up(
        site,
        config.sources,
        config.topics,
        config.blocklist,
        PollPolicy(
            min_interval=fetch.min_interval,
            min_interval_no_validators=fetch.min_interval_no_validators,
            max_interval=max(fetch.max_interval, fetch.min_interval),
            max_freshness=fetch.max_freshness,
            max_retry_after=fetch.max_retry_after,
            host_spacing=fetch.host_spacing,
            host_concurrency=fetch.host_concurrency,
        ),
        AdmissionPolicy(publish.admit_age, publish.admit_count, publish.render_count),
    )


def retention_of(config: Config) -> Retention:
    """How long what is kept."""
    return Retention(config.settings.retention.texts, config.settings.retention.stories)


def rest() -> None:
    """Let others have the database. SQLite asks again for it every tenth of a second."""
    time.sleep(_REST)


# --- the program while it runs ------------------------------------------------------------------


class Live:
    """The configuration in force, and what was made of it. Reloading replaces it in one step."""

    def __init__(
        self, path: Path, config: Config, store: SqlStore, read: Callable[[], Config]
    ) -> None:
        self.path, self.config, self.store = path, config, store
        self.setup = setup_of(config, store)
        self.stale: list[str] = []
        self.read = read

    @functools.cached_property
    def metrics(self) -> "Metrics":
        """What is counted. Loaded when something is."""
        from .observe.metrics import Metrics

        return Metrics()

    def alarm(self, path: str, wrong: Exception) -> None:
        """Somebody has to know that a document could not be published as it should be (B7.15)."""
        if isinstance(wrong, LeftOut):
            self.metrics.refused.labels("entry").inc()
            log.error("an entry had to be left out", path=path, error=str(wrong))
        else:
            self.metrics.refused.labels("document").inc()
            log.error("cannot render; the last good one stays", path=path, error=repr(wrong))

    def site(self) -> Site:
        """The published site."""
        agent = lambda: user_agent(self.setup.site)
        return Site(self.store, lambda: self.setup, agent, now, self.alarm)

    def search(self) -> Search:
        """Search over the store."""
        return Search(self.store, lambda: self.setup, alarm=self.alarm)

    def callbacks(self) -> str | None:
        """What the callbacks of hubs begin with; None while no hub can reach us (A17)."""
        return callback_base(self.config.site.url, self.config.settings.fetch.allow_private)

    def begin(self) -> None:
        """Bring the store in step with feeds.yaml."""
        release_dead(self.store, is_alive)
        sync_sources(self.store, self.setup, now())
        self.stale = sync_topics(self.store, self.setup, now())

    def catch_up(
        self,
        progress: Callable[[int, int], None] = lambda done, stories: None,
        keep_on: Callable[[], bool] = lambda: True,
    ) -> None:
        """All that a daemon would do beside polling, at once: for commands that end. Progress and
        the end of it are those of `retag`.
        """
        self.begin()
        if self.stale:
            retag(self.store, self.setup, self.stale, now, progress, keep_on)
            self.stale = list(self.waiting())
        index_stored(self.store, _MOST_INDEXED)
        release_held(self.store, now())

    def waiting(self) -> dict[str, Retagging | None]:
        """The topics whose stories are to be found anew, and how far that is."""
        with self.store.reading() as ask:
            under_way = ask.retaggings()
            return {key: under_way.get(key) for key in waiting(ask, self.setup)}

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


@contextlib.contextmanager
def opened(config: Config) -> Iterator[tuple[SqlStore, Setup]]:
    """The store and the setup for one command."""
    store = open_store(config)
    try:
        yield store, setup_of(config, store)
    finally:
        store.close()


@contextlib.contextmanager
def opened_to_read(config: Config) -> Iterator[tuple[SqlStore, Setup]]:
    """The store and the setup for a command that changes nothing, wherever it may be stopped."""
    store = SqlStore(config.settings.database, read_only=True)
    try:
        yield store, setup_for(config, config.site)
    finally:
        store.close()
