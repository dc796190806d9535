"""The words of a text as copies are compared by: of every script, habits of spelling apart."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

Shingle = tuple[str, ...]

_MOST: Final = 20_000  # characters that are looked at: a copy shows long before
# Letters and figures; to `re` the vowel signs of India and its neighbours are no letters.
_WORD: Final = re.compile(r"[\w\u0900-\u0963\u0966-\u109f\u1780-\u17d3]+")
_ASCII_WORD: Final = re.compile(r"\w+", re.ASCII)
# Figures and letters written together are two words: 80dollars, v2.
_PARTS: Final = re.compile(r"\d+|\D+")
_JOINED: Final = re.compile(r"\d(?=[^\W\d])|(?<=[^\W\d])\d")
# Accents, points and vowels written over and under letters, the voicing marks of kana among them.
_MARK: Final = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u3099\u309a]"
)
# What newsrooms write now so, now so: ta marbuta, alif maqsura, Persian letters, tatweel.
_SPELLING: Final = (("ة", "ه"), ("ى", "ي"), ("ی", "ي"), ("ک", "ك"), ("ـ", ""))
_HAS_FIGURES: Final = re.compile("[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f]")
_FIGURES: Final = str.maketrans(
    {chr(zero + n): str(n) for zero in (0x660, 0x6F0, 0x966) for n in range(10)}
)
# Scripts without blanks: rows of letters stand in for words, and each letter begins one.
_UNSPACED: Final = re.compile(
    "(?P<two>[\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]+)"
    "|(?P<four>[\u0e01-\u0e4e\u0e81-\u0ecd\u1000-\u103f\u1780-\u17d3]+)"
)


def words_of(text: str) -> list[str]:
    """The words of a text's beginning, letter case, accents and habits of spelling apart. Of
    Chinese and Japanese each two letters are one, of Thai, Lao, Khmer and Burmese each four.

    >>> words_of("Café, l’Été")
    ['cafe', 'l', 'ete']
    >>> words_of("東京都 2026")
    ['東京', '京都', '2026']
    """
    folded = text[:_MOST].casefold()
    if folded.isascii():
        return _apart(_ASCII_WORD.findall(folded), folded)
    folded = _MARK.sub("", unicodedata.normalize("NFKD", folded)[:_MOST])
    for letter, usual in _SPELLING:
        folded = folded.replace(letter, usual)
    if _HAS_FIGURES.search(folded):
        folded = folded.translate(_FIGURES)
    words = _apart(_WORD.findall(folded), folded)
    if _UNSPACED.search(folded):
        return [piece for word in words for piece in _pieces(word)]
    return words


def _apart(words: list[str], text: str) -> list[str]:
    """The words, figures and letters in each told apart."""
    if not _JOINED.search(text):
        return words
    return [part for word in words for part in _PARTS.findall(word)]


def _pieces(word: str) -> Iterator[str]:
    at = 0
    for run in _UNSPACED.finditer(word):
        if run.start() > at:
            yield word[at : run.start()]
        at = run.end()
        size = 2 if run["two"] else 4
        for start in range(run.start(), max(run.start(), at - size) + 1):
            yield word[start : min(start + size, at)]
    if at < len(word):
        yield word[at:]


def worth(words: Sequence[str]) -> float:
    """How many words of a language with blanks these say as much as: what stands in for words in
    the others overlaps.

    >>> worth(words_of("東京都に住む 2026"))
    3.5
    """
    joined = " ".join(words)
    if joined.isascii():
        return len(words)
    runs = Counter(run.lastgroup for run in map(_UNSPACED.match, words) if run is not None)
    return len(words) - runs["two"] / 2 - runs["four"] * 3 / 4


def shingles(words: Sequence[str], size: int) -> Iterator[Shingle]:
    """Each `size` words that stand in a row, in order; none when there are fewer.

    >>> [" ".join(row) for row in shingles("a wrong merge hides a story".split(), 3)]
    ['a wrong merge', 'wrong merge hides', 'merge hides a', 'hides a story']
    """
    return zip(*(islice(words, start, None) for start in range(size)), strict=False)
