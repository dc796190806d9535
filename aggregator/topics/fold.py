"""Text as queries compare it: case, accents, figures, apostrophes, dashes and blanks made alike,
quotation marks and what nobody sees left out.

`fold` is what is matched; `origins` gives, for the same folded text, the place each character
came from, because folding changes lengths (ß becomes ss, é may be two characters).
"""

import html
import re
import unicodedata
from typing import Final

# Nobody sees these: joiners, direction, soft hyphens, selectors of emoji and of variants, fillers.
_INVISIBLE: Final = [
    chr(code)
    for first, last in (
        (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5),
        (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0xFE00, 0xFE0F),
        (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0xE0000, 0xE01EF),
    )
    for code in range(first, last + 1)
]  # fmt: skip
# After decomposition and case folding. Letters that do not decompose stand for the plain letters
# readers type. Arabic as its searchers expect: what Persian and Urdu keyboards write otherwise is
# one letter, ى is ي, ة is ه, and tatweel only stretches.
_LETTERS: Final = {
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h",
    "ŧ": "t", "ŋ": "n", "ĸ": "k", "ƒ": "f", "ک": "ك", "ی": "ي", "ى": "ي", "ٱ": "ا", "ة": "ه",
    "ہ": "ه", "ە": "ه", "ۃ": "ه", "ـ": "",
}  # fmt: skip
_FIGURES: Final = {
    chr(ord(zero) + figure): str(figure) for zero in "٠۰०০੦૦୦௦౦೦൦๐໐༠၀០" for figure in range(10)
}
_UNIFIED: Final = (
    dict.fromkeys("‘’‚‛ʼʻʽʾʿʹˊˋ´΄′‵＇｀՚׳ߴꞋꞌ❛❜", "'")
    | dict.fromkeys("“”„‟″‶«»‹›＂״〝〞〟❝❞", '"')
    | dict.fromkeys("‐‑‒–—―−⁃⸗⸚⸺⸻﹘﹣－֊־᐀᠆·‧・･゠", "-")
)


def _says_nothing(mark: str) -> bool:
    """Points of Hebrew and Arabic, accents of Latin, Greek and Cyrillic, strokes through letters
    and rings around them; not vowel signs, viramas, tone marks or the voicing marks of kana, which
    make another letter.
    """
    order = unicodedata.combining(mark)
    return order == 1 or 10 <= order <= 36 or order >= 200


_SIGNS: Final = [
    chr(code)
    for first, last in (  # where marks are: to look everywhere would take 10 ms
        (0x300, 0x3400), (0xA660, 0xAC00), (0xFB00, 0xFE30), (0x10000, 0x12000), (0x13400, 0x13500),
        (0x16000, 0x17000), (0x1BC00, 0x1F000),
    )
    for code in range(first, last)
    if unicodedata.category(chr(code))[0] == "M"
]  # fmt: skip
_MARKS: Final = [sign for sign in _SIGNS if unicodedata.combining(sign)]
_RINGS: Final = "\u0488\u0489\u1abe\u20dd\u20de\u20df\u20e0\u20e2\u20e3\u20e4\ua670\ua671\ua672"
_REPLACED: Final = (
    _LETTERS
    | _FIGURES
    | _UNIFIED
    | dict.fromkeys(filter(_says_nothing, _MARKS), "")
    | dict.fromkeys(_RINGS, "")
    | dict.fromkeys(_INVISIBLE, "")
)
# Only a character outside the plain letters of common scripts is worth a look in _REPLACED: this
# is ten times as fast as a class of all that is replaced.
_PLAIN: Final = (
    "\x00-\x7f\u03b1-\u03c9\u0430-\u044f\u05d0-\u05ea\u0621-\u0628\u062a-\u063f\u0641-\u0648\u064a"
    "\u0905-\u0939\u0e01-\u0e30\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff"
)
_SUSPECT: Final = re.compile(f"[^{_PLAIN}]")
# The same before case and accents have gone: what is worth a look in _SPELLED.
_UNFOLDED: Final = re.compile(f"[^{_PLAIN}\u00c0-\u024f\u0386-\u03ce\u0400-\u045f\u0621-\u064a]")
# й and ў are letters, not accented ones: their mark is put aside while accents go.
_KEPT: Final = (("и\u0306", "и\ue000"), ("у\u0306", "у\ue000"))
_SPELLED: Final = _UNIFIED | dict.fromkeys(_INVISIBLE, "") | {"\xa0": " ", "…": "..."}
# These letters fold each to one character; anything else with the marks that belong to it, three
# Tibetan signs and the two narrow voicing marks of kana included, marks without saying so, and with
# what nobody sees between them.
_ONE_TO_ONE: Final = (
    "\x00-\x7f\u0391-\u03a1\u03a3-\u03a9\u03b1-\u03c9\u0410-\u0418\u041a-\u0438\u043a-\u044f"
    "\u05d0-\u05ea\u0621\u0627-\u063a\u0641-\u064a\u0e01-\u0e30\u4e00-\u9fff"
)
_FOLLOWS: Final = f"[{''.join((*_MARKS, *_INVISIBLE))}\u0f73\u0f75\u0f81\uff9e\uff9f]"
_CLUSTER: Final = re.compile(f"([{_ONE_TO_ONE}]+)(?!{_FOLLOWS})|.{_FOLLOWS}*", re.DOTALL)
_JOINING_DASH: Final = re.compile(rf"-(?<=[\w{''.join(_SIGNS)}]-)(?=\w)")
_ODD_SPACES: Final = re.compile(r"\s{2,}|[^\S ]")  # a blank alone may stay as it is
_ADDRESS: Final = re.compile(r"(?:(?<![a-z])[a-z]+://|www\.)[^\s<>\"]+", re.IGNORECASE)
# A reference that a feed has written once too often: &amp;#x27; reads as &#x27; and means '.
_REFERENCE: Final = re.compile(
    r"&(?:amp;|#38;|#x26;)*(#[0-9]{2,7};|#[xX][0-9a-fA-F]{2,6};|[a-zA-Z]{2,8}[0-9]?;|(?<=;))"
)
_PLAIN_REFERENCE: Final = re.compile(r"[#&;0-9A-Za-z]")
# Persian and Urdu part the ending of a word from it by this character, where Arabic has no use for
# it; elsewhere it only keeps letters from being joined.
_PARTED: Final = re.compile("(?<=[\u0620-\u06ff])\u200c(?=[\u0620-\u06ff])")


