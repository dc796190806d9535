"""Adding sources to feeds.yaml by program: what stands there stays, comments and order too."""

import io
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from .load import yaml

Entry = Mapping[str, str]


def with_sources(text: str, entries: Sequence[Entry]) -> str:
    """The text of feeds.yaml with these sources at the end of its list.

    An entry has a `url`, and maybe a `title` and a `key`; one with a url alone is written bare.
    """
    if not entries:
        return text
    tree = yaml().load(text)
    if tree is None:  # nothing, or comments alone
        return f"{text.rstrip()}\nsources:\n{''.join(_item(e, '  ') for e in entries)}".lstrip()
    listed = tree.get("sources")
    if isinstance(listed, CommentedSeq) and listed and not listed.fa.flow_style():
        inserted = _inserted(text, listed, entries)
        if _adds_exactly(inserted, tree, entries):
            return inserted
    return _dumped(tree, entries)


def _inserted(text: str, listed: CommentedSeq, entries: Sequence[Entry]) -> str:
    """New lines behind the last item, indented like it; no other byte changes."""
    lines = text.splitlines(keepends=True)
    line, column = listed.lc.item(len(listed) - 1)
    dash = lines[line].rfind("-", 0, column) if column else 0
    end = line + 1
    while end < len(lines):
        bare = lines[end].lstrip()
        inside = len(lines[end]) - len(bare) > dash
        if bare.strip() and not inside:
            break
        if not bare.strip() and not any(
            later.strip() and len(later) - len(later.lstrip()) > dash
            for later in lines[end : end + 2]
        ):
            break
        end += 1
    if not lines[end - 1].endswith("\n"):
        lines[end - 1] += "\n"
    new = "".join(_item(entry, " " * max(dash, 0)) for entry in entries)
    return "".join(lines[:end]) + new + "".join(lines[end:])


def _item(entry: Entry, indent: str) -> str:
    parts = [
        f"{name}: {_scalar(entry[name])}" for name in ("url", "key", "title") if entry.get(name)
    ]
    if len(parts) == 1:
        return f"{indent}- {_scalar(entry['url'])}\n"
    return f"{indent}- " + f"\n{indent}  ".join(parts) + "\n"


def _scalar(value: str) -> str:
    stream = io.StringIO()
    yaml().dump({"k": value}, stream)
    return stream.getvalue().removeprefix("k:").strip()


def _adds_exactly(text: str, before: CommentedMap, entries: Sequence[Entry]) -> bool:
    try:
        after = yaml().load(text)
    except YAMLError:
        return False
    added = [_value(entry) for entry in entries]
    return bool(
        list(after.get("sources", ())) == [*before["sources"], *added]
        and {k: v for k, v in after.items() if k != "sources"}
        == {k: v for k, v in before.items() if k != "sources"}
    )


def _value(entry: Entry) -> str | dict[str, str]:
    value = {name: entry[name] for name in ("url", "key", "title") if entry.get(name)}
    return entry["url"] if len(value) == 1 else value


def _dumped(tree: CommentedMap, entries: Sequence[Entry]) -> str:
    if tree.get("sources") is None:
        tree["sources"] = CommentedSeq()
    tree["sources"].extend(_value(entry) for entry in entries)
    stream = io.StringIO()
    yaml().dump(tree, stream)
    return stream.getvalue()


def write_atomically(path: Path, text: str) -> None:
    """Replace a file in one step: whoever reads it sees the old one or the new one."""
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path.resolve())
    except BaseException:
        Path(name).unlink()
        raise
