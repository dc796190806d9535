"""Keys by which copies of a text find each other. The only module that knows rensa.

Two kinds. Bands of a MinHash signature over the rows of three words of the whole text: texts that
have half of their rows in common almost surely share one. And rows of five words out of title and
opening, those whose hash says so, which are the same ones wherever they stand: by them a text and
its first lines meet, and a copy behind an intro.

How they are made has a version, which is in each key. Where it changes, what is stored is no longer
found by its text, which doubles a story and never merges two.
"""

import zlib
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Final

from rensa import RMinHash

from ..model import MatchKey
from .keys import key_of
from .likeness import LEAST_WORDS
from .overlap import ROW
from .shingles import shingles
from .wording import Wording

_VERSION: Final = f"1 MinHash {RMinHash.ALGORITHM_VERSION}"  # ours, and rensa's
_SEED: Final = 5
_BYTES: Final = 9  # there are many of them, and two that meet by chance are only compared in vain

# At a Jaccard likeness of 0.6, 95 in 100 pairs share a band; at 0.05, one or two in a thousand.
_BANDS: Final = 12
_NUMBERS: Final = 3  # of the signature, in a band

_TITLE: Final = 30  # words
_OPENING: Final = 100  # words: the first lines, and an intro before them
_LONG_ROW: Final = 5
_ONE_IN: Final = 5  # rows that are chosen
_MOST: Final = 32  # chosen ones at most


def text_keys(said: Wording) -> tuple[MatchKey, ...]:
    """The keys of an article's text, at most 44; none of too little text to compare."""
    if len(said.text) < LEAST_WORDS:
        return ()
    return (*_bands(said.text), *_openings(said.title[:_TITLE], said.text[:_OPENING]))


def _bands(words: Sequence[str]) -> Iterator[MatchKey]:
    sketch = RMinHash(num_perm=_BANDS * _NUMBERS, seed=_SEED)
    sketch.update([" ".join(row) for row in shingles(words, ROW)])
    numbers = iter(map(str, sketch.digest()))
    for band in range(_BANDS):
        yield _key(str(band), *islice(numbers, _NUMBERS))


def _openings(*beginnings: Sequence[str]) -> Iterator[MatchKey]:
    rows = chain.from_iterable(shingles(words, _LONG_ROW) for words in beginnings)
    lines = dict.fromkeys(map(" ".join, rows))
    chosen = (line for line in lines if zlib.crc32(line.encode()) % _ONE_IN == 0)
    for line in islice(chosen, _MOST):
        yield _key(line)


def _key(*parts: str) -> MatchKey:
    return key_of("text:band", _VERSION, *parts, size=_BYTES)
