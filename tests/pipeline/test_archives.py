"""The history of a topic, walked as a new subscriber does, whatever has become of its stories."""

import datetime as dt
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
import sqlalchemy as sa
from lxml import etree

from aggregator.model import Article, Blocklist, FeedInfo
from aggregator.pipeline import retire as retention
from aggregator.pipeline.by_hand import merge, split
from aggregator.pipeline.commit import commit
from aggregator.pipeline.due import sync_sources
from aggregator.pipeline.retag import retag
from aggregator.pipeline.retire import Retention, retire
from aggregator.pipeline.setup import Setup
from aggregator.pipeline.site import Site
from aggregator.pipeline.topics import release_held, sync_topics
from aggregator.publish import archive, feed
from aggregator.publish.admission import AdmissionPolicy
from aggregator.store import SqlStore
from tests.publish.helpers import ATOM, complaints
from tests.values import NOON, article, finished, setup, topic

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
AT_ONCE = AdmissionPolicy(admit_age=9000 * DAY, admit_count=1000, render_count=1000)
IN_TURNS = AdmissionPolicy(admit_age=9000 * DAY, admit_count=3, render_count=2)
SEED, STEPS = 5, 27  # others were tried: a dozen, of 70 steps
NAMESPACE = {"a": ATOM.strip("{}")}


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "PART", 4)
    monkeypatch.setattr(archive, "MARGIN", 2)
    monkeypatch.setattr(feed, "LEAST_ENTRIES", 2)
    monkeypatch.setattr(feed, "WINDOW", HOUR)
    monkeypatch.setattr(retention, "MOST_ENTRIES", 10)


class History:
    """A store, what is in force, and a clock that only goes forward."""

    def __init__(self, store: SqlStore, query: str = "even", policy: AdmissionPolicy = AT_ONCE):
        self.store, self.now, self.policy = store, NOON - 200 * DAY, policy
        self.known: list[Article] = []
        self.key, self.was = "even", tuple[str, ...]()
        self.in_force(query)
        self.long_lived = self.site()

    def site(self) -> Site:
        return Site(self.store, lambda: self.setup, lambda: "test", lambda: self.now)

    def in_force(self, query: str, blocklist: Blocklist | None = None) -> None:
        topics = [topic(self.key, query, was=self.was), topic("any", "number")]
        self.setup: Setup = setup(topics=topics, admission=self.policy, blocklist=blocklist)
        sync_sources(self.store, self.setup, self.now)
        retag(self.store, self.setup, sync_topics(self.store, self.setup, self.now), self.clock)

    def clock(self) -> dt.datetime:
        return self.now

    def forward(self, length: dt.timedelta) -> None:
        self.now += length
        release_held(self.store, self.now)

    def poll(self, *articles: Article, info: FeedInfo | None = None) -> None:
        one = finished(self.setup, *articles, at=self.now)
        if info and one.reading:
            one = replace(one, reading=replace(one.reading, info=info))
        with self.store.reading() as ask:
            state = ask.states([one.source.key]).get(one.source.key, one.state)
        before = replace(state, succeeded_at=self.now - DAY)
        (report,) = commit(self.store, [replace(one, state=before)], self.setup, lambda: 0.0)
        assert report.failure is None, report.failure

    def new(self, count: int, by: str = "a") -> None:
        first = len(self.known)
        told = [
            article(by, n, at=self.now, title=f"{('Even', 'Odd')[n % 2]} number {n}", text=f"{n}")
            for n in range(first, first + count)
        ]
        self.known += told
        self.poll(*told)


def walk(site: Site, start: str) -> list[list[str]]:
    """The ids in each document of the chain of Atom, from the feed back to the first archive."""
    found: list[list[str]] = []
    path: str | None = f"{start}.atom"
    while path is not None:
        document = site.document(path)
        assert document is not None, path
        tree = etree.fromstring(document.rendering.body)
        found.append([one.text or "" for one in tree.findall("a:entry/a:id", NAMESPACE)])
        links = {link.get("rel"): link.get("href") for link in tree.findall("a:link", NAMESPACE)}
        older = links.get("prev-archive")
        path = older.removeprefix("https://news.example.org/") if older else None
    return found


def walk_json(site: Site, start: str) -> list[list[str]]:
    found, path = list[list[str]](), f"{start}.json"
    while path:
        document = site.document(path)
        assert document is not None, path
        read = json.loads(document.rendering.body)
        found.append([item["id"] for item in read["items"]])
        path = read.get("next_url", "").removeprefix("https://news.example.org/")
    return found


def published(store: SqlStore, key: str) -> set[str]:
    return {one.story.id for one in store.window(key, 100_000, ())}


