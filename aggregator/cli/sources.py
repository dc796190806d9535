"""`check`, `add` and `import`: feeds.yaml, looked at and added to."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from .shared import Json, Options, ago, err, many, out, print_json, progress, table


def check(
    context: typer.Context,
    online: Annotated[
        bool, typer.Option("--online", help="Also ask each source once; nothing is stored.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check feeds.yaml, and topics on their examples.

    Exit code 2 for an invalid file, with the line and column of every mistake; 1 when --online
    finds a source that brings no feed.

    Example: aggregator --config feeds.new.yaml check
    """
    options: Options = context.obj
    config = options.read()
    examples = sum(len(t.match) + len(t.reject) for t in config.topics.values())
    results = asyncio.run(_ask_all(config)) if online else []
    failed = [one for one in results if one["failure"]]
    if as_json:
        print_json(
            {"sources": len(config.sources), "topics": len(config.topics), "examples": examples,
             "online": results}
        )  # fmt: skip
    else:
        for warning in _warnings(config):
            err().print(f"[yellow]note[/yellow]: {warning}")
        if online:
            _show_online(results)
        out().print(
            f"{options.config}: {many(len(config.sources), 'source')}, "
            f"{many(len(config.topics), 'topic')}, {many(examples, 'example')}: all is well"
            + (f"; {len(failed)} of the sources bring no feed" if failed else "")
        )
    if failed:
        raise typer.Exit(1)


def _warnings(config: Any) -> list[str]:
    found = []
    if "127.0.0.1" in config.site.url or "localhost" in config.site.url:
        found.append("`site.url` is not public: feeds will name an address nobody else can open")
    if config.site.contact is None:
        found.append("`site.contact` is missing: publishers cannot write to you")
    return found


def _show_online(results: list[dict[str, Any]]) -> None:
    from rich.markup import escape

    shown = table("source", "feed", "entries", "", right=("entries",))
    for one in results:
        failure = one["failure"]
        shown.add_row(
            one["key"],
            "[red]no[/red]" if failure else one["kind"],
            str(one["entries"]),
            escape(f"{failure['kind']}: {failure['detail']}" if failure else one["title"]),
        )
    out().print(shown)


async def _ask_all(config: Any) -> list[dict[str, Any]]:
    from ..wiring import client_of

    async with client_of(config) as client:
        with progress() as bar:
            task = bar.add_task("asking", total=len(config.sources), now="")

            async def ask(source: Any) -> dict[str, Any]:
                found = await _look(client, source.url, source)
                bar.update(task, advance=1, now=source.key)
                return {"key": source.key, **found}

            return await asyncio.gather(*map(ask, config.sources.values()))


async def _look(client: Any, url: str, source: Any = None) -> dict[str, Any]:
    """What an address answers: a feed, or why not. `page`: the body, when it is no feed."""
    from ..model import Failure, FetchRequest
    from ..parse.document import parse_feed

    request = FetchRequest(
        url,
        auth=source.auth if source else None,
        allow_bad_tls=bool(source and source.allow_bad_tls),
    )
    result = await client(request)
    nothing = {"kind": None, "title": "", "entries": 0, "newest": None, "url": url}
    if not isinstance(result, Failure):
        kind = result.headers.get("content-type", "")
        parsed = await asyncio.to_thread(parse_feed, result.body, result.url, kind)
        if not isinstance(parsed, Failure):
            dates = [e.published or e.updated for e in parsed.entries]
            return {
                "kind": parsed.kind,
                "title": parsed.info.title,
                "entries": len(parsed.entries),
                "newest": max((date for date in dates if date), default=None),
                "url": url,
                "failure": None,
            }
        nothing["page"] = result
        result = parsed
    return {**nothing, "failure": {"kind": result.kind.value, "detail": result.detail}}


