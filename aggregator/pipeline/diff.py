"""What an edited feeds.yaml would change in the topics, found out without changing anything."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ..model import ALL_TOPIC, OUT_OF_FORCE, Because
from .ports import Ask, Store
from .setup import Setup
from .tagging import topics_of
from .topics import renamed

_BATCH: Final = 500  # stories at a time: nothing is held open meanwhile


@dataclass(frozen=True, slots=True)
class Difference:
    """A story that would enter or leave a topic."""

    story_pk: int
    story: str  # its id
    because: Because  # of what it would enter, or has been in
    enters: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """The topics that an edited feeds.yaml changes, by their keys there."""

    stored_as: Mapping[str, str]  # the key in the store
    new: frozenset[str]
    removed: frozenset[str]


def comparison(store: Store, setup: Setup) -> Comparison:
    """Which topics have another rule than the one their stories were found by? Those of the same
    rule have the same stories (law 10).
    """
    with store.reading() as ask:
        known = ask.definitions()
        unfinished = ask.retaggings().keys() | ask.undecided_topics()
    old_keys = {new: old for old, new in renamed(setup, known).items()}
    stored_as = {key: old_keys.get(key, key) for key in setup.topics}
    gone = {
        key
        for key, definition in known.items()
        if definition not in ("", OUT_OF_FORCE)
        and key not in stored_as.values()
        and key != ALL_TOPIC
    }
    changed = {
        key: stored
        for key, stored in stored_as.items()
        if known.get(stored) != setup.definitions[key] or stored in unfinished
    }
    new = frozenset(key for key, stored in changed.items() if not known.get(stored))
    return Comparison({**changed, **{key: key for key in gone}}, new, frozenset(gone))


def differences(
    store: Store,
    setup: Setup,
    compared: Comparison,
    progress: Callable[[int, int], None] = lambda done, stories: None,
) -> Iterator[Difference]:
    """Every story that would enter or leave one of the topics, oldest first; exactly what finding
    their stories anew would then do. `progress` is told how many stories are done, and of how many.
    """
    if not compared.stored_as:
        return
    with store.reading() as ask:
        stories = ask.story_count()
    last = done = 0
    while True:
        with store.reading() as ask:
            pks = ask.story_pks_after(last, _BATCH)
            found = _of_batch(ask, setup, compared, pks)
        if not pks:
            return
        yield from found
        last, done = pks[-1], done + len(pks)
        progress(min(done, stories), stories)


def _of_batch(
    ask: Ask, setup: Setup, compared: Comparison, pks: Collection[int]
) -> list[Difference]:
    keys = {stored: key for key, stored in compared.stored_as.items()}
    stored = ask.evidence(keys, pks)
    found: list[tuple[int, Because, bool]] = []
    for pk, articles in ask.wordings(pks).items():
        before = {keys[key]: evidence for key, evidence in stored.get(pk, {}).items()}
        stands = [Because(key, evidence) for key, evidence in before.items()]
        told = topics_of(articles, setup, stands)
        after = {b.topic: b for b in told if b.topic in compared.stored_as}
        found += [(pk, after[key], True) for key in after if key not in before]
        found += [(pk, Because(key, before[key]), False) for key in before if key not in after]
    found.sort(key=lambda one: one[0])
    ids = ask.story_ids([pk for pk, _, _ in found])
    return [Difference(pk, ids[pk], because, enters) for pk, because, enters in found]
