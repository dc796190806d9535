"""Law 12: what was seen is remembered longer than what was said."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.dedupe.keys import OF_TEXT
from aggregator.dedupe.retired import left_of
from aggregator.model import Article, Story
from aggregator.pipeline import catalogue as serving
from aggregator.pipeline import retire as retiring
from aggregator.pipeline.commit import commit
from aggregator.pipeline.diff import comparison, differences
from aggregator.pipeline.due import sync_sources
from aggregator.pipeline.retag import begin, retag
from aggregator.pipeline.retire import Retention, Way, retire, retire_daily, retire_texts
from aggregator.pipeline.setup import Setup
from aggregator.pipeline.site import Site
from aggregator.pipeline.topics import sync_topics
from aggregator.publish import feed as publishing
from aggregator.publish.admission import AdmissionPolicy
from aggregator.publish.ids import page_of
from aggregator.store import SqlStore
from aggregator.topics import parse_query
from aggregator.topics.sieve import sieve_of
from tests.values import NOON, article, finished, setup, source, topic

DAY = dt.timedelta(days=1)
MUCH = (
    "The harbour was closed at noon when the wind from the west had grown to a storm and two "
    "ferries with more than three hundred passengers on board could not put to sea any more"
)
GENEROUS = AdmissionPolicy(admit_count=1000, render_count=1000)


@pytest.fixture(autouse=True)
def _few_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else every story of a test were shown by a feed."""
    monkeypatch.setattr(retiring, "MOST_ENTRIES", 1)
    monkeypatch.setattr(retiring, "_BATCH", 2)
    monkeypatch.setattr(retiring, "_PAGE", 3)


def world(query: str = "storm", **changed: Any) -> Setup:
    return setup(topics=[topic("storm", query)], admission=GENEROUS, **changed)


def poll(store: SqlStore, at: Setup, *articles: Article, when: dt.datetime = NOON) -> Any:
    with store.reading() as ask:
        state = ask.states([articles[0].source]).get(articles[0].source)
    return commit(store, [finished(at, *articles, at=when, state=state)], at, lambda: 0.0)[0]


def told(number: int, *, at: dt.datetime = NOON, by: str = "a", **changed: Any) -> Article:
    text = changed.pop("text", f"{MUCH}, said the captain of ship number {number}.")
    return article(by, number, at=at, text=text, summary=f"Ships stay in port {number}", **changed)


def filled(store: SqlStore, count: int = 5, at: Setup | None = None) -> Setup:
    """Stories of as many days, the last of them of NOON."""
    at = at or world()
    sync_sources(store, at, NOON)
    sync_topics(store, at, NOON)
    for number in range(count):
        moment = NOON - (count - 1 - number) * DAY
        poll(store, at, told(number, at=moment), when=moment)
    return at


def stories(store: SqlStore) -> list[Story]:
    return [story for _, story in store.all_stories()]


def keys_of_texts(store: SqlStore) -> int:
    from aggregator.store.tables import MATCH_KEY

    with store.reading() as ask:
        rows = ask.connection.execute(MATCH_KEY.select()).mappings()
        return sum(row["key"].startswith(OF_TEXT) for row in rows)


def hits(store: SqlStore, query: str) -> int:
    with store.reading() as ask:
        return len(ask.candidates(sieve_of(parse_query(query)), None, 100, 5.0))


def topics(store: SqlStore) -> list[tuple[str, ...]]:
    return [tuple(because.topic for because in story.topics) for story in stories(store)]


def test_texts_go_with_their_keys_and_what_archives_publish_stays(store: SqlStore) -> None:
    filled(store)
    before, keys = stories(store), keys_of_texts(store)

    done = retire(store, Retention(), NOON + 200 * DAY)

    newest = before[-1]
    assert stories(store) == [
        *(
            Story(
                one.id,
                tuple(left_of(a, "summary") for a in one.articles),
                one.first_seen_at,
                one.published,
                one.updated,
                one.topics,
            )
            for one in before[:-1]
        ),
        newest,
    ]
    assert done.texts.articles == 4
    assert done.shown == 1
    assert done.texts.bytes == sum(
        len(a.text.encode()) + len(a.html.encode()) for one in before[:-1] for a in one.articles
    )
    assert done.texts.keys == keys - keys_of_texts(store) > 20


