"""What we wrote ourselves, fed with what nobody would write: fuzzing led by coverage.

    uv run --with atheris python -m benchmarks.fuzz TARGET [--seconds 600] [--keep FOLDER]

A target is one of TARGETS; each says what must hold for any input at all. What breaks it, or takes
longer than five seconds, is left in `--keep`: it becomes a unit test or a file in `tests/feeds`.
"""

import argparse
import datetime as dt
import pathlib
import sys
from collections.abc import Callable

from aggregator.fetch.failures import redirect
from aggregator.model import Failure, Freshness
from aggregator.parse.document import parse_feed
from aggregator.parse.encoding import decode
from aggregator.parse.jsonfeed import parse_json
from aggregator.parse.opml import NotOpml, read_opml
from aggregator.parse.page import feeds_on_page
from aggregator.parse.refusals import Hostile, NotAFeed
from aggregator.parse.scan import MAX_ENTRIES, scan
from aggregator.polling.freshness import after_not_modified, cache_for, http_date, retry_after
from aggregator.polling.robots import allows, names_us, robots_text
from aggregator.text.urls import absolute, host_of, same_page_form, site_of
from aggregator.text.words import xml_text

ROOT = pathlib.Path(__file__).resolve().parent.parent
BASE = "https://news.example/feeds/a.xml"
NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
LONGEST = dt.timedelta(days=365 * 20)


def pre_scan(data: bytes) -> None:
    """Any text is looked through or refused; what is left is part of it."""
    text = xml_text(data.decode("utf-8", "replace"))
    try:
        seen = scan(text)
    except Hostile:
        return
    assert len(seen.ids) <= MAX_ENTRIES
    assert seen.body in text or seen.cut or seen.fault
    assert xml_text(seen.body) == seen.body


def json_feed(data: bytes) -> None:
    """Any text is a JSON Feed or refused, and its addresses are addresses."""
    try:
        feed = parse_json("{" + data.decode("utf-8", "replace"), BASE)
    except (NotAFeed, Hostile):
        return
    assert all(e.link is None or absolute(e.link) == e.link for e in feed.entries)


def encodings(data: bytes) -> None:
    """Any bytes under any media type become text that XML can carry."""
    said, _, body = data.partition(b"\n")
    try:
        decoded = decode(body, said.decode("latin-1"))
    except NotAFeed:
        return
    assert xml_text(decoded.text) == decoded.text
    decoded.text.encode("utf-8")


def documents(data: bytes) -> None:
    """Any bytes are a feed or a failure."""
    found = parse_feed(data, BASE)
    assert not isinstance(found, Failure) or len(found.detail) <= 500


def _headers(data: bytes) -> list[str]:
    return [*data.decode("latin-1").split("\n"), "", "", "", ""]


def cache_control(data: bytes) -> None:
    """Freshness is nothing, or a time between nothing and twenty years."""
    first, second, third, fourth, *_ = _headers(data)
    headers = {"cache-control": first, "expires": second, "date": third, "age": fourth}
    for some in (headers, {k: v for k, v in headers.items() if k != "cache-control"}):
        fresh = cache_for(some)
        assert fresh is None or dt.timedelta(0) < fresh <= LONGEST
        after_not_modified(Freshness(), some)


def retry_afters(data: bytes) -> None:
    """A demand to wait is none, or a time between nothing and twenty years."""
    first, second, *_ = _headers(data)
    asked = retry_after({"retry-after": first, "date": second}, NOW)
    assert asked is None or dt.timedelta(0) <= asked <= LONGEST
    moment = http_date(first)
    assert moment is None or moment.tzinfo is dt.UTC


