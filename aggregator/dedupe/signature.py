"""Keys by which copies of a text find each other: a MinHash sketch of its beginning.

Of all rows of five words in the title and in the first words of the text, those with the smallest
hashes are keys. They are the same rows wherever they stand, so that a text, its first lines alone,
and a copy of it behind an intro meet; what comes later need not be looked at, for a copy that is
cut is cut at its end (decision 32). After Broder, On the resemblance and containment of documents
(1997): the rows below a threshold, but never fewer than a few and never more than a bound.

How they are made has a version, which is in each key. Where it changes, what is stored is no longer
found by its text, which doubles a story and never merges two.
"""

import zlib
from itertools import chain
from typing import Final

from ..model import Article, MatchKey
from .keys import key_of
from .likeness import LEAST_WORDS
from .shingles import shingles
from .wording import Wording, wording

_VERSION: Final = "1"
_BYTES: Final = 9  # there are many of them, and two that meet by chance are only compared in vain
_TITLE: Final = 30  # words
_OPENING: Final = 100  # words: the first lines, and an intro before them
_LETTERS: Final = 1200  # that nearly every opening has room in
_ROW: Final = 5
_BELOW: Final = 2**32 // 6  # of the hashes of rows
_LEAST: Final = 12  # keys
_MOST: Final = 24


def keys_of_text(article: Article) -> tuple[MatchKey, ...]:
    """The keys of an article's text, which is not cut into words further than they need: that
    takes longer than all the rest.
    """
    said = wording(article, _LETTERS)
    # The last word may be cut through: there must be one more than are looked at.
    whole = len(said.text) > _OPENING or len(article.text) <= _LETTERS
    return text_keys(said if whole else wording(article))


def text_keys(said: Wording) -> tuple[MatchKey, ...]:
    """The keys of an article's text, at most 24; none of too little text to compare."""
    if len(said.text) < LEAST_WORDS:
        return ()
    rows = chain(shingles(said.title[:_TITLE], _ROW), shingles(said.text[:_OPENING], _ROW))
    hashes = {line: zlib.crc32(line.encode()) for line in map(" ".join, rows)}
    smallest = sorted(hashes, key=lambda line: (hashes[line], line))[:_MOST]
    chosen = [line for at, line in enumerate(smallest) if at < _LEAST or hashes[line] < _BELOW]
    return tuple(key_of("text:band", _VERSION, line, size=_BYTES) for line in chosen)
