"""What the commands share: options, consoles, tables, progress."""

import datetime as dt
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID
    from rich.table import Table

    from ..config import Checked, Config

Json = Annotated[bool, typer.Option("--json", help="For machines: one JSON document.")]


@dataclass(frozen=True, slots=True)
class Options:
    """What stands before the command."""

    config: Path
    database: str | None
    log: str = "auto"

    def read(self, listen: str | None = None) -> "Config":
        """feeds.yaml. Raises ConfigError."""
        from ..wiring import read_config

        return read_config(self.config, database=self.database, listen=listen)

    def check(self) -> "Checked":
        """The same, looked at more closely. Raises ConfigError."""
        from ..wiring import checked_config

        return checked_config(self.config, database=self.database)


def out() -> "Console":
    """Where answers go."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def err() -> "Console":
    """Where progress and remarks go, lest they get between the answers."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def progress() -> "Progress":
    """Progress bars on stderr; nothing at all when that is no terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[now]}", style="dim"),
        console=err(),
        disable=not sys.stderr.isatty(),
        transient=True,
    )


def counting(bar: "Progress", what: str) -> Callable[[int, int], None]:
    """What moves a bar on that begins with the first word of it: so many done, of so many."""
    tasks: list[TaskID] = []

    def done(number: int, of: int) -> None:
        if not tasks:
            tasks.append(bar.add_task(what, now=""))
        bar.update(tasks[0], completed=number, total=of, visible=number < of)

    return done


def table(*columns: str, right: tuple[str, ...] = ()) -> "Table":
    """A plain table that fits a terminal of any width."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    made = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


def print_json(value: Any) -> None:
    """A JSON document on stdout."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    raise TypeError(f"no JSON for {type(value).__name__}")


def ago(moment: dt.datetime | None, now: dt.datetime) -> str:
    """A moment as a person says it: `5 min ago`, `in 2 h`; a dash for none."""
    if moment is None:
        return "–"
    seconds = (now - moment).total_seconds()
    text = length(abs(seconds))
    return f"{text} ago" if seconds >= 0 else f"in {text}"


def length(seconds: float) -> str:
    """A length of time in its largest unit that says enough."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size or (unit == "min" and seconds >= size):
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


def many(number: int, one: str, more: str | None = None) -> str:
    """`1 story`, `2 stories`."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"