def locations(data: bytes) -> None:
    """Where a redirect leads is an http or https address without a user name, or nowhere."""
    said = data.decode("utf-8", "surrogateescape")
    target = absolute(said, BASE)
    if target is None:
        assert len(redirect(f"302 leads to {said}", BASE).detail) <= 500
        return
    assert target.startswith(("http://", "https://")), target
    assert target.isascii(), target
    assert target.isprintable(), target
    assert "@" not in target.split("/")[2], target
    assert absolute(target) == target, (target, absolute(target))
    assert host_of(target), target
    site_of(host_of(target))
    same_page_form(target)


def pages(data: bytes) -> None:
    """The feeds that any page names are addresses."""
    for found in feeds_on_page(data, BASE):
        assert absolute(found.url) == found.url


def lists(data: bytes) -> None:
    """Any bytes are a list of addresses or no OPML."""
    try:
        outlines = read_opml(data)
    except NotOpml:
        return
    assert all(absolute(url) == url for url, _ in outlines.feeds)


def robots(data: bytes) -> None:
    """Any robots.txt answers any question."""
    text = robots_text(data)
    by_name = allows(text, BASE, everyone=False)
    allows(text, BASE, everyone=True)
    assert by_name or names_us(text)  # who is not named is not forbidden


TARGETS: dict[str, tuple[Callable[[bytes], None], list[str]]] = {
    "scan": (pre_scan, ["tests/feeds/*.xml"]),
    "json": (json_feed, ["tests/feeds/*.json"]),
    "encodings": (encodings, ["tests/feeds/*.xml"]),
    "documents": (documents, ["tests/feeds/*.xml", "tests/feeds/*.json"]),
    "cache-control": (cache_control, []),
    "retry-after": (retry_afters, []),
    "location": (locations, []),
    "page": (pages, ["tests/feeds/*.html"]),
    "opml": (lists, []),
    "robots": (robots, []),
}
WORDS = {
    "scan": (
        "<rss> <item> <entry> <guid> </rss> <!-- --> <![CDATA[ ]]> <!DOCTYPE <!ENTITY &x; &amp; "
        "<?xml ?> xmlns:a= <hour> <day> /> ]> % SYSTEM"
    ),
    "encodings": "charset= encoding= <?xml utf-16 utf-7 idna gb2312 iso-8859-1 hex &#xD800;",
    "json": '"version" "https://jsonfeed.org/version/1.1" "items" "id" "authors" [{ }] \\ud800',
    "cache-control": "max-age= no-cache no-store Expires GMT Nov Sun, 22 2026 12:00:00 +9999",
    "retry-after": "GMT Nov Sun, 22 2026 12:00:00 +9999 120 0 -1",
    "location": "http:// https:// // @ ../ %00 %2e xn-- [::1] ? # \\ javascript: \u3002 0x7f.1",
    "page": "<link rel= alternate type= href= application/rss+xml <base <template> <svg> <!--",
    "opml": "<opml> <outline xmlUrl= type= <body> </opml> feed: text= &#x0;",
    "robots": "User-agent: Disallow: Allow: * $ # aggregator Crawl-delay: Sitemap: %",
}


def _quoted(word: str) -> str:
    """A word as libFuzzer's dictionaries have it."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in word.encode()) + '"'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--keep", type=pathlib.Path, default=pathlib.Path("fuzz"))
    args = parser.parse_args()
    import atheris

    check, patterns = TARGETS[args.target]
    corpus = args.keep / args.target
    corpus.mkdir(parents=True, exist_ok=True)
    for pattern in patterns:
        for path in ROOT.glob(pattern):
            (corpus / path.name).write_bytes(path.read_bytes())
    limits = ["-timeout=5", "-rss_limit_mb=1024", "-max_len=16384"]
    if args.target in WORDS:
        words = args.keep / f"{args.target}.words"
        words.write_text("".join(f"{_quoted(w)}\n" for w in WORDS[args.target].split()), "utf-8")
        limits.append(f"-dict={words}")
    atheris.instrument_all()
    options = [f"-max_total_time={args.seconds}", f"-artifact_prefix={args.keep}/{args.target}-"]
    atheris.Setup([sys.argv[0], *limits, *options, str(corpus)], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
