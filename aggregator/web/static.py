"""The site as files: the same bytes as the server gives, compressed ones beside them, only what
changed, each in one step.
"""

import contextlib
import datetime as dt
import fcntl
import itertools
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from ..errors import UsageError
from ..observe.logs import log
from ..pipeline.documents import Document
from ..pipeline.gate import Refused
from ..pipeline.site import Site
from ..publish.feed import topic_path
from . import nginx
from .manifest import ENDINGS, NAME, Kept, Manifest, decoded, files_of, listed, name_of

_STORIES: Final = "stories/"
_TOGETHER: Final = 64  # documents on their way to the disk …
_WRITERS: Final = 16  # … at once: it takes many in about the time of one
_SAVE_EVERY: Final = 1024  # documents, before what is done is written down
_NEW: Final = ".new-"  # what files begin with that are not in place yet

# What is done, how much of it, of how much.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did, in documents."""

    written: int
    unchanged: int
    removed: int
    failed: int = 0  # could not be made; the last good ones stay, and another build tries again


class _Made(NamedTuple):
    path: str
    kept: Kept
    document: Document | None = None  # None: nothing may be shown, or it could not be made
    failed: bool = False


def write_site(
    site: Site,
    folder: Path,
    progress: Progress = lambda what, done, of: None,
    *,
    maker: str = "",
    force: bool = False,
) -> Built:
    """Write every document of the site below a folder, and take away what is none any more.

    Pages get the ending .html. What has not changed since the last build, and is there, is neither
    made nor read, but with `force`, or when another `maker` (a digest of the program) made it.
    Raises UsageError where the folder cannot be written, or holds files of others where ours
    belong.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder):
            return _write_site(site, folder, progress, maker, force=force)
    except OSError as wrong:
        where = wrong.filename2 or wrong.filename or folder
        raise UsageError(f"cannot write to {where}: {wrong.strerror}") from None


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One build at a time in a folder; another one waits."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write_site(site: Site, folder: Path, progress: Progress, maker: str, *, force: bool) -> Built:
    noted = folder / NAME
    before = decoded(noted.read_text("utf-8", "replace")) if noted.exists() else Manifest()
    there = listed(folder)
    for name in there:
        if _NEW in name and name.rpartition("/")[2].startswith(_NEW):  # of a build that was killed
            _remove(folder, name)
    wanted = {path: maker + site.version(path) for path in site.plain_paths()}
    stories, told = _stories(site, wanted, before, maker, progress, force=force)
    wanted |= stories
    anew = _to_be_made(wanted, before, there, force=force)
    _refuse_foreign(folder, anew, before, there)
    now = before.begun(anew, told)
    written = failed = 0
    if now != before:  # killed from here on, the next build goes on
        _put(noted, now.encoded(), None)
    names = {path.removeprefix(_STORIES) for path in stories}
    made: dict[str, Kept] = {}
    for done, (one, has_changed) in enumerate(
        _written(site, folder, anew, wanted, names, before), 1
    ):
        written, failed = written + has_changed, failed + one.failed
        made[one.path] = one.kept
        if set(one.kept.files).issuperset(before.documents.get(one.path, Kept()).files):
            now.documents[one.path] = one.kept  # of others there are files to be taken away
        progress("building", done, len(anew))
        if done % _SAVE_EVERY == 0:
            _put(noted, now.encoded(), None)
    _write_redirects(site, folder)
    last = Manifest({path: made.get(path) or now.documents[path] for path in wanted}, told)
    gone = before.documents.keys() - wanted.keys()
    for path in [*gone, *anew]:  # a document may have become too small for its twins
        ours = files_of(path, last.documents.get(path, Kept()))
        for name in files_of(path, before.documents.get(path, Kept())):
            if name not in ours:
                _remove(folder, name)
    if last != before:
        _put(noted, last.encoded(), None)
    there_now = sum(bool(kept.files) for kept in last.documents.values())
    removed = sum(bool(before.documents[path].files) for path in gone)
    return Built(written, there_now - written, removed, failed)


def _written(
    site: Site,
    folder: Path,
    anew: list[str],
    wanted: Mapping[str, str],
    stories: set[str],
    before: Manifest,
) -> Iterator[tuple[_Made, bool]]:
    """Make these documents and put them in place; which of them were other than what was there."""
    made = (
        _make(site, path, wanted[path], stories, before.documents.get(path, Kept()))
        for path in anew
    )
    with ThreadPoolExecutor(_WRITERS) as writers:
        while some := list(itertools.islice(made, _TOGETHER)):
            changed = writers.map(lambda one: _write(folder, one, before), some)
            yield from zip(some, changed, strict=True)


def _stories(
    site: Site,
    plain: Mapping[str, str],
    before: Manifest,
    maker: str,
    progress: Progress,
    *,
    force: bool,
) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Path → version of the pages of all stories in feeds, and which topic tells which. Asked for
    are those of topics that changed alone: whatever changes of a story changes its topics.
    """
    told: dict[str, list[str]] = {}
    look: dict[str, None] = {}
    topics = list(site.topics())
    for done, key in enumerate(topics, 1):
        page = topic_path(key)
        known, names = before.documents.get(page, Kept()), before.told.get(key)
        if names is not None and known.version == plain[page] and not force:
            told[key] = names
        else:
            told[key] = site.told(key)
            look |= dict.fromkeys([*told[key], *(names or ())])
        progress("looking", done, len(topics))
    current = dict.fromkeys(name for names in told.values() for name in names)
    seen = site.story_versions([name for name in current if name in look])
    versions = {}
    for name in current:
        path = _STORIES + name
        if name not in look:
            versions[path] = before.documents.get(path, Kept()).version
        elif name in seen:
            versions[path] = maker + seen[name]
    return versions, told


