"""Whose turn it is."""

import datetime as dt
from dataclasses import replace

import pytest

from aggregator.model import Blocklist, Health, HostState, PollState, Validators
from aggregator.pipeline.due import LEASE, ask_for, claim, release_dead, sync_sources
from aggregator.pipeline.setup import Setup
from aggregator.polling.schedule import PollPolicy
from aggregator.store import SqlStore
from tests.values import NOON, setup, source

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)


def begin(store: SqlStore, at: Setup | None = None) -> Setup:
    at = at or setup()
    sync_sources(store, at, NOON)
    return at


def state(store: SqlStore, key: str = "a") -> PollState:
    with store.reading() as ask:
        return ask.states([key])[key]


def put(store: SqlStore, **changed: object) -> None:
    with store.writing() as tell:
        tell.save_states([replace(tell.states(["a"])["a"], **changed)])  # type: ignore[arg-type]


def test_a_new_source_is_due_at_once(store: SqlStore) -> None:
    at = begin(store)

    assert [c.source.key for c in claim(store, at, NOON, "me", 10)] == ["a", "b", "c"]


def test_a3_1_the_time_of_the_next_poll_moves_on_before_the_fetch(store: SqlStore) -> None:
    at = begin(store)

    claim(store, at, NOON, "me", 10)

    assert state(store).next_poll_at == NOON + HOUR
    assert state(store).lease_until == NOON + LEASE


def test_a3_1_a_crash_loop_never_polls_faster_than_the_minimum(store: SqlStore) -> None:
    at = begin(store)
    asked: list[dt.datetime] = []
    for minute in range(240):  # it is claimed, and the process dies, every minute anew
        now = NOON + minute * MINUTE
        release_dead(store, lambda _owner: False)
        asked += [now for c in claim(store, at, now, "me", 10) if c.source.key == "a"]

    assert asked == [NOON, NOON + HOUR, NOON + 2 * HOUR, NOON + 3 * HOUR]


def test_a3_11_two_pollers_never_claim_the_same_source(store: SqlStore) -> None:
    at = begin(store)

    first = claim(store, at, NOON, "one", 2)
    second = claim(store, at, NOON, "two", 10)

    assert [c.source.key for c in first] == ["a", "b"]
    assert [c.source.key for c in second] == ["c"]


def test_a8_8_the_host_rests_between_two_of_its_sources(store: SqlStore) -> None:
    at = begin(store, setup(sources=[source(k, url=f"https://blogs.example/{k}") for k in "abc"]))

    assert len(claim(store, at, NOON, "me", 10)) == 1
    with store.writing() as tell:
        tell.release({"me"})
    assert claim(store, at, NOON + dt.timedelta(seconds=1), "me", 10) == []
    assert len(claim(store, at, NOON + dt.timedelta(seconds=2), "me", 10)) == 1


def test_a8_8_the_host_rests_from_when_it_is_asked_not_from_when_its_source_was_claimed(
    store: SqlStore,
) -> None:
    elsewhere = source("0")  # is asked first
    crowd = [source(k, url=f"https://blogs.example/{k}") for k in "ab"]
    at = begin(store, setup(sources=[elsewhere, *crowd]))

    assert len(claim(store, at, NOON, "me", 10, apart=0.5)) == 2
    with store.writing() as tell:
        tell.release({"me"})
    assert claim(store, at, NOON + dt.timedelta(seconds=2), "me", 10) == []
    assert len(claim(store, at, NOON + dt.timedelta(seconds=2.5), "me", 10)) == 1


def test_a8_8_a_host_is_asked_one_thing_at_a_time(store: SqlStore) -> None:
    at = begin(store, setup(sources=[source(k, url=f"https://blogs.example/{k}") for k in "abc"]))
    claim(store, at, NOON, "me", 10)

    assert claim(store, at, NOON + MINUTE, "me", 10) == []


