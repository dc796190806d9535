"""OPML in. The only module that knows listparser, which is given bytes and nothing to open."""

from dataclasses import dataclass, field

import listparser

from ..text.urls import absolute
from ..text.words import one_line, shorten


@dataclass(frozen=True, slots=True)
class Outlines:
    """What an OPML file lists."""

    feeds: tuple[tuple[str, str], ...]  # (address, title)
    refused: tuple[str, ...] = field(default=())  # addresses that are none


class NotOpml(ValueError):
    """A file that is no OPML."""


def read_opml(body: bytes) -> Outlines:
    """The feeds of an OPML file, each once, in its order. Raises NotOpml where none is listed."""
    if not body.strip():
        raise NotOpml("the file is empty")
    result = listparser.parse(body)
    if not result.feeds:
        wrong = one_line(str(getattr(result, "bozo_exception", None) or ""))
        raise NotOpml(wrong or "no OPML, or it lists no feed")
    feeds: dict[str, str] = {}
    refused = []
    for feed in result.feeds:
        said = one_line(str(feed.url or ""))
        address = absolute(said.replace("feed://", "http://", 1)) if said else None
        if address is None:
            refused.append(said)
        else:
            feeds.setdefault(address, shorten(one_line(str(feed.title or "")), 200))
    return Outlines(tuple(feeds.items()), tuple(refused))
