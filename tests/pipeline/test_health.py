"""Moves, refusals, pauses and the history of health, on both databases."""

import datetime as dt
from dataclasses import replace

import pytest

from aggregator.model import (
    Failure,
    FailureKind,
    Fetched,
    FetchRequest,
    FetchResult,
    Health,
    HealthChange,
    Move,
    PollState,
)
from aggregator.pipeline.due import ask_for, claim, sync_sources
from aggregator.pipeline.history import changes, health_feed, is_told
from aggregator.pipeline.status import source_statuses
from aggregator.polling.schedule import PollPolicy
from aggregator.publish.atom import render_atom
from aggregator.store import SqlStore
from tests.pipeline.helpers import Page, World
from tests.publish.helpers import complaints, read_back
from tests.values import NOON, rss, setup, source

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
NEW = "https://new.example/feed"
ITEM = (
    "<item><title>Story {n}</title><link>https://a.example/{n}</link>"
    "<guid isPermaLink='false'>item-{n}</guid>"
    "<pubDate>Sun, 22 Nov 2026 0{n}:00:00 GMT</pubDate></item>"
)


def items(*numbers: int) -> bytes:
    return rss(*(ITEM.format(n=n) for n in numbers))


class Moving(World):
    """A world whose source `a` has moved: the old address redirects there."""

    async def fetch(self, request: FetchRequest) -> FetchResult:
        if request.url != self.setup.sources["a"].url:
            return await super().fetch(request)
        self.requests.append((self.moment, request))
        page = self.pages[NEW]
        if isinstance(page, Failure):
            return page
        return Fetched(NEW, {}, page.body, hops=((301, NEW),))


def moved(store: SqlStore, *others: str) -> Moving:
    """A world after three days of redirects."""
    sources = [source("a"), *(source(f"s{n}", url=url) for n, url in enumerate(others))]
    at = Moving(store, setup(sources))
    at.pages[NEW] = Page(items(1, 2))
    for number in range(4):
        at.pages[NEW] = Page(items(1, 2, 3 + number))
        at.poll_due()
        at.forward(days=1)
    return at


def state(store: SqlStore, key: str = "a") -> PollState:
    with store.reading() as ask:
        return ask.states([key])[key]


def statuses(at: World) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {one.key: (one.health.value, one.reasons) for one in source_statuses(at.store, at.setup)}


def test_a5_4_a_source_that_has_moved_is_asked_there_and_the_operator_is_told(
    store: SqlStore,
) -> None:
    at = moved(store)

    assert state(store).url == NEW
    assert statuses(at)["a"] == ("moved", (f"moved for good: write url: {NEW} in feeds.yaml",))
    at.requests.clear()
    at.poll_due()
    assert [request.url for _, request in at.requests] == [NEW]


def test_a5_4_the_move_is_logged(store: SqlStore) -> None:
    sources = [source("a")]
    at = Moving(store, setup(sources))
    notes: list[str] = []
    for number in range(4):
        at.pages[NEW] = Page(items(1, 2 + number))
        notes += [note for report in at.poll_due() for note in report.notes]
        at.forward(days=1)

    assert notes == [f"asked at {NEW} from now on, no more at {source('a').url}"]


def test_a5_4_an_operator_who_writes_the_new_address_loses_nothing(store: SqlStore) -> None:
    at = moved(store)
    before = state(store)
    at.setup = setup([source("a", url=NEW)])

    sync_sources(store, at.setup, at.moment)

    after = state(store)
    assert (after.listed_url, after.move, after.url) == (NEW, None, NEW)
    assert (after.validators, after.arrivals) == (before.validators, before.arrivals)
    assert after.next_poll_at == before.next_poll_at


def test_a5_4_another_address_in_the_file_undoes_the_move(store: SqlStore) -> None:
    at = moved(store)
    other = "https://third.example/feed"

    sync_sources(store, setup([source("a", url=other)]), at.moment)

    assert state(store).url == other
    assert state(store).move is None


def test_a5_6_a_redirect_to_a_page_never_becomes_the_address(store: SqlStore) -> None:
    at = Moving(store, setup([source("a")]))
    at.pages[NEW] = Page(b"<!doctype html><title>Home</title>")
    for _ in range(60):
        at.poll_due()
        at.forward(days=1)

    known = state(store)
    assert (known.url, known.move) == (source("a").url, None)
    assert known.failure is not None
    assert known.failure.kind is FailureKind.NOT_A_FEED
    assert known.failure.detail.startswith(f"redirected to {NEW}: an HTML page")
    assert known.health is Health.DEAD, "as a 404 would be after a month"


def test_a5_7_a_source_that_turns_out_to_be_another_is_polled_once(store: SqlStore) -> None:
    at = moved(store, NEW)

    assert state(store, "a").next_poll_at is None
    assert state(store, "s0").next_poll_at is not None
    assert "the same feed as s0, which is polled; take one of them out" in statuses(at)["a"][1]
    _, left_out = ask_for(store, at.setup, ["a"], at.moment)
    assert left_out == {"a": "the same feed as s0, which is polled; take one of them out"}
    titles = [entry.title for entry in read_back(at.render("all.atom").body).entries]
    assert len(titles) == len(set(titles)) > 4, "their entries are one"


