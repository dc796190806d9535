"""Subscriptions at hubs, over the store: kept in step with the sources, verified, and what is
pushed merged like what is polled (A17).
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from ..model import Failure, Fetched, PollState, Source, Subscription
from ..polling.pushes import after_hint, after_push, without_push
from ..polling.websub import (
    Mode,
    Standing,
    after_refusal,
    denied,
    in_step,
    is_challenge,
    is_signed,
    lost,
    next_step,
    standing,
    verified,
)
from ..text.urls import host_of
from ..text.words import one_line, shorten
from .commit import merge
from .poll import Finished, refused_own
from .ports import Ask, RawDocument, Store, Tell
from .reading import Reading
from .setup import Setup
from .turnover import alerts

# A text that nobody can guess, a new one at each call, of 32 random bytes.
Secret = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Push:
    """What a hub posted to a callback, as it came."""

    token: str = field(repr=False)
    source: str
    body: bytes = field(repr=False)
    content_type: str
    signature: str


PushOutcome = Literal["merged", "hint", "ignored"]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What to save, what to forget, whom to ask, and which sources have lost their hub."""

    save: dict[str, Subscription]
    forget: list[str]
    requests: list[tuple[Subscription, Mode]]
    lost: set[str]


def requests_due(
    store: Store, setup: Setup, base: str | None, now: dt.datetime, secret: Secret
) -> list[tuple[Subscription, Mode]]:
    """Bring subscriptions in step with the sources; the requests to make now, remembered before
    they are made, so that neither a crash nor a second process makes them twice. One of a hub's
    host at a time: the rest are due at the next look.
    """
    with store.reading() as ask:  # a look costs the writer nothing
        if not _is_something(_plan(ask, base, now, secret)):
            return []
    with store.writing() as tell:
        plan = _plan(tell, base, now, secret)
        tell.save_subscriptions(plan.save.values())
        tell.forget_subscriptions(plan.forget)
        _without_push(tell, plan.lost, setup)
    return plan.requests


def _is_something(plan: _Plan) -> bool:
    return bool(plan.save or plan.forget)


def _plan(ask: Ask, base: str | None, now: dt.datetime, secret: Secret) -> _Plan:
    known = ask.subscriptions()
    save = {one.token: one for one in in_step(known, ask.hubs(), base, now, secret)}
    current = {one.token: one for one in known} | save
    forget: list[str] = []
    requests: list[tuple[Subscription, Mode]] = []
    asked: set[str] = set()
    for token, one in list(current.items()):
        step = next_step(one, now)
        host = host_of(one.hub.url)
        if step is None or (step.request and host in asked):
            continue
        if step.after is None:
            forget.append(token)
            current.pop(token)
            save.pop(token, None)
            continue
        save[token] = current[token] = step.after
        if step.request:
            asked.add(host)
            requests.append((step.after, step.request))
    return _Plan(save, forget, requests, lost(known, current.values()))


def _without_push(tell: Tell, sources: Collection[str], setup: Setup) -> None:
    states = tell.states(sources) if sources else {}
    tell.save_states(
        without_push(state, setup.sources[key], setup.polling)
        for key, state in states.items()
        if key in setup.sources
    )


def refused(store: Store, asked: Subscription, failure: Failure, now: dt.datetime) -> None:
    """Remember that a hub did not take a request; unless it has verified it nevertheless."""
    with store.writing() as tell:
        one = tell.subscription(asked.token)
        if one is not None and one.asked_at == asked.asked_at:
            detail = f"{failure.kind}: {failure.detail}"
            tell.save_subscriptions([after_refusal(one, detail, failure.retry_after, now)])


def counts(store: Store) -> dict[str, int]:
    """How many subscriptions are in each state."""
    with store.reading() as ask:
        return ask.subscription_states()


# --- what hubs ask and post ----------------------------------------------------------------------


