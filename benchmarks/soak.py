"""A day of polling in minutes: what the servers see, what is lost, what grows.

    uv run python -m benchmarks.soak [--hours 24] [--sources 500] [--hosts 40] [--seed 1]

The real poller, store and parser under a clock that leaps to whatever is due next. The network is a
fetch of our own, because the timeouts of real sockets cannot be made to leap; what the client does
on real sockets is tested in `tests/fetch`. A fifth of the sources misbehave, each in its way. Every
hour the program is restarted, in turn as it should be and by a kill in the middle of its polls.
"""

import argparse
import asyncio
import collections
import contextlib
import datetime as dt
import hashlib
import json
import pathlib
import random
import resource
import tempfile
import time
from dataclasses import dataclass, field
from email.utils import format_datetime
from urllib.parse import urlsplit

import sqlalchemy as sa

from aggregator.model import (
    Blocklist,
    Failure,
    FailureKind,
    Fetched,
    FetchRequest,
    FetchResult,
    NotModified,
    PollReport,
    Site,
    Source,
    Topic,
)
from aggregator.pipeline.due import release_dead, sync_sources
from aggregator.pipeline.ports import RawDocument
from aggregator.pipeline.reading import Reading, read_document
from aggregator.pipeline.setup import Setup, set_up
from aggregator.pipeline.topics import sync_topics
from aggregator.polling.schedule import PollPolicy
from aggregator.publish.admission import AdmissionPolicy
from aggregator.store import SqlStore
from aggregator.work.local import Poller, World
from aggregator.work.robots import Obedient

BEGIN = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
SECOND, MINUTE, HOUR = dt.timedelta(seconds=1), dt.timedelta(minutes=1), dt.timedelta(hours=1)
GOOD = ("both", "etag", "modified", "max-age", "ttl", "plain", "churn")
BAD = (
    "429", "503", "410", "404", "403", "hang", "empty", "page", "truncated", "bomb",
    "attributes", "entities", "304", "flaky", "robots", "huge",
)  # fmt: skip
LISTED = 30  # entries in a document
SITE = Site("Soak", "https://soak.example/", "tag:soak.example,2026:")


@dataclass
class Seen:
    """What the servers saw, and what must not be."""

    requests: collections.Counter[str] = field(default_factory=collections.Counter)
    too_soon: list[str] = field(default_factory=list)  # under MIN
    while_fresh: list[str] = field(default_factory=list)
    not_left_alone: list[str] = field(default_factory=list)  # before Retry-After
    crowded: list[str] = field(default_factory=list)  # under two seconds at a host
    unconditional: int = 0  # though validators had been given before
    could_be_conditional: int = 0
    not_modified: int = 0
    robots: collections.Counter[tuple[str, int]] = field(default_factory=collections.Counter)


