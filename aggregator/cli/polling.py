"""`poll`: one pass, with progress, and a table of what came."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

import typer

from .shared import Json, Options, counting, err, many, out, print_json, progress, table


def poll(
    context: typer.Context,
    keys: Annotated[
        list[str] | None, typer.Argument(metavar="KEY", help="Sources to poll now.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every source once, fresh and failing ones too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """One pass over the sources, then exit.

    Over those that are due; or those named; or all. A source whose server has told to wait is left
    out, and named. Exit code 1 when a source that was named failed, or all did; 130 when it was
    stopped before the end.

    Examples: aggregator poll · aggregator poll bbc-world · aggregator poll --all --json
    """
    from ..errors import UsageError
    from ..observe.logs import set_up_logs

    options: Options = context.obj
    config = options.read()
    set_up_logs(quiet=True)
    unknown = sorted(set(keys or ()) - config.sources.keys())
    if unknown:
        raise UsageError(
            f"no source has the key {', '.join(unknown)}; `aggregator status` lists them"
        )
    reports, left_out, stopped = asyncio.run(_pass(options, config, keys, every))
    if as_json:
        print_json({"polled": [_as_json(report) for report in reports], "left_out": left_out})
    else:
        _show(reports, left_out)
    if stopped:
        err().print("stopped; what had come is kept")
        raise typer.Exit(130)
    failed = [report for report in reports if report.failure is not None]
    if failed and (keys or len(failed) == len(reports)):
        raise typer.Exit(1)


async def _pass(
    options: Options, config: Any, keys: list[str] | None, every: bool
) -> tuple[list[Any], dict[str, str], bool]:
    from .. import network, wiring
    from ..daemon import stop_on_signals
    from ..live import Live
    from ..work.local import begin_pass, run_pass

    reports: list[Any] = []
    store = wiring.open_store(config)
    try:
        live = Live(options.config, config, store, lambda: config)
        stop = asyncio.Event()
        stop_on_signals(stop)
        with progress() as bar:
            anew = counting(bar, "finding stories anew")
            await asyncio.to_thread(live.catch_up, anew, lambda: not stop.is_set())

            def report(one: Any) -> None:
                reports.append(one)
                bar.advance(task)

            async with network.polling(config, store, lambda: live.setup, report) as (poller, _):
                what = await begin_pass(poller.world, keys, every=every)
                task = bar.add_task("polling", total=len(what.asked), now="")
                turns = run_pass(poller, what.asked)
                stopping = asyncio.create_task(stop.wait())
                while not stop.is_set():
                    turn = asyncio.ensure_future(anext(turns, None))
                    await asyncio.wait((turn, stopping), return_when=asyncio.FIRST_COMPLETED)
                    if not turn.done():
                        turn.cancel()
                        break
                    if (key := turn.result()) is None:
                        break
                    bar.update(task, now=key)
                stopping.cancel()
        return reports, what.left_out, stop.is_set()
    finally:
        store.close()


def _as_json(report: Any) -> dict[str, Any]:
    document = asdict(report)
    failure = report.failure
    document["failure"] = failure and {"kind": failure.kind.value, "detail": failure.detail}
    return document


def _show(reports: list[Any], left_out: dict[str, str]) -> None:
    console = out()
    shown = table(
        "source", "outcome", "entries", "new", "changed", "", right=("entries", "new", "changed")
    )
    for one in sorted(reports, key=lambda one: one.source):
        said = (
            f"{one.failure.kind.value}: {one.failure.detail}"
            if one.failure
            else "; ".join(one.notes)
        )
        shown.add_row(
            one.source,
            f"[red]{one.outcome}[/red]" if one.failure else one.outcome.replace("_", " "),
            str(one.entries or ""),
            str(one.new_articles or ""),
            str(one.changed_articles or ""),
            _escaped(said),
        )
    if reports:
        console.print(shown)
    stories = sum(one.new_stories for one in reports)
    articles = sum(one.new_articles for one in reports)
    failed = sum(one.failure is not None for one in reports)
    console.print(
        f"{many(len(reports), 'source')} polled: {many(articles, 'new entry', 'new entries')}, "
        f"{many(stories, 'new story', 'new stories')}, {failed} failed."
    )
    for key, reason in sorted(left_out.items()):
        console.print(f"left out: {key}: {_escaped(reason)}")


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
