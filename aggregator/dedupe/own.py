"""A source's own entries, found again: which known article each entry of a document is.

In rounds, the surest clue first, so that no entry takes by a weaker clue what another has by a
stronger one; an article is one entry of a document, never two.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

from ..model import Article, Story
from .keys import opening_key, title_key, url_key
from .match import (
    as_it_was,
    edited,
    moved_on,
    posted_again,
    same_entry_elsewhere,
    same_entry_in_a_reset,
    same_entry_under_a_new_id,
)
from .settle import Arrival
from .shelf import Shelf

# From a document in which so many of the entries, and at least so many, are new by id and known
# by title, they are the old ones under new ids (A11.4).
_RESET_SHARE: Final = 0.8
_RESET_LEAST: Final = 3
# Dates that all moved on by as much, give or take, are those of the next edition, a week later at
# most.
_GIVE_OR_TAKE: Final = dt.timedelta(hours=12)
_WEEK: Final = dt.timedelta(days=7)

# An article's identity: its source and its entry id.
Identity = tuple[str, str]
_Known = Iterator[tuple[Story, Article]]
_Round = Callable[[Arrival], _Known]


def own_articles(
    arrivals: Sequence[Arrival], shelf: Shelf, unchanged: Collection[Identity], size: int
) -> list[tuple[str, Identity] | None]:
    """For each arrival of a document of `size` entries, the article of its source that it is, with
    the id of its story.

    `unchanged`: articles that stand in the document as they were.
    """
    found: list[tuple[str, Identity] | None] = [None] * len(arrivals)
    claimed = set(unchanged)
    for known_to in _rounds(arrivals, shelf, reset=_is_reset(arrivals, shelf, size)):
        for number, arrival in enumerate(arrivals):
            if found[number] is not None:
                continue
            free = (pair for pair in known_to(arrival) if pair[1].identity not in claimed)
            if (pair := next(free, None)) is not None:
                story, article = pair
                found[number] = story.id, article.identity
                claimed.add(article.identity)
    return found


def _rounds(arrivals: Sequence[Arrival], shelf: Shelf, *, reset: bool) -> list[_Round]:
    openings = Counter(opening_key(arrival.article) for arrival in arrivals)

    def by_id(arrival: Arrival) -> _Known:
        for key in arrival.keys:
            if key.startswith("entry:"):
                yield from shelf.sightings(key)

    def by_page(arrival: Arrival) -> _Known:
        article = arrival.article
        key = url_key(article.url, article.title)
        return iter(shelf.sightings(key) if key in arrival.keys else ())

    def by_title(arrival: Arrival) -> _Known:
        return iter(_by_title(arrival, shelf))

    def by_opening(arrival: Arrival) -> _Known:
        key = opening_key(arrival.article)
        known = shelf.sightings(key)
        # What stands under other entries as well is none's own.
        return iter(known if len(known) == 1 and openings[key] == 1 else ())

    def that(agrees: Callable[[Article, Article], bool], way: _Round) -> _Round:
        def known(arrival: Arrival) -> _Known:
            now = arrival.article
            for story, one in way(arrival):
                if one.source == now.source and agrees(one, now):
                    yield story, one

        return known

    at_its_page = that(same_entry_under_a_new_id, by_page)

    def by_id_unless_at_another_page(arrival: Arrival) -> _Known:
        elsewhere = next(at_its_page(arrival), None)
        return iter(()) if elsewhere else that(edited, by_id)(arrival)

    return [
        that(as_it_was, by_id),
        by_id_unless_at_another_page,
        at_its_page,
        that(edited, by_id),
        that(same_entry_elsewhere, by_title),
        that(posted_again, by_opening),
        *([that(same_entry_in_a_reset, by_title)] if reset else []),
    ]


def _by_title(arrival: Arrival, shelf: Shelf) -> list[tuple[Story, Article]]:
    key = title_key(arrival.article.source, arrival.article.title)
    return shelf.sightings(key) if key in arrival.keys else []


def _is_reset(arrivals: Sequence[Arrival], shelf: Shelf, size: int) -> bool:
    """Has the source given its old entries new ids and addresses (A11.4)?"""
    renamed: list[tuple[Article, Article]] = []
    for arrival in arrivals:
        if not shelf.sightings(arrival.entry_key):
            known = [article for _, article in _by_title(arrival, shelf)]
            if known:
                renamed.append((max(known, key=lambda one: one.published), arrival.article))
    return len(renamed) >= max(_RESET_LEAST, _RESET_SHARE * size) and not _is_next_edition(renamed)


def _is_next_edition(renamed: Sequence[tuple[Article, Article]]) -> bool:
    """Are these the columns of another day, rather than the old entries with new dates?"""
    steps = [now.published - known.published for known, now in renamed]
    return (
        all(moved_on(known, now) for known, now in renamed)
        and max(steps) - min(steps) <= _GIVE_OR_TAKE
        and min(steps) <= _WEEK
    )
