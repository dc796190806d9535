"""Where the words of a folded text begin and end.

Three ways of writing. With blanks between words: an edge is where letters and figures end. Without
(Chinese, Japanese, Thai, Lao, Khmer, Burmese): what `segments` says. Arabic and Hebrew: with
blanks, but "and", "in", "for", "like" and "the" are written on to the word that follows.
"""

import re
from typing import Final

from .fold import word_runs_on
from .segments import word_breaks

_FIRST_SUCH: Final = "\u0e01"  # the first letter of such a script

# و ف and; ب in, by; ك like; ل for; ال the, with ل before it لل; س will, before a verb.
_ARABIC: Final = re.compile("[وف]?(?:[بكل]|[بك]?ال|لل)?")
_ARABIC_VERB: Final = re.compile("[وف]?(?:[بكلس]|[بك]?ال|لل)?")
_ARABIC_VERB_BEGINS: Final = tuple("ايتن")
_ARABIC_ARTICLE: Final = re.compile("[وف]?(?:[بك]?ال|لل)")
_ARABIC_BEFORE_ARTICLE: Final = re.compile("[وف]?[بكل]?")
_ARABIC_AND: Final = re.compile("[وف]")
# ו and; ש כש מש that, when; ב כ ל מ in, like, for, from; ה the.
_HEBREW: Final = re.compile("ו?(?:ש|כש|מש|לכש)?[בכלמ]?ה?")
_LONGEST: Final = 6  # letters: ולכשבה
_ARABIC_LETTERS: Final = re.compile("[\u0621-\u063a\u0641-\u064a]+")
_HEBREW_LETTERS: Final = re.compile("[\u05d0-\u05ea]+")
_LEAST: Final = 4
_LEAST_WITH_ARTICLE: Final = 3


def forms(words: str) -> tuple[tuple[str, re.Pattern[str] | None], ...]:
    """How folded words may stand in a text: each form, and what may be written on to it in front.

    A word of fewer than four letters takes only the article with it, one of fewer than three
    nothing: كتاب is a book and not "like تاب", لبن is milk and not "for بن". Words with a letter
    that Arabic lacks are Persian or Urdu, which write nothing on.

    >>> [form for form, _ in forms("الدوله")]
    ['الدوله', 'للدوله']
    """
    first = words.partition(" ")[0]
    if _HEBREW_LETTERS.fullmatch(first):
        return ((words, _HEBREW if len(first) >= _LEAST else None),)
    if not _ARABIC_LETTERS.fullmatch(first) or len(first) < _LEAST_WITH_ARTICLE:
        return ((words, None),)
    if len(first) < _LEAST:
        return ((words, _ARABIC_ARTICLE),)
    if first.startswith("ال"):
        for_the = words[1:] if first.startswith("الل") else f"ل{words[1:]}"
        return ((words, _ARABIC_BEFORE_ARTICLE), (for_the, _ARABIC_AND))
    return ((words, _ARABIC_VERB if first.startswith(_ARABIC_VERB_BEGINS) else _ARABIC),)


class Edges:
    """The edges of the words of one folded text. What is costly is found out when asked for."""

    __slots__ = ("_breaks", "_folded")

    def __init__(self, folded: str) -> None:
        self._folded = folded
        self._breaks: frozenset[int] | None = None

    def run_on(self, at: int) -> bool:
        """Does a word run across the place `at`?"""
        folded = self._folded
        if word_runs_on(folded, at):
            return True
        if not 0 < at < len(folded) or folded[at - 1] < _FIRST_SUCH or folded[at] < _FIRST_SUCH:
            return False
        if self._breaks is None:
            self._breaks = word_breaks(folded)
        return at not in self._breaks

    def start(self, at: int, before: re.Pattern[str] | None = None) -> int | None:
        """Where the word begins in which a term stands at `at`: there, or further left when only
        what matches `before` (see `forms`) is written on to it; else None.
        """
        if not self.run_on(at):
            return at
        if before is None:
            return None
        first, least = at - 1, max(at - _LONGEST, 0)
        while first > least and word_runs_on(self._folded, first):
            first -= 1
        if word_runs_on(self._folded, first) or not before.fullmatch(self._folded, first, at):
            return None
        return first

    def end(self, at: int) -> int:
        """Where the word ends that runs on at `at`; `at` itself at an edge."""
        while self.run_on(at):
            at += 1
        return at
