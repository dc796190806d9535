r"""The query language read by recursive descent: its grammar, and errors that give the column.

    query  = all ("OR" all)*
    all    = not (["AND"] not)*           words side by side mean AND
    not    = "NOT" not | near
    near   = part ["NEAR/8" part]            words, phrases and ORs of them on both sides
    part   = "(" query ")" | scope part | counted | term
    counted = "ATLEAST/2" "(" query "OR" … ")" | "COUNT/3" part
    scope  = FIELD ":" | "exact:"
    term   = word | word* | "words in a row" | "words near"~5

Operators are written in capitals and bind as in arithmetic: NEAR before NOT before AND before OR.
A term without a field is looked for in title and text.
"""
# ruff: noqa: D102 - each method reads the rule of the grammar above that has its name

import re
from difflib import get_close_matches
from typing import Final, cast

from .fold import fold, unified
from .tokens import (
    FIELDS,
    LEAD,
    MAX_COUNT,
    MAX_DEPTH,
    MAX_NEAR,
    MAX_TERMS,
    QueryError,
    Token,
    tokens,
)
from .tree import All, Any, AtLeast, Count, Near, Not, Places, Query, Term

_LEAST_PREFIX: Final = 2
_EXPRESSION: Final = re.compile(r"[\\^|\[\]{}]|^\w?\?\w?$|\.[*+]|^/.+/\w*$")


