"""The gate's eyes: whatever the schemas and validators refuse, it refuses; what is well it lets pass."""

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from aggregator.model import Rendering, TopicFeed
from aggregator.publish.atom import render_atom, render_rss
from aggregator.publish.jsonfeed import render_json
from aggregator.publish.opml import render_sources
from aggregator.publish.valid import complaints
from tests.publish.helpers import complaints as by_the_schemas
from tests.publish.helpers import desk, faults, feed, story, topic_page
from tests.publish.test_atom import RICH
from tests.values import SITE, article, source

FULL = desk(source("a", content="full", licence="CC0"), source("b"))
GOOD = feed(story(RICH, article("b", 1)), story(article("a", 2)), at=FULL)
FORMATS: dict[str, Callable[[TopicFeed], Rendering]] = {
    "atom": render_atom, "rss": render_rss, "json": render_json, "html": topic_page,
}  # fmt: skip
RENDERED = {name: render(GOOD) for name, render in FORMATS.items()}


@pytest.mark.parametrize("name", FORMATS)
def test_b1_1_b8_2_b8_3_a_good_document_passes(name: str) -> None:
    assert faults(RENDERED[name]) == []
    assert faults(FORMATS[name](replace(GOOD, entries=()))) == []


def changed(name: str, old: str, new: str, times: int = 1) -> Rendering:
    body = RENDERED[name].body.decode()
    mutated, done = re.subn(old, new.replace("\\", "\\\\"), body, count=times, flags=re.DOTALL)
    assert done, f"{old} is not there"
    return replace(RENDERED[name], body=mutated.encode("utf-8", "surrogatepass"))


