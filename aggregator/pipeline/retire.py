"""Retention: what was seen is remembered longer than what was said (law 12).

Texts go first, with the keys by which copies of them are found: an article keeps what archives
publish. Much later, what no topic has ever published keeps what it is known by again. A batch is a
short transaction; whatever is stopped in between goes on from there, for each article says how much
of it is kept.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ..model import Freed, Kept
from ..publish.feed import MOST_ENTRIES
from .ports import Clock, Store

_PAGE: Final = 5_000  # articles looked up at a time
_BATCH: Final = 25  # articles in one transaction: polls commit in between
_EVERY: Final = dt.timedelta(days=1)
# For so long others take a day's work to be under way. Two at once would do no harm.
_LEASE: Final = dt.timedelta(hours=1)
_IDLE: Final = dt.timedelta(days=30)  # longer than any Retry-After is honoured
_NEXT: Final = "retire.next"
_NOTHING: Final = Freed()


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is kept."""

    texts: dt.timedelta = dt.timedelta(days=90)
    stories: dt.timedelta = dt.timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Retired:
    """What retention has forgotten."""

    texts: Freed = _NOTHING
    stories: Freed = _NOTHING
    idle: int = 0  # rows of other kinds
    shown: int = 0  # articles of age that feeds show, and that stay as they are for now

    def __bool__(self) -> bool:
        """Was anything of an article forgotten?"""
        return bool(self.texts.articles or self.stories.articles)


@dataclass(frozen=True, slots=True)
class Way:
    """How to go about it: what is told of it, what may stop it, and what comes between batches."""

    progress: Callable[[int, int], None] = lambda done, articles: None
    keep_on: Callable[[], bool] = lambda: True
    rest: Callable[[], None] = lambda: None  # lets other processes have the database
    dry_run: bool = False  # only say what would be freed

    def goes_on(self) -> bool:
        """To be asked between two batches."""
        if not self.dry_run:
            self.rest()
        return self.keep_on()


AT_ONCE: Final = Way()


def retire(store: Store, retention: Retention, now: dt.datetime, way: Way = AT_ONCE) -> Retired:
    """Forget everything that has come of age."""
    texts, shown = _reduce(store, "summary", now - retention.texts, way)
    stories, _ = _reduce(store, "title", now - retention.stories, way)
    idle = 0
    if not way.dry_run:
        with store.writing() as tell:
            idle = tell.forget_idle(now - _IDLE)
    done = Retired(texts, stories, idle, shown)
    _say_so(store, done, now, way)
    return done


def retire_texts(
    store: Store, before: dt.datetime, source: str | None = None, way: Way = AT_ONCE
) -> Retired:
    """Forget the texts of articles, of this source alone where one is given, that were first seen
    and last updated before then.
    """
    texts, shown = _reduce(store, "summary", before, way, source)
    done = Retired(texts, shown=shown)
    _say_so(store, done, before, way)
    return done


def retire_daily(
    store: Store, retention: Callable[[], Retention], clock: Clock, way: Way = AT_ONCE
) -> Retired | None:
    """Forget what has come of age, once a day whoever asks; None when it is not time yet.

    When that is stands in the store, so that neither a restart nor a second process does it again;
    what was killed is gone on with by the next who asks, an hour later.
    """
    now = clock()
    with store.reading() as ask:  # a look costs the writer nothing
        if not _is_time(ask.meta(_NEXT), now):
            return None
    with store.writing() as tell:
        if not _is_time(tell.meta(_NEXT), now):
            return None
        tell.set_meta(_NEXT, (now + _LEASE).isoformat())
    done = retire(store, retention(), now, way)
    if way.keep_on():
        if done:
            store.compact(way.goes_on)
        with store.writing() as tell:
            tell.set_meta(_NEXT, (now + _EVERY).isoformat())
    return done


def _say_so(store: Store, done: Retired, now: dt.datetime, way: Way) -> None:
    """Pages of stories quote what was forgotten: no process may go on showing what another does
    not (law 5). Feeds come out as they were.
    """
    if done and not way.dry_run:
        with store.writing() as tell:
            tell.touch_topics(tell.topics(), now)
            tell.advance()


def _is_time(said: str | None, now: dt.datetime) -> bool:
    if said is None:
        return True
    at = dt.datetime.fromisoformat(said)
    # Further off than a day is what a clock said that was ahead: it must not end retention.
    return at <= now or at > now + _EVERY


def _reduce(
    store: Store, to: Kept, before: dt.datetime, way: Way, source: str | None = None
) -> tuple[Freed, int]:
    """Reduce articles to so much; what that freed, and how many stay as they are."""
    freed, after, looked_at = _NOTHING, None, 0
    with store.reading() as ask:
        of_age = ask.retirable_count(to, before, source)
    while way.keep_on():
        with store.reading() as ask:
            page = ask.retirable(to, before, after, _PAGE, source)
        if not page:
            break
        after = page[-1]
        for start in range(0, len(page), _BATCH):
            pks = [pk for _, pk in page[start : start + _BATCH]]
            freed = _sum(freed, _batch(store, to, pks, dry_run=way.dry_run))
            looked_at += len(pks)
            way.progress(looked_at, max(of_age, looked_at))
            if not way.goes_on():
                return freed, looked_at - freed.articles
    return freed, looked_at - freed.articles


def _batch(store: Store, to: Kept, pks: list[int], *, dry_run: bool) -> Freed:
    if dry_run:
        with store.reading() as ask:
            return ask.weigh(to, pks, MOST_ENTRIES)[1]
    with store.writing() as tell:
        return tell.retire(to, pks, MOST_ENTRIES)


def _sum(one: Freed, other: Freed) -> Freed:
    return Freed(one.articles + other.articles, one.keys + other.keys, one.bytes + other.bytes)
