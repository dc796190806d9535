"""How much of one text stands in another, and what stands in its place where it does not."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from .alignment import equal_runs
from .shingles import Shingle, worth
from .wording import ROW, Wording

_ENDING: Final = 12  # words that each may have behind a copy: more on our site, an address
_SLACK: Final = 60  # words that may stand in the longer before what corresponds to the shorter ends


@dataclass(frozen=True, slots=True)
class Overlap:
    """What two texts have in common, where they correspond: without the beginning that one alone
    has, an intro, and without the end that one alone has, since copies are cut.
    """

    size: int  # words of the shorter of the two corresponding parts
    lost: int  # of them, that stand in no three words the other has too
    to_the_end: bool  # do both end with the same words?
    common: frozenset[str]  # words that both have in place

    @property
    def share(self) -> float:
        """Of the shorter, that stands in the other too; 0 to 1."""
        return 1 - self.lost / self.size if self.size else 0.0


@dataclass(frozen=True, slots=True)
class Slot:
    """What each of two texts has between two places where they are the same."""

    one: tuple[str, ...]
    other: tuple[str, ...]
    at: int  # words of the one before it
    own: tuple[int, int]  # words of each without those that stand elsewhere in the other text


@dataclass(frozen=True, slots=True)
class Aligned:
    """Two texts beside each other, the shorter first."""

    one: Wording
    other: Wording
    words: tuple[str, ...]  # of the other, as many as the shorter could be a copy of
    marks: tuple[list[bool], list[bool]]  # which of the words stand in a row that both have

    @property
    def scale(self) -> float:
        """Words as they are counted here, for each word of a language with blanks."""
        return len(self.one.text) / max(1.0, worth(self.one.text))

    @property
    def overlap(self) -> Overlap:
        """What they have in common."""
        fronts = _gap(self.marks[0]), _gap(self.marks[1])
        ends = _gap(reversed(self.marks[0])), _gap(reversed(self.marks[1]))
        parts = [
            marks[front : len(marks) - end]
            for marks, front, end in zip(self.marks, fronts, ends, strict=True)
        ]
        shorter = min(parts, key=len)
        both = min(fronts)  # each has words of its own there; its own way to end has every copy
        both += min(ends) if min(ends) > _ENDING else 0
        common = frozenset(w for w, m in zip(self.one.text, self.marks[0], strict=True) if m)
        return Overlap(
            size=len(shorter) + both if common else 0,
            lost=len(shorter) - sum(shorter) + both,
            to_the_end=ends == (0, 0),
            common=common,
        )

    def slots(self) -> list[Slot]:
        """What the texts have in each other's place, in order."""
        found: list[Slot] = []
        at = [0, 0]
        steps = equal_runs(self.one.text, self.words, ROW)
        size = len(self.one.text), len(self.words)
        for one, other, one_end, other_end in (*steps, (*size, *size)):
            if (one, other) != tuple(at):
                here = slice(at[0], one), slice(at[1], other)
                texts = self.one.text[here[0]], self.words[here[1]]
                ours, theirs = (
                    len(text) - sum(marks[part])
                    for text, marks, part in zip(texts, self.marks, here, strict=True)
                )
                found.append(Slot(*texts, at=at[0], own=(ours, theirs)))
            at = [one_end, other_end]
        return found


def aligned(one: Wording, other: Wording) -> Aligned:
    """Two texts beside each other. It does not matter which is which."""
    one, other = sorted((one, other), key=lambda said: (len(said.text), said.text))
    words = other.text[: len(one.text) * 3 // 2 + _SLACK]
    rows = other.rows[: max(0, len(words) - ROW + 1)]
    near = other.row_set if len(rows) == len(other.rows) else set(rows)
    marks = _marks(one.text, one.rows, near), _marks(words, rows, one.row_set)
    return Aligned(one, other, words, marks)


def _marks(words: Sequence[str], rows: Iterable[Shingle], known: Collection[Shingle]) -> list[bool]:
    """For each word whether it stands in one of the known rows."""
    marks = [False] * len(words)
    for at, row in enumerate(rows):
        if row in known:
            marks[at : at + ROW] = [True] * ROW
    return marks


def _gap(marks: Iterable[bool]) -> int:
    return sum(1 for _ in takewhile(lambda mark: not mark, marks))
