"""When a story enters a topic's feed: at once, in turn, or never (B3.5)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from ..model import Admission, Story

_TURN = dt.timedelta(hours=1)  # between one lot held back and the next


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
) -> list[Admission]:
    """Admissions of stories that one poll of one source brought to one topic.

    The newest are admitted now, `admit_count` on a source's first poll and `render_count` later;
    the rest follow by the hour. On the first poll, what is older than `admit_age` never is.
    """
    newest_first = sorted(stories, key=lambda story: (story.published, story.id), reverse=True)
    if first_poll:
        fresh = [story for story in newest_first if story.published >= now - policy.admit_age]
        old = newest_first[len(fresh) :]
    else:
        fresh, old = newest_first, []
    at_once = policy.admit_count if first_poll else policy.render_count
    admissions = [Admission(topic, story.id, admitted_at=now) for story in fresh[:at_once]]
    later = fresh[at_once:]
    for number, story in enumerate(later):
        turn = 1 + number // max(policy.render_count, 1)
        admissions.append(Admission(topic, story.id, None, due_at=now + turn * _TURN))
    admissions += [Admission(topic, story.id, None) for story in old]
    return admissions
