"""JSON Feed 1.0 and 1.1 (A9.6): read leniently, with the caps of XML feeds."""

import codecs
import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Category, FailureKind, Media, ParsedEntry, ParsedFeed, ParsedText
from aggregator.parse.article import articles_of
from aggregator.parse.document import parse_feed
from aggregator.parse.scan import MAX_DEPTH, MAX_ENTRIES
from tests.parse.helpers import URL, article, entry, is_xml, parsed, refused, strings
from tests.values import NOON

VERSION = "https://jsonfeed.org/version/1.1"


def feed(*items: Any, **said: Any) -> str:
    """A JSON feed of these items."""
    return json.dumps({"version": VERSION, "title": "Feed", "items": items, **said})


def item(**said: Any) -> ParsedEntry:
    """The only entry of a feed, as it was read."""
    return entry(feed({"id": "1", **said}))


# --- what it is ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "version",
    [
        "https://jsonfeed.org/version/1",
        "https://jsonfeed.org/version/1.1",
        "http://jsonfeed.org/version/1.1",
        "https://www.jsonfeed.org/version/1.1",
    ],
)
def test_a10_3_its_version_tells_a_json_feed(version: str) -> None:
    assert parsed(feed(version=version), "text/plain").kind == "json"


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"version": None}, id="no version"),
        pytest.param({"version": "1.1"}, id="a bare number"),
        pytest.param({"version": "https://jsonfeed.org/version/2"}, id="another version"),
        pytest.param({"items": None}, id="no items"),
        pytest.param({"items": {"id": 1}}, id="an item instead of items"),
    ],
)
def test_json_of_another_kind_is_no_feed(said: dict[str, Any]) -> None:
    failure = refused(feed(**said))

    assert failure.kind is FailureKind.NOT_A_FEED
    assert failure.detail.startswith("JSON, but no JSON Feed 1.0 or 1.1")


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(feed({"id": "1"})[:-3], id="cut off"),
        pytest.param(feed() + "x", id="junk behind it"),
        pytest.param(feed().replace('"Feed"', "Feed"), id="a word without quotes"),
        pytest.param('{"id": ' + "9" * 5000 + "}", id="a number without end"),
        pytest.param("{", id="a brace"),
    ],
)
def test_broken_json_is_no_feed_and_says_so(document: str) -> None:
    failure = refused(document)

    assert failure.kind is FailureKind.NOT_A_FEED
    assert failure.detail.startswith("begins like JSON, but is broken: ")


@pytest.mark.parametrize("before", ["", "\n ", "\ufeff"])
def test_a10_2_a_byte_order_mark_and_blanks_are_tolerated(before: str) -> None:
    assert parsed(before + feed(title="é")).info.title == "é"


def test_a10_2_json_is_utf_8_and_utf_16_by_its_mark() -> None:
    assert parsed(codecs.BOM_UTF16_LE + feed().encode("utf-16-le")).kind == "json"


# --- its caps --------------------------------------------------------------------------------------


def nested(levels: int) -> str:
    """A feed so deep: the feed itself is the first level."""
    return feed(_x=1).replace('"_x": 1', '"_x": ' + "[" * (levels - 1) + "]" * (levels - 1))


def test_a9_6_a_feed_may_nest_as_deep_as_an_xml_feed() -> None:
    assert parsed(nested(MAX_DEPTH)).entries == ()


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 100_000])
def test_a9_6_a_feed_nested_deeper_is_hostile(levels: int) -> None:
    failure = refused(nested(levels))

    assert failure.kind is FailureKind.HOSTILE
    assert failure.detail == f"refused: JSON nested more than {MAX_DEPTH} deep"


@pytest.mark.parametrize("text", ["[" * 500, '\\"[' * 500, "\\" * 501 + "{" * 500])
def test_brackets_in_a_text_are_no_nesting(text: str) -> None:
    assert item(content_text=text).content == ParsedText(text, html=False)


def test_a9_6_of_too_many_items_the_first_are_kept_and_noted() -> None:
    read = parsed(feed(*({"id": number} for number in range(MAX_ENTRIES + 1))))

    assert len(read.entries) == MAX_ENTRIES
    assert read.entries[-1].id == str(MAX_ENTRIES - 1)
    assert read.notes == (f"more than {MAX_ENTRIES} entries; the rest was left out",)


def test_as_many_items_as_may_be_are_the_whole_feed() -> None:
    assert parsed(feed(*({"id": number} for number in range(MAX_ENTRIES)))).notes == ()


def test_what_is_no_item_is_passed_over() -> None:
    read = parsed(feed(None, "x", 1, [], {"id": "1"}, {}))

    assert [one.id for one in read.entries] == ["1", None]


