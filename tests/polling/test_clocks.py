"""Servers whose clocks go wrong."""

import datetime as dt
from email.utils import format_datetime

import pytest

from aggregator.polling.freshness import cache_for, retry_after
from tests.values import NOON


@pytest.mark.parametrize("days", [-400, -1, 0, 1, 400])
def test_a11_1_a_date_counts_against_the_servers_own_clock(days: int) -> None:
    its_now = NOON + dt.timedelta(days=days)
    in_an_hour = format_datetime(its_now + dt.timedelta(hours=1), usegmt=True)
    date = format_datetime(its_now, usegmt=True)

    assert retry_after({"retry-after": in_an_hour, "date": date}, NOON) == dt.timedelta(hours=1)
    assert cache_for({"expires": in_an_hour, "date": date}) == dt.timedelta(hours=1)
