"""Turns at a host (A8.8)."""

import asyncio

from aggregator.fetch.turns import Turns


class Time:
    """Seconds that pass when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await asyncio.sleep(0)


def test_a8_8_requests_to_one_host_start_a_while_apart() -> None:
    time = Time()
    turns = Turns(2.0, 1, time.now, time.sleep)
    starts: list[float] = []

    async def visit() -> None:
        async with turns.turn("a.example"):
            starts.append(time.now())

    async def go() -> None:
        await asyncio.gather(*(visit() for _ in range(5)))

    asyncio.run(go())
    assert starts == [0.0, 2.0, 4.0, 6.0, 8.0]


def test_a8_8_other_hosts_do_not_wait() -> None:
    time = Time()
    turns = Turns(2.0, 1, time.now, time.sleep)

    async def go() -> None:
        for number in range(5):
            async with turns.turn(f"{number}.example"):
                pass

    asyncio.run(go())
    assert time.seconds == 0.0


def test_a8_8_only_so_many_are_in_flight_at_a_host() -> None:
    time = Time()
    turns = Turns(0.0, 2, time.now, time.sleep)
    inside = most = 0

    async def visit() -> None:
        nonlocal inside, most
        async with turns.turn("a.example"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    async def go() -> None:
        await asyncio.gather(*(visit() for _ in range(20)))

    asyncio.run(go())
    assert most == 2


def test_a_turn_that_is_given_up_frees_the_host() -> None:
    time = Time()
    turns = Turns(2.0, 1, time.now, time.sleep)

    async def go() -> None:
        async def stay() -> None:
            async with turns.turn("a.example"):
                await asyncio.Event().wait()

        task = asyncio.create_task(stay())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with asyncio.timeout(5), turns.turn("a.example"):
            pass

    asyncio.run(go())


def test_hosts_that_have_nothing_more_to_say_are_forgotten() -> None:
    time = Time()
    turns = Turns(2.0, 1, time.now, time.sleep)

    async def go() -> None:
        for number in range(5000):
            time.seconds += 1
            async with turns.turn(f"{number}.example"):
                pass

    asyncio.run(go())
    assert len(turns._hosts) <= 1001
