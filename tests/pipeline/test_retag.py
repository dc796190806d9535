"""Topics' stories found anew: beside what readers see, resumed when killed, right whatever comes
in between, and without a flood.
"""

import contextlib
import datetime as dt
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.model import Article, Story
from aggregator.pipeline import retag as retagging
from aggregator.pipeline import setup as setting_up
from aggregator.pipeline.catalogue import current_feed
from aggregator.pipeline.commit import commit
from aggregator.pipeline.diff import comparison, differences
from aggregator.pipeline.due import sync_sources
from aggregator.pipeline.retag import Retagged, begin, retag, waiting
from aggregator.pipeline.setup import Setup
from aggregator.pipeline.tagging import tag
from aggregator.pipeline.topics import release_held, sync_topics
from aggregator.publish.admission import AdmissionPolicy
from aggregator.publish.atom import render_atom
from aggregator.store import SqlStore
from tests.values import NOON, article, finished, setup, source, topic

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
LATER = NOON + DAY
GENEROUS = AdmissionPolicy(admit_count=1000, render_count=1000)  # floods are another matter


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retagging, "_BATCH", 3)


def even(query: str = "even", **changed: Any) -> Setup:
    return setup(topics=[topic("even", query, **changed)], admission=GENEROUS)


def told(number: int, title: str | None = None, by: str = "a", **changed: Any) -> Article:
    title = title or f"{'Even' if number % 2 == 0 else 'Odd'} number {number}"
    return article(by, number, title=title, published=NOON - number * HOUR, **changed)


def poll(store: SqlStore, at: Setup, *articles: Article, when: dt.datetime = LATER) -> None:
    commit(store, [finished(at, *articles, at=when)], at, lambda: 0.0)


def filled(store: SqlStore, count: int = 10, at: Setup | None = None) -> Setup:
    at = at or even()
    sync_sources(store, at, NOON)
    sync_topics(store, at, NOON)
    poll(store, at, *(told(n) for n in range(count)), when=NOON)
    return at


def in_force(store: SqlStore, now: Setup) -> None:
    sync_topics(store, now, LATER)


def found_anew(store: SqlStore, now: Setup, at: dt.datetime = LATER) -> dict[str, Retagged]:
    return retag(store, now, sync_topics(store, now, at), lambda: at)


def feed(store: SqlStore, at: Setup, key: str = "even") -> bytes:
    return render_atom(current_feed(store, at, at.topics[key])).body


def titles(store: SqlStore, key: str = "even") -> list[str]:
    return [one.story.articles[0].title for one in store.window(key, 1000, ())]


def stories(store: SqlStore) -> list[Story]:
    return [story for _pk, story in store.all_stories()]


def everything(store: SqlStore) -> dict[str, list[tuple[str, object, object]]]:
    """Every admission of every story: what retagging may change, and no more."""
    with store.reading() as ask:
        pks = ask.story_pks_after(0, 10_000)
        return {
            key: sorted(
                (a.story, a.admitted_at, a.due_at) for a in ask.admissions(key, pks).values()
            )
            for key in ask.topics()
        }


def assert_right(store: SqlStore, now: Setup) -> None:
    """Every story is where the rules want it, and nothing waits."""
    assert [(s.id, s.topics) for s in stories(store)] == [
        (s.id, tag(s, now)) for s in stories(store)
    ]
    with store.reading() as ask:
        assert ask.retaggings() == {}
        assert ask.undecided_topics() == set()
        assert waiting(ask, now) == []


# --- what readers see ---------------------------------------------------------------------------


def test_readers_see_the_old_feed_until_they_see_the_new_one(store: SqlStore) -> None:
    old = filled(store)
    now = even("odd OR 4")
    before = feed(store, old)
    between: list[bytes] = []

    stale = sync_topics(store, now, LATER)
    retag(store, now, stale, lambda: LATER, lambda done, of: between.append(feed(store, old)))

    assert len(between) == 4
    assert set(between) == {before}
    assert sorted(titles(store)) == [
        "Even number 4", "Odd number 1", "Odd number 3", "Odd number 5", "Odd number 7",
        "Odd number 9",
    ]  # fmt: skip
    assert_right(store, now)


