"""What of an article is compared when another may be a copy of it."""

import datetime as dt
from dataclasses import dataclass

from ..model import Article
from .shingles import words_of


@dataclass(frozen=True, slots=True)
class Wording:
    """An article's words, worked out once."""

    title: tuple[str, ...]
    text: tuple[str, ...]
    at: dt.datetime  # published

    @property
    def figures(self) -> frozenset[str]:
        """The numbers in the title."""
        return frozenset(word for word in self.title if any(map(str.isdigit, word)))


def wording(article: Article) -> Wording:
    """The words of an article's title and text."""
    return Wording(tuple(words_of(article.title)), tuple(words_of(article.text)), article.published)
