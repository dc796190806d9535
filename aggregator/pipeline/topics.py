"""Topics kept in step with feeds.yaml: renamed, retagged over all that is stored, released."""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final

from ..model import ALL_TOPIC, Admission, Site, TopicState
from ..publish.ids import default_site_id
from .ports import Store, Tell
from .setup import Setup
from .tagging import tag

_BATCH: Final = 200  # stories in one transaction: polls commit in between
_SITE_ID: Final = "site_id"


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


def sync_topics(store: Store, setup: Setup, now: dt.datetime) -> list[str]:
    """Bring the store in step with the topics of feeds.yaml. Returns those whose stories have to
    be found anew.
    """
    now = now.replace(microsecond=0)
    with store.writing() as tell:
        for key, topic in setup.topics.items():
            for old in topic.was:
                known = tell.topics()
                if old in known and key not in known and old not in setup.topics:
                    tell.rename_topic(old, key)
        known = tell.topics()
        states = [
            TopicState(key, "", changes=0, removed_at=now)
            for key in setup.published_topics()
            if key not in known
        ]
        for key, state in known.items():
            if key not in setup.published_topics() and state.definition:
                states.append(replace(state, definition=""))  # out of force: anew on its return
        tell.save_topics(states)
        known = tell.topics()
        stale = [
            key
            for key, topic in setup.topics.items()
            if known[key].definition != setup.definition(topic)
        ]
        if stale and not tell.story_pks_after(0, 1):
            _come_into_force(tell, setup, stale, now)
            stale = []
        tell.advance()
    return stale


def retag(
    store: Store,
    setup: Setup,
    topics: Collection[str],
    now: dt.datetime,
    progress: Callable[[int], None] = lambda stories: None,
    keep_on: Callable[[], bool] = lambda: True,
) -> bool:
    """Find the stories of these topics among all that is stored, a batch at a time.

    A story that enters is admitted as of when it was admitted to all stories: no flood, no new
    date. `progress` is told the number of stories done. False when `keep_on` said no before the
    end: then it is to be done again from the beginning, which changes nothing twice.
    """
    last = done = 0
    changed: set[str] = set()
    while keep_on():
        with store.writing() as tell:
            pks = tell.story_pks_after(last, _BATCH)
            if not pks:
                tell.touch_topics(changed, now.replace(microsecond=0), removed=True)
                _come_into_force(tell, setup, topics, now)
                tell.advance()
                return True
            changed |= _retag_batch(tell, setup, topics, pks)
        last, done = pks[-1], done + len(pks)
        progress(done)
    return False


def _retag_batch(
    tell: Tell, setup: Setup, topics: Collection[str], pks: Collection[int]
) -> set[str]:
    """Retag some stories; the topics in which something changed."""
    changed: set[str] = set()
    everywhere = tell.admissions(ALL_TOPIC, pks)
    admissions = []
    for pk, story in tell.stories(pks).items():
        before = {because.topic: because for because in story.topics}
        after = {because.topic: because for because in tag(story, setup)}
        for topic in topics:
            because = after.get(topic)
            if because is None:
                if topic in before:
                    tell.withdraw(topic, [pk])
                    changed.add(topic)
            elif topic not in before:
                seen = everywhere.get(pk)
                admitted_at = seen.admitted_at if seen else story.first_seen_at
                due_at = seen.due_at if seen else None
                admissions.append((pk, Admission(topic, story.id, admitted_at, due_at), because))
                changed.add(topic)
            elif because != before[topic]:
                tell.save_evidence(pk, because)
                changed.add(topic)
    tell.save_admissions(admissions)
    return changed


def _come_into_force(tell: Tell, setup: Setup, topics: Collection[str], now: dt.datetime) -> None:
    known = tell.topics()
    tell.save_topics(
        replace(known[key], definition=setup.definition(setup.topics[key]))
        for key in topics
        if key in known and key in setup.topics
    )


def release_held(store: Store, now: dt.datetime) -> set[str]:
    """Publish what was held back until now (B3.5); the topics that got something."""
    now = now.replace(microsecond=0)
    with store.writing() as tell:
        topics = tell.release_held(now)
        if topics:
            tell.touch_topics(topics, now)
            tell.advance()
    return topics
