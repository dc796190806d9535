"""Atom documents: RFC 4287 by its RELAX NG schema, and what is asked of our own feeds beside it.

`schemas/atom.sch` says the same in Schematron, which takes twice as long as rendering does: the
tests hold every document against both. What is here goes beyond it, and stands in for the patterns
of the schema, which take libxml2 three quarters of its time.
"""

import datetime as dt
import functools
import re
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any, Final

from lxml import etree

from ...text.html import is_clean
from ...text.urls import is_published_address
from .known import Good, Memory, Seen, complaints_knowing, is_sign, signs_in
from .xml import Unreadable, root_of

MAX_ID: Final = 200  # bytes (B2.3)
_NAMES: Final = {
    "a": "http://www.w3.org/2005/Atom",
    "fh": "http://purl.org/syndication/history/1.0",
    "h": "http://www.w3.org/1999/xhtml",
}
_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_URI: Final = re.compile(
    r"(?!javascript:|vbscript:|data:|blob:|file:)[a-z][a-z0-9+.\-]*:"
    r"(?:[a-z0-9\-._~:/?@!$&'()*+,;=]|%[0-9a-f]{2})+(?:#[a-z0-9\-._~:/?@!$&'()*+,;=%]*)?",
    re.IGNORECASE | re.ASCII,
)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_TYPE: Final = re.compile(r"[^\s/;]+/[^\s/;]+(?:\s*;.*)?")
_LENGTH: Final = re.compile(r"\d{1,15}")
_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")
_TURNED: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_EARLIEST: Final = "1990"  # dates of one form are compared as text
_MAX_TITLE: Final = 300
_MAX_SUMMARY: Final = 500


def _select(path: str) -> Any:
    return etree.XPath(path, namespaces=_NAMES, smart_strings=False)


def _is_date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text) and dt.datetime.fromisoformat(text))
    except ValueError:
        return False


# What stands in a document, and what it must look like: each text is looked at once.
_FORMS: Final[tuple[tuple[str, Any, Callable[[str], object]], ...]] = (
    ("a date (B1.9)", _select("//a:updated/text() | //a:published/text()"), _is_date),
    ("an id (B2.1)", _select("//a:id/text() | //a:category/@scheme"), _URI.fullmatch),
    (
        "an address (B1.10)",
        _select("//@href | //@url | //@uri | //a:uri/text() | //a:icon/text() | //a:logo/text()"),
        is_published_address,
    ),
    ("a language (B1.11)", _select("//@xml:lang"), _LANGUAGE.fullmatch),
    ("a media type (B2.7)", _select("//a:link/@type"), _TYPE.fullmatch),
    ("a length (B2.7)", _select("//a:link/@length"), _LENGTH.fullmatch),
    ("a mail address", _select("//a:email/text()"), _MAIL.fullmatch),
    (
        "a line that turns the reading direction (B4.7)",
        _select("//a:title/text() | //a:name/text() | //a:subtitle/text() | //a:rights/text()"),
        lambda text: not _TURNED.search(text),
    ),
)
# What must not be there at all.
_NEVER: Final = (
    ("an address relative to another (B1.10)", _select("//@xml:base")),
    ("markup that a browser would run (B4.2)", _select("//h:* | //*[@type = 'xhtml']")),
    ("text that is not plain (B4.1)", _select("//*[not(self::a:content)][@type = 'html']")),
    ("a link of a wrong kind (B2.8)", _select("//a:link[@rel = 'canonical' or @rel = 'related']")),
    ("a person without a name (B1.8)", _select("//a:name[not(normalize-space())]")),
    ("something behind an entry (B1.3)",
     _select("/a:feed/a:entry[1]/following-sibling::*[not(self::a:entry)]")),
    ("an archive without a link to what is current (RFC 5005)",
     _select("/a:feed[fh:archive][not(a:link[@rel = 'current'])]")),
)  # fmt: skip
_NEEDED: Final = (
    ("one link to itself (B1.7)", _select("count(/a:feed/a:link[@rel = 'self']) = 1")),
    ("a page", _select("boolean(/a:feed/a:link[@rel = 'alternate'][@type = 'text/html'])")),
    ("a language (B1.11)", _select("boolean(/a:feed/@xml:lang)")),
    ("a title", _select("boolean(normalize-space(/a:feed/a:title))")),
    ("an author of its own (B1.8)", _select("boolean(/a:feed/a:author/a:name)")),
    ("a generator", _select("boolean(/a:feed/a:generator)")),
)


