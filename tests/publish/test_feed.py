"""What a topic's feed holds."""

import datetime as dt
from typing import Any

import pytest

from aggregator.model import Admitted, Blocklist, Category, FeedInfo, Media
from aggregator.publish.atom import render_atom
from aggregator.publish.feed import all_topic, topic_feed
from tests.publish.helpers import desk, feed, story
from tests.values import NOON, SITE, article, source, topic

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
LONG_AGO = NOON - 300 * DAY


def admitted(count: int, gap: dt.timedelta) -> list[Admitted]:
    return [Admitted(story(article(number=n)), NOON - n * gap) for n in range(count)]


@pytest.mark.parametrize(
    ("count", "gap", "shown"),
    [(10, DAY, 10), (300, DAY, 50), (100, 2 * HOUR, 100), (300, HOUR, 200), (0, DAY, 0)],
    ids=["few", "old ones up to 50", "all of a fortnight", "at most 200", "none"],
)
def test_b1_12_the_window_is_a_fortnight_at_least_50_at_most_200(
    count: int, gap: dt.timedelta, shown: int
) -> None:
    made = topic_feed(topic("isis"), admitted(count, gap), desk(), LONG_AGO)

    assert len(made.entries) == shown


def test_law_5_the_window_is_counted_back_from_the_newest_admission() -> None:
    then = [Admitted(one.story, one.admitted_at - 400 * DAY) for one in admitted(100, 2 * HOUR)]

    assert len(topic_feed(topic("isis"), then, desk(), LONG_AGO).entries) == 100


def test_b1_13_the_newest_admission_comes_first_whatever_its_date_of_publication() -> None:
    late = story(article(number=1, published=NOON - 90 * DAY))
    early = story(article(number=2, published=NOON - HOUR))

    made = feed(late, early)

    assert [entry.title for entry in made.entries] == ["Title of story 1", "Title of story 2"]


def test_the_order_of_what_the_store_hands_over_does_not_matter() -> None:
    many = admitted(30, dt.timedelta())

    made = topic_feed(topic("isis"), many, desk(), LONG_AGO)

    assert made == topic_feed(topic("isis"), many[::-1], desk(), LONG_AGO)


def test_the_lead_is_of_the_source_with_the_highest_priority_else_the_first() -> None:
    told = story(article("a", 1, title="By a"), article("b", 1, title="By b"))

    assert feed(told).entries[0].title == "By a"
    preferred = desk(source("a"), source("b", priority=5))
    assert feed(told, at=preferred).entries[0].title == "By b"


def test_b2_5_of_equal_priority_the_first_that_is_at_home_leads() -> None:
    told = story(
        article("a", 1, title="By a"),
        article("b", 1, title="By b", at_home=True),
        article("c", 1, title="By c", at_home=True),
    )

    assert feed(told).entries[0].title == "By b"
    preferred = desk(source("a", priority=1), source("b"), source("c"))
    assert feed(told, at=preferred).entries[0].title == "By a"


def test_a_change_of_lead_changes_neither_id_nor_dates() -> None:
    told = story(article("a", 1), article("b", 1, published=NOON, updated=NOON))

    before = feed(told).entries[0]
    after = feed(told, at=desk(source("a"), source("b", priority=5))).entries[0]

    assert (before.id, before.published, before.updated) == (
        after.id,
        after.published,
        after.updated,
    )


def test_every_other_outlet_is_named_with_its_own_address() -> None:
    told = story(article("a", 1), article("b", 1), article("c", 1))

    entry = feed(told).entries[0]

    assert [(o.name, o.url) for o in entry.outlets] == [
        ("Source b", "https://b.example/news/1"),
        ("Source c", "https://c.example/news/1"),
    ]


def test_b10_1_full_text_goes_out_only_where_the_source_allows_it() -> None:
    told = story(article("a", 1))

    assert feed(told).entries[0].html is None
    allowed = desk(source("a", content="full", licence="CC-BY-4.0"))
    assert feed(told, at=allowed).entries[0].html == article("a", 1).html


def test_b1_12_a_source_cannot_make_a_feed_too_long_by_all_that_stands_beside_its_words() -> None:
    long = "\N{GRINNING FACE}" * 100
    told: dict[str, Any] = {
        "authors": tuple(f"{n}{long}" for n in range(50)),
        "categories": tuple(Category(f"{n}{long}", None, long) for n in range(50)),
        "media": tuple(
            Media(f"https://a.example/{n}{'x' * 2000}", enclosure=True) for n in range(50)
        ),
    }

    body = render_atom(feed(*(story(article("a", n, **told)) for n in range(50)))).body

    assert body.count(b"<entry") == 50
    assert len(body) < 1024 * 1024