def unified(text: str) -> str:
    """Text with one kind of apostrophe, quotation mark, dash, width and blank, and nothing
    invisible; case and accents kept.

    What an `exact:` term is compared with.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _seen(text))
    return _ODD_SPACES.sub(" ", text.replace("`", "'"))


def _seen(text: str) -> str:
    return _UNFOLDED.sub(lambda found: _SPELLED.get(found[0], found[0]), text)


def _letters(text: str) -> str:
    if text.isascii():
        return text.lower().replace("`", "'")
    text = _seen(text)  # first of all: ´ and ΄ would decompose to a blank and an accent
    if text.isascii():  # only its apostrophes, quotation marks and dashes were not
        return text.lower().replace("`", "'")
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    for letter, aside in _KEPT:
        text = text.replace(letter, aside)
    return _SUSPECT.sub(_replacement, text).replace("`", "'")


def _replacement(found: re.Match[str]) -> str:
    character = found[0]
    return _REPLACED.get(character, "\u0306" if character == "\ue000" else character)


def _read(text: str, addresses: bool) -> str:
    """What is not meant as it stands, put right place for place: web addresses blotted out, for
    they are no words anybody wrote; references of HTML; the parting mark of Persian.
    """
    if not addresses and ("://" in text or "www." in text):
        text = _ADDRESS.sub(lambda found: "\x00" * len(found[0]), text)
    if "&" in text and ";" in text:
        text = _REFERENCE.sub(_referred, text)
    return _PARTED.sub(" ", text) if "\u200c" in text else text


def _referred(reference: re.Match[str]) -> str:
    """The character a reference means, filled up with invisible ones to its length."""
    meant = html.unescape(f"&{reference[1]}") if reference[1] else "&"
    if len(meant) != 1 or (meant != "&" and _PLAIN_REFERENCE.match(meant)):
        return reference[0]
    return meant + "\u200b" * (len(reference[0]) - 1)


def fold(text: str, *, addresses: bool = False) -> str:
    """Text as it is compared; web addresses in it only where they are asked for.

    >>> fold("Crème  BRÛLÉE: al‑Qaeda’s “straße”")
    "creme brulee: al qaeda's strasse"
    """
    return _joined(" ".join(_unquoted(_letters(_read(text, addresses))).split()))


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
    read = _read(text, addresses)
    pieces: list[str] = []
    places: list[int] = []
    for cluster in _CLUSTER.finditer(read):
        start, end = cluster.span()
        piece = _letters(cluster[0])
        pieces.append(piece)
        places.extend(range(start, end) if cluster[1] else [start] * len(piece))
    raw = _unquoted("".join(pieces))
    kept: list[int] = []
    last = len(raw) - len(raw.lstrip())
    for run in _ODD_SPACES.finditer(raw, last, len(raw.rstrip())):
        kept += places[last : run.start() + 1]
        last = run.end()
    end = len(raw.rstrip())
    kept += places[last:end]
    kept.append(places[end] if end < len(places) else len(text))
    return _joined(" ".join(raw.split())), kept


# Scripts written without spaces: as far as characters tell, any place between two is an edge.
_NO_SPACES: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff]"
)


def word_runs_on(folded: str, at: int) -> bool:
    """Does a word run across the place `at` of folded text, as far as the two characters around it
    tell? `edges` knows more of scripts without spaces.
    """
    if at <= 0 or at >= len(folded):
        return False
    before, after = folded[at - 1], folded[at]
    if before.isascii() and after.isascii():
        return before.isalnum() and after.isalnum()
    if not before.isalnum() and unicodedata.category(before)[0] != "M":
        return False
    if unicodedata.category(after)[0] == "M":
        return True
    return after.isalnum() and not (_NO_SPACES.match(before) or _NO_SPACES.match(after))
