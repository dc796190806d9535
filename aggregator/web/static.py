"""The site as files: the same bytes as the server gives, only what changed, each in one step."""

import datetime as dt
import os
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from ..errors import UsageError
from ..pipeline.gate import Refused
from ..pipeline.site import Site

# The files that are ours, so that those of topics that are no more can be taken away.
_MANIFEST: Final = ".aggregator-site"


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did."""

    written: int
    unchanged: int
    removed: int
    refused: int = 0  # not valid (B7.15): the last good ones stay


def write_site(
    site: Site, folder: Path, progress: Callable[[str], None] = lambda path: None
) -> Built:
    """Write every document of the site below a folder.

    Pages get the ending .html. Raises UsageError where the folder cannot be written, or holds
    files of others where ours belong.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        manifest = folder / _MANIFEST
        before = set(manifest.read_text("utf-8").splitlines()) if manifest.exists() else set()
        paths = {path: _file_name(path) for path in site.paths()}
        foreign = next(
            (n for n in paths.values() if n not in before and (folder / n).exists()), None
        )
        if foreign is not None:
            raise UsageError(
                f"{folder / foreign} is not ours to overwrite; build into a folder of its own"
            )
        # Before the files: a build that is killed knows them for its own the next time.
        _write_manifest(manifest, before.union(paths.values()))
        now: set[str] = set()
        written = refused = 0
        for path, name in paths.items():
            try:
                document = site.document(path)
            except Refused:
                refused += 1
                now.update({name} & before)
                continue
            if document is None:  # the topic has gone since
                continue
            now.add(name)
            written += _write(folder / name, document.rendering.body, document.modified_at)
            progress(path)
        removed = sum(_remove(folder, name) for name in sorted(before - now))
        _write_manifest(manifest, now)
    except OSError as wrong:
        where = wrong.filename or folder
        raise UsageError(f"cannot write to {where}: {wrong.strerror}") from None
    return Built(written, len(now) - written, removed, refused)


def _write_manifest(manifest: Path, names: Iterable[str]) -> None:
    _write(manifest, "".join(f"{name}\n" for name in sorted(names)).encode(), None)


def _file_name(path: str) -> str:
    if not path:
        return "index.html"
    return path if "." in PurePosixPath(path).name else f"{path}.html"


def _write(target: Path, body: bytes, modified_at: dt.datetime | None) -> bool:
    """Put these bytes in place, unless they are; whoever reads sees the old or the new ones."""
    if target.exists() and target.read_bytes() == body:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        if modified_at is not None:
            os.utime(name, (modified_at.timestamp(), modified_at.timestamp()))
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink()
        raise
    return True


def _remove(folder: Path, name: str) -> bool:
    target = (folder / name).resolve()
    if not target.is_relative_to(folder.resolve()) or not target.is_file():
        return False
    target.unlink()
    return True
