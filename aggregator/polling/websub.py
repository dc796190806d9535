"""What to do about subscriptions at hubs (A17): pure decisions over frozen values.

    asked ─▶ active ─▶ lapsing ─▶ gone        another hub, or none, is named: it runs out
      ▲        │ ▲        │
      └────────┘ └────────┘                   the lease ran out; the old hub is named again
    asked, active, lapsing ─▶ leaving ─▶ gone   the source is no longer listed
                           ─▶ denied            by the hub

A renewal keeps callback and secret, so the old subscription is valid until the new verification
arrives (A17.7). What is gone is remembered while a hub may still post to it.
"""

import datetime as dt
import hmac
import ipaddress
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal
from urllib.parse import urlsplit

from ..model import Hub, Subscription
from ..text.hosts import is_public

LEASE: Final = dt.timedelta(days=10)  # asked for
_LONGEST_LEASE: Final = dt.timedelta(days=14)
_UNSAID_LEASE: Final = dt.timedelta(days=1)
_SHORTEST_RENEWAL: Final = dt.timedelta(seconds=5)
_FIRST_PATIENCE: Final = dt.timedelta(hours=1)
_LONGEST_PATIENCE: Final = dt.timedelta(days=7)
_REMEMBERED: Final = dt.timedelta(days=30)  # longer than a hub goes on posting
_FAREWELLS: Final = 3
_METHODS: Final = frozenset(("sha1", "sha256", "sha384", "sha512"))
_CHALLENGE: Final = re.compile(r"[+\-./0-9=A-Z_a-z]{1,512}")
_LIVE: Final = frozenset(("active", "lapsing"))
_HELD: Final = frozenset(("asked", "active", "denied"))

Mode = Literal["subscribe", "unsubscribe"]