def test_each_topic_is_switched_over_at_once(store: SqlStore) -> None:
    filled(store, at=setup(topics=[topic("even", "even"), topic("odd", "odd")], admission=GENEROUS))
    now = setup(topics=[topic("even", "number"), topic("odd", "number")], admission=GENEROUS)
    sync_topics(store, now, LATER)
    seen: list[tuple[int, int]] = []
    real = type(store).writing

    @contextlib.contextmanager
    def watched(self: SqlStore) -> Iterator[Any]:
        with real(self) as tell:
            yield tell
        seen.append((len(titles(store, "even")), len(titles(store, "odd"))))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(store), "writing", watched)
        retag(store, now, ["even", "odd"], lambda: LATER)

    assert list(dict.fromkeys(seen)) == [(5, 5), (10, 5), (10, 10)]


def test_feeds_that_share_a_story_are_rendered_anew(store: SqlStore) -> None:
    filled(store, at=setup(topics=[topic("even", "even"), topic("four", "4")], admission=GENEROUS))
    now = setup(topics=[topic("even", "odd"), topic("four", "4")], admission=GENEROUS)
    with store.reading() as ask:
        before = ask.topics()

    found_anew(store, now)

    with store.reading() as ask:
        after = ask.topics()
    assert {key for key in after if after[key].changes != before[key].changes} == {
        "all", "even", "four",
    }  # fmt: skip


def test_b3_3_neither_id_nor_date_changes(store: SqlStore) -> None:
    filled(store)
    before = {(s.id, s.published, s.updated, s.first_seen_at) for s in stories(store)}
    dates = everything(store)

    found_anew(store, even("number"))

    assert {(s.id, s.published, s.updated, s.first_seen_at) for s in stories(store)} == before
    after = everything(store)
    assert after["all"] == dates["all"]
    assert set(dates["even"]) < set(after["even"])


# --- killed -------------------------------------------------------------------------------------


def test_it_goes_on_where_it_stopped(store: SqlStore) -> None:
    filled(store)
    now = even("odd")
    stale = sync_topics(store, now, LATER)
    turns = iter((True, True, False))

    assert retag(store, now, stale, lambda: LATER, keep_on=lambda: next(turns)) == {}
    assert sync_topics(store, now, LATER) == stale
    seen: list[tuple[int, int]] = []
    done = retag(store, now, stale, lambda: LATER, lambda done, of: seen.append((done, of)))

    assert seen == [(9, 10), (10, 10)]
    assert done == {"even": Retagged(5, 5)}
    assert_right(store, now)


class Killed(BaseException):
    pass


def _killed_at(store: SqlStore, number: int, *, after: bool) -> Any:
    """The store, until its nth transaction: dies before or after that is committed."""
    real, turns = type(store).writing, iter(range(number + 1))

    @contextlib.contextmanager
    def mortal(self: SqlStore) -> Iterator[Any]:
        last = next(turns, None) == number - 1
        with real(self) as tell:
            yield tell
            if last and not after:
                raise Killed
        if last:
            raise Killed

    return mortal


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_transaction_it_ends_as_if_never_killed(
    sqlite_store: SqlStore, after: bool
) -> None:
    store = sqlite_store
    one, other = even("odd OR 4"), even("even")
    filled(store, at=other)
    sync_topics(store, one, LATER)
    retag(store, one, ["even"], lambda: LATER)
    wanted = everything(store)

    kills = 0
    for number in range(1, 12):
        found_anew(store, other)
        sync_topics(store, one, LATER)
        with pytest.MonkeyPatch.context() as patch, contextlib.suppress(Killed):
            patch.setattr(type(store), "writing", _killed_at(store, number, after=after))
            retag(store, one, ["even"], lambda: LATER)
            break
        kills += 1
        found_anew(store, one)
        assert {k: [x[0] for x in v] for k, v in everything(store).items()} == {
            k: [x[0] for x in v] for k, v in wanted.items()
        }
        assert_right(store, one)

    assert kills == 5  # four batches and the switch


