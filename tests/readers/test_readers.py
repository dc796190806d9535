"""What readers show that people use, after everything that happens to sources and to us: nothing
twice, nothing read that is new again. Over a server on loopback, which each of them asks itself.
"""

import datetime as dt
import pathlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from aggregator.pipeline.retag import retag
from aggregator.pipeline.setup import Setup
from aggregator.pipeline.topics import sync_topics
from aggregator.store import SqlStore
from aggregator.web.server import bound
from tests.pipeline.helpers import World
from tests.readers.clients import Client, Newsboat, Reader, Seen
from tests.values import NOON, SITE, rss, setup, source, topic
from tests.web.test_app import Server

HOUR = dt.timedelta(hours=1)
SOURCES = [source(key, every=HOUR) for key in "ab"]
DAESH = topic("isis", "isis OR daesh")


def item(n: int, *, title: str = "Fighters of Daesh {n}", guid: str = "item-{n}", hour: int = 0,
         text: str = "What happened in the town by the river, part {n}.") -> str:  # fmt: skip
    return (
        f"<item><title>{title}</title><link>https://a.example/news/fighters-of-daesh-{{n}}</link>"
        f"<guid isPermaLink='false'>{guid}</guid><description>{text}</description>"
        f"<pubDate>Sun, 22 Nov 2026 {hour + n:02}:00:00 GMT</pubDate></item>"
    ).format(n=n)


def edited(*numbers: int, guid: str = "item-{n}", hour: int = 0) -> list[str]:
    """The entries since the first of them was edited."""
    title, text = "Fighters of Daesh {n} have left", "They have all gone, {n} says now."
    first = item(1, title=title, text=text, guid=guid, hour=hour)
    return [first, *(item(n, guid=guid, hour=hour) for n in numbers)]


class Service:
    """Our server, at one address through restarts, over a small world."""

    def __init__(self, store: SqlStore) -> None:
        self.world = World(store, setup(SOURCES, [DAESH]), NOON)
        self.server = Server(self.world)
        self.port = self.server.port
        self.server.__enter__()
        self.poll("a", *map(item, range(1, 6)))

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    def poll(self, key: str, *items: str) -> None:
        self.world.forward(hours=2)
        self.world.serve(key, rss(*items))
        self.world.poll_due()

    def put_in_force(self, changed: Setup) -> None:
        self.world.setup = self.server.current = changed
        self.world.forward(seconds=2)  # the site looks at the store once a second
        stale = sync_topics(self.world.store, changed, self.world.moment)
        retag(self.world.store, changed, stale, self.world.clock)

    def restart(self) -> None:
        self.close()
        server = Server(self.world)
        server.socket.close()
        server.port, server.socket = self.port, bound(f"127.0.0.1:{self.port}")
        self.server = server
        self.server.__enter__()

    def close(self) -> None:
        self.server.__exit__()

    def answered(self, status: int) -> float:
        name, labels = "aggregator_http_responses_total", {"status": str(status)}
        return self.server.metrics.registry.get_sample_value(name, labels) or 0


RENAMED = replace(DAESH, key="islamic-state", was=("isis",))
LEADING = [SOURCES[0], replace(SOURCES[1], priority=10)]
MOVED = replace(SITE, url="https://wire.example.net/")

# In this order; each changes the feed, or what it is made from.
HAPPENS: dict[str, Callable[[Service], None]] = {
    "an edit by the source": lambda at: at.poll("a", *edited(2, 3, 4, 5)),
    "a new outlet joins": lambda at: at.poll(
        "b", item(2, title="Daesh fighters, as B tells it", guid="b-{n}")
    ),
    "another outlet leads": lambda at: at.put_in_force(setup(LEADING, [DAESH])),
    "the topic is renamed": lambda at: at.put_in_force(setup(LEADING, [RENAMED])),
    "the site moves": lambda at: at.put_in_force(setup(LEADING, [RENAMED], site=MOVED)),
    "the server is started anew": lambda at: at.restart(),
    "another rule finds them anew": lambda at: at.put_in_force(
        setup(LEADING, [replace(RENAMED, query="fighters AND (isis OR daesh)")], site=MOVED)
    ),
    "the source has new ids": lambda at: at.poll("a", *edited(2, 3, 4, 5, guid="post?p={n}")),
    "the source dates all of it anew": lambda at: at.poll(
        "a", *edited(2, 3, 4, 5, guid="post?p={n}", hour=12)
    ),
    "news": lambda at: at.poll("a", *edited(2, 3, 4, 5, 6, guid="post?p={n}", hour=12)),
}


