"""Looking for copies: among whom, and what in a document is only its source's stock of phrases."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from ..model import Article, Joined, MatchKey, Sighting, Story
from .likeness import LATEST, same_words
from .overlap import ROW
from .settle import Arrival
from .shelf import CROWD
from .shingles import Shingle, shingles
from .wording import wording

NEAREST: Final = 5  # stories that an article is compared with, however many it shares keys with
_VOICES: Final = 3  # articles of a story that others are compared with
_SAMPLE: Final = 12  # entries of a document that show its stock
_STOCK: Final = 3  # of them that a phrase stands in


def copies_to_load(
    arrivals: Iterable[Arrival], sightings: Mapping[MatchKey, Sequence[Sighting]]
) -> dict[MatchKey, list[Sighting]]:
    """Of the articles that share a key of their text with an arrival, those worth loading: of
    other sources, of about its time, and in the few stories that are nearest.
    """
    wanted: dict[MatchKey, list[Sighting]] = {}
    for arrival in arrivals:
        found = [
            (key, sighting)
            for key in arrival.text_keys
            for sighting in sightings.get(key, ())
            if sighting.source != arrival.article.source
            and abs(sighting.published - arrival.article.published) <= LATEST
        ]
        shared = Counter(sighting for _, sighting in found)
        ranked = sorted(shared, key=lambda one: (-shared[one], one.story_pk))
        near = set(islice(dict.fromkeys(one.story_pk for one in ranked), NEAREST))
        for key, sighting in found:
            if sighting.story_pk in near and sighting not in wanted.setdefault(key, []):
                wanted[key].append(sighting)
    return wanted


def without_crowds(
    arrivals: Sequence[Arrival], sightings: Mapping[MatchKey, Sequence[Sighting]]
) -> tuple[Arrival, ...]:
    """The arrivals without those keys of their texts that many stories have: nobody need be
    found by them any more.
    """
    crowded = {
        key for key, found in sightings.items() if len({one.story_pk for one in found}) >= CROWD
    }
    if not crowded:
        return tuple(arrivals)
    return tuple(
        replace(one, text_keys=tuple(key for key in one.text_keys if key not in crowded))
        for one in arrivals
    )


def told_in_same_words(
    article: Article, near: Iterable[Story], stock: Callable[[], Collection[Shingle]]
) -> tuple[Story, Joined] | None:
    """The story of other sources that this article is a copy of, the most alike of the nearest
    few, and how much so. `stock`: what its document says all the time.

    Likeness is not handed on: what joined a story as a copy brings no copies of its own, so that
    no story drifts away from the words it was founded in.
    """
    stories = list(islice((story for story in near if may_tell(story, article)), NEAREST))
    if not stories:
        return None
    ours = wording(article)
    found = [
        (share, story)
        for story in stories
        for known in voices(story)
        if (share := same_words(ours, wording(known), stock())) is not None
    ]
    if not found:
        return None
    share, story = max(found, key=lambda one: one[0])
    return story, Joined("text", round(share, 2))


def voices(story: Story) -> list[Article]:
    """Those of its articles that others are compared with, and found by: the first few that did
    not join it as copies.
    """
    others = (one for one in story.articles if one.joined is None or one.joined.clue != "text")
    return list(islice(others, _VOICES))


def may_tell(story: Story, article: Article) -> bool:
    """A source tells a story once: its second entry on it is another piece of news."""
    return all(other.source != article.source for other in story.articles)


def stock_phrases(document: Sequence[Article]) -> frozenset[Shingle]:
    """Rows of words that stand in several entries of a document: footers, templates."""
    rows = Counter(
        row
        for article in islice(document, _SAMPLE)
        for row in set(shingles(wording(article).text, ROW))
    )
    return frozenset(row for row, entries in rows.items() if entries >= _STOCK)
