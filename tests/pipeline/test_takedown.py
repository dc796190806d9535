"""Taking something down: one line in feeds.yaml, and nothing that is published shows it."""

import datetime as dt
import pathlib
import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest

from aggregator.model import Blocklist, Failure, FailureKind, FeedInfo
from aggregator.pipeline.export import stories_as_json
from aggregator.pipeline.poll import refused_own
from aggregator.pipeline.reading import Reading
from aggregator.pipeline.search import Search
from aggregator.publish.ids import story_path
from aggregator.store import SqlStore
from aggregator.web.static import write_site
from tests.pipeline.helpers import World
from tests.values import NOON, SITE, read, rss, setup, source, topic

HOUR = dt.timedelta(hours=1)
PAGE = "https://www.a.example/2026/the-owls-of-the-harbour"
OWLS = (
    "Owls were seen above the old harbour on Sunday evening, said the keeper of the tower, who has "
    "watched the birds there for thirty years and never counted so many of them in a single night."
)


def item(title: str, link: str, guid: str, *, author: str = "Jane Doe", text: str = OWLS) -> str:
    return (
        f"<item><title>{title}</title><link>{link}</link><guid isPermaLink='false'>{guid}</guid>"
        f"<dc:creator>{author}</dc:creator><description>{text}</description>"
        "<pubDate>Sun, 22 Nov 2026 08:00:00 GMT</pubDate></item>"
    )


SETUP = setup([source(key, every=HOUR) for key in "abc"], [topic("owls", "owls OR harbour")])


