"""Sequences beside each other. The only module that knows rapidfuzz."""

from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

Run = tuple[int, int, int, int]


def equal_runs(one: Sequence[str], other: Sequence[str], least: int) -> Iterator[Run]:
    """Where at least so many words in a row are the same when as many as can be are laid beside
    each other: begin in the one, begin in the other, end in the one, end in the other.

    >>> list(equal_runs("a wrong merge hides".split(), "but a wrong merge".split(), 3))
    [(0, 1, 3, 4)]
    """
    for step in Indel.opcodes(one, other):
        if step.tag == "equal" and step.src_end - step.src_start >= least:
            yield step.src_start, step.dest_start, step.src_end, step.dest_end


def spelling_likeness(word: str, other: str) -> float:
    """How much two words are spelled alike, 0 to 1.

    >>> spelling_likeness("kiev", "kyiv")
    0.75
    """
    return fuzz.ratio(word, other) / 100
