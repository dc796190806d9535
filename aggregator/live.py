"""What is in force while a command or the daemon runs; an edit of feeds.yaml replaces it."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .config import Config
from .errors import ConfigError
from .model import Retagging
from .observe.logs import log
from .pipeline.due import release_dead, sync_sources
from .pipeline.gate import LeftOut
from .pipeline.indexing import index_stored
from .pipeline.retag import retag, waiting
from .pipeline.search import Search
from .pipeline.site import Site
from .pipeline.topics import release_held, sync_topics
from .polling.websub import callback_base
from .store import SqlStore
from .wiring import now, setup_of, user_agent
from .work.owner import is_alive

if TYPE_CHECKING:
    from .observe.metrics import Metrics

# Articles from before the index that one command indexes: some ten seconds of a person's time.
_MOST_INDEXED: Final = 20_000


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
