"""One conformance suite for both databases."""

import datetime as dt
import threading
from dataclasses import replace

import pytest

from aggregator.dedupe.keys import match_keys
from aggregator.dedupe.shelf import Change
from aggregator.model import (
    Admission,
    Article,
    Because,
    Found,
    HostState,
    PollState,
    Rendering,
    Story,
    TopicState,
)
from aggregator.store import SqlStore
from tests.values import NOON, article

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)


def told(*articles: Article, id_: str | None = None) -> Story:
    first = articles[0]
    return Story(
        id_ or f"story:{first.entry_id}",
        articles,
        first.first_seen_at,
        first.published,
        first.updated,
    )


def save(store: SqlStore, *stories: Story) -> dict[str, int]:
    changes = [
        Change(
            story,
            is_new=True,
            added=story.articles,
            keys={one.identity: match_keys(one) for one in story.articles},
        )
        for story in stories
    ]
    with store.writing() as tell:
        return tell.save_changes(changes, {})


def due(key: str, at: dt.datetime | None, host: str = "", **changed: object) -> PollState:
    url = f"https://{host or key}.example/feed/{key}"
    return PollState(key, url, next_poll_at=at, **changed)  # type: ignore[arg-type]


def list_sources(store: SqlStore, *states: PollState) -> None:
    with store.writing() as tell:
        tell.save_states(states)


# --- whose turn it is ----------------------------------------------------------------------------


def test_the_longest_due_come_first(store: SqlStore) -> None:
    list_sources(
        store, due("a", NOON), due("b", NOON - HOUR), due("c", NOON + HOUR), due("d", None)
    )

    with store.reading() as ask:
        assert [key for key, _ in ask.due(NOON, 10, 1)] == ["b", "a"]


def test_a3_9_no_host_starves_the_others(store: SqlStore) -> None:
    many = [due(f"slow-{n}", NOON - 10 * HOUR, "blogs") for n in range(100)]
    list_sources(store, *many, due("other", NOON))

    with store.reading() as ask:
        keys = [key for key, _ in ask.due(NOON, 3, 1)]

    assert "other" in keys
    assert len(keys) == 2


def test_as_many_of_a_host_as_it_may_be_asked_at_once(store: SqlStore) -> None:
    list_sources(store, *(due(f"s{n}", NOON, "blogs") for n in range(5)))

    with store.reading() as ask:
        assert len(ask.due(NOON, 10, 3)) == 3


def test_a_host_told_to_wait_is_left_alone_and_only_that_host(store: SqlStore) -> None:
    list_sources(store, due("a", NOON), due("b", NOON))
    with store.writing() as tell:
        tell.save_hosts([HostState("a.example", NOON + MINUTE, told_to_wait=True)])

    with store.reading() as ask:
        assert [key for key, _ in ask.due(NOON, 10, 1)] == ["b"]
        assert len(ask.due(NOON + MINUTE, 10, 1)) == 2


def test_a3_11_a_leased_source_is_nobody_elses_until_the_lease_runs_out(store: SqlStore) -> None:
    list_sources(store, due("a", NOON, lease_until=NOON + MINUTE, leased_by="other"))

    with store.reading() as ask:
        assert ask.due(NOON, 10, 1) == []
        assert ask.busy_hosts(NOON) == {"a.example": 1}
        assert ask.due(NOON + MINUTE, 10, 1) == [("a", "a.example")]
        assert ask.busy_hosts(NOON + MINUTE) == {}


def test_a_source_no_longer_listed_is_not_due_and_not_forgotten(store: SqlStore) -> None:
    list_sources(store, due("a", NOON), due("b", NOON))
    with store.writing() as tell:
        tell.list_only({"b"})

    with store.reading() as ask:
        assert [key for key, _ in ask.due(NOON, 10, 1)] == ["b"]
        assert set(ask.states()) == {"b"}
        assert set(ask.states(["a", "b"])) == {"a", "b"}


def test_only_the_sources_asked_for_are_found(store: SqlStore) -> None:
    list_sources(store, due("a", NOON), due("b", NOON))

    with store.reading() as ask:
        assert ask.due(NOON, 10, 1, only={"b", "unknown"}) == [("b", "b.example")]


