"""Rows to values and back. The round trip is the identity (law 7)."""

from dataclasses import replace
from typing import Any

from sqlalchemy import RowMapping

from ..model import (
    Article,
    Because,
    FeedInfo,
    Freshness,
    Health,
    HealthChange,
    HostState,
    Hub,
    Joined,
    PollState,
    Rhythm,
    Story,
    Subscription,
    Validators,
)
from ..publish.ids import page_of
from ..text.urls import host_of, site_of

Row = RowMapping

_POLL_STATE = (
    "listed_url", "next_poll_at", "lease_until", "leased_by", "polled_at", "succeeded_at",
    "body_digest", "freshness", "arrivals", "rhythm", "articles", "failures", "failing_since",
    "failure", "not_before", "health_since", "info", "conditions", "move", "days",
    "held_edits",
)  # fmt: skip
_SUBSCRIPTION = (
    "token", "source", "feed", "callback", "secret", "state", "next_at", "requests", "asked_at",
    "verified_at", "lease_until", "failure",
)  # fmt: skip
_ARTICLE = (
    "source", "entry_id", "declared_id", "url", "title", "summary", "first_seen_at", "published",
    "updated", "digest", "authors", "categories", "media", "lang", "comments", "rights", "origin",
    "withheld", "kept", "at_home",
)  # fmt: skip


def state_row(state: PollState, *, listed: bool = True) -> dict[str, Any]:
    """A poll state as a row of `source`."""
    known = state.validators
    return {
        **{name: getattr(state, name) for name in _POLL_STATE},
        "key": state.source,
        "listed": listed,
        "host": site_of(host_of(state.url)),
        "health": state.health.value,
        "validators_url": known.url if known else None,
        "etag": known.etag if known else None,
        "last_modified": known.last_modified if known else None,
        **_hub_row(state.hub),
        "by_push": state.by_push,
    }


def state_from(row: Row) -> PollState:
    """The poll state of a row."""
    url = row["validators_url"]
    given = {name: row[name] for name in _POLL_STATE}
    return PollState(
        source=row["key"],
        health=Health(row["health"]),
        validators=Validators(url, row["etag"], row["last_modified"]) if url else None,
        hub=hub_from(row),
        by_push=row["by_push"] or (),
        **{
            **given,
            "freshness": row["freshness"] or Freshness(),
            "rhythm": row["rhythm"] or Rhythm(),
            "info": row["info"] or FeedInfo(),
        },
    )


def change_row(change: HealthChange) -> dict[str, Any]:
    """A change of state as a row of `health_change`."""
    return {
        "source": change.source,
        "at": change.at,
        "was": change.was.value,
        "health": change.health.value,
        "why": change.why,
    }


def change_from(row: Row) -> HealthChange:
    """The change of state of a row."""
    was, health = Health(row["was"]), Health(row["health"])
    return HealthChange(row["source"], row["at"], was, health, row["why"])


def _hub_row(hub: Hub | None) -> dict[str, Any]:
    return {"hub_url": hub.url if hub else None, "hub_topic": hub.topic if hub else None}


def hub_from(row: Row) -> Hub | None:
    """The hub in a row, if it has one."""
    return Hub(row["hub_url"], row["hub_topic"]) if row["hub_url"] else None


def subscription_row(one: Subscription) -> dict[str, Any]:
    """A subscription as a row of `subscription`."""
    return {**{name: getattr(one, name) for name in _SUBSCRIPTION}, **_hub_row(one.hub)}


def subscription_from(row: Row) -> Subscription:
    """The subscription of a row."""
    hub = Hub(row["hub_url"], row["hub_topic"])
    return Subscription(hub=hub, **{name: row[name] for name in _SUBSCRIPTION})


def host_row(state: HostState) -> dict[str, Any]:
    """A host's clock as a row of `host`."""
    return {
        "host": state.host,
        "not_before": state.not_before,
        "told_to_wait": state.told_to_wait,
        "strikes": state.strikes,
        "refused": state.refused,
    }


def host_from(row: Row) -> HostState:
    """The host's clock of a row."""
    return HostState(**{name: row[name] for name in host_row(HostState(""))})


def story_row(story: Story) -> dict[str, Any]:
    """A story as a row of `story`; its articles are rows of their own."""
    return {
        "id": story.id,
        "page": page_of(story.id),
        "first_seen_at": story.first_seen_at,
        "published": story.published,
        "updated": story.updated,
    }


def story_from(row: Row, articles: tuple[Article, ...], topics: tuple[Because, ...]) -> Story:
    """The story of a row, its articles and its topics."""
    return Story(
        articles=articles,
        topics=topics,
        **{name: row[name] for name in ("id", "first_seen_at", "published", "updated")},
    )


def article_row(article: Article, story_pk: int) -> dict[str, Any]:
    """An article as a row of `article`; its long texts go to `article_text`."""
    joined = article.joined
    return {
        "story_pk": story_pk,
        **{name: getattr(article, name) for name in _ARTICLE},
        "joined_by": joined.clue if joined else None,
        "joined_share": joined.share if joined else None,
        "joined_to": joined.to if joined else None,
        "said": article.said or None,
    }


def article_from(row: Row) -> Article:
    """The article of a row, without its long texts."""
    by = row["joined_by"]
    return Article(
        html="",
        text="",
        joined=Joined(by, row["joined_share"], row["joined_to"]) if by else None,
        said=row["said"] or (),
        **{name: row[name] for name in _ARTICLE},
    )


def with_text(article: Article, html: str, text: str) -> Article:
    """The article with its long texts."""
    return replace(article, html=html, text=text)
