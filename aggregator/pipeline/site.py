"""The published site: every document by its path, rendered when something changed, and only then.

One `Site` serves the web, another the static build: the same bytes for the same store.
"""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Final

from ..model import Rendering
from ..publish.feed import topic_path
from .catalogue import Catalogue, Look, Version, is_archive, look, moved_to, was_of_a_topic
from .documents import Document, Shelf, ready
from .ports import Clock, Store
from .setup import Setup
from .stories import StoryPages

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
        self._store, self._setup, self._clock = store, setup, clock
        self._catalogue = Catalogue(store, user_agent)
        self._lock = threading.Lock()
        self._paths: dict[str, threading.Lock] = {}
        self._look: Look | None = None
        self._made: dict[str, tuple[Version, Document]] = {}
        self._archives: Shelf[str, tuple[Version, Document]] = Shelf(_MOST_ARCHIVES)
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
                rendering = self._catalogue.render(path, setup, version, seen)
                document = self._document(rendering, known[1] if known else None)
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

    def fresh(self, path: str) -> Document | None:
        """The document at a path when it is known, without asking the store, to be current."""
        known, seen = self._known(path), self._look
        if known is None or seen is None or seen.at != self._second():
            return None
        version = self._catalogue.known_version(path, self._setup(), seen)
        return known[1] if known[0] == version else None

    def __contains__(self, path: str) -> bool:
        """Is there a document at this path?"""
        if self._stories.is_path(path):
            return self.document(path) is not None
        return self._catalogue.has(path, self._setup(), self._recent)

    def paths(self) -> Iterator[str]:
        """The path of every document, of stories those in the feeds of topics."""
        setup, seen, listed = self._setup(), self._recent(), self._catalogue
        yield from listed.paths(setup, seen)
        feeds = [
            listed.feed(topic, setup, listed.version(topic_path(key), setup, seen))
            for key, topic in setup.topics.items()
        ]
        told = (entry.id for feed in feeds for entry in feed.entries)
        yield from self._stories.look_ahead(told)

    def moved(self, path: str) -> str | None:
        """Where a renamed topic's document is now (B7.13), or the page of a story that was merged
        into another.
        """
        if self._stories.is_path(path):
            return self._stories.moved(path)
        return moved_to(path, self._setup())

    def was_a_topic(self, path: str) -> bool:
        """Did a topic that is no more stand at this path (B7.13)?"""
        return was_of_a_topic(path, self._setup(), self._recent())

    def _recent(self) -> Look:
        second, seen = self._second(), self._look
        if seen is None or seen.at != second:
            with self._store.reading() as ask:
                seen = self._look = look(ask, second)
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
