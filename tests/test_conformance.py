"""Every requirement that is listed has a test that bears its id, or a reason why not."""

import pathlib

import pytest

from scripts.conformance import ids_in, named_tests, page, requirements

ROOT = pathlib.Path(__file__).resolve().parents[1]


def test_every_must_has_a_test_or_a_page_that_says_why_not() -> None:
    tested = {one for test in named_tests() for one in test.ids}

    missing = [
        f"{one.id} {one.subject}"
        for one in requirements()
        if one.level == "MUST" and one.id not in tested and one.excuse is None
    ]

    assert not missing, f"{len(missing)} without a test:\n" + "\n".join(missing)


def test_no_test_names_a_requirement_that_there_is_not() -> None:
    known = {one.id for one in requirements()}
    sections = {one.partition(".")[0] for one in known}
    named = [(test.name, one) for test in named_tests() for one in test.ids]

    assert [(name, one) for name, one in named if one not in known | sections] == []


def test_every_excuse_is_a_page() -> None:
    assert all((ROOT / one.excuse).is_file() for one in requirements() if one.excuse)


def test_a_requirement_is_listed_once() -> None:
    ids = [one.id for one in requirements()]

    assert len(ids) == len(set(ids)) > 100


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("a1_9_a_server", ["A1.9"]),
        ("a4_3_a4_4_nothing_is_sent", ["A4.3", "A4.4"]),
        ("a10_1_v3_a_document", ["A10.1"]),
        ("a16_no_poll_too_soon", ["A16"]),
        ("a2_every_status", ["A2"]),
        ("b2_5_b3_8_no_id_twice", ["B2.5", "B3.8"]),
        ("a_feed_of_a5_4_things", []),
    ],
)
def test_the_ids_in_a_name_are_those_it_begins_with(name: str, ids: list[str]) -> None:
    assert list(ids_in(name)) == ids


def test_the_table_has_a_row_for_each_requirement() -> None:
    table = page()

    assert all(f"\n| {one.id} | {one.level} | {one.subject} | " in table for one in requirements())
