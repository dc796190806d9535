"""All rules over one document in one pass: which topics it is about, and the evidence.

The words of all terms of all topics are looked for at once (`reading.py`); then only the topics
that were touched are asked (`plan.py`), and only those that hold say why.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from .evidence import Evidence, shown
from .misses import Miss, Misses
from .plan import Place, Plan, plan_of
from .reading import Document, Index
from .score import Scoring, scoring_of
from .tree import Rule, Term


class Engine:
    """The rules of all topics, compiled together. Immutable; safe to share between threads."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        """Compile `rules`: topic → rule."""
        numbers: dict[Term, int] = {}
        self._plans: dict[str, Plan] = {}
        self._scores: dict[str, Scoring] = {}
        self._topics_with: dict[int, list[str]] = defaultdict(list)
        for topic, rule in rules.items():
            asked: set[int] = set()

            def number(term: Term, asked: set[int] = asked) -> int:
                given = numbers.setdefault(term, len(numbers))
                asked.add(given)
                return given

            self._plans[topic] = plan_of(rule.query, number)
            for term in asked:
                self._topics_with[term].append(topic)
            if rule.score is not None:
                self._scores[topic] = scoring_of(rule.score, number)
        self._rules = rules
        self._terms = list(numbers)
        self._index = Index(self._terms)
        self._order = {topic: at for at, topic in enumerate(self._plans)}

    def topics_of(self, document: Document) -> dict[str, tuple[Evidence, ...]]:
        """The topics a document is about, in the order they were given, each with its evidence."""
        reading = self._index.read(document)
        touched = {topic for term in reading.hits for topic in self._topics_with.get(term, ())}
        plans = self._plans
        holding = [topic for topic in touched if plans[topic].holds(reading)]
        found: dict[str, tuple[Evidence, ...]] = {}
        for topic in sorted(holding, key=self._order.__getitem__):
            points: Mapping[Place, float] = {}
            if (scoring := self._scores.get(topic)) is not None:
                points = scoring.points(reading)
                if sum(points.values()) < scoring.threshold:
                    continue
            places = plans[topic].support(reading) or []
            found[topic] = tuple(shown(places, points, reading, self._terms))
        return found

    def misses(self, document: Document, most: int = 3) -> list[Miss]:
        """The topics that did not take a document though some of their words are there, the
        nearest first, each with what was missing.
        """
        return self._misses.nearest(document, most)

    def miss(self, document: Document, topic: str) -> Miss | None:
        """Why a topic did not take a document; None when it did. KeyError: no such topic."""
        return self._misses.of(document, topic)

    @cached_property
    def _misses(self) -> Misses:
        return Misses(self._rules)
