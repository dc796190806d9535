"""The network, put together: who asks, who reads what came, who polls. Apart from `wiring`, because
what talks to the network is half of what there is to load, and most commands do without.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from .config import Config
from .fetch import Client, Limits
from .model import FetchRequest, FetchResult, PollReport
from .pipeline.ports import Fetch
from .pipeline.setup import Setup
from .store import SqlStore
from .wiring import chance, now, user_agent
from .work.local import Poller, World
from .work.owner import owner
from .work.parsers import Parsers
from .work.robots import Obedient


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


def pushing_client_of(config: Config) -> Client:
    """The HTTP client that talks to hubs and subscribers: strangers who have named themselves. It
    waits for nobody long, reads no more than a challenge, and asks many at one host, for a hosted
    reader has many subscribers; who asks sees to turns.
    """
    return Client(
        user_agent(config.site),
        now,
        limits=Limits(
            connect_timeout=10,
            read_timeout=10,
            total_timeout=10,
            max_wire=4096,
            max_body=4096,
            host_spacing=0,
            host_concurrency=10,
        ),
        contact=(config.site.contact or "").removeprefix("mailto:") or None,
        allow_private=config.settings.fetch.allow_private,
    )


def parsers_of(config: Config) -> Parsers:
    """The readers of documents of a configuration."""
    fetch = config.settings.fetch
    return Parsers(fetch.parsers, fetch.parse_cpu.total_seconds(), fetch.parse_rss)


@contextlib.asynccontextmanager
async def asking(
    config: Config, client: Callable[[Config], Client]
) -> AsyncIterator[tuple[Fetch, Callable[[Config], None]]]:
    """A client, and what replaces it when the configuration changes."""
    async with contextlib.AsyncExitStack() as stack:
        current = [await stack.enter_async_context(client(config))]
        opening: set[asyncio.Task[None]] = set()

        async def fetch(request: FetchRequest) -> FetchResult:
            return await current[0](request)  # another one after a reload

        async def replace_client(changed: Config) -> None:
            # The old one stays open for what it is asking; both close at the end.
            current[0] = await stack.enter_async_context(client(changed))

        def reconfigure(changed: Config) -> None:
            task = asyncio.create_task(replace_client(changed))
            opening.add(task)
            task.add_done_callback(opening.discard)

        yield fetch, reconfigure


@contextlib.asynccontextmanager
async def polling(
    config: Config,
    store: SqlStore,
    setup: Callable[[], Setup],
    report: Callable[[PollReport], None],
) -> AsyncIterator[tuple[Poller, Callable[[Config], None]]]:
    """A poller over the network, and what replaces its client when the configuration changes."""
    async with contextlib.AsyncExitStack() as stack:
        fetch, reconfigure = await stack.enter_async_context(asking(config, client_of))
        world = World(
            store=store,
            setup=setup,
            fetch=Obedient(fetch, store, now),
            read=parsers_of(config),
            clock=now,
            chance=chance,
            owner=owner(),
            concurrency=config.settings.fetch.global_concurrency,
            report=report,
        )
        yield await stack.enter_async_context(Poller(world)), reconfigure
