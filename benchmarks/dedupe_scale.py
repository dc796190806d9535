"""What it costs to recognise copies of a text, beside how much is stored; on both databases.

    uv run python -m benchmarks.dedupe_scale [--articles 10000,100000,1000000] [--database URL]

Articles of 4 KB with a vocabulary after Zipf are written straight into the tables, with the keys
that recording them would have stored: a tenth are copies, one in a hundred begins with the same
sixty words. Only title and opening are each article's own, for they alone make keys; what follows
is one of two thousand texts. That holds for the newest ten thousand; all older ones have rows and
as many keys, of chance, but no texts, which would take an hour to write. Then new articles, made
alike, are recorded: 25 a poll, with keys of texts and without in turn; what "added" says is the
difference. Lookups are timed apart.

PostgreSQL is a server of its own with its default settings, `fsync` off, unless `--database` names
one; its CPU time is counted apart. At worst: `benchmarks/dedupe_worst.py`.
"""

import argparse
import contextlib
import datetime as dt
import multiprocessing
import os
import pathlib
import random
import resource
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, lru_cache
from itertools import accumulate
from typing import Any

import sqlalchemy as sa

from aggregator.dedupe import copies, reconcile
from aggregator.dedupe.keys import entry_key, key_of
from aggregator.dedupe.settle import settle
from aggregator.dedupe.shelf import CROWD
from aggregator.dedupe.signature import keys_of_text, text_keys
from aggregator.dedupe.wording import Wording
from aggregator.model import Article, FeedInfo, Fetched, MatchKey, PollState
from aggregator.pipeline import commit as recording
from aggregator.pipeline.poll import Finished
from aggregator.pipeline.reading import Reading
from aggregator.pipeline.setup import Setup
from aggregator.store import SqlStore, reading, writing
from aggregator.store.engine import upsert
from aggregator.store.rows import article_row
from aggregator.store.tables import ARTICLE, MATCH_KEY, STORY, TEXT
from benchmarks.retag import vocabulary
from tests.conftest import _binaries, _server  # a PostgreSQL of our own, as the tests have
from tests.values import NOON, setup, source

ENTRIES = 25  # a poll
SOURCES = 1000
OPENING = 110  # words of its own: more than keys are made of
BATCH = 5000
NEWEST = 10_000  # articles that are stored with their texts; older ones without
KEYS = 17  # of an older text: as many as one has
POLLS = 20  # a round
ROUNDS = 6
LOOKUPS = 2000
EVERY = dt.timedelta(seconds=30)


# --- articles ------------------------------------------------------------------------------------


@cache
def _stock() -> tuple[list[str], list[float], list[str], list[str]]:
    """Words, how frequent each is, what texts go on with, and what many of them begin with."""
    words = vocabulary()
    often = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    chance = random.Random(3)
    bodies = [_prose(chance.choices(words, cum_weights=often, k=550)) for _ in range(2000)]
    return words, often, bodies, chance.choices(words, cum_weights=often, k=60)


def _prose(words: Sequence[str]) -> str:
    """Sentences with the quotation marks that newsrooms write, which are not ASCII."""
    lines = [words[at : at + 14] for at in range(0, len(words), 14)]
    return " ".join(f"“{line[0].title()} {' '.join(line[1:])}.”" for line in lines)


@lru_cache(100)
def said(number: int) -> tuple[list[str], list[str], str]:
    """Title and opening of an article, as words, and the rest of its text."""
    if is_copy(number):
        return said(original(number))
    words, often, bodies, phrase = _stock()
    chance = random.Random(number)
    title, *opening = (
        chance.choices(words, cum_weights=often, k=9),
        *chance.choices(words, cum_weights=often, k=OPENING),
    )
    if is_boilerplate(number):
        opening = [*phrase, *opening][:OPENING]
    return title, opening, chance.choice(bodies)


def is_copy(number: int) -> bool:
    return number % 10 == 3 and number > 1000


def is_boilerplate(number: int) -> bool:
    return number % 100 == 7


