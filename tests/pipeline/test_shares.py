"""Topics that took nothing of the last month, or far too much."""

import datetime as dt

from aggregator.model import ALL_TOPIC
from aggregator.pipeline.commit import commit
from aggregator.pipeline.due import sync_sources
from aggregator.pipeline.shares import unlikely_topics
from aggregator.pipeline.topics import sync_topics
from aggregator.store import SqlStore
from tests.values import NOON, article, finished, setup, topic

DAY = dt.timedelta(days=1)
TOPICS = (topic("isis"), topic("story", "story"), topic("weather", "weather"))


def told(store: SqlStore, stories: int, at: dt.datetime = NOON) -> None:
    """So many stories come, one in four about Isis."""
    rules = setup(topics=TOPICS)
    sync_sources(store, rules, at)
    sync_topics(store, rules, at)
    articles = [
        article("a", n, at=at, title=f"{'Isis' if n % 4 == 0 else 'News'} {n}", text=f"Story {n}")
        for n in range(stories)
    ]
    commit(store, [finished(rules, *articles, at=at)], rules, lambda: 0.0)


def said(store: SqlStore, now: dt.datetime = NOON, topics: object = TOPICS) -> dict[str, str]:
    with store.reading() as ask:
        return unlikely_topics(ask, setup(topics=topics), now)  # type: ignore[arg-type]


def test_a_topic_that_took_nothing_or_more_than_a_third_is_told(store: SqlStore) -> None:
    told(store, 120)

    assert said(store) == {
        "story": "took 120 of the 120 stories of the last 30 days, which is 100%; ask for more "
        "than words that stand everywhere",
        "weather": "took none of the 120 stories of the last 30 days; try its query on one that "
        "it should have taken: aggregator explain STORY --topic weather",
    }


def test_few_stories_say_nothing(store: SqlStore) -> None:
    told(store, 99)

    assert said(store) == {}


def test_older_stories_say_nothing(store: SqlStore) -> None:
    told(store, 120)

    assert said(store, NOON + 29 * DAY)
    assert said(store, NOON + 31 * DAY) == {}


def test_a_rule_that_is_not_in_force_yet_is_not_judged_by_what_another_took(
    store: SqlStore,
) -> None:
    told(store, 120)
    edited = (topic("isis"), topic("story", "storied"), topic("weather", "weather"))

    assert set(said(store, topics=edited)) == {"weather"}


def test_stories_are_counted_by_topic_since_a_moment(store: SqlStore) -> None:
    told(store, 8)

    with store.reading() as ask:
        assert ask.taken_since(NOON) == {ALL_TOPIC: 8, "story": 8, "isis": 2}
        assert ask.taken_since(NOON + DAY) == {}
