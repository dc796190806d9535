"""Titles as plain text, however often a feed has escaped them (B4.1)."""

import re
from html import unescape
from typing import Final

from .words import one_line, sane_references

_IN_TITLES: Final = (
    "a|abbr|b|big|br|cite|code|del|div|em|font|h[1-6]|i|img|ins|p|q|s|small|span|strike|strong|sub|"
    "sup|tt|u|script|style"
)
_MARKUP: Final = re.compile(rf"</?(?:{_IN_TITLES})(?:\s[^<>]*)?/?>", re.IGNORECASE)
# Nobody's subject, whatever it is called: it does something where a reader takes text for HTML.
_BUSY: Final = re.compile(
    rf"<(?:{_IN_TITLES})\s[^<>]*>|<[a-z][^\s<>/=]*[\s/][^<>=]*=[^<>]*(?:>|\Z)|<[!?][^<>]*>?|"
    r"</?(?:iframe|frame|frameset|object|embed|applet|svg|math|base|link|meta|form|input|button|"
    r"template|noscript|textarea|plaintext|xmp)\s*/?>",
    re.IGNORECASE,
)
_REFERENCE: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")


_SCRIPT: Final = re.compile(r"<(/?)(script|style)\b[^<>]*>", re.IGNORECASE)


def _without_scripts(title: str) -> str:
    """Scripts and styles out with what they hold, in linear time; one never closed stays."""
    kept: list[str] = []
    at, inside = 0, ""
    for tag in _SCRIPT.finditer(title):
        name = tag[2].lower()
        if not inside and not tag[1]:
            kept.append(title[at : tag.start()])
            at, inside = tag.start(), name
        elif inside == name and tag[1]:
            at, inside = tag.end(), ""
    return "".join(kept) + title[at:]


def title_text(title: str, *, html: bool = True) -> str:
    """A title as plain text: markup out, character references read, on one line (B4.1).

    With `html` false (Atom's type="text"), and in what was escaped, a lone plain tag is kept: it
    may be the subject.

    >>> title_text("AT&amp;amp;T <b>wins</b>"), title_text("How <b> works", html=False)
    ('AT&T wins', 'How <b> works')
    """
    for again in (False, True, True):  # escaped once too often, or twice
        if "<" in title:
            plainly = (html and not again) or "</" in title
            title = _BUSY.sub("", _without_scripts(title))
            title = _MARKUP.sub("", title) if plainly else title
        if not _REFERENCE.search(title):
            break
        title = unescape(sane_references(title))
    return one_line(title)
