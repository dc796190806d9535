"""What of a query a document lacks, and what stands in the way, in words."""

import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from .evidence import Evidence, shown
from .judging import Almost, Asked, Judged, almost
from .plan import Place, apart
from .score import scoring_of
from .tree import All, Any, AtLeast, Count, Near, Not, Query, Score, Term
from .wording import listed, written

_MOST_NAMED: Final = 3
_MOST_REMARKS: Final = 2

Kind = Almost | Literal["absent", "few", "forbidden", "score"]


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that kept a document out of a topic.

    `kind`: absent, or there in another `spelling` or `place` than asked, or too far `apart`, or
    too `few` of it; `forbidden`, there although a NOT excludes it; a `score` too low. `said`: the
    same in plain words. `part`: what does not hold. `found`: the words there that nearly did it,
    or that stand in the way. `instead`: what else would have done.
    """

    kind: Kind
    said: str
    part: Query | Score
    found: tuple[Evidence, ...] = ()
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Explainer:
    """Says what of judged queries one document lacks."""

    asked: Asked

    def evidence(self, places: Iterable[Place]) -> tuple[Evidence, ...]:
        """The places as a person wants them shown."""
        return tuple(shown(places, {}, self.asked.reading, self.asked.terms))

    def lacks(self, judged: Judged) -> Iterator[Lack]:
        """Of a query that does not hold: were all this mended, it would."""
        query, parts = judged.query, judged.parts
        match query:
            case Term():
                yield self._none_of(query, (query,))
            case All():
                for part in parts:
                    if not part.holds:
                        yield from self.lacks(part)
            case Any():
                yield from self._no_alternative(judged)
            case Not(of):
                yield from self._forbidden(query, of)
            case Near():
                yield self._apart(query, *parts)
            case AtLeast(least):
                there = [part.query for part in parts if part.holds]
                away = [part.query for part in parts if not part.holds]
                said = f"{least - len(there)} more of: {listed(away)}"
                if there:
                    said += f"; of the {least} wanted, {_are_there(listed(there), len(there))}"
                yield Lack("few", said, query)
            case Count(least, of):
                found = apart(self.asked.places(of) or ())
                if not found:
                    yield self._none_of(query, _alternatives(of), f", {least} times")
                else:
                    places = "1 place" if len(found) == 1 else f"{len(found)} places"
                    said = f"{written(query, _MOST_NAMED)}; it stands in {places}"
                    yield Lack("few", said, query, self.evidence(found))

    def _no_alternative(self, judged: Judged) -> Iterator[Lack]:
        """None of these holds: what the nearest one lacks, or all of them by name."""
        each = list(_either(judged))
        nearest = max(each, key=lambda one: (one.nearness, not isinstance(one.query, Term)))
        if isinstance(nearest.query, Term) or not nearest.is_touched:
            yield self._none_of(judged.query, [one.query for one in each])
            return
        holding = [part.query for part in nearest.parts if part.holds]
        beside = self._named(holding) if isinstance(nearest.query, All) else ""
        *first, last = self.lacks(nearest)
        for lack in (*first, last):
            said = lack.said
            if beside and lack.kind != "forbidden":
                said += f", beside {beside}"
            instead = lack.instead
            if lack is last:
                others = listed([one.query for one in each if one is not nearest])
                instead = f"{instead}; or {others}" if instead else others
            yield replace(lack, said=said, instead=instead)

    def _none_of(self, part: Query, alternatives: Sequence[Query], after: str = "") -> Lack:
        """None of these is there, or not as asked."""
        one = len(alternatives) == 1
        said = f"{'' if one else 'one of: '}{listed(alternatives)}{after}"
        kinds: list[Kind] = []
        places: list[Place] = []
        for term in alternatives:
            if isinstance(term, Term) and len(kinds) < _MOST_REMARKS:
                nearly = ((kind, self.asked.hits(one)) for kind, one in almost(term))
                kind, there = next((pair for pair in nearly if pair[1]), (None, []))
                if kind is not None:
                    kinds.append(kind)
                    said += f"; {self._remark(term, kind, there)}"
                    places.append(there[0])
        return Lack(kinds[0] if kinds else "absent", said, part, self.evidence(places))

    def _remark(self, term: Term, kind: Almost, there: Sequence[Place]) -> str:
        reading = self.asked.reading
        if kind == "place":
            fields = " and the ".join(dict.fromkeys(place.field for place in there))
            below = ", below the first lines" if term.field == "lead" else " alone"
            return f"{term.written} stands in the {fields}{below}"
        if kind == "spelling":
            (evidence,) = self.evidence(there[:1])
            if evidence.text == term.exact:
                return f"{term.written} stands in a sentence all in capitals, which say nothing"
            return f"{term.written} is written “{evidence.text}” there"
        wide = min(
            reading.word_number(place.field, place.end - 1)
            - reading.word_number(place.field, place.start)
            for place in there
        )
        others = wide + 1 - len(term.folded.split())
        return f"the words of {term.written} stand there with {others} others between them"

    def _forbidden(self, query: Not, of: Query) -> Iterator[Lack]:
        if isinstance(of, Not):
            yield from self.lacks(self.asked.judge(of.of))
            return
        places = self.asked.places(of) or []
        said = written(query, _MOST_NAMED)
        if not places:  # NOT (NOT a OR NOT b)
            yield Lack("absent", f"{said}, some of whose words are not there", query)
            return
        unless = [part.of for part in of.of if isinstance(part, Not)] if isinstance(of, All) else []
        instead = listed([one for part in unless for one in _alternatives(part)])
        said += f"; {_are_there(self._names(places), len({place.term for place in places}))}"
        yield Lack("forbidden", said, query, self.evidence(places), instead)

    def _apart(self, query: Near, one: Judged, other: Judged) -> Lack:
        near = f"within {query.words} words of"
        for there, away in ((one, other), (other, one)):
            if there.holds and not away.holds:
                return self._none_of(
                    query, _alternatives(away.query), f", {near} {self._named([there.query])}"
                )
        if not one.holds:
            return Lack("absent", written(query, _MOST_NAMED), query)
        nearest = self._nearest(one.query, other.query)
        if nearest is None:
            places = [
                *(self.asked.places(one.query) or ()),
                *(self.asked.places(other.query) or ()),
            ]
            said = f"{written(query, _MOST_NAMED)}; they never stand side by side in one field"
            return Lack("apart", said, query, self.evidence(places))
        gap, left, right = nearest
        said = f"{written(query, _MOST_NAMED)}; the nearest have {gap} words between them"
        return Lack("apart", said, query, self.evidence((left, right)))

    def _nearest(self, one: Query, other: Query) -> tuple[int, Place, Place] | None:
        """The fewest words between places of the two, and those places."""
        ones, others = self.asked.places(one) or [], self.asked.places(other) or []
        pairs = (*_neighbours(ones, others), *_neighbours(others, ones))
        number = self.asked.reading.word_number
        gaps = ((number(b.field, b.start) - number(a.field, a.end - 1) - 1, a, b) for a, b in pairs)
        return min(gaps, key=lambda found: found[0], default=None)

    def of_score(self, score: Score) -> tuple[float, Lack | None]:
        """The share of the threshold that is reached, and what is lacking."""
        points = scoring_of(score, self.asked.numbers.__getitem__).points(self.asked.reading)
        total = sum(points.values())
        if total >= score.threshold:
            return 1.0, None
        evidence = tuple(shown((), points, self.asked.reading, self.asked.terms))
        said = f"a score of {score.threshold:g}; it comes to {total:g}"
        if by_term := _by_term(evidence):
            said += f": {by_term}"
        return max(0.0, total / score.threshold), Lack("score", said, score, evidence)

    def _named(self, queries: Iterable[Query]) -> str:
        """The terms by which these hold."""
        return self._names(p for query in queries for p in self.asked.places(query) or ())

    def _names(self, places: Iterable[Place]) -> str:
        terms = self.asked.terms
        return listed(list(dict.fromkeys(terms[place.term] for place in places)), _MOST_NAMED)


def _by_term(evidence: Iterable[Evidence]) -> str:
    """What each term adds to a score, the weightiest first."""
    points: dict[str, float] = {}
    for one in evidence:
        points[one.term] = points.get(one.term, 0.0) + one.score
    weightiest = sorted(points, key=lambda term: -abs(points[term]))
    return ", ".join(f"{term} {points[term]:+g}" for term in weightiest)


def _are_there(names: str, number: int) -> str:
    return f"{names} {'is' if number == 1 else 'are'} there"


def _alternatives(query: Query) -> tuple[Query, ...]:
    return query.of if isinstance(query, Any) else (query,)


def _either(judged: Judged) -> Iterator[Judged]:
    """The alternatives of an OR, those of the ORs in it among them."""
    for part in judged.parts:
        if isinstance(part.query, Any):
            yield from _either(part)
        else:
            yield part


def _neighbours(ones: Iterable[Place], others: Iterable[Place]) -> Iterator[tuple[Place, Place]]:
    """Each place of the one with the next of the other behind it in its field."""
    fields: dict[str, list[Place]] = {}
    for place in sorted(others, key=lambda place: place.start):
        fields.setdefault(place.field, []).append(place)
    for place in ones:
        behind = fields.get(place.field, [])
        at = bisect.bisect_left(behind, place.end, key=lambda other: other.start)
        if at < len(behind):
            yield place, behind[at]
