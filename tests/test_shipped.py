"""The feeds.yaml at the top of the repository, and the example that started it all."""

import json
import pathlib
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from aggregator.config.load import check_config, load_config
from aggregator.config.schema import Config
from aggregator.pipeline.tagging import tag
from aggregator.store import SqlStore
from aggregator.wiring import setup_of
from tests.conftest import SHARED
from tests.pipeline.helpers import World
from tests.publish.helpers import read_back
from tests.values import rss

SHIPPED = pathlib.Path(__file__).resolve().parents[1] / "feeds.yaml"
SEED = SHARED / "seed"

LOOK_ALIKES = [
    ("Temple of Isis reopens at Philae", "The sanctuary of the goddess was raised above the Nile."),
    ("Rowers back on the Isis after the flood", "The river at Oxford has fallen by a metre."),
    ("A crisis of trust", "Ministers spoke of a crisis in the coalition; it is, they said, serious."),
    ("IS-IS for beginners", "The routing protocol IS-IS finds paths between routers, as OSPF does."),
    ("What this is about", "This IS NOT A DRILL: the museum is free on Sundays."),
    ("Company bets on Isis", "The neutron source at Rutherford, ISIS, gets a new target station."),
    ("Girl of six walks again", "Isis has a new leg. Isis, her family says, wants to be a dancer."),
    ("Release notes", "Apache Isis 2.0 is out. Isis now attacks an old bug, and wins the fight."),
]  # fmt: skip


@pytest.fixture(scope="module")
def shipped() -> Config:
    return load_config(SHIPPED, {})


def world(store: SqlStore, shipped: Config, items: Sequence[tuple[str, str]]) -> World:
    """Stories as the items of one of the shipped sources, polled by itself."""
    key, one = next(iter(shipped.sources.items()))
    made = World(store, setup_of(replace(shipped, sources={key: one}), store))
    made.serve(key, rss(*(
        f"<item><title><![CDATA[{title}]]></title><link>https://news.example/{n}</link>"
        f"<guid isPermaLink='false'>n{n}</guid><pubDate>Sun, 22 Nov 2026 10:00:00 GMT</pubDate>"
        f"<description><![CDATA[{body}]]></description></item>"
        for n, (title, body) in enumerate(items)
    )))  # fmt: skip
    made.poll_due()
    return made


def titles(at: World, path: str) -> set[str]:
    return {entry.title for entry in read_back(at.render(path).body).entries}


def test_check_warns_of_nothing_in_the_shipped_file() -> None:
    assert check_config(SHIPPED, {}).warnings == []


def test_what_the_tutorial_says_of_two_headlines_is_so(
    shipped: Config, sqlite_store: SqlStore
) -> None:
    engine = setup_of(shipped, sqlite_store).engine
    tutorial = (SHIPPED.parent / "docs" / "tutorial.md").read_text()
    temple, court = re.findall(r'explain --text "(.*)"', tutorial)

    assert engine.topics_of({"title": temple}) == {}
    assert "isis" in engine.topics_of({"title": court})


def test_the_shipped_feeds_yaml_is_valid_and_as_large_as_promised(shipped: Config) -> None:
    assert 15 <= len(shipped.sources) <= 30
    assert {"isis", "climate", "ai"} <= shipped.topics.keys()
    assert len(shipped.topics) >= 8
    for topic in shipped.topics.values():
        assert len(topic.match) >= 3, topic.key
        assert len(topic.reject) >= 3, topic.key


def test_the_shipped_sources_are_polled_over_https_and_each_once(shipped: Config) -> None:
    urls = [source.url for source in shipped.sources.values()]
    assert len(set(urls)) == len(urls)
    assert all(url.startswith("https://") for url in urls)


@pytest.mark.parametrize(("title", "text"), LOOK_ALIKES)
def test_look_alikes_stay_out_of_the_isis_feed(
    sqlite_store: SqlStore, shipped: Config, title: str, text: str
) -> None:
    at = world(sqlite_store, shipped, [(title, text)])

    assert titles(at, "topics/isis.atom") == set()
    assert titles(at, "all.atom") == {title}


