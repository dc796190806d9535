"""Finding topics' stories anew among all that is stored, beside what readers see of them.

What is found waits in the store, with how far it has come; one transaction for each topic then puts
it in the place of what was published. In between nobody else changes the topic: stories that a poll
brings or edits in the meantime are reached later, or looked at again before the switch.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from ..model import ALL_TOPIC, OUT_OF_FORCE, Because, Found, Retagging, TopicState
from ..publish.admission import floor_after, take_turns
from ..publish.archive import open_since
from ..publish.feed import MOST_ENTRIES, window_size
from .archives import chain_in
from .ports import Ask, Clock, Store, Tell
from .setup import Setup
from .tagging import topics_of

_BATCH: Final = 500  # stories at a time: polls commit in between
_AGAIN: Final = 50  # stories at a time that are looked at within the transaction

Evidence = tuple[Found, ...]
# Topic, story, and the evidence by which it is in the topic from now on; None: it is not.
Change = tuple[str, int, Evidence | None]


@dataclass(frozen=True, slots=True)
class Retagged:
    """What came of finding a topic's stories anew."""

    entered: int
    left: int
    held: int = 0  # of those that entered: they come in turns


def begin(tell: Tell, setup: Setup, topics: Iterable[str]) -> None:
    """Have the stories of these topics found anew. What is under way by the same rule goes on;
    what is by another begins again.
    """
    known = tell.retaggings()
    for key in topics:
        definition = setup.definitions[key]
        if key not in known or known[key].definition != definition:
            # Those that have to be looked at again stay so: a batch may be under way somewhere
            # that knew them as they were before.
            tell.forget_staged(key, undecided=False)
            tell.save_retaggings([Retagging(key, definition, cursor=0)])


def waiting(ask: Ask, setup: Setup) -> list[str]:
    """The topics whose stories are to be found anew by the rules in force here, in the order of
    feeds.yaml: whoever comes by may go on with it.
    """
    under_way, undecided, in_force = ask.retaggings(), ask.undecided_topics(), ask.definitions()

    def waits(key: str, definition: str) -> bool:
        if key in under_way:
            return under_way[key].definition == definition
        return key in undecided and in_force.get(key) == definition

    return [key for key, definition in setup.definitions.items() if waits(key, definition)]


def retag(
    store: Store,
    setup: Setup,
    topics: Collection[str],
    clock: Clock,
    progress: Callable[[int, int], None] = lambda done, stories: None,
    keep_on: Callable[[], bool] = lambda: True,
) -> dict[str, Retagged]:
    """Find the stories of these topics, which must have begun, to the end or until `keep_on` says
    no; what became of those that were switched over here.

    Safe against being killed, and beside others who do the same: each batch is recorded with how
    far it came, and only on top of what it began from. `progress` is told how many stories are
    done, and of how many.
    """
    walk = _Walk(store, setup, progress)
    switched: dict[str, Retagged] = {}
    while keep_on():
        group = walk.group(topics)
        if not group:
            break
        if not walk.step(group) and (outcome := _finish(store, setup, group[0], clock)):
            switched[group[0].topic] = outcome
    return switched


class _Walk:
    """Once over all stories, oldest first, for the topics that have come least far."""

    def __init__(self, store: Store, setup: Setup, progress: Callable[[int, int], None]) -> None:
        self._store, self._setup, self._progress = store, setup, progress
        self._until: int | None = None  # where topics wait that have come further
        self._done: int | None = None
        self._stories = 0

    def group(self, topics: Collection[str]) -> list[Retagging]:
        """The next to be walked for, all of them as far as each other; none when all is done."""
        with self._store.reading() as ask:
            under_way = ask.retaggings()
            late = [key for key in waiting(ask, self._setup) if key in topics]
            if missing := [key for key in late if key not in under_way]:
                last = ask.last_story()  # nothing but what has to be looked at again
        if missing:
            with self._store.writing() as tell:
                known = tell.retaggings().keys()
                tell.save_retaggings(
                    Retagging(key, self._setup.definitions[key], last)
                    for key in missing
                    if key not in known
                )
            return self.group(topics)
        cursors = sorted({under_way[key].cursor for key in late})
        self._until = cursors[1] if len(cursors) > 1 else None
        return [under_way[key] for key in late if under_way[key].cursor == cursors[0]]

    def step(self, group: Collection[Retagging]) -> bool:
        """Look at the next stories; False when there are none."""
        keys = {one.topic for one in group}
        cursor = next(iter(group)).cursor
        with self._store.reading() as ask:
            if self._done is None:
                self._stories, self._done = ask.story_count(), ask.story_count(cursor)
            pks = ask.story_pks_after(cursor, _BATCH)
            if self._until is not None:
                pks = [pk for pk in pks if pk <= self._until]
            changes = _changes(ask, self._setup, keys, pks)
        if not pks and self._until is None:
            return False
        last = pks[-1] if pks else self._until
        assert last is not None
        with self._store.writing() as tell:
            known = tell.retaggings()
            current = {one.topic for one in group if known.get(one.topic) == one}
            tell.stage(change for change in changes if change[0] in current)
            tell.save_retaggings(replace(one, cursor=last) for one in group if one.topic in current)
        self._done += len(pks)
        self._progress(min(self._done, self._stories), self._stories)
        return True


