"""Entries known again by their bytes, so that of a feed in which one has changed one is checked.

An entry is remembered when it stood in a document without fault. In another document a sign takes
its place, and all the rest is checked as ever. That lets nothing through: what stands from `<entry`
to the next `</entry>` of a well-formed document, with no other `<entry` between, is one element;
the sign is one, too, so that the other document is well-formed with either; and where the sign is
what the entry has to be, a child of the right parent in sight of the same namespaces, so is the
entry. What of an entry depends on the rest of a document is remembered with it. At any doubt the
whole document is checked.
"""

import hashlib
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

_MOST: Final = 20_000  # entries, of some 400 bytes
_MARK: Final = "known"  # the attribute of a sign, which counts them

# What is wrong with a document, and of all its entries but the known ones, if nothing is, what has
# to be known.
Seen = tuple[list[str], list["Good"]]


@dataclass(frozen=True, slots=True)
class Good:
    """What has to be known of an entry that is without fault."""

    namespaces: Mapping[str | None, str]  # in sight of it: what its names mean
    id: str
    updated: str = ""


@dataclass(frozen=True, slots=True)
class Cut:
    """A document cut at its entries: `between` stands before, between and after them."""

    between: tuple[bytes, ...]
    entries: tuple[bytes, ...]

    def without(self, known: Iterable[int], name: str) -> bytes:
        """The document with a sign in place of each of these entries, by their places."""
        signs = {
            place: b'<%s %s="%d"/>' % (name.encode(), _MARK.encode(), number)
            for number, place in enumerate(known)
        }
        parts = [self.between[0]]
        for place, (entry, after) in enumerate(zip(self.entries, self.between[1:], strict=True)):
            parts += [signs.get(place, entry), after]
        return b"".join(parts)


def cut(body: bytes, name: str) -> Cut | None:
    """The document cut at its elements of this name; None where that could be done in two ways.

    >>> cut(b"<a><e>1</e><e>2</e></a>", "e")
    Cut(between=(b'<a>', b'', b'</a>'), entries=(b'<e>1</e>', b'<e>2</e>'))
    >>> cut(b"<a><e><e>1</e></e></a>", "e") is cut(b"<a><e/></a>", "e") is None
    True
    """
    begin, end = f"<{name}".encode(), f"</{name}>".encode()
    first, *rest = body.split(begin)
    parted = [part.partition(end) for part in rest]
    if not all(found and inner[:1] in (b">", b" ") for inner, found, _ in parted):
        return None
    return Cut(
        (first, *(after for _, _, after in parted)),
        tuple(begin + inner + end for inner, _, _ in parted),
    )


class Memory:
    """The entries that were without fault of late. Safe to share."""

    def __init__(self, most: int = _MOST) -> None:
        self._most, self._lock = most, threading.Lock()
        self._good: dict[bytes, Good] = {}

    def known(self, entries: Iterable[bytes]) -> dict[int, Good]:
        """Those of the entries that are known, by their places."""
        digests = [_digest(entry) for entry in entries]
        with self._lock:
            found = {
                place: good
                for place, digest in enumerate(digests)
                if (good := self._good.pop(digest, None)) is not None
            }
            self._good |= {digests[place]: good for place, good in found.items()}  # the newest now
        return found

    def remember(self, entries: Iterable[bytes], good: Iterable[Good]) -> None:
        """These entries are without fault."""
        told = {_digest(entry): one for entry, one in zip(entries, good, strict=True)}
        with self._lock:
            self._good |= told
            for digest in list(self._good)[: max(len(self._good) - self._most, 0)]:
                del self._good[digest]


def complaints_knowing(
    memory: Memory, body: bytes, name: str, complaints: Callable[[bytes, list[Good]], Seen]
) -> list[str]:
    """What is wrong with a document, whose entries have this name, by `complaints`: they are given
    a document and the entries that signs stand for in it.
    """
    parts = cut(body, name)
    if parts is None:
        return complaints(body, [])[0]
    known = memory.known(parts.entries)
    found, good = complaints(parts.without(known, name), list(known.values()))
    new = [entry for place, entry in enumerate(parts.entries) if place not in known]
    if known and (found or len(good) != len(new)):
        known, new = {}, list(parts.entries)
        found, good = complaints(body, [])
    if not found and len(good) == len(new):
        memory.remember(new, good)
    return found


def _digest(entry: bytes) -> bytes:
    return hashlib.sha256(entry).digest()


def signs_in(parent: Any, name: str, known: list[Good]) -> list[Any] | None:
    """The elements that stand for these entries, in their order; None where one of them is not
    where an entry has to be. `name`: the tag of an entry.
    """
    everywhere = parent.getroottree().getroot().iter("{*}" + name.rpartition("}")[2])
    signs = [child for child in parent.iterchildren(name) if _MARK in child.attrib]
    there = [sign.get(_MARK) for sign in signs] == [str(n) for n in range(len(known))]
    alone = sum(_MARK in element.attrib for element in everywhere) == len(known)
    blank = not any((sign.tail or "").strip() for sign in signs)
    in_sight = parent.nsmap
    meant = all(good.namespaces == in_sight for good in known)
    return signs if there and alone and blank and meant else None


def is_sign(element: Any) -> bool:
    """Does it stand for an entry?"""
    return _MARK in element.attrib
