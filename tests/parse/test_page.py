"""The feeds a page names (A12): which, and in which order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.parse.page import Candidate, feeds_on_page
from tests.parse.helpers import is_xml, strings

PAGE = "https://a.example/news/today.html"
ATOM = "application/atom+xml"


def link(href: str, type_: str = ATOM, rel: str = "alternate", title: str = "") -> str:
    return f'<link rel="{rel}" type="{type_}" href="{href}" title="{title}">'


def page(*inside: str) -> str:
    return (
        f"<!DOCTYPE html><html><head><title>x</title>{''.join(inside)}</head><body>x</body></html>"
    )


def found(*inside: str) -> list[str]:
    return [candidate.url for candidate in feeds_on_page(page(*inside).encode(), PAGE)]


def test_a12_1_feeds_stand_in_the_order_of_the_page() -> None:
    links = [
        link("/1", "application/rss+xml"),
        link("/2", "application/feed+json"),
        link("/3", "application/atom+xml"),
    ]

    assert found(*links) == ["https://a.example/1", "https://a.example/2", "https://a.example/3"]


@pytest.mark.parametrize(
    "maybe", ["application/json", "application/rdf+xml", "text/xml", "application/xml"]
)
def test_a12_1_what_may_be_something_else_comes_after_what_is_surely_a_feed(maybe: str) -> None:
    assert found(link("/maybe", maybe), link("/sure")) == [
        "https://a.example/sure",
        "https://a.example/maybe",
    ]


def test_a12_1_the_old_rel_feed_comes_after_both() -> None:
    assert found('<link rel="feed" href="/old">', link("/maybe", "text/xml"), link("/sure")) == [
        "https://a.example/sure",
        "https://a.example/maybe",
        "https://a.example/old",
    ]


@pytest.mark.parametrize(
    "comments",
    [
        pytest.param(link("/comments/feed/"), id="by the address"),
        pytest.param(link("/c", title="Site &raquo; Comments Feed"), id="by the title"),
    ],
)
def test_a12_2_feeds_of_comments_come_last(comments: str) -> None:
    urls = found(comments, link("/maybe", "text/xml"), '<link rel="feed" href="/old">')

    assert len(urls) == 3
    assert urls[-1] != "https://a.example/old"


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(link("/x", "text/css", rel="stylesheet"), id="a style"),
        pytest.param(link("/x", "text/html"), id="the page in another language"),
        pytest.param('<link rel="alternate" hreflang="fr" href="/x">', id="no type"),
        pytest.param(link("/x", rel="self"), id="no alternate"),
        pytest.param(f'<link type="{ATOM}" href="/x">', id="no rel"),
        pytest.param(f'<link rel="alternate" type="{ATOM}">', id="no address"),
        pytest.param(link("javascript:alert(1)"), id="an address that runs"),
        pytest.param(f"<!-- {link('/x')} -->", id="in a comment"),
        pytest.param(f"<script>'{link('/x')}'</script>", id="in a script"),
        pytest.param("<a rel='alternate' href='/feed.xml'>RSS</a>", id="no link but an anchor"),
    ],
)
def test_what_names_no_feed_is_passed_over(other: str) -> None:
    assert found(other) == []


@pytest.mark.parametrize(
    "written",
    [
        "<LINK REL='Alternate' TYPE='Application/Atom+XML' HREF='/f'>",
        "<link rel='alternate home' type='application/atom+xml; charset=utf-8' href=/f />",
        "<link rel='nofollow\nalternate' type=' application/atom+xml ' href=' /f\n'>",
    ],
)
def test_a_link_is_read_however_it_is_spelled(written: str) -> None:
    assert found(written) == ["https://a.example/f"]


def test_a12_3_links_of_the_header_come_before_those_of_the_page() -> None:
    header = (
        f'</robots>; rel="nofollow", <feed.json>; title="By, header"; rel="self alternate"; '
        f'type="application/feed+json", </late>; rel=alternate; type="{ATOM}"; anchor="/other"'
    )

    candidates = feeds_on_page(page(link("/in-page")).encode(), PAGE, "text/html", header)

    assert [one.url for one in candidates] == [
        "https://a.example/news/feed.json",
        "https://a.example/in-page",
    ]
    assert candidates[0].title == "By, header"


def test_a12_3_feeds_of_comments_come_last_though_the_header_names_them() -> None:
    header = f'</comments/feed>; rel=alternate; type="{ATOM}"'

    candidates = feeds_on_page(page(link("/news")).encode(), PAGE, "text/html", header)

    assert [one.url for one in candidates] == [
        "https://a.example/news",
        "https://a.example/comments/feed",
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        pytest.param(f"<template>{link('/t')}</template>", id="in a template"),
        pytest.param(f"<!-- {link('/c')} -->", id="in a comment"),
        pytest.param(f"<script>{link('/s')}</script>", id="in a script"),
        pytest.param(f"<title>{link('/i')}</title>", id="in the title"),
        pytest.param(f"<textarea>{link('/a')}</textarea>", id="in a text to fill in"),
        pytest.param(f"<svg>{link('/v')}</svg>", id="in a drawing"),
        pytest.param(f"<iframe srcdoc='{link('/f')}'></iframe>", id="in another document"),
    ],
)
def test_a12_1_a_link_that_is_none_to_a_browser_does_not_count(hidden: str) -> None:
    assert found(hidden, link("/real")) == ["https://a.example/real"]


def test_a12_1_a_type_that_may_be_something_else_is_noted() -> None:
    (candidate,) = feeds_on_page(page(link("/x", "text/xml")).encode(), PAGE)

    assert candidate.note == "text/xml may be something else"


def test_a12_3_a_link_in_the_body_counts() -> None:
    body = f"<html><body><p>x</p>{link('/f')}</body></html>"

    assert [one.url for one in feeds_on_page(body.encode(), PAGE)] == ["https://a.example/f"]


@pytest.mark.parametrize(
    ("base", "url"),
    [
        pytest.param("", "https://a.example/news/f", id="without one, the page's address"),
        pytest.param("<base href='https://b.example/x/'>", "https://b.example/x/f", id="absolute"),
        pytest.param("<base href='/x/'>", "https://a.example/x/f", id="relative to the page"),
        pytest.param("<base target='_top'>", "https://a.example/news/f", id="without an address"),
        pytest.param("<base href='data:x'>", "https://a.example/news/f", id="no web address"),
        pytest.param("<base href='/1/'><base href='/2/'>", "https://a.example/1/f", id="the first"),
    ],
)
def test_a12_2_an_address_is_resolved_against_the_base_of_the_page(base: str, url: str) -> None:
    assert found(base, link("f")) == [url]


def test_a_feed_named_twice_is_named_once() -> None:
    assert found(link("/f"), link("https://A.example/f")) == ["https://a.example/f"]


def test_a12_2_the_title_of_a_link_is_kept_on_one_line() -> None:
    candidates = feeds_on_page(page(link("/f", title="A &amp;\n B\u202e")).encode(), PAGE)

    assert candidates == [Candidate("https://a.example/f", "A & B")]


def test_titles_are_read_in_the_encoding_the_server_says() -> None:
    body = page(link("/f", title="мир")).encode("windows-1251")
    (candidate,) = feeds_on_page(body, PAGE, "text/html; charset=windows-1251")

    assert candidate.title == "мир"


def test_a_page_names_fifty_feeds_at_most_and_the_likeliest_are_kept() -> None:
    flood = [link(f"/{number}", "text/xml") for number in range(100)]
    urls = found(*flood, link("/sure"))

    assert len(urls) == 50
    assert urls[0] == "https://a.example/sure"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b" \n", id="blanks"),
        pytest.param(b"\x00", id="a null"),
        pytest.param(b"<!--", id="a comment without end"),
        pytest.param("<html>".encode("cp037"), id="EBCDIC"),
        pytest.param(b"\x4c\x6f\xa7\x94", id="EBCDIC that says so"),
        pytest.param(b"<div>" * 50_000, id="bottomless"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x01", id="a picture"),
    ],
)  # fmt: skip
def test_a_body_that_is_no_page_names_no_feed(body: bytes) -> None:
    assert feeds_on_page(body, PAGE) == []


def test_a_page_that_is_broken_after_its_head_names_its_feeds() -> None:
    body = f"<head>{link('/f')}<body>{'<div>' * 50_000}"

    assert [one.url for one in feeds_on_page(body.encode(), PAGE)] == ["https://a.example/f"]


PIECES = [
    "<html>", "<head>", "<base href='::'>", "<base href='/x'>", "<link", " rel=alternate", " href='/f'", ">",
    f" type='{ATOM}'", " title='\x01\u202e&#1;&#55357;'", " href='http://[x'", "<!--", "-->", "<script>",
    "</script>", "<svg>", "<template>", "&", "\x00", "\ud83d", "é", "<![CDATA[", "<?xml encoding='x'?>",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join) | st.text(), st.text(max_size=5))
def test_of_any_body_the_feeds_are_web_addresses_and_titles_xml_can_carry(
    text: str, charset: str
) -> None:
    body = text.encode("utf-8", "surrogatepass")
    for candidate in feeds_on_page(body, PAGE, f"text/html; charset={charset}"):
        assert candidate.url.startswith(("http://", "https://"))
        assert all(is_xml(one) for one in strings(candidate))
