"""The mass-change guard (B3.7): no hour brings edits of more than half of what a topic shows
before they have stood for an hour, nor more new entries than half of what was shown.

What enters waits where the change enters, in the transaction that records a poll: every process
then renders the same (law 5). Edits are not taken over at all while they are held, and the source
remembers digests of them: nothing of a defaced page is kept if it is mended within the hour.
"""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from ..dedupe.shelf import Change
from ..errors import UsageError
from ..model import (
    Admitted,
    Article,
    HealthChange,
    HeldEdits,
    PollState,
    Story,
)
from ..publish.admission import GUARDED, TURN, is_turned_over, room_for
from ..publish.desk import Desk
from ..publish.feed import MOST_ENTRIES, entry_of, window_size
from ..text.words import one_line
from .desks import desk_for
from .due import ask_for
from .ports import Ask, Store
from .setup import Setup
from .tagging import tag

LONGEST: Final = dt.timedelta(days=1)
# Fewer edits are no more than half of any feed that is guarded.
_FEW: Final = GUARDED // 2


def room(ask: Ask, topic: str, entering: int, now: dt.datetime) -> int | None:
    """How many of so many stories may enter a topic now; None: any number."""
    since = now - TURN
    came = ask.admitted(topic, since)
    if came + entering <= _FEW:
        return None
    shown = len(_shown(ask, topic, until=since))
    if shown < GUARDED:  # nobody can be flooded by its first fill
        return None
    return room_for(shown, came, ask.admitted(topic, since - LONGEST, until=since))


def _shown(ask: Ask, topic: str, until: dt.datetime | None = None) -> list[int]:
    """The stories that a topic shows, or would have shown then."""
    newest = ask.newest(topic, MOST_ENTRIES, until)
    if (state := ask.topics().get(topic)) is not None and state.floor_at is not None:
        newest = [one for one in newest if one[1] >= state.floor_at]
    return [pk for pk, _ in newest[: window_size([moment for _, moment in newest])]]


def edits_of(source: str, changes: Sequence[Change]) -> dict[str, list[Article]]:
    """What a document changes of known articles, by story. That an article is not to be shown any
    more is heeded at once (A13.2), and is none of them.
    """
    found = {
        change.story.id: [
            one
            for one in change.edited
            if one.source == source and one not in change.added and not one.withheld
        ]
        for change in changes
        if not change.is_new
    }
    return {story_id: edited for story_id, edited in found.items() if edited}


def may_turn_over(changes: Sequence[Change]) -> bool:
    """Has any document edits enough for a topic? No is the answer to nearly every poll."""
    edits = Counter(one.source for change in changes for one in change.edited)
    return any(number > _FEW for number in edits.values())


def held_edits(
    ask: Ask,
    setup: Setup,
    state: PollState,
    changes: Sequence[Change],
    known: Mapping[int, Story],
    ours: Collection[str],
    now: dt.datetime,
) -> HeldEdits | None:
    """The edits of one document that have to wait; None where all may be taken over.

    `state`: of its source, with what is held already; `known`: the stories as they are stored;
    `ours`: topics that are decided here. An edit counts that changes what is published of a story,
    or takes it out of a topic, and has not stood for an hour yet. With them count those that were
    taken over within the hour, from any document: a few together turn a feed over as well.
    """
    edited = edits_of(state.source, changes)
    if len(edited) <= _FEW:
        return None
    before = state.held_edits
    if before is not None and now - before.since >= LONGEST:
        return None
    stories = {change.story.id: change.story for change in changes}
    desk = desk_for(ask, setup, stories.values())
    touched = {
        pk: _touched(story, stories[story.id], desk, setup, ours)
        for pk, story in known.items()
        if story.id in edited
    }
    stood = dict(before.edits) if before else {}
    digests = {pk: [_digest(one) for one in edited[known[pk].id]] for pk in touched}
    waiting = {
        pk for pk, its in digests.items() if any(now - stood.get(d, now) < TURN for d in its)
    }
    guarded: list[str] = []
    counted: dict[str, dt.datetime] = {}
    for topic in sorted(set().union(*touched.values())):
        shown = _shown(ask, topic)
        if len(shown) < GUARDED:
            continue
        moved = [pk for pk in shown if topic in touched.get(pk, ())]
        counted |= {digest: stood.get(digest, now) for pk in moved for digest in digests[pk]}
        coming = waiting.intersection(moved)
        if coming and is_turned_over(len(coming | ask.revised(shown, now - TURN)), len(shown)):
            guarded.append(topic)
    return HeldEdits(before.since if before else now, counted, tuple(guarded)) if guarded else None


