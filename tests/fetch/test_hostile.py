"""Servers that mean harm: names that change their mind, bodies that swell, words that are shown."""

import ast
import asyncio
import gzip
import pathlib
import socket
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import brotli
import pytest

from aggregator.fetch import Client, Limits
from aggregator.fetch.body import BodyError, read_body
from aggregator.fetch.guard import Gate, Refused
from aggregator.fetch.resolver import Resolver
from aggregator.model import Failure, FailureKind, Fetched
from aggregator.parse.document import parse_feed
from tests.fetch.helpers import AGENT, QUICK, ask, asked, response
from tests.values import NOON

PACKAGE = pathlib.Path(__file__).resolve().parents[2] / "aggregator"
BAD_PORTS = """
    1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113
    115 117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554
    556 563 587 601 636 989 990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665
    6666 6667 6668 6669 6679 6697 10080
""".split()


def resolve(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[list[str]]:
    """What the resolver hands on, as a name server changes its answers."""
    given = iter(answers)

    def look_up(host: str, port: int, *_args: object, **_kwargs: object) -> list[Any]:
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, port),
            )
            for address in next(given)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    async def go() -> list[list[str]]:
        resolver = Resolver(Gate(), 5)
        handed: list[list[str]] = []
        for _ in answers:
            try:
                handed.append([one["host"] for one in await resolver.resolve("name.example", 80)])
            except Refused:
                handed.append([])
        return handed

    return asyncio.run(go())


def test_a7_1_a_name_that_flips_is_judged_anew_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = (["8.8.8.8"], ["127.0.0.1"], ["8.8.8.8"], ["::ffff:10.0.0.1"])

    assert resolve(monkeypatch, *answers) == [["8.8.8.8"], [], ["8.8.8.8"], []]


def test_a7_3_of_several_answers_only_the_permitted_are_dialled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mixed = ["127.0.0.1", "8.8.8.8", "169.254.169.254", "::1", "2606:4700::1111"]

    assert resolve(monkeypatch, mixed) == [["8.8.8.8", "2606:4700::1111"]]


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]
)
def test_a7_1_the_socket_itself_is_refused_whatever_was_resolved_before(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET

    async def go() -> None:
        async with Client(AGENT, lambda: NOON, limits=QUICK) as client:
            with pytest.raises(Refused):
                client._dial((family, socket.SOCK_STREAM, 6, "", (address, 80)))

    asyncio.run(go())


@pytest.mark.parametrize("port", BAD_PORTS)
def test_a7_5_no_bad_port_of_the_fetch_standard_is_asked(port: str) -> None:
    assert not Gate().may_ask("a.example", int(port))


def test_a7_5_a_redirect_to_a_bad_port_is_not_followed() -> None:
    answer = response(b"", "302 Found", [("Location", "http://127.0.0.1:6667/")])

    result, requests = asked(answer)

    assert isinstance(result, Failure)
    assert (result.kind, len(requests)) == (FailureKind.BLOCKED_ADDRESS, 1)


def test_a7_7_nothing_but_the_guarded_client_goes_out() -> None:
    networks = {
        "aiohttp",
        "httpx",
        "requests",
        "urllib3",
        "http",
        "ftplib",
        "smtplib",
        "urllib.request",
    }
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            if any(name in networks or name.partition(".")[0] in networks for name in names):
                found.add(path.relative_to(PACKAGE).as_posix())

    assert found == {
        "fetch/client.py",
        "fetch/exchange.py",
        "fetch/failures.py",
        "fetch/resolver.py",
    }


SECRET = b"the-word-of-a-stranger"


@pytest.mark.parametrize(
    "status", ["200 OK", "403 Forbidden", "404 Not Found", "410 Gone", "500 No", "302 Found"]
)
def test_a7_9_no_word_of_a_body_that_is_no_feed_is_shown(status: str) -> None:
    result, _ = asked(response(b"<html><p>" + SECRET, status))
    if isinstance(result, Fetched):
        result = parse_feed(result.body, result.url)  # type: ignore[assignment]

    assert isinstance(result, Failure)
    assert SECRET.decode() not in repr(result)


@pytest.mark.parametrize(
    "body",
    [
        SECRET,
        b"{" + SECRET,
        b'{"a": "' + SECRET + b'"}',
        b"<" + SECRET + b"><a>",
        b"<?xml?><" + SECRET,
        b"<urlset><" + SECRET + b"/></urlset>",
        b"<!DOCTYPE rss [<!ENTITY x 'y'><!ENTITY " + SECRET + b" '&x;'>]><rss/>",
        b"<html><rss><channel>" + SECRET,
    ],
)
def test_a7_9_a_fault_is_told_without_the_words_around_it(body: bytes) -> None:
    result = parse_feed(body, "https://a.example/feed")

    assert isinstance(result, Failure)
    assert "stranger" not in result.detail


def bomb(start: Callable[[], Any], megabytes: int) -> bytes:
    made = start()
    block = bytes(1 << 20)
    body = b"".join(_step(made, block) for _ in range(megabytes))
    end: bytes = made.finish() if hasattr(made, "finish") else made.flush()
    return body + end


def _step(made: Any, block: bytes) -> bytes:
    step: bytes = made.process(block) if hasattr(made, "process") else made.compress(block)
    return step


@pytest.mark.parametrize(
    ("coding", "start"),
    [
        ("gzip", lambda: zlib.compressobj(9, zlib.DEFLATED, 31)),
        ("deflate", lambda: zlib.compressobj(9, zlib.DEFLATED, 15)),
        ("br", lambda: brotli.Compressor(quality=5)),
    ],
)
def test_a8_4_a_bomb_of_any_coding_takes_no_more_memory_than_a_body_may(
    coding: str, start: Callable[[], Any]
) -> None:
    body = bomb(start, 128)
    limits = Limits(max_ratio=10**9)  # the size alone has to stop it

    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(body), 65536):
            yield body[at : at + 65536]

    tracemalloc.start()
    try:
        with pytest.raises(BodyError) as stopped:
            asyncio.run(read_body(chunks(), coding, limits))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert stopped.value.kind is FailureKind.TOO_LARGE
    assert peak < 50 << 20


def test_a8_4_a_bomb_inside_a_bomb_is_refused_unopened() -> None:
    inner = gzip.compress(gzip.compress(bytes(1 << 20)))

    result, _ = asked(response(inner, headers=[("Content-Encoding", "gzip, gzip")]))

    assert isinstance(result, Failure)
    assert result.kind is FailureKind.BAD_CODING


@pytest.mark.parametrize(
    "url", ["http://8.8.8.8:22/", "http://user@127.0.0.1/", "http://[fe80::1]/"]
)
def test_a7_1_a7_5_what_may_not_be_asked_is_no_reason_to_retry(url: str) -> None:
    result = ask(url)

    assert isinstance(result, Failure)
    assert result.kind is FailureKind.BLOCKED_ADDRESS