def original(number: int) -> int:
    return number - 1 - 10 * random.Random(number).randrange(3, 40)


def made(number: int) -> Article:
    title, opening, rest = said(number)
    text = f"{_prose(opening)} {rest}"[:4096]
    key = f"s{number // ENTRIES % SOURCES}"
    at = NOON + EVERY * number
    return Article(
        source=key,
        entry_id=f"{key}-{number}",
        url=f"https://{key}.example/news/{number}",
        title=" ".join(title).capitalize(),
        summary=text[:300],
        html="",
        text=text,
        first_seen_at=at,
        published=at,
        updated=at,
        digest=f"digest-{number}",
    )


def keys_of(number: int, article: Article) -> tuple[MatchKey, ...]:
    title, opening, _ = said(number)
    return text_keys(Wording(tuple(title), tuple(opening), article.published, ""))


# --- a store that has them -----------------------------------------------------------------------

Rows = tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]], list[Any]]


def rows(first: int, last: int, oldest: int) -> Rows:
    """Of a batch, rows of every table; keys with whether they may be those of a crowd."""
    stories, articles, texts, keys = [], [], [], []
    for number in range(first, min(first + BATCH, last + 1)):
        article = made(number)
        story = original(number) if is_copy(number) and original(number) >= oldest else number
        if story == number:
            stories.append(
                {"pk": number, "id": f"tag:bench.example,2026:{number}", "page": f"p{number}",
                 "first_seen_at": article.first_seen_at, "published": article.published,
                 "updated": article.updated}
            )  # fmt: skip
        articles.append({**article_row(article, story), "pk": number})
        texts.append({"article_pk": number, "html": "", "text": article.text})
        its_own = entry_key(article.source, article.entry_id)
        like_them = key_of("url", str(number)), key_of("title", str(number))
        keys += [(key, number, False) for key in (its_own, *like_them)]
        keys += [(key, number, is_boilerplate(number)) for key in keys_of(number, article)]
    return stories, articles, texts, keys


def fill(url: str, articles: int) -> None:
    """Write so many articles, and look after what a database looks after in time."""
    assert all(keys_of(n, made(n)) == keys_of_text(made(n)) for n in range(1, 50))
    store = SqlStore(url)
    crowd: Counter[MatchKey] = Counter()
    older = max(0, articles - NEWEST)
    for first in range(older + 1, articles + 1, BATCH):
        stories, told, texts, keys = rows(first, articles, older + 1)
        with store.writing() as tell:
            tell.connection.execute(STORY.insert(), stories)
            tell.connection.execute(ARTICLE.insert(), told)
            tell.connection.execute(TEXT.insert(), texts)
            worth_storing = [
                {"key": key, "article_pk": pk} for key, pk in _not_crowded(keys, crowd)
            ]
            tell.connection.execute(MATCH_KEY.insert(), worth_storing)
    with store.writing() as tell:
        _write_older(tell.connection, older)
    store.close()
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in _AFTERWARDS[connection.dialect.name]:
            connection.execute(sa.text(statement))
    engine.dispose()


def _write_older(connection: sa.Connection, count: int) -> None:
    """Articles like the first, and keys that nothing else has, made by the database itself."""
    dialect = connection.dialect.name
    for statement in _BEFORE[dialect]:
        connection.exec_driver_sql(statement)
    own = {
        STORY: {"pk": "n", "id": "'old-' || n", "page": "'old-' || n"},
        ARTICLE: {"pk": "n", "story_pk": "n", "source": "'s' || (n - n / 1000 * 1000)",
                  "entry_id": "'old-' || n", "url": "'https://old.example/' || n"},
    }  # fmt: skip
    for table, columns in own.items():
        said = ", ".join(columns.get(column.name, f"t.{column.name}") for column in table.c)
        names = ", ".join(column.name for column in table.c)
        connection.exec_driver_sql(
            f"INSERT INTO {table.name} ({names}) {_series(1, count)} SELECT {said} FROM series, "
            f"(SELECT * FROM {table.name} ORDER BY pk LIMIT 1) AS t"
        )
    for first in range(1, count + 1, 10 * BATCH):  # as they would have come, by and by
        some = _series(first, min(first + 10 * BATCH - 1, count))
        for kind, letters in (*[("text:band:", 12)] * KEYS, ("entry:", 20), ("url:", 20),
                              ("title:", 20)):  # fmt: skip
            key = f"'{kind}' || {_RANDOM[dialect].format(letters)}"
            connection.exec_driver_sql(
                f"INSERT INTO match_key (key, article_pk) {some} SELECT {key}, n FROM series"
            )
    for statement in _BEHIND[dialect]:
        connection.exec_driver_sql(statement)


