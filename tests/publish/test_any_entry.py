"""Anything at all can be published: in every format it is valid, and is read back as it was."""

import datetime as dt
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model import (
    Admitted,
    Category,
    FeedInfo,
    Media,
    ParsedEntry,
    ParsedFeed,
    ParsedText,
    TopicFeed,
)
from aggregator.parse.article import to_article
from aggregator.pipeline.gate import passed
from aggregator.publish.atom import render_atom, render_rss, stamp
from aggregator.publish.desk import Desk
from aggregator.publish.feed import entry_of
from aggregator.publish.jsonfeed import render_json
from aggregator.publish.opml import render_sources
from aggregator.publish.pages import render_story_page
from aggregator.publish.story import StoryView
from benchmarks.validity import FEEDS, moment, publish, repaired
from tests.core.test_html import MARKUP
from tests.publish.helpers import desk, faults, feed, read_back, story, topic_page
from tests.values import NOON, SITE, source

URL = "https://a.example/feed"
anything = st.text(st.characters(codec=None), max_size=40) | MARKUP | st.text(
    st.sampled_from("a \u202e\u2067\u0000\ud83d\ufffe\x85\r\n<&]>\"'é中ש́"), max_size=20
)  # fmt: skip
maybe = st.none() | anything
addresses = (
    st.none()
    | anything
    | anything.map(lambda rest: f"https://a.example/{rest}")
    | st.sampled_from(
        ["http://127.0.0.1/x?a=1&b=2#c", "https://bücher.example/é", "https://u:p@a.example/",
         "//b.example/x", "/p.jpg", "mailto:a@b.example", "https://[::1]/", "tel:1", "x" * 3000]
    )
)  # fmt: skip
numbers = st.none() | st.integers(0, 10**14)
parsed_texts = st.none() | st.builds(ParsedText, value=anything, html=st.booleans(), base=addresses)
moments = st.none() | st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30)).map(
    lambda moment: moment.replace(tzinfo=dt.UTC)
) | st.datetimes(dt.datetime(2026, 11, 1), dt.datetime(2026, 11, 30)).map(
    lambda moment: moment.replace(tzinfo=dt.UTC)
)  # fmt: skip
media = st.builds(
    Media,
    addresses.filter(bool).map(str),
    type=maybe | st.sampled_from(["audio/mpeg", "image/jpeg", "IMAGE/PNG"]),
    kind=st.sampled_from(["image", "audio", "video", "other"]),
    length=numbers,
    width=numbers,
    height=numbers,
    duration=numbers,
    title=maybe,
    credit=maybe,
    enclosure=st.booleans(),
)
entries = st.builds(
    ParsedEntry,
    id=maybe | addresses,
    link=addresses,
    base=addresses,
    title=parsed_texts,
    summary=parsed_texts,
    content=parsed_texts,
    authors=st.lists(anything, max_size=2).map(tuple),
    categories=st.lists(st.builds(Category, anything, maybe, maybe), max_size=2).map(tuple),
    media=st.lists(media, max_size=3).map(tuple),
    lang=st.sampled_from([None, "en", "pt-BR"]),
    published=moments,
    updated=moments,
    comments=addresses,
    rights=maybe,
)
FEED = ParsedFeed("rss", FeedInfo("A feed", site_url="https://a.example/"), ())
FORMATS = (render_atom, render_rss, render_json, topic_page)


def published(said: list[ParsedEntry], *, full: bool) -> tuple[TopicFeed, Desk]:
    """The feed of these entries, each of them of the source a."""
    articles = [
        replace(to_article(entry, FEED, "a", URL, NOON), entry_id=f"e{number}", declared_id=None)
        for number, entry in enumerate(said)
    ]
    at = desk(source("a", content="full" if full else "summary", licence="CC0"))
    return feed(*map(story, articles), at=at), at


