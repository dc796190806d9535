"""What the feeds that are live have to tell, and to whom: remembered before anybody is told, so
that neither a restart nor a second process loses or doubles it (B9.2, B9.4).
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..model import Failure, Health, HealthChange, NamedHub, Ping, Subscriber, Told
from ..publish.hubs import (
    after_answer,
    after_ping,
    begun,
    other_hubs,
    own_hub,
    pushed_paths,
    scheduled,
    with_news,
)
from ..text.urls import host_of, site_of
from ..text.words import one_line, shorten
from .documents import Document
from .ports import Store
from .setup import Setup


def told_of(document: Document) -> Told:
    """Which bytes these are. Feeds have a moment; what has none is older than all."""
    moment = document.modified_at or dt.datetime.min.replace(tzinfo=dt.UTC)
    return Told(document.etag, moment)


def topics_of(setup: Setup) -> dict[str, str]:
    """The address of every feed that names a hub → its path; none where there is no hub."""
    if not setup.site.hubs:
        return {}
    return {f"{setup.site.url}{path}": path for path in pushed_paths(list(setup.topics))}


def watched(store: Store, setup: Setup) -> dict[str, str]:
    """Those of which somebody is to be told: all where other hubs are named, else those with
    subscribers.
    """
    topics = topics_of(setup)
    if other_hubs(setup.site) or not topics:
        return topics
    with store.reading() as ask:
        subscribed = ask.subscribed_topics()
    return {topic: path for topic, path in topics.items() if topic in subscribed}


def announce(store: Store, setup: Setup, live: Mapping[str, Told], now: dt.datetime) -> None:
    """These bytes of these feeds are live: who has not got them is due."""
    with store.writing() as tell:
        for topic, news in live.items():
            tell.announce(topic, news, now)
        known = {(ping.hub, ping.topic): ping for ping in tell.pings(live)}
        pings = [
            (ping, scheduled(with_news(ping, news), now))
            for hub in other_hubs(setup.site)
            for topic, news in live.items()
            for ping in [known.get((hub, topic), Ping(hub, topic))]
        ]
        tell.save_pings(after for before, after in pings if after != before)


@dataclass(frozen=True, slots=True)
class Gone:
    """A subscriber to a feed that is no more, and why."""

    subscriber: Subscriber
    reason: str


def let_go(store: Store, setup: Setup, moved: Callable[[str], str | None]) -> list[Gone]:
    """End what feeds.yaml has ended: hubs it names no more, and subscriptions to feeds that are
    gone; these are to be told. `moved`: a path → where the document is now.
    """
    topics, hubs, site = topics_of(setup), other_hubs(setup.site), setup.site
    ours = topics.keys() if own_hub(site) else ()
    with store.writing() as tell:
        tell.keep_hubs(hubs, topics)
        gone = tell.subscribers_to(tell.subscribed_topics() - set(ours))
        tell.forget_subscribers((one.topic, one.callback) for one in gone)
    return [Gone(one, _why_gone(one.topic, setup, moved)) for one in gone]


def _why_gone(topic: str, setup: Setup, moved: Callable[[str], str | None]) -> str:
    site = setup.site
    to = moved(topic.removeprefix(site.url)) if topic.startswith(site.url) else None
    return f"this feed has moved to {site.url}{to}" if to else "this feed is no longer pushed here"


# --- pings ---------------------------------------------------------------------------------------


def host_of_hub(ping: Ping) -> str:
    """Whose turn a ping takes."""
    return site_of(host_of(ping.hub))


def pings_due(
    store: Store, now: dt.datetime, limit: int, per_host: int, busy: Mapping[str, int]
) -> list[Ping]:
    """The pings to make now, of hubs on each host so many at once, those under way (`busy`)
    included. That they are under way is remembered before they are made.
    """
    with store.reading() as ask:  # a look costs the writer nothing
        if not ask.pings_due(now, 1, 1):
            return []
    with store.writing() as tell:
        hosts = Counter(busy)
        due: list[Ping] = []
        for ping in tell.pings_due(now, limit + sum(busy.values()), per_host):
            host = host_of_hub(ping)
            if hosts[host] < per_host and len(due) < limit:
                hosts[host] += 1
                due.append(begun(ping, now))
        tell.save_pings(due)
    return due


@dataclass(frozen=True, slots=True)
class Pinged:
    """What came of a ping that told of these bytes; None: the hub has taken it."""

    ping: Ping
    sent: Told
    failure: Failure | None


def pinged(store: Store, done: list[Pinged], now: dt.datetime) -> list[NamedHub]:
    """Record what came of pings; the hubs of which the operator is to be told: that they have
    taken none for a day, or take them again.
    """
    with store.writing() as tell:
        hubs = tell.named_hubs()
        known = {(ping.hub, ping.topic): ping for ping in tell.pings({p.ping.topic for p in done})}
        reported: list[NamedHub] = []
        for one in done:
            url = one.ping.hub
            ping = known.get((url, one.ping.topic))
            if ping is None:  # feeds.yaml names it no more
                continue
            taken = one.failure is None
            tell.save_pings([after_ping(ping, one.sent, now, taken=taken)])
            before = hubs.get(url, NamedHub(url))
            detail = shorten(one_line(one.failure.detail), 300) if one.failure else None
            hubs[url] = after_answer(before, detail, now)
            if hubs[url].alerted != before.alerted:
                reported.append(hubs[url])
        tell.save_named_hubs(hubs.values())
        tell.save_health_changes([_change(hub, now) for hub in reported])
        if reported:
            tell.advance()
    return reported


def _change(hub: NamedHub, now: dt.datetime) -> HealthChange:
    if hub.alerted:
        why = f"this hub has taken no ping for a day: {hub.failure}"
        return HealthChange(hub.url, now, Health.ACTIVE, Health.DEGRADED, why)
    return HealthChange(hub.url, now, Health.DEGRADED, Health.ACTIVE, "")


# --- for people ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PushStatus:
    """How telling others goes."""

    hubs: tuple[NamedHub, ...]  # of others
    own: str | None  # the address of our own hub
    subscribers: int
    undelivered: int  # subscribers who have not got what is live


def push_status(store: Store, setup: Setup) -> PushStatus:
    """Who tells of our feeds, and who is told."""
    with store.reading() as ask:
        known = ask.named_hubs()
        hubs = tuple(known.get(url, NamedHub(url)) for url in other_hubs(setup.site))
        return PushStatus(hubs, own_hub(setup.site), ask.subscriber_count(), ask.undelivered())
