"""Quirks of readers, read in their source, that what we publish must survive (B12)."""

import datetime as dt
import re
from dataclasses import replace
from xml.dom import minidom

from lxml import etree

from aggregator.model import Category, FeedInfo
from aggregator.publish.atom import render_atom, render_rss
from aggregator.publish.feed import MOST_ENTRIES
from aggregator.store import SqlStore
from tests.pipeline.helpers import World
from tests.publish.helpers import ATOM, desk, feed, read_back, story
from tests.publish.test_atom import RICH
from tests.values import NOON, article, rss, setup, source

INFO = FeedInfo(
    "Own title", "tag:a.example,2026:feed", None, "https://a.example/", author="A desk", rights="©"
)
AT = desk(source("a", title=None), source("b"), infos={"a": INFO, "b": FeedInfo()})
TOLD = feed(story(RICH, article("b", 1)), story(article("a", 2)), at=AT)
ROOT = etree.fromstring(render_atom(TOLD).body)
ENTRIES = ROOT.findall(f"{ATOM}entry")


def _text(element: minidom.Element) -> str:
    return "".join(node.data for node in element.childNodes if isinstance(node, minidom.Text))


def test_b12_tt_rss_takes_the_first_of_a_name_anywhere_in_an_entry() -> None:
    """It prefers `updated`, cuts a guid at 245 with a prefix of its own, and moves the future."""
    dom = minidom.parseString(render_atom(TOLD).body)
    for element, entry in zip(dom.getElementsByTagName("entry"), TOLD.entries, strict=True):
        first = {
            name: element.getElementsByTagName(name)[0]
            for name in ("id", "title", "updated", "link")
        }
        text = {name: _text(one) for name, one in first.items()}
        assert text["id"] == entry.id
        assert text["title"] == entry.title
        assert dt.datetime.fromisoformat(text["updated"]) == entry.updated <= NOON
        assert first["link"].getAttribute("href") == entry.url
        assert len(f"1,{text['id']}".encode()) < 245


def test_b12_yarr_keys_entries_by_id_and_updated_which_our_own_work_leaves() -> None:
    def keys(*stories: object) -> list[str]:
        made = read_back(render_atom(feed(*stories, at=AT)).body)  # type: ignore[arg-type]
        return [f"{entry.id}::{entry.updated}" for entry in made.entries]

    told = story(RICH)
    in_more = replace(told, topics=(*told.topics, *story(topics=("all",)).topics))

    assert keys(told) == keys(in_more) == keys(story(RICH, article("b", 1)))


def test_b12_netnewswire_sees_no_prefixes_adds_the_sources_author_and_reads_titles_as_text() -> (
    None
):
    for entry in ENTRIES:
        seen = {child.tag.removeprefix(ATOM) for child in entry if child.tag.startswith(ATOM)}
        assert {"id", "title", "updated", "published", "link", "author", "summary"} <= seen
        assert not entry.findall(f"{ATOM}link[@rel='related']")
        assert entry.find(f"{ATOM}title").get("type", "text") == "text"  # type: ignore[union-attr]
    authorless = ENTRIES[1]
    people = {name.text for name in authorless.iterfind(f".//{ATOM}author/{ATOM}name")}
    assert people == {"A desk"}


def test_b12_miniflux_knows_no_source_and_takes_author_tags_and_comments_from_the_entry() -> None:
    for entry in ENTRIES:
        assert entry.findtext(f"{ATOM}author/{ATOM}name") not in ("", None, "Example wire")
        assert entry.findtext(f"{ATOM}published") is not None
        assert entry.find(f"{ATOM}category") is not None
    comments = ENTRIES[0].find(f"{ATOM}link[@rel='replies']")
    assert comments is not None
    assert comments.get("type") == "text/html"


