"""What an answer means for a source."""

import datetime as dt
from dataclasses import replace

import pytest

from aggregator.model import (
    Failure,
    FailureKind,
    FeedInfo,
    Fetched,
    Freshness,
    Health,
    NotModified,
    PollState,
    Rhythm,
    Validators,
)
from aggregator.polling.outcome import Outcome, after_poll
from aggregator.polling.rhythm import first_learned, learned, wait_by
from aggregator.polling.schedule import PollPolicy
from tests.values import NOON, source

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
URL = "https://a.example/feed"
POLICY = PollPolicy()


def state(**changed: object) -> PollState:
    return PollState("a", URL, next_poll_at=NOON, **changed)  # type: ignore[arg-type]


def after(known: PollState, outcome: Outcome, at: dt.datetime = NOON) -> PollState:
    return after_poll(known, source(), outcome, at, POLICY, jitter=0.0)


def fetched(**headers: str) -> Fetched:
    return Fetched(URL, {k.replace("_", "-"): v for k, v in headers.items()}, b"")


def failure(kind: FailureKind, **more: object) -> Failure:
    return Failure(kind, "headers", "what went wrong", **more)  # type: ignore[arg-type]


def test_a_document_read_is_remembered_with_its_validators_and_hints() -> None:
    outcome = Outcome(
        fetched(etag='"v1"', cache_control="max-age=7200"),
        body_digest="d",
        read=True,
        info=FeedInfo(title="A feed"),
        ttl=3 * HOUR,
        arrivals=(NOON - HOUR,),
    )

    known = after(state(lease_until=NOON + HOUR, leased_by="me"), outcome)

    assert known.validators == Validators(URL, '"v1"')
    assert known.freshness == Freshness(cache_for=2 * HOUR, ttl=3 * HOUR)
    assert (known.body_digest, known.info.title, known.articles) == ("d", "A feed", 1)
    assert (known.health, known.succeeded_at) == (Health.ACTIVE, NOON)
    assert (known.lease_until, known.leased_by) == (None, None)


def test_a3_8_hints_that_a_later_200_no_longer_gives_are_forgotten() -> None:
    known = state(freshness=Freshness(cache_for=2 * HOUR, ttl=3 * HOUR), succeeded_at=NOON)

    assert after(known, Outcome(fetched(), read=True)).freshness == Freshness()


def test_b5_2_a_feed_that_counts_or_tells_the_time_in_its_name_is_called_as_before() -> None:
    first = FeedInfo("News, 14:05 (2 comments)", site_url="https://a.example/?sid=1", rights="A")
    told = replace(
        first, title="News, 14:35 (3 comments)", site_url="https://a.example/?sid=2", withheld=True
    )
    named = [FeedInfo("12:00"), replace(first, title="Views"), replace(first, rights=None)]

    known = after(state(info=first), Outcome(fetched(), read=True, info=told))

    assert known.info == replace(first, withheld=True)
    assert after(state(), Outcome(fetched(), read=True, info=first)).info == first
    for info in named:
        assert after(state(info=first), Outcome(fetched(), read=True, info=info)).info == info
    assert after(state(), Outcome(fetched(), read=True, info=named[0])).info == named[0]


def test_equal_bytes_keep_what_the_document_said() -> None:
    known = state(freshness=Freshness(ttl=3 * HOUR), info=FeedInfo(title="A feed"), body_digest="d")

    now = after(known, Outcome(fetched(etag='"v2"'), body_digest="d"))

    assert now.freshness.ttl == 3 * HOUR
    assert now.info.title == "A feed"
    assert now.validators == Validators(URL, '"v2"')


def test_a1_6_a_304_is_a_success_and_its_own_metadata_is_applied() -> None:
    known = state(
        failures=3,
        failing_since=NOON - DAY,
        failure=failure(FailureKind.TIMEOUT),
        health=Health.FAILING,
        validators=Validators(URL, '"v1"', "Sat, 21 Nov 2026 10:00:00 GMT"),
        succeeded_at=NOON - 2 * DAY,
        arrivals=tuple(NOON - n * HOUR for n in range(5)),
    )
    answer = NotModified(URL, {"cache-control": "max-age=7200", "etag": '"v2"'})

    now = after(known, Outcome(answer))

    assert (now.failures, now.failure, now.health) == (0, None, Health.ACTIVE)
    assert now.validators == Validators(URL, '"v2"', "Sat, 21 Nov 2026 10:00:00 GMT")
    assert now.next_poll_at == NOON + 2 * HOUR