def test_sources_without_spacing_take_turns_up_to_the_hosts_concurrency(store: SqlStore) -> None:
    policy = PollPolicy(host_spacing=dt.timedelta(), host_concurrency=2)
    sources = [source(k, url=f"https://blogs.example/{k}") for k in "abcd"]
    at = begin(store, setup(sources=sources, polling=policy))

    assert len(claim(store, at, NOON, "me", 10)) == 2
    assert claim(store, at, NOON, "me", 10) == []


def test_a3_9_the_longest_due_are_asked_first(store: SqlStore) -> None:
    at = begin(store, setup(sources=[source(key) for key in "abcde"]))
    with store.writing() as tell:
        known = tell.states(list("abcde"))
        overdue = {"a": 1, "b": 3, "c": 2, "d": -1, "e": 4}  # hours
        tell.save_states(
            replace(known[key], next_poll_at=NOON - hours * HOUR) for key, hours in overdue.items()
        )

    asked = [claim(store, at, NOON + number * MINUTE, "me", 1) for number in range(4)]

    assert [one.source.key for claimed in asked for one in claimed] == ["e", "b", "c", "a"]


def test_a3_9_a_host_with_a_thousand_overdue_sources_starves_no_other(store: SqlStore) -> None:
    crowd = [source(f"crowd-{n}", url=f"https://crowd.example/{n}") for n in range(1000)]
    others = [source(f"other-{n}", url=f"https://other-{n}.example/") for n in range(100)]
    at = begin(store, setup(sources=[*crowd, *others]))
    with store.writing() as tell:  # the crowd has waited for longer
        known = tell.states([one.key for one in crowd])
        tell.save_states(replace(state, next_poll_at=NOON - 24 * HOUR) for state in known.values())

    asked: dict[str, int] = {}
    for second in range(10):  # the daemon's ticks; the crowd's host never answers in time
        now = NOON + dt.timedelta(seconds=second)
        asked |= {one.source.key: second for one in claim(store, at, now, "me", 20)}

    assert {one.key for one in others} <= asked.keys()
    assert sum(key.startswith("crowd") for key in asked) == 1


def test_a_lease_that_ran_out_is_free_again_at_the_sources_own_time(store: SqlStore) -> None:
    at = begin(store)
    claim(store, at, NOON, "me", 10)

    assert claim(store, at, NOON + LEASE, "you", 10) == []
    assert len(claim(store, at, NOON + HOUR, "you", 10)) == 3


def test_a_source_taken_out_of_the_file_is_not_polled(store: SqlStore) -> None:
    begin(store)

    without = begin(store, setup(sources=[source("a")]))

    assert [c.source.key for c in claim(store, without, NOON, "me", 10)] == ["a"]


def test_a_source_that_comes_back_keeps_its_history(store: SqlStore) -> None:
    begin(store)
    put(store, validators=Validators("https://a.example/feed", '"v1"'), next_poll_at=NOON + HOUR)
    begin(store, setup(sources=[source("b")]))

    begin(store)

    assert state(store).validators == Validators("https://a.example/feed", '"v1"')
    assert state(store).next_poll_at == NOON + HOUR


def test_another_address_under_the_same_key_starts_anew(store: SqlStore) -> None:
    begin(store)
    put(store, validators=Validators("https://a.example/feed", '"v1"'), succeeded_at=NOON,
        body_digest="d", next_poll_at=NOON + HOUR)  # fmt: skip

    begin(store, setup(sources=[source("a", url="https://a.example/new-feed")]))

    moved = state(store)
    assert (moved.validators, moved.body_digest, moved.next_poll_at) == (None, None, NOON)
    assert moved.succeeded_at == NOON, "it is no new source: its entries are known"


def test_a_shorter_interval_takes_effect_now(store: SqlStore) -> None:
    begin(store)
    put(store, polled_at=NOON - 10 * MINUTE, succeeded_at=NOON, next_poll_at=NOON + 20 * HOUR)

    begin(store, setup(sources=[source("a", every=30 * MINUTE)]))

    assert state(store).next_poll_at == NOON + 20 * MINUTE


