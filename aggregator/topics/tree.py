"""A query as a tree."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """Something to look for. `folded` is compared; `exact`, when not None, must be there too."""

    written: str
    folded: str
    field: str | None = None
    exact: str | None = None
    prefix: bool = False
    near: int | None = None  # at most so many other words between the first and the last


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


Query = Term | Any | All | Not


def terms_of(query: Query) -> Iterator[Term]:
    """Every term of a query, in the order written."""
    match query:
        case Term():
            yield query
        case Not(of):
            yield from terms_of(of)
        case Any(of) | All(of):
            for part in of:
                yield from terms_of(part)


def holds_for_nothing(query: Query) -> bool:
    """Would this hold for a document without a single word of the query?"""
    match query:
        case Term():
            return False
        case Not(of):
            return not holds_for_nothing(of)
        case Any(of):
            return any(map(holds_for_nothing, of))
        case All(of):
            return all(map(holds_for_nothing, of))
