"""`build` and `export`: what there is, as files and lines."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from .shared import Json, Options, counting, err, many, print_json, progress

export = typer.Typer(
    help="Write out sources or stories.", no_args_is_help=True, rich_markup_mode=None
)


def build(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder; made when missing.")],
    force: Annotated[
        bool, typer.Option("--force", help="Make every document anew, changed or not.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write the whole site as static files.

    Feeds, pages and OPML, with compressed ones beside them; only what changed is made and written,
    each file in one step, and what is gone is removed.

    Example: aggregator build /var/www/news
    """
    from ..live import Live
    from ..web.static import write_site
    from ..wiring import open_store, program

    options: Options = context.obj
    config = options.read()
    store = open_store(config)
    try:
        live = Live(options.config, config, store, options.read)
        site = live.site()
        with progress() as bar:
            live.catch_up(counting(bar, "finding stories anew"))
            bars = {what: counting(bar, what) for what in ("looking", "building")}

            def done(what: str, number: int, of: int) -> None:
                bars[what](number, of)

            built = write_site(site, folder, done, maker=program(), force=force)
    finally:
        store.close()
    if as_json:
        print_json(asdict(built))
    else:
        err().print(
            f"{folder}: {many(built.written, 'document')} written, {built.unchanged} unchanged, "
            f"{built.removed} removed"
        )
        if built.failed:
            err().print(f"{built.failed} could not be made, and stayed as they were")
    if built.failed:
        raise typer.Exit(1)


@export.command()
def opml(context: typer.Context) -> None:
    """The sources as OPML, on stdout.

    User names and passwords stay here.

    Example: aggregator export opml > sources.opml
    """
    from ..publish.opml import render_sources
    from ..wiring import opened

    with opened(context.obj.read()) as (store, setup), store.reading() as ask:
        infos = {key: state.info for key, state in ask.states().items()}
        rendered = render_sources(setup.site, setup.sources.values(), infos)
    sys.stdout.buffer.write(rendered.body)


@export.command()
def stories(context: typer.Context) -> None:
    """All stories as JSON lines, on stdout.

    Every story of every source, in a topic or not, oldest first.

    Example: aggregator export stories | jq -r .title
    """
    from ..pipeline.export import stories_as_json
    from ..wiring import opened

    with opened(context.obj.read()) as (store, setup):
        for story in stories_as_json(store, setup):
            print(json.dumps(story, ensure_ascii=False))
