"""All queries over one document in one pass: which topics it is about, and the evidence.

The words of all terms of all topics stand in one Aho-Corasick automaton. It runs once over each
folded field; the edges of words and exact spellings are checked for what it finds; then only the
topics that were touched are evaluated. The cost is linear in the text and in what was found.
"""

import bisect
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import ahocorasick_rs

from .edges import Edges, forms
from .fold import fold, origins, unified
from .query import FIELDS
from .shouting import shouted
from .tree import All, Any, Not, Query, Term, terms_of

# What a query is asked about: field name (one of FIELDS) → text; several authors or categories
# are joined by SEPARATOR, which no phrase runs across.
Document = Mapping[str, str]
SEPARATOR: Final = " | "

_DEFAULT_FIELDS: Final = frozenset(("title", "text"))
_WORD: Final = re.compile(r"\w+")
_MOST_EVIDENCE: Final = 20  # a topic; more of the same convinces nobody
_MOST_A_TERM: Final = 3
_MOST_OF_AN_END: Final = 40  # characters


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a topic holds: the term as written, where it was found, and the words found there, of a
    long stretch its two ends.
    """

    field: str
    term: str
    text: str
    start: int  # characters of the field as given
    end: int


@dataclass(frozen=True, slots=True)
class _Hit:
    field: str
    start: int  # characters of the folded field
    end: int


@dataclass(slots=True)
class _Reading:
    """One document while it is read: its folded fields, and their way back, made when asked for."""

    document: Document
    folded: dict[str, str]
    places: dict[str, list[int]] = field(default_factory=dict)
    words: dict[str, list[int]] = field(default_factory=dict)

    def original(self, hit: _Hit) -> tuple[int, int]:
        """Where in the field as given the hit stands."""
        text, folded = self.document[hit.field], self.folded[hit.field]
        if len(text) == len(folded):  # nearly always character for character: look there first
            start, end = hit.start, hit.end
            if _folded(hit.field, text[start:end]) == folded[start:end]:
                return start, end
        if hit.field not in self.places:
            self.places[hit.field] = origins(text, addresses=hit.field == "site")[1]
        places = self.places[hit.field]
        return places[hit.start], places[hit.end]

    def word_number(self, name: str, at: int) -> int:
        """Which word of the field the character stands in, counted from 1."""
        if name not in self.words:
            self.words[name] = [word.start() for word in _WORD.finditer(self.folded[name])]
        return bisect.bisect_right(self.words[name], at)


_Form = tuple[Term, str, "re.Pattern[str] | None"]


class Engine:
    """The queries of all topics, compiled together. Immutable; safe to share between threads."""

    def __init__(self, queries: Mapping[str, Query]) -> None:
        """Compile `queries`: topic → query."""
        self._queries = dict(queries)
        self._topics_with: dict[Term, list[str]] = defaultdict(list)
        self._order = {topic: number for number, topic in enumerate(self._queries)}
        for topic, query in self._queries.items():
            for term in dict.fromkeys(terms_of(query)):
                self._topics_with[term].append(topic)
        # What stands in a text → the term it is a form of, the word of the term, and what may be
        # written on to it in front.
        terms_with: dict[str, list[_Form]] = defaultdict(list)
        for term in self._topics_with:
            for words in _words(term):
                for form, before in forms(words) if term.exact is None else ((words, None),):
                    terms_with[form].append((term, words, before))
        self._terms_with = list(terms_with.values())
        self._patterns = list(terms_with)
        self._dotted = {n for n, words in enumerate(self._patterns) if "." in words}
        self._automaton = ahocorasick_rs.AhoCorasick(
            self._patterns,
            store_patterns=False,
            implementation=ahocorasick_rs.Implementation.ContiguousNFA,
        )

    def topics_of(self, document: Document) -> dict[str, tuple[Evidence, ...]]:
        """The topics a document is about, in the order they were given, each with its evidence."""
        reading = _Reading(
            document, {name: _folded(name, text) for name, text in document.items() if text}
        )
        hits = self._hits(reading)
        if not hits:
            return {}
        touched = {topic for term in hits for topic in self._topics_with[term]}
        found: dict[str, tuple[Evidence, ...]] = {}
        for topic in sorted(touched, key=self._order.__getitem__):
            terms = _support(self._queries[topic], hits)
            if terms is not None:
                found[topic] = tuple(_evidence(terms, hits, reading))
        return found

    def _hits(self, reading: _Reading) -> dict[Term, list[_Hit]]:
        hits: dict[Term, list[_Hit]] = {}
        near: dict[Term, dict[str, list[tuple[str, int, int]]]] = {}
        for name, folded in reading.folded.items():
            default = name in _DEFAULT_FIELDS
            edges = Edges(folded)
            for which, start, end in self._automaton.find_matches_as_indexes(
                folded, overlapping=True
            ):
                whole = not edges.run_on(end)
                if which in self._dotted and _in_abbreviation(folded, start, end):
                    continue
                for term, word, before in self._terms_with[which]:
                    if not (whole or term.prefix):
                        continue
                    if not (default if term.field is None else term.field == name):
                        continue
                    if (begin := edges.start(start, before)) is None:
                        continue
                    if term.near is not None:
                        near.setdefault(term, {}).setdefault(name, []).append((word, begin, end))
                        continue
                    hit = _Hit(name, begin, end if whole else edges.end(end))
                    if _fits(term, hit, reading):
                        hits.setdefault(term, []).append(hit)
        for term, fields in near.items():
            for name, places in fields.items():
                if found := _near(term, name, places, reading):
                    hits.setdefault(term, []).extend(found)
        return hits


def _folded(name: str, text: str) -> str:
    return fold(text, addresses=name == "site")


def _in_abbreviation(folded: str, start: int, end: int) -> bool:
    """Does a longer abbreviation go on around it? U.S. is not a word of U.S.S.R."""
    if folded[end - 1] == "." and _is_letter_alone(folded, end):
        return True
    return start > 1 and folded[start - 1] == "." and _is_letter_alone(folded, start - 2)


def _is_letter_alone(folded: str, at: int) -> bool:
    around = (at > 0 and folded[at - 1].isalnum()) or folded[at + 1 : at + 2].isalnum()
    return folded[at : at + 1].isalnum() and not around


def _words(term: Term) -> Iterable[str]:
    return [term.folded] if term.near is None else dict.fromkeys(term.folded.split())


def _fits(term: Term, hit: _Hit, reading: _Reading) -> bool:
    """What the automaton cannot know: exact spelling, the beginning of a language, the end of a
    host.
    """
    if hit.field == "lang":
        return hit.start == 0
    if hit.field == "site":
        folded = reading.folded["site"]
        return hit.end == len(folded) and (hit.start == 0 or folded[hit.start - 1] == ".")
    if term.exact is None:
        return True
    start, end = reading.original(hit)
    text = reading.document[hit.field]
    spelled = unified(text[start:end])
    if not (spelled.startswith(term.exact) if term.prefix else spelled == term.exact):
        return False
    return not (spelled.isupper() and shouted(text, start, end))


def _near(
    term: Term, name: str, places: list[tuple[str, int, int]], reading: _Reading
) -> list[_Hit]:
    """The shortest stretches that hold every word of the term close enough, from left to right."""
    assert term.near is not None
    wanted = term.folded.split()
    room = len(wanted) + term.near
    missing: dict[str, int] = defaultdict(int)
    for word in wanted:
        missing[word] += 1
    lacking, first = len(wanted), 0
    places.sort(key=lambda place: place[1])
    found: list[_Hit] = []
    for word, start, end in places:
        lacking -= missing[word] > 0
        missing[word] -= 1
        while lacking == 0:
            head, head_start, _ = places[first]
            span = reading.word_number(name, start) - reading.word_number(name, head_start) + 1
            if span <= room:
                found.append(_Hit(name, head_start, end))
            missing[head] += 1
            lacking += missing[head] > 0
            first += 1
    return found


def _support(query: Query, hits: Mapping[Term, list[_Hit]]) -> list[Term] | None:
    """The terms by which a query holds; None when it does not. A NOT that holds shows nothing."""
    match query:
        case Term():
            return [query] if query in hits else None
        case Not(of):
            return [] if _support(of, hits) is None else None
        case All(of):
            together: list[Term] = []
            for part in of:
                terms = _support(part, hits)
                if terms is None:
                    return None
                together += terms
            return together
        case Any(of):
            either = [terms for part in of if (terms := _support(part, hits)) is not None]
            return [term for terms in either for term in terms] if either else None


def _evidence(
    terms: list[Term], hits: Mapping[Term, list[_Hit]], reading: _Reading
) -> Iterable[Evidence]:
    found = {
        (hit, term.written)  # `title:isis OR isis` shows one title once
        for term in dict.fromkeys(terms)
        for hit in sorted(hits[term], key=_reading_order)[:_MOST_A_TERM]
    }
    shown = sorted(found, key=lambda pair: (_reading_order(pair[0]), pair[1]))
    for hit, written in shown[:_MOST_EVIDENCE]:
        start, end = reading.original(hit)
        text = " ".join(reading.document[hit.field][start:end].split())
        if len(text) > 2 * _MOST_OF_AN_END:  # words near each other: both ends will do
            text = f"{text[:_MOST_OF_AN_END].rstrip()} … {text[-_MOST_OF_AN_END:].lstrip()}"
        yield Evidence(hit.field, written, text, start, end)


def _reading_order(hit: _Hit) -> tuple[int, int, int]:
    return FIELDS.index(hit.field), hit.start, hit.end
