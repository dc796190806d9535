"""What became of a poll, for the log and the metrics (A16)."""

import datetime as dt
from typing import Final, Literal

from ..model import Failure, Fetched, NotModified, PollReport, PollState
from ..polling.freshness import http_date
from ..publish.status import in_words
from ..text.urls import host_of, site_of
from .poll import Finished
from .setup import Setup
from .turnover import said_of

_NONE: Final = dt.timedelta()
_LEAST_SKEW: Final = dt.timedelta(minutes=5)


def report_of(
    one: Finished, state: PollState, setup: Setup, founded: int, added: int, edited: int
) -> PollReport:
    """The report of a poll that brought so many stories and articles."""
    failure = one.result if isinstance(one.result, Failure) else None
    if failure is not None:
        outcome, status = "failed", failure.status
    elif isinstance(one.result, NotModified):
        outcome, status = "not_modified", 304
    else:
        outcome, status = ("new" if added or edited else "unchanged"), 200
    notes = one.reading.notes if one.reading else ()
    if state.url != one.state.url:
        notes += (f"asked at {state.url} from now on, no more at {one.state.url}",)
    held = state.held_edits if one.reading is not None else None
    if held is not None:
        notes += (said_of(held),)
    if state.conditions.asking is not one.state.conditions.asking:
        notes += (f"validators sent from now on: {state.conditions.asking}",)
    if (skew := _skew(one)) is not None:
        way = "ahead of" if skew > _NONE else "behind"
        notes += (f"the server's clock is {in_words(abs(skew))} {way} ours",)
    return PollReport(
        source=one.source.key,
        outcome=outcome,  # type: ignore[arg-type]  # one of the four above
        entries=one.reading.entries if one.reading else 0,
        new_stories=founded,
        new_articles=added,
        changed_articles=edited,
        held_articles=len(held.edits) if held else 0,
        failure=failure,
        next_poll_at=state.next_poll_at,
        status=status,
        bytes=one.result.wire_bytes if isinstance(one.result, Fetched) else 0,
        decoded=one.decoded if isinstance(one.result, Fetched) else 0,
        seconds=one.seconds,
        contact=_contact(one),
        early=_early(one, setup),
        host=site_of(host_of((failure and failure.url) or one.state.url)),
        notes=notes,
    )


def _contact(one: Finished) -> Literal["no_validators", "conditional", "unconditional"]:
    if one.state.validators is None:
        return "no_validators"
    return "conditional" if one.asked is not None and one.asked.conditional else "unconditional"


def _early(one: Finished, setup: Setup) -> tuple[Literal["fresh", "min"], ...]:
    """Which bounds the poll came before. The schedule keeps them all; a person may not (A1.13)."""
    state, policy = one.state, setup.polling
    if state.polled_at is None:
        return ()
    waited = one.finished_at - dt.timedelta(seconds=one.seconds) - state.polled_at
    found: list[Literal["fresh", "min"]] = []
    if waited < min(state.freshness.cache_for or _NONE, policy.max_freshness):
        found.append("fresh")
    if waited < (policy.min_interval if one.source.every is None else one.source.every):
        found.append("min")
    return tuple(found)


def _skew(one: Finished) -> dt.timedelta | None:
    """How far the server's clock is from ours, where that is worth a note (A11.1): its dates are
    compared with its own `Date` alone.
    """
    if isinstance(one.result, Failure):
        return None
    headers = one.result.headers
    said = http_date(headers.get("date"))
    if said is None or headers.get("age"):  # a cache's copy bears the date it was made
        return None
    skew = said - one.finished_at
    return skew if abs(skew) > _LEAST_SKEW else None
