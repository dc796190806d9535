"""Where the terms of all queries stand in a document: one automaton, one pass over each field."""

import bisect
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import ahocorasick_rs

from .edges import Edges, forms
from .fold import fold, origins, unified
from .plan import Place
from .shouting import shouted
from .tree import Term

# What a query is asked about: field name (one of FIELDS) → text; several authors or categories
# are joined by SEPARATOR, which no phrase runs across.
Document = Mapping[str, str]
SEPARATOR: Final = " | "

DEFAULT_FIELDS: Final = ("title", "text")  # where a term without a field is looked for
LEAD: Final = 280  # characters of the text: its first lines, as far as `lead:` looks
MOST_READ: Final = 100_000  # characters of a field: what stands behind them is not looked at
_MOST_PLACES: Final = 1_000  # of one term in one field
_SLICE: Final = 4_096  # characters searched at once: bounds what overlapping terms can find
_WORD: Final = re.compile(r"\w+")


@dataclass(slots=True)
class Reading:
    """One document, read: its folded fields, what was found in them, and their way back, made
    when asked for.
    """

    document: Document
    folded: dict[str, str]
    hits: dict[int, list[Place]]
    _places: dict[str, Sequence[int]] = field(default_factory=dict)
    _words: dict[str, list[int]] = field(default_factory=dict)
    _spelled: dict[str, str] = field(default_factory=dict)

    def original(self, name: str, start: int, end: int) -> tuple[int, int]:
        """Where in the field as given the place stands."""
        places = self._places.get(name)
        if places is None:
            text = self.document[name][:MOST_READ]
            same = text.lower() == self.folded[name]  # character for character
            places = range(len(text) + 1) if same else origins(text, addresses=name == "site")[1]
            self._places[name] = places
        return places[start], places[end]

    def has(self, name: str, exact: str) -> bool:
        """Can an exact spelling be in the field at all? Cheap, and nearly always enough."""
        if name not in self._spelled:
            self._spelled[name] = unified(self.document[name][:MOST_READ])
        return exact in self._spelled[name]

    def word_number(self, name: str, at: int) -> int:
        """Which word of the field the character stands in, counted from 1."""
        if name not in self._words:
            self._words[name] = [word.start() for word in _WORD.finditer(self.folded[name])]
        return bisect.bisect_right(self._words[name], at)


class _Form(NamedTuple):
    """How a word of a term may stand in a text, and what may be written on to it in front."""

    number: int
    term: Term
    word: str
    before: re.Pattern[str] | None


