"""Why not, on a terminal: the topics that a story comes near to, and what keeps it out of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ..text.words import one_line
from .evidence import evidence_line

if TYPE_CHECKING:
    from rich.console import Console

    from ..topics import Evidence, Lack, Miss

_MOST_FOUND = 3
_MOST_MISSING = 6
_INDENT = 14


def show_misses(console: "Console", misses: Sequence[tuple["Miss", Mapping[str, str]]]) -> None:
    """Print them, each with the document that comes nearest."""
    if misses:
        console.print("\nNot in" + (", the nearest first:" if len(misses) > 1 else ":"))
    for miss, document in misses:
        console.print(f"[bold]{miss.topic}[/bold] [dim]{miss.nearness:.0%} of the way[/dim]")
        for kind, said in _rows(miss, document):
            _print_row(console, kind, said)


def _rows(miss: "Miss", document: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What to say of a miss: a word for what kind of thing it is, and the thing."""
    for found in miss.found[:_MOST_FOUND]:
        yield "[green]there[/green]", evidence_line(found, document)
    if len(miss.found) > _MOST_FOUND:
        yield "", f"[dim]… and {len(miss.found) - _MOST_FOUND} more[/dim]"
    for lack in miss.missing[:_MOST_MISSING]:
        yield from _lack_rows(lack, document, miss.found)
    if len(miss.missing) > _MOST_MISSING:
        yield "", f"[dim]… and {len(miss.missing) - _MOST_MISSING} more[/dim]"


def _lack_rows(
    lack: "Lack", document: Mapping[str, str], told: Sequence["Evidence"]
) -> Iterator[tuple[str, str]]:
    from rich.markup import escape

    forbidden = lack.kind == "forbidden"
    kind = "[red]in the way[/red]" if forbidden else "[yellow]missing[/yellow]"
    yield kind, escape(one_line(lack.said))
    for found in [found for found in lack.found if found not in told][:_MOST_FOUND]:
        yield "", evidence_line(found, document)
    if lack.instead:
        word = "unless there is" if forbidden else "or instead"
        yield "", f"[dim]{word}: {escape(lack.instead)}[/dim]"


def _print_row(console: "Console", kind: str, said: str) -> None:
    """A row of two columns; on a terminal the second one is wrapped beside the first."""
    from rich.text import Text

    text = Text.from_markup(said)
    lines = text.wrap(console, console.width - _INDENT) if console.is_terminal else [text]
    for line in lines:
        label = Text.from_markup(f"  {kind}")
        label.pad_right(_INDENT - len(label))
        console.print(label + line)
        kind = ""
