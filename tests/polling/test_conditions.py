"""Servers that do not heed validators, and servers that lie about them."""

import datetime as dt
from dataclasses import replace

import pytest

from aggregator.model import (
    Asking,
    Conditions,
    Failure,
    FailureKind,
    Fetched,
    NotModified,
    PollState,
    Validators,
)
from aggregator.polling.conditions import asking, tags, wants_probe
from aggregator.polling.outcome import Outcome, after_poll, usual_wait
from aggregator.polling.request import request_for
from aggregator.polling.schedule import PollPolicy
from tests.values import NOON, source

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
URL = source().url
DATE = "Sat, 21 Nov 2026 10:00:00 GMT"
POLICY = PollPolicy()


def state(**changed: object) -> PollState:
    return PollState("a", URL, next_poll_at=NOON, **changed)  # type: ignore[arg-type]


def polled(
    known: PollState, at: dt.datetime, *, etag: str | None, modified: str | None, same: bool = True
) -> PollState:
    """After a poll that was answered by 200."""
    headers = {"etag": etag, "last-modified": modified}
    result = Fetched(URL, {name: value for name, value in headers.items() if value}, b"")
    outcome = Outcome(result, "d", read=not same, asked=request_for(known, source(), at))
    return after_poll(known, source(), outcome, at, POLICY, jitter=0)


def steps(etag: str | None, modified: str | None, polls: int = 12) -> list[Asking]:
    """How a server is asked that always sends the same bytes."""
    known = polled(state(), NOON, etag=etag, modified=modified, same=False)
    taken = [known.conditions.asking]
    for number in range(polls):
        at = NOON + number * DAY
        known = polled(known, at, etag=etag, modified=modified)
        if known.conditions.asking is not taken[-1]:
            taken.append(known.conditions.asking)
    return taken


@pytest.mark.parametrize(
    ("etag", "modified", "taken"),
    [
        ('"a-gzip"', DATE, [Asking.BOTH, Asking.LIST, Asking.DATE, Asking.PLAIN]),
        ('"a;gzip"', None, [Asking.BOTH, Asking.LIST, Asking.PLAIN]),
        ('"a"', DATE, [Asking.BOTH, Asking.DATE, Asking.PLAIN]),
        ('"a"', None, [Asking.BOTH, Asking.PLAIN]),
        (None, DATE, [Asking.BOTH]),
        (None, None, [Asking.BOTH]),
    ],
)
def test_a1_9_a_server_that_does_not_heed_validators_is_sent_fewer_step_by_step(
    etag: str | None, modified: str | None, taken: list[Asking]
) -> None:
    assert steps(etag, modified) == taken


def test_a1_9_the_step_comes_after_the_third_poll_that_brings_the_same_again() -> None:
    known = polled(state(), NOON, etag='"a-gzip"', modified=None, same=False)
    sent = []
    for number in range(1, 5):
        at = NOON + number * DAY
        sent.append(request_for(known, source(), at).etag)
        known = polled(known, at, etag='"a-gzip"', modified=None)

    assert sent == ['"a-gzip"'] * 3 + ['"a-gzip", "a"'], "the 5th poll of all gets the 304"


def test_a1_9_news_and_304s_begin_the_count_anew() -> None:
    known = polled(state(), NOON, etag='"a"', modified=None, same=False)
    for number in range(12):
        known = polled(known, NOON + number * DAY, etag='"a"', modified=None, same=number % 3 == 0)

    assert known.conditions.asking is Asking.BOTH


def test_a1_9_what_another_address_answers_says_nothing_of_the_validators() -> None:
    known = state(validators=Validators("https://b.example/", '"a"'))
    for number in range(5):
        at = NOON + number * DAY
        outcome = Outcome(Fetched(URL, {}, b""), "d", asked=request_for(known, source(), at))
        known = replace(
            after_poll(known, source(), outcome, at, POLICY, 0), validators=known.validators
        )

    assert known.conditions == Conditions()


def test_a1_9_after_thirty_days_the_server_gets_another_chance() -> None:
    lapsed = Conditions(asking=Asking.PLAIN, since=NOON - 30 * DAY)
    known = state(conditions=lapsed, validators=Validators(URL, '"a"', DATE))

    assert asking(lapsed, NOON - HOUR) is Asking.PLAIN
    assert request_for(known, source(), NOON - HOUR).conditional is False
    assert (request_for(known, source(), NOON).etag) == '"a"'
    after = polled(known, NOON, etag='"a"', modified=DATE)
    assert after.conditions == Conditions(ignored=1)


