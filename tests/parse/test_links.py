"""The Link header."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.parse.links import Link, header_links

BASE = "https://a.example/news/"


@pytest.mark.parametrize(
    ("header", "links"),
    [
        ("", []),
        ("<x>; rel=hub", [Link("https://a.example/news/x", ("hub",))]),
        ('<x> ; REL = "Self  Hub"', [Link("https://a.example/news/x", ("self", "hub"))]),
        ('<x>; rel=a; rel=b; type="t/x;q"', [Link("https://a.example/news/x", ("a",), "t/x;q")]),
        (r'<x>; rel=a; title="a \"b\", <c>; rel=d"', [Link("https://a.example/news/x", ("a",), "", 'a "b", <c>; rel=d')]),
        ("<x>; crossorigin; rel=a", [Link("https://a.example/news/x", ("a",))]),
        ("<x>;rel=a,</y>;rel=b", [Link("https://a.example/news/x", ("a",)), Link("https://a.example/y", ("b",))]),
        ('<x>; rel=a; anchor="/other"', []),
        ("<javascript:x>; rel=a, <mailto:x@a.example>; rel=b", []),
        ("x; rel=a", []),
    ],
)  # fmt: skip
def test_links_are_read_however_they_are_spelled(header: str, links: list[Link]) -> None:
    assert list(header_links(header, BASE)) == links


def test_a_header_names_a_hundred_links_at_most() -> None:
    assert len(list(header_links(", ".join(["<x>; rel=a"] * 500), BASE))) == 100


@pytest.mark.parametrize("piece", ["<", "<x>;", "<x>; a", '<x>; a="', "; a=", "<x> ", '\\"'])
def test_a_flood_is_read_in_linear_time(piece: str) -> None:
    began = time.process_time()

    list(header_links("<x>" + piece * (60_000 // len(piece)), BASE))

    assert time.process_time() - began < 10  # quadratic would take minutes


@given(st.text(alphabet='<>;=",\\ arel/:.', max_size=200))
def test_any_header_gives_addresses_or_none(header: str) -> None:
    assert all(
        link.url.startswith("https://a.example/") for link in header_links(header, BASE)
    ) or (":" in header or "//" in header)
