"""Our own hub: what it takes from strangers, and what becomes of subscribers: pure (B9.4).

request ─▶ wish ─▶ verified ─▶ subscriber ─▶ due ─▶ under way ─▶ told
              └▶ forgotten         │          ▲          ├▶ failed ─▶ due   for a day
  lease over, 410, its feed is gone ┴▶ forgotten └─────────┘▶ 410: forgotten
"""

import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal
from urllib.parse import urlencode, urlsplit

from ..model import Failure, Subscriber, Told
from ..text.urls import absolute

LEASE: Final = dt.timedelta(days=10)
LONGEST_LEASE: Final = dt.timedelta(days=30)
SHORTEST_LEASE: Final = dt.timedelta(minutes=5)
MOST_SECRET: Final = 199  # bytes (WebSub, section 5.1)
MOST_CALLBACK: Final = 1_500  # characters
MOST_OF_HOST: Final = 2_000  # subscriptions whose callbacks are on one host
MOST_IN_ALL: Final = 100_000
# Longer than a delivery takes, its wait for a turn included. Who holds one past this is dead.
UNDER_WAY: Final = dt.timedelta(minutes=2)
_FIRST_WAIT: Final = dt.timedelta(seconds=30)
_LONGEST_WAIT: Final = dt.timedelta(hours=1)
_LONGEST_TOLD: Final = dt.timedelta(hours=24)  # of a Retry-After
GIVE_UP: Final = dt.timedelta(hours=24)

PARAMETERS: Final = frozenset(
    ("hub.mode", "hub.topic", "hub.callback", "hub.secret", "hub.lease_seconds")
)

Mode = Literal["subscribe", "unsubscribe"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of our hub, who has to say so again when asked."""

    mode: Mode
    topic: str
    callback: str = field(repr=False)
    lease: dt.timedelta = LEASE
    secret: str | None = field(default=None, repr=False)


def read_wish(form: Mapping[str, str]) -> Wish | str:
    """A request to subscribe or unsubscribe; or what is wrong with it, for the one who made it."""
    mode = form.get("hub.mode", "")
    if mode not in ("subscribe", "unsubscribe"):
        return "hub.mode is subscribe or unsubscribe"
    given = form.get("hub.callback", "").strip()
    callback = absolute(given)
    if callback is None or len(callback) > MOST_CALLBACK:
        return f"hub.callback is an http or https address of at most {MOST_CALLBACK} characters"
    if "@" in urlsplit(given).netloc or "#" in given:
        return "hub.callback has neither a user name nor a fragment"
    if not form.get("hub.topic"):
        return "hub.topic is the address of one of our feeds"
    secret = form.get("hub.secret") or None
    if secret is not None and len(secret.encode()) > MOST_SECRET:
        return f"hub.secret has at most {MOST_SECRET} bytes"
    said = form.get("hub.lease_seconds") or str(int(LEASE.total_seconds()))
    if not (said.isascii() and said.isdigit()):
        return "hub.lease_seconds is a number of seconds"
    longest = int(LONGEST_LEASE.total_seconds())
    seconds = longest if len(said) > len(str(longest)) else int(said)
    lease = min(max(dt.timedelta(seconds=seconds), SHORTEST_LEASE), LONGEST_LEASE)
    asked: Mode = "subscribe" if mode == "subscribe" else "unsubscribe"
    return Wish(asked, form["hub.topic"], callback, lease, secret)


# --- what is asked of subscribers ----------------------------------------------------------------


def question(wish: Wish, challenge: str) -> str:
    """The address at which a subscriber is asked whether he meant it."""
    said = {"hub.mode": wish.mode, "hub.topic": wish.topic, "hub.challenge": challenge}
    if wish.mode == "subscribe":
        said["hub.lease_seconds"] = str(int(wish.lease.total_seconds()))
    return _with(wish.callback, said)


def denial(one: Subscriber, reason: str) -> str:
    """The address at which a subscriber is told that there is nothing more to come."""
    said = {"hub.mode": "denied", "hub.topic": one.topic, "hub.reason": reason}
    return _with(one.callback, said)


def _with(callback: str, said: Mapping[str, str]) -> str:
    return f"{callback}{'&' if '?' in callback else '?'}{urlencode(said)}"


def headers_of(
    content_type: str, links: tuple[tuple[str, str], ...], secret: str | None, body: bytes
) -> dict[str, str]:
    """The headers of a delivery: those of the feed that matter, and a signature of these very
    bytes for who has told a secret.
    """
    headers = {
        "Content-Type": content_type,
        "Link": ", ".join(f'<{url}>; rel="{rel}"' for rel, url in links),
    }
    if secret is not None:
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers["X-Hub-Signature"] = f"sha256={signature}"
    return headers


# --- what becomes of subscribers -----------------------------------------------------------------


def verified(wish: Wish, known: Subscriber | None, live: Told, now: dt.datetime) -> Subscriber:
    """The subscriber who has said that he meant it. A new one has seen what is live now; of one
    who renews, what is still to be delivered stays.
    """
    lease_until = now + wish.lease
    if known is None:
        return Subscriber(wish.topic, wish.callback, wish.secret, now, lease_until, live)
    return replace(
        known,
        secret=wish.secret,
        verified_at=now,
        lease_until=lease_until,
        due_at=now if known.failures and known.news_at else known.due_at,
        failures=0,
        failing_since=None,
    )


def begun(one: Subscriber, now: dt.datetime) -> Subscriber:
    """The subscriber while a delivery is under way: nobody else makes it until it can only be
    dead.
    """
    return replace(one, due_at=now + UNDER_WAY)


def after_delivery(one: Subscriber, sent: Told, now: dt.datetime) -> Subscriber:
    """The subscriber who has taken these bytes; newer ones are due at once."""
    more = one.news_at is not None and one.news_at > sent.at
    return replace(
        one,
        told=sent,
        news_at=one.news_at if more else None,
        due_at=now if more else None,
        failures=0,
        failing_since=None,
    )


def after_failure(one: Subscriber, failure: Failure, now: dt.datetime) -> Subscriber | None:
    """The subscriber who could not be told; None when he has left (410). For a day it is tried
    again, later and later; then he is told of the next news, not sooner than the last wait.
    """
    if failure.status == 410:
        return None
    wait = min(_FIRST_WAIT * 2 ** min(one.failures, 10), _LONGEST_WAIT)
    if failure.retry_after is not None:
        wait = max(wait, min(failure.retry_after, _LONGEST_TOLD))
    failed = replace(
        one,
        failures=one.failures + 1,
        failing_since=one.failing_since or now,
        due_at=now + wait,
    )
    if failed.failing_since is not None and now - failed.failing_since >= GIVE_UP:
        return replace(failed, news_at=None, failing_since=None)
    return failed
