"""All rules over one document in one pass: which topics it is about, and the evidence.

The words of all terms of all topics are looked for at once (`reading.py`); then only the topics
that were touched are asked (`plan.py`), and only those that hold say why.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from .plan import Place, Plan, plan_of
from .query import FIELDS
from .reading import Document, Index, Reading
from .score import Scoring, scoring_of
from .tree import Rule, Term

_MOST_EVIDENCE: Final = 20  # a topic; more of the same convinces nobody
_MOST_A_TERM: Final = 3
_MOST_OF_AN_END: Final = 40  # characters
_Shown = tuple[str, int, int, str]  # field, start, end, what found it


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a topic holds: the term as written, where it was found, and the words found there, of a
    long stretch its two ends; and what that adds to the topic's score.
    """

    field: str
    term: str
    text: str
    start: int  # characters of the field as given
    end: int
    score: float = 0.0


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
            found[topic] = tuple(self._evidence(places, points, reading))
        return found

    def _evidence(
        self, places: Iterable[Place], points: Mapping[Place, float], reading: Reading
    ) -> Iterator[Evidence]:
        """What is worth showing of where a query was found and what was scored, in the order of
        reading.
        """
        shown: dict[_Shown, float] = {}  # `title:isis OR isis` shows one once
        often: dict[int, int] = defaultdict(int)
        for place in sorted(dict.fromkeys(places), key=_reading_order):
            if often[place.term] < _MOST_A_TERM:
                often[place.term] += 1
                shown[*place[:3], self._written(place)] = 0.0
        for place, score in points.items():
            key = (*place[:3], self._written(place))
            shown[key] = shown.get(key, 0.0) + score
        best = list(shown)
        if len(best) > _MOST_EVIDENCE:
            best.sort(key=lambda key: (-abs(shown[key]), _reading_order(key)))
        for key in sorted(best[:_MOST_EVIDENCE], key=_reading_order):
            name, start, end, written = key
            start, end = reading.original(name, start, end)
            text = " ".join(reading.document[name][start:end].split())
            if len(text) > 2 * _MOST_OF_AN_END:  # words near each other: both ends will do
                text = f"{text[:_MOST_OF_AN_END].rstrip()} … {text[-_MOST_OF_AN_END:].lstrip()}"
            yield Evidence(name, written, text, start, end, shown[key])

    def _written(self, place: Place) -> str:
        written = self._terms[place.term].written
        return (
            written if place.other is None else f"{written} NEAR {self._terms[place.other].written}"
        )


def _reading_order(place: Place | _Shown) -> tuple[int, int, int, str]:
    return FIELDS.index(place[0]), place[1], place[2], str(place[3])
