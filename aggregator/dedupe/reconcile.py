"""Folding arrivals into stories: identity before likeness, and nothing ever moves (law 3)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from ..model import Article, Joined, MatchKey, Sighting, Story
from .apart import NOTHING_APART, Apart
from .copies import comparisons, may_tell, told_in_same_words, voices
from .keys import id_key, url_key
from .match import distance, same_news_at_a_page, same_news_by_id
from .own import own_articles
from .revise import first_said, revise
from .settle import Arrival
from .shelf import Change, Shelf
from .signature import keys_of_text

# Of one key, the newest so many articles are looked at: a source may give every entry one title.
_MOST_WITH_A_KEY: Final = 50


@dataclass(frozen=True, slots=True)
class News:
    """What may be new in one document, and what of the rest must be known to judge it."""

    arrivals: tuple[Arrival, ...]
    unchanged: frozenset[tuple[str, str]]  # known articles that stand in it as they were
    entries: int  # of the whole document


def wanted_keys(documents: Iterable[Sequence[Arrival]]) -> set[MatchKey]:
    """The keys by which documents may meet what is known."""
    return set(chain.from_iterable(arrival.keys for arrival in chain.from_iterable(documents)))


def worth_loading(found: Sequence[Sighting]) -> list[Sighting]:
    """Of the articles that bear one key, the newest few."""
    return sorted(found, key=lambda one: one.published, reverse=True)[:_MOST_WITH_A_KEY]


def news_of(document: Sequence[Arrival], sightings: Mapping[MatchKey, Sequence[Sighting]]) -> News:
    """The document without the entries that are known by all their keys and written as they were:
    nothing of those needs loading. Those with a new id are also looked for by their text.
    """
    judged = [(arrival, _unchanged(arrival, sightings)) for arrival in document]
    return News(
        arrivals=tuple(
            arrival if arrival.entry_key in sightings else _with_text_keys(arrival)
            for arrival, known in judged
            if known is None
        ),
        unchanged=frozenset(known for _, known in judged if known is not None),
        entries=len(document),
    )


def _with_text_keys(arrival: Arrival) -> Arrival:
    return replace(arrival, text_keys=keys_of_text(arrival.article))


def _unchanged(
    arrival: Arrival, sightings: Mapping[MatchKey, Sequence[Sighting]]
) -> tuple[str, str] | None:
    """The article that an arrival is, when it is known by every key and written as it was."""
    article = arrival.article
    for sighting in sightings.get(arrival.entry_key, ()):
        same = sighting.source == article.source and sighting.digest == article.digest
        identity = (sighting.source, sighting.entry_id)
        if same and all(
            any((s.source, s.entry_id) == identity for s in sightings.get(key, ()))
            for key in arrival.keys
        ):
            return identity
    return None


def reconcile(
    documents: Sequence[News],
    known: Mapping[MatchKey, Iterable[tuple[Story, Article]]],
    lead: Callable[[Story], Article],
    new_id: Callable[[Article], str],
    apart: Apart = NOTHING_APART,
) -> list[Change]:
    """Fold the news of some documents, in their order, into what is known.

    `known`: for each key of the news, the stories and articles that bear it. `lead`: the article
    that readers are shown of a story. `new_id` names a story after its founding article. `apart`:
    what may not be folded together. Arrivals that bring nothing new bring no change.
    """
    shelf = Shelf(known)
    for document in documents:
        own = own_articles(document.arrivals, shelf, document.unchanged, document.entries)
        left = comparisons()
        for arrival, place in zip(document.arrivals, own, strict=True):
            if place is not None:
                _update(*shelf.at(*place), arrival, shelf, lead)
            else:
                _add(arrival, shelf, new_id, left, apart)
    return list(shelf.changes.values())


def _add(
    arrival: Arrival,
    shelf: Shelf,
    new_id: Callable[[Article], str],
    left: Iterator[int],
    apart: Apart,
) -> None:
    """An article not seen before: into the story it tells, or into one of its own."""
    article = first_said(arrival.article)
    if shelf.sightings(arrival.entry_key):  # the id was another entry's before
        article = replace(article, entry_id=f"{article.entry_id[:400]}#{article.digest[:32]}")
    text = tuple(key for key in arrival.text_keys if not shelf.crowded(key))
    # Identity before likeness.
    told = _told_elsewhere(arrival, shelf, apart) or told_in_same_words(arrival, shelf, left, apart)
    if told is not None:
        story, joined = told
        article = replace(article, joined=joined)
        story = replace(story, articles=(*story.articles, article))
        text = text if article in voices(story) else ()
        shelf.put(story, article, arrival.keys + text, added=True)
        return
    founded = Story(
        id=new_id(article),
        articles=(article,),
        first_seen_at=article.first_seen_at,
        published=article.published,
        updated=article.updated,
    )
    shelf.put(founded, article, arrival.keys + text, is_new=True, added=True)


def _told_elsewhere(arrival: Arrival, shelf: Shelf, apart: Apart) -> tuple[Story, Joined] | None:
    """The story of another source that this article tells, by its page, else by its id: of those
    that agree with it the nearest.
    """
    article = arrival.article
    page = url_key(article.url, article.title)
    ways = (
        (Joined("page"), page if page in arrival.keys else None, same_news_at_a_page),
        (Joined("id"), id_key(article.declared_id), same_news_by_id),
    )
    for joined, key, agrees in ways:
        found = [
            (distance(known, article), story, known)
            for story, known in shelf.sightings(key)
            if known.source != article.source
            and may_tell(story, article)
            and apart.allows(story, arrival)
            and agrees(known, article)
        ]
        if found:
            _, story, known = min(found, key=lambda one: one[0])
            return story, replace(joined, to=known.source)
    return None


def _update(
    story: Story,
    known: Article,
    arrival: Arrival,
    shelf: Shelf,
    lead: Callable[[Story], Article],
) -> None:
    """The entry again: what the source wrote replaces what it wrote; identity and first dates
    stay.
    """
    now = arrival.article
    fresh = tuple(key for key in arrival.keys if not shelf.leads_to(key, known))
    if now.digest == known.digest:
        if fresh:
            shelf.put(story, known, fresh)
        return
    edited, revision = revise(known, now)
    changed = replace(
        story,
        updated=max(story.updated, edited.updated)
        if lead(story).identity == known.identity
        else story.updated,
        articles=tuple(edited if a.identity == known.identity else a for a in story.articles),
    )
    shelf.put(changed, edited, fresh, edited=True, revision=revision)