def test_a_full_text_in_which_there_is_nothing_does_not_stand_before_the_summary() -> None:
    at = desk(source("a", content="full", licence="CC0"))
    texts = ["<p><span></span>&nbsp;<br></p>", '<p><img src="https://a.example/1.png"></p>']
    entries = [feed(story(article(html=html)), at=at).entries[0] for html in texts]

    assert [one.html for one in entries] == [None, texts[1]]


def test_b1_12_full_texts_give_way_before_entries_do() -> None:
    long = "<p>" + "x" * 100_000 + "</p>"
    told = [story(article("a", n, html=long)) for n in range(10)]

    made = feed(*told, at=desk(source("a", content="full", licence="CC0")))

    assert len(made.entries) == 10
    assert [entry.html is not None for entry in made.entries] == [True] * 3 + [False] * 7


@pytest.mark.parametrize(
    "blocklist",
    [
        Blocklist(urls=frozenset({"https://a.example/news/1"})),
        Blocklist(hosts=frozenset({"example"})),
        Blocklist(hosts=frozenset({"a.example"})),
        Blocklist(words=frozenset({"a-1"})),
        Blocklist(words=frozenset({"jane doe"})),
    ],
    ids=["address", "parent domain", "host", "entry id", "author"],
)
def test_b2_12_b10_3_what_is_on_the_blocklist_is_not_published(blocklist: Blocklist) -> None:
    told = story(article("a", 1, authors=("Jane Doe",)))

    assert feed(told, at=desk(blocklist=blocklist)).entries == ()


def test_a_story_loses_only_the_outlet_that_is_blocked() -> None:
    told = story(article("a", 1), article("b", 1))

    made = feed(told, at=desk(blocklist=Blocklist(hosts=frozenset({"a.example"}))))

    (entry,) = made.entries
    assert entry.url == "https://b.example/news/1"
    assert entry.outlets == ()


def test_b1_5_updated_is_the_last_change_of_an_entry_or_of_the_set() -> None:
    assert feed(story(article())).updated == NOON
    edited = story(article(), updated=NOON + HOUR)
    assert feed(edited).updated == NOON + HOUR
    removed = topic_feed(topic("isis"), admitted(1, DAY), desk(), NOON + 2 * HOUR)
    assert removed.updated == NOON + 2 * HOUR


def test_b1_14_a_topic_without_stories_has_a_feed() -> None:
    made = topic_feed(topic("isis"), [], desk(), LONG_AGO)

    assert made.updated == LONG_AGO
    assert made.entries == ()


def test_b1_8_an_entry_without_an_author_has_its_source_as_one() -> None:
    assert feed(story(article("a", 1))).entries[0].authors == ("Source a",)


def test_b10_6_an_entry_of_a_planet_names_the_feed_it_was_first_published_in() -> None:
    origin = FeedInfo(
        title="The origin", id="tag:origin.example,2026:f", site_url="https://origin.example/"
    )

    entry = feed(story(article("a", 1, origin=origin))).entries[0]

    assert (entry.source.title, entry.source.id) == ("The origin", "tag:origin.example,2026:f")


def test_b2_4_a_source_that_says_nothing_of_itself_still_has_an_id_a_title_and_an_address() -> None:
    silent = desk(source("a", title=None), infos={})

    shown = feed(story(article("a", 1)), at=silent).entries[0].source

    assert (shown.id, shown.title, shown.self_url) == (
        "https://a.example/feed",
        "a.example",
        "https://a.example/feed",
    )


def test_an_article_of_a_source_no_longer_listed_is_still_named() -> None:
    shown = feed(story(article("gone", 1))).entries[0].source

    assert shown.title == "gone"
    assert shown.id == f"{SITE.id}source/gone"


def test_a13_2_what_its_publisher_withholds_is_not_republished() -> None:
    told = story(article("a", 1, withheld=True)), story(article("a", 2))

    assert [entry.title for entry in feed(*told).entries] == ["Title of story 2"]


def test_a13_2_a_feed_that_is_withheld_leads_no_story_and_is_named_in_none() -> None:
    at = desk(infos={"a": FeedInfo(withheld=True), "b": FeedInfo()})
    both = story(article("a", 1), article("b", 1))

    (entry,) = feed(both, story(article("a", 2)), at=at).entries

    assert (entry.source.title, entry.outlets) == ("Source b", ())


def test_the_feed_of_all_stories_is_a_topic_like_the_others() -> None:
    made = topic_feed(all_topic(SITE), admitted(3, DAY), desk(), LONG_AGO)

    assert made.path == "all"
    assert made.page_url == SITE.url
    assert len(made.entries) == 3
