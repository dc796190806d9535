"""A query as a tree, and a topic's rule: a query, and perhaps a score."""

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as attribute


@dataclass(frozen=True, slots=True)
class Term:
    """Something to look for. `folded` is compared; `exact`, when not None, must be there too."""

    written: str
    folded: str
    field: str | None = None
    exact: str | None = None
    prefix: bool = False
    near: int | None = None  # at most so many other words between the first and the last
    column: int = attribute(default=0, compare=False)  # where it stands in the query, from 1


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of these holds."""

    of: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class All:
    """Every one of these holds."""

    of: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """This does not hold."""

    of: "Query"


@dataclass(frozen=True, slots=True)
class Near:
    """A place of the one stands near a place of the other, in either order, in one field."""

    one: "Places"
    other: "Places"
    words: int  # at most so many other words between them


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many of these hold."""

    least: int
    of: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Count:
    """It stands in so many places, which do not overlap."""

    least: int
    of: "Places"


Query = Term | Any | All | Not | Near | AtLeast | Count
Places = Term | Any | Near  # what is found in places: terms, either of several, near each other


@dataclass(frozen=True, slots=True)
class Score:
    """What a story must come to: the sum of these weights over the places found."""

    threshold: float
    terms: tuple[tuple[Places, float], ...]  # what to look for, and what each place of it weighs


@dataclass(frozen=True, slots=True)
class Rule:
    """`query` decides whether a story may be in a topic, `score` whether it is about it enough."""

    query: Query
    score: Score | None = None


def parts_of(query: Query) -> tuple[Query, ...]:
    """What a query is made of, one step down."""
    match query:
        case Term():
            return ()
        case Not(of) | Count(of=of):
            return (of,)
        case Near(one, other):
            return (one, other)
        case Any(of) | All(of) | AtLeast(of=of):
            return of


def terms_of(query: Query) -> Iterator[Term]:
    """Every term of a query, in the order written."""
    if isinstance(query, Term):
        yield query
    for part in parts_of(query):
        yield from terms_of(part)


def holds_for_nothing(query: Query) -> bool:
    """Would this hold for a document without a single word of the query?"""
    match query:
        case Term() | Near() | Count():
            return False
        case Not(of):
            return not holds_for_nothing(of)
        case Any(of):
            return any(map(holds_for_nothing, of))
        case All(of):
            return all(map(holds_for_nothing, of))
        case AtLeast(least, of):
            return sum(map(holds_for_nothing, of)) >= least
