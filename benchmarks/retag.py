"""A changed feeds.yaml over many stored stories: how fast diff and retag are, in what memory.

    uv run python -m benchmarks.retag [--stories 100000] [--topics 50] [--database URL]

Writes stories of about 2 KB straight into a database in a folder of its own, finds 50 topics of
eight terms for the first time, changes a term of every rule, and does diff and retag over all of
it, each in a process of its own. The database must be empty, if one is given.
"""

import argparse
import datetime as dt
import multiprocessing
import pathlib
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from aggregator.model import ALL_TOPIC, Blocklist, Site, Source, Topic, TopicState
from aggregator.pipeline.diff import comparison, differences
from aggregator.pipeline.retag import retag
from aggregator.pipeline.setup import Setup, set_up
from aggregator.pipeline.topics import sync_topics
from aggregator.polling.schedule import PollPolicy
from aggregator.publish.admission import AdmissionPolicy
from aggregator.store import SqlStore
from aggregator.store.tables import ADMISSION, ARTICLE, STORY, TEXT

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
SITE = Site("Bench", "https://bench.example/", "tag:bench.example,2026:", None)
WORDS = 300  # in a story: about 2 KB
SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu".split()
MEGABYTE = 1024


def vocabulary(size: int = 50_000) -> list[str]:
    chance = random.Random(1)
    made: dict[str, None] = {}
    while len(made) < size:
        made["".join(chance.choices(SYLLABLES, k=chance.choice((2, 3, 4, 4))))] = None
    return list(made)


def setup(topics: int, changed: bool) -> Setup:
    """Topics of eight terms, two of them phrases; `changed`: one term is another."""
    words = vocabulary()[-topics * 20 :]
    made = {}
    for number in range(topics):
        mine = words[number * 20 : number * 20 + 20]
        terms = [*mine[:6], f'"{mine[10]} {mine[11]}"', f'"{mine[12]} {mine[13]}"']
        if changed:
            terms[0] = mine[14]
        key = f"topic-{number}"
        made[key] = Topic(key=key, title=key, query=" OR ".join(terms))
    source = Source(key="a", url="https://a.example/feed", title="Source a")
    return set_up(SITE, {"a": source}, made, Blocklist(), PollPolicy(), AdmissionPolicy())


def fill(store: SqlStore, stories: int) -> None:
    chance, words = random.Random(2), vocabulary()
    with store.writing() as tell:
        tell.save_topics([TopicState(ALL_TOPIC, "", 0, NOON)])
    for first in range(1, stories + 1, 5000):
        numbers = range(first, min(first + 5000, stories + 1))
        texts = {n: " ".join(chance.choices(words, k=WORDS)) for n in numbers}
        when = {n: NOON - dt.timedelta(seconds=31 * (stories - n)) for n in numbers}
        with store.writing() as tell:
            run = tell.connection.execute
            run(STORY.insert(), [
                {"pk": n, "id": f"tag:bench.example,2026:{n}", "first_seen_at": when[n],
                 "published": when[n], "updated": when[n]} for n in numbers
            ])  # fmt: skip
            run(ARTICLE.insert(), [
                {"pk": n, "story_pk": n, "source": "a", "entry_id": str(n), "title": texts[n][:70],
                 "url": f"https://a.example/news/{n}", "summary": texts[n][:300],
                 "first_seen_at": when[n], "published": when[n], "updated": when[n],
                 "digest": str(n), "authors": ("A Writer",), "categories": (), "media": (),
                 "lang": "en", "withheld": False} for n in numbers
            ])  # fmt: skip
            run(TEXT.insert(), [
                {"article_pk": n, "html": f"<p>{texts[n]}</p>", "text": texts[n]} for n in numbers
            ])  # fmt: skip
            run(ADMISSION.insert(), [
                {"topic": ALL_TOPIC, "story_pk": n, "evidence": (), "admitted_at": when[n],
                 "due_at": None} for n in numbers
            ])  # fmt: skip


class Watch:
    """Time, memory, and the longest that anybody else had to wait to write."""

    def __init__(self, store: SqlStore) -> None:
        self.began, self.longest = time.perf_counter(), 0.0
        self.cpu = time.process_time()
        self.early = 0.0
        self._writing = store.writing
        store.writing = self._watched  # type: ignore[method-assign]  # to time it

    @contextmanager
    def _watched(self) -> Iterator[Any]:
        with self._writing() as tell:
            began = time.perf_counter()
            yield tell
        self.longest = max(self.longest, time.perf_counter() - began)

    def progress(self, done: int, stories: int) -> None:
        if not self.early and done >= min(100_000, stories // 2):
            self.early = memory()

    def said(self, stories: int, entered: int, left: int) -> str:
        wall = time.perf_counter() - self.began
        return (
            f"{stories / wall:,.0f} stories/s ({wall:.1f} s wall, "
            f"{time.process_time() - self.cpu:.1f} s CPU); {entered:,} in, {left:,} out; "
            f"memory {self.early:.0f} MiB early, {memory():.0f} MiB at the end; "
            f"longest transaction {self.longest:.2f} s"
        )


def memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE


def found(url: str, topics: int, changed: bool) -> str:
    store, now = SqlStore(url), setup(topics, changed)
    watch = Watch(store)
    done = retag(store, now, sync_topics(store, now, NOON), lambda: NOON, watch.progress)
    entered, left = (
        sum(getattr(one, name) for one in done.values()) for name in ("entered", "left")
    )
    with store.reading() as ask:
        stories = ask.story_count()
    store.close()
    return watch.said(stories, entered, left)


def compared(url: str, topics: int, changed: bool) -> str:
    store, now = SqlStore(url, read_only=True), setup(topics, changed)
    watch = Watch(store)
    counts = [0, 0]
    for one in differences(store, now, comparison(store, now), watch.progress):
        counts[one.enters] += 1
    with store.reading() as ask:
        stories = ask.story_count()
    store.close()
    return watch.said(stories, counts[1], counts[0])


def apart(what: Callable[..., str], *given: Any) -> str:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(what, given)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=100_000)
    parser.add_argument("--topics", type=int, default=50)
    parser.add_argument("--database", help="an empty one; default: SQLite in a folder of its own")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = args.database or f"sqlite:///{pathlib.Path(folder) / 'bench.db'}"
        store = SqlStore(url)
        began = time.perf_counter()
        fill(store, args.stories)
        store.close()
        print(
            f"{args.stories:,} stories written in {time.perf_counter() - began:.0f} s", flush=True
        )
        for name, what, changed in (
            ("first time", found, False),
            ("diff", compared, True),
            ("retag", found, True),
            ("diff, nothing changed", compared, True),
        ):
            print(f"{name}: {apart(what, url, args.topics, changed)}", flush=True)


if __name__ == "__main__":
    main()
