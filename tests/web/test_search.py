"""Search and the pages of stories, asked over HTTP."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import feedparser
import pytest
from lxml import etree
from lxml import html as lxml_html

from aggregator.pipeline.search import Search
from aggregator.store import SqlStore
from tests.pipeline.helpers import World
from tests.pipeline.test_poll import items
from tests.publish.helpers import complaints
from tests.values import setup
from tests.web.test_app import Server


@pytest.fixture
def server(sqlite_store: SqlStore) -> Iterator[Server]:
    world = World(sqlite_store, setup())
    world.serve("a", items(1, 2, 3))
    world.poll_due()
    with Server(world) as running:
        yield running


def test_the_form_is_a_page_of_the_site(server: Server) -> None:
    status, headers, body = server.ask("/search")

    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    page = lxml_html.document_fromstring(body.decode())
    assert [(form.get("method"), form.get("action")) for form in page.iter("form")] == [
        ("get", "./search")
    ]
    assert page.xpath("//label/@for") == page.xpath("//input[@name='q']/@id") == ["q"]
    assert page.xpath("count(//*[@id='examples'])") == 1
    assert server.ask("/search?q=%20")[2] == body


def test_every_example_on_it_can_be_asked(server: Server) -> None:
    page = lxml_html.document_fromstring(server.ask("/search")[2].decode())

    links = page.xpath("//table//a/@href")
    assert isinstance(links, list)
    assert len(links) > 4
    for link in links:
        assert server.ask(f"/{str(link).removeprefix('./')}")[0] == 200


def test_every_page_leads_to_search(server: Server) -> None:
    for path in ("/", "/topics/isis", "/about", "/search?q=daesh"):
        page = lxml_html.document_fromstring(server.ask(path)[2].decode())
        assert page.xpath("count(//nav//a[text()='Search'])") == 1
        assert page.xpath("//link[@rel='search']/@href") == [
            "https://news.example.org/opensearch.xml"
        ]


def test_what_is_found_is_shown_with_the_feed_to_follow(server: Server) -> None:
    status, headers, body = server.ask("/search?q=daesh")

    page = lxml_html.document_fromstring(body.decode())
    assert status == 200
    assert "default-src 'none'" in headers["content-security-policy"]
    assert len(page.findall(".//article")) == 3
    assert {mark.text for mark in page.iter("mark")} == {"Daesh"}
    assert page.xpath("//link[@rel='alternate']/@href") == [
        f"https://news.example.org/search.{form}?q=daesh" for form in ("atom", "json", "rss")
    ]
    assert not page.xpath("//script | //@style | //@onclick")


def test_b7_3_a_search_is_conditional_by_its_tag(server: Server) -> None:
    for path in ("/search.atom?q=daesh", "/search?q=daesh"):
        status, headers, body = server.ask(path, Accept_Encoding="gzip")
        assert (status, headers["content-encoding"]) == (200, "gzip")
        assert "last-modified" not in headers
        assert server.ask(path, If_None_Match=headers["etag"])[0] == 304
        assert len(server.ask(path, If_None_Match='"other"')[2]) > len(body)
        assert server.ask(path, If_Modified_Since="Sun, 22 Nov 2026 12:00:00 GMT")[0] == 200


def test_any_query_is_a_feed(server: Server) -> None:
    status, headers, body = server.ask(f"/search.atom?q={quote('daesh OR <isis>')}")

    assert status == 200
    assert headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert headers["x-robots-tag"] == "noindex"
    assert headers["access-control-allow-origin"] == "*"
    assert headers["link"] == (
        '<https://news.example.org/search.atom?q=daesh%20OR%20%3Cisis%3E>; rel="self"'
    )
    assert body.count(b"<entry") == 3
    assert complaints(body) == []


def test_b7_10_head_is_get_without_a_body(server: Server) -> None:
    for path in ("/search?q=daesh", "/search.atom?q=daesh", "/search?q=(", "/search"):
        status, get, body = server.ask(path)
        alike, head, nothing = server.ask(path, "HEAD")
        assert (alike, nothing) == (status, b"")
        assert head["content-length"] == get["content-length"] == str(len(body))


def test_b7_10_nothing_is_changed_by_a_search(server: Server) -> None:
    assert server.ask("/search?q=daesh", "POST")[0] == 405
    assert server.ask("/search.atom", "OPTIONS")[0] == 204
    with server.world.store.reading() as ask:
        before = ask.connection.exec_driver_sql("SELECT count(*) FROM rendering").scalar()
    for n in range(5):
        assert server.ask(f"/search.atom?q=daesh+NOT+{n}")[0] == 200
    with server.world.store.reading() as ask:
        after = ask.connection.exec_driver_sql("SELECT count(*) FROM rendering").scalar()
    assert before == after


def test_a_query_that_cannot_be_read_is_a_400_that_says_where(server: Server) -> None:
    status, headers, body = server.ask(f"/search?q={quote('daesh OR (isis')}")
    assert (status, headers["cache-control"]) == (400, "no-store")
    assert "etag" not in headers
    assert b"At character 10: this ( is never closed" in body
    assert b"daesh OR <mark>(</mark>isis" in body

    status, headers, body = server.ask(f"/search.atom?q={quote('daesh OR (isis')}")
    assert (status, headers["content-type"]) == (400, "text/plain; charset=utf-8")
    assert body == b"This query cannot be read: column 10: this ( is never closed; add a )\n"
    assert server.ask("/search.atom")[0] == 400


@pytest.mark.parametrize(
    "said", ["%00", "%ff%fe", "%3Cscript%3Ealert(1)%3C/script%3E", "a" * 60_000, "%22" * 3_000,
             "%E2%80%AEdaesh", "daesh&q=isis&x=%00", "%0d%0aSet-Cookie:%20a=b"]
)  # fmt: skip
def test_whatever_is_asked_is_answered_in_order(server: Server, said: str) -> None:
    for path in (f"/search?q={said}", f"/search.atom?q={said}"):
        status, headers, body = server.ask(path)
        assert status in (200, 400)
        assert b"<script" not in body
        assert len(body) < 20_000
        assert "set-cookie" not in headers


def test_a_hundred_kilobytes_are_refused_and_others_are_served_on(server: Server) -> None:
    with contextlib.suppress(ConnectionError):  # it may hang up before all was sent
        assert server.ask(f"/search?q={'a' * 100_000}")[0] == 400
    assert server.ask("/search?q=daesh")[0] == 200


def test_searches_beyond_what_there_is_room_for_are_told_to_come_back(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    going = threading.Event()
    page = Search.page

    def slow(self: Search, said: str) -> object:
        going.wait(10)
        return page(self, said)

    monkeypatch.setattr(Search, "page", slow)
    with ThreadPoolExecutor(20) as visitors:
        asked = [visitors.submit(server.ask, f"/search?q=daesh{n}") for n in range(20)]
        until = time.monotonic() + 10
        while sum(one.done() for one in asked) < 4 and time.monotonic() < until:
            time.sleep(0.01)  # that a visitor has his answer is announced to nobody
        assert server.ask("/topics/isis.atom")[0] == 200, "nobody else waits"
        going.set()
        answers = [one.result() for one in asked]

    assert sorted(status for status, _, _ in answers) == [200] * 16 + [503] * 4
    assert {headers["retry-after"] for status, headers, _ in answers if status == 503} == {"10"}


def test_when_the_database_is_away_a_search_is_a_503(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OSError("gone")

    monkeypatch.setattr(server.world.store, "reading", away)

    status, headers, body = server.ask("/search?q=daesh")

    assert (status, headers["retry-after"]) == (503, "60")
    assert b"gone" not in body


def test_whatever_goes_wrong_in_a_search_who_asked_is_answered(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.search, "page", lambda said: next(iter(())))

    assert server.ask("/search?q=isis")[0] == 503


def test_searches_are_counted_with_all_other_answers(server: Server) -> None:
    server.ask("/search?q=daesh")
    server.ask("/search?q=(")

    metrics = server.ask("/metrics")[2]
    assert b'aggregator_http_responses_total{status="200"} 1.0' in metrics
    assert b'aggregator_http_responses_total{status="400"} 1.0' in metrics


def test_browsers_are_told_how_to_search(server: Server) -> None:
    _, headers, body = server.ask("/opensearch.xml")

    assert headers["content-type"].startswith("application/opensearchdescription+xml")
    names = {"o": "http://a9.com/-/spec/opensearch/1.1/"}
    templates = etree.fromstring(body).xpath("//o:Url/@template", namespaces=names)
    assert templates == [
        "https://news.example.org/search?q={searchTerms}",
        "https://news.example.org/search.atom?q={searchTerms}",
        "https://news.example.org/search.rss?q={searchTerms}",
        "https://news.example.org/search.json?q={searchTerms}",
    ]


def test_b8_2_b8_3_a_search_has_its_twins(server: Server) -> None:
    ids: list[list[str]] = []
    for form, kind in (
        ("atom", "application/atom+xml; charset=utf-8"),
        ("rss", "application/rss+xml; charset=utf-8"),
        ("json", "application/feed+json"),
    ):
        status, headers, body = server.ask(f"/search.{form}?q=daesh")
        assert (status, headers["content-type"]) == (200, kind)
        assert headers["x-robots-tag"] == "noindex"
        own = f"https://news.example.org/search.{form}?q=daesh"
        assert headers["link"].startswith(f'<{own}>; rel="self"')
        if form == "json":
            read = json.loads(body)
            assert read["feed_url"] == own
            ids.append([item["id"] for item in read["items"]])
        else:
            ids.append([entry.id for entry in feedparser.parse(body).entries])
        assert f'href="{own}"'.encode() in server.ask("/search?q=daesh")[2]
        assert server.ask(f"/search.{form}")[0] == 400
    assert ids[0]
    assert ids[0] == ids[1] == ids[2]


def test_a_story_has_a_page_that_is_conditional(server: Server) -> None:
    page = lxml_html.document_fromstring(server.ask("/search?q=daesh")[2].decode())
    links = page.xpath("//article//a[contains(@href, 'stories/')]/@href")
    assert isinstance(links, list)
    path = "/" + str(links[0]).removeprefix("./")

    status, headers, body = server.ask(path)

    assert status == 200
    assert b"Fighters of <mark>Daesh</mark>" in body
    assert "last-modified" not in headers
    assert server.ask(path, If_None_Match=headers["etag"])[0] == 304
    assert server.ask(path + "/")[0] == 308
    assert server.ask("/stories/0123456789abcdef")[0] == 404
    assert server.ask("/stories")[0] == 404