def _changes(ask: Ask, setup: Setup, topics: Collection[str], pks: Collection[int]) -> list[Change]:
    """How these stories stand in the topics by the rules, where that is not as it is stored."""
    stored = ask.evidence(topics, pks)
    changes: list[Change] = []
    for pk, articles in ask.wordings(pks).items():
        before = stored.get(pk, {})
        stands = [Because(key, evidence) for key, evidence in before.items()]
        told = topics_of(articles, setup, stands)
        after = {b.topic: b.evidence for b in told if b.topic in topics}
        changes += [(key, pk, None) for key in sorted(before.keys() - after.keys())]
        changes += [(key, pk, after[key]) for key in after if before.get(key) != after[key]]
    return changes


def _finish(store: Store, setup: Setup, one: Retagging, clock: Clock) -> Retagged | None:
    """Switch a topic over; None when there is more to be looked at before, or another did it."""
    with store.writing() as tell:
        if tell.retaggings().get(one.topic) != one:
            return None
        if undecided := tell.undecided(one.topic, _AGAIN):
            changes = _changes(tell, setup, {one.topic}, undecided)
            tell.looked(one.topic, undecided)
            tell.stage(changes)
            return None
        if tell.story_pks_after(one.cursor, 1):
            return None
        return _switch(tell, setup, one, clock().replace(microsecond=0))


def _switch(tell: Tell, setup: Setup, one: Retagging, now: dt.datetime) -> Retagged:
    topic, state = one.topic, tell.topics()[one.topic]
    newest = [moment for _pk, moment in tell.newest(topic, MOST_ENTRIES)]
    shown = min(len(newest), window_size(newest, chain_in(tell, topic, state).open))
    entered, left, sharing = tell.switch(topic)
    held, floor = 0, state.floor_at
    if state.definition:  # a new topic has no subscribers to be flooded
        held = _hold_back(tell, setup, state, shown, now) if entered else 0
        floor = floor_after(newest, shown, floor) if left else floor
    tell.end_retagging(topic)
    tell.save_topics([replace(state, definition=one.definition, floor_at=floor)])
    if entered or left:
        tell.touch_topics(sharing - {topic}, now)
        tell.touch_topics([topic], now, removed=True)
    tell.advance()
    return Retagged(entered, left, held)


def _hold_back(tell: Tell, setup: Setup, state: TopicState, shown: int, now: dt.datetime) -> int:
    """Let wait what would flood subscribers; how many stories that is."""
    topic = state.key
    turns = take_turns(
        tell.newest_standing(topic, MOST_ENTRIES),
        tell.newest_entering(topic, MOST_ENTRIES),
        shown,
        now,
        setup.admission,
        chain_in(tell, topic, state).open,
        open_since(tell.last_day()),
    )
    if turns is None:
        return 0
    tell.hold(topic, turns.due_at)
    others = tell.hold_others(topic, turns.at_once, turns.others_since, turns.others_due_at)
    return len(turns.due_at) + others


@dataclass(frozen=True, slots=True)
class Say:
    """What somebody who records polls has to say in topics."""

    ours: frozenset[str]  # he decides
    under_way: frozenset[str]  # being found anew: new stories are reached, changed ones looked at
    elsewhere: frozenset[str]  # by a rule that he does not know: all are looked at by who does


def say(ask: Ask, setup: Setup) -> Say:
    """Which topics may a poll change that is recorded now?

    None whose stories are being found anew, and none whose rule in force is not the one known here,
    because another process has read a newer feeds.yaml. A topic out of force has everything to look
    at when it returns.
    """
    under_way, ours, elsewhere = ask.retaggings().keys(), {ALL_TOPIC}, set[str]()
    for key, definition in ask.definitions().items():
        if key in under_way:
            continue
        if definition == setup.definitions.get(key):
            ours.add(key)
        elif definition not in ("", OUT_OF_FORCE):
            elsewhere.add(key)
    return Say(frozenset(ours), frozenset(under_way), frozenset(elsewhere))
