"""One story in the same words: outlets that carry it are one story, in whatever order they come."""

import datetime as dt
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aggregator.dedupe.copies import NEAREST
from aggregator.dedupe.likeness import same_words
from aggregator.dedupe.settle import settle
from aggregator.dedupe.shelf import CROWD
from aggregator.dedupe.signature import text_keys
from aggregator.dedupe.wording import wording
from aggregator.model import Article, Joined
from tests.dedupe.memory import Memory
from tests.dedupe.texts import FLOOD, FLOOD_TITLE, HARBOUR, HARBOUR_TITLE
from tests.values import NOON, article

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
FOOTER = (
    " Follow us for more news from the region, write to the desk with what you have seen, and "
    "subscribe to our evening letter, which goes out at six every day but Sunday."
)


def harbour(source: str, text: str = HARBOUR, title: str = HARBOUR_TITLE, **more: Any) -> Article:
    return article(source, text=text, title=title, **more)


def flood(source: str, text: str = FLOOD, title: str = FLOOD_TITLE, **more: Any) -> Article:
    return article(source, 2, text=text, title=title, **more)


def test_a_copy_in_another_outlet_joins_the_story_and_says_why() -> None:
    memory = Memory()
    memory.poll(harbour("a"))

    (change,) = memory.poll(harbour("b", title="Port Elster: walkout over night shifts"))

    assert not change.is_new
    assert [one.joined for one in change.story.articles] == [None, Joined("text", 1.0, "a")]
    assert str(Joined("text", 0.917, "a")) == "same text as a: 92% of the shorter"


def test_identity_comes_before_likeness() -> None:
    memory = Memory()
    memory.poll(harbour("a", url="https://wire.example/1"))

    (change,) = memory.poll(harbour("b", url="https://wire.example/1?utm_source=b"))

    assert change.story.articles[1].joined == Joined("page", to="a")


def test_a_cut_copy_joins_and_so_does_the_whole_behind_it() -> None:
    for first, second in ((HARBOUR, HARBOUR[:300]), (HARBOUR[:300], HARBOUR)):
        memory = Memory()
        memory.poll(harbour("a", first))
        memory.poll(harbour("b", second))

        assert memory.told() == [{"a-1", "b-1"}]


def test_within_one_source_likeness_says_nothing() -> None:
    memory = Memory()
    memory.poll(harbour("a"), replace(harbour("a"), entry_id="a-9", url="https://a.example/9"))
    memory.poll(replace(harbour("a"), entry_id="a-10", url="https://a.example/10"))

    assert memory.told() == [{"a-1"}, {"a-9"}, {"a-10"}]


def test_a_source_tells_a_story_once() -> None:
    memory = Memory()
    memory.poll(harbour("a"))
    memory.poll(harbour("b"))
    again = replace(harbour("b"), entry_id="b-9", url="https://b.example/9")
    memory.poll(harbour("b"), again)

    assert memory.told() == [{"a-1", "b-1"}, {"b-9"}]


def test_the_same_documents_again_change_nothing() -> None:
    memory = Memory()
    documents = [[harbour("a"), flood("a")], [flood("b"), harbour("b")]]
    for document in documents:
        memory.poll(*document)

    assert [memory.poll(*document) for document in documents] == [[], []]
    assert memory.told() == [{"a-1", "b-1"}, {"a-2", "b-2"}]


def test_law_3_an_edit_that_makes_it_a_copy_moves_nothing() -> None:
    memory = Memory()
    memory.poll(harbour("a"))
    memory.poll(flood("b"))

    memory.poll(flood("b", HARBOUR, HARBOUR_TITLE))

    assert memory.told() == [{"a-1"}, {"b-2"}]


def test_an_edit_keeps_the_reason() -> None:
    memory = Memory()
    memory.poll(harbour("a"))
    memory.poll(harbour("b"))

    (change,) = memory.poll(harbour("b", HARBOUR + " More to come."))

    assert change.story.articles[1].joined == Joined("text", 1.0, "a")


def edition(n: int) -> str:
    """The text as after so many editors, each of whom has put in some words of his own."""
    words = HARBOUR.split()
    for at in range(5 * n):
        words[at * 37 % len(words)] = f"perhaps{at}"
    return " ".join(words)


def test_likeness_is_handed_on_once_so_that_no_story_drifts() -> None:
    memory = Memory()
    for n, key in enumerate("abcdefghijklmnop"):
        memory.poll(harbour(key, edition(n)))

    first, *later = memory.stories.values()
    joined = {one.source: one.joined.to for one in first.articles if one.joined}
    firsthand = {source for source, to in joined.items() if to == "a"}
    assert firsthand
    assert set(joined.values()) == {"a"} | firsthand
    assert later  # the last editions are no longer what the first was


def test_a_story_takes_in_any_number_of_copies() -> None:
    sources = [f"s{n:02}" for n in range(CROWD + 10)]
    memory = Memory()
    for source in sources:
        memory.poll(harbour(source))

    assert memory.told() == [{f"{source}-1" for source in sources}]


def test_a_page_that_many_sources_list_is_still_found_by_its_text() -> None:
    sources = [f"s{n:02}" for n in range(CROWD + 10)]
    memory = Memory()
    for source in sources:
        memory.poll(harbour(source, url="https://wire.example/1"))
    memory.poll(harbour("z"))

    assert memory.told() == [{f"{source}-1" for source in sources} | {"z-1"}]
    assert max(map(len, memory.keys.values())) == len(sources)  # that of the page
    texts = [found for key, found in memory.keys.items() if key.startswith("text:")]
    assert max(map(len, texts)) < 5


