"""What is legal in a rule and surely wrong: words that can never be found, a NOT that leaves
nothing, alternatives that add nothing, a score that decides nothing.

Nothing is said that is not certain; what is not said may still be wrong.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal

from .everyday import EVERYDAY
from .implying import Implications, covers
from .query import mixed_in
from .reading import MOST_READ, Document, Index
from .tree import All, Any, Count, Near, Not, Query, Term, parts_of, terms_of
from .wording import term_written, written

Kind = Literal["never", "redundant", "mixed", "acronym", "score", "equal"]

LONGEST_TITLE: Final = 300  # characters, to which titles are cut when they come
_MOST_SHOWN: Final = 3
_MOST_COMPARED: Final = 50  # alternatives with words of one; what others cover goes unsaid
_ONE_VALUE: Final = ("lang", "site")
_FIELDS_OF: Final = {None: ("title", "text"), "lead": ("title", "text")}
_ROOM: Final = {"title": LONGEST_TITLE}  # characters of a field; of the others MOST_READ
_ACRONYM: Final = re.compile(r"[^\W\d_a-z](?:[^\W_a-z]|\.){1,4}")
_HOST: Final = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_LANGUAGES: Final = frozenset(  # of ISO 639-1
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da
    de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz
    ia id ie ig ii ik in io is it iu iw ja ji jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb
    lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om
    or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw
    ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """.split()
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is surely wrong, and what to do; and where: the column of the query, from 1."""

    kind: Kind
    said: str
    column: int


def doubts_of(text: str, query: Query) -> list[Doubt]:
    """What is wrong in a query, in the order of its text."""
    found = [*_of_terms(query), *_of_joints(query), *_mixed(text)]
    return sorted(dict.fromkeys(found), key=lambda doubt: doubt.column)


# --- terms -------------------------------------------------------------------------------------


def _of_terms(query: Query) -> Iterator[Doubt]:
    terms = list(terms_of(query))
    index = Index(terms)
    for number, term in enumerate(terms):
        if (why := _never(term)) is None and number not in index.read(_itself(term)).hits:
            why = "not even in a text that is nothing else; write it as it stands in a text"
        if why is not None:
            yield Doubt("never", f"{term_written(term)} can never be found: {why}", term.column)
        elif _is_acronym(term):
            said = (
                f"{term.written} is found in any spelling, and {term.folded!r} is an everyday "
                f"word; write exact:{term.written}"
            )
            yield Doubt("acronym", said, term.column)


def _never(term: Term) -> str | None:
    """Why no document can have it."""
    if term.field == "lang" and not _is_language(term.folded.split()[0]):
        return "it is no language; write the tag, as in lang:de or lang:pt-BR"
    if term.field == "site" and not _HOST.fullmatch(term.folded):
        return "it is no host; write that alone, as in site:bbc.co.uk"
    if term.field == "site" and term.prefix:
        return "a host is compared from its end; write the whole of it, as in site:bbc.co.uk"
    if len(term.folded) > _room(term):
        return f"it is longer than the {_room(term):,} characters that are looked at"
    return None


def _is_language(tag: str) -> bool:
    return tag in _LANGUAGES or (len(tag) == 3 and tag.isalpha())


def _room(term: Term) -> int:
    return _ROOM.get(term.field or "", MOST_READ)


def _itself(term: Term) -> Document:
    """A document that is the term, among small letters, which tell capitals from a shout."""
    raw = term.written
    if raw.startswith('"'):
        raw = raw[1 : raw.rindex('"')]
    raw = raw.rstrip("*")
    if term.field in _ONE_VALUE:
        return {term.field: raw}
    return {_fields(term)[0]: f"x {raw} x"}


def _fields(term: Term) -> Sequence[str]:
    """The fields of a document in which it is looked for."""
    return _FIELDS_OF.get(term.field) or (term.field or "",)


def _is_acronym(term: Term) -> bool:
    plain = term.exact is None and not term.prefix and term.near is None
    in_words = term.field in (None, "title", "text", "lead")
    word = term.written.strip('"')
    return plain and in_words and term.folded in EVERYDAY and bool(_ACRONYM.fullmatch(word))


# --- how they are joined -------------------------------------------------------------------------


def _of_joints(query: Query) -> Iterator[Doubt]:
    follows = Implications()
    parts = [query]
    while parts:
        part = parts.pop()
        parts += _flat(part)
        match part:
            case Any():
                yield from _covered(_flat(part), follows)
            case All():
                yield from _excluded(_flat(part), follows)
                yield from _two_values(_flat(part))
            case Near(one, other):
                if not set(_all_fields(one)) & set(_all_fields(other)):
                    yield _never_holds(part, "its sides stand in different fields; name one field")
            case Count(least, of):
                if (most := most_places(of)) < least:
                    yield _never_holds(part, f"there is room for {most} at most; ask for fewer")


def _flat(query: Query) -> tuple[Query, ...]:
    """What a query is made of; an OR in an OR and an AND in an AND are one."""
    if not isinstance(query, Any | All):
        return parts_of(query)
    parts: list[Query] = []
    for part in query.of:
        parts += _flat(part) if type(part) is type(query) else (part,)
    return tuple(parts)


def _never_holds(part: Query, why: str) -> Doubt:
    return Doubt("never", f"{written(part, _MOST_SHOWN)} can never hold: {why}", _column(part))


def _column(query: Query) -> int:
    """Where its first word stands."""
    return next(terms_of(query)).column


def _all_fields(query: Query) -> Iterator[str]:
    return (field for term in terms_of(query) for field in _fields(term))


def most_places(query: Query) -> int:
    """In how many places that do not overlap it can stand at most."""
    shortest = min(len(term.folded) for term in terms_of(query))
    fields = set(_all_fields(query))
    return sum(
        1 if field in _ONE_VALUE else _ROOM.get(field, MOST_READ) // shortest for field in fields
    )


def _covered(of: Sequence[Query], follows: Implications) -> Iterator[Doubt]:
    """Alternatives that find nothing that others do not find."""
    first: dict[Query, int] = {}
    sharing = _Sharing(of)
    for at, part in enumerate(of):
        if first.setdefault(part, at) != at:
            said = f"{written(part, _MOST_SHOWN)} stands twice among these; take one out"
            yield Doubt("redundant", said, _column(part))
            continue
        for other in sharing.words_with(part):
            if isinstance(part, Term) and not isinstance(other, Term):
                continue  # that two conditions happen to cover a word is nothing to mend
            if other != part and follows.implies(part, other):
                if follows.implies(other, part) and first.get(other, at) >= at:
                    continue  # they are alike; the later one is told
                said = (
                    f"{written(part, _MOST_SHOWN)} adds nothing: {written(other, _MOST_SHOWN)} "
                    "finds all that it finds; take one of them out"
                )
                yield Doubt("redundant", said, _column(part))
                break


class _Sharing:
    """Which of many alternatives have words in common, found without comparing each with each."""

    def __init__(self, of: Sequence[Query]) -> None:
        self.of = of
        named = [(term, at) for at, part in enumerate(of) for term in terms_of(part)]
        self.at = [at for _, at in named]  # alternative by number of term
        self.index = Index([term for term, _ in named])
        self.fields = {field for term, _ in named for field in _fields(term)}

    def words_with(self, part: Query) -> list[Query]:
        """Some alternatives, in their order, with a term that stands in those of this one."""
        found: set[int] = set()
        for term in terms_of(part):
            (words,) = _itself(term).values()
            hits = self.index.read(dict.fromkeys(self.fields, words)).hits
            found.update(self.at[number] for number in hits)
        return [self.of[at] for at in sorted(found)[:_MOST_COMPARED]]


def _excluded(parts: Sequence[Query], follows: Implications) -> Iterator[Doubt]:
    """A NOT that excludes what stands beside it."""
    wanted = [part for part in parts if not isinstance(part, Not)]
    for part in parts:
        if isinstance(part, Not) and _follows(wanted, part.of, follows):
            said = (
                f"{written(part, _MOST_SHOWN)} excludes all that is asked for beside it, so that "
                "nothing is ever taken; narrow it"
            )
            yield Doubt("never", said, _column(part))


def _follows(wanted: Sequence[Query], other: Query, follows: Implications) -> bool:
    """Does it hold wherever all of these do?"""
    if isinstance(other, All):
        return all(_follows(wanted, part, follows) for part in other.of)
    return any(follows.implies(one, other) for one in wanted)


def _two_values(parts: Sequence[Query]) -> Iterator[Doubt]:
    """Two languages or two sites at once, where a story has one."""
    for field in _ONE_VALUE:
        named = [(part, _values(part, field)) for part in parts]
        for (one, ones), (other, others) in combinations(named, 2):
            alike = (covers(a, b) or covers(b, a) for a in ones for b in others)
            if ones and others and not any(alike):
                said = (
                    f"{written(one, _MOST_SHOWN)} and {written(other, _MOST_SHOWN)} can never "
                    "hold together: a story has one of them; join them by OR"
                )
                yield Doubt("never", said, _column(other))


def _values(query: Query, field: str) -> Sequence[Term]:
    """The values one of which it asks for; none when it asks for anything else."""
    of = _flat(query) if isinstance(query, Any) else (query,)
    terms = [part for part in of if isinstance(part, Term) and part.field == field]
    return terms if len(terms) == len(of) and not any(term.prefix for term in terms) else ()


# --- how it reads --------------------------------------------------------------------------------


def _mixed(text: str) -> Iterator[Doubt]:
    for either, part in mixed_in(text):
        at = either.of.index(part)
        before = either.of[max(at - 1, 0) : at] if at else either.of[1:2]
        near = [one if isinstance(one, Term) else None for one in before]
        sides = [term_written(one) if one else "…" for one in near]
        read = f"({written(part, 2)})"
        shown = " OR ".join([*sides, read] if at else [read, *sides])
        said = (
            f"AND, written or not, binds before OR: this is read as {shown}; write these "
            "parentheses, or others"
        )
        yield Doubt("mixed", said, _column(part))
