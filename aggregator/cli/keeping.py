"""`retire`, `backup` and `restore`: what is kept, and for how long."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .shared import Json, Options, counting, err, many, out, print_json, progress

if TYPE_CHECKING:
    from ..model import Freed


def retire(
    context: typer.Context,
    source: Annotated[
        str | None,
        typer.Option(
            "--source", metavar="KEY", help="Only the texts of this source, of any age; it need "
            "not be in feeds.yaml any more.",
        ),
    ] = None,
    older_than: Annotated[
        str | None,
        typer.Option(
            "--older-than", metavar="AGE",
            help="Only texts, first seen and last updated so long ago: 90d.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be forgotten.")
    ] = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Forget texts that have come of age.

    The daemon does this every day, by `settings.retention`; this is for when you want room now, or
    to be rid of a source's texts. Title, link, summary and outlets stay, and what an entry is known
    by: listed again, it is no news. What feeds show now stays as it is. Safe beside a running
    daemon, and when it is stopped in the middle.

    Examples: aggregator retire · aggregator retire --source gone-paper · aggregator retire
    --older-than 30d --dry-run
    """
    from ..errors import UsageError
    from ..pipeline.retire import Way, retire_texts
    from ..pipeline.retire import retire as forget
    from ..wiring import now, opened, rest, retention_of

    options: Options = context.obj
    config = options.read()
    age = _age(older_than)
    with opened(config) as (store, _), progress() as bar:
        with store.reading() as ask:
            if source is not None and source not in ask.source_keys() | config.sources.keys():
                raise UsageError(f"there never was a source {source!r}")
        way = Way(progress=counting(bar, "forgetting"), rest=rest, dry_run=dry_run)
        try:
            if source is not None or age is not None:
                done = retire_texts(store, now() - (age or dt.timedelta()), source, way)
            else:
                done = forget(store, retention_of(config), now(), way)
            given = store.compact(way.goes_on) if done and not dry_run else 0
        except KeyboardInterrupt:
            err().print("stopped; `aggregator retire`, or the daemon, goes on from here")
            raise typer.Exit(130) from None
        size = store.size()
    if as_json:
        print_json(
            {
                "dry_run": dry_run,
                "texts": _freed_json(done.texts),
                "stories": _freed_json(done.stories),
                "shown": done.shown,
                "given_back_bytes": given,
                "database_bytes": size,
            }
        )
        return
    say = out().print
    would = "Would forget" if dry_run else "Forgot"
    say(
        f"{would} the texts of {many(done.texts.articles, 'article')}, with "
        f"{many(done.texts.keys, 'match key')}: {_size(done.texts.bytes)}."
    )
    if done.stories.articles:
        say(
            f"{would} all but title and link of {many(done.stories.articles, 'article')} that no "
            f"topic has published: {_size(done.stories.bytes)}."
        )
    if done.shown:
        them = "it" if done.shown == 1 else "them"
        say(f"{many(done.shown, 'article')} of age stayed: feeds show {them}.")
    back = f", after {_size(given)} went back to the disk" if given else ""
    say(f"The database takes {_size(size)}{back}.")


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: Json = False,
) -> None:
    """Write the whole database to a file.

    As it is at one moment, while the daemon goes on. The file is there when it is complete and
    was read again, or not at all. Of SQLite it is a database, of PostgreSQL what pg_dump writes.

    Example: aggregator backup aggregator-$(date +%F).backup
    """
    from ..store.backup import backup as write

    options: Options = context.obj
    made = write(options.read().settings.database, file, replace=force)
    if as_json:
        print_json({"file": str(file), "bytes": made.bytes, "stories": made.stories})
    else:
        out().print(f"{file}: {many(made.stories, 'story', 'stories')}, {_size(made.bytes)}.")


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `backup` has written.")],
    force: Annotated[
        bool, typer.Option("--force", help="Replace a database that holds stories.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Put a backup in the place of the database.

    Stop the daemon first: a database that is in use is refused. A backup of an older version is
    brought to this one. Either all of it is done, or nothing.

    Example: aggregator restore aggregator-2026-11-22.backup
    """
    from ..store.restore import restore as put

    options: Options = context.obj
    stories = put(options.read().settings.database, file, replace=force)
    if as_json:
        print_json({"file": str(file), "stories": stories})
    else:
        out().print(f"Restored {many(stories, 'story', 'stories')} from {file}.")


def _age(given: str | None) -> Any:
    from ..config.fields import length_of_time
    from ..errors import UsageError

    if given is None:
        return None
    try:
        return length_of_time(given)
    except ValueError as wrong:
        raise UsageError(f"--older-than: {wrong}") from None


def _freed_json(freed: "Freed") -> dict[str, int]:
    return {"articles": freed.articles, "keys": freed.keys, "bytes": freed.bytes}


def _size(number: int) -> str:
    """Bytes as a person reads them.

    >>> _size(1_234_567)
    '1.2 MB'
    """
    size = float(number)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
