"""How well stories of about the same news find one another, and what it costs.

    uv run python -m benchmarks.related [--links N]
    uv run python -m benchmarks.related --stories 100000 [--only sqlite|postgresql]

Quality: every article of the labelled pairs in ../shared/data/dups is a story of its own. Prints,
of the pairs of each label, how many link to one another (each way counts for half): with their
dates; and all of one day, among the stories of ../shared/data/topics, where every link between
articles written more than four days apart is surely wrong. `--links` prints so many, to be read.

Speed: stories made as `benchmarks/search.py` makes them, one each minute; of 200 of them the median
and the 99th percentile of finding what is related, from the beginning, and our own CPU time in it.
"""

import argparse
import datetime as dt
import itertools
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

import sqlalchemy as sa

from aggregator.dedupe.shelf import Change
from aggregator.model import ALL_TOPIC, Admission, Article, Because, Story
from aggregator.parse.dates import parse_date
from aggregator.pipeline.related import related
from aggregator.publish.ids import minted_id
from aggregator.store import SqlStore
from benchmarks.dedupe import DATA, _article
from benchmarks.search import DATA as TOPICS
from benchmarks.search import databases, texts
from tests.values import NOON, SITE, article, setup

APART = dt.timedelta(days=4)
ROUNDS = 200


def save(store: SqlStore, articles: Iterable[Article]) -> list[int]:
    """Store each article as a story that readers see; their primary keys."""
    pks: list[int] = []
    remaining = iter(articles)
    while batch := list(itertools.islice(remaining, 100)):
        changes = [
            Change(
                Story(
                    minted_id(one, SITE.id), (one,), one.first_seen_at, one.published, one.updated
                ),
                is_new=True,
                added=(one,),
            )
            for one in batch
        ]
        with store.writing() as tell:
            known = tell.save_changes(changes, {})
            ordered = [(known[change.story.id], change.story) for change in changes]
            tell.save_admissions(
                (pk, Admission(ALL_TOPIC, story.id, story.first_seen_at), Because(ALL_TOPIC))
                for pk, story in ordered
            )
        pks += [pk for pk, _ in ordered]
    return pks


def _story(one: Article) -> Story:
    return Story(minted_id(one, SITE.id), (one,), one.first_seen_at, one.published, one.updated)


# --- quality -----------------------------------------------------------------------------------


def labelled() -> tuple[list[Article], list[dt.datetime | None], list[tuple[int, int, str, str]]]:
    """Articles, when they were written, and the pairs of them with label and language."""
    rows = [json.loads(line) for line in DATA.open()]
    at: dict[tuple[str, str], int] = {}
    articles: list[Article] = []
    written: list[dt.datetime | None] = []
    pairs = []
    for row in rows:
        places = []
        for side in "ab":
            said = row[side]
            key = said["url"], said["title"]
            if key not in at:
                at[key] = len(articles)
                articles.append(_article(said, "a", None, dated=False))
                written.append(parse_date(said["date"]))
            places.append(at[key])
        one, other = places
        pairs.append((one, other, row["label"], row["lang"]))
        for place, partner in ((one, other), (other, one)):
            written[place] = written[place] or written[partner]
    return articles, written, pairs


def company() -> Iterator[Article]:
    """Other stories, to stand between."""
    for file in sorted(TOPICS.glob("*.jsonl")):
        for line in file.open():
            row = json.loads(line)
            said = {"title": row["title"], "body": row["body"], "date": "", "url": ""}
            yield _article(said, "b", None, dated=False)


def of_source(one: Article, number: int, at: dt.datetime) -> Article:
    """From a source of its own, of this moment."""
    key = "abc"[number % 3]
    return replace(
        one, source=key, entry_id=f"{number}", first_seen_at=at, published=at, updated=at
    )


