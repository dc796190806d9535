"""What a search shows: its stories as a feed, and of each the words it was found by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from ..model import Admitted, FeedEntry, Story, Topic, TopicFeed
from .desk import Desk, source_info
from .feed import BEGINNING, topic_feed
from .ids import search_id
from .quotes import Quote
from .story import lead_first

PATH: Final = "search"
MAX_QUERY: Final = 500  # characters


@dataclass(frozen=True, slots=True)
class Match:
    """A story that a search has found, and the words by which it did in one of its articles."""

    story: Story
    article: tuple[str, str]  # identity
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """A story as the page of a search shows it."""

    entry: FeedEntry
    headline: tuple[tuple[str, bool], ...]  # the parts of the title, and which of them were found
    quotes: tuple[Quote, ...]
    outlet: str | None  # whose words they are, where it is not the lead


def address_of(query: str) -> str:
    """What follows the path in the addresses of a search."""
    return f"?q={quote(query, safe='')}"


def search_feed(query: str, matches: Sequence[Match], desk: Desk) -> TopicFeed:
    """The stories found, as those of a topic are shown: the newest first, at any time the same."""
    admitted = [Admitted(match.story, match.story.first_seen_at) for match in matches]
    feed = topic_feed(Topic(PATH, f"Search: {query}"), admitted, desk, BEGINNING)
    return replace(
        feed,
        id=search_id(query, desk.site.id),
        description=f"Stories that match the query {query}",
        path=PATH,
        page_url=f"{desk.site.url}{PATH}{address_of(query)}",
        query=address_of(query),
        hubs=(),  # nobody is told when the answer to a query changes
    )


def results(feed: TopicFeed, matches: Sequence[Match], desk: Desk) -> list[Result]:
    """The entries of the feed, each with why it is there."""
    by_id = {match.story.id: match for match in matches}
    return [_result(entry, by_id[entry.id], desk) for entry in feed.entries]


def _result(entry: FeedEntry, match: Match, desk: Desk) -> Result:
    said = match.quotes
    article, *others = lead_first(match.story, desk)
    if article.identity == match.article:
        headline = next((q.parts for q in said if q.field == "title"), ((entry.title, False),))
        return Result(entry, headline, tuple(q for q in said if q.field != "title"), None)
    theirs = next(other for other in others if other.identity == match.article)
    return Result(entry, ((entry.title, False),), said, source_info(theirs, desk).title)
