"""Topics kept in step with feeds.yaml."""

import datetime as dt
from dataclasses import replace

from aggregator.model import Story
from aggregator.pipeline.catalogue import current_feed
from aggregator.pipeline.commit import commit
from aggregator.pipeline.due import sync_sources
from aggregator.pipeline.retag import Retagged, begin, retag
from aggregator.pipeline.setup import Setup
from aggregator.pipeline.tagging import tag
from aggregator.pipeline.topics import release_held, remembered_site, sync_topics
from aggregator.store import SqlStore
from tests.values import NOON, SITE, article, finished, setup, source, topic

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
LATER = NOON + DAY


def filled(store: SqlStore, count: int = 8) -> Setup:
    at = setup(topics=[topic("even", "even")])
    sync_sources(store, at, NOON)
    assert sync_topics(store, at, NOON) == []
    told = [
        article(
            "a", n, title=f"{'Even' if n % 2 == 0 else 'Odd'} number {n}", published=NOON - n * DAY
        )
        for n in range(count)
    ]
    commit(store, [finished(at, *told)], at, lambda: 0.0)
    return at


def found_anew(store: SqlStore, now: Setup, at: dt.datetime = LATER) -> dict[str, Retagged]:
    """feeds.yaml comes into force, and its topics' stories are found."""
    done = retag(store, now, sync_topics(store, now, at), lambda: at)
    assert sync_topics(store, now, at) == []
    return done


def titles(store: SqlStore, key: str) -> set[str]:
    return {one.story.articles[0].title for one in store.window(key, 100, ())}


def stories(store: SqlStore) -> list[Story]:
    return [story for _pk, story in store.all_stories()]


def test_a_new_topic_finds_its_stories_among_those_stored(store: SqlStore) -> None:
    filled(store)
    now = setup(topics=[topic("even", "even"), topic("odd", "odd")])

    stale = sync_topics(store, now, LATER)
    assert stale == ["odd"]
    found_anew(store, now)

    assert titles(store, "odd") == {"Odd number 1", "Odd number 3", "Odd number 5", "Odd number 7"}
    assert sync_topics(store, now, LATER) == []


def test_stories_found_later_bear_the_date_of_their_admission_to_all_stories(
    store: SqlStore,
) -> None:
    filled(store)
    now = setup(topics=[topic("even", "even"), topic("odd", "odd")])
    found_anew(store, now)

    assert {one.admitted_at for one in store.window("odd", 100, ())} == {NOON}


def test_a_changed_query_moves_stories_out_and_in(store: SqlStore) -> None:
    filled(store)
    now = setup(topics=[topic("even", "odd OR 2")])

    found_anew(store, now)

    assert titles(store, "even") == {
        "Even number 2", "Odd number 1", "Odd number 3", "Odd number 5", "Odd number 7",
    }  # fmt: skip
    with store.reading() as ask:
        assert ask.topics()["even"].removed_at == LATER


def test_law_10_retagging_after_a_poll_changes_nothing(store: SqlStore) -> None:
    at = filled(store)
    before, window = stories(store), store.window("even", 100, ())
    with store.reading() as ask:
        changes = ask.topics()["even"].changes

    with store.writing() as tell:
        begin(tell, at, ["even"])
    assert retag(store, at, ["even"], lambda: LATER) == {"even": Retagged(0, 0)}

    assert stories(store) == before
    assert store.window("even", 100, ()) == window
    with store.reading() as ask:
        assert ask.topics()["even"].changes == changes


def test_law_13_retagging_changes_no_id_and_no_date(store: SqlStore) -> None:
    filled(store)
    before = {(s.id, s.published, s.updated) for s in stories(store)}
    now = setup(topics=[topic("even", "number")])

    found_anew(store, now)

    assert {(s.id, s.published, s.updated) for s in stories(store)} == before
    assert all(story.topics == tag(story, now) for story in stories(store))


def test_a_title_or_description_changed_is_no_new_rule(store: SqlStore) -> None:
    filled(store)

    now = setup(topics=[topic("even", "even", title="Even ones", description="By twos")])

    assert sync_topics(store, now, LATER) == []


def test_a_source_that_begins_to_bring_a_topic_is_a_new_rule(store: SqlStore) -> None:
    filled(store)
    now = setup(sources=[source("a", topics=("even",))], topics=[topic("even", "even")])

    found_anew(store, now)

    assert len(titles(store, "even")) == 8


def test_a_renamed_topic_keeps_its_stories_and_their_dates(store: SqlStore) -> None:
    filled(store)
    before = store.window("even", 100, ())
    now = setup(topics=[topic("by-twos", "even", was=("even",))])

    assert sync_topics(store, now, LATER) == []

    after = store.window("by-twos", 100, ())
    assert [(o.story.id, o.admitted_at) for o in after] == [
        (o.story.id, o.admitted_at) for o in before
    ]


def test_b1_4_a_topic_renamed_back_has_the_id_it_began_with(store: SqlStore) -> None:
    first = filled(store)
    renamed = setup(topics=[replace(topic("even-ones", "even"), was=("even",))])
    back = setup(topics=[replace(topic("even", "even"), was=("even", "even-ones"))])
    ids = []
    for at, key in ((first, "even"), (renamed, "even-ones"), (back, "even")):
        found_anew(store, at)
        ids.append(current_feed(store, at, at.topics[key]).id)

    assert len(set(ids)) == 1
    assert titles(store, "even") == {f"Even number {n}" for n in (0, 2, 4, 6)}


def test_a_topic_that_returns_is_found_anew_and_remembers_its_dates(store: SqlStore) -> None:
    at = filled(store)
    without = setup(topics=[topic("other", "nothing")])
    sync_topics(store, without, LATER)
    told = article("b", 100, title="Even more", at=LATER)
    commit(store, [finished(without, told, at=LATER)], without, lambda: 0.0)

    stale = sync_topics(store, at, LATER + DAY)
    assert stale == ["even"]
    retag(store, at, stale, lambda: LATER + DAY)

    dates = {o.story.articles[0].title: o.admitted_at for o in store.window("even", 100, ())}
    assert dates["Even number 0"] == NOON
    assert dates["Even more"] == LATER


def test_what_was_too_old_to_be_published_stays_unpublished(store: SqlStore) -> None:
    filled(store, count=30)  # of a new source: the last ones are older than a fortnight
    now = setup(topics=[topic("even", "even"), topic("every", "number")])

    found_anew(store, now)

    assert "Odd number 29" not in titles(store, "every")
    assert len(titles(store, "all")) == 10


def test_b3_5_what_was_held_back_is_published_in_turn(store: SqlStore) -> None:
    filled(store, count=14)
    assert len(titles(store, "all")) == 10
    with store.reading() as ask:
        changes = ask.topics()["all"].changes

    assert release_held(store, NOON + HOUR) == {"all"}

    assert len(titles(store, "all")) == 14
    with store.reading() as ask:
        assert ask.topics()["all"].changes == changes + 1


def test_the_sites_id_is_remembered_when_the_site_moves(store: SqlStore) -> None:
    first = remembered_site(store, replace(SITE, id="", url="https://old.example/"))
    moved = remembered_site(store, replace(SITE, id="", url="https://new.example/"))

    assert first.id == moved.id == "tag:old.example,2026:"


def test_an_id_in_the_file_is_the_sites_id(store: SqlStore) -> None:
    remembered_site(store, replace(SITE, id="", url="https://old.example/"))

    assert remembered_site(store, SITE).id == SITE.id