@settings(max_examples=40)
@given(st.lists(entries, min_size=1, max_size=3), st.booleans())
def test_b1_1_b4_4_b8_2_b8_3_law_4_any_entry_is_valid_in_every_format(
    said: list[ParsedEntry], full: bool
) -> None:
    made, _ = published(said, full=full)

    for render in FORMATS:
        assert faults(render(made)) == []
    for entry in made.entries:
        assert faults(render_story_page(SITE, StoryView(entry, (), (), NOON))) == []
    assert passed(made, render_atom, _no_alarm) == render_atom(made)


def _no_alarm(path: str, wrong: Exception) -> None:
    raise AssertionError(f"{path}: {wrong}")


@settings(max_examples=40)
@given(st.lists(entries, min_size=1, max_size=3), st.booleans())
def test_law_6_any_entry_is_read_back_the_same_from_every_feed(
    said: list[ParsedEntry], full: bool
) -> None:
    made, _ = published(said, full=full)

    for render in (render_atom, render_rss):
        read = read_back(render(made).body)
        assert not read.bozo
        for entry, back in zip(made.entries, read.entries, strict=True):
            assert (back.id, back.title, moment(back)) == (
                entry.id, repaired(entry.title), stamp(entry.published),
            )  # fmt: skip
            if ";" not in (entry.url or ""):  # it takes "&x;" for a reference to a character
                assert back.link == entry.url
    items = json.loads(render_json(made).body)["items"]
    for entry, item in zip(made.entries, items, strict=True):
        assert (item["id"], item["title"], item["url"], item["date_published"]) == (
            entry.id, entry.title, entry.url, stamp(entry.published),
        )  # fmt: skip


@settings(max_examples=40)
@given(parsed_texts)
def test_b8_4_a_source_of_any_title_is_in_a_valid_list(said: ParsedText | None) -> None:
    title = to_article(ParsedEntry(title=said), FEED, "a", URL, NOON).title

    opml = render_sources(SITE, [source("a", title=None)], {"a": FeedInfo(title)})

    assert faults(opml) == []


@given(st.integers(0, 0x10FFFF))
@settings(max_examples=80)
def test_b4_4_every_character_there_is_can_stand_in_every_text(code: int) -> None:
    said = ParsedText(f"a{chr(code)}b", html=False)
    entry = ParsedEntry(id="1", title=said, summary=said, content=said, authors=(said.value,))
    made, _ = published([entry], full=True)

    for render in (render_atom, render_rss, render_json):
        assert render(made).body.decode().count("a") > 0
        assert faults(render(made)) == []


@pytest.mark.skipif(not FEEDS.is_dir(), reason="the corpus is not here")
def test_b1_1_b8_2_b8_3_b8_4_what_real_feeds_say_is_valid_in_every_format() -> None:
    totals = publish(every=13)

    assert totals.faults == []
    assert totals.entries > 100
    assert totals.checked["RELAX NG and Schematron"] >= 1


def test_b2_4_b10_6_a_planet_that_says_little_of_its_sources_is_published_all_the_same() -> None:
    """Found in the corpus: an atom:source with an id and a title, and nothing else."""
    origin = FeedInfo("First", "tag:first.example,2026:feed")
    entry = ParsedEntry(id="1", link="https://first.example/news/1", origin=origin)
    made, _ = published([entry], full=True)

    assert [faults(render(made)) for render in FORMATS] == [[]] * 4
    assert made.entries[0].source.site_url == "https://first.example/"
    assert made.entries[0].via == "https://a.example/"


def test_b2_4_a_source_names_both_its_addresses_whatever_its_feed_leaves_out() -> None:
    at = desk(source("a"), infos={})
    made = entry_of(
        Admitted(story(to_article(ParsedEntry(id="1"), FEED, "a", URL, NOON)), NOON), at
    )

    assert made is not None
    assert made.source.self_url == "https://a.example/feed"
    assert made.source.site_url == "https://a.example/"
