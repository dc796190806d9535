"""What follows from what: whether a query holds wherever another one does.

Says yes only where it is certain; a no may be a yes that takes more thought.
"""

from collections import Counter
from typing import Final

from .edges import forms
from .fold import word_runs_on
from .tree import All, Any, AtLeast, Count, Near, Not, Query, Term

_FIRST_SUCH: Final = "\u0e01"  # the first letter of a script written without blanks
# Where a term of this field is looked for, one of these is looked for too.
_WITHIN: Final = {None: ("title", "text", "lead"), "lead": ("title",)}


class Implications:
    """Answers, remembered, so that no pair of parts is compared twice. For queries that live as
    long as it does.
    """

    def __init__(self) -> None:
        """Nothing is known."""
        self._known: dict[tuple[int, int], bool] = {}

    def implies(self, one: Query, other: Query) -> bool:
        """Does `other` hold for every document that `one` holds for?"""
        pair = id(one), id(other)
        if pair not in self._known:
            self._known[pair] = self._implies(one, other)
        return self._known[pair]

    def _implies(self, one: Query, other: Query) -> bool:
        if isinstance(other, All):
            return all(self.implies(one, part) for part in other.of)
        if isinstance(one, Any):
            return all(self.implies(part, other) for part in one.of)
        if isinstance(other, Any) and any(self.implies(one, part) for part in other.of):
            return True
        match one:
            case Term():
                return isinstance(other, Term) and covers(other, one)
            case All(of):
                return any(self.implies(part, other) for part in of)
            case Not(of):
                return isinstance(other, Not) and self.implies(other.of, of)
            case AtLeast(of=of):
                return one == other or all(self.implies(part, other) for part in of)
            case Near(left, right):
                return one == other or any(self.implies(side, other) for side in (left, right))
            case Count(of=of):
                return one == other or self.implies(of, other)
        raise TypeError(one)  # pragma: no cover - mypy knows every case


def covers(wide: Term, narrow: Term) -> bool:
    """Is `wide` found wherever `narrow` is found?"""
    if wide == narrow:
        return True
    if wide.field != narrow.field and narrow.field not in _WITHIN.get(wide.field, ()):
        return False
    if "lang" in (wide.field, narrow.field) or "site" in (wide.field, narrow.field):
        return _covers_name(wide, narrow)
    if wide.exact is not None and (narrow.exact is None or narrow.near is not None):
        return False
    if wide.near is not None:
        return _covers_stretch(wide, wide.near, narrow)
    looked_for = wide.folded if wide.exact is None else wide.exact
    inside = narrow.folded if wide.exact is None else narrow.exact or ""
    if narrow.near is not None:  # its words stand apart
        return any(_stands_in(looked_for, wide.prefix, word, False) for word in inside.split())
    return _stands_in(looked_for, wide.prefix, inside, narrow.prefix)


def _covers_name(wide: Term, narrow: Term) -> bool:
    """A language with its variants, a site with those below it."""
    if wide.prefix or narrow.prefix or wide.field != narrow.field:
        return False
    if wide.field == "lang":
        return f"{narrow.folded} ".startswith(f"{wide.folded} ")
    return f".{narrow.folded}".endswith(f".{wide.folded}")


def _covers_stretch(wide: Term, room: int, narrow: Term) -> bool:
    """Are all words of the wide one near enough to each other in the narrow one?"""
    words, inside = wide.folded.split(), narrow.folded.split()
    if not all(map(str.isalnum, inside)):
        return False  # a sign in a word may make two of it
    there = Counter(inside[:-1] if narrow.prefix else inside)
    return Counter(words) <= there and len(inside) + (narrow.near or 0) <= len(words) + room


def _stands_in(words: str, prefix: bool, text: str, is_open: bool) -> bool:
    """Does it stand there as whole words? `is_open`: the last word of the text may go on."""
    if "." in words and words != text:
        return False  # whether U.S is found in U.S.A. is for the engine to say
    at = text.find(words)
    while at >= 0:
        end = at + len(words)
        ends = not is_open if end == len(text) else _is_edge(text, end)
        begins = _is_edge(text, at) if at else _takes_the_same_on(words, text)
        if begins and (prefix or ends):
            return True
        at = text.find(words, at + 1)
    return False


def _is_edge(text: str, at: int) -> bool:
    """Is it an edge of words for sure? Where no blanks are written, the text around it decides."""
    without_blanks = text[at - 1] >= _FIRST_SUCH and text[at] >= _FIRST_SUCH
    return not word_runs_on(text, at) and not without_blanks


def _takes_the_same_on(words: str, text: str) -> bool:
    """Is what may be written on in front of the one allowed before the other?"""
    return forms(text) == ((text, None),) or words.split(maxsplit=1)[0] == text.split(maxsplit=1)[0]
