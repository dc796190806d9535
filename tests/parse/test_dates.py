"""Dates of feeds: what each of their forms means, and never a guess (A11.2)."""

import datetime as dt
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.parse.dates import parse_date

TEN = "2026-11-21T10:00:00+00:00"
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: dt.timezone(dt.timedelta(minutes=m)))
MOMENTS = st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2100, 1, 1), timezones=ZONES).map(
    lambda moment: moment.replace(microsecond=0)
)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("Sat, 21 Nov 2026 10:00:00 GMT", TEN, id="RFC 822, GMT"),
        pytest.param("Sat, 21 Nov 2026 10:00:00 +0000", TEN, id="RFC 822, +0000"),
        pytest.param("Sat, 21 Nov 2026 12:00:00 +0200", TEN, id="RFC 822, +0200"),
        pytest.param("Sat, 21 Nov 2026 05:00:00 EST", TEN, id="RFC 822, EST"),
        pytest.param("Sat, 21 Nov 2026 02:00:00 PST", TEN, id="RFC 822, PST"),
        pytest.param("Sat, 21 Nov 2026 11:00:00 CET", TEN, id="a zone RFC 822 does not know: CET"),
        pytest.param("Sat, 21 Nov 2026 15:30:00 IST", TEN, id="IST, India"),
        pytest.param("Sat, 21 Nov 2026 19:00:00 JST", TEN, id="JST"),
        pytest.param("21 Nov 2026 10:00 UT", TEN, id="no weekday, no seconds"),
        pytest.param("Sat, 21 Nov 26 10:00:00 GMT", TEN, id="year of two figures"),
        pytest.param("Saturday, 21 November 2026 10:00:00 GMT", TEN, id="long names"),
        pytest.param("Mon, 21 Nov 2026 10:00:00 GMT", TEN, id="wrong weekday"),
        pytest.param("Sat, 21 Nov 2026 10:00:00 Z", TEN, id="RFC 822 with Z"),
        pytest.param("2026-11-21T10:00:00Z", TEN, id="RFC 3339"),
        pytest.param("2026-11-21T12:00:00+02:00", TEN, id="RFC 3339, +02:00"),
        pytest.param("2026-11-21T12:00:00+0200", TEN, id="RFC 3339, +0200"),
        pytest.param("2026-11-21T10:00:00.123456Z", TEN, id="fractions of seconds"),
        pytest.param("2026-11-21T10:00:00.1234567Z", TEN, id="seven of them"),
        pytest.param("2026-11-21t10:00:00z", TEN, id="small letters"),
        pytest.param("2026-11-21 10:00:00", TEN, id="a blank, no zone: UTC"),
        pytest.param("2026-11-21T10:00Z", TEN, id="no seconds"),
        pytest.param("20261121T100000Z", TEN, id="compact"),
        pytest.param("20261121T1000", TEN, id="compact, no seconds, no zone"),
        pytest.param("2026-11-21", "2026-11-21T00:00:00+00:00", id="a day"),
        pytest.param("20261121", "2026-11-21T00:00:00+00:00", id="a compact day"),
        pytest.param("Sat, 21 Nov 2026 11:00:00 BST", TEN, id="BST"),
        pytest.param("Sat, 21 Nov 2026 12:00:00 CEST", TEN, id="CEST"),
        pytest.param("Sat, 21 Nov 2026 13:00:00 MSK", TEN, id="MSK"),
        pytest.param("Sat, 21 Nov 2026 20:00:00 AEST", TEN, id="AEST"),
        pytest.param("2026-11-21T05:00:00 EST", TEN, id="RFC 3339 with a name for its zone"),
        pytest.param("Sat Nov 21 2026 11:00:00 GMT+0100 (CET)", TEN, id="JavaScript"),
        pytest.param("Sat, 21 Nov 2026 11:00:00 +0100 (CET)", TEN, id="a zone in parentheses"),
        pytest.param("Sat, 21 Nov 2026 11:00:00 UTC+01:00", TEN, id="UTC+01:00"),
        pytest.param("11/21/2026 05:00 AM EST", TEN, id="American in figures"),
        pytest.param("2026/11/21 10:00:00", TEN, id="slashes, the year first"),
        pytest.param("November 21, 2026 10:00 AM", TEN, id="American"),
        pytest.param("Nov 21, 2026 5:00 am EST", TEN, id="American, EST"),
        pytest.param("Fri, 20 Nov 2026 10:00 PM GMT", "2026-11-20T22:00:00+00:00", id="afternoon"),
        pytest.param("Nov 20, 2026 5:00 p.m. EST", "2026-11-20T22:00:00+00:00", id="p.m. EST"),
        pytest.param("2026-11-21T10:00:00.0001Z", TEN, id="a fraction that looks like Go's year"),
        pytest.param("Sat, 21 Nov 2026 10:01:00 +0001", TEN, id="a zone that looks like Go's year"),
        pytest.param("Sat, 21 Nov 2026 09:59:00 -0001", TEN, id="and one west of it"),
        pytest.param("Sat Nov 21 10:00:00 2026", TEN, id="C"),
        pytest.param("Sat Nov 21 10:00:00 UTC 2026", TEN, id="date(1)"),
        pytest.param("  Sat, 21 Nov 2026 10:00:00 GMT\n", TEN, id="blanks around it"),
    ],
)
def test_a_date_means_a_moment(text: str, moment: str) -> None:
    parsed = parse_date(text)

    assert parsed is not None
    assert parsed.isoformat() == moment


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(None, id="nothing"),
        pytest.param("", id="empty"),
        pytest.param("  ", id="blank"),
        pytest.param("yesterday", id="a word"),
        pytest.param("Saturday", id="a weekday"),
        pytest.param("10:00", id="a time of day"),
        pytest.param("21 Nov", id="no year"),
        pytest.param("November 2026", id="no day"),
        pytest.param("2026", id="a year"),
        pytest.param("31 Nov 2026 10:00:00 GMT", id="no such day"),
        pytest.param("2026-13-21T10:00:00Z", id="no such month"),
        pytest.param("0001-01-01T00:00:00Z", id="Go's zero"),
        pytest.param("Mon, 01 Jan 0001 00:00:00 +0000", id="Go's zero in RFC 822"),
        pytest.param("0000-00-00 00:00:00", id="MySQL's zero"),
        pytest.param("%{pubDate}", id="a template that was never filled"),
        pytest.param("Sat, 21 Nov 2026 10:00:00 GMT" + " " * 90 + "x", id="too long to be one"),
        pytest.param("99999999999999999999", id="a number"),
        pytest.param("9999-12-31T23:59:59-23:59", id="past the end of time"),
    ],
)
def test_a11_2_what_cannot_be_told_is_none(text: str | None) -> None:
    assert parse_date(text) is None


