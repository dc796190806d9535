"""Where words begin and end in scripts written without spaces: the only module that knows ICU.

ICU looks words up in dictionaries of Chinese, Japanese, Thai, Lao, Khmer and Burmese and takes the
likeliest row of them. Names it does not know come out as single letters or syllables, so their
edges are still edges. Nothing here depends on a language or a locale of the machine.
"""

import bisect
import re
from typing import Final

# Thai and Lao am is one letter in the dictionaries, and two after decomposition.
_AM: Final = re.compile("\u0e4d\u0e32|\u0ecd\u0eb2")
_COMPOSED: Final = {"\u0e4d\u0e32": "\u0e33", "\u0ecd\u0eb2": "\u0eb3"}


def word_breaks(run: str) -> frozenset[int]:
    """The places in a run of such letters, folded, where a word ends or begins; both ends are.

    Linear in the length of the run: about 0.15 µs a character.

    >>> sorted(word_breaks("東京都に住む"))
    [0, 2, 3, 4, 6]
    """
    # 20 ms and 7 MB, which a reader of English alone need not spend.
    from icu4py.breakers import WordBreaker

    shrunk = [found.start() for found in _AM.finditer(run)]
    if shrunk:
        run = _AM.sub(lambda found: _COMPOSED[found[0]], run)
        shrunk = [place - number for number, place in enumerate(shrunk)]
    ends = (end for _, end in WordBreaker(run, "").segments())
    return frozenset((0, *(end + bisect.bisect_left(shrunk, end) for end in ends)))
