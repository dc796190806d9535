"""From the text of a query to its tree, and of a topic to its rule."""

from collections.abc import Mapping
from typing import cast

from .parser import Parser, in_places
from .tokens import MAX_LENGTH, QueryError
from .tree import All, Any, Places, Query, Rule, Score, holds_for_nothing


def parse_rule(
    query: str, weights: Mapping[float, str] | None = None, threshold: float = 0.0
) -> Rule:
    """A topic's rule: its query, and by weight what its score looks for. Raises QueryError."""
    if not weights:
        return Rule(parse_query(query))
    terms = tuple((parse_places(text), weight) for weight, text in weights.items())
    return Rule(parse_query(query), Score(threshold, terms))


def parse_places(text: str) -> Places:
    """What a score looks for: words and phrases, ORs of them, and NEAR. Raises QueryError."""
    query = parse_query(text)
    if not in_places(query):
        raise QueryError("a score counts words and phrases, joined by OR or NEAR alone", 1)
    return cast("Places", query)


def parse_query(text: str) -> Query:
    """The tree of a query.

    Raises QueryError, with the column, for what cannot be read, and for a query that would hold
    for a document without any of its words (a NOT alone), which would match everything.

    >>> parse_query('daesh OR title:"Islamic State"').of[1].field
    'title'
    """
    return _parsed(text)[0]


def mixed_in(text: str) -> list[tuple[Any, All]]:
    """Where a query joins by AND beside an OR without parentheses, as in `a OR b c`: the OR, and
    the AND in it. Raises QueryError.
    """
    return _parsed(text)[1].mixed


def _parsed(text: str) -> tuple[Query, Parser]:
    if len(text) > MAX_LENGTH:
        raise QueryError(f"longer than {MAX_LENGTH} characters", MAX_LENGTH)
    straight = text.translate(str.maketrans("“”„‟＂", '"""""'))
    if not straight.strip():
        raise QueryError("the query is empty", 1)
    parser = Parser(straight)
    query = parser.any(None, False)
    if (left := parser.next()) is not None:
        raise QueryError(
            "this ) closes nothing" if left.kind == "close" else f"cannot read {left.text} here",
            left.column,
        )
    if holds_for_nothing(query):
        raise QueryError(
            "this holds for every story that lacks the words after NOT; "
            "say also what a story must have",
            1,
        )
    return query, parser