class Index:
    """All terms, ready to be looked for. A term is known by its place in the list. Immutable."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._near = {number: term for number, term in enumerate(terms) if term.near is not None}
        plain: dict[str, list[int]] = defaultdict(list)
        special: dict[str, dict[str, list[_Form]]] = defaultdict(lambda: defaultdict(list))
        for number, term in enumerate(terms):
            if _is_plain(term):
                plain[term.folded].append(number)
                continue
            for words in _words(term):
                for form, before in [(words, None)] if term.exact is not None else forms(words):
                    for name in _fields(term):
                        special[name][form].append(_Form(number, term, words, before))
        self._patterns = list(
            dict.fromkeys((*plain, *(w for its in special.values() for w in its)))
        )
        which = {words: at for at, words in enumerate(self._patterns)}
        self._plain = {which[words]: tuple(numbers) for words, numbers in plain.items()}
        self._special = {
            name: {which[words]: tuple(entries) for words, entries in its.items()}
            for name, its in special.items()
        }
        self._joined = {
            at for its in self._special.values() for at, entries in its.items()
            if any(entry.before for entry in entries)
        }  # fmt: skip
        self._dotted = {at for words, at in which.items() if "." in words}
        self._longest = max(map(len, self._patterns), default=0)
        self._automaton = ahocorasick_rs.AhoCorasick(
            self._patterns,
            store_patterns=False,
            implementation=ahocorasick_rs.Implementation.ContiguousNFA,
        )

    def read(self, document: Document) -> Reading:
        """Fold a document, and find the terms in it."""
        folded = {name: folded_field(name, text) for name, text in document.items() if text}
        reading = Reading(document, folded, {})
        for name in folded:
            self._scan(name, reading)
        return reading

    def _matches(self, folded: str) -> Iterable[tuple[int, int, int]]:
        """Pattern, start and end of whatever the automaton finds, edges of words or not."""
        find = self._automaton.find_matches_as_indexes
        if len(folded) <= _SLICE:
            return find(folded, overlapping=True)
        return (
            (which, at + start, at + end)
            for at in range(0, len(folded), _SLICE)
            for which, start, end in find(
                folded[at : at + _SLICE + self._longest - 1], overlapping=True
            )
            if start < _SLICE
        )

    def _scan(self, name: str, reading: Reading) -> None:
        """Add to the hits what one field has."""
        plain = self._plain if name in DEFAULT_FIELDS else {}
        special = self._special.get(name, {})
        if not plain and not special:
            return
        folded, hits = reading.folded[name], reading.hits
        edges = Edges(folded)
        ascii_ = folded.isascii()  # as most are: then what is around an edge is told without a call
        last = len(folded)
        near: dict[int, list[tuple[str, int, int]]] = {}
        for which, start, end in self._matches(folded):
            inside = start and (
                folded[start - 1].isalnum() and folded[start].isalnum()
                if ascii_
                else folded[start - 1] != " " and edges.run_on(start)
            )
            if inside and which not in self._joined:
                continue
            whole = end == last or (
                not (folded[end].isalnum() and folded[end - 1].isalnum())
                if ascii_
                else folded[end] == " " or not edges.run_on(end)
            )
            if which in self._dotted and _in_abbreviation(folded, start, end):
                continue
            if whole and not inside and which in plain:
                for number in plain[which]:
                    _add(hits, Place(name, start, end, number))
            for number, term, word, before in special.get(which, ()):
                if not (whole or term.prefix):
                    continue
                if term.field == "lead" and not in_lead(name, start):
                    continue
                begin = edges.start(start, before) if inside else start
                if begin is None:
                    continue
                if term.near is not None:
                    near.setdefault(number, []).append((word, begin, end))
                    continue
                place = Place(name, begin, end if whole else edges.end(end), number)
                if _fits(term, place, reading):
                    _add(hits, place)
        for number, words in near.items():
            for start, end in _together(self._near[number], name, words[:_MOST_PLACES], reading):
                _add(hits, Place(name, start, end, number))


def _add(hits: dict[int, list[Place]], place: Place) -> None:
    places = hits.setdefault(place.term, [])
    if len(places) < _MOST_PLACES:
        places.append(place)


def folded_field(name: str, text: str) -> str:
    """What of a field is looked at, as it is compared."""
    return fold(text[:MOST_READ], addresses=name == "site")


def _is_plain(term: Term) -> bool:
    """Is it found wherever its letters stand as whole words in title or text?"""
    plain = term.field is None and term.exact is None and not term.prefix and term.near is None
    return plain and forms(term.folded) == ((term.folded, None),)


def _words(term: Term) -> Iterable[str]:
    return [term.folded] if term.near is None else dict.fromkeys(term.folded.split())


def _fields(term: Term) -> tuple[str, ...]:
    """The fields in which a term is looked for; of `lead:`, of one of them only the beginning."""
    return DEFAULT_FIELDS if term.field is None or term.field == "lead" else (term.field,)


def in_lead(name: str, start: int) -> bool:
    """Does what begins here stand in the title or in the first lines of the text?"""
    return name == "title" or (name == "text" and start < LEAD)


def _in_abbreviation(folded: str, start: int, end: int) -> bool:
    """Does a longer abbreviation go on around it? U.S. is not a word of U.S.S.R."""
    if folded[end - 1] == "." and _is_letter_alone(folded, end):
        return True
    return start > 1 and folded[start - 1] == "." and _is_letter_alone(folded, start - 2)


def _is_letter_alone(folded: str, at: int) -> bool:
    around = (at > 0 and folded[at - 1].isalnum()) or folded[at + 1 : at + 2].isalnum()
    return folded[at : at + 1].isalnum() and not around


def _fits(term: Term, place: Place, reading: Reading) -> bool:
    """What the automaton cannot know: exact spelling, the beginning of a language, the end of a
    host.
    """
    if place.field == "lang":
        return place.start == 0
    if place.field == "site":
        folded = reading.folded["site"]
        return place.end == len(folded) and (place.start == 0 or folded[place.start - 1] == ".")
    if term.exact is None:
        return True
    if not reading.has(place.field, term.exact) or not is_spelled(term, place, reading):
        return False
    start, end = reading.original(place.field, place.start, place.end)
    text = reading.document[place.field]
    return not (text[start:end].isupper() and shouted(text, start, end))


def is_spelled(term: Term, place: Place, reading: Reading) -> bool:
    """Does it stand there exactly as its term is spelled, be it in a shout?"""
    assert term.exact is not None
    start, end = reading.original(place.field, place.start, place.end)
    spelled = unified(reading.document[place.field][start:end])
    return spelled.startswith(term.exact) if term.prefix else spelled == term.exact


def _together(
    term: Term, name: str, words: list[tuple[str, int, int]], reading: Reading
) -> Iterator[tuple[int, int]]:
    """The shortest stretches that hold every word of the term close enough, from left to right."""
    assert term.near is not None
    wanted = term.folded.split()
    room = len(wanted) + term.near
    missing: dict[str, int] = defaultdict(int)
    for word in wanted:
        missing[word] += 1
    lacking, first = len(wanted), 0
    words.sort(key=lambda place: place[1])
    for word, start, end in words:
        lacking -= missing[word] > 0
        missing[word] -= 1
        while lacking == 0:
            head, head_start, _ = words[first]
            span = reading.word_number(name, start) - reading.word_number(name, head_start) + 1
            if span <= room:
                yield head_start, end
            missing[head] += 1
            lacking += missing[head] > 0
            first += 1
