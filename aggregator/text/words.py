"""Plain text: characters that XML can carry, white space, cutting at a word."""

import re
import unicodedata
from itertools import pairwise
from typing import Final

# Characters XML 1.0 forbids (section 2.2), lone surrogates among them.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PAIR: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_REFERENCE: Final = re.compile(r"&#(?:[xX]0*([0-9a-fA-F]+)|0*([0-9]+));")
# C1 controls are windows-1252 read as ISO 8859-1 (A10.4); five places of that code page are empty.
_C1: Final = {
    code: bytes([code]).decode("windows-1252", "replace").replace("\ufffd", "") or None
    for code in range(0x80, 0xA0)
}
_HAS_C1: Final = re.compile("[\x80-\x9f]")
_BIDI: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MOST_MARKS: Final = 30  # on one letter (Unicode's own limit, UAX 15, section 13)
_STEP: Final = 500
_SPACES: Final = re.compile(r"\s+")
_ELLIPSIS: Final = "…"
_RIGHT_TO_LEFT: Final = frozenset("ar arc ckb dv fa he iw ks ps sd syr ug ur yi".split())


def xml_text(text: str) -> str:
    r"""Text that XML can carry: control characters out, lone surrogates as U+FFFD (A10.4, B4.4).

    >>> xml_text("a\x00b\x93c\x94\r\nd")
    'ab“c”\nd'
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _HAS_C1.search(text):
        text = text.translate(_C1)
    if _FORBIDDEN.search(text):
        text = _PAIR.sub(lambda pair: _joined(pair[0]), text)
        text = _FORBIDDEN.sub(lambda found: "\ufffd" if found[0] >= "\ud800" else "", text)
    if not text.isascii() and any(
        one and next_ for one, next_ in pairwise(map(unicodedata.combining, text[::_STEP]))
    ):
        text = _with_few_marks(text)  # a look at every 500th character finds any longer run
    return text


def sane_references(markup: str) -> str:
    """Markup whose references to characters that XML has no room for, as UTF-16 writes an emoji,
    are no references any more.

    >>> sane_references("&#55357;&#56832; &#xE9; &#1;")
    '😀 &#xE9; '
    """
    if "&#" not in markup:
        return markup
    return xml_text(_REFERENCE.sub(_referred, markup))


def _referred(reference: re.Match[str]) -> str:
    digits, base = (reference[1], 16) if reference[1] else (reference[2], 10)
    code = int(digits, base) if len(digits) < 9 else 0x110000
    character = chr(code) if code < 0x110000 else "\ufffe"
    return character if _FORBIDDEN.match(character) else reference[0]


def _joined(pair: str) -> str:
    return pair.encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def _with_few_marks(text: str) -> str:
    """Runs of accents cut short: to sort them, as comparing does, takes the square of their
    number.
    """
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def in_reading_order(text: str) -> str:
    r"""Text without the characters that turn the order of others round (B4.7).

    >>> in_reading_order("\u202esisi\u202c")
    'sisi'
    """
    return _BIDI.sub("", text)


def one_line(text: str) -> str:
    r"""Text on one line: white space collapsed, bidirectional overrides removed (B4.1, B4.7).

    >>> one_line("  two\n words\u202e ")
    'two words'
    """
    return _SPACES.sub(" ", _BIDI.sub("", xml_text(text))).strip()


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut between words where there are any, with an ellipsis.

    >>> shorten("one two three", 9)
    'one two…'
    """
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    # Scripts without spaces have no last blank near the end: cut those where the limit falls.
    at = cut.rfind(" ", limit // 2)
    return (cut[:at] if at > 0 else cut).rstrip(" ,;:–—-") + _ELLIPSIS


def direction(text: str, lang: str | None) -> str:
    """The `dir` of a text in HTML: by its first letter, unless its language and some letter of it
    agree that it runs to the left. Headlines begin with foreign names.

    >>> direction("NATO تعلن", "ar"), direction("NATO تعلن", None), direction("NATO says", "ar")
    ('rtl', 'auto', 'auto')
    """
    known = (lang or "").partition("-")[0].lower() in _RIGHT_TO_LEFT
    agreed = known and any(unicodedata.bidirectional(char) in ("R", "AL") for char in text)
    return "rtl" if agreed else "auto"
