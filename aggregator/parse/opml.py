"""OPML in. The only module that knows listparser, which is given bytes and nothing to open."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import listparser

from ..text.urls import absolute
from ..text.words import one_line, shorten
from .encoding import decode
from .refusals import NotAFeed

_USER_INFO: Final = re.compile(r"^[^/?#]*//[^/?#]*@")
_ROOT: Final = re.compile(r"<opml\b", re.IGNORECASE)
_FEED: Final = re.compile(r"feed:(?://(?=https?:))?", re.IGNORECASE)  # feed://x and feed:http://x


@dataclass(frozen=True, slots=True)
class Outlines:
    """What an OPML file lists."""

    feeds: tuple[tuple[str, str], ...]  # (address, title)
    refused: tuple[str, ...] = field(default=())  # addresses that are none
    locked: tuple[str, ...] = field(
        default=()
    )  # addresses given with a password, which is not kept


class NotOpml(ValueError):
    """A file that is no OPML."""


def read_opml(body: bytes) -> Outlines:
    """The feeds of an OPML file, each once, in its order. Raises NotOpml where none is listed."""
    try:
        text = decode(body).text.strip()
    except NotAFeed as wrong:
        raise NotOpml(str(wrong)) from None
    if not text:
        raise NotOpml("the file is empty")
    result = listparser.parse(codecs.BOM_UTF8 + text.encode())  # it reads no declaration
    if not result.feeds:
        raise NotOpml(_why_none(text, result.lists))
    feeds: dict[str, str] = {}
    refused, locked = [], []
    for feed in result.feeds:
        said = one_line(str(feed.url or ""))
        address = _address(said)
        if address is None:
            refused.append(said)
        else:
            feeds.setdefault(address, shorten(one_line(str(feed.title or "")), 200))
            if _USER_INFO.search(said):
                locked.append(address)
    return Outlines(tuple(feeds.items()), tuple(refused), tuple(locked))


def _why_none(text: str, lists: Sequence[Any]) -> str:
    if not _ROOT.search(text):
        return "no OPML: there is no <opml> in it"
    if lists:
        return f"lists other lists and no feed: {one_line(str(lists[0].url))[:200]}"
    return "lists no feed: no outline in it has an xmlUrl"


def _address(said: str) -> str | None:
    found = _FEED.match(said)
    rest = said[found.end() :] if found else said
    address = absolute(f"http:{rest}" if rest.startswith("//") else rest)
    return address.partition("#")[0] if address else None
