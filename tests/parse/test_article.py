"""An entry to an article: identity, dates, title, texts, and nothing that may not be published."""

import datetime as dt
import hashlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Category, FeedInfo, Media, ParsedEntry, ParsedFeed, ParsedText
from aggregator.parse.article import MAX_SUMMARY, MAX_TITLE, to_article
from aggregator.text.html import MAX_CONTENT, clean_html
from tests.parse.helpers import URL, articles, is_xml, made, rss, strings
from tests.values import NOON

PAGE = "https://a.example/1"
ENTRY = ParsedEntry(id="1", link=PAGE, title=ParsedText("Title"))


FIRST_DAY = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)  # of the web, nearly


def ago(**length: float) -> dt.datetime:
    return NOON - dt.timedelta(**length)


# --- A11.3: what tells one entry from another ------------------------------------------------------


def test_a11_3_an_entry_is_known_by_its_id() -> None:
    read = made(replace(ENTRY, id=" tag:a.example,2026:1\n"))

    assert read.entry_id == read.declared_id == "tag:a.example,2026:1"


@pytest.mark.parametrize("id_", [None, "", " \n"])
def test_a11_3_without_an_id_by_its_link_which_it_did_not_declare(id_: str | None) -> None:
    read = made(replace(ENTRY, id=id_, link="/1"))

    assert (read.entry_id, read.declared_id) == (PAGE, None)


def test_a11_3_without_either_by_its_title_and_content() -> None:
    entries = [
        ParsedEntry(title=ParsedText("a"), content=ParsedText("b")),
        ParsedEntry(title=ParsedText("ab")),
        ParsedEntry(title=ParsedText("a"), content=ParsedText("c")),
    ]
    ids = [made(entry).entry_id for entry in entries]

    assert len(set(ids)) == 3
    assert ids == [made(replace(entry, published=ago(days=1))).entry_id for entry in entries]


def test_a_very_long_id_is_known_by_its_digest() -> None:
    one, other = (made(replace(ENTRY, id="x" * 5000 + end)) for end in "ab")

    assert one.entry_id != other.entry_id
    assert len(one.entry_id) == len(hashlib.sha256().hexdigest())
    assert one.declared_id == "x" * 1000


# --- A11.2: dates ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("published", "updated", "effective"),
    [
        pytest.param(ago(days=2), None, (ago(days=2), ago(days=2)), id="published"),
        pytest.param(ago(days=2), ago(days=1), (ago(days=2), ago(days=1)), id="both"),
        pytest.param(None, ago(days=1), (ago(days=1), ago(days=1)), id="updated alone"),
        pytest.param(None, None, (NOON, NOON), id="neither"),
        pytest.param(ago(days=1), ago(days=2), (ago(days=1), ago(days=1)), id="the wrong way round"),
        pytest.param(ago(minutes=-10), None, (NOON, NOON), id="a clock that is ahead"),
        pytest.param(ago(minutes=-11), None, (NOON, NOON), id="in the future"),
        pytest.param(ago(days=1), ago(days=-9), (ago(days=1), ago(days=1)), id="updated in the future"),
        pytest.param(FIRST_DAY - dt.timedelta(seconds=1), None, (NOON, NOON), id="before the web"),
        pytest.param(FIRST_DAY, FIRST_DAY, (FIRST_DAY, FIRST_DAY), id="its first day"),
    ],
)  # fmt: skip
def test_a11_2_effective_dates(
    published: dt.datetime | None,
    updated: dt.datetime | None,
    effective: tuple[dt.datetime, dt.datetime],
) -> None:
    read = made(replace(ENTRY, published=published, updated=updated))

    assert (read.published, read.updated) == effective


def test_moments_are_whole_seconds() -> None:
    read = made(ENTRY, now=NOON.replace(microsecond=999_999))

    assert (read.first_seen_at, read.published, read.updated) == (NOON, NOON, NOON)


