"""What of an article is compared when another may be a copy of it, each worked out once."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from ..model import Article
from ..text.urls import host_of
from .shingles import Shingle, shingles, words_of

ROW: Final = 3
_MOST: Final = 1500  # words that are compared: a copy shows long before
_LETTERS: Final = 12_000  # of a text, that these words are looked for in
_TITLE_LETTERS: Final = 1_000
# A capital letter behind a word, not at the head of a sentence.
_NAME: Final = re.compile(r"(?<=[\w,;] )\w+")
# An Arabic word without the particles and the article that are written on to it.
_ARABIC: Final = re.compile("^[وفبكل]?(?:ال|لل)?(?=[\u0620-\u064a]{3})")
_STEM: Final = 5
_NOUNS: Final = 0.25


@dataclass(frozen=True)
class Wording:
    """An article as words: habits of spelling and letter case apart."""

    title: tuple[str, ...]
    text: tuple[str, ...]
    at: dt.datetime  # published
    said: str  # the text as it was written
    outlet: str = ""  # who says it: the source's key and the article's host

    @cached_property
    def rows(self) -> tuple[Shingle, ...]:
        """Each three words that stand in a row in the text."""
        return tuple(shingles(self.text, ROW))

    @cached_property
    def row_set(self) -> frozenset[Shingle]:
        """The same, to look for one."""
        return frozenset(self.rows)

    @cached_property
    def title_rows(self) -> frozenset[str]:
        """Each three letters that stand in a row in the title: what titles are compared by, since
        their words are few and bear endings.
        """
        line = " ".join(self.title)
        return frozenset(line[at : at + 3] for at in range(len(line) - 2))

    @cached_property
    def words(self) -> frozenset[str]:
        """All its words."""
        return frozenset((*self.title, *self.text))

    @cached_property
    def stems(self) -> frozenset[str]:
        """The beginnings of all its words."""
        return frozenset(map(stem, (*self.title, *self.text)))

    @cached_property
    def names(self) -> frozenset[str]:
        """Words of the text that begin with a capital letter inside a sentence; none where most
        nouns do, as in German.
        """
        inside = [found[0] for found in _NAME.finditer(self.said)]
        large = [word for word in inside if word[0].isupper()]
        if len(large) > _NOUNS * len(inside):
            return frozenset()
        return frozenset(word for name in large for word in words_of(name))


def wording(article: Article, letters: int = _LETTERS) -> Wording:
    """The words of an article's title, and of so many letters at the beginning of its text."""
    said = article.text[:letters]
    return Wording(
        tuple(words_of(article.title[:_TITLE_LETTERS])),
        tuple(words_of(said)[:_MOST]),
        article.published,
        said,
        f"{article.source} {host_of(article.url or '')}".casefold(),
    )


def stem(word: str) -> str:
    """What a word begins with, by which its forms are known: no language is. A number is whole.

    >>> stem("arrested") == stem("arrests")
    True
    """
    return word if has_figure(word) else _ARABIC.sub("", word)[:_STEM]


def has_figure(word: str) -> bool:
    """Is there a digit in it?"""
    return any(map(str.isdigit, word))


def figures(words: Iterable[str]) -> set[str]:
    """The numbers among words."""
    return {word for word in words if has_figure(word)}
