"""What is reported of a poll."""

import datetime as dt
from dataclasses import replace
from email.utils import format_datetime

import pytest

from aggregator.model import Fetched, FetchRequest, Freshness, PollState, Validators
from aggregator.pipeline.poll import Finished
from aggregator.pipeline.report import report_of
from tests.values import NOON, setup, source

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
SETUP = setup([source("a")])


def polled(state: PollState, asked: FetchRequest, **headers: str) -> Finished:
    result = Fetched(asked.url, headers, b"x" * 90, wire_bytes=40)
    return Finished(SETUP.sources["a"], state, result, NOON, 0.0, None, None, asked, 90)


def state(**changed: object) -> PollState:
    return replace(PollState("a", source("a").url, NOON), **changed)  # type: ignore[arg-type]


def notes(date: dt.datetime, **more: str) -> tuple[str, ...]:
    known = state()
    said = format_datetime(date, usegmt=True)
    one = polled(known, FetchRequest(known.url), date=said, **more)
    return report_of(one, known, SETUP, 0, 0, 0).notes


@pytest.mark.parametrize(
    ("date", "said"),
    [
        (NOON + 24 * HOUR, ("the server's clock is 24 hours ahead of ours",)),
        (NOON - 3 * HOUR, ("the server's clock is 3 hours behind ours",)),
        (NOON + MINUTE, ()),
    ],
)
def test_a11_1_a_server_whose_clock_is_wrong_is_noted(
    date: dt.datetime, said: tuple[str, ...]
) -> None:
    assert notes(date) == said


def test_a11_1_a_caches_copy_says_nothing_of_a_clock() -> None:
    assert notes(NOON - 3 * HOUR, age="10800") == ()


@pytest.mark.parametrize(
    ("waited", "early"),
    [
        (30 * MINUTE, ("fresh", "min")),
        (HOUR, ("fresh",)),
        (2 * HOUR, ()),
    ],
)
def test_a16_a_poll_before_its_bounds_is_told(waited: dt.timedelta, early: tuple[str, ...]) -> None:
    known = state(polled_at=NOON - waited, freshness=Freshness(cache_for=2 * HOUR))

    assert report_of(polled(known, FetchRequest(known.url)), known, SETUP, 0, 0, 0).early == early


def test_a16_what_was_known_to_ask_by_is_told_and_what_compression_saved() -> None:
    known = state(validators=Validators(source("a").url, '"1"'))
    tagged = FetchRequest(known.url, etag='"1"')

    plain = report_of(polled(known, FetchRequest(known.url)), known, SETUP, 0, 0, 0)

    assert (plain.contact, plain.bytes, plain.decoded) == ("unconditional", 40, 90)
    assert report_of(polled(known, tagged), known, SETUP, 0, 0, 0).contact == "conditional"
    first = report_of(polled(state(), FetchRequest(known.url)), known, SETUP, 0, 0, 0)
    assert first.contact == "no_validators"
