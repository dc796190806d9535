"""`explain`: why a story is in a topic, and why not."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from ..text.words import one_line, xml_text
from .evidence import document_with, evidence_lines
from .misses import show_misses
from .shared import Json, Options, many, must_be_topics, out, print_json, table

if TYPE_CHECKING:
    from rich.console import Console

    from ..config import Config
    from ..model import Article, Because, Story
    from ..pipeline.setup import Setup
    from ..publish.desk import Desk

_One = TypeVar("_One")


def explain(
    context: typer.Context,
    story: Annotated[
        str | None, typer.Argument(metavar="STORY", help="The id or an address of a story.")
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(
            "--text",
            "-t",
            help="A text to try the topics on; - reads it from stdin. Its first line counts as the "
            "title, unless --title gives one.",
        ),
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="Its title.")] = None,
    lang: Annotated[
        str,
        typer.Option("--lang", metavar="TAG", help="Its language, for rules that ask: de, pt-BR."),
    ] = "",
    topic: Annotated[
        str | None,
        typer.Option(
            "--topic", metavar="KEY", help="Ask about this topic alone, however far it is."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Why a story is in a topic, and why not.

    The evidence for each of its topics, the articles that tell it, and the topics that came
    nearest without taking it: what was missing, and what was in the way. Or the same for a text
    given. Exit code 1 when the story is not known.

    Examples: aggregator explain https://news.example/a · aggregator explain --text "Temple of Isis"
    """
    from ..errors import UsageError

    options: Options = context.obj
    if (story is None) == (text is None and title is None):
        raise UsageError("explain takes either a story or --text (and --title)")
    if story is not None and lang:
        raise UsageError("--lang goes with --text or --title; a story has its own language")
    config = options.read()
    if topic is not None:
        must_be_topics([topic], config.topics)
    if story is not None:
        _explain_story(config, _clean(story), topic, as_json)
    else:
        text = _clean(_stdin() if text == "-" else text or "")
        if title is None:
            title, _, text = text.strip().partition("\n")
        document = {"title": one_line(_clean(title)), "text": text, "lang": one_line(lang)}
        _explain_text(config, document, topic, as_json)


def _stdin() -> str:
    return sys.stdin.buffer.read().decode("utf-8", "replace")


def _clean(given: str) -> str:
    """What was typed or piped, as the texts of stories are: what is no UTF-8, which
    Python keeps as surrogates, becomes U+FFFD, and nothing in it commands a terminal.
    """
    return "\n".join(map(one_line, xml_text(given).split("\n")))


def _explain_text(
    config: "Config", document: Mapping[str, str], topic: str | None, as_json: bool
) -> None:
    from ..pipeline.export import miss_json, topic_json
    from ..pipeline.setup import engine_of
    from ..pipeline.tagging import because_of

    engine = engine_of(config.topics)
    reasons = [b for b in because_of(document, engine) if topic in (None, b.topic)]
    if topic is None:
        misses = engine.misses(document)
    else:
        misses = _if_any(config.topics[topic].query and engine.miss(document, topic))
    if as_json:
        topics = [topic_json(because) for because in reasons]
        print_json({"topics": topics, "misses": [miss_json(miss) for miss in misses]})
        return
    console = out()
    if not reasons and topic is None:
        console.print(f"No topic takes this; {many(len(config.topics), 'topic')} tried.")
    for because in reasons:
        _show_because(console, because, document)
    if topic is not None and not reasons and not misses:
        console.print(_no_query(topic))
    show_misses(console, [(miss, document) for miss in misses])


