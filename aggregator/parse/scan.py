"""One expat pass before feedparser (A8.11, A9.2): refuses what would cost more than it is worth.

It also keeps, byte for byte, what feedparser would alter (ids, which it resolves as addresses)
or lose (skipHours, skipDays), and where the root element begins and ends.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from html import escape
from html.entities import html5
from typing import Final
from xml.parsers import expat

from .refusals import Hostile

MAX_DEPTH: Final = 100
MAX_ATTRIBUTES: Final = 64
MAX_ENTRIES: Final = 3000
MAX_ENTITIES: Final = 300  # HTML 4 has 252
MAX_EXPANSION: Final = 1 << 20  # characters that entities may add
_LONGEST_TAG: Final = 64 * 1024
_ENTRIES: Final = frozenset(("item", "entry"))
_KEPT: Final = frozenset(("guid", "id", "hour", "day"))
_PROLOG: Final = re.compile(r"<[A-Za-z_]")
_REFERENCE: Final = re.compile(r"&(?!#)")
_AMPERSAND: Final = re.compile(
    r"""(?P<aside><!\[CDATA\[.*?(?:\]\]>|\Z) | <!--.*?(?:-->|\Z)) |
    &(?!\#[0-9]{1,9};|\#x[0-9a-fA-F]{1,8};)(?:(?P<name>[A-Za-z_:][A-Za-z0-9_:.\-]{0,63});)?""",
    re.DOTALL | re.VERBOSE,
)
_XML_KNOWS: Final = frozenset(("amp", "lt", "gt", "quot", "apos"))


@dataclass(frozen=True, slots=True)
class Scan:
    """What one look at a document showed."""

    body: str  # from the root element to its end, or to the last entry taken
    root: str  # local name in lower case, "" when there is none
    entities: tuple[tuple[str, str], ...]  # harmless ones the document declares
    ids: tuple[str | None, ...]  # of each entry, as written
    skip_hours: tuple[str, ...]
    skip_days: tuple[str, ...]
    well_formed: bool
    cut: bool  # more than MAX_ENTRIES entries: the rest was left out
    fault: str = ""  # what was wrong before its ampersands were mended


@dataclass(slots=True)
class _Pass:
    """The handlers of one expat pass, and what they have seen."""

    text: str
    parser: expat.XMLParserType
    stack: list[str] = field(default_factory=list)
    root: str = ""
    start: int = -1  # bytes
    end: int = -1
    cut: bool = False
    ids: list[str | None] = field(default_factory=list)
    hours: list[str] = field(default_factory=list)
    days: list[str] = field(default_factory=list)
    entities: list[tuple[str, str]] = field(default_factory=list)
    expansion: int = 0
    entry_depth: int = 0
    heard: list[str] | None = None

    def opened(self, name: str, attributes: list[str]) -> None:
        stack = self.stack
        local = name.rpartition(":")[2].lower()
        stack.append(name)
        depth = len(stack)
        if depth == 1:
            self.root, self.start = local, self.parser.CurrentByteIndex
        elif depth > MAX_DEPTH:
            raise Hostile(f"elements nested more than {MAX_DEPTH} deep")
        if len(attributes) > 2 * MAX_ATTRIBUTES:
            raise Hostile(f"an element with more than {MAX_ATTRIBUTES} attributes")
        if local in _ENTRIES and (not self.entry_depth or depth <= self.entry_depth):
            if len(self.ids) == MAX_ENTRIES:
                self.cut, self.end = True, self.parser.CurrentByteIndex
                raise _Enough
            self.entry_depth = depth
            self.ids.append(None)
        elif local in _KEPT:
            self.heard = []
            self.parser.CharacterDataHandler = self.heard.append

    def closed(self, name: str) -> None:
        depth = len(self.stack)
        local = name.rpartition(":")[2].lower()
        if self.heard is not None:
            said = "".join(self.heard).strip()
            self.heard = self.parser.CharacterDataHandler = None
            if local in ("guid", "id"):
                if self.entry_depth and depth == self.entry_depth + 1 and said:
                    self.ids[-1] = said
            elif local == "hour":
                self.hours.append(said)
            elif local == "day":
                self.days.append(said)
        self.stack.pop()
        if depth == 1:
            self.end = self.parser.CurrentByteIndex
        elif depth == self.entry_depth:
            self.entry_depth = 0

    def declared(
        self, name: str, is_parameter: bool, value: str | None, *_external: object
    ) -> None:
        if is_parameter or value is None:
            return  # never read: neither expat nor feedparser is told to
        if _REFERENCE.search(value):
            raise Hostile("an entity refers to another entity")
        if len(self.entities) == MAX_ENTITIES:
            raise Hostile(f"more than {MAX_ENTITIES} entities")
        self.expansion += len(value) * self.text.count(f"&{name};")
        if self.expansion > MAX_EXPANSION:
            raise Hostile(f"entities that expand to more than {MAX_EXPANSION} characters")
        self.entities.append((name, value))