def test_leases_of_the_dead_are_given_back(store: SqlStore) -> None:
    list_sources(
        store,
        due("a", NOON, lease_until=NOON + HOUR, leased_by="dead"),
        due("b", NOON, lease_until=NOON + HOUR, leased_by="alive"),
    )
    with store.writing() as tell:
        tell.release({"dead"})

    with store.reading() as ask:
        assert ask.leases() == {"b": "alive"}


# --- stories ------------------------------------------------------------------------------------


def test_a_key_leads_to_every_article_that_bears_it(store: SqlStore) -> None:
    page = article("a", 1).url
    pks = save(store, told(article("a", 1), article("b", 1, url=page)))
    key = match_keys(article("a", 1))[1]

    with store.reading() as ask:
        found = ask.sightings({key})[key]

    assert {(s.source, s.entry_id) for s in found} == {("a", "a-1"), ("b", "b-1")}
    assert {s.story_pk for s in found} == set(pks.values())


def test_an_unknown_key_leads_nowhere(store: SqlStore) -> None:
    with store.reading() as ask:
        assert ask.sightings(set(match_keys(article()))) == {}


def test_the_articles_of_a_story_stay_in_the_order_they_joined(store: SqlStore) -> None:
    (pk,) = save(store, told(article("c", 1), article("a", 1))).values()
    with store.reading() as ask:
        story = ask.stories([pk])[pk]
    joined = replace(story, articles=(*story.articles, article("b", 1)))
    with store.writing() as tell:
        tell.save_changes([Change(joined, False, added=(article("b", 1),))], {story.id: pk})

    with store.reading() as ask:
        assert [a.source for a in ask.stories([pk])[pk].articles] == ["c", "a", "b"]


def test_an_edit_replaces_the_article_and_nothing_else(store: SqlStore) -> None:
    pks = save(store, told(article("a", 1)), told(article("a", 2)))
    edited = article("a", 1, title="Corrected", html="<p>new</p>", text="new")
    story = replace(told(edited), updated=NOON)
    with store.writing() as tell:
        tell.save_changes([Change(story, False, edited=(edited,))], pks)

    with store.reading() as ask:
        stories = ask.stories(pks.values())
    assert stories[pks["story:a-1"]] == story
    assert stories[pks["story:a-2"]] == told(article("a", 2))


def test_two_stories_never_share_an_id(store: SqlStore) -> None:
    save(store, told(article("a", 1), id_="tag:x"))

    with pytest.raises(Exception, match=r"(?i)unique"):
        save(store, told(article("a", 2), id_="tag:x"))


def test_long_texts_come_only_for_the_sources_asked(store: SqlStore) -> None:
    (pk,) = save(store, told(article("a", 1), article("b", 1))).values()

    with store.reading() as ask:
        some = ask.stories([pk], texts={"b"})[pk]

    assert [bool(a.html) for a in some.articles] == [False, True]


def test_every_story_is_walked_once_oldest_first(store: SqlStore) -> None:
    save(store, *(told(article("a", n)) for n in range(25)))

    walked = [story.id for _pk, story in store.all_stories(batch=7)]

    assert walked == [f"story:a-{n}" for n in range(25)]


def test_a_story_is_found_by_the_address_of_any_of_its_articles(store: SqlStore) -> None:
    (pk,) = save(store, told(article("a", 1), article("b", 1))).values()

    with store.reading() as ask:
        assert ask.pks_of_url("https://b.example/news/1") == [pk]
        assert ask.pks_of_url("https://b.example/news/2") == []


def test_more_keys_than_one_statement_takes_are_asked_in_pieces(store: SqlStore) -> None:
    save(store, *(told(article("a", n)) for n in range(700)))
    keys = {match_keys(article("a", n))[0] for n in range(1400)}

    with store.reading() as ask:
        assert len(ask.sightings(keys)) == 700


# --- topics -------------------------------------------------------------------------------------


def admit(
    store: SqlStore, pk: int, story: str, at: dt.datetime | None, due_at: dt.datetime | None = None
) -> None:
    with store.writing() as tell:
        evidence = Because("isis", (Found("title", "isis", "Isis", 3, 7),))
        tell.save_admissions([(pk, Admission("isis", story, at, due_at), evidence)])