def test_what_is_younger_or_was_updated_since_keeps_its_text(store: SqlStore) -> None:
    at = filled(store)
    edited = told(0, text=f"{MUCH}, it was said later.", updated=NOON + 30 * DAY)
    poll(store, at, edited, when=NOON + 30 * DAY)

    done = retire(store, Retention(), NOON + 88 * DAY)

    assert [story.articles[0].kept for story in stories(store)] == [
        "text", "summary", "text", "text", "text"
    ]  # fmt: skip
    assert done.texts.articles == 1


def test_search_finds_what_is_left_and_nothing_else(store: SqlStore) -> None:
    filled(store)
    assert hits(store, "captain") == 5

    retire(store, Retention(), NOON + 200 * DAY)

    assert hits(store, "captain") == 1
    assert hits(store, "port") == 4
    assert hits(store, "title") == 5


def test_case_19_an_old_entry_listed_again_is_no_news(store: SqlStore) -> None:
    at = filled(store)
    before = stories(store)
    later = NOON + 500 * DAY
    retire(store, Retention(), later)
    retired = stories(store)

    report = poll(store, at, *(told(n, at=later) for n in range(5)), when=later)

    assert (report.outcome, report.new_stories, report.changed_articles) == ("unchanged", 0, 0)
    assert stories(store) == retired
    assert [story.id for story in retired] == [story.id for story in before]


def test_case_19_also_when_the_source_was_gone_for_long(store: SqlStore) -> None:
    at = filled(store)
    sync_sources(store, setup(sources=[source("b")], topics=at.topics.values()), NOON + 10 * DAY)
    later = NOON + 500 * DAY
    retire(store, Retention(), later)
    retired = stories(store)
    sync_sources(store, at, later)

    poll(store, at, *(told(n, at=later) for n in range(5)), when=later)

    assert stories(store) == retired


def test_an_edit_of_a_retired_article_is_taken_up_once_without_its_text(store: SqlStore) -> None:
    at = filled(store)
    later = NOON + 120 * DAY
    retire(store, Retention(), later)
    before = stories(store)[0]
    said_at = later - dt.timedelta(hours=1)
    edited = told(0, at=later, title="Storm over", updated=said_at, text=f"{MUCH}. All is well.")

    first = poll(store, at, edited, when=later)
    again = poll(store, at, edited, when=later + DAY)

    after = stories(store)[0]
    assert (first.changed_articles, again.changed_articles) == (1, 0)
    assert after.articles[0].title == "Storm over"
    assert (after.articles[0].text, after.articles[0].html, after.articles[0].kept) == (
        "", "", "summary"
    )  # fmt: skip
    assert (after.id, after.published, after.topics) == (
        before.id, before.published, before.topics
    )  # fmt: skip
    assert after.updated == said_at


def test_b3_2_other_words_in_the_place_of_a_forgotten_text_are_an_update(store: SqlStore) -> None:
    at = filled(store)
    later = NOON + 120 * DAY
    retire(store, Retention(), later)
    before = stories(store)[0]

    edited = told(0, at=later, text="Quite another text.", updated=later - DAY)
    assert poll(store, at, edited, when=later).changed_articles == 1

    assert stories(store)[0].updated == later - DAY > before.updated


def test_what_no_topic_has_published_shrinks_to_what_it_is_known_by(store: SqlStore) -> None:
    at = filled(store, at=world(query="ferries NOT captain"))
    sync_topics(store, at, NOON)
    poll(store, at, told(7, text=MUCH), when=NOON)  # this one is in a topic
    poll(store, at, told(8), when=NOON + DAY)  # and this one is shown

    done = retire(store, Retention(), NOON + 400 * DAY)

    kept = {story.articles[0].entry_id: story.articles[0] for story in stories(store)}
    assert done.stories.articles == 5
    assert done.stories.bytes >= sum(len(f"Ships stay in port {n}") for n in range(5))
    assert [kept[f"a-{n}"].kept for n in (0, 4, 7, 8)] == ["title", "title", "text", "text"]
    assert (kept["a-0"].title, kept["a-0"].summary) == ("Title of story 0", "")
    assert poll(store, at, told(0, at=NOON + 400 * DAY), when=NOON + 400 * DAY).new_articles == 0
    assert hits(store, "title") == 7