E = "(?<=<entry>)"  # the start of the last entry, which says no language
ATOM = {
    "no feed id": ("<id>.*?</id>", ""),
    "no self link": ('<link [^>]*rel="self"[^>]*/>', ""),
    "a second self link": ("<author>", '<link rel="self" href="https://x.example/"/><author>'),
    "no page": ('<link [^>]*rel="alternate" type="text/html"/>', ""),
    "no language": (' xml:lang="en"', ""),
    "no generator": ("<generator.*?</generator>", ""),
    "no author of the feed": ("<author>.*?</author>", ""),
    "no source": ("<source>.*?</source>", ""),
    "a source without id": ("<source><id>.*?</id>", "<source>"),
    "a source without title": ("(?<=</id>)<title>Source a</title><up", "<up"),
    "a source without links": ('<link rel="self" href="https://a.example/feed"/><link rel="alternate" type="text/html" href="https://a.example/"/>', ""),
    "source first": ("(<id>tag:a.example,2026:1</id>)(.*?)(<source>.*?</source>)", "SWAP"),
    "something behind source": ("</source></entry>", "</source><rights>x</rights></entry>"),
    "no author of the entry": ("<author><name>Ann Author</name></author><author><name>Ben Author</name></author>", ""),
    "an author without a name": ("Ann Author", " "),
    "the same id twice": ("<id>tag:news.example.org,2026:e/[a-z0-9]*", "<id>tag:a.example,2026:1"),
    "a date without zone": ("11:00:00Z</updated><published>", "11:00:00</updated><published>"),
    "a date in lower case": ("T11:00:00Z</published>", "t11:00:00z</published>"),
    "30 February": ("2026-11-22T11:00:00Z</published>", "2026-02-30T11:00:00Z</published>"),
    "RFC 822": ("2026-11-22T11:00:00Z</published>", "Sun, 22 Nov 2026 11:00:00 GMT</published>"),
    "1970": ("2026-11-22T11:00:00Z</published>", "1970-01-01T00:00:00Z</published>"),
    "published after it was updated": ("2026-11-22T11:00:00Z</published>", "2026-11-23T00:00:00Z</published>"),
    "the far future": ("2026-11-22T11:00:00Z</updated><published>", "2099-01-01T00:00:00Z</updated><published>"),
    "a feed older than its entry": ("<updated>2026-11-22T12:00:00Z", "<updated>2026-11-20T12:00:00Z"),
    "an id that is no URI": ("<id>tag:a.example,2026:1<", "<id>number one<"),
    "a relative id": ("<id>tag:a.example,2026:1<", "<id>/1<"),
    "an id that runs": ("<id>tag:a.example,2026:1<", "<id>javascript:alert(1)<"),
    "an IRI": ("<id>tag:a.example,2026:1<", "<id>tag:a.example,2026:é<"),
    "an id of 201 bytes": ("<id>tag:a.example,2026:1<", f"<id>tag:a.example,2026:{'1' * 182}<"),
    "an empty title": ("<title>Title of story 1</title>", "<title> </title>"),
    "a title of 301 characters": ("Title of story 1", "t" * 301),
    "an html title": ("<title>Title of", '<title type="html">Title of'),
    "an xhtml title": ("<title>Title of story 1", '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">x</div>'),
    "a title that turns round": ("Title of story 1", "\u202eTitle of story 1"),
    "an author that turns round": ("Ann Author", "Ann \u2067Author"),
    "a polyfill": ("<entry", '<script xmlns="http://www.w3.org/1999/xhtml" src="https://x.example/x.js"/><entry'),
    "no summary": ("<summary>.*?</summary>", ""),
    "a summary of 501 characters": ("<summary>", f"<summary>{'s' * 501}"),
    "content as xhtml": ('<content type="html">.*?</content>', '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">x</div></content>'),
    "content elsewhere": ('<content type="html">.*?</content>', '<content type="text/html" src="https://x.example/"/>'),
    "a script in content": ("&lt;p&gt;", "&lt;script&gt;1&lt;/script&gt;&lt;p&gt;"),
    "an attribute that acts": ("&lt;p&gt;", '&lt;p onmouseover="x"&gt;'),
    "a frame in content": ("&lt;p&gt;", '&lt;iframe src="https://x.example/"&gt;&lt;/iframe&gt;&lt;p&gt;'),
    "javascript in content": ("&lt;p&gt;", '&lt;a href="javascript:1"&gt;x&lt;/a&gt;&lt;p&gt;'),
    "data in content": ("&lt;p&gt;", '&lt;img src="data:image/svg+xml,x"&gt;&lt;p&gt;'),
    "a relative picture": ("&lt;p&gt;", '&lt;img src="/i.png"&gt;&lt;p&gt;'),
    "a style": ("&lt;p&gt;", '&lt;p style="position:fixed"&gt;'),
    "an svg": ("&lt;p&gt;", "&lt;svg&gt;&lt;/svg&gt;&lt;p&gt;"),
    "a comment in content": ("&lt;p&gt;", "&lt;!-- x --&gt;&lt;p&gt;"),
    "two alternates": ("<summary>", '<link rel="alternate" type="text/html" href="https://x.example/"/><summary>'),
    "a relative link": ('href="https://a.example/news/1"', 'href="/news/1"'),
    "a link that runs": ('href="https://a.example/news/1"', 'href="javascript:1"'),
    "a negative length": ('length="10"', 'length="-1"'),
    "rel=canonical": ('rel="replies"', 'rel="canonical"'),
    "rel=related": ('rel="replies"', 'rel="related"'),
    "a category without term": ('term="plain"', 'label="plain"'),
    "a relative scheme": ('scheme="https://a.example/tags"', 'scheme="tags"'),
    "an unknown element": ("<summary>", "<body>x</body><summary>"),
    "what is of the feed behind an entry": ("</entry></feed>", "</entry><icon>https://x.example/i.png</icon></feed>"),
    "xml:base": ("<feed ", '<feed xml:base="https://x.example/" '),
    "a bad language": ('xml:lang="de"', 'xml:lang="_de"'),
    "a mail address that is none": ("</name></author>", "</name><email>nobody</email></author>"),
    "a DOCTYPE": ("<feed ", '<!DOCTYPE feed [<!ENTITY x "y">]><feed '),
    "a style sheet": ("<feed ", '<?xml-stylesheet type="text/xsl" href="/x.xsl"?><feed '),
    "CDATA": ("<summary>", "<summary><![CDATA[x]]>"),
    "a comment": ("<summary>", "<!-- x --><summary>"),
    "an undeclared entity": ("<summary>", "<summary>&nbsp;"),
    "a control": ("<summary>", "<summary>\x08"),
    "a reference to a control": ("<summary>", "<summary>&#8;"),
    "a lone surrogate": ("<summary>", "<summary>\ud83d"),
    "halves of an emoji": ("<summary>", "<summary>&#xD83D;&#xDE00;"),
    "U+FFFE": ("<summary>", "<summary>\ufffe"),
    "cut off": ("</feed>", ""),
    "an archive without what is current": ("<entry", '<fh:archive xmlns:fh="http://purl.org/syndication/history/1.0"/><entry'),
}  # fmt: skip