def _touched(
    before: Story, after: Story, desk: Desk, setup: Setup, ours: Collection[str]
) -> set[str]:
    """The topics in which edits of a story can be seen: all that it is in where it is published
    otherwise than before, else those that it leaves.
    """
    topics = {because.topic for because in before.topics}
    was, is_now = (
        entry_of(Admitted(replace(story, topics=()), story.first_seen_at), desk)
        for story in (before, after)
    )
    if was is None or is_now is None:  # to the public it was not there, or is no more
        return set()
    if was != is_now:
        return topics
    return (topics & set(ours)) - {because.topic for because in tag(after, setup)}


def _digest(edited: Article) -> str:
    named = f"{edited.source}\0{edited.entry_id}\0{edited.digest}"
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def without_edits(
    source: str, changes: Sequence[Change], known: Mapping[int, Story]
) -> list[Change]:
    """What is left of the changes when none of the source's edits is taken over."""
    edited = edits_of(source, changes)
    before = {story.id: story for story in known.values()}
    left: list[Change] = []
    for change in changes:
        if not (held := {one.identity for one in edited.get(change.story.id, ())}):
            left.append(change)
            continue
        was = before[change.story.id]
        known_as = {one.identity: one for one in was.articles}
        story = replace(
            change.story,
            updated=was.updated,
            articles=tuple(
                known_as[one.identity] if one.identity in held else one
                for one in change.story.articles
            ),
        )
        rest = replace(
            change,
            story=story,
            edited=tuple(one for one in change.edited if one.identity not in held),
            keys={identity: keys for identity, keys in change.keys.items() if identity not in held},
            revised=tuple(one for one in change.revised if one[0] not in held),
        )
        if rest.added or rest.edited or any(rest.keys.values()):
            left.append(rest)
    return left


def with_held(after: PollState, before: PollState, held: HeldEdits | None) -> PollState:
    """The state after a poll whose edits were held, or not (None). Of a document that is held only
    its wish not to be published is taken over, and no validator: it is not known yet (law 1).
    """
    if after.failure is not None:
        return after
    if held is None:
        return replace(after, held_edits=None)
    return replace(
        after,
        held_edits=held,
        validators=before.validators,
        body_digest=before.body_digest,
        info=replace(before.info, withheld=after.info.withheld),
    )


def said_of(held: HeldEdits) -> str:
    """What the operator is told."""
    return (
        f"{len(held.edits)} of its entries have changed at once, more than half of what "
        f"{', '.join(held.topics)} shows; they are held back until they have stood for an hour"
    )


def alerts(
    before: Sequence[PollState], after: Sequence[PollState], now: dt.datetime
) -> list[HealthChange]:
    """What to tell of sources whose edits are held from now on."""
    return [
        HealthChange(new.source, now, new.health, new.health, one_line(said_of(new.held_edits)))
        for old, new in zip(before, after, strict=True)
        if new.held_edits is not None and old.held_edits is None
    ]


def release(store: Store, setup: Setup, key: str, now: dt.datetime) -> tuple[HeldEdits, str | None]:
    """Let the held edits of a source in with the next poll, and have it polled now; what was held,
    and why it cannot be polled now (None: it is due).

    Raises UsageError where nothing of it is held.
    """
    with store.writing() as tell:
        state = tell.states([key]).get(key)
        if state is None or (held := state.held_edits) is None:
            raise UsageError(f"nothing of {key} is held back; `aggregator release` lists what is")
        long_ago = dict.fromkeys(held.edits, now - TURN)
        tell.save_states([replace(state, held_edits=replace(held, edits=long_ago))])
        tell.advance()
    _asked, left_out = ask_for(store, setup, [key], now)
    return held, left_out.get(key)
