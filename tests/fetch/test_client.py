"""One question to the world, and its answer as a value."""

import asyncio
import datetime as dt
import gzip
import zlib
from typing import Any

import brotli
import pytest

from aggregator.fetch import Client, Limits
from aggregator.model import Failure, FailureKind, Fetched, FetchRequest, NotModified
from tests.fetch.helpers import AGENT, QUICK, ask, asked, response, serving
from tests.values import NOON

FEED = b"<rss><channel><title>t</title></channel></rss>"


def header(request: str, name: str) -> str | None:
    lines = dict(line.split(": ", 1) for line in request.split("\r\n")[1:] if ": " in line)
    return {k.lower(): v for k, v in lines.items()}.get(name.lower())


def failure(result: object) -> Failure:
    assert isinstance(result, Failure), result
    return result


# --- the request (A4) --------------------------------------------------------------------------


def test_a4_1_we_say_who_we_are_and_where_to_complain() -> None:
    _, (request,) = asked(response(FEED))

    assert header(request, "User-Agent") == AGENT


def test_a4_2_the_contact_goes_into_from() -> None:
    async def go() -> list[str]:
        async with (
            serving(response(FEED)) as (address, got),
            Client(
                AGENT,
                lambda: NOON,
                limits=QUICK,
                contact="editor@example.org",
                allow_private=[address],
            ) as client,
        ):
            await client(FetchRequest(f"http://{address}/feed"))
            return got

    (request,) = asyncio.run(go())
    assert header(request, "From") == "editor@example.org"


def test_a4_3_a4_4_nothing_is_sent_that_a_poller_has_no_reason_for(hostile: Any) -> None:
    async def go() -> None:
        async with Client(
            AGENT, lambda: NOON, limits=QUICK, allow_private=[hostile.address]
        ) as client:
            for _ in range(2):
                await client(FetchRequest(hostile.url("/cookie")))

    asyncio.run(go())
    log = hostile.log()
    names = {name.lower() for one in log for name, _ in one["headers"]}
    assert len(log) == 2
    assert names == {"host", "user-agent", "accept", "accept-encoding"}


def test_a1_14_nothing_is_sent_that_asks_for_a_fresh_copy(hostile: Any) -> None:
    ask(hostile.url("/feed"), hostile.address)

    names = {name.lower() for name, _ in hostile.log()[0]["headers"]}
    assert not names & {"cache-control", "pragma", "range", "if-none-match"}


def test_a4_5_the_address_is_sent_as_it_is() -> None:
    path = "/Feed.XML?b=2&a=%7E1&null&c=a+b"

    _, (request,) = asked(response(FEED), request=lambda host: FetchRequest(f"http://{host}{path}"))

    assert request.startswith(f"GET {path} HTTP/1.1\r\n")


def test_a4_6_feeds_are_asked_for_before_pages() -> None:
    _, (request,) = asked(response(FEED))

    accept = header(request, "Accept")
    assert accept is not None
    assert accept.startswith("application/atom+xml")
    assert "html" not in accept


def test_a4_7_only_codings_that_are_decoded_within_bounds_are_accepted() -> None:
    _, (request,) = asked(response(FEED))

    assert header(request, "Accept-Encoding") == "gzip, br"


def test_a4_8_a_feed_is_asked_for_at_once_and_once(hostile: Any) -> None:
    ask(hostile.url("/feed"), hostile.address)

    assert [one["method"] for one in hostile.log()] == ["GET"]


