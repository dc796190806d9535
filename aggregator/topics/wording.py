"""A query in words: as its author wrote it, long lists shortened."""

from collections.abc import Sequence
from typing import Final

from .tree import All, Any, AtLeast, Count, Near, Not, Query, Term

_MOST_NAMED: Final = 4
_WEAKEST, _OR, _AND, _NOT, _NEAR, _PART = range(6)  # what binds tighter than what


def written(query: Query, most: int = 0) -> str:
    """A query as it can be read back, with no parentheses but those it needs; of long lists the
    first `most` alternatives, or all when 0.

    >>> from .query import parse_query
    >>> written(parse_query("title:(a OR b OR c OR d) AND e"), most=2)
    '(title:a OR title:b OR … (2 more)) AND e'
    """
    return _written(query, most, _WEAKEST)


def _written(query: Query, most: int, outside: int) -> str:
    """`outside`: how tightly what stands around it binds."""
    match query:
        case Term():
            return term_written(query)
        case Any(of):
            return _list(of, " OR ", most, _OR, outside)
        case All(of):
            return _list(of, " AND ", most, _AND, outside)
        case Not(of):
            return _in_parentheses(f"NOT {_written(of, most, _NOT)}", outside >= _NOT)
        case Near(one, other, words):
            sides = (_written(side, most, _NEAR) for side in (one, other))
            return _in_parentheses(f" NEAR/{words} ".join(sides), outside >= _NEAR)
        case AtLeast(least, of):
            return f"ATLEAST/{least} ({_list(of, ' OR ', most, _OR, _WEAKEST)})"
        case Count(least, of):
            return f"COUNT/{least} {_written(of, most, _PART)}"


def _list(of: Sequence[Query], joint: str, most: int, own: int, outside: int) -> str:
    named = of[:most] if most and len(of) > most + 1 else of
    said = [_written(part, most, own) for part in named]
    if len(named) < len(of):
        said.append(f"… ({len(of) - len(named):,} more)")
    return _in_parentheses(joint.join(said), outside >= own)


def _in_parentheses(said: str, needed: bool) -> str:
    return f"({said})" if needed else said


def term_written(term: Term) -> str:
    """A term with its field and `exact:`."""
    field = f"{term.field}:" if term.field else ""
    return f"{field}{'exact:' if term.exact is not None else ''}{term.written}"


def listed(of: Sequence[Query], most: int = _MOST_NAMED) -> str:
    """Alternatives as a list that stays short.

    >>> from .query import parse_query
    >>> listed(parse_query("a OR b OR c OR d OR e OR f").of)
    'a, b, c, d, … (2 more)'
    """
    named = of[:most] if len(of) > most + 1 else of
    said = [_written(part, most, _OR) for part in named]
    if len(named) < len(of):
        said.append(f"… ({len(of) - len(named):,} more)")
    return ", ".join(said)
