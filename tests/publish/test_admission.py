"""When a story enters a topic's feed."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Story
from aggregator.publish.admission import AdmissionPolicy, admit
from tests.publish.helpers import story
from tests.values import NOON, article

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
POLICY = AdmissionPolicy()


def stories(count: int, gap: dt.timedelta = HOUR) -> list[Story]:
    return [story(article(number=n, published=NOON - n * gap)) for n in range(count)]


def test_b3_5_a_new_source_is_published_with_its_ten_newest_entries() -> None:
    many = stories(30)

    admissions = admit("isis", many, NOON, POLICY, first_poll=True)

    now = [a.story for a in admissions if a.admitted_at == NOON]
    assert now == [one.id for one in many[:10]]


def test_b3_5_the_rest_of_a_new_source_follows_by_the_hour() -> None:
    admissions = admit("isis", stories(60), NOON, POLICY, first_poll=True)

    due = [a.due_at for a in admissions if a.admitted_at is None]
    assert due == [NOON + HOUR] * 20 + [NOON + 2 * HOUR] * 20 + [NOON + 3 * HOUR] * 10


def test_b3_5_entries_older_than_a_fortnight_of_a_new_source_are_never_published() -> None:
    admissions = admit("isis", stories(20, DAY), NOON, POLICY, first_poll=True)

    never = [a for a in admissions if a.admitted_at is None and a.due_at is None]
    assert len(never) == 5  # of 15 to 19 days


def test_a_late_post_of_a_known_source_is_published() -> None:
    (admission,) = admit(
        "isis", [story(article(published=NOON - 90 * DAY))], NOON, POLICY, first_poll=False
    )

    assert admission.admitted_at == NOON


def test_b3_5_later_a_source_brings_twenty_at_once() -> None:
    admissions = admit("isis", stories(50), NOON, POLICY, first_poll=False)

    assert sum(a.admitted_at is not None for a in admissions) == 20


@given(st.integers(0, 120), st.booleans(), st.integers(0, 40), st.integers(1, 40))
def test_every_story_is_decided_once(
    count: int, first_poll: bool, admit_count: int, render_count: int
) -> None:
    policy = AdmissionPolicy(admit_count=admit_count, render_count=render_count)
    many = stories(count, 12 * HOUR)

    admissions = admit("isis", many, NOON, policy, first_poll=first_poll)

    assert sorted(a.story for a in admissions) == sorted(one.id for one in many)
    assert all(a.admitted_at is None or a.due_at is None for a in admissions)
