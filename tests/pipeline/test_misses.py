"""Why a story is not in a topic: the nearest of its articles speaks."""

import pytest

from aggregator.model import Because, Found, Story
from aggregator.pipeline.misses import miss_of, misses_of
from aggregator.pipeline.tagging import tag
from aggregator.store.columns import Json
from tests.values import NOON, article, setup, topic

RULES = setup(
    topics=[
        topic("isis", "isis"),
        topic("raid", "raid isis town syria"),
        topic("war", "isis war"),
        topic("none", None),
    ]
)


def story(*texts: str, topics: tuple[Because, ...] = ()) -> Story:
    articles = tuple(article("a", n, text=text, title="") for n, text in enumerate(texts))
    return Story("tag:x", articles, NOON, NOON, NOON, topics=topics)


def test_the_article_that_came_nearest_speaks_for_the_story() -> None:
    told = story("Isis raid", "Isis raid on a town")

    nearest, other = misses_of(told, RULES)

    assert (nearest.miss.topic, nearest.miss.nearness) == ("raid", 0.75)
    assert nearest.document["text"] == "Isis raid on a town"
    assert other.miss.topic == "war"
    assert [one.miss.topic for one in misses_of(told, RULES, most=1)] == ["raid"]


def test_a_topic_that_takes_one_article_is_no_miss_of_the_story() -> None:
    told = story("Isis", "Isis at war")

    assert [one.miss.topic for one in misses_of(told, RULES)] == ["raid"]
    assert miss_of(told, RULES, "war") is None


def test_a_topic_that_a_story_has_already_is_no_miss() -> None:
    told = story("Isis raid", topics=(Because("raid"),))

    assert [one.miss.topic for one in misses_of(told, RULES)] == ["war"]


def test_one_topic_is_asked_about_however_far_it_is() -> None:
    asked = miss_of(story("Weather"), RULES, "war")

    assert asked is not None
    assert asked.miss.nearness == 0
    with pytest.raises(KeyError):
        miss_of(story("Weather"), RULES, "none")


def test_evidence_carries_its_score_into_the_model() -> None:
    rules = setup(topics=[topic("oil", "oil", weights={2.0: "oil"}, threshold=2.0)])

    (_, because) = tag(story("Oil and oil"), rules)

    assert [found.score for found in because.evidence] == [4.0, 4.0]


def test_evidence_stored_before_there_were_scores_is_read() -> None:
    stored = '[{"field": "title", "term": "isis", "text": "Isis", "start": 0, "end": 4}]'

    read = Json[tuple[Found, ...]](tuple[Found, ...]).process_result_value(stored, None)  # type: ignore[arg-type]

    assert read == (Found("title", "isis", "Isis", 0, 4, 0.0),)
