"""The web side, asked over HTTP."""

import asyncio
import http.client
import socket
import threading
from collections.abc import Iterator
from typing import Any, Self

import pytest

from aggregator.observe.metrics import Metrics
from aggregator.pipeline.search import Search
from aggregator.pipeline.setup import Setup
from aggregator.pipeline.site import Site
from aggregator.store import SqlStore
from aggregator.web.app import web_app
from aggregator.web.search import search_routes, search_threads
from aggregator.web.server import bound, serve
from tests.pipeline.helpers import World
from tests.pipeline.test_poll import items
from tests.values import SITE, setup, topic


class Server:
    """A server in a thread of its own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.current: Setup = world.setup
        self.metrics = Metrics()
        self.ready = True
        site = Site(world.store, lambda: self.current, lambda: "aggregator/test", world.clock)
        self.search = Search(world.store, lambda: self.current)
        self.threads = search_threads()
        routes = search_routes(
            self.search, site, lambda: self.current, self.metrics, world.clock, self.threads
        )
        self.app = web_app(
            site, lambda: self.current, self.metrics, lambda: self.ready, world.clock, routes
        )
        self.socket = bound("127.0.0.1:0")
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self.started = threading.Event()

    async def _run(self) -> None:
        self.stop = asyncio.Event()
        self.loop = asyncio.get_running_loop()
        self.started.set()
        await serve(self.app, self.socket, self.stop)

    def __enter__(self) -> Self:
        self.thread.start()
        self.started.wait(10)
        return self

    def __exit__(self, *_exception: object) -> None:
        self.loop.call_soon_threadsafe(self.stop.set)
        self.thread.join(15)
        self.threads.shutdown()

    def ask(
        self, path: str, method: str = "GET", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(
            method, path, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, body


@pytest.fixture
def server(sqlite_store: SqlStore) -> Iterator[Server]:
    world = World(sqlite_store, setup())
    world.serve("a", items(1))
    world.poll_due()
    with Server(world) as running:
        yield running


def test_a_topic_is_served_in_every_format_and_as_a_page(server: Server) -> None:
    kinds = {
        "/topics/isis.atom": "application/atom+xml; charset=utf-8",
        "/topics/isis.rss": "application/rss+xml; charset=utf-8",
        "/topics/isis.json": "application/feed+json",
        "/topics/isis": "text/html; charset=utf-8",
        "/all.atom": "application/atom+xml; charset=utf-8",
        "/sources.opml": "text/x-opml; charset=utf-8",
        "/topics.opml": "text/x-opml; charset=utf-8",
        "/": "text/html; charset=utf-8",
        "/sources": "text/html; charset=utf-8",
        "/about": "text/html; charset=utf-8",
    }
    for path, kind in kinds.items():
        status, headers, body = server.ask(path)
        assert (status, headers["content-type"]) == (200, kind), path
        assert body


def test_b7_3_the_tag_of_an_answer_brings_a_304(server: Server) -> None:
    _, first, _ = server.ask("/topics/isis.atom", Accept_Encoding="gzip")

    status, second, body = server.ask("/topics/isis.atom", If_None_Match=first["etag"])

    assert (status, body) == (304, b"")
    assert "date" in second


def test_b7_2_accept_makes_no_difference(server: Server) -> None:
    bodies = {
        server.ask("/topics/isis.atom", Accept=accept)[2]
        for accept in ("*/*", "text/html", "application/feed+json", "image/png")
    }

    assert len(bodies) == 1


def test_b7_10_head_is_get_without_a_body(server: Server) -> None:
    _, get, body = server.ask("/topics/isis.atom")

    status, head, nothing = server.ask("/topics/isis.atom", "HEAD")

    assert (status, nothing) == (200, b"")
    assert head["content-length"] == str(len(body))
    assert {k: v for k, v in head.items() if k != "date"} == {
        k: v for k, v in get.items() if k != "date"
    }


def test_b7_10_range_is_ignored(server: Server) -> None:
    status, headers, body = server.ask("/topics/isis.atom", Range="bytes=0-9")

    assert (status, headers["accept-ranges"]) == (200, "none")
    assert len(body) > 10


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "PROPFIND", "TRACE"])
def test_b7_10_nothing_is_changed_over_http(server: Server, method: str) -> None:
    status, headers, _ = server.ask("/topics/isis.atom", method)

    assert status == 405
    assert sorted(headers["allow"].split(", ")) == ["GET", "HEAD", "OPTIONS"]


def test_b7_11_options_answers_a_preflight(server: Server) -> None:
    status, headers, _ = server.ask("/topics/isis.atom", "OPTIONS", Origin="https://reader.example")

    assert (status, headers["access-control-allow-origin"]) == (204, "*")


def test_b7_18_a_query_that_readers_append_changes_nothing(server: Server) -> None:
    _, _, plain = server.ask("/topics/isis.atom")

    assert server.ask("/topics/isis.atom?utm_source=x&null")[2] == plain


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/topics/nothing.atom",
        "/topics/isis.xml",
        "/all",
        "/..%2f..%2fetc/passwd",
        "/%00",
    ],
)
def test_what_is_not_there_is_a_404_that_says_where_to_go(server: Server, path: str) -> None:
    status, headers, body = server.ask(path)

    assert status == 404
    assert headers["x-content-type-options"] == "nosniff"
    if "." in path.rpartition("/")[2]:
        assert headers["content-type"] == "text/plain; charset=utf-8"
        assert b"The topics are at https://news.example.org/" in body
    else:
        assert "style-src 'self'" in headers["content-security-policy"]
        assert b'<a href="/">All topics</a>' in body


def test_b7_13_what_is_no_more_is_a_page_for_people_and_never_one_for_readers_of_feeds(
    server: Server,
) -> None:
    server.current = setup(topics=[topic("isis")])

    for path, kind in (("/topics/story", "text/html"), ("/topics/story.atom", "text/plain")):
        status, headers, body = server.ask(path, Accept="text/html", Sec_Fetch_Dest="document")
        assert (status, headers["content-type"]) == (410, f"{kind}; charset=utf-8")
        assert b"no longer published" in body


def test_b11_5_a_browser_at_the_address_of_a_feed_gets_the_feed(server: Server) -> None:
    browser = {
        "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
        "Sec_Fetch_Dest": "document",
        "Sec_Fetch_Mode": "navigate",
        "User_Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0",
    }
    for path in ("/topics/isis.atom", "/topics/isis.rss", "/topics/isis.json"):
        assert server.ask(path, **browser)[2] == server.ask(path)[2]


def test_b7_13_a_renamed_topic_redirects_and_a_removed_one_is_gone(server: Server) -> None:
    server.current = setup(topics=[topic("islamic-state", "isis", was=("isis",))])

    status, headers, _ = server.ask("/topics/isis.atom")
    assert (status, headers["location"]) == (308, "/topics/islamic-state.atom")
    assert server.ask("/topics/story.atom")[0] == 410


def test_the_address_of_all_topics_leads_to_the_front_page(server: Server) -> None:
    status, headers, _ = server.ask("/topics")

    assert (status, headers["location"]) == (308, "/")


def test_a_slash_too_many_is_mended(server: Server) -> None:
    status, headers, _ = server.ask("/topics/isis/")

    assert (status, headers["location"]) == (308, "/topics/isis")


def test_a_monitor_is_told_the_truth(server: Server) -> None:
    assert server.ask("/healthz")[0] == 200
    assert server.ask("/readyz")[0] == 200
    server.ready = False
    assert server.ask("/readyz")[0] == 503


def test_the_operators_feed_is_not_for_search_engines(server: Server) -> None:
    status, headers, _ = server.ask("/health.atom")

    assert (status, headers["x-robots-tag"]) == (200, "noindex")
    assert headers["content-type"].startswith("application/atom+xml")
    assert "x-robots-tag" not in server.ask("/all.atom")[1]


def test_metrics_count_answers(server: Server) -> None:
    server.ask("/topics/isis.atom")

    status, headers, body = server.ask("/metrics")

    assert status == 200
    assert headers["content-type"].startswith("text/plain")
    assert b'aggregator_http_responses_total{status="200"} 1.0' in body


def test_a_document_that_cannot_be_made_is_a_503_with_a_time_to_come_back(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> Any:
        raise OSError("gone")

    monkeypatch.setattr(server.world.store, "reading", away)

    status, headers, body = server.ask("/topics/isis.atom")

    assert (status, headers["retry-after"]) == (503, "60")
    assert b"gone" not in body


def test_an_address_in_use_is_explained() -> None:
    from aggregator.errors import UsageError

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(UsageError, match=f"cannot listen on {address}: Address already in use"):
            bound(address)


def test_no_answer_names_the_server_software(server: Server) -> None:
    assert "server" not in server.ask("/")[1]
    assert SITE.title.encode() in server.ask("/")[2]
