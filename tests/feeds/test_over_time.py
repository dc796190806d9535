"""Feeds over time: each folder is what some sources gave, poll after poll; the head of the first
document of a poll says what a reader of the published feed sees then.

A document is `POLL.xml` or `POLL.SOURCE.xml`; who gives none gives the last one again. Lists go by
date of publication; null stands for anything. The program is started anew between polls, and
each document is polled twice.
"""

import pathlib
from collections.abc import Callable
from typing import Any

import feedparser
import pytest
import sqlalchemy as sa

from aggregator.model import Story
from aggregator.publish.ids import page_of
from aggregator.store import SqlStore
from aggregator.store.tables import TEXT
from tests.feeds.test_feeds import expectations
from tests.pipeline.helpers import World
from tests.values import NOON, setup, source

CASES = sorted(path for path in (pathlib.Path(__file__).parent / "over_time").iterdir())
SETUP = setup([source("a", title=None), source("b", title=None), source("c", title=None)], ())


class Reader:
    """What a reader of the feed of all stories sees, and what the store keeps behind it."""

    def __init__(self, world: World) -> None:
        document = feedparser.parse(world.render("all.atom").body)
        assert not document.bozo, document
        self.entries = sorted(document.entries, key=lambda one: (one.published, one.id))
        self.stories: dict[str, Story] = {s.id: s for _, s in world.store.all_stories()}
        with world.store.reading() as ask:
            self.revisions = ask.revisions(ask.story_pks(list(self.stories)).values())

    def each(self, name: str) -> list[Any]:
        return [getattr(entry, name) for entry in self.entries]

    def was(self, story_id: str) -> list[str]:
        """The titles that its articles had before."""
        return [
            revision.title
            for article in self.stories[story_id].articles
            for revision in self.revisions.get(article.identity, ())
        ]


def _day(moment: str) -> str:
    return f"{moment[8:10]} {moment[11:16]}"


READ: dict[str, Callable[[Reader], Any]] = {
    "stories": lambda reader: len(reader.stories),
    "ids": lambda reader: reader.each("id"),
    "titles": lambda reader: reader.each("title"),
    "urls": lambda reader: reader.each("link"),
    "published": lambda reader: [_day(moment) for moment in reader.each("published")],
    "updated": lambda reader: [_day(moment) for moment in reader.each("updated")],
    "outlets": lambda reader: [len(one.get("contributors", ())) for one in reader.entries],
    "was": lambda reader: [reader.was(one.id) for one in reader.entries],
}


def walk(folder: pathlib.Path, database_url: str) -> None:
    """Poll what is in a folder, one document after another; all must be as they say."""
    moment = NOON
    feeds: dict[str, bytes] = {}
    seen: dict[str, str] = {}
    for number in range(1, 1 + max(int(path.name.partition(".")[0]) for path in folder.iterdir())):
        documents = sorted(folder.glob(f"{number}.*"))
        expected = expectations(documents[0].read_bytes())
        assert expected, f"{documents[0]} expects nothing"
        feeds |= {_source_of(path): path.read_bytes() for path in documents}
        for again in (False, True):
            store = SqlStore(database_url)
            try:
                world = World(store, SETUP, moment)
                for key, body in feeds.items():
                    world.serve(key, body)
                changed = sum(report.changed_articles for report in world.poll_due())
                reader = Reader(world)
                if "forget" in expected and again:
                    _forget_texts(store)
            finally:
                store.close()
            where = f"{documents[0].name}, {'again' if again else 'first'}"
            shown = {name: READ[name](reader) for name in expected if name in READ}
            wanted = {name: _filled(expected[name], shown[name]) for name in shown}
            assert shown == wanted, where
            assert changed == (0 if again else expected.get("changed", changed)), where
            assert len(set(map(page_of, reader.each("id")))) == len(reader.entries), where
            published = {entry.id: entry.published for entry in reader.entries}
            assert seen.items() <= published.items(), f"{where}: an id or its date changed"
            seen = published
            moment = world.moment = moment.replace(day=moment.day + again)
            moment = moment.replace(hour=12 if again else 18)


def _source_of(path: pathlib.Path) -> str:
    parts = path.name.split(".")
    return parts[1] if len(parts) == 3 else "a"


def _filled(expected: Any, shown: Any) -> Any:
    if isinstance(expected, list) and len(expected) == len(shown):
        return [two if one is None else one for one, two in zip(expected, shown, strict=True)]
    return expected


def _forget_texts(store: SqlStore) -> None:
    with store.writing() as tell:
        tell.connection.execute(sa.delete(TEXT))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_a_reader_sees_what_the_heads_say(folder: pathlib.Path, database_url: str) -> None:
    walk(folder, database_url)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("name", ["01-title-edited", "15-archive-posted-again"])
def test_a_reader_sees_the_same_out_of_the_other_database(name: str, database_url: str) -> None:
    walk(pathlib.Path(__file__).parent / "over_time" / name, database_url)
