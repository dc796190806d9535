"""A subscriber on loopback, whose manners can be as bad as a test wants."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl


@dataclass
class Delivery:
    """What was posted to a callback."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class TestSubscriber:
    """Confirms what it is asked, and keeps what it is sent; `says` gives other answers, by path:
    a status, headers and a body, or bytes as they are."""

    __test__ = False

    says: dict[str, list[bytes]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    got: list[Delivery] = field(default_factory=list)
    challenges: Callable[[str], str] = lambda challenge: challenge
    slow: float = 0.0
    host: str = "127.0.0.4"
    at_once: int = 0
    most_at_once: int = 0

    def url(self, path: str = "/callback") -> str:
        return f"http://{self.address}{path}"

    def wait(self, what: Callable[[], object], seconds: float = 10) -> None:
        with self.changed:
            assert self.changed.wait_for(what, seconds), (self.asked, len(self.got))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.under_way.add(task)
        try:
            await self._answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # whoever asked has gone
        finally:
            writer.close()
            self.under_way.discard(task)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
        path, _, query = target.partition("?")
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.slow)
        self.at_once -= 1
        said = dict(parse_qsl(query))
        usual = self.challenges(said.get("hub.challenge", "")) if method == "GET" else ""
        answers = self.says.get(path, [])
        answer = answers.pop(0) if len(answers) > 1 else answers[0] if answers else b""
        with self.changed:
            if method == "GET":
                self.asked.append({**said, "path": path})
            else:
                self.got.append(Delivery(path, headers, body))
            self.changed.notify_all()
        writer.write(answer or says("200 OK", body=usual.encode()))
        await writer.drain()

    async def _run(self) -> None:
        self.stop = asyncio.Event()
        self.loop = asyncio.get_running_loop()
        self.under_way: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._serve, self.host, 0)
        host, port = server.sockets[0].getsockname()
        self.address = f"{host}:{port}"
        self.started.set()
        async with server:
            await self.stop.wait()
        await asyncio.gather(*self.under_way)

    def __enter__(self) -> Self:
        self.changed = threading.Condition()
        self.started = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self.thread.start()
        assert self.started.wait(10)
        return self

    def __exit__(self, *_exception: object) -> None:
        self.loop.call_soon_threadsafe(self.stop.set)
        self.thread.join(10)


def says(status: str, headers: str = "", body: bytes = b"") -> bytes:
    """An answer as it goes over the wire."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body
