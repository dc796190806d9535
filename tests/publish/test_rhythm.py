"""The small picture of a source's rhythm, and the words beside it."""

import datetime as dt

import pytest

from aggregator.model import Days
from aggregator.publish import pages
from aggregator.publish.rhythm import aligned, bars, rate
from aggregator.publish.status import in_words
from tests.publish.test_pages import parsed, status
from tests.values import NOON, SITE

TODAY = NOON.date()


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((2,) * 28, "2 a day"),
        ((0,) * 28, "nothing in 4 weeks"),
        ((0,) * 27 + (3,), "3 a week"),
        ((1, 0, 0, 0, 0, 0, 0) * 4, "1 a week"),
        ((1,) + (0,) * 27, "1 in 4 weeks"),
        ((0,) * 14 + (1000,) * 14, "1,000 a day"),
    ],
)
def test_a_rhythm_in_words(counts: tuple[int, ...], said: str) -> None:
    assert rate(counts) == said


def test_a_rhythm_drawn_has_a_bar_for_each_day_with_news_and_none_for_others() -> None:
    assert bars((0, 1, 4)) == "M4 24v-6h3v6zM8 24v-24h3v24z"
    assert bars((1, 1000))[:10] == "M0 24v-2h3", "one entry can still be seen"
    assert bars((0, 0)) == ""


def test_all_rhythms_end_on_the_same_day() -> None:
    yesterday = TODAY - dt.timedelta(days=1)

    drawn = aligned([Days(TODAY, (1, 2)), Days(yesterday, (3, 4)), Days()], 3)

    assert drawn == [(0, 1, 2), (3, 4, 0), (0, 0, 0)]


def test_a_source_that_was_last_polled_years_ago_has_no_bars() -> None:
    old = Days(TODAY - dt.timedelta(days=999), (3, 4))

    assert aligned([Days(TODAY, (1,)), old], 2) == [(0, 1), (0, 0)]


def test_the_sources_page_shows_rhythms_without_style_and_says_them_in_words() -> None:
    counts = (0,) * 26 + (3, 5)
    page = parsed(
        pages.render_sources_page(SITE, [status(days=Days(TODAY, counts)), status(key="b")])
    )

    first, second = page.findall(".//svg")
    assert [path.get("d") for path in first.iter("path")][1:] == [bars(counts)]
    assert len(list(second.iter("path"))) == 1, "the floor alone"
    assert first.get("aria-hidden") == "true"
    text = " ".join(page.text_content().split())
    assert "1 a day, at most 5" in text
    assert "nothing in 4 weeks" in text
    assert not page.xpath("//*[@style]")


def test_the_sources_page_links_the_operators_feed_and_marks_each_source() -> None:
    page = parsed(pages.render_sources_page(SITE, [status(key="bbc-world")]))

    assert page.xpath("//link[@type='application/atom+xml']/@href") == [
        "https://news.example.org/health.atom"
    ]
    assert "https://news.example.org/health.atom" in [code.text for code in page.iter("code")]
    assert page.xpath("//tr/@id") == ["bbc-world"]


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (dt.timedelta(seconds=5), "1 minute"),
        (dt.timedelta(minutes=90), "90 minutes"),
        (dt.timedelta(hours=5), "5 hours"),
        (dt.timedelta(days=3), "3 days"),
        (dt.timedelta(days=28), "4 weeks"),
    ],
)
def test_lengths_of_time_in_words(length: dt.timedelta, said: str) -> None:
    assert in_words(length) == said
