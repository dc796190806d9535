"""The web side: every document of the site, and what monitors ask."""

import asyncio
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ..observe.logs import log
from ..observe.metrics import CONTENT_TYPE, Metrics
from ..pipeline.ports import Clock
from ..pipeline.setup import Setup
from ..pipeline.site import Site
from .conditional import answer, preflight
from .errors import error


def web_app(
    site: Site,
    setup: Callable[[], Setup],
    metrics: Metrics,
    ready: Callable[[], bool],
    clock: Clock,
    more: Sequence[Route] = (),
) -> Starlette:
    """The ASGI application. `ready`: can it serve from the store? `more`: routes beside ours."""

    async def document(request: Request) -> Response:
        response = await _document(request)
        metrics.requests.labels(str(response.status_code)).inc()
        return response

    async def _document(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=preflight())
        path = request.path_params["path"]
        try:
            found = site.fresh(path) or await asyncio.to_thread(site.document, path)
        except Exception as wrong:  # noqa: BLE001 - a reader gets an answer whatever happens
            log.error("cannot render", path=path, error=repr(wrong))
            return error(503, path, setup().site, {"retry-after": "60"})
        if found is None:
            return await asyncio.to_thread(_missing, path)
        headers = dict(request.headers.items())
        made = answer(found, headers, clock(), https=setup().site.url.startswith("https:"))
        return Response(
            b"" if request.method == "HEAD" else made.body, made.status, dict(made.headers)
        )

    def _missing(path: str) -> Response:
        base = urlsplit(setup().site.url).path
        if path in ("topics", "topics/"):
            return Response(status_code=308, headers={"location": base})
        if (moved := site.moved(path)) is not None:
            return Response(status_code=308, headers={"location": base + moved})
        if path.endswith("/") and path.rstrip("/") in site:
            return Response(status_code=308, headers={"location": base + path.rstrip("/")})
        if site.was_a_topic(path):
            return error(410, path, setup().site)
        return error(404, path, setup().site)

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_request: Request) -> Response:
        if await asyncio.to_thread(ready):
            return PlainTextResponse("ready\n")
        return PlainTextResponse("the database cannot be read\n", 503)

    async def show_metrics(_request: Request) -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", show_metrics),
            *more,
            Route("/{path:path}", document, methods=["GET", "HEAD", "OPTIONS"]),
        ]
    )
