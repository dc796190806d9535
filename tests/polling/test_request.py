"""The question for one poll."""

import pytest

from aggregator.model import PollState, Validators
from aggregator.polling.request import request_for, validators_from
from tests.values import NOON, source


def state(**changed: object) -> PollState:
    return PollState("a", "https://a.example/feed", next_poll_at=NOON, **changed)  # type: ignore[arg-type]


def test_a1_1_both_validators_are_sent_when_both_exist() -> None:
    known = Validators("https://a.example/feed", '"v1"', "Sat, 21 Nov 2026 10:00:00 GMT")

    request = request_for(state(validators=known), source(), NOON)

    assert (request.etag, request.last_modified) == ('"v1"', "Sat, 21 Nov 2026 10:00:00 GMT")


@pytest.mark.parametrize("etag", ['"v1"', 'W/"v1"', "v1", '"', "W/v1", '"a" "b"', "'v1'"], ids=repr)
def test_a1_2_an_etag_goes_back_byte_for_byte(etag: str) -> None:
    known = validators_from("https://a.example/feed", {"etag": etag})

    assert request_for(state(validators=known), source(), NOON).etag == etag


def test_a1_2_a_last_modified_of_an_old_form_goes_back_as_it_came() -> None:
    said = "Saturday, 21-Nov-26 10:00:00 GMT"
    known = validators_from("https://a.example/feed", {"last-modified": said})

    assert request_for(state(validators=known), source(), NOON).last_modified == said


@pytest.mark.parametrize(
    "etag", ["x" * 1025, '"a\r\nX: y"', '"a\0"'], ids=["too long", "line break", "NUL"]
)
def test_a1_3_an_impossible_validator_is_dropped_not_cut(etag: str) -> None:
    assert validators_from("https://a.example/feed", {"etag": etag}) is None


def test_a1_4_validators_belong_to_the_address_that_gave_them() -> None:
    known = Validators("https://b.example/after-redirect", '"v1"')

    request = request_for(state(validators=known), source(), NOON)

    assert request.url == "https://a.example/feed"
    assert request.validators_for == "https://b.example/after-redirect"


@pytest.mark.parametrize(
    "said",
    [
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Sun, 31 Dec 1989 00:00:00 GMT",
        "Tue, 24 Nov 2026 13:00:00 GMT",
    ],
    ids=["epoch", "before 1990", "the day after tomorrow"],
)
def test_a1_10_an_implausible_last_modified_is_not_sent(said: str) -> None:
    known = Validators("https://a.example/feed", '"v1"', said)

    request = request_for(state(validators=known), source(), NOON)

    assert (request.etag, request.last_modified) == ('"v1"', None)


def test_a_first_poll_asks_without_conditions() -> None:
    request = request_for(state(), source(), NOON)

    assert (request.etag, request.last_modified) == (None, None)


def test_the_sources_own_options_go_with_the_request() -> None:
    secret = source(auth="user:password", allow_bad_tls=True)

    request = request_for(state(), secret, NOON)

    assert (request.auth, request.allow_bad_tls) == ("user:password", True)
    assert "password" not in repr(request)
