"""Whatever a feed says, nothing that is published of it runs, loads, watches or deceives (B6).

Each vector stands in every field of an entry; the feed goes the whole way, and every document of the
site is then read with a browser's rules (lexbor), in each place where a reader takes text for HTML.
"""

import datetime as dt
import html
import json
import re
from collections.abc import Iterator

import pytest
from lxml import etree
from selectolax.lexbor import LexborHTMLParser

from aggregator.pipeline.search import Search
from aggregator.publish.admission import AdmissionPolicy
from aggregator.store import SqlStore
from aggregator.text.html import clean_html, is_beacon
from tests.pipeline.helpers import World
from tests.publish.helpers import faults
from tests.values import setup, source, topic

VECTORS = """
<script>alert(1)</script>
<SCRIPT SRC=https://x.example/x.js></SCRIPT>
<scr<script>ipt>alert(1)</scr</script>ipt>
&lt;script&gt;alert(1)&lt;/script&gt;
&amp;lt;img src=x onerror=alert(1)&amp;gt;
<img src=x onerror=alert(1)>
<img src="x" onerror="alert(1)" width="640">
<svg onload=alert(1)><circle r=9></svg>
<svg/onload=alert(1)>
<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>
<svg><script href="https://x.example/x.js"></script></svg>
<svg><style><img src=x onerror=alert(1)></style></svg>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">
<math><a xlink:href="javascript:alert(1)">x</a></math>
<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>
<iframe src="https://x.example/frame"></iframe>
<iframe src="javascript:alert(1)"></iframe>
<iframe srcdoc="<script>alert(1)</script>"></iframe>
<object data="https://x.example/o.swf"><embed src="https://x.example/o.swf"></object>
<frameset><frame src="https://x.example/"></frameset>
<a href="javascript:alert(1)">x</a>
<a href="java&#10;script:alert(1)">x</a>
<a href="&#1;javascript:alert(1)">x</a>
<a href="JaVaScRiPt&colon;alert(1)">x</a>
<a href="vbscript:x">x</a>
<a href="data:text/html,<script>alert(1)</script>">x</a>
<a href="tel:+4712345678">x</a>
<a href="magnet:?xt=urn:btih:0">x</a>
<a href="file:///etc/passwd">x</a>
<a href="https://good.example@evil.example/">x</a>
<a href="/x" ping="https://x.example/ping" target="_blank" onclick="alert(1)">x</a>
<base href="https://x.example/"><a href="y">x</a>
<meta http-equiv="refresh" content="0;url=https://x.example/">
<link rel="stylesheet" href="https://x.example/x.css">
<style>@import "https://x.example/x.css"; body{display:none}</style>
<p style="position:fixed;inset:0;background:url(https://x.example/x.png)">x</p>
<div style="width:expression(alert(1))" id="main" class="skip" name="q">x</div>
<form action="https://x.example/"><input name=q onfocus=alert(1) autofocus><button formaction="javascript:alert(1)">x</button></form>
<template><script>alert(1)</script></template>
<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>
<textarea><img title="</textarea><img src=x onerror=alert(1)>"></textarea>
<title><img title="</title><img src=x onerror=alert(1)>"></title>
<xmp><img title="</xmp><img src=x onerror=alert(1)>"></xmp>
<noembed><img title="</noembed><img src=x onerror=alert(1)>"></noembed>
<noframes><img title="</noframes><img src=x onerror=alert(1)>"></noframes>
<plaintext><img src=x onerror=alert(1)>
<!--><img src=x onerror=alert(1)>-->
<!-- --!><img src=x onerror=alert(1)> -->
<![CDATA[<img src=x onerror=alert(1)>]]>
<?xml-stylesheet href="https://x.example/x.xsl"?>
<img src="https://x.example/1.gif" width="1" height="1">
<img src="https://x.example/2.gif" width="2px">
<img src="https://x.example/0.gif" height=0>
<img src="https://pixel.wp.com/b.gif?x=1">
<img src="https://feeds.feedburner.com/~r/News/~4/abc" width="640" height="480">
<img src="https://ad.doubleclick.net/x" srcset="https://pixel.wp.com/b.gif 2x">
<img src="https://a.example/i.png" srcset="javascript:alert(1) 1x, https://stats.wordpress.com/b.gif 2x, j.png 3x">
<img src="data:image/svg+xml,<svg onload=alert(1)>">
<picture><source srcset="https://pixel.wp.com/b.gif 1x"><img src="https://a.example/i.png"></picture>
<video autoplay loop muted src="https://a.example/v.mp4" poster="https://pixel.wp.com/b.gif" onplay=alert(1)></video>
<audio autoplay src="data:audio/mp3,x" onerror=alert(1)></audio>
<details open ontoggle=alert(1)>x</details>
<marquee onstart=alert(1)>x</marquee>
<body onload=alert(1)><html onclick=alert(1)>
<select><option><script>alert(1)</script></select>
<table><td background="javascript:alert(1)">x<tr><svg></table>
<a href="https://a.example/"><table><a href="javascript:alert(1)"><td>
<p lang="--><script>alert(1)</script>">x</p>
<a title="&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;" href="https://a.example/">x</a>
<time datetime="<img src=x onerror=alert(1)>">x</time>
<bdo dir="rtl">moc.live</bdo>
\u202egnp.exe\u202c \u2066x\u2069 \u202dy
&#8238;gnp.exe&#x202c;
<q cite="javascript:alert(1)">x</q>
<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>
<isindex action="javascript:alert(1)"><keygen autofocus onfocus=alert(1)>
<portal src="https://x.example/"></portal><fencedframe></fencedframe>
</p></div></article></main><script>alert(1)</script>
"><script>alert(1)</script><x y="
'><img src=x onerror=alert(1)>
]]></content:encoded><script>alert(1)</script>
{{ 7 * 7 }}{% raw %}<script>
""".strip().splitlines()