def test_law_10_a_retired_story_keeps_its_topics_whatever_the_rules_become(
    store: SqlStore,
) -> None:
    filled(store)
    retire(store, Retention(), NOON + 200 * DAY)
    before = topics(store)
    changed = setup(topics=[topic("storm", "hurricane"), topic("port", "port")], admission=GENEROUS)
    shown = {
        (d.because.topic, d.enters) for d in differences(store, changed, comparison(store, changed))
    }

    late = sync_topics(store, changed, NOON + 200 * DAY)
    retag(store, changed, late, lambda: NOON + 200 * DAY)

    # The newest has its text, and is judged by it.
    assert before[:-1] == topics(store)[:-1] == [("all", "storm")] * 4
    assert topics(store)[-1] == ("all",)
    assert shown == {("storm", False)}


def test_law_10_finding_stories_anew_after_retiring_changes_nothing(store: SqlStore) -> None:
    at = filled(store)
    retire(store, Retention(), NOON + 500 * DAY)
    before = stories(store)
    with store.writing() as tell:
        begin(tell, at, at.topics)

    done = retag(store, at, at.topics, lambda: NOON + 500 * DAY)

    assert (done["storm"].entered, done["storm"].left) == (0, 0)
    assert stories(store) == before


def test_an_outlet_that_joins_a_retired_story_brings_its_own_words(store: SqlStore) -> None:
    at = filled(store)
    later = NOON + 120 * DAY
    retire(store, Retention(), later)
    old = stories(store)[0]
    page, day = old.articles[0].url, old.published
    same_page = told(0, by="b", at=later, url=page, text="Calm again.", published=day)

    poll(store, at, told(50, by="b", at=later, text="Nothing."), when=later)
    poll(store, at, same_page, when=later + DAY)

    after = stories(store)[0]
    assert [a.source for a in after.articles] == ["a", "b"]
    assert [a.kept for a in after.articles] == ["summary", "text"]
    assert after.topics == old.topics


def test_the_texts_of_one_source_whatever_their_age(store: SqlStore) -> None:
    at = filled(store, 2)
    poll(store, at, told(9, by="b"), when=NOON + DAY)
    poll(store, at, told(10, by="c", text="Another matter."), when=NOON + 2 * DAY)
    gone = setup(sources=[source("b"), source("c")], topics=at.topics.values())
    sync_sources(store, gone, NOON + 2 * DAY)

    done = retire_texts(store, NOON + 3 * DAY, "a")

    kept = {a.source: a.kept for story in stories(store) for a in story.articles}
    assert done.texts.articles == 2
    assert kept == {"a": "summary", "b": "text", "c": "text"}


def test_a_dry_run_says_as_much_and_forgets_nothing(store: SqlStore) -> None:
    filled(store)
    before = stories(store)

    said = retire(store, Retention(), NOON + 200 * DAY, Way(dry_run=True))

    assert stories(store) == before
    assert retire(store, Retention(), NOON + 200 * DAY).texts == said.texts


def test_what_waits_to_enter_a_feed_keeps_its_text(store: SqlStore) -> None:
    at = setup(topics=[], admission=AdmissionPolicy(admit_count=1, render_count=1))
    sync_sources(store, at, NOON)
    sync_topics(store, at, NOON)
    poll(store, at, *(told(n) for n in range(3)))

    assert retire(store, Retention(), NOON + 200 * DAY).texts.articles == 0


def test_it_is_done_once_a_day_whoever_asks_and_gone_on_with_when_killed(
    store: SqlStore,
) -> None:
    filled(store)
    moment = NOON + 200 * DAY

    def again(**later: float) -> bool:
        return retire_daily(store, Retention, lambda: moment + dt.timedelta(**later)) is not None

    stopped = retire_daily(store, Retention, lambda: moment, Way(keep_on=lambda: False))
    assert stopped is not None
    assert stopped.texts.articles == 0
    assert not again(minutes=59)
    assert again(hours=1)
    assert {story.articles[0].kept for story in stories(store)[:-1]} == {"summary"}
    assert not again(hours=24)
    assert again(hours=25)


