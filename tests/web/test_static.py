"""The site as files."""

import gzip
import json
import os
import pathlib
import re
import subprocess
import sys
import time
from collections.abc import Container, Iterable
from dataclasses import replace

import brotli
import pytest

from aggregator.errors import UsageError
from aggregator.model import Rendering, TopicFeed
from aggregator.pipeline import catalogue
from aggregator.pipeline.documents import Document
from aggregator.pipeline.site import Site
from aggregator.publish.atom import render_atom
from aggregator.store import SqlStore
from aggregator.web import static
from aggregator.web.manifest import Kept, Manifest
from aggregator.web.static import Built, _to_be_made, write_site
from tests.pipeline.helpers import World
from tests.pipeline.test_poll import items
from tests.publish.helpers import feed, story
from tests.values import article, setup, source, topic


@pytest.fixture
def world(sqlite_store: SqlStore) -> World:
    made = World(sqlite_store, setup())
    made.serve("a", items(1))
    made.poll_due()
    made.forward(hours=2)
    return made


def contents(folder: pathlib.Path) -> dict[str, bytes]:
    """Every file of the site."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".aggregator-site" and "one.db" not in path.name
    }


def test_every_document_is_a_file_of_the_same_bytes(world: World, tmp_path: pathlib.Path) -> None:
    site = world.site()

    built = write_site(site, tmp_path / "site")

    assert built == Built(written=len(list(site.paths())), unchanged=0, removed=0)
    for path, name in {
        "": "index.html",
        "topics/isis": "topics/isis.html",
        "topics/isis.atom": "topics/isis.atom",
    }.items():
        document = site.document(path)
        assert document is not None
        assert (tmp_path / "site" / name).read_bytes() == document.rendering.body


def test_a_second_build_writes_nothing(world: World, tmp_path: pathlib.Path) -> None:
    write_site(world.site(), tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}

    built = write_site(world.site(), tmp_path)

    assert built.written == built.removed == 0
    assert before == {
        path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()
    }


def test_only_what_changed_is_written(world: World, tmp_path: pathlib.Path) -> None:
    write_site(world.site(), tmp_path)
    story = (tmp_path / "topics/story.atom").stat().st_mtime_ns
    world.forward(days=1)
    world.serve("a", items(1, 2))
    world.poll_due()
    world.forward(seconds=5)

    write_site(world.site(), tmp_path)

    assert (tmp_path / "topics/story.atom").stat().st_mtime_ns == story
    assert (tmp_path / "topics/isis.atom").read_bytes().count(b"<entry>") == 2


def test_files_of_a_topic_that_is_no_more_go_and_files_of_others_stay(
    world: World, tmp_path: pathlib.Path
) -> None:
    write_site(world.site(), tmp_path)
    (tmp_path / "robots.txt").write_text("mine")
    without = setup(topics=[topic("isis", "isis OR daesh")])
    site = Site(world.store, lambda: without, lambda: "x", world.clock)

    built = write_site(site, tmp_path)

    assert built.removed == 5
    assert not (tmp_path / "topics/story.atom").exists()
    assert (tmp_path / "robots.txt").read_text() == "mine"


def test_a_file_of_somebody_else_is_not_overwritten(world: World, tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "www"
    folder.mkdir()
    (folder / "index.html").write_text("mine")

    with pytest.raises(UsageError, match=r"index\.html is not ours to overwrite; build into"):
        write_site(world.site(), folder)

    assert [path.name for path in folder.iterdir()] == ["index.html"]


def test_b7_15_a_build_goes_on_where_another_was_killed(
    world: World, tmp_path: pathlib.Path
) -> None:
    class Killed(BaseException):
        pass

    def kill(what: str, done: int, of: int) -> None:
        if what == "building" and done == of // 2:
            (tmp_path / "topics/.new-half").write_text("hal")
            raise Killed

    with pytest.raises(Killed):
        write_site(world.site(), tmp_path, kill)
    write_site(world.site(), tmp_path)

    assert not list(tmp_path.rglob(".new-*"))
    completed, again = contents(tmp_path), tmp_path / "again"
    write_site(world.site(), again)
    assert contents(again) == completed


def test_a_file_is_as_old_as_its_bytes(world: World, tmp_path: pathlib.Path) -> None:
    write_site(world.site(), tmp_path)
    document = world.site().document("topics/isis.atom")

    assert document is not None
    assert document.modified_at is not None
    assert (tmp_path / "topics/isis.atom").stat().st_mtime == document.modified_at.timestamp()


def test_no_half_written_file_is_left_when_writing_fails(
    world: World, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(UsageError, match=r"cannot write to .*: No space left on device"):
        write_site(world.site(), tmp_path / "site")

    assert [path for path in (tmp_path / "site").rglob("*") if path.is_file()] == []


def test_a_manifest_that_was_tampered_with_removes_nothing_outside(
    world: World, tmp_path: pathlib.Path
) -> None:
    outside = tmp_path / "precious.txt"
    outside.write_text("keep")
    folder = tmp_path / "site"
    write_site(world.site(), folder)
    manifest = folder / ".aggregator-site"
    noted = json.loads(manifest.read_text())
    noted["documents"]["../precious.txt"] = ["", [""], []]
    noted["documents"]["/etc/hostname"] = ["", [""], []]
    manifest.write_text(json.dumps(noted))

    write_site(world.site(), folder)

    assert outside.exists()
    assert pathlib.Path("/etc/hostname").exists()


@pytest.mark.parametrize("written", [b"[]", b'{"form":2,"documents":[],"told":{}}', b"\xff\xfe"])
def test_of_a_manifest_that_cannot_be_read_nothing_is_believed(
    world: World, tmp_path: pathlib.Path, written: bytes
) -> None:
    write_site(world.site(), tmp_path)
    (tmp_path / ".aggregator-site").write_bytes(written)

    with pytest.raises(UsageError, match="not ours to overwrite"):
        write_site(world.site(), tmp_path)


def test_the_manifest_of_an_earlier_version_says_which_files_are_ours(
    world: World, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "topics").mkdir()
    for name in ("index.html", "topics/gone.atom"):
        (tmp_path / name).write_text("old")
    (tmp_path / ".aggregator-site").write_text("index.html\ntopics/gone.atom\n")

    built = write_site(world.site(), tmp_path)

    assert built.removed == 1
    assert not (tmp_path / "topics/gone.atom").exists()
    assert (tmp_path / "index.html").read_bytes().startswith(b"<!doctype html>")


def test_b7_9_compressed_twins_are_the_bytes_that_the_server_gives(
    world: World, tmp_path: pathlib.Path
) -> None:
    write_site(world.site(), tmp_path)
    document = world.site().document("topics/isis.atom")

    assert document is not None
    assert (tmp_path / "topics/isis.atom.br").read_bytes() == document.coded["br"]
    assert (tmp_path / "topics/isis.atom.gz").read_bytes() == document.coded["gzip"]
    for twin in [*tmp_path.rglob("*.gz"), *tmp_path.rglob("*.br")]:
        plain = twin.with_suffix("").read_bytes()
        unpack = gzip.decompress if twin.suffix == ".gz" else brotli.decompress
        assert unpack(twin.read_bytes()) == plain
        assert len(plain) >= 512


def made(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that this site is asked for from here on, and the stories it looks at."""
    asked: list[str] = []
    plain, story, versions = site.document, site.story_page, site.story_versions

    def document(path: str) -> Document | None:
        asked.append(path)
        return plain(path)

    def story_page(name: str, there: Container[str]) -> tuple[Document, list[str]] | None:
        asked.append(f"stories/{name}")
        return story(name, there)

    def story_versions(names: Iterable[str]) -> dict[str, str]:
        asked.extend(f"look at {name}" for name in names)
        return versions(names)

    monkeypatch.setattr(site, "document", document)
    monkeypatch.setattr(site, "story_page", story_page)
    monkeypatch.setattr(site, "story_versions", story_versions)
    return asked


