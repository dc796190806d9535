"""How near a document comes to a query.

From 0, nothing of it is there, to 1, which is kept for queries that hold:

    word        1/2 when it is there in another spelling, in another place, or with its words apart
    a OR b      the nearest of them
    a AND b     the mean, which is the share of those that hold; 0 while no word is there
    NOT a       1 when it holds, else 0
    a NEAR b    a third for a, a third for b, and a third for their being near
    ATLEAST/2   the mean of the two nearest
    COUNT/3     the share of the places
    score       its share of the threshold, as one part beside the query
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from .everyday import EVERYDAY
from .plan import Place, apart, plan_of
from .reading import DEFAULT_FIELDS, Reading
from .tree import All, Any, AtLeast, Count, Near, Not, Query, Term, parts_of

# What a story has whatever it is about: that it is in German makes it near no topic.
_NO_WORDS: Final = ("lang", "site", "source")
_ALMOST: Final = 0.5
_ANYWHERE: Final = 100_000  # words between, where any number will do


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a query, and of its parts; of a NOT the part is not judged."""

    query: Query
    holds: bool
    nearness: float
    is_touched: bool  # is a word of it there, one that it asks for?
    parts: tuple["Judged", ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A document, read for terms that are known by number."""

    reading: Reading
    numbers: Mapping[Term, int]
    terms: Sequence[Term]  # by number

    def places(self, query: Query) -> list[Place] | None:
        """The places by which a query holds; None when it does not."""
        return plan_of(query, self.numbers.__getitem__).support(self.reading)

    def hits(self, term: Term) -> list[Place]:
        """Where a term stands, as far as it was looked for."""
        return self.reading.hits.get(self.numbers.get(term, -1), [])

    def judge(self, query: Query) -> Judged:
        """How near the document comes to a query."""
        if isinstance(query, Term):
            return self._term(query)
        if isinstance(query, Not):
            holds = self.places(query.of) is None
            return Judged(query, holds, float(holds), is_touched=False)
        parts = tuple(map(self.judge, parts_of(query)))
        holds, nearness = self._joined(query, parts)
        touched = any(part.is_touched for part in parts)
        return Judged(query, holds, 1.0 if holds else nearness * touched, touched, parts)

    def _joined(self, query: Query, parts: tuple[Judged, ...]) -> tuple[bool, float]:
        each = [part.nearness for part in parts]
        held = sum(part.holds for part in parts)
        match query:
            case Any():
                return held > 0, max(each)
            case All():
                return held == len(parts), sum(each) / len(each)
            case AtLeast(least):
                return held >= least, sum(sorted(each)[-least:]) / least
            case Near():
                return self.places(query) is not None, sum(each) / 3
            case Count(least, of):
                found = len(apart(self.places(of) or ()))
                return found >= least, max(found, each[0]) / least
        raise TypeError(query)  # pragma: no cover - the others are asked before

    def _term(self, term: Term) -> Judged:
        holds = bool(self.hits(term))
        near = holds or any(self.hits(one) for _, one in almost(term))
        touched = near and term.field not in _NO_WORDS
        return Judged(term, holds, 1.0 if holds else _ALMOST * near, touched)


Almost = Literal["place", "spelling", "apart"]


def almost(term: Term) -> Iterator[tuple[Almost, Term]]:
    """What is nearly this term: the same in title and text, in any spelling, or with its words
    however far from each other. Nothing is nearly IS or WHO, which as everyday words stand
    everywhere.
    """
    if term.folded in EVERYDAY:
        return
    if term.field in (*DEFAULT_FIELDS, "lead"):
        yield "place", replace(term, field=None)
    if term.exact is not None:
        yield "spelling", replace(term, exact=None)
    if term.near is not None:
        yield "apart", replace(term, near=_ANYWHERE)


def wanted_terms(query: Query) -> Iterator[Term]:
    """The terms a query asks for: not those it excludes, nor what says nothing of a subject."""
    if isinstance(query, Term) and query.field not in _NO_WORDS:
        yield query
    if not isinstance(query, Not):
        for part in parts_of(query):
            yield from wanted_terms(part)
