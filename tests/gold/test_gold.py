"""Published documents, byte for byte.

When a change means to change them: GOLD=write uv run pytest tests/gold -n0, and read the diff.
"""

import os
import pathlib
from dataclasses import replace

import pytest

from aggregator.store import SqlStore
from tests.pipeline.helpers import World
from tests.values import NOON, SITE, setup, source, topic

HERE = pathlib.Path(__file__).parent
EXPECTED = HERE / "expected"


@pytest.fixture
def world(sqlite_store: SqlStore) -> World:
    """Three outlets, polled once; one of them tells a story the first one told before."""
    sources = [
        source("harbour", url="https://harbour.example/rss", title=None, content="full", licence="CC-BY-4.0"),
        source("meridian", url="https://meridian.example/feed.atom", title=None),
        source("ledger", url="https://ledger.example/feed.json", title="The Ledger, Oslo"),
    ]  # fmt: skip
    topics = [
        topic("storms", "storm* OR عاصفة", title="Storms & gales", description="Wind, waves"),
        topic("calm", 'quiet OR "nothing moved"', was=("silence",)),
    ]
    site = replace(SITE, description="An <example> of a wire")
    world = World(sqlite_store, setup(sources, topics, site=site))
    world.serve("harbour", (HERE / "origin/harbour.rss").read_bytes())
    world.poll_due()
    for key, name in (("meridian", "meridian.atom"), ("ledger", "ledger.json")):
        world.serve(key, (HERE / "origin" / name).read_bytes())
    world.forward(days=1)
    world.poll_due()
    return world


def published(world: World) -> dict[str, bytes]:
    return {
        rendering.path: rendering.body
        for path in world.site().paths()
        if not path.startswith("assets/")
        for rendering in [world.render(path)]
    }


def test_every_document_is_published_byte_for_byte_as_agreed(world: World) -> None:
    now = published(world)
    names = {path: (path or "index") + ("" if "." in path else ".html") for path in now}
    if os.environ.get("GOLD") == "write":
        for old in EXPECTED.rglob("*.*"):
            old.unlink()
        for path, body in now.items():
            target = EXPECTED / names[path]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(body)

    agreed = {p.relative_to(EXPECTED).as_posix() for p in EXPECTED.rglob("*.*")}
    assert agreed == set(names.values())
    for path, body in now.items():
        assert body == (EXPECTED / names[path]).read_bytes(), f"{path} differs from {names[path]}"


def test_another_store_with_the_same_stories_gives_the_same_bytes(
    world: World, store: SqlStore
) -> None:
    harbour = world.setup.sources["harbour"].url
    other = World(store, world.setup, NOON)
    other.pages = {harbour: world.pages[harbour]}
    other.poll_due()
    other.pages, other.moment = world.pages, world.moment
    other.poll_due()

    assert published(other) == published(world)
