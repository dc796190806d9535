"""A day on a fake clock: three sources with a rhythm, one that fails, and what a publisher's log
and a subscriber's reader see of it."""

import datetime as dt
from collections import defaultdict
from email.utils import format_datetime
from itertools import pairwise

import pytest

from aggregator.model import FailureKind
from aggregator.pipeline.topics import release_held
from aggregator.store import SqlStore
from tests.pipeline.helpers import World
from tests.publish.helpers import complaints, read_back
from tests.values import NOON, rss, setup, source, topic

MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
# How often each source posts.
RHYTHM = {"busy": 20 * MINUTE, "hourly": HOUR, "slow": 7 * HOUR}


def posts(name: str, now: dt.datetime) -> list[int]:
    """The numbers of the entries a source lists now: its last twenty."""
    newest = int((now - NOON) / RHYTHM[name]) + 20
    return list(range(newest, newest - 20, -1))


def document(name: str, now: dt.datetime) -> bytes:
    entries = []
    for number in posts(name, now):
        date = format_datetime(NOON + (number - 20) * RHYTHM[name])
        # Every third busy post is the hourly source's story of that hour.
        shared = name == "busy" and number % 3 == 2
        link = (
            f"https://hourly.example/{number // 3 + 14}"
            if shared
            else f"https://{name}.example/{number}"
        )
        entries.append(
            f"<item><title>Story {number} of {name}</title><guid isPermaLink='false'>{name}-{number}</guid>"
            f"<link>{link}?utm_source={name}</link><pubDate>{date}</pubDate>"
            f"<description>Words about {name}.</description></item>"
        )
    return rss(*entries)


@pytest.fixture
def day(store: SqlStore) -> World:
    """Twenty-four hours, a minute at a time."""
    sources = [source(name) for name in (*RHYTHM, "broken")]
    world = World(store, setup(sources, [topic("busy", "busy"), topic("any", "story")]))
    world.fail("broken", FailureKind.TIMEOUT)
    for _ in range(24 * 60):
        for name in RHYTHM:
            body = document(name, world.moment)
            world.serve(name, body, etag=f'"{hash(body)}"')
        world.poll_due()
        release_held(store, world.moment)
        world.forward(minutes=1)
    return world


def test_a_day_of_polling(day: World, store: SqlStore) -> None:
    asked: dict[str, list[dt.datetime]] = defaultdict(list)
    for moment, request in day.requests:
        asked[request.url.removeprefix("https://").partition(".")[0]].append(moment)

    # Law 9: never sooner than an hour; the slow less often than the busy; the broken backs off.
    for moments in asked.values():
        gaps = [later - sooner for sooner, later in pairwise(moments)]
        assert min(gaps) >= HOUR
    assert 20 <= len(asked["busy"]) <= 24
    assert len(asked["slow"]) <= 8
    assert len(asked["broken"]) <= 9

    # Nothing lost, nothing doubled: every entry listed at a poll is stored, each in one story.
    stored = [a.identity for _pk, story in store.all_stories() for a in story.articles]
    assert len(stored) == len(set(stored))
    listed = {
        (name, f"{name}-{number}")
        for name in RHYTHM
        for moment in asked[name]
        for number in posts(name, moment)
    }
    assert set(stored) == listed

    # What several sources told is one story.
    together = [s for _pk, s in store.all_stories() if len(s.articles) > 1]
    assert together
    assert all({a.source for a in s.articles} == {"busy", "hourly"} for s in together)

    # What is published is valid, in a window, and the same whoever renders it.
    for path in ("topics/busy.atom", "topics/any.atom", "all.atom"):
        body = day.render(path).body
        assert complaints(body) == []
        assert body == day.render(path).body
        ids = [entry.id for entry in read_back(body).entries]
        assert len(ids) == len(set(ids)) > 0

    with store.reading() as ask:
        states = ask.states()
    assert states["busy"].failures == 0
    assert states["broken"].failures == len(asked["broken"])