# --- B4.1: titles ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "text", "read"),
    [
        pytest.param("A <b>b</b>", "x", "A b", id="a title"),
        pytest.param(None, "First words. More.", "First words. More.", id="else the first words"),
        pytest.param("<img src='/x.jpg'>", "Words", "Words", id="a picture is no title"),
        pytest.param(" \n", "<p>One</p><p>two</p>", "One two", id="blanks are none"),
        pytest.param(None, "", "a.example, 2026-11-22 10:00", id="else host and date"),
        pytest.param(None, "<img src='/x.jpg'>", "a.example, 2026-11-22 10:00", id="no words at all"),
    ],
)  # fmt: skip
def test_b4_1_a_title_is_never_empty(title: str | None, text: str, read: str) -> None:
    entry = ParsedEntry(
        id="1",
        title=ParsedText(title) if title else None,
        summary=ParsedText(text),
        published=NOON - dt.timedelta(hours=2),
    )

    assert made(entry).title == read


def test_the_host_in_a_title_is_that_of_the_entrys_page() -> None:
    assert made(ParsedEntry(link="https://b.example/x")).title == "b.example"


def test_when_an_entry_was_polled_says_nothing_of_it() -> None:
    early, late = (made(ParsedEntry(id="1"), now=NOON + dt.timedelta(days=n)) for n in (0, 1))

    assert early.title == late.title


def test_b4_1_a_title_is_at_most_300_characters_cut_between_words() -> None:
    title = made(replace(ENTRY, title=ParsedText("word " * 1000))).title

    assert len(title) <= MAX_TITLE == 300
    assert title.endswith("word…")


def test_first_words_as_a_title_are_few() -> None:
    title = made(ParsedEntry(id="1", content=ParsedText("word " * 1000))).title

    assert len(title) <= 80


# --- texts -----------------------------------------------------------------------------------------


def test_a_summary_alone_is_shown_as_the_text() -> None:
    read = made(replace(ENTRY, summary=ParsedText("<p>A <b>b</b></p>")))

    assert (read.summary, read.html, read.text) == ("A b", "<p>A <b>b</b></p>", "A b")


def test_without_a_summary_the_text_begins_it() -> None:
    read = made(replace(ENTRY, content=ParsedText("<p>One</p><p>two</p>")))

    assert (read.summary, read.html, read.text) == ("One two", "<p>One</p><p>two</p>", "One\ntwo")


@pytest.mark.parametrize(
    ("summary", "text"),
    [
        pytest.param("A lead", "A lead\nThe story.", id="that says more is searched too"),
        pytest.param("The story", "The story.", id="that repeats the text is not"),
    ],
)
def test_a_summary_beside_a_content(summary: str, text: str) -> None:
    read = made(
        replace(ENTRY, summary=ParsedText(summary), content=ParsedText("<p>The story.</p>"))
    )

    assert (read.summary, read.html, read.text) == (summary, "<p>The story.</p>", text)


def test_b4_3_a_summary_is_at_most_500_characters() -> None:
    read = made(replace(ENTRY, content=ParsedText("word " * 1000)))

    assert len(read.summary) <= MAX_SUMMARY == 500
    assert len(read.text) > 4000


def test_b6_7_a_long_text_ends_in_a_link_to_the_rest() -> None:
    read = made(replace(ENTRY, content=ParsedText("<p>word</p>" * 20_000)))

    assert len(read.html) < MAX_CONTENT + 200
    assert read.html.endswith(f'<a href="{PAGE}" rel="noopener noreferrer">Read on</a></p>')
    assert len(read.text.split()) == 20_000


def test_a_text_past_a_mebibyte_is_cut() -> None:
    read = made(replace(ENTRY, content=ParsedText("word " * 1_000_000)))

    assert len(read.text) <= 1 << 20


