"""Our own hub on loopback, over a world whose clock is told when to go."""

import asyncio
import datetime as dt
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Self
from urllib.parse import urlencode

from aggregator.fetch import Client, Limits
from aggregator.model import Site, Subscriber, Topic
from aggregator.observe.metrics import Metrics
from aggregator.pipeline.due import sync_sources
from aggregator.pipeline.setup import Setup
from aggregator.pipeline.topics import sync_topics
from aggregator.store import SqlStore
from aggregator.web.app import web_app
from aggregator.web.hub import hub_routes
from aggregator.web.server import bound, serve
from aggregator.wiring import secret
from aggregator.work.hub import OwnHub
from aggregator.work.publisher import Pings, Publisher
from tests.fetch.helpers import AGENT
from tests.hub import Answer, call
from tests.pipeline.helpers import World
from tests.values import SITE, setup, source, topic
from tests.work.wire import story

HOUR = dt.timedelta(hours=1)
OWN = replace(SITE, hubs=(f"{SITE.url}hub",))
ISIS = f"{SITE.url}topics/isis.atom"
LIMITS = Limits(total_timeout=1, max_wire=4096, max_body=4096, host_spacing=0, host_concurrency=10)


def of_site(site: Site, *topics: Topic) -> Setup:
    """feeds.yaml with one source, and a topic."""
    return setup([source("a", every=HOUR)], topics or [topic("isis", "isis")], site=site)


class HubWire:
    """Use as a context manager. `news` polls a story; the publisher sees it as in `run`."""

    def __init__(self, store: SqlStore, *allow: str, site: Site = OWN) -> None:
        self.store, self.allow = store, allow
        self.world = World(store, of_site(site))
        self.metrics = Metrics()
        self.stories: list[int] = []
        self.thread: threading.Thread | None = None

    async def _run(self) -> None:
        self.stop = asyncio.Event()
        self.loop = asyncio.get_running_loop()
        world = self.world
        setup, site = (lambda: world.setup), world.site()
        self.live: list[str] = []
        async with Client(AGENT, world.clock, limits=LIMITS, allow_private=self.allow) as client:
            self.publisher = Publisher(
                self.store, setup, site, world.clock, lambda: self.live.append("live")
            )
            hub = OwnHub(
                self.store, setup, site, self.publisher, client, world.clock, secret,
                self.metrics, pauses=(0.0, 0.05),
            )  # fmt: skip
            pings = Pings(self.store, self.publisher, client, world.clock, self.metrics)
            self.store.listen(self.wake)
            routes = hub_routes(self.store, setup, site, hub.ask, self.publisher.wake, world.clock)
            app = web_app(site, setup, self.metrics, lambda: True, world.clock, routes)
            self.hub, self.pings = hub, pings
            self.started.set()
            async with asyncio.TaskGroup() as group:
                group.create_task(serve(app, self.socket, self.stop))
                group.create_task(self.publisher.run(self.stop))
                group.create_task(hub.run(self.stop))
                group.create_task(pings.run(self.stop))

    def __enter__(self) -> Self:
        self.socket = bound("127.0.0.1:0")
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.started = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self.thread.start()
        assert self.started.wait(10)
        return self

    def __exit__(self, *_exception: object) -> None:
        self.store._listeners.clear()
        self.loop.call_soon_threadsafe(self.stop.set)
        assert self.thread is not None
        self.thread.join(15)

    def news(self, number: int) -> None:
        """A poll brings one more story, a minute later."""
        self.world.forward(minutes=61)
        self.stories.append(number)
        self.world.serve("a", story(*self.stories), etag=f'"{number}"')
        assert self.world.poll_due()
        self.world.forward(seconds=1)  # a document changes at most once in a second
        if self.thread is not None:
            self.wake()

    def wake(self) -> None:
        """Have the publisher look."""
        self.loop.call_soon_threadsafe(self.publisher.wake)

    def live_has(self, part: str) -> bool:
        """Has the publisher put this live?"""
        document = self.publisher.live.get(ISIS)
        return document is not None and part.encode() in document.rendering.body

    def later(self, **length: float) -> None:
        """So much later; whoever waits for it looks."""
        self.world.forward(**length)
        self.loop.call_soon_threadsafe(self.hub._errands.wake)
        self.loop.call_soon_threadsafe(self.pings._errands.wake)

    def edit(self, changed: Setup) -> None:
        """feeds.yaml is another one now."""
        self.world.setup = changed
        self.world.forward(seconds=2)
        sync_sources(self.store, changed, self.world.moment)
        sync_topics(self.store, changed, self.world.moment)
        self.world.forward(seconds=1)
        self.wake()

    def post(self, form: dict[str, str] | bytes, **headers: str) -> Answer:
        body = form if isinstance(form, bytes) else urlencode(form).encode()
        kind = {"content-type": "application/x-www-form-urlencoded"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return call("POST", f"http://{self.address}/hub", body, kind)

    def wish(self, callback: str, mode: str = "subscribe", **more: str) -> int:
        form = {"hub.mode": mode, "hub.topic": ISIS, "hub.callback": callback}
        return self.post(form | {f"hub.{k}": v for k, v in more.items()})[0]

    def subscribers(self) -> list[Subscriber]:
        with self.store.reading() as ask:
            return ask.subscribers_to(ask.subscribed_topics())

    def until(self, what: Callable[[], object], seconds: float = 10) -> None:
        """Until it is so."""
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, self.subscribers()
            time.sleep(0.01)

    def subscribe(self, callback: str, **more: str) -> None:
        before = [one.verified_at for one in self.subscribers()]
        assert self.wish(callback, **more) == 202
        self.until(lambda: [one.verified_at for one in self.subscribers()] != before)

    def count(self, counter: str, outcome: str) -> float:
        return float(getattr(self.metrics, counter).labels(outcome)._value.get())
