"""When a story enters a topic's feed: at once, in turn, or never (B3.5)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..model import Admission, Story
from .feed import LEAST_ENTRIES, MOST_ENTRIES, WINDOW, window_size

GUARDED = 20  # entries from which on a feed is not turned over by half at once (B3.7)
TURN = dt.timedelta(hours=1)  # between one lot held back and the next


@dataclass(frozen=True, slots=True)
class AdmissionPolicy:
    """How much of one source subscribers are given at once."""

    admit_age: dt.timedelta = dt.timedelta(days=14)
    admit_count: int = 10
    render_count: int = 20


def admit(
    topic: str,
    stories: Sequence[Story],
    now: dt.datetime,
    policy: AdmissionPolicy,
    *,
    first_poll: bool,
    room: int | None = None,
) -> list[Admission]:
    """Admissions of stories that one poll of one source brought to one topic.

    The newest are admitted now, `admit_count` on a source's first poll and `render_count` later,
    and no more than there is `room` for (B3.7); the rest follow by the hour. On the first poll,
    what is older than `admit_age` never is.
    """
    newest_first = sorted(stories, key=lambda story: (story.published, story.id), reverse=True)
    if first_poll:
        fresh = [story for story in newest_first if story.published >= now - policy.admit_age]
        old = newest_first[len(fresh) :]
    else:
        fresh, old = newest_first, []
    at_once = policy.admit_count if first_poll else policy.render_count
    at_once = at_once if room is None else min(at_once, room)
    admissions = [Admission(topic, story.id, admitted_at=now) for story in fresh[:at_once]]
    later = fresh[at_once:]
    for number, story in enumerate(later):
        turn = 1 + number // max(policy.render_count, 1)
        admissions.append(Admission(topic, story.id, None, due_at=now + turn * TURN))
    admissions += [Admission(topic, story.id, None) for story in old]
    return admissions


def is_turned_over(changed: int, shown: int) -> bool:
    """Would so many changes be more than half of what a topic shows, and that worth guarding?

    >>> is_turned_over(11, 20), is_turned_over(10, 20), is_turned_over(19, 19)
    (True, False, False)
    """
    return shown >= GUARDED and 2 * changed > shown


def room_for(shown: int, came: int, in_a_day: int) -> int:
    """How many more may enter in this hour: half as many as an hour ago were `shown`, less those
    that `came` since. A topic to which more come every hour goes on as is its way: twice the mean
    of the day before, `in_a_day`, is let in, lest what waits there waits for ever longer.

    >>> room_for(40, 5, 24), room_for(200, 100, 24_000), room_for(40, 30, 0)
    (15, 1900, 0)
    """
    return max(0, shown // 2 - came, 2 * in_a_day // 24 - came)


@dataclass(frozen=True, slots=True)
class Turns:
    """How what a changed rule lets into a feed comes in: by primary key of the stories."""

    at_once: tuple[int, ...]
    due_at: Mapping[int, dt.datetime]
    # All others admitted since then wait for the last turn; None: all others do. Those of before
    # would not be shown in any case.
    others_since: dt.datetime | None
    others_due_at: dt.datetime


def take_turns(
    standing: Sequence[dt.datetime],
    entering: Sequence[tuple[int, dt.datetime]],
    shown: int,
    now: dt.datetime,
    policy: AdmissionPolicy,
    least: int = 0,
    open_since: dt.datetime | None = None,
) -> Turns | None:
    """Which stories that a changed rule lets into a topic have to wait; None when none has to.

    `standing`: when the newest of its other stories were admitted; `entering`: those that come,
    with the date at which they will stand; of each the newest, as many as a feed shows at most,
    newest first. `shown`: how many entries its feed showed before. `least`: how many it shows
    whatever their age once all have come, because no archive holds them; which are never any from
    before `open_since`.

    Of those that would be shown, the newest `render_count` come at once (B3.5), or half as many as
    were shown, if that is less (B3.7), and as many every hour after that. Each comes to stand where
    it would have stood, so that after the last turn the feed is as if none had waited. Until then
    what follows below must not move up and be shown instead.
    """
    merged = sorted([*standing, *(moment for _pk, moment in entering)], reverse=True)
    bottom = merged[: window_size(merged, least)][-1:]
    visible = [pk for pk, moment in entering if moment >= bottom[0]]
    lot = policy.render_count if shown < GUARDED else min(policy.render_count, shown // 2)
    if len(visible) <= lot:
        return None
    due_at = {
        pk: now + (1 + number // max(lot, 1)) * TURN for number, pk in enumerate(visible[lot:])
    }
    first = [moment for _pk, moment in entering[:lot]]
    return Turns(
        at_once=tuple(visible[:lot]),
        due_at=due_at,
        others_since=_hidden_before(sorted([*standing, *first], reverse=True), open_since),
        others_due_at=max(due_at.values()),
    )


def floor_after(
    newest: Sequence[dt.datetime], shown: int, floor: dt.datetime | None
) -> dt.datetime | None:
    """Below which date a feed shows nothing once stories have left it: else those that it had let
    go would move up again, and be news to whoever subscribed since (B3.7).

    `newest`: when its stories were admitted, newest first, as many as a feed shows at most; of
    them it `shown` so many. None where nothing stood below them.
    """
    if shown < len(newest) or shown == MOST_ENTRIES:
        return max(newest[shown - 1], floor) if floor else newest[shown - 1]
    return floor


def _hidden_before(
    newest_first: Sequence[dt.datetime], open_since: dt.datetime | None
) -> dt.datetime | None:
    """What is older than this would not be shown beside entries of these moments, now or when more
    have come; None: anything would.
    """
    if len(newest_first) < LEAST_ENTRIES:
        return None
    since = newest_first[0] - WINDOW
    if len(newest_first) >= MOST_ENTRIES and newest_first[MOST_ENTRIES - 1] >= since:
        return newest_first[MOST_ENTRIES - 1]
    return min(since, newest_first[LEAST_ENTRIES - 1], open_since or since)
