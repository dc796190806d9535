"""The published site: every document by its path, rendered when something changed, and only then.

One `Site` serves the web, another the static build: the same bytes for the same store.
"""

import datetime as dt
import threading
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from ..model import Rendering
from ..publish.feed import topic_path
from ..publish.ids import page_of
from .catalogue import Catalogue, Look, Version, is_archive, look, moved_to, stem_of
from .documents import Document, Shelf, ready
from .gate import Refused
from .ports import Clock, Store
from .setup import Setup
from .stories import StoryPages
from .versions import digest, setup_digest

_SECOND: Final = dt.timedelta(seconds=1)
_MOST_ARCHIVES: Final = 400  # documents kept, of about 150 kB: there may be many thousands


class Site:
    """Every document of the site. Safe to use from several threads."""

    def __init__(
        self,
        store: Store,
        setup: Callable[[], Setup],
        user_agent: Callable[[], str],
        clock: Clock,
        alarm: Callable[[str, Exception], None] = lambda path, wrong: None,
    ) -> None:
        """`setup` and `user_agent` give what is in force now; `alarm` is told of a document that
        could not be made anew.
        """
        self._alarm = alarm
        self._store, self._setup, self._user_agent, self._clock = store, setup, user_agent, clock
        self._catalogue = Catalogue(store, user_agent, alarm)
        self._lock = threading.Lock()
        self._paths: dict[str, threading.Lock] = {}
        self._look: Look | None = None
        self._made: dict[str, tuple[Version, Document]] = {}
        self._archives: Shelf[str, tuple[Version, Document]] = Shelf(_MOST_ARCHIVES)
        self._refused: dict[str, tuple[Version, Refused]] = {}
        self._digest: tuple[Setup, str] | None = None
        self._stories = StoryPages(store, self._recent, alarm)

    def document(self, path: str) -> Document | None:
        """The document at a path below the site's address; None when there is none.

        Costs at most one look into the store for a document that has not changed; when the store
        cannot be asked, the last good document is given (B7.16).
        """
        setup = self._setup()
        if self._stories.is_path(path):
            return self._stories.document(path, setup)
        if not self._has(path):
            return None
        with self._lock:
            turn = self._paths.setdefault(path, threading.Lock())
        with turn:  # one thread renders, the others wait for it
            known = self._known(path)
            try:
                seen = self._recent()
                version = self._catalogue.version(path, setup, seen)
                if known is not None and known[0] == version:
                    return known[1]
                document = self._made_anew(path, setup, version, seen, known[1] if known else None)
            except Refused as wrong:  # its alarm was given
                if known is None:
                    raise wrong from None
                return known[1]
            except Exception as wrong:
                self._alarm(path, wrong)
                if known is None:
                    raise
                return known[1]
            if is_archive(path):
                self._archives.put(path, (version, document))
            else:
                self._made[path] = (version, document)
            return document

    def _known(self, path: str) -> tuple[Version, Document] | None:
        """The last good document at a path, and what it was made from."""
        return self._archives.take(path) if is_archive(path) else self._made.get(path)

    def _has(self, path: str) -> bool:
        """Is there a document at this path, or was there one when the store could be asked?"""
        try:
            return path in self
        except Exception as wrong:
            self._alarm(path, wrong)
            if self._known(path) is None:
                raise
            return True

    def _made_anew(
        self, path: str, setup: Setup, version: Version, seen: Look, last: Document | None
    ) -> Document:
        """The document of another version. Raises Refused, without trying again what was refused
        before.
        """
        refused = self._refused.get(path)
        if refused is not None and refused[0] == version:
            raise refused[1]
        try:
            rendering = self._catalogue.render(path, setup, version, seen, is_first=last is None)
        except Refused as wrong:
            self._refused[path] = version, wrong
            self._alarm(path, wrong)
            raise
        self._refused.pop(path, None)
        return self._document(rendering, last)

    def fresh(self, path: str) -> Document | None:
        """The document at a path when it is known, without asking the store, to be current."""
        known, seen = self._known(path), self._look
        if known is None or seen is None or seen.at != self._second():
            return None
        version = self._catalogue.known_version(path, self._setup(), seen)
        return known[1] if known[0] == version else None

    def revision(self) -> str:
        """Of the store as documents show it now: of this second, its beginning perhaps."""
        return self._recent().revision

    def __contains__(self, path: str) -> bool:
        """Is there a document at this path?"""
        if self._stories.is_path(path):
            return self.document(path) is not None
        return self._catalogue.has(path, self._setup(), self._recent)

    def paths(self) -> Iterator[str]:
        """The path of every document, of stories those in the feeds of topics."""
        yield from self.plain_paths()
        told = (name for key in self._setup().topics for name in self.told(key))
        yield from (f"stories/{name}" for name in self._stories.look_ahead(told))

    def plain_paths(self) -> Iterator[str]:
        """The path of every document but the pages of stories."""
        return self._catalogue.paths(self._setup(), self._recent())

    def topics(self) -> Iterable[str]:
        """The keys of the topics that have a page."""
        return self._setup().topics

    def base(self) -> str:
        """The path of the site's address."""
        return urlsplit(self._setup().site.url).path

    def told(self, topic: str) -> list[str]:
        """The names of the pages of the stories in the feed of a topic."""
        setup, seen = self._setup(), self._recent()
        version = self._catalogue.version(topic_path(topic), setup, seen)
        feed = self._catalogue.feed(setup.topics[topic], setup, version)
        return [page_of(entry.id) for entry in feed.entries]

    def version(self, path: str) -> str:
        """What the document at a path is made from, as a digest that is the same in every process:
        of another version it has to be made anew. Not for stories.
        """
        setup = self._setup()
        if self._digest is None or self._digest[0] is not setup:
            self._digest = (setup, digest(setup_digest(setup), self._user_agent()))
        state = self._catalogue.version(path, setup, self._recent()).state
        return digest(path, self._digest[1], state)

    def story_versions(self, names: Iterable[str]) -> dict[str, str]:
        """The same for the pages of stories, by name; those of them that there are. A related story
        that changes is not seen.
        """
        self.version("")
        assert self._digest is not None
        return self._stories.versions(names, self._digest[1])

    def story_page(self, name: str, there: Container[str]) -> tuple[Document, list[str]] | None:
        """A story's page for a copy of the site that has the pages `there`, and no link to others;
        and which of them it links to. None: nothing of the story may be shown.
        """
        return self._stories.page(name, self._setup(), there)

    def renamed(self) -> dict[str, str]:
        """Where topics stood, without the ending of a format → where they are (B7.13)."""
        topics = self._setup().topics.values()
        return {topic_path(old): topic_path(topic.key) for topic in topics for old in topic.was}

    def removed(self) -> set[str]:
        """Where topics stood that are no more, without the ending of a format (B7.13)."""
        look = self._recent()
        keys = look.topics.keys() | look.former
        gone = map(topic_path, keys - self._setup().published_topics.keys())
        return set(gone) - self.renamed().keys()

    def moved(self, path: str) -> str | None:
        """Where a renamed topic's document is now (B7.13), or the page of a story that was merged
        into another.
        """
        if self._stories.is_path(path):
            return self._stories.moved(path)
        return moved_to(path, self.renamed())

    def was_a_topic(self, path: str) -> bool:
        """Did a topic that is no more have a document at this path (B7.13)?"""
        return stem_of(path) in self.removed()

    def _recent(self) -> Look:
        second, seen = self._second(), self._look
        if seen is None or seen.at != second:
            with self._store.reading() as ask:
                revision = ask.meta("revision") or ""
                if seen is not None and seen.revision == revision:
                    seen = replace(seen, at=second)
                else:  # whatever changes a topic counts the revision on
                    seen = look(ask, second)
            self._look = seen
        return seen

    def _second(self) -> dt.datetime:
        """The second it is. One look in each: no two bodies then have the same Last-Modified."""
        return self._clock().replace(microsecond=0)

    def _document(self, rendering: Rendering, last: Document | None) -> Document:
        if last is not None and last.rendering == rendering:
            return last
        # The second before: it has passed in every clock that writes a Date, and more bytes may
        # still come in this one (RFC 9110, section 8.8.2.2).
        last_second = self._second() - _SECOND
        return ready(rendering, self._store.modified_at(rendering, last_second))