def _series(first: int, last: int) -> str:
    return (
        f"WITH RECURSIVE series(n) AS (SELECT {first} WHERE {first} <= {last} "
        f"UNION ALL SELECT n + 1 FROM series WHERE n < {last})"
    )


# Foreign keys are looked after by whoever writes this.
_BEFORE = {
    "sqlite": ["PRAGMA cache_size = -4000000"],
    "postgresql": ["ALTER TABLE match_key DISABLE TRIGGER ALL"],
}
_BEHIND = {"sqlite": [], "postgresql": ["ALTER TABLE match_key ENABLE TRIGGER ALL"]}
_RANDOM = {
    "sqlite": "substr(lower(hex(randomblob(10))), 1, {})",
    "postgresql": "substr(md5(random()::text), 1, {})",
}
_AFTERWARDS = {
    "sqlite": ["PRAGMA wal_checkpoint(TRUNCATE)"],
    "postgresql": [
        "SELECT setval('story_pk_seq', (SELECT max(pk) FROM story))",
        "SELECT setval('article_pk_seq', (SELECT max(pk) FROM article))",
        "VACUUM ANALYZE",  # as the server does by itself in time
        "CHECKPOINT",
    ],
}


def _not_crowded(
    keys: Sequence[tuple[MatchKey, int, bool]], crowd: Counter[MatchKey]
) -> Iterator[tuple[MatchKey, int]]:
    """Without those that recording leaves out, because fifty stories have them."""
    for key, pk, counts in keys:
        if counts:
            crowd[key] += 1
            if crowd[key] > CROWD:
                continue
        yield key, pk


# --- what it costs -------------------------------------------------------------------------------