def _explain_story(config: "Config", named: str, topic: str | None, as_json: bool) -> None:
    from ..errors import UnknownStory
    from ..pipeline.desks import desk_for
    from ..pipeline.export import find_story, miss_json, revisions_json, story_json
    from ..pipeline.misses import miss_of, misses_of
    from ..pipeline.related import related
    from ..publish.feed import lead_of
    from ..wiring import opened

    with opened(config) as (store, setup):
        story = find_story(store, named)
        if story is None:
            raise UnknownStory(named)
        with store.reading() as ask:
            others = related(ask, story, setup)
            desk = desk_for(ask, setup, [story, *others])
        if topic is None:
            missed = misses_of(story, setup)
        elif topic in (because.topic for because in story.topics):
            missed = []
        else:
            missed = _if_any(config.topics[topic].query and miss_of(story, setup, topic))
        revisions = revisions_json(store, story)
        if as_json:
            misses = [miss_json(one.miss) for one in missed]
            said = {
                **story_json(story, lead_of(story, desk)),
                "misses": misses,
                "revisions": revisions,
                "related": [other.id for other in others],
            }
            print_json(said)
            return
        console = out()
        _show_story(console, story, desk)
        _show_revisions(console, revisions)
        _show_topics(console, story, setup, topic)
        if topic is not None and not missed:
            _show_not_yet(console, story, setup, topic)
        show_misses(console, [(one.miss, one.document) for one in missed])
        if topic is None:
            _show_related(console, others, desk)


def _if_any(one: _One | str | None) -> list[_One]:
    return [one] if one and not isinstance(one, str) else []


def _no_query(topic: str) -> str:
    return f"{topic} has no query: only stories of sources that name it are in it."


def _show_story(console: "Console", story: "Story", desk: "Desk") -> None:
    from rich.markup import escape

    from ..publish.desk import may_be_shown
    from ..publish.feed import lead_of

    lead = lead_of(story, desk)
    console.print(f"[bold]{escape(lead.title)}[/bold]")
    console.print(f"{story.id}", soft_wrap=True)
    console.print(f"first seen {story.first_seen_at:%Y-%m-%d %H:%M} UTC, "
                  f"published {story.published:%Y-%m-%d %H:%M} UTC")  # fmt: skip
    told = table("source", "title", "address", "published", "why it is here")
    for article in story.articles:
        told.add_row(
            article.source,
            escape(article.title),
            article.url or "–",
            f"{article.published:%Y-%m-%d %H:%M}",
            _why(article, story)
            + ("" if may_be_shown(article, desk) else "; kept from being published"),
        )
    console.print(told)
    forgotten = dict.fromkeys(one.source for one in story.articles if one.kept != "text")
    if forgotten:
        of = "" if len(story.articles) == 1 else f" of {', '.join(forgotten)}"
        console.print(f"[dim]The text{of} is no longer kept (settings.retention).[/dim]")


def _why(article: "Article", story: "Story") -> str:
    if article is story.articles[0]:
        return "it came first"
    return str(article.joined or "–")


def _show_revisions(console: "Console", revisions: Sequence[Mapping[str, str]]) -> None:
    from rich.markup import escape

    if revisions:
        before = table("source", "until", "title before")
        for one in revisions:
            moment = one["until"].replace("T", " ")[:16]
            before.add_row(one["source"], moment, escape(one["title"]))
        console.print(before)


def _show_topics(console: "Console", story: "Story", setup: "Setup", topic: str | None) -> None:
    from ..model import ALL_TOPIC
    from ..pipeline.tagging import document_of

    topics = [b for b in story.topics if b.topic != ALL_TOPIC and topic in (None, b.topic)]
    if not topics and topic is None:
        console.print("In no topic.")
    for because in topics:
        documents = [document_of(a, setup.sources.get(a.source)) for a in story.articles]
        _show_because(console, because, document_with(because, documents))


def _show_not_yet(console: "Console", story: "Story", setup: "Setup", topic: str) -> None:
    """Of a topic that has no reason not to take a story."""
    if topic in (because.topic for because in story.topics):
        return
    if setup.topics[topic].query is None:
        console.print(_no_query(topic))
    else:
        console.print(f"{topic} takes it as feeds.yaml is now; it will be there once retagged.")


def _show_because(console: "Console", because: "Because", document: Mapping[str, str]) -> None:
    console.print(f"[bold]{because.topic}[/bold]")
    for line in evidence_lines(because, document):
        console.print(f"  {line}")


def _show_related(console: "Console", others: Sequence["Story"], desk: "Desk") -> None:
    from rich.markup import escape

    from ..publish.feed import lead_of

    if others:
        console.print("\nRelated, the likest first:")
    for other in others:
        lead = lead_of(other, desk)
        console.print(f"  {other.published:%Y-%m-%d %H:%M} {lead.source}: {escape(lead.title)}")
        console.print(f"    [dim]{escape(other.id)}[/dim]", soft_wrap=True)