ITEM = """<item><guid isPermaLink="false">tag:a.example,2026:{n}</guid>
<title>isis canary{n} {v}</title><link>https://a.example/{n}?{u}</link><description>{v} canary{n}</description>
<content:encoded>&lt;p&gt;canary{n}&lt;/p&gt;{v}</content:encoded><dc:creator>{v} Ann</dc:creator>
<category>{v} c</category><comments>{v}</comments><media:thumbnail url="{q}"/><media:credit>{v} cr</media:credit>
<media:content url="https://a.example/p{n}.jpg" medium="image"><media:description>{v}</media:description></media:content>
<enclosure url="{q}" length="{q}" type="{q}"/><pubDate>Sun, 22 Nov 2026 {h:02}:00:00 GMT</pubDate></item>"""
TRICK = VECTORS[0] + "\u202e" + VECTORS[5]


def feed_of_vectors() -> bytes:
    shown = [
        ITEM.format(n=n, v=html.escape(v), q=html.escape(v, quote=True), u=html.escape(v), h=n % 12)
        for n, v in enumerate(VECTORS)
    ]
    trick = html.escape(TRICK)
    return (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">'
        f"<channel><title>{trick} Feed</title><link>javascript:alert(1)</link>"
        f"<description>{trick}</description><copyright>{trick}</copyright>"
        f"<managingEditor>{trick}</managingEditor>{''.join(shown)}</channel></rss>"
    ).encode()


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[str, bytes]]]:
    """Every document of a site whose one source is hostile: its type and its bytes, by path."""
    store = SqlStore(f"sqlite:///{tmp_path_factory.mktemp('hostile') / 'hostile.db'}")
    try:
        sources = [source("a", title=None, content="full", licence="CC0")]
        at_once = AdmissionPolicy(dt.timedelta(days=30), 1000, 1000)
        world = World(store, setup(sources, [topic("isis")], admission=at_once))
        world.serve("a", feed_of_vectors())
        world.poll_due()
        world.forward(hours=25)
        site = world.site()
        made = {path: site.document(path) for path in site.paths()}
        search = Search(store, lambda: world.setup)
        made |= {"search.atom?q": search.feed("canary*"), "search?q": search.page("canary*")[0]}
        made["search?bad"] = search.page(f'{VECTORS[0]} AND ("')[0]
        yield {
            path: (one.rendering.content_type.partition(";")[0], one.rendering.body)
            for path, one in made.items()
            if one is not None
        }
        assert [f for one in made.values() if one for f in faults(one.rendering)] == []
    finally:
        store.close()