@dataclass(frozen=True)
class Look:
    """What a reader shows after something has happened, and how it was answered twice."""

    seen: Seen
    first: tuple[float, float]  # answers 200 and 308 in the first round
    second: tuple[float, float]  # answers 200 and 304 in the second


@pytest.fixture(scope="module", params=[Newsboat, Reader], ids=lambda client: client.name)
def looks(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    _sqlite_template: pathlib.Path,
) -> Iterator[dict[str, Look]]:
    """What one reader shows at first, and after each thing that happens."""
    folder = tmp_path_factory.mktemp(request.param.name)
    shutil.copy(_sqlite_template, folder / "one.db")
    store = SqlStore(f"sqlite:///{folder}/one.db")
    at = Service(store)
    client: Client = request.param(folder, at.url("topics/isis.atom"))
    try:
        client.update()  # newsboat keeps no validators of a feed that is not in its cache yet
        found = {"subscribed": _look(client, at)}
        for name, happen in HAPPENS.items():
            client.read_all()
            happen(at)
            found[name] = _look(client, at)
        yield found
    finally:
        if isinstance(client, Reader):
            client.close()
        at.close()
        store.close()


def _look(client: Client, at: Service) -> Look:
    answers: list[tuple[float, ...]] = []
    for _ in range(2):
        before = [at.answered(status) for status in (200, 308, 304)]
        client.update()
        after = [at.answered(status) for status in (200, 308, 304)]
        answers.append(tuple(now - then for now, then in zip(after, before, strict=True)))
    (got, moved, _), (again, _, kept) = answers
    return Look(client.seen(), (got, moved), (again, kept))


def test_a_reader_that_subscribes_has_every_entry_once(looks: dict[str, Look]) -> None:
    seen = looks["subscribed"].seen

    assert sorted(seen.titles) == (sorted(f"Fighters of Daesh {n}" for n in range(1, 6)))
    assert (len(set(seen.ids)), seen.unread) == (5, 5)


@pytest.mark.parametrize("what", [name for name in HAPPENS if name != "news"])
def test_b3_6_b12_readers_have_nothing_twice_and_nothing_anew_after(
    looks: dict[str, Look], what: str
) -> None:
    look = looks[what]

    assert look.seen.ids == looks["subscribed"].seen.ids
    assert look.seen.unread == 0


def test_readers_show_what_a_source_writes_now(looks: dict[str, Look]) -> None:
    assert "Fighters of Daesh 1 have left" in looks["an edit by the source"].seen.titles
    assert "Daesh fighters, as B tells it" in looks["another outlet leads"].seen.titles


def test_readers_show_news_as_new(looks: dict[str, Look]) -> None:
    seen = looks["news"].seen

    assert (len(seen.ids), seen.unread) == (6, 1)


@pytest.mark.parametrize("what", ["subscribed", *HAPPENS])
def test_b7_3_in_the_second_round_a_reader_is_answered_304(
    looks: dict[str, Look], what: str
) -> None:
    assert looks[what].second == (0, 1)


def test_b7_13_readers_follow_a_renamed_topic(looks: dict[str, Look]) -> None:
    got, moved = looks["the topic is renamed"].first

    assert (got, moved) == (1, 1)


@pytest.mark.parametrize("what", ["the source has new ids", "the source dates all of it anew"])
def test_b3_6_an_id_reset_or_a_mass_re_date_changes_not_a_byte(
    looks: dict[str, Look], what: str
) -> None:
    got, _ = looks[what].first

    assert got == 0
