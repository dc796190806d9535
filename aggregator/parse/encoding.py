"""Bytes to text by the rules of A10 (RFC 7303 section 3, with one pragmatic exception)."""

import codecs
import re
from dataclasses import dataclass
from typing import Final

from ..text.words import sane_references, xml_text
from .refusals import NotAFeed

_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# "<?xml" or "<" without a byte order mark (XML 1.0, appendix F).
_SHAPES: Final = (
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_EBCDIC: Final = b"\x4c\x6f\xa7\x94"
_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]*?>")
_DECLARED: Final = re.compile(
    rb"\A\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z][A-Za-z0-9._:\-]*)", re.DOTALL
)
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([^\s;\"']+)", re.IGNORECASE)
# Where the WHATWG's table of labels and Python's differ in what feeds really use.
_LABELS: Final = {
    "iso-8859-1": "windows-1252", "iso8859-1": "windows-1252", "iso_8859-1": "windows-1252",
    "latin1": "windows-1252", "latin-1": "windows-1252", "us-ascii": "windows-1252",
    "ascii": "windows-1252", "cp1252": "windows-1252", "x-cp1252": "windows-1252",
    "gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030",
    "iso-8859-9": "windows-1254", "latin5": "windows-1254", "iso-8859-11": "windows-874",
    "tis-620": "windows-874", "windows-874": "cp874", "x-sjis": "cp932", "shift_jis": "cp932",
    "shift-jis": "cp932", "sjis": "cp932", "windows-31j": "cp932", "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949", "ksc5601": "cp949", "windows-949": "cp949", "big5": "big5hkscs",
    "unicode": "utf-16-le", "utf8": "utf-8", "x-mac-roman": "mac-roman", "macintosh": "mac-roman",
    "x-euc-jp": "euc-jp",
}  # fmt: skip
_PYTHONS_OWN: Final = frozenset(  # and utf-7, which the WHATWG forbids
    "charmap idna mbcs oem punycode raw-unicode-escape unicode-escape utf-7".split()
)
_WITHOUT_A_MARK: Final = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}


@dataclass(frozen=True, slots=True)
class Decoded:
    """A document as text, the label it was read by, and what had to be forgiven."""

    text: str
    label: str
    notes: tuple[str, ...] = ()


def decode(body: bytes, content_type: str = "") -> Decoded:
    """The text of a document, by byte order mark, HTTP charset, XML declaration, UTF-8,
    windows-1252, in this order (A10.1); forbidden characters are gone (A10.4).

    Raises NotAFeed for EBCDIC.

    >>> decode("<a>é中</a>".encode(), "text/xml; charset=iso-8859-1").label
    'utf-8'
    """
    for mark, label in _BOMS:
        if body.startswith(mark):
            return _finished(body[len(mark) :].decode(label, "replace"), label, ())
    if body.startswith(_EBCDIC):
        raise NotAFeed("the document is in EBCDIC")
    for shape, label in _SHAPES:
        if body.startswith(shape):
            return _finished(body.decode(label, "replace"), label, ())
    declared = _declared(body)
    charset = _label((_CHARSET.search(content_type) or ("", ""))[1])
    notes: list[str] = []
    if charset and charset != "utf-8" and declared in ("", "utf-8") and _is_utf8(body):
        notes.append(f"the server says {charset}, the document is UTF-8")
        charset = "utf-8"
    for label in dict.fromkeys((charset, declared, "utf-8", "windows-1252")):
        if not label:
            continue
        try:
            text = body.decode(label)
        except (UnicodeError, LookupError):
            if label in (charset, declared):
                notes.append(f"declared as {label}, and is not")
            continue
        return _finished(text, label, tuple(notes))
    # windows-1252 leaves five bytes empty.
    return _finished(body.decode("windows-1252", "replace"), "windows-1252", tuple(notes))


def _declared(body: bytes) -> str:
    found = _DECLARED.match(body[:1024])
    return _label(found[1].decode("ascii")) if found else ""


def _label(name: str) -> str:
    """The codec for a label; "" for none, or one that only a byte order mark could decide."""
    name = name.strip().lower()
    name = _LABELS.get(name, name)
    name = _LABELS.get(name, name)  # iso-8859-11 → windows-874 → cp874
    if name in _WITHOUT_A_MARK or name.startswith(("utf-16", "utf-32", "ucs-2", "ucs-4")):
        return ""  # it was read byte by byte so far: it cannot be
    try:
        known = codecs.lookup(name).name
        b"a".decode(name)  # codecs that are no encodings of text raise here
    except (LookupError, ValueError, TypeError, AttributeError):
        return ""
    return "" if known.replace("_", "-") in _PYTHONS_OWN else name


def _is_utf8(body: bytes) -> bool:
    if body.isascii():
        return False
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _finished(text: str, label: str, notes: tuple[str, ...]) -> Decoded:
    # The declaration speaks of bytes that are no more.
    sane = sane_references(xml_text(text))
    return Decoded(_DECLARATION.sub("", sane, count=1), label, notes)
