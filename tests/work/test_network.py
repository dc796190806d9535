"""Our own network down (A6.3): nobody is blamed for it, and nobody is hammered."""

import asyncio
import contextlib
import datetime as dt
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator import network, wiring
from aggregator.config import Config, parse_config
from aggregator.live import Live
from aggregator.model import Health, PollReport, PollState
from aggregator.store import SqlStore
from aggregator.work.local import begin_pass, keep_polling, run_pass
from tests.conftest import Hostile


@pytest.fixture
def silent() -> Iterator[list[str]]:
    """Addresses of several hosts where nobody listens."""
    with contextlib.ExitStack() as stack:
        found = []
        for number in range(2, 7):
            bound = stack.enter_context(contextlib.closing(socket.socket()))
            bound.bind((f"127.0.0.{number}", 0))
            found.append(f"127.0.0.{number}:{bound.getsockname()[1]}")
        yield found


def config(folder: Path, *addresses: str) -> Config:
    sources = "".join(f"  - http://{address}/feed\n" for address in addresses)
    text = (
        f"sources:\n{sources}settings: {{fetch: {{allow_private: {list(addresses)}, "
        "host_spacing: 0, total_timeout: 2}}\n"
    )
    return parse_config(text, "feeds.yaml", {}, folder)


def passed(at: Config, store: SqlStore) -> tuple[list[PollReport], list[PollState]]:
    """One pass; its reports, and the states after it."""
    reports: list[PollReport] = []

    async def go() -> None:
        live = Live(Path("feeds.yaml"), at, store, lambda: at)
        live.catch_up()
        async with network.polling(at, store, lambda: live.setup, reports.append) as (poller, _):
            what = await begin_pass(poller.world, None, every=True)
            async for _key in run_pass(poller, what.asked):
                pass

    asyncio.run(go())
    with store.reading() as ask:
        return reports, list(ask.states().values())


def test_a6_3_when_nobody_can_be_reached_no_source_is_blamed(
    sqlite_store: SqlStore, tmp_path: Path, silent: list[str]
) -> None:
    reports, states = passed(config(tmp_path, *silent), sqlite_store)

    assert len(reports) == len(silent)
    assert all(report.failure is not None for report in reports)
    assert {(one.failures, one.health, one.leased_by) for one in states} == {(0, Health.NEW, None)}
    soon = wiring.now() + dt.timedelta(seconds=70)
    assert all(one.next_poll_at is not None and one.next_poll_at < soon for one in states)


def test_a_host_that_is_silent_while_most_answer_is_to_blame_itself(
    hostile: Hostile, sqlite_store: SqlStore, tmp_path: Path, silent: list[str]
) -> None:
    at = config(tmp_path, hostile.address, *silent[:1])

    _, states = passed(at, sqlite_store)

    assert sorted(one.failures for one in states) == [0, 1]


def test_a6_3_while_it_is_down_one_poll_a_minute_looks_whether_it_is_back(
    sqlite_store: SqlStore, tmp_path: Path, silent: list[str]
) -> None:
    at = config(tmp_path, *silent)
    reports: asyncio.Queue[PollReport] = asyncio.Queue()
    moment = wiring.now()

    async def come(number: int) -> None:
        """Wait for so many polls, and a little longer for one too many."""
        async with asyncio.timeout(10):
            for _ in range(number):
                await reports.get()
        await asyncio.sleep(1.5)
        assert reports.empty()

    async def go() -> None:
        nonlocal moment
        live = Live(Path("feeds.yaml"), at, sqlite_store, lambda: at)
        live.catch_up()
        moment = wiring.now()
        stop = asyncio.Event()
        async with network.polling(at, sqlite_store, lambda: live.setup, reports.put_nowait) as (
            poller,
            _,
        ):
            object.__setattr__(poller.world, "clock", lambda: moment)
            running = asyncio.create_task(keep_polling(poller, stop))
            await come(len(silent))
            for _minute in range(2):
                moment += dt.timedelta(seconds=61)
                await come(1)
            stop.set()
            await running

    asyncio.run(go())
