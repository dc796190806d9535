"""Foreign HTML made safe to republish (B6): every vector, and the fixed point."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree
from lxml import html as lxml_html

from aggregator.text import html as html_module
from aggregator.text.html import (
    MAX_CONTENT,
    MAX_IMAGES,
    clean_html,
    is_beacon,
    is_clean,
    shorten_html,
    visible_text,
)
from aggregator.text.titles import title_text

BASE = "https://a.example/news/story.html"
REL = 'rel="noopener noreferrer"'


# --- what goes, what stays -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        # addresses that run
        pytest.param('<a href="javascript:1">x</a>', f"<a {REL}>x</a>", id="javascript"),
        pytest.param('<a href="java\tscript:1">x</a>', f"<a {REL}>x</a>", id="with a tab"),
        pytest.param('<a href="java\nscript:1">x</a>', f"<a {REL}>x</a>", id="with a newline"),
        pytest.param('<a href="&#1;javascript:1">x</a>', f"<a {REL}>x</a>", id="with a control"),
        pytest.param('<a href="JavaScript&colon;1">x</a>', f"<a {REL}>x</a>", id="with an entity"),
        pytest.param('<a href="&#106;avascript:1">x</a>', f"<a {REL}>x</a>", id="with a reference"),
        pytest.param('<a href="vbscript:1">x</a>', f"<a {REL}>x</a>", id="vbscript"),
        pytest.param('<a href="data:text/html,x">x</a>', f"<a {REL}>x</a>", id="data link"),
        pytest.param('<a href="tel:1">x</a>', f"<a {REL}>x</a>", id="tel"),
        pytest.param('<a href="magnet:?x">x</a>', f"<a {REL}>x</a>", id="magnet"),
        pytest.param('<img src="javascript:1">', "", id="javascript image"),
        pytest.param('<img src="data:image/svg+xml,x">', "", id="data image"),
        pytest.param('<video poster="javascript:1"></video>', "<video></video>", id="poster"),
        pytest.param('<q cite="javascript:1">x</q>', "<q>x</q>", id="cite"),
        # elements that run, ask or hide
        pytest.param("<script>1</script>x", "x", id="script"),
        pytest.param("<style>p{}</style>x", "x", id="style"),
        pytest.param('<svg><a xlink:href="javascript:1">y</a></svg>x', "x", id="svg xlink"),
        pytest.param('<math><a xlink:href="javascript:1">y</a></math>x', "x", id="math xlink"),
        pytest.param("<template><script>1</script>y</template>x", "x", id="template"),
        pytest.param("<object data=y>z</object>x", "x", id="object"),
        pytest.param("<embed src=y>x", "x", id="embed"),
        pytest.param("<link rel=stylesheet href=y>x", "x", id="link"),
        pytest.param('<meta http-equiv=refresh content="0;url=y">x', "x", id="meta refresh"),
        pytest.param(
            '<base href="https://evil.example/"><a href="b">x</a>',
            f'<a href="https://a.example/news/b" {REL}>x</a>',
            id="base",
        ),
        pytest.param(
            '<form action="https://e.example/"><input name=q><button formaction=y>go</button>x</form>',
            "x",
            id="form, input, button, formaction",
        ),
        pytest.param("<select><option>y</select>x", "x", id="select"),
        pytest.param("<textarea>y</textarea>x", "x", id="textarea"),
        pytest.param("<title>y</title>x", "x", id="title"),
        pytest.param(
            '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
            '<img src="https://a.example/news/x">"&gt;',
            id="noscript mutation",
        ),
        # attributes that run, ask or name
        pytest.param("<p onclick=x onload=y>x</p>", "<p>x</p>", id="on…"),
        pytest.param('<p style="background:url(y)">x</p>', "<p>x</p>", id="style attribute"),
        pytest.param("<p id=__proto__ class=c>x</p>", "<p>x</p>", id="id and class"),
        pytest.param(
            '<a ping="/p" target=_blank rel=opener name=n href="/b">x</a>',
            f'<a href="https://a.example/b" {REL}>x</a>',
            id="ping, target, rel, name",
        ),
        pytest.param("<video autoplay loop controls></video>", '<video controls=""></video>',
                     id="only controls of a film"),
        # what is not markup
        pytest.param("x<!-- y -->z", "xz", id="comment"),
        pytest.param("x<!-- <p>y</p>", "x", id="unclosed comment"),
        pytest.param("<![CDATA[<script>1</script>]]>x", "1]]&gt;x", id="CDATA"),
        pytest.param("<?php y ?>x", "x", id="processing instruction"),
        pytest.param("<plaintext><b>x", "&lt;b&gt;x", id="plaintext"),
        pytest.param("1 < 2 & 3", "1 &lt; 2 &amp; 3", id="text with signs"),
        pytest.param("a > b", "a &gt; b", id="text with one sign"),
        # addresses made absolute
        pytest.param('<a href="//b.example/x">x</a>', f'<a href="https://b.example/x" {REL}>x</a>',
                     id="//host"),
        pytest.param('<a href="../x">x</a>', f'<a href="https://a.example/x" {REL}>x</a>',
                     id="relative href"),
        pytest.param('<img src="i.png" alt="i">', '<img src="https://a.example/news/i.png" alt="i">',
                     id="relative src"),
        pytest.param('<video poster="p.png" src="v.mp4"></video>',
                     '<video poster="https://a.example/news/p.png" '
                     'src="https://a.example/news/v.mp4"></video>', id="relative poster"),
        pytest.param('<q cite="/c">x</q>', '<q cite="https://a.example/c">x</q>',
                     id="relative cite"),
        pytest.param('<a href=" mailto:a@b.example?subject=x ">x</a>',
                     f'<a href="mailto:a@b.example?subject=x" {REL}>x</a>', id="mailto stays"),
        pytest.param('<a href="https://u:p@b.example/">x</a>', f'<a href="https://b.example/" {REL}>x</a>',
                     id="no password"),
        # what stays
        pytest.param(
            '<p lang="fr" dir="rtl">A <b>b</b> <em>c</em><br>d</p><ul><li>e</li></ul>',
            '<p lang="fr" dir="rtl">A <b>b</b> <em>c</em><br>d</p><ul><li>e</li></ul>',
            id="plain structure",
        ),
        pytest.param('<td colspan="2">', "", id="a cell without a table"),
        pytest.param("<font color=red>x</font><center>y</center>", "xy", id="old dress goes, text stays"),
        pytest.param("<p>a<p>b", "<p>a</p><p>b</p>", id="what is open is closed"),
    ],
)  # fmt: skip
def test_b6_v_vector(html: str, clean: str) -> None:
    assert clean_html(html, BASE) == clean


@pytest.mark.parametrize("html", ['<a href="/b">x</a>', '<img src="b.png">x', '<q cite="c">x</q>'])
def test_b6_3_what_cannot_be_resolved_goes(html: str) -> None:
    assert not re.search("href|src|cite", clean_html(html, base=None))


# --- srcset ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("srcset", "clean"),
    [
        pytest.param("b.png 2x", "https://a.example/news/b.png 2x", id="one"),
        pytest.param(
            "b.png 1x, /c.png 2x",
            "https://a.example/news/b.png 1x, https://a.example/c.png 2x",
            id="two",
        ),
        pytest.param(
            "b.png 320w,c.png 640w",
            "https://a.example/news/b.png 320w, https://a.example/news/c.png 640w",
            id="no blank after the comma",
        ),
        pytest.param("b.png", "https://a.example/news/b.png", id="no size"),
        pytest.param("b.png,", "https://a.example/news/b.png", id="a comma at the end"),
        pytest.param("b,c.png 2x", "https://a.example/news/b%2Cc.png 2x", id="a comma inside"),
        pytest.param(
            "b.png 1x, javascript:1 2x, //c.example/d.png 1.5x",
            "https://a.example/news/b.png 1x, https://c.example/d.png 1.5x",
            id="one that runs",
        ),
        pytest.param("b.png 1x, https://pixel.wp.com/b.gif 2x", "https://a.example/news/b.png 1x",
                     id="one that watches"),
        pytest.param("b.png huge, c.png 2x", "https://a.example/news/c.png 2x", id="no such size"),
    ],
)  # fmt: skip
def test_b6_3_each_candidate_of_a_srcset_is_absolute(srcset: str, clean: str) -> None:
    html = clean_html(f'<img src="/a.png" srcset="{srcset}">', BASE)

    assert html == f'<img src="https://a.example/a.png" srcset="{clean}">'


@pytest.mark.parametrize("srcset", ["", " , ,", "javascript:1 2x", "data:image/png,x"])
def test_b6_3_a_srcset_without_a_candidate_goes(srcset: str) -> None:
    html = clean_html(f'<img src="/a.png" srcset="{srcset}">', BASE)

    assert html == '<img src="https://a.example/a.png">'


# --- frames, pictures that watch -------------------------------------------------------------------


def test_b6_4_a_frame_becomes_a_plain_link() -> None:
    html = '<p>See <iframe src="//v.example/e?a=1&amp;b=2" width=1></iframe>!</p>'

    assert clean_html(html, BASE) == (
        f'<p>See <a href="https://v.example/e?a=1&amp;b=2" {REL}>https://v.example/e?a=1&amp;b=2</a>!</p>'
    )


@pytest.mark.parametrize(
    "frame",
    [
        "<iframe></iframe>",
        '<iframe src="javascript:1"></iframe>',
        '<iframe srcdoc="<script>1</script>"></iframe>',
        '<iframe><img src="https://e.example/p.gif" width="1"></iframe>',
        "<iframe><script>1</script></iframe>",
    ],
)
def test_b6_4_a_frame_without_an_address_goes_with_all_it_holds(frame: str) -> None:
    assert clean_html(f"a{frame}b", BASE) == "ab"


def test_a_frame_in_capitals_is_a_frame() -> None:
    assert 'href="https://v.example/"' in clean_html('<IFRAME SRC="https://v.example/"></IFRAME>')


@pytest.mark.parametrize(
    "size",
    ["width=1 height=1", "width=0", 'height="2"', 'width="1px"', 'width=" 1 "', 'width="01"',
     'width="1.5"', 'height="0.5px"', 'width=".5"', 'width="1;"', 'width="2.0"'],
)  # fmt: skip
def test_b6_6_a_picture_too_small_to_see_goes(size: str) -> None:
    assert clean_html(f'a<img src="https://b.example/p.png" {size}>b') == "ab"


@pytest.mark.parametrize(
    "size", ["width=3", "width=10 height=20", 'width="100%"', 'width="2.5"', 'width="1%"']
)
def test_a_picture_large_enough_to_see_stays(size: str) -> None:
    assert "<img" in clean_html(f'<img src="https://b.example/p.png" {size}>')


BEACONS = [
    "https://feeds.feedburner.com/~r/News/~4/abc",
    "http://feeds.feedburner.com/~ff/News?d=yIl2AUoC8zA",
    "https://pixel.wp.com/b.gif?host=a.example",
    "https://stats.wordpress.com/b.gif",
    "https://ad.doubleclick.net/ad/x",
    "https://medium.com/_/stat?event=post.clientViewed",
    "https://mail.a.example/tracking/open/123.gif",
    "https://www.facebook.com/tr?id=1",
]


@pytest.mark.parametrize("url", BEACONS)
def test_b6_6_a_known_beacon_goes_whatever_size_it_says(url: str) -> None:
    assert clean_html(f'a<img src="{url}" width="640" height="480">b') == "ab"


@pytest.mark.parametrize(
    "html",
    ['<video poster="{}"></video>', '<video src="{}"></video>', '<audio src="{}"></audio>',
     '<picture><source srcset="{} 1x"></picture>', "<iframe src='{}'></iframe>"],
)  # fmt: skip
def test_b6_6_a_beacon_hides_nowhere_else(html: str) -> None:
    assert "http" not in clean_html(html.format(BEACONS[2]))


def test_a_link_to_a_beacon_is_the_readers_to_follow() -> None:
    assert BEACONS[0] in clean_html(f'<a href="{BEACONS[0]}">x</a>')


@pytest.mark.parametrize(
    "url",
    ["https://a.example/cat.jpg", "https://doubleclick.example/x.png", "https://medium.com/x"],
)
def test_an_honest_picture_is_no_beacon(url: str) -> None:
    assert not is_beacon(url)


def test_b6_7_a_hundred_pictures_and_no_more() -> None:
    html = clean_html("".join(f'<img src="https://a.example/{n}.png">' for n in range(150)))

    assert html.count("<img") == MAX_IMAGES
    assert "/99.png" in html


# --- bottomless ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "html",
    [
        pytest.param("<div>" * 50_000 + "word", id="50,000 div"),
        pytest.param("<table>" * 50_000 + "word", id="50,000 tables"),
        pytest.param("<font>" * 50_000 + "word", id="50,000 font"),
        pytest.param("<p>" + "<b x>" * 1000 + "<p>y" * 1000 + "word", id="formatting opened again"),
        pytest.param("<svg>" * 50_000 + "word", id="50,000 svg"),
    ],
)
def test_b6_7_bottomless_nesting_leaves_its_text_in_linear_space(html: str) -> None:
    clean = clean_html(html)

    assert "<" not in clean
    assert len(clean) < 2 * len(html)
    assert "word" in clean


@pytest.mark.parametrize("levels", [10, 100])
def test_honest_nesting_stays(levels: int) -> None:
    html = "<blockquote>" * levels + "word" + "</blockquote>" * levels

    assert clean_html(html) == html


def test_many_siblings_are_no_nesting() -> None:
    html = "<ul>" + "<li>a" * 5000 + "</ul>" + "<p>b<br>" * 5000

    assert clean_html(html).count("<li>") == 5000


# --- the fixed point -------------------------------------------------------------------------------

PIECES = """
<p>|</p>|<b>|</b>|<a href="/x">|<a href="javascript:1">|<a><a>|</a>|<table>|<tr>|<td>|</td>|</table>
<svg>|</svg>|<math>|</math>|<mtext>|<mglyph>|<annotation-xml encoding="text/html">|<foreignObject>|<desc>
<style>|</style>|<script>|</script>|<title>|</title>|<textarea>|</textarea>|<noscript>|</noscript>
<template>|</template>|<iframe src="/f">|<iframe srcdoc="<p>">|</iframe>|<xmp>|</xmp>|<plaintext>
<noembed>|<noframes>|<frameset>|<body onload=1>|<html>|<head>|<form>|</form>|<select>|<option>|</select>
<!--|-->|--!>|<![CDATA[|]]>|<?x ?>|<!DOCTYPE x>|<p title="</noscript><img src=x onerror=1>">|"|'|<|>|&
<img src=x onerror=1>|<img src="a.png" srcset="b 1x, c,d 2x">|<img width=1 src=y>|<image src=x>
<video poster=x src=y>|<source src=z srcset="q 1w">|<a href="http://u:p@h.example/%zz|{}[]">
<img src="https://h.example/a&amp;b?c=<>&quot;">|<td colspan="&quot;&gt;">|<time datetime="<img src=x>">
<span lang="-->">|<p style="x:url(y)" id=z class=c>|<bdo dir=rtl>|<li>|<dd>|<col>|<caption>|<rp>|<rt>|<h1>
<pre>|</pre>|<nobr>|<i>|</i>|<br/>|</br>|<hr>|<center>|&lt;|&amp;|&#60;|&#x3c;script&#x3e;|&quot;|&nbsp;
&#0;|&#128;|&#xd800;|&#55357;&#56832;|&#xfffe;|&#13;|&#10;|&lang=|&colon;|&Tab;|x|word |é|中
""".replace("\n", "|").split("|")
MARKUP = st.lists(
    st.sampled_from([piece for piece in PIECES if piece])
    | st.sampled_from(["\n", "\r\n", "\t", "\x00", "\x0b", "\x85", "\u2028", "\ud800", "\ufffe"]),
    max_size=16,
).map("".join)

FORBIDDEN_TAGS = frozenset(
    """
    script style link meta base form input button object embed iframe svg math template noscript
    frame frameset select option textarea title xmp plaintext noembed noframes applet marquee
    foreignobject annotation-xml isindex keygen portal
    """.split()
)
FORBIDDEN_ATTRIBUTES = frozenset(
    """
    style id class name target ping srcdoc formaction action background data xlink:href autoplay
    """.split()
)


@given(MARKUP, st.sampled_from([None, BASE]))
@example("<pre>\n\n\nx", None)
@example('<a href="/x"><nobr><table><a href="/y"><td>', BASE)
@example("<li><form><li>x", None)
@example('<iframe><ruby><img src="a.png" srcset="b 1x">', None)
def test_b6_8_cleaning_again_changes_nothing(html: str, base: str | None) -> None:
    clean = clean_html(html, base)

    assert clean_html(clean, base) == clean
    assert clean_html(clean) == clean


@given(MARKUP)
def test_b6_1_what_is_clean_is_known_for_it_without_a_parser(html: str) -> None:
    assert is_clean(clean_html(html, BASE))


@pytest.mark.parametrize(
    "html",
    [
        "<script>1</script>",
        "<p onclick=1>",
        '<p onclick="1">',
        '<a href="javascript:1">x</a>',
        '<a title="t" href="data:x">x</a>',
        '<img src="/relative.png">',
        '<bdo dir="rtl">x</bdo>',
        "a\u202eb",
        "<p",
        "<!-- x -->",
        "<p/onclick=1>",
    ],
)
def test_b6_1_what_is_not_clean_is_told_from_it(html: str) -> None:
    assert not is_clean(html)


def test_b6_1_words_about_markup_are_clean() -> None:
    assert is_clean(clean_html('<p>Write &lt;img src="x" onerror="y"&gt; or src="x" &amp; see</p>'))


@given(MARKUP)
def test_b6_8_parsed_again_nothing_forbidden_is_left(html: str) -> None:
    assert list(forbidden(clean_html(html, BASE))) == []


def forbidden(clean: str) -> Iterator[str]:
    """What another parser of HTML finds in it that must not be there."""
    root = lxml_html.fromstring(f"<div>{clean}</div>")
    for node in root.iter():
        if isinstance(node, etree._Comment | etree._ProcessingInstruction):
            yield f"comment {node}"
            continue
        tag = str(node.tag)
        if tag in FORBIDDEN_TAGS or ":" in tag:
            yield f"<{tag}>"
        for name, value in ((str(key), str(node.attrib[key])) for key in node.attrib):
            if name in FORBIDDEN_ATTRIBUTES or name.startswith("on"):
                yield f"{name}="
            scheme = re.match(r"[\x00-\x20]*([A-Za-z][^:/?#]*):", value)
            if name in ("href", "src", "poster", "cite", "srcset") and (
                scheme is None or scheme[1] not in ("http", "https", "mailto")
            ):
                yield f"{name}={value}"


@pytest.mark.parametrize(
    "html",
    [
        "<script>",
        "<p onclick=x>",
        '<a href="javascript:1">',
        '<img src="x">',
        "<!-- x -->",
        "<p id=x>",
    ],
)
def test_the_other_parser_sees_what_is_forbidden(html: str) -> None:
    assert list(forbidden(html))


@given(st.text(st.characters()) | MARKUP)
def test_whatever_is_given_is_text_that_xml_can_carry(html: str) -> None:
    etree.Element("t").text = clean_html(html, BASE)  # raises if not


@given(st.text())
def test_plain_text_is_still_there_to_read(text: str) -> None:
    words = re.findall(r"\w+", text, re.ASCII)
    html = clean_html(" ".join(words))

    assert visible_text(html) == " ".join(words)


def test_a_line_break_at_the_start_of_pre_is_no_part_of_it() -> None:
    assert clean_html("<pre>\n\n  one\n  two</pre>") == "<pre>  one\n  two</pre>"


def test_what_cannot_be_settled_ends_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aggregator.text.html.MAX_PASSES", 1)

    assert clean_html("<p>One <b>two</p><script>3</script>") == "One two"


# --- what a reader sees ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clean", "text"),
    [
        pytest.param("<p>One</p><p>two</p>", "One\ntwo", id="paragraphs are lines"),
        pytest.param("one<br>two", "one\ntwo", id="a break is a line"),
        pytest.param("<ul><li>a</li><li>b</li></ul>", "a\nb", id="items are lines"),
        pytest.param(
            "<table><tbody><tr><td>a</td><td>b</td></tr></tbody></table>", "a\nb", id="cells"
        ),
        pytest.param("w<b>or</b>d", "word", id="a phrase tag divides no word"),
        pytest.param("A &amp; B &lt;3", "A & B <3", id="entities are read"),
        pytest.param("a&nbsp;b   c", "a b c", id="blanks collapse"),
        pytest.param('<img src="https://a.example/" alt="alt">', "", id="a picture says nothing"),
        pytest.param('<a href="https://a.example/isis" title="t">x</a>', "x", id="nor an address"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_the_text_a_reader_sees(clean: str, text: str) -> None:
    assert visible_text(clean) == text


@given(MARKUP)
def test_no_markup_is_left_to_see(html: str) -> None:
    seen = visible_text(clean_html(re.sub("[<>]", " ", unescape(html)) + "<p><b>x", BASE))

    assert "<" not in seen


# --- too long --------------------------------------------------------------------------------------

LINK = f'<p><a href="https://a.example/x" {REL}>Read on</a></p>'


def test_what_is_short_enough_stays() -> None:
    assert shorten_html("<p>x</p>", "https://a.example/x") == "<p>x</p>"


def test_b6_7_long_text_is_cut_between_blocks_with_a_link_to_the_rest() -> None:
    html = "".join(f"<p>Paragraph {n:07}</p>" for n in range(10_000))

    shortened = shorten_html(html, "https://a.example/x")

    assert re.fullmatch(rf"(<p>Paragraph \d{{7}}</p>)+{re.escape(LINK)}", shortened)
    assert MAX_CONTENT * 0.9 < len(shortened) < MAX_CONTENT + len(LINK)


def test_b6_7_without_an_address_there_is_no_link() -> None:
    assert shorten_html("<p>x</p>" * 50_000, None).endswith("<p>x</p>")


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        pytest.param("<p>" + "word " * 50_000 + "</p>", "word", id="one paragraph"),
        pytest.param("word " * 50_000, "word", id="bare text"),
        pytest.param("<div><p>" + "w" * 200_000 + "</p></div>", "w", id="one endless word"),
        pytest.param("<b>" + "x &amp; " * 50_000 + "</b>", "x &amp;", id="references"),
        pytest.param("<b>" + '<i title="y">x</i>' * 20_000 + "</b>", "<i>x</i>", id="inline tags"),
    ],
)
def test_b6_7_one_huge_block_is_cut_and_not_dropped(html: str, kept: str) -> None:
    shortened = shorten_html(clean_html(html), "https://a.example/x")

    assert MAX_CONTENT * 0.9 < len(shortened) < MAX_CONTENT + 200
    assert shortened.count(kept) > 5000
    assert shortened.endswith(LINK) or LINK in shortened


def test_b6_7_letters_of_several_bytes_count_as_such() -> None:
    shortened = shorten_html("<p>نص عربي طويل</p>" * 6000, "https://a.example/x")

    assert MAX_CONTENT * 0.9 < len(shortened.encode()) < MAX_CONTENT + 200
    assert shortened.endswith(LINK)


@given(st.integers(0, 12))
def test_a_cut_never_falls_inside_a_reference(shift: int) -> None:
    shortened = shorten_html("x" * shift + "&amp;y" * 50_000, None)

    assert re.fullmatch("x*(&amp;y)*(&amp;)?", shortened)


@given(MARKUP)
def test_a_cut_text_is_still_clean(html: str) -> None:
    shortened = shorten_html(clean_html(html * 3 + "z" * MAX_CONTENT, BASE), "https://a.example/x")

    assert clean_html(shortened) == shortened


# --- titles ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "text"),
    [
        pytest.param("AT&amp;T", "AT&T", id="escaped once"),
        pytest.param("AT&amp;amp;T", "AT&T", id="escaped twice"),
        pytest.param("AT&amp;amp;amp;T", "AT&T", id="escaped three times"),
        pytest.param("AT&T", "AT&T", id="not escaped"),
        pytest.param("Let&#39;s &#x27;Dance&#x27;", "Let's 'Dance'", id="apostrophes"),
        pytest.param("pel&iacute;culas", "películas", id="a named entity"),
        pytest.param("<b>Bold</b> and <i>not</i>", "Bold and not", id="markup"),
        pytest.param("&lt;b&gt;Bold&lt;/b&gt;", "Bold", id="escaped markup"),
        pytest.param("Use of the &lt;b&gt; tag", "Use of the <b> tag", id="about a tag"),
        pytest.param("A &lt;img src=x onerror=f()&gt; b", "A b", id="an escaped tag that acts"),
        pytest.param("A &lt;u onclick='f()'&gt; b", "A b", id="an escaped tag with attributes"),
        pytest.param("A &lt;svg onload=f()&gt; b", "A b", id="a drawing that acts"),
        pytest.param("A &lt;svg/onload=f()&gt; b", "A b", id="and without a blank"),
        pytest.param("A <details open ontoggle='f()'> b", "A b", id="whatever it is called"),
        pytest.param("A &lt;iframe src=https://x.example/&gt; b", "A b", id="an escaped frame"),
        pytest.param("A &lt;iframe&gt; b", "A b", id="even a bare one"),
        pytest.param("A &lt;x onclick=f()", "A", id="and one that is not closed"),
        pytest.param("x <y and y> 3", "x <y and y> 3", id="signs with words between"),
        pytest.param("a<br/>b", "ab", id="a break"),
        pytest.param("<script>alert(1)</script>Hi", "Hi", id="a script and what it says"),
        pytest.param("<STYLE>p{}</style >Hi", "Hi", id="a style and what it says"),
        pytest.param("The <script> tag", "The tag", id="a script never closed loses its tag alone"),
        pytest.param("1 < 2 > 0", "1 < 2 > 0", id="signs are no tags"),
        pytest.param("I <3 XML & co.", "I <3 XML & co.", id="a heart"),
        pytest.param("two\n  lines", "two lines", id="two lines"),
        pytest.param("&#55357;&#56832; smile", "😀 smile", id="an emoji in halves"),
        pytest.param("\u202etxet\u202c", "txet", id="B4.7 overrides"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_b4_1_a_title_is_plain_text(title: str, text: str) -> None:
    assert title_text(title) == text


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("How <b> works", "How <b> works"),
        ("Use the <script> tag", "Use the <script> tag"),
        ("<b>Bold</b> all the same", "Bold all the same"),
        ("AT&amp;T", "AT&T"),
    ],
)
def test_b4_1_a_lone_tag_in_a_title_of_text_is_its_subject(title: str, text: str) -> None:
    assert title_text(title, html=False) == text


def test_a_flood_of_tags_in_a_title_is_read_in_one_go() -> None:
    assert title_text("<script>" * 100_000 + "end") == "end"
    assert title_text("<a " + "=" * 1_000_000 + "<") == "<a " + "=" * 1_000_000 + "<"


@given(st.text(st.characters()) | MARKUP, st.booleans())
def test_any_title_is_one_line_that_xml_can_carry(title: str, html: bool) -> None:
    line = title_text(title, html=html)

    etree.Element("t").text = line
    assert len(line.splitlines()) <= 1


# --- in which order, and what links tell ------------------------------------------------------------


@given(MARKUP)
def test_b6_2_what_was_edited_as_a_string_went_through_the_sanitiser_again(html: str) -> None:
    clean = clean_html(html, BASE)

    assert html_module._PRE.sub(r"\1", html_module._sanitise(clean, None, frames=False)) == clean


def test_b6_2_addresses_are_resolved_before_they_are_judged() -> None:
    html = '<a href="//javascript:1/">x</a><img src="/i.png"><a href="/ok">y</a>'

    assert "https://a.example/i.png" in clean_html(html, BASE)
    assert "/i.png" not in clean_html(html)


@pytest.mark.parametrize("rel", ["", 'rel="opener"', 'rel="nofollow ugc"', "rel=me"])
def test_b6_5_a_link_opens_nothing_and_tells_nothing_and_is_the_authors_own(rel: str) -> None:
    html = clean_html(f'<a {rel} href="https://b.example/">x</a>', BASE)

    assert html == f'<a href="https://b.example/" {REL}>x</a>'
    assert "nofollow" not in html
