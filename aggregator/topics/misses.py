"""The topics that did not take a document though some of their words are there.

Asked of one document now and then, by people, and compiled when it is first asked: it costs
nothing while topics are found.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from .evidence import Evidence
from .judging import Asked, Judged, almost, wanted_terms
from .lacks import Explainer, Lack
from .reading import Document, Index
from .tree import Rule, Term, terms_of


@dataclass(frozen=True, slots=True)
class Miss:
    """A topic that did not take a document: the words of it that are there, what was missing or in
    the way, and how near it came, from 0 to 1 (`judging.py`).
    """

    topic: str
    found: tuple[Evidence, ...]
    missing: tuple[Lack, ...]
    nearness: float


class Misses:
    """The rules of all topics, ready to be asked why not. Immutable; safe to share."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        """Compile `rules`: topic → rule."""
        self._rules = rules
        self._order = {topic: at for at, topic in enumerate(rules)}
        self._numbers: dict[Term, int] = {}
        self._topics_with: dict[int, set[str]] = defaultdict(set)
        for topic, rule in rules.items():
            scored = [places for places, _ in rule.score.terms] if rule.score else []
            for query in (rule.query, *scored):
                for term in terms_of(query):
                    self._number(term)
            for term in wanted_terms(rule.query):
                for one in (term, *(nearly for _, nearly in almost(term))):
                    self._topics_with[self._number(one)].add(topic)
        self._terms = list(self._numbers)
        self._index = Index(self._terms)

    def _number(self, term: Term) -> int:
        return self._numbers.setdefault(term, len(self._numbers))

    def nearest(self, document: Document, most: int) -> list[Miss]:
        """The topics that came nearest to taking the document, and did not; the nearest first."""
        asked = self._asked(document)
        touched = {t for number in asked.reading.hits for t in self._topics_with.get(number, ())}
        misses = [_Missed(asked, topic, self._rules[topic]) for topic in touched]
        misses = [miss for miss in misses if miss.judged.is_touched and not miss.holds]
        misses.sort(key=lambda miss: (-miss.nearness, self._order[miss.topic]))
        return [miss.explained() for miss in misses[:most]]

    def of(self, document: Document, topic: str) -> Miss | None:
        """Why a topic did not take the document; None when it did. KeyError: no such topic."""
        missed = _Missed(self._asked(document), topic, self._rules[topic])
        return None if missed.holds else missed.explained()

    def _asked(self, document: Document) -> Asked:
        return Asked(self._index.read(document), self._numbers, self._terms)


class _Missed:
    """A topic asked of a document."""

    def __init__(self, asked: Asked, topic: str, rule: Rule) -> None:
        self.asked, self.topic, self.rule = asked, topic, rule
        self.explainer = Explainer(asked)
        self.judged: Judged = asked.judge(rule.query)
        self.lacks_score: Lack | None = None
        self.nearness = self.judged.nearness
        if rule.score is not None:
            share, self.lacks_score = self.explainer.of_score(rule.score)
            self.nearness = (self.nearness + share) / 2

    @property
    def holds(self) -> bool:
        return self.judged.holds and self.lacks_score is None

    def explained(self) -> Miss:
        found = [p for term in wanted_terms(self.rule.query) for p in self.asked.hits(term)]
        lacks = [] if self.judged.holds else [*self.explainer.lacks(self.judged)]
        if self.lacks_score is not None:
            lacks.append(self.lacks_score)
        return Miss(self.topic, self.explainer.evidence(found), tuple(lacks), self.nearness)