def _retag_and_die(url: str, query: str, after: int) -> None:
    retagging._BATCH = 3  # type: ignore[misc]  # as above, in a process of its own
    store, now, seen = SqlStore(url), even(query), []

    def progress(done: int, of: int) -> None:
        seen.append(done)
        if len(seen) == after:
            os.kill(os.getpid(), signal.SIGKILL)

    retag(store, now, sync_topics(store, now, LATER), lambda: LATER, progress)
    store.close()


def test_killed_again_and_again_it_comes_to_its_end(store: SqlStore, database_url: str) -> None:
    filled(store, 13)
    now = even("odd OR 4")
    before = feed(store, now)
    spawn = multiprocessing.get_context("spawn")
    codes = []
    for after in (1, 1, 2):
        process = spawn.Process(target=_retag_and_die, args=(database_url, "odd OR 4", after))
        process.start()
        process.join(60)
        codes.append(process.exitcode)
        assert feed(store, now) == before

    assert codes == [-signal.SIGKILL] * 3
    done = found_anew(store, now)
    assert done == {"even": Retagged(6, 6)}, "from the end of the fourth batch on"
    assert_right(store, now)


# --- polls in between -----------------------------------------------------------------------------


def during(store: SqlStore, now: Setup, what: Callable[[], None], after: int = 2) -> None:
    """Find stories anew, and do something after that many batches."""
    seen: list[int] = []

    def progress(done: int, of: int) -> None:
        seen.append(done)
        if len(seen) == after:
            what()

    retag(store, now, sync_topics(store, now, LATER), lambda: LATER, progress)
    assert len(seen) >= after


@pytest.mark.parametrize("after", [1, 2, 4])
def test_what_a_poll_brings_or_edits_meanwhile_is_right_after_the_switch(
    store: SqlStore, after: int
) -> None:
    old = filled(store)
    now = even("odd OR surprise")
    shown: list[list[str]] = []

    def meanwhile() -> None:
        poll(store, now, told(0, "Odd after all"), told(1, "Even after all"), told(20), told(21))
        poll(store, old, told(8, "A surprise"), told(22, "Surprise from an old process", by="b"))
        shown.append(sorted(titles(store)))

    during(store, now, meanwhile, after)

    assert shown == [
        ["A surprise", "Even number 2", "Even number 4", "Even number 6", "Odd after all"]
    ]
    assert sorted(titles(store)) == [
        "A surprise", "Odd after all", "Odd number 21", "Odd number 3", "Odd number 5",
        "Odd number 7", "Odd number 9", "Surprise from an old process",
    ]  # fmt: skip
    assert_right(store, now)


def test_a_story_edited_between_reading_and_staging_is_looked_at_again(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store)
    now = even("odd")
    stale = sync_topics(store, now, LATER)
    real, times = retagging._changes, []

    def slow(*given: Any) -> Any:
        changes = real(*given)
        times.append(1)
        if len(times) == 1:  # a batch was read: 0, 1 and 2
            poll(store, now, told(0, "Odd after all"), told(1, "Even after all"))
        return changes

    monkeypatch.setattr(retagging, "_changes", slow)
    retag(store, now, stale, lambda: LATER)

    assert "Odd after all" in titles(store)
    assert "Even after all" not in titles(store)
    assert_right(store, now)


def test_two_at_once_do_it_once(store: SqlStore, database_url: str) -> None:
    filled(store, 40)
    now = setup(topics=[topic("even", "odd"), topic("four", "4")], admission=GENEROUS)
    stale = sync_topics(store, now, LATER)
    outcomes: list[dict[str, Retagged]] = []

    def work() -> None:
        own = SqlStore(database_url)
        outcomes.append(retag(own, now, stale, lambda: LATER))
        own.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(key for one in outcomes for key in one) == ["even", "four"]
    assert_right(store, now)


