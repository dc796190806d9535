"""A query compiled for many documents: terms are numbers, and a question is asked of what was found
of them.

`holds` says yes or no, and is what every touched topic costs; `support` gives the places by which
a query holds, and is asked of the topics a document has. Either visits each part of a query once,
so that its cost is linear in the query and in what was found.
"""
# ruff: noqa: D102 - what the methods of every plan do is said once, in `Plan`

import bisect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from .tree import All, Any, AtLeast, Compound, Count, Near, Not, Query, Term, parts_of


class Place(NamedTuple):
    """Where a term was found, or the stretch from one to another near it; in characters of the
    folded field.
    """

    field: str
    start: int
    end: int
    term: int
    other: int | None = None


class Found(Protocol):
    """What was found in one document."""

    @property
    def hits(self) -> Mapping[int, list[Place]]:
        """Places by number of term; a term that was not found is not in it."""

    def word_number(self, field: str, at: int) -> int:
        """Which word of the field the character stands in, counted from 1."""


class Plan(Protocol):
    """A compiled query."""

    def holds(self, found: Found) -> bool:
        """Does the query hold?"""

    def support(self, found: Found) -> list[Place] | None:
        """The places by which it holds; None when it does not."""


@dataclass(frozen=True, slots=True)
class OneTerm:
    """A term."""

    term: int

    def holds(self, found: Found) -> bool:
        return self.term in found.hits

    def support(self, found: Found) -> list[Place] | None:
        return found.hits.get(self.term)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Terms, asked all at once, and other questions."""

    terms: frozenset[int]
    parts: tuple[Plan, ...]

    def holds(self, found: Found) -> bool:
        some = not found.hits.keys().isdisjoint(self.terms)  # walks the smaller of the two
        return some or any(part.holds(found) for part in self.parts)

    def support(self, found: Found) -> list[Place] | None:
        hits = found.hits
        lists: list[list[Place]] = [hits[term] for term in hits.keys() & self.terms]
        lists += [places for p in self.parts if (places := p.support(found)) is not None]
        return [place for places in lists for place in places] if lists else None


@dataclass(frozen=True, slots=True)
class AllOf:
    """Questions that all must hold."""

    parts: tuple[Plan, ...]

    def holds(self, found: Found) -> bool:
        return all(part.holds(found) for part in self.parts)

    def support(self, found: Found) -> list[Place] | None:
        together: list[Place] = []
        for part in self.parts:
            places = part.support(found)
            if places is None:
                return None
            together += places
        return together


@dataclass(frozen=True, slots=True)
class NotThis:
    """A question that must not hold; then there is nothing to show."""

    part: Plan

    def holds(self, found: Found) -> bool:
        return not self.part.holds(found)

    def support(self, found: Found) -> list[Place] | None:
        return None if self.part.holds(found) else []


@dataclass(frozen=True, slots=True)
class NearBy:
    """Places of the one near places of the other."""

    one: Plan
    other: Plan
    words: int

    def holds(self, found: Found) -> bool:
        return next(self._pairs(found), None) is not None

    def support(self, found: Found) -> list[Place] | None:
        stretches = (
            Place(left.field, left.start, right.end, left.term, right.term)
            for left, right in self._pairs(found)
        )
        return list(dict.fromkeys(stretches)) or None

    def _pairs(self, found: Found) -> Iterator[tuple[Place, Place]]:
        """Each place of the one with the nearest of the other on either side, if near enough."""
        ones, others = self.one.support(found), self.other.support(found)
        if not ones or not others:
            return
        for name in dict.fromkeys(place.field for place in ones):
            after = sorted((p for p in others if p.field == name), key=_start)
            before = sorted(after, key=_end)
            for place in (p for p in ones if p.field == name):
                at = bisect.bisect_left(after, place.end, key=_start)
                if at < len(after) and self._near(found, place, after[at]):
                    yield place, after[at]
                at = bisect.bisect_right(before, place.start, key=_end)
                if at and self._near(found, before[at - 1], place):
                    yield before[at - 1], place

    def _near(self, found: Found, left: Place, right: Place) -> bool:
        first = found.word_number(left.field, left.end - 1)
        return found.word_number(right.field, right.start) - first - 1 <= self.words


@dataclass(frozen=True, slots=True)
class AtLeastSome:
    """So many of these hold."""

    least: int
    parts: tuple[Plan, ...]

    def holds(self, found: Found) -> bool:
        wanted = self.least
        for part in self.parts:
            wanted -= part.holds(found)
            if not wanted:
                return True
        return False

    def support(self, found: Found) -> list[Place] | None:
        lists = [places for p in self.parts if (places := p.support(found)) is not None]
        return [p for places in lists for p in places] if len(lists) >= self.least else None


@dataclass(frozen=True, slots=True)
class CountOf:
    """It stands in so many places."""

    least: int
    part: Plan

    def holds(self, found: Found) -> bool:
        return self.support(found) is not None

    def support(self, found: Found) -> list[Place] | None:
        places = self.part.support(found) or []
        if len(places) < self.least or len(kept := apart(places)) < self.least:
            return None
        return kept


def _start(place: Place) -> int:
    return place.start


def _end(place: Place) -> int:
    return place.end


def apart(places: Iterable[Place]) -> list[Place]:
    """The most of these places that do not overlap, each field's from left to right."""
    kept: list[Place] = []
    ends: dict[str, int] = {}
    for place in sorted(places, key=_end):
        if place.start >= ends.get(place.field, 0):
            ends[place.field] = place.end
            kept.append(place)
    return kept


def plan_of(query: Query, number: Callable[[Term], int]) -> Plan:
    """A query compiled; `number` gives each term its number."""
    match query:
        case Term():
            return OneTerm(number(query))
        case Any(of):
            flat = tuple(_either(of))
            terms = frozenset(number(part) for part in flat if isinstance(part, Term))
            return AnyOf(terms, tuple(plan_of(p, number) for p in flat if not isinstance(p, Term)))
        case _:
            return joined(query, tuple(plan_of(part, number) for part in parts_of(query)))


def joined(query: Compound, parts: tuple[Plan, ...]) -> Plan:
    """A query made of others, of its parts' plans."""
    match query:
        case Any():
            return AnyOf(frozenset(), parts)
        case All():
            return AllOf(parts)
        case Not():
            return NotThis(*parts)
        case Near(words=words):
            one, other = parts
            return NearBy(one, other, words)
        case AtLeast(least):
            return AtLeastSome(least, parts)
        case Count(least):
            return CountOf(least, *parts)


def _either(of: Iterable[Query]) -> Iterator[Query]:
    """The alternatives of an OR, those of the ORs in it among them."""
    for part in of:
        if isinstance(part, Any):
            yield from _either(part.of)
        else:
            yield part
