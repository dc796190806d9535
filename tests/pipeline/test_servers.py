"""Whole polls against real, badly behaved servers, with a clock that is told when to go."""

import pytest

from aggregator.fetch import Client
from aggregator.model import FailureKind, FetchRequest, FetchResult, Health, PollReport
from aggregator.polling.schedule import PollPolicy
from aggregator.store import SqlStore
from tests.conftest import Hostile
from tests.fetch.helpers import AGENT, QUICK
from tests.pipeline.helpers import World
from tests.values import setup, source


class Real(World):
    """A world whose servers are real."""

    hostile: Hostile

    async def fetch(self, request: FetchRequest) -> FetchResult:
        self.requests.append((self.moment, request))
        allow = [self.hostile.address]
        async with Client(AGENT, self.clock, limits=QUICK, allow_private=allow) as client:
            return await client(request)

    def daily(self, times: int) -> list[PollReport]:
        """One poll a day."""
        reports = []
        for _ in range(times):
            reports += self.poll_due()
            self.forward(days=2)
        return reports


@pytest.fixture
def world(hostile: Hostile, sqlite_store: SqlStore, request: pytest.FixtureRequest) -> Real:
    hostile.reset()
    at = Real(
        sqlite_store,
        setup([source("a", url=hostile.url(request.param))], polling=PollPolicy()),
    )
    at.hostile = hostile
    return at


def sent(world: Real, name: str) -> list[str | None]:
    """This header of every request, in their order."""
    return [
        {key.lower(): value for key, value in one["headers"]}.get(name)
        for one in world.hostile.log()
    ]


@pytest.mark.parametrize("world", ["/feed"], indirect=True)
def test_a2_1_a_feed_is_read_and_recorded_and_a1_1_asked_conditionally(world: Real) -> None:
    assert [report.outcome for report in world.daily(2)] == ["new", "not_modified"]
    assert sent(world, "if-none-match") == [None, '"v1"']
    assert sent(world, "if-modified-since") == [None, "Wed, 01 Jan 2025 00:00:00 GMT"]


@pytest.mark.parametrize("world", ["/apache-gzip"], indirect=True)
def test_a1_9_apaches_compressed_tags_are_known_again_from_the_fifth_poll_on(world: Real) -> None:
    outcomes = [report.outcome for report in world.daily(7)]

    assert outcomes == ["new", *["unchanged"] * 3, *["not_modified"] * 3]
    assert sent(world, "if-none-match")[4] == '"abc-gzip", "abc"'


@pytest.mark.parametrize("world", ["/etag-churn"], indirect=True)
def test_a1_9_a_server_with_a_new_tag_for_every_answer_is_sent_none(world: Real) -> None:
    outcomes = [report.outcome for report in world.daily(6)]

    assert outcomes == ["new", *["unchanged"] * 5]
    assert sent(world, "if-none-match") == [None, '"1"', '"2"', '"3"', None, None]


@pytest.mark.parametrize("world", ["/epoch"], indirect=True)
def test_a1_10_a_date_of_1970_is_not_sent_back(world: Real) -> None:
    world.daily(3)

    assert sent(world, "if-modified-since") == [None] * 3


@pytest.mark.parametrize("world", ["/always304"], indirect=True)
def test_a1_7_a_304_at_first_contact_is_followed_by_another_plain_request_later(
    world: Real,
) -> None:
    reports = world.poll_due()
    assert len(world.hostile.log()) == 1, "not at once"
    reports += world.daily(1)
    world.forward(days=2)
    world.poll_due()

    assert reports[0].failure is not None
    assert reports[0].failure.kind is FailureKind.PROTOCOL
    assert sent(world, "if-none-match") == [None] * len(world.hostile.log())


@pytest.mark.parametrize("world", ["/empty200", "/html200"], indirect=True)
def test_a2_2_an_empty_document_or_a_page_is_no_feed(world: Real) -> None:
    (report,) = world.poll_due()

    assert report.failure is not None
    assert report.failure.kind is FailureKind.NOT_A_FEED
    assert (report.failure.status, report.failure.url) == (200, world.setup.sources["a"].url)


@pytest.mark.parametrize("world", ["/410"], indirect=True)
def test_a2_5_two_410s_in_sixty_days_and_no_more(world: Real) -> None:
    world.daily(30)

    assert len(world.hostile.log()) == 2
    with world.store.reading() as ask:
        assert ask.states()["a"].health is Health.GONE


@pytest.mark.parametrize("world", ["/hang", "/nope"], indirect=True)
def test_a2_11_what_cannot_be_had_backs_off(world: Real) -> None:
    waits = []
    for _ in range(3):
        (report,) = world.poll_due()
        assert report.next_poll_at is not None
        waits.append((report.next_poll_at - world.moment).total_seconds() / 3600)
        world.moment = report.next_poll_at

    assert [round(wait) for wait in waits] == [1, 1, 1]
    for _ in range(7):
        (report,) = world.poll_due()
        assert report.next_poll_at is not None
        wait = report.next_poll_at - world.moment
        world.moment = report.next_poll_at
    assert wait.total_seconds() == 86400


@pytest.mark.parametrize("world", ["/r/301?/html200"], indirect=True)
def test_a5_6_a_redirect_to_a_page_is_an_error_that_says_where_it_leads(world: Real) -> None:
    (report,) = world.poll_due()

    assert report.failure is not None
    assert report.failure.detail.startswith(f"redirected to {world.hostile.url('/html200')}")


@pytest.mark.parametrize("world", ["/r/301?/feed"], indirect=True)
def test_a5_4_three_polls_of_a_301_and_it_is_asked_at_the_new_address(world: Real) -> None:
    world.daily(4)

    assert [one["path"] for one in world.hostile.log()] == [
        *["/r/301?/feed", "/feed"] * 3, "/feed",
    ]  # fmt: skip
    assert sent(world, "if-none-match")[-1] == '"v1"'


@pytest.mark.parametrize("world", ["/r/302?/feed"], indirect=True)
def test_a2_4_a_302_is_followed_every_time(world: Real) -> None:
    world.daily(4)

    assert [one["path"] for one in world.hostile.log()] == ["/r/302?/feed", "/feed"] * 4


@pytest.mark.parametrize("world", ["/feed"], indirect=True)
def test_a16_polls_of_the_schedule_come_before_no_bound(world: Real) -> None:
    reports = world.poll_due()
    for _ in range(20):
        with world.store.reading() as ask:
            next_poll_at = ask.states()["a"].next_poll_at
        assert next_poll_at is not None
        world.moment = next_poll_at
        reports += world.poll_due()

    assert len(reports) == 21
    assert {report.early for report in reports} == {()}
    assert [report.contact for report in reports] == ["no_validators", *["conditional"] * 20]
