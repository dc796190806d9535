"""What a folder holds of the site, and from what it was made: so that a build looks at what
changed, and at nothing else.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from ..pipeline.documents import CODINGS

NAME: Final = ".aggregator-site"

_FORM: Final = 2  # of the manifest; what is written in another is made anew


@dataclass(frozen=True, slots=True)
class Kept:
    """A document in the folder."""

    version: str = ""  # what it was made from; "": it has to be made anew
    files: tuple[str, ...] = ()  # what their names end in: "" for its bytes, ".gz" and ".br"
    links: tuple[str, ...] = ()  # of a story: the names of the pages of others it links to


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in the folder."""

    documents: dict[str, Kept] = field(default_factory=dict)  # by path
    told: dict[str, list[str]] = field(default_factory=dict)  # topic → names of its stories' pages

    def begun(self, made_anew: Iterable[str], told: dict[str, list[str]]) -> "Manifest":
        """As it stands when these paths are to be made: killed now, another build makes them."""
        anew = {path: replace(self.documents.get(path, Kept()), version="") for path in made_anew}
        return Manifest({**self.documents, **anew}, told)

    def encoded(self) -> bytes:
        """As it is written down."""
        documents = {
            path: [one.version, one.files, one.links] for path, one in self.documents.items()
        }
        written = {"form": _FORM, "documents": documents, "told": self.told}
        return json.dumps(written, separators=(",", ":")).encode()


def decoded(text: str) -> Manifest:
    """What was written down. Of one that cannot be read nothing is known but, of one of an earlier
    version, which files are ours.
    """
    try:
        written: Any = json.loads(text)
        if written["form"] != _FORM:
            return Manifest()
        documents = {
            path: Kept(version, tuple(files), tuple(links))
            for path, (version, files, links) in written["documents"].items()
        }
        return Manifest(documents, {key: list(names) for key, names in written["told"].items()})
    except (ValueError, KeyError, TypeError, AttributeError):
        names = text.splitlines() if not text.startswith("{") else []
        return Manifest({path_of(name): Kept(files=("",)) for name in names})


def name_of(path: str) -> str:
    """The file of a document: pages get an ending.

    >>> name_of(""), name_of("topics/isis"), name_of("topics/isis.atom")
    ('index.html', 'topics/isis.html', 'topics/isis.atom')
    """
    if not path:
        return "index.html"
    return path if "." in path.rpartition("/")[2] else f"{path}.html"


def path_of(name: str) -> str:
    """The document of a file."""
    return "" if name == "index.html" else name.removesuffix(".html")


def files_of(path: str, kept: Kept) -> list[str]:
    """The files of a document."""
    name = name_of(path)
    return [name + ending for ending in kept.files]


def listed(folder: Path) -> set[str]:
    """The name of every file below a folder, without a look into any of them."""
    found: set[str] = set()
    folders = [(str(folder), "")]
    while folders:
        at, before = folders.pop()
        with os.scandir(at) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append((entry.path, f"{before}{entry.name}/"))
                else:
                    found.add(before + entry.name)
    return found


ENDINGS: Final = {coding: f".{ending}" for coding, ending in CODINGS.items()}
