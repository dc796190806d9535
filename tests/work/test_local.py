"""Passes and the daemon's loop, in real time against real servers on loopback."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Collection
from pathlib import Path

import pytest

from aggregator import network, wiring
from aggregator.config import Config, parse_config
from aggregator.live import Live
from aggregator.model import Failure, FailureKind, FetchRequest, PollReport
from aggregator.pipeline.due import sync_sources
from aggregator.pipeline.ports import RawDocument
from aggregator.store import SqlStore
from aggregator.work import owner
from aggregator.work.local import Pass, Poller, World, begin_pass, keep_polling, run_pass
from tests.conftest import Hostile
from tests.values import NOON, setup, source


def config(hostile: Hostile, folder: Path, *paths: str, settings: str = "") -> Config:
    sources = "\n".join(
        f"  - {{url: '{hostile.url(path)}', key: 's{n}'}}" for n, path in enumerate(paths)
    )
    text = (
        f"sources:\n{sources}\n"
        f"settings: {{fetch: {{allow_private: ['{hostile.address}'], host_spacing: 0, "
        f"host_concurrency: 8, total_timeout: 1{settings}}}}}\n"
    )
    return parse_config(text, "feeds.yaml", {}, folder)


def polled(
    at: Config, store: SqlStore, keys: Collection[str] | None = None, *, every: bool = True
) -> tuple[list[PollReport], Pass]:
    """One pass."""
    reports: list[PollReport] = []

    async def go() -> Pass:
        live = Live(Path("feeds.yaml"), at, store, lambda: at)
        live.catch_up()
        async with network.polling(at, store, lambda: live.setup, reports.append) as (poller, _):
            what = await begin_pass(poller.world, keys, every=every)
            async for _key in run_pass(poller, what.asked):
                pass
            return what

    return reports, asyncio.run(go())


def test_a_pass_asks_every_source_once_good_and_bad(
    hostile: Hostile, sqlite_store: SqlStore, tmp_path: Path
) -> None:
    paths = [
        "/feed",
        "/hang",
        "/gzipbomb",
        "/html200",
        "/410",
        "/weak",
        "/to-meta",
        "/truncated",
        "/nope",
    ]

    reports, what = polled(config(hostile, tmp_path, *paths), sqlite_store)

    assert what.left_out == {}
    outcomes = {r.source: r.failure.kind.value if r.failure else r.outcome for r in reports}
    assert outcomes == {
        "s0": "new", "s1": "timeout", "s2": "too_large", "s3": "not_a_feed", "s4": "gone",
        "s5": "new", "s6": "blocked_address", "s7": "truncated", "s8": "not_found",
    }  # fmt: skip
    asked = Counter(one["path"] for one in hostile.log())
    assert asked == dict.fromkeys([*paths, "/robots.txt"], 1)


def test_a1_13_a_second_pass_a_moment_later_asks_nobody(
    hostile: Hostile, sqlite_store: SqlStore, tmp_path: Path
) -> None:
    at = config(hostile, tmp_path, "/feed", "/nope")
    polled(at, sqlite_store)
    hostile.reset()

    reports, what = polled(at, sqlite_store)

    assert reports == []
    assert set(what.left_out.values()) == {"polled less than 15 minutes ago"}
    assert hostile.log() == []


def test_with_a_minimum_of_nothing_a_second_pass_is_conditional(
    hostile: Hostile, sqlite_store: SqlStore, tmp_path: Path
) -> None:
    at = config(hostile, tmp_path, "/feed", settings=", min_interval: 0")
    polled(at, sqlite_store)

    reports, _ = polled(at, sqlite_store)

    assert [report.outcome for report in reports] == ["not_modified"]


def test_a2_6_a_host_that_said_429_is_left_out_of_the_next_pass_and_named(
    hostile: Hostile, sqlite_store: SqlStore, tmp_path: Path
) -> None:
    at = config(hostile, tmp_path, "/429", "/feed", settings=", min_interval: 0")
    polled(at, sqlite_store, ["s0"], every=False)
    hostile.reset()

    reports, what = polled(at, sqlite_store)

    assert reports == []
    assert all("asked to be left alone until" in reason for reason in what.left_out.values())
    assert hostile.log() == []


def test_a_pass_over_what_is_due_leaves_the_rest_alone(
    hostile: Hostile, sqlite_store: SqlStore, tmp_path: Path
) -> None:
    at = config(hostile, tmp_path, "/feed", "/weak")
    polled(at, sqlite_store, ["s0"], every=False)
    hostile.reset()

    polled(at, sqlite_store, every=False)

    assert [one["path"] for one in hostile.log()] == ["/weak"]


def test_the_daemon_polls_what_is_due_and_stops_when_told(
    hostile: Hostile, sqlite_store: SqlStore, tmp_path: Path
) -> None:
    at = config(hostile, tmp_path, *(f"/feed?{n}" for n in range(6)), "/hang")
    reports: list[PollReport] = []

    async def go() -> None:
        live = Live(Path("feeds.yaml"), at, sqlite_store, lambda: at)
        live.begin()
        stop = asyncio.Event()

        def report(one: PollReport) -> None:
            reports.append(one)
            if len(reports) == 7:
                stop.set()

        async with network.polling(at, sqlite_store, lambda: live.setup, report) as (poller, _):
            async with asyncio.timeout(30):
                await keep_polling(poller, stop)

    asyncio.run(go())
    assert Counter(report.outcome for report in reports) == {"new": 6, "failed": 1}


def test_a3_4_a_backlog_after_a_restart_is_spread_not_asked_for_at_once(
    sqlite_store: SqlStore,
) -> None:
    many = 50
    at = setup([source(f"s{n}") for n in range(many)])
    sync_sources(sqlite_store, at, NOON - dt.timedelta(days=1))  # all of them overdue for a day
    asked: list[float] = []
    stop = asyncio.Event()

    async def fetch(request: FetchRequest) -> Failure:
        asked.append(asyncio.get_running_loop().time())
        if len(asked) == many:
            stop.set()
        return Failure(FailureKind.STATUS, "headers", "no")

    async def read(document: RawDocument) -> Failure:
        raise AssertionError("nothing is fetched")

    async def go() -> None:
        world = World(
            sqlite_store, lambda: at, fetch, read, lambda: NOON, lambda: 0.0, "me", 100, lambda _: None
        )  # fmt: skip
        async with Poller(world) as poller, asyncio.timeout(30):
            await keep_polling(poller, stop)

    asyncio.run(go())
    assert len(asked) == many
    assert asked[-1] - asked[0] >= (many - 1) * 0.05 * 0.95
    in_a_second = [sum(start <= other < start + 0.95 for other in asked) for start in asked]
    assert max(in_a_second) <= 20


def test_a_stop_in_the_middle_leaves_no_lease_that_outlives_the_process(
    hostile: Hostile, sqlite_store: SqlStore, tmp_path: Path
) -> None:
    at = config(hostile, tmp_path, "/hang")

    async def go() -> None:
        live = Live(Path("feeds.yaml"), at, sqlite_store, lambda: at)
        live.begin()
        stop = asyncio.Event()
        async with network.polling(at, sqlite_store, lambda: live.setup, lambda _: None) as (
            poller,
            _,
        ):
            running = asyncio.create_task(keep_polling(poller, stop))
            async with asyncio.timeout(10):
                while not poller.tasks:  # noqa: ASYNC110 - nothing announces the first poll
                    await asyncio.sleep(0.01)
            stop.set()
            await running

    asyncio.run(go())
    with sqlite_store.reading() as ask:
        state = ask.states()["s0"]
    assert state.lease_until is None, "the poll ended by its own timeout while we waited"
    assert state.failures == 1


def test_an_edit_of_how_to_fetch_takes_effect_without_a_restart(
    hostile: Hostile, sqlite_store: SqlStore, tmp_path: Path
) -> None:
    open_ = config(hostile, tmp_path, "/feed")
    shut = parse_config("{}", "feeds.yaml", {}, tmp_path)

    async def go() -> None:
        live = Live(Path("feeds.yaml"), shut, sqlite_store, lambda: shut)
        async with network.polling(shut, sqlite_store, lambda: live.setup, lambda _: None) as (
            poller,
            reconfigure,
        ):
            request = FetchRequest(hostile.url("/feed"))
            assert isinstance(await poller.world.fetch(request), Failure)
            reconfigure(open_)
            async with asyncio.timeout(10):
                while isinstance(await poller.world.fetch(request), Failure):
                    pass

    asyncio.run(go())


@pytest.mark.parametrize(
    ("name", "alive"),
    [("another-machine/1/1", True), ("", True), ("nonsense", True)],
)
def test_of_other_machines_nobody_knows(name: str, alive: bool) -> None:
    assert owner.is_alive(name) is alive


def test_this_process_is_alive_and_one_that_ended_is_not() -> None:
    own = owner.owner()
    host, _, _ = own.split("/")

    assert owner.is_alive(own)
    assert not owner.is_alive(f"{host}/{2**22 - 1}/1")
    assert not owner.is_alive(own[:-1] + ("0" if own[-1] != "0" else "1")), (
        "a process id used again"
    )
    assert wiring.now().utcoffset() == dt.timedelta()
