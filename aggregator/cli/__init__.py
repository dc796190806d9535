"""The command line: one module for each group of commands, each importing what it needs when it
runs, so that `--help` is quick.
"""

import gc
import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from ..errors import AggregatorError, StoreError, UnknownStory, UsageError
from . import (
    about,
    adding,
    by_hand,
    demo,
    explaining,
    keeping,
    polling,
    publishing,
    questions,
    releasing,
    retagging,
    running,
    sources,
)
from .shared import Options

_MANY_OBJECTS: Final = 50_000
_given: list[Options] = []  # what the command line said, for `main` to know how to end

app = typer.Typer(
    name="aggregator",
    help="Polls news feeds, recognises the same story, and publishes one Atom feed per topic.",
    epilog="First steps: `aggregator demo` shows it at work without a network; `aggregator run` "
    "does the job of feeds.yaml.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def common(
    context: typer.Context,
    config: Annotated[
        Path,
        typer.Option(
            "--config", "-c", envvar="AGGREGATOR_CONFIG", metavar="FILE",
            help="The file that lists sources and topics.",
        ),
    ] = Path("feeds.yaml"),
    database: Annotated[
        str | None,
        typer.Option(
            "--database", "-d", metavar="URL",
            help="Where stories are kept: sqlite:///FILE or postgresql://USER@HOST/NAME. "
            "Default: aggregator.db beside the file.",
        ),
    ] = None,
    log: Annotated[
        str,
        typer.Option(
            "--log", envvar="AGGREGATOR_LOG", metavar="FORM",
            help="How to log to stderr: text, json, debug (text, and where faults happen), or "
            "auto: text on a terminal, else json.",
        ),
    ] = "auto",
) -> None:  # fmt: skip
    """What every command takes."""
    if log not in ("auto", "text", "json", "debug"):
        raise UsageError(f"--log is auto, text, json or debug, not {log}")
    context.obj = Options(config, database, log)
    _given.append(context.obj)


app.command(rich_help_panel="The job")(running.run)
app.command(rich_help_panel="The job")(polling.poll)
app.command(rich_help_panel="The job")(running.serve)
app.command(rich_help_panel="The job")(publishing.build)
app.command(rich_help_panel="feeds.yaml")(sources.check)
app.command(rich_help_panel="feeds.yaml")(adding.add)
app.command("import", rich_help_panel="feeds.yaml")(sources.import_opml)
app.command(rich_help_panel="feeds.yaml")(about.schema)
app.add_typer(publishing.export, name="export", rich_help_panel="Questions")
app.command(rich_help_panel="Questions")(questions.status)
app.command(rich_help_panel="Questions")(explaining.explain)
app.command(rich_help_panel="Questions")(retagging.diff)
app.command(rich_help_panel="Maintenance")(by_hand.split)
app.command(rich_help_panel="Maintenance")(by_hand.merge)
app.command(rich_help_panel="Maintenance")(releasing.release)
app.command(rich_help_panel="Maintenance")(retagging.retag)
app.command(rich_help_panel="Maintenance")(keeping.retire)
app.command(rich_help_panel="Maintenance")(keeping.backup)
app.command(rich_help_panel="Maintenance")(keeping.restore)
app.command(rich_help_panel="The first thing to try")(demo.demo)
app.command(rich_help_panel="The first thing to try")(about.version)


def main() -> None:
    """Run a command. Mistakes end in a line on stderr and exit code 2, illness in 1."""
    # What is loaded stays; to look through it for rubbish again and again takes a fifth of a start.
    gc.set_threshold(_MANY_OBJECTS)
    try:
        app()
    except AggregatorError as wrong:
        for line in str(wrong).splitlines():
            print(f"aggregator: {line}", file=sys.stderr)
        sys.exit(1 if isinstance(wrong, StoreError | UnknownStory) else 2)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:  # `aggregator export stories | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception as wrong:
        if any(options.log == "debug" for options in _given):
            raise
        print(
            f"aggregator: a fault in the program: {type(wrong).__name__}: {wrong}\n"
            "aggregator: please report it; --log debug shows where it happened",
            file=sys.stderr,
        )
        sys.exit(70)  # EX_SOFTWARE