def test_law_8_pollers_at_once_beside_rules_that_change(store: SqlStore, database_url: str) -> None:
    filled(store, 30)
    rules = [even("odd"), even("number"), even("even OR 5")]

    def polls(own: SqlStore, by: str) -> None:
        for n in range(12):
            url = f"https://news.example/{n}"
            new = told(100 + n, f"Odd {n} by {by}", by, url=url)
            poll(own, rules[n % 3], new, told(n, f"Odd {n}", by))

    def changes(own: SqlStore) -> None:
        for rule in rules:
            retag(own, rule, sync_topics(own, rule, LATER), lambda: LATER)

    with contextlib.ExitStack() as stack, ThreadPoolExecutor() as threads:
        own = [stack.enter_context(contextlib.closing(SqlStore(database_url))) for _ in range(4)]
        todo = [threads.submit(polls, own[n], by) for n, by in enumerate("abc")]
        for done in [*todo, threads.submit(changes, own[3])]:
            done.result()
    found_anew(store, rules[-1])

    assert_right(store, rules[-1])
    told_by = [{a.source for a in s.articles} for s in stories(store)]
    assert told_by.count({"a", "b", "c"}) == 12, "one story of each piece of news"
    assert len(told_by) == 30 + 12 + 2 * 12


def test_a_poll_by_an_older_rule_after_the_switch_is_looked_at_by_who_knows_the_newer(
    store: SqlStore,
) -> None:
    old = filled(store)
    now = even("odd")
    found_anew(store, now)

    poll(store, old, told(20), told(21), told(0, "Odd after all"))
    assert "Odd number 21" not in titles(store)
    with store.reading() as ask:
        assert waiting(ask, old) == []
        assert waiting(ask, now) == ["even"]
    retag(store, now, ["even"], lambda: LATER)

    assert {"Odd number 21", "Odd after all"} < set(titles(store))
    assert_right(store, now)


# --- rules that change ------------------------------------------------------------------------------


def test_a_rule_that_changes_again_begins_again(store: SqlStore) -> None:
    filled(store)
    now = even("number NOT 4")

    during(store, even("odd"), lambda: in_force(store, now))
    with store.reading() as ask:
        assert waiting(ask, now) == ["even"]
    found_anew(store, now)

    assert len(titles(store)) == 9
    assert_right(store, now)


def test_a_rule_that_is_taken_back_has_missed_nothing(store: SqlStore) -> None:
    old = filled(store)

    def meanwhile() -> None:
        poll(store, even("odd"), told(20), told(0, "Odd after all"))
        sync_topics(store, old, LATER)

    during(store, even("odd"), meanwhile)
    found_anew(store, old)

    assert "Even number 20" in titles(store)
    assert "Odd after all" not in titles(store)
    assert_right(store, old)


def test_a_topic_taken_out_meanwhile_is_not_switched_over(store: SqlStore) -> None:
    filled(store)
    without = setup(topics=[topic("four", "4")], admission=GENEROUS)

    during(store, even("odd"), lambda: in_force(store, without))
    found_anew(store, without)
    poll(store, without, told(20), told(2, "Odd after all"))
    both = setup(topics=[topic("even", "even"), topic("four", "4")], admission=GENEROUS)
    found_anew(store, both)

    assert "Even number 20" in titles(store)
    assert "Odd after all" not in titles(store)
    assert_right(store, both)


def test_a_topic_renamed_meanwhile_goes_on_under_its_new_key(store: SqlStore) -> None:
    filled(store)
    now = setup(topics=[topic("by-ones", "odd", was=("even",))], admission=GENEROUS)

    during(store, even("odd"), lambda: in_force(store, now))
    seen: list[int] = []
    retag(store, now, sync_topics(store, now, LATER), lambda: LATER, lambda d, of: seen.append(d))

    assert seen == [9, 10]
    assert len(titles(store, "by-ones")) == 5
    assert_right(store, now)


def test_topics_that_come_later_are_walked_to_where_the_others_wait(store: SqlStore) -> None:
    filled(store)
    both = setup(topics=[topic("even", "odd"), topic("four", "4")], admission=GENEROUS)

    during(store, even("odd"), lambda: in_force(store, both))
    done = found_anew(store, both)

    assert done == {"four": Retagged(1, 0)}, "the other one was at work, and ended"
    assert_right(store, both)