def test_a4_10_no_proxy_of_the_environment_is_used(
    monkeypatch: pytest.MonkeyPatch, hostile: Any
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")

    assert isinstance(ask(hostile.url("/feed"), hostile.address), Fetched)


@pytest.mark.parametrize(
    ("path", "etag"), [("/feed", '"v1"'), ("/weak", 'W/"v1"'), ("/unquoted-etag", "v1")]
)
def test_a1_2_an_etag_goes_back_as_it_came_and_is_understood(
    hostile: Any, path: str, etag: str
) -> None:
    url = hostile.url(path)

    result = ask(FetchRequest(url, etag=etag, validators_for=url), hostile.address)

    assert isinstance(result, NotModified)
    assert ["If-None-Match", etag] in hostile.log()[0]["headers"]


def test_a1_4_validators_follow_a_redirect_to_the_address_they_belong_to(hostile: Any) -> None:
    final = hostile.url("/feed")

    result = ask(
        FetchRequest(hostile.url("/r/302?/feed"), etag='"v1"', validators_for=final),
        hostile.address,
    )

    assert isinstance(result, NotModified)
    first, second = hostile.log()
    assert "If-None-Match" not in dict(first["headers"])
    assert dict(second["headers"])["If-None-Match"] == '"v1"'


def test_a1_4_validators_of_another_address_are_not_sent(hostile: Any) -> None:
    request = FetchRequest(hostile.url("/weak"), etag='"v1"', validators_for=hostile.url("/feed"))

    ask(request, hostile.address)

    assert "If-None-Match" not in dict(hostile.log()[0]["headers"])


def test_a1_7_a_304_that_nobody_asked_for_is_an_error(hostile: Any) -> None:
    found = failure(ask(hostile.url("/always304"), hostile.address))

    assert (found.kind, found.phase) == (FailureKind.PROTOCOL, "headers")
    assert len(hostile.log()) == 1


def test_a5_3_credentials_go_to_their_own_origin_alone() -> None:
    async def go() -> tuple[list[str], list[str]]:
        async with serving(response(FEED)) as (target, elsewhere):
            moved = response(b"", "302 Found", [("Location", f"http://{target}/feed")])
            async with (
                serving(moved) as (address, home),
                Client(
                    AGENT, lambda: NOON, limits=QUICK, allow_private=[address, target]
                ) as client,
            ):
                await client(FetchRequest(f"http://{address}/feed", auth="user:password"))
                return home, elsewhere

    (home,), (elsewhere,) = asyncio.run(go())
    assert header(home, "Authorization") == "Basic dXNlcjpwYXNzd29yZA=="
    assert header(elsewhere, "Authorization") is None


# --- redirects (A5) --------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a2_4_redirects_are_followed_and_told(hostile: Any, status: int) -> None:
    result = ask(hostile.url(f"/r/{status}?/feed"), hostile.address)

    assert isinstance(result, Fetched)
    assert result.url == hostile.url("/feed")
    assert result.hops == ((status, hostile.url("/feed")),)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/loop", "redirects in a circle"),
        ("/chain", "more than 5 redirects"),
        ("/to-file", "302 leads to file:///etc/passwd"),
        ("/to-creds", "redirects to an address with a user name"),
    ],
)
def test_a5_1_a5_2_a5_3_a_redirect_that_leads_nowhere_good_ends(
    hostile: Any, path: str, said: str
) -> None:
    result = failure(ask(hostile.url(path), hostile.address))

    assert result.kind is FailureKind.REDIRECT
    assert said in result.detail


def test_a5_1_at_most_six_requests_for_one_fetch(hostile: Any) -> None:
    ask(hostile.url("/chain"), hostile.address)

    assert len(hostile.log()) == 6


def test_a5_2_a_redirect_without_a_target_is_an_error() -> None:
    result, _ = asked(response(b"", "302 Found"))

    assert failure(result).detail == "302 leads to nowhere: it names no Location"


def test_a5_2_a_relative_location_is_resolved() -> None:
    moved = response(b"", "302 Found", [("Location", "../b/feed?x=1#part")])

    result, (_, second) = asked(
        moved, response(FEED), request=lambda h: FetchRequest(f"http://{h}/a/c")
    )

    assert isinstance(result, Fetched)
    assert second.startswith("GET /b/feed?x=1 HTTP/1.1")


