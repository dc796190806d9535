"""What an outlet changed in its words, and when: as quotes of the words that came and went."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final, Literal

from ..model import Article, Revision
from ..text.substance import substance, without_counters

_LONGEST: Final = 15_000  # characters of a text that are compared; less than is kept of it
_MOST_COMPARED: Final = 1_500  # words of it; the time grows with their square
_LONGEST_WORD: Final = 100  # characters
_AROUND: Final = 6  # words on each side of what was changed
_MOST_QUOTED: Final = 40  # words in a row that came or went; of more, the two ends
_END: Final = 15
_MOST_CHANGES: Final = 12  # shown of one text
_GAP: Final = "…"
# Words end at blanks; scripts that have none are compared letter by letter.
_WORDS: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
    " ?|[^ \u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+ ?"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words that stayed, came or went; an ellipsis stands for words left out."""

    kind: Literal["stayed", "came", "went"]
    words: str


@dataclass(frozen=True, slots=True)
class Edit:
    """What was seen to have changed at one moment. Titles stand whole, of texts the places."""

    at: dt.datetime
    outlet: str
    was: str  # the title until then
    title: tuple[Piece, ...]  # () where it stayed
    text: tuple[Piece, ...]  # () where it stayed, or is forgotten
    lang: str | None


def edits_of(article: Article, revisions: Sequence[Revision], outlet: str) -> list[Edit]:
    """What became of an article's words, the last change first. `revisions`: what it said before,
    the oldest first.
    """
    now = substance(article.title, article.html, article.text)
    wordings = [(one.digest, one.title, one.text) for one in revisions]
    wordings.append((now, article.title, article.text))
    edits = [
        Edit(
            at=revision.until,
            outlet=outlet,
            was=before[1],
            title=differences(before[1], after[1]) if before[1] != after[1] else (),
            text=_in_text(before[2], after[2]),
            lang=article.lang,
        )
        for revision, (before, after) in zip(revisions, pairwise(wordings), strict=True)
        if before[0] != after[0]
    ]
    return [edit for edit in edits[::-1] if edit.title or edit.text]


def _in_text(before: str, after: str) -> tuple[Piece, ...]:
    if not before or not after:
        return ()
    texts = (without_counters(text[:_LONGEST]) for text in (before, after))
    return quoted(differences(*texts))


def differences(before: str, after: str) -> tuple[Piece, ...]:
    """What was done to a text, word by word; () when nothing was, or too much to tell.

    >>> [(piece.kind, piece.words) for piece in differences("five are dead", "six are dead")]
    [('went', 'five'), ('stayed', ' '), ('came', 'six'), ('stayed', ' '), ('stayed', 'are dead')]
    """
    one, other = _words(before), _words(after)
    matcher = SequenceMatcher(None, [w.strip() for w in one], [w.strip() for w in other])
    pieces: list[Piece] = []
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            blank = " " if one[j - 1].endswith(" ") and not other[m - 1].endswith(" ") else ""
            pieces.append(Piece("stayed", "".join(other[k:m]) + blank))
            continue
        pieces += _change("went", one[i:j]) if j > i else ()
        pieces += _change("came", other[k:m]) if m > k else ()
    return tuple(pieces) if any(piece.kind != "stayed" for piece in pieces) else ()


def _words(text: str) -> list[str]:
    """The first words of a text, each with the blank behind it."""
    words: list[str] = _WORDS.findall(" ".join(text.split()))
    return [
        word if len(word) <= _LONGEST_WORD else f"{word[:_LONGEST_WORD].strip()}{_GAP} "
        for word in words[:_MOST_COMPARED]
    ]


def _change(kind: Literal["came", "went"], words: Sequence[str]) -> list[Piece]:
    said = "".join(words)
    blank = said.endswith(" ") or kind == "went"
    return [Piece(kind, said.strip()), *([Piece("stayed", " ")] if blank else [])]


def quoted(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """The changes alone, each with a few words around it, and long ones cut in the middle."""
    shown: list[Piece] = []
    changes = 0
    for number, piece in enumerate(pieces):
        if piece.kind != "stayed":
            changes += 1
            if changes > _MOST_CHANGES:
                shown.append(Piece("stayed", f" {_GAP}"))
                break
            shown.append(Piece(piece.kind, _cut(piece.words, _MOST_QUOTED, _END)))
            continue
        words = re.findall(r"\S+\s*|\s+", piece.words)
        before, after = number > 0, number < len(pieces) - 1
        if len(words) <= _AROUND * (before + after) + 2:
            shown.append(piece)
        else:
            head = "".join(words[:_AROUND]).rstrip() + " " if before else ""
            tail = " " + "".join(words[-_AROUND:]) if after else ""
            shown.append(Piece("stayed", f"{head}{_GAP}{tail}"))
    return tuple(shown)


def _cut(words: str, most: int, end: int) -> str:
    row = _words(words)
    if len(row) <= most:
        return words
    return f"{''.join(row[:end]).strip()} {_GAP} {''.join(row[-end:])}"
