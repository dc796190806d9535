"""`split` and `merge`: when two stories were taken for one, or one for two."""

import shlex
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from .shared import Json, Options, many, out, print_json

if TYPE_CHECKING:
    from rich.console import Console

    from ..model import Article, Story
    from ..pipeline.setup import Setup

Named = Annotated[str, typer.Argument(metavar="STORY", help="The id or an address of a story.")]


def split(
    context: typer.Context,
    story: Named,
    articles: Annotated[
        list[str],
        typer.Argument(
            metavar="ARTICLE-URL...",
            help="Which of its articles are another story: by address, else by entry id or source.",
        ),
    ],
    as_json: Json = False,
) -> None:
    """Take articles out of a story they do not belong to.

    They get a story of their own, several of them one together; named the article that founded the
    story, the others move out. The side with that article keeps the id. It is remembered: no later
    poll puts them together again. A running daemon shows it within seconds.

    Exit code 1 when the story is not known.

    Example: aggregator split tag:news.example,2026:17 https://other.example/a
    """
    from ..pipeline.by_hand import split as part
    from ..pipeline.export import article_json
    from ..wiring import now, opened

    options: Options = context.obj
    with opened(options.read()) as (store, setup):
        done = part(store, setup, story, articles, now())
    undo = shlex.join(["aggregator", "merge", done.kept.id, done.made.id])
    if as_json:
        moved = [article_json(one) for one in done.made.articles]
        print_json({"kept": done.kept.id, "made": done.made.id, "moved": moved, "undo": undo})
        return
    console = out()
    whose = "its" if len(done.made.articles) == 1 else "their"
    _show(console, done.made.articles, f"moved out into a story of {whose} own")
    _show_stories(console, setup, ("new", done.made), ("kept", done.kept))
    _show_undo(console, undo)


def merge(
    context: typer.Context,
    story: Named,
    other: Annotated[str, typer.Argument(metavar="STORY", help="The other one.")],
    as_json: Json = False,
) -> None:
    """Make two stories one.

    The one that came first keeps its id; the page and the id of the other lead to it from now on,
    and its entry leaves the feeds. Whatever kept them apart is forgotten. A running daemon shows it
    within seconds.

    Exit code 1 when one of them is not known.

    Example: aggregator merge tag:news.example,2026:17 https://other.example/a
    """
    from ..pipeline.by_hand import merge as unite
    from ..pipeline.by_hand import names_for
    from ..pipeline.export import article_json
    from ..wiring import now, opened

    options: Options = context.obj
    with opened(options.read()) as (store, setup):
        done = unite(store, setup, story, other, now())
    gone = {one.identity for one in done.gone.articles}
    moved = [one for one in done.kept.articles if one.identity in gone]
    names = names_for(moved, done.kept)
    undo = shlex.join(["aggregator", "split", done.kept.id, *names])
    if as_json:
        said = [article_json(one) for one in moved]
        print_json({"kept": done.kept.id, "gone": done.gone.id, "moved": said, "undo": undo})
        return
    console = out()
    _show(console, moved, "moved into the story that came first")
    _show_stories(console, setup, ("kept", done.kept))
    console.print(f"gone  {done.gone.id}, which leads there now", markup=False, soft_wrap=True)
    _show_undo(console, undo)


def _show(console: "Console", articles: "Iterable[Article]", what: str) -> None:
    told = list(articles)
    console.print(f"{many(len(told), 'article')} {what}:")
    for one in told:
        console.print(f"  {one.source}  {one.title}  {one.url or one.entry_id}", markup=False,
                      soft_wrap=True)  # fmt: skip


def _show_stories(console: "Console", setup: "Setup", *stories: tuple[str, "Story"]) -> None:
    for word, story in stories:
        title = story.lead(setup.priority).title
        console.print(f"{word:4}  {story.id}  {title}", markup=False, soft_wrap=True)


def _show_undo(console: "Console", undo: str) -> None:
    console.print(f"to undo it: {undo}", markup=False, soft_wrap=True)