def add(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="A feed, or a page that names one.")],
    key: Annotated[str | None, typer.Option("--key", help="A name for it.")] = None,
    title: Annotated[str | None, typer.Option("--title", help="A title for it.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Show what was found; write nothing.")
    ] = False,
) -> None:
    """Find a feed and add it to feeds.yaml.

    The address may be a page's. What stands in feeds.yaml stays, comments and order too.

    Example: aggregator add https://www.thelocal.fr/
    """
    from ..errors import UsageError
    from ..text.urls import absolute
    from ..wiring import now

    options: Options = context.obj
    config = options.read()
    address = absolute(url if "://" in url else f"https://{url}")
    if address is None:
        raise UsageError(f"{url} is no http or https address")
    found, others = asyncio.run(_find(config, address))
    console = out()
    if found["failure"]:
        failure = found["failure"]
        raise UsageError(f"{found['url']}: {failure['kind']}: {failure['detail']}")
    console.print(f"{found['title'] or 'A feed without a title'}", markup=False)
    console.print(f"  {found['url']}", markup=False, soft_wrap=True)
    newest = ago(found["newest"], now())
    console.print(
        f"  {found['kind']}, {many(found['entries'], 'entry', 'entries')}, newest {newest}"
    )
    for other in others:
        console.print(f"  also there: {other}", markup=False, soft_wrap=True)
    entry = {"url": found["url"].partition("#")[0], "key": key or "", "title": title or ""}
    if dry_run:
        return
    _append(options.config, [entry], config)
    console.print(f"added to {options.config}")


async def _find(config: Any, url: str) -> tuple[dict[str, Any], list[str]]:
    """The feed at an address or behind the page there, and the page's other feeds."""
    from ..parse.page import feeds_on_page
    from ..wiring import client_of

    async with client_of(config) as client:
        found = await _look(client, url)
        page = found.pop("page", None)
        if page is None:
            return found, []
        kind = page.headers.get("content-type", "")
        candidates = await asyncio.to_thread(feeds_on_page, page.body, page.url, kind)
        for number, candidate in enumerate(candidates[:5]):
            looked = await _look(client, candidate.url)
            if not looked["failure"]:
                rest = [other.url for other in candidates if other.url != candidate.url]
                return looked, rest if number < len(candidates) else []
        if candidates:
            found["failure"]["detail"] = "the feeds that the page names cannot be read"
        else:
            found["failure"]["detail"] = "the page names no feed"
        return found, []


def _append(path: Path, entries: list[dict[str, str]], config: Any) -> None:
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


def import_opml(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.opml", help="A list of subscriptions.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Say what would be added; write nothing.")
    ] = False,
) -> None:
    """Add the feeds of an OPML file to feeds.yaml.

    Those it lists already are left out.

    Example: aggregator import subscriptions.opml
    """
    from ..config.fields import key_from
    from ..errors import UsageError
    from ..parse.opml import NotOpml, read_opml

    options: Options = context.obj
    config = options.read()
    try:
        outlines = read_opml(file.read_bytes())
    except NotOpml as wrong:
        raise UsageError(f"{file}: {wrong}") from None
    except OSError as wrong:
        raise UsageError(f"{file}: {wrong.strerror}") from None
    listed = {source.url for source in config.sources.values()}
    keys = set(config.sources)
    entries = []
    for url, title in outlines.feeds:
        if url in listed:
            continue
        entry = {"url": url, "title": title, "key": ""}
        key = key_from(url)
        if key in keys:  # two addresses that differ in nothing a key can hold
            number = 2
            while f"{key[:60]}-{number}" in keys:
                number += 1
            entry["key"] = key = f"{key[:60]}-{number}"
        keys.add(key)
        entries.append(entry)
    if entries and not dry_run:
        _append(options.config, entries, config)
    known = len(outlines.feeds) - len(entries)
    verb = "to add" if dry_run else "added"
    out().print(f"{many(len(entries), 'source')} {verb}, {known} known already")
    for locked in outlines.locked:
        err().print(f"left out its password, give it as `auth`: {locked}", markup=False)
    for refused in outlines.refused:
        err().print(f"left out, no http or https address: {refused}", markup=False)
