"""Evidence on a terminal: the words that were found, highlighted among those around them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..model import Because, Found
    from ..topics import Evidence

_AROUND = 40  # characters on either side


def document_with(because: "Because", documents: Sequence[Mapping[str, str]]) -> Mapping[str, str]:
    """The article the evidence was found in."""
    for document in documents:
        if all(f.text in document.get(f.field, "") for f in because.evidence):
            return document
    return documents[0]


def evidence_lines(because: "Because", document: Mapping[str, str]) -> list[str]:
    """A line for each piece of evidence, in rich's markup."""
    return [evidence_line(found, document) for found in because.evidence]


def evidence_line(found: "Found | Evidence", document: Mapping[str, str]) -> str:
    """Where a term was found, and what that adds to a score: `title: daesh in “A town that …”`."""
    from rich.markup import escape

    score = f" ({found.score:+g})" if found.score else ""
    return f"{found.field}: {escape(found.term)} in {around(found, document)}{score}"


def around(found: "Found | Evidence", document: Mapping[str, str]) -> str:
    """The evidence with some words around it, itself highlighted; alone where the document is
    not the one it was found in.
    """
    from rich.markup import escape

    text = document.get(found.field, "")
    inside = text[found.start : found.end]
    if not inside or not _is_of(found.text, inside):
        return f"“[reverse]{escape(found.text)}[/reverse]”"
    before = text[max(0, found.start - _AROUND) : found.start]
    after = text[found.end : found.end + _AROUND]
    start = end = ""
    if found.start > _AROUND:  # cut between words, where there are blanks
        start, before = "…", before.partition(" ")[2] or before
    if found.end + _AROUND < len(text):
        end, after = "…", after.rpartition(" ")[0] or after
    shown = f"{escape(before)}[reverse]{escape(found.text)}[/reverse]{escape(after)}"
    return " ".join(f"“{start}{shown}{end}”".split())


def _is_of(shown: str, inside: str) -> bool:
    """Evidence has its blanks made alike, and of a long stretch its two ends."""
    one_line = " ".join(inside.split())
    head, _, tail = shown.partition(" … ")
    return one_line == shown or (one_line.startswith(head) and one_line.endswith(tail))