def test_a1_5_a_failure_leaves_validators_digest_and_hints_alone() -> None:
    known = state(
        validators=Validators(URL, '"v1"'), body_digest="d", freshness=Freshness(ttl=HOUR)
    )

    now = after(known, Outcome(failure(FailureKind.TRUNCATED)))

    assert (now.validators, now.body_digest, now.freshness) == (
        known.validators,
        known.body_digest,
        known.freshness,
    )


def test_a2_6_a_429_does_not_count_as_a_failure() -> None:
    now = after(state(), Outcome(failure(FailureKind.RATE_LIMITED, status=429)))

    assert (now.failures, now.health) == (0, Health.RATE_LIMITED)


def test_a2_7_the_retry_after_of_a_503_binds_this_source() -> None:
    asked = failure(FailureKind.UNAVAILABLE, retry_after=6 * HOUR)

    now = after(state(), Outcome(asked))

    assert now.not_before == NOON + 6 * HOUR
    assert now.next_poll_at == NOON + 6 * HOUR


def test_a2_7_a_retry_after_of_years_is_capped() -> None:
    now = after(state(), Outcome(failure(FailureKind.UNAVAILABLE, retry_after=900 * DAY)))

    assert now.next_poll_at == NOON + 7 * DAY


def test_a2_5_a_first_410_waits_a_day_and_a_second_ends_polling() -> None:
    gone = Outcome(failure(FailureKind.GONE, status=410))

    once = after(state(), gone)
    assert once.health is Health.FAILING
    assert once.next_poll_at is not None
    assert once.next_poll_at >= NOON + DAY
    twice = after(once, gone, NOON + DAY)
    assert (twice.health, twice.next_poll_at) == (Health.GONE, None)


def test_a2_5_a_second_410_at_once_is_no_second_one() -> None:
    gone = Outcome(failure(FailureKind.GONE, status=410))

    again = after(after(state(), gone), gone, NOON + HOUR)

    assert again.health is not Health.GONE
    assert again.next_poll_at is not None
    assert again.next_poll_at >= NOON + HOUR + DAY


def test_a2_5_a_410_between_other_failures_is_a_first_one() -> None:
    once = after(state(), Outcome(failure(FailureKind.GONE)))
    other = after(once, Outcome(failure(FailureKind.TIMEOUT)), NOON + DAY)

    again = after(other, Outcome(failure(FailureKind.GONE)), NOON + 2 * DAY)

    assert again.next_poll_at is not None


@pytest.mark.parametrize(
    ("kind", "health"),
    [
        (FailureKind.FORBIDDEN, Health.BLOCKED),
        (FailureKind.NOT_A_FEED, Health.NOT_A_FEED),
        (FailureKind.TIMEOUT, Health.FAILING),
        (FailureKind.AUTH, Health.FAILING),
    ],
)
def test_a6_2_an_illness_has_a_name_and_a_beginning(kind: FailureKind, health: Health) -> None:
    now = after(state(health=Health.ACTIVE, health_since=NOON - DAY), Outcome(failure(kind)))

    assert (now.health, now.health_since) == (health, NOON)


def test_a6_2_a_state_that_lasts_keeps_its_beginning() -> None:
    first = after(state(), Outcome(failure(FailureKind.TIMEOUT)))

    later = after(first, Outcome(failure(FailureKind.TIMEOUT)), NOON + HOUR)

    assert later.health_since == NOON


@pytest.mark.parametrize(
    ("lasted", "health"),
    [
        (DAY, Health.FAILING),
        (3 * DAY, Health.DEGRADED),
        (29 * DAY, Health.DEGRADED),
        (30 * DAY, Health.DEAD),
    ],
)
def test_a6_2_what_lasts_is_called_worse(lasted: dt.timedelta, health: Health) -> None:
    known = state(failures=9, failing_since=NOON - lasted, failure=failure(FailureKind.TIMEOUT))

    assert after(known, Outcome(failure(FailureKind.TIMEOUT))).health is health