class _Enough(Exception):
    """The document has more entries than are taken."""


def scan(text: str) -> Scan:
    """Look through a document once, in linear time.

    Raises Hostile for elements nested too deep, too many attributes, entities that grow, tags
    without end. Where a document is not well-formed its ampersands are mended, of which feedparser
    would make other texts and ids ("AT&T;"); mostly nothing else is wrong.
    """
    seen, fault = _scan(text)
    if seen.well_formed:
        return seen
    known = _XML_KNOWS.union(name for name, _ in seen.entities)
    mended = _AMPERSAND.sub(lambda found: _mended(found, known), text)
    return seen if mended == text else replace(_scan(mended)[0], well_formed=False, fault=fault)


def _mended(found: re.Match[str], known: frozenset[str]) -> str:
    """An ampersand as XML would have it; what HTML has a name for is that."""
    name = found["name"]
    if found["aside"] or name in known:
        return found[0]
    return escape(html5.get(f"{name};", found[0]), quote=False)


def _scan(text: str) -> tuple[Scan, str]:
    """What one pass shows, and what is wrong with the document."""
    head = _PROLOG.search(text)
    encoded = text.encode("utf-8")
    parser = expat.ParserCreate("utf-8")
    seen = _Pass(text, parser)
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.StartElementHandler = seen.opened
    parser.EndElementHandler = seen.closed
    parser.EntityDeclHandler = seen.declared
    well_formed, fault = True, ""
    try:
        parser.Parse(encoded, True)
    except _Enough:
        pass
    except expat.ExpatError as wrong:
        fault = f"{wrong.lineno}:{wrong.offset}: {expat.ErrorString(wrong.code)}"
        # What follows the root element is no part of it.
        well_formed = seen.end >= 0 and not seen.stack
        if not well_formed:
            _refuse_endless_tags(text)
    if seen.cut:
        body = encoded[seen.start : seen.end].decode() + "".join(_closing(seen.stack[:-1]))
    elif seen.start >= 0:
        body = encoded[seen.start :].decode()
        if well_formed and seen.end > seen.start:
            # The end of an empty root is behind it, that of any other before its closing tag.
            closing = encoded.startswith(b"</", seen.end)
            end = encoded.find(b">", seen.end) + 1 if closing else seen.end
            body = encoded[seen.start : end].decode()
    else:
        # The prolog itself is broken; blanks in it are quadratic for feedparser.
        body = text[head.start() :] if head else ""
    root = seen.root or (_local_name(body) if body else "")
    found = Scan(
        body=body,
        root=root,
        entities=tuple(seen.entities),
        ids=tuple(seen.ids),
        skip_hours=tuple(seen.hours),
        skip_days=tuple(seen.days),
        well_formed=well_formed,
        cut=seen.cut,
    )
    return found, fault


def _closing(stack: list[str]) -> Iterable[str]:
    return (f"</{name}>" for name in reversed(stack))


def _local_name(body: str) -> str:
    found = re.match(r"<(?:[^\s<>:/]+:)?([^\s<>:/]+)", body)
    return found[1].lower() if found else ""


def _refuse_endless_tags(text: str) -> None:
    """What expat did not get to see is judged by length: feedparser's loose parser is quadratic
    in the attributes of a tag and in comments that never end.
    """
    at = 0
    while (at := text.find("<", at)) >= 0:
        end = text.find(">", at)
        if (end if end >= 0 else len(text)) - at > _LONGEST_TAG:
            if not text.startswith(("<![CDATA[", "<!--"), at):
                raise Hostile(f"a tag longer than {_LONGEST_TAG} characters")
            if end < 0:
                break
        if end < 0:
            break
        at += 1
    if text.count("<!--") > text.count("-->") + 100:
        raise Hostile("comments that never end")
