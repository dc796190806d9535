"""`diff` and `retag`: what a changed rule would do, and doing it."""

import itertools
import json
import sys
import tempfile
from array import array
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from .evidence import document_with, evidence_lines
from .shared import Json, Options, counting, err, many, out, print_json, progress, table

if TYPE_CHECKING:
    from ..pipeline.diff import Comparison, Difference
    from ..pipeline.setup import Setup
    from ..store import SqlStore


def diff(
    context: typer.Context,
    limit: Annotated[
        int,
        typer.Option(
            "--limit", "-n", min=0, help="Stories shown of each topic, the newest in and out."
        ),
    ] = 5,
    as_json: Json = False,
) -> None:
    """What an edited feeds.yaml would change.

    The stories that would enter and leave each topic, of all that are stored, with the evidence.
    Nothing is changed; a running daemon does not mind. It takes up edits of its own file at once,
    so edit a copy in the same folder, look, and move it into place.

    Example: aggregator --config feeds.new.yaml diff
    """
    from ..pipeline.diff import comparison, differences
    from ..wiring import opened_to_read

    options: Options = context.obj
    with opened_to_read(options.read()) as (store, setup):
        compared = comparison(store, setup)
        with progress() as bar:
            found = differences(store, setup, compared, counting(bar, "comparing"))
            if as_json:
                _print_differences(found)
                return
            topics = _summed_up(found, limit)
        _show_differences(store, setup, compared, topics)


class _Some:
    """How many there were, and the newest of them."""

    def __init__(self, limit: int) -> None:
        self.count = 0
        self.newest: deque[Difference] = deque(maxlen=limit)

    def add(self, one: "Difference") -> None:
        self.count += 1
        self.newest.append(one)


def _summed_up(found: "Iterable[Difference]", limit: int) -> dict[str, tuple[_Some, _Some]]:
    """Topic → what would enter, what would leave."""
    topics: dict[str, tuple[_Some, _Some]] = defaultdict(lambda: (_Some(limit), _Some(limit)))
    for one in found:
        entering, leaving = topics[one.because.topic]
        (entering if one.enters else leaving).add(one)
    return topics


def _show_differences(
    store: "SqlStore",
    setup: "Setup",
    compared: "Comparison",
    topics: dict[str, tuple[_Some, _Some]],
) -> None:
    console = out()
    if not topics:
        console.print("No story would enter or leave a topic.")
        return
    for key, (entering, leaving) in sorted(topics.items()):
        said = " (new)" if key in compared.new else " (taken out)" * (key in compared.removed)
        console.print(
            f"[bold]{key}[/bold]{said}: {entering.count:,} would enter, "
            f"{leaving.count:,} would leave"
        )
        for some in (entering, leaving):
            with store.reading() as ask:
                words = ask.wordings([one.story_pk for one in some.newest])
            for one in reversed(some.newest):
                _show_difference(console, one, words.get(one.story_pk, ()), setup)
            if 0 < len(some.newest) < some.count:
                console.print(f"  … {some.count - len(some.newest):,} more; --limit shows them")
    entering_all, leaving_all = (sum(pair[n].count for pair in topics.values()) for n in (0, 1))
    console.print(
        f"{many(len(topics), 'topic')} would change: {entering_all:,} in, {leaving_all:,} out. "
        "Nothing has been changed."
    )


def _show_difference(console: Any, one: "Difference", articles: Any, setup: "Setup") -> None:
    from rich.markup import escape

    from ..pipeline.tagging import document_of

    documents = [document_of(a, setup.sources.get(a.source)) for a in articles] or [{}]
    document = document_with(one.because, documents)
    mark = "[green]+[/green]" if one.enters else "[red]-[/red]"
    console.print(f"  {mark} {escape(document.get('title', ''))}", soft_wrap=True)
    console.print(f"      {escape(one.story)}", soft_wrap=True, style="dim")
    for line in evidence_lines(one.because, document):
        console.print(f"      {line}", soft_wrap=True)


