"""The tokens of a query, its fields and its limits, and the error that names a place in one."""

import re
from dataclasses import dataclass
from typing import Final

FIELDS: Final = ("title", "text", "author", "source", "category", "lang", "site")
LEAD: Final = "lead"  # title and first lines: no field of a document, a part of two
MAX_LENGTH: Final = 20_000
MAX_DEPTH: Final = 50
MAX_TERMS: Final = 2_000
MAX_NEAR: Final = 100
MAX_COUNT: Final = 100


class QueryError(ValueError):
    """What is wrong with a query, where (`column`, from 1), and what to write instead."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"column {column}: {message}")
        self.message, self.column = message, column


_TOKEN: Final = re.compile(
    r"""(?P<blank>\s+)
      | (?P<open>\() | (?P<close>\))
      | "(?P<phrase>[^"]*)"(?P<near>~\d*)?
      | (?P<operator>(?:AND|OR|NOT)(?![^\s()"]))
      | (?P<numbered>(?:NEAR(?![^\s()"])|(?:NEAR|ATLEAST|COUNT)/[^\s()":]*))
      | (?P<scope>[^\W\d_]+):(?=\S)
      | (?P<word>[^\s():"]+)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the language, and where it stands, from 1."""

    kind: str
    text: str
    column: int
    near: str | None = None


def tokens(text: str) -> list[Token]:
    """The tokens of a query. Raises QueryError."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise QueryError(_puzzle(text, at), at + 1)
        if (kind := token.lastgroup or "") == "near":
            kind = "phrase"
        if kind != "blank":
            found.append(Token(kind, token[kind], at + 1, token["near"]))
        at = token.end()
    return found


def _puzzle(text: str, at: int) -> str:
    if text[at] == '"':
        return 'this quotation mark is never closed; add a " where the phrase ends'
    if text[at] == ":":
        return "a colon stands here without a field before it or a term after it; write title:word"
    return f"cannot read {text[at]!r} here"
