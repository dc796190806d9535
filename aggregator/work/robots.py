"""robots.txt asked for, and obeyed, at most once a day for each origin (A12.5, A13.1)."""

import asyncio
import datetime as dt
import json
import weakref
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from ..model import Failure, FailureKind, FetchRequest, FetchResult, NotModified
from ..pipeline.ports import Clock, Fetch, Store
from ..polling.robots import allows, names_us, robots_text

_UNREACHED: Final = frozenset(
    (FailureKind.DNS, FailureKind.CONNECT, FailureKind.TLS, FailureKind.BLOCKED_ADDRESS)
)
_A_DAY: Final = dt.timedelta(days=1)
_TIMEOUT: Final = 20.0  # seconds: a poll waits for it, under its lease
_MOST: Final = 5000  # origins remembered in this process; the store has all of them


@dataclass(frozen=True, slots=True)
class _Known:
    asked_at: dt.datetime
    text: str  # "" where no group names us


def _address(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/robots.txt"


def _refusal(url: str, who: str) -> Failure:
    detail = f"{_address(url)} asks {who} to leave {urlsplit(url).path[:200] or '/'} alone"
    return Failure(FailureKind.FORBIDDEN, "request", detail, url=url)


class Obedient:
    """A fetch that leaves alone what robots.txt forbids us by name."""

    def __init__(self, fetch: Fetch, store: Store, clock: Clock) -> None:
        self._fetch, self._store, self._clock = fetch, store, clock
        self._known: dict[str, _Known] = {}
        self._turns: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def __call__(self, request: FetchRequest) -> FetchResult:
        """Ask, unless we are asked not to. Raises nothing but cancellation."""
        if request.form is not None:  # a hub is no page: it offers what we post to it
            return await self._fetch(request)
        address = _address(request.url)
        async with self._turns.setdefault(address, asyncio.Lock()):
            known = await self._rules(address, request)
        if isinstance(known, Failure):
            return known
        if known.text and not await asyncio.to_thread(
            allows, known.text, request.url, everyone=False
        ):
            return _refusal(request.url, "us")
        result = await self._fetch(request)
        hops = () if isinstance(result, Failure) else result.hops
        for target in dict.fromkeys(target for _, target in hops):
            if _address(target) != address and await self._forbids(target, request):
                return _refusal(target, "us")  # where it leads is not ours to read
        return result

    async def _forbids(self, url: str, request: FetchRequest) -> bool:
        address = _address(url)
        async with self._turns.setdefault(address, asyncio.Lock()):
            known = await self._rules(address, request)
        return isinstance(known, _Known) and bool(
            known.text and not await asyncio.to_thread(allows, known.text, url, everyone=False)
        )

    async def _rules(self, address: str, request: FetchRequest) -> _Known | Failure:
        """What is known, or else asked for. A server that is not well forbids nothing new; one
        that tells its host to be left alone means the feed, too (A2.6).
        """
        known = self._known.get(address) or await asyncio.to_thread(self._stored, address)
        now = self._clock()
        if known is None or not dt.timedelta(0) <= now - known.asked_at < _A_DAY:
            result = await _robots(self._fetch, address, request)
            if isinstance(result, Failure) and result.kind in _UNREACHED:
                return replace(result, url=request.url)  # and so would be the feed
            text = known.text if known else ""
            if isinstance(result, Failure):
                absent = result.kind in (FailureKind.NOT_FOUND, FailureKind.GONE)
                text = "" if absent else text
            else:
                said = robots_text(result)
                text = said if names_us(said) else ""
            known = _Known(now, text)
            await asyncio.to_thread(self._remember, address, known)
            if isinstance(result, Failure) and result.kind is FailureKind.RATE_LIMITED:
                return replace(result, url=request.url)
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[address] = known
        return known

    def _stored(self, address: str) -> _Known | None:
        with self._store.reading() as ask:
            said = ask.meta(address)
        if said is None:
            return None
        at, text = json.loads(said)
        return _Known(dt.datetime.fromisoformat(at), text)

    def _remember(self, address: str, known: _Known) -> None:
        with self._store.writing() as tell:
            tell.set_meta(address, json.dumps([known.asked_at.isoformat(), known.text]))


class PageRules:
    """The rules for every robot, which pages are asked for by (A12.5). For one command: each
    robots.txt is asked for once.
    """

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._known: dict[str, str | Failure] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    async def refusal(self, url: str, *, everyone: bool = True) -> Failure | None:
        """Why a page may not be asked for; None when it may be. Without `everyone`, a feed: only
        a group that names us counts.

        No robots.txt forbids nothing; one that cannot be had forbids every page (RFC 9309
        section 2.3.1).
        """
        address = _address(url)
        async with self._turns.setdefault(address, asyncio.Lock()):
            if address not in self._known:
                result = await _robots(self._fetch, address, FetchRequest(url))
                if isinstance(result, bytes):
                    self._known[address] = robots_text(result)
                else:
                    refused = 400 <= (result.status or 0) < 500 and result.status != 429
                    self._known[address] = "" if refused else result
        known = self._known[address]
        if isinstance(known, Failure):
            return known if everyone else None
        allowed = await asyncio.to_thread(allows, known, url, everyone=everyone)
        return None if allowed else _refusal(url, "robots" if everyone else "us")


async def _robots(fetch: Fetch, address: str, request: FetchRequest) -> bytes | Failure:
    try:
        async with asyncio.timeout(_TIMEOUT):
            result = await fetch(FetchRequest(address, allow_bad_tls=request.allow_bad_tls))
    except TimeoutError:
        return Failure(FailureKind.TIMEOUT, "body", "robots.txt did not come in time", url=address)
    if isinstance(result, NotModified):  # to a question without a condition: cannot be
        return b""
    return result if isinstance(result, Failure) else result.body
