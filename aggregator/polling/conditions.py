"""Servers whose conditional answers cannot be relied on: which validators they are sent, and when
one unconditional request looks whether they lie (A1.9, A1.11).
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from ..model import (
    Asking,
    Conditions,
    Failure,
    FailureKind,
    Fetched,
    FetchRequest,
    PollState,
    Validators,
)
from .silence import usual_gap

_IGNORED_AT_MOST: Final = 3  # polls in a row
_TRIED_AGAIN_AFTER: Final = dt.timedelta(days=30)
PROBE_EVERY: Final = dt.timedelta(days=14)
_MISSED: Final = 3  # entries that should have come meanwhile
_SUFFIXES: Final = ('-gzip"', ';gzip"')  # mod_deflate's, which does not know them again


def asking(known: Conditions, now: dt.datetime) -> Asking:
    """The step in force at `now`: after thirty days the server gets another chance."""
    if known.since is not None and now - known.since >= _TRIED_AGAIN_AFTER:
        return Asking.BOTH
    return known.asking


def tags(etag: str | None, step: Asking) -> str | None:
    """What goes into If-None-Match: the tag byte for byte (A1.2), beside it in a list the same
    without the suffix of a compression.

    >>> tags('"abc-gzip"', Asking.LIST)
    '"abc-gzip", "abc"'
    """
    if etag is None or step in (Asking.DATE, Asking.PLAIN):
        return None
    if step is Asking.LIST:
        for suffix in _SUFFIXES:
            if etag.endswith(suffix):
                return f'{etag}, {etag.removesuffix(suffix)}"'
    return etag


def _steps(known: Validators) -> Iterator[Asking]:
    if known.etag and known.etag.endswith(_SUFFIXES):
        yield Asking.LIST
    if known.last_modified:
        yield Asking.DATE
    yield Asking.PLAIN


def wants_probe(state: PollState, now: dt.datetime) -> bool:
    """Has it answered 304 alone for two weeks in which its history lets us expect news?"""
    known = state.conditions
    gap = usual_gap(state.arrivals)
    if known.only_304_since is None or gap is None or asking(known, now) is Asking.PLAIN:
        return False
    lasted = now - known.only_304_since
    rested = known.probed_at is None or now - known.probed_at >= PROBE_EVERY
    return lasted >= PROBE_EVERY and lasted >= _MISSED * gap and rested


def after_not_modified(known: Conditions, now: dt.datetime) -> Conditions:
    """A 304: the server heeds what it is sent."""
    return replace(_current(known, now), ignored=0, only_304_since=known.only_304_since or now)


def after_probe(known: Conditions, asked: FetchRequest | None, now: dt.datetime) -> Conditions:
    """The one unconditional request of two weeks is spent, whatever came of it."""
    return replace(known, probed_at=now) if asked is not None and asked.probe else known


def after_fetched(
    state: PollState, asked: FetchRequest | None, fetched: Fetched, *, same: bool, now: dt.datetime
) -> Conditions:
    """A 200. `same`: it brought the bytes that were known."""
    known = replace(_current(state.conditions, now), only_304_since=None)
    heard = asked is not None and asked.conditional and asked.validators_for == fetched.url
    if not same:
        return replace(known, ignored=0)
    if not heard or state.validators is None or not state.validators.etag:
        return known
    known = replace(known, ignored=known.ignored + 1)
    if known.ignored < _IGNORED_AT_MOST:
        return known
    order = list(Asking)
    below = order[order.index(known.asking) + 1 :]
    step = next((step for step in _steps(state.validators) if step in below), Asking.PLAIN)
    return replace(known, asking=step, since=now, ignored=0)


def after_failure(
    known: Conditions, asked: FetchRequest | None, failure: Failure, now: dt.datetime
) -> Conditions:
    """A failure: a server that breaks HTTP whenever it is asked conditionally, as by a 304 with a
    body (A2.13), is asked without.
    """
    broken = failure.kind is FailureKind.PROTOCOL and failure.phase == "headers"
    if not broken or asked is None or not asked.conditional:
        return known
    known = replace(_current(known, now), ignored=known.ignored + 1)
    if known.ignored < _IGNORED_AT_MOST:
        return known
    return replace(known, asking=Asking.PLAIN, since=now, ignored=0)


def _current(known: Conditions, now: dt.datetime) -> Conditions:
    """Without a step that has run out."""
    if asking(known, now) is known.asking:
        return known
    return replace(known, asking=Asking.BOTH, since=None, ignored=0)