def counted(store: SqlStore) -> dict[tuple[str, dt.date], int]:
    """Stories by topic and day, counted from scratch."""
    with store.reading() as ask:
        pks = ask.story_pks_after(0, 100_000)
        stood = [a for key in ask.topics() for a in ask.admissions(key, pks).values()]
    return dict(
        Counter((a.topic, a.admitted_at.date()) for a in stood if a.admitted_at and not a.due_at)
    )


def kept(store: SqlStore) -> dict[tuple[str, dt.date], int]:
    with store.reading() as ask:
        days = ask.days(ask.topics(), dt.date(2000, 1, 1))
    return {(key, day): stories for key, its in days.items() for day, stories in its.items()}


def assert_walkable(history: History) -> None:
    for key in (history.key, "any"):
        for found in (
            walk(history.site(), f"topics/{key}"),
            walk_json(history.site(), f"topics/{key}"),
        ):
            archived = [one for document in found[1:] for one in document]
            assert len(archived) == len(set(archived))
            assert set(found[0]) | set(archived) == published(history.store, key)
            assert len(found[0]) <= feed.MOST_ENTRIES


def assert_current(history: History) -> None:
    """Who keeps documents shows the same bytes as who has just come (law 5)."""
    fresh = history.site()
    for path in fresh.paths():
        if "/archive/" in path or path.endswith(".atom"):
            one, other = history.long_lived.document(path), fresh.document(path)
            assert one is not None
            assert other is not None
            assert one.rendering.body == other.rendering.body, path


def anything(chance: random.Random, history: History) -> str:
    """One thing that may happen to what is published."""
    known, store = history.known, history.store
    what = chance.choice(
        "new new new wait wait edit join merge split rule rename name retire".split()
    )
    one = chance.choice(known) if known else article()
    match what:
        case "new":
            history.new(chance.randrange(1, 9), chance.choice("ab"))
        case "wait":
            history.forward(chance.choice([HOUR, 5 * HOUR, DAY, 9 * DAY, 40 * DAY]))
        case "edit" if known:
            title = chance.choice(["Even number again", "Odd number again", "Of nothing"])
            edited = replace(one, title=title, updated=history.now, digest=f"d{history.now}")
            history.poll(edited)
        case "join" if known:
            history.poll(article("c", one.entry_id, at=history.now, url=one.url, title=one.title))
        case "merge" if len(known) > 1:
            ids = sorted(published(store, "all"))
            if len(ids) > 1:
                first, second = chance.sample(ids, 2)
                merge(store, history.setup, first, second, history.now)
        case "split":
            for _pk, story in store.all_stories():
                if len({a.source for a in story.articles}) > 1:
                    names = [story.articles[-1].entry_id]
                    split(store, history.setup, story.id, names, history.now)
                    break
        case "rule":
            history.in_force(chance.choice(["even", "odd", "number", "even OR nothing"]))
        case "rename":
            history.was, history.key = (*history.was, history.key), f"even{len(history.was)}"
            history.in_force(history.setup.topics[history.was[-1]].query or "")
        case "name" if known:
            history.poll(one, info=FeedInfo(title=f"A name of {history.now:%j %H}"))
        case "retire":
            retire(store, Retention(texts=DAY, stories=30 * DAY), history.now)
    return what


def test_b5_1_law_5_whatever_happens_the_whole_history_can_be_walked(store: SqlStore) -> None:
    chance = random.Random(SEED)
    history = History(store, policy=chance.choice([AT_ONCE, IN_TURNS]))
    done: list[str] = []
    for step in range(STEPS):
        done.append(anything(chance, history))
        history.forward(dt.timedelta(seconds=2))
        assert kept(store) == counted(store), done
        if step % 4 == 0:
            assert_current(history)
        if step % 9 == 8:
            assert_walkable(history)


@pytest.fixture
def past(sqlite_store: SqlStore) -> History:
    """Three months of a topic."""
    history = History(sqlite_store)
    for _ in range(9):
        history.new(6)
        history.forward(10 * DAY)
    return history


def archives(history: History, ending: str = ".atom") -> dict[str, bytes]:
    site = history.site()
    found = {path: site.document(path) for path in site.paths() if "/archive/" in path}
    return {p: d.rendering.body for p, d in found.items() if d and p.endswith(ending)}


def test_b5_1_b1_1_every_archive_is_valid_and_the_topic_of_all_stories_has_some(
    past: History,
) -> None:
    its = archives(past)
    assert any(path.startswith("all/archive/") for path in its)
    assert [complaints(body) for body in its.values()] == [[]] * len(its)


