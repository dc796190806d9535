"""The subscriber and its callbacks on loopback, over a world whose clock is told when to go."""

import asyncio
import queue
import threading
from dataclasses import replace
from typing import Self

from aggregator.fetch import Client
from aggregator.model import FetchRequest, FetchResult, PollState, Subscription
from aggregator.observe.metrics import Metrics
from aggregator.pipeline.websub import Push
from aggregator.polling.websub import callback_base
from aggregator.store import SqlStore
from aggregator.web.app import web_app
from aggregator.web.server import bound, serve
from aggregator.web.websub import websub_routes
from aggregator.wiring import secret
from aggregator.work.local import World as Needs
from aggregator.work.websub import Inbox, Subscriber
from tests.fetch.helpers import AGENT, QUICK
from tests.hub import TestHub
from tests.pipeline.helpers import World, read
from tests.values import rss, setup, source

TOPIC = "https://a.example/feed"


def story(*numbers: int) -> bytes:
    """A feed with these stories."""
    return rss(*(
        f"<item><guid isPermaLink='false'>n{n}</guid><title>Isis story {n}</title>"
        f"<link>https://a.example/{n}</link><description>d {n}</description></item>"
        for n in numbers
    ))  # fmt: skip


class _Inbox(Inbox):
    """Says when it is done with a push."""

    def __init__(self) -> None:
        super().__init__()
        self.ready: queue.Queue[Push] = queue.Queue()

    def done(self, push: Push) -> None:
        super().done(push)
        self.ready.put(push)


class Wire:
    """Use as a context manager; polls are made by `world`, requests to hubs by a real client."""

    def __init__(self, store: SqlStore, hub: TestHub, max_body: int = 1 << 20) -> None:
        self.store, self.hub, self.max_body = store, hub, max_body
        self.world = World(store, setup([replace(source("a"), url=TOPIC)]))
        self.metrics, self.inbox = Metrics(), _Inbox()
        self.socket = bound("127.0.0.1:0")
        hub.reach(f"127.0.0.1:{self.socket.getsockname()[1]}")
        self.started = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    async def _run(self) -> None:
        self.stop = asyncio.Event()
        self.loop = asyncio.get_running_loop()
        world = self.world
        routes = websub_routes(
            self.store,
            lambda: world.setup,
            self.inbox.take,
            world.clock,
            lambda: self.max_body,
        )
        app = web_app(
            world.site(), lambda: world.setup, self.metrics, lambda: True, world.clock, routes
        )
        async with Client(
            AGENT, world.clock, limits=QUICK, allow_private=[self.hub.address]
        ) as client:

            async def fetch(request: FetchRequest) -> FetchResult:
                assert request.form is not None
                return await client(request)

            needs = Needs(
                store=self.store,
                setup=lambda: world.setup,
                fetch=fetch,
                read=read,
                clock=world.clock,
                chance=lambda: 0.0,
                owner="test",
                concurrency=1,
                report=lambda _: None,
            )
            base = lambda: callback_base(world.setup.site.url, ())
            subscriber = Subscriber(needs, self.inbox, base, secret, self.metrics, look=0.02)
            self.started.set()
            async with asyncio.TaskGroup() as group:
                group.create_task(serve(app, self.socket, self.stop))
                group.create_task(subscriber.run(self.stop))

    def __enter__(self) -> Self:
        self.thread.start()
        assert self.started.wait(10)
        return self

    def __exit__(self, *_exception: object) -> None:
        self.loop.call_soon_threadsafe(self.stop.set)
        self.thread.join(15)

    def poll(self, body: bytes, hub: str | None = None, **headers: str) -> None:
        """The source gives this document, which names a hub, and is polled."""
        link = f'<{hub or self.hub.url()}>; rel="hub", <{TOPIC}>; rel="self"'
        self.world.serve("a", body, **({"link": link} | headers))
        assert len(self.world.poll_due()) == 1

    def subscribe(self, **headers: str) -> dict[str, str]:
        """Poll once, and wait until the hub has verified us; its request."""
        self.poll(story(1), **headers)
        self.hub.wait(lambda: self.hub.subscribers)
        return self.hub.requests[-1]

    def done(self, number: int = 1) -> None:
        """Wait until so many pushes are dealt with."""
        for _ in range(number):
            self.inbox.ready.get(timeout=10)

    def outcomes(self) -> dict[str, float]:
        return {
            sample.labels["outcome"]: sample.value
            for family in self.metrics.pushes.collect()
            for sample in family.samples
            if sample.name.endswith("_total")
        }

    def subscriptions(self) -> list[Subscription]:
        with self.store.reading() as ask:
            return ask.subscriptions()

    def state(self) -> PollState:
        with self.store.reading() as ask:
            return ask.states()["a"]

    def feed(self) -> str:
        return self.world.render("all.atom").body.decode()
