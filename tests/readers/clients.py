"""Feed readers that people use, as a test uses them: subscribe, update, look."""

import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

import feedparser_sgmllib
import pytest

# `reader` has a feedparser of its own, which asks for this by the name of an older package.
sys.modules.setdefault("sgmllib", feedparser_sgmllib)

from reader import make_reader  # noqa: E402 - as above


@dataclass(frozen=True)
class Seen:
    """What a reader shows: every entry it has, and how many are marked as new."""

    ids: tuple[str, ...]
    titles: tuple[str, ...]
    unread: int


class Client(Protocol):
    """A feed reader with one subscription."""

    name: str

    def update(self) -> None: ...
    def seen(self) -> Seen: ...
    def read_all(self) -> None: ...


class Newsboat:
    """Debian's newsboat, run once for each update; what it shows stands in its cache."""

    name = "newsboat"

    def __init__(self, folder: pathlib.Path, url: str) -> None:
        self.folder, self.program = folder, newsboat()
        (folder / "urls").write_text(f"{url}\n")
        (folder / "config").write_text("download-timeout 5\ndownload-retries 1\n")

    def update(self) -> None:
        files = ["-u", "urls", "-c", "cache.db", "-C", "config", "-x", "reload"]
        environment = {**os.environ, "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        subprocess.run(
            [self.program, *files],
            cwd=self.folder, env=environment, check=True, timeout=20, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def seen(self) -> Seen:
        with closing(sqlite3.connect(self.folder / "cache.db")) as cache:
            rows = cache.execute(
                "SELECT guid, title, unread FROM rss_item WHERE deleted = 0 ORDER BY guid"
            ).fetchall()
        ids, titles, unread = zip(*rows, strict=True)
        return Seen(ids, titles, sum(unread))

    def read_all(self) -> None:
        with closing(sqlite3.connect(self.folder / "cache.db")) as cache:
            cache.execute("UPDATE rss_item SET unread = 0")
            cache.commit()


def newsboat() -> str:
    """The program; without it a test is skipped, and fails in CI."""
    if (found := shutil.which("newsboat")) is not None:
        return found
    if os.environ.get("CI"):
        pytest.fail("CI has no newsboat: what it shows was not looked at")
    pytest.skip("no newsboat: install Debian's `newsboat`")


class Reader:
    """`reader` from PyPI, in this process."""

    name = "reader"

    def __init__(self, folder: pathlib.Path, url: str) -> None:
        self.reader = make_reader(str(folder / "reader.db"))
        self.url = url
        self.reader.add_feed(url)

    def update(self) -> None:
        self.reader.update_feed(self.url)

    def seen(self) -> Seen:
        entries = sorted(self.reader.get_entries(), key=lambda entry: entry.id)
        return Seen(
            tuple(entry.id for entry in entries),
            tuple(entry.title or "" for entry in entries),
            sum(not entry.read for entry in entries),
        )

    def read_all(self) -> None:
        for entry in self.reader.get_entries():
            self.reader.mark_entry_as_read(entry)

    def close(self) -> None:
        self.reader.close()
