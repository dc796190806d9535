"""Dates of feeds, in the many forms they have; never a guess (A11.2)."""

import datetime as dt
import re
import time
import warnings
from email.utils import parsedate_to_datetime
from typing import Final

from dateutil import parser as dateutil_parser
from dateutil import tz

# Zone names that RFC 822 and American feeds use; dateutil knows none of them by itself.
_ZONES: Final = {
    name: tz.tzoffset(name, hours * 3600)
    for name, hours in {
        "UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "BST": 1, "IST": 5.5, "CET": 1, "WEST": 1,
        "MET": 1, "CEST": 2, "MEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9, "KST": 9,
        "HKT": 8, "SGT": 8, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13, "EST": -5, "EDT": -4,
        "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8,
        "HST": -10,
    }.items()
}  # fmt: skip
_LOOKS_LIKE_A_DATE: Final = re.compile(r"\d.*\d")
_RFC822_ZONE: Final = re.compile(r"\s(?:GMT|UTC?|[ECMP][SD]T|[+-]\d{4})(?:\s*\([^()]*\))?$")
_HALF_DAY: Final = re.compile(r"\b[ap]\.?m\b", re.IGNORECASE)
_OFFSET_NAME: Final = re.compile(r"\b(?:GMT|UTC?)\s*(?=[+-]\d)")  # GMT+0100 is +0100
# The zero time of Go, which RFC 822 reads as 2001; after a sign it is a zone.
_NO_YEAR: Final = re.compile(r"(?<![.+])(?<!\s-)\b0001\b")
_LONGEST: Final = 100


def parse_date(text: str | None, read: time.struct_time | None = None) -> dt.datetime | None:
    """The moment a feed's date means, in UTC; None when it cannot be told.

    `read` is what feedparser made of it. A date without a zone is taken as UTC.

    >>> parse_date("Sat, 21 Nov 2026 10:00:00 EST").isoformat()
    '2026-11-21T15:00:00+00:00'
    >>> parse_date("20261121T100000Z").isoformat()
    '2026-11-21T10:00:00+00:00'
    """
    if text is None or not (text := text.strip()) or len(text) > _LONGEST:
        return None
    if _NO_YEAR.search(text):
        return None
    text = _OFFSET_NAME.sub("", text)
    for way in (_iso, _rfc822, _dateutil):
        if (moment := way(text)) is not None:
            return moment
    return _feedparsers(text, read) if read is not None else None


def _feedparsers(text: str, read: time.struct_time) -> dt.datetime | None:
    """What feedparser made of it, the last to be asked: it knows some languages, and no zones by
    name, and takes what is missing for the first day of something.
    """
    said = {int(number) for number in re.findall(r"\d{1,4}", text)}
    try:
        moment = dt.datetime(*read[:6], tzinfo=dt.UTC)
        around = [moment + dt.timedelta(days=days) for days in (-1, 0, 1)]
    except (ValueError, OverflowError):
        return None
    return moment if any(day.year in said and day.day in said for day in around) else None


def _utc(moment: dt.datetime) -> dt.datetime | None:
    moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    try:
        return moment.astimezone(dt.UTC).replace(microsecond=0)
    except (OverflowError, ValueError):
        return None


def _iso(text: str) -> dt.datetime | None:
    try:
        return _utc(dt.datetime.fromisoformat(text))
    except ValueError:
        return None


def _rfc822(text: str) -> dt.datetime | None:
    # A zone it does not know, and the afternoon, are lost without a word.
    if not _RFC822_ZONE.search(text) or _HALF_DAY.search(text):
        return None
    try:
        return _utc(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _dateutil(text: str) -> dt.datetime | None:
    if not _LOOKS_LIKE_A_DATE.search(text):
        return None
    # Two defaults: a part that is missing shows as a difference, and is no date but a guess.
    first, second = dt.datetime(2000, 1, 1), dt.datetime(2001, 2, 2)  # noqa: DTZ001 - only shapes
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            moment = dateutil_parser.parse(text, default=first, tzinfos=_ZONES)
            other = dateutil_parser.parse(text, default=second, tzinfos=_ZONES)
    except (ValueError, OverflowError, TypeError, Warning, AttributeError):
        return None
    return _utc(moment) if moment.date() == other.date() else None
