"""Which addresses may be dialled (A7)."""

import asyncio
import socket
from typing import Any

import pytest

from aggregator.fetch import Client
from aggregator.fetch.guard import Gate, permitted
from aggregator.model import Failure, FailureKind, FetchRequest
from tests.fetch.helpers import AGENT, QUICK, ask
from tests.values import NOON


@pytest.mark.parametrize(
    "address",
    """0.0.0.0 0.1.2.3 10.1.2.3 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16
    169.254.169.254 169.254.0.1 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1
    192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1
    255.255.255.255 :: ::1 ::127.0.0.1 ::10.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1
    ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::1 100::1 2001::1
    2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:db8::1 2002:7f00:1:: 2002:a00:1:: 3fff::1 5f00::1 fc00::1
    fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1""".split(),
)
def test_a7_2_an_address_that_is_not_public_is_denied(address: str) -> None:
    assert not permitted(address)


@pytest.mark.parametrize("address", ["172.32.0.1", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_a7_2_a_public_address_is_allowed(address: str) -> None:
    assert permitted(address)


@pytest.mark.parametrize("port", [1, 22, 25, 79, 81, 443 + 1, 6000, 6667, 10080, 0])
def test_a7_5_other_services_ports_are_refused(port: int) -> None:
    assert not Gate().may_ask("a.example", port)


@pytest.mark.parametrize("port", [80, 443, 1024, 8080, 65535])
def test_a7_5_ports_of_the_web_are_open(port: int) -> None:
    assert Gate().may_ask("a.example", port)


def test_a7_8_only_the_port_that_was_named_of_a_private_host_is_open() -> None:
    gate = Gate(["10.0.0.5:8080", "[fd00::1]:80"])

    assert gate.may_dial("10.0.0.5", 8080)
    assert not gate.may_dial("10.0.0.5", 8081)
    assert not gate.may_dial("10.0.0.6", 8080)
    assert gate.may_dial("fd00::1", 80)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080/",
        "http://127.1:8080/",
        "http://0x7f.1:8080/",
        "http://0177.0.0.1:8080/",
        "http://2130706433:8080/",
        "http://0:8080/",
        "http://localhost:8080/",
        "http://[::1]:8080/",
        "http://[::ffff:127.0.0.1]:8080/",
        "http://127。0。0。1:8080/",
        "http://１２７.0.0.1:8080/",
    ],
)
def test_a7_4_no_spelling_of_loopback_is_dialled(url: str) -> None:
    result = ask(url)

    assert isinstance(result, Failure)
    assert result.kind in (FailureKind.BLOCKED_ADDRESS, FailureKind.CONNECT, FailureKind.DNS)
    assert "refused" not in result.detail.lower(), "it was dialled"


def test_a7_1_a_redirect_into_the_private_network_is_refused(hostile: Any) -> None:
    for path in ("/to-meta", "/to-ipv6map", "/to-dec"):
        result = ask(hostile.url(path), hostile.address)

        assert isinstance(result, Failure)
        assert result.kind in (FailureKind.BLOCKED_ADDRESS, FailureKind.REDIRECT)


def _resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    """getaddrinfo, as a name server that changes its answers."""
    given = iter(answers)

    def look_up(host: str, port: int, *_args: object, **_kwargs: object) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in next(given)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def test_a7_3_a_name_with_only_private_addresses_is_blocked_not_retried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _resolving(monkeypatch, ["127.0.0.1", "10.0.0.1"])

    result = ask("http://rebind.example/")

    assert isinstance(result, Failure)
    assert (result.kind, result.detail) == (
        FailureKind.BLOCKED_ADDRESS,
        "rebind.example has no public address",
    )


def test_a7_1_an_answer_that_flips_between_look_ups_reaches_nothing(
    monkeypatch: pytest.MonkeyPatch, hostile: Any
) -> None:
    # The first answer would pass a check beforehand; what is dialled is judged, always.
    _resolving(monkeypatch, ["127.0.0.1"], ["127.0.0.1"], ["127.0.0.1"])

    result = ask(f"http://rebind.example:{hostile.port}/feed")

    assert isinstance(result, Failure)
    assert result.kind is FailureKind.BLOCKED_ADDRESS
    monkeypatch.undo()
    assert hostile.log() == []


def test_a7_8_a_named_private_host_may_be_asked_by_its_name(hostile: Any) -> None:
    result = ask(f"http://localhost:{hostile.port}/feed", f"localhost:{hostile.port}")

    assert not isinstance(result, Failure)


def test_a8_2_a_dead_name_server_stalls_nobody_else(
    monkeypatch: pytest.MonkeyPatch, hostile: Any
) -> None:
    import threading

    never = threading.Event()
    real = socket.getaddrinfo

    def look_up(host: str, *args: Any, **kwargs: Any) -> Any:
        if host.endswith(".dead.example"):
            never.wait(10)
        return real(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    async def go() -> tuple[object, list[object]]:
        async with Client(
            AGENT, lambda: NOON, limits=QUICK, allow_private=[f"localhost:{hostile.port}"]
        ) as client:
            dead = [
                asyncio.create_task(client(FetchRequest(f"http://n{n}.dead.example/")))
                for n in range(40)
            ]
            await asyncio.sleep(0)
            alive = await client(FetchRequest(f"http://localhost:{hostile.port}/feed"))
            return alive, await asyncio.gather(*dead)

    try:
        alive, dead = asyncio.run(go())
    finally:
        never.set()
    assert not isinstance(alive, Failure)
    assert all(isinstance(one, Failure) for one in dead)