@pytest.fixture(scope="module")
def told(_sqlite_template: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A database: a page that A wrote, and changed, and B links to; a story that is A's alone,
    once at another address; and one of C's of the same news.
    """
    path = tmp_path_factory.mktemp("told") / "one.db"
    shutil.copy(_sqlite_template, path)
    store = SqlStore(f"sqlite:///{path}")
    at = World(store, SETUP)
    first = [
        item("Secret owls of the harbour", PAGE, "one"),
        item("Secret gulls and owls", "https://a.example/old/secret-gulls-and-owls", "two",
             text="Gulls took the secret place of the owls at the pier, and stayed all winter."),
    ]  # fmt: skip
    linked = item("Owls, by way of B", PAGE, "b-1", author="Bob", text="See there.")
    other = item(
        "Harbour owls counted",
        "https://c.example/harbour-owls-counted-2026",
        "c-1",
        author="Carl",
        text=OWLS.replace("Sunday", "the last"),
    )
    at.serve("a", rss(*first))
    at.serve("b", rss(linked, link="https://b.example/"))
    at.serve("c", rss(other, link="https://c.example/"))
    at.poll_due()
    edited = [
        first[0].replace("thirty years", "forty secret years"),
        first[1].replace("/old/secret-gulls-and-owls", "/new/gulls-at-the-pier-in-winter"),
    ]
    at.forward(hours=2)
    at.serve("a", rss(*edited))
    at.poll_due()
    store.close()
    return path


@pytest.fixture
def world(told: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    path = tmp_path_factory.mktemp("world") / "one.db"
    shutil.copy(told, path)
    store = SqlStore(f"sqlite:///{path}")
    yield World(store, SETUP, NOON + 2 * HOUR)
    store.close()


def published(at: World) -> dict[str, str]:
    """Every document that anybody can ask for, and a search for all of it."""
    site = at.site()
    paths = [*site.paths(), *_story_paths(at)]
    found = {
        path: document.rendering.body.decode()
        for path in paths
        if (document := site.document(path)) is not None
    }
    search = Search(at.store, lambda: at.setup)
    for asked in ("owls OR gulls OR harbour",):
        found["search page"] = search.page(asked)[0].rendering.body.decode()
        feed = search.feed(asked)
        assert feed is not None
        found["search feed"] = feed.rendering.body.decode()
    return found


def _story_paths(at: World) -> list[str]:
    return [story_path(story.id) for _, story in at.store.all_stories()]


def block(at: World, **what: set[str]) -> None:
    urls, hosts, words = (frozenset(what.get(name, ())) for name in ("urls", "hosts", "words"))
    blocklist = Blocklist(urls, hosts, words)
    at.setup = setup(SETUP.sources.values(), SETUP.topics.values(), blocklist=blocklist)


def showing(at: World, words: str) -> list[str]:
    return [path for path, body in published(at).items() if words.casefold() in body.casefold()]


def test_b2_12_b10_3_before_it_is_taken_down_it_is_everywhere(world: World) -> None:
    shown = showing(world, "Secret")

    assert {"all.atom", "topics/owls.atom", "topics/owls.rss", "topics/owls.json"} <= set(shown)
    assert {"topics/owls", "search page", "search feed"} <= set(shown)
    assert sum(path.startswith("stories/") for path in shown) >= 2


@pytest.mark.parametrize(
    "what",
    [
        {"urls": {PAGE, "https://a.example/new/gulls-at-the-pier-in-winter"}},
        {"urls": {"http://a.example/2026/the-owls-of-the-harbour/?utm_source=x#top",
                  "http://www.a.example/new/gulls-at-the-pier-in-winter.html"}},
        {"urls": {PAGE, "https://a.example/old/secret-gulls-and-owls"}},
        {"hosts": {"a.example"}},
        {"words": {"jane doe"}},
        {"words": {"one", "two"}},
    ],
    ids=["address", "the address, spelled otherwise", "a former address", "host", "author", "entry ids"],
)  # fmt: skip
def test_b2_12_b10_3_a13_3_what_is_taken_down_is_shown_nowhere(
    world: World, what: dict[str, set[str]], tmp_path: pathlib.Path
) -> None:
    write_site(world.site(), tmp_path)
    block(world, **what)

    assert showing(world, "secret") == []
    assert showing(world, "Jane Doe") == []
    built = write_site(world.site(), tmp_path)
    assert built.removed > 0
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.suffix in ("", ".html", ".atom", ".rss", ".json"):
            assert b"ecret" not in path.read_bytes(), path


def test_b10_3_what_is_exported_leads_with_what_may_be_shown(world: World) -> None:
    block(world, words={"jane doe"})

    titles = {one["title"] for one in stories_as_json(world.store, world.setup)}

    assert {"Owls, by way of B", "Harbour owls counted"} <= titles
    assert "Secret owls of the harbour" not in titles


def test_b2_12_the_id_that_a_story_is_published_with_takes_it_down_whole(world: World) -> None:
    ids = {story.id for _, story in world.store.all_stories() if "ecret" in story.articles[0].title}
    block(world, words=ids)

    assert showing(world, "secret") == []
    assert showing(world, "by way of B") == []


def test_b10_3_of_a_story_of_several_the_others_go_on(world: World) -> None:
    block(world, words={"jane doe"})

    assert {"all.atom", "topics/owls.atom"} <= set(showing(world, "Owls, by way of B"))
    atom = published(world)["topics/owls.atom"]
    assert "Also reported by" not in atom
    assert "contributor" not in atom


def test_b2_12_a_story_that_is_taken_down_has_no_page(world: World) -> None:
    stories = [story for _, story in world.store.all_stories()]
    (gulls,) = (story_path(s.id) for s in stories if "gulls" in s.articles[0].title)
    assert world.site().document(gulls) is not None
    block(world, hosts={"a.example"})

    assert world.site().document(gulls) is None


def test_b10_3_a_feed_of_a_blocked_site_is_not_in_the_list_of_sources(world: World) -> None:
    assert "https://a.example/feed" in published(world)["sources.opml"]
    block(world, hosts={"a.example"})

    assert "a.example" not in published(world)["sources.opml"]


def test_b10_3_nor_is_one_that_is_kept_on_another_host(world: World) -> None:
    assert "https://c.example/" in published(world)["sources.opml"]
    sources = [
        replace(one, url="https://feeds.example/c") if one.key == "c" else one
        for one in SETUP.sources.values()
    ]
    world.setup = setup(
        sources, SETUP.topics.values(), blocklist=Blocklist(hosts=frozenset({"c.example"}))
    )

    for path in ("sources.opml", "topics/owls.opml"):
        assert "feeds.example" not in published(world)[path]


def test_b10_5_an_entry_is_taken_down_or_shown_as_it_is(world: World) -> None:
    before = published(world)["topics/owls.atom"]
    block(world, words={"Nobody of this name"})

    assert published(world)["topics/owls.atom"] == before


def test_b10_2_every_entry_names_its_author_its_source_and_both_their_addresses(
    world: World,
) -> None:
    atom = published(world)["topics/owls.atom"]

    for words in (
        "<name>Jane Doe</name>",
        PAGE,
        "https://a.example/feed",
        ">Source a</title>",
    ):
        assert words in atom


@pytest.mark.parametrize(
    "info",
    [
        FeedInfo(id=f"{SITE.id}topic/owls"),
        FeedInfo(id=f"{SITE.id}search/0123"),
        FeedInfo(id=f"{SITE.id}health"),
        FeedInfo(self_url=f"{SITE.url}topics/owls.rss"),
        FeedInfo(self_url=f"{SITE.url}all.json"),
        FeedInfo(self_url=f"{SITE.url}search.atom?q=owls"),
        FeedInfo(self_url=f"{SITE.url}topics/owls/archive/2026-11.atom"),
        FeedInfo(self_url=f"{SITE.url.replace('https', 'http')}topics/owls.rss?utm_source=x"),
    ],
)
def test_b10_6_our_own_feeds_are_refused_in_any_format(info: FeedInfo) -> None:
    document = replace(read(rss(item("One", PAGE, "one"))), info=info)

    refused = refused_own(document, setup())

    assert isinstance(refused, Failure)
    assert refused.kind is FailureKind.OWN_FEED


@pytest.mark.parametrize(
    "info",
    [
        FeedInfo(id="tag:news.example.org,2026:blog", self_url=f"{SITE.url}blog/feed.atom"),
        FeedInfo(self_url="https://other.example/all.atom"),
        FeedInfo(self_url=f"{SITE.url}topics/owls.atom.bak/feed"),
    ],
)
def test_b10_6_others_of_the_same_site_are_no_loop(info: FeedInfo) -> None:
    document = replace(read(rss(item("One", PAGE, "one"))), info=info)

    assert isinstance(refused_own(document, setup()), Reading)