def test_news_of_another_day_in_the_same_words_is_news() -> None:
    memory = Memory()
    memory.poll(harbour("a", published=NOON - 9 * DAY))
    memory.poll(harbour("b", published=NOON))

    assert memory.told() == [{"a-1"}, {"b-1"}]


def test_what_a_source_says_under_every_entry_makes_no_copies() -> None:
    heads = (
        "The council meets on Monday.",
        "Snow fell on the pass.",
        "A goat won the race.",
        "The choir sings tonight in the old church by the river.",
    )
    memory = Memory()
    memory.poll(*(article("a", n, text=head + FOOTER) for n, head in enumerate(heads)))
    memory.poll(*(article("b", n, text=head + FOOTER) for n, head in enumerate(reversed(heads))))

    assert len(memory.stories) == 2 * len(heads)


def test_a_phrase_that_a_crowd_has_leads_to_nobody() -> None:
    memory = Memory()
    for n in range(CROWD + 20):
        text = f"{FOOTER} Number {n} of {n * 7}: {'la ' * n}"
        memory.poll(article(f"s{n}", n, text=text, title=f"Entry {'x' * n}"))

    assert max(map(len, memory.keys.values())) <= CROWD


@pytest.mark.parametrize("at_once", [True, False])
def test_a_story_is_compared_with_a_few_others_however_many_share_its_phrases(
    at_once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []
    monkeypatch.setattr("aggregator.dedupe.copies.same_words", lambda *told: compared.append(told))
    crowd = [harbour(f"s{n}", HARBOUR + FLOOD[:n]) for n in range(CROWD - 1)]
    memory = Memory()
    if at_once:
        memory.polls(*(settle([one]) for one in crowd))
    else:
        for one in crowd:
            memory.poll(one)
    compared.clear()

    memory.poll(harbour("z"))

    assert len(compared) == NEAREST


SPELLINGS = [("said", "told"), ("regrettable", "unfortunate"), ("some four", "about four"),
             ("eleven", "11"), ("since", "from when"), ("begun", "started")]  # fmt: skip
TITLES = [
    HARBOUR_TITLE,
    f"{HARBOUR_TITLE} | Elster Times",
    "Port Elster: dock workers walk out after talks on night shifts fail",
]


@st.composite
def copies(draw: st.DrawFn) -> list[Article]:
    """Copies of one text as newsrooms make them: edited, cut, behind a caption, under a footer."""
    found = []
    for source in draw(st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=6, unique=True)):
        text = HARBOUR
        for said, now in draw(st.lists(st.sampled_from(SPELLINGS), max_size=3, unique=True)):
            text = text.replace(said, now, 1)
        text = text[: draw(st.sampled_from([300, 500, 700, 2000]))]
        text = draw(st.sampled_from(["", "PORT ELSTER — ", "A crane on Tuesday. "])) + text
        text += draw(st.sampled_from(["", " …", " Read more on our site."]))
        at = NOON - HOUR * draw(st.integers(0, 20))
        found.append(harbour(source, text, draw(st.sampled_from(TITLES)), published=at))
    return found


def alike(one: Article, other: Article) -> bool:
    keys = (set(text_keys(wording(said))) for said in (one, other))
    return bool(set.intersection(*keys)) and same_words(wording(one), wording(other)) is not None


@given(copies(), st.data())
def test_true_copies_are_one_story_in_whatever_order_they_come(
    told: list[Article], data: st.DataObject
) -> None:
    assume(all(alike(one, other) for one, other in combinations(told, 2)))
    memory = Memory()
    waiting = data.draw(st.permutations([*told, flood("z")]))
    while waiting:
        size = data.draw(st.integers(1, 3))
        memory.polls(*(settle([one]) for one in waiting[:size]))
        waiting = waiting[size:]

    assert sorted(map(sorted, memory.told())) == sorted([sorted(a.entry_id for a in told), ["z-2"]])


COPIES = [
    harbour("a"),
    harbour("b", HARBOUR[:420], "Port Elster dock workers strike after talks fail"),
    harbour("c", "Gates of the port, seen from the lighthouse on Tuesday. " + HARBOUR),
    harbour("d", HARBOUR.replace("eleven", "11").replace("regrettable", "unfortunate")),
    harbour("e", HARBOUR[:600], published=NOON - 10 * HOUR),
    flood("a"),
    flood("c", FLOOD[:300]),
    flood(
        "e", FLOOD.replace("Nobody", "No one")[:400], "Third flood in a month in eastern valleys"
    ),
    flood("f", FLOOD + " The district will report again at noon.", published=NOON - 20 * HOUR),
]


@given(st.permutations(COPIES), st.lists(st.integers(1, 4), min_size=9, max_size=9))
def test_copies_become_the_same_stories_in_whatever_order_and_company_they_come(
    order: list[Article], sizes: list[int]
) -> None:
    memory = Memory()
    waiting = list(order)
    for size in sizes:
        batch, waiting = waiting[:size], waiting[size:]
        memory.polls(*(settle([one]) for one in batch))

    assert sorted(map(sorted, memory.told())) == [
        ["a-1", "b-1", "c-1", "d-1", "e-1"],
        ["a-2", "c-2", "e-2", "f-2"],
    ]