def test_a5_7_when_the_other_is_taken_out_the_source_is_polled_again(store: SqlStore) -> None:
    at = moved(store, NEW)

    sync_sources(store, setup([source("a")]), at.moment)

    assert state(store, "a").next_poll_at == at.moment


# --- refusals (A2.8) ---------------------------------------------------------------------------


def refusing(store: SqlStore, many: int, *, spread: dt.timedelta = dt.timedelta()) -> World:
    sources = [source(f"s{n}", url=f"https://f{n}.a.example/feed") for n in range(many)]
    at = World(store, setup(sources, polling=PollPolicy(host_spacing=dt.timedelta())))
    for one in sources:
        at.fail(one.key, FailureKind.FORBIDDEN, status=403, url=one.url)
    with store.writing() as tell:
        states = tell.states()
        tell.save_states(
            replace(states[f"s{n}"], next_poll_at=NOON + n * spread) for n in range(many)
        )
    return at


def test_a2_8_three_403s_of_one_host_in_an_hour_are_a_rate_limit_for_six_hours(
    store: SqlStore,
) -> None:
    at = refusing(store, 5, spread=dt.timedelta(minutes=10))
    for _ in range(30):
        at.poll_due()
        at.forward(minutes=10)

    assert len(at.requests) == 3, "the others are not asked any more"
    with store.reading() as ask:
        clock = ask.hosts(["a.example"])["a.example"]
        states = ask.states()
    assert clock.told_to_wait
    assert clock.not_before == NOON + 20 * dt.timedelta(minutes=1) + 6 * HOUR
    for key in ("s0", "s1", "s2"):
        known = states[key]
        assert (known.health, known.failures) == (Health.RATE_LIMITED, 0)
        assert known.next_poll_at == clock.not_before
    assert not any(one.needs_a_person for one in source_statuses(store, at.setup))


def test_a2_8_two_refused_sources_are_blocked_and_asked_daily(store: SqlStore) -> None:
    at = refusing(store, 2)
    at.poll_due()

    for key in ("s0", "s1"):
        known = state(store, key)
        assert (known.health, known.failures) == (Health.BLOCKED, 1)
        assert known.next_poll_at == NOON + DAY


def test_a2_8_a_page_that_wants_to_see_a_browser_is_a_refusal(store: SqlStore) -> None:
    at = World(store, setup([source("a")]))
    page = b"<!doctype html><title>Just a moment...</title><script>window._cf_chl_opt={}</script>"
    at.serve("a", page)

    at.poll_due()

    known = state(store)
    assert known.health is Health.BLOCKED
    assert known.failure is not None
    assert known.failure.kind is FailureKind.FORBIDDEN


def test_a2_9_who_is_refused_for_want_of_a_password_is_asked_daily(store: SqlStore) -> None:
    at = World(store, setup([source("a")]))
    at.fail("a", FailureKind.AUTH, status=401)

    at.poll_due()

    assert state(store).next_poll_at == NOON + DAY


def test_a2_10_a_404_of_a_month_is_dead_and_is_still_asked(store: SqlStore) -> None:
    at = World(store, setup([source("a")]))
    for _ in range(45):
        at.poll_due()
        at.forward(days=1)

    assert state(store).health is Health.DEAD
    assert state(store).next_poll_at is not None


# --- pauses ------------------------------------------------------------------------------------


def test_a6_2_a_paused_source_is_left_alone_and_says_so(store: SqlStore) -> None:
    at = World(store, setup([source("a")]))
    at.serve("a", items(1))
    at.poll_due()
    paused = setup([source("a", paused=True)])

    sync_sources(store, paused, at.moment)

    assert (state(store).health, state(store).next_poll_at) == (Health.PAUSED, None)
    assert claim(store, paused, at.moment + 9 * DAY, "test", 10) == []
    assert ask_for(store, paused, None, at.moment + DAY)[1] == {"a": "paused in feeds.yaml"}
    at.setup = paused
    assert statuses(at)["a"] == ("paused", ("paused in feeds.yaml",))
    assert len(read_back(at.render("all.atom").body).entries) == 1, "what it brought stays"


def test_a6_2_a_source_no_longer_paused_is_asked_at_once(store: SqlStore) -> None:
    paused = setup([source("a", paused=True)])
    sync_sources(store, paused, NOON)

    sync_sources(store, setup([source("a")]), NOON + DAY)

    assert (state(store).health, state(store).next_poll_at) == (Health.NEW, NOON + DAY)


# --- history and the feed of it ----------------------------------------------------------------