def test_a_window_holds_the_newest_published_admissions(store: SqlStore) -> None:
    pks = save(store, *(told(article("a", n)) for n in range(5)))
    for n, (id_, pk) in enumerate(pks.items()):
        admit(store, pk, id_, NOON + n * MINUTE if n != 3 else None)

    window = store.window("isis", 3, texts=())

    assert [(one.story.id, one.admitted_at) for one in window] == [
        ("story:a-4", NOON + 4 * MINUTE),
        ("story:a-2", NOON + 2 * MINUTE),
        ("story:a-1", NOON + MINUTE),
    ]
    assert window[0].story.topics == (Because("isis", (Found("title", "isis", "Isis", 3, 7),)),)


def test_what_was_held_back_is_published_when_its_time_comes(store: SqlStore) -> None:
    pks = save(store, told(article("a", 1)), told(article("a", 2)), told(article("a", 3)))
    admit(store, pks["story:a-1"], "story:a-1", None, NOON + HOUR)
    admit(store, pks["story:a-2"], "story:a-2", None, NOON + 2 * HOUR)
    admit(store, pks["story:a-3"], "story:a-3", None)

    with store.writing() as tell:
        assert tell.release_held(NOON) == set()
        assert tell.release_held(NOON + HOUR) == {"isis"}

    assert [one.story.id for one in store.window("isis", 9, ())] == ["story:a-1"]


def test_withdrawing_takes_a_story_out_of_one_topic(store: SqlStore) -> None:
    (pk,) = save(store, told(article("a", 1))).values()
    admit(store, pk, "story:a-1", NOON)
    with store.writing() as tell:
        tell.withdraw("isis", [pk])

    assert store.window("isis", 9, ()) == []


def test_a_renamed_topic_keeps_its_stories(store: SqlStore) -> None:
    (pk,) = save(store, told(article("a", 1))).values()
    admit(store, pk, "story:a-1", NOON)
    with store.writing() as tell:
        tell.save_topics([TopicState("isis", "d", 3, NOON)])
        tell.rename_topic("isis", "islamic-state")

    with store.reading() as ask:
        assert ask.topics() == {"islamic-state": TopicState("islamic-state", "d", 3, NOON)}
    assert len(store.window("islamic-state", 9, ())) == 1


def test_sizes_count_what_is_published(store: SqlStore) -> None:
    pks = save(store, told(article("a", 1)), told(article("a", 2)))
    admit(store, pks["story:a-1"], "story:a-1", NOON)
    admit(store, pks["story:a-2"], "story:a-2", None, NOON + HOUR)

    with store.reading() as ask:
        assert ask.sizes() == {"isis": (1, NOON)}


# --- the whole ----------------------------------------------------------------------------------


def test_nothing_of_a_transaction_that_fails_stays(store: SqlStore) -> None:
    class Killed(Exception):
        pass

    def poll_and_die() -> None:
        with store.writing() as tell:
            tell.save_states([due("a", NOON)])
            tell.save_changes([Change(told(article("a", 1)), True, added=(article("a", 1),))], {})
            raise Killed

    with pytest.raises(Killed):
        poll_and_die()

    with store.reading() as ask:
        assert ask.states() == {}
        assert ask.story_pks(["story:a-1"]) == {}


def test_a_reader_sees_one_state_while_a_writer_goes_on(store: SqlStore) -> None:
    list_sources(store, due("a", NOON))

    with store.reading() as ask:
        before = ask.states()
        list_sources(store, due("b", NOON))
        assert ask.states() == before
    with store.reading() as ask:
        assert set(ask.states()) == {"a", "b"}


def test_one_writer_at_a_time_loses_no_update(store: SqlStore) -> None:
    def count_up() -> None:
        for _ in range(25):
            with store.writing() as tell:
                tell.advance()

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with store.reading() as ask:
        assert ask.meta("revision") == "100"


def test_b7_5_bytes_are_as_old_as_their_first_rendering_by_anybody(store: SqlStore) -> None:
    page = Rendering("topics/isis.atom", "application/atom+xml", b"one")

    assert store.modified_at(page, NOON) == NOON
    assert store.modified_at(page, NOON + HOUR) == NOON
    changed = replace(page, body=b"two")
    assert store.modified_at(changed, NOON + 2 * HOUR) == NOON + 2 * HOUR
    never_back = NOON + 2 * HOUR + dt.timedelta(seconds=1)
    assert store.modified_at(page, NOON + HOUR) == never_back, "nor the same for other bytes"
