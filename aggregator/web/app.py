"""The web side: every document of the site, and what monitors ask."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ..observe.logs import log
from ..observe.metrics import CONTENT_TYPE, Metrics
from ..pipeline.documents import Document
from ..pipeline.ports import Clock
from ..pipeline.setup import Setup
from ..pipeline.site import Site
from .conditional import (
    CONDITIONS,
    FEED_AGE,
    Answer,
    answer,
    answer_of,
    cors,
    fields,
    max_age,
    preflight,
)
from .eager import Patience, client_of, is_near
from .errors import error
from .search import FEEDS

_PLAIN: Final = {"x-content-type-options": "nosniff", **cors()}
_ASKED_FOR: Final = "/search"  # shows what is behind its address, not one document
_SAY_EVERY: Final = 60.0  # seconds between two lines about clients that ask too often
_ASKED: Final = CONDITIONS | {b"user-agent", b"x-forwarded-for", b"x-forwarded-proto"}


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as Starlette takes it. uvicorn leaves the body out of the one to HEAD."""

    answer: Answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        made = self.answer
        await send({"type": "http.response.start", "status": made.status, "headers": made.raw})
        await send({"type": "http.response.body", "body": made.body})


class Documents:
    """What a request for a document gets.

    As an ASGI application it answers by itself for documents that are known to be current, which
    are nearly all, without a word to the store; the rest goes to the application behind it, and
    comes back to `respond`.
    """

    def __init__(
        self, site: Site, setup: Callable[[], Setup], metrics: Metrics, clock: Clock
    ) -> None:
        self._site, self._setup, self._metrics, self._clock = site, setup, metrics, clock
        self._patience, self._said_at = Patience(), 0.0
        self.rest: ASGIApp = Response(status_code=404)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass it on."""
        known = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        if known and scope["path"] != _ASKED_FOR:
            found = self._site.fresh(scope["path"][1:])
            if found is not None:
                await Given(self.respond(scope, found))(scope, receive, send)
                return
        await self.rest(scope, receive, send)

    def respond(self, scope: Scope, found: Document) -> Answer:
        """The answer to a GET or HEAD for a document that there is; counted."""
        asked = fields(scope["headers"], _ASKED)
        url = self._setup().site.url
        https = url.startswith("https:")
        peer = scope["client"][0] if scope["client"] else None
        if https and asked.get("x-forwarded-proto") == "http" and (peer is None or is_near(peer)):
            made = _moved(url + quote(scope["path"][1:]), scope["query_string"])
        elif (wait := self._wait(peer, asked, found)) is not None:
            made = _too_often(wait)
        else:
            made = answer(found, asked, self._clock(), https=https)
        self._metrics.answered(made.status)
        return made

    def _wait(self, peer: str | None, asked: dict[str, str], found: Document) -> int | None:
        """How long who asks has to wait, when it asks for a feed too often."""
        if (age := max_age(found)) != FEED_AGE:  # pages, archives and styles are not polled
            return None
        forwarded, agent = asked.get("x-forwarded-for", ""), asked.get("user-agent", "")
        client = client_of(peer, forwarded, agent)
        if client is None:
            return None
        conditional = "if-none-match" in asked or "if-modified-since" in asked
        path, now = found.rendering.path, self._clock().timestamp()
        wait = self._patience.wait(client, path, age, now, conditional=conditional)
        if wait is not None and now - self._said_at >= _SAY_EVERY:
            self._said_at = now
            log.info("asked too often", client=client[0], agent=agent[:100], path=path)
        return wait


def _moved(url: str, query: bytes = b"") -> Answer:
    """For good: the same method, and readers take the new address over (B7.13, B7.17)."""
    location = url + (f"?{quote(query, safe='%=&+;:@/?,')}" if query else "")
    return answer_of(308, {"location": location, "content-length": "0", **_PLAIN})


def _too_often(wait: int) -> Answer:
    body = b"This feed was asked for too often; please come back when it may have changed.\n"
    said = {"content-type": "text/plain; charset=utf-8", "content-length": str(len(body))}
    return answer_of(429, {**said, "retry-after": str(wait), **_PLAIN}, body)


def web_app(
    site: Site,
    setup: Callable[[], Setup],
    metrics: Metrics,
    ready: Callable[[], bool],
    clock: Clock,
    more: Sequence[Route] = (),
) -> ASGIApp:
    """The ASGI application. `ready`: can it serve from the store? `more`: routes beside ours."""
    documents = Documents(site, setup, metrics, clock)

    async def document(request: Request) -> Response | Given:
        if request.method == "OPTIONS":
            return counted(Response(status_code=204, headers=preflight()))
        path = request.path_params["path"]
        try:
            found = site.fresh(path) or await asyncio.to_thread(site.document, path)
            if found is None:
                query = request.scope["query_string"]
                return counted(await asyncio.to_thread(missing, path, query))
        except Exception as wrong:  # noqa: BLE001 - a reader gets an answer whatever happens
            log.error("cannot render", path=path, error=repr(wrong))
            return counted(error(503, path, setup().site, {"retry-after": "60"}))
        return Given(documents.respond(request.scope, found))

    def counted(response: Response) -> Response:
        metrics.answered(response.status_code)
        return response

    def missing(path: str, query: bytes) -> Response:
        base, stem = urlsplit(setup().site.url).path, path.rstrip("/")
        if stem == "topics":
            return moved(base)
        if (now := site.moved(stem)) is not None:
            return moved(base + now)
        if stem != path and (stem in site or stem in FEEDS):
            return moved(base + stem, query)
        if site.was_a_topic(stem):
            return error(410, stem, setup().site)
        return error(404, path, setup().site)

    def moved(to: str, query: bytes = b"") -> Response:
        made = _moved(quote(to), query)
        return Response(status_code=made.status, headers=made.headers)

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_request: Request) -> Response:
        if await asyncio.to_thread(ready):
            return PlainTextResponse("ready\n")
        return PlainTextResponse("the database cannot be read\n", 503)

    async def show_metrics(_request: Request) -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    documents.rest = Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", show_metrics),
            *more,
            Route("/{path:path}", document, methods=["GET", "HEAD", "OPTIONS"]),
        ]
    )
    return documents
