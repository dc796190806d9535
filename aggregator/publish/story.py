"""What the page of a story shows: who tells it, which topics it is in, and by which words."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..model import (
    ALL_TOPIC,
    Admitted,
    Article,
    Because,
    FeedEntry,
    FeedInfo,
    Found,
    Revision,
    Story,
)
from .desk import Desk, shown_articles, source_info
from .edits import Edit, edits_of
from .feed import entry_of, lead_of
from .quotes import Quote, is_in, quotes

# What each article of a story is to queries, by the article's identity.
Documents = Mapping[tuple[str, str], Mapping[str, str]]
# What each article said before, by its identity.
Revisions = Mapping[tuple[str, str], Sequence[Revision]]
_MOST_EDITS: Final = 20


@dataclass(frozen=True, slots=True)
class Telling:
    """The story as one outlet has it."""

    outlet: FeedInfo
    source: str | None  # the key of its source, if that is listed
    title: str
    url: str | None
    published: dt.datetime
    lang: str | None
    why: str | None  # it is in the story; None where that was not yet remembered
    forgotten: bool  # its text, by retention


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the story is in a topic."""

    topic: str
    title: str
    outlet: str | None  # whose words they are, where it is not the lead
    quotes: tuple[Quote, ...]
    unseen: tuple[Found, ...]  # evidence that has no words which may be shown


@dataclass(frozen=True, slots=True)
class NotIn:
    """Why the story is not in a topic that some of its words come near to."""

    topic: str
    title: str
    quotes: tuple[Quote, ...]  # the words of the topic that are there
    missing: tuple[str, ...]
    in_the_way: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Related:
    """Another story of about the same news."""

    id: str
    title: str
    outlet: str
    published: dt.datetime
    lang: str | None


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story, ready for its page."""

    entry: FeedEntry
    tellings: tuple[Telling, ...]  # the lead first, then as they came
    reasons: tuple[Reason, ...]
    first_seen_at: dt.datetime
    edits: tuple[Edit, ...] = ()  # the newest first
    not_in: tuple[NotIn, ...] = ()  # the nearest topic first
    related: tuple[Related, ...] = ()  # the likest first


def story_view(
    story: Story, desk: Desk, documents: Documents, revisions: Revisions
) -> StoryView | None:
    """What may be shown of a story; None when nothing may."""
    entry = entry_of(Admitted(story, story.first_seen_at), desk)
    if entry is None:
        return None
    shown = lead_first(story, desk)
    return StoryView(
        entry,
        tuple(_telling(article, story, shown, desk) for article in shown),
        tuple(
            _reason(because, shown, _hidden(story, shown), desk, documents)
            for because in story.topics
            if because.topic in desk.topics and because.topic != ALL_TOPIC
        ),
        story.first_seen_at,
        _edits(shown, desk, revisions),
    )


def _edits(shown: Sequence[Article], desk: Desk, revisions: Revisions) -> tuple[Edit, ...]:
    edits = [
        edit
        for article in shown
        for edit in edits_of(
            article, revisions.get(article.identity, ()), source_info(article, desk).title
        )
    ]
    return tuple(sorted(edits, key=lambda edit: edit.at, reverse=True)[:_MOST_EDITS])


def lead_first(story: Story, desk: Desk) -> list[Article]:
    """The articles of a story that may be shown, of which there are some."""
    shown = shown_articles(story, desk)
    lead = lead_of(story, desk)
    return [lead, *(article for article in shown if article is not lead)]


def related_view(story: Story, desk: Desk) -> Related:
    """A story of which something may be shown, as the page of another names it."""
    lead = lead_first(story, desk)[0]
    outlet = source_info(lead, desk).title
    return Related(story.id, lead.title, outlet, story.published, lead.lang)


def _telling(article: Article, story: Story, shown: Sequence[Article], desk: Desk) -> Telling:
    outlet = source_info(article, desk)
    why = _why(article, story, shown, desk)
    return Telling(
        outlet,
        article.source if article.source in desk.sources else None,
        article.title,
        article.url,
        article.published,
        article.lang,
        why,
        article.kept != "text",
    )


def _why(article: Article, story: Story, shown: Sequence[Article], desk: Desk) -> str | None:
    """Why it is in the story. An outlet that may not be shown is not named either."""
    if article is story.articles[0]:
        return "it came first" if len(shown) > 1 else None
    if article.joined is None:
        return None
    to = next((one for one in shown if one.source == article.joined.to), None)
    return article.joined.said(source_info(to, desk).title if to else None)


def _hidden(story: Story, shown: Sequence[Article]) -> list[Article]:
    return [article for article in story.articles if article not in shown]


def _reason(
    because: Because,
    shown: Sequence[Article],
    hidden: Sequence[Article],
    desk: Desk,
    documents: Documents,
) -> Reason:
    """The evidence in the article it was found in, which is not stored with it. What may have been
    found in one that is hidden is not told.
    """

    def how_much(article: Article) -> int:
        document = documents[article.identity]
        return sum(is_in(found, document) for found in because.evidence)

    article = max(shown, key=how_much)
    document = documents[article.identity]
    return Reason(
        because.topic,
        desk.topics[because.topic].title,
        source_info(article, desk).title if article is not shown[0] else None,
        quotes(because.evidence, document),
        tuple(
            found
            for found in because.evidence
            if not is_in(found, document)
            and not any(
                one.kept != "text" or is_in(found, documents[one.identity]) for one in hidden
            )
        ),
    )
