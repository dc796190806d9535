"""Small pictures of how a source posts, or a topic grows, and the same in words."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from ..model import Days
from .status import in_words

_STEP: Final = 4  # of the drawing, for each day
_HEIGHT: Final = 24


def aligned(days: Sequence[Days], length: int) -> list[tuple[int, ...]]:
    """Each source's counts, all of them ending on the newest day any of them knows."""
    last = max((one.last for one in days if one.last), default=None)
    found = []
    for one in days:
        late = (last - one.last).days if last and one.last else length
        padded = (*[0] * length, *one.counts, *[0] * min(late, length))
        found.append(padded[-length:])
    return found


def bars(counts: Sequence[int]) -> str:
    """The path of an SVG: a bar for each day on which something came, the highest full height."""
    most = max(counts, default=0)
    path = []
    for number, count in enumerate(counts):
        if count:
            height = max(2, round(_HEIGHT * count / most))
            path.append(f"M{number * _STEP} {_HEIGHT}v-{height}h{_STEP - 1}v{height}z")
    return "".join(path)


def line(counts: Sequence[int]) -> str:
    """The points of a polyline over the days, the most at full height.

    >>> line((0, 2, 4))
    '0,23 4,12 8,1'
    """
    most = max(counts, default=0) or 1
    return " ".join(
        f"{number * _STEP},{_HEIGHT - 1 - round((_HEIGHT - 2) * count / most)}"
        for number, count in enumerate(counts)
    )


def rate(counts: Sequence[int]) -> str:
    """How much comes, in words, by the days that are known.

    >>> rate((2,) * 28)
    '2 a day'
    """
    total = sum(counts)
    if not total:
        return f"nothing in {in_words(dt.timedelta(days=len(counts)))}"
    known = len(counts) - next(n for n, count in enumerate(counts) if count)
    known = max(known, 7) if total < 7 * len(counts) else known
    a_day = total / known
    if a_day >= 1:
        return f"{round(a_day):,} a day"
    if a_day * 7 >= 1:
        return f"{round(a_day * 7)} a week"
    return f"{total} in {in_words(dt.timedelta(days=len(counts)))}"
