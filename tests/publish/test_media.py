"""Pictures, sounds and films in every format, and which picture is the entry's."""

import json
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from lxml import etree

from aggregator.model import Blocklist, FeedEntry, Media, Source
from aggregator.publish.atom import render_atom, render_rss
from aggregator.publish.jsonfeed import render_json
from aggregator.publish.media import picture_of
from aggregator.publish.pages import _picture
from tests.publish.helpers import ATOM, desk, faults, feed, read_back, story
from tests.values import article, source

MRSS = "{http://search.yahoo.com/mrss/}"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
PICTURE = Media("https://a.example/p.jpg", kind="image", width=640, height=480, credit="Ann Author")
SOUND = Media(
    "https://a.example/talk.mp3", "audio/mpeg", "audio", length=10, duration=3600, enclosure=True
)
FILM = Media("https://a.example/talk.mp4", "video/mp4", "video", enclosure=True)
FULL = source("a", content="full", licence="CC0")


def shown(*media: Media, html: str = "", of: Source | None = None) -> tuple[FeedEntry, Any]:
    """The entry with these media, and its feed."""
    made = feed(story(article("a", 1, media=media, html=html)), at=desk(of or source("a")))
    assert [faults(render(made)) for render in (render_atom, render_rss, render_json)] == [[]] * 3
    return made.entries[0], made


def links(made: Any) -> list[tuple[str | None, ...]]:
    root = etree.fromstring(render_atom(made).body)
    return [
        tuple(link.get(name) for name in ("href", "type", "length"))
        for link in root.iterfind(f"{ATOM}entry/{ATOM}link[@rel='enclosure']")
    ]


def item(made: Any) -> ET.Element:
    found = ET.fromstring(render_rss(made).body).find("channel/item")
    assert found is not None
    return found


def test_a_picture_is_an_enclosure_a_thumbnail_and_has_its_credit() -> None:
    _, made = shown(PICTURE)

    assert links(made) == [("https://a.example/p.jpg", "image/jpeg", None)]
    entry = etree.fromstring(render_atom(made).body).find(f"{ATOM}entry")
    for parent in (entry, item(made)):
        assert parent is not None
        thumbnail = parent.find(f"{MRSS}thumbnail")
        assert thumbnail is not None
        assert dict(thumbnail.items()) == {
            "url": "https://a.example/p.jpg", "width": "640", "height": "480",
        }  # fmt: skip
        assert parent.findtext(f"{MRSS}credit") == "Ann Author"
    assert json.loads(render_json(made).body)["items"][0]["image"] == PICTURE.url


def test_a_picture_that_the_text_shows_is_not_attached_once_more() -> None:
    _, made = shown(PICTURE, html='<p>x</p><img src="https://a.example/p.jpg">', of=FULL)

    assert links(made) == []
    assert read_back(render_atom(made).body).entries[0].media_thumbnail


@pytest.mark.parametrize(
    ("pictures", "chosen"),
    [
        pytest.param([Media("https://x.example/1"), Media("https://x.example/2")], 0, id="first"),
        pytest.param([Media("http://x.example/1"), Media("https://x.example/2")], 1, id="https"),
        pytest.param(
            [Media("https://x.example/1", width=140), Media("https://x.example/2", width=700)],
            1,
            id="no thumbnail",
        ),
        pytest.param([Media("https://x.example/1", width=90)], 0, id="a thumbnail for want of more"),
        pytest.param([Media("http://x.example/1")], 0, id="http for want of more"),
    ],
)  # fmt: skip
def test_b2_7_b6_9_one_rule_says_which_picture_is_the_entrys(
    pictures: list[Media], chosen: int
) -> None:
    images = [Media(m.url, "image/png", "image", width=m.width) for m in pictures]

    entry, _ = shown(*images)

    assert picture_of(entry) == images[chosen]
    secure = images[chosen].url.startswith("https:")
    assert _picture(entry) == (images[chosen] if secure else None)


def test_b2_7_sound_has_its_length_and_how_long_it_takes() -> None:
    _, made = shown(SOUND)

    assert links(made) == [("https://a.example/talk.mp3", "audio/mpeg", "10")]
    for body in (render_atom(made).body, render_rss(made).body):
        assert read_back(body).entries[0].itunes_duration == "3600"
    assert json.loads(render_json(made).body)["items"][0]["attachments"] == [
        {"url": SOUND.url, "mime_type": "audio/mpeg", "size_in_bytes": 10,
         "duration_in_seconds": 3600}
    ]  # fmt: skip


def test_b8_3_an_item_has_one_enclosure_with_a_length_the_sound_before_the_picture() -> None:
    picture = Media("https://a.example/p.png", "image/png", "image", enclosure=True)
    _, made = shown(picture, FILM, SOUND)

    enclosures = [dict(one.attrib) for one in item(made).iter("enclosure")]
    assert enclosures == [{"url": FILM.url, "length": "0", "type": "video/mp4"}]
    assert len(links(made)) == 3


def test_what_has_no_type_gets_that_of_its_address_or_is_no_enclosure_of_rss() -> None:
    _, made = shown(Media("https://a.example/x.ogg?y=1.mp4", kind="other", enclosure=True))
    assert links(made) == [("https://a.example/x.ogg?y=1.mp4", "audio/ogg", None)]

    _, made = shown(Media("https://a.example/x", kind="other", enclosure=True))
    assert links(made) == [("https://a.example/x", None, None)]
    assert item(made).find("enclosure") is None


def test_b1_2_a_feed_without_media_declares_nothing_of_theirs() -> None:
    _, made = shown()

    assert render_atom(made).body.count(b"xmlns") == 1


def test_b2_9_the_page_of_comments_is_linked_in_atom_and_rss() -> None:
    talk = "https://a.example/1#talk"
    made = feed(story(article("a", 1, comments=talk)))

    entry = read_back(render_atom(made).body).entries[0]
    assert [(x.href, x.type) for x in entry.links if x.rel == "replies"] == [(talk, "text/html")]
    assert item(made).findtext("comments") == talk


def test_b6_6_what_is_on_the_block_list_is_not_loaded_either() -> None:
    html = (
        '<p>a</p><img src="https://x.watch.example/1.gif"><img src="https://a.example/p.jpg">'
        '<video poster="https://watch.example/p" src="https://a.example/v.mp4"></video>'
        '<picture><source srcset="https://watch.example/1 1x, https://a.example/2 2x"></picture>'
        '<a href="https://watch.example/">b</a>'
    )
    media = (Media("https://watch.example/p.png", "image/png", "image"), SOUND)
    told = story(article("a", 1, media=media, html=html))
    blocked = Blocklist(hosts=frozenset(["watch.example"]))

    made = feed(told, at=desk(FULL, blocklist=blocked))

    assert made.entries[0].html == (
        '<p>a</p><img src="https://a.example/p.jpg"><video src="https://a.example/v.mp4"></video>'
        '<picture></picture><a href="https://watch.example/">b</a>'
    )
    assert made.entries[0].media == (SOUND,)


def test_b6_1_what_was_stored_by_the_rules_of_another_day_is_published_by_those_of_today() -> None:
    entry, _ = shown(html='<p onclick="1">a<bdo dir="rtl">b</bdo></p>', of=FULL)

    assert entry.html == "<p>ab</p>"
    assert shown(html="<script>1</script>", of=FULL)[0].html is None
