"""`add`: the feed behind a page, shown, chosen, and appended to feeds.yaml."""

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .shared import Options, ago, many, out

if TYPE_CHECKING:
    from ..pipeline.discovery import Explorer, Found, Look


def explorer_of(config: Any, client: Any) -> "Explorer":
    """What asks, and reads, for commands that store nothing."""
    from ..network import parsers_of
    from ..pipeline.discovery import Explorer
    from ..wiring import now
    from ..work.robots import PageRules

    parsers = parsers_of(config)
    rules = PageRules(client)
    may_poll = partial(rules.refusal, everyone=False)
    return Explorer(client, parsers, parsers.page, rules.refusal, may_poll, now)


def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="A feed, or a page that names one.")],
    key: Annotated[str | None, typer.Option("--key", help="A name for it.")] = None,
    title: Annotated[str | None, typer.Option("--title", help="A title for it.")] = None,
    pick: Annotated[
        int | None, typer.Option("--pick", min=1, help="Take this one of several feeds.")
    ] = None,
    feed: Annotated[
        bool,
        typer.Option("--feed", help="The address is a feed's, whatever robots.txt says of pages."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Show what was found; write nothing.")
    ] = False,
) -> None:
    """Find a feed and add it to feeds.yaml.

    The address may be a page's: then the feeds it names are looked at, and where it names none,
    five addresses where feeds mostly are. Of several the first is taken, unless you say otherwise:
    on a terminal you are asked. What stands in feeds.yaml stays, comments and order too.

    Example: aggregator add https://www.thelocal.fr/
    """
    from ..errors import UsageError
    from ..text.urls import absolute

    options: Options = context.obj
    config = options.read()
    address = absolute(url if "://" in url else f"https://{url}")
    if address is None:
        raise UsageError(f"{url} is no http or https address")
    found = asyncio.run(_find(config, address.partition("#")[0], is_feed=feed))
    if found.failure is not None:
        failure = found.failure
        hint = "; if it is a feed, say --feed" if failure.phase == "request" else ""
        raise UsageError(f"{failure.url or address}: {failure.kind}: {failure.detail}{hint}")
    _show(found)
    chosen = _chosen(found, pick, ask=not dry_run and sys.stdin.isatty() and sys.stdout.isatty())
    if dry_run:
        return
    append(options.config, [{"url": chosen.url, "key": key or "", "title": title or ""}], config)
    out().print(f"added {chosen.url} to {options.config}", markup=False, soft_wrap=True)


async def _find(config: Any, url: str, *, is_feed: bool) -> "Found":
    from ..network import client_of
    from ..pipeline.discovery import discover

    async with client_of(config) as client:
        return await discover(explorer_of(config, client), url, is_feed=is_feed)


def _show(found: "Found") -> None:
    console = out()
    for number, one in enumerate(found.feeds, 1):
        assert one.reading is not None
        before = f"{number}. " if len(found.feeds) > 1 else ""
        title = one.reading.info.title or "A feed without a title"
        console.print(f"{before}{title}", markup=False, soft_wrap=True)
        console.print(f"  {one.url}", markup=False, soft_wrap=True)
        console.print(f"  {_looks(one)}", markup=False, soft_wrap=True)
    for other in found.others:
        note = f" ({other.note})" if other.note else ""
        console.print(f"  also there: {other.url}{note}", markup=False, soft_wrap=True)


def _looks(one: "Look") -> str:
    """`rss, 20 entries, newest 2 h ago, 12 a day, summaries, en`."""
    from ..pipeline.discovery import profile

    assert one.reading is not None
    assert one.seen_at is not None
    said = profile(one.reading, one.seen_at)
    parts = [
        one.reading.kind or "",
        many(one.reading.entries, "entry", "entries"),
        f"newest {ago(said.newest, one.seen_at)}",
        f"{said.a_day:.2g} a day" if said.a_day is not None else "",
        said.texts or "",
        one.reading.info.lang or "no language said",
    ]
    return ", ".join(part for part in parts if part)


def _chosen(found: "Found", pick: int | None, *, ask: bool) -> "Look":
    from ..errors import UsageError

    several = len(found.feeds)
    if pick is None:
        if ask and several > 1:
            pick = typer.prompt("Which one", default=1, type=int)
        pick = pick or 1
    if not 1 <= pick <= several:
        raise UsageError(f"there is no feed {pick} among these {several}")
    return found.feeds[pick - 1]


def append(path: Path, entries: list[dict[str, str]], config: Any) -> None:
    """Add sources to feeds.yaml, unless that would make it invalid."""
    from ..config.edit import with_sources, write_atomically
    from ..errors import UsageError
    from ..wiring import check_text

    listed = {source.url for source in config.sources.values()}
    if len(entries) == 1 and entries[0]["url"] in listed:
        raise UsageError(f"{path} lists {entries[0]['url']} already")
    text = with_sources(path.read_text("utf-8"), entries)
    check_text(text, path)
    write_atomically(path, text)
