"""Retention and backup of many stored stories, while another process records polls.

    uv run python -m benchmarks.retire [--stories 100000] [--only sqlite|postgresql]

Stories of about 4 KB, as `benchmarks.search` makes them, twice as long, with the keys of their
texts, every second one in a topic. Prints what retiring all but what feeds show costs and frees,
the longest transaction, how long one who records a poll every 50 ms waits meanwhile, and the same
for a backup before and after.
"""

import argparse
import contextlib
import datetime as dt
import itertools
import multiprocessing
import multiprocessing.synchronize
import pathlib
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from aggregator.dedupe.keys import match_keys
from aggregator.dedupe.shelf import Change
from aggregator.dedupe.signature import text_keys
from aggregator.dedupe.wording import wording
from aggregator.model import ALL_TOPIC, Admission, Because, Story, TopicState
from aggregator.pipeline.retire import Retention, Way, retire
from aggregator.publish.ids import minted_id
from aggregator.store import SqlStore
from aggregator.store.backup import backup
from aggregator.wiring import rest
from benchmarks.search import texts
from tests.conftest import _binaries, _server  # a PostgreSQL of our own, as the tests have
from tests.values import NOON, SITE, article

LATER = NOON + dt.timedelta(days=400)
TOPICS = ("subject", *(f"quiet-{n}" for n in range(19)))


def fill(store: SqlStore, stories: int) -> float:
    """Store so many stories, 100 in a transaction; how long that took."""
    began, made = time.perf_counter(), texts()
    with store.writing() as tell:
        tell.save_topics(TopicState(key, "", 0, NOON) for key in (ALL_TOPIC, *TOPICS))
    for first in range(0, stories, 100):
        numbers = range(first, min(first + 100, stories))
        changes = [_change(number, made) for number in numbers]
        with store.writing() as tell:
            pks = tell.save_changes(changes, {})
            tell.save_admissions(
                (
                    pks[one.story.id],
                    Admission(key, one.story.id, one.story.first_seen_at),
                    Because(key),
                )
                for number, one in zip(numbers, changes, strict=True)
                for key in (ALL_TOPIC, *TOPICS[: number % 2])
            )
    return time.perf_counter() - began


def _change(number: int, made: Iterator[tuple[str, str]], at: dt.datetime | None = None) -> Change:
    (title, text), (_, more) = next(made), next(made)
    at = at or NOON + dt.timedelta(seconds=number)
    one = article(
        "abc"[number % 3], number, title=title, text=f"{text} {more}"[:4000], at=at, digest="d" * 43
    )
    story = Story(minted_id(one, SITE.id), (one,), at, one.published, one.updated)
    keys = match_keys(one) + text_keys(wording(one))
    return Change(story, is_new=True, added=(one,), keys={one.identity: keys})


def _poll(
    url: str,
    started: multiprocessing.synchronize.Event,
    stop: multiprocessing.synchronize.Event,
    waits: "multiprocessing.Queue[list[float]]",
    first: int,
) -> None:
    """Record a new story every 50 ms, in a process of its own."""
    store, made, took = SqlStore(url), texts(2), []
    for number in itertools.count(first):
        if stop.is_set():
            break
        change = _change(number, made, LATER)
        began = time.perf_counter()
        with store.writing() as tell:
            tell.save_changes([change], {})
        took.append(time.perf_counter() - began)
        started.set()
        time.sleep(0.05)
    store.close()
    waits.put(took)


@contextmanager
def beside_polls(url: str, first: int) -> Iterator[None]:
    """Somebody polls meanwhile; afterwards how long he waited is printed."""
    context = multiprocessing.get_context("spawn")
    started, stop, waits = context.Event(), context.Event(), context.Queue()
    poller = context.Process(target=_poll, args=(url, started, stop, waits, first))
    poller.start()
    started.wait(60)
    try:
        yield
    finally:
        stop.set()
        took = sorted(waits.get(timeout=60))
        poller.join()
        print(
            f"   polls recorded meanwhile: {len(took)}; "
            f"p50 {statistics.median(took) * 1000:.0f} ms, "
            f"p99 {took[int(len(took) * 0.99)] * 1000:.0f} ms, longest {took[-1] * 1000:.0f} ms"
        )


class Timed:
    """A store that remembers how long its writer was held."""

    def __init__(self, store: SqlStore) -> None:
        self.store, self.held = store, [0.0]

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)

    @contextmanager
    def writing(self) -> Iterator[object]:
        with self.store.writing() as tell:
            began = time.perf_counter()
            yield tell
        self.held.append(time.perf_counter() - began)


def run(url: str, stories: int, folder: pathlib.Path) -> None:
    """Fill, back up, retire, compact, back up again."""
    store = SqlStore(url)
    print(f"stored {stories:,} in {fill(store, stories):.0f} s: {store.size() / 1e6:.0f} MB")
    _backup(url, folder / "before.backup", stories)
    timed = Timed(store)
    with beside_polls(url, stories + 1_000_000):
        began = time.perf_counter()
        done = retire(timed, Retention(), LATER, Way(rest=rest))  # type: ignore[arg-type]
        took = time.perf_counter() - began
    print(f"retired in {took:.0f} s; longest transaction {max(timed.held):.2f} s; {done}")
    print(f"   in use: {store.size() / 1e6:.0f} MB")
    timed.held = [0.0]
    began = time.perf_counter()
    given = store.compact(Way(rest=rest).goes_on)
    print(f"compacted in {time.perf_counter() - began:.1f} s: {given / 1e6:.0f} MB given back")
    began = time.perf_counter()
    retire(store, Retention(), LATER)
    print(f"a second time in {time.perf_counter() - began:.1f} s")
    _backup(url, folder / "after.backup", stories + 2_000_000)
    store.close()


def _backup(url: str, file: pathlib.Path, first: int) -> None:
    with beside_polls(url, first + 5_000_000):
        began = time.perf_counter()
        made = backup(url, file)
        took = time.perf_counter() - began
    print(f"backup in {took:.1f} s: {made.stories:,} stories, {made.bytes / 1e6:.0f} MB")


def main() -> None:
    """Measure both databases."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--stories", type=int, default=100_000)
    options.add_argument("--only", choices=("sqlite", "postgresql"))
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = pathlib.Path(name)
        if given.only != "postgresql":
            print("sqlite")
            run(f"sqlite:///{folder}/a.db", given.stories, folder)
        binaries = _binaries()
        if given.only != "sqlite" and binaries:
            print("postgresql")
            (folder / "pg").mkdir()
            url = stack.enter_context(_server(binaries))
            run(
                sa.engine.make_url(url).render_as_string(hide_password=False),
                given.stories,
                folder / "pg",
            )


if __name__ == "__main__":
    main()
