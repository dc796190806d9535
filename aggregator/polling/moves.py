"""Permanent moves: believed when they are told again and again, and undone when they fail (A5.4).

What feeds.yaml says stays the operator's: a confirmed move only changes whom we ask.
"""

import datetime as dt
from dataclasses import replace
from typing import Final

from ..model import Failure, FailureKind, FeedInfo, FetchResult, Move, PollState, Source
from ..text.urls import host_of, site_of

_LEAST_POLLS: Final = 3
_LEAST_TIME: Final = dt.timedelta(hours=48)
_MOST_FAILURES: Final = 3
_PERMANENT: Final = frozenset((301, 308))


def after_success(
    state: PollState,
    result: FetchResult,
    now: dt.datetime,
    *,
    source: Source,
    info: FeedInfo | None,
    shared: bool,
) -> Move | None:
    """What is known of a move after a poll that was answered.

    `state`: as it was before; `info`: what the document says of itself, None when it was not
    read because it is known; `shared`: it holds entries that were known already.
    """
    assert not isinstance(result, Failure)
    known = state.move
    if known is not None and known.confirmed_at is not None:
        return known
    permanent = bool(result.hops) and all(status in _PERMANENT for status, _ in result.hops)
    if known is not None and not known.same:
        return known  # it led to a stranger, whose words stand among the source's own since
    if not permanent or known is None or known.url != result.url:
        same = not result.hops or _is_same(state, result.url, info, shared=shared)
        return Move(result.url, now, same) if permanent or not same else None
    told = replace(known, polls=known.polls + 1)
    lasted = told.polls >= _LEAST_POLLS and now - told.since >= _LEAST_TIME
    # A password goes to the origin it was given for alone: such a source stays where it is.
    if not lasted or source.auth or not told.same:
        return told
    return replace(told, confirmed_at=now)


def _is_same(state: PollState, url: str, info: FeedInfo | None, *, shared: bool) -> bool:
    """Is what is found there at first the feed that was known before? Later it is compared with
    itself. A source that was redirected from its first poll on is what the operator listed.
    """
    before = state.info
    twin = url.removeprefix("https:") == state.listed_url.removeprefix("http:")
    return (
        twin
        or state.succeeded_at is None
        or info is None
        or shared
        or (info.id is not None and info.id == before.id)
        or (info.self_url is not None and info.self_url == before.self_url)
    )


def after_failure(state: PollState, failure: Failure) -> Move | None:
    """A move to where nothing is to be had is undone: the listed address is asked again."""
    known = state.move
    if known is None or known.confirmed_at is None:
        return known
    ended = failure.kind is FailureKind.GONE or state.failures >= _MOST_FAILURES
    return None if ended else known


def notices(state: PollState) -> tuple[str, ...]:
    """What the operator should know of where a source is (A5.4, A5.8)."""
    said = []
    known, info = state.move, state.info
    if known is not None and known.confirmed_at is not None:
        said.append(f"moved for good: write url: {known.url} in feeds.yaml")
    if info.moved_to and info.moved_to not in (state.url, state.listed_url):
        said.append(f"the feed says that it has moved to {info.moved_to}; look, and change its url")
    elif info.self_url and site_of(host_of(info.self_url)) not in {
        site_of(host_of(url)) for url in (state.url, state.listed_url)
    }:
        said.append(f"the feed gives another address as its own: {info.self_url}")
    return tuple(said)