def test_blank_lines_part_the_paragraphs_of_a_plain_text() -> None:
    content = ParsedText("1 < 2\nand on\n \n\n<b>two</b>\n", html=False)

    assert made(replace(ENTRY, content=content)).html == (
        "<p>1 &lt; 2 and on</p><p>&lt;b&gt;two&lt;/b&gt;</p>"
    )


# --- addresses -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "href"),
    [
        pytest.param({"base": "https://b.example/x/"}, "https://b.example/x/z", id="its own base"),
        pytest.param({"base": "x/"}, "https://a.example/news/x/z", id="a base that is relative"),
        pytest.param({"base": URL}, "https://a.example/z", id="the feed's address is none"),
        pytest.param({"base": "data:x"}, "https://a.example/z", id="no web address is none"),
        pytest.param({"link": None}, "https://site.example/s/z", id="the feed's page"),
    ],
)
def test_a11_7_what_addresses_in_a_text_are_relative_to(changed: dict[str, Any], href: str) -> None:
    entry = replace(ENTRY, content=ParsedText("<a href='z'>z</a>"), **changed)

    assert f'href="{href}"' in made(entry, FeedInfo(site_url="https://site.example/s/")).html


def test_a_link_without_scheme_is_made_absolute() -> None:
    assert made(replace(ENTRY, link="//b.example/1")).url == "https://b.example/1"


@pytest.mark.parametrize("link", ["mailto:jane@a.example", "javascript:1", "https://", "data:,x"])
def test_a_link_that_leads_to_no_page_is_none_and_costs_no_article(link: str) -> None:
    read = made(replace(ENTRY, link=link))

    assert (read.url, read.title) == (None, "Title")


def test_the_page_of_comments_is_absolute_or_none() -> None:
    assert made(replace(ENTRY, comments="?c")).comments == "https://a.example/1?c"
    assert made(replace(ENTRY, comments="javascript:1")).comments is None


# --- media -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "medium",
    [
        pytest.param(Media("javascript:1"), id="no address"),
        pytest.param(Media("https://pixel.wp.com/b.gif"), id="a known beacon"),
        pytest.param(Media("/x.gif", width=1, height=1), id="too small to see"),
        pytest.param(Media("/x.gif", height=2), id="too flat to see"),
    ],
)
def test_b6_6_media_that_watch_or_lead_nowhere_go(medium: Media) -> None:
    assert made(replace(ENTRY, media=(medium,))).media == ()


def test_media_of_one_address_are_one_however_it_is_written() -> None:
    media = (Media("/x.jpg", enclosure=True), Media("https://A.example/x.jpg", kind="image"))

    assert made(replace(ENTRY, media=media)).media == (
        Media("https://a.example/x.jpg", enclosure=True),
    )


def test_a_medium_is_made_safe() -> None:
    medium = Media(
        "/e.mp3",
        "audio/mpeg; x",
        "audio",
        length=1,
        title="<b>T</b>&amp;",
        credit="\u202eC",
        enclosure=True,
    )

    assert made(replace(ENTRY, media=(medium,))).media == (
        Media(
            "https://a.example/e.mp3",
            None,
            "audio",
            length=1,
            title="T&",
            credit="C",
            enclosure=True,
        ),
    )


PICTURE = "<p><img src='/p.jpg?a=1&amp;b=2' alt='&quot;P&quot;'><img src='/q.jpg'></p>"


def test_without_a_picture_of_its_own_an_entry_has_the_first_in_its_text() -> None:
    entry = replace(ENTRY, content=ParsedText(PICTURE), media=(Media("/e.mp3", kind="audio"),))

    assert made(entry).media == (
        Media("https://a.example/e.mp3", kind="audio"),
        Media("https://a.example/p.jpg?a=1&b=2", kind="image", title='"P"'),
    )


def test_a_picture_of_its_own_comes_before_those_in_its_text() -> None:
    entry = replace(ENTRY, content=ParsedText(PICTURE), media=(Media("/own.jpg", kind="image"),))

    assert [medium.url for medium in made(entry).media] == ["https://a.example/own.jpg"]


