"""The mass-change guard: what one document, or one hour, may do to a topic's feed."""

import datetime as dt
import pathlib
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import UsageError
from aggregator.model import Article, Blocklist, NotModified, PollReport, PollState, Validators
from aggregator.observe.metrics import Metrics
from aggregator.pipeline.catalogue import current_feed
from aggregator.pipeline.commit import commit
from aggregator.pipeline.due import sync_sources
from aggregator.pipeline.history import health_feed
from aggregator.pipeline.setup import Setup
from aggregator.pipeline.status import source_statuses
from aggregator.pipeline.topics import release_held, sync_topics
from aggregator.pipeline.turnover import release
from aggregator.publish.admission import AdmissionPolicy
from aggregator.store import SqlStore
from tests.values import NOON, article, finished, setup, source, topic

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
KEYS = [f"s{number}" for number in range(8)]
LOT = AdmissionPolicy(admit_count=100, render_count=100)


class Paper:
    """Sources with a feed of theirs, whose documents are polled when a test says so."""

    def __init__(self, store: SqlStore, at: Setup | None = None) -> None:
        self.store, self.now = store, NOON
        self.at = at or setup(map(source, ["a", *KEYS]), [topic("story", "story")], admission=LOT)
        sync_sources(store, self.at, NOON)
        sync_topics(store, self.at, NOON)

    def state(self, key: str = "a") -> PollState:
        with self.store.reading() as ask:
            return ask.states()[key]

    def poll(self, told: Iterable[Article], after: dt.timedelta = dt.timedelta()) -> PollReport:
        self.now += after
        told = [replace(one, first_seen_at=self.now) for one in told]
        one = finished(
            self.at, *told, at=self.now, state=self.state(told[0].source),
            headers={"etag": f'"{self.now.isoformat()}"'},
        )  # fmt: skip
        (report,) = commit(self.store, [one], self.at, lambda: 0.0)
        return report

    def titles(self, key: str = "story") -> list[str]:
        feed = current_feed(self.store, self.at, self.at.published_topics[key])
        return sorted(entry.title for entry in feed.entries)


def told(count: int = 24, title: str = "The story {}", key: str = "a") -> list[Article]:
    return [article(key, n, title=title.format(n)) for n in range(count)]


def full(store: SqlStore) -> Paper:
    """A topic of 24 entries of one source."""
    made = Paper(store)
    made.poll(told())
    return made


@pytest.fixture
def paper(sqlite_store: SqlStore) -> Paper:
    """The same, for what does not depend on the database."""
    return full(sqlite_store)


AS_IT_WAS = sorted(one.title for one in told())
HACKED = told(title="HACKED story {}")


def retitled(articles: Iterable[Article], title: str) -> list[Article]:
    """Edited by their source; {} stands for what the title was."""
    return [
        replace(one, title=said, digest=f"{one.digest} {said}")
        for one in articles
        for said in (title.format(one.title),)
    ]


def test_b3_7_a_document_that_changes_more_than_half_of_a_topic_is_held(store: SqlStore) -> None:
    paper = full(store)
    before = paper.state()
    news = article("a", 99, title="The news story", text="Owls were seen above the old harbour.")

    report = paper.poll([news, *HACKED], after=HOUR)

    assert paper.titles() == sorted([*AS_IT_WAS, "The news story"]), "what is new comes in"
    assert (report.new_articles, report.changed_articles, report.held_articles) == (1, 0, 24)
    after = paper.state()
    assert after.held_edits is not None
    assert after.held_edits.topics == ("all", "story")
    assert (after.validators, after.body_digest) == (before.validators, before.body_digest)


def test_b3_7_half_of_a_topic_or_a_small_one_is_not_held(sqlite_store: SqlStore) -> None:
    paper = Paper(sqlite_store)
    paper.poll(told(24))
    paper.poll([*HACKED[:12], *told()[12:]], after=HOUR)
    assert sum(title.startswith("HACKED") for title in paper.titles()) == 12

    small = told(19, key="s1")
    other = Paper(sqlite_store, setup([source("s1", topics=("small",))], [topic("small", None)]))
    other.poll(small)
    other.poll(retitled(small, "{} again"), after=HOUR)
    assert all(title.endswith("again") for title in other.titles("small"))


def test_b3_7_of_two_documents_that_together_change_more_than_half_the_second_is_held(
    store: SqlStore,
) -> None:
    paper = Paper(store)
    ours, theirs = told(20, key="s1"), told(20, "Their story {}", key="s2")
    paper.poll(ours)
    paper.poll(theirs)

    paper.poll(retitled(ours, "{} again"), after=2 * HOUR)
    paper.poll(retitled(theirs, "{} again"), after=MINUTE)

    assert sum(title.endswith("again") for title in paper.titles()) == 20
    paper.poll(retitled(theirs, "{} again"), after=HOUR)
    assert sum(title.endswith("again") for title in paper.titles()) == 40


