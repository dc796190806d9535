"""RSS documents: RSS 2.0 by the RSS Advisory Board's Best Practices Profile, and B8.3."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from ...text.html import is_clean
from ...text.urls import is_published_address
from .known import Good, Memory, Seen, complaints_knowing, is_sign, signs_in
from .xml import Unreadable, root_of

_ATOM_LINK: Final = "{http://www.w3.org/2005/Atom}link"
_CONTENT: Final = "{http://purl.org/rss/1.0/modules/content/}encoded"
_CREATOR: Final = "{http://purl.org/dc/elements/1.1/}creator"
_IN_CHANNEL: Final = frozenset(
    """
    title link description language copyright managingEditor webMaster pubDate lastBuildDate
    category generator docs cloud ttl image rating textInput skipHours skipDays item
    """.split()
)
_IN_ITEM: Final = frozenset(
    "title link description author category comments enclosure guid pubDate source".split()
)
_OFTEN: Final = frozenset(("category", "item"))  # all others stand once (profile, "Elements")
_DATE: Final = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"\d{4} \d\d:\d\d:\d\d (?:[+-]\d{4}|GMT)"
)
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_TYPE: Final = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+\-]*")
_TURNED: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")


_KNOWN: Final = Memory()


def complaints(body: bytes) -> list[str]:
    """What is wrong with an RSS feed of ours."""
    return complaints_knowing(_KNOWN, body, "item", _complaints)


def _complaints(body: bytes, known: list[Good]) -> Seen:
    try:
        root = root_of(body)
    except Unreadable as wrong:
        return [str(wrong)], []
    channels = root.findall("channel")
    if root.tag != "rss" or root.get("version") != "2.0" or len(root) != 1 or not channels:
        return ["is no RSS 2.0"], []
    channel = channels[0]
    if signs_in(channel, "item", known) is None:
        return ["items are not where they have to be"], []
    good = [
        Good(channel.nsmap, item.findtext("guid"))
        for item in channel.iterchildren("item")
        if not is_sign(item)
    ]
    return list(_channel(channel, known)), good


def _channel(channel: Any, known: list[Good]) -> Iterator[str]:
    yield from _known(channel, _IN_CHANNEL)
    for name in ("title", "link", "description", "lastBuildDate", "language"):
        if not (channel.findtext(name) or "").strip():
            yield f"no {name}"
    if not is_published_address(channel.findtext("link") or ""):
        yield "the link of the channel is no address"
    own = [link for link in channel.findall(_ATOM_LINK) if link.get("rel") == "self"]
    if len(own) != 1 or own[0].get("type") != "application/rss+xml":
        yield "not one atom:link to itself"
    if not all(is_published_address(link.get("href", "")) for link in own):
        yield "a link to itself that is no address"
    if not _LANGUAGE.fullmatch(channel.findtext("language") or ""):
        yield "a language that is none"
    if not _DATE.fullmatch(channel.findtext("lastBuildDate") or ""):
        yield f"lastBuildDate {channel.findtext('lastBuildDate')!r}"
    if not (channel.findtext("ttl") or "").isdigit():
        yield "a ttl that is no number"
    ids: Counter[str] = Counter(one.id for one in known)
    for item in channel.iterchildren("item"):
        if is_sign(item):
            continue
        name = item.findtext("guid") or ""
        ids[name] += 1
        for wrong in _item(item):
            yield f"item {name}: {wrong}"
    for name, times in ids.items():
        if times > 1:
            yield f"item {name}: is there {times} times"


def _known(parent: Any, known: frozenset[str]) -> Iterator[str]:
    names = Counter(child.tag for child in parent if not child.tag.startswith("{"))
    for name, times in names.items():
        if name not in known:
            yield f"an element {name}"
        elif times > 1 and name not in _OFTEN:
            yield f"{times} of {name}"


def _item(item: Any) -> Iterator[str]:
    yield from _known(item, _IN_ITEM)
    names = [child.tag for child in item]
    for name in ("title", "link", "description", "guid", "pubDate", "source", _CREATOR):
        if not (item.findtext(name) or "").strip():
            yield f"no {name.rpartition('}')[2]}"
    guid = item.find("guid")
    if guid is None or guid.get("isPermaLink") != "false":
        yield "a guid that says it is an address"
    if "author" in names:
        yield "an author, which is a mail address"
    if not _DATE.fullmatch(item.findtext("pubDate") or ""):
        yield f"pubDate {item.findtext('pubDate')!r}"
    source = item.find("source")
    addresses = [item.findtext("link"), item.findtext("comments")]
    addresses += [source.get("url")] if source is not None else []
    if not all(is_published_address(url) for url in addresses if url is not None):
        yield f"an address of {addresses}"
    enclosure = item.find("enclosure")
    if enclosure is not None and not (
        is_published_address(enclosure.get("url", ""))
        and enclosure.get("length", "").isdigit()
        and _TYPE.fullmatch(enclosure.get("type", ""))
    ):
        yield f"an enclosure {dict(enclosure.attrib)}"
    if _CONTENT in names:
        if "description" in names[names.index(_CONTENT) :]:
            yield "a description behind the content"
        if not is_clean(item.findtext(_CONTENT) or ""):
            yield "content with markup that is not allowed (B6)"
    for name in ("title", _CREATOR):
        if any(_TURNED.search(element.text or "") for element in item.iterchildren(name)):
            yield "letters that turn the reading direction (B4.7)"
