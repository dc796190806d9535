"""Which hub pushes a feed, and under which name (A17.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Hub, ParsedFeed
from aggregator.parse.document import parse_feed
from aggregator.polling.hubs import hub_of, latest, links

URL = "https://a.example/feed"
HUB = "https://hub.example/"


def offered(
    header: str = "", hubs: tuple[str, ...] = (), topic: str | None = None, url: str = URL
) -> Hub | None:
    return hub_of({"link": header} if header else {}, hubs, topic, url)


@pytest.mark.parametrize(
    "header",
    [
        f'<{HUB}>; rel="hub", <{URL}>; rel="self"',
        f"<{HUB}>; rel=hub, <{URL}>; rel=self",
        f'<{URL}>; title="a, <b>; rel=hub"; rel="self",<{HUB}>;rel="other HUB"',
        f'<{HUB}>; Rel="hub";type="text/html" , <{URL}> ; rel = "self"',
        "</>; rel=hub, <feed>; rel=self",
    ],
)
def test_a17_1_the_link_header_names_hub_and_topic(header: str) -> None:
    base = URL if "example" in header else "https://a.example/x"
    found = offered(header, url=base)

    assert found is not None
    assert found.topic == URL
    assert found.url in (HUB, "https://a.example/")


def test_a17_1_the_header_comes_before_the_document() -> None:
    header = f'<{HUB}>; rel="hub", <https://a.example/self>; rel="self"'

    assert offered(header, ("https://other.example/",), URL) == Hub(HUB, "https://a.example/self")
    assert offered(f"<{HUB}>; rel=hub", ("https://other.example/",), URL) == Hub(HUB, URL)
    assert offered("", (HUB,), URL) == Hub(HUB, URL)


def test_a17_1_https_comes_before_http_and_else_the_first() -> None:
    assert offered("", ("http://hub.example/", HUB, "https://c.example/"), URL) == Hub(HUB, URL)


@pytest.mark.parametrize(
    ("header", "hubs", "topic"),
    [
        ("", (), URL),
        ("", (HUB,), None),
        ("", (HUB,), "javascript:alert(1)"),
        ("<javascript:alert(1)>; rel=hub", (), URL),
        ("", (HUB,), "https://a.example/" + "x" * 3000),
        ("", (HUB,), "https://a.example/\nHost: b"),
        ('<https://hub.example/; rel="hub"', (), URL),
    ],
)
def test_without_a_hub_and_a_topic_there_is_nothing_to_subscribe_to(
    header: str, hubs: tuple[str, ...], topic: str | None
) -> None:
    assert offered(header, hubs, topic) is None


def test_the_topic_is_kept_letter_by_letter() -> None:
    odd = "https://A.example:443/feed?b=%7e"

    assert offered("", (HUB,), odd) == Hub(HUB, odd)


@given(st.text(max_size=300))
def test_any_link_header_at_all_is_read(header: str) -> None:
    hub_of({"link": header}, (), None, URL)
    assert all(rel for rel, _ in links(header))


@given(st.text('<>;=", \\relhubsf/', max_size=200))
def test_any_almost_link_header_is_read(header: str) -> None:
    hub_of({"link": header}, (), None, URL)


ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>urn:x</id>
<link rel="hub" href="{HUB}"/><link rel="self" href="{URL}"/><link href="https://a.example/"/>
<entry><id>urn:y</id><title>e</title><link rel="hub" href="https://wrong.example/"/></entry></feed>"""
RSS = f"""<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>t</title>
<atom:link rel="hub" href="{HUB}"/><atom:link rel="self" href="{URL}" type="application/rss+xml"/>
<item><title>e</title><link>https://a.example/1</link></item></channel></rss>"""
JSON = f"""{{"version": "https://jsonfeed.org/version/1.1", "title": "t", "feed_url": "{URL}",
"hubs": [{{"type": "rssCloud", "url": "https://wrong.example/"}}, 5,
{{"type": "WebSub", "url": "{HUB}"}}], "items": []}}"""


@pytest.mark.parametrize("document", [ATOM, RSS, JSON])
def test_a17_1_every_kind_of_feed_names_its_hub(document: str) -> None:
    parsed = parse_feed(document.encode(), "https://a.example/moved")

    assert isinstance(parsed, ParsedFeed)
    assert (parsed.hubs, parsed.topic) == ((HUB,), URL)


def test_a17_9_the_last_three_new_entries_are_judged() -> None:
    assert latest((), 1, pushed=True) == (True,)
    assert latest((True, False), 2, pushed=False) == (False, False, False)
    assert latest((True, False, False), 0, pushed=True) == (True, False, False)
    assert latest((), 10**9, pushed=True) == (True, True, True)
