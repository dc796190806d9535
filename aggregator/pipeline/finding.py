"""The newest stories that a query takes: the index says where to look, the engine judges."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from ..model import Article, Blocklist, FeedInfo, Found, Story
from ..publish.desk import Desk, may_be_shown, shown_articles
from ..publish.quotes import Quote, quotes
from ..publish.search import Match
from ..publish.story import lead_first
from ..topics import Engine, Query, Rule
from ..topics.sieve import sieve_of
from .desks import blocklist_of, infos_of
from .ports import Ask
from .setup import Setup
from .tagging import document_of, found

MOST_FOUND: Final = 50
_MOST_LOOKED_AT: Final = 5_000  # articles
_FIRST_LOOK: Final = 100  # articles; each look goes twice as far as the one before
_BATCH: Final = 25  # articles in memory at a time

# The evidence by which a document is taken; None where it is not.
Judge = Callable[[Mapping[str, str]], tuple[Found, ...] | None]


@dataclass(slots=True)
class Findings:
    """What a search has found, the newest first, and why it ended: it saw everything; it has
    enough; it would take too long.
    """

    matches: list[Match] = field(default_factory=list)
    infos: dict[str, FeedInfo] = field(default_factory=dict)  # of their sources
    blocklist: Blocklist = field(default_factory=Blocklist)
    ended: Literal["all", "enough", "bounds"] = "all"
    unindexed: bool = False  # older stories are not indexed yet

    def desk(self, setup: Setup) -> Desk:
        """What publishing needs to know for these stories."""
        topics = setup.published_topics
        return Desk(setup.site, setup.sources, topics, self.infos, self.blocklist)


def judge_of(query: Query) -> Judge:
    """The engine, asked about one query."""
    engine = Engine({"": Rule(query)})

    def judge(document: Mapping[str, str]) -> tuple[Found, ...] | None:
        evidence = engine.topics_of(document).get("")
        return None if evidence is None else tuple(map(found, evidence))

    return judge


def find(
    ask: Ask, query: Query, setup: Setup, seconds: float, timer: Callable[[], float]
) -> Findings:
    """The newest stories with an article that the query takes and that may be shown."""
    hunt = _Hunt(ask, query, setup, timer() + seconds, timer)
    findings = hunt.findings
    try:
        for batch in hunt.batches():
            hunt.look_at(batch)
            if len(findings.matches) == MOST_FOUND:
                findings.ended = "enough"
                break
    except TimeoutError:
        findings.ended = "bounds"
    return findings


class _Hunt:
    """One search while it is under way."""

    def __init__(
        self, ask: Ask, query: Query, setup: Setup, until: float, timer: Callable[[], float]
    ) -> None:
        self.ask, self.setup, self.until, self.timer = ask, setup, until, timer
        self.judge, self.sieve = judge_of(query), sieve_of(query)
        unindexed = self.sieve is not None and ask.floor() > 0
        self.findings = Findings(unindexed=unindexed, blocklist=blocklist_of(ask, setup))
        self.full = [key for key, source in setup.sources.items() if source.content == "full"]
        self.stories: set[int] = set()  # found already
        self.quoted: dict[tuple[str, str], tuple[Quote, ...]] = {}  # of the articles taken

    def batches(self) -> Iterator[list[int]]:
        """Articles to look at, the newest first, a few at a time. Raises TimeoutError at the
        bounds.
        """
        before, looked, far = None, 0, _FIRST_LOOK
        while True:
            pks = self.ask.candidates(self.sieve, before, far, self.until - self.timer())
            for start in range(0, len(pks), _BATCH):
                yield pks[start : start + _BATCH]
                if self.timer() > self.until:
                    raise TimeoutError
            if len(pks) < far:
                return
            looked, before = looked + far, pks[-1]
            if looked >= _MOST_LOOKED_AT:
                raise TimeoutError
            far = min(2 * far, _MOST_LOOKED_AT - looked)

    def look_at(self, batch: Sequence[int]) -> None:
        """Judge these articles, and add the stories of those that are taken."""
        articles = self.ask.articles(batch)
        judged = [
            (story_pk, article)
            for story_pk, article in (articles[pk] for pk in batch)
            if story_pk not in self.stories and self.is_taken(article)
        ]
        self.inform(article for _, article in judged)
        desk = self.findings.desk(self.setup)
        taken = dict.fromkeys(pk for pk, article in judged if may_be_shown(article, desk))
        pks = list(taken)[: MOST_FOUND - len(self.stories)]
        stories = self.ask.stories(pks, self.full)
        self.inform(article for story in stories.values() for article in story.articles)
        shown = [pk for pk in pks if shown_articles(stories[pk], desk)]  # or blocked as a whole
        self.findings.matches += [self.match(stories[pk]) for pk in shown]
        self.stories.update(shown)

    def is_taken(self, article: Article) -> bool:
        """Does the query take this article? Its words are kept, not the whole of its text. When
        time is up, nothing more is read.
        """
        if self.timer() > self.until:
            return False
        document = document_of(article, self.setup.sources.get(article.source))
        evidence = self.judge(document)
        if evidence is not None:
            self.quoted[article.identity] = quotes(evidence, document)
        return evidence is not None

    def match(self, story: Story) -> Match:
        """The story with its evidence, of the lead where that was taken, too."""
        shown = lead_first(story, self.findings.desk(self.setup))
        quoted = next(a.identity for a in shown if a.identity in self.quoted)
        return Match(story, quoted, self.quoted[quoted])

    def inform(self, articles: Iterable[Article]) -> None:
        """Learn what the sources of these articles say of themselves."""
        infos = self.findings.infos
        unknown = {article.source for article in articles} - infos.keys()
        if unknown:
            infos |= dict.fromkeys(unknown, FeedInfo())
            infos |= infos_of(self.ask, unknown)
