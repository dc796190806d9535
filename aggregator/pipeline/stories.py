"""Pages of stories: made when asked for, as many kept as there is room for."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ..model import ALL_TOPIC, TopicState
from ..publish import pages
from ..publish.ids import page_of, story_path
from ..publish.quotes import quotes
from ..publish.story import NotIn, lead_first, related_view, story_view
from .catalogue import Look
from .desks import desk_for
from .documents import Document, Shelf, ready
from .misses import StoryMiss, misses_of
from .ports import Store
from .related import related
from .setup import Setup
from .tagging import document_of, found

_PATH: Final = re.compile(r"stories/([0-9a-f]{16})")
_MOST: Final = 2_000  # pages, of about ten kilobytes

# A story's primary key and its topics.
_Place = tuple[int, frozenset[str]]


@dataclass(frozen=True, slots=True)
class _Version:
    """What a page was made from. Whatever changes of a story changes a topic that it is in."""

    setup: Setup
    pk: int
    topics: tuple[tuple[str, TopicState | None], ...]


class StoryPages:
    """The page of every story. Safe to use from several threads."""

    def __init__(
        self, store: Store, recent: Callable[[], Look], alarm: Callable[[str, Exception], None]
    ) -> None:
        """`recent`: the store as it was seen last; `alarm` is told of a page that could not be made
        anew.
        """
        self._store, self._recent, self._alarm = store, recent, alarm
        self._made: Shelf[str, tuple[_Version, Document]] = Shelf(_MOST)
        self._ahead: tuple[str, Mapping[str, _Place]] = ("", {})

    def is_path(self, path: str) -> bool:
        """Could this be the path of a story?"""
        return _PATH.fullmatch(path) is not None

    def look_ahead(self, ids: Iterable[str]) -> list[str]:
        """The paths of these stories, in order; that each is asked for next costs one look into
        the store for all of them.
        """
        names = list(dict.fromkeys(map(page_of, ids)))
        with self._store.reading() as ask:
            self._ahead = self._recent().revision, ask.topics_at(names)
        return [f"stories/{name}" for name in names]

    def moved(self, path: str) -> str | None:
        """Where the page of a story is that was merged into another."""
        named = _PATH.fullmatch(path)
        if named is None:
            return None
        with self._store.reading() as ask:
            at = ask.story_at(named[1])
        now = None if at is None else story_path(at[1])
        return None if now == path else now

    def document(self, path: str, setup: Setup) -> Document | None:
        """A story's page; None when there is no such story, or nothing of it may be shown.

        When the store cannot be asked, the last good page is given (B7.16).
        """
        named = _PATH.fullmatch(path)
        if named is None:
            return None
        known = self._made.take(path)
        try:
            look = self._recent()
            place = self._place(named[1], look)
            if place is None:
                return None
            version = _version(setup, place, look)
            if known is not None and known[0] == version:
                return known[1]
            made = self._render(place[0], setup)
        except Exception as wrong:
            self._alarm(path, wrong)
            if known is None:
                raise
            return known[1]
        if made is None:
            return None
        if known is not None and known[1].rendering == made.rendering:
            made = known[1]
        self._made.put(path, (version, made))
        return made

    def _place(self, name: str, look: Look) -> _Place | None:
        seen_at, places = self._ahead
        if seen_at == look.revision and name in places:
            return places[name]
        with self._store.reading() as ask:
            return ask.topics_at([name]).get(name)

    def _render(self, pk: int, setup: Setup) -> Document | None:
        with self._store.reading() as ask:
            story = ask.stories([pk]).get(pk)
            if story is None:  # it was merged into another since
                return None
            revisions = ask.revisions([pk])
            desk = desk_for(ask, setup, [story])
            others = related(ask, story, setup)
            of_others = desk_for(ask, setup, others)
        documents = {
            a.identity: document_of(a, setup.sources.get(a.source)) for a in story.articles
        }
        view = story_view(story, desk, documents, revisions)
        if view is None:
            return None
        shown = replace(story, articles=tuple(lead_first(story, desk)))
        misses = tuple(_not_in(miss, setup) for miss in misses_of(shown, setup))
        beside = tuple(related_view(other, of_others) for other in others)
        view = replace(view, not_in=misses, related=beside)
        return ready(pages.render_story_page(setup.site, view))


def _not_in(one: StoryMiss, setup: Setup) -> NotIn:
    miss = one.miss
    blocked = tuple(lack.said for lack in miss.missing if lack.kind == "forbidden")
    return NotIn(
        miss.topic,
        setup.topics[miss.topic].title,
        quotes(map(found, miss.found), one.document),
        tuple(lack.said for lack in miss.missing if lack.kind != "forbidden"),
        blocked,
    )


def _version(setup: Setup, place: _Place, look: Look) -> _Version:
    pk, topics = place
    own = sorted(topics - {ALL_TOPIC}) or [ALL_TOPIC]
    return _Version(setup, pk, tuple((key, look.topics.get(key)) for key in own))