class Parser:
    """Recursive descent over the tokens of one query."""

    def __init__(self, text: str) -> None:
        self.tokens = tokens(text)
        self.at = self.depth = self.terms = 0
        self.mixed: list[tuple[Any, All]] = []  # an AND beside an OR, and no parentheses
        self.end = len(text) + 1

    def next(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self, operator: str) -> bool:
        token = self.next()
        found = token is not None and token.kind == "operator" and token.text == operator
        self.at += found
        return found

    def any(self, field: str | None, exact: bool) -> Query:
        each = [self.joined(field, exact)]
        while self.take("OR"):
            each.append(self.joined(field, exact))
        parts = [of[0] if len(of) == 1 else All(tuple(of)) for of in each]
        if len(parts) == 1:
            return parts[0]
        either = Any(tuple(parts))
        self.mixed += [(either, All(tuple(of))) for of in each if len(of) > 1]
        return either

    def joined(self, field: str | None, exact: bool) -> list[Query]:
        parts = [self.negation(field, exact)]
        while self.take("AND") or self.begins_a_part():
            parts.append(self.negation(field, exact))
        return parts

    def begins_a_part(self) -> bool:
        token = self.next()
        return token is not None and (
            token.kind in ("open", "phrase", "scope", "word")
            or token.text == "NOT"
            or (token.kind == "numbered" and not token.text.startswith("NEAR"))
        )

    def negation(self, field: str | None, exact: bool) -> Query:
        negative = False
        while self.take("NOT"):
            negative = not negative
        part = self.near(field, exact)
        return Not(part) if negative else part

    def near(self, field: str | None, exact: bool) -> Query:
        one = self.part(field, exact)
        token = self.take_near()
        if token is None:
            return one
        words = _number(token, 0, MAX_NEAR)
        other = self.part(field, exact)
        if (again := self.take_near()) is not None:
            raise QueryError("two NEAR in a row; put one of them in parentheses", again.column)
        return Near(_places(one, token), _places(other, token), words)

    def take_near(self) -> Token | None:
        token = self.next()
        if token is None or token.kind != "numbered" or not token.text.startswith("NEAR"):
            return None
        self.at += 1
        return token

    def counted(self, token: Token, field: str | None, exact: bool) -> Query:
        follows = self.next()
        if token.text.startswith("COUNT"):
            least = _number(token, 2, MAX_COUNT)
            self.deeper(token)
            of = self.part(field, exact)
            self.depth -= 1
            return Count(least, _places(of, token))
        least = _number(token, 2, MAX_TERMS)
        if follows is None or follows.kind != "open":
            raise QueryError(f"{token.text} needs a ( with alternatives after it", token.column)
        of = self.part(field, exact)
        if not isinstance(of, Any) or len(of.of) < least:
            raise QueryError(
                f"{token.text} needs at least {least} alternatives joined by OR in its parentheses",
                token.column,
            )
        return AtLeast(least, of.of)

    def part(self, field: str | None, exact: bool) -> Query:
        token = self.next()
        if token is None:
            raise QueryError("the query ends where a word or phrase should follow", self.end)
        self.at += 1
        match token.kind:
            case "open":
                return self.group(token, field, exact)
            case "scope":
                return self.scoped(token, field, exact)
            case "phrase" | "word":
                return self.term(token, field, exact)
            case "numbered" if not token.text.startswith("NEAR"):
                return self.counted(token, field, exact)
            case "close":
                raise QueryError("this ) closes nothing, or nothing stands before it", token.column)
            case _:
                raise QueryError(
                    f"{token.text} needs a word or phrase on both sides; "
                    f'to look for the word itself write "{token.text}"',
                    token.column,
                )

    def deeper(self, token: Token) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise QueryError(f"more than {MAX_DEPTH} parentheses or fields deep", token.column)

    def group(self, opening: Token, field: str | None, exact: bool) -> Query:
        self.deeper(opening)
        inside = self.any(field, exact)
        closing = self.next()
        if closing is None or closing.kind != "close":
            raise QueryError("this ( is never closed; add a )", opening.column)
        self.at += 1
        self.depth -= 1
        return inside

    def scoped(self, scope: Token, field: str | None, exact: bool) -> Query:
        follows = self.next()
        if follows is None or follows.kind in ("close", "operator"):
            raise QueryError(f"{scope.text}: needs a word, a phrase or a ( after it", scope.column)
        self.deeper(scope)
        if scope.text == "exact":
            part = self.part(field, True)
            self.depth -= 1
            return part
        if scope.text not in (*FIELDS, LEAD):
            known = (*FIELDS, LEAD)
            near = get_close_matches(scope.text, (*known, "exact"), 1)
            guess = f"did you mean {near[0]}:?" if near else f"fields are {', '.join(known)}"
            raise QueryError(
                f'there is no field {scope.text}: ({guess}); quote the words to look for a ":"',
                scope.column,
            )
        if field is not None and field != scope.text:
            raise QueryError(
                f"{scope.text}: stands inside {field}:, and a term is looked for in one of them",
                scope.column,
            )
        part = self.part(scope.text, exact)
        self.depth -= 1
        return part

    def term(self, token: Token, field: str | None, exact: bool) -> Term:
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise QueryError(f"more than {MAX_TERMS} terms", token.column)
        if token.kind == "word" and token.text.lower() in ("and", "or", "not"):
            raise QueryError(
                f'write {token.text.upper()} in capitals, or "{token.text}" for the word',
                token.column,
            )
        if token.text.startswith("-") and token.kind == "word":
            raise QueryError(f"write NOT {token.text[1:]} to leave a word out", token.column)
        if token.kind == "word" and _EXPRESSION.search(token.text):
            raise QueryError(
                f"{token.text} looks like a regular expression, and there are none here; "
                f'write words joined by OR, or "{token.text}" for these very signs',
                token.column,
            )
        text = token.text.strip()
        prefix = text.endswith("*")
        text = text.rstrip("*") if prefix else text
        folded = fold(text, addresses=field == "site").strip()
        if "*" in text:
            raise QueryError("a * may stand at the end of a term only", token.column)
        if not any(map(str.isalnum, folded)):
            raise QueryError(f'"{token.text}" has no letter or digit to look for', token.column)
        if prefix and len(folded) < _LEAST_PREFIX:
            raise QueryError(
                f"{token.text} would match nearly everything; "
                f"give at least {_LEAST_PREFIX} letters before the *",
                token.column,
            )
        if folded.startswith("-") or folded.endswith("-"):
            raise QueryError(
                f"{token.text} would never be found: a dash between two words is an edge like a "
                f"blank; write {token.text.replace('-', '')}",
                token.column,
            )
        near = self.nearness(token, folded, prefix, exact)
        written = f'"{token.text}"{token.near or ""}' if token.kind == "phrase" else token.text
        spelled = unified(text).strip() if exact else None
        return Term(written, folded, field, spelled, prefix, near, token.column)

    def nearness(self, token: Token, folded: str, prefix: bool, exact: bool) -> int | None:
        if token.near is None:
            return None
        digits = token.near[1:]
        if not digits or len(digits) > 3 or int(digits) > MAX_NEAR:
            raise QueryError(
                f'write how many words may stand between, 0 to {MAX_NEAR}, as in "a b"~5',
                token.column,
            )
        if len(folded.split()) < 2:
            raise QueryError("~ is for two words or more", token.column)
        if prefix or exact:
            raise QueryError(
                "~ goes with plain words: no * and no exact: in one phrase", token.column
            )
        return int(digits)


def _number(token: Token, least: int, most: int) -> int:
    """The number of NEAR/8, ATLEAST/2 or COUNT/3."""
    name, _, digits = token.text.partition("/")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 5) or not (
        least <= int(digits) <= most
    ):
        word = f'; to look for the word write "{name}"' if not digits else ""
        raise QueryError(
            f"{name} needs a number from {least} to {most}: {name}/3{word}", token.column
        )
    return int(digits)


def in_places(query: Query) -> bool:
    """Is it found in places: here, and there?"""
    match query:
        case Term() | Near():
            return True
        case Any(of):
            return all(map(in_places, of))
        case _:
            return False


def _places(query: Query, token: Token) -> Places:
    if not in_places(query):
        raise QueryError(
            f"{token.text} goes with words and phrases, joined by OR or NEAR alone", token.column
        )
    return cast("Places", query)
