"""The gate (B7.15): what is not valid is never published.

One bad entry does not stop the others: it is left out, and somebody is told. Where no entry is to
blame, the document is refused, and the last good one stays.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ..model import FeedEntry, Rendering, TopicFeed
from ..publish.valid import LONGEST, complaints

Render = Callable[[TopicFeed], Rendering]
Alarm = Callable[[str, Exception], None]  # told of a path, and of what is wrong there
_MOST_SAID: Final = 5  # complaints in one message
_MOST_BLAMED: Final = 0.5  # of the entries; where more fail, it is not they who are wrong


class Refused(Exception):
    """A document that must not be published, and why."""


class LeftOut(Exception):
    """An entry that must not be published, and why; the document is, without it."""


def checked(rendering: Rendering) -> Rendering:
    """The rendering, if it may be published. Raises Refused."""
    if found := complaints(rendering):
        raise Refused(_said(found))
    return rendering


def passed(feed: TopicFeed, render: Render, alarm: Alarm, *, is_first: bool = False) -> Rendering:
    """A feed rendered, if need be without the entries for which it could not be published.

    `is_first`: there is no last good one, so that anything valid is better than nothing. Raises
    Refused.
    """
    try:
        return _tried(feed, render)
    except Refused as wrong:
        whole = wrong
    at_fault = {entry.id: why for entry in feed.entries if (why := _alone(entry, feed, render))}
    at_fault = at_fault or _too_long(feed, render)
    if not at_fault or not (is_first or len(at_fault) <= _MOST_BLAMED * len(feed.entries)):
        raise whole
    kept = tuple(entry for entry in feed.entries if entry.id not in at_fault)
    rendering = _tried(replace(feed, entries=kept), render)
    for name, why in at_fault.items():
        alarm(rendering.path, LeftOut(f"{name}: {why}"))
    return rendering


def _tried(feed: TopicFeed, render: Render) -> Rendering:
    try:
        rendering = render(feed)
    except Exception as wrong:
        raise Refused(f"cannot be rendered: {wrong!r}") from wrong
    return checked(rendering)


def _alone(entry: FeedEntry, feed: TopicFeed, render: Render) -> str:
    """Why the feed could not be published if it had this entry alone; "" if it could."""
    try:
        _tried(replace(feed, entries=(entry,)), render)
    except Refused as wrong:
        return str(wrong)
    return ""


def _too_long(feed: TopicFeed, render: Render) -> dict[str, str]:
    """The longest entries, as few of them as make room for all others; of entries each of which
    could be published alone.
    """
    sizes = {entry.id: len(render(replace(feed, entries=(entry,))).body) for entry in feed.entries}
    excess, found = sum(sizes.values()) - LONGEST, dict[str, str]()
    for name, size in sorted(sizes.items(), key=lambda one: one[1], reverse=True):
        if excess > 0:
            found[name] = f"is {size} bytes long, in a document that is too long"
            excess -= size
    return found


def _said(found: list[str]) -> str:
    more = len(found) - _MOST_SAID
    return "; ".join(found[:_MOST_SAID]) + (f"; and {more} more" if more > 0 else "")
