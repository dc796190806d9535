"""Which tests hold us to which requirement: read from the tests' names."""

import pathlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

TOP = pathlib.Path(__file__).resolve().parent.parent
_LINE = re.compile(r"([AB]\d+(?:\.\d+)?) (MUST|SHOULD|MAY) (.+?)(?: -> (\S+))?$")
_TEST = re.compile(r"^\s*(?:async )?def test_(\w+)", re.MULTILINE)
_ID = re.compile(r"([ab])(\d+)(?:_(\d+))?_")


@dataclass(frozen=True, slots=True)
class Requirement:
    """A line of docs/requirements.txt. `excuse`: the page that says why it has no test."""

    id: str
    level: str
    subject: str
    excuse: str | None


@dataclass(frozen=True, slots=True)
class NamedTest:
    """A test, and the requirements that its name begins with."""

    name: str
    path: str  # below tests/
    ids: tuple[str, ...]


def requirements() -> list[Requirement]:
    """The requirements, in their order. Raises ValueError for a line that is none."""
    text = (TOP / "docs" / "requirements.txt").read_text("utf-8")
    found = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            if not (said := _LINE.match(line)):
                raise ValueError(f"docs/requirements.txt: {line}")
            found.append(Requirement(*said.groups()))
    return found


def ids_in(name: str) -> Iterator[str]:
    """The requirements at the beginning of a test's name, "test_" left out.

    >>> list(ids_in("a4_3_a4_4_nothing_is_sent")), list(ids_in("a2_every_status"))
    (['A4.3', 'A4.4'], ['A2'])
    """
    at = 0
    while found := _ID.match(name, at):
        part, section, number = found.groups()
        yield f"{part.upper()}{section}" + (f".{number}" if number else "")
        at = found.end()


def named_tests() -> list[NamedTest]:
    """Every test whose name begins with a requirement."""
    found = []
    for path in sorted((TOP / "tests").rglob("test_*.py")):
        text = path.read_text("utf-8")
        where = path.relative_to(TOP / "tests").as_posix()
        found += [
            NamedTest(name, where, ids)
            for name in _TEST.findall(text)
            if (ids := tuple(ids_in(name)))
        ]
    return found


def page() -> str:
    """docs/reference/conformance.md."""
    by_id: dict[str, list[NamedTest]] = {}
    for test in named_tests():
        for requirement in test.ids:
            by_id.setdefault(requirement, []).append(test)
    known = requirements()
    counts = ", ".join(
        f"{sum(one.id in by_id for one in some)} of {len(some)} {level}"
        for level in ("MUST", "SHOULD", "MAY")
        if (some := [one for one in known if one.level == level])
    )
    parts = [
        "# Conformance\n",
        "<!-- Written by scripts/reference from docs/requirements.txt and the tests' names. -->\n",
        "What a well-behaved fetcher of feeds does (A), what ids and dates of entries its readers",
        "may rely on (B2, B3), and the tests that hold us to it. A test's name begins with the ids",
        "of what it tests; a MUST without a test fails the tests.\n",
        f"With a test: {counts}.\n",
        "| id | level | subject | tests |",
        "|---|---|---|---|",
    ]
    for one in known:
        shown = [f"[`{test.name}`](../../tests/{test.path})" for test in by_id.get(one.id, ())]
        if one.excuse:
            shown.append(f"none: [why](../{one.excuse.removeprefix('docs/')})")
        parts.append(f"| {one.id} | {one.level} | {one.subject} | {'<br>'.join(shown)} |")
    return "\n".join(parts) + "\n"