def test_what_has_not_changed_is_neither_made_nor_looked_at(
    world: World, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_site(world.site(), tmp_path)
    site = world.site()  # of another process
    asked = made(site, monkeypatch)
    monkeypatch.setattr(site, "told", None)

    write_site(site, tmp_path)

    assert asked == []


def test_of_stories_only_those_are_looked_at_whose_topic_changed(
    world: World, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_site(world.site(), tmp_path)
    world.forward(days=1)
    world.serve("a", items(1, 2))
    world.poll_due()
    world.forward(seconds=5)
    site = world.site()
    told, asked = site.told("isis"), made(site, monkeypatch)
    assert len(told) == 2

    write_site(site, tmp_path)

    assert {one.removeprefix("look at ") for one in asked if one.startswith("look at")} == {*told}
    rendered = [one for one in asked if one.startswith("stories/")]
    assert rendered == [f"stories/{told[0]}"]  # the new one; the other is as it was
    assert "topics/story.atom" not in asked


def test_a_file_that_is_missing_is_written_again_and_a_spoilt_one_when_forced(
    world: World, tmp_path: pathlib.Path
) -> None:
    write_site(world.site(), tmp_path)
    good = contents(tmp_path)
    (tmp_path / "topics/isis.atom.br").unlink()
    (tmp_path / "topics/isis.rss").write_text("spoilt")

    write_site(world.site(), tmp_path)
    assert (tmp_path / "topics/isis.atom.br").exists()
    assert (tmp_path / "topics/isis.rss").read_text() == "spoilt"

    built = write_site(world.site(), tmp_path, force=True)
    assert built.written == 1
    assert contents(tmp_path) == good


def test_another_program_makes_everything_anew_and_leaves_alone_what_is_the_same(
    world: World, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_site(world.site(), tmp_path, maker="1")
    site = world.site()
    asked = made(site, monkeypatch)

    built = write_site(site, tmp_path, maker="2")

    assert built.written == 0
    assert {"", "topics/isis.atom"} <= set(asked)


def test_b7_15_b7_16_a_document_that_cannot_be_made_stays_as_it_was_and_spares_the_others(
    world: World, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_site(world.site(), tmp_path)
    good = (tmp_path / "topics/isis.rss").read_bytes()
    world.forward(days=1)
    world.serve("a", items(1, 2))
    world.poll_due()
    world.forward(seconds=5)

    def broken(_feed: object) -> Rendering:
        raise ValueError("not valid")

    with monkeypatch.context() as patch:
        patch.setattr(catalogue, "FORMATS", {**catalogue.FORMATS, ".rss": broken})
        built = write_site(world.site(), tmp_path)

    assert built.failed == 3  # those of everything and of health, too
    assert (tmp_path / "topics/isis.rss").read_bytes() == good
    assert (tmp_path / "topics/isis.atom").read_bytes().count(b"<entry>") == 2
    assert write_site(world.site(), tmp_path).written == 2


def test_a_page_that_links_to_one_that_goes_is_made_anew() -> None:
    kept = {
        "stories/a": Kept("1", ("",), ("b",)),
        "stories/b": Kept("1", ("",)),
        "stories/c": Kept("1", ("",)),
    }
    there = {"stories/a.html", "stories/b.html", "stories/c.html"}

    wanted = {"stories/a": "1", "stories/c": "1"}

    assert _to_be_made(wanted, Manifest(kept), there, force=False) == ["stories/a"]


def test_twins_go_when_a_document_has_become_too_small_for_them(
    world: World, tmp_path: pathlib.Path
) -> None:
    many = setup(sources=[source(f"source-{number}") for number in range(9)])
    write_site(Site(world.store, lambda: many, lambda: "x", world.clock), tmp_path)
    assert (tmp_path / "sources.opml.gz").exists()
    few = setup(sources=[])

    write_site(Site(world.store, lambda: few, lambda: "x", world.clock), tmp_path)

    assert (tmp_path / "sources.opml").exists()
    assert not (tmp_path / "sources.opml.gz").exists()


def test_b7_15_what_a_killed_build_was_to_take_away_goes_with_the_next(
    world: World, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(static, "_SAVE_EVERY", 1)

    def stop(what: str, done: int, of: int) -> None:
        if (what, done) == ("building", of):
            raise KeyboardInterrupt

    many = setup(sources=[source(f"source-{number}") for number in range(9)])
    write_site(Site(world.store, lambda: many, lambda: "x", world.clock), tmp_path)
    few = Site(world.store, lambda: setup(sources=[]), lambda: "x", world.clock)
    with pytest.raises(KeyboardInterrupt):
        write_site(few, tmp_path, stop)
    assert (tmp_path / "sources.opml.gz").exists()

    write_site(few, tmp_path)

    assert not (tmp_path / "sources.opml.gz").exists()


def test_b7_13_nginx_is_told_of_topics_that_were_renamed_or_removed(
    world: World, tmp_path: pathlib.Path
) -> None:
    current = setup(topics=[topic("islamic-state", "isis", was=("isis",))])
    site = Site(world.store, lambda: current, lambda: "x", world.clock)

    write_site(site, tmp_path)

    rules = (tmp_path / ".aggregator-nginx.conf").read_text()
    assert "return 308 /topics/islamic-state$1;" in rules
    assert re.search(r'"\^/topics/story\(.*return 410;', rules)


def test_b7_15_a_document_that_is_refused_leaves_its_file_and_the_others_go_on(
    world: World, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_site(world.site(), tmp_path)
    good = (tmp_path / "topics/isis.atom").read_bytes()

    def broken(feed: TopicFeed) -> Rendering:
        return replace(render_atom(feed), body=b"nonsense")

    monkeypatch.setattr(catalogue, "FORMATS", {**catalogue.FORMATS, ".atom": broken})
    world.forward(days=1)
    world.serve("a", items(1, 2))
    world.poll_due()
    world.forward(seconds=5)
    built = write_site(world.site(), tmp_path)

    assert (built.failed, built.removed) == (3, 0)  # of the topic, of all, of health
    assert (tmp_path / "topics/isis.atom").read_bytes() == good
    assert (tmp_path / "topics/isis.rss").read_bytes().count(b"<item>") == 2


_FOR_EVER = """
import itertools, pathlib, sys
from aggregator.model import Rendering
from aggregator.pipeline.documents import ready
from aggregator.web.static import write_site

class Site:
    def plain_paths(self):
        return ["topics/isis.atom"]

    def version(self, path):
        return str(next(numbers))

    def topics(self):
        return ()

    def story_versions(self, names):
        return {}

    def base(self):
        return "/"

    def renamed(self):
        return {}

    def removed(self):
        return set()

    def document(self, path):
        return ready(Rendering(path, "application/atom+xml", next(bodies)))

numbers = itertools.count()
bodies = itertools.cycle(pathlib.Path(name).read_bytes() for name in sys.argv[2:])
print("begun", flush=True)
while True:
    write_site(Site(), pathlib.Path(sys.argv[1]))
"""


def test_b7_15_whoever_reads_while_it_writes_and_is_killed_sees_a_whole_document(
    tmp_path: pathlib.Path,
) -> None:
    whole = [render_atom(feed(*(story(article("a", n)) for n in range(most)))) for most in (80, 90)]
    names = [tmp_path / name for name in ("one", "other")]
    for name, rendering in zip(names, whole, strict=True):
        name.write_bytes(rendering.body)
    target = tmp_path / "site/topics/isis.atom"
    writer = subprocess.Popen(
        [sys.executable, "-c", _FOR_EVER, tmp_path / "site", *names], stdout=subprocess.PIPE
    )
    seen: set[bytes] = set()
    try:
        assert writer.stdout is not None
        writer.stdout.readline()
        until = time.monotonic() + 10
        while len(seen) < 2 and time.monotonic() < until:
            if target.exists():
                seen.add(target.read_bytes())
    finally:
        writer.kill()  # in the middle of whatever it does
        writer.communicate()

    assert seen == {rendering.body for rendering in whole}
    assert target.read_bytes() in seen
