"""Conditional and compressed answers: the matrix of coding × tag × date (B7)."""

import datetime as dt
import gzip

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Rendering
from aggregator.pipeline.documents import Document
from aggregator.publish.pages import CSS_TYPE, HTML_TYPE
from aggregator.web.conditional import answer, preflight
from tests.values import NOON

LATER = NOON + dt.timedelta(days=1)
BODY = b"<feed>" + b"x" * 1000 + b"</feed>"
SELF = "https://news.example.org/topics/isis.atom"
ATOM_TYPE = "application/atom+xml; charset=utf-8"


def document(kind: str = ATOM_TYPE, *, compressed: bool = True) -> Document:
    rendering = Rendering("topics/isis.atom", kind, BODY, (("self", SELF),))
    coded = {"br": brotli.compress(BODY), "gzip": gzip.compress(BODY, mtime=0)}
    return Document(rendering, NOON, "abc", coded if compressed else {})


def ask(headers: dict[str, str] | None = None, **more: object) -> tuple[int, dict[str, str], bytes]:
    made = answer(document(**more), headers or {}, LATER, https=False)  # type: ignore[arg-type]
    return made.status, dict(made.headers), made.body


def test_b7_1_a_feed_comes_with_its_own_media_type_and_is_not_sniffed() -> None:
    _, headers, body = ask()

    assert headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert headers["x-content-type-options"] == "nosniff"
    assert body == BODY


DECODED = {"gzip": gzip.decompress, "br": brotli.decompress, None: bytes}


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        (None, None),
        ("gzip", "gzip"),
        ("br", "br"),
        ("gzip, deflate", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5, gzip;q=0.8, *;q=0.1", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("*", "br"),
        ("*, br;q=0", "gzip"),
        ("deflate, zstd", None),
        ("identity", None),
        ("gzip;q=0", None),
        ("gzip; q=0.0", None),
        ("identity;q=1, gzip;q=0.5, br;q=0.9", None),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("*;q=0", None),
        ("", None),
        ("gzip;q=nonsense", "gzip"),
        ("gzip;q=1.2.3", None),
    ],
)
def test_b7_9_a_coding_is_given_to_whom_accepts_it(accept: str | None, coding: str | None) -> None:
    _, headers, body = ask({} if accept is None else {"accept-encoding": accept})

    assert headers.get("content-encoding") == coding
    assert headers["etag"] == {"gzip": '"abc.gz"', "br": '"abc.br"', None: '"abc"'}[coding]
    assert headers["content-length"] == str(len(body))
    assert DECODED[coding](body) == BODY


def test_b7_9_what_was_not_compressed_is_given_as_it_is() -> None:
    _, headers, body = ask({"accept-encoding": "br, gzip"}, compressed=False)

    assert "content-encoding" not in headers
    assert (headers["etag"], body) == ('"abc"', BODY)


def test_b7_8_every_answer_says_what_it_varies_by() -> None:
    for headers in ({}, {"accept-encoding": "gzip"}, {"if-none-match": '"abc"'}):
        assert ask(headers)[1]["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accept", ["", "gzip", "br"], ids=["identity", "gzip", "br"])
@pytest.mark.parametrize(
    "tags",
    [
        '"abc"',
        '"abc.gz"',
        'W/"abc"',
        'W/"abc.gz"',
        '"abc.br"',
        'W/"abc.br"',
        '"x", "abc"',
        'W/"x","abc.gz" , "y"',
        "*",
        " * ",
    ],
)
def test_b7_3_any_of_our_tags_is_enough_whatever_coding_is_taken_now(
    accept: str, tags: str
) -> None:
    status, headers, body = ask({"accept-encoding": accept, "if-none-match": tags})

    assert (status, body) == (304, b"")
    assert headers["etag"] == {"": '"abc"', "gzip": '"abc.gz"', "br": '"abc.br"'}[accept]


@pytest.mark.parametrize("tags", ['"abd"', "abc", '"ab', '""', "", '"ABC"'])
def test_b7_3_no_other_tag_is(tags: str) -> None:
    assert ask({"if-none-match": tags})[0] == 200


@pytest.mark.parametrize(
    ("since", "status"),
    [
        ("Sun, 22 Nov 2026 12:00:00 GMT", 304),
        ("Sun, 22 Nov 2026 12:00:01 GMT", 304),
        ("Sunday, 22-Nov-26 12:00:00 GMT", 304),
        ("Sun, 22 Nov 2026 11:59:59 GMT", 200),
        ("Sun, 22 Nov 2099 12:00:00 GMT", 200),
        ("yesterday", 200),
        ("", 200),
    ],
)
def test_b7_4_a_date_alone_is_compared(since: str, status: int) -> None:
    assert ask({"if-modified-since": since})[0] == status


def test_b7_4_a_tag_takes_precedence_over_a_date() -> None:
    date = "Sun, 22 Nov 2026 12:00:00 GMT"

    assert ask({"if-none-match": '"other"', "if-modified-since": date})[0] == 200
    assert ask({"if-none-match": '"abc"', "if-modified-since": "nonsense"})[0] == 304


def test_b7_6_b7_12_a_304_carries_what_a_cache_needs_and_no_body() -> None:
    status, headers, body = ask({"if-none-match": '"abc"'})

    assert (status, body) == (304, b"")
    assert {"etag", "cache-control", "vary", "link", "last-modified"} <= headers.keys()
    assert not {"content-type", "content-length", "content-encoding"} & headers.keys()
    assert headers["link"] == f'<{SELF}>; rel="self"'


def test_b7_7_feeds_are_fresh_for_half_an_hour_and_nothing_forbids_storing() -> None:
    _, headers, _ = ask()

    assert headers["cache-control"] == "public, max-age=1800, stale-if-error=86400"
    assert not {"expires", "pragma", "set-cookie"} & headers.keys()
    assert ask(kind=CSS_TYPE)[1]["cache-control"].endswith("immutable")


def test_b7_11_a_script_elsewhere_may_read_a_feed() -> None:
    _, headers, _ = ask()

    assert headers["access-control-allow-origin"] == "*"
    assert "ETag" in headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in headers
    asked = preflight()
    assert asked["access-control-allow-headers"] == "If-None-Match, If-Modified-Since"
    assert asked["access-control-max-age"] == "86400"


def test_b6_9_a_page_may_load_pictures_and_our_style_and_nothing_else() -> None:
    _, headers, _ = ask(kind=HTML_TYPE)

    assert headers["content-security-policy"] == (
        "default-src 'none'; img-src https:; style-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )
    assert ask()[1]["content-security-policy"] == "default-src 'none'; style-src 'self'; sandbox"


def test_b7_17_a_site_on_https_insists_on_it() -> None:
    assert "strict-transport-security" in answer(document(), {}, LATER, https=True).headers
    assert "strict-transport-security" not in answer(document(), {}, LATER, https=False).headers


def test_b7_5_last_modified_is_when_the_bytes_last_changed() -> None:
    assert ask()[1]["last-modified"] == "Sun, 22 Nov 2026 12:00:00 GMT"


@given(
    st.dictionaries(
        st.sampled_from(["accept-encoding", "if-none-match", "if-modified-since", "range"]),
        st.text(max_size=40),
    )
)
def test_no_header_breaks_an_answer(headers: dict[str, str]) -> None:
    status, given_headers, body = ask(headers)

    assert status in (200, 304)
    assert (status == 304) == (body == b"")
    if status == 200:
        assert given_headers["content-length"] == str(len(body))
