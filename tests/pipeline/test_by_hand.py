"""Splitting and merging by hand, on both databases: what moves, what stays, what is remembered."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as configured
from hypothesis import strategies as st

from aggregator.dedupe.keys import veto_keys
from aggregator.dedupe.signature import keys_of_text
from aggregator.errors import UnknownStory, UsageError
from aggregator.model import Article, Joined, Rendering, Story
from aggregator.pipeline.by_hand import merge, names_for, split
from aggregator.pipeline.commit import commit
from aggregator.pipeline.due import sync_sources
from aggregator.pipeline.export import find_story, story_json
from aggregator.pipeline.retag import begin as begin_retag
from aggregator.pipeline.retag import retag, waiting
from aggregator.pipeline.search import Search
from aggregator.pipeline.setup import Setup
from aggregator.pipeline.site import Site
from aggregator.pipeline.tagging import tag
from aggregator.pipeline.topics import sync_topics
from aggregator.publish.admission import AdmissionPolicy
from aggregator.publish.ids import story_path
from aggregator.store import SqlStore
from aggregator.store.retiring import RetiringReader
from tests.dedupe.texts import HARBOUR, HARBOUR_TITLE
from tests.values import NOON, article, finished, setup, source, topic

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
LATER = NOON + HOUR
PAGE = "https://wire.example/2026/one-story"

Told = set[frozenset[tuple[str, str]]]


@pytest.fixture
def at(store: SqlStore) -> Setup:
    return begun(store, setup())


def begun(store: SqlStore, in_force: Setup) -> Setup:
    sync_sources(store, in_force, NOON)
    sync_topics(store, in_force, NOON)
    return in_force


def poll(store: SqlStore, at: Setup, *articles: Article, when: dt.datetime = NOON) -> None:
    """One poll of one source, not its first."""
    with store.reading() as ask:
        state = ask.states([articles[0].source])[articles[0].source]
    state = replace(state, succeeded_at=state.succeeded_at or NOON - DAY)
    (report,) = commit(store, [finished(at, *articles, at=when, state=state)], at, lambda: 0.0)
    assert report.failure is None, report.failure


def stories(store: SqlStore) -> list[Story]:
    return [story for _pk, story in store.all_stories()]


def told(store: SqlStore) -> Told:
    return {frozenset(one.identity for one in story.articles) for story in stories(store)}


def together(store: SqlStore, at: Setup, keys: str = "ab") -> Story:
    """One story of several sources, which all have its page."""
    for key in keys:
        poll(store, at, article(key, 1, url=f"{PAGE}?utm_source={key}"))
    (story,) = stories(store)
    return story


def copies(store: SqlStore, at: Setup, keys: str = "ab") -> Story:
    """One story of several sources, which all have its text."""
    for key in keys:
        poll(store, at, copy(key))
    (story,) = stories(store)
    return story


def copy(key: str, number: int = 1, **changed: Any) -> Article:
    return article(key, number, **{"text": HARBOUR, "title": HARBOUR_TITLE, **changed})


def window(store: SqlStore, key: str) -> list[str]:
    return [one.story.id for one in store.window(key, 10, ())]


# --- split ---------------------------------------------------------------------------------------


def test_an_article_that_is_split_off_gets_a_story_of_its_own(store: SqlStore, at: Setup) -> None:
    whole = together(store, at)
    other = whole.articles[1]

    done = split(store, at, whole.id, [str(other.url)], LATER)

    kept, made = stories(store)
    assert (kept.id, kept.published, kept.updated) == (whole.id, whole.published, whole.updated)
    assert kept.articles == whole.articles[:1]
    assert made.articles == (replace(other, joined=None),)
    assert (made.published, made.updated) == (other.published, other.updated)
    assert made.first_seen_at == other.first_seen_at
    assert made.id.startswith("tag:news.example.org,2026:e/")
    assert (done.kept.id, done.made.id) == (kept.id, made.id)


def test_an_article_that_is_split_off_bears_the_id_its_source_gave_it(
    store: SqlStore, at: Setup
) -> None:
    poll(store, at, article("a", 1, url=PAGE))
    poll(store, at, article("b", 1, url=PAGE, declared_id="tag:b.example,2026:1"))
    (whole,) = stories(store)

    assert split(store, at, whole.id, ["b"], LATER).made.id == "tag:b.example,2026:1"


def test_b2_5_an_id_that_another_story_bears_is_not_given_to_what_is_split_off(
    store: SqlStore, at: Setup
) -> None:
    same = "tag:a.example,2026:1"
    for key in "ab":
        poll(store, at, article(key, 1, declared_id=same))
    (whole,) = stories(store)
    assert whole.id == same

    made = split(store, at, same, ["b"], LATER).made

    assert made.id.startswith("tag:news.example.org,2026:e/")


def test_law_13_named_the_founder_the_others_move_out_together(store: SqlStore, at: Setup) -> None:
    whole = together(store, at, "abc")

    done = split(store, at, whole.id, ["https://wire.example/2026/one-story?utm_source=a"], LATER)

    assert done.kept.id == whole.id
    assert told(store) == {frozenset({("a", "a-1")}), frozenset({("b", "b-1"), ("c", "c-1")})}
    assert [one.joined for one in done.made.articles] == [None, Joined("hand")]


def test_several_articles_move_out_into_one_story(store: SqlStore, at: Setup) -> None:
    whole = together(store, at, "abc")

    split(store, at, whole.id, ["b", "c-1"], LATER)

    assert told(store) == {frozenset({("a", "a-1")}), frozenset({("b", "b-1"), ("c", "c-1")})}


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (["https://x.example/"], "names no article of the story .*; they are: a: https://wire"),
        ([PAGE], "names several articles of the story .*; name one by its source or its entry id"),
        (["a", "b"], "these are all articles of the story"),
    ],
)
def test_what_cannot_be_split_is_refused(
    store: SqlStore, at: Setup, chosen: list[str], said: str
) -> None:
    whole = together(store, at)

    with pytest.raises(UsageError, match=said):
        split(store, at, whole.id, chosen, LATER)

    assert stories(store) == [whole]


def test_a_story_of_one_article_cannot_be_split(store: SqlStore, at: Setup) -> None:
    poll(store, at, article("a", 1))

    with pytest.raises(UsageError, match="has one article only"):
        split(store, at, str(article("a", 1).url), ["a"], LATER)
    with pytest.raises(UnknownStory, match="no story has the id or the address tag:x"):
        split(store, at, "tag:x", ["a"], LATER)


# --- the veto ------------------------------------------------------------------------------------


def relisted(one: Article) -> Iterator[Article]:
    """What sources do to an entry after a while."""
    yield one
    yield replace(one, entry_id="new-id")
    yield replace(one, url=f"https://{one.source}.example/elsewhere")
    yield replace(one, entry_id="newer", url=f"https://{one.source}.example/third", digest="other")
    yield replace(
        one, entry_id="newest", title="Quite another title", published=one.published + 3 * DAY
    )


@pytest.mark.parametrize("alike", [together, copies], ids=["page", "text"])
def test_what_is_split_stays_split_whatever_its_source_does(
    store: SqlStore, at: Setup, alike: object
) -> None:
    whole = alike(store, at)  # type: ignore[operator]
    first, second = whole.articles
    split(store, at, whole.id, ["b"], LATER)

    for hours, (one, other) in enumerate(zip(relisted(second), relisted(first), strict=True), 2):
        for changed in (one, other):
            poll(store, at, replace(changed, first_seen_at=NOON), when=NOON + hours * HOUR)

    assert all(len({one.source for one in story.articles}) == 1 for story in stories(store))


TITLES = (
    HARBOUR_TITLE,
    "Everything about the pier, and what the town will pay for it",
    "A town, its ships, and who is to build for them",
    "What became of the plans for the old quay by the sea",
    "Ships will have to wait until the works are done",
)


def test_an_address_that_an_article_had_before_names_it_still(store: SqlStore, at: Setup) -> None:
    copies(store, at)
    for key in "ab":
        moved = copy(key, url=f"https://{key}.example/moved", digest="moved")
        poll(store, at, moved, when=LATER)
    first, second = (str(copy(key).url) for key in "ab")

    assert split(store, at, first, [second], LATER).made.articles[0].source == "b"
    assert merge(store, at, first, second, LATER).kept.articles[0].source == "a"


@pytest.mark.parametrize("how_many", [1, 5], ids=["one by one", "all at once"])
def test_what_is_split_stays_split_however_often_it_is_listed_anew(
    store: SqlStore, at: Setup, how_many: int
) -> None:
    """By then its text looks like the stock of its source, and no other finds it by that."""
    whole = copies(store, at)
    split(store, at, whole.id, ["b"], LATER)

    listed = [
        [
            copy(key, number, title=title, url=f"https://{key}.example/listed/{number}")
            for number, title in enumerate(TITLES, 2)
        ]
        for key in "ab"
    ]
    for first in range(0, len(TITLES), how_many):
        for side in listed:
            poll(store, at, *side[first : first + how_many], when=LATER)

    assert all(len({one.source for one in story.articles}) == 1 for story in stories(store))


def test_what_a_source_says_all_the_time_keeps_no_other_article_out(
    store: SqlStore, at: Setup
) -> None:
    whole = copies(store, at)
    split(store, at, whole.id, ["b"], LATER)
    phrase = " ".join(HARBOUR.split()[:9])
    for number, subject in enumerate(("xenon", "argon", "radon"), 2):
        text = f"{phrase}. {' '.join(f'{subject}{n}' for n in range(90))}"
        for key in "ab":
            title = f"All about {subject} in the news of today"
            poll(store, at, copy(key, number, title=title, text=text), when=LATER)

    assert frozenset({("a", "a-4"), ("b", "b-4")}) in told(store)


def test_a_copy_by_the_same_source_does_not_join_what_it_was_split_from(
    store: SqlStore, at: Setup
) -> None:
    whole = copies(store, at)
    split(store, at, whole.id, ["b"], LATER)

    poll(store, at, copy("b", 2), when=LATER)
    poll(store, at, copy("a", 2), when=LATER)

    assert all(len({one.source for one in story.articles}) == 1 for story in stories(store))


@pytest.mark.parametrize(
    "third", [copy("c"), article("c", 1, url=PAGE)], ids=["by its text", "by its page"]
)
def test_another_outlet_joins_the_nearest_of_the_two_as_usual(
    store: SqlStore, at: Setup, third: Article
) -> None:
    whole = (together if third.url == PAGE else copies)(store, at)
    split(store, at, whole.id, ["b"], LATER)

    poll(store, at, third, when=LATER)

    assert len(stories(store)) == 2


def test_what_was_put_out_of_a_story_is_kept_out_of_both_its_parts(
    store: SqlStore, at: Setup
) -> None:
    whole = together(store, at, "abc")
    split(store, at, whole.id, ["c"], LATER)
    split(store, at, whole.id, ["b"], LATER)

    again = article("c", 9, url=PAGE, title="Another title", at=NOON + 9 * DAY)
    poll(store, at, again, when=NOON + 9 * DAY)

    assert all(len({one.source for one in story.articles}) == 1 for story in stories(store))


def test_copies_find_what_was_split_off_although_it_had_joined_as_one(
    store: SqlStore, at: Setup
) -> None:
    whole = copies(store, at)
    split(store, at, whole.id, ["a"], LATER)  # b-1 had no keys of its text
    kept = find_story(store, whole.id)
    assert kept is not None
    with store.writing() as tell:  # c is kept out of the other side
        poll_keys = veto_keys("c", keys_of_text(kept.articles[0]))
        tell.veto(tell.story_pks([kept.id])[kept.id], poll_keys)

    poll(store, at, copy("c"), when=LATER)

    assert told(store) == {frozenset({("a", "a-1")}), frozenset({("b", "b-1"), ("c", "c-1")})}


def test_law_2_polling_the_same_again_after_a_split_changes_nothing(
    store: SqlStore, at: Setup
) -> None:
    whole = together(store, at)
    split(store, at, whole.id, ["b"], LATER)
    before = stories(store)

    for one in whole.articles:
        poll(store, at, replace(one, joined=None), when=LATER)

    assert stories(store) == before


# --- merge ---------------------------------------------------------------------------------------


def two(store: SqlStore, at: Setup) -> tuple[Story, Story]:
    poll(store, at, article("a", 1))
    poll(store, at, article("b", 2, at=LATER), when=LATER)
    first, second = stories(store)
    return first, second


@pytest.mark.parametrize("turned", [False, True])
def test_the_older_of_two_merged_stories_keeps_its_id(
    store: SqlStore, at: Setup, turned: bool
) -> None:
    first, second = two(store, at)

    done = merge(store, at, *((second.id, first.id) if turned else (first.id, second.id)), LATER)

    (story,) = stories(store)
    assert story == done.kept
    assert (story.id, story.published, story.updated) == (first.id, first.published, first.updated)
    assert [(one.source, one.joined) for one in story.articles] == [
        ("a", None),
        ("b", Joined("hand")),
    ]
    assert done.gone == second


def test_the_id_and_the_page_of_a_merged_story_lead_to_the_other(
    store: SqlStore, at: Setup
) -> None:
    first, second = two(store, at)
    old, now = story_path(second.id), story_path(first.id)
    site = Site(store, lambda: at, lambda: "aggregator/test", lambda: LATER)
    assert site.document(old) is not None

    merge(store, at, first.id, second.id, LATER)

    for named in (second.id, f"https://news.example.org/{old}", old, f"http://old.example/{now}/"):
        found = find_story(store, named)
        assert found is not None
        assert found.id == first.id
    later = Site(store, lambda: at, lambda: "aggregator/test", lambda: LATER + HOUR)
    assert later.document(old) is None
    assert later.moved(old) == now
    assert later.moved(now) is None
    assert later.moved("stories/0123456789abcdef") is None


def test_the_id_of_a_merged_story_is_never_anothers(store: SqlStore, at: Setup) -> None:
    poll(store, at, article("a", 1))
    poll(store, at, article("b", 2, declared_id="tag:b.example,2026:2"))
    first, second = stories(store)
    merge(store, at, first.id, second.id, LATER)

    thief = article("c", 3, declared_id=second.id, text="Plum dumplings: a recipe, with figures.")
    poll(store, at, thief, when=LATER)

    assert second.id not in {story.id for story in stories(store)}
    assert len(stories(store)) == 2


def test_merge_then_split_gives_everything_back(store: SqlStore, at: Setup) -> None:
    first, second = two(store, at)
    merge(store, at, first.id, second.id, LATER)

    split(store, at, first.id, [str(second.articles[0].url)], LATER)

    assert stories(store) == [first, second]
    with store.reading() as ask:
        pk = ask.story_pks([second.id])[second.id]
        assert ask.story_at(story_path(second.id).rpartition("/")[2]) == (pk, second.id)
        assert ask.bonds(ask.story_pks([first.id])[first.id]) == {}


def test_what_undoes_a_merge_brings_all_articles_back_into_their_story(
    store: SqlStore, at: Setup
) -> None:
    first = together(store, at, "ab")
    poll(store, at, article("c", 2, at=LATER), when=LATER)
    poll(store, at, article("b", 2, url="https://c.example/news/2", at=LATER), when=LATER)
    second = stories(store)[1]
    done = merge(store, at, first.id, second.id, LATER)
    moved = [one for one in done.kept.articles if one.identity[1] in ("c-2", "b-2")]

    split(store, at, first.id, names_for(moved, done.kept), LATER)

    assert [story.id for story in stories(store)] == [first.id, second.id]
    assert told(store) == {
        frozenset(one.identity for one in story.articles) for story in (first, second)
    }


def test_a_chain_of_merges_leads_to_the_last_story_and_can_be_undone(
    store: SqlStore, at: Setup
) -> None:
    first, second = two(store, at)
    poll(store, at, article("c", 3, at=LATER + HOUR), when=LATER + HOUR)
    third = stories(store)[2]
    merge(store, at, third.id, second.id, LATER)
    merge(store, at, second.id, first.id, LATER)
    with store.reading() as ask:
        assert len(set(ask.story_pks([first.id, second.id, third.id]).values())) == 1

    split(store, at, first.id, ["c"], LATER)
    split(store, at, first.id, ["b"], LATER)

    assert {story.id for story in stories(store)} == {first.id, second.id, third.id}


def test_law_10_a_founder_that_came_later_than_another_article_still_comes_first(
    store: SqlStore, at: Setup
) -> None:
    first = together(store, at, "ab")
    poll(store, at, article("c", 2, title="Isis", at=LATER), when=LATER)
    second = stories(store)[1]
    merge(store, at, first.id, second.id, LATER)

    made = split(store, at, first.id, ["b", "c"], LATER).made

    assert (made.id, made.published) == (second.id, second.published)
    kept, stored = stories(store)
    assert [one.source for one in stored.articles] == ["c", "b"]
    with store.writing() as tell:
        begin_retag(tell, at, at.topics)
    retag(store, at, list(at.topics), lambda: LATER)
    assert stories(store) == [kept, stored]


def test_a_later_poll_of_what_was_merged_updates_the_story_that_is_left(
    store: SqlStore, at: Setup
) -> None:
    first, second = two(store, at)
    merge(store, at, first.id, second.id, LATER)

    poll(store, at, article("b", 2, title="Corrected", at=LATER + HOUR), when=LATER + HOUR)

    (story,) = stories(store)
    assert [one.title for one in story.articles] == ["Title of story 1", "Corrected"]
    assert story.articles[1].joined == Joined("hand")


def test_a_merge_takes_back_a_split(store: SqlStore, at: Setup) -> None:
    whole = together(store, at, "abc")
    done = split(store, at, whole.id, ["b"], LATER)

    merge(store, at, done.kept.id, done.made.id, LATER)

    assert told(store) == {frozenset(one.identity for one in whole.articles)}
    with store.reading() as ask:
        assert ask.vetoes([pk for pk, _ in store.all_stories()]) == {}


def test_two_articles_of_one_source_may_be_merged_by_hand(store: SqlStore, at: Setup) -> None:
    poll(store, at, article("a", 1), article("a", 2))
    poll(store, at, article("b", 3), article("b", 4))
    ids = [story.id for story in stories(store)]

    for other in ids[1:]:
        merge(store, at, ids[0], other, LATER)
    poll(store, at, article("a", 1), article("a", 2), when=LATER)

    (story,) = stories(store)
    assert len(story.articles) == 4
    page = site_of(store, at).document(story_path(story.id))
    assert page is not None
    assert b"Reported by 2 outlets" in page.rendering.body
    feed = rendering(store, at, "all.atom").body.decode()
    assert feed.count("<contributor>") == 1


def test_what_cannot_be_merged_is_refused(store: SqlStore, at: Setup) -> None:
    story = together(store, at)

    with pytest.raises(UsageError, match="both name the same story"):
        merge(store, at, story.id, str(story.articles[1].url), LATER)
    with pytest.raises(UnknownStory):
        merge(store, at, story.id, "tag:nobody", LATER)

    assert stories(store) == [story]


# --- topics, feeds, search -----------------------------------------------------------------------


def site_of(store: SqlStore, at: Setup) -> Site:
    return Site(store, lambda: at, lambda: "aggregator/test", lambda: LATER + DAY)


def rendering(store: SqlStore, at: Setup, path: str) -> Rendering:
    document = site_of(store, at).document(path)
    assert document is not None
    return document.rendering


def test_what_is_split_off_enters_its_topics_and_leaves_those_it_brought(
    store: SqlStore, at: Setup
) -> None:
    poll(store, at, article("a", 1, url=PAGE, title="A title", text="A text of some length."))
    poll(store, at, article("b", 1, url=PAGE, title="Daesh", text="Another text of some length."))
    (whole,) = stories(store)
    assert window(store, "isis") == [whole.id]
    with store.reading() as ask:
        before, revision = ask.topics(), ask.meta("revision")

    made = split(store, at, whole.id, ["b"], LATER).made

    assert window(store, "isis") == [made.id]
    assert window(store, "all") == [made.id, whole.id]
    for story in stories(store):
        assert story.topics == tag(story, at)
    with store.reading() as ask:
        after = ask.topics()
        assert ask.meta("revision") != revision
    assert after["isis"].changes > before["isis"].changes
    assert after["isis"].removed_at == LATER
    assert after["all"].changes > before["all"].changes


def test_a_merged_story_stands_in_its_topics_where_either_stood(store: SqlStore, at: Setup) -> None:
    poll(store, at, article("a", 1, title="A title", text="A text of some length."))
    poll(store, at, article("b", 2, title="Daesh", text="Another text.", at=LATER), when=LATER)
    first, second = stories(store)

    merge(store, at, first.id, second.id, LATER + HOUR)

    assert [(one.story.id, one.admitted_at) for one in store.window("isis", 9, ())] == [
        (first.id, LATER)
    ]
    assert [(one.story.id, one.admitted_at) for one in store.window("all", 9, ())] == [
        (first.id, NOON)
    ]
    (story,) = stories(store)
    assert story.topics == tag(story, at)
    with store.reading() as ask:
        assert ask.topics()["isis"].removed_at == LATER + HOUR
    assert second.id.encode() not in rendering(store, at, "topics/isis.atom").body


def test_what_was_never_news_is_none_by_being_split(store: SqlStore) -> None:
    at = begun(store, setup(admission=AdmissionPolicy(admit_age=DAY)))
    old = NOON - 30 * DAY
    for key in "ab":
        one = article(key, 1, url=PAGE, published=old, updated=old)
        commit(store, [finished(at, one)], at, lambda: 0.0)
    (whole,) = stories(store)

    split(store, at, whole.id, ["b"], LATER)

    assert len(stories(store)) == 2
    assert window(store, "all") == []


def retired(store: SqlStore, *sources: str) -> None:
    """Have the texts of these forgotten, as after months in which feeds have moved on."""
    with pytest.MonkeyPatch.context() as patch, store.writing() as tell:
        patch.setattr(RetiringReader, "_shown", lambda *_: set())
        for one in sources:
            pks = [pk for _, pk in tell.retirable("summary", LATER + DAY, None, 100, one)]
            assert tell.retire("summary", pks, 200).articles == len(pks) > 0


def kept_topics(store: SqlStore, at: Setup) -> list[list[str]]:
    """The topics of each story, which finding them anew does not change."""
    before = stories(store)
    with store.writing() as tell:
        begin_retag(tell, at, at.topics)
    retag(store, at, list(at.topics), lambda: LATER + DAY)
    assert stories(store) == before
    assert all(story.topics == tag(story, at) for story in before)
    return [[because.topic for because in story.topics] for story in before]


def test_law_10_a_retired_article_takes_the_topics_of_its_story_with_it(
    store: SqlStore, at: Setup
) -> None:
    poll(store, at, article("a", 1, url=PAGE, title="A title", text="A text of some length."))
    poll(store, at, article("b", 1, url=PAGE, title="A title", text="The text names daesh."))
    poll(store, at, article("c", 9, at=LATER), when=LATER)
    whole = stories(store)[0]
    retired(store, "b")

    made = split(store, at, whole.id, ["b"], LATER + HOUR).made

    assert kept_topics(store, at) == [["all"], ["all", "story"], ["all", "isis"]]
    places = [(one.story.id, one.admitted_at) for one in store.window("isis", 9, ())]
    assert places == [(made.id, NOON)]  # no news: it stands where the whole story did
    with store.reading() as ask:
        assert ask.topics()["isis"].removed_at == LATER + HOUR
    assert made.id.encode() in rendering(store, at, "topics/isis.atom").body


def test_law_10_what_stays_behind_is_judged_by_its_text_or_keeps_its_topics(
    store: SqlStore, at: Setup
) -> None:
    for key, text in [("a", "Nothing."), ("b", "Nothing else."), ("c", "Of daesh at last.")]:
        poll(store, at, article(key, 1, url=PAGE, title="A title", text=text))
    (whole,) = stories(store)
    retired(store, "a")

    split(store, at, whole.id, ["c"], LATER)
    assert kept_topics(store, at) == [["all", "isis"], ["all", "isis"]]
    split(store, at, whole.id, ["b"], LATER)

    assert kept_topics(store, at) == [["all", "isis"], ["all", "isis"], ["all"]]


@pytest.mark.parametrize("forgotten", ["a", "b", "ab"])
def test_law_10_of_two_merged_stories_a_retired_one_brings_its_topics(
    store: SqlStore, at: Setup, forgotten: str
) -> None:
    poll(store, at, article("a", 1, title="A title", text="A story of some length."))
    poll(store, at, article("b", 2, title="A title", text="Nothing but daesh.", at=LATER))
    first, second = stories(store)
    retired(store, *forgotten)

    merge(store, at, first.id, second.id, LATER)

    assert kept_topics(store, at) == [["all", "isis", "story"]]


def test_search_finds_each_part_by_its_own_words(store: SqlStore, at: Setup) -> None:
    poll(store, at, article("a", 1, url=PAGE, title="Walrus", text="A text of some length."))
    poll(store, at, article("b", 1, url=PAGE, title="Narwhal", text="A text of some length."))
    (whole,) = stories(store)

    made = split(store, at, whole.id, ["b"], LATER).made

    search = Search(store, lambda: at)
    body = {w: search.feed(w).rendering.body.decode() for w in ("walrus", "narwhal")}
    assert made.id in body["narwhal"]
    assert made.id not in body["walrus"]
    merge(store, at, whole.id, made.id, LATER)
    assert whole.id in search.feed("narwhal").rendering.body.decode()


def test_a_merge_while_topics_are_found_anew_loses_nothing(store: SqlStore, at: Setup) -> None:
    first, second = two(store, at)
    edited = setup(topics=[topic("isis", "isis"), topic("story", "title OR text")])
    sync_topics(store, edited, LATER)
    done: list[int] = []

    def progress(stories_done: int, _of: int) -> None:
        """Between two batches a person merges, and a poll brings a story that SQLite gives the
        primary key of the one that is gone.
        """
        if not done:
            merge(store, edited, first.id, second.id, LATER)
            poll(store, edited, article("c", 3), when=LATER)
        done.append(stories_done)

    retag(store, edited, ["isis", "story"], lambda: LATER, progress)

    with store.reading() as ask:
        assert waiting(ask, edited) == []
    for story in stories(store):
        assert story.topics == tag(story, edited)


def test_retag_changes_nothing_after_a_split(store: SqlStore, at: Setup) -> None:
    first, second = two(store, at)
    merge(store, at, second.id, first.id, LATER)
    split(store, at, first.id, ["b"], LATER)
    before = stories(store)

    with store.writing() as tell:
        begin_retag(tell, at, at.topics)
    retag(store, at, list(at.topics), lambda: LATER)

    assert stories(store) == before


def test_the_reason_of_each_article_is_told_to_programs(store: SqlStore, at: Setup) -> None:
    first, second = two(store, at)
    merge(store, at, first.id, second.id, LATER)
    (story,) = stories(store)

    told = story_json(story, story.articles[0])

    assert [one["joined"] for one in told["articles"]] == [
        None,
        {"clue": "hand", "share": None, "to": None},
    ]


# --- merge: never --------------------------------------------------------------------------------


@pytest.mark.parametrize("never", ["a", "b"])
@pytest.mark.parametrize("alike", ["page", "id", "text"])
def test_a_source_that_never_merges_keeps_its_stories_and_others_theirs(
    store: SqlStore, never: str, alike: str
) -> None:
    at = begun(store, setup([source(key, merge="never" if key == never else None) for key in "ab"]))
    changed: dict[str, Any] = {
        "page": {"url": PAGE},
        "id": {"declared_id": "tag:x.example,2026:1", "entry_id": "tag:x.example,2026:1"},
        "text": {"text": HARBOUR, "title": HARBOUR_TITLE},
    }[alike]

    for key in "ab":
        poll(store, at, article(key, 1, **changed))

    assert [len(story.articles) for story in stories(store)] == [1, 1]


def test_a_person_may_still_merge_what_never_merges(store: SqlStore) -> None:
    at = begun(store, setup([source("a"), source("b", merge="never"), source("c")]))
    for key in "ab":
        poll(store, at, article(key, 1, url=PAGE))
    first, second = stories(store)

    merge(store, at, first.id, second.id, LATER)
    poll(store, at, article("c", 1, url=PAGE), when=LATER)

    (story,) = stories(store)
    assert len(story.articles) == 3


# --- the laws ------------------------------------------------------------------------------------

_SOURCES = "abc"
_polls = st.tuples(
    st.just("poll"),
    st.sampled_from(_SOURCES),
    st.integers(1, 3),  # which page, shared among sources
    st.sampled_from(["", "other id", "other address"]),
)
_splits = st.tuples(st.just("split"), st.integers(0, 9), st.integers(0, 9), st.just(""))
_merges = st.tuples(st.just("merge"), st.integers(0, 9), st.integers(0, 9), st.just(""))
_runs = iter(range(10**6))


def _entry(run: int, key: str, number: int, change: str) -> Article:
    name = f"{run}-{number}"
    return article(
        key,
        name,
        title=f"Title {name}",
        text=f"Text of {name}, told at some length.",
        url=f"https://wire.example/{run}/{number}"
        + ("/moved" if change == "other address" else ""),
        entry_id=f"{key}-{name}-{change == 'other id'}",
    )


@configured(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.one_of(_polls, _splits, _merges), min_size=4, max_size=14))
def test_law_3_whatever_is_polled_split_and_merged_each_article_is_in_one_story(
    store: SqlStore, steps: list[tuple[str, object, object, str]]
) -> None:
    at = begun(store, setup())
    run = next(_runs)
    mark = f"{run}-"
    home: dict[tuple[str, str], str] = {}  # article → the id of its story
    founders: dict[str, tuple[tuple[str, str], dt.datetime]] = {}
    apart: set[tuple[tuple[str, str], tuple[str, str]]] = set()
    last: dict[str, Article] = {}

    def ours() -> list[Story]:
        return [
            story
            for story in stories(store)
            if story.articles[0].url and f"/{run}/" in story.articles[0].url
        ]

    for kind, one, other, change in steps:
        moved: set[tuple[str, str]] = set()
        known = ours()
        if kind == "poll":
            entry = _entry(run, str(one), int(str(other)), change)
            last[entry.source] = entry
            poll(store, at, entry)
        elif kind == "split" and (wide := [s for s in known if len(s.articles) > 1]):
            whole = wide[int(str(one)) % len(wide)]
            chosen = whole.articles[int(str(other)) % len(whole.articles)]
            (name,) = names_for([chosen], whole)
            done = split(store, at, whole.id, [name], LATER)
            moved = {a.identity for a in done.made.articles}
            apart |= {
                (x.identity, y.identity)
                for s, t in ((done.kept, done.made), (done.made, done.kept))
                for x in s.articles
                for y in t.articles
            }
        elif kind == "merge" and len(known) > 1:
            first = known[int(str(one)) % len(known)]
            second = known[int(str(other)) % len(known)]
            if first.id == second.id:
                continue
            merged = merge(store, at, first.id, second.id, LATER)
            moved = {a.identity for a in merged.gone.articles}
            inside = {a.identity for a in merged.kept.articles}
            apart = {pair for pair in apart if not inside >= set(pair)}
        now = ours()
        places = [(a.identity, s.id) for s in now for a in s.articles]
        assert len(places) == len(dict(places)), mark
        for identity, id_ in places:
            assert identity in moved or home.get(identity, id_) == id_
        home = dict(places)
        for story in now:
            founder = (story.articles[0].identity, story.published)
            assert founders.setdefault(story.id, founder) == founder
            assert story.articles[0].joined is None
            assert story.topics == tag(story, at)
        for x, y in apart:
            assert home[x] != home[y]
        with store.reading() as ask:
            assert ask.story_pks(founders).keys() == founders.keys()

    before = stories(store)
    for entry in last.values():
        poll(store, at, entry)
    assert stories(store) == before
