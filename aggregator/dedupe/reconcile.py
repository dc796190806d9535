"""Folding arrivals into stories: identity before likeness, and nothing ever moves (law 3)."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Final

from ..model import Article, Joined, MatchKey, Sighting, Story
from .apart import NOTHING_APART, Apart
from .copies import may_tell, told_in_same_words, voices
from .keys import id_key, title_key, url_key
from .match import same_entry, same_entry_under_a_new_id, same_news_by_id, same_title
from .retired import left_of
from .settle import Arrival
from .shelf import Change, Shelf
from .signature import keys_of_text

# From a document in which so many of the entries, and at least so many, are new by id and known
# by title, they are the old ones under new ids (A11.4).
_RESET_SHARE: Final = 0.8
_RESET_LEAST: Final = 3


@dataclass(frozen=True, slots=True)
class News:
    """What may be new in one document, and what of the rest must be known to judge it."""

    arrivals: tuple[Arrival, ...]
    listed: frozenset[tuple[str, str]]  # known articles whose ids stand in the document
    unchanged: frozenset[tuple[str, str]]  # known articles that stand in it as they were
    entries: int  # of the whole document


def wanted_keys(documents: Iterable[Sequence[Arrival]]) -> set[MatchKey]:
    """The keys by which documents may meet what is known."""
    return set(chain.from_iterable(arrival.keys for arrival in chain.from_iterable(documents)))


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
        listed=frozenset(
            (sighting.source, sighting.entry_id)
            for arrival in document
            for sighting in sightings.get(arrival.entry_key, ())
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
    priority: Mapping[str, int],
    new_id: Callable[[Article], str],
    apart: Apart = NOTHING_APART,
) -> list[Change]:
    """Fold the news of some documents, in their order, into what is known.

    `known`: for each key of the news, the stories and articles that bear it. `new_id` names a
    story after its founding article. `apart`: what may not be folded together. Arrivals that bring
    nothing new bring no change.
    """
    shelf = Shelf(known)
    for document in documents:
        reset = _is_reset(document, shelf)
        claimed = set(document.unchanged)  # one article, one entry of the document
        for arrival in document.arrivals:
            own = _own(arrival, shelf, document.listed, claimed, reset)
            if own is not None:
                claimed.add(own[1].identity)
                _update(*own, arrival, shelf, priority)
            else:
                claimed.add(_add(arrival, shelf, new_id, apart))
    return list(shelf.changes.values())


def _is_reset(document: News, shelf: Shelf) -> bool:
    """Has the source given its old entries new ids and addresses (A11.4)?"""
    renamed = sum(
        not shelf.sightings(arrival.entry_key)
        and (key := title_key(arrival.article.source, arrival.article.title)) in arrival.keys
        and bool(shelf.sightings(key))
        for arrival in document.arrivals
    )
    return renamed >= max(_RESET_LEAST, _RESET_SHARE * document.entries)


def _own(
    arrival: Arrival,
    shelf: Shelf,
    listed: Collection[tuple[str, str]],
    claimed: Collection[tuple[str, str]],
    reset: bool,
) -> tuple[Story, Article] | None:
    """This very entry of this very source, as it is known.

    By its id, or by another the document gives it; else by its page, or in a reset by its title,
    unless the known article's own id still stands in the document (`listed`).
    """
    article = arrival.article
    page = url_key(article.url, article.title)
    title = title_key(article.source, article.title) if reset else None
    ways: list[tuple[MatchKey | None, Callable[[Article, Article], bool]]] = [
        (key, same_entry) for key in arrival.keys if key.startswith("entry:")
    ]
    ways += [(page, same_entry_under_a_new_id)] if page in arrival.keys else []
    ways += [(title, same_title)] if title in arrival.keys else []
    for key, agrees in ways:
        for story, known in shelf.sightings(key):
            if known.source != article.source or known.identity in claimed:
                continue
            if agrees is not same_entry and known.identity in listed:
                continue
            if agrees(known, article):
                return story, known
    return None


def _add(
    arrival: Arrival, shelf: Shelf, new_id: Callable[[Article], str], apart: Apart
) -> tuple[str, str]:
    """An article not seen before: into the story it tells, or into one of its own."""
    article = arrival.article
    if shelf.sightings(arrival.entry_key):  # the id was another entry's before
        article = replace(article, entry_id=f"{article.entry_id[:400]}#{article.digest[:32]}")
    text = tuple(key for key in arrival.text_keys if not shelf.crowded(key))
    # Identity before likeness.
    told = _told_elsewhere(arrival, shelf, apart) or told_in_same_words(arrival, shelf, apart)
    if told is not None:
        story, joined = told
        article = replace(article, joined=joined)
        story = replace(story, articles=(*story.articles, article))
        text = text if article in voices(story) else ()
        shelf.put(story, article, arrival.keys + text, added=True)
        return article.identity
    founded = Story(
        id=new_id(article),
        articles=(article,),
        first_seen_at=article.first_seen_at,
        published=article.published,
        updated=article.updated,
    )
    shelf.put(founded, article, arrival.keys + text, is_new=True, added=True)
    return article.identity


def _told_elsewhere(arrival: Arrival, shelf: Shelf, apart: Apart) -> tuple[Story, Joined] | None:
    """The story of another source that this article tells: by its page, or its id and content."""
    article = arrival.article
    page, id_ = url_key(article.url, article.title), id_key(article.declared_id)
    candidates = [
        (story, Joined("page", to=known.source))
        for story, known in shelf.sightings(page if page in arrival.keys else None)
        if known.source != article.source
    ] + [
        (story, Joined("id", to=known.source))
        for story, known in shelf.sightings(id_)
        if known.source != article.source and same_news_by_id(known, article)
    ]
    return next(
        (
            (story, joined)
            for story, joined in candidates
            if may_tell(story, article) and apart.allows(story, arrival)
        ),
        None,
    )


def _update(
    story: Story, known: Article, arrival: Arrival, shelf: Shelf, priority: Mapping[str, int]
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
    edited = replace(
        left_of(now, known.kept),  # forgotten once, its text is not kept again
        entry_id=known.entry_id,
        declared_id=known.declared_id,
        first_seen_at=known.first_seen_at,
        published=known.published,
        updated=_updated(known, now),
        joined=known.joined,
    )
    changed = replace(
        story,
        updated=max(story.updated, edited.updated)
        if story.lead(priority).identity == known.identity
        else story.updated,
        articles=tuple(edited if a.identity == known.identity else a for a in story.articles),
    )
    shelf.put(changed, edited, fresh, edited=True)


def _updated(known: Article, now: Article) -> datetime:
    """The source's word, when what it wrote has changed (B3.2). The moment of the poll is not its
    word: it stands in where there is no date, or every entry is stamped with it (B3.4).
    """
    written = _said(left_of(now, known.kept)) != _said(known)
    if not written or now.updated == now.first_seen_at:
        return known.updated
    return max(known.updated, now.updated)


def _said(article: Article) -> tuple[str, ...]:
    if article.kept == "text":
        return article.title, article.text, article.html
    return article.title, article.summary
