"""Do two outlets tell one story in the same words? The decision on measured overlap.

A wrong merge hides a story and a missed one shows it twice: doubt keeps apart. Nothing here knows
a language: a translation shares no rows of words. Its numbers were found on pairs labelled by
reading (`benchmarks/dedupe.py`, decision 32).
"""

import datetime as dt
from typing import Final

from .differences import differences
from .overlap import Aligned, Overlap, Slot, aligned
from .wording import Wording, figures, has_figure, stem

LEAST_WORDS: Final = 8  # a shorter text says nothing
# The less the titles say that it is one story, the more words it takes.
_WORDS_FOR_TITLE: Final = 22
# Copies of a text come within two days and a half, for dates without a time are up to half a day
# off; of a few lines, sooner. Later it is an update, but not under its old title.
_SOON: Final = dt.timedelta(days=2, hours=12)
_FEW: Final = ((30, dt.timedelta(hours=14)), (60, dt.timedelta(hours=50)))  # words
LATEST: Final = dt.timedelta(days=7)
_SAME_TITLE: Final = 0.9
# A text that says nothing of what either title says is a wall, a footer, the notes of a show.
_ABOUT: Final = 0.34
_TITLE_WORDS: Final = 2  # that unlike titles have in common
# How many words of the shorter may be lost: more under like titles.
_LOST: Final = 2
_LOST_SHARE: Final = 0.02
_LOST_FOR_TITLE: Final = 0.16
_TITLE_FLOOR: Final = 0.15
_TEXT_FOR_TITLE: Final = 0.2  # a title that the text says is worth so much less than a like one
# Reports by two hands differ in their titles: under one long title half of the text is enough.
_ONE_TITLE: Final = 0.75
_LONG_TITLE: Final = 30  # rows of three letters: about six words
_HALF: Final = 0.5
# A passage that both have for themselves makes it another text, at its beginning all the more: the
# new lead before the background that the last report had.
_PASSAGE: Final = (8, 8, 100)  # words; more for a like title, and one for so many words
_FRONT: Final = (3, 6, 60)
_INTRO: Final = (36, 50)  # words that one may put before a copy; under a like title
_LIKE_TITLE: Final = 0.5
_WORDS_FOR_INTRO: Final = 40
_OPENING: Final = 12  # words
_CAPTION: Final = 9  # words
_MORE: Final = 1.5
_FOREIGN: Final = 0.34  # of the title of one with more, that the other says nothing of
_WORDS_FOR_A_FACT: Final = 300
_WORDS_FOR_A_CORRECTION: Final = 60
_CORRECTED_WITHIN: Final = dt.timedelta(hours=6)
_FORM_WORDS: Final = 100
_BLANKS: Final = 2
_WORDS: Final = 2  # that may be other ones, and one for so many
_WORDS_FOR_A_WORD: Final = 60
_SHORT: Final = 3  # letters: a word that titles have for grammar's sake
_SHORT_TITLE: Final = 20  # rows of three letters; a shorter one is never wholly alike


def same_words(one: Wording, other: Wording) -> float | None:
    """The share of the shorter text that stands in the other where that makes it a copy, 0 to 1;
    None where it does not.

    It does not matter which is which.
    """
    if abs(one.at - other.at) > LATEST:
        return None
    pair = aligned(one, other)
    found, title = pair.overlap, _Titles(pair)
    scale = pair.scale
    if not found.common or _too_late(pair, len(pair.one.text) / scale, title):
        return None
    if not _enough(found, scale, title) or _other_figures(pair):
        return None
    slots = pair.slots()
    words = found.size / scale
    if _rewritten(pair, slots, words, title) or _differ(pair, slots, words, title):
        return None
    return found.share


class _Titles:
    """How much the titles say that it is one story."""

    def __init__(self, pair: Aligned) -> None:
        rows = pair.one.title_rows, pair.other.title_rows
        self.both = len(rows[0] & rows[1])
        fewer, more = sorted(map(len, rows))
        self.like = self.both / max(_SHORT_TITLE, fewer)
        self.equal = self.both / max(1, more)
        long = [{stem(word) for word in said.title if len(word) > _SHORT}
                for said in (pair.one, pair.other)]  # fmt: skip
        self.words_in_common = len(long[0] & long[1])
        stems = set(map(stem, pair.overlap.common))
        self.said = sorted(_said(said.title, stems) for said in (pair.one, pair.other))

    @property
    def evidence(self) -> float:
        """0 to 1: they are like each other, or what both say is what both texts say."""
        return max(self.like, self.said[0] - _TEXT_FOR_TITLE)


