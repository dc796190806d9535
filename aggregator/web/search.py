"""Search over HTTP: a few at a time, in threads of its own, so that nothing else waits for it."""

import asyncio
import functools
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ..observe.logs import log
from ..observe.metrics import Metrics
from ..pipeline.documents import Document
from ..pipeline.ports import Clock
from ..pipeline.search import FEED_FORMS, FeedForm, Search
from ..pipeline.setup import Setup
from ..pipeline.site import Site
from ..topics import QueryError
from .conditional import CONDITIONS, Answer, answer, cors, fields, preflight

# Path → what it is written in.
FEEDS: Final[Mapping[str, FeedForm]] = {f"search.{form}": form for form in FEED_FORMS}

_AT_ONCE: Final = 4
_WAITING: Final = 12
_PLAIN: Final = {"x-content-type-options": "nosniff", **cors()}

Made = TypeVar("Made")


class _Full(Exception):
    """More is being searched for than there is room."""


def _ended(what: Callable[[], Made]) -> Made:
    """What comes of it. A future does not take StopIteration: who waits for it waits for ever."""
    try:
        return what()
    except StopIteration as wrong:
        raise RuntimeError("there is no next one") from wrong


def search_threads() -> ThreadPoolExecutor:
    """As many threads as searches may take at once; whoever serves shuts them down."""
    return ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="search")


def search_routes(
    search: Search,
    site: Site,
    setup: Callable[[], Setup],
    metrics: Metrics,
    clock: Clock,
    threads: ThreadPoolExecutor,
) -> Sequence[Route]:
    """`/search`, `/search.atom` and its twins."""
    under_way = 0

    async def in_turn(what: Callable[[], Made]) -> Made:
        nonlocal under_way
        if under_way == _AT_ONCE + _WAITING:
            raise _Full
        under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, _ended, what)
        finally:
            under_way -= 1

    async def page(request: Request, said: str) -> Response:
        if not said.strip():
            form = await asyncio.to_thread(site.document, "search")
            assert form is not None
            return _response(request, form)
        found, is_well = await in_turn(functools.partial(search.page, said))
        if is_well:
            return _response(request, found)
        headers = {**_answer({}, found).headers, "cache-control": "no-store"}
        del headers["etag"]
        return Response(found.rendering.body, 400, headers)

    async def feed(request: Request, said: str, form: FeedForm) -> Response:
        if not said.strip():
            return PlainTextResponse(f"Say what to look for: search.{form}?q=WORDS\n", 400, _PLAIN)
        try:
            return _response(request, await in_turn(functools.partial(search.feed, said, form)))
        except QueryError as wrong:
            return PlainTextResponse(f"This query cannot be read: {wrong}\n", 400, _PLAIN)

    def _answer(headers: Mapping[str, str], found: Document) -> Answer:
        return answer(found, headers, clock(), https=setup().site.url.startswith("https:"))

    def _response(request: Request, found: Document) -> Response:
        made = _answer(fields(request.scope["headers"], CONDITIONS), found)
        return Response(made.body, made.status, made.headers)

    async def find(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=preflight())
        said = request.query_params.get("q", "")
        form = FEEDS.get(request.url.path.rpartition("/")[2])
        try:
            response = await (feed(request, said, form) if form else page(request, said))
        except _Full:
            response = PlainTextResponse(
                "Too much is being searched for right now; please come back in a moment.\n",
                503,
                {"retry-after": "10", **_PLAIN},
            )
        except Exception as wrong:  # noqa: BLE001 - a reader gets an answer whatever happens
            log.error("cannot search", error=repr(wrong))
            response = PlainTextResponse(
                "This search cannot be made right now; please come back in a minute.\n",
                503,
                {"retry-after": "60", **_PLAIN},
            )
        metrics.answered(response.status_code)
        if request.method == "HEAD":
            response.body = b""  # its headers stay as they are
        return response

    methods = ["GET", "HEAD", "OPTIONS"]
    return [Route(f"/{name}", find, methods=methods) for name in ("search", *FEEDS)]
