"""The Link header (RFC 8288)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..text.urls import absolute

_LINK: Final = re.compile(
    r"""<([^<>]*+)>((?:\s*+;\s*+[^\s=;,"<>]++(?:\s*+=\s*+(?:"(?:[^"\\]|\\.)*+"|[^\s;,"]*+))?+)*+)"""
)
_PARAMETER: Final = re.compile(
    r""";\s*+([^\s=;,"]++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s;,"]*+))"""
)
_QUOTED: Final = re.compile(r"\\(.)")
_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a response's header."""

    url: str
    rels: tuple[str, ...]  # in lower case
    type: str = ""
    title: str = ""


def header_links(header: str, base: str) -> Iterator[Link]:
    """The http and https links of a Link header, against the address `base` of the response.

    >>> [(link.url, link.rels) for link in header_links('</f>; rel="alternate self"', "https://a.b")]
    [('https://a.b/f', ('alternate', 'self'))]
    """
    for number, found in enumerate(_LINK.finditer(header)):
        if number == _MOST:
            return
        parameters: dict[str, str] = {}
        for name, quoted, plain in _PARAMETER.findall(found[2]):
            value = _QUOTED.sub(r"\1", quoted) if quoted else plain
            parameters.setdefault(name.lower(), value)  # the first of two counts
        url = absolute(found[1], base)
        if url is not None and "anchor" not in parameters:  # which speaks of another page
            yield Link(
                url,
                tuple(parameters.get("rel", "").lower().split()),
                parameters.get("type", ""),
                parameters.get("title", ""),
            )
