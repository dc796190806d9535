"""What a text must have for a query to take it, in tokens that a database can index.

The engine judges; a sieve only spares it most of the texts that it would leave. It may let through
too much, and never holds back what the engine would take: that is a property test, and why there
is one making of tokens, here, over the same folded text, for stories and for queries alike.

Why it holds: wherever the engine sees an edge of a word, a token ends or begins here too, and what
stands between two edges gives the same tokens wherever it stands.
"""

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from .reading import folded_field
from .tree import All, Any, AtLeast, Count, Near, Query, Term

# Raise it whenever a text gives other tokens than before, a change of `fold` included: the stores
# then index anew what they have.
VERSION: Final = 1

# Fields that are indexed, and what their tokens begin with: a language is no word of the text.
_FIELDS: Final = {
    "title": "", "text": "", "lead": "", "author": "", "category": "",
    "lang": "lang·", "site": "site·",
}  # fmt: skip
_LONGEST: Final = 40  # characters of a token; what is longer is cut, in stories and in queries
_MOST: Final = 20_000  # tokens of a story; PostgreSQL takes no more than a megabyte
_REST: Final = "…"  # stands for all tokens of a story that has more

# Scripts without spaces, where a word may begin and end at any character: tokens are pairs of them.
_NO_SPACES: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf\u2e80-\u2fdf\u3005-\u312f"
    "\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua9e0-\ua9ff\uaa60-\uaadf\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
# And, in, for, like, the, will, that, from: written on to the word that follows (see `edges`).
_WRITTEN_ON: Final = frozenset("وفبلكساושכמלבה")
_MOST_WRITTEN_ON: Final = 6


@dataclass(frozen=True, slots=True)
class Has:
    """This token is there; with `prefix`, one that begins so."""

    token: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Every:
    """All of these hold."""

    of: tuple["Sieve", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of these holds."""

    of: tuple["Sieve", ...]


Sieve = Has | Every | Either


def tokens_of(document: Mapping[str, str]) -> set[str]:
    """The tokens that a document (as the engine is given one) is found by.

    >>> sorted(tokens_of({"title": "Côte d’Ivoire", "lang": "fr"}))
    ['cote', 'd', 'ivoire', 'lang·fr']
    """
    found = {
        mark + token
        for name, text in document.items()
        if (mark := _FIELDS.get(name)) is not None and text
        for token in _tokens(folded_field(name, text))
    }
    if len(found) <= _MOST:
        return found
    return {_REST}


def sieve_of(query: Query) -> Sieve | None:
    """What every document that the query takes passes; None when nothing can be said of them.

    >>> sieve_of(Term('"U.S."', "u.s."))
    Either(of=(Every(of=(Has(token='s', prefix=False), Has(token='u', prefix=False))), \
Has(token='…', prefix=False)))
    """
    sieve = _sieve(query)
    return None if sieve is None else Either((sieve, Has(_REST)))


def _sieve(query: Query) -> Sieve | None:
    match query:
        case Term():
            return _of_term(query)
        case All(of):
            return _every(of)
        case Near(one, other):
            return _every((one, other))
        case Count(_, of):
            return _sieve(of)
        case Any(of) | AtLeast(_, of):
            return _either(of)
        case _:  # NOT: what must not be there finds nothing; and what is not known here
            return None


def _every(of: Iterable[Query]) -> Sieve | None:
    known = dict.fromkeys(sieve for part in of if (sieve := _sieve(part)) is not None)
    return _joined(Every, known)


def _either(of: Iterable[Query]) -> Sieve | None:
    sieves = [_sieve(part) for part in of]
    return None if None in sieves else _joined(Either, dict.fromkeys(filter(None, sieves)))


def _joined(make: Callable[[tuple[Sieve, ...]], Sieve], parts: Iterable[Sieve]) -> Sieve | None:
    of = tuple(parts)
    return make(of) if len(of) > 1 else next(iter(of), None)


def _of_term(term: Term) -> Sieve | None:
    mark = _FIELDS.get(term.field or "text")
    if mark is None:
        return None
    parts: set[Has] = set()
    for run, at_end in _runs(term.folded):
        open_end = term.prefix and at_end
        if isinstance(run, str):
            parts.add(_has(mark, run, prefix=open_end))
        elif len(run) == 1:  # the first half of a pair, or the last of all
            parts.add(_has(mark, run[0], prefix=True))
        else:
            pairs = _pairs(run)
            parts |= {_has(mark, pair, prefix=False) for pair in pairs[:-1]}
            parts.add(_has(mark, pairs[-1], prefix=open_end))
    ordered = sorted(parts, key=lambda has: (has.token, has.prefix))
    return Every(tuple(ordered)) if len(ordered) > 1 else next(iter(ordered), None)


def _has(mark: str, token: str, *, prefix: bool) -> Has:
    """A token that was cut is the whole of what is stored."""
    return Has(mark + token[:_LONGEST], prefix and len(token) <= _LONGEST)


def _tokens(folded: str) -> Iterable[str]:
    if folded.isascii():
        return {word[:_LONGEST] for word in _PLAIN.findall(folded)}
    words = set(_patterns()[0].findall(folded))  # each once: most of a text is the same few words
    found = {word[:_LONGEST] for word in words if word}
    found |= {tail[:_LONGEST] for word in words if word[:1] in _WRITTEN_ON for tail in _tails(word)}
    if "" in words:  # stretches of a script without spaces
        stretches = [run for run, _ in _runs(folded) if isinstance(run, list)]
        found |= {token[:_LONGEST] for run in stretches for token in (*_pairs(run), run[-1])}
    return found


def _pairs(run: list[str]) -> list[str]:
    return [one + other for one, other in pairwise(run)]


def _tails(word: str) -> Iterator[str]:
    """What is left of an Arabic or Hebrew word when letters in front are taken for what may be
    written on to it.
    """
    for at, letter in enumerate(word[:_MOST_WRITTEN_ON]):
        if letter not in _WRITTEN_ON:
            return
        if word.startswith("لل", at):  # "for the" is written without the alif of the article
            yield "ا" + word[at:]
            yield "ا" + word[at + 1 :]
        if at + 1 < len(word):
            yield word[at + 1 :]


def _runs(folded: str) -> Iterator[tuple[str | list[str], bool]]:
    """Words, and stretches of a script without spaces as lists of characters with their marks;
    and of each whether the text ends with it.
    """
    runs, characters = _patterns()
    for run in runs.finditer(folded):
        said = run[0]
        at_end = run.end() == len(folded)
        yield (said if run[1] else characters.findall(said)), at_end


_PLAIN: Final = re.compile("[a-z0-9]+")


@functools.cache  # looking for the marks among all characters takes longer than many a command
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    everywhere = (*range(0x300, 0x20000), *range(0xE0100, 0xE01F0))
    marks = [c for c in everywhere if unicodedata.category(chr(c))[0] == "M"]
    unspaced = re.compile(f"[{_NO_SPACES}]")
    # A mark of a script without spaces is an edge of the words around it.
    sign = _class(c for c in marks if not unspaced.match(chr(c)))
    letter = f"[^\\W_{_NO_SPACES}]"
    character = f"(?=[^\\W_])[{_NO_SPACES}]{_class(marks)}*"
    runs = re.compile(f"({letter}(?:{letter}+|{sign}+)*)|(?:{character})+")
    return runs, re.compile(character)


def _class(codes: Iterable[int]) -> str:
    """A class of characters, in ranges: a pattern tries those of the upper planes one by one."""
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return f"[{''.join(f'{chr(first)}-{chr(last)}' for first, last in ranges)}]"
