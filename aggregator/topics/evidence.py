"""Why a topic holds: the places found, as a person wants them shown."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .plan import Place
from .reading import Reading
from .tokens import FIELDS
from .tree import Term

_MOST_EVIDENCE: Final = 20  # a topic; more of the same convinces nobody
_MOST_A_TERM: Final = 3
_MOST_OF_AN_END: Final = 40  # characters
_Shown = tuple[str, int, int, str]  # field, start, end, what found it


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a topic holds: the term as written, where it was found, and the words found there, of a
    long stretch its two ends; and what that adds to the topic's score.
    """

    field: str
    term: str
    text: str
    start: int  # characters of the field as given
    end: int
    score: float = 0.0


def shown(
    places: Iterable[Place],
    points: Mapping[Place, float],
    reading: Reading,
    terms: Sequence[Term],
) -> Iterator[Evidence]:
    """What is worth showing of where a query was found and what was scored, in the order of
    reading. `terms`: what the numbers of the places stand for.
    """
    score_of: dict[_Shown, float] = {}  # `title:isis OR isis` shows one once
    often: dict[int, int] = defaultdict(int)
    for place in sorted(dict.fromkeys(places), key=_reading_order):
        if often[place.term] < _MOST_A_TERM:
            often[place.term] += 1
            score_of[*place[:3], _written(place, terms)] = 0.0
    for place, score in points.items():
        key = (*place[:3], _written(place, terms))
        score_of[key] = score_of.get(key, 0.0) + score
    best = list(score_of)
    if len(best) > _MOST_EVIDENCE:
        best.sort(key=lambda key: (-abs(score_of[key]), _reading_order(key)))
    for key in sorted(best[:_MOST_EVIDENCE], key=_reading_order):
        name, start, end, written = key
        start, end = reading.original(name, start, end)
        text = " ".join(reading.document[name][start:end].split())
        if len(text) > 2 * _MOST_OF_AN_END:  # words near each other: both ends will do
            text = f"{text[:_MOST_OF_AN_END].rstrip()} … {text[-_MOST_OF_AN_END:].lstrip()}"
        yield Evidence(name, written, text, start, end, score_of[key])


def _written(place: Place, terms: Sequence[Term]) -> str:
    written = terms[place.term].written
    return written if place.other is None else f"{written} NEAR {terms[place.other].written}"


def _reading_order(place: Place | _Shown) -> tuple[int, int, int, str]:
    return FIELDS.index(place[0]), place[1], place[2], str(place[3])
