"""Plain text: characters that XML can carry, white space, cutting at a word."""

import re
from typing import Final

# Characters XML 1.0 forbids (section 2.2), lone surrogates among them.
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# C1 controls are windows-1252 read as ISO 8859-1 (A10.4); five places of that code page are empty.
_C1: Final = {
    code: bytes([code]).decode("windows-1252", "replace").replace("\ufffd", "") or None
    for code in range(0x80, 0xA0)
}
_HAS_C1: Final = re.compile("[\x80-\x9f]")
_BIDI: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SPACES: Final = re.compile(r"\s+")
_ELLIPSIS: Final = "…"


def xml_text(text: str) -> str:
    r"""Text that XML can carry: control characters out, lone surrogates as U+FFFD (A10.4, B4.4).

    >>> xml_text("a\x00b\x93c\x94\r\nd")
    'ab“c”\nd'
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _HAS_C1.search(text):
        text = text.translate(_C1)
    return _FORBIDDEN.sub(lambda found: "\ufffd" if found[0] >= "\ud800" else "", text)


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
