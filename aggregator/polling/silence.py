"""Sources that bring nothing, judged against their own rhythm."""

import datetime as dt
import statistics
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from ..model import Days

IDLE_AFTER: Final = dt.timedelta(days=30)
_DAY: Final = dt.timedelta(days=1)
_LEAST: Final = 3 * _DAY  # a long weekend is no silence
_LEAST_KNOWN: Final = 5  # moments: with fewer there is no rhythm to judge by
SHOWN_DAYS: Final = 28


def _gaps(arrivals: Sequence[dt.datetime]) -> list[float]:
    return [(b - a).total_seconds() for a, b in pairwise(sorted(set(arrivals)))]


def usual_gap(arrivals: Sequence[dt.datetime]) -> dt.timedelta | None:
    """The usual time between news, by when the newest came; None where that is not known."""
    gaps = _gaps(arrivals)
    if len(gaps) < 2:
        return None
    return dt.timedelta(seconds=statistics.median(gaps))


def quiet_after(arrivals: Sequence[dt.datetime]) -> dt.timedelta | None:
    """How long a silence of this source is out of its character: ten times its usual one, three
    times the longest of late, and more than a long weekend; None where that is not known.
    """
    gaps = _gaps(arrivals)
    if len(gaps) < _LEAST_KNOWN - 1:
        return None
    telling = max(10 * statistics.median(gaps), 3 * max(gaps))
    return max(_LEAST, dt.timedelta(seconds=telling))


def is_quiet(arrivals: Sequence[dt.datetime], now: dt.datetime) -> bool:
    """Has it been silent for longer than is its way?"""
    limit = quiet_after(arrivals)
    return limit is not None and now - max(arrivals) > limit


def counted(days: Days, arrivals: Sequence[dt.datetime], now: dt.datetime) -> Days:
    """The last days, with these arrivals in them and today at their end."""
    today = now.date() if days.last is None else max(now.date(), days.last)
    counts = [*days.counts, *[0] * min(SHOWN_DAYS, (today - (days.last or today)).days)]
    counts = ([0] * SHOWN_DAYS + counts)[-SHOWN_DAYS:]
    for moment in arrivals:
        ago = (today - moment.date()).days
        if 0 <= ago < SHOWN_DAYS:
            counts[-1 - ago] += 1
    return Days(today, tuple(counts))