def test_b12_freshrss_takes_the_author_of_the_entry_before_those_of_source_and_feed() -> None:
    assert ENTRIES[0].findtext(f"{ATOM}author/{ATOM}name") == "Ann Author"
    assert ROOT.findtext(f"{ATOM}author/{ATOM}name") == "Example wire"


def test_b12_feedparser_inherits_no_author_and_need_not() -> None:
    for body in (render_atom(TOLD).body, render_rss(TOLD).body):
        authors = [entry.get("author") for entry in read_back(body).entries]
        assert None not in authors
        assert "Example wire" not in authors


def test_b12_feedbin_decides_by_guid_so_a_guid_given_anew_changes_nothing(
    sqlite_store: SqlStore,
) -> None:
    item = (
        "<item><guid>{scheme}://a.example/isis-report-of-today</guid><title>Isis report</title>"
        "<link>{scheme}://a.example/isis-report-of-today</link><description>What isis did, "
        "told at length.</description><pubDate>Sun, 22 Nov 2026 09:00:00 GMT</pubDate></item>"
    )
    world = World(sqlite_store, setup())
    published = []
    for scheme in ("http", "https"):
        world.serve("a", rss(item.format(scheme=scheme)))
        world.poll_due()
        world.forward(days=1)
        published.append(
            [entry.id for entry in read_back(world.render("topics/isis.atom").body).entries]
        )

    assert published == [["http://a.example/isis-report-of-today"]] * 2


def test_b12_inoreader_blocks_feeds_of_more_than_3000_entries() -> None:
    told = feed(*(story(article("a", n)) for n in range(MOST_ENTRIES + 50)))

    assert len(told.entries) == MOST_ENTRIES < 3000


def test_b12_hubs_know_a_feed_by_the_address_it_says_it_has() -> None:
    for rendering in (render_atom(TOLD), render_rss(TOLD)):
        said, *_of_sources = re.findall(rb'<(?:atom:)?link [^>]*rel="self"[^>]*>', rendering.body)
        assert dict(rendering.links)["self"].encode() in said
        assert dict(rendering.links)["self"].endswith(rendering.path)


# --- of the documents themselves --------------------------------------------------------------------


def test_b1_10_every_address_is_absolute_and_of_ascii() -> None:
    told = article("a", 1, url="https://xn--bcher-kva.example/%C3%A9", categories=(Category("é"),))
    body = render_atom(feed(story(told))).body

    root = etree.fromstring(body)
    addresses = [element.get("href") for element in root.iter(f"{ATOM}link")]
    addresses += [element.text for element in root.iter(f"{ATOM}id", f"{ATOM}uri")]
    assert len(addresses) > 6
    assert [a for a in addresses if not re.fullmatch(r"(https?://|tag:)[!-~]+", a or "")] == []
    assert b"xml:base" not in body


def test_b4_5_no_entities_but_the_five() -> None:
    words = "caf&eacute;&nbsp;&hellip; < > & \" '"
    told = article(
        "a", 1, title=words, summary=words, html="<p>a&nbsp;b &amp; c</p>", authors=(words,)
    )
    at = desk(source("a", content="full", licence="CC0"))
    for render in (render_atom, render_rss):
        body = render(feed(story(told), at=at)).body
        assert set(re.findall(rb"&([^;#]+);", body)) <= {b"amp", b"lt", b"gt", b"quot", b"apos"}
        assert read_back(body).entries[0].author == words


def test_b2_8_where_an_entry_of_another_feed_was_found_is_a_link_beside() -> None:
    first = FeedInfo(
        "First", "tag:first.example,2026:f", "https://first.example/f", "https://first.example/"
    )
    found = article("a", 1, origin=first, url="https://first.example/1")
    (entry,) = read_back(render_atom(feed(story(found), at=AT)).body).entries

    assert [link.href for link in entry.links if link.rel == "via"] == ["https://a.example/"]
    assert not [
        link for link in read_back(render_atom(TOLD).body).entries[0].links if link.rel == "via"
    ]
