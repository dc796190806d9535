"""What may not be folded together: what a person has split, and sources that never merge."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from ..model import MatchKey, Story
from .keys import veto_keys
from .settle import Arrival


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
        return not vetoed or vetoed.isdisjoint(
            veto_keys(source, (*arrival.keys, *arrival.text_keys))
        )


NOTHING_APART: Final = Apart()