@dataclass
class _Spool:
    """Differences of a topic in a file, so that no number of them fills the memory."""

    file: IO[bytes]
    entering: "array[int]" = field(default_factory=lambda: array("q"))
    leaving: "array[int]" = field(default_factory=lambda: array("q"))

    def add(self, one: "Difference") -> None:
        from ..pipeline.export import topic_json

        (self.entering if one.enters else self.leaving).append(self.file.tell())
        evidence = topic_json(one.because)["evidence"]
        self.file.write(_json([one.story, evidence]).encode() + b"\n")

    def ids(self, places: Iterable[int]) -> Iterator[str]:
        return (_json(story) for story, _ in self._read(places))

    def evidence(self) -> Iterator[str]:
        for story, evidence in self._read(itertools.chain(self.entering, self.leaving)):
            yield f"{_json(story)}: {_json(evidence)}"

    def _read(self, places: Iterable[int]) -> Iterator[tuple[str, Any]]:
        for place in places:
            self.file.seek(place)
            yield json.loads(self.file.readline())


def _print_differences(found: "Iterable[Difference]") -> None:
    """One JSON document, written as it is read: it may be larger than the memory."""
    with tempfile.TemporaryFile() as file:
        topics: dict[str, _Spool] = defaultdict(lambda: _Spool(file))
        for one in found:
            topics[one.because.topic].add(one)
        write = sys.stdout.write
        write('{"topics": [')
        for number, key in enumerate(sorted(topics)):
            spool = topics[key]
            write(f'{"," if number else ""}\n  {{"topic": {json.dumps(key)}')
            for name, pieces in (
                ("added", spool.ids(spool.entering)),
                ("removed", spool.ids(spool.leaving)),
            ):
                write(f',\n   "{name}": [')
                _write_pieces(pieces)
                write("]")
            write(',\n   "evidence": {')
            _write_pieces(spool.evidence())
            write("}}")
        write("]}\n")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _write_pieces(pieces: Iterable[str]) -> None:
    for number, piece in enumerate(pieces):
        sys.stdout.write(("," if number else "") + "\n    " + piece)


def retag(
    context: typer.Context,
    topics: Annotated[
        list[str] | None, typer.Argument(metavar="TOPIC", help="Topics; default: all.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Find topics' stories anew.

    Among all that are stored, by the rules as they are now. The daemon does this by itself when
    feeds.yaml changes; this is for when you would rather be sure. Safe beside a running daemon, and
    when it is stopped: whoever comes next goes on from there. What enters a topic that has
    subscribers comes in turns, not all at once.

    Examples: aggregator retag · aggregator retag isis climate --json
    """
    from ..pipeline.retag import begin
    from ..pipeline.retag import retag as find
    from ..pipeline.topics import sync_topics
    from ..wiring import now, opened

    options: Options = context.obj
    config = options.read()
    _must_be_known(topics or (), config.topics)
    with opened(config) as (store, setup), progress() as bar:
        late = sync_topics(store, setup, now())
        wanted = [key for key in setup.topics if key in late or not topics or key in topics]
        with store.writing() as tell:
            begin(tell, setup, wanted)
        try:
            switched = find(store, setup, wanted, now, counting(bar, "finding stories anew"))
        except KeyboardInterrupt:
            err().print("stopped; `aggregator retag`, or the daemon, goes on from here")
            raise typer.Exit(130) from None
    outcomes = [(key, switched.get(key)) for key in wanted]
    if as_json:
        print_json(
            {
                "topics": [
                    {"topic": key, "entered": one.entered, "left": one.left, "held": one.held}
                    for key, one in outcomes
                    if one is not None
                ]
            }
        )
    else:
        _show_outcomes(outcomes)


def _must_be_known(topics: Iterable[str], known: Iterable[str]) -> None:
    import difflib

    from ..errors import UsageError

    known = list(known)
    for key in topics:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1, 0.5)
            there = ", ".join(known) or "none"
            said = f"did you mean {near[0]}?" if near else f"there are: {there}"
            raise UsageError(f"no topic has the key {key}; {said}")


def _show_outcomes(outcomes: list[tuple[str, Any]]) -> None:
    shown = table("topic", "entered", "left", "", right=("entered", "left"))
    for key, one in outcomes:
        if one is None:
            shown.add_row(key, "", "", "found by another process")
            continue
        held = f"{one.held:,} of them come in turns, by the hour" if one.held else ""
        shown.add_row(key, f"{one.entered:,}", f"{one.left:,}", held)
    console = out()
    if outcomes:
        console.print(shown)
    entered = sum(one.entered for _, one in outcomes if one is not None)
    left = sum(one.left for _, one in outcomes if one is not None)
    console.print(f"{many(len(outcomes), 'topic')} found anew: {entered:,} in, {left:,} out.")
