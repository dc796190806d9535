"""Who carries a topic: in how many of the stories that its feed shows each outlet stands."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ..model import FeedEntry

_MOST: Final = 8  # outlets that are named


@dataclass(frozen=True, slots=True)
class Carriers:
    """The outlets with most stories, and how many others there are."""

    named: tuple[tuple[str, int], ...]
    others: int
    stories: int

    @property
    def most(self) -> int:
        """What the longest bar stands for."""
        return self.named[0][1] if self.named else 0


def carriers(entries: Sequence[FeedEntry]) -> Carriers:
    """Count the outlets of these stories, each once in a story."""
    counts = Counter(
        name
        for entry in entries
        for name in {entry.source.title, *(outlet.name for outlet in entry.outlets)}
    )
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return Carriers(tuple(ordered[:_MOST]), len(ordered[_MOST:]), len(entries))
