"""Evidence as a terminal shows it: the words with their surroundings."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..model import Because, Found


def document_with(because: "Because", documents: Sequence[Any]) -> Any:
    """The article the evidence was found in."""
    for document in documents:
        if all(f.text in document.get(f.field, "") for f in because.evidence):
            return document
    return documents[0]


def evidence_lines(because: "Because", document: Mapping[str, str]) -> list[str]:
    """A line for each piece of evidence, in rich's markup."""
    from rich.markup import escape

    return [
        f"{found.field}: {escape(found.term)} in {_around(found, document)}"
        for found in because.evidence
    ]


def _around(found: "Found", document: Mapping[str, str]) -> str:
    """The evidence with some words around it, itself highlighted."""
    from rich.markup import escape

    text = document.get(found.field, "")
    if text[found.start : found.end] != found.text:
        return f"“[reverse]{escape(found.text)}[/reverse]”"
    before, after = text[max(0, found.start - 40) : found.start], text[found.end : found.end + 40]
    start = "…" if found.start > 40 else ""
    end = "…" if found.end + 40 < len(text) else ""
    inside = f"{escape(before)}[reverse]{escape(found.text)}[/reverse]{escape(after)}"
    return f"“{start}{inside}{end}”".replace("\n", " ")
