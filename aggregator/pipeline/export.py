"""Stories as JSON objects (design section 8), and the story a person means."""

import re
from collections.abc import Iterator
from typing import Any, Final

from ..dedupe.keys import url_key
from ..model import ALL_TOPIC, Article, Because, Found, Joined, Story
from ..publish.feed import lead_of
from ..text.urls import absolute
from ..topics import Evidence, Miss
from .desks import desk_of, infos_of
from .ports import Ask, Store
from .setup import Setup

# A story's page, of this site at any address it ever had.
_PAGE: Final = re.compile(r"(?:\S*/)?stories/([0-9a-f]{16})(?:\.html)?/?")


def stories_as_json(store: Store, setup: Setup) -> Iterator[dict[str, Any]]:
    """Every story, oldest first."""
    with store.reading() as ask:
        desk = desk_of(ask, setup, infos_of(ask, ask.source_keys()))
    for _pk, story in store.all_stories(texts=False):
        yield story_json(story, lead_of(story, desk))


def story_json(story: Story, lead: Article) -> dict[str, Any]:
    """One story, with the title and address of its lead."""
    return {
        "id": story.id,
        "title": lead.title,
        "url": lead.url,
        "lang": lead.lang,
        "published": story.published.isoformat(),
        "updated": story.updated.isoformat(),
        "first_seen": story.first_seen_at.isoformat(),
        "topics": [topic_json(b) for b in story.topics if b.topic != ALL_TOPIC],
        "articles": [article_json(article) for article in story.articles],
    }


def topic_json(because: Because) -> dict[str, Any]:
    """A topic and its evidence."""
    return {
        "topic": because.topic,
        "evidence": [_evidence_json(found) for found in because.evidence],
    }


def miss_json(miss: Miss) -> dict[str, Any]:
    """A topic that did not take it, and why."""
    return {
        "topic": miss.topic,
        "nearness": round(miss.nearness, 3),
        "found": [_evidence_json(found) for found in miss.found],
        "missing": [
            {
                "kind": lack.kind,
                "said": lack.said,
                "instead": lack.instead,
                "found": [_evidence_json(found) for found in lack.found],
            }
            for lack in miss.missing
        ],
    }


def _evidence_json(found: Found | Evidence) -> dict[str, Any]:
    said = {"field": found.field, "term": found.term, "text": found.text}
    return {**said, "score": found.score} if found.score else said


def article_json(article: Article) -> dict[str, Any]:
    """An article, and why it is in its story; null for the one that founded it."""
    return {
        "source": article.source,
        "entry_id": article.entry_id,
        "url": article.url,
        "title": article.title,
        "published": article.published.isoformat(),
        "joined": _joined_json(article.joined) if article.joined else None,
    }


def _joined_json(joined: Joined) -> dict[str, Any]:
    return {"clue": joined.clue, "share": joined.share, "to": joined.to}


def revisions_json(store: Store, story: Story) -> list[dict[str, Any]]:
    """What its articles said before, the oldest first."""
    with store.reading() as ask:
        revisions = ask.revisions(ask.story_pks([story.id]).values())
    said = [
        {
            "source": source,
            "entry_id": entry_id,
            "until": revision.until.isoformat(),
            "title": revision.title,
            "text": revision.text,
        }
        for (source, entry_id), its in revisions.items()
        for revision in its
    ]
    return sorted(said, key=lambda one: (one["until"], one["source"], one["entry_id"]))


def find_story(store: Store, named: str) -> Story | None:
    """The story that is meant; None where there is none."""
    with store.reading() as ask:
        pk = story_pk(ask, named)
        return None if pk is None else ask.stories([pk])[pk]


def story_pk(ask: Ask, named: str) -> int | None:
    """The story with this id or page, also one from before it was merged into another, or with an
    article at this address, however it is spelled.
    """
    pks = list(ask.story_pks([named]).values()) or ask.pks_of_url(named)
    if not pks and (page := _PAGE.fullmatch(named)) and (at := ask.story_at(page[1])):
        return at[0]
    if not pks and (address := absolute(named)) is not None:
        pks = ask.pks_of_url(address)
        key = url_key(address)
        if not pks and key is not None:
            pks = sorted({s.story_pk for s in ask.sightings([key]).get(key, ())})
    return pks[0] if pks else None