@pytest.mark.parametrize(("lasted", "wait"), [(30 * DAY, 7 * DAY), (130 * DAY, 30 * DAY)])
def test_the_dead_are_asked_now_and_then_and_never_never(
    lasted: dt.timedelta, wait: dt.timedelta
) -> None:
    known = state(failures=99, failing_since=NOON - lasted, failure=failure(FailureKind.DNS))

    assert after(known, Outcome(failure(FailureKind.DNS))).next_poll_at == NOON + wait


def test_a2_8_the_forbidden_are_asked_daily_then_weekly() -> None:
    forbidden = Outcome(failure(FailureKind.FORBIDDEN, status=403))

    first = after(state(), forbidden)
    assert first.next_poll_at == NOON + DAY
    later = after(replace(first, failing_since=NOON - 8 * DAY), forbidden)
    assert later.next_poll_at == NOON + 7 * DAY


def test_a_source_without_news_for_a_month_is_idle_and_not_ill() -> None:
    known = state(arrivals=(NOON - 31 * DAY,), succeeded_at=NOON - DAY)

    assert after(known, Outcome(NotModified(URL, {}))).health is Health.IDLE


def test_a_source_that_never_answered_is_tried_again_after_an_hour_not_half_a_day() -> None:
    assert after(state(), Outcome(failure(FailureKind.DNS))).next_poll_at == NOON + HOUR


def test_only_the_newest_twenty_arrivals_are_remembered() -> None:
    moments = tuple(NOON - n * HOUR for n in range(50))

    now = after(state(), Outcome(fetched(), read=True, arrivals=moments))

    assert now.arrivals == tuple(sorted(moments)[-20:])
    assert now.articles == 50


def test_a3_10_the_first_batch_teaches_by_its_dates_and_later_ones_by_when_they_were_found() -> (
    None
):
    dated = tuple(NOON - n * DAY for n in range(1, 11))

    once = after(state(), Outcome(fetched(), read=True, arrivals=dated))
    later = after(once, Outcome(fetched(), read=True, arrivals=(NOON + DAY,)), NOON + DAY)

    assert once.rhythm == first_learned(dated, NOON)
    assert later.rhythm == learned(once.rhythm, 1, NOON + DAY)


def test_not_modified_teaches_that_nothing_came() -> None:
    known = state(succeeded_at=NOON, rhythm=first_learned((NOON - DAY,), NOON))

    now = after(known, Outcome(NotModified(URL, {})), NOON + HOUR)

    assert now.rhythm == learned(known.rhythm, 0, NOON + HOUR)


def test_a_failure_teaches_nothing_of_the_rhythm() -> None:
    known = state(succeeded_at=NOON, rhythm=first_learned((NOON - DAY,), NOON))

    now = after(known, Outcome(failure(FailureKind.TIMEOUT)), NOON + HOUR)

    assert now.rhythm == known.rhythm


def test_a_source_from_before_rhythms_were_kept_learns_its_own_from_now_on() -> None:
    known = state(succeeded_at=NOON - HOUR, arrivals=(NOON - 3 * HOUR,))

    now = after(known, Outcome(NotModified(URL, {})))

    assert now.rhythm == Rhythm(until=NOON)
    assert now.next_poll_at == NOON + 6 * HOUR, "by the formula of A3"


def test_the_next_poll_goes_by_the_rhythm_once_it_is_known() -> None:
    dated = tuple(NOON - n * DAY for n in range(1, 11))

    now = after(state(), Outcome(fetched(), read=True, arrivals=dated))

    assert now.next_poll_at == NOON + wait_by(now.rhythm, NOON, POLICY.unseen_for, DAY)


def test_a3_7_that_a_feed_is_complete_is_remembered_through_a_304_until_a_200_says_otherwise() -> (
    None
):
    complete = after(state(), Outcome(fetched(etag='"v1"'), read=True, complete=True))
    assert complete.next_poll_at == NOON + DAY

    same = after(complete, Outcome(NotModified(URL, {})), NOON + DAY)
    assert same.freshness.complete
    assert not after(same, Outcome(fetched(), read=True), NOON + 2 * DAY).freshness.complete


def test_a6_1_the_tenth_failure_in_a_row_waits_a_day() -> None:
    known = state()
    for _ in range(10):
        known = after(known, Outcome(failure(FailureKind.TIMEOUT)))

    assert known.failures == 10
    assert known.next_poll_at == NOON + DAY
