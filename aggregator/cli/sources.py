"""`check` and `import`: feeds.yaml, looked at and added to."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .adding import append, explorer_of
from .shared import Json, Options, err, many, out, print_json, progress, table

if TYPE_CHECKING:
    from ..config import Checked, Warned


def check(
    context: typer.Context,
    online: Annotated[
        bool, typer.Option("--online", help="Also ask each source once; nothing is stored.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 when there are warnings.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check feeds.yaml, and topics on their examples.

    Warns of what is legal in the rules of topics and surely wrong, each with line and column; and,
    where there is a database, of topics that took nothing or far too much in the last month.

    Exit code 2 for an invalid file, with the line and column of every mistake, by --json under
    "problems"; 1 when --online finds a source that brings no feed, or --strict a warning.

    Example: aggregator --config feeds.new.yaml check
    """
    from rich.markup import escape

    from ..errors import ConfigError

    options: Options = context.obj
    try:
        checked = options.check()
    except ConfigError as wrong:
        if as_json:
            print_json({"problems": wrong.problems})
        raise
    config = checked.config
    warnings = sorted([*checked.warnings, *_of_what_came(checked)])
    examples = sum(len(t.match) + len(t.reject) for t in config.topics.values())
    results = asyncio.run(_ask_all(config)) if online else []
    failed = [one for one in results if one["failure"]]
    if as_json:
        print_json(
            {"sources": len(config.sources), "topics": len(config.topics), "examples": examples,
             "online": results, "warnings": [asdict(warning) for warning in warnings]}
        )  # fmt: skip
    else:
        for note in _notes(config):
            err().print(f"[yellow]note[/yellow]: {note}")
        for warning in warnings:
            said = escape(warning.at(str(options.config)))
            err().print(f"[yellow]warning[/yellow]: {said}", soft_wrap=True)
        if online:
            _show_online(results)
        out().print(
            f"{options.config}: {many(len(config.sources), 'source')}, "
            f"{many(len(config.topics), 'topic')}, {many(examples, 'example')}: "
            + (f"valid, with {many(len(warnings), 'warning')}" if warnings else "all is well")
            + (f"; {len(failed)} of the sources bring no feed" if failed else "")
        )
    if failed or (strict and warnings):
        raise typer.Exit(1)


def _of_what_came(checked: "Checked") -> "list[Warned]":
    """What the stories of the last month say of the topics, where a database has them."""
    from ..errors import StoreError
    from ..pipeline.shares import unlikely_topics
    from ..wiring import now, opened_to_read

    try:
        with opened_to_read(checked.config) as (store, setup), store.reading() as ask:
            unlikely = unlikely_topics(ask, setup, now())
    except StoreError:
        return []  # none yet, or one that this program does not read: no business of a check
    return [checked.warned(topic, "share", said) for topic, said in unlikely.items()]


def _notes(config: Any) -> list[str]:
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
    from ..network import client_of
    from ..pipeline.discovery import look

    async with client_of(config) as client:
        explorer = explorer_of(config, client)
        free = asyncio.Semaphore(config.settings.fetch.global_concurrency)
        with progress() as bar:
            task = bar.add_task("asking", total=len(config.sources), now="")

            async def ask(source: Any) -> dict[str, Any]:
                async with free:
                    seen = await look(explorer, source.url, source)
                bar.update(task, advance=1, now=source.key)
                return {"key": source.key, "url": source.url, **_said(seen)}

            return await asyncio.gather(*map(ask, config.sources.values()))


def _said(seen: Any) -> dict[str, Any]:
    """What became of a look, for people and machines."""
    from ..pipeline.discovery import profile

    if seen.reading is None:
        failure = {"kind": seen.failure.kind.value, "detail": seen.failure.detail}
        return {"kind": None, "title": "", "entries": 0, "newest": None, "failure": failure}
    return {
        "kind": seen.reading.kind,
        "title": seen.reading.info.title,
        "entries": seen.reading.entries,
        "newest": profile(seen.reading, seen.seen_at).newest,
        "failure": None,
    }


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
        append(options.config, entries, config)
    known = len(outlines.feeds) - len(entries)
    verb = "to add" if dry_run else "added"
    out().print(f"{many(len(entries), 'source')} {verb}, {known} known already")
    for locked in outlines.locked:
        err().print(f"left out its password, give it as `auth`: {locked}", markup=False)
    for refused in outlines.refused:
        err().print(f"left out, no http or https address: {refused}", markup=False)
