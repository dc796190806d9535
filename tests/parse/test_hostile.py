"""Documents that mean harm: to files, to memory, to readers."""

import ast
import pathlib
import time

import pytest

from aggregator.model import Failure, FailureKind, ParsedFeed
from aggregator.parse.article import articles_of
from aggregator.parse.document import parse_feed
from tests.values import NOON, rss

PACKAGE = pathlib.Path(__file__).resolve().parents[2] / "aggregator"
URL = "https://a.example/feed"


def test_a9_4_feedparser_is_given_a_stream_of_bytes_and_nothing_else() -> None:
    calls = [
        (path.name, ast.unparse(node.args[0]))
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "feedparser.parse"
    ]

    assert calls == [("xml.py", "io.BytesIO(document.encode('utf-8'))")]


@pytest.mark.parametrize("prefix", ["", "file://", "<!--x-->"])
def test_a9_4_a_document_that_is_the_name_of_a_file_opens_none(
    tmp_path: pathlib.Path, prefix: str
) -> None:
    canary = tmp_path / "canary.xml"
    canary.write_bytes(rss("<item><title>Canary</title><guid>1</guid></item>"))

    found = parse_feed(f"{prefix}{canary}".encode(), URL)

    assert isinstance(found, Failure)
    assert "Canary" not in repr(found)


@pytest.mark.parametrize(
    ("markup", "gone"),
    [
        ('<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>', "javascript"),
        ('<math><a xlink:href="javascript:alert(1)">x</a></math>', "javascript"),
        ('<form action="https://evil.example/"><input name="q"></form>', "evil.example"),
        ('<a href="https://b.example/" ping="https://evil.example/">x</a>', "evil.example"),
        ('<p id="top" class="nav" name="n">x</p>', "nav"),
        ("<p>x<!-- a comment --></p>", "comment"),
        ('<p>x<img src="https://evil.example/1.gif" width="1" height="1"></p>', "evil.example"),
        ('<p>x<img src="javascript:alert(1)"></p>', "javascript"),
    ],
)
def test_a9_7_what_feedparsers_sanitiser_keeps_is_gone(markup: str, gone: str) -> None:
    said = markup.replace("&", "&amp;").replace("<", "&lt;")
    parsed = parse_feed(
        rss(f"<item><title>t</title><guid>1</guid><description>{said}</description></item>"), URL
    )

    assert isinstance(parsed, ParsedFeed)
    assert parsed.entries[0].summary is not None
    assert gone in parsed.entries[0].summary.value, "feedparser was to leave it alone"
    (article,) = articles_of(parsed, "a", URL, NOON)
    assert gone not in article.html


ITEM = "<item><title>t</title><guid>{}</guid></item>"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("<rss " + " ".join(f'a{n}="x"' for n in range(50_000)) + "/>", id="attributes"),
        pytest.param("<rss>" + "<a>" * 200_000, id="depth"),
        pytest.param("\n" * 2_000_000 + "<rss><channel>", id="line breaks in the prolog"),
        pytest.param("<!DOCTYPE rss [" + "\n" * 2_000_000 + "]><rss/>", id="line breaks in the DTD"),
        pytest.param("<rss><channel>" + "<!--" * 100_000, id="comments that never end"),
        pytest.param("<rss><channel>" + "<![CDATA[" * 100_000, id="sections that never end"),
        pytest.param("<rss><channel>" + "<?x " * 100_000, id="instructions that never end"),
        pytest.param("<rss><channel><item>" + "&" * 500_000, id="ampersands"),
        pytest.param("<rss><channel><item><title>" + "<b " * 100_000, id="tags that never end"),
        pytest.param("{" + '"a":[' * 200_000, id="brackets"),
        pytest.param("<html>" + "<div>" * 200_000 + "<rss>", id="a page"),
        pytest.param(
            "<!DOCTYPE rss [" + "".join(f'<!ENTITY e{n} "{"x" * 1000}">' for n in range(250)) + "]>"
            "<rss><channel><item><title>" + "&e1;" * 20_000 + "</title></item></channel></rss>",
            id="entities",
        ),
    ],
)  # fmt: skip
def test_a8_11_a_flood_is_refused_or_left_behind_before_it_costs_anything(body: str) -> None:
    began = time.process_time()

    found = parse_feed(body.encode(), URL)

    assert time.process_time() - began < 10  # seconds of CPU: the limit of a reader
    assert isinstance(found, Failure) or not found.entries
    if isinstance(found, Failure):
        assert found.kind in (FailureKind.HOSTILE, FailureKind.NOT_A_FEED)


def test_a8_11_of_200_000_entries_the_first_3000_are_read() -> None:
    body = rss(*(ITEM.format(n) for n in range(200_000)))
    began = time.process_time()

    parsed = parse_feed(body, URL)

    assert isinstance(parsed, ParsedFeed)
    assert len(parsed.entries) == 3000
    assert time.process_time() - began < 10