def test_a_longer_interval_takes_effect_now(store: SqlStore) -> None:
    begin(store)
    put(store, polled_at=NOON - 10 * MINUTE, succeeded_at=NOON, next_poll_at=NOON + 20 * MINUTE)

    begin(store, setup(sources=[source("a", every=24 * HOUR)]))

    assert state(store).next_poll_at == NOON - 10 * MINUTE + 24 * HOUR


def test_a_reload_moves_no_poll_of_a_source_that_did_not_change(store: SqlStore) -> None:
    at = begin(store, setup(sources=[source("a", every=HOUR)]))
    planned = NOON + 55 * MINUTE  # an hour after the last one, and some jitter
    put(store, polled_at=NOON - 10 * MINUTE, succeeded_at=NOON, next_poll_at=planned)

    sync_sources(store, at, NOON + 30 * MINUTE)

    assert state(store).next_poll_at == planned


def test_a_reload_brings_no_poll_forward_that_is_under_way(store: SqlStore) -> None:
    at = begin(store)
    put(store, polled_at=NOON - 48 * HOUR, succeeded_at=NOON - 48 * HOUR, next_poll_at=NOON)
    claim(store, at, NOON, "me", 10, only={"a"})
    planned = state(store).next_poll_at

    sync_sources(store, at, NOON + MINUTE)

    assert state(store).next_poll_at == planned


@pytest.mark.parametrize(
    "blocklist",
    [
        Blocklist(hosts=frozenset({"a.example"})),
        Blocklist(urls=frozenset({"https://a.example/feed"})),
    ],
)
def test_a13_3_a_blocked_source_is_not_even_asked(store: SqlStore, blocklist: Blocklist) -> None:
    at = begin(store, setup(blocklist=blocklist))

    assert [c.source.key for c in claim(store, at, NOON, "me", 10)] == ["b", "c"]


def test_a_person_may_ask_for_a_source_that_is_not_due(store: SqlStore) -> None:
    at = begin(store)
    put(store, next_poll_at=NOON + 20 * HOUR, polled_at=NOON - HOUR)

    asked, left_out = ask_for(store, at, ["a"], NOON)

    assert (asked, left_out) == (["a"], {})
    assert "a" in {c.source.key for c in claim(store, at, NOON, "me", 10, only={"a"})}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"polled_at": NOON - 5 * MINUTE}, "polled less than 15 minutes ago"),
        ({"health": Health.GONE, "next_poll_at": None}, "gone: the server answered 410 twice"),
        ({"not_before": NOON + HOUR}, "its server asked to wait until 2026-11-22 13:00 UTC"),
        ({"lease_until": NOON + HOUR}, "another process is polling it"),
    ],
)
def test_a_person_is_told_why_a_source_is_left_out(
    store: SqlStore, changed: dict[str, object], reason: str
) -> None:
    at = begin(store)
    put(store, **changed)

    asked, left_out = ask_for(store, at, None, NOON)

    assert asked == ["b", "c"]
    assert left_out == {"a": reason}


def test_a2_6_not_even_a_person_asks_a_host_that_wants_to_be_left_alone(store: SqlStore) -> None:
    at = begin(store)
    with store.writing() as tell:
        tell.save_hosts([HostState("a.example", NOON + HOUR, told_to_wait=True)])

    _, left_out = ask_for(store, at, ["a"], NOON)

    assert left_out == {"a": "its host asked to be left alone until 2026-11-22 13:00 UTC"}


def test_a1_13_a_minimum_of_nothing_lifts_the_floor_for_people(store: SqlStore) -> None:
    at = begin(store, setup(polling=PollPolicy(min_interval=dt.timedelta())))
    put(store, polled_at=NOON)

    assert ask_for(store, at, ["a"], NOON) == (["a"], {})
