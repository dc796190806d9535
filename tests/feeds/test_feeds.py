"""Hard cases of real feeds, in words of our own: each file says in its head what it must be read as.

The head is a comment in XML, `_expect` in JSON: names of what was read (see READ), and the values.
"""

import json
import pathlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from aggregator.model import Article, Failure, ParsedFeed
from aggregator.parse.article import articles_of
from aggregator.parse.document import parse_feed
from tests.parse.helpers import URL, is_xml, strings
from tests.values import NOON

FILES = sorted(
    path
    for path in pathlib.Path(__file__).parent.iterdir()
    if path.is_file() and path.suffix != ".py"
)
HEAD = re.compile(r"<!--[^>]*?\bexpect:\n(.*?)-->", re.DOTALL)
JSON_HEAD = re.compile(r'"_expect":\s*(?={)')


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of a file."""

    feed: ParsedFeed
    articles: list[Article]

    def each(self, name: str) -> list[Any]:
        return [getattr(article, name) for article in self.articles]


READ: dict[str, Callable[[Reading], Any]] = {
    "kind": lambda read: read.feed.kind,
    "feed": lambda read: read.feed.info.title,
    "site": lambda read: read.feed.info.site_url,
    "feed_lang": lambda read: read.feed.info.lang,
    "notes": lambda read: list(read.feed.notes),
    "entries": lambda read: len(read.articles),
    "ids": lambda read: read.each("entry_id"),
    "urls": lambda read: read.each("url"),
    "titles": lambda read: read.each("title"),
    "title_lengths": lambda read: [len(title) for title in read.each("title")],
    "summaries": lambda read: read.each("summary"),
    "html": lambda read: read.each("html"),
    "texts": lambda read: read.each("text"),
    "authors": lambda read: [list(authors) for authors in read.each("authors")],
    "categories": lambda read: [[one.term for one in some] for some in read.each("categories")],
    "media": lambda read: [[[one.kind, one.url] for one in some] for some in read.each("media")],
    "durations": lambda read: [[one.duration for one in some] for some in read.each("media")],
    "langs": lambda read: read.each("lang"),
    "published": lambda read: [f"{moment:%Y-%m-%dT%H:%MZ}" for moment in read.each("published")],
    "updated": lambda read: [f"{moment:%Y-%m-%dT%H:%MZ}" for moment in read.each("updated")],
    "origins": lambda read: [origin and origin.title for origin in read.each("origin")],
}
REFUSED: dict[str, Callable[[Failure], Any]] = {
    "failure": lambda failure: str(failure.kind),
    "detail": lambda failure: failure.detail,
}


def expectations(body: bytes) -> dict[str, Any]:
    """What the head of a file says. Not read by what is tested: plain UTF-8, or UTF-16 by its mark."""
    text = body.decode("utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    if found := HEAD.search(text):
        pairs = (line.partition(":") for line in found[1].strip().splitlines())
        return {name.strip(): json.loads(value) for name, _, value in pairs}
    if found := JSON_HEAD.search(text):
        expected: dict[str, Any] = json.JSONDecoder().raw_decode(text, found.end())[0]
        return expected
    return {}


def check(body: bytes) -> None:
    """Is a file read as its head says?"""
    expected = expectations(body)
    assert expected, "the file expects nothing"
    unknown = expected.keys() - READ.keys() - REFUSED.keys()
    assert not unknown, f"no such expectations: {unknown}"
    result = parse_feed(body, URL)
    if isinstance(result, Failure):
        assert {name: REFUSED[name](result) for name in expected if name in REFUSED} == expected
        return
    reading = Reading(result, articles_of(result, "a", URL, NOON))
    assert {name: READ[name](reading) for name in expected if name in READ} == expected
    assert all(is_xml(text) for text in strings(reading.articles))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_feed_is_read_as_its_head_says(path: pathlib.Path) -> None:
    check(path.read_bytes())


@pytest.mark.parametrize(
    ("head", "wrong"),
    [
        pytest.param("", "expects nothing", id="no expectations"),
        pytest.param("<!-- a comment -->", "expects nothing", id="a comment"),
        pytest.param('<!-- expect:\nnames: ["t"]\n-->', "no such expectations", id="unknown"),
        pytest.param('<!-- expect:\ntitles: ["u"]\n-->', "titles", id="another title"),
        pytest.param('<!-- expect:\nfailure: "hostile"\n-->', "failure", id="a failure"),
    ],
)
def test_a_file_fails_that_expects_nothing_or_what_is_not_so(head: str, wrong: str) -> None:
    with pytest.raises(AssertionError, match=wrong):
        check(f"{head}<rss><channel><item><title>t</title></item></channel></rss>".encode())


def test_a_file_that_is_refused_fails_unless_it_says_why() -> None:
    with pytest.raises(AssertionError, match=r"assert \{\} == "):
        check(b"<!-- expect:\nentries: 0\n--><html></html>")
