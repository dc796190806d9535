"""Our own hub while the program runs: who subscribes is asked, and told what is new (B9.4)."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from ..model import Content, Failure, FailureKind, FetchRequest, FetchResult, Subscriber
from ..observe.logs import log
from ..observe.metrics import Metrics
from ..pipeline.hub import (
    Delivered,
    deliveries_due,
    meant,
    record_deliveries,
    subscriber_count,
    turn_of,
)
from ..pipeline.ports import Clock, Fetch, Store
from ..pipeline.publisher import Gone, told_of
from ..pipeline.setup import Setup
from ..pipeline.site import Site
from ..pipeline.websub import Secret
from ..publish.hub import Wish, denial, headers_of, question
from ..text.urls import host_of, site_of
from .errands import Errands
from .publisher import Publisher

_MOST_DELIVERIES: Final = 200  # claimed at once
_OF_HOST: Final = 16  # of these
_AT_ONCE: Final = 4  # under way at one host: a hosted reader has many subscribers
_MOST_ASKED: Final = 200  # wishes whose subscribers are being asked
_MOST_ASKED_OF_HOST: Final = 20
_PAUSES: Final = (0.0, 5.0, 30.0)  # seconds before each time a subscriber is asked
_AWAY: Final = frozenset(
    (FailureKind.DNS, FailureKind.CONNECT, FailureKind.TIMEOUT, FailureKind.PROTOCOL)
)
_MOST_DENIED: Final = 1_000  # subscribers told that their feed is gone: a courtesy


class OwnHub:
    """Asks those who want to subscribe, and delivers."""

    def __init__(
        self,
        store: Store,
        setup: Callable[[], Setup],
        site: Site,
        publisher: Publisher,
        fetch: Fetch,
        clock: Clock,
        secret: Secret,
        metrics: Metrics,
        *,
        pauses: Sequence[float] = _PAUSES,
    ) -> None:
        """`fetch`: reads no more than a challenge, and waits for seconds, not minutes."""
        self._store, self._setup, self._site, self._publisher = store, setup, site, publisher
        self._fetch, self._clock, self._secret, self._metrics = fetch, clock, secret, metrics
        self._pauses = pauses
        self._asking: dict[asyncio.Task[None], str] = {}
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._gone: asyncio.Queue[Gone] = asyncio.Queue(_MOST_DENIED)
        self._errands: Errands[Subscriber, Delivered] = Errands(
            "deliveries",
            self._due,
            self._deliver,
            self._record,
            turn_of,
            most=_MOST_DELIVERIES,
            at_once=_AT_ONCE,
        )
        publisher.news.append(self._errands.wake)
        publisher.gone.append(self._let_know)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver, until told to stop."""
        await self._publisher.has_begun(stop)
        self._count()
        denying = asyncio.create_task(self._deny())
        try:
            await self._errands.run(stop)
        finally:
            for task in (denying, *self._asking):
                task.cancel()
            await asyncio.gather(denying, *self._asking, return_exceptions=True)

    # --- verification ---

    def ask(self, wish: Wish) -> bool:
        """Ask the subscriber whether he means it; False when too many are being asked.

        A wish is kept in memory: nothing that a stranger says is stored before it is confirmed.
        """
        host = site_of(host_of(wish.callback))
        hosts = Counter(self._asking.values())
        if len(self._asking) >= _MOST_ASKED or hosts[host] >= _MOST_ASKED_OF_HOST:
            return False
        self._turns = {name: turn for name, turn in self._turns.items() if hosts[name]}
        turn = self._turns.setdefault(host, asyncio.Semaphore(_AT_ONCE))
        task = asyncio.create_task(self._verify(wish, turn), name="verification")
        self._asking[task] = host
        task.add_done_callback(lambda ended: self._asking.pop(ended, None))
        return True

    async def _verify(self, wish: Wish, turn: asyncio.Semaphore) -> None:
        outcome = "refused"
        try:
            for pause in self._pauses:
                await asyncio.sleep(pause)
                challenge = self._secret()
                async with turn:
                    result = await self._fetch(
                        FetchRequest(question(wish, challenge), callback=True)
                    )
                if not _is_away(result):
                    break
            if not isinstance(result, Failure) and _body(result) == challenge.encode():
                setup = self._setup()
                if await asyncio.to_thread(
                    meant, self._store, setup, self._site, wish, self._clock()
                ):
                    outcome = f"{wish.mode}d"
                    self._publisher.look_again(wish.topic)
                    await asyncio.to_thread(self._count)
        except Exception as wrong:  # noqa: BLE001 - the database is away: he may wish it again
            log.error("cannot verify a subscriber", error=repr(wrong))
        self._metrics.hub_requests.labels(outcome).inc()
        log.info("subscriber", outcome=outcome, topic=wish.topic, host=host_of(wish.callback))

    def _count(self) -> None:
        self._metrics.hub_subscribers.set(subscriber_count(self._store))

    # --- deliveries ---

    def _due(self, free: int, busy: Mapping[str, int]) -> list[Subscriber]:
        live = {topic: told_of(it).at for topic, it in self._publisher.live.items()}
        return deliveries_due(self._store, self._clock(), free, _OF_HOST, busy, live)

    async def _deliver(self, one: Subscriber) -> Delivered | None:
        document = self._publisher.live.get(one.topic)
        if document is None:  # no longer ours
            return None
        live = told_of(document)
        if live.digest == one.told.digest:  # changed, and changed back
            return Delivered(one, live)
        rendering = document.rendering
        headers = headers_of(rendering.content_type, rendering.links, one.secret, rendering.body)
        result = await self._fetch(
            FetchRequest(one.callback, content=Content(rendering.body, headers), callback=True)
        )
        if not isinstance(result, Failure):
            self._metrics.hub_deliveries.labels("delivered").inc()
            return Delivered(one, live)
        gone = result.status == 410
        self._metrics.hub_deliveries.labels("gone" if gone else "failed").inc()
        log.info(
            "not delivered",
            topic=one.topic,
            host=host_of(one.callback),
            failures=one.failures + 1,
            detail=result.detail,
        )
        return Delivered(one, result)

    def _record(self, done: list[Delivered]) -> None:
        record_deliveries(self._store, done, self._clock())
        self._count()

    # --- denials ---

    def _let_know(self, gone: list[Gone]) -> None:
        """Tell these that their feed is no more; once, and as many as there is room for."""
        for one in gone[: _MOST_DENIED - self._gone.qsize()]:
            self._gone.put_nowait(one)

    async def _deny(self) -> None:
        while True:
            one = await self._gone.get()
            address = denial(one.subscriber, one.reason)
            await self._fetch(FetchRequest(address, callback=True))
            self._metrics.hub_requests.labels("denied").inc()


def _is_away(result: FetchResult) -> bool:
    """Did nobody answer, or somebody who cannot right now?"""
    return isinstance(result, Failure) and (
        result.kind in _AWAY or (result.status is not None and result.status >= 500)
    )


def _body(result: FetchResult) -> bytes:
    return getattr(result, "body", b"")
