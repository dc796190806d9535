"""Charts: the same bytes for the same numbers, and nothing that a strict policy refuses."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from aggregator.publish.chart import days_chart
from tests.values import NOON

TODAY = NOON.date()
counts = st.lists(st.integers(0, 10_000), min_size=1, max_size=28)


@given(counts)
def test_b6_9_any_numbers_make_a_chart_without_style_or_script(numbers: list[int]) -> None:
    drawn = days_chart('<Stories> & "days"', TODAY, numbers)

    assert drawn == days_chart('<Stories> & "days"', TODAY, numbers)
    if not any(numbers):
        assert drawn == ""
        return
    svg = etree.fromstring(drawn)
    assert svg.get("aria-label") == '<Stories> & "days"'
    assert not svg.xpath("//@style | //*[local-name()='style' or local-name()='script']")
    columns = svg.findall(".//{*}g[@class='series columns']/*")
    assert len(columns) == len(numbers)
    heights = [float(column.get("height") or 0) for column in columns]
    assert max(heights) == heights[numbers.index(max(numbers))] > 60


@pytest.mark.parametrize("length", [1, 7, 28])
def test_the_days_under_a_chart_are_those_of_the_columns(length: int) -> None:
    svg = etree.fromstring(days_chart("x", TODAY, [1] * length))

    words = [text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")]
    last = TODAY - dt.timedelta(days=3 if length > 3 else 0)
    assert f"{last.day} {last:%b}" in words
