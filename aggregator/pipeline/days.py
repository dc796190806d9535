"""How many stories topics had on each of the last days: the matter of charts."""

import datetime as dt
from collections.abc import Collection
from typing import Final

from ..model import Days
from .ports import Ask

LENGTH: Final = 28


def days_of(ask: Ask, topics: Collection[str], newest: dt.datetime | None) -> dict[str, Days]:
    """Topic → its days, all of them counted back from that of one admission, and not from the clock
    (law 5); nothing where there is none.
    """
    if newest is None:
        return {}
    last = newest.date()
    every = [last - dt.timedelta(days=n) for n in reversed(range(LENGTH))]
    counted = ask.days(topics, every[0])
    return {
        topic: Days(last, tuple(counted.get(topic, {}).get(day, 0) for day in every))
        for topic in topics
    }
