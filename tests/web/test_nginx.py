"""Debian's nginx before the program, and on the static site, as the how-to says."""

import contextlib
import gzip
import http.client
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from aggregator.pipeline.site import Site
from aggregator.store import SqlStore
from aggregator.web.conditional import answer
from aggregator.web.static import write_site
from tests.pipeline.helpers import World
from tests.pipeline.test_poll import items
from tests.values import setup, topic
from tests.web.test_app import Server

HOW_TO = pathlib.Path(__file__).resolve().parents[2] / "docs" / "how-to.md"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = pytest.mark.skipif(
    NGINX is None and not os.environ.get("CI"), reason="nginx is not installed"
)
# All of a document's headers but what nginx says in its own way: its tags.
SAME = [
    "content-type", "cache-control", "vary", "content-security-policy", "x-content-type-options",
    "referrer-policy", "strict-transport-security", "access-control-allow-origin",
    "access-control-expose-headers", "last-modified", "x-robots-tag",
]  # fmt: skip

Answered = tuple[int, dict[str, str], bytes]


def block(word: str) -> str:
    """The configuration in the how-to that has this word."""
    blocks = re.findall(r"```nginx\n(.*?)```", HOW_TO.read_text("utf-8"), re.DOTALL)
    (found,) = [one for one in blocks if word in one]
    return str(found)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Nginx:
    """nginx with a configuration of the how-to, on loopback and without TLS."""

    def __init__(self, folder: pathlib.Path, conf: str, root: pathlib.Path, program: int) -> None:
        self.port, self.plain_port = free_port(), free_port()
        conf = re.sub(r"^ *ssl_.*\n", "", conf, flags=re.MULTILINE)
        for old, new in {
            "listen 443 ssl;": f"listen 127.0.0.1:{self.port};",
            "listen 80;": f"listen 127.0.0.1:{self.plain_port};",
            "/var/www/news": str(root),
            "http://127.0.0.1:8000": f"http://127.0.0.1:{program}",
        }.items():
            conf = conf.replace(old, new)
        user = "user root;" if os.geteuid() == 0 else ""
        temporary = "".join(
            f"{name}_temp_path {folder}/{name};"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        path = folder / "nginx.conf"
        path.write_text(
            f"{user} daemon off; worker_processes 1; pid {folder}/pid; error_log stderr;\n"
            f"events {{}}\nhttp {{ access_log off; {temporary}\n{conf}\n}}\n"
        )
        assert NGINX is not None
        self.process = subprocess.Popen([NGINX, "-e", "stderr", "-c", str(path)])
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self.process.poll() is None
                time.sleep(0.02)

    def ask(self, path: str, method: str = "GET", port: int | None = None, **more: str) -> Answered:
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=10)
        headers = {"Host": "news.example.org", **{k.replace("_", "-"): v for k, v in more.items()}}
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, body

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def world_in(folder: pathlib.Path) -> World:
    """A source polled, and its topic renamed since."""
    made = World(SqlStore(f"sqlite:///{folder}/one.db"), setup())
    made.serve("a", items(1, 2))
    made.poll_due()
    made.forward(hours=2)
    made.setup = setup(topics=[topic("daesh", "isis OR daesh", was=("isis",))])
    return made


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = world_in(tmp_path_factory.mktemp("db"))
    yield made
    made.store.close()