@functools.cache
def _schema() -> Any:
    """The schema without the patterns of its strings."""
    tree: Any = etree.fromstring((files(__package__) / "schemas" / "atom.rng").read_bytes())
    for pattern in tree.xpath("//*[local-name() = 'param' and @name = 'pattern']"):
        pattern.getparent().remove(pattern)
    return etree.RelaxNG(tree)


_KNOWN: Final = Memory()


def complaints(body: bytes) -> list[str]:
    """What is wrong with an Atom feed of ours."""
    return complaints_knowing(_KNOWN, body, "entry", _complaints)


def _complaints(body: bytes, known: list[Good]) -> Seen:
    try:
        root = root_of(body)
    except Unreadable as wrong:
        return [str(wrong)], []
    if root.tag != f"{_ATOM}feed":
        return ["is no Atom feed"], []
    signs = signs_in(root, f"{_ATOM}entry", known)
    if signs is None:
        return ["entries are not where they have to be"], []
    found = [*_everywhere(root), *_entries(root, known)]
    good = [
        Good(root.nsmap, entry.findtext(f"{_ATOM}id"), entry.findtext(f"{_ATOM}updated"))
        for entry in root.iterchildren(f"{_ATOM}entry")
        if not is_sign(entry)
    ]
    for sign in signs:  # the schema wants whole entries, each by itself
        root.remove(sign)
    schema = _schema()
    if not schema.validate(root):
        found = [*(f"schema: {error.message}" for error in schema.error_log), *found]
    return found, good


def _everywhere(root: Any) -> Iterator[str]:
    for what, select, fits in _FORMS:
        for text in set(select(root)):
            if not fits(text):
                yield f"{what} that is none: {text[:200]!r}"
    for what, select in _NEVER:
        if select(root):
            yield what
    for what, has in _NEEDED:
        if not has(root):
            yield f"without {what}"


def _entries(root: Any, known: list[Good]) -> Iterator[str]:
    ids: Counter[str] = Counter(one.id for one in known)
    updated = root.findtext(f"{_ATOM}updated") or ""
    if any(one.updated > updated for one in known):
        yield f"an entry that is newer than its feed: {updated} (B1.5)"
    for entry in root.iterchildren(f"{_ATOM}entry"):
        if is_sign(entry):
            continue
        of: dict[str, list[Any]] = {}
        for child in entry:
            of.setdefault(child.tag.removeprefix(_ATOM), []).append(child)
        name = _text(of, "id")
        ids[name] += 1
        for wrong in _entry(entry, of, name, updated):
            yield f"entry {name}: {wrong}"
    for name, times in ids.items():
        if times > 1:
            yield f"entry {name}: is there {times} times (B3.8)"


def _text(of: dict[str, list[Any]], name: str) -> str:
    return (of[name][0].text or "") if name in of else ""


def _entry(entry: Any, of: dict[str, list[Any]], name: str, feed_updated: str) -> Iterator[str]:
    if len(name.encode()) > MAX_ID:
        yield f"an id of more than {MAX_ID} bytes (B2.3)"
    if not 0 < len(_text(of, "title").strip()) <= _MAX_TITLE:
        yield "no title, or a long one (B4.1)"
    if "summary" not in of or len(_text(of, "summary")) > _MAX_SUMMARY:
        yield "no summary, or a long one (B4.3)"
    if "author" not in of:
        yield "no author of its own (B1.8)"
    pages = [link for link in of.get("link", ()) if link.get("rel", "alternate") == "alternate"]
    if len(pages) != 1 or pages[0].get("type") != "text/html":
        yield "not one link to a page (B2.7)"
    published, updated = _text(of, "published"), _text(of, "updated")
    if not _EARLIEST <= (published or updated) <= updated <= feed_updated:
        yield f"dates out of order: {published}, {updated}, feed {feed_updated} (B1.5)"
    for content in of.get("content", ()):
        if content.get("type") != "html" or content.get("src"):
            yield "content that is no escaped HTML (B4.2)"
        elif not is_clean(content.text or ""):
            yield "content with markup that is not allowed (B6)"
    yield from _source(entry, of)


def _source(entry: Any, of: dict[str, list[Any]]) -> Iterator[str]:
    source = of.get("source", [None])[0]
    if source is None or entry[-1] is not source:
        yield "no source, or not at the end (B2.4, B2.6)"
        return
    names = {child.tag.removeprefix(_ATOM): child for child in source}
    if not {"id", "title", "updated"} <= names.keys() or not (names["title"].text or "").strip():
        yield "a source without id, title and date (B2.4)"
    # Both, but of what was first published elsewhere we know what its feed says (B10.6).
    if not {link.get("rel") for link in source.iterchildren(f"{_ATOM}link")} & {
        "self",
        "alternate",
    }:
        yield "a source without an address (B2.4)"
