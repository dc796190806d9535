"""Where hubs call: verification of intent, and pushes (A17.4, A17.5)."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ..observe.logs import log
from ..pipeline.ports import Clock, Store
from ..pipeline.setup import Setup
from ..pipeline.websub import Push, answer_to_hub, place_of

_LOOK_UP: Final = 0.8  # seconds: hubs want an answer within one
_BODY: Final = 30.0  # seconds for a hub to send it
_LATER: Final = {"retry-after": "60"}
_NO_SNIFFING: Final = {"x-content-type-options": "nosniff"}


def websub_routes(
    store: Store,
    setup: Callable[[], Setup],
    take: Callable[[Push], bool],
    clock: Clock,
    max_body: Callable[[], int],
) -> Sequence[Route]:
    """The callbacks. `take`: accept a push for later, or say that there is no room; `max_body`:
    bytes of a push.
    """

    async def question(request: Request) -> Response:
        """A hub asks whether we meant it."""
        said = dict(request.query_params)
        if len(request.query_params.multi_items()) != len(said):  # which of two would count?
            return PlainTextResponse("", 400, _NO_SNIFFING)
        try:
            status, challenge = await asyncio.to_thread(
                answer_to_hub, store, setup(), request.path_params["token"], said, clock()
            )
        except Exception as wrong:  # noqa: BLE001 - the database is away: the hub asks again
            log.error("cannot answer a hub", error=repr(wrong))
            return PlainTextResponse("", 503, _LATER | _NO_SNIFFING)
        kind = "application/octet-stream" if status == 200 else "text/plain"
        return Response(challenge, status, _NO_SNIFFING, kind)

    async def push(request: Request) -> Response:
        """A hub posts; it is answered before anything is made of it."""
        token = request.path_params["token"]
        try:
            async with asyncio.timeout(_LOOK_UP):
                place, source = await asyncio.to_thread(place_of, store, token)
        except Exception as wrong:  # noqa: BLE001 - the database is away: the hub posts again
            log.error("cannot take a push", error=repr(wrong))
            return PlainTextResponse("", 503, _LATER)
        if place != "valid":
            return PlainTextResponse("", 404 if place == "unknown" else 410)
        try:
            async with asyncio.timeout(_BODY):
                body = await _body(request, max_body())
        except (TimeoutError, ClientDisconnect):
            return PlainTextResponse("", 408)
        if body is None:
            return PlainTextResponse("", 413)
        headers = request.headers
        given = Push(
            token,
            source,
            body,
            headers.get("content-type", ""),
            headers.get("x-hub-signature", ""),
        )
        return PlainTextResponse("", 202) if take(given) else PlainTextResponse("", 503, _LATER)

    async def callback(request: Request) -> Response:
        if request.method == "HEAD":  # would be an answer that nobody reads
            return PlainTextResponse("", 405, {"allow": "GET, POST"})
        return await (push(request) if request.method == "POST" else question(request))

    return [Route("/websub/{token}", callback, methods=["GET", "POST"])]


async def _body(request: Request, most: int) -> bytes | None:
    """The body, or None as soon as it is too long."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and len(length) < 20 and int(length) > most:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)
