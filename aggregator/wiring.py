"""The composition root: the one place that reads the clock and the environment, and that knows
every adapter. mypy checks here that they fit the ports.
"""

import contextlib
import datetime as dt
import hashlib
import os
import random
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from . import __version__
from .config import Checked, Config, check_config, load_config, parse_config
from .model import Site as SiteValue
from .pipeline.ports import Store
from .pipeline.retire import Retention
from .pipeline.setup import Setup, set_up
from .pipeline.topics import remembered_site
from .polling.robots import PRODUCT
from .polling.schedule import PollPolicy
from .publish.admission import AdmissionPolicy
from .store import SqlStore

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
