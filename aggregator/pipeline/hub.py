"""Our own hub over the store: who may subscribe, who has, and what each has got (B9.4)."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..model import Failure, Subscriber, Told
from ..publish.hub import (
    MOST_IN_ALL,
    MOST_OF_HOST,
    Wish,
    after_delivery,
    after_failure,
    begun,
    verified,
)
from ..publish.hubs import own_hub
from ..text.urls import host_of, site_of
from .ports import Ask, Store
from .publisher import told_of, topics_of
from .setup import Setup
from .site import Site


def is_pushed_here(setup: Setup, topic: str) -> bool:
    """Is this the address of a feed that names our own hub?"""
    return own_hub(setup.site) is not None and topic in topics_of(setup)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing will come of a request: the status to answer, and the reason."""

    status: Literal[400, 503]
    reason: str


def refused(store: Store, setup: Setup, site: Site, wish: Wish) -> Refusal | None:
    """Why this may not be had, before anybody is asked about it; None: it may. Of an address that
    a feed has left, where it is now: who subscribes is to know the feed by its own (B7.13).
    """
    if not is_pushed_here(setup, wish.topic):
        base = setup.site.url
        to = site.moved(wish.topic.removeprefix(base)) if wish.topic.startswith(base) else None
        if to is not None:
            return Refusal(400, f"this feed has moved to {base}{to}")
        if wish.mode == "subscribe":
            return Refusal(400, "hub.topic is not the address of a feed that is pushed here")
    if wish.mode == "subscribe":
        with store.reading() as ask:
            if _is_full(ask, wish):
                return Refusal(503, "this hub has as many subscriptions as it takes")
    return None


def _is_full(ask: Ask, wish: Wish) -> bool:
    if ask.subscriber(wish.topic, wish.callback) is not None:  # he renews
        return False
    return (
        ask.subscriber_count(wish.callback) >= MOST_OF_HOST or ask.subscriber_count() >= MOST_IN_ALL
    )


def meant(store: Store, setup: Setup, site: Site, wish: Wish, now: dt.datetime) -> bool:
    """Do as a subscriber has wished who has confirmed it; False where it cannot be had any more."""
    if wish.mode == "unsubscribe":
        with store.writing() as tell:
            tell.forget_subscribers([(wish.topic, wish.callback)])
        return True
    path = topics_of(setup).get(wish.topic)
    document = site.document(path) if path is not None and own_hub(setup.site) else None
    if document is None:
        return False
    with store.writing() as tell:
        if _is_full(tell, wish):
            return False
        known = tell.subscriber(wish.topic, wish.callback)
        tell.save_subscribers([verified(wish, known, told_of(document), now)])
    return True


# --- deliveries ----------------------------------------------------------------------------------


def turn_of(one: Subscriber) -> str:
    """Whose turn a delivery takes: the host of the callback."""
    return site_of(host_of(one.callback))


def deliveries_due(
    store: Store,
    now: dt.datetime,
    limit: int,
    per_host: int,
    busy: Mapping[str, int],
    live: Mapping[str, dt.datetime],
) -> list[Subscriber]:
    """Who is to be told now, on each host so many at once, those under way (`busy`) included; only
    of what this process has: `live`, the moments of its feeds by address.

    It is remembered before it is done, so that no second process does it too; who dies over it
    leaves it to be done again. Leases that have run out end here.
    """
    with store.reading() as ask:  # a look costs the writer nothing
        if not ask.subscribers_due(now, 1, 1) and not ask.have_expired(now):
            return []
    with store.writing() as tell:
        tell.expire(now)
        hosts = Counter(busy)
        due: list[Subscriber] = []
        for one in tell.subscribers_due(now, limit + sum(busy.values()), per_host):
            host = turn_of(one)
            here, wanted = live.get(one.topic), one.news_at
            is_here = here is not None and wanted is not None and here >= wanted
            if is_here and hosts[host] < per_host and len(due) < limit:
                hosts[host] += 1
                due.append(begun(one, now))
        tell.save_subscribers(due)
    return due


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of a delivery: these bytes were taken, or not."""

    subscriber: Subscriber
    outcome: Told | Failure


def record_deliveries(store: Store, done: list[Delivered], now: dt.datetime) -> None:
    """Remember what came of deliveries, unless the subscriber has left meanwhile."""
    with store.writing() as tell:
        for one in done:
            topic, callback = one.subscriber.topic, one.subscriber.callback
            known = tell.subscriber(topic, callback)
            if known is None:
                continue
            if isinstance(one.outcome, Told):
                tell.save_subscribers([after_delivery(known, one.outcome, now)])
            elif (after := after_failure(known, one.outcome, now)) is not None:
                tell.save_subscribers([after])
            else:
                tell.forget_subscribers([(topic, callback)])


def subscriber_count(store: Store) -> int:
    """How many subscriptions there are at our hub."""
    with store.reading() as ask:
        return ask.subscriber_count()
