"""Text as queries compare it: case, accents, apostrophes, dashes and blanks made alike, quotation
marks left out.

`fold` is what is matched; `origins` gives, for the same folded text, the place each character
came from, because folding changes lengths (ß becomes ss, é may be two characters).
"""

import re
import unicodedata
from typing import Final

# After decomposition and case folding. Letters that do not decompose stand for the plain letters
# readers type; tatweel only stretches; the rest are invisible.
_LETTERS: Final = {
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h",
    "ŧ": "t", "ŋ": "n", "ĸ": "k", "ƒ": "f", "ک": "ك", "ی": "ي", "ى": "ي",
    "ـ": "", "\u00ad": "", "\u200b": "", "\u200c": "", "\u200d": "", "\u200e": "",
    "\u200f": "", "\u2060": "", "\ufeff": "",
}  # fmt: skip
_UNIFIED: Final = (
    dict.fromkeys("‘’‚‛ʼʻ´′＇", "'")
    | dict.fromkeys("“”„‟″«»＂", '"')
    | dict.fromkeys("‐‑‒–—―−﹘﹣－", "-")
)


def _is_accent(mark: str) -> bool:
    """Points of Hebrew and Arabic, accents of Latin, Greek and Cyrillic; not vowel signs, viramas,
    tone marks or the voicing marks of kana, which make another letter.
    """
    order = unicodedata.combining(mark)
    return (10 <= order <= 36) or order >= 200


_MARKS: Final = [c for c in map(chr, range(0x300, 0x20000)) if unicodedata.combining(c)]
_REPLACED: Final = _LETTERS | _UNIFIED | dict.fromkeys(filter(_is_accent, _MARKS), "")
# Only a character outside the plain letters of common scripts is worth a look in _REPLACED: this
# is ten times as fast as a class of all that is replaced.
_PLAIN: Final = (
    "\x00-\x7f\u03b1-\u03c9\u0430-\u044f\u05d0-\u05ea\u0621-\u063f\u0641-\u0648\u064a"
    "\u0905-\u0939\u0e01-\u0e30\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff"
)
_SUSPECT: Final = re.compile(f"[^{_PLAIN}]")
# й and ў are letters, not accented ones: their mark is put aside while accents go.
_KEPT: Final = (("и\u0306", "и\ue000"), ("у\u0306", "у\ue000"))
_UNIFY: Final = re.compile(f"[{''.join(_UNIFIED)}]")
# ASCII folds character by character; anything else with the marks that belong to it, three
# Tibetan signs and the two narrow voicing marks of kana included, marks without saying so.
_MARK_CLASS: Final = "".join(_MARKS) + "\u0f73\u0f75\u0f81\uff9e\uff9f"
_CLUSTER: Final = re.compile(f"[\x00-\x7f]+(?![{_MARK_CLASS}])|.[{_MARK_CLASS}]*", re.DOTALL)
_JOINING_DASH: Final = re.compile(r"-(?<=\w-)(?=\w)")
_SPACES: Final = re.compile(r"\s+")
_ADDRESS: Final = re.compile(r"(?:(?<![a-z])[a-z]+://|www\.)[^\s<>\"]+", re.IGNORECASE)


def unified(text: str) -> str:
    """Text with one kind of apostrophe, quotation mark and dash, case and accents kept.

    What an `exact:` term is compared with.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", _UNIFY.sub(lambda c: _UNIFIED[c[0]], text))
    return _SPACES.sub(" ", text)


def _letters(text: str) -> str:
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", text.replace("\u00b4", "'")).casefold()
    text = unicodedata.normalize("NFKD", text)
    for letter, aside in _KEPT:
        text = text.replace(letter, aside)
    return _SUSPECT.sub(_replacement, text)


def _replacement(found: re.Match[str]) -> str:
    character = found[0]
    return _REPLACED.get(character, "\u0306" if character == "\ue000" else character)


def _without_addresses(text: str) -> str:
    """Web addresses blotted out, place for place: they are not words anybody wrote."""
    if "://" not in text and "www." not in text:
        return text
    return _ADDRESS.sub(lambda found: "\x00" * len(found[0]), text)


def fold(text: str, *, addresses: bool = False) -> str:
    """Text as it is compared; web addresses in it only where they are asked for.

    >>> fold("Crème  BRÛLÉE: al‑Qaeda’s “straße”")
    "creme brulee: al qaeda's strasse"
    """
    text = text if addresses else _without_addresses(text)
    return _joined(" ".join(_unquoted(_letters(text)).split()))


def _unquoted(text: str) -> str:
    """Quotation marks say nothing of the words: the "Islamic" State is the Islamic State."""
    return text.replace('"', " ")


def _joined(text: str) -> str:
    """A dash inside a word is an edge like a blank: al-Qaeda is al Qaeda."""
    return _JOINING_DASH.sub(" ", text) if "-" in text else text


def origins(text: str, *, addresses: bool = False) -> tuple[str, list[int]]:
    """What `fold` makes of it, and for each of its characters, and its end, the place in `text`.

    >>> origins("Straße")
    ('strasse', [0, 1, 2, 3, 4, 4, 5, 6])
    """
    read = text if addresses else _without_addresses(text)
    pieces: list[str] = []
    places: list[int] = []
    for cluster in _CLUSTER.finditer(read):
        start, end = cluster.span()
        piece = _letters(cluster[0])
        pieces.append(piece)
        places.extend(range(start, end) if cluster[0].isascii() else [start] * len(piece))
    raw = _unquoted("".join(pieces))
    kept: list[int] = []
    last = len(raw) - len(raw.lstrip())
    for run in _SPACES.finditer(raw, last, len(raw.rstrip())):
        kept += places[last : run.start() + 1]
        last = run.end()
    end = len(raw.rstrip())
    kept += places[last:end]
    kept.append(places[end] if end < len(places) else len(text))
    return _joined(" ".join(raw.split())), kept


# Scripts written without spaces: any place between two of their characters is an edge of a word.
_NO_SPACES: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff]"
)


def word_runs_on(folded: str, at: int) -> bool:
    """Does a word run across the place `at`, between two characters of folded text?"""
    if at <= 0 or at >= len(folded):
        return False
    before, after = folded[at - 1], folded[at]
    if before.isascii() and after.isascii():
        return before.isalnum() and after.isalnum()
    if unicodedata.category(after)[0] == "M":
        return True
    if unicodedata.category(before)[0] != "M" and not before.isalnum():
        return False
    return after.isalnum() and not (_NO_SPACES.match(before) or _NO_SPACES.match(after))