def test_a_new_meaning_of_the_language_is_a_new_rule(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store)
    monkeypatch.setattr(setting_up, "_LANGUAGE", 999)

    assert sync_topics(store, even(), LATER) == ["even"]
    assert found_anew(store, even()) == {"even": Retagged(0, 0)}


def test_a_source_that_brings_a_topic_no_more_is_a_new_rule(store: SqlStore) -> None:
    bringing = setup(sources=[source("a", topics=("even",))], topics=[topic("even", "even")],
                     admission=GENEROUS)  # fmt: skip
    filled(store, at=bringing)

    assert found_anew(store, even()) == {"even": Retagged(0, 5)}


# --- floods ------------------------------------------------------------------------------------------


def _flooding(store: SqlStore) -> Setup:
    """A topic of 30 published stories, and 200 others as recent, all of the last ten days."""
    _an_hour_apart(store, setup(topics=[topic("even", "even")]))
    assert len(titles(store)) == 30
    return setup(topics=[topic("even", "number")])


def _an_hour_apart(store: SqlStore, at: Setup) -> None:
    """230 stories of a number, 30 of them even."""
    sync_sources(store, at, NOON)
    sync_topics(store, at, NOON)
    for n in range(230):
        when = NOON - n * HOUR
        title = f"Even {n}" if n % 8 == 0 or n == 1 else f"Odd {n}"
        poll(store, at, article("a", n, at=when, title=title, text=f"Of number {n}."), when=when)


def test_b3_5_a_rule_that_lets_many_in_does_not_flood_subscribers(store: SqlStore) -> None:
    now = _flooding(store)
    known, counts, moment = set(titles(store)), [], LATER
    (done,) = found_anew(store, now).values()
    assert (done.entered, done.left) == (200, 0)

    while True:
        shown = {e.title for e in current_feed(store, now, now.topics["even"]).entries}
        counts.append(len(shown - known))
        known |= shown
        if not everything_due(store):
            break
        moment += HOUR
        assert release_held(store, moment) == {"even"}

    assert max(counts) == counts[0] == 15, "half of what was shown (B3.7)"
    assert done.held == 185
    assert len(counts) == 1 + 11, "of 174 that the feed shows; what is below comes with the last"


def everything_due(store: SqlStore) -> list[object]:
    return [due for _story, _at, due in everything(store)["even"] if due]


def test_after_the_last_turn_all_is_as_if_none_had_waited(store: SqlStore) -> None:
    now = _flooding(store)
    found_anew(store, now)
    assert len(everything_due(store)) == 185

    for hours in range(1, 12):
        release_held(store, LATER + hours * HOUR)

    assert everything(store)["even"] == everything(store)["all"]


def test_a_new_topic_has_no_subscribers_to_flood(store: SqlStore) -> None:
    _flooding(store)
    now = setup(topics=[topic("even", "even"), topic("every", "number")])

    assert found_anew(store, now) == {"every": Retagged(230, 0)}
    assert len(titles(store, "every")) == 230


def test_b3_7_what_a_feed_had_let_go_does_not_come_back_when_a_rule_takes_others_out(
    store: SqlStore,
) -> None:
    before, now = (setup(topics=[topic("even", query)]) for query in ("number", "even"))
    _an_hour_apart(store, before)

    def shown(at: Setup) -> set[str]:
        return {entry.id for entry in current_feed(store, at, at.topics["even"]).entries}

    known = shown(before)
    assert (len(known), len(titles(store))) == (200, 230)
    assert found_anew(store, now) == {"even": Retagged(0, 200)}

    assert len(titles(store)) == 30, "for search and the pages of stories all are there"
    assert len(shown(now)) == 26
    assert shown(now) < known
    poll(store, now, article("a", 999, title="Even news", text="Of number 999."))
    assert len(shown(now)) == 27


def test_a_topic_that_returns_may_have_subscribers(store: SqlStore) -> None:
    now = _flooding(store)
    found_anew(store, setup(topics=[topic("other", "nothing")]))

    (done,) = found_anew(store, now).values()

    assert done.held > 0