# --- answers (A2) ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("401 Unauthorized", FailureKind.AUTH),
        ("403 Forbidden", FailureKind.FORBIDDEN),
        ("404 Not Found", FailureKind.NOT_FOUND),
        ("410 Gone", FailureKind.GONE),
        ("429 Too Many Requests", FailureKind.RATE_LIMITED),
        ("451 Unavailable", FailureKind.STATUS),
        ("500 Oops", FailureKind.STATUS),
        ("503 Busy", FailureKind.UNAVAILABLE),
        ("300 Multiple", FailureKind.STATUS),
        ("206 Partial Content", FailureKind.STATUS),
        ("226 IM Used", FailureKind.STATUS),
    ],
)
def test_a2_every_status_has_its_kind_and_no_body_is_read(status: str, kind: FailureKind) -> None:
    result, _ = asked(response(FEED, status))

    assert failure(result).kind is kind
    assert failure(result).status == int(status[:3])


def test_a2_6_retry_after_in_seconds_and_as_a_date(hostile: Any) -> None:
    seconds = failure(ask(hostile.url("/429"), hostile.address))
    date = failure(ask(hostile.url("/429date"), hostile.address))

    assert seconds.retry_after == dt.timedelta(hours=2)
    assert date.retry_after is not None
    assert date.retry_after > dt.timedelta(days=365)


def test_a2_8_a_challenge_is_named() -> None:
    result, _ = asked(response(b"", "403 Forbidden", [("cf-mitigated", "challenge")]))

    assert "challenge for browsers" in failure(result).detail


def test_headers_are_given_in_lower_case_and_joined() -> None:
    result, _ = asked(response(FEED, headers=[("ETag", '"v1"'), ("Link", "<a>"), ("link", "<b>")]))

    assert isinstance(result, Fetched)
    assert (result.headers["etag"], result.headers["link"]) == ('"v1"', "<a>, <b>")


# --- bounds (A8) ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/hang", "/drip", "/drip-head"])
def test_a8_1_a_server_without_end_is_left_in_time(hostile: Any, path: str) -> None:
    result = failure(ask(hostile.url(path), hostile.address))

    assert result.kind is FailureKind.TIMEOUT


@pytest.mark.parametrize("path", ["/infinite", "/big", "/gzipbomb"])
def test_a8_3_a8_4_a_body_without_end_is_cut(hostile: Any, path: str) -> None:
    result = failure(ask(hostile.url(path), hostile.address, limits=Limits(host_spacing=0.0)))

    assert result.kind is FailureKind.TOO_LARGE


def test_a8_3_a_length_above_the_cap_is_refused_before_reading() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"

    result, _ = asked(head)

    assert failure(result).kind is FailureKind.TOO_LARGE
    assert "Content-Length is 99999999" in failure(result).detail


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(FEED)),
        ("x-gzip", gzip.compress(FEED)),
        ("gzip", gzip.compress(FEED[:10]) + gzip.compress(FEED[10:])),
        ("gzip", gzip.compress(FEED) + b"\0" * 100),
        ("deflate", zlib.compress(FEED)),
        ("br", brotli.compress(FEED)),
        ("identity", FEED),
        ("gzip", FEED),
    ],
    ids=[
        "gzip",
        "x-gzip",
        "two members",
        "padding",
        "deflate",
        "br",
        "identity",
        "plain after all",
    ],
)
def test_a8_5_a_coded_body_is_decoded(coding: str, body: bytes) -> None:
    result, _ = asked(response(body, headers=[("Content-Encoding", coding)]))

    assert isinstance(result, Fetched)
    assert result.body == FEED
    assert result.wire_bytes == len(body)


@pytest.mark.parametrize("coding", ["gzip, gzip", "gzip, br", "zstd", "exotic"])
def test_a8_5_two_codings_or_an_unknown_one_are_refused(coding: str) -> None:
    result, _ = asked(response(gzip.compress(FEED), headers=[("Content-Encoding", coding)]))

    assert failure(result).kind is FailureKind.BAD_CODING


