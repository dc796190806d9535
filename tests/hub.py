"""A hub on loopback that follows the WebSub Recommendation of 2026, and can be told not to."""

import asyncio
import hashlib
import hmac
import http.client
import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from aggregator.web.server import bound, serve

Answer = tuple[int, dict[str, str], bytes]


def call(
    method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """One HTTP request to loopback."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    connection.request(method, target, body, dict(headers or {}))
    response = connection.getresponse()
    answer = (
        response.status,
        {k.lower(): v for k, v in response.getheaders()},
        response.read(),
    )
    connection.close()
    return answer


@dataclass
class Subscriber:
    """Who the hub has verified, by topic and callback."""

    topic: str
    callback: str
    secret: str | None


class TestHub:
    """Takes requests at /hub, verifies them, and pushes; the knobs say how badly it behaves."""

    __test__ = False

    def __init__(self, public: str = "https://news.example.org/", host: str = "127.0.0.1") -> None:
        """`public`: the site's address, which here means the server that `reach` names."""
        self.public, self.reached = public, ""
        self.requests: list[dict[str, str]] = []
        self.verifications: list[Answer] = []
        self.subscribers: dict[tuple[str, str], Subscriber] = {}
        self.verifies, self.status, self.lease = True, 202, 864_000
        self.moved = 307
        self.pages: dict[str, tuple[bytes, dict[str, str]]] = {}
        self.asked: list[str] = []
        self.changed = threading.Condition()
        self.socket = bound(f"{host}:0")
        self.address = f"{host}:{self.socket.getsockname()[1]}"
        self.started = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def url(self, path: str = "/hub") -> str:
        return f"http://{self.address}{path}"

    def reach(self, address: str) -> None:
        """Where the site's public address leads: HOST:PORT on loopback."""
        self.reached = f"http://{address}/"

    def local(self, callback: str) -> str:
        assert callback.startswith(self.public), callback
        return callback.replace(self.public, self.reached, 1)

    def wait(self, what: Callable[[], object], seconds: float = 10) -> None:
        """Until something here has changed so that it is so."""
        with self.changed:
            assert self.changed.wait_for(what, seconds), (self.requests, self.verifications)

    def verify(self, form: Mapping[str, str], challenge: str | None = None) -> Answer:
        """Ask the subscriber whether it meant this request; take it at its word."""
        challenge = challenge or secrets.token_urlsafe(24)
        said = {
            "hub.mode": form["hub.mode"],
            "hub.topic": form["hub.topic"],
            "hub.challenge": challenge,
        }
        if form["hub.mode"] == "subscribe":
            said["hub.lease_seconds"] = str(self.lease)
        answer = call("GET", f"{self.local(form['hub.callback'])}?{urlencode(said)}")
        if answer[0] // 100 == 2 and answer[2] == challenge.encode():
            key = form["hub.topic"], form["hub.callback"]
            if form["hub.mode"] == "subscribe":
                self.subscribers[key] = Subscriber(*key, form.get("hub.secret"))
            else:
                self.subscribers.pop(key, None)
        with self.changed:
            self.verifications.append(answer)
            self.changed.notify_all()
        return answer

    def deny(self, form: Mapping[str, str], reason: str = "not for you") -> Answer:
        said = {"hub.mode": "denied", "hub.topic": form["hub.topic"], "hub.reason": reason}
        return call("GET", f"{self.local(form['hub.callback'])}?{urlencode(said)}")

    def push(self, body: bytes, *, method: str = "sha256", signature: str | None = None) -> Answer:
        """Push to the one subscriber there is; signed, where it has told a secret."""
        (one,) = self.subscribers.values()
        return self.push_to(one, body, method=method, signature=signature)

    def push_to(
        self, one: Subscriber, body: bytes, *, method: str = "sha256", signature: str | None = None
    ) -> Answer:
        headers = {
            "Content-Type": "application/rss+xml",
            "Link": f'<{self.url()}>; rel="hub", <{one.topic}>; rel="self"',
        }
        if one.secret is not None and signature is None:
            digest = hmac.new(one.secret.encode(), body, getattr(hashlib, method)).hexdigest()
            signature = f"{method}={digest}"
        if signature:
            headers["X-Hub-Signature"] = signature
        return call("POST", self.local(one.callback), body, headers)

    async def _take(self, request: Request) -> Response:
        if request.url.path == "/moved":
            return Response(status_code=self.moved, headers={"location": "/hub"})
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        form = dict(parse_qsl((await request.body()).decode()))
        with self.changed:
            self.requests.append(form)
            self.changed.notify_all()
        if self.status == 202 and self.verifies:
            self.loop.run_in_executor(None, self.verify, form)
        return PlainTextResponse("", self.status)

    async def _page(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        body, headers = self.pages.get(request.url.path, (b"", {}))
        return Response(body, 200 if body else 404, headers)

    async def _run(self) -> None:
        self.stop = asyncio.Event()
        self.loop = asyncio.get_running_loop()
        self.started.set()
        routes = [
            Route("/hub", self._take, methods=["POST"]),
            Route("/moved", self._take, methods=["POST"]),
            Route("/{path:path}", self._page),
        ]
        await serve(Starlette(routes=routes), self.socket, self.stop)

    def __enter__(self) -> Self:
        self.thread.start()
        assert self.started.wait(10)
        return self

    def __exit__(self, *_exception: object) -> None:
        self.kill()

    def kill(self) -> None:
        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.stop.set)
            self.thread.join(15)

    def __repr__(self) -> str:
        return json.dumps(self.requests)
