"""`demo`: a small origin on loopback with feeds of our own, and the daemon on it."""

import asyncio
import datetime as dt
import re
import tempfile
from email.utils import format_datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ..shared import Options, err

_DATE: Final = re.compile(r"\[\[(rfc822|iso) -(\d+)m\]\]")
_TYPES: Final = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}


def demo(
    context: typer.Context,
    listen: Annotated[
        str, typer.Option("--listen", "-l", metavar="HOST:PORT", help="Where to serve.")
    ] = "127.0.0.1:8000",
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="DIR", help="Keep feeds.yaml and the database in a folder."),
    ] = None,
) -> None:
    """The whole job, without a network.

    Sample feeds on loopback, and the daemon that polls them: two stories of one topic, look-alikes
    that must stay out of it, one story in two outlets, and a source that is broken. Open the
    address it prints; edit the feeds.yaml it names.

    Example: aggregator demo
    """
    from ...errors import UsageError
    from ...observe.logs import set_up_logs
    from ...web.server import bound

    set_up_logs(context.obj.log)
    listener = bound(listen)
    origin = bound("127.0.0.1:0")
    if keep is not None:
        try:
            keep.mkdir(parents=True, exist_ok=True)
        except OSError as wrong:
            raise UsageError(f"cannot make the folder {keep}: {wrong.strerror}") from None
        _go(keep, listen, listener, origin)
    else:
        with tempfile.TemporaryDirectory(prefix="aggregator-demo-") as folder:
            _go(Path(folder), listen, listener, origin)


def _go(folder: Path, listen: str, listener: Any, origin: Any) -> None:
    from ...daemon import run_daemon
    from ...live import Live
    from ...web.server import serve
    from ...wiring import now, open_store

    port = origin.getsockname()[1]
    path = folder / "feeds.yaml"
    path.write_text(
        _sample("feeds.yaml").format(listen=listen, origin=f"127.0.0.1:{port}"), "utf-8"
    )
    options = Options(path, None)
    config = options.read()
    store = open_store(config)

    def tell() -> None:
        url = config.site.url
        console = err()
        console.print(f"\n  pages   {url}")
        console.print(f"  feed    {url}topics/isis.atom")
        console.print(f"  health  {url}sources")
        console.print(
            f"  sources and topics are in {path}: edit it while this runs", soft_wrap=True
        )
        console.print("  Ctrl-C ends it\n")

    async def go() -> None:
        stop = asyncio.Event()
        samples = asyncio.create_task(serve(_origin(now()), origin, stop))
        live = Live(path, config, store, options.read)
        try:
            await run_daemon(live, listener, stop=stop, started=tell)
        finally:
            stop.set()
            await samples

    try:
        asyncio.run(go())
    finally:
        store.close()


def _sample(name: str) -> str:
    return (files("aggregator.cli.demo") / "origin" / name).read_text("utf-8")


def _origin(now: dt.datetime) -> Any:
    """The servers of the sample feeds, whose dates are counted back from `now`."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route

    def dated(found: re.Match[str]) -> str:
        moment = now.replace(microsecond=0) - dt.timedelta(minutes=int(found[2]))
        return format_datetime(moment) if found[1] == "rfc822" else moment.isoformat()

    async def feed(request: Request) -> Response:
        name = request.path_params["name"]
        if name == "broken.rss":
            return PlainTextResponse("The press is on fire.", 500)
        try:
            body = _DATE.sub(dated, _sample(name))
        except FileNotFoundError:
            return PlainTextResponse("There is no such feed.", 404)
        etag = f'"{now.timestamp():.0f}-{name}"'
        headers = {"etag": etag, "content-type": _TYPES[name.rpartition(".")[2]]}
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers)

    return Starlette(routes=[Route("/{name}", feed)])
