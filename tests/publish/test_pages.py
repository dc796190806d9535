"""Pages: what they say, that nothing foreign runs in them, that they work below any path."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from lxml import html as lxml_html

from aggregator.model import (
    Days,
    Failure,
    FailureKind,
    Health,
    Media,
    Outlet,
    Rendering,
    Story,
    TopicFeed,
)
from aggregator.publish import pages
from aggregator.publish.archive import Part
from aggregator.publish.ids import story_path
from aggregator.publish.search import search_feed
from aggregator.publish.status import SourceStatus, TopicStatus
from aggregator.publish.story import story_view
from tests.publish.helpers import desk, feed, story
from tests.values import NOON, SITE, article, source

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def status(**changed: object) -> SourceStatus:
    made = SourceStatus(
        key="a", title="Source a", url="https://a.example/feed", site_url="https://a.example/",
        health=Health.ACTIVE, since=NOON, articles=1234, last_arrival_at=NOON, polled_at=NOON,
        next_poll_at=NOON + dt.timedelta(hours=1), failure=None, why="",
    )  # fmt: skip
    return replace(made, **changed)  # type: ignore[arg-type]


def topic_page(shown: TopicFeed, *counts: int) -> Rendering:
    return pages.render_topic_page(shown, Days(NOON.date(), counts or (0, 1, 2)))


def parsed(rendering: object) -> lxml_html.HtmlElement:
    return lxml_html.document_fromstring(rendering.body.decode())  # type: ignore[attr-defined]


def test_b8_1_a_topic_page_names_its_feeds_first_the_atom_one() -> None:
    page = parsed(topic_page(feed(story())))

    links = [
        (link.get("type"), link.get("href")) for link in page.xpath("//link[@rel='alternate']")
    ]
    assert links[:3] == [
        ("application/atom+xml", "https://news.example.org/topics/isis.atom"),
        ("application/feed+json", "https://news.example.org/topics/isis.json"),
        ("application/rss+xml", "https://news.example.org/topics/isis.rss"),
    ]
    assert links[3] == ("application/atom+xml", "https://news.example.org/all.atom")
    assert page.xpath("//head/link[1]/@href") == [links[0][1]]
    assert "https://news.example.org/topics/isis.atom" in [c.text for c in page.iter("code")]


def every_page() -> list[lxml_html.HtmlElement]:
    """One of each kind."""
    told = story(article("a", 1, authors=("Ann Author",)), article("b", 1))
    view = story_view(told, desk(), {a.identity: {} for a in told.articles}, {})
    assert view is not None
    topics = [TopicStatus("isis", "ISIS", "d", 3, NOON), TopicStatus("all", "All", "", 0, None)]
    return [
        parsed(made)
        for made in (
            topic_page(feed(told)),
            pages.render_topics_page(SITE, topics),
            pages.render_story_page(SITE, view),
            pages.render_sources_page(SITE, [status()]),
            pages.render_about_page(SITE, "aggregator/1 (+x)", dt.timedelta(hours=1)),
            pages.render_search_page(
                search_feed("isis", [], desk()), "isis", [], "all", unindexed=False
            ),
            pages.render_missing_page(SITE),
            pages.render_gone_page(SITE),
            pages.render_busy_page(SITE),
        )
    ]


def test_b11_2_no_link_leads_to_a_raw_feed_and_addresses_are_shown_with_what_to_do() -> None:
    for page in every_page():
        assert not [h for h in page.xpath("//a/@href") if h.endswith((".atom", ".rss", ".json"))]
        for shown in page.xpath("//*[@id='follow']"):
            assert shown.xpath(".//code[contains(., '.atom')]")
            assert shown.xpath(".//a[contains(@href, 'about#feeds')]")
    (about,) = (page for page in every_page() if page.xpath("//*[@id='feeds']"))
    assert "In the reader choose" in about.text_content()


def test_every_page_has_its_landmarks_one_heading_of_the_first_rank_and_a_way_past_the_menu() -> (
    None
):
    for page in every_page():
        assert [len(page.xpath(f"//{name}")) for name in ("h1", "main", "nav", "footer")] == [1] * 4
        assert page.xpath("//body/*[1]/@href") == ["#main"]
        assert len(page.xpath("//@id")) == len(set(page.xpath("//@id")))
        assert not page.xpath("//script | //iframe | //style | //@style | //@onclick")


def test_b10_2_a_story_names_its_author_its_outlet_the_original_and_the_feed_it_came_by() -> None:
    one = article("a", 1, authors=("Ann Author",), rights="© Source a")
    view = story_view(story(one), desk(), {one.identity: {}}, {})
    assert view is not None

    for page in (parsed(pages.render_story_page(SITE, view)), topic_page_of(story(one))):
        text = " ".join(page.text_content().split())
        assert "Source a by Ann Author 22 Nov 2026" in text
        assert page.xpath("//article//a/@href")[-3:]
        assert one.url in page.xpath("//article//a/@href")
    story_page = parsed(pages.render_story_page(SITE, view))
    assert "© Source a" in story_page.text_content()
    assert "../sources#a" in story_page.xpath("//a/@href"), "where its feed is named"


def topic_page_of(*told: Story) -> lxml_html.HtmlElement:
    return parsed(topic_page(feed(*told)))


def test_titles_say_their_language_and_run_in_their_own_direction() -> None:
    page = topic_page_of(story(article(title="شيء حدث", lang="ar")))

    (title,) = page.xpath("//article//h2")
    assert (title.get("lang"), title.get("dir")) == ("ar", "rtl")
    assert page.xpath("//article//bdi"), "names are isolated from what stands beside them"


def test_a_headline_that_begins_with_a_foreign_name_runs_in_the_direction_of_its_language() -> None:
    told = (
        story(article("a", 1, title="NATO تعلن شيئا", lang="ar")),
        story(article("b", 2, title="NATO declares something", lang="ar")),
        story(article("c", 3, title="شيء حدث", lang="en")),
    )

    directions = topic_page_of(*told).xpath("//article//h2/@dir")

    assert sorted(directions) == ["auto", "auto", "rtl"]


def test_a_story_of_many_outlets_names_some_of_them_and_none_twice() -> None:
    told = story(*(article(letter, 1) for letter in "abcdefghijkl"))
    shown = feed(told)
    (entry,) = shown.entries
    twice = replace(entry, outlets=(*entry.outlets, entry.outlets[0], Outlet("Source a", None)))

    (outlets,) = parsed(topic_page(replace(shown, entries=(twice,)))).find_class("outlets")

    names = "Source b, Source c, d, e, f, g, h, i"
    assert outlets.text_content() == f"Also reported by {names} and 3 more."
    assert outlets.xpath("a/@href") == [f"../{story_path(told.id)}#outlets"]


def test_links_that_stand_with_each_story_say_of_which_they_are() -> None:
    told = story(article("a", 1, title="Owls seen"))

    page = topic_page_of(told)

    link = page.xpath("//article//a[contains(@href, 'stories/')]")[0]
    copying = page.xpath("//article//summary")[0]
    for one in (link, copying):
        assert one.get("aria-label") == f"{one.text_content()}: Owls seen"


def test_a_story_leads_to_its_comments_where_its_feed_names_them() -> None:
    def comments(*, of: str | None) -> list[str]:
        told = story(article("a", 1, comments=of))
        view = story_view(told, desk(), {a.identity: {} for a in told.articles}, {})
        assert view is not None
        page = parsed(pages.render_story_page(SITE, view))
        return page.xpath("//a[starts-with(., 'Comments at')]/@href")  # type: ignore[no-any-return]

    assert comments(of="https://a.example/news/1/comments") == ["https://a.example/news/1/comments"]
    assert comments(of=None) == []


def test_the_line_of_a_topic_is_told_by_the_numbers_it_is_drawn_from() -> None:
    days = Days(NOON.date(), (0,) * 27 + (8,))

    page = parsed(
        pages.render_topics_page(SITE, [TopicStatus("isis", "ISIS", "d", 8, NOON, days=days)])
    )

    (line,) = page.find_class("spark")
    assert line.get("aria-label") == "8 in 28 days, at most 8 on one of them"


def test_the_heaviest_page_of_a_topic_weighs_less_than_a_hundred_kilobytes() -> None:
    text = "洪水冲垮百年石桥" * 62
    picture = Media(
        "https://a.example/" + "p" * 150, kind="image", title=text[:200], credit="王" * 90
    )
    told = [
        story(*(article(source, n, title=text[:150] + str(n), text=text, media=(picture,),
                        url=f"https://{source}.example/{'u' * 200}/{n}") for source in "abc"))
        for n in range(60)
    ]  # fmt: skip
    light = [story(article("a", n, text="word " * 100)) for n in range(60)]

    days = Days(NOON.date(), tuple(range(1_000, 1_028)))
    parts = [Part(NOON.date(), number) for number in range(50)]
    heaviest = pages.render_topic_page(feed(*told), days, parts)
    usual = pages.render_topic_page(feed(*light), days, parts)

    weight = len(heaviest.body) + len(pages.style().body)
    assert 60_000 < weight < 100_000
    assert len(usual.body) + len(pages.style().body) < 100_000
    assert len(parsed(usual).findall(".//article")) == 50
    left = 60 - len(parsed(heaviest).findall(".//article"))
    assert f"{left} earlier stories" in parsed(heaviest).text_content()


def test_pages_show_no_pictures_of_others_where_the_operator_wants_none() -> None:
    told = feed(story(article(media=(Media("https://a.example/p.jpg", kind="image"),))))
    site = replace(SITE, pictures=False)

    page = parsed(topic_page(replace(told, site=site)))
    about = pages.render_about_page(site, "x", dt.timedelta(hours=1)).body.decode()

    assert list(parsed(topic_page(told)).iter("img"))
    assert not list(page.iter("img"))
    assert not page.xpath("//@src")
    assert "ask nobody else for anything" in " ".join(about.split())


def test_a_picture_waits_until_it_is_seen_tells_nothing_and_keeps_its_place() -> None:
    picture = Media("https://a.example/p.jpg", kind="image", width=600, height=400)

    (image,) = topic_page_of(story(article(media=(picture,)))).iter("img")

    assert (image.get("loading"), image.get("referrerpolicy")) == ("lazy", "no-referrer")
    assert (image.get("width"), image.get("height"), image.get("alt")) == ("600", "400", "")
    assert b"aspect-ratio: 16 / 9" in pages.style().body


def test_a_topic_shows_its_days_as_a_chart_and_in_numbers_and_who_carries_it() -> None:
    told = [story(article("a", n), article("b", n)) for n in (1, 2)] + [story(article("c", 3))]

    page = parsed(topic_page(feed(*told), 0, 3, 1))

    (chart,) = page.find_class("chart")
    assert chart.get("role") == "img"
    assert chart.get("aria-label") == (
        "Column chart: stories per day from 20 Nov 2026 to 22 Nov 2026, at most 3"
    )
    days = [" ".join(row.text_content().split()) for row in page.xpath("//*[@class='figures']//tr")]
    assert days == ["Day it came (UTC)Stories", "22 Nov 20261", "21 Nov 20263"]
    carried = page.xpath("//*[@class='carriers']/tbody/tr")
    assert [row.text_content().split() for row in carried] == [
        ["Source", "a2"], ["Source", "b2"], ["Source", "c1"],
    ]  # fmt: skip
    widths = page.xpath("//*[@class='carriers']//rect/@width")
    assert widths == ["100.0", "100.0", "50.0"]


def test_a_story_has_an_address_to_copy() -> None:
    told = story()

    shown = topic_page_of(told).xpath("//details[@class='share']//code/text()")

    assert shown == [f"https://news.example.org/{story_path(told.id)}"]


def test_a_story_shows_headline_standfirst_outlet_time_and_the_other_outlets() -> None:
    told = story(article("a", 1), article("b", 1))

    shown = parsed(topic_page(feed(told))).find(".//article")

    assert shown is not None
    headline = shown.find(".//h2/a")
    assert headline is not None
    assert headline.get("href") == "https://a.example/news/1"
    text = " ".join(shown.text_content().split())
    for part in (
        "Title of story 1",
        "told at some length",
        "Source a",
        "22 Nov 2026, 11:00 UTC",
        "Also reported by Source b.",
    ):
        assert part in text


def test_a_picture_comes_with_its_caption_and_its_credit_and_only_by_https() -> None:
    picture = Media(
        "https://a.example/p.jpg",
        kind="image",
        title="A bridge",
        credit="Ann Author",
        width=600,
        height=400,
    )
    plain = Media("http://a.example/insecure.jpg", kind="image")

    shown = parsed(topic_page(feed(story(article(media=(plain, picture))))))

    (image,) = shown.iter("img")
    assert (image.get("src"), image.get("alt")) == ("https://a.example/p.jpg", "A bridge")
    caption = shown.find(".//figcaption")
    assert caption is not None
    assert " ".join(caption.text_content().split()) == "A bridge Photo: Ann Author"


@pytest.mark.parametrize("field", ["title", "summary", "lang"])
def test_foreign_words_are_words_and_nothing_else(field: str) -> None:
    changed: dict[str, Any] = {field: EVIL, "authors": (EVIL,)}
    told = story(article(**changed))

    page = parsed(topic_page(feed(told, at=desk(source("a", title=EVIL)))))

    assert not list(page.iter("script"))
    assert not page.xpath("//@onerror")


def test_a6_5_what_servers_say_is_escaped_among_the_sources() -> None:
    failure = Failure(FailureKind.STATUS, "headers", EVIL)

    page = parsed(
        pages.render_sources_page(SITE, [status(health=Health.FAILING, failure=failure, why=EVIL)])
    )

    assert not list(page.iter("script"))
    assert EVIL in page.text_content()


def test_the_sources_page_counts_those_in_need_of_a_person() -> None:
    page = parsed(
        pages.render_sources_page(
            SITE,
            [status(), status(health=Health.DEAD), status(health=Health.GONE, next_poll_at=None)],
        )
    )

    text = " ".join(page.text_content().split())
    assert "3 sources, 2 of them in need of a person" in text
    assert "next never, by itself" in text


def test_b10_7_the_list_of_sources_is_public_with_the_state_and_the_last_fetch_of_each() -> None:
    page = parsed(pages.render_sources_page(SITE, [status(health=Health.QUIET)]))

    row = " ".join(page.xpath("//tr[@id='a']")[0].text_content().split())
    for part in ("Source a", "https://a.example/feed", "quiet", "22 Nov, 12:00 next 22 Nov, 13:00"):
        assert part in row
    assert "./sources.opml" in page.xpath("//a/@href")


def test_a_source_that_never_answered_is_not_said_to_be_silent() -> None:
    broken = Failure(FailureKind.STATUS, "headers", "500")
    told = [
        status(articles=0, failure=broken),
        status(key="b", articles=0, polled_at=None),
        status(key="c", articles=0),
    ]

    page = parsed(pages.render_sources_page(SITE, told))

    rhythms = page.xpath("//td[@data-label='Last 28 days']/small/text()")
    assert rhythms == ["not known yet", "not known yet", "nothing in 4 weeks"]


def test_links_within_the_site_work_below_any_path() -> None:
    page = parsed(topic_page(feed(story())))
    page.make_links_absolute("https://host.example/deep/down/topics/isis")

    style = page.xpath("//link[@rel='stylesheet']/@href")
    assert style == [f"https://host.example/deep/down/{pages.style().path}"]


def test_b10_4_pages_of_others_words_are_not_for_search_engines_and_our_own_are() -> None:
    found = [page.xpath("string(//meta[@name='robots']/@content)") for page in every_page()]

    ours = ("topics", "sources", "about")
    names = [page.find("body").get("class") for page in every_page()]
    assert found == ["" if name in ours else "noindex, follow" for name in names]


def test_a4_1_the_about_page_says_what_how_often_and_how_to_opt_out() -> None:
    page = parsed(
        pages.render_about_page(SITE, "aggregator/1 (+https://x/about)", dt.timedelta(hours=1))
    )

    text = " ".join(page.text_content().split())
    assert "at most once an hour" in text
    assert "aggregator/1 (+https://x/about)" in text
    assert page.xpath("//a[@href='mailto:editor@example.org']")


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        (3600, "once an hour"),
        (7200, "once in 2 hours"),
        (900, "once in 15 minutes"),
        (0, "once a minute"),
    ],
)
def test_an_interval_is_said_in_words(interval: int, words: str) -> None:
    body = pages.render_about_page(SITE, "x", dt.timedelta(seconds=interval)).body.decode()

    assert f"at most {words}" in " ".join(body.split())


def test_a_page_shows_fifty_stories_and_says_where_the_others_are() -> None:
    told = [story(article("a", n)) for n in range(60)]

    page = parsed(topic_page(feed(*told)))

    assert len(page.findall(".//article")) == 50
    assert "10 earlier stories" in page.text_content()


def test_the_style_sheet_has_a_name_that_changes_with_it() -> None:
    sheet = pages.style()

    assert sheet.path.startswith("assets/style.")
    assert b"@import" not in sheet.body
    assert b"url(" not in sheet.body


def test_a_topic_names_the_newest_of_its_archives_by_month() -> None:
    parts = [Part(dt.date(2026, 10, 1), 2), *(Part(dt.date(2026, 10 - n, 1), 1) for n in range(9))]

    page = parsed(pages.render_topic_page(feed(story()), Days(), parts))

    named = page.xpath("//section[@aria-labelledby='archives']//dt/text()")
    assert named[:3] == ["October 2026, part 2", "October 2026", "September 2026"]
    shown = page.xpath("//section[@aria-labelledby='archives']//code/text()")
    assert shown[0] == "https://news.example.org/topics/isis/archive/2026-10-2.atom"
    assert not parsed(topic_page(feed(story()))).xpath("//*[@id='archives']")
