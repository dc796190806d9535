"""A short soak; the long one is a benchmark."""

import pathlib

from benchmarks.soak import HOUR, check, soak


def test_a16_hours_of_good_and_bad_servers_restarts_and_kills_included(
    tmp_path: pathlib.Path,
) -> None:
    figures = soak(8, 60, 8, 1, f"sqlite:///{tmp_path}/soak.db")

    check(figures)
    assert figures.kills_at_work > 0
    assert figures.lives == 8
    assert figures.seen.not_modified > 0
    assert figures.articles > 500


def test_a16_a_soak_sees_what_is_asked_for_too_soon(tmp_path: pathlib.Path) -> None:
    figures = soak(3, 20, 4, 1, f"sqlite:///{tmp_path}/soak.db", min_interval=HOUR / 2)

    assert figures.seen.too_soon
