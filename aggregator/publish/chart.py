"""Charts as SVG, drawn here and nowhere else; the only module that knows leather.

What comes out has no style attribute, which our policy would refuse (B6.9), and takes its colours
from the page, so that it can be read in the dark.
"""

import datetime as dt
import re
from collections.abc import Sequence
from html import escape
from typing import Final

import leather

_WIDTH: Final = 360  # that of a telephone: letters are never drawn smaller than they are there
_HEIGHT: Final = 150
_DECIMALS: Final = re.compile(r"(\d+\.\d)\d+")  # leather writes 28 of them

# For the whole process, which has no other charts.
leather.theme.background_color = "none"
leather.theme.label_color = "currentColor"
leather.theme.tick_color = leather.theme.zero_color = "currentColor"
leather.theme.tick_font_family = "inherit"
leather.theme.tick_font_size = 13
leather.theme.tick_width = 0.3
leather.theme.margin = 0.022


def days_chart(label: str, last: dt.date, counts: Sequence[int]) -> str:
    """A column for each day, oldest first, `last` at the end; "" where nothing came on any.

    `label` is read out in the place of the drawing.
    """
    if not any(counts):
        return ""
    days = [last - dt.timedelta(days=n) for n in reversed(range(len(counts)))]
    names = [day.isoformat() for day in days]
    chart = leather.Chart()
    chart.set_x_scale(leather.Ordinal(names))
    chart.add_x_axis(ticks=names[-4::-7][::-1] or names, tick_formatter=_day)
    scale = leather.Linear(0, max(counts))
    whole = [int(mark) for mark in scale.ticks() if mark == int(mark)]
    chart.set_y_scale(scale)
    chart.add_y_axis(ticks=whole, tick_formatter=lambda count, _number, _ticks: f"{count:,}")
    chart.add_columns(list(zip(names, counts, strict=True)), fill_color="currentColor")
    drawn = _DECIMALS.sub(r"\1", str(chart.to_svg(width=_WIDTH, height=_HEIGHT)))
    known = (
        f'class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(label)}"'
    )
    return drawn.replace("<svg ", f"<svg {known} ", 1)


def _day(name: str, _number: int, _ticks: int) -> str:
    day = dt.date.fromisoformat(name)
    return f"{day.day} {day:%b}"
