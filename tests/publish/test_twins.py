"""RSS 2.0, JSON Feed and OPML beside the Atom feed."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from urllib.robotparser import RobotFileParser

from aggregator.model import FeedInfo
from aggregator.publish.atom import render_rss
from aggregator.publish.jsonfeed import render_json
from aggregator.publish.opml import render_sources, render_topics
from aggregator.publish.robots import render_robots
from tests.publish.helpers import desk, feed, read_back, story
from tests.publish.test_atom import RICH
from tests.values import NOON, SITE, article, source, topic


def test_b8_3_the_channel_of_the_rss_twin_is_complete_and_stamped_nothing_now() -> None:
    body = render_rss(feed(story(RICH))).body
    channel = ET.fromstring(body)[0]

    said = {child.tag: child.text for child in channel if child.tag != "item"}
    assert said["link"] == "https://news.example.org/topics/isis"
    assert said["lastBuildDate"] == "Sun, 22 Nov 2026 12:00:00 +0000"
    assert (said["language"], said["ttl"], said["generator"]) == ("en", "30", "aggregator")
    own = channel.findall("{http://www.w3.org/2005/Atom}link")
    assert [(link.get("rel"), link.get("href")) for link in own] == [
        ("self", "https://news.example.org/topics/isis.rss")
    ]


def test_b8_3_an_item_names_its_author_by_dc_creator_and_its_source() -> None:
    body = render_rss(feed(story(RICH, article("b", 1)))).body
    item = ET.fromstring(body).find("channel/item")
    assert item is not None

    guid = item.find("guid")
    assert guid is not None
    assert (guid.text, guid.get("isPermaLink")) == ("tag:a.example,2026:1", "false")
    assert item.find("author") is None
    creators = item.findall("{http://purl.org/dc/elements/1.1/}creator")
    assert [creator.text for creator in creators] == ["Ann Author", "Ben Author"]
    origin = item.find("source")
    assert origin is not None
    assert (origin.get("url"), origin.text) == ("https://a.example/feed", "Source a")
    enclosure = item.find("enclosure")
    assert enclosure is not None
    assert dict(enclosure.attrib) == {
        "url": "https://a.example/talk.mp3", "length": "10", "type": "audio/mpeg",
    }  # fmt: skip


def test_b8_3_the_description_stands_before_the_full_text() -> None:
    at = desk(source("a", content="full", licence="CC0"))
    item = ET.fromstring(render_rss(feed(story(RICH), at=at)).body).find("channel/item")
    assert item is not None

    names = [child.tag.rpartition("}")[2] for child in item]

    assert names.index("description") < names.index("encoded")


def test_the_rss_twin_has_the_same_entries_as_the_atom_feed() -> None:
    told = [story(article("a", n)) for n in range(5)]

    read = read_back(render_rss(feed(*told)).body)

    assert not read.bozo
    assert [entry.id for entry in read.entries] == [one.id for one in told]


def test_b8_2_the_json_twin_is_json_feed_1_1_with_its_source_and_outlets() -> None:
    document = json.loads(render_json(feed(story(RICH, article("b", 1)))).body)

    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert document["feed_url"] == "https://news.example.org/topics/isis.json"
    (item,) = document["items"]
    assert item["id"] == "tag:a.example,2026:1"
    assert item["date_published"] == "2026-11-22T11:00:00Z"
    assert item["authors"] == [{"name": "Ann Author"}, {"name": "Ben Author"}]
    assert item["tags"] == ["ISIS", "World", "plain"]
    assert item["_source"] == {
        "id": "https://a.example/feed",
        "title": "Source a",
        "feed_url": "https://a.example/feed",
        "home_page_url": "https://a.example/",
    }
    assert item["_outlets"] == [{"name": "Source b", "url": "https://b.example/news/1"}]
    assert item["attachments"] == [
        {"url": "https://a.example/talk.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 10}
    ]


def test_b8_2_an_item_has_html_or_text_and_always_one() -> None:
    summary = json.loads(render_json(feed(story(RICH))).body)["items"][0]
    at = desk(source("a", content="full", licence="CC0"))
    full = json.loads(render_json(feed(story(RICH), at=at)).body)["items"][0]

    assert "content_html" not in summary
    assert summary["content_text"]
    assert "content_text" not in full
    assert full["content_html"] == RICH.html


def test_b8_4_sources_as_opml_name_feed_and_site() -> None:
    infos = {"a": FeedInfo("Own title", site_url="https://a.example/", lang="de")}

    root = ET.fromstring(render_sources(SITE, [source("a", title=None)], infos).body)

    (outline,) = root.iter("outline")
    assert outline.attrib == {
        "type": "rss", "text": "Own title", "title": "Own title", "xmlUrl": "https://a.example/feed",
        "htmlUrl": "https://a.example/", "language": "de",
    }  # fmt: skip


def test_b8_4_opml_says_when_it_was_made_and_no_version_that_readers_do_not_know() -> None:
    root = ET.fromstring(render_sources(SITE, [source("a")], {}, NOON).body)

    assert root.findtext("head/dateCreated") == "Sun, 22 Nov 2026 12:00:00 GMT"
    assert root.get("version") == "2.0"
    assert all("version" not in outline.attrib for outline in root.iter("outline"))


def test_b8_5_b10_4_crawlers_may_read_feeds_and_pages_and_no_searches() -> None:
    told = render_robots(replace(SITE, url="https://example.org/wire/")).body.decode()
    read = RobotFileParser()
    read.parse(told.splitlines())

    base = "https://example.org/wire/"
    for path in ("", "topics/isis", "topics/isis.atom", "all/archive/2026-11.atom", "sources.opml"):
        assert read.can_fetch("Anybody", base + path), path
    for path in ("search?q=isis", "search.atom?q=isis", "search.json?q=isis"):
        assert not read.can_fetch("Anybody", base + path), path


def test_a7_6_opml_tells_no_password() -> None:
    body = render_sources(SITE, [source("a", auth="user:hunter2")], {}).body

    assert b"hunter2" not in body


def test_topics_as_opml_name_our_own_feeds() -> None:
    root = ET.fromstring(render_topics(SITE, [topic("isis"), topic("ai")]).body)

    assert [outline.get("xmlUrl") for outline in root.iter("outline")] == [
        "https://news.example.org/topics/isis.atom",
        "https://news.example.org/topics/ai.atom",
    ]
