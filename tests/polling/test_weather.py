"""Whose fault it is that nobody answers."""

import datetime as dt

import pytest

from aggregator.model import Failure, FailureKind, Fetched, FetchResult, NotModified
from aggregator.polling.weather import WINDOW, Attempt, is_own_network_down, was_reached
from tests.values import NOON


def attempts(reached: str, at: dt.datetime = NOON) -> list[Attempt]:
    """A host for each letter; capitals were reached."""
    return [Attempt(at, letter.lower(), letter.isupper()) for letter in reached]


@pytest.mark.parametrize(
    ("reached", "down"),
    [
        ("", False),
        ("a", False),
        ("ab", False),
        ("abc", True),
        ("abC", True),
        ("abCD", False),
        ("abcD", True),
        ("ABC", False),
        ("aaaa", False),
        ("aAbcd", True),
    ],
)
def test_a6_3_most_hosts_and_at_least_three_must_be_silent(reached: str, down: bool) -> None:
    assert is_own_network_down(attempts(reached), NOON) is down


def test_a6_3_what_is_older_than_five_minutes_says_nothing() -> None:
    assert not is_own_network_down(attempts("abc", NOON - WINDOW), NOON)


@pytest.mark.parametrize(
    ("result", "reached"),
    [
        (NotModified("u", {}), True),
        (Fetched("u", {}, b""), True),
        (Failure(FailureKind.DNS, "dns", ""), False),
        (Failure(FailureKind.CONNECT, "connect", ""), False),
        (Failure(FailureKind.TIMEOUT, "connect", ""), False),
        (Failure(FailureKind.TIMEOUT, "body", ""), True),
        (Failure(FailureKind.BLOCKED_ADDRESS, "connect", ""), True),
        (Failure(FailureKind.TLS, "tls", ""), True),
    ],
)
def test_a_host_that_answers_anything_was_reached(result: FetchResult, reached: bool) -> None:
    assert was_reached(result) is reached
