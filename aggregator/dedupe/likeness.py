"""Do two outlets tell one story in the same words? The decision on measured overlap.

Its numbers were found on one half of a set of pairs labelled by reading, and hold on the other
(`benchmarks/dedupe.py`). A wrong merge hides a story and a missed one shows it twice: doubt keeps
apart. Nothing here knows a language: a translation shares no rows of words.
"""

import datetime as dt
from collections.abc import Collection
from typing import Final

from .overlap import Overlap, overlap, without, without_intro
from .shingles import Shingle, worth
from .wording import Wording

LEAST_WORDS: Final = 12  # a shorter text says nothing
# The less text there is, the more alike the titles must be: a like title is worth so many words.
_WORDS_FOR_TITLE: Final = 50
# Copies of a text come within two days; later an edited text is an update, but not under its old
# title.
_SOON: Final = dt.timedelta(days=2, hours=12)  # dates without a time are up to half a day off
LATEST: Final = dt.timedelta(days=7)
_SAME_TITLE: Final = 0.9
_LIKE_TITLE: Final = 0.5
# The share of the shorter text that must stand in the other: nearly all of it, less under a like
# title, a little more where the one is much shorter, for copies are cut rather than rewritten.
_SHARE: Final = 0.98
_FOR_TITLE: Final = 0.2
_FOR_CUT: Final = 0.03
_MOST: Final = 0.97
# A passage of its own makes it another text, however much the rest shares: the new lead before
# the background that the last report had.
_PASSAGE: Final = 15  # words
_PASSAGE_FOR_TITLE: Final = 25
# Behind an intro that one outlet has put before the copy, the rest must be alike all through.
_BEHIND_SHARE: Final = 0.9
_BEHIND_FOR_TITLE: Final = 0.1
_BEHIND_PASSAGE: Final = 6
_BEHIND_LEAST: Final = 15  # words
# Independent reports differ in their titles: under one long title half of the text is enough.
_ONE_TITLE: Final = 0.75
_LONG_TITLE: Final = 30  # rows of three letters: about six words
_HALF: Final = 0.45
_SHORT_TITLE: Final = 20  # rows of three letters; a shorter one is never wholly alike


def same_words(one: Wording, other: Wording, common: Collection[Shingle] = ()) -> float | None:
    """The share of the shorter text that stands in the other where that makes it a copy, 0 to 1;
    None where it does not. Rows of words that are `common` say nothing.

    It does not matter which is which.
    """
    titles = _rows(one), _rows(other)
    both, fewer, more = len(titles[0] & titles[1]), *sorted(map(len, titles))
    title = both / max(_SHORT_TITLE, fewer)
    if _too_late(one, other, title) or _of_a_series(one, other, title):
        return None
    texts = [without(text, common) if common else text for text in (one.text, other.text)]
    shorter, longer = sorted(map(len, texts))
    least = max(LEAST_WORDS, _WORDS_FOR_TITLE * (1 - title))
    if shorter < least or (shorter < least * 4 and min(map(worth, texts)) < least):
        return None
    found = overlap(*texts)
    cut = 1 - shorter / longer
    one_title = both >= _ONE_TITLE * max(_LONG_TITLE, more)
    if (one_title and found.share >= _HALF) or _is_copy(found, title, cut):
        return found.share
    behind = without_intro(*texts)
    if behind is not None and _is_copy_behind(found := overlap(*behind), title, cut):
        return found.share
    return None


def _rows(one: Wording) -> frozenset[str]:
    """Each three letters that stand in a row in its title: what titles are compared by, since
    their words are few and bear endings.
    """
    line = " ".join(one.title)
    return frozenset(line[at : at + 3] for at in range(len(line) - 2))


def _too_late(one: Wording, other: Wording, title: float) -> bool:
    return abs(one.at - other.at) > (LATEST if title > _SAME_TITLE else _SOON)


def _of_a_series(one: Wording, other: Wording, title: float) -> bool:
    """Other figures in a like title: another day, release, match or lottery."""
    return title >= _LIKE_TITLE and not (
        one.figures <= other.figures or other.figures <= one.figures
    )


def _is_copy(found: Overlap, title: float, cut: float) -> bool:
    need = _SHARE - _FOR_TITLE * title + _FOR_CUT * cut
    passage = _PASSAGE + _PASSAGE_FOR_TITLE * title
    return found.share >= min(_MOST, need) and found.passage <= passage


def _is_copy_behind(found: Overlap, title: float, cut: float) -> bool:
    need = _BEHIND_SHARE - _BEHIND_FOR_TITLE * title + _FOR_CUT * cut
    return found.words >= _BEHIND_LEAST and found.share >= need and found.passage <= _BEHIND_PASSAGE