# --- what must not be there ------------------------------------------------------------------------

RUNNING = frozenset(
    """
    script style link meta base form input button select option textarea object embed applet iframe
    frame frameset svg math template noscript noembed noframes title portal fencedframe marquee
    details isindex keygen plaintext xmp bdo foreignobject image
    """.split()
)
OF_PAGES = frozenset("link meta title form input button svg details".split())
SPEAKING = frozenset("style id class name target ping srcdoc formaction action background".split())
ADDRESSES = frozenset("href src srcset poster cite data action formaction background".split())
INERT_SVG = frozenset("svg path g rect line circle polyline polygon text tspan title desc".split())
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def dangers(markup: str, *, is_page: bool = False) -> Iterator[str]:
    """What a browser would find in this that no stranger may put there."""
    tree = LexborHTMLParser(markup)
    for node in tree.root.traverse(include_text=True) if tree.root else ():
        if node.tag == "-comment":
            yield f"comment {node.html}"
        if node.tag is None or node.tag.startswith("-") or node.tag in ("html", "head", "body"):
            continue
        if node.tag in RUNNING and not (is_page and node.tag in OF_PAGES):
            yield f"<{node.tag}>"
        for name, value in node.attributes.items():
            yield from _dangers_of(node.tag, name, value or "", is_page=is_page)
        if node.tag == "img":
            sizes = [node.attributes.get(name) or "640" for name in ("width", "height")]
            if any(size.isdigit() and int(size) <= 2 for size in sizes):
                yield f"a pixel {node.html}"


def _dangers_of(tag: str, name: str, value: str, *, is_page: bool) -> Iterator[str]:
    if name.startswith("on") or ":" in name:
        yield f"{tag} {name}"
    if name in SPEAKING - ({"id", "class", "name", "action"} if is_page else set()):
        yield f"{tag} {name}"
    if name not in ADDRESSES:
        return
    for part in value.split(", ") if name == "srcset" else [value]:
        address = re.sub(r"[\x00-\x20]+", "", part.split(" ")[0] if name == "srcset" else part)
        scheme = re.match(r"([A-Za-z][A-Za-z0-9+.\-]*):", address)
        if scheme is None and not is_page:
            yield f"{tag} {name}={value} is relative"
        if scheme is not None and scheme[1].lower() not in ("http", "https", "mailto"):
            yield f"{tag} {name}={value}"
        if tag in ("img", "source", "video", "audio") and is_beacon(address):
            yield f"{tag} {name}={value} watches"
        if is_page and tag == "img" and not address.startswith("https://"):
            yield f"{tag} {name}={value} is not https"


def markup_in(content_type: str, body: bytes) -> Iterator[tuple[str, str]]:
    """Each text of a feed that readers take for HTML, and the lines that they show as they are."""
    match content_type:
        case "application/feed+json":
            for item in json.loads(body)["items"]:
                yield "html", item.get("content_html", "")
                for line in (item["title"], *(author["name"] for author in item["authors"])):
                    yield "line", line
        case "application/atom+xml":
            for element in etree.fromstring(body).iter():
                if element.get("type") == "html":
                    yield "html", element.text or ""
                elif str(element.tag).rpartition("}")[2] in ("title", "name", "rights", "credit"):
                    yield "line", element.text or ""
        case "application/rss+xml":
            for element in etree.fromstring(body).iter():
                name = str(element.tag).rpartition("}")[2]
                if name in ("description", "encoded"):
                    yield "html", element.text or ""
                elif name in ("title", "creator", "category", "copyright", "source", "credit"):
                    yield "line", element.text or ""
        case "text/x-opml":
            for element in etree.fromstring(body).iter("outline"):
                yield "line", element.get("text", "")