def _to_be_made(
    wanted: Mapping[str, str], before: Manifest, there: set[str], *, force: bool
) -> list[str]:
    """What changed, what is not there, and what links to a page that goes; pages of stories first,
    because others link to them.
    """

    def is_stale(path: str) -> bool:
        kept = before.documents.get(path)
        return (
            kept is None
            or not kept.version
            or kept.version != wanted[path]
            or not there.issuperset(files_of(path, kept))
            or any(_STORIES + name not in wanted for name in kept.links)
        )

    stale = [path for path in wanted if force or is_stale(path)]
    return sorted(stale, key=lambda path: not path.startswith(_STORIES))


def _refuse_foreign(folder: Path, anew: list[str], before: Manifest, there: set[str]) -> None:
    for path in anew:
        if path not in before.documents and name_of(path) in there:
            raise UsageError(
                f"{folder / name_of(path)} is not ours to overwrite; build into a folder of its own"
            )


def _make(site: Site, path: str, version: str, stories: set[str], before: Kept) -> _Made:
    try:
        if not path.startswith(_STORIES):
            document, links = site.document(path), []
        else:
            page = site.story_page(path.removeprefix(_STORIES), stories)
            document, links = page or (None, [])
    except Refused:  # not valid (B7.15); its alarm was given
        return _Made(path, replace(before, version=""), failed=True)
    except Exception as wrong:  # noqa: BLE001 - one document that cannot be made spares the others
        log.error("cannot render; the last good one stays", path=path, error=repr(wrong))
        return _Made(path, replace(before, version=""), failed=True)
    files = () if document is None else tuple(sorted(_files(document)))
    return _Made(path, Kept(version, files, tuple(links)), document)


def _files(document: Document) -> dict[str, bytes]:
    """What the names of its files end in → their bytes."""
    coded = {ENDINGS[coding]: body for coding, body in document.coded.items()}
    return {**coded, "": document.rendering.body}


def _write(folder: Path, one: _Made, before: Manifest) -> bool:
    """Put a document and its twins in place, unless they are there."""
    if one.document is None:
        return False
    files = _files(one.document)
    target = folder / name_of(one.path)
    known = before.documents.get(one.path, Kept()).files
    if set(known) >= files.keys() and all(
        (twin := Path(f"{target}{ending}")).exists() and twin.read_bytes() == body
        for ending, body in files.items()
    ):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    ready: dict[Path, Path] = {}
    try:
        for ending, body in files.items():
            ready[Path(f"{target}{ending}")] = _beside(target, body, one.document.modified_at)
        for place, new in ready.items():  # all at once, as far as a disk knows the word
            new.replace(place)
    except BaseException:
        for new in ready.values():
            new.unlink(missing_ok=True)
        raise
    return True


def _put(target: Path, body: bytes, modified_at: dt.datetime | None) -> None:
    """Put these bytes in place; whoever reads sees the old or the new ones."""
    _beside(target, body, modified_at).replace(target)


def _beside(target: Path, body: bytes, modified_at: dt.datetime | None) -> Path:
    """A new file on the disk, to be renamed."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=_NEW)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        if modified_at is not None:
            os.utime(name, (modified_at.timestamp(), modified_at.timestamp()))
    except BaseException:
        Path(name).unlink()
        raise
    return Path(name)


def _remove(folder: Path, name: str) -> None:
    target = (folder / name).resolve()
    if target.is_relative_to(folder.resolve()) and target.is_file():
        target.unlink()


def _write_redirects(site: Site, folder: Path) -> None:
    rules = nginx.rules(site.base(), site.renamed(), site.removed())
    target = folder / nginx.NAME
    if not target.exists() or target.read_text("utf-8") != rules:
        _put(target, rules.encode(), None)
