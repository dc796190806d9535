"""Headlines all in capitals, in which an acronym looks like any other word."""

import re
from itertools import takewhile
from typing import Final

# A sentence ends with its sign and a blank, or with the line; " | " parts authors and categories.
_END: Final = re.compile(r"(?<=[.!?…])[\"'”’»)]*\s|\n|\s[|–—]\s")
_LOOK: Final = 200  # characters each side: a longer sentence is judged by those
# Words of letters that have capitals (Latin, Greek, Cyrillic, Armenian), three in a row: nothing
# but blanks and figures between, for a comma or an ampersand makes a list.
_LETTERS: Final = "A-ZÀ-ÖØ-Þ\u0100-\u024f\u0370-\u0556\u1e00-\u1fff"
_WORD: Final = rf"(?<!\S)[^\w\s]*[{_LETTERS}][{_LETTERS}'’.:;!?\"”»)-]*"
_ROW: Final = re.compile(rf"{_WORD}(?:\s+(?:[^\s\w]*\d\S*\s+)?{_WORD}){{2}}(?!\w)")
_ALONE: Final = re.compile(_WORD)
_LONG: Final = 4  # words


def shouted(text: str, start: int, end: int) -> bool:
    """Does the sentence around this place say nothing by its capitals?

    So it is when not one small letter stands in it, and three words in a row, with nothing but
    blanks and figures between, are in capitals: "WHAT IS GOING ON IN SYRIA"; and with small letters
    elsewhere where the place stands in a row of four: "Live: WHO IS LEADER NOW?". "ISIS", "ISIS
    CLAIMS" and "US, UK, EU" are no such sentence. Scripts without capitals say neither yes nor no.
    """
    first, last = max(start - _LOOK, 0), min(end + _LOOK, len(text))
    for before in _END.finditer(text, first, start):
        first = before.end()
    after = _END.search(text, end, last)
    sentence = text[first : after.start() if after else last]
    if sentence.isupper():
        return _ROW.search(sentence) is not None
    left, right = sentence[: start - first].split()[::-1], sentence[end - first :].split()
    beside = sum(1 for words in (left, right) for _ in takewhile(_loud, words))
    return 1 + beside >= _LONG


def _loud(word: str) -> bool:
    return word.isupper() and _ALONE.fullmatch(word) is not None