def test_b3_7_half_of_a_topic_at_two_polls_in_a_row_is_more_than_half(paper: Paper) -> None:
    paper.poll([*HACKED[:12], *told()[12:]], after=HOUR)
    report = paper.poll(HACKED, after=MINUTE)

    assert report.held_articles == 12
    assert sum(title.startswith("HACKED") for title in paper.titles()) == 12


def test_b3_7_what_stands_for_an_hour_and_two_polls_is_taken_over(paper: Paper) -> None:
    paper.poll(HACKED, after=HOUR)
    paper.poll(HACKED, after=59 * MINUTE)
    assert paper.titles() == AS_IT_WAS

    report = paper.poll(HACKED, after=MINUTE)

    assert paper.titles() == sorted(one.title for one in HACKED)
    assert (report.changed_articles, report.held_articles) == (24, 0)
    state = paper.state()
    assert state.held_edits is None
    assert state.validators == Validators(state.url, f'"{paper.now.isoformat()}"')


def test_b3_7_other_edits_wait_an_hour_of_their_own_and_none_longer_than_a_day(
    paper: Paper,
) -> None:
    for number in range(8):
        other = retitled(HACKED, f"Number {number} of {{}}")
        paper.poll(other, after=3 * HOUR)
        assert paper.titles() == AS_IT_WAS

    paper.poll(other := retitled(HACKED, "{}!!"), after=3 * HOUR)

    assert paper.titles() == sorted(one.title for one in other)


def test_b3_7_of_a_document_that_is_mended_in_time_nothing_is_published(paper: Paper) -> None:
    paper.poll(HACKED, after=HOUR)
    paper.poll(told(), after=HOUR)

    assert paper.state().held_edits is None
    assert paper.titles() == AS_IT_WAS
    with paper.store.reading() as ask:
        assert ask.revisions(ask.story_pks_after(0, 100)) == {}


def test_b3_7_a_304_says_that_the_document_is_as_it_was(paper: Paper) -> None:
    paper.poll(HACKED, after=HOUR)
    state = paper.state()
    same = replace(
        finished(paper.at, source="a", state=state, at=paper.now + HOUR),
        result=NotModified(state.url, {}), reading=None, body_digest=None,
    )  # fmt: skip

    commit(paper.store, [same], paper.at, lambda: 0.0)

    assert paper.state().held_edits is None
    assert paper.titles() == AS_IT_WAS


def test_b3_7_beside_others_in_one_transaction_each_document_is_judged_by_itself(
    paper: Paper,
) -> None:
    at = paper.now + HOUR
    hacked = finished(paper.at, *HACKED, at=at, state=paper.state())
    others = [
        finished(
            paper.at,
            article(key, 500, title=f"Story of {key}", text=f"{key} was told."),
            at=at,
            state=paper.state(key),
        )
        for key in KEYS[:2]
    ]

    reports = commit(paper.store, [others[0], hacked, others[1]], paper.at, lambda: 0.0)

    assert [(r.new_articles, r.held_articles) for r in reports] == [(1, 0), (0, 24), (1, 0)]
    assert paper.titles() == sorted([*AS_IT_WAS, "Story of s0", "Story of s1"])


def test_b3_7_edits_that_take_stories_out_of_a_topic_count(paper: Paper) -> None:
    gone = [article("a", n, title=f"Nothing of {n}", text=f"Nothing {n}.") for n in range(24)]

    paper.poll(gone, after=HOUR)

    assert paper.titles() == AS_IT_WAS


def test_b3_7_edits_of_what_is_not_published_are_no_change(sqlite_store: SqlStore) -> None:
    hidden = Blocklist(urls=frozenset(one.url or "" for one in told()))
    paper = Paper(
        sqlite_store,
        setup([source("a")], [topic("story", "story")], blocklist=hidden, admission=LOT),
    )
    paper.poll(told())

    assert paper.poll(HACKED, after=HOUR).held_articles == 0


def test_b3_7_a_wish_not_to_be_published_is_not_held(paper: Paper) -> None:
    paper.poll([replace(one, withheld=True, digest=f"{one.digest}!") for one in told()], after=HOUR)

    assert paper.titles() == []


def test_b3_7_the_operator_is_told_and_may_let_it_in(paper: Paper) -> None:
    assert health_feed(paper.store, paper.at).entries == ()
    report = paper.poll(HACKED, after=HOUR)

    said = "24 of its entries have changed at once, more than half of what all, story shows"
    (status, *_) = source_statuses(paper.store, paper.at)
    assert said in " ".join(status.notices)
    assert "`aggregator release a`" in " ".join(status.notices)
    (entry,) = health_feed(paper.store, paper.at).entries
    assert (entry.title, said in entry.summary) == ("Source a: look at this", True)
    assert said in " ".join(report.notes)
    (counted := Metrics()).count(report)
    assert b"aggregator_held_edits_total 24.0" in counted.text()

    held, reason = release(paper.store, paper.at, "a", paper.now + 20 * MINUTE)

    assert (len(held.edits), reason) == (24, None)
    assert paper.state().next_poll_at == paper.now + 20 * MINUTE
    paper.poll(HACKED, after=20 * MINUTE)
    assert paper.titles() == sorted(one.title for one in HACKED)
    assert len(health_feed(paper.store, paper.at).entries) == 1
    with pytest.raises(UsageError, match="nothing of a is held back"):
        release(paper.store, paper.at, "a", paper.now)