FEEDS = ("application/atom+xml", "application/rss+xml", "application/feed+json", "text/x-opml")
Documents = dict[str, tuple[str, bytes]]


def test_b6_1_every_vector_was_published_all_the_same(documents: Documents) -> None:
    for path in ("topics/isis.atom", "topics/isis.rss", "topics/isis.json"):
        body = documents[path][1].decode()
        assert [n for n in range(len(VECTORS)) if f"canary{n}" not in body] == []
    assert sum(path.startswith("stories/") for path in documents) == len(VECTORS)


def test_b6_1_b6_3_b6_4_b6_6_no_feed_holds_what_runs_loads_or_watches(documents: Documents) -> None:
    looked_at = 0
    for path, (content_type, body) in documents.items():
        if content_type in FEEDS:
            for kind, text in markup_in(content_type, body):
                looked_at += 1
                # A reader that takes a title for HTML is not to be led to do anything either.
                found = [d for d in dangers(text) if kind == "html" or not d.startswith("<")]
                assert found == [], f"{path}: {text}"
    assert looked_at > 8 * len(VECTORS)


def test_b6_4_b6_9_no_page_holds_what_runs_loads_or_watches(documents: Documents) -> None:
    pages = {path: body for path, (kind, body) in documents.items() if kind == "text/html"}
    assert len(pages) > len(VECTORS) + 5

    for path, body in pages.items():
        assert list(dangers(body.decode(), is_page=True)) == [], path
        tree = LexborHTMLParser(body.decode())
        assert {node.tag for node in tree.css("svg, svg *")} <= INERT_SVG
        assert all(
            (node.attributes.get("src") or "").startswith("https://") for node in tree.css("img")
        )
        assert len(tree.css("main")) == len(tree.css("h1")) == 1, path


def test_b4_7_no_line_turns_the_reading_direction(documents: Documents) -> None:
    for path, (content_type, body) in documents.items():
        assert not re.search("[\u202d\u202e]", body.decode()), path
        if content_type not in FEEDS:
            assert not TURNING.search(html.unescape(body.decode())), path
            continue
        for kind, text in markup_in(content_type, body):
            # Full texts may isolate a name in another script; a line beside others may not.
            turning = re.compile("[\u202d\u202e]") if kind == "html" else TURNING
            assert not turning.search(html.unescape(text))


def test_b4_2_b4_6_b11_1_b11_3_b11_4_no_feed_is_more_than_its_elements(
    documents: Documents,
) -> None:
    for path, (content_type, body) in documents.items():
        if content_type.endswith("xml"):
            for forbidden in (b"<!DOCTYPE", b"<![CDATA[", b"<!--", b"<?xml-stylesheet"):
                assert forbidden not in body, path
            names = {str(element.tag) for element in etree.fromstring(body).iter()}
            assert not [name for name in names if "xhtml" in name or name.endswith("script")]
            assert body.count(b"<?") == 1


def test_b6_3_no_address_shows_one_host_and_opens_another(documents: Documents) -> None:
    named = re.compile(rb"""["> ]https?://[^/?#"'<>\s]*@""")
    assert not [path for path, (_, body) in documents.items() if named.search(body)]


# --- what is clean stays clean, also where parsers disagree -----------------------------------------


@pytest.mark.parametrize("vector", VECTORS)
def test_b6_8_what_is_clean_stays_so_when_a_browser_writes_it_anew(vector: str) -> None:
    for markup in (vector, html.unescape(vector), f"<p>{vector}</p><b>{vector}"):
        clean = clean_html(markup, "https://a.example/")
        again = LexborHTMLParser(clean)
        assert again.body is not None
        once = again.body.html or ""
        twice = LexborHTMLParser(once).body
        assert twice is not None

        assert list(dangers(clean)) == []
        assert list(dangers(once)) == []
        assert twice.html == once
        assert clean_html(clean) == clean