@pytest.mark.parametrize(
    ("coding", "body"),
    [("gzip", gzip.compress(FEED)[:-9]), ("br", brotli.compress(FEED * 100)[:-5])],
    ids=["gzip", "br"],
)
def test_a8_5_a_coded_body_that_ends_early_is_truncated(coding: str, body: bytes) -> None:
    result, _ = asked(response(body, headers=[("Content-Encoding", coding)]))

    assert failure(result).kind is FailureKind.TRUNCATED


@pytest.mark.parametrize(("coding", "compress"), [("gzip", gzip.compress), ("br", brotli.compress)])
def test_a8_4_a_bomb_costs_no_more_than_the_limit(coding: str, compress: Any) -> None:
    bomb = compress(bytes(64 << 20))

    result, _ = asked(response(bomb, headers=[("Content-Encoding", coding)]))

    assert failure(result).kind is FailureKind.TOO_LARGE


def test_a8_6_a_body_shorter_than_promised_is_truncated(hostile: Any) -> None:
    result = failure(ask(hostile.url("/truncated"), hostile.address))

    assert result.kind is FailureKind.TRUNCATED


def test_a8_6_broken_chunks_are_truncated() -> None:
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"

    result, _ = asked(answer)

    assert failure(result).kind is FailureKind.TRUNCATED


@pytest.mark.parametrize("path", ["/bigheader", "/manyheaders"])
def test_a8_7_headers_without_measure_are_refused(hostile: Any, path: str) -> None:
    result = failure(ask(hostile.url(path), hostile.address))

    assert result.kind is FailureKind.PROTOCOL


def test_a8_7_many_middling_headers_are_refused_by_their_sum() -> None:
    many = [(f"X-{n}", "a" * 1000) for n in range(100)]

    result, _ = asked(response(FEED, headers=many))

    assert failure(result).kind is FailureKind.PROTOCOL


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"\x16\x03\x01",
    ],
    ids=["nothing", "no HTTP", "no status", "no length", "TLS"],
)
def test_what_is_no_http_is_a_failure_and_no_exception(answer: bytes) -> None:
    result, _ = asked(answer)

    assert failure(result).kind in (
        FailureKind.PROTOCOL,
        FailureKind.TRUNCATED,
        FailureKind.CONNECT,
    )
    assert len(failure(result).detail) <= 500


def test_a6_6_a_certificate_nobody_vouches_for_is_refused_and_can_be_allowed(tmp_path: Any) -> None:
    import ssl

    context = _self_signed(tmp_path)

    async def go(allow_bad_tls: bool) -> object:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(response(FEED))
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        async with server:
            address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
            async with Client(AGENT, lambda: NOON, limits=QUICK, allow_private=[address]) as client:
                return await client(
                    FetchRequest(f"https://{address}/", allow_bad_tls=allow_bad_tls)
                )

    assert isinstance(context, ssl.SSLContext)
    assert failure(asyncio.run(go(False))).kind is FailureKind.TLS
    assert isinstance(asyncio.run(go(True)), Fetched)


def test_a5_5_a_redirect_from_https_to_http_is_not_followed(tmp_path: Any) -> None:
    context = _self_signed(tmp_path)

    async def go() -> tuple[object, list[str]]:
        async with serving(response(FEED)) as (plain, got):

            async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await reader.readuntil(b"\r\n\r\n")
                location = [("Location", f"http://{plain}/feed")]
                writer.write(response(b"", "301 Moved Permanently", location))
                await writer.drain()
                writer.close()

            server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
            asyncio.get_running_loop().set_exception_handler(lambda *_: None)
            async with server:
                secure = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
                async with Client(
                    AGENT, lambda: NOON, limits=QUICK, allow_private=[plain, secure]
                ) as client:
                    request = FetchRequest(f"https://{secure}/", allow_bad_tls=True)
                    return await client(request), got

    result, got = asyncio.run(go())

    assert failure(result).kind is FailureKind.REDIRECT
    assert got == []


def _self_signed(folder: Any) -> Any:
    import ssl
    import subprocess

    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
         "-days", "1", "-subj", "/CN=127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
