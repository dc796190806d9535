"""Search: any query over everything that is stored, as a page and as a feed."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from ..model import Rendering, TopicFeed
from ..publish import pages
from ..publish.atom import render_atom, render_rss
from ..publish.jsonfeed import render_json
from ..publish.search import MAX_QUERY, results, search_feed
from ..text.words import one_line
from ..topics import Query, QueryError, parse_query
from ..topics.tree import terms_of
from .documents import Document, Shelf, ready
from .finding import find
from .ports import Store
from .setup import Setup

MOST_TERMS: Final = 50
_SECONDS: Final = 2.0
_KEPT: Final = 64  # documents

FeedForm = Literal["atom", "rss", "json"]
_RENDERERS: Final[Mapping[FeedForm, Callable[[TopicFeed], Rendering]]] = {
    "atom": render_atom,
    "rss": render_rss,
    "json": render_json,
}
FEED_FORMS: Final = tuple(_RENDERERS)


def tidy(said: str) -> str:
    """A query as it stands in pages and addresses: on one line, without what XML has no room for;
    of an overlong one the beginning.
    """
    return one_line(said[: 4 * MAX_QUERY])[: MAX_QUERY + 1]


def read_query(text: str) -> Query:
    """The tree of a query that may be searched for. Raises QueryError."""
    if len(text) > MAX_QUERY:
        raise QueryError(f"longer than {MAX_QUERY} characters", MAX_QUERY + 1)
    query = parse_query(text)
    if sum(1 for _ in terms_of(query)) > MOST_TERMS:
        raise QueryError(f"more than {MOST_TERMS} words and phrases", 1)
    return query


@dataclass(frozen=True, slots=True)
class _Version:
    """What a document was made from; another version is another document."""

    setup: Setup
    revision: str
    floor: int


class Search:
    """The page and the feeds of any query. Safe to use from several threads; each search takes one
    for two seconds at most.
    """

    def __init__(
        self,
        store: Store,
        setup: Callable[[], Setup],
        seconds: float = _SECONDS,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        """`timer`: seconds that only go forward."""
        self._store, self._setup, self._seconds, self._timer = store, setup, seconds, timer
        self._kept: Shelf[tuple[str, str], tuple[_Version, Document]] = Shelf(_KEPT)

    def page(self, said: str) -> tuple[Document, bool]:
        """The page of a query; and whether it could be read."""
        text = tidy(said)
        try:
            query = read_query(text)
        except QueryError as wrong:
            site = self._setup().site
            return ready(pages.render_search_problem(site, text, wrong)), False
        return self._document("page", text, query), True

    def feed(self, said: str, kind: FeedForm = "atom") -> Document:
        """A query's feed. Raises QueryError."""
        text = tidy(said)
        return self._document(kind, text, read_query(text))

    def _document(self, kind: Literal["page"] | FeedForm, text: str, query: Query) -> Document:
        setup = self._setup()
        with self._store.reading() as ask:
            version = _Version(setup, ask.meta("revision") or "", ask.floor())
            known = self._kept.take((kind, text))
            if known is not None and known[0] == version:
                return known[1]
            findings = find(ask, query, setup, self._seconds, self._timer)
        desk = findings.desk(setup)
        feed = search_feed(text, findings.matches, desk)
        if kind != "page":
            rendering = replace(_RENDERERS[kind](feed), noindex=True)
        else:
            shown = results(feed, findings.matches, desk)
            rendering = pages.render_search_page(
                feed, text, shown, findings.ended, unindexed=findings.unindexed
            )
        made = ready(rendering)
        self._kept.put((kind, text), (version, made))
        return made
