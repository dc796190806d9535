"""Permanent moves, believed slowly and undone quickly."""

import datetime as dt
from dataclasses import replace

import pytest

from aggregator.model import (
    Failure,
    FailureKind,
    FeedInfo,
    Fetched,
    Health,
    Move,
    NotModified,
    PollState,
)
from aggregator.polling.moves import notices
from aggregator.polling.outcome import Outcome, after_poll
from aggregator.polling.request import request_for
from aggregator.polling.schedule import PollPolicy
from tests.values import NOON, source

DAY = dt.timedelta(days=1)
OLD, NEW = source().url, "https://new.example/feed"
MOVED = ((301, NEW),)
INFO = FeedInfo(title="A feed", id="urn:feed:a")


def state(**changed: object) -> PollState:
    return PollState("a", OLD, next_poll_at=NOON, succeeded_at=NOON - DAY, **changed)  # type: ignore[arg-type]


def told(
    known: PollState,
    *days: float,
    hops: tuple[tuple[int, str], ...] = MOVED,
    info: FeedInfo = INFO,
    shared: bool = False,
    auth: str | None = None,
) -> PollState:
    """After polls on these days that were redirected so."""
    for day in days:
        result = Fetched(hops[-1][1] if hops else OLD, {}, b"", hops=hops)
        outcome = Outcome(result, f"digest {day}", read=True, info=info, shared=shared)
        known = after_poll(
            known, source(auth=auth), outcome, NOON + day * DAY, PollPolicy(), jitter=0
        )
    return known


def test_a5_4_a_move_told_on_three_polls_in_two_days_is_believed() -> None:
    known = told(state(info=INFO), 0, 1, 2)

    assert known.move == Move(NEW, NOON, True, 3, NOON + 2 * DAY)
    assert (known.url, known.listed_url) == (NEW, OLD), "what feeds.yaml says stays"
    assert known.health is Health.MOVED
    assert request_for(known, source(), NOON + 3 * DAY).url == NEW
    assert notices(known) == (f"moved for good: write url: {NEW} in feeds.yaml",)


@pytest.mark.parametrize(
    "days", [(0, 2), (0, 0.5, 1, 1.5), (0,)], ids=["two polls", "a day and a half", "one poll"]
)
def test_a5_4_a_move_told_too_few_times_or_too_quickly_is_not_believed(
    days: tuple[float, ...],
) -> None:
    assert told(state(info=INFO), *days).url == OLD


@pytest.mark.parametrize(
    "hops",
    [
        ((302, NEW),),
        ((307, NEW),),
        ((301, "https://between.example/"), (302, NEW)),
        ((303, "https://between.example/"), (308, NEW)),
    ],
)
def test_a2_4_a5_4_every_redirect_on_the_way_must_be_permanent(
    hops: tuple[tuple[int, str], ...],
) -> None:
    known = told(state(info=INFO), 0, 1, 2, 3, hops=hops)

    assert known.move is None
    assert known.url == OLD


def test_a2_3_a_308_is_as_good_as_a_301() -> None:
    assert told(state(info=INFO), 0, 1, 2, hops=((308, NEW),)).url == NEW


def test_a5_4_another_target_begins_anew() -> None:
    known = told(state(info=INFO), 0, 1)
    known = told(known, 2, hops=((301, "https://other.example/feed"),))

    assert known.move == Move("https://other.example/feed", NOON + 2 * DAY, True)


def test_a5_4_one_answer_from_the_old_address_begins_anew() -> None:
    known = told(told(state(info=INFO), 0, 1), 2, hops=())

    assert known.move is None


def test_a5_4_another_feed_at_the_new_address_is_not_believed() -> None:
    other = FeedInfo(title="Domains for sale", id="urn:other")

    known = told(told(state(info=INFO), 0, info=other), 1, 2, 3, info=other, shared=True)

    assert known.url == OLD


def test_a5_4_a_feed_with_entries_that_are_known_is_the_same_whatever_its_id() -> None:
    renamed = FeedInfo(title="New name")

    known = told(state(info=INFO), 0, 1, 2, info=renamed, shared=True)

    assert known.url == NEW


def test_a5_4_the_same_address_with_https_needs_no_other_proof() -> None:
    plain = replace(state(), listed_url=OLD.replace("https:", "http:"))

    known = told(plain, 0, 1, 2, hops=((301, OLD),), info=FeedInfo())

    assert known.url == OLD
    assert known.move is not None


def test_a5_4_a_304_from_the_new_address_counts_as_the_feed_that_was_read_there() -> None:
    known = told(state(info=INFO), 0)
    for day in (1, 2):
        outcome = Outcome(NotModified(NEW, {}, MOVED))
        known = after_poll(known, source(), outcome, NOON + day * DAY, PollPolicy(), jitter=0)

    assert known.url == NEW


def test_a5_3_a_source_with_a_password_stays_where_it_is() -> None:
    known = told(state(info=INFO), 0, 1, 2, 3, auth="user:password")

    assert known.url == OLD


@pytest.mark.parametrize(
    ("kind", "failures", "url"),
    [
        (FailureKind.NOT_FOUND, 1, NEW),
        (FailureKind.NOT_FOUND, 3, OLD),
        (FailureKind.GONE, 1, OLD),
        (FailureKind.RATE_LIMITED, 3, NEW),
    ],
)
def test_a5_4_a_move_to_where_nothing_is_to_be_had_is_undone(
    kind: FailureKind, failures: int, url: str
) -> None:
    known = told(state(info=INFO), 0, 1, 2)
    for day in range(failures):
        failed = Outcome(Failure(kind, "headers", "no"))
        known = after_poll(known, source(), failed, NOON + (3 + day) * DAY, PollPolicy(), jitter=0)

    assert known.url == url
    assert known.health is not Health.GONE


@pytest.mark.parametrize(
    ("info", "said"),
    [
        (FeedInfo(moved_to=NEW), f"the feed says that it has moved to {NEW}"),
        (FeedInfo(self_url=NEW), f"the feed gives another address as its own: {NEW}"),
        (FeedInfo(self_url="https://feeds.a.example/x"), None),
        (FeedInfo(moved_to=OLD), None),
        (FeedInfo(), None),
    ],
)
def test_a5_8_what_a_document_says_of_its_address_is_told_and_not_followed(
    info: FeedInfo, said: str | None
) -> None:
    known = state(info=info)

    assert request_for(known, source(), NOON).url == OLD
    told_so = notices(known)
    assert told_so == () if said is None else told_so[0].startswith(said)


def test_a5_4_a_source_listed_by_an_old_address_from_the_start_is_what_it_leads_to() -> None:
    known = told(replace(state(), succeeded_at=None), 0, 1, 2)

    assert known.url == NEW


STRANGER = FeedInfo(title="Parked", id="urn:feed:stranger")
ELSEWHERE = "https://new.example/other"


@pytest.mark.parametrize(
    "detour",
    [
        pytest.param(((301, ELSEWHERE),), id="to another address of the stranger"),
        pytest.param((), id="a poll that is not redirected between"),
        pytest.param(((302, NEW),), id="first for the time being"),
    ],
)
def test_a5_4_a_stranger_is_not_believed_after_a_detour(
    detour: tuple[tuple[int, str], ...],
) -> None:
    known = state(info=INFO)
    if detour != ():
        known = told(known, 0, hops=detour, info=STRANGER)
    else:
        known = told(told(known, 0, info=STRANGER), 1, hops=(), info=INFO)

    known = told(known, 2, 3, 4, 5, info=STRANGER, shared=True)

    assert known.url == OLD
