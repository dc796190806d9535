"""`status`: how it is."""

from collections.abc import Iterator
from typing import Any

import typer

from .shared import Json, Options, ago, length, many, out, print_json, table


def status(context: typer.Context, as_json: Json = False) -> None:
    """How sources and topics are.

    Sources and their health, topics and their sizes. Exit code 1 when a source needs a person.

    Example: aggregator status --json | jq '.sources[] | select(.state != "active")'
    """
    from ..pipeline.due import sync_sources
    from ..pipeline.publisher import push_status
    from ..pipeline.status import source_statuses, topic_statuses
    from ..wiring import now, opened

    options: Options = context.obj
    with opened(options.read()) as (store, setup):
        with store.reading() as ask:
            unknown = setup.sources.keys() - ask.source_keys()
        if unknown:
            sync_sources(store, setup, now())
        sources, topics = source_statuses(store, setup), topic_statuses(store, setup)
        push = push_status(store, setup)
    if as_json:
        print_json(
            {
                "sources": [_source_json(one) for one in sources],
                "topics": [
                    {
                        "key": one.key,
                        "stories": one.stories,
                        "newest_at": one.newest_at,
                        "anew": one.anew and {"done": one.anew[0], "stories": one.anew[1]},
                    }
                    for one in topics
                ],
                "push": {
                    "hub": push.own,
                    "subscribers": push.subscribers,
                    "undelivered": push.undelivered,
                    "hubs": [
                        {"url": hub.url, "failing_since": hub.failing_since, "failure": hub.failure}
                        for hub in push.hubs
                    ],
                },
            }
        )
    else:
        _show_status(sources, topics, push, now())
    if any(one.needs_a_person for one in sources):
        raise typer.Exit(1)


def _source_json(one: Any) -> dict[str, Any]:
    failure = one.failure
    return {
        "key": one.key,
        "url": one.url,
        "state": one.health.value,
        "since": one.since,
        "entries": one.articles,
        "last_new_at": one.last_arrival_at,
        "polled_at": one.polled_at,
        "next_poll_at": one.next_poll_at,
        "failing_since": one.failing_since,
        "failures": one.failures,
        "failure": failure
        and {
            "kind": failure.kind.value,
            "detail": failure.detail,
            "phase": failure.phase,
            "status": failure.status,
            "url": failure.url,
            "address": failure.address,
            "bytes": failure.wire_bytes,
            "seconds": failure.seconds,
            "retry_after": failure.retry_after,
        },
        "why": one.why,
        "notices": one.notices,
        "asked_at": one.asked_at or one.url,
        "asking": one.asking.value,
        "days": one.days.counts,
        "last_day": one.days.last and one.days.last.isoformat(),
        "needs_a_person": one.needs_a_person,
    }


def _show_status(sources: list[Any], topics: list[Any], push: Any, now: Any) -> None:
    from rich.markup import escape

    console = out()
    shown = table("source", "state", "since", "last new", "next poll", "why")
    mild = dict.fromkeys(("quiet", "idle", "moved", "failing", "rate_limited", "paused"), "yellow")
    colours = {"active": "green", "new": "green", **mild}
    for one in sources:
        state = one.health.value
        colour = colours.get(state, "red")
        shown.add_row(
            one.key,
            f"[{colour}]{state.replace('_', ' ')}[/{colour}]",
            ago(one.since, now),
            ago(one.last_arrival_at, now),
            _next(one.next_poll_at, now),
            escape("; ".join(one.reasons)[:200]),
        )
    console.print(shown)
    sizes = table("topic", "stories", "newest", "", right=("stories",))
    for topic in topics:
        anew = f"being found anew: {topic.anew[0]:,} of {topic.anew[1]:,}" if topic.anew else ""
        sizes.add_row(topic.key, f"{topic.stories:,}", ago(topic.newest_at, now), anew)
    console.print(sizes)
    ill = sum(one.needs_a_person for one in sources)
    console.print(f"{many(len(sources), 'source')}, {ill} in need of a person.")
    for line in _push_lines(push, now):
        console.print(escape(line))


def _push_lines(push: Any, now: Any) -> Iterator[str]:
    """Who is told what is new in our feeds."""
    if push.own is not None:
        late = f", {push.undelivered:,} still to be told what is new" if push.undelivered else ""
        yield f"Our hub {push.own}: {many(push.subscribers, 'subscriber')}{late}."
    for hub in push.hubs:
        how = "is told what is new"
        if hub.failing_since is not None:
            lasting = length((now - hub.failing_since).total_seconds())
            how = f"has taken no ping for {lasting}: {hub.failure}"
        yield f"Hub {hub.url} {how}."


def _next(moment: Any, now: Any) -> str:
    if moment is None:
        return "never"
    return "due" if moment <= now else ago(moment, now)
