"""Folding arrivals into stories: identity before likeness, and nothing ever moves."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.settle import settle
from aggregator.model import Article
from tests.dedupe.memory import Memory
from tests.values import NOON, article

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


def test_a_new_entry_founds_a_story() -> None:
    memory = Memory()

    (change,) = memory.poll(article(number=1))

    assert change.is_new
    (told,) = change.story.articles
    assert replace(told, said=()) == article(number=1)
    assert change.story.published == article(number=1).published


def test_the_same_document_again_changes_nothing() -> None:
    memory = Memory()
    document = [article(number=n) for n in range(5)]
    memory.poll(*document)

    later = [replace(a, first_seen_at=a.first_seen_at + HOUR) for a in document]

    assert memory.poll(*later) == []


def test_an_edited_entry_stays_the_same_article() -> None:
    memory = Memory()
    memory.poll(article(number=1))

    edit = article(number=1, title="Corrected", at=NOON + HOUR, updated=NOON)
    (change,) = memory.poll(edit)

    assert not change.is_new
    (known,) = change.story.articles
    assert known.title == "Corrected"
    assert known.first_seen_at == NOON
    assert known.published == article(number=1).published


def test_law_13_updated_follows_the_source_when_what_it_wrote_changes() -> None:
    memory = Memory()
    memory.poll(article(number=1))

    edited = article(number=1, title="Corrected", updated=NOON + HOUR, at=NOON + 2 * HOUR)
    (change,) = memory.poll(edited)

    assert change.story.updated == NOON + HOUR


def test_b3_2_without_a_word_of_the_source_updated_stays_when_the_text_changes() -> None:
    memory = Memory()
    memory.poll(article(number=1))
    later = NOON + 2 * HOUR

    # An undated entry is given the moment of the poll.
    (change,) = memory.poll(article(number=1, title="Corrected", updated=later, at=later))

    assert change.story.updated == article(number=1).updated


def test_b3_4_a_date_that_moves_without_the_text_moves_nothing() -> None:
    memory = Memory()
    memory.poll(article(number=1))

    assert memory.poll(article(number=1, updated=NOON + HOUR, at=NOON + 2 * HOUR)) == []


def test_a_new_category_is_kept_and_moves_no_date() -> None:
    memory = Memory()
    memory.poll(article(number=1))

    changed = article(number=1, authors=("New Name",), digest="other", updated=NOON, at=NOON + DAY)
    (change,) = memory.poll(changed)

    assert change.story.articles[0].authors == ("New Name",)
    assert change.story.updated == article(number=1).updated


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("http://a.example/news/1", "https://a.example/news/1"),
        ("https://www.a.example/news/1", "https://a.example/news/1"),
        ("https://a.example/news/1?utm_source=rss", "https://a.example/news/1?utm_source=x"),
    ],
    ids=["http to https", "www", "tracking parameter"],
)
def test_a11_3_an_id_spelled_otherwise_is_the_same_id(before: str, after: str) -> None:
    memory = Memory()
    memory.poll(article(number=1, entry_id=before, url=None))

    assert memory.poll(article(number=1, entry_id=after, url=None)) == []


def test_a_changed_id_at_the_same_page_is_the_same_entry() -> None:
    memory = Memory()
    memory.poll(article(number=1, entry_id="old"))

    memory.poll(article(number=1, entry_id="new", title="Title of story 1, updated"))

    assert memory.told() == [{"old"}]


def test_an_id_that_flaps_at_every_poll_brings_nothing_new() -> None:
    memory = Memory()
    for poll in range(5):
        memory.poll(article(number=1, entry_id=f"session-{poll}"))

    assert memory.told() == [{"session-0"}]


def test_a_page_that_carries_one_story_after_another_is_not_one_story() -> None:
    memory = Memory()
    live = "https://a.example/live"
    memory.poll(article(number=1, url=live))
    memory.poll(article(number=2, url=live, at=NOON + 5 * DAY))

    assert memory.told() == [{"a-1"}, {"a-2"}]


def test_two_entries_of_one_document_at_one_page_are_two_stories() -> None:
    memory = Memory()
    page = "https://a.example/briefs"
    memory.poll(article(number=1, url=page))
    memory.poll(article(number=1, url=page), article(number=2, url=page))

    assert sorted(map(sorted, memory.told())) == [["a-1"], ["a-2"]]


def test_one_id_for_one_entry_after_another_does_not_hide_the_second() -> None:
    memory = Memory()
    memory.poll(article(number=1, entry_id="item", text="Bread has become dearer in the north."))
    later = article(
        number=2, entry_id="item", at=NOON + 3 * DAY, text="A bridge over the fjord opens today."
    )
    memory.poll(later)

    assert len(memory.stories) == 2
    assert memory.poll(replace(later, first_seen_at=NOON + 4 * DAY)) == []


def test_a11_4_new_ids_and_addresses_for_all_known_titles_are_an_id_reset() -> None:
    memory = Memory()
    memory.poll(*(article(number=n) for n in range(10)))

    moved = [
        article(
            number=n, entry_id=f"new-{n}", url=f"https://blog.example/?p={n}", at=NOON + 30 * DAY
        )
        for n in range(10)
    ]
    changes = memory.poll(*moved)

    assert len(memory.stories) == 10
    assert not any(change.is_new for change in changes)


def test_a11_4_one_known_title_among_new_entries_is_no_reset() -> None:
    memory = Memory()
    memory.poll(article(number=1, title="Weather"), article(number=2), article(number=3))

    report = article(number=9, title="Weather", at=NOON + DAY, text="Rain tomorrow, then wind.")
    memory.poll(article(number=2), article(number=3), report)

    assert len(memory.stories) == 4


def test_a11_4_one_title_for_every_entry_makes_no_reset_of_new_ones() -> None:
    memory = Memory()
    memory.poll(*(article(number=n, title="a.example") for n in range(5)))

    photos = [article(number=n, title="a.example", at=NOON + DAY) for n in range(5, 10)]
    memory.poll(*photos)

    assert len(memory.stories) == 10


def test_the_same_page_in_another_source_is_the_same_story() -> None:
    memory = Memory()
    memory.poll(article("a", 1))
    (change,) = memory.poll(
        article("b", 1, url="http://www.a.example/news/1/?utm_medium=rss", title="Our pick")
    )

    assert not change.is_new
    assert [a.source for a in change.story.articles] == ["a", "b"]


def test_a_new_outlet_changes_neither_id_nor_dates() -> None:
    memory = Memory()
    (founded,) = memory.poll(article("a", 1))
    page = article("a", 1).url
    (joined,) = memory.poll(article("b", 1, url=page, at=NOON + DAY, updated=NOON + DAY))

    assert joined.story.id == founded.story.id
    assert joined.story.published == founded.story.published
    assert joined.story.updated == founded.story.updated


def test_a_home_page_does_not_join_different_news() -> None:
    memory = Memory()
    memory.poll(article("a", 1, url="https://portal.example/"))
    memory.poll(article("b", 2, url="https://portal.example/"))

    assert len(memory.stories) == 2


def test_a_home_page_joins_the_same_headline() -> None:
    memory = Memory()
    memory.poll(article("a", 1, url="https://portal.example/"))
    memory.poll(article("b", 1, url="http://www.portal.example/index.html"))

    assert len(memory.stories) == 1


LIVE = "https://p.example/live"
SHOWN_LIVE = {
    "Live: storm hits the northern coast": "Gusts of 140 kilometres an hour have felled trees.",
    "Live: parliament votes on the budget": "Members vote this evening on taxes and pensions.",
    "Live: the cup final": "Kick off is at eight, both teams play without their captains.",
}


def live(source: str, number: int, **more: Any) -> Article:
    title, text = list(SHOWN_LIVE.items())[number]
    at = NOON + number * 4 * DAY
    return article(source, number, title=title, text=text, url=LIVE, at=at, **more)


def test_another_source_on_a_page_that_carries_one_story_after_another_tells_the_like_one() -> None:
    memory = Memory()
    for number in range(3):
        memory.poll(live("a", number))

    memory.poll(live("b", 2))

    assert memory.told() == [{"a-0"}, {"a-1"}, {"a-2", "b-2"}]


def test_another_source_on_such_a_page_tells_no_old_story() -> None:
    memory = Memory()
    memory.poll(live("a", 0))

    memory.poll(live("b", 2))

    assert memory.told() == [{"a-0"}, {"b-2"}]


def test_the_weather_of_today_joins_that_of_yesterday_at_no_outlet() -> None:
    def weather(source: str, day: int, text: str) -> Article:
        page = "https://p.example/weather"
        return article(source, day, title="Weather", text=text, url=page, at=NOON + day * DAY)

    memory = Memory()
    memory.poll(
        weather("a", 0, "Rain in the north, 4 degrees by the evening and a wind from west.")
    )
    memory.poll(
        weather("b", 1, "Rain in the north, 5 degrees by the evening and a wind from west.")
    )
    memory.poll(
        weather("a", 1, "Rain in the north, 5 degrees by the evening and a wind from west.")
    )

    assert memory.told() == [{"a-0"}, {"b-1", "a-1"}]


ARTICLE = "https://p.example/2026/owls-on-the-library"


@pytest.mark.parametrize(
    ("title", "text", "days", "joins"),
    [
        ("A hoot!", "Comments", 1, True),  # who collects links
        ("A hoot!", "Comments", 30, False),
        ("Owls upon the library", "Comments", 30, True),
    ],
)
def test_a_link_with_a_title_of_its_own_joins_the_page_of_one_article_within_a_week(
    title: str, text: str, days: int, joins: bool
) -> None:
    memory = Memory()
    owls = "Three snowy owls have been seen on the roof of the library."
    memory.poll(article("a", 1, title="Owls upon the library", text=owls, url=ARTICLE))

    memory.poll(article("b", 1, title=title, text=text, url=ARTICLE, at=NOON + days * DAY))

    assert len(memory.stories) == (1 if joins else 2)


@pytest.mark.parametrize("tail", ["?cid=100{}", "#v1.{}", "?region={}"])
@pytest.mark.parametrize("source", ["a", "b"])
def test_what_an_address_may_name_an_article_by_tells_unlike_news_apart(
    source: str, tail: str
) -> None:
    memory = Memory()
    page = f"https://x.example/press-announcement-detail{tail}"
    first = "The minister resigned after the budget had failed for a third time."
    memory.poll(article("a", 1, title="Minister resigns", text=first, url=page.format(1)))

    second = "Firemen have put out what burnt at our port; nobody was hurt."
    memory.poll(
        article(source, 2, title="Fire is out", text=second, url=page.format(2), at=NOON + 3 * DAY)
    )

    assert len(memory.stories) == 2


def test_a_token_in_the_address_of_one_article_makes_no_other_story() -> None:
    memory = Memory()
    memory.poll(article("a", 1, url=f"{ARTICLE}?cid=1"))

    memory.poll(article("a", 1, entry_id="new", url=f"{ARTICLE}?cid=2", at=NOON + 3 * DAY))
    memory.poll(article("b", 1, url=f"{ARTICLE}?cid=3", at=NOON + 3 * DAY))

    assert memory.told() == [{"a-1", "b-1"}]


def test_a11_6_the_same_id_in_another_feed_with_other_content_is_another_story() -> None:
    memory = Memory()
    id_ = "tag:a.example,2026:1"
    memory.poll(article("a", 1, declared_id=id_))
    memory.poll(
        article("b", 2, declared_id=id_, text="Nothing in common: a recipe for plum dumplings.")
    )

    assert len(memory.stories) == 2


def test_the_same_id_with_agreeing_content_is_the_same_story() -> None:
    memory = Memory()
    id_ = "tag:a.example,2026:1"
    memory.poll(article("a", 1, declared_id=id_))
    memory.poll(article("b", 1, declared_id=id_, url="https://b.example/copies/1"))

    assert len(memory.stories) == 1


def test_a_source_tells_a_story_once() -> None:
    memory = Memory()
    memory.poll(article("a", 1))
    page = article("a", 1).url
    memory.poll(article("b", 1, url=page))
    memory.poll(
        article("b", 1, url=page),
        article("b", 7, entry_id="b-7", url=f"{page}?print=x", title="Another thing altogether"),
    )

    assert sum("b-1" in told for told in memory.told()) == 1


def test_law_3_an_article_that_could_bridge_two_stories_moves_neither() -> None:
    memory = Memory()
    memory.poll(article("a", 1))
    memory.poll(article("b", 2, declared_id="tag:b.example,2026:2"))

    bridge = article("c", 3, url=article("a", 1).url, declared_id="tag:b.example,2026:2",
                     title=article("b", 2).title)  # fmt: skip
    memory.poll(bridge)

    assert memory.told() == [{"a-1", "c-3"}, {"b-2"}]


def test_the_lead_of_the_highest_priority_moves_updated_and_no_other_does() -> None:
    memory = Memory(priority={"b": 10})
    page = article("a", 1).url
    memory.poll(article("a", 1))
    memory.poll(article("b", 1, url=page))

    (by_other,) = memory.poll(
        article("a", 1, title="Corrected", updated=NOON + HOUR, at=NOON + 2 * HOUR)
    )
    assert by_other.story.updated == article(number=1).updated
    (by_lead,) = memory.poll(
        article("b", 1, url=page, title="Corrected", updated=NOON + HOUR, at=NOON + 2 * HOUR)
    )
    assert by_lead.story.updated == NOON + HOUR


numbers = st.integers(0, 4)
polls = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=4),
    ),
    max_size=8,
)


def documents(given_polls: list[tuple[str, list[tuple[int, int, int]]]]) -> list[list[Article]]:
    return [
        [
            article(
                source,
                number,
                entry_id=f"{source}-{id_}",
                url=f"https://x.example/{page}",
                at=NOON + count * HOUR,
            )
            for id_, page, number in entries
        ]
        for count, (source, entries) in enumerate(given_polls)
    ]


@given(polls)
def test_law_3_no_article_ever_leaves_its_story(
    given_polls: list[tuple[str, list[tuple[int, int, int]]]],
) -> None:
    memory = Memory()
    home: dict[tuple[str, str], str] = {}
    for document in documents(given_polls):
        memory.poll(*document)
        for story in memory.stories.values():
            for told in story.articles:
                assert home.setdefault(told.identity, story.id) == story.id


@given(polls)
def test_law_13_ids_and_published_never_change(
    given_polls: list[tuple[str, list[tuple[int, int, int]]]],
) -> None:
    memory = Memory()
    published: dict[str, dt.datetime] = {}
    for document in documents(given_polls):
        memory.poll(*document)
        for story in memory.stories.values():
            assert published.setdefault(story.id, story.published) == story.published
            assert story.updated >= story.articles[0].published


@given(polls)
def test_law_2_polling_the_last_document_again_changes_nothing(
    given_polls: list[tuple[str, list[tuple[int, int, int]]]],
) -> None:
    memory = Memory()
    for document in documents(given_polls):
        memory.poll(*document)
        before = dict(memory.stories)

        memory.poll(*document)

        assert memory.stories == before


@given(polls)
def test_every_article_stands_in_exactly_one_story(
    given_polls: list[tuple[str, list[tuple[int, int, int]]]],
) -> None:
    memory = Memory()
    for document in documents(given_polls):
        memory.poll(*document)

    told = [a.identity for story in memory.stories.values() for a in story.articles]
    assert len(told) == len(set(told))


@given(polls)
def test_many_documents_in_one_batch_found_the_same_stories_as_one_after_another(
    given_polls: list[tuple[str, list[tuple[int, int, int]]]],
) -> None:
    single = {source: (source, entries) for source, entries in given_polls}
    one_each = documents(list(single.values()))
    alone, together = Memory(), Memory()
    for document in one_each:
        alone.poll(*document)

    together.polls(*(settle(document) for document in one_each))

    assert sorted(map(sorted, together.told())) == sorted(map(sorted, alone.told()))
