"""The bridge between stories and the rule engine: articles as documents, evidence as reasons."""

from collections.abc import Collection, Iterable, Mapping

from .. import document
from ..model import ALL_TOPIC, Article, Because, Found, Source, Story, Wording
from ..topics import Engine, Evidence
from .setup import Setup


def document_of(article: Article | Wording, source: Source | None) -> Mapping[str, str]:
    """What a query is asked about: the fields of `topics.FIELDS`."""
    return document.document_of(article, (source and source.title) or "")


def found(evidence: Evidence) -> Found:
    """The engine's evidence as a value of the model."""
    return Found(
        evidence.field, evidence.term, evidence.text, evidence.start, evidence.end, evidence.score
    )


def because_of(document: Mapping[str, str], engine: Engine) -> list[Because]:
    """The topics of a document, each with its evidence."""
    return [
        Because(topic, tuple(map(found, evidence)))
        for topic, evidence in engine.topics_of(document).items()
    ]


def tag(story: Story, setup: Setup) -> tuple[Because, ...]:
    """The topics of a story, by key: those of any of its articles, those its sources bring, and
    that of all stories. A function of the story and the rules, and of nothing else (law 10).
    """
    return topics_of(story.articles, setup, story.topics)


def topics_of(
    articles: Collection[Article | Wording], setup: Setup, stands: Iterable[Because] = ()
) -> tuple[Because, ...]:
    """The topics of the story that these articles tell, given in the order they joined it.

    What is withheld is shown to nobody, and brings its story into no topic (A13.2). An article
    whose text is forgotten is not judged by what is left of it: its story keeps the topics it has
    (`stands`), and has those of the others, and those its sources bring.
    """
    reasons: dict[str, Because] = {ALL_TOPIC: Because(ALL_TOPIC)}
    if any(article.kept != "text" for article in articles):
        reasons |= {one.topic: one for one in stands if one.topic in setup.topics}
    for article in articles:
        if article.withheld:
            continue
        source = setup.sources.get(article.source)
        if article.kept == "text":
            for because in because_of(document_of(article, source), setup.engine):
                reasons.setdefault(because.topic, because)
        for topic in source.topics if source else ():
            if topic in setup.topics:
                brought = Found("source", f"topics of {article.source}", article.source)
                reasons.setdefault(topic, Because(topic, (brought,)))
    return tuple(sorted(reasons.values(), key=lambda because: because.topic))
