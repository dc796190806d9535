"""The web side, asked over HTTP."""

import asyncio
import gzip
import http.client
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Self

import brotli
import pytest

from aggregator.model import Rendering, TopicFeed
from aggregator.observe.metrics import Metrics
from aggregator.pipeline import catalogue
from aggregator.pipeline.search import Search
from aggregator.pipeline.setup import Setup
from aggregator.pipeline.site import Site
from aggregator.pipeline.topics import sync_topics
from aggregator.publish.atom import render_atom
from aggregator.store import SqlStore
from aggregator.web import connection as connection_module
from aggregator.web import server as server_module
from aggregator.web.app import web_app
from aggregator.web.connection import Connection
from aggregator.web.search import search_routes, search_threads
from aggregator.web.server import bound, new_loop, serve
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
        self.thread = threading.Thread(target=self._serve)
        self.started = threading.Event()

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(self._run())

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
def server(sqlite_store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(server_module, "_LOOK_EVERY", 0.05)
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


@pytest.mark.parametrize("path", ["/topics/isis.atom", "/topics/isis", "/sources", "/stories/"])
@pytest.mark.parametrize("more", [{}, {"Accept_Encoding": "gzip"}, {"If_None_Match": "*"}])
def test_b7_10_head_is_get_without_a_body(server: Server, path: str, more: dict[str, str]) -> None:
    get_status, get, _ = server.ask(path, **more)

    status, head, nothing = server.ask(path, "HEAD", **more)

    assert (status, nothing) == (get_status, b"")
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
    status, headers, plain = server.ask("/topics/isis.atom")

    for junk in ("?utm_source=x", "?", "?a=1&a=2&%00", "?q=isis#x"):
        other = server.ask(f"/topics/isis.atom{junk}")
        assert (other[0], other[2]) == (status, plain) == (200, plain)
        assert other[1]["cache-control"] == headers["cache-control"]
        assert other[1]["etag"] == headers["etag"]


def test_b7_18_a_slash_too_many_is_mended_in_one_step(server: Server) -> None:
    for path in ("/topics/isis/", "/topics/isis.atom/", "/sources/?utm_source=x"):
        status, headers, _ = server.ask(path)
        assert status == 308
        assert server.ask(headers["location"])[0] == 200


def test_b7_6_b7_8_b7_12_a_304_says_what_a_cache_has_to_know(server: Server) -> None:
    _, full, _ = server.ask("/topics/isis.atom")
    _, head, _ = server.ask("/topics/isis.atom", "HEAD")
    for coding in ("identity", "gzip", "br"):
        status, headers, body = server.ask(
            "/topics/isis.atom", Accept_Encoding=coding, If_None_Match=full["etag"]
        )
        assert (status, body) == (304, b"")
        assert headers.keys() >= {"etag", "cache-control", "date", "last-modified"}
        assert headers["vary"] == "Accept-Encoding"
        assert headers["link"] == full["link"] == head["link"]
        assert 'rel="self"' in headers["link"]


def test_b7_5_b7_7_nothing_that_is_served_forbids_keeping_it_or_sets_a_cookie(
    server: Server,
) -> None:
    for path in ("/", "/topics/isis", "/topics/isis.atom", "/all.json", "/sources.opml", "/none"):
        _, headers, _ = server.ask(path)
        assert not {"expires", "set-cookie", "pragma"} & headers.keys()
        assert "no-cache" not in headers.get("cache-control", "")


def test_b7_9_every_coding_of_an_answer_is_the_same_document(server: Server) -> None:
    _, plain, body = server.ask("/topics/isis.atom", Accept_Encoding="identity")
    _, zipped, as_gzip = server.ask("/topics/isis.atom", Accept_Encoding="gzip")
    _, squeezed, as_brotli = server.ask("/topics/isis.atom", Accept_Encoding="gzip, br")

    assert body == gzip.decompress(as_gzip) == brotli.decompress(as_brotli)
    tags = [headers["etag"].strip('"') for headers in (plain, zipped, squeezed)]
    assert tags == [tags[0], f"{tags[0]}.gz", f"{tags[0]}.br"]


PROXY = {"X_Forwarded_Proto": "http", "X_Forwarded_For": "192.0.2.1"}


def test_b7_17_who_comes_without_tls_through_a_proxy_is_redirected_once(server: Server) -> None:
    for path in ("/topics/isis.atom?utm_source=x", "/", "/topics/isis"):
        status, headers, _ = server.ask(path, **PROXY)
        assert (status, headers["location"]) == (308, f"https://news.example.org{path}")
        secure = {**PROXY, "X_Forwarded_Proto": "https"}
        status, headers, _ = server.ask(path, **secure)
        assert status == 200
        assert headers["strict-transport-security"] == "max-age=31536000"


def test_b7_17_a_site_without_tls_redirects_nobody(server: Server) -> None:
    server.current = setup(site=replace(SITE, url="http://news.example.org/"))

    assert server.ask("/topics/isis.atom", **PROXY)[0] == 200


def test_b7_14_who_fetches_a_whole_feed_again_and_again_is_told_to_wait(server: Server) -> None:
    eager = {"X_Forwarded_For": "192.0.2.7", "User_Agent": "eager/1"}
    answers = [server.ask("/topics/isis.atom", **eager) for _ in range(31)]

    assert [status for status, _, _ in answers] == [200] * 30 + [429]
    _, headers, body = answers[-1]
    assert headers["retry-after"] == "1800"
    assert b"too often" in body
    etag = answers[0][1]["etag"]
    assert server.ask("/topics/isis.atom", If_None_Match=etag, **eager)[0] == 304
    assert server.ask("/topics/story.atom", **eager)[0] == 200
    assert server.ask("/topics/isis.atom", **{**eager, "User_Agent": "other/1"})[0] == 200
    assert {server.ask("/topics/isis", **eager)[0] for _ in range(40)} == {200}  # a page
    assert b'responses_total{status="429"} 1.0' in server.ask("/metrics")[2]


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


def test_b7_13_the_old_address_of_a_topic_is_gone_when_the_topic_is(server: Server) -> None:
    world = server.world
    for topics in ([topic("daesh", "isis", was=("isis",))], [topic("story", "story")]):
        world.setup = server.current = setup(topics=topics)
        sync_topics(world.store, server.current, world.moment)
        world.forward(seconds=2)

    for path in ("/topics/isis.atom", "/topics/daesh.atom", "/topics/isis"):
        assert server.ask(path)[0] == 410
    assert server.ask("/topics/never.atom")[0] == 404


def test_the_address_of_all_topics_leads_to_the_front_page(server: Server) -> None:
    status, headers, _ = server.ask("/topics")

    assert (status, headers["location"]) == (308, "/")


def test_a_slash_too_many_is_mended(server: Server) -> None:
    status, headers, _ = server.ask("/topics/isis/")

    assert (status, headers["location"]) == (308, "/topics/isis")


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/search/?q=one+two", "/search?q=one+two"),
        ("/search.atom/?q=one", "/search.atom?q=one"),
        ("/topics/old.rss/", "/topics/isis.rss"),
    ],
)
def test_b7_18_who_writes_a_slash_too_many_gets_what_was_meant(
    server: Server, path: str, to: str
) -> None:
    server.current = setup(topics=[topic("isis", was=("old",))])

    status, headers, _ = server.ask(path)

    assert (status, headers["location"]) == (308, to)