def test_a_picture_in_a_text_keeps_its_address_as_it_was_read_once() -> None:
    text = ParsedText("<img src='/p.jpg?a=&amp;amp;copy=1'>")
    read = made(replace(ENTRY, content=text))

    assert [medium.url for medium in read.media] == ["https://a.example/p.jpg?a=&amp;copy=1"]


# --- who, and about what ---------------------------------------------------------------------------


def test_authors_are_plain_names_each_once_and_no_blanks() -> None:
    authors = ("<b>A</b>", "A", " ", "B\u202e &amp; C", "x" * 500)

    assert made(replace(ENTRY, authors=authors)).authors[:2] == ("A", "B & C")
    assert [len(name) for name in made(replace(ENTRY, authors=authors)).authors] == [1, 5, 100]


@pytest.mark.parametrize(
    ("said", "category"),
    [
        (Category("a <b>b</b>", "https://a.example/c", "A"), Category("a b", "https://a.example/c", "A")),
        (Category("a", "no uri"), Category("a")),
        (Category("a", "/relative"), Category("a")),
        (Category("a", "tag:a.example,2026:" + "x" * 200), Category("a")),
        (Category("a", None, "<i></i>"), Category("a")),
        (Category("<i></i>"), Category("-")),
    ],
)  # fmt: skip
def test_b2_10_a_category_has_a_plain_term_and_an_absolute_scheme(
    said: Category, category: Category
) -> None:
    assert made(replace(ENTRY, categories=(said,))).categories == (category,)


@pytest.mark.parametrize(
    ("lang", "origin", "feed", "read"),
    [
        ("EN_gb", "fr", "de", "en-GB"),
        ("und", "fr", "de", "fr"),
        (None, None, "de", "de"),
        (None, None, None, None),
    ],
)
def test_the_language_is_the_entrys_else_its_origins_else_the_feeds(
    lang: str | None, origin: str | None, feed: str | None, read: str | None
) -> None:
    entry = replace(ENTRY, lang=lang, origin=FeedInfo(lang=origin))

    assert made(entry, FeedInfo(lang=feed)).lang == read


@pytest.mark.parametrize(
    ("origin", "kept"),
    [
        (FeedInfo("S", self_url="https://s.example/f"), True),
        (FeedInfo("S", site_url="https://s.example/"), True),
        (FeedInfo("S", id="tag:s.example,2026:f"), True),
        (FeedInfo("S"), False),
        (FeedInfo(id="tag:s.example,2026:f"), False),
    ],
)
def test_b10_6_an_origin_is_kept_when_it_says_enough_to_be_named(
    origin: FeedInfo, kept: bool
) -> None:
    assert made(replace(ENTRY, origin=origin)).origin == (origin if kept else None)


# --- B3.4: what is something new -------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {"published": NOON},
        {"updated": NOON},
        {"link": PAGE + "?utm_source=rss"},
        {"media": (Media("https://a.example/p.jpg?token=2"),)},
        {"comments": "https://a.example/c"},
    ],
)
def test_b3_4_dates_and_tokens_are_nothing_new(changed: dict[str, Any]) -> None:
    entry = replace(ENTRY, media=(Media("https://a.example/p.jpg?token=1"),))

    assert made(replace(entry, **changed)).digest == made(entry).digest


@pytest.mark.parametrize(
    "changed",
    [
        {"title": ParsedText("Another")},
        {"summary": ParsedText("x")},
        {"content": ParsedText("x")},
        {"link": "https://a.example/2"},
        {"authors": ("x",)},
        {"categories": (Category("x"),)},
        {"media": (Media("https://a.example/x"),)},
    ],
)
def test_b3_4_what_the_source_wrote_is(changed: dict[str, Any]) -> None:
    assert made(replace(ENTRY, **changed)).digest != made(ENTRY).digest


# --- law 4 -----------------------------------------------------------------------------------------


