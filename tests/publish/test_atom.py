"""The Atom feed: by the schemas, by its readers' quirks, and read back."""

import datetime as dt

import pytest
from lxml import etree

from aggregator.model import Category, FeedInfo, Media
from aggregator.publish.atom import render_atom, stamp
from tests.publish.helpers import ATOM, complaints, desk, feed, read_back, story
from tests.values import NOON, article, source

RICH = article(
    "a",
    1,
    declared_id="tag:a.example,2026:1",
    authors=("Ann Author", "Ben Author"),
    categories=(Category("world", "https://a.example/tags", "World"), Category("plain")),
    media=(
        Media(
            "https://a.example/talk.mp3", type="audio/mpeg", length=10, kind="audio", enclosure=True
        ),
        Media("https://a.example/p.jpg", type="image/jpeg", kind="image"),
    ),
    lang="de",
    comments="https://a.example/news/1#comments",
    rights="© A",
)


def test_b1_1_a_rich_document_satisfies_the_schemas() -> None:
    told = story(RICH, article("b", 1), article("c", 1))

    assert complaints(render_atom(feed(told, story(article("b", 2)))).body) == []


def test_b1_14_an_empty_document_satisfies_the_schemas() -> None:
    assert complaints(render_atom(feed()).body) == []


def test_b1_6_the_same_stories_give_the_same_bytes() -> None:
    told = [story(article("a", n)) for n in range(20)]

    assert render_atom(feed(*told)).body == render_atom(feed(*told)).body


def test_b1_1_the_document_begins_with_a_plain_declaration_and_no_doctype() -> None:
    body = render_atom(feed(story(RICH))).body

    assert body.startswith(b'<?xml version="1.0" encoding="utf-8"?>\n<feed ')
    assert b"<!DOCTYPE" not in body
    assert b"<![CDATA[" not in body


def test_b1_2_atom_is_the_default_namespace() -> None:
    body = render_atom(feed(story(RICH))).body

    root = etree.fromstring(body)
    assert {e.prefix for e in root.iter() if e.tag.startswith(ATOM)} == {None}
    assert {e.prefix for e in root.iter() if not e.tag.startswith(ATOM)} == {"media"}
    assert body.count(b"xmlns") == body[: body.index(b">", 50)].count(b"xmlns") == 2


def test_b1_3_metadata_comes_before_entries_in_its_order() -> None:
    root = etree.fromstring(render_atom(feed(story(RICH))).body)

    names = [child.tag.removeprefix(ATOM) for child in root]

    assert names == [
        "id",
        "title",
        "subtitle",
        "updated",
        "link",
        "link",
        "author",
        "generator",
        "rights",
        "entry",
    ]


def test_b1_7_the_self_link_is_absolute_and_the_address_served() -> None:
    rendering = render_atom(feed())
    root = etree.fromstring(rendering.body)

    (own,) = [link for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert own.get("href") == "https://news.example.org/" + rendering.path
    assert dict(rendering.links)["self"] == own.get("href")


def test_b2_6_the_source_comes_last_and_its_id_is_not_the_first_a_reader_meets() -> None:
    root = etree.fromstring(render_atom(feed(story(RICH))).body)
    entry = root.find(f"{ATOM}entry")
    assert entry is not None

    assert entry[-1].tag == f"{ATOM}source"
    assert next(entry.iter(f"{ATOM}id")).text == "tag:a.example,2026:1"


def test_b2_4_the_source_says_where_it_is_and_when_it_was_so() -> None:
    infos = {
        "a": FeedInfo(
            "Own title",
            "tag:a.example,2026:feed",
            None,
            "https://a.example/",
            author="A desk",
            rights="© A",
            icon="https://a.example/i.png",
        )
    }
    root = etree.fromstring(
        render_atom(feed(story(RICH), at=desk(source("a", title=None), infos=infos))).body
    )
    entry = root.find(f"{ATOM}entry")
    assert entry is not None
    shown = entry[-1]

    assert shown.findtext(f"{ATOM}id") == "tag:a.example,2026:feed"
    assert shown.findtext(f"{ATOM}title") == "Own title"
    assert shown.findtext(f"{ATOM}updated") == stamp(RICH.updated)
    links = {link.get("rel"): link.get("href") for link in shown.findall(f"{ATOM}link")}
    assert links == {"self": "https://a.example/feed", "alternate": "https://a.example/"}


def test_b2_7_b2_8_b2_9_the_links_are_the_original_its_enclosures_and_its_replies() -> None:
    entry = read_back(render_atom(feed(story(RICH))).body).entries[0]

    links = [(link.rel, link.href, link.get("type"), link.get("length")) for link in entry.links]
    assert links == [
        ("alternate", "https://a.example/news/1", "text/html", None),
        ("enclosure", "https://a.example/talk.mp3", "audio/mpeg", "10"),
        ("enclosure", "https://a.example/p.jpg", "image/jpeg", None),
        ("replies", "https://a.example/news/1#comments", "text/html", None),
    ]


def test_b2_10_the_topic_is_the_first_category_and_the_sources_own_follow() -> None:
    entry = read_back(render_atom(feed(story(RICH))).body).entries[0]

    assert [(tag.term, tag.scheme) for tag in entry.tags] == [
        ("isis", "https://news.example.org/topics"),
        ("world", "https://a.example/tags"),
        ("plain", None),
    ]


def test_every_other_outlet_is_a_contributor_and_stands_in_the_last_line() -> None:
    told = story(RICH, article("b", 1), article("c", 1))
    entry = read_back(render_atom(feed(told)).body).entries[0]

    assert [(c.name, c.href) for c in entry.contributors] == [
        ("Source b", "https://b.example/news/1"),
        ("Source c", "https://c.example/news/1"),
    ]
    assert entry.summary.splitlines()[-1] == "Also reported by Source b, Source c."


def test_a_full_text_ends_with_the_other_outlets_too() -> None:
    told = story(RICH, article("b", 1))
    at = desk(source("a", content="full", licence="CC0"), source("b"))

    content = read_back(render_atom(feed(told, at=at)).body).entries[0].content[0]

    assert content.type == "text/html"
    assert content.value == (
        f'{RICH.html}<p>Also reported by <a href="https://b.example/news/1" '
        'rel="noopener noreferrer">Source b</a>.</p>'
    )


def test_b1_11_the_language_of_an_entry_is_its_own_or_none() -> None:
    root = etree.fromstring(render_atom(feed(story(RICH), story(article("b", 2)))).body)
    lang = "{http://www.w3.org/XML/1998/namespace}lang"

    assert [entry.get(lang) for entry in root.findall(f"{ATOM}entry")] == ["de", None]
    assert root.get(lang) == "en"


def test_b4_3_a_summary_is_plain_and_short_also_with_many_outlets() -> None:
    long = article("a", 1, summary="word " * 100)
    told = story(long, *(article(f"s{n}", 1) for n in range(60)))

    entry = read_back(render_atom(feed(told)).body).entries[0]

    assert len(entry.summary) <= 500
    assert entry.summary_detail.type == "text/plain"


@pytest.mark.parametrize("moment", [NOON, NOON.astimezone(dt.timezone(dt.timedelta(hours=2)))])
def test_b1_9_dates_are_whole_seconds_in_z(moment: dt.datetime) -> None:
    assert stamp(moment) == "2026-11-22T12:00:00Z"