def broken(store: SqlStore) -> World:
    """A source that was well, and then no feed any more."""
    at = World(store, setup([source("a", title="The <Gazette>"), source("b")]))
    at.serve("a", items(1))
    at.serve("b", items(2))
    at.poll_due()
    at.forward(days=1)
    at.serve("a", b"<!doctype html><title>Buy this domain</title>")
    at.poll_due()
    return at


def test_a6_2_changes_of_state_are_remembered_with_when_and_why(store: SqlStore) -> None:
    broken(store)

    with store.reading() as ask:
        newest, *older = ask.health_changes()
    assert (newest.source, newest.was, newest.health) == ("a", Health.ACTIVE, Health.NOT_A_FEED)
    assert newest.at == NOON + DAY
    assert newest.why.startswith("an HTML page")
    assert {(one.source, one.was, one.health) for one in older} == {
        ("a", Health.NEW, Health.ACTIVE),
        ("b", Health.NEW, Health.ACTIVE),
    }


def test_the_history_of_a_source_is_bounded_and_the_newest_stays(store: SqlStore) -> None:
    with store.writing() as tell:
        for number in range(70):
            at = NOON + number * HOUR
            change = HealthChange("a", at, Health.ACTIVE, Health.FAILING, str(number))
            tell.save_health_changes([change, replace(change, source=f"b{number}")])

    with store.reading() as ask:
        kept = ask.health_changes()
    assert [one.why for one in kept if one.source == "a"] == [str(n) for n in range(69, 19, -1)]
    assert len(kept) == 50 + 70


def test_law_7_a_change_of_health_comes_back_as_it_went(store: SqlStore) -> None:
    change = HealthChange("a", NOON, Health.QUIET, Health.RATE_LIMITED, "why “not”?")
    with store.writing() as tell:
        tell.save_health_changes([change])
    with store.reading() as ask:
        assert ask.health_changes() == [change]


def test_the_operators_feed_tells_what_broke_and_is_valid(store: SqlStore) -> None:
    at = broken(store)

    rendering = at.render("health.atom")

    assert complaints(rendering.body) == []
    read = read_back(rendering.body)
    (entry,) = read.entries
    assert entry.title == "The <Gazette>: not a feed"
    assert entry.link == "https://news.example.org/sources#a"
    assert entry.summary.startswith("It was active, and is not a feed now: an HTML page")
    assert rendering.noindex
    assert read.feed.id.endswith("health")


def test_a6_5_what_a_server_says_breaks_no_document(store: SqlStore) -> None:
    at = World(store, setup([source("a")]))
    said = "<script>\x1b]0;\x07 \ud800 \u202e ]]> &amp; \ufffe"
    failure = Failure(FailureKind.FORBIDDEN, "headers", said)
    with store.writing() as tell:
        before = tell.states()["a"]
        ill = replace(before, health=Health.BLOCKED, failure=failure)
        tell.save_health_changes(changes([before], [ill], NOON))

    body = at.render("health.atom").body

    assert complaints(body) == []
    assert b"<script>" not in body


def test_law_5_the_operators_feed_is_the_same_at_any_time(store: SqlStore) -> None:
    at = broken(store)
    first = render_atom(health_feed(store, at.setup)).body
    at.forward(days=3)

    assert render_atom(health_feed(store, at.setup)).body == first


def test_an_operators_feed_without_news_is_valid_too(store: SqlStore) -> None:
    at = World(store, setup([source("a")]))

    assert complaints(at.render("health.atom").body) == []


@pytest.mark.parametrize(
    ("was", "health", "told"),
    [
        (Health.NEW, Health.ACTIVE, False),
        (Health.NEW, Health.IDLE, False),
        (Health.NEW, Health.FAILING, False),
        (Health.NEW, Health.NOT_A_FEED, True),
        (Health.ACTIVE, Health.FAILING, False),
        (Health.FAILING, Health.ACTIVE, False),
        (Health.ACTIVE, Health.RATE_LIMITED, False),
        (Health.FAILING, Health.DEGRADED, True),
        (Health.DEGRADED, Health.ACTIVE, True),
        (Health.ACTIVE, Health.QUIET, True),
        (Health.QUIET, Health.ACTIVE, True),
        (Health.ACTIVE, Health.MOVED, True),
    ],
)
def test_what_mends_itself_wakes_nobody(was: Health, health: Health, told: bool) -> None:
    assert is_told(HealthChange("a", NOON, was, health, "")) is told


def test_a_source_gone_quiet_says_by_what_it_is_judged(store: SqlStore) -> None:
    arrivals = tuple(NOON - n * HOUR for n in range(20))
    with store.writing() as tell:
        tell.save_states(
            [
                PollState(
                    "a",
                    source("a").url,
                    NOON,
                    arrivals=arrivals,
                    health=Health.QUIET,
                    polled_at=NOON,
                    move=Move(NEW, NOON, True),
                )
            ]
        )

    (status,) = source_statuses(store, setup([source("a")]))

    assert status.reasons == ("nothing new, where something came every 60 minutes or so",)
    assert not status.needs_a_person
