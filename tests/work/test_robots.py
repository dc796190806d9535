"""robots.txt is asked for once a day, and obeyed."""

import asyncio
from typing import Any

import pytest

from aggregator.model import Failure, FailureKind, Fetched, FetchRequest, FetchResult
from aggregator.store import SqlStore
from aggregator.work.robots import Obedient, PageRules
from tests.conftest import Clock

FEED = "https://a.example/feed.xml"
ROBOTS = "https://a.example/robots.txt"
US = b"User-agent: aggregator\nDisallow: /feed\n"
ALL = b"User-agent: *\nDisallow: /\n"


class World:
    """Answers by address, and what was asked."""

    def __init__(self, robots: bytes | Failure) -> None:
        self.robots = robots
        self.asked: list[str] = []

    async def __call__(self, request: FetchRequest) -> FetchResult:
        self.asked.append(request.url)
        await asyncio.sleep(0)
        if request.url == ROBOTS:
            robots = self.robots
            return robots if isinstance(robots, Failure) else Fetched(request.url, {}, robots)
        return Fetched(request.url, {}, b"<rss/>")


def refusal(kind: FailureKind, status: int | None = None) -> Failure:
    return Failure(kind, "headers", "no", status=status)


def poll(world: World, store: SqlStore, clock: Any, *urls: str) -> list[FetchResult]:
    async def go() -> list[FetchResult]:
        obedient = Obedient(world, store, clock)
        return await asyncio.gather(*(obedient(FetchRequest(url)) for url in urls or (FEED,)))

    return asyncio.run(go())


def test_a13_1_what_robots_txt_forbids_us_by_name_is_not_asked_for(
    store: SqlStore, clock: Clock
) -> None:
    world = World(US)

    (failure,) = poll(world, store, clock)

    assert isinstance(failure, Failure)
    assert (failure.kind, failure.status) == (FailureKind.FORBIDDEN, None)
    assert failure.detail == f"{ROBOTS} asks us to leave /feed.xml alone"
    assert world.asked == [ROBOTS]


def test_a13_1_rules_for_all_robots_do_not_bind_feeds_an_operator_has_listed(
    sqlite_store: SqlStore, clock: Clock
) -> None:
    world = World(ALL)

    assert isinstance(poll(world, sqlite_store, clock)[0], Fetched)
    assert world.asked == [ROBOTS, FEED]


def test_a13_1_robots_txt_is_asked_for_once_a_day_whoever_asks_and_restarts_included(
    store: SqlStore, clock: Clock
) -> None:
    world = World(US)

    poll(world, store, clock, FEED, "https://a.example/feed/2", "https://a.example/other")
    clock.forward(hours=23)
    poll(world, store, clock)
    assert world.asked.count(ROBOTS) == 1

    world.robots = b""
    clock.forward(hours=1)
    assert isinstance(poll(world, store, clock)[0], Fetched)
    assert world.asked.count(ROBOTS) == 2


@pytest.mark.parametrize(
    ("answer", "forbidden"),
    [
        (refusal(FailureKind.TIMEOUT), True),
        (refusal(FailureKind.STATUS, 500), True),
        (refusal(FailureKind.NOT_FOUND, 404), False),
    ],
)
def test_a13_1_a_server_that_is_not_well_leaves_the_rules_as_they_were(
    sqlite_store: SqlStore, clock: Clock, answer: Failure, forbidden: bool
) -> None:
    world = World(US)
    poll(world, sqlite_store, clock)
    world.robots = answer
    clock.forward(days=1)

    assert isinstance(poll(world, sqlite_store, clock)[0], Failure) is forbidden


def test_a13_1_a_server_that_is_not_well_forbids_nothing_new(
    sqlite_store: SqlStore, clock: Clock
) -> None:
    world = World(refusal(FailureKind.STATUS, 500))

    assert isinstance(poll(world, sqlite_store, clock)[0], Fetched)


def test_a13_1_where_nobody_could_be_asked_robots_txt_is_not_counted_as_asked_for(
    sqlite_store: SqlStore, clock: Clock
) -> None:
    world = World(refusal(FailureKind.CONNECT))

    (failure,) = poll(world, sqlite_store, clock)
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.url) == (FailureKind.CONNECT, FEED)

    world.robots = US
    clock.forward(minutes=15)
    poll(world, sqlite_store, clock)
    assert world.asked == [ROBOTS, ROBOTS]


def test_a2_6_a_429_for_robots_txt_is_one_for_the_feed(
    sqlite_store: SqlStore, clock: Clock
) -> None:
    world = World(refusal(FailureKind.RATE_LIMITED, 429))

    (failure,) = poll(world, sqlite_store, clock)

    assert isinstance(failure, Failure)
    assert failure.kind is FailureKind.RATE_LIMITED
    assert world.asked == [ROBOTS]


@pytest.mark.parametrize(
    ("robots", "kind"),
    [
        (b"", None),
        (ALL, FailureKind.FORBIDDEN),
        (US, FailureKind.FORBIDDEN),
        (refusal(FailureKind.NOT_FOUND, 404), None),
        (refusal(FailureKind.FORBIDDEN, 403), None),
        (refusal(FailureKind.UNAVAILABLE, 503), FailureKind.UNAVAILABLE),
        (refusal(FailureKind.RATE_LIMITED, 429), FailureKind.RATE_LIMITED),
        (refusal(FailureKind.DNS), FailureKind.DNS),
    ],
)
def test_a12_5_a_page_is_asked_for_only_where_robots_may(
    robots: bytes | Failure, kind: FailureKind | None
) -> None:
    world = World(robots)

    async def go() -> list[Failure | None]:
        rules = PageRules(world)
        return [await rules.refusal(FEED), await rules.refusal("https://a.example/feed/2")]

    for refused in asyncio.run(go()):
        assert (refused.kind if refused else None) is kind
    assert world.asked == [ROBOTS]


def test_a13_1_a_redirect_does_not_lead_around_a_group_that_names_us(
    store: SqlStore, clock: Clock
) -> None:
    class Redirecting(World):
        async def __call__(self, request: FetchRequest) -> FetchResult:
            if request.url == "https://b.example/moved":
                self.asked.append(request.url)
                return Fetched(FEED, {}, b"<rss/>", hops=((302, FEED),))
            if request.url == "https://b.example/robots.txt":
                return refusal(FailureKind.NOT_FOUND, 404)
            return await super().__call__(request)

    (failure,) = poll(Redirecting(US), store, clock, "https://b.example/moved")

    assert isinstance(failure, Failure)
    assert failure.detail == f"{ROBOTS} asks us to leave /feed.xml alone"
