"""How much a document is about a topic: the weights of what was found in it, added up.

In the manner of Europe Media Monitor's categories: lists of weighted terms, negative ones too, and
a threshold. What stands in the title or in the first lines says more than what stands further
down, and a word said for the sixth time says nothing new.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from .plan import Found, Place, Plan, apart, plan_of
from .reading import in_lead
from .tree import Score, Term

MOST_COUNTED: Final = 5  # places of one line of the score, the heaviest first
IN_TITLE: Final = 3  # a place in the title counts so many times its weight …
IN_LEAD: Final = 2  # … and one in the first lines of the text


@dataclass(frozen=True, slots=True)
class Scoring:
    """A score, compiled."""

    threshold: float
    terms: tuple[tuple[Plan, float], ...]

    def points(self, found: Found) -> dict[Place, float]:
        """What each place adds; of places that overlap in one line of the score one counts."""
        points: dict[Place, float] = {}
        for plan, weight in self.terms:
            places = plan.support(found)
            if places:
                factors = ((_factor(place), place) for place in apart(places))
                heaviest = sorted(factors, key=lambda pair: -pair[0])[:MOST_COUNTED]
                for factor, place in heaviest:
                    points[place] = points.get(place, 0.0) + factor * weight
        return points


def scoring_of(score: Score, number: Callable[[Term], int]) -> Scoring:
    """A score compiled; `number` gives each term its number."""
    return Scoring(
        score.threshold,
        tuple((plan_of(places, number), weight) for places, weight in score.terms),
    )


def _factor(place: Place) -> int:
    if place.field == "title":
        return IN_TITLE
    return IN_LEAD if in_lead(place.field, place.start) else 1
