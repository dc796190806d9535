"""What two alike texts say differently: other figures, other names, another word in the headline.

A newsroom that edits a copy changes how things are said, here and there, and leaves other traces.
Who changes a figure, a town or a verdict and nothing else has filled in a form: another match,
another quake, another day.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from .alignment import spelling_likeness
from .overlap import Slot
from .wording import Wording, figures, has_figure, stem

_LONG: Final = 12  # words in a slot: a passage of one's own, that nothing is put in place of
_FEW: Final = 60  # words
_NAME: Final = 3  # letters
_FORM: Final = 4  # letters that the forms of a verb have in common
_SPELLED_ALIKE: Final = 0.7  # Kiev and Kyiv


@dataclass(frozen=True, slots=True)
class Differences:
    """What stands in each other's place, in one of the texts and nowhere in the other."""

    facts: int  # places with other figures, or other names
    words: int  # places with other words
    again: int  # of the words, those that stand so in more than one place
    headline: bool  # a word of the titles is another in the texts, too, or there in one alone
    swapped: bool  # two words, or two figures, have changed places
    blanks: int  # places with a word that the other has not in just this spelling


def differences(
    one: Wording, other: Wording, slots: Sequence[Slot], most: tuple[float, float]
) -> Differences:
    """Read from the slots of their alignment, in which `one` is the shorter.

    `most`: facts and words that a copy may have. With more, nothing else needs to be looked at:
    else two long texts that are put together of the same pieces would take the longest.
    """
    facts = words = blanks = 0
    headline = False
    # In few words a word of either headline is enough, where each has one of its own.
    apart = len(one.text) < _FEW and all((_only(one.title, other), _only(other.title, one)))
    seen: list[tuple[frozenset[str], frozenset[str]]] = []
    for slot in slots:
        if facts > most[0] or words > most[1]:
            break
        ours, theirs = (
            [word for word in _only(words, of) if not _own_name(word, by)]
            for words, by, of in ((slot.one, one, other), (slot.other, other, one))
        )
        mine, yours = _unlike(ours, theirs)
        facts += bool(figures(mine) and figures(yours))
        if len(slot.one) > _LONG or len(slot.other) > _LONG:
            continue
        blanks += _filled(slot.one, one, other) and _filled(slot.other, other, one)
        headline = headline or (slot.at > 0 and _put_in(slot, ours, theirs, one, other))
        mine, yours = ([w for w in side if not has_figure(w)] for side in (mine, yours))
        if not mine or not yours:
            continue
        words += 1
        seen.append((frozenset(map(stem, mine)), frozenset(map(stem, yours))))
        titled = _titled(mine, one), _titled(yours, other)
        headline = headline or all(titled) or (any(titled) and apart)
        dated = bool(figures(slot.one)) != bool(figures(slot.other))  # Monday, 16 November
        facts += not dated and not one.names.isdisjoint(mine) and not other.names.isdisjoint(yours)
    again = sum(
        1
        for at, (mine, yours) in enumerate(seen)
        if any(mine & others and yours & more for others, more in seen[:at])
    )
    return Differences(facts, words, again, headline, _swapped(slots), blanks)


def _only(words: Iterable[str], other: Wording) -> list[str]:
    """The words that the other article has in no form."""
    return [word for word in words if stem(word) not in other.stems]


def _filled(words: Iterable[str], by: Wording, of: Wording) -> bool:
    return any(word not in of.words and not _own_name(word, by) for word in words)


def _own_name(word: str, by: Wording) -> bool:
    """Does an outlet speak of itself? Read more in the Example Times."""
    return len(word) >= _NAME and word in by.outlet


def _titled(words: Iterable[str], said: Wording) -> bool:
    """Does one of the words stand in the title, in some form? Opened, opens."""
    return not {word[:_FORM] for word in said.title}.isdisjoint(word[:_FORM] for word in words)


def _put_in(
    slot: Slot, ours: Collection[str], theirs: Collection[str], one: Wording, other: Wording
) -> bool:
    """Is it one word that only one text has, and its title too? Guilty, not guilty."""
    return (not slot.one and len(slot.other) == 1 and not set(theirs).isdisjoint(other.title)) or (
        not slot.other and len(slot.one) == 1 and not set(ours).isdisjoint(one.title)
    )


def _swapped(slots: Iterable[Slot]) -> bool:
    """Has what stands in one place of the one text another place in the other, and the reverse?
    Rovers beat City, City beat Rovers; 2 to 1, 1 to 2.
    """
    pairs = {(slot.one, slot.other) for slot in slots if slot.one and slot.other}
    return any(
        (other, one) in pairs
        or _turned(tuple(filter(has_figure, one)), tuple(filter(has_figure, other)))
        for one, other in pairs
    )


def _turned(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    return ours != theirs and sorted(ours) == sorted(theirs)


def _unlike(ours: Collection[str], theirs: Collection[str]) -> tuple[list[str], list[str]]:
    """The words of each side that none of the other is spelled like."""

    def alone(words: Collection[str], others: Collection[str]) -> list[str]:
        return [word for word in words if not any(_alike(word, other) for other in others)]

    return alone(ours, theirs), alone(theirs, ours)


def _alike(word: str, other: str) -> bool:
    if has_figure(word) or has_figure(other):
        return word == other
    short, long = sorted((word, other), key=len)
    return (len(short) > 2 and short in long) or spelling_likeness(word, other) >= _SPELLED_ALIKE