def _said(title: tuple[str, ...], stems: set[str]) -> float:
    """How much of a title is in the text, 0 to 1."""
    words = [word for word in title if len(word) > _SHORT or has_figure(word)] or title
    return sum(stem(word) in stems for word in words) / max(1, len(words))


def _too_late(pair: Aligned, words: float, title: _Titles) -> bool:
    apart = abs(pair.one.at - pair.other.at)
    few = next((time for most, time in _FEW if words < most), _SOON)
    return apart > (LATEST if title.equal > _SAME_TITLE and words >= _FEW[0][0] else few)


def _enough(found: Overlap, scale: float, title: _Titles) -> bool:
    """Is there enough text, is it about what the titles say, and do both have enough of it?"""
    words, lost, evidence = found.size / scale, found.lost / scale, title.evidence
    if words < LEAST_WORDS + _WORDS_FOR_TITLE * (1 - evidence):
        return False
    if max(title.like, title.said[1]) < _ABOUT and title.words_in_common < _TITLE_WORDS:
        return False
    share = _LOST_SHARE + _LOST_FOR_TITLE * max(0, evidence - _TITLE_FLOOR)
    if title.equal >= _ONE_TITLE and title.both >= _LONG_TITLE:
        share = max(share, _HALF)
    return lost <= _LOST + share * words


def _other_figures(pair: Aligned) -> bool:
    """Has each title a number that the other article has nowhere?"""
    one, other = pair.one, pair.other
    return bool(
        figures(one.title).difference(other.title, other.text)
        and figures(other.title).difference(one.title, one.text)
    )


def _rewritten(pair: Aligned, slots: list[Slot], words: float, title: _Titles) -> bool:
    """Is there a passage that each has for itself, above all at its beginning, or is there more in
    one, before or behind, that its title is about?
    """
    scale = pair.scale
    longest = max((min(slot.own) for slot in slots), default=0) / scale
    if longest > _limit(_PASSAGE, words, title):
        return True
    opening = [slot.own for slot in slots if slot.at / scale < _OPENING]
    smaller, larger = sorted(sum(own[side] for own in opening) / scale for side in (0, 1))
    if smaller > _limit(_FRONT, words, title):
        return True
    if larger > _INTRO[title.evidence > _LIKE_TITLE] + words / _WORDS_FOR_INTRO:
        return True
    more = len(pair.other.text) > _MORE * len(pair.one.text)  # a roundup, a page of news, a digest
    return (larger > _CAPTION or (more and title.like < _ABOUT)) and max(
        _foreign(pair.one, pair.other), _foreign(pair.other, pair.one)
    ) > _FOREIGN


def _limit(limit: tuple[int, int, int], words: float, title: _Titles) -> float:
    base, for_title, for_words = limit
    return base + for_title * title.like + words / for_words


def _foreign(one: Wording, other: Wording) -> float:
    """How much of a title its own text says and the other article does not, 0 to 1."""
    own = set(map(stem, one.text))
    words = [word for word in one.title if len(word) > 2] or one.title
    return sum(stem(w) in own and stem(w) not in other.stems for w in words) / max(1, len(words))


def _differ(pair: Aligned, slots: list[Slot], words: float, title: _Titles) -> bool:
    """Do they say different things in the same words?"""
    corrected = (
        title.equal > _SAME_TITLE
        and words >= _WORDS_FOR_A_CORRECTION
        and abs(pair.one.at - pair.other.at) <= _CORRECTED_WITHIN
    )
    facts, others = words / _WORDS_FOR_A_FACT, _WORDS + words / _WORDS_FOR_A_WORD
    told = differences(pair.one, pair.other, slots, (facts + corrected, others))
    return (
        told.headline
        or (words <= _FORM_WORDS and told.swapped)
        or (_is_form(pair, slots, words) and (told.blanks > 0 or _one_word_more(slots)))
        or told.facts > facts + corrected
        or told.again > facts
        or told.words > others
    )


def _is_form(pair: Aligned, slots: list[Slot], words: float) -> bool:
    """Are they so nearly the same, to their very end, that the few differences must be what a form
    leaves open?
    """
    return words <= _FORM_WORDS and len(slots) <= _BLANKS and pair.overlap.to_the_end


def _one_word_more(slots: list[Slot]) -> bool:
    """Is one word all that one text has more than the other? Guilty, not guilty."""
    return len(slots) == 1 and sorted(map(len, (slots[0].one, slots[0].other))) == [0, 1]
