"""How the sources are, and how large the topics: for people, pages and monitors."""

import datetime as dt
from collections.abc import Mapping

from ..model import Days, HostState, PollState, Source
from ..polling.moves import notices
from ..publish.status import SourceStatus, TopicStatus
from ..text.urls import host_of, site_of
from .days import days_of
from .held import reason_held
from .history import why
from .ports import Store
from .setup import Setup
from .turnover import said_of


def source_statuses(store: Store, setup: Setup) -> list[SourceStatus]:
    """Every source of feeds.yaml, in its order."""
    with store.reading() as ask:
        states = ask.states()
        hosts = ask.hosts({site_of(host_of(state.url)) for state in states.values()})
    return [_status(source, states.get(key), hosts, setup) for key, source in setup.sources.items()]


def _status(
    source: Source, state: PollState | None, hosts: Mapping[str, HostState], setup: Setup
) -> SourceStatus:
    if state is None:
        state = PollState(source.key, source.url, next_poll_at=None)
        reason = "not polled: on the blocklist, or the daemon has not started since it was listed"
    else:
        reason = why(state)
    held = reason_held(state, setup)
    said = [held] if held and held != reason else []
    said += notices(state)
    if state.held_edits is not None:
        let_in = f"`aggregator release {source.key}` lets them in"
        said.append(f"{said_of(state.held_edits)}, unless {let_in}")
    if source.allow_bad_tls:
        said.append("any certificate is accepted")
    if state.info.withheld:
        said.append("it asks not to be republished, and is not")
    host = hosts.get(site_of(host_of(state.url)))
    next_poll_at = state.next_poll_at
    if next_poll_at is not None and host is not None and host.not_before is not None:
        next_poll_at = max(next_poll_at, host.not_before)
    return SourceStatus(
        key=source.key,
        title=source.title or state.info.title or source.key,
        url=source.url,
        site_url=state.info.site_url,
        health=state.health,
        since=state.health_since,
        articles=state.articles,
        last_arrival_at=state.arrivals[-1] if state.arrivals else None,
        polled_at=state.polled_at,
        next_poll_at=next_poll_at,
        failure=state.failure,
        why=reason,
        notices=tuple(said),
        days=state.days,
        failing_since=state.failing_since,
        failures=state.failures,
        asked_at=state.url if state.url != source.url else "",
        asking=state.conditions.asking,
    )


def topic_statuses(store: Store, setup: Setup) -> list[TopicStatus]:
    """Every topic of feeds.yaml, in its order, and that of all stories last."""
    with store.reading() as ask:
        sizes, under_way = ask.sizes(), ask.retaggings()
        days = days_of(ask, setup.published_topics, _newest(sizes))
        stories = ask.story_count() if under_way else 0
        done = {
            cursor: ask.story_count(cursor) for cursor in {r.cursor for r in under_way.values()}
        }
    anew = {key: (done[one.cursor], stories) for key, one in under_way.items()}
    everything = setup.published_topics
    ordered = [*setup.topics, *(key for key in everything if key not in setup.topics)]
    return [
        TopicStatus(
            key,
            everything[key].title,
            everything[key].description,
            *sizes.get(key, (0, None)),
            anew.get(key),
            days.get(key, Days()),
        )
        for key in ordered
    ]


def _newest(sizes: Mapping[str, tuple[int, dt.datetime | None]]) -> dt.datetime | None:
    return max((newest for _, newest in sizes.values() if newest is not None), default=None)
