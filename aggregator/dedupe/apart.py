"""What may not be folded together: what a person has split, and sources that never merge."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ..model import Article, MatchKey, Story
from .keys import veto_keys
from .settle import Arrival
from .signature import keys_of_text

_SAME_TEXT: Final = 0.25  # of the keys of a text; a phrase of its source's own is less of it


@dataclass(frozen=True, slots=True)
class Apart:
    """Asked of every story that an article might join."""

    # Story id → the `veto_keys` of articles that it must not have.
    vetoes: Mapping[str, frozenset[MatchKey]] = field(default_factory=dict)
    sources: Collection[str] = frozenset()  # those that never merge

    def allows(self, story: Story, arrival: Arrival) -> bool:
        """May this article, which is in no story yet, join that one?

        A story that a person has merged belongs to who founded it, whatever else is in it.
        """
        source, founder = arrival.article.source, story.articles[0].source
        if source in self.sources or founder in self.sources:
            return False
        vetoed = self.vetoes.get(story.id)
        keys = (*arrival.keys, *arrival.text_keys)
        return not vetoed or not is_vetoed(arrival.article, keys, vetoed)


def is_vetoed(article: Article, keys: Iterable[MatchKey], vetoed: frozenset[MatchKey]) -> bool:
    """Do these vetoes keep out an article that others find by these keys?

    They do by its text as well, when others do not find it by that: what a source lists again and
    again looks like its stock of phrases. But a phrase alone keeps nothing out.
    """
    if not vetoed.isdisjoint(veto_keys(article.source, keys)):
        return True
    text = veto_keys(article.source, keys_of_text(article))
    return len(text & vetoed) > _SAME_TEXT * len(text)


NOTHING_APART: Final = Apart()
