"""The hubs that our feeds name, and when to tell them what is new: pure (B9.1 to B9.3).

told ─▶ news ─▶ due ─▶ asked ─▶ told        2xx
                 ▲        └▶ failed ─▶ due  three more times, later and later
                 └──── a minute at least ──┘  and what is new meanwhile is told together
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from ..model import ALL_TOPIC, NamedHub, Ping, Site, Told
from ..text.hosts import is_public
from .feed import topic_path

PATH: Final = "hub"  # of our own, below the site's address
APART: Final = dt.timedelta(seconds=60)  # between two pings of a feed (B9.2)
ALERT: Final = dt.timedelta(hours=24)
_RETRIES: Final = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 25))
# Who has begun a ping and not said what came of it by then is dead.
UNDER_WAY: Final = dt.timedelta(minutes=2)
_ENDINGS: Final = (".atom", ".rss", ".json")


def hubs_of(site_url: str, named: Sequence[str] | None) -> tuple[str, ...]:
    """The hubs that the feeds of a site name: those of feeds.yaml; where it names none (None), our
    own, if the public can reach it. It depends on feeds.yaml alone, so that every process
    publishes the same bytes (law 5).

    >>> hubs_of("https://news.example.org/", None), hubs_of("http://127.0.0.1:8000/", None)
    (('https://news.example.org/hub',), ())
    """
    if named is not None:
        return tuple(dict.fromkeys(named))
    return (f"{site_url}{PATH}",) if is_public(urlsplit(site_url).hostname or "") else ()


def own_hub(site: Site) -> str | None:
    """The address of our own hub, if the feeds name it."""
    own = f"{site.url}{PATH}"
    return own if own in site.hubs else None


def other_hubs(site: Site) -> tuple[str, ...]:
    """The hubs that must be told what is new."""
    return tuple(hub for hub in site.hubs if hub != own_hub(site))


def pushed_paths(topics: Sequence[str]) -> list[str]:
    """The documents that name a hub: the feeds of these topics in every format."""
    keys = dict.fromkeys((*topics, ALL_TOPIC))
    return [topic_path(key) + ending for key in keys for ending in _ENDINGS]


# --- pings ---------------------------------------------------------------------------------------


def with_news(ping: Ping, news: Told) -> Ping:
    """The ping, now that these bytes of the feed are live."""
    latest = max((at for at in (ping.told and ping.told.at, ping.news_at) if at), default=None)
    if (ping.told and ping.told.digest == news.digest) or (latest and latest >= news.at):
        return ping
    return replace(ping, news_at=news.at)


def scheduled(ping: Ping, now: dt.datetime) -> Ping:
    """The ping with a time for its news, a minute after the last one at least."""
    if ping.news_at is None or ping.due_at is not None:
        return ping
    soonest = now if ping.pinged_at is None else max(now, ping.pinged_at + APART)
    return replace(ping, due_at=soonest)


def begun(ping: Ping, now: dt.datetime) -> Ping:
    """The ping once it is under way: nobody else makes it until it can only be dead."""
    return replace(ping, pinged_at=now, due_at=now + UNDER_WAY)


def after_ping(ping: Ping, sent: Told, now: dt.datetime, *, taken: bool) -> Ping:
    """The ping once the hub was asked to look at these bytes, or could not be. After the third
    retry it is left at that until there is more news.
    """
    if not taken and ping.failures < len(_RETRIES):
        wait = _RETRIES[ping.failures]
        return replace(ping, failures=ping.failures + 1, due_at=now + wait)
    done = replace(ping, told=sent, failures=0, due_at=None)
    if done.news_at is not None and done.news_at <= sent.at:
        return replace(done, news_at=None)
    return scheduled(done, now)


def after_answer(hub: NamedHub, failure: str | None, now: dt.datetime) -> NamedHub:
    """A hub that has answered a ping, or has not: why. It is to be reported once it has taken
    none for a day, and when it takes them again.
    """
    if failure is None:
        return replace(hub, failing_since=None, failure="", alerted=False)
    since = hub.failing_since or now
    return replace(
        hub, failing_since=since, failure=failure, alerted=hub.alerted or now - since >= ALERT
    )