class Meter:
    """CPU time of this process, and of the server it talks to."""

    def __init__(self, store: SqlStore) -> None:
        self.pid = 0
        with store.reading() as ask:
            if ask.connection.dialect.name == "postgresql":
                self.pid = ask.connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
        self.tick = os.sysconf("SC_CLK_TCK")
        self.cpu: dict[str, float] = defaultdict(float)
        self.wall: dict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()

    def server(self) -> float:
        """Its CPU seconds, in steps of a hundredth; 0 where there is none here."""
        stat = pathlib.Path(f"/proc/{self.pid}/stat")
        if not self.pid or not stat.exists():
            return 0.0
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / self.tick

    def now(self, *, server: bool = True) -> dict[str, float]:
        theirs = {"server": self.server()} if server else {}
        return {"cpu": time.process_time(), "wall": time.perf_counter(), **theirs}

    def clear(self) -> None:
        self.cpu.clear()
        self.wall.clear()
        self.calls.clear()

    @contextlib.contextmanager
    def on(self, step: str) -> Iterator[None]:
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        self.cpu[step] += time.process_time() - cpu
        self.wall[step] += time.perf_counter() - wall
        self.calls[step] += 1

    def around(self, step: str, plain: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            with self.on(step):
                return plain(*given, **named)

        return timed

    def storing(self, step: str) -> Callable[..., Any]:
        plain = upsert

        def timed(connection: sa.Connection, table: Any, *rest: Any) -> None:
            with self.on(step if table is MATCH_KEY else "other rows"):
                plain(connection, table, *rest)

        return timed


@contextlib.contextmanager
def put(*places: tuple[Any, str, Any]) -> Iterator[None]:
    """Other functions in their places for a while."""
    before = [(module, name, getattr(module, name)) for module, name, _ in places]
    for module, name, other in places:
        setattr(module, name, other)
    try:
        yield
    finally:
        for module, name, plain in before:
            setattr(module, name, plain)


def polls(in_force: Setup, first: int) -> Iterator[Finished]:
    for start in range(first, first + POLLS * ENTRIES, ENTRIES):
        told = [made(number) for number in range(start, start + ENTRIES)]
        yield finished(in_force, told)


def finished(in_force: Setup, told: list[Article]) -> Finished:
    its, at = in_force.sources[told[0].source], max(one.published for one in told)
    return Finished(
        source=its,
        state=PollState(its.key, its.url, next_poll_at=at, succeeded_at=NOON),
        result=Fetched(its.url, {}, b""),
        finished_at=at,
        body_digest=str(at),
        reading=Reading(FeedInfo(), len(told), settle(told)),
    )


def measure(url: str, articles: int) -> dict[str, str]:
    """What one store is like: columns by name."""
    store, in_force = SqlStore(url), setup(source(f"s{n}") for n in range(SOURCES))
    with store.reading() as ask:
        size = bytes_each(ask.connection, articles)
    meter = Meter(store)
    first = articles + 10**6  # a stretch nobody has written
    lookup = looked_up(store, meter, first)
    spent: dict[str, list[float]] = defaultdict(list)
    for number in range(2 + 2 * ROUNDS):
        if number == 2:  # the first were to get warm
            spent.clear()
            meter.clear()
        mode = ("with", "without")[number % 2]
        first += POLLS * ENTRIES
        given = list(polls(in_force, first))
        with put(*_measuring(meter, mode)):
            began = meter.now()
            for one in given:
                (report,) = recording.commit(store, [one], in_force, lambda: 0.5)
                assert report.failure is None, report
            for name, moment in meter.now().items():
                spent[f"{name} {mode}"].append(moment - began[name])
    store.close()
    count = ROUNDS * POLLS * ENTRIES

    def each(name: str) -> float:
        return sum(spent[name]) * 1e6 / count

    shown = {"articles": f"{articles:,}"}
    for step in STEPS:
        cpu, wall = (
            (by[f"{step}, with"] - by[f"{step}, without"]) * 1e6 / count
            for by in (meter.cpu, meter.wall)
        )
        shown[step] = f"{cpu:.0f} / {wall:.0f}"
    for name in ("cpu", "wall", "server"):
        shown[f"added {name}"] = f"{each(f'{name} with') - each(f'{name} without'):.0f}"
        shown[f"all {name}"] = f"{each(f'{name} with'):.0f}"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        **shown,
        "compared": f"{meter.calls['compared, with'] / count:.2f}",
        **lookup,
        **size,
        "MiB": f"{peak:.0f}",
    }


STEPS = ("signature", "lookup", "stories loaded", "comparison", "keys stored")


def _measuring(meter: "Meter", mode: str) -> list[tuple[Any, str, Any]]:
    timed = [
        (reading.Reader, "stories", "stories loaded"),
        (reconcile, "told_in_same_words", "comparison"),
        (copies, "same_words", "compared"),
        (recording, "_with_copies", "lookup"),
    ]
    if mode == "with":
        timed.append((reconcile, "_with_text_keys", "signature"))
    return [
        (writing, "upsert", meter.storing(f"keys stored, {mode}")),
        *((module, name, meter.around(f"{step}, {mode}", getattr(module, name)))
          for module, name, step in timed),
        *([] if mode == "with" else [(reconcile, "_with_text_keys", lambda arrival: arrival)]),
    ]  # fmt: skip


