"""How much of one text stands in another, measured in rows of three words."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Final

from .shingles import Shingle, shingles

ROW: Final = 3
_INTRO: Final = 45  # words that an outlet may put before a copy: caption, dateline, bullet points
_OPENING: Final = 8  # words at a text's beginning, by one row of which it is recognised
_SLACK: Final = 12  # one word in so many may be put in before the end that both have


@dataclass(frozen=True, slots=True)
class Overlap:
    """What the shorter of two texts has in common with the longer."""

    words: int  # of the shorter text
    share: float  # of them, 0 to 1, that stand in rows the other has too
    passage: int  # words in the longest passage that the other lacks


def overlap(one: Sequence[str], other: Sequence[str]) -> Overlap:
    """The overlap of two texts, given by their words.

    A copy is cut at its end: of the longer text only as much is looked at as the shorter could
    be a copy of.

    >>> overlap("the cat sat on the mat".split(), "once the cat sat on the mat too".split())
    Overlap(words=6, share=1.0, passage=0)
    """
    shorter, longer = sorted((one, other), key=len)
    rows = set(shingles(longer[: len(shorter) * 3 // 2 + _INTRO], ROW))
    line = _marks(shorter, rows)
    return Overlap(
        words=len(line),
        share=line.count("=") / len(line) if line else 0.0,
        passage=max(map(len, line.split("="))),
    )


def without(words: Sequence[str], rows: Container[Shingle]) -> Sequence[str]:
    """A text's words but for those that stand in one of these rows."""
    return [word for word, mark in zip(words, _marks(words, rows), strict=True) if mark != "="]


def _marks(words: Sequence[str], rows: Container[Shingle]) -> str:
    """For each word a sign: = where it stands in one of the rows."""
    marks = [" "] * len(words)
    for at, row in enumerate(shingles(words, ROW)):
        if row in rows:
            marks[at : at + ROW] = "=" * ROW
    return "".join(marks)


def without_intro(
    one: Sequence[str], other: Sequence[str]
) -> tuple[Sequence[str], Sequence[str]] | None:
    """Two texts made comparable where the one begins inside the other, behind a few words that
    the other has for itself: both from there on, as far as both go. None where neither does.
    """
    for inner, outer in ((one, other), (other, one)):
        places: dict[Shingle, int] = {}
        for at, row in enumerate(shingles(outer[: _INTRO + _OPENING], ROW)):
            places.setdefault(row, at)
        for skipped, row in enumerate(shingles(inner[:_OPENING], ROW)):
            at = places.get(row, 0) - skipped
            if 0 < at <= _INTRO:
                size = min(len(inner), len(outer) - at)
                slack = size // _SLACK + 1
                return inner[: size - slack], outer[at : at + size + slack]
    return None