def test_what_waits_elsewhere_waits_here_too(store: SqlStore) -> None:
    filled(store, 14, setup(topics=[topic("even", "nothing")]))  # a new source: ten at once
    found_anew(store, setup(topics=[topic("even", "number")]))

    assert len(titles(store)) == len(titles(store, "all")) == 10
    assert release_held(store, NOON + HOUR) == {"all", "even"}
    assert len(titles(store)) == 14


# --- laws ---------------------------------------------------------------------------------------------

WORDS = ("even", "odd", "number", "river", "4")
queries = st.sampled_from([*WORDS, "even OR river", "number NOT odd", "river odd", "nothing"])
edits = st.lists(st.tuples(st.integers(0, 15), st.sampled_from(WORDS)), max_size=6)


def emptied(store: SqlStore) -> None:
    """Forget what the example before has left. SQLite's index needs no rows to point to."""
    with store.writing() as tell:
        index = [] if tell.connection.dialect.name == "sqlite" else ["search_index"]
        for table in (*index, "staged", "retagging", "admission", "match_key", "revision", "article_text",
                      "article", "story", "topic"):  # fmt: skip
            tell.connection.exec_driver_sql(f"DELETE FROM {table}")


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(queries, queries, st.lists(st.tuples(edits, st.booleans()), max_size=5))
def test_law_10_whatever_comes_in_between_stories_are_where_the_rules_want_them(
    database_url: str, first: str, second: str, turns: list[tuple[list[tuple[int, str]], bool]]
) -> None:
    store = SqlStore(database_url)
    emptied(store)
    old, now = even(first), even(second)
    filled(store, at=old)
    todo = iter(turns)

    def meanwhile(_done: int, _of: int) -> None:
        changed, by_old = next(todo, ([], False))
        if changed:
            articles = {n: told(n, f"{word} {n}") for n, word in changed}
            poll(store, old if by_old else now, *articles.values())

    retag(store, now, sync_topics(store, now, LATER), lambda: LATER, meanwhile)
    assert_right(store, now)
    before = everything(store)
    with store.writing() as tell:
        begin(tell, now, ["even"])
    assert retag(store, now, ["even"], lambda: LATER + DAY) == {"even": Retagged(0, 0)}
    assert everything(store) == before
    store.close()


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(st.sampled_from("pqr"), queries),
    st.dictionaries(st.sampled_from("pqrs"), queries),
    st.booleans(),
)
def test_diff_says_exactly_what_retagging_then_does(
    sqlite_store: SqlStore, first: dict[str, str], second: dict[str, str], renames: bool
) -> None:
    store = sqlite_store

    def of(queries: dict[str, str], **changed: Any) -> Setup:
        return setup(
            topics=[topic(key, query, **changed) for key, query in queries.items()],
            admission=GENEROUS,
        )

    emptied(store)
    filled(store, at=of(first))
    was = ("q",) if renames else ()
    now = setup(
        topics=[topic(k, q, was=was if k == "s" else ()) for k, q in second.items()],
        admission=GENEROUS,
    )
    before = {s.id: {b.topic for b in s.topics} for s in stories(store)}
    moved = renames and "s" in second and "q" in first and "q" not in second
    if moved:
        before = {k: {"s" if t == "q" else t for t in v} for k, v in before.items()}

    said = list(differences(store, now, comparison(store, now)))
    outcomes = found_anew(store, now)

    after = {s.id: {b.topic for b in s.topics} & {"all", *second} for s in stories(store)}
    entered = {(one.because.topic, one.story) for one in said if one.enters}
    left = {(one.because.topic, one.story) for one in said if not one.enters}
    assert entered == {(t, s) for s, topics in after.items() for t in topics - before[s]}
    assert left == {(t, s) for s, topics in before.items() for t in topics - after[s]}
    kept = [one for one in said if one.because.topic in second]
    assert sum(one.entered for one in outcomes.values()) == sum(one.enters for one in kept)
    assert sum(one.left for one in outcomes.values()) == sum(not one.enters for one in kept)
    why = {s.id: s.topics for s in stories(store)}
    assert all(one.because in why[one.story] for one in said if one.enters)
