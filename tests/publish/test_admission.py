"""When a story enters a topic's feed."""

import datetime as dt
import random

from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Story
from aggregator.publish.admission import AdmissionPolicy, admit, room_for, take_turns
from aggregator.publish.feed import MOST_ENTRIES, window_size
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


# --- what a changed rule lets in ------------------------------------------------------------------


def shown(admitted: list[dt.datetime]) -> list[dt.datetime]:
    newest = sorted(admitted, reverse=True)
    return newest[: window_size(newest)]


def test_b3_7_a_feed_is_not_turned_over_by_more_than_half_at_once() -> None:
    standing = [NOON - n * HOUR for n in range(1, 60, 2)]
    entering = [(n, NOON - n * HOUR) for n in range(0, 60, 2)]

    turns = take_turns(standing, entering, 30, NOON, POLICY)

    assert turns is not None
    assert turns.at_once == tuple(range(0, 30, 2))
    assert set(turns.due_at.values()) == {NOON + HOUR}


def test_b3_5_few_stories_enter_at_once() -> None:
    entering = [(n, NOON - n * HOUR) for n in range(20)]

    assert take_turns([], entering, 0, NOON, POLICY) is None
    assert take_turns([], [], 50, NOON, POLICY) is None


def test_what_stands_below_the_window_enters_at_once() -> None:
    standing = [NOON - n * HOUR for n in range(60)]
    entering = [(n, NOON - 30 * DAY - n * HOUR) for n in range(100)]

    assert take_turns(standing, entering, 60, NOON, POLICY) is None


@given(
    st.integers(1, 3000),
    st.integers(0, 600),
    st.integers(0, 300),
    st.integers(0, 60),
    st.integers(1, 40),
    st.randoms(use_true_random=False),
)
def test_b3_5_in_no_hour_more_are_new_in_a_feed_than_a_turn_has(
    hours: int, stories: int, stand: int, before: int, render_count: int, chance: random.Random
) -> None:
    policy = AdmissionPolicy(render_count=render_count)
    when = chance.sample(range(hours), min(hours, stories))
    standing = [NOON - n * HOUR for n in sorted(when[:stand])]
    entering = {n: NOON - n * HOUR for n in sorted(when[stand:])}
    most = list(entering.items())[:MOST_ENTRIES]

    turns = take_turns(standing[:MOST_ENTRIES], most, before, NOON, policy)

    due = dict.fromkeys(entering, NOON)
    if turns is not None:
        due |= turns.due_at
        for n, moment in entering.items():
            others = n not in turns.at_once and n not in turns.due_at
            if others and (turns.others_since is None or moment >= turns.others_since):
                due[n] = turns.others_due_at
    known: set[dt.datetime] = set(standing)
    for moment in sorted({NOON, *due.values()}):
        there = shown(standing + [entering[n] for n in due if due[n] <= moment])
        assert len(set(there) - known) <= render_count
        known |= set(there)
    assert shown(standing + list(entering.values())) == there


@given(st.integers(1, 5000))
def test_b3_7_no_queue_grows_for_ever(an_hour: int) -> None:
    came = [min(an_hour, 100)]
    waiting = 0
    for _ in range(24 * 14):
        waiting += an_hour
        enter = min(waiting, room_for(200, 0, sum(came[-24:])))
        waiting -= enter
        came.append(enter)

    assert waiting == 0
