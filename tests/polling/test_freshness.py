"""What servers say about time."""

import datetime as dt
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Freshness
from aggregator.polling.freshness import after_not_modified, cache_for, http_date, retry_after
from tests.values import NOON

HOUR = dt.timedelta(hours=1)


def http(moment: dt.datetime) -> str:
    return format_datetime(moment, usegmt=True)


@pytest.mark.parametrize(
    ("headers", "fresh"),
    [
        ({"cache-control": "max-age=300"}, dt.timedelta(seconds=300)),
        ({"cache-control": "public, MAX-AGE=7200, must-revalidate"}, 2 * HOUR),
        ({"cache-control": 'max-age="600"'}, dt.timedelta(seconds=600)),
        ({"cache-control": "max-age=600,"}, dt.timedelta(seconds=600)),
        ({"cache-control": "max-age=600, max-age=5"}, dt.timedelta(seconds=600)),
        ({"cache-control": "max-age=600", "age": "100"}, dt.timedelta(seconds=500)),
        ({"cache-control": "max-age=600", "age": "900"}, None),
        ({"cache-control": "no-cache, max-age=9999"}, None),
        ({"cache-control": "no-store"}, None),
        ({"cache-control": "max-age=0"}, None),
        ({"cache-control": "s-maxage=9999"}, None),
        ({"cache-control": "max-age=abc"}, None),
        ({"cache-control": "max-age=-5"}, None),
        ({"expires": "0"}, None),
        ({"expires": http(NOON + 3 * HOUR), "date": http(NOON)}, 3 * HOUR),
        ({"expires": http(NOON - HOUR), "date": http(NOON)}, None),
        ({"expires": http(NOON + HOUR)}, None),
        (
            {"cache-control": "max-age=60", "expires": http(NOON + HOUR), "date": http(NOON)},
            dt.timedelta(seconds=60),
        ),
        ({}, None),
    ],
)
def test_a1_12_freshness_is_max_age_less_age_else_expires_less_date(
    headers: dict[str, str], fresh: dt.timedelta | None
) -> None:
    assert cache_for(headers) == fresh


@given(st.text(max_size=60), st.text(max_size=30))
def test_any_header_is_read_without_an_exception(control: str, age: str) -> None:
    fresh = cache_for({"cache-control": control, "age": age, "expires": control, "date": age})

    assert fresh is None or fresh > dt.timedelta()


@given(st.integers(0, 10**40))
def test_a_max_age_of_any_size_is_clamped(seconds: int) -> None:
    fresh = cache_for({"cache-control": f"max-age={seconds}"})

    assert fresh is None or fresh <= dt.timedelta(days=365 * 20)


def test_a3_8_a_304_overwrites_only_what_it_carries() -> None:
    known = Freshness(cache_for=HOUR, ttl=2 * HOUR, skip_hours=(3,))

    assert after_not_modified(known, {"etag": '"x"'}) == known
    changed = after_not_modified(known, {"cache-control": "max-age=7200"})
    assert changed == Freshness(cache_for=2 * HOUR, ttl=2 * HOUR, skip_hours=(3,))
    assert after_not_modified(known, {"cache-control": "no-cache"}).cache_for is None


@pytest.mark.parametrize(
    ("headers", "delay"),
    [
        ({"retry-after": "120"}, dt.timedelta(seconds=120)),
        ({"retry-after": " 7200 "}, 2 * HOUR),
        ({"retry-after": http(NOON + HOUR), "date": http(NOON)}, HOUR),
        ({"retry-after": http(NOON + HOUR), "date": http(NOON + 3 * HOUR)}, dt.timedelta()),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1.5"}, None),
        ({}, None),
    ],
)
def test_a2_6_retry_after_is_seconds_or_a_date_by_the_servers_own_clock(
    headers: dict[str, str], delay: dt.timedelta | None
) -> None:
    assert retry_after(headers, NOON) == delay


def test_a2_6_a_date_without_the_servers_own_is_taken_by_ours() -> None:
    assert retry_after({"retry-after": http(NOON + HOUR)}, NOON) == HOUR


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 22 Nov 2026 12:00:00 GMT",
        "Sunday, 22-Nov-26 12:00:00 GMT",
        "Sun Nov 22 12:00:00 2026",
    ],
    ids=["IMF-fixdate", "RFC 850", "asctime"],
)
def test_every_form_of_an_http_date_is_read(text: str) -> None:
    assert http_date(text) == NOON


@given(st.text(max_size=120))
def test_no_text_breaks_the_reader_of_dates(text: str) -> None:
    moment = http_date(text)

    assert moment is None or moment.tzinfo is not None