FAR_DOWN = (
    "The evening was long, and much was said about schools, roads and the price of bread. " * 4
)


@pytest.mark.parametrize(
    ("title", "text", "about"),
    [
        ("Minister bids farewell", f"{FAR_DOWN}He spoke of Islamic State, too.", False),
        ("Minister bids farewell", f"{FAR_DOWN}He spoke of Islamic State (ISIS), too.", False),
        ("Minister warns of Islamic State", FAR_DOWN, True),
        ("Minister bids farewell", f"Islamic State was his last word. {FAR_DOWN}", True),
        ("Bomb attack kills four", f"{FAR_DOWN}Islamic State claimed the attack.", True),
        ("Four die on ferry", f"{FAR_DOWN}Islamic State fled. Troops fight Islamic State.", True),
    ],
)
def test_a_story_is_about_the_group_by_where_and_how_often_it_is_named(
    sqlite_store: SqlStore, shipped: Config, title: str, text: str, about: bool
) -> None:
    at = world(sqlite_store, shipped, [(title, text)])

    assert titles(at, "topics/isis.atom") == ({title} if about else set())


def test_the_outlets_name_and_capitals_in_the_headline_change_nothing(
    sqlite_store: SqlStore, shipped: Config
) -> None:
    engine = setup_of(shipped, sqlite_store).engine

    for story in ({"title": "Temple of Isis reopens at Philae"}, {"title": "War on Isis ends"}):
        plain = engine.topics_of(story).keys()
        for worn in (f"{story['title']} - BBC News", story["title"].upper()):
            assert engine.topics_of({"title": worn}).keys() == plain, worn


def _seed() -> list[tuple[str, str]]:
    """The two stories of the seed: headline, and everything below it."""
    (path,) = SEED.glob("*.txt")
    page = path.read_text("utf-8")
    parts = re.split(r"^ISIS\n+", page, flags=re.MULTILINE)[1:]
    return [(part.splitlines()[0].strip(), "\n".join(part.splitlines()[1:])) for part in parts]


@pytest.mark.skipif(not SEED.is_dir(), reason="the shared data is not here")
def test_both_stories_of_the_seed_are_in_the_isis_feed(
    sqlite_store: SqlStore, shipped: Config
) -> None:
    stories = _seed()
    assert len(stories) == 2
    assert "ISIS" not in stories[1][0]

    at = world(sqlite_store, shipped, [*stories, *LOOK_ALIKES])

    assert titles(at, "topics/isis.atom") == {title for title, _ in stories}


@pytest.mark.skipif(not SEED.is_dir(), reason="the shared data is not here")
def test_the_seed_is_found_by_headline_and_first_sentence_alone(
    sqlite_store: SqlStore, shipped: Config
) -> None:
    short = [(title, text.strip().split("\n\n")[0]) for title, text in _seed()]

    at = world(sqlite_store, shipped, short)

    assert titles(at, "topics/isis.atom") == {title for title, _ in short}
    for story in at.store.window("isis", 9, ()):
        assert tag(story.story, at.setup), "the evidence says why"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data is not here")
def test_the_rules_are_as_good_on_labelled_stories_as_promised() -> None:
    done = subprocess.run(
        [sys.executable, SHIPPED.parent / "benchmarks" / "topics.py", "--json"],
        cwd=SHIPPED.parent, env={"PYTHONPATH": str(SHIPPED.parent)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    isis, climate, ai = json.loads(done.stdout)

    def good(report: Any, rows: str, precision: float, recall: float) -> bool:
        score = report["scores"][rows]
        taken, wanted = score["right"] + score["wrong"], score["right"] + score["missed"]
        return bool(score["right"] >= max(precision * taken, recall * wanted))

    assert good(isis, "clear", 0.96, 0.95)
    assert good(isis, "all", 0.88, 0.93)
    assert good(isis, "short, clear", 0.95, 0.80)
    let_in, look_alikes = isis["let_in"]["look-alikes let in"]
    assert let_in <= 0.02 * look_alikes
    for report in (climate, ai):
        assert good(report, "clear", 0.92, 0.92)
        assert good(report, "all", 0.85, 0.90)
