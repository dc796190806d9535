"""Topics kept in step with feeds.yaml: renamed, put in force and out of it, released."""

import datetime as dt
import json
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from ..model import OUT_OF_FORCE, Site, TopicState
from ..publish.admission import TURN
from ..publish.ids import default_site_id
from .ports import Ask, Store, Tell
from .retag import begin, waiting
from .setup import Setup
from .turnover import room

_SITE_ID: Final = "site_id"
_FOUNDED_AT: Final = "founded_at"
_FORMER: Final = "former_topics"


def remembered_site(store: Store, site: Site) -> Site:
    """The site with its id: feeds.yaml's word, else what the store has remembered since the first
    start, so that a later move of the site changes no id.
    """
    with store.reading() as ask:
        known = ask.meta(_SITE_ID)
    id_ = site.id or known or default_site_id(site.url)
    if id_ != known:
        with store.writing() as tell:
            tell.set_meta(_SITE_ID, id_)
    return replace(site, id=id_)


def founded_at(ask: Ask) -> dt.datetime | None:
    """When this store was first brought in step with a feeds.yaml; for ever the same."""
    said = ask.meta(_FOUNDED_AT)
    return dt.datetime.fromisoformat(said) if said else None


def renamed(setup: Setup, known: Collection[str]) -> dict[str, str]:
    """Old key → new key, of the topics that the store knows by an old one (B1.4)."""
    found: dict[str, str] = {}
    for key, topic in setup.topics.items():
        olds = (old for old in topic.was if old in known and old not in setup.topics)
        old = next((old for old in olds if old not in found), None)
        if old is not None and key not in known:
            found[old] = key
    return found


def sync_topics(store: Store, setup: Setup, now: dt.datetime) -> list[str]:
    """Bring the store in step with the topics of feeds.yaml. Returns those whose stories have to
    be found anew.
    """
    now = now.replace(microsecond=0)
    with store.writing() as tell:
        if founded_at(tell) is None:
            tell.set_meta(_FOUNDED_AT, now.isoformat())
        for old, new in renamed(setup, tell.topics()).items():
            tell.rename_topic(old, new)
        known = tell.topics()
        _remember_former(tell, setup)
        published = setup.published_topics
        gone = {key: state for key, state in known.items() if key not in published}
        for key in gone:
            tell.end_retagging(key)
        tell.save_topics(
            replace(state, definition=OUT_OF_FORCE)  # its stories are found anew on its return
            for state in gone.values()
            if state.definition
        )
        tell.save_topics(
            TopicState(key, "", changes=0, removed_at=now) for key in published if key not in known
        )
        in_force, under_way = tell.definitions(), tell.retaggings()
        begin(
            tell,
            setup,
            (
                key
                for key, definition in setup.definitions.items()
                if key in under_way or in_force[key] != definition
            ),
        )
        if not tell.story_pks_after(0, 1):
            _come_into_force(tell, setup)
        tell.advance()
        return waiting(tell, setup)


def _remember_former(tell: Tell, setup: Setup) -> None:
    """The earlier keys of topics outlast feeds.yaml: their addresses are gone when the topic is
    (B7.13).
    """
    known = former_topics(tell)
    now = known.union(*(topic.was for topic in setup.topics.values()))
    if now != known:
        tell.set_meta(_FORMER, json.dumps(sorted(now)))


def former_topics(ask: Ask) -> frozenset[str]:
    """Every key that a topic bore before it was renamed."""
    return frozenset(json.loads(ask.meta(_FORMER) or "[]"))


def _come_into_force(tell: Tell, setup: Setup) -> None:
    """Put the rules in force where there is no story to be found by them."""
    known = tell.topics()
    for key in tell.retaggings():
        tell.end_retagging(key)
    tell.save_topics(
        replace(known[key], definition=definition) for key, definition in setup.definitions.items()
    )


def release_held(store: Store, now: dt.datetime) -> set[str]:
    """Publish what was held back until now (B3.5), no more than there is room for in this hour
    (B3.7); the topics that got something.
    """
    now = now.replace(microsecond=0)
    with store.reading() as ask:  # a look costs the writer nothing
        if not ask.waiting(now):
            return set()
    with store.writing() as tell:
        for topic, (dated, undated) in tell.waiting(now).items():
            left = room(tell, topic, dated + undated, now)
            if left is not None and undated > (but := max(0, left - dated)):
                tell.postpone(topic, now, but, now + TURN)
        topics = tell.release_held(now)
        if topics:
            # What comes to stand below the newest changes the set, and the feed is of now.
            tell.touch_topics(topics, now, removed=True)
            tell.advance()
    return topics
