"""A folder with a feeds.yaml over a server on loopback."""

import asyncio
import pathlib
import threading
from collections.abc import Callable, Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from aggregator.web.server import bound, serve
from tests.cli.helpers import Said, aggregator
from tests.values import rss

Run = Callable[..., Said]


class Origin:
    """Feeds and pages by path, served from a thread."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, str, bytes]] = {}
        self.asked: list[str] = []
        self.socket = bound("127.0.0.1:0")
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.started = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self.thread.start()
        self.started.wait(10)

    def url(self, path: str) -> str:
        return f"http://{self.address}{path}"

    def put(
        self, path: str, body: bytes, kind: str = "application/rss+xml", status: int = 200
    ) -> None:
        self.pages[path] = (status, kind, body)

    def stories(self, path: str, *titles: str, text: str = "What happened.") -> None:
        """A feed with these titles, the first one newest."""
        self.put(path, rss(*(
            f"<item><title>{title}</title><link>https://news.example{path}/{n}</link>"
            f"<guid isPermaLink='false'>{path}-{title}</guid><description>{text}</description></item>"
            for n, title in enumerate(titles)
        )))  # fmt: skip

    async def _run(self) -> None:
        async def answer(request: Request) -> Response:
            path = request.url.path
            self.asked.append(path)
            status, kind, body = self.pages.get(path, (404, "text/plain", b"nothing"))
            return Response(body, status, media_type=kind)

        self.stop = asyncio.Event()
        self.loop = asyncio.get_running_loop()
        self.started.set()
        await serve(Starlette(routes=[Route("/{path:path}", answer)]), self.socket, self.stop)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.stop.set)
        self.thread.join(15)


@pytest.fixture
def origin() -> Iterator[Origin]:
    made = Origin()
    made.stories("/a.rss", "Daesh loses a town", "A crisis of trust")
    made.stories("/b.rss", "Fighters of Isis captured")
    yield made
    made.close()


def feeds_yaml(origin: Origin, *paths: str, topics: str = "") -> str:
    sources = "\n".join(
        f"  - {{url: '{origin.url(path)}', key: {path.strip('/').partition('.')[0]}}}"
        for path in paths
    )
    return (
        f"site: {{title: Test wire, url: https://wire.example/}}\n"
        f"sources:\n{sources}\n"
        f"topics:\n  isis: {{title: ISIS, query: isis OR daesh}}\n{topics}"
        f"settings:\n  fetch: {{allow_private: ['{origin.address}'], host_spacing: 0, min_interval: 0,"
        f" total_timeout: 30}}\n"
    )


@pytest.fixture
def folder(tmp_path: pathlib.Path, origin: Origin, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Where the command is given: with feeds.yaml over two sources."""
    (tmp_path / "feeds.yaml").write_text(feeds_yaml(origin, "/a.rss", "/b.rss"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Give a command; what it said."""

    def give(*args: str) -> Said:
        return aggregator(*args, monkeypatch=monkeypatch, capsys=capsys)

    return give