class Servers:
    """Hosts that answer by the behaviour of each source, and take note."""

    def __init__(self, sources: dict[str, str], clock: "Clock", seed: int) -> None:
        self.behaviour, self.clock, self.seed = sources, clock, seed
        self.seen = Seen()
        self.asked_at: dict[str, dt.datetime] = {}
        self.host_at: dict[str, dt.datetime] = {}
        self.fresh_until: dict[str, dt.datetime] = {}
        self.closed_until: dict[str, dt.datetime] = {}  # by host or source
        self.gave_validators: set[str] = set()
        self.handed: dict[str, set[str]] = collections.defaultdict(set)  # ids in whole answers
        self.chance = random.Random(seed)

    async def __call__(self, request: FetchRequest) -> FetchResult:
        for _ in range(self.chance.randrange(4)):  # polls overtake each other
            await asyncio.sleep(0)
        now = self.clock()
        path = urlsplit(request.url).path
        host = urlsplit(request.url).netloc
        if path == "/robots.txt":
            self.seen.robots[host, (now - BEGIN) // (24 * HOUR)] += 1
            forbidden = [key for key, what in self.behaviour.items() if what == "robots"]
            rules = "".join(f"Disallow: /{key}\n" for key in forbidden)
            return Fetched(request.url, {}, f"User-agent: aggregator\n{rules}".encode())
        key = path.strip("/")
        self._note(key, host, request, now)
        answer = self._answer(key, self.behaviour[key], host, request, now)
        if isinstance(answer, NotModified):
            self.seen.not_modified += 1
        return answer

    def _note(self, key: str, host: str, request: FetchRequest, now: dt.datetime) -> None:
        seen = self.seen
        seen.requests[host] += 1
        if key in self.asked_at and now - self.asked_at[key] < HOUR:
            seen.too_soon.append(f"{key} ({self.behaviour[key]}) after {now - self.asked_at[key]}")
        if now < self.fresh_until.get(key, BEGIN):
            seen.while_fresh.append(f"{key} at {now}")
        if now < max(self.closed_until.get(host, BEGIN), self.closed_until.get(key, BEGIN)):
            seen.not_left_alone.append(f"{key} at {now}")
        if host in self.host_at and now - self.host_at[host] < 2 * SECOND:
            seen.crowded.append(f"{host} at {now}")
        if self.behaviour[key] == "robots":
            seen.not_left_alone.append(f"{key}, which robots.txt forbids")
        if key in self.gave_validators:
            seen.could_be_conditional += 1
            seen.unconditional += not (request.etag or request.last_modified)
        self.asked_at[key] = self.host_at[host] = now

    def _answer(
        self, key: str, what: str, host: str, request: FetchRequest, now: dt.datetime
    ) -> FetchResult:
        url = request.url

        def fail(kind: FailureKind, status: int | None = None, after: int | None = None) -> Failure:
            wait = dt.timedelta(seconds=after) if after else None
            return Failure(kind, "headers", f"as {what} does", status, wait, url)

        match what:
            case "429" if self.chance.random() < 0.3:
                self.closed_until[host] = now + 2 * HOUR
                return fail(FailureKind.RATE_LIMITED, 429, 7200)
            case "503" if self.chance.random() < 0.5:
                self.closed_until[key] = now + 3 * HOUR
                return fail(FailureKind.UNAVAILABLE, 503, 3 * 3600)
            case "410":
                return fail(FailureKind.GONE, 410)
            case "404":
                return fail(FailureKind.NOT_FOUND, 404)
            case "403":
                return fail(FailureKind.FORBIDDEN, 403)
            case "hang":
                return fail(FailureKind.TIMEOUT)
            case "truncated":
                return fail(FailureKind.TRUNCATED)
            case "bomb":
                return fail(FailureKind.TOO_LARGE)
            case "empty":
                return Fetched(url, {}, b"")
            case "page":
                return Fetched(url, {"content-type": "text/html"}, b"<!doctype html><p>Parked")
            case "attributes":
                many = " ".join(f'a{n}="x"' for n in range(5000))
                return Fetched(url, {}, f"<rss {many}/>".encode())
            case "entities":
                return Fetched(
                    url, {}, b'<!DOCTYPE r [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><rss>&c;</rss>'
                )
            case "304" if key in self.gave_validators:
                return NotModified(url, {})
            case "flaky" if self.chance.random() < 0.5:
                return fail(FailureKind.STATUS, 500)
        return self._feed(key, what, request, now)

    def _feed(self, key: str, what: str, request: FetchRequest, now: dt.datetime) -> FetchResult:
        ids = self.entries(key, now)[-(2000 if what == "huge" else LISTED) :]
        body = _rss(key, ids, ttl=120 if what == "ttl" else None)
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        modified = format_datetime(_published(ids[-1]), usegmt=True)
        headers = {"date": format_datetime(now, usegmt=True)}
        if what in ("both", "etag", "max-age", "ttl", "429", "503", "304", "flaky", "huge"):
            headers["etag"] = etag
        if what in ("both", "modified"):
            headers["last-modified"] = modified
        if what == "churn":
            headers["etag"] = f'"{self.chance.random()}"'
        if what == "max-age":
            headers["cache-control"] = "max-age=10800"
            self.fresh_until[key] = now + 3 * HOUR
        if what == "ttl":
            self.fresh_until[key] = now + 2 * HOUR
        if what != "churn" and ("etag" in headers or "last-modified" in headers):
            self.gave_validators.add(key)
        if "etag" in headers and request.etag == etag:
            return NotModified(request.url, headers)
        if "last-modified" in headers and request.last_modified == modified:
            return NotModified(request.url, headers)
        self.handed[key].update(ids)
        return Fetched(request.url, headers, body, wire_bytes=len(body))

    def entries(self, key: str, now: dt.datetime) -> list[str]:
        """The ids of all that the source has published by now, oldest first; each bears the minute
        of its publication, counted from an hour before the beginning."""
        chance = random.Random(f"{self.seed} {key}")
        gap = chance.choice((15, 60, 240, 1000))  # minutes
        minute, found = -gap * 20, []
        until = (now - BEGIN + HOUR) / MINUTE
        while minute <= until:
            found.append(f"{key}_{minute}")
            minute += max(1, round(chance.expovariate(1 / gap)))
        return found


def _rss(key: str, ids: list[str], ttl: int | None) -> bytes:
    items = "".join(
        f"<item><title>{_title(one)}</title><link>https://{key}.example/{one}</link>"
        f"<guid isPermaLink='false'>{one}</guid>"
        f"<pubDate>{format_datetime(_published(one), usegmt=True)}</pubDate></item>"
        for one in reversed(ids)
    )
    said = f"<ttl>{ttl}</ttl>" if ttl else ""
    return f"<rss version='2.0'><channel><title>{key}</title>{said}{items}</channel></rss>".encode()


def _published(one: str) -> dt.datetime:
    return BEGIN - HOUR + int(one.rpartition("_")[2]) * MINUTE


def _title(one: str) -> str:
    digest = hashlib.sha256(one.encode()).hexdigest()
    return " ".join(digest[at : at + 6] for at in range(0, 36, 6))


class Clock:
    """A clock that leaps."""

    def __init__(self) -> None:
        self.moment = BEGIN

    def __call__(self) -> dt.datetime:
        return self.moment


async def read(document: RawDocument) -> Reading | Failure:
    """In this process: the limits of workers are tested elsewhere."""
    return read_document(
        document.body, document.url, document.content_type, document.source, document.now
    )


def next_due(store: SqlStore) -> dt.datetime | None:
    """When the next source may be asked, its host considered."""
    with store.reading() as ask:
        rows = ask.connection.execute(
            sa.text(
                "SELECT s.next_poll_at, h.not_before FROM source s LEFT JOIN host h "
                "ON h.host = s.host WHERE s.listed AND s.next_poll_at IS NOT NULL"
            ).columns(
                next_poll_at=sa.DateTime(timezone=True), not_before=sa.DateTime(timezone=True)
            )
        ).all()
    moments = [max(m.replace(tzinfo=dt.UTC) for m in row if m is not None) for row in rows]
    return min(moments, default=None)


@dataclass
class Soak:
    """The figures of a run."""

    seen: Seen
    polls: int = 0
    lives: int = 0
    kills_at_work: int = 0
    most_tasks: int = 0
    most_queued: int = 0
    memory: list[int] = field(default_factory=list)  # KiB, at the end of each life
    lost: int = 0
    doubled: int = 0
    articles: int = 0
    seconds: float = 0.0


def world_of(count: int, hosts: int, min_interval: dt.timedelta) -> tuple[Setup, dict[str, str]]:
    """Sources over hosts: four fifths good, one fifth bad, of each kind as many."""
    behaviour = {
        f"s{n}": BAD[n // 5 % len(BAD)] if n % 5 == 0 else GOOD[n % len(GOOD)] for n in range(count)
    }
    sources = {
        key: Source(key, f"https://host{n % hosts}.example/{key}")
        for n, key in enumerate(behaviour)
    }
    topics = {"some": Topic("some", "Some", query="ab* OR 12*")}
    setup = set_up(SITE, sources, topics, Blocklist(), PollPolicy(min_interval), AdmissionPolicy())
    return setup, behaviour


def soak(
    hours: int,
    count: int,
    hosts: int,
    seed: int,
    database: str,
    *,
    min_interval: dt.timedelta = HOUR,
) -> Soak:
    """Run it, and count."""
    began = time.perf_counter()
    clock = Clock()
    setup, behaviour = world_of(count, hosts, min_interval)
    servers = Servers(behaviour, clock, seed)
    figures = Soak(servers.seen)
    chance = random.Random(seed)

    def report(_one: PollReport) -> None:
        figures.polls += 1

    async def live(store: SqlStore, owner: str, until: dt.datetime, *, kill: bool) -> None:
        world = World(
            store, lambda: setup, Obedient(servers, store, clock), read, clock, chance.random,
            owner, 100, report,
        )  # fmt: skip
        poller = Poller(world)
        await poller.__aenter__()
        while clock() < until:
            started = await poller.start_due()
            figures.most_tasks = max(figures.most_tasks, len(poller.tasks))
            if kill and started and until - clock() < 20 * MINUTE:
                # With some of the polls done, or with none.
                if len(poller.tasks) > 1 and chance.random() < 0.5:
                    await asyncio.wait(poller.tasks, return_when=asyncio.FIRST_COMPLETED)
                else:
                    await asyncio.sleep(0)
                figures.kills_at_work += bool(poller.tasks)
                clock.moment = until
                return  # asyncio.run cancels whatever goes on: nobody gets to tidy up
            while poller.tasks:
                figures.most_queued = max(figures.most_queued, _queued(poller))
                await asyncio.wait(poller.tasks, return_when=asyncio.FIRST_COMPLETED)
            due = None if started else await asyncio.to_thread(next_due, store)
            clock.moment = max(clock() + 2 * SECOND, min(due or clock(), until))
        await poller.__aexit__(None, None, None)

    end = BEGIN + hours * HOUR
    while clock() < end:
        figures.lives += 1
        owner = f"life {figures.lives}"
        store = SqlStore(database)
        with contextlib.closing(store):
            release_dead(store, lambda name, me=owner: name == me)  # type: ignore[misc]
            sync_sources(store, setup, clock())
            sync_topics(store, setup, clock())
            until = min(end, clock() + HOUR)
            asyncio.run(live(store, owner, until, kill=figures.lives % 2 == 0 and until < end))
        figures.memory.append(_resident())
    _count(figures, servers, database)
    figures.seconds = time.perf_counter() - began
    return figures


def _queued(poller: Poller) -> int:
    return poller._committer._queue.qsize()  # noqa: SLF001 - nothing else wants to know


def _resident() -> int:
    status = pathlib.Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0])


