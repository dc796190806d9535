"""`run` and `serve`: what goes on until it is told to stop."""

import asyncio
from typing import Annotated

import typer

from .shared import Options

Listen = Annotated[
    str | None,
    typer.Option("--listen", "-l", metavar="HOST:PORT", help="The address to serve on."),
]


def run(context: typer.Context, listen: Listen = None) -> None:
    """The daemon: poll, publish and serve.

    It goes on until SIGTERM or Ctrl-C. Edits of feeds.yaml take effect within seconds; an invalid
    one is reported and changes nothing.

    Example: aggregator --config /etc/aggregator/feeds.yaml run --listen 0.0.0.0:8000
    """
    _go(context.obj, listen, polls=True)


def serve(context: typer.Context, listen: Listen = None) -> None:
    """Serve what another process polls.

    Example: aggregator serve --listen 127.0.0.1:8001
    """
    _go(context.obj, listen, polls=False)


def _go(options: Options, listen: str | None, *, polls: bool) -> None:
    from ..daemon import run_daemon
    from ..live import Live
    from ..observe.logs import set_up_logs
    from ..web.server import bound, new_loop
    from ..wiring import open_store

    config = options.read(listen)
    set_up_logs(options.log)
    listener = bound(config.settings.listen)
    store = open_store(config)
    try:

        async def go() -> None:
            live = Live(options.config, config, store, lambda: options.read(listen))
            await run_daemon(live, listener, polls=polls)

        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(go())
    finally:
        store.close()