def test_a1_9_without_validators_that_work_the_source_is_asked_more_seldom() -> None:
    arrivals = tuple(NOON - number * HOUR for number in range(9))
    heeded = state(validators=Validators(URL, '"a"'), arrivals=arrivals, succeeded_at=NOON)
    ignored = replace(heeded, conditions=Conditions(asking=Asking.PLAIN, since=NOON))

    assert usual_wait(heeded, source(), NOON, POLICY) == HOUR
    assert usual_wait(ignored, source(), NOON, POLICY) == 3 * HOUR


@pytest.mark.parametrize("etag", ['W/"a-gzip"', '"a-gzip"', '"a;gzip"', '"agzip"', "a-gzip", '"a"'])
def test_a1_2_the_tag_itself_stays_byte_for_byte_in_every_step(etag: str) -> None:
    assert tags(etag, Asking.BOTH) == etag
    assert (tags(etag, Asking.LIST) or "").startswith(etag)


def test_a2_13_a_server_that_breaks_http_when_asked_conditionally_is_asked_without() -> None:
    broken = Failure(FailureKind.PROTOCOL, "headers", "bad HTTP: a 304 with a body")
    known = state(validators=Validators(URL, '"a"'))
    for number in range(3):
        at = NOON + number * DAY
        assert request_for(known, source(), at).conditional
        outcome = Outcome(broken, asked=request_for(known, source(), at))
        known = after_poll(known, source(), outcome, at, POLICY, 0)

    assert not request_for(known, source(), NOON + 3 * DAY).conditional


# --- probes (A1.11) ----------------------------------------------------------------------------


def silent(gap: dt.timedelta, at: dt.datetime = NOON) -> PollState:
    """A source that posted at this pace, and now answers 304."""
    known = state(
        validators=Validators(URL, '"v1"'),
        arrivals=tuple(at - number * gap for number in range(10)),
        succeeded_at=at,
    )
    outcome = Outcome(NotModified(URL, {}), asked=request_for(known, source(), at))
    return after_poll(known, source(), outcome, at, POLICY, 0)


@pytest.mark.parametrize(
    ("gap", "after", "wanted"),
    [
        (DAY, 14 * DAY, True),
        (DAY, 14 * DAY - HOUR, False),
        (4 * DAY, 14 * DAY, True),
        (5 * DAY, 14 * DAY, False),
        (5 * DAY, 15 * DAY, True),
        (30 * DAY, 60 * DAY, False),
    ],
)
def test_a1_11_a_probe_wants_two_weeks_of_304_in_which_three_entries_were_to_be_expected(
    gap: dt.timedelta, after: dt.timedelta, wanted: bool
) -> None:
    known = silent(gap)

    assert wants_probe(known, NOON + after) is wanted
    assert request_for(known, source(), NOON + after).conditional is not wanted


def test_a1_11_a_server_that_always_says_304_is_probed_once_in_28_days() -> None:
    known = silent(HOUR)
    unconditional = []
    at = NOON
    while at < NOON + 28 * DAY:
        request = request_for(known, source(), at)
        if request.conditional:
            outcome = Outcome(NotModified(URL, {}), asked=request)
        else:
            unconditional.append(at)
            detail = "304 Not Modified to a request that made no condition"
            outcome = Outcome(Failure(FailureKind.PROTOCOL, "headers", detail), asked=request)
        known = after_poll(known, source(), outcome, at, POLICY, 0)
        assert known.next_poll_at is not None
        at = known.next_poll_at

    assert len(unconditional) == 1
    assert known.validators == Validators(URL, '"v1"')


def test_a1_11_a_200_ends_the_silence() -> None:
    known = polled(silent(HOUR), NOON + 13 * DAY, etag='"v2"', modified=None, same=False)

    assert known.conditions.only_304_since is None
    assert not wants_probe(known, NOON + 20 * DAY)


def test_a1_11_a_source_without_known_rhythm_is_not_probed() -> None:
    known = replace(silent(HOUR), arrivals=(NOON,))

    assert not wants_probe(known, NOON + 300 * DAY)