def _count(figures: Soak, servers: Servers, database: str) -> None:
    """Compare what stands in the store with what the servers handed over."""
    with contextlib.closing(SqlStore(database)) as store:
        with store.reading() as ask:
            states = ask.states()
        kept: collections.Counter[tuple[str, str]] = collections.Counter()
        for _, story in store.all_stories(texts=False):
            kept.update((one.source, one.declared_id or "") for one in story.articles)
            figures.doubled += len(story.articles) > 1  # no two entries tell the same
    figures.articles = sum(kept.values())
    figures.doubled += sum(times - 1 for times in kept.values())
    # What a killed poll had been handed comes with the next one, unless that is still to come.
    for key, ids in servers.handed.items():
        state = states[key]
        if state.succeeded_at is not None and state.failures == 0:
            there = {entry for source, entry in kept if source == key}
            figures.lost += len(
                {one for one in ids if one not in there}
                & set(servers.entries(key, state.succeeded_at))
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--sources", type=int, default=500)
    parser.add_argument("--hosts", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", help="an empty one; default: SQLite")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = args.database or f"sqlite:///{folder}/soak.db"
        figures = soak(args.hours, args.sources, args.hosts, args.seed, database)
    print(json.dumps(summary(figures), indent=1))
    check(figures)


def summary(figures: Soak) -> dict[str, object]:
    """The figures, to be read."""
    seen = figures.seen
    requests = seen.requests.total()
    half = len(figures.memory) // 2
    return {
        "requests for feeds": requests,
        "polls recorded": figures.polls,
        "requests for robots.txt": seen.robots.total(),
        "most robots.txt of a host in a day": max(seen.robots.values(), default=0),
        "polls before freshness": len(seen.while_fresh),
        "polls under MIN": len(seen.too_soon),
        "requests before Retry-After": len(seen.not_left_alone),
        "requests under 2 s at a host": len(seen.crowded),
        "unconditional after first contact, %": round(
            100 * seen.unconditional / max(1, seen.could_be_conditional), 3
        ),
        "304, % of requests": round(100 * seen.not_modified / max(1, requests), 1),
        "most requests of a host": max(seen.requests.values(), default=0),
        "lives": figures.lives,
        "kills in the middle of polls": figures.kills_at_work,
        "most polls at once": figures.most_tasks,
        "most waiting to be recorded": figures.most_queued,
        "entries": figures.articles,
        "entries lost": figures.lost,
        "entries doubled": figures.doubled,
        "memory MiB: first life, half-way, last": [
            figures.memory[at] >> 10 for at in (0, half, -1)
        ],
        "peak MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "seconds": round(figures.seconds),
    }


def check(figures: Soak) -> None:
    """What A16 asks for. Raises AssertionError."""
    seen = figures.seen
    assert not seen.while_fresh, seen.while_fresh[:5]
    assert not seen.too_soon, seen.too_soon[:5]
    assert not seen.not_left_alone, seen.not_left_alone[:5]
    assert not seen.crowded, seen.crowded[:5]
    assert seen.unconditional < 0.01 * seen.could_be_conditional
    assert max(seen.robots.values(), default=0) <= 1
    assert (figures.lost, figures.doubled) == (0, 0)
    assert figures.most_tasks <= 100
    assert figures.most_queued <= 100
    assert figures.memory[-1] - figures.memory[len(figures.memory) // 2] < 64 << 10


if __name__ == "__main__":
    main()
