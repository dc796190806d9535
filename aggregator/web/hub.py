"""Where subscribers ask to be told: our own hub (B9.4)."""

import asyncio
import ipaddress
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ..observe.logs import log
from ..pipeline.hub import is_pushed_here, refused
from ..pipeline.ports import Clock, Store
from ..pipeline.setup import Setup
from ..pipeline.site import Site
from ..publish.hub import PARAMETERS, Wish, read_wish
from ..publish.hubs import PATH, own_hub
from .eager import client_of

_MOST_BODY: Final = 8 << 10  # bytes
_MOST_FIELDS: Final = 30
_BODY: Final = 10.0  # seconds to send it
_MOST_REQUESTS: Final = 120  # of one address, in a minute
_MOST_ADDRESSES: Final = 10_000  # counted apart
_NO_SNIFFING: Final = {"x-content-type-options": "nosniff"}
_LATER: Final = {"retry-after": "60", **_NO_SNIFFING}
_MUCH_LATER: Final = {"retry-after": "86400", **_NO_SNIFFING}
_FORM: Final = "application/x-www-form-urlencoded"


class Rate:
    """How often each address has asked in this minute. IPv6 by its network: a subscriber has all
    of it.
    """

    def __init__(self, clock: Clock, most: int = _MOST_REQUESTS) -> None:
        self._clock, self._most = clock, most
        self._minute = 0
        self._asked: Counter[str] = Counter()

    def allows(self, address: str) -> bool:
        """Count one more; is that still within bounds?"""
        minute = int(self._clock().timestamp() // 60)
        if minute != self._minute or len(self._asked) > _MOST_ADDRESSES:
            self._minute, self._asked = minute, Counter()
        who = _network(address)
        self._asked[who] += 1
        return self._asked[who] <= self._most


def _network(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{ip}/64", strict=False)) if ip.version == 6 else str(ip)


def hub_routes(
    store: Store,
    setup: Callable[[], Setup],
    site: Site,
    ask: Callable[[Wish], bool],
    look: Callable[[], None],
    clock: Clock,
) -> Sequence[Route]:
    """Our own hub. `ask`: ask a subscriber whether he means it, or say that there is no room;
    `look`: see whether anything is new.
    """
    rate = Rate(clock)

    async def hub(request: Request) -> Response:
        if own_hub(setup().site) is None:
            return _said(404, "There is no hub here.")
        if request.method != "POST":
            return _said(405, "This is a WebSub hub: subscribe with a POST.", {"allow": "POST"})
        if not rate.allows(_address(request)):
            return _said(429, "Too many requests; please come back in a minute.", _LATER)
        try:
            async with asyncio.timeout(_BODY):
                body = await _body(request)
        except (TimeoutError, ClientDisconnect):
            return _said(408, "The request did not come in time.")
        if body is None:
            return _said(413, f"A request has at most {_MOST_BODY} bytes.")
        pairs = _pairs(request.headers.get("content-type", ""), body)
        if pairs is None:
            return _said(400, f"A request is a form: {_FORM}, in UTF-8.")
        if ("hub.mode", "publish") in pairs:
            return _published(pairs)
        # `hub.verify` and whatever else we do not know is ignored (WebSub, section 5.1).
        known = [(name, value) for name, value in pairs if name in PARAMETERS]
        form = dict(known)
        if len(form) != len(known):  # which of two would count?
            return _said(400, "A parameter is given twice.")
        return await _wished(read_wish(form))

    def _published(pairs: list[tuple[str, str]]) -> Response:
        """We know our own news; to be asked for it does no harm."""
        topics = {value for name, value in pairs if name in ("hub.url", "hub.topic")}
        if not any(is_pushed_here(setup(), topic) for topic in topics):
            return _said(400, "hub.url is not the address of a feed that is pushed here.")
        look()
        return Response(status_code=204, headers=_NO_SNIFFING)

    async def _wished(wish: Wish | str) -> Response:
        if isinstance(wish, str):
            return _said(400, f"{wish}.")
        try:
            no = await asyncio.to_thread(refused, store, setup(), site, wish)
        except Exception as wrong:  # noqa: BLE001 - the database is away
            log.error("cannot answer a subscriber", error=repr(wrong))
            return _said(503, "Please come back in a minute.", _LATER)
        if no is not None:
            more = _MUCH_LATER if no.status == 503 else None
            return _said(no.status, f"{no.reason}.", more)
        if not ask(wish):
            return _said(503, "Too many are being asked right now.", _LATER)
        return Response(status_code=202, headers=_NO_SNIFFING)

    return [Route(f"/{PATH}", hub, methods=["GET", "HEAD", "POST"])]


def _address(request: Request) -> str:
    """Who asks: the address that a proxy of ours names, else its own, which all behind it share."""
    peer = request.client.host if request.client else ""
    forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
    client = client_of(peer, forwarded, "")
    return client[0] if client else peer


def _said(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{text}\n", status, {**_NO_SNIFFING, **(headers or {})})


async def _body(request: Request) -> bytes | None:
    """The body, or None as soon as it is too long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BODY:
            return None
    return bytes(body)


def _pairs(content_type: str, body: bytes) -> list[tuple[str, str]] | None:
    """What a form says, or None when it is none."""
    if content_type.partition(";")[0].strip().lower() != _FORM:
        return None
    try:
        return parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        return None