def test_b5_2_archives_stay_as_they_are_when_more_comes(past: History) -> None:
    before = archives(past)
    past.new(20)
    past.forward(40 * DAY)
    past.new(3)
    after = archives(past)

    assert before.keys() < after.keys()
    changed = {path for path in before if after[path] != before[path]}
    # The newest of each topic says now what comes after it.
    assert all(b"next-archive" in after[path] for path in before)
    assert changed == {path for path in before if b"next-archive" not in before[path]}


def test_b5_2_law_12_retention_changes_no_archive_of_a_topic(past: History) -> None:
    before = archives(past)
    past.forward(100 * DAY)
    past.new(1)
    closed_since = archives(past)
    assert retire(past.store, Retention(texts=DAY, stories=2 * DAY), past.now)

    assert archives(past) == closed_since
    assert before.keys() <= closed_since.keys()


def test_b2_12_b5_2_b10_3_what_is_taken_down_leaves_the_archives(past: History) -> None:
    before = archives(past)
    gone = past.known[0]
    past.in_force("even", Blocklist(urls=frozenset([gone.url or ""])))
    after = archives(past)

    assert before.keys() == after.keys()
    with_it = {path for path, body in before.items() if (gone.url or "").encode() in body}
    assert with_it
    assert {path for path in before if before[path] != after[path]} == with_it
    assert not any((gone.url or "").encode() in body for body in after.values())


def test_b1_4_b7_13_archives_of_a_renamed_topic_move_and_those_of_a_removed_one_are_gone(
    past: History,
) -> None:
    path = "topics/even/archive/2026-05.atom"
    assert path in past.site()
    past.was, past.key = ("even",), "other"
    past.in_force("even")

    moved = past.site().moved(path)

    assert moved == "topics/other/archive/2026-05.atom"
    assert moved in past.site()
    past.setup = setup(topics=[topic("any", "number")])
    sync_topics(past.store, past.setup, past.now)
    assert past.site().was_a_topic(moved)


def test_an_archive_that_has_not_changed_is_not_made_again_when_its_topic_has(
    past: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, path = past.site(), "topics/even/archive/2026-05.atom"
    before = site.document(path)
    past.new(2)
    past.forward(HOUR)
    asked: list[str] = []

    def watch(_c: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(" ".join(statement.split()))

    engine = past.store._database.reader
    sa.event.listen(engine, "before_cursor_execute", watch)
    again = site.document(path)
    sa.event.remove(engine, "before_cursor_execute", watch)

    assert again is before
    assert not any(" admission" in statement or " article" in statement for statement in asked)
    assert sum("topic_day" in statement for statement in asked) <= 4
    asked.clear()
    assert site.fresh(path) is before
    assert asked == []


def test_what_archives_ask_goes_by_an_index(sqlite_store: SqlStore) -> None:
    plans: list[str] = []

    def watch(connection: sa.Connection, clause: object, *_: object) -> None:
        statement = str(clause.compile(connection, compile_kwargs={"literal_binds": True}))  # type: ignore[attr-defined]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")
        plans.extend(row[3] for row in plan)

    with sqlite_store.reading() as ask:
        sa.event.listen(ask.connection, "before_execute", watch)
        ask.days_of("even", dt.date(2026, 11, 1))
        ask.last_day()
        ask.days(["even", "all"], NOON.date())
        ask.admitted_between("even", NOON, NOON + DAY, 3, 80)

    assert plans
    assert not any("SCAN" in plan or "TEMP B-TREE" in plan for plan in plans), plans
    with sqlite_store.reading() as ask:  # sums up the days of one topic
        sa.event.listen(ask.connection, "before_execute", watch)
        ask.months("even")
    assert not any("SCAN" in plan for plan in plans), plans


def test_days_are_those_with_stories_since_then(past: History) -> None:
    with past.store.reading() as ask:
        every = ask.days(["even", "any", "nothing"], dt.date(2026, 1, 1))
        some = ask.days(["even"], sorted(every["even"])[3])

    assert every.keys() == {"even", "any"}
    assert set(every["even"].values()) == {3}
    assert set(every["any"].values()) == {6}
    assert list(some["even"]) == sorted(every["even"])[3:]
    assert all(later > day for day, later in pairwise(some["even"]))


def test_b7_16_an_archive_outlives_the_database(
    past: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, path = past.site(), "topics/even/archive/2026-05.atom"
    good = site.document(path)
    past.forward(HOUR)

    def away() -> Iterator[None]:
        raise OSError("away")

    monkeypatch.setattr(past.store, "reading", away)

    assert site.document(path) is good
