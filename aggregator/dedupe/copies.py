"""Looking for copies: among whom, and what is only a source's stock of phrases."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Final

from ..model import Article, Joined, MatchKey, Sighting, Story
from .apart import NOTHING_APART, Apart
from .likeness import LATEST, same_words
from .settle import Arrival
from .shelf import CROWD, Shelf
from .signature import text_keys
from .wording import Wording, wording

NEAREST: Final = 5  # stories that an article is compared with, however many it shares keys with
VOICES: Final = 4  # articles of a story that others are compared with
MOST: Final = 8  # comparisons for one article
MOST_IN_ALL: Final = 400  # for the articles of one document
_SERIES: Final = 3  # entries of one source that say a phrase: it is stock
_FRESH: Final = 0.4  # of what is not stock, that a copy in a series has to share
_KEPT: Final = 256  # articles whose words are kept, while documents are folded


def copies_to_load(
    arrivals: Iterable[Arrival], sightings: Mapping[MatchKey, Sequence[Sighting]]
) -> dict[MatchKey, list[Sighting]]:
    """Of the articles that share a key of their text with an arrival, those worth loading: of
    other sources, of about its time, and in the few stories that are nearest.
    """
    said = {key: Counter(one.source for one in found) for key, found in sightings.items()}
    wanted: dict[MatchKey, list[Sighting]] = {}
    for arrival in arrivals:
        found = [
            (key, sighting)
            for key in arrival.text_keys
            for sighting in sightings.get(key, ())
            if sighting.source != arrival.article.source
            and said[key][sighting.source] < _SERIES
            and abs(sighting.published - arrival.article.published) <= LATEST
        ]
        shared = Counter(sighting for _, sighting in found)
        ranked = sorted(shared, key=lambda one: (-shared[one], one.story_pk))
        near = set(islice(dict.fromkeys(one.story_pk for one in ranked), NEAREST))
        for key, sighting in found:
            if sighting.story_pk in near and sighting not in wanted.setdefault(key, []):
                wanted[key].append(sighting)
    return wanted


def telling(
    arrivals: Sequence[Arrival], sightings: Mapping[MatchKey, Sequence[Sighting]]
) -> tuple[Arrival, ...]:
    """The arrivals of a document with those keys of their texts that tell something: not of a
    turn of phrase that many stories have, nor of the stock of phrases of their own source, which
    stand in other entries of it, now or before.
    """
    crowded = {
        key for key, found in sightings.items() if len({one.story_pk for one in found}) >= CROWD
    }
    here = Counter(key for arrival in arrivals for key in arrival.text_keys)

    def is_stock(key: MatchKey, article: Article) -> bool:
        before = {
            one.entry_id
            for one in sightings.get(key, ())
            if one.source == article.source and one.entry_id != article.entry_id
        }
        return len(before) + here[key] >= _SERIES

    return tuple(
        replace(
            arrival,
            text_keys=tuple(
                key
                for key in arrival.text_keys
                if key not in crowded and not is_stock(key, arrival.article)
            ),
            stock=frozenset(k for k in arrival.text_keys if is_stock(k, arrival.article)),
        )
        for arrival in arrivals
    )


def comparisons() -> Iterator[int]:
    """As many as one document may cost: who sends hundreds of long entries that are nearly copies
    holds nobody up for long. What is left is known by page and id alone.
    """
    return iter(range(MOST_IN_ALL))


def told_in_same_words(
    arrival: Arrival, shelf: Shelf, left: Iterator[int], apart: Apart = NOTHING_APART
) -> tuple[Story, Joined] | None:
    """The story of other sources that this article is a copy of, and of whose article: the most
    alike of the nearest few; of equals the nearest in time. `left`: the document's comparisons.
    """
    article = arrival.article
    open_to_it = (
        story
        for story in shelf.nearest(arrival.text_keys)
        if may_tell(story, article) and apart.allows(story, arrival)
    )
    near = islice(open_to_it, NEAREST)
    found: list[tuple[float, float, Story, Article]] = []
    for (story, known), _ in zip(islice(_voices_of(near), MOST), left, strict=False):
        ours, theirs = _wording(article), _wording(known)
        share = same_words(ours, theirs)
        if share is not None and _is_fresh(arrival, theirs):
            between = abs((article.published - known.published).total_seconds())
            found.append((share, -between, story, known))
            if share == 1 and _copied(known) is None:
                break  # nothing can be nearer
    if not found:
        return None
    *_, story, _ = max(found, key=lambda one: one[:2])
    # Rather of one that is no copy itself, that others may be known by this one.
    share, _, _, known = min(
        (one for one in found if one[2] is story),
        key=lambda one: (_copied(one[3]) is not None, -one[0]),
    )
    return story, Joined("text", round(share, 2), known.source)


_wording = lru_cache(_KEPT)(wording)


def _voices_of(stories: Iterable[Story]) -> Iterator[tuple[Story, Article]]:
    return ((story, known) for story in stories for known in voices(story))


def _is_fresh(arrival: Arrival, known: Wording) -> bool:
    """Do they share what is not the stock of the arrival's source? Its series say the same every
    day, in other words only where it counts.
    """
    if not arrival.stock:
        return True
    theirs = set(text_keys(known)) - arrival.stock
    ours = set(arrival.text_keys)
    return len(ours & theirs) >= max(1, _FRESH * min(len(ours), len(theirs)))


def voices(story: Story) -> list[Article]:
    """Those of its articles that others are compared with, and found by: the first few of those
    that did not join it as copies, or as copies of one that did not.

    Likeness is handed on once, and no further: no story drifts away from the words it was founded
    in (decision 32).
    """
    roots = {one.source for one in story.articles if _copied(one) is None}
    firsthand = (one for one in story.articles if (_copied(one) or one.source) in roots)
    return list(islice(firsthand, VOICES))


def _copied(article: Article) -> str | None:
    """The source whose text it copies, where that is why it is in its story; else nothing."""
    joined = article.joined
    return (joined.to or "") if joined is not None and joined.clue == "text" else None


def may_tell(story: Story, article: Article) -> bool:
    """A source tells a story once: its second entry on it is another piece of news."""
    return all(other.source != article.source for other in story.articles)
