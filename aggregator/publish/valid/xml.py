"""What every XML document of ours is: well-formed, declared, plain (B1.1, B4.4 to B4.6, B11)."""

from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

from ...text.urls import is_published_address

DECLARATION: Final = b'<?xml version="1.0" encoding="utf-8"?>\n'
LONGEST: Final = 5_000_000  # bytes: more no validator reads, and few readers


class Unreadable(Exception):
    """It is no XML of ours at all."""


def root_of(body: bytes) -> Any:
    """The root of a document. Raises Unreadable."""
    if not body.startswith(DECLARATION):
        raise Unreadable("does not begin with the XML declaration")
    if len(body) > LONGEST:
        raise Unreadable(f"is longer than {LONGEST} bytes")
    for forbidden in (b"<!DOCTYPE", b"<![CDATA[", b"<!--"):
        if forbidden in body:
            raise Unreadable(f"holds {forbidden.decode()}")
    if body.count(b"<?") > 1:
        raise Unreadable("holds a processing instruction")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError as wrong:
        raise Unreadable(f"is not well-formed: {wrong.msg}") from None


def complaints_of_xml(body: bytes) -> list[str]:
    """What is wrong with a document of which nothing is known but that it is XML."""
    try:
        root_of(body)
    except Unreadable as wrong:
        return [str(wrong)]
    return []


def complaints_of_opml(body: bytes) -> list[str]:
    """What is wrong with a list of feeds (OPML 2.0, B8.4)."""
    try:
        root = root_of(body)
    except Unreadable as wrong:
        return [str(wrong)]
    return list(_opml(root))


def _opml(root: Any) -> Iterator[str]:
    if (
        root.tag != "opml"
        or root.get("version") != "2.0"
        or [e.tag for e in root]
        != [
            "head",
            "body",
        ]
    ):
        yield "is no OPML 2.0"
    if not root.findtext("head/title"):
        yield "OPML without a title"
    for outline in root.iter("outline"):
        if not outline.get("text"):
            yield "an outline without text"
        if outline.get("type") == "rss" and not is_published_address(outline.get("xmlUrl", "")):
            yield f"an outline with the address {outline.get('xmlUrl')!r}"
