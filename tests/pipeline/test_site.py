"""The published site: rendered when something changed, and only then."""

import datetime as dt
import gzip
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

from aggregator.model import Rendering
from aggregator.pipeline import catalogue
from aggregator.pipeline.setup import Setup
from aggregator.pipeline.site import Site
from aggregator.store import SqlStore
from tests.pipeline.helpers import World
from tests.pipeline.test_poll import items
from tests.values import setup, source, topic


@pytest.fixture
def at(store: SqlStore) -> World:
    world = World(store, setup())
    world.serve("a", items(1))
    world.poll_due()
    world.forward(hours=2)
    return world


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths rendered from here on."""
    rendered: list[str] = []

    def wrap(render: Callable[..., Rendering]) -> Callable[..., Rendering]:
        def wrapped(*args: object) -> Rendering:
            rendering = render(*args)
            rendered.append(rendering.path)
            return rendering

        return wrapped

    formats = {ending: wrap(render) for ending, render in catalogue.FORMATS.items()}
    monkeypatch.setattr(catalogue, "FORMATS", formats)
    return rendered


def test_every_path_it_names_has_a_document(at: World) -> None:
    site = at.site()

    paths = list(site.paths())

    assert {"", "sources", "about", "all.atom", "topics/isis", "topics/isis.atom", "topics/isis.rss",
            "topics/isis.json", "sources.opml", "topics.opml"} <= set(paths)  # fmt: skip
    for path in paths:
        document = site.document(path)
        assert document is not None
        assert document.rendering.body


@pytest.mark.parametrize(
    "path", ["nothing", "topics/other.atom", "topics/isis.xml", "all", "../etc/passwd", "topics/"]
)
def test_other_paths_have_none(at: World, path: str) -> None:
    assert at.site().document(path) is None


def test_a_document_is_rendered_once_until_its_topic_changes(
    at: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered = counted(monkeypatch)
    site = at.site()
    site.document("topics/isis.atom")
    at.forward(seconds=10)
    site.document("topics/isis.atom")
    assert rendered == ["topics/isis.atom"]

    at.serve("a", items(1, 2))
    at.forward(days=1)
    at.poll_due()
    at.forward(seconds=10)
    site.document("topics/isis.atom")
    assert rendered == ["topics/isis.atom", "topics/isis.atom"]


def test_law_5_another_process_renders_the_same_bytes_at_another_time(at: World) -> None:
    first = at.site().document("topics/isis.atom")
    at.forward(days=40)
    second = at.site().document("topics/isis.atom")

    assert first is not None
    assert second is not None
    assert first.rendering.body == second.rendering.body
    assert (first.etag, first.modified_at) == (second.etag, second.modified_at)


def test_what_another_process_polled_is_shown_within_a_second(at: World) -> None:
    other = at.site()
    before = other.document("topics/isis.atom")
    at.serve("a", items(1, 2))
    at.forward(days=1)
    at.poll_due()

    at.forward(seconds=1)
    after = other.document("topics/isis.atom")

    assert before is not None
    assert after is not None
    assert after.rendering.body.count(b"<entry>") == 2


def test_b7_16_when_the_database_is_away_the_last_good_document_is_given(
    at: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarms: list[str] = []
    site = Site(
        at.store, lambda: at.setup, lambda: "x", at.clock, lambda path, _: alarms.append(path)
    )
    good = site.document("topics/isis.atom")
    at.forward(minutes=1)

    def away() -> None:
        raise OSError("the disk has gone")

    monkeypatch.setattr(at.store, "reading", away)

    assert site.document("topics/isis.atom") == good
    assert alarms == ["topics/isis.atom"]
    with pytest.raises(OSError, match="gone"):
        site.document("topics/story.atom")


def test_an_edited_feeds_yaml_changes_what_is_shown_at_once(at: World) -> None:
    current: list[Setup] = [at.setup]
    site = Site(at.store, lambda: current[0], lambda: "x", at.clock)
    assert b"<title>ISIS</title>" in _body(site, "topics/isis.atom")

    current[0] = setup(topics=[topic("isis", "isis OR daesh", title="Islamic State")])

    assert b"<title>Islamic State</title>" in _body(site, "topics/isis.atom")
    assert site.document("topics/story.atom") is None
    assert site.was_a_topic("topics/story.atom")


def test_b7_13_a_renamed_topic_says_where_it_is(at: World) -> None:
    current = setup(topics=[topic("islamic-state", "isis", was=("daesh", "isis"))])
    site = Site(at.store, lambda: current, lambda: "x", at.clock)

    assert site.moved("topics/isis.atom") == "topics/islamic-state.atom"
    assert site.moved("topics/daesh") == "topics/islamic-state"
    assert site.moved("topics/other.atom") is None


def test_a_renamed_topic_keeps_its_stories_before_a_poller_has_seen_the_new_name(at: World) -> None:
    current = setup(topics=[topic("report", "isis", was=("isis",))])
    site = Site(at.store, lambda: current, lambda: "x", at.clock)

    assert _body(site, "topics/report.atom").count(b"<entry") == 1


def test_b7_9_what_is_large_is_compressed_and_what_is_small_is_not(at: World) -> None:
    site = at.site()
    large = site.document("topics/isis.atom")
    small = site.document("topics.opml")

    assert large is not None
    assert large.gzipped is not None
    assert gzip.decompress(large.gzipped) == large.rendering.body
    assert small is not None
    assert (small.gzipped is None) == (len(small.rendering.body) < 512)


def test_the_document_known_to_be_current_needs_no_look(
    at: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = at.site()
    document = site.document("topics/isis.atom")
    monkeypatch.setattr(at.store, "reading", None)

    assert site.fresh("topics/isis.atom") == document
    at.forward(seconds=1)
    assert site.fresh("topics/isis.atom") is None


def test_no_document_is_stamped_with_the_moment_it_is_made(at: World) -> None:
    at.forward(days=100)
    stamp = dt.datetime.strftime(at.moment, "%Y-%m-%d")

    for path in (
        "topics/isis.atom",
        "topics/isis.rss",
        "topics/isis.json",
        "topics/isis",
        "all.atom",
    ):
        assert not re.search(stamp.encode(), _body(at.site(), path))


def _body(site: Site, path: str) -> bytes:
    document = site.document(path)
    assert document is not None
    return document.rendering.body


def test_b8_4_a_topic_lists_the_sources_it_is_made_of(at: World) -> None:
    at.setup = setup(
        [source("a"), source("b", topics=("isis",)), source("c")], [topic("isis", "isis OR daesh")]
    )

    body = at.render("topics/isis.opml").body
    assert at.site().document("all.opml") is None

    root = ET.fromstring(body)
    assert root.findtext("head/title") == "ISIS: sources"
    assert [outline.get("xmlUrl") for outline in root.iter("outline")] == [
        "https://a.example/feed",
        "https://b.example/feed",
    ]
    at.forward(days=3)
    assert at.render("topics/isis.opml").body == body


def test_the_operators_feed_has_its_twins(at: World) -> None:
    for ending, kind in (("rss", "application/rss+xml"), ("json", "application/feed+json")):
        rendering = at.render(f"health.{ending}")
        assert rendering.content_type.startswith(kind)
        assert rendering.noindex
        page = at.render("sources").body.decode()
        assert f'href="https://news.example.org/health.{ending}"' in page


def test_b8_4_b8_5_opml_and_robots_are_documents_of_the_site(at: World) -> None:
    paths = set(at.site().paths())
    assert {"sources.opml", "topics.opml", "topics/isis.opml"} <= paths
    # Whoever serves files has his own, and no searches to keep crawlers from.
    assert "robots.txt" not in paths
    assert at.render("robots.txt").body.startswith(b"User-agent: *")