@pytest.mark.parametrize("name", ATOM)
def test_b7_15_a_bad_atom_feed_is_seen(name: str) -> None:
    old, new = ATOM[name]
    if new == "SWAP":
        body = RENDERED["atom"].body.decode()
        first = re.search(old, body, re.DOTALL)
        assert first is not None
        swapped = body.replace(first[0], first[3] + first[1] + first[2])
        bad = replace(RENDERED["atom"], body=swapped.encode())
    else:
        bad = changed("atom", old, new)

    assert complaints(bad)


@pytest.mark.parametrize("what", ["a byte-order mark", "UTF-16", "nothing", "another document"])
def test_b1_1_bytes_that_are_no_feed_are_seen(what: str) -> None:
    good = RENDERED["atom"].body
    bodies = {
        "a byte-order mark": b"\xef\xbb\xbf" + good,
        "UTF-16": good.decode().encode("utf-16"),
        "nothing": b"",
        "another document": b'<?xml version="1.0" encoding="utf-8"?>\n<html/>',
    }
    for name in ("atom", "rss", "json", "html"):
        assert complaints(replace(RENDERED[name], body=bodies[what]))


def test_b1_1_whatever_the_schemas_refuse_the_gate_refuses() -> None:
    refused = 0
    for old, new in ATOM.values():
        if new == "SWAP":
            continue
        bad = changed("atom", old, new)
        try:
            refused += bool(by_the_schemas(bad.body))
        except SyntaxError:  # no XML at all
            continue
        assert complaints(bad) or not by_the_schemas(bad.body)

    assert refused > 30


RSS = {
    "another version": ('version="2.0"', 'version="0.91"'),
    "no link to itself": ("<atom:link [^>]*/>", ""),
    "no language": ("<language>en</language>", ""),
    "no description": ("<description>ISIS</description>", ""),
    "a date of another form": ("<lastBuildDate>.*?</", "<lastBuildDate>2026-11-22</"),
    "two channels": ("</channel>", "</channel><channel/>"),
    "a guid that is an address": ('isPermaLink="false"', 'isPermaLink="true"'),
    "the same guid twice": (">tag:news.example.org,2026:e/[a-z0-9]*", ">tag:a.example,2026:1"),
    "no guid": ("<guid.*?</guid>", ""),
    "no title": ("<item><title>.*?</title>", "<item>"),
    "a year of two digits": ("22 Nov 2026 11:00:00", "22 Nov 26 11:00:00"),
    "an author": ("<item>", "<item><author>a@b.example (A)</author>"),
    "two enclosures": ("<enclosure [^>]*/>", '<enclosure url="https://x.example/" length="0" type="a/b"/>' * 2),
    "no length": ('length="10" ', ""),
    "a negative length": ('length="10"', 'length="-1"'),
    "no type": (' type="audio/mpeg"', ""),
    "a relative link": ("<item>(.*?)<link>https://a.example/news/1", "<item><title>x</title><link>/news/1"),
    "comments that run": ("<comments>", "<comments>javascript:"),
    "an unknown element": ("<item>", "<item><body>x</body>"),
    "content before its description": ("<description>T", '<content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/">x</content:encoded><description>T'),
    "a script": ("&lt;p&gt;", "&lt;script&gt;"),
    "a title that turns round": ("<title>Title", "<title>\u202eTitle"),
    "no source": ("<source.*?</source>", ""),
    "a ttl of words": ("<ttl>30", "<ttl>thirty"),
}  # fmt: skip


@pytest.mark.parametrize("name", RSS)
def test_b8_3_a_bad_rss_feed_is_seen(name: str) -> None:
    assert complaints(changed("rss", *RSS[name]))


