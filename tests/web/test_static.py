"""The site as files."""

import os
import pathlib

import pytest

from aggregator.errors import UsageError
from aggregator.pipeline.site import Site
from aggregator.store import SqlStore
from aggregator.web.static import Built, write_site
from tests.pipeline.helpers import World
from tests.pipeline.test_poll import items
from tests.values import setup, topic


@pytest.fixture
def world(sqlite_store: SqlStore) -> World:
    made = World(sqlite_store, setup())
    made.serve("a", items(1))
    made.poll_due()
    made.forward(hours=2)
    return made


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


def test_a_build_goes_on_where_another_was_killed(world: World, tmp_path: pathlib.Path) -> None:
    class Killed(BaseException):
        pass

    def kill(path: str) -> None:
        if path == "topics/isis":
            raise Killed

    with pytest.raises(Killed):
        write_site(world.site(), tmp_path, kill)
    built = write_site(world.site(), tmp_path)

    assert built.written > 0
    assert built.unchanged > 0


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
    with (folder / ".aggregator-site").open("a") as manifest:
        manifest.write("../precious.txt\n/etc/hostname\n")

    write_site(world.site(), folder)

    assert outside.exists()
