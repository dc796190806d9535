"""`status` and `explain`: how it is, and why."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .shared import Json, Options, ago, many, out, print_json, table

if TYPE_CHECKING:
    from ..model import Because, Found, Story
    from ..pipeline.setup import Setup


def status(context: typer.Context, as_json: Json = False) -> None:
    """How sources and topics are.

    Sources and their health, topics and their sizes. Exit code 1 when a source needs a person.

    Example: aggregator status --json | jq '.sources[] | select(.state != "active")'
    """
    from ..pipeline.due import sync_sources
    from ..pipeline.status import source_statuses, topic_statuses
    from ..wiring import now, opened

    options: Options = context.obj
    with opened(options.read()) as (store, setup):
        with store.reading() as ask:
            unknown = setup.sources.keys() - ask.source_keys()
        if unknown:
            sync_sources(store, setup, now())
        sources, topics = source_statuses(store, setup), topic_statuses(store, setup)
    if as_json:
        print_json(
            {
                "sources": [_source_json(one) for one in sources],
                "topics": [
                    {"key": one.key, "stories": one.stories, "newest_at": one.newest_at}
                    for one in topics
                ],
            }
        )
    else:
        _show_status(sources, topics, now())
    if any(one.needs_a_person for one in sources):
        raise typer.Exit(1)


def _source_json(one: Any) -> dict[str, Any]:
    failure = one.failure
    return {
        "key": one.key,
        "url": one.url,
        "state": one.health.value,
        "since": one.since,
        "entries": one.articles,
        "last_new_at": one.last_arrival_at,
        "polled_at": one.polled_at,
        "next_poll_at": one.next_poll_at,
        "failing_since": one.failing_since,
        "failures": one.failures,
        "failure": failure
        and {
            "kind": failure.kind.value,
            "detail": failure.detail,
            "phase": failure.phase,
            "status": failure.status,
            "url": failure.url,
            "address": failure.address,
            "bytes": failure.wire_bytes,
            "seconds": failure.seconds,
            "retry_after": failure.retry_after,
        },
        "why": one.why,
        "notices": one.notices,
        "asked_at": one.asked_at or one.url,
        "asking": one.asking.value,
        "days": one.days.counts,
        "last_day": one.days.last and one.days.last.isoformat(),
        "needs_a_person": one.needs_a_person,
    }


def _show_status(sources: list[Any], topics: list[Any], now: Any) -> None:
    from rich.markup import escape

    console = out()
    shown = table("source", "state", "since", "last new", "next poll", "why")
    mild = dict.fromkeys(("quiet", "idle", "moved", "failing", "rate_limited", "paused"), "yellow")
    colours = {"active": "green", "new": "green", **mild}
    for one in sources:
        state = one.health.value
        colour = colours.get(state, "red")
        shown.add_row(
            one.key,
            f"[{colour}]{state.replace('_', ' ')}[/{colour}]",
            ago(one.since, now),
            ago(one.last_arrival_at, now),
            _next(one.next_poll_at, now),
            escape("; ".join(one.reasons)[:200]),
        )
    console.print(shown)
    sizes = table("topic", "stories", "newest", right=("stories",))
    for topic in topics:
        sizes.add_row(topic.key, f"{topic.stories:,}", ago(topic.newest_at, now))
    console.print(sizes)
    ill = sum(one.needs_a_person for one in sources)
    console.print(f"{many(len(sources), 'source')}, {ill} in need of a person.")


def _next(moment: Any, now: Any) -> str:
    if moment is None:
        return "never"
    return "due" if moment <= now else ago(moment, now)


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
    as_json: Json = False,
) -> None:
    """Why a story is where it is.

    The evidence for each of its topics, and the articles that tell it; or, for a text given, which
    topics would take it, and why. Exit code 1 when the story is not known.

    Examples: aggregator explain https://news.example/a · aggregator explain --text "Temple of Isis"
    """
    from ..errors import UsageError

    options: Options = context.obj
    if (story is None) == (text is None and title is None):
        raise UsageError("explain takes either a story or --text (and --title)")
    if story is not None:
        _explain_story(options, story, as_json)
    else:
        text = sys.stdin.read() if text == "-" else text or ""
        if title is None:
            title, _, text = text.strip().partition("\n")
        _explain_text(options, title, text, as_json)


def _explain_text(options: Options, title: str, text: str, as_json: bool) -> None:
    from ..pipeline.export import topic_json
    from ..pipeline.setup import engine_of
    from ..pipeline.tagging import because_of

    config = options.read()
    reasons = because_of({"title": title, "text": text}, engine_of(config.topics))
    if as_json:
        print_json({"topics": [topic_json(because) for because in reasons]})
        return
    console = out()
    if not reasons:
        console.print(f"No topic takes this; {many(len(config.topics), 'topic')} tried.")
    for because in reasons:
        _show_because(console, because, {"title": title, "text": text})


def _explain_story(options: Options, named: str, as_json: bool) -> None:
    from ..pipeline.export import find_story, story_json
    from ..wiring import opened

    with opened(options.read()) as (store, setup):
        story = find_story(store, named)
        if story is None:
            print(f"aggregator: no story has the id or the address {named}", file=sys.stderr)
            raise typer.Exit(1)
        if as_json:
            print_json(story_json(story, setup.priority))
        else:
            _show_story(story, setup)


def _show_story(story: "Story", setup: "Setup") -> None:
    from rich.markup import escape

    from ..model import ALL_TOPIC
    from ..pipeline.tagging import document_of

    console = out()
    lead = story.lead(setup.priority)
    console.print(f"[bold]{escape(lead.title)}[/bold]")
    console.print(f"{story.id}", soft_wrap=True)
    console.print(f"first seen {story.first_seen_at:%Y-%m-%d %H:%M} UTC, "
                  f"published {story.published:%Y-%m-%d %H:%M} UTC")  # fmt: skip
    told = table("source", "title", "address", "published", "joined by")
    for article in story.articles:
        told.add_row(
            article.source,
            escape(article.title),
            article.url or "–",
            f"{article.published:%Y-%m-%d %H:%M}",
            str(article.joined or "–"),
        )
    console.print(told)
    topics = [because for because in story.topics if because.topic != ALL_TOPIC]
    if not topics:
        console.print("In no topic.")
    for because in topics:
        documents = [document_of(a, setup.sources.get(a.source)) for a in story.articles]
        _show_because(console, because, _document_with(because, documents))


def _document_with(because: "Because", documents: list[Any]) -> Any:
    """The article the evidence was found in."""
    for document in documents:
        if all(f.text in document.get(f.field, "") for f in because.evidence):
            return document
    return documents[0]


def _show_because(console: Any, because: "Because", document: Any) -> None:
    from rich.markup import escape

    console.print(f"[bold]{because.topic}[/bold]")
    for found in because.evidence:
        console.print(f"  {found.field}: {escape(found.term)} in {_around(found, document)}")


def _around(found: "Found", document: Any) -> str:
    """The evidence with some words around it, itself highlighted."""
    from rich.markup import escape

    text = document.get(found.field, "")
    if text[found.start : found.end] != found.text:
        return f"“[reverse]{escape(found.text)}[/reverse]”"
    before, after = text[max(0, found.start - 40) : found.start], text[found.end : found.end + 40]
    start = "…" if found.start > 40 else ""
    end = "…" if found.end + 40 < len(text) else ""
    inside = f"{escape(before)}[reverse]{escape(found.text)}[/reverse]{escape(after)}"
    return f"“{start}{inside}{end}”".replace("\n", " ")
