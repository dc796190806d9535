"""Headlines all in capitals, in which an acronym looks like any other word."""

import re
from typing import Final

_LEAST_WORDS: Final = 3
# A sentence ends with its sign and a blank, or with the line; " | " parts authors and categories.
_END: Final = re.compile(r"(?<=[.!?…])[\"'”’»)]*\s|\n|\s[|–—]\s")
_LOOK: Final = 300  # characters each side: a longer sentence is judged by those
_LISTS: Final = tuple(",/&+|")


def shouted(text: str, start: int, end: int) -> bool:
    """Does the sentence around this place say nothing by its capitals?

    So it is when not one small letter stands in it, and three words in a row, with nothing but
    blanks and figures between, are in capitals: "WHAT IS GOING ON IN SYRIA". "ISIS", "ISIS CLAIMS"
    and "US, UK, EU" are no such sentence. Scripts without capitals say neither yes nor no.
    """
    first, last = max(start - _LOOK, 0), min(end + _LOOK, len(text))
    for found in _END.finditer(text, first, start):
        first = found.end()
    if found := _END.search(text, end, last):
        last = found.start() + 1
    sentence = text[first:last]
    if not sentence.isupper():
        return False
    row = 0
    for word in sentence.split():
        letters = [letter for letter in word if letter.isalpha()]
        if letters and all(map(str.isupper, letters)):
            row += 1
        elif letters or not any(map(str.isdigit, word)):
            row = 0
        if row == _LEAST_WORDS:
            return True
        if word.endswith(_LISTS):
            row = 0
    return False
