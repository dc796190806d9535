"""Hosts that refuse one source after the other (A2.8)."""

import datetime as dt

from aggregator.model import HostState
from aggregator.polling.refusals import after_refusal, is_rate_limit
from tests.values import NOON

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)


def refused(*asked: tuple[str, int], jitter: float = 0.0) -> HostState:
    """The host after 403s for these sources, so many minutes after noon."""
    host = HostState("a.example")
    for source, minutes in asked:
        host = after_refusal(host, source, NOON + minutes * MINUTE, jitter)
    return host


def test_a2_8_three_sources_refused_within_an_hour_bind_the_host_for_six() -> None:
    host = refused(("a", 0), ("b", 20), ("c", 59))

    assert is_rate_limit(host)
    assert host.told_to_wait
    assert host.not_before == NOON + 59 * MINUTE + 6 * HOUR


def test_a2_8_the_wait_is_jittered_later_and_never_sooner() -> None:
    host = refused(("a", 0), ("b", 0), ("c", 0), jitter=1.0)

    assert host.not_before == NOON + 6.6 * HOUR


def test_a2_8_two_sources_or_one_of_them_again_and_again_say_nothing_of_the_host() -> None:
    host = refused(("a", 0), ("b", 1), ("a", 2), ("b", 3))

    assert not is_rate_limit(host)
    assert (host.not_before, host.told_to_wait) == (None, False)


def test_a2_8_what_is_older_than_an_hour_does_not_count() -> None:
    assert not is_rate_limit(refused(("a", 0), ("b", 30), ("c", 60)))


def test_a2_8_a_longer_wait_that_the_host_has_asked_for_stays() -> None:
    host = HostState("a.example", NOON + 9 * HOUR, True, 1, (("a", NOON), ("b", NOON)))

    assert after_refusal(host, "c", NOON, 0.0).not_before == NOON + 9 * HOUR
