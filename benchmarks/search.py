"""Search over many stored stories, on both databases.

    uv run python -m benchmarks.search [--stories 100000] [--only sqlite|postgresql]

Stories of about 2 KB: stretches of the texts in `../shared/data/topics`, shuffled, with rare words
made up so that the vocabulary grows as a newsroom's does. Prints what the index costs for each
story (bytes, microseconds), and of each kind of query: stories found, articles looked at, and the
median and 99th percentile of the time, over 40 searches.
"""

import argparse
import contextlib
import datetime as dt
import itertools
import json
import pathlib
import random
import statistics
import tempfile
import time
from collections.abc import Iterator

import sqlalchemy as sa

from aggregator.dedupe.shelf import Change
from aggregator.model import Article, Story
from aggregator.pipeline.finding import find
from aggregator.pipeline.search import read_query
from aggregator.pipeline.setup import Setup
from aggregator.publish.ids import minted_id
from aggregator.store import SqlStore
from aggregator.store import searching as index
from aggregator.store.reading import Reader
from tests.conftest import _binaries, _server  # a PostgreSQL of our own, as the tests have
from tests.values import NOON, SITE, article, setup

DATA = pathlib.Path(__file__).resolve().parents[2] / "shared" / "data" / "topics"
QUERIES = {
    "rare word": "zzrare",
    "frequent word": "the",
    "two frequent words": "the said",
    "frequent and rare": "the zzrare",
    "phrase": '"islamic state"',
    "phrase that is rare, of frequent words": '"said the of"',
    "prefix": "jihad*",
    "prefix of two letters": "co*",
    "one and not another": "syria NOT attack",
    "either of eight": "isis OR daesh OR isil OR raqqa OR mosul OR palmyra OR caliphate OR jihad",
    "near each other": '"attack police"~5',
    "no hit": "qqnothing",
    "a language that nothing is in": "lang:mt",
    "a source that nothing is of": "source:nobody",
}
ROUNDS = 40


def texts(seed: int = 1) -> Iterator[tuple[str, str]]:
    """Titles and texts without end."""
    chance = random.Random(seed)
    rows = [json.loads(line) for file in sorted(DATA.glob("*.jsonl")) for line in file.open()]
    bodies = [row["body"].split() for row in rows]
    for number in itertools.count():
        words: list[str] = []
        while len(words) < 330:
            body = chance.choice(bodies)
            start = chance.randrange(max(1, len(body) - 40))
            words += body[start : start + 40]
            words.append(f"w{int(chance.paretovariate(0.6)) % 10**6:x}")
        if number % 2_000 == 7:
            words.append("zzrare")
        yield chance.choice(rows)["title"][:300], " ".join(words)


def fill(store: SqlStore, stories: int) -> tuple[float, float]:
    """Store so many stories, 100 in a transaction; seconds in all, and for the index alone."""
    made = texts()
    spent = 0.0
    plain = index.add

    def timed(*args: object) -> None:
        nonlocal spent
        began = time.perf_counter()
        plain(*args)  # type: ignore[arg-type]
        spent += time.perf_counter() - began

    index.add = timed  # type: ignore[assignment]
    began = time.perf_counter()
    try:
        for first in range(0, stories, 100):
            changes = [
                _change(number, *next(made)) for number in range(first, min(first + 100, stories))
            ]
            with store.writing() as tell:
                tell.save_changes(changes, {})
    finally:
        index.add = plain
    return time.perf_counter() - began, spent


def _change(number: int, title: str, text: str) -> Change:
    at = NOON + dt.timedelta(minutes=number)
    one: Article = article("abc"[number % 3], number, title=title, text=text, at=at, lang="en")
    story = Story(minted_id(one, SITE.id), (one,), at, one.published, one.updated)
    return Change(story, is_new=True, added=(one,))


def measure(store: SqlStore, in_force: Setup) -> None:
    for name, text in QUERIES.items():
        query = read_query(text)
        took: list[float] = []
        looked = 0
        for _ in range(ROUNDS):
            began = time.perf_counter()
            with store.reading() as ask:
                counting = Counting(ask.connection)
                findings = find(counting, query, in_force, 2.0, time.monotonic)
            took.append(time.perf_counter() - began)
            looked = counting.looked
        worst = sorted(took)[int(len(took) * 0.99)]
        found = f"{len(findings.matches)}{'' if findings.ended == 'all' else '+'}"
        print(
            f"| {name} | {found} | {looked:,}{' (bound)' if findings.ended == 'bounds' else ''} | "
            f"{statistics.median(took) * 1e3:.1f} | {worst * 1e3:.1f} |",
            flush=True,
        )


class Counting(Reader):
    """Counts the articles that are looked at."""

    looked = 0

    def articles(self, pks):  # type: ignore[no-untyped-def]
        self.looked += len(pks)
        return super().articles(pks)


@contextlib.contextmanager
def databases(only: str | None) -> Iterator[dict[str, str]]:
    with contextlib.ExitStack() as stack:
        urls = {}
        if only != "postgresql":
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            urls["sqlite"] = f"sqlite:///{folder}/search.db"
        binaries = _binaries()
        if only != "sqlite" and binaries is not None:
            urls["postgresql"] = stack.enter_context(_server(binaries))
        yield urls


def size(store: SqlStore) -> float:
    """Bytes of the index."""
    with store.reading() as ask:
        if ask.connection.dialect.name == "postgresql":
            total = "SELECT pg_total_relation_size('search_index')"
        else:
            total = "SELECT sum(length(block)) FROM search_index_data"
        return float(ask.connection.execute(sa.text(total)).scalar_one())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=100_000)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    args = parser.parse_args()
    in_force = setup()
    with databases(args.only) as urls:
        for name, url in urls.items():
            store = SqlStore(url)
            seconds, spent = fill(store, args.stories)
            if name == "postgresql":
                engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
                with engine.connect() as connection:  # as the server does by itself in time
                    connection.execute(sa.text("VACUUM ANALYZE"))
                engine.dispose()
            each, bytes_each = 1e6 / args.stories, size(store) / args.stories
            print(
                f"\n{name}, {args.stories:,} stories: saved in {seconds * each:.0f} µs each, "
                f"of them {spent * each:.0f} for the index; {bytes_each:.0f} bytes each\n"
            )
            print("| query | found | looked at | median ms | 99 % ms |\n|---|--:|--:|--:|--:|")
            measure(store, in_force)
            store.close()


if __name__ == "__main__":
    main()
