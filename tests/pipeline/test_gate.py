"""The gate (B7.15): what is not valid never takes the place of what was."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from aggregator.model import Rendering, TopicFeed
from aggregator.pipeline import catalogue, gate
from aggregator.pipeline import search as search_module
from aggregator.pipeline.gate import LeftOut, Refused, passed
from aggregator.pipeline.search import Search
from aggregator.pipeline.site import Site
from aggregator.publish import pages
from aggregator.publish.atom import render_atom
from aggregator.publish.valid import xml
from aggregator.store import SqlStore
from tests.pipeline.helpers import World
from tests.pipeline.test_poll import items
from tests.publish.helpers import faults, feed, story
from tests.values import article, setup

ATOM = "topics/isis.atom"


class Broken:
    """A renderer that goes wrong when it is told to, and what the alarm was told."""

    def __init__(self, render: Callable[[TopicFeed], Rendering] = render_atom) -> None:
        self.render, self.rendered = render, 0
        self.breaks: Callable[[TopicFeed], bool] = lambda feed: False
        self.alarms: list[tuple[str, Exception]] = []

    def __call__(self, feed: TopicFeed) -> Rendering:
        self.rendered += 1
        good = self.render(feed)
        if not self.breaks(feed):
            return good
        return replace(good, body=good.body.replace(b"</title>", b"</titel>", 1))

    def alarm(self, path: str, wrong: Exception) -> None:
        self.alarms.append((path, wrong))

    def at(self, *numbers: int) -> None:
        """Go wrong for entries of these numbers."""
        self.breaks = lambda feed: any(
            f"/{number}" in (entry.url or "") for entry in feed.entries for number in numbers
        )


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Broken:
    made = Broken()
    monkeypatch.setattr(catalogue, "FORMATS", {**catalogue.FORMATS, ".atom": made})
    monkeypatch.setattr(search_module, "_RENDERERS", {"atom": made})
    return made


@pytest.fixture
def world(sqlite_store: SqlStore) -> World:
    made = World(sqlite_store, setup())
    made.serve("a", items(1, 2, 3, 4))
    made.poll_due()
    made.forward(hours=2)
    return made


def more(world: World, *numbers: int) -> None:
    world.serve("a", items(*numbers))
    world.forward(days=1)
    world.poll_due()
    world.forward(seconds=5)


def site_of(world: World, broken: Broken) -> Site:
    return Site(world.store, lambda: world.setup, lambda: "x", world.clock, broken.alarm)


def body(site: Site, path: str = ATOM) -> bytes:
    document = site.document(path)
    assert document is not None
    return document.rendering.body


def test_b7_15_a_broken_renderer_leaves_the_last_good_document_and_everything_else(
    world: World, broken: Broken
) -> None:
    site = site_of(world, broken)
    good = site.document(ATOM)
    broken.breaks = lambda feed: True
    more(world, 1, 2, 3, 4, 5)

    assert site.document(ATOM) is good
    assert b"/5" in body(site, "topics/isis.rss")
    ((path, wrong),) = broken.alarms
    assert path == ATOM
    assert isinstance(wrong, Refused)
    assert "not well-formed" in str(wrong)


def test_b7_15_what_was_refused_is_not_tried_again_before_something_changes(
    world: World, broken: Broken
) -> None:
    site = site_of(world, broken)
    site.document(ATOM)
    broken.breaks = lambda feed: True
    more(world, 1, 2, 3, 4, 5)
    site.document(ATOM)
    tried = broken.rendered

    for _ in range(5):
        world.forward(seconds=1)
        site.document(ATOM)
    assert (broken.rendered, len(broken.alarms)) == (tried, 1)

    broken.breaks = lambda feed: False
    more(world, 1, 2, 3, 4, 5, 6)
    assert body(site).count(b"<entry") == 6


@pytest.mark.parametrize("is_first", [True, False])
def test_b7_15_one_bad_entry_is_left_out_and_never_stops_the_others(
    world: World, broken: Broken, is_first: bool
) -> None:
    site = site_of(world, broken)
    if not is_first:
        site.document(ATOM)
    broken.at(5)
    more(world, 1, 2, 3, 4, 5)

    shown = body(site)

    assert shown.count(b"<entry") == 4
    assert b"/5" not in shown
    ((path, wrong),) = broken.alarms
    assert (path, type(wrong)) == (ATOM, LeftOut)
    assert "tag:" in str(wrong)


def test_b7_15_an_entry_that_makes_the_renderer_raise_is_left_out_too() -> None:
    def render(feed: TopicFeed) -> Rendering:
        if any(entry.title == "Title of story 2" for entry in feed.entries):
            raise ValueError("no such thing")
        return render_atom(feed)

    told = Broken()
    rendering = passed(feed(*(story(article("a", n)) for n in range(4))), render, told.alarm)

    assert rendering.body.count(b"<entry") == 3
    assert "no such thing" in str(told.alarms[0][1])


def test_b7_15_of_entries_too_long_together_the_longest_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(xml, "LONGEST", 60_000)
    monkeypatch.setattr(gate, "LONGEST", 60_000)
    said = "https://a.example/" + "&" * 1500  # each is five bytes in XML
    long = [story(article("b", n, url=said, comments=f"{said}{n}")) for n in range(8)]
    told = Broken()

    whole = feed(*long, *(story(article("a", n)) for n in range(8)))
    rendering = passed(whole, render_atom, told.alarm)

    assert len(rendering.body) <= 60_000
    assert all(f">Title of story {n}<".encode() in rendering.body for n in range(8))
    assert 0 < len(told.alarms) < 8
    assert "too long" in str(told.alarms[0][1])


def test_b7_15_where_most_fail_the_last_good_document_stays(world: World, broken: Broken) -> None:
    site = site_of(world, broken)
    good = site.document(ATOM)
    broken.at(1, 2, 3)
    more(world, 1, 2, 3, 4, 5)

    assert site.document(ATOM) is good
    assert [type(wrong) for _, wrong in broken.alarms] == [Refused]


def test_b7_15_without_a_last_good_one_whatever_is_valid_is_published(
    world: World, broken: Broken
) -> None:
    broken.at(1, 2, 3)

    assert body(site_of(world, broken)).count(b"<entry") == 1
    assert [type(wrong) for _, wrong in broken.alarms] == [LeftOut] * 3


def test_b7_15_where_nothing_helps_there_is_no_document(world: World, broken: Broken) -> None:
    broken.breaks = lambda feed: True
    site = site_of(world, broken)

    for _ in range(2):
        with pytest.raises(Refused):
            site.document(ATOM)
    assert len(broken.alarms) == 1
    assert b"<item>" in body(site, "topics/isis.rss")


def test_b7_15_a_search_passes_the_gate_too(world: World, broken: Broken) -> None:
    broken.at(2)

    found = Search(world.store, lambda: world.setup, alarm=broken.alarm).feed("daesh OR isis")

    assert faults(found.rendering) == []
    assert found.rendering.body.count(b"<entry") == 3
    assert [path for path, _ in broken.alarms] == ["search.atom"]


def test_b7_15_a_bad_page_is_refused(
    world: World, broken: Broken, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = site_of(world, broken)
    good = site.document("sources")
    page = pages.render_sources_page

    def render(*args: object) -> Rendering:
        made = page(*args)  # type: ignore[arg-type]
        return replace(made, body=made.body.replace(b"<main", b"<script>1</script><main"))

    monkeypatch.setattr(pages, "render_sources_page", render)
    more(world, 1, 2, 3, 4, 5)

    assert site.document("sources") is good
    assert [path for path, _ in broken.alarms] == ["sources"]