def read(*parts: int) -> time.struct_time:
    """As feedparser gives what it read."""
    return time.struct_time((*parts, 0, 1, 0))


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("Σαβ, 21 Νοε 2026 12:00:00 +0200", read(2026, 11, 21, 10, 0, 0)),
        ("Κυρ, 22 Νοε 2026 00:30:00 +0200", read(2026, 11, 21, 22, 30, 0)),
        ("2026-11-20T24:00:00Z", read(2026, 11, 21, 0, 0, 0)),
    ],
    ids=["Greek", "Greek, the day before in UTC", "hour 24"],
)
def test_a_form_that_only_feedparser_knows_is_taken_from_it(
    text: str, made: time.struct_time
) -> None:
    assert parse_date(text, made) == dt.datetime(*made[:6], tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("2026", read(2026, 1, 1, 0, 0, 0)),
        ("2026-11", read(2026, 11, 1, 0, 0, 0)),
        ("1795255200", read(1795, 9, 12, 0, 0, 0)),
        ("2026년 11월 21일 오전 10:00", read(2026, 11, 1, 0, 0, 0)),
        ("Mon, 01 Jan 0001 00:00:00 GMT", read(2001, 1, 1, 0, 0, 0)),
        ("31 Nov 2026", read(0, 0, 0, 0, 0, 0)),
    ],
    ids=["a year", "a month", "seconds since 1970", "Korean, misread", "Go's zero", "no date"],
)
def test_a_guess_of_feedparsers_is_not_taken(text: str, made: time.struct_time) -> None:
    assert parse_date(text, made) is None


@pytest.mark.parametrize(
    ("text", "made", "moment"),
    [
        ("Sat, 21 Nov 2026 12:00:00 CEST", read(2026, 11, 21, 12, 0, 0), TEN),
        ("21 Nov 2026 10:00 AM GMT", read(2026, 11, 21, 10, 0, 0), TEN),
        ("2026/11/21 10:00:00", read(2026, 11, 1, 0, 0, 0), TEN),
        ("10:00 21 Nov 2026", read(2026, 11, 22, 10, 0, 0), TEN),
    ],
)
def test_where_feedparser_is_wrong_it_is_not_asked(
    text: str, made: time.struct_time, moment: str
) -> None:
    assert parse_date(text, made) == dt.datetime.fromisoformat(moment)


@given(MOMENTS)
def test_any_moment_in_rfc_3339_is_read_back(moment: dt.datetime) -> None:
    assert parse_date(moment.isoformat()) == moment


@given(MOMENTS)
def test_any_moment_in_rfc_822_is_read_back(moment: dt.datetime) -> None:
    assert parse_date(f"{moment:%a, %d %b %Y %H:%M:%S %z}") == moment


@given(
    st.text(st.sampled_from("0123456789 :-+/.,TZAPMGEST"), max_size=40)
    | st.text(st.characters(), max_size=120)
)
def test_any_text_is_a_moment_in_utc_or_none(text: str) -> None:
    moment = parse_date(text)

    assert moment is None or (moment.utcoffset() == dt.timedelta() and not moment.microsecond)
