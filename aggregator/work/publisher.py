"""What is published, made live as soon as it has changed, and told to hubs (B9.2, B9.3)."""

import asyncio
import contextlib
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlencode

from ..model import Content, Failure, FetchRequest, Ping
from ..observe.logs import log
from ..observe.metrics import Metrics
from ..pipeline.documents import Document
from ..pipeline.ports import Clock, Fetch, Store
from ..pipeline.publisher import (
    Gone,
    Pinged,
    announce,
    host_of_hub,
    let_go,
    pinged,
    pings_due,
    told_of,
    watched,
)
from ..pipeline.setup import Setup
from ..pipeline.site import Site
from .errands import Errands

_AGAIN: Final = 3.0  # seconds after a pass that failed
_REST_EVERY: Final = dt.timedelta(seconds=3)  # pages of which nobody is told are put live so often
_MOST_PINGS: Final = 50  # claimed at once
_OF_HOST: Final = 8  # of these: a hub that hangs is done with them before they count as dead
_PINGS_AT_ONCE: Final = 2  # under way at one hub


class Publisher:
    """Renders what has changed, puts it live, and remembers who is to be told.

    Commits of this process wake it; those of others it sees at the beginning of the next second,
    which is as often as a document may change (B7.5).
    """

    def __init__(
        self,
        store: Store,
        setup: Callable[[], Setup],
        site: Site,
        clock: Clock,
        put_live: Callable[[], None] = lambda: None,
    ) -> None:
        """`put_live`: writes what is not served by this process, and raises where it cannot;
        called in a thread.
        """
        self._store, self._setup, self._site, self._clock = store, setup, site, clock
        self._put_live = put_live
        self._seen: tuple[Setup, str] | None = None
        self._put_at: dt.datetime | None = None
        self._again: set[str] = set()
        self._woken = asyncio.Event()
        self.live: Mapping[str, Document] = {}  # by address, as last put live
        self.news: list[Callable[[], None]] = []  # called whenever somebody may be due
        self.gone: list[Callable[[list[Gone]], None]] = []  # told of those whose feed is no more
        self._begun = asyncio.Event()

    def wake(self) -> None:
        """Something may have changed."""
        self._woken.set()

    def look_again(self, topic: str) -> None:
        """Announce this feed again: somebody has subscribed meanwhile."""
        self._again.add(topic)
        self.wake()

    async def has_begun(self, stop: asyncio.Event) -> None:
        """Wait until it is known what is live."""
        await _first(stop, None, self._begun)

    async def run(self, stop: asyncio.Event) -> None:
        """Until told to stop."""
        time = asyncio.get_running_loop().time
        while not stop.is_set():
            began, failed = time(), False
            try:
                is_news, gone = await asyncio.to_thread(self._publish)
                for let_know in self.gone if gone else ():
                    let_know(gone)
                for tell in self.news if is_news else ():
                    tell()
                self._begun.set()
            except Exception as wrong:  # noqa: BLE001 - a full disk ends only this attempt
                if stop.is_set():  # it was cut off
                    return
                log.error("cannot publish", error=str(wrong))
                failed = True
            # As long as it took others have the machine, however much is new.
            await _first(stop, _AGAIN if failed else time() - began)
            # At the beginning of the next second the store may be looked at again.
            await _first(stop, 1.001 - self._clock().microsecond / 1e6, self._woken)
            self._woken.clear()

    def _publish(self) -> tuple[bool, list[Gone]]:
        """Make live what has changed: whether anybody may have to be told, and whose feeds are
        gone.
        """
        again, self._again = self._again, set()
        before = self.live
        try:
            return self._published(again)
        except BaseException:  # as if it had not been tried
            self._again |= again
            self.live = before
            raise

    def _published(self, again: set[str]) -> tuple[bool, list[Gone]]:
        setup = self._setup()
        with self._store.reading() as ask:
            revision = ask.meta("revision") or ""
        if self._seen == (setup, revision) and not again:
            return False, []
        if self._site.revision() != revision:  # it shows what was, until this second is over
            self._again |= again
            return False, []
        is_other = self._seen is None or self._seen[0] is not setup
        gone = let_go(self._store, setup, self._site.moved) if is_other else []
        live = {
            topic: document
            for topic, path in watched(self._store, setup).items()
            if (document := self._document(path)) is not None
        }
        told = {topic: told_of(document) for topic, document in live.items()}
        before = {topic: told_of(document) for topic, document in self.live.items()}
        changed = {t: it for t, it in told.items() if before.get(t) != it or t in again}
        now = self._clock()
        seen = bool(changed) or self._put_at is None or now - self._put_at >= _REST_EVERY
        if seen:
            self._put_live()
            self._put_at = now
        self.live = live
        if changed:
            announce(self._store, setup, changed, now)
        if seen:
            self._seen = setup, revision
        return bool(changed), gone

    def _document(self, path: str) -> Document | None:
        with contextlib.suppress(Exception):  # the site has said so
            return self._site.document(path)
        return None


async def _first(
    stop: asyncio.Event, seconds: float | None, event: asyncio.Event | None = None
) -> None:
    """Wait so long, or until one of these happens."""
    waiting = [asyncio.create_task(one.wait()) for one in (stop, event) if one is not None]
    await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()


class Pings:
    """Tells the hubs that feeds.yaml names of what is new (B9.2)."""

    def __init__(
        self, store: Store, publisher: Publisher, fetch: Fetch, clock: Clock, metrics: Metrics
    ) -> None:
        self._store, self._publisher, self._fetch = store, publisher, fetch
        self._clock, self._metrics = clock, metrics
        self._errands: Errands[Ping, Pinged] = Errands(
            "pings",
            lambda free, busy: pings_due(store, clock(), free, _OF_HOST, busy),
            self._ping,
            self._record,
            host_of_hub,
            most=_MOST_PINGS,
            at_once=_PINGS_AT_ONCE,
        )
        publisher.news.append(self._errands.wake)

    async def run(self, stop: asyncio.Event) -> None:
        """Until told to stop."""
        await self._publisher.has_begun(stop)
        await self._errands.run(stop)

    async def _ping(self, ping: Ping) -> Pinged | None:
        document = self._publisher.live.get(ping.topic)
        if document is None:  # no longer ours
            return None
        form = {"hub.mode": "publish", "hub.url": ping.topic, "hub.topic": ping.topic}
        content = Content(
            urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
        )
        result = await self._fetch(FetchRequest(ping.hub, content=content))
        failure = result if isinstance(result, Failure) else None
        self._metrics.pings.labels("failed" if failure else "taken").inc()
        detail = {"detail": failure.detail} if failure else {}
        report = log.warning if failure else log.info
        report("ping", hub=ping.hub, topic=ping.topic, taken=failure is None, **detail)
        return Pinged(ping, told_of(document), failure)

    def _record(self, done: list[Pinged]) -> None:
        for hub in pinged(self._store, done, self._clock()):
            if hub.alerted:
                log.error("a hub has taken no ping for a day", hub=hub.url, detail=hub.failure)
            else:
                log.info("a hub takes pings again", hub=hub.url)
        with self._store.reading() as ask:
            failing = sum(hub.alerted for hub in ask.named_hubs().values())
        self._metrics.hubs_failing.set(failing)