def callback_base(site_url: str, named: Collection[str]) -> str | None:
    """Where hubs can reach us: the site's address, when it is https and public, or when the
    operator names its HOST:PORT among the private ones; else None.

    >>> callback_base("https://news.example.org/", ()), callback_base("https://localhost/", ())
    ('https://news.example.org/websub/', None)
    """
    parts = urlsplit(site_url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    shown = f"[{host}]" if ":" in host else host
    if f"{shown}:{port}" in named or (parts.scheme == "https" and is_public(host)):
        return f"{site_url}websub/"
    return None


def may_have_secret(hub: str) -> bool:
    """May this hub be told a secret: nobody listens in on https, nor inside this machine?"""
    parts = urlsplit(hub)
    try:
        inside = ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        inside = False
    return parts.scheme == "https" or inside


# --- what is wanted ------------------------------------------------------------------------------


def in_step(
    known: Iterable[Subscription],
    hubs: Mapping[str, tuple[str, Hub | None]],
    base: str | None,
    now: dt.datetime,
    secret: Callable[[], str],
) -> list[Subscription]:
    """The subscriptions to make or to change, now that the listed sources, by key, have these
    addresses and name these hubs, and callbacks begin with `base` (None: nobody can reach us).

    `secret`: a new text that nobody can guess, of 32 random bytes at least.
    """
    known = list(known)
    changed = [
        after for one in known if (after := _reviewed(one, hubs.get(one.source), base, now)) != one
    ]
    if base is None:
        return changed
    held = {
        (one.source, one.feed, one.hub)
        for one in known
        if one.state in _HELD and one.callback.startswith(base)
    } | {(one.source, one.feed, one.hub) for one in changed if one.state == "active"}
    for source, (feed, hub) in hubs.items():
        if hub is not None and (source, feed, hub) not in held:
            token = secret()
            changed.append(
                Subscription(
                    token=token,
                    source=source,
                    feed=feed,
                    hub=hub,
                    callback=f"{base}{token}",
                    secret=secret() if may_have_secret(hub.url) else None,
                    next_at=now,
                )
            )
    return changed


def _reviewed(
    one: Subscription, offer: tuple[str, Hub | None] | None, base: str | None, now: dt.datetime
) -> Subscription:
    if one.state not in ("asked", "active", "lapsing"):
        return one
    if base is None or offer is None or offer[0] != one.feed:
        if one.asked_at is None and one.verified_at is None:
            return _gone(one, now)
        return replace(one, state="leaving", next_at=now, requests=0, asked_at=None)
    named = offer[1] == one.hub and one.callback.startswith(base)
    match one.state:
        case "asked" if not named:
            return _gone(one, now)
        case "active" if not named:
            return replace(one, state="lapsing", next_at=one.lease_until)
        case "lapsing" if named:
            return replace(one, state="active", next_at=now)
    return one


def _gone(one: Subscription, now: dt.datetime) -> Subscription:
    return replace(one, state="gone", next_at=now + _REMEMBERED, asked_at=None)


# --- what is due ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """What to do now about a subscription: what becomes of it (None: forget it), and the request
    to make, if any, once that is remembered.
    """

    after: Subscription | None
    request: Mode | None = None


def next_step(one: Subscription, now: dt.datetime) -> Step | None:
    """What is due, or None: wait."""
    if one.next_at is None or one.next_at > now:
        return None
    match one.state:
        case "active" if one.lease_until is not None and now < one.lease_until:
            return Step(_requested(one, now, one.lease_until), "subscribe")
        case "asked" | "active":
            return Step(_requested(replace(one, state="asked"), now), "subscribe")
        case "leaving" if one.requests < _FAREWELLS:
            return Step(_requested(one, now), "unsubscribe")
        case "leaving" | "lapsing":
            return Step(_gone(one, now))
    return Step(None)


def _requested(
    one: Subscription, now: dt.datetime, latest: dt.datetime | None = None
) -> Subscription:
    patience = min(_FIRST_PATIENCE * 2 ** min(one.requests, 10), _LONGEST_PATIENCE)
    again = min(now + patience, latest or now + patience)
    return replace(one, requests=one.requests + 1, asked_at=now, next_at=again)


def form_of(one: Subscription, mode: Mode) -> dict[str, str]:
    """The request as a hub wants it."""
    form = {"hub.mode": mode, "hub.topic": one.hub.topic, "hub.callback": one.callback}
    if mode == "subscribe":
        form["hub.lease_seconds"] = str(int(LEASE.total_seconds()))
        if one.secret is not None:
            form["hub.secret"] = one.secret
    return form


def after_refusal(
    one: Subscription, detail: str, retry_after: dt.timedelta | None, now: dt.datetime
) -> Subscription:
    """The subscription after a request that the hub did not take; it is made again as before, and
    not sooner than the hub asks.
    """
    if retry_after is None or one.next_at is None:
        return replace(one, failure=detail)
    until = now + min(retry_after, _LONGEST_PATIENCE)
    if one.state == "active" and one.lease_until is not None:
        until = min(until, one.lease_until)
    return replace(one, failure=detail, next_at=max(one.next_at, until))


def lost(before: Iterable[Subscription], after: Iterable[Subscription]) -> set[str]:
    """The sources that had a valid subscription, and have none any more."""
    valid = {one.source for one in after if one.state in _LIVE}
    return {one.source for one in before if one.state in _LIVE} - valid


# --- what hubs say -------------------------------------------------------------------------------


def is_challenge(text: str) -> bool:
    """May this be echoed (A17.4)?"""
    return _CHALLENGE.fullmatch(text) is not None


def verified(
    one: Subscription, mode: str, topic: str, lease_seconds: str | None, now: dt.datetime
) -> Subscription | None:
    """The subscription once a hub has asked whether we meant it; None when we did not, or do not
    wait for the question (A17.4).
    """
    if topic != one.hub.topic or one.asked_at is None:
        return None
    if mode == "unsubscribe" and one.state == "leaving":
        return _gone(one, now)
    if mode != "subscribe" or one.state not in ("asked", "active"):
        return None
    lease = _lease(lease_seconds)
    return replace(
        one,
        state="active",
        next_at=now + max(0.8 * lease, _SHORTEST_RENEWAL),
        requests=0,
        asked_at=None,
        verified_at=now,
        lease_until=now + max(lease, _SHORTEST_RENEWAL),
        failure=None,
    )


def _lease(seconds: str | None) -> dt.timedelta:
    if seconds is None or not (seconds.isascii() and seconds.isdigit()) or len(seconds) > 12:
        return _UNSAID_LEASE
    return min(dt.timedelta(seconds=int(seconds)), _LONGEST_LEASE)


def denied(one: Subscription, topic: str, reason: str, now: dt.datetime) -> Subscription | None:
    """The subscription once a hub has denied it; None when it is not about it (A17.8)."""
    if topic != one.hub.topic or one.state not in ("asked", "active", "lapsing"):
        return None
    return replace(
        one, state="denied", next_at=now + _REMEMBERED, asked_at=None, failure=f"denied: {reason}"
    )


Standing = Literal["unknown", "over", "valid"]


def standing(one: Subscription | None) -> Standing:
    """May a hub post to this callback? Once verified it may, until we have left (A17.7, A17.10)."""
    if one is None or (one.state == "asked" and one.verified_at is None):
        return "unknown"
    return "valid" if one.state in ("asked", "active", "lapsing") else "over"


def is_signed(secret: str, signature: str, body: bytes) -> bool:
    """Does `X-Hub-Signature` fit these very bytes? In a time that says nothing (A17.5).

    >>> is_signed("s", "sha1=6a", b"body")
    False
    """
    method, _, given = signature.strip().partition("=")
    if method.lower() not in _METHODS:
        return False
    right = hmac.new(secret.encode(), body, method.lower()).hexdigest()
    return hmac.compare_digest(right.encode(), given.strip().lower().encode("utf-8", "replace"))
