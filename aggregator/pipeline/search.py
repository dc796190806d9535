"""Search: any query over everything that is stored, within bounds."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from ..model import Article, FeedInfo, Found, Story
from ..publish import pages
from ..publish.atom import render_atom
from ..publish.feed import Desk, may_be_shown
from ..publish.search import MAX_QUERY, Match, results, search_feed
from ..publish.story import lead_first
from ..text.words import one_line
from ..topics import Engine, Query, QueryError, parse_query
from ..topics.sieve import sieve_of
from ..topics.tree import terms_of
from .documents import Document, Shelf, ready
from .ports import Ask, Store
from .setup import Setup
from .tagging import document_of, found

MOST_RESULTS: Final = 50
MOST_TERMS: Final = 50
_MOST_LOOKED_AT: Final = 5_000  # articles
_SECONDS: Final = 2.0
_FIRST_LOOK: Final = 100  # articles; each look is twice as far as the one before
_BATCH: Final = 50  # articles between two looks at the time
_KEPT: Final = 64  # documents

# The evidence by which a document is taken; None where it is not.
Judge = Callable[[Mapping[str, str]], tuple[Found, ...] | None]
# Why a search ended: it saw everything; it has enough; it would take too long.
Ended = Literal["all", "enough", "bounds"]


@dataclass(slots=True)
class Findings:
    """What a search has found so far, the newest first."""

    matches: list[Match] = field(default_factory=list)
    # Of the articles taken: what the engine was asked about, and what it said.
    documents: dict[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    evidence: dict[tuple[str, str], tuple[Found, ...]] = field(default_factory=dict)
    infos: dict[str, FeedInfo] = field(default_factory=dict)
    ended: Ended = "all"
    unindexed: bool = False  # older stories are not indexed yet

    def judged(self, article: Article, judge: Judge, setup: Setup) -> tuple[Found, ...] | None:
        """By which evidence an article is taken; None where it is not."""
        if (known := self.evidence.get(article.identity)) is not None:
            return known
        document = document_of(article, setup.sources.get(article.source))
        evidence = judge(document)
        if evidence is not None:
            self.documents[article.identity] = document
            self.evidence[article.identity] = evidence
        return evidence

    def desk(self, setup: Setup) -> Desk:
        """What publishing needs to know for these stories."""
        return Desk(
            setup.site, setup.sources, setup.published_topics(), self.infos, setup.blocklist
        )


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


def judge_of(query: Query) -> Judge:
    """What says by which evidence a document is taken; None where it is not."""
    engine = Engine({"": query})

    def judge(document: Mapping[str, str]) -> tuple[Found, ...] | None:
        evidence = engine.topics_of(document).get("")
        return None if evidence is None else tuple(map(found, evidence))

    return judge


def search(
    ask: Ask, query: Query, setup: Setup, seconds: float, timer: Callable[[], float]
) -> Findings:
    """The newest stories that have an article which the query takes and which may be shown.

    The index says which articles to look at; the engine judges each of them.
    """
    until = timer() + seconds
    judge = judge_of(query)
    findings = Findings(unindexed=sieve_of(query) is not None and ask.floor() > 0)
    seen: set[int] = set()
    try:
        for batch in _batches(ask, query, until, timer):
            taken = _taken(ask, batch, seen, judge, setup, findings)
            stories = ask.stories(taken)
            _inform(ask, findings, (a for story in stories.values() for a in story.articles))
            findings.matches += [_match(stories[pk], judge, setup, findings) for pk in taken]
            seen |= set(taken)
            if len(seen) >= MOST_RESULTS:
                findings.ended = "enough"
                break
            if timer() > until:
                findings.ended = "bounds"
                break
    except TimeoutError:
        findings.ended = "bounds"
    return findings


def _taken(
    ask: Ask,
    batch: Sequence[int],
    seen: Collection[int],
    judge: Judge,
    setup: Setup,
    findings: Findings,
) -> list[int]:
    """The stories of those of these articles that are taken, in the order of the articles."""
    articles = ask.articles(batch)
    judged = [
        (story_pk, article)
        for story_pk, article in (articles[pk] for pk in batch)
        if story_pk not in seen and findings.judged(article, judge, setup) is not None
    ]
    _inform(ask, findings, (article for _, article in judged))
    desk = findings.desk(setup)
    taken = dict.fromkeys(pk for pk, article in judged if may_be_shown(article, desk))
    return list(taken)[: MOST_RESULTS - len(seen)]


def _match(story: Story, judge: Judge, setup: Setup, findings: Findings) -> Match:
    """The story with its evidence, of the lead if that is taken, too."""
    for article in lead_first(story, findings.desk(setup)):
        if (evidence := findings.judged(article, judge, setup)) is not None:
            return Match(story, article.identity, evidence)
    raise AssertionError("one of its articles was taken a moment ago")


def _inform(ask: Ask, findings: Findings, articles: Iterable[Article]) -> None:
    """Learn what the sources of these articles say of themselves."""
    unknown = {article.source for article in articles} - findings.infos.keys()
    if unknown:
        findings.infos |= dict.fromkeys(unknown, FeedInfo())
        findings.infos |= {key: state.info for key, state in ask.states(unknown).items()}


def _batches(
    ask: Ask, query: Query, until: float, timer: Callable[[], float]
) -> Iterator[list[int]]:
    """Articles to look at, the newest first, a few at a time. Raises TimeoutError at the bound."""
    sieve, before, looked = sieve_of(query), None, 0
    far = _FIRST_LOOK
    while True:
        pks = ask.candidates(sieve, before, far, until - timer())
        for start in range(0, len(pks), _BATCH):
            yield pks[start : start + _BATCH]
        if len(pks) < far:
            return
        looked, before = looked + far, pks[-1]
        if looked >= _MOST_LOOKED_AT:
            raise TimeoutError
        far = min(2 * far, _MOST_LOOKED_AT - looked)


@dataclass(frozen=True, slots=True)
class _Version:
    """What a document was made from; another version is another document."""

    setup: Setup
    revision: str
    floor: int


class Search:
    """The page and the feed of any query. Safe to use from several threads; each search takes one
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

    def feed(self, said: str) -> Document:
        """A query's feed. Raises QueryError."""
        text = tidy(said)
        return self._document("feed", text, read_query(text))

    def _document(self, kind: Literal["page", "feed"], text: str, query: Query) -> Document:
        setup = self._setup()
        with self._store.reading() as ask:
            version = _Version(setup, ask.meta("revision") or "", ask.floor())
            known = self._kept.take((kind, text))
            if known is not None and known[0] == version:
                return known[1]
            findings = search(ask, query, setup, self._seconds, self._timer)
        desk = findings.desk(setup)
        feed = search_feed(text, findings.matches, desk)
        if kind == "feed":
            rendering = replace(render_atom(feed), noindex=True)
        else:
            shown = results(feed, findings.matches, desk, findings.documents)
            rendering = pages.render_search_page(
                feed, text, shown, findings.ended, unindexed=findings.unindexed
            )
        made = ready(rendering)
        self._kept.put((kind, text), (version, made))
        return made