def answer_to_hub(
    store: Store, setup: Setup, token: str, said: Mapping[str, str], now: dt.datetime
) -> tuple[int, str]:
    """A hub asks whether we meant it, or denies: the status to answer, and the challenge to echo
    (A17.4). `said`: the parameters of its GET.
    """
    mode, topic = said.get("hub.mode", ""), said.get("hub.topic", "")
    challenge = said.get("hub.challenge", "")
    if mode != "denied" and not is_challenge(challenge):
        return 400, ""
    with store.reading() as ask:  # a stranger's guess costs the writer nothing
        if ask.subscription(token) is None:
            return 404, ""
    with store.writing() as tell:
        one = tell.subscription(token)
        if one is None:
            return 404, ""
        if mode == "denied":
            reason = shorten(one_line(said.get("hub.reason", "")), 300)
            after = denied(one, topic, reason, now)
        else:
            after = verified(one, mode, topic, said.get("hub.lease_seconds"), now)
        if after is None:
            return 404, ""
        tell.save_subscriptions([after])
        if without := lost([one], [after]):
            _without_push(tell, without - _served(tell, but=token), setup)
    return 200, challenge if mode != "denied" else ""


def _served(tell: Tell, *, but: str) -> set[str]:
    """Sources with a valid subscription, one aside."""
    return {
        one.source
        for one in tell.subscriptions()
        if one.state in ("active", "lapsing") and one.token != but
    }


def place_of(store: Store, token: str) -> tuple[Standing, str]:
    """May a hub post to this callback, and which source it is for."""
    with store.reading() as ask:
        one = ask.subscription(token)
    return standing(one), one.source if one is not None else ""


def worth(store: Store, push: Push) -> PushOutcome:
    """What a push is worth: to be merged when it is signed, a hint when nobody signs, and nothing
    when the signature is missing or bad (A17.5, A17.6).
    """
    with store.reading() as ask:
        one = ask.subscription(push.token)
    if one is None or standing(one) != "valid":
        return "ignored"
    if one.secret is None:
        return "hint"
    return "merged" if is_signed(one.secret, push.signature, push.body) else "ignored"


def document_of(store: Store, push: Push, now: dt.datetime) -> RawDocument:
    """The document in a push, to be read as a poll would read it."""
    with store.reading() as ask:
        state = ask.states([push.source])[push.source]
    url = state.validators.url if state.validators else state.url
    return RawDocument(push.body, url, push.content_type, push.source, now)


def merge_push(
    store: Store, setup: Setup, push: Push, read_as: Reading | Failure, now: dt.datetime
) -> int | None:
    """Record a document that was pushed, as a poll's would be: the number of its new entries.
    Nothing is taken away because it is missing there. None: it is no feed of this source.
    """
    reading = refused_own(read_as, setup)
    if isinstance(reading, Failure) or reading.info.withheld:  # then a poll is to say so (A13.2)
        return None
    with store.writing() as tell:
        found = _concerned(tell, setup, push)
        if found is None:
            return None
        source, state = found
        result = Fetched(source.url, {}, b"")
        finished = Finished(source, state, result, now, reading=reading)
        merged = merge(tell, [finished], setup, now.replace(microsecond=0))
        changes, held = merged.changes, merged.held.get(source.key)
        added = [a for change in changes for a in change.added if a.source == source.key]
        if changes or held:
            after = after_push(state, [article.first_seen_at for article in added])
            after = replace(after, held_edits=held or state.held_edits)
            tell.save_health_changes(alerts([state], [after], now))
            tell.save_states([after])
            tell.advance()
        return len(added)


def take_hint(store: Store, setup: Setup, push: Push, now: dt.datetime) -> None:
    """Have the source of a push polled as soon as it may be."""
    with store.writing() as tell:
        if (found := _concerned(tell, setup, push)) is not None:
            source, state = found
            tell.save_states([after_hint(state, source, now, setup.polling)])


def _concerned(ask: Ask, setup: Setup, push: Push) -> tuple[Source, PollState] | None:
    """The source a push is for, if it still is the feed that was subscribed to."""
    one, source = ask.subscription(push.token), setup.sources.get(push.source)
    state = ask.states([push.source]).get(push.source)
    if one is None or source is None or state is None or state.listed_url != one.feed:
        return None
    return source, state
