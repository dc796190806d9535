"""Topics that took nothing of what came lately, or far too much of it."""

import datetime as dt
from typing import Final

from ..model import ALL_TOPIC
from .ports import Ask
from .setup import Setup

_LATELY: Final = dt.timedelta(days=30)
_FEWEST: Final = 100  # stories, below which a share says nothing
_MOST: Final = 1 / 3  # of the stories; a subject that large is the news itself


def unlikely_topics(ask: Ask, setup: Setup, now: dt.datetime) -> dict[str, str]:
    """What to say of topics whose share of the last month's stories is not likely to be meant.

    Only of topics whose rule in feeds.yaml is the one their stories were found by.
    """
    taken = ask.taken_since(now - _LATELY)
    stories = taken.get(ALL_TOPIC, 0)
    if stories < _FEWEST:
        return {}
    in_force = ask.definitions()
    said: dict[str, str] = {}
    for key in setup.topics:
        if in_force.get(key) != setup.definitions[key]:
            continue
        took = taken.get(key, 0)
        if not took:
            said[key] = (
                f"took none of the {stories:,} stories of the last 30 days; try its query on one "
                f"that it should have taken: aggregator explain STORY --topic {key}"
            )
        elif took > stories * _MOST:
            said[key] = (
                f"took {took:,} of the {stories:,} stories of the last 30 days, which is "
                f"{took / stories:.0%}; ask for more than words that stand everywhere"
            )
    return said
