"""Pages: what they say, that nothing foreign runs in them, that they work below any path."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from lxml import html as lxml_html

from aggregator.model import Days, Failure, FailureKind, Health, Media, Rendering, TopicFeed
from aggregator.publish import pages
from aggregator.publish.status import SourceStatus, TopicStatus
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
    assert "https://news.example.org/topics/isis.atom" in [c.text for c in page.iter("code")]


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


def test_no_page_needs_a_script_a_frame_a_form_or_a_style_attribute() -> None:
    topics = [TopicStatus("isis", "ISIS", "d", 3, NOON), TopicStatus("all", "All", "", 0, None)]
    for rendering in (
        topic_page(feed(story())),
        pages.render_topics_page(SITE, topics),
        pages.render_sources_page(SITE, [status()]),
        pages.render_about_page(SITE, "aggregator/1 (+x)", dt.timedelta(hours=1)),
    ):
        page = parsed(rendering)
        assert not page.xpath("//script | //iframe | //form | //style | //@style | //*[@onclick]")
        assert page.get("lang") == "en"
        assert len(page.xpath("//h1")) == 1


def test_links_within_the_site_work_below_any_path() -> None:
    page = parsed(topic_page(feed(story())))
    page.make_links_absolute("https://host.example/deep/down/topics/isis")

    style = page.xpath("//link[@rel='stylesheet']/@href")
    assert style == [f"https://host.example/deep/down/{pages.style().path}"]


def test_b10_4_pages_of_others_words_are_not_for_search_engines() -> None:
    page = parsed(topic_page(feed(story())))

    assert page.xpath("//meta[@name='robots']/@content") == ["noindex, follow"]


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