def test_a9_6_of_two_equal_keys_the_last_counts() -> None:
    document = feed({"id": "1", "x": 0}).replace('"x": 0', '"title": "old", "title": "new"')

    assert article(document).title == "new"


# --- what the feed says of itself ------------------------------------------------------------------


def test_what_a_json_feed_says_of_itself() -> None:
    info = parsed(
        feed(
            title=" A &amp; B\n",
            home_page_url="/",
            feed_url="https://a.example/feed.json",
            icon="i.png",
            favicon="/no.ico",
            language="en_us",
            authors=[{"name": "Jane"}, {"name": "Joe"}],
        )
    ).info

    assert (info.title, info.lang, info.author) == ("A & B", "en-US", "Jane")
    assert (info.site_url, info.self_url) == ("https://a.example/", "https://a.example/feed.json")
    assert info.icon == "https://a.example/news/i.png"


def test_the_favicon_stands_in_for_the_icon() -> None:
    assert parsed(feed(favicon="/f.ico")).info.icon == "https://a.example/f.ico"


def test_a_feed_that_says_nothing_of_itself_is_still_one() -> None:
    info = parsed(feed(title=None, icon=[], authors="x", language=1, home_page_url=True)).info

    assert (info.title, info.icon, info.author, info.lang) == ("", None, None, None)
    assert info.site_url is None


# --- what an item says -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "id_"),
    [
        ("a", "a"),
        (17, "17"),
        (1.5, "1.5"),
        (10**17, "100000000000000000"),
        (0, "0"),
        ("", None),
        (True, None),
        (None, None),
        ({"a": 1}, None),
    ],
)
def test_a9_6_an_id_is_a_string_or_a_number_read_as_one(said: Any, id_: str | None) -> None:
    assert entry(feed({"id": said})).id == id_


def test_html_comes_before_text() -> None:
    assert item(content_html="<b>h</b>", content_text="t").content == ParsedText("<b>h</b>")


def test_empty_html_is_none_and_the_text_counts() -> None:
    assert item(content_html="", content_text="1 < 2").content == ParsedText("1 < 2", html=False)


def test_text_that_looks_like_html_is_shown_as_it_was_written() -> None:
    read = article(feed({"id": 1, "content_text": "use <b>bold</b> & <script>\n\nso"}))

    assert read.html == "<p>use &lt;b&gt;bold&lt;/b&gt; &amp; &lt;script&gt;</p><p>so</p>"
    assert read.text == "use <b>bold</b> & <script>\nso"


@pytest.mark.parametrize(
    ("said", "url"),
    [
        pytest.param({"url": "https://a.example/1"}, "https://a.example/1", id="absolute"),
        pytest.param({"url": "/1"}, "https://a.example/1", id="relative to the feed"),
        pytest.param({"url": "1"}, "https://a.example/news/1", id="relative to its folder"),
        pytest.param(
            {"url": "/1", "external_url": "https://b.example/"}, "https://a.example/1", id="its own"
        ),
        pytest.param({"external_url": "https://b.example/1"}, "https://b.example/1", id="another's"),
        pytest.param({"url": "javascript:1"}, None, id="one that runs"),
        pytest.param({}, None, id="none"),
    ],
)  # fmt: skip
def test_the_link_of_an_item_is_made_absolute(said: dict[str, Any], url: str | None) -> None:
    assert article(feed({"id": "1", **said})).url == url


def test_a11_7_addresses_in_a_text_are_relative_to_the_items_page() -> None:
    read = article(feed({"id": 1, "url": "/x/y", "content_html": "<a href='z'>z</a>"}))

    assert 'href="https://a.example/x/z"' in read.html


@pytest.mark.parametrize(
    ("said", "names"),
    [
        pytest.param({"authors": [{"name": "A"}, {"name": "B"}]}, ("A", "B"), id="1.1"),
        pytest.param({"author": {"name": "A"}}, ("A",), id="1.0"),
        pytest.param({"authors": [{"name": "B"}], "author": {"name": "A"}}, ("B",), id="both"),
        pytest.param({"authors": [], "author": {"name": "A"}}, ("A",), id="none, and one"),
        pytest.param({"authors": [{"name": "A"}, {"name": "A"}]}, ("A",), id="one twice"),
        pytest.param({"authors": [{"url": "https://a.example/"}, "x", None]}, (), id="no names"),
    ],
)
def test_authors_of_an_item(said: dict[str, Any], names: tuple[str, ...]) -> None:
    assert item(**said).authors == names