JSON: dict[str, Callable[[dict[str, object]], object]] = {
    "another version": lambda one: {**one, "version": "https://jsonfeed.org/version/1"},
    "no title": lambda one: {k: v for k, v in one.items() if k != "title"},
    "author for authors": lambda one: {**one, "author": {"name": "x"}},
    "no items": lambda one: {k: v for k, v in one.items() if k != "items"},
}
JSON_ITEM: dict[str, dict[str, object]] = {
    "a number as id": {"id": 1},
    "both contents": {"content_text": "x"},
    "no content": {"content_html": None},
    "a relative url": {"url": "/x"},
    "a date without zone": {"date_published": "2026-11-22T11:00:00"},
    "30 February": {"date_published": "2026-02-30T11:00:00Z"},
    "1970": {"date_published": "1970-01-01T00:00:00Z"},
    "author for authors": {"author": {"name": "x"}},
    "an author without a name": {"authors": [{"name": " "}]},
    "an attachment without a type": {"attachments": [{"url": "https://x.example/"}]},
    "a negative size": {
        "attachments": [{"url": "https://x.example/", "mime_type": "a/b", "size_in_bytes": -1}]
    },
    "a script": {"content_html": "<script>1</script>"},
    "a title that turns round": {"title": "\u202ex"},
    "no source": {"_source": None},
    "a picture that runs": {"image": "javascript:1"},
}


@pytest.mark.parametrize("name", JSON)
def test_b8_2_a_bad_json_feed_is_seen(name: str) -> None:
    document = JSON[name](json.loads(RENDERED["json"].body))

    assert complaints(replace(RENDERED["json"], body=json.dumps(document).encode()))


@pytest.mark.parametrize("name", JSON_ITEM)
def test_b8_2_a_bad_item_is_seen(name: str) -> None:
    document = json.loads(RENDERED["json"].body)
    first = {**document["items"][0], **JSON_ITEM[name]}
    document["items"][0] = {key: value for key, value in first.items() if value is not None}

    assert complaints(replace(RENDERED["json"], body=json.dumps(document).encode()))


def test_b8_2_the_same_id_twice_is_seen() -> None:
    document = json.loads(RENDERED["json"].body)
    document["items"] *= 2

    assert complaints(replace(RENDERED["json"], body=json.dumps(document).encode()))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<main", "<script>1</script><main"),
        ("<main", '<script src="https://x.example/x.js"></script><main'),
        ("<main", '<iframe src="https://x.example/"></iframe><main'),
        ("<main", '<meta http-equiv="refresh" content="0"><main'),
        ("<main", '<base href="https://x.example/"><main'),
        ("<main", "<!-- x --><main"),
        ("<article", '<article onclick="x"'),
        ("<article", '<article style="x"'),
        ('href="https://a.example/news/1"', 'href="java\tscript:1"'),
        ('src="https://a.example/p.jpg"', 'src="data:image/svg+xml,x"'),
        ("Title of story 1", "\u202eTitle"),
        ("<h1", "<h2"),
        (' lang="en"', ""),
    ],
)
def test_b6_9_a_bad_page_is_seen(old: str, new: str) -> None:
    assert complaints(changed("html", old, new))


def test_b6_9_a_script_of_our_own_files_would_be_none_of_a_strangers() -> None:
    assert (
        complaints(changed("html", "<main", '<script src="../assets/copy.js"></script><main')) == []
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version=.2.0.", 'version="1.0"'),
        ("<title>.*?</title>", ""),
        ("xmlUrl=.https", 'xmlUrl="file'),
        ('text="[^"]*"', ""),
    ],
)
def test_b8_4_a_bad_list_of_feeds_is_seen(old: str, new: str) -> None:
    good = render_sources(SITE, [source("a")], {})
    bad = re.sub(old, new, good.body.decode(), count=1)

    assert complaints(good) == []
    assert complaints(replace(good, body=bad.encode()))


def test_what_is_no_document_is_not_judged() -> None:
    assert complaints(Rendering("assets/x.css", "text/css; charset=utf-8", b"p{")) == []