def test_a_clock_that_was_ahead_once_does_not_end_retention(store: SqlStore) -> None:
    filled(store)
    ahead, now = NOON + 565 * DAY, NOON + 200 * DAY

    assert retire_daily(store, Retention, lambda: ahead) is not None
    assert retire_daily(store, Retention, lambda: now) is not None
    assert retire_daily(store, Retention, lambda: now + DAY / 2) is None


def test_what_is_of_no_use_any_more_goes(store: SqlStore) -> None:
    at = filled(store)
    with store.writing() as tell:
        tell.set_meta("https://old.example/robots.txt", '["2026-01-01T00:00:00+00:00", ""]')
        tell.set_meta("https://new.example/robots.txt", f'["{NOON.isoformat()}", ""]')
    assert retire(store, Retention(), NOON).idle == 1
    with store.reading() as ask:
        assert ask.meta("https://new.example/robots.txt")
        assert not ask.meta("https://old.example/robots.txt")
        assert ask.states(["a"])["a"].listed_url == at.sources["a"].url


def test_law_5_the_page_of_a_retired_story_is_the_same_in_every_process(store: SqlStore) -> None:
    at = filled(store)

    def site() -> Site:
        return Site(store, lambda: at, lambda: "aggregator/test", lambda: clock[0])

    clock, old = [NOON], site()
    path = f"stories/{page_of(stories(store)[0].id)}"
    before = old.document(path)
    clock[0] += DAY
    retire(store, Retention(), NOON + 200 * DAY)

    after, fresh = old.document(path), site().document(path)

    assert before is not None
    assert after is not None
    assert fresh is not None
    assert b"captain" not in after.rendering.body
    assert b"grown to a" in before.rendering.body
    assert after.rendering == fresh.rendering
    assert b"Title of story 0" in after.rendering.body


def bodies(store: SqlStore, at: Setup) -> list[bytes]:
    site = Site(store, lambda: at, lambda: "aggregator/test", lambda: NOON)
    found = [site.document(path) for path in ("all.atom", "topics/storm.atom", "topics/storm.json")]
    return [one.rendering.body for one in found if one is not None]


@pytest.fixture
def _small_feeds(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (retiring, publishing, serving):
        monkeypatch.setattr(module, "MOST_ENTRIES", 5)
    monkeypatch.setattr(publishing, "LEAST_ENTRIES", 3)


@pytest.mark.usefixtures("_small_feeds")
@settings(
    max_examples=10,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(days=st.lists(st.lists(st.integers(0, 12), unique=True, max_size=8), max_size=6))
def test_law_12_at_any_moment_between_polls_nothing_published_changes(
    sqlite_store: SqlStore, days: list[list[int]]
) -> None:
    store = sqlite_store
    sources = [source("a", content="full"), source("b")]
    at = setup(sources=sources, topics=[topic("storm", "storm")], admission=GENEROUS)
    sync_sources(store, at, NOON)
    sync_topics(store, at, NOON)
    with store.reading() as ask:
        first = ask.last_story() * 100  # examples share the store, and no entry
    for day, listed in enumerate(days):
        moment = NOON + first * DAY + 30 * day * DAY
        known = {story.articles[0].entry_id: story for story in stories(store)}
        if listed:
            poll(store, at, *(told(first + n, at=moment) for n in listed), when=moment)
        before = bodies(store, at)

        retire(store, Retention(7 * DAY, 20 * DAY), moment + DAY)

        assert bodies(store, at) == before
        told_now = stories(store)
        assert len({story.articles[0].entry_id for story in told_now}) == len(told_now)
        for story in told_now:
            was = known.get(story.articles[0].entry_id, story)
            assert (story.id, story.published) == (was.id, was.published)
            assert story.updated == was.updated
            assert story.topics == was.topics