def quality(name: str, *, one_day: bool, cut: int | None, show: int) -> None:
    articles, written, pairs = labelled()
    if cut is not None:
        articles = [replace(a, text=a.text[:cut], summary=a.summary[:cut]) for a in articles]
    moments = [NOON if one_day else (moment or NOON) for moment in written]
    ready = [of_source(a, n, at) for n, (a, at) in enumerate(zip(articles, moments, strict=True))]
    more = []
    if one_day:
        more = [of_source(a, n, NOON) for n, a in enumerate(company(), len(ready))]
        if cut is not None:
            more = [replace(a, text=a.text[:cut], summary=a.summary[:cut]) for a in more]
    both = sorted([*ready, *more], key=lambda a: (a.first_seen_at, hash_of(a.entry_id)))
    with tempfile.TemporaryDirectory() as folder:
        store = SqlStore(f"sqlite:///{folder}/related.db")
        save(store, both)
        place = {minted_id(one, SITE.id): n for n, one in enumerate(ready)}
        linked: dict[int, list[int]] = {}
        in_force = setup()
        for _, story in store.all_stories():
            n = place.get(story.id)
            if n is not None:
                with store.reading() as ask:
                    found = related(ask, story, in_force)
                linked[n] = [place.get(other.id, -1) for other in found]
        store.close()
    tell(name, linked, pairs, written if one_day else None)
    links = [(n, other) for n, others in linked.items() for other in others if other >= 0]
    for n, other in random.Random(7).sample(links, min(show, len(links))):
        print(f"  {written[n]} {articles[n].title}\n      {written[other]} {articles[other].title}")


def hash_of(text: str) -> float:
    """An order that says nothing."""
    return random.Random(text).random()


def tell(
    name: str,
    linked: dict[int, list[int]],
    pairs: list[tuple[int, int, str, str]],
    written: list[dt.datetime | None] | None,
) -> None:
    print(f"\n{name}: {sum(map(len, linked.values())) / len(linked):.2f} links a story")
    for label in ("same_event", "dup", "different"):
        for lang in (None, "ar", "en", "es"):
            asked = [p for p in pairs if p[2] == label and lang in (None, p[3])]
            hits = sum((b in linked[a]) + (a in linked[b]) for a, b, _, _ in asked) / 2
            print(
                f"  {label:12}{lang or 'all':5}{hits:6.1f} of {len(asked)}  {hits / len(asked):.2f}"
            )
    if written is not None:
        known = [
            abs(mine - theirs) <= APART
            for n, others in linked.items()
            for other in others
            if other >= 0 and (mine := written[n]) and (theirs := written[other])
        ]
        print(f"  links between articles written within four days: {sum(known)} of {len(known)}")


# --- speed -------------------------------------------------------------------------------------


def made(stories: int) -> Iterator[Article]:
    """So many stories, a minute apart."""
    for number, (title, text) in zip(range(stories), texts(), strict=False):
        at = NOON + dt.timedelta(minutes=number)
        yield article("abc"[number % 3], number, title=title, text=text, at=at, lang="en")


def speed(stories: int, only: str | None) -> None:
    with databases(only) as urls:
        for name, url in urls.items():
            store = SqlStore(url)
            pks = save(store, made(stories))
            if name == "postgresql":
                engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
                with engine.connect() as connection:  # as the server does by itself in time
                    connection.execute(sa.text("VACUUM ANALYZE"))
                engine.dispose()
            took, ours, links, in_force = [], [], 0, setup()
            for pk in random.Random(1).sample(pks, ROUNDS):
                with store.reading() as ask:
                    story = ask.stories([pk])[pk]
                    began, spent = time.perf_counter(), time.thread_time()
                    links += len(related(ask, story, in_force))
                    took.append(time.perf_counter() - began)
                    ours.append(time.thread_time() - spent)
            took.sort()
            print(
                f"{name}, {stories:,} stories: median {statistics.median(took) * 1e3:.1f} ms, "
                f"99 % {took[int(ROUNDS * 0.99)] * 1e3:.1f} ms, CPU of our own "
                f"{statistics.median(ours) * 1e3:.1f} ms; {links / ROUNDS:.2f} links a story",
                flush=True,
            )
            store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=0)
    parser.add_argument("--stories", type=int)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    args = parser.parse_args()
    if args.stories:
        speed(args.stories, args.only)
        return
    for cut, text in ((None, "whole texts"), (300, "title and the first 300 characters")):
        quality(f"their dates, {text}", one_day=False, cut=cut, show=args.links)
        quality(f"one day, {text}", one_day=True, cut=cut, show=args.links)


if __name__ == "__main__":
    main()