def test_b3_7_what_is_let_in_while_a_poll_is_under_way_is_let_in(paper: Paper) -> None:
    paper.poll(HACKED, after=HOUR)
    under_way = finished(paper.at, *HACKED, at=paper.now + MINUTE, state=paper.state())
    release(paper.store, paper.at, "a", paper.now)

    commit(paper.store, [under_way], paper.at, lambda: 0.0)

    assert paper.titles() == sorted(one.title for one in HACKED)


def test_b3_7_what_was_let_in_is_what_was_seen_and_nothing_else(paper: Paper) -> None:
    paper.poll(HACKED, after=HOUR)
    release(paper.store, paper.at, "a", paper.now)

    paper.poll(retitled(HACKED, "Worse: {}"), after=10 * MINUTE)

    assert paper.titles() == AS_IT_WAS


@settings(max_examples=4)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 150)), max_size=6))
def test_b3_7_whatever_happened_before_what_is_said_for_an_hour_and_two_polls_is_published(
    _sqlite_template: pathlib.Path,  # noqa: PT019 - its value is copied for each example
    happens: list[tuple[int, int]],
) -> None:
    wordings = [told(), *(told(title=f"Story {letter} {{}}") for letter in "BCD")]
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(_sqlite_template, f"{folder}/one.db")
        store = SqlStore(f"sqlite:///{folder}/one.db")
        paper = Paper(store)
        paper.poll(wordings[0])
        for which, minutes in happens:
            paper.poll(wordings[which], after=minutes * MINUTE)

        paper.poll(wordings[1], after=MINUTE)
        paper.poll(wordings[1], after=HOUR)

        assert paper.state().held_edits is None
        assert paper.titles() == sorted(one.title for one in wordings[1])
        store.close()


# --- what enters ----------------------------------------------------------------------------------


def fresh(paper: Paper, each: int, keys: Iterable[str] = KEYS) -> list[PollReport]:
    """As many new stories of each of these sources, recorded together."""
    day = f"{paper.now:%d-%H-%M}"
    polls = [
        finished(
            paper.at,
            *(article(key, f"{day}-{n}", at=paper.now, title=f"Story {day} {key} {n}", text=f"{day} {key} {n}")
              for n in range(each)),
            at=paper.now,
            state=replace(paper.state(key), succeeded_at=paper.now),
        )
        for key in keys
    ]  # fmt: skip
    return commit(paper.store, polls, paper.at, lambda: 0.0)


def test_b3_7_an_hour_brings_no_more_new_entries_than_half_of_what_was_shown(
    store: SqlStore,
) -> None:
    paper = full(store)
    paper.now += 2 * HOUR

    fresh(paper, 5)

    assert len(paper.titles()) == 24 + 12
    for minutes, expected in ((30, 36), (60, 36 + 18), (90, 54), (120, 64)):
        release_held(paper.store, paper.now + minutes * MINUTE)
        assert len(paper.titles()) == expected, minutes


def test_b3_7_after_a_long_sleep_what_waited_comes_in_turns(store: SqlStore) -> None:
    paper = full(store)
    paper.now += 2 * HOUR
    fresh(paper, 8)
    assert len(paper.titles()) == 36

    assert release_held(paper.store, paper.now + 30 * HOUR) == {"all", "story"}
    assert len(paper.titles()) == 36 + 18
    assert release_held(paper.store, paper.now + 30 * HOUR + MINUTE) == set()
    release_held(paper.store, paper.now + 31 * HOUR + MINUTE)
    assert len(paper.titles()) == 54 + 27
    release_held(paper.store, paper.now + 32 * HOUR + 2 * MINUTE)
    assert len(paper.titles()) == 24 + 64


def test_b3_7_the_first_fill_of_a_topic_is_not_slowed(sqlite_store: SqlStore) -> None:
    paper = Paper(sqlite_store)
    for minutes in range(5):
        paper.now = NOON + minutes * MINUTE
        fresh(paper, 5)

    assert len(paper.titles()) == 200


def test_b3_7_a_topic_that_is_always_so_busy_goes_on_as_is_its_way(sqlite_store: SqlStore) -> None:
    paper = Paper(sqlite_store)
    for hour in range(26):
        paper.now = NOON + hour * HOUR
        release_held(sqlite_store, paper.now)
        fresh(
            paper, 16 if hour < 24 else 24, KEYS[:2]
        )  # 32 an hour, where a few dozens are shown at first

    with sqlite_store.reading() as ask:
        assert ask.waiting(paper.now + 100 * HOUR) == {}
