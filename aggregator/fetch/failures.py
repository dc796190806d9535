"""What went wrong with an exchange, as a `Failure`."""

import asyncio
import datetime as dt
import ssl
from collections.abc import Mapping
from typing import Final

import aiohttp

from ..model import Failure, FailureKind, Phase
from ..polling.freshness import retry_after
from ..text.words import one_line, shorten
from .exchange import Ended
from .guard import Refused

_KINDS: Final = {
    401: FailureKind.AUTH,
    403: FailureKind.FORBIDDEN,
    404: FailureKind.NOT_FOUND,
    407: FailureKind.AUTH,
    410: FailureKind.GONE,
    429: FailureKind.RATE_LIMITED,
    503: FailureKind.UNAVAILABLE,
}
_MAX_DETAIL: Final = 500
# Answers to questions that we never ask.
_UNASKED: Final = {
    206: "a part, where the whole was asked for",
    226: "a delta, which was not asked for",
}


def redirect(detail: str, url: str) -> Failure:
    """A redirect that is not followed."""
    return Failure(FailureKind.REDIRECT, "headers", shorten(detail, _MAX_DETAIL), url=url)


def failure(kind: FailureKind, phase: Phase, detail: str, url: str) -> Failure:
    """A failure whose detail is one line of bounded length."""
    return Failure(kind, phase, shorten(one_line(detail), _MAX_DETAIL), url=url)


def refusal(
    response: aiohttp.ClientResponse, headers: Mapping[str, str], url: str, now: dt.datetime
) -> Failure:
    """An answer with another status than those that mean something."""
    status = response.status
    detail = f"the server answered {status} {one_line(response.reason or '')}".strip()
    kind = _KINDS.get(status, FailureKind.STATUS)
    if headers.get("cf-mitigated") == "challenge":  # whatever its status: a refusal (A2.8)
        detail += " with a challenge for browsers"
        kind = FailureKind.FORBIDDEN
    if status in _UNASKED:
        detail += f", {_UNASKED[status]}"
    asked = retry_after(headers, now) if status in (429, 503) else None
    return Failure(
        kind,
        "headers",
        shorten(detail, _MAX_DETAIL),
        status=status,
        retry_after=asked,
        url=url,
    )


def explained(wrong: BaseException, phase: Phase, url: str) -> Failure:
    """Which failure an exception of the network means."""
    refused = _inside(wrong, Refused)
    if refused is not None:
        return failure(FailureKind.BLOCKED_ADDRESS, "connect", str(refused), url)
    if isinstance(wrong, Ended) and wrong.__cause__ is not None:
        wrong = wrong.__cause__
    match wrong:
        case aiohttp.ClientConnectorDNSError():
            reason = getattr(wrong.os_error, "strerror", None) or str(wrong.os_error)
            return failure(FailureKind.DNS, "dns", f"cannot resolve {wrong.host}: {reason}", url)
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError() | ssl.SSLError():
            return failure(FailureKind.TLS, "tls", f"TLS: {wrong}", url)
        case aiohttp.ConnectionTimeoutError():
            return failure(FailureKind.TIMEOUT, "connect", "no connection in time", url)
        case aiohttp.ServerTimeoutError() | TimeoutError():
            return failure(FailureKind.TIMEOUT, phase, "the server stopped answering", url)
        case aiohttp.ClientConnectorError():
            reason = getattr(wrong.os_error, "strerror", None) or str(wrong.os_error)
            return failure(FailureKind.CONNECT, "connect", f"cannot connect: {reason}", url)
        case aiohttp.ClientPayloadError() | asyncio.IncompleteReadError():
            return failure(FailureKind.TRUNCATED, "body", "the answer ends in the middle", url)
        case aiohttp.ServerDisconnectedError():
            return failure(FailureKind.PROTOCOL, phase, "closed without an answer", url)
        case aiohttp.ClientResponseError():
            return failure(FailureKind.PROTOCOL, "headers", f"bad HTTP: {wrong.message}", url)
    kind = FailureKind.PROTOCOL if phase != "connect" else FailureKind.CONNECT
    return failure(kind, phase, f"{type(wrong).__name__}: {wrong}", url)


def _inside(wrong: BaseException | None, kind: type[Refused]) -> Refused | None:
    """The exception of a kind that is behind this one."""
    seen: list[BaseException] = []
    queue: list[BaseException | None] = [wrong]
    while queue:
        current = queue.pop()
        if current is None or current in seen:
            continue
        if isinstance(current, kind):
            return current
        seen.append(current)
        queue += [current.__cause__, current.__context__, getattr(current, "os_error", None)]
        queue += list(getattr(current, "exceptions", ()))
    return None