@pytest.fixture(scope="module")
def nginx(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    folder, root = tmp_path_factory.mktemp("nginx"), tmp_path_factory.mktemp("www")
    write_site(world.site(), root)
    started = Nginx(folder, block("gzip_static on"), root, free_port())
    yield started
    started.end()


@pytest.fixture(scope="module")
def site(world: World) -> Site:
    return world.site()


def test_b7_1_b7_7_b7_8_b7_11_files_are_given_as_the_program_gives_documents(
    nginx: Nginx, site: Site, world: World
) -> None:
    for path in site.paths():
        if path == "search":  # asks the program
            continue
        document = site.document(path)
        assert document is not None
        wanted = answer(document, {}, world.moment, https=True)
        status, headers, body = nginx.ask(f"/{path}")
        assert (status, body) == (200, wanted.body), path
        same = {name: headers.get(name) for name in SAME}
        expected = {name: wanted.headers.get(name) for name in SAME}
        if not document.coded:  # nginx knows that there is nothing to vary by
            same["vary"] = expected["vary"]
        if not document.modified_at:
            same["last-modified"] = None
        assert same == expected, path
        assert "accept-ranges" not in headers
        assert not {"set-cookie", "expires"} & headers.keys()


def test_b7_12_the_headers_say_where_a_feed_is(nginx: Nginx) -> None:
    _, headers, _ = nginx.ask("/topics/daesh.atom")

    assert headers["link"] == '<https://news.example.org/topics/daesh.atom>; rel="self"'
    assert "link" not in nginx.ask("/topics/daesh")[1]


def test_b7_9_nginx_gives_what_was_compressed_ahead(nginx: Nginx) -> None:
    _, plain, body = nginx.ask("/topics/daesh.atom")
    status, headers, zipped = nginx.ask("/topics/daesh.atom", Accept_Encoding="gzip")

    assert (status, headers["content-encoding"]) == (200, "gzip")
    assert gzip.decompress(zipped) == body
    assert headers["content-type"] == plain["content-type"]
    assert "content-encoding" not in plain


def test_b7_4_b7_6_nginx_answers_304_with_what_a_cache_needs(nginx: Nginx) -> None:
    _, full, _ = nginx.ask("/topics/daesh.atom")

    for name, said in ("If_None_Match", full["etag"]), ("If_Modified_Since", full["last-modified"]):
        status, headers, body = nginx.ask("/topics/daesh.atom", "GET", None, **{name: said})
        assert (status, body) == (304, b"")
        assert headers.keys() >= {"etag", "cache-control", "date", "link", "vary"}


def test_b7_13_nginx_knows_topics_that_were_renamed_or_removed(nginx: Nginx) -> None:
    status, headers, _ = nginx.ask("/topics/isis.atom")
    assert (status, headers["location"]) == (308, "/topics/daesh.atom")
    assert nginx.ask("/topics/story.atom")[0] == 410
    assert nginx.ask("/topics/story")[0] == 410
    assert nginx.ask("/topics/never.atom")[0] == 404


def test_b7_10_b7_11_nginx_answers_a_preflight_and_changes_nothing(nginx: Nginx) -> None:
    status, headers, _ = nginx.ask("/topics/daesh.atom", "OPTIONS", Origin="https://reader.example")

    assert (status, headers["access-control-allow-origin"]) == (204, "*")
    assert nginx.ask("/topics/daesh.atom", "POST")[0] == 405
    get, head = nginx.ask("/topics/daesh.atom"), nginx.ask("/topics/daesh.atom", "HEAD")
    assert head[2] == b""
    assert head[1]["content-length"] == get[1]["content-length"]
    assert nginx.ask("/topics/daesh.atom", Range="bytes=0-9")[0] == 200


def test_b7_17_b7_18_nginx_leads_to_the_one_address_in_one_step(nginx: Nginx) -> None:
    status, headers, _ = nginx.ask("/topics/daesh.atom?utm=x", port=nginx.plain_port)
    assert (status, headers["location"]) == (
        308,
        "https://news.example.org/topics/daesh.atom?utm=x",
    )
    assert nginx.ask("/topics/daesh.atom?utm=x")[2] == nginx.ask("/topics/daesh.atom")[2]
    status, headers, _ = nginx.ask("/topics/daesh/")
    assert (status, headers["location"]) == (308, "/topics/daesh")


@pytest.mark.parametrize("path", ["/%5Cevil.example/", "/%5C%5Cevil.example/x/", "//evil.example/"])
def test_nginx_sends_nobody_to_another_site(nginx: Nginx, path: str) -> None:
    location = nginx.ask(path)[1].get("location", "/")

    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))


def test_what_the_build_keeps_for_itself_is_not_given(nginx: Nginx) -> None:
    for name in (".aggregator-site", ".aggregator-nginx.conf"):
        assert nginx.ask(f"/{name}")[0] == 404


def test_b7_16_feeds_are_served_while_the_program_is_away(nginx: Nginx) -> None:
    assert nginx.ask("/topics/daesh.atom")[0] == 200
    for ending in ("", ".atom", ".rss", ".json"):
        assert nginx.ask(f"/search{ending}?q=isis")[0] == 502


def test_b6_9_b7_18_of_searches_nginx_gives_what_the_program_says_and_nothing_more(
    tmp_path: pathlib.Path,
) -> None:
    world = world_in(tmp_path)
    root = tmp_path / "www"
    write_site(world.site(), root)
    with contextlib.closing(world.store), Server(world) as server:
        before = Nginx(tmp_path, block("gzip_static on"), root, server.port)
        try:
            for path in ("/search?q=isis", "/search.json?q=isis"):
                status, headers, body = server.ask(path)
                given = before.ask(path)
                assert (status, body) == (given[0], given[2])
                assert all(
                    given[1][name] == said for name, said in headers.items() if name != "date"
                )
                assert given[1].keys() <= headers.keys() | {"server", "connection"}
            status, headers, _ = before.ask("/search/?q=isis")
            assert (status, headers["location"]) == (308, "/search?q=isis")
        finally:
            before.end()


def test_b7_14_b7_17_nginx_before_the_program_passes_on_what_is_asked_and_said(
    tmp_path: pathlib.Path,
) -> None:
    path = "/topics/daesh.atom"
    world = world_in(tmp_path)  # its documents will be of another address
    with contextlib.closing(world.store), Server(world) as server:
        proxy = Nginx(tmp_path, block("gzip off"), tmp_path, server.port)
        try:
            # nginx has no TLS here, and says so.
            status, headers, _ = proxy.ask(path)
            assert (status, headers["location"]) == (308, f"https://news.example.org{path}")
            assert proxy.ask(path, port=proxy.plain_port)[1]["location"] == headers["location"]

            http_alone = replace(world.setup.site, url="http://news.example.org/")
            server.current = setup(topics=world.setup.topics.values(), site=http_alone)
            status, headers, _ = proxy.ask(path, Accept_Encoding="br")
            assert (status, headers["content-encoding"]) == (200, "br")
            assert proxy.ask(path, If_None_Match=headers["etag"])[0] == 304
            whole = [proxy.ask(path)[0] for _ in range(30)]
            assert whole == [200] * 29 + [429]
        finally:
            proxy.end()
