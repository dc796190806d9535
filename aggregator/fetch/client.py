"""One question to the world, redirects included, and its answer as a value (A1, A4, A5, A7, A8).

The client follows redirects itself, so that every hop passes the same checks: scheme, port, user
name, turn at the host, address. Validators and credentials stay with the address they belong to.
"""

import asyncio
import contextlib
import datetime as dt
import socket
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Final, Self
from urllib.parse import urljoin

import aiohttp
from aiohappyeyeballs import AddrInfoType
from yarl import URL

from ..model import (
    Failure,
    FailureKind,
    Fetched,
    FetchRequest,
    FetchResult,
    NotModified,
    Phase,
)
from ..text.urls import absolute, site_of
from ..text.words import one_line, shorten
from .body import BodyError, read_body
from .exchange import Exchange, Watch, exchange, tracing
from .failures import explained, failure, redirect, refusal
from .guard import Gate, Refused
from .limits import Limits
from .resolver import Resolver
from .turns import Turns

_ACCEPT: Final = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, */*;q=0.1"
)
_CONDITIONS: Final = frozenset(("If-None-Match", "If-Modified-Since"))
_UNASKED: Final = "304 Not Modified to a request that made no condition"
_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))
_POST_REDIRECTS: Final = frozenset((307, 308))  # the others would make a GET of it


class _Stop(Exception):
    """The exchange ends here, with this failure."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


class Client:
    """A guarded HTTP client. Use it as an asynchronous context manager; call it to fetch."""

    def __init__(
        self,
        user_agent: str,
        now: Callable[[], dt.datetime],
        *,
        limits: Limits | None = None,
        contact: str | None = None,
        allow_private: Iterable[str] = (),
    ) -> None:
        """`contact`: a mail address for the From header; `allow_private`: see Gate."""
        self._limits, self._now = limits or Limits(), now
        self._gate = Gate(allow_private)
        self._headers = {
            "User-Agent": user_agent,
            "Accept": _ACCEPT,
            "Accept-Encoding": "gzip, br",  # what read_body decodes within bounds
        }
        if contact:
            self._headers["From"] = contact
        self._session: aiohttp.ClientSession | None = None
        self._turns: Turns | None = None

    async def __aenter__(self) -> Self:
        """Open the connection pool, in the running loop."""
        limits = self._limits
        loop = asyncio.get_running_loop()
        self._turns = Turns(limits.host_spacing, limits.host_concurrency, loop.time)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=Resolver(self._gate, limits.dns_timeout),
                socket_factory=self._dial,
                limit=0,  # how many at once is for who polls to say
                keepalive_timeout=10,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(
                total=None,
                sock_connect=limits.connect_timeout,
                sock_read=limits.read_timeout,
                ceil_threshold=limits.total_timeout * 10,  # seconds mean seconds
            ),
            max_line_size=limits.max_header_line,
            max_field_size=limits.max_header_line,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
            middlewares=(Watch(),),
            trace_configs=[tracing()],
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    def _dial(self, info: AddrInfoType) -> socket.socket:
        """The last gate: it sees every address dialled, also those no resolver is asked for."""
        family, kind, protocol, _name, address = info
        host, port = str(address[0]), int(address[1])
        if not self._gate.may_dial(host, port):
            raise Refused(f"{host} is not a public address")
        exchange.get().address = host
        return socket.socket(family, kind, protocol)

    async def __call__(self, request: FetchRequest) -> FetchResult:
        """Ask, and tell what came of it. Raises nothing but cancellation."""
        known = Exchange()
        exchange.set(known)
        began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(self._limits.total_timeout):
                result = await self._follow(request)
        except _Stop as stop:
            result = stop.failure
        except TimeoutError:
            detail = f"no complete answer within {self._limits.total_timeout:g} s"
            result = Failure(FailureKind.TIMEOUT, "body", detail, url=request.url)
        if isinstance(result, Failure):
            seconds = round(asyncio.get_running_loop().time() - began, 3)
            return replace(
                result, address=known.address, wire_bytes=known.wire_bytes, seconds=seconds
            )
        return result

    async def _follow(self, request: FetchRequest) -> FetchResult:
        url = request.url
        hops: list[tuple[int, str]] = []
        seen = {url}
        while True:
            self._check(url, first=not hops)
            answer = await self._ask(url, request, tuple(hops))
            if not isinstance(answer, tuple):
                return answer
            status, target = answer
            hops.append((status, target))
            if len(hops) > self._limits.max_redirects:
                raise _Stop(redirect(f"more than {self._limits.max_redirects} redirects", url))
            if target in seen:
                raise _Stop(redirect(f"redirects in a circle at {target}", url))
            if url.startswith("https:") and target.startswith("http:"):
                raise _Stop(redirect(f"redirects from https to {target}", url))  # A5.5
            seen.add(target)
            url = target

    def _check(self, url: str, *, first: bool) -> None:
        parsed = URL(url, encoded=True)
        host, port = parsed.host or "", parsed.port or 0
        if not self._gate.may_ask(host, port):
            detail = f"port {port} is not for feeds"
            raise _Stop(Failure(FailureKind.BLOCKED_ADDRESS, "connect", detail, url=url))
        if not first and parsed.user:
            raise _Stop(redirect("redirects to an address with a user name", url))  # A5.3

    def _headers_for(self, url: str, request: FetchRequest) -> dict[str, str]:
        headers = dict(self._headers)
        if url == request.validators_for:
            if request.etag:
                headers["If-None-Match"] = request.etag
            if request.last_modified:
                headers["If-Modified-Since"] = request.last_modified
        return headers

    async def _ask(
        self, url: str, request: FetchRequest, hops: tuple[tuple[int, str], ...]
    ) -> FetchResult | tuple[int, str]:
        """One hop: an answer, or (status, address) of where to ask next."""
        assert self._session is not None, "use `async with`"
        assert self._turns is not None
        target = URL(url, encoded=True)
        headers = self._headers_for(url, request)
        if request.auth and target.origin() == URL(request.url, encoded=True).origin():
            user, _, password = request.auth.partition(":")
            headers["Authorization"] = aiohttp.encode_basic_auth(user, password)
        if request.content is not None:
            headers |= request.content.headers
        posts = request.form is not None or request.content is not None
        redirects = _POST_REDIRECTS if posts else _REDIRECTS
        phase: Phase = "connect"
        try:
            async with (
                self._turns.turn(site_of(target.host or "")),
                self._session.request(
                    "POST" if posts else "GET",
                    target,
                    data=request.form if request.content is None else request.content.body,
                    headers=headers,
                    allow_redirects=False,
                    ssl=not request.allow_bad_tls,
                ) as response,
            ):
                phase = "headers"
                given = self._bounded(response, url)
                if response.status in redirects and not request.callback:
                    return response.status, self._target(response, given, url)
                if response.status == 304:
                    if not headers.keys() & _CONDITIONS:  # A1.7
                        return failure(FailureKind.PROTOCOL, "headers", _UNASKED, url)
                    return NotModified(url, given, hops)
                takes_any = (posts or request.callback) and response.status // 100 == 2
                if response.status != 200 and not takes_any:
                    return refusal(response, given, url, self._now())
                if request.content is not None:
                    return Fetched(url, given, b"", response.status, hops)
                phase = "body"
                return await self._body(response, given, url, hops)
        except _Stop:
            raise
        except BodyError as wrong:
            return failure(wrong.kind, "decode", str(wrong), url)
        except (aiohttp.ClientError, OSError, ValueError, asyncio.IncompleteReadError) as wrong:
            return explained(wrong, phase, url)

    def _bounded(self, response: aiohttp.ClientResponse, url: str) -> dict[str, str]:
        raw = response.raw_headers
        total = sum(len(name) + len(value) for name, value in raw)
        if len(raw) > self._limits.max_headers or total > self._limits.max_header_total:
            detail = f"{len(raw)} headers of {total} bytes"
            raise _Stop(Failure(FailureKind.PROTOCOL, "headers", detail, url=url))
        headers: dict[str, str] = {}
        for name, value in response.headers.items():
            # A field given twice is one list (RFC 9110 section 5.3).
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        return {name: value for name, value in headers.items() if value.isprintable()}

    def _target(
        self, response: aiohttp.ClientResponse, headers: Mapping[str, str], url: str
    ) -> str:
        location = headers.get("location", "").strip()
        joined = urljoin(url, location) if location else ""
        if location and URL(joined, encoded=True).user:
            raise _Stop(redirect("redirects to an address with a user name", url))
        target = absolute(location, url)
        if target is None:
            shown = shorten(one_line(location), 200) or "nowhere: it names no Location"
            raise _Stop(redirect(f"{response.status} leads to {shown}", url))
        return target.partition("#")[0]

    async def _body(
        self,
        response: aiohttp.ClientResponse,
        headers: dict[str, str],
        url: str,
        hops: tuple[tuple[int, str], ...],
    ) -> Fetched:
        length = response.content_length
        if length is not None and length > self._limits.max_wire:
            raise BodyError(FailureKind.TOO_LARGE, f"Content-Length is {length} bytes")
        async with contextlib.aclosing(_chunks(response)) as chunks:
            body, wire, plain = await read_body(
                chunks, headers.get("content-encoding", ""), self._limits
            )
        if plain:
            headers = {**headers, "x-plain-body": "1"}
        return Fetched(url, headers, body, response.status, hops, wire)


async def _chunks(response: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
    async for chunk in response.content.iter_chunked(65536):
        exchange.get().wire_bytes += len(chunk)
        yield chunk
