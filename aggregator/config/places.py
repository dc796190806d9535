"""Where in the file something stands: line and column of a YAML node, and inside a long text."""

from collections.abc import Sequence
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

Location = Sequence[int | float | str]
Problem = tuple[int, int, str]  # line and column, from 1; what is wrong and what to do


def dotted(where: Location) -> str:
    """A place as a person writes it.

    >>> dotted(("sources", 3, "url"))
    'sources[3].url'
    """
    steps = (f"[{step}]" if isinstance(step, int) else f".{_named(step)}" for step in where)
    return "".join(steps).lstrip(".")


def _named(step: float | str) -> str:
    """A key; of a score's weights, as 2 or -0.5."""
    return step if isinstance(step, str) else f"{step:g}"


def place(tree: Any, where: Location, *, of_key: bool = False) -> tuple[int, int]:
    """(line, column), from 1, of what a location names, or of the nearest place that exists.

    `of_key`: of the key itself, not of its value.
    """
    node = tree
    line, column = node.lc.line, node.lc.col
    for number, step in enumerate(where):
        last = number == len(where) - 1
        if not isinstance(node, CommentedMap | CommentedSeq) or step not in (node.lc.data or ()):
            break  # missing, tagged, merged from elsewhere, or a text that stands for a mapping
        if isinstance(node, CommentedMap):
            # A mapping or list begins, and nothing at all stands, on some later line.
            at_key = isinstance(node[step], CommentedMap | CommentedSeq | None)
            mark = node.lc.key(step) if at_key or (of_key and last) else node.lc.value(step)
        else:
            mark = node.lc.item(step)
        line, column = mark
        node = node[step]
    return line + 1, column + 1


def place_in_text(
    lines: Sequence[str], start: tuple[int, int], value: str, offset: int
) -> tuple[int, int] | None:
    """Where character `offset` of a text stands in the file.

    `start`: where its YAML value begins, from 1. None when the text cannot be followed through
    its quoting and folding.
    """
    line, column = start[0] - 1, start[1] - 1
    first = lines[line][column:]
    if first[:1] in "|>":
        line, column = line + 1, 0
    elif first[:1] in "\"'":
        column += 1
    at, offset = 0, min(offset, len(value.rstrip()))
    while line < len(lines):
        written = lines[line]
        begin = max(column, len(written) - len(written[column:].lstrip()))
        said = written[begin:].rstrip()
        if not value.startswith(said, at):
            # The end of the last line may carry a quotation mark or a comment.
            left = value[at:].rstrip("\n")
            if not said.startswith(left):
                return None
            said = left
        if said and offset <= at + len(said):
            return line + 1, begin + (offset - at) + 1
        at += len(said)
        while at < len(value) and value[at] in " \n":  # a line break, folded or kept
            at += 1
        line, column = line + 1, 0
    return None