def test_a9_8_an_item_without_an_author_has_that_of_the_feed() -> None:
    assert article(feed({"id": 1}, author={"name": "Jane"})).authors == ("Jane",)


def test_tags_are_categories() -> None:
    assert item(tags=["a", " ", 1, None, "b"]).categories == (Category("a"), Category("b"))


def test_dates_of_an_item() -> None:
    read = item(date_published="2026-11-21T12:00:00+02:00", date_modified="2026-11-21T11:00:00Z")

    assert read.published == dt.datetime(2026, 11, 21, 10, tzinfo=dt.UTC)
    assert read.updated == dt.datetime(2026, 11, 21, 11, tzinfo=dt.UTC)


@pytest.mark.parametrize("date", [1763719200, 1763719200.5, 1763719200000, True, "soon", [], ""])
def test_a_date_of_another_kind_is_none_and_no_guess(date: Any) -> None:
    assert item(date_published=date).published is None


def test_an_item_may_be_in_a_language_of_its_own() -> None:
    read = parsed(feed({"id": 1, "language": "FR"}, {"id": 2}, language="de"))

    assert [one.lang for one in articles_of(read, "a", URL, NOON)] == ["fr", "de"]


# --- media -----------------------------------------------------------------------------------------


def test_an_attachment_is_an_enclosure() -> None:
    read = item(
        attachments=[
            {
                "url": "https://a.example/e.mp3",
                "mime_type": "Audio/MPEG",
                "title": "E",
                "size_in_bytes": 1234.0,
                "duration_in_seconds": 61.9,
            }
        ]
    )

    assert read.media == (
        Media(
            "https://a.example/e.mp3",
            "audio/mpeg",
            "audio",
            length=1234,
            duration=61,
            title="E",
            enclosure=True,
        ),
    )


@pytest.mark.parametrize("size", [0, -1, True, "12", None, 1e300, float("inf"), float("nan"), []])
def test_a_size_that_is_none_is_none(size: Any) -> None:
    read = item(attachments=[{"url": "https://a.example/e", "size_in_bytes": size}])

    assert read.media[0].length is None


def test_the_pictures_of_an_item_follow_its_attachments_each_once() -> None:
    read = item(
        image="https://a.example/1.jpg",
        banner_image="https://a.example/2.jpg",
        attachments=[{"url": "https://a.example/2.jpg", "mime_type": "image/jpeg"}, {}, "x"],
    )

    assert [(one.url, one.kind, one.enclosure) for one in read.media] == [
        ("https://a.example/2.jpg", "image", True),
        ("https://a.example/1.jpg", "image", False),
    ]


def test_an_item_has_fifty_parts_of_a_kind_at_most() -> None:
    numbers = range(200)
    read = item(
        tags=[f"t{number}" for number in numbers],
        authors=[{"name": f"a{number}"} for number in numbers],
        attachments=[{"url": f"https://a.example/{number}"} for number in numbers],
    )

    assert (len(read.categories), len(read.authors), len(read.media)) == (50, 50, 50)
    assert read.media[0].url == "https://a.example/0"


# --- anything at all -------------------------------------------------------------------------------

KEYS = """
id url external_url title content_html content_text summary image banner_image date_published
date_modified author authors tags language attachments name mime_type size_in_bytes
duration_in_seconds icon favicon home_page_url feed_url
""".split()
TEXTS = st.text(st.characters(), max_size=8) | st.sampled_from(
    ["/x", "https://a.example/\ud83d", "<b>\ud83d</b>", "&#55357;", "\x00", "2026-11-21", "en"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=6,
)
ITEMS = st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8) | VALUES, max_size=3)


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6), ITEMS)
def test_law_4_whatever_a_json_feed_holds_its_articles_can_be_published(
    said: dict[str, Any], items: list[Any]
) -> None:
    read = parsed(feed(*items, **said))

    assert all(is_xml(text) for text in strings(read.info))
    assert all(is_xml(text) for text in strings(articles_of(read, "a", URL, NOON)))


@given(st.dictionaries(st.sampled_from(["id", "title", "version", "items"]), VALUES) | VALUES)
def test_any_json_is_a_feed_or_a_failure_and_never_an_error(value: Any) -> None:
    result = parse_feed(json.dumps(value).encode(), URL)

    assert isinstance(result, ParsedFeed) or result.kind in (
        FailureKind.NOT_A_FEED,
        FailureKind.HOSTILE,
    )


@pytest.mark.parametrize(("said", "complete"), [(True, True), (False, False), ("true", False)])
def test_a3_7_a_json_feed_may_say_that_it_has_expired(said: Any, complete: bool) -> None:
    assert parsed(feed({"id": "1"}, expired=said)).complete is complete
