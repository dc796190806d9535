"""XML by feedparser, led around its traps. The only module that knows it.

feedparser gets a stream of bytes in UTF-8 that says so, never a string (it would open files and
addresses, A9.4), with its sanitiser and its URL resolver off: both are done once, later, by us.
"""

import io
import re
from collections.abc import Mapping
from typing import Any, Final

import feedparser

from .refusals import NotAFeed
from .scan import Scan

# feedparser takes a picture's title and description for the entry's own: under other names it
# hands them over as they are.
_CAPTIONS: Final = re.compile(  # without attributes, for which it would lose their text
    r"""(</?media:)(title|description|text|keywords|category)\b(?:[^<>"']|"[^"<]*"|'[^'<]*')*?(/?>)"""
)
CAPTION_KEY: Final = "media_xdescription"
# It takes the owner of a podcast for its author, who then is forgotten.
_OWNER: Final = re.compile(r"(</?itunes:)(owner\b)")
# Elements in the wrong place, or empty, that make it raise; nothing of theirs is wanted.
_TRIPPING: Final = re.compile(
    r"(</?(?:\w+:)?)(?=(?:textInput|license|chapters?|where|point|line|polygon|box|pos|posList|"
    r"width|height)\b)",
    re.IGNORECASE,
)
# Text that is valid UTF-8 when read as ISO 8859-1 is "repaired" by feedparser (A10.5); moved into
# the private use area it is not, and comes back unharmed.
_LOOKS_DOUBLE: Final = re.compile("[\u00c2-\u00f4][\u0080-\u00bf]")
_LOW_REFERENCE: Final = re.compile(r"&#(?:[xX]0*(?P<hex>[89a-fA-F][0-9a-fA-F])|0*(?P<dec>\d{3}));")
_ASIDE: Final = {code: 0xF700 + code for code in range(0x80, 0x100)}
# A mail address ends in four letters at most, feedparser thinks, and what is left is the name; to
# find none in a long text takes it the square of the length.
_PEOPLE: Final = re.compile(
    r"(<(?:author|managingEditor|webMaster|(?:dc:|itunes:)(?:creator|author|publisher))\b[^<>]*>"
    r"(?:\s*<!\[CDATA\[)?)((?:(?!\]\]>)[^<])+)"
)
_MOST_OF_A_PERSON: Final = 1000  # characters
_PARTIAL: Final = re.compile(r"&[^;]{0,30}\Z")
_AT: Final = "\uf740"
_BACK: Final = {aside: code for code, aside in _ASIDE.items()} | {ord(_AT): ord("@")}
_OCCUPIED: Final = re.compile("[\uf740\uf780-\uf7ff]")
_ENTITY: Final = re.compile(r"&([^\s#&;]+);")


def read_xml(scanned: Scan, url: str) -> Any:
    """Feedparser's result for a scanned document that came from `url`. Raises NotAFeed."""
    body = _LOW_REFERENCE.sub(_character, scanned.body) if "&#" in scanned.body else scanned.body
    if scanned.entities:  # feedparser knows the simplest of them alone
        known = dict(scanned.entities)
        body = _ENTITY.sub(lambda entity: known.get(entity[1], entity[0]), body)
    aside = 0
    if not _OCCUPIED.search(body):
        if _LOOKS_DOUBLE.search(body):
            body, aside = body.translate(_ASIDE), 1
        if "@" in body:
            body, mails = _PEOPLE.subn(lambda m: m[1] + m[2].replace("@", _AT), body)
            aside += mails
    body = _PEOPLE.sub(_short, body)
    if "media:" in body:
        body = _CAPTIONS.sub(r"\1x\2\3", body)
    if "itunes:owner" in body:
        body = _OWNER.sub(r"\1x\2", body)
    result = _parsed(body, url)
    return _back(result) if aside else result


def _parsed(body: str, url: str) -> Any:
    """What feedparser makes of it; without what it trips over when it does."""
    fault: Exception | None = None
    for second in (False, True):
        body = _TRIPPING.sub(r"\1x", body) if second else body
        document = f'<?xml version="1.0" encoding="utf-8"?>{body}'
        try:
            return feedparser.parse(
                io.BytesIO(document.encode("utf-8")),
                response_headers={
                    "content-type": "application/xml; charset=utf-8",
                    "content-location": url,
                },
                sanitize_html=False,
                resolve_relative_uris=False,
            )
        except Exception as wrong:  # noqa: BLE001 - whatever it raises, parsing does not
            fault = wrong
    raise NotAFeed(f"feedparser cannot read it: {type(fault).__name__}")


def _short(person: re.Match[str]) -> str:
    if len(person[2]) <= _MOST_OF_A_PERSON:
        return person[0]
    return person[1] + _PARTIAL.sub("", person[2][:_MOST_OF_A_PERSON])


def _character(reference: re.Match[str]) -> str:
    code = int(reference["hex"], 16) if reference["hex"] else int(reference["dec"])
    # C1 controls stay references: as characters they would be mapped twice.
    return chr(code) if 0xA0 <= code <= 0xFF else reference[0]


def _back(value: Any) -> Any:
    """Feedparser's result with the text that was put aside in its place again."""
    match value:
        case str():
            return value.translate(_BACK)
        case Mapping():
            copy = feedparser.FeedParserDict()
            items: Any = dict.items(value)  # type: ignore[arg-type]  # a dict subclass
            for key, inner in items:
                dict.__setitem__(copy, key, _back(inner))
            return copy
        case list():
            return [_back(inner) for inner in value]
        case _:
            return value