def looked_up(store: SqlStore, meter: "Meter", first: int) -> dict[str, str]:
    """To look the keys of one article up, in microseconds: of this process's CPU and by the clock,
    median and 99th percentile; of the server's CPU, the mean.
    """
    wanted = [keys_of(n, made(n)) for n in range(first, first + LOOKUPS) if not is_boilerplate(n)]
    took: list[dict[str, float]] = []
    with store.reading() as ask:
        ask.sightings(wanted[0])
        before = meter.now()["server"]
        for keys in wanted:
            began = meter.now(server=False)
            ask.sightings(keys)
            after = meter.now(server=False)
            took.append({name: (after[name] - began[name]) * 1e6 for name in began})
        server = (meter.now()["server"] - before) * 1e6 / len(wanted)
    shown = {"keys": f"{statistics.mean(map(len, wanted)):.1f}", "p server": f"{server:.0f}"}
    for name in ("cpu", "wall"):
        ordered = sorted(one[name] for one in took)
        shown[f"p50 {name}"] = f"{statistics.median(ordered):.0f}"
        shown[f"p99 {name}"] = f"{ordered[int(len(ordered) * 0.99)]:.0f}"
    return shown


def bytes_each(connection: sa.Connection, articles: int) -> dict[str, str]:
    """Of an article: keys of texts and pages with their indexes, long texts, all the rest."""
    if connection.dialect.name == "postgresql":
        select = "SELECT pg_total_relation_size('{}')"
        whole = "SELECT pg_database_size(current_database())"
    else:
        select = (
            "SELECT sum(pgsize) FROM dbstat WHERE aggregate = TRUE AND name IN "
            "(SELECT name FROM sqlite_schema WHERE tbl_name = '{}')"
        )
        whole = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"

    def size(statement: str) -> float:
        return float(connection.execute(sa.text(statement)).scalar_one()) / articles

    keys, texts = size(select.format("match_key")), size(select.format("article_text"))
    rest = size(whole) - keys - texts
    return {"keys, bytes": f"{keys:.0f}", "texts": f"{texts:.0f}", "rest": f"{rest:.0f}"}


TABLES = {
    "µs an article, CPU / wall; added: with keys of texts, less without": (
        "articles", *STEPS, "added cpu", "all cpu", "added server", "all server", "added wall",
        "all wall", "compared",
    ),
    "µs a lookup; bytes an article": (
        "articles", "keys", "p50 cpu", "p99 cpu", "p50 wall", "p99 wall", "p server",
        "keys, bytes", "texts", "rest", "MiB",
    ),
}  # fmt: skip


@contextlib.contextmanager
def databases(only: str | None, given: str | None) -> Iterator[dict[str, str]]:
    """Empty ones, by kind."""
    with contextlib.ExitStack() as stack:
        urls = {sa.engine.make_url(given).get_backend_name(): given} if given else {}
        if not given and only != "postgresql":
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            urls["sqlite"] = f"sqlite:///{folder}/scale.db"
        if not given and only != "sqlite":
            binaries = _binaries()
            assert binaries is not None, "PostgreSQL is not installed"
            urls["postgresql"] = stack.enter_context(_server(binaries))
        yield urls


def apart(what: Callable[..., Any], *given: Any) -> Any:
    """In a process of its own, whose memory is measured."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(what, *given).result()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", default="10000,100000,1000000")
    parser.add_argument("--database", help="an empty one, for one size")
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    args = parser.parse_args()
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    for articles in map(int, args.articles.split(",")):
        with databases(args.only, args.database) as urls:
            for kind, url in urls.items():
                began = time.perf_counter()
                apart(fill, url, articles)
                took = time.perf_counter() - began
                print(f"{articles:,} articles written in {took:.0f} s", file=sys.stderr)
                found[kind].append(apart(measure, url, articles))
                print(kind, found[kind][-1], file=sys.stderr)
    for kind, measured in found.items():
        for title, columns in TABLES.items():
            print(f"\n{kind}: {title}\n\n| {' | '.join(columns)} |\n{'|--:' * len(columns)}|")
            for one in measured:
                print(f"| {' | '.join(one[name] for name in columns)} |")


if __name__ == "__main__":
    main()