@pytest.mark.parametrize("name", ["%E2%82%AC.atom", "%FF", "x%0Dset-cookie: a=b", "%3Fx"])
def test_b7_13_no_redirect_repeats_what_is_no_name_of_an_archive(server: Server, name: str) -> None:
    server.current = setup(topics=[topic("isis", was=("old",))])

    status, headers, _ = server.ask(f"/topics/old/archive/{name.replace(' ', '%20')}")

    assert status == 404
    assert "location" not in headers


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

    for path in ("/topics/isis.atom", "/stories/0123456789abcdef", "/nothing.atom"):
        status, headers, body = server.ask(path)
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


def closed(connection: socket.socket) -> bool:
    """Does the other side end it? (Within ten seconds.)"""
    connection.settimeout(10)
    try:
        while connection.recv(65536):
            pass
    except ConnectionError:
        pass
    return True


@pytest.mark.parametrize(
    "said", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nhost: x\r\n", b"\r\n"], ids=repr
)
def test_who_does_not_finish_a_request_is_not_waited_for(
    server: Server, said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "_HEAD", -1.0)
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(said)
        assert closed(connection)


def test_who_does_not_finish_a_second_request_is_not_waited_for(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        answered = b""
        while not answered.endswith(b"ok\n"):
            more = connection.recv(65536)
            assert more
            answered += more
        monkeypatch.setattr(connection_module, "_HEAD", -1.0)
        connection.sendall(b"G")
        assert closed(connection)


def test_a_head_without_end_is_refused(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n" + b"x-junk: " + b"x" * 70_000)
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


def test_who_does_not_read_is_not_waited_for() -> None:
    class Full:
        aborted = False

        def get_write_buffer_size(self) -> int:
            return 1000

        def abort(self) -> None:
            self.aborted = True

    one = Connection.__new__(Connection)
    one._head_since, one._unsent, one._unsent_since, one._taken_at = None, 0, 0.0, 0.0
    one.transport = transport = Full()  # type: ignore[assignment]
    for now in (100.0, 101.0, 129.0):
        one.look(now)
        assert not transport.aborted
    one.look(131.0)
    assert transport.aborted


def test_b7_15_where_nothing_valid_can_be_made_a_reader_is_told_to_come_back(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(feed: TopicFeed) -> Rendering:
        return replace(render_atom(feed), body=b"nonsense")

    monkeypatch.setattr(catalogue, "FORMATS", {**catalogue.FORMATS, ".atom": broken})

    status, headers, _ = server.ask("/topics/isis.atom")

    assert (status, headers["retry-after"]) == (503, "60")
    assert server.ask("/topics/isis.rss")[0] == 200


def test_a_search_is_answered_also_when_its_empty_form_was_just_asked_for(server: Server) -> None:
    for _ in range(2):
        assert b"Fighters of" not in server.ask("/search")[2]
        assert b"Fighters of" in server.ask("/search?q=daesh")[2]
