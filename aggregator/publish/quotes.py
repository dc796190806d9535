"""Evidence as a reader sees it: the words that were found, with some of those around them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ..model import Found

_WHOLE: Final = 160  # characters of a field that are quoted whole
_AROUND: Final = 60  # characters on each side of what was found in a longer one
_LONGEST: Final = 100  # of the words found; of more, the two ends
_END: Final = 40
_MOST: Final = 4  # quotes of one field
_SPACES: Final = re.compile(r"\s+")
_GAP: Final = " … "


@dataclass(frozen=True, slots=True)
class Quote:
    """A stretch of a field: words in a row, and of each whether they are the evidence."""

    field: str
    parts: tuple[tuple[str, bool], ...]


def is_in(found: Found, document: Mapping[str, str]) -> bool:
    """Was this found in this very document?

    >>> is_in(Found("title", "isis", "Isis", 8, 12), {"title": "Fall of Isis"})
    True
    """
    words = " ".join(document.get(found.field, "")[found.start : found.end].split())
    if not words or words == found.text:
        return bool(words)
    head, gap, tail = found.text.partition(_GAP)  # the two ends of a long stretch
    return bool(gap) and words.startswith(head) and words.endswith(tail)


def quotes(evidence: Iterable[Found], document: Mapping[str, str]) -> tuple[Quote, ...]:
    """What was found in a document, field by field; what was found elsewhere is left out."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for found in evidence:
        if is_in(found, document):
            spans.setdefault(found.field, []).append((found.start, found.end))
    return tuple(
        Quote(field, _parts(document[field], window, within))
        for field, places in spans.items()
        for window, within in _windows(document[field], _merged(places))[:_MOST]
    )


def _merged(places: Iterable[tuple[int, int]], room: int = 0) -> list[tuple[int, int]]:
    """Stretches that touch, or nearly, made one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if merged and start <= merged[-1][1] + room:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _windows(
    text: str, places: Sequence[tuple[int, int]]
) -> list[tuple[tuple[int, int], list[tuple[int, int]]]]:
    """What to show of a text, and the places in it."""
    if len(text) <= _WHOLE:
        return [((0, len(text)), list(places))]
    wide = [(_before(text, start), _after(text, end)) for start, end in places]
    return [
        ((first, last), [place for place in places if first <= place[0] < last])
        for first, last in _merged(wide, room=1)
    ]


def _before(text: str, start: int) -> int:
    """Where to begin, at a word if there is a blank."""
    first = start - _AROUND
    if first <= 0:
        return 0
    blank = _SPACES.search(text, first, start)
    return blank.end() if blank else first


def _after(text: str, end: int) -> int:
    last = end + _AROUND
    if last >= len(text):
        return len(text)
    blank = max(text.rfind(" ", end, last), text.rfind("\n", end, last))
    return blank if blank > 0 else last


def _parts(
    text: str, window: tuple[int, int], places: Sequence[tuple[int, int]]
) -> tuple[tuple[str, bool], ...]:
    first, last = window
    edges = [(first, first), *places, (last, last)]
    parts: list[tuple[str, bool]] = [("…", False)] if first > 0 else []
    for (_, left), (start, end) in pairwise(edges):
        parts += [(_one_line(text[left:start]), False), (_abridged(text[start:end]), True)]
    if last < len(text):
        parts.append((" …", False))
    return tuple(part for part in parts if part[0])


def _one_line(text: str) -> str:
    return _SPACES.sub(" ", text)


def _abridged(text: str) -> str:
    words = _one_line(text)
    if len(words) <= _LONGEST:
        return words
    head, tail = words[: _END + 1], words[-_END - 1 :]
    if " " in head[1:] and " " in tail[:-1]:  # whole words, in scripts that have blanks
        head, tail = head.rpartition(" ")[0], tail.partition(" ")[2]
    return f"{head.strip()}{_GAP}{tail.strip()}"