def test_every_entry_of_a_document_is_an_article() -> None:
    document = rss("<guid>1</guid><title>a</title>", "<guid>2</guid>", "<title>c</title>")

    assert [(one.source, one.title) for one in articles(document)] == [
        ("a", "a"),
        ("a", "a.example"),
        ("a", "c"),
    ]


TEXTS = st.text(st.characters(), max_size=20) | st.sampled_from(
    [
        "<p>\ud83d&#xD83D;&#1;\x00</p>",
        "<img src='//x/&#55357;\ud800' alt='\x0b'>",
        "&amp;#55357;",
        "&lt;&amp;#1;&gt;",
        "<b>" * 600,
        "\x85\x93\x81",
        "https://a.example/\ud83d?\x00",
        "//[",
        "1\ufffe",
    ]
)
MAYBE = st.none() | TEXTS
TEXT = st.none() | st.builds(ParsedText, TEXTS, st.booleans(), MAYBE, MAYBE)
MOMENT = st.none() | st.datetimes(timezones=st.just(dt.UTC))
ENTRIES = st.builds(
    ParsedEntry,
    id=MAYBE,
    link=MAYBE,
    base=MAYBE,
    title=TEXT,
    summary=TEXT,
    content=TEXT,
    authors=st.lists(TEXTS, max_size=2).map(tuple),
    categories=st.lists(st.builds(Category, TEXTS, MAYBE, MAYBE), max_size=2).map(tuple),
    media=st.lists(
        st.builds(Media, url=TEXTS, type=MAYBE, title=MAYBE, credit=MAYBE), max_size=2
    ).map(tuple),
    lang=MAYBE,
    published=MOMENT,
    updated=MOMENT,
    comments=MAYBE,
    rights=MAYBE,
)


@given(ENTRIES)
def test_law_4_whatever_an_entry_holds_its_article_can_be_published(entry: ParsedEntry) -> None:
    read = to_article(entry, ParsedFeed("rss", FeedInfo(), ()), "a", URL, NOON)

    assert all(is_xml(text) for text in strings(read))
    assert read.title
    assert read.entry_id
    assert clean_html(read.html) == read.html
    assert FIRST_DAY <= read.published <= read.updated <= NOON
    addresses = [read.url, read.comments, *(medium.url for medium in read.media)]
    assert all(url is None or url.isascii() for url in addresses)


@given(ENTRIES)
def test_the_same_entry_is_the_same_article_whenever_it_is_seen(entry: ParsedEntry) -> None:
    now, later = made(entry), made(entry, now=NOON + dt.timedelta(days=1))

    assert (now.entry_id, now.digest) == (later.entry_id, later.digest)


def test_b4_7_a_text_has_nothing_in_it_that_turns_the_order_of_its_words_round() -> None:
    turned = ParsedText("Body \u202ewith\u202c isis \u2066and\u2069 more")

    assert made(replace(ENTRY, summary=turned)).text == "Body with isis and more"


@pytest.mark.parametrize(
    ("link", "entry_id", "info", "at_home"),
    [
        ("https://www.a.example/1", "tag:b.example,2026:1", FeedInfo(), True),
        ("https://b.example/1", "https://a.example/1", FeedInfo(), False),
        ("https://b.example/1", None, FeedInfo(site_url="https://b.example/"), True),
        ("https://b.example/1", None, FeedInfo(self_url="https://feeds.b.example/rss"), True),
        (None, "https://a.example/1", FeedInfo(), True),
        (None, "https://b.example/1", FeedInfo(), False),
        (None, "urn:1", FeedInfo(), False),
        (None, None, FeedInfo(), False),
    ],
)
def test_b2_5_an_entry_is_at_home_where_its_page_or_else_its_id_is_of_the_feeds_site(
    link: str | None, entry_id: str | None, info: FeedInfo, at_home: bool
) -> None:
    assert made(ParsedEntry(id=entry_id, link=link), info).at_home is at_home
