"""A source's own entries, found again over time."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.settle import settle
from aggregator.model import Article
from tests.dedupe.memory import Memory
from tests.values import NOON, article

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
TEXTS = [
    (
        "A fire in the old port has destroyed two warehouses; nobody was hurt, police say, but smoke"
        " kept people of nearby streets awake until dawn and closed both bridges to lorries."
    ),
    (
        "The council has voted to close its last swimming pool by March, six votes against five, since"
        " repairs would cost more than four new buses, which every party had promised before."
    ),
    (
        "Three snowy owls sit upon our library, far south of their winter; whoever brings binoculars"
        " may watch them from inside, where librarians have laid out books on birds and ice."
    ),
    (
        "Wheat never cost more at this exchange after dry springs in a row; bakers, millers and"
        " brewers now ask ministers to open stores that were filled during cheaper years, or tax less."
    ),
]
NEW_WORDS = [
    "Quite other words every time " * 5,
    "Not one syllable stayed here " * 5,
    "Rewritten wholly from top down " * 5,
]

# What an entry keeps from one poll to the next, of all that it may change.
CLUES = ("id and page", "id and title", "id and date", "id and text", "page", "title and text",
         "title and path")  # fmt: skip
steps = st.lists(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(CLUES), st.integers(0, 2)),
        min_size=1,
        max_size=4,
        unique_by=lambda step: step[0],
    ),
    min_size=1,
    max_size=6,
)


def first(number: int) -> Article:
    made = NOON - number * HOUR - dt.timedelta(seconds=17)
    return article(
        "a",
        number,
        title=f"Entry number {number} as it was called",
        text=TEXTS[number],
        url=f"https://a.example/{number}/the-page-of-it",
        published=made,
        updated=made,
    )


def changed(one: Article, clue: str, variant: int, at: int) -> Article:
    """The entry with everything else but the clue in another of its forms."""
    number = one.url.split("/")[3] if one.url else ""
    host = ("www.a.example", "a.example", "news.a.example")[variant]
    other = replace(
        one,
        entry_id=f"{number}-flapped-{variant}",
        url=f"http://{host}/{number}/of-it-the-page-{variant}?utm_source=x{at}",
        title=f"Called otherwise {number} {variant}",
        text=" ".join(f"{word}{number}" for word in NEW_WORDS[variant].split()),
        published=one.published + (variant + 3) * DAY,
        first_seen_at=NOON + at * 6 * HOUR,
    )
    kept = {name: getattr(one, name) for name in _KEPT[clue]}
    if clue == "id and date":  # the one it first had, and is known by
        kept["published"] = first(int(number)).published
    if clue == "title and path" and one.url:  # on another host of the site
        kept["url"] = f"https://{host}/{one.url.split('/', 3)[3]}"
    said = replace(other, **kept)
    return replace(said, digest=f"{said.title} {said.text} {said.url}", updated=said.published)


_KEPT: dict[str, tuple[str, ...]] = {
    "id and page": ("entry_id", "url"),
    "id and title": ("entry_id", "title"),
    "id and date": ("entry_id",),
    "id and text": ("entry_id", "text"),
    "page": ("url",),
    "title and text": ("title", "text"),
    "title and path": ("title",),
}


@given(steps)
def test_whatever_an_entry_changes_while_it_keeps_a_clue_it_stays_one_story(
    polls: list[list[tuple[int, str, int]]],
) -> None:
    memory = Memory()
    now = {number: first(number) for number in range(4)}
    memory.poll(*now.values())

    for at, poll in enumerate(polls, 1):
        now |= {n: changed(now[n], clue, variant, at) for n, clue, variant in poll}
        memory.poll(*(now[n] for n, _, _ in poll))

    assert memory.told() == [{f"a-{number}"} for number in range(4)]
    shown = {
        story.articles[0].entry_id: story.articles[0].text for story in memory.stories.values()
    }
    assert shown == {f"a-{number}": now[number].text for number in range(4)}


few = st.integers(0, 3)
entries = st.lists(st.tuples(few, few, few, few), min_size=1, max_size=5)


@given(st.lists(entries, max_size=6))
def test_two_entries_listed_side_by_side_are_never_one(
    polls: list[list[tuple[int, int, int, int]]],
) -> None:
    memory = Memory()
    for at, poll in enumerate(polls):
        document = [
            replace(
                article("a", title, entry_id=f"i-{id_}", at=NOON + at * 6 * HOUR),
                url=f"https://a.example/{page}",
                text=TEXTS[text],
                digest=f"{id_} {page} {title} {text}",
            )
            for id_, page, title, text in poll
        ]
        memory.poll(*document)

        stored = {one.digest for story in memory.stories.values() for one in story.articles}
        assert {one.article.digest for one in settle(document)} <= stored


def entry(number: int, **more: object) -> Article:
    return replace(first(number), **more)  # type: ignore[arg-type]


def test_ids_that_are_numbers_of_places_move_no_entry() -> None:
    memory = Memory()
    memory.poll(entry(0, entry_id="1"), entry(1, entry_id="2"))

    memory.poll(entry(2, entry_id="1"), entry(0, entry_id="2"), entry(1, entry_id="3"))

    assert len(memory.stories) == 3
    assert {s.articles[0].text for s in memory.stories.values()} == set(TEXTS[:3])


def test_an_address_that_names_an_article_is_that_articles_whatever_else_changes() -> None:
    memory = Memory()
    memory.poll(entry(0))

    memory.poll(changed(first(0), "page", 1, at=400))

    assert len(memory.stories) == 1


@pytest.mark.parametrize("later", [2 * HOUR, 30 * DAY])
def test_a_live_page_has_one_story_after_another(later: dt.timedelta) -> None:
    memory = Memory()
    memory.poll(entry(0, url="https://a.example/live"))

    new = entry(1, url="https://a.example/live", published=first(0).published + later)
    memory.poll(new)

    assert len(memory.stories) == 2


def test_the_same_title_on_another_day_is_another_story() -> None:
    memory = Memory()
    memory.poll(entry(0, title="Weather"))

    memory.poll(entry(1, title="Weather", published=NOON + DAY, first_seen_at=NOON + DAY))

    assert len(memory.stories) == 2


STANDING = "The latest headlines from our newsroom, read by our presenters every hour."


@pytest.mark.parametrize("step", [HOUR, DAY])
def test_the_news_of_every_hour_are_new_though_they_say_the_same_of_themselves(
    step: dt.timedelta,
) -> None:
    memory = Memory()
    for number in range(3):
        memory.poll(edition("News headlines", STANDING, number, step))

    assert len(memory.stories) == 3


def edition(title: str, text: str, number: int, step: dt.timedelta) -> Article:
    """The next one under a title: id, address and date are new."""
    made = NOON + number * step
    return article(
        "a",
        f"{title} {number}",
        title=title,
        text=text,
        url=f"https://a.example/{number}/{title[:4]}.mp3",
        at=made + dt.timedelta(minutes=3),
        published=made,
        updated=made,
    )


COLUMNS = [
    "What to watch on TV tonight",
    "The weather for the coming three days",
    "Traffic around the port this morning",
    "Your horoscope for the day",
    "Where the speed cameras are today",
]


@pytest.mark.parametrize("text", ["", "Picked and written by our own staff, every single day."])
def test_columns_of_every_day_are_no_reset(text: str) -> None:
    memory = Memory()
    for day in range(3):
        memory.poll(*(edition(title, text, day, DAY) for title in COLUMNS))

    assert len(memory.stories) == 15


def test_titles_alone_with_new_dates_are_no_reset() -> None:
    memory = Memory()
    for n in range(2):
        memory.poll(
            *(edition(title, "", n, (days + 1) * DAY) for days, title in enumerate(COLUMNS))
        )

    assert len(memory.stories) == 10


def reposted(number: int, text: str, title: str) -> Article:
    at = NOON + 5 * DAY
    return article(
        "a",
        f"new-{number}",
        title=title,
        text=text,
        url=f"https://new.example/2026/{number}/",
        at=at,
        published=at - number * dt.timedelta(minutes=1),
    )


@pytest.mark.parametrize(
    "again",
    [
        lambda text: text,
        lambda text: text[:-9] + "…",  # through a word
        lambda text: text + " 3 comments. 2 minutes to read.",
    ],
)
@pytest.mark.parametrize("how_many", [1, 3, 4])
def test_an_entry_posted_again_is_known_by_its_title_and_a_text_of_its_own(
    how_many: int, again: Callable[[str], str]
) -> None:
    memory = Memory()
    known = [entry(n, title="Weekly update") if n < 2 else entry(n) for n in range(4)]
    memory.poll(*known)

    others = [
        article("a", f"x{n}", text=f"Nothing like it {n}, though as new.")
        for n in range(how_many, 4)
    ]
    moved = [
        reposted(n, again(one.text), one.title + " | The New Site")
        for n, one in enumerate(known[:how_many])
    ]
    memory.poll(*moved, *others)

    assert len(memory.stories) == 4 + len(others)


def test_an_entry_is_not_posted_again_by_a_text_that_stands_under_others_too() -> None:
    standing = " ".join(f"word{chr(97 + n)}" for n in range(26)) + " for those who pay."
    memory = Memory()
    memory.poll(*(edition(title, standing, 0, DAY) for title in COLUMNS))

    memory.poll(edition(COLUMNS[0], standing, 1, DAY))

    assert len(memory.stories) == 6


@pytest.mark.parametrize(("figure", "stories"), [("12", 4), ("99", 8)])
def test_a_figure_that_was_cut_in_two_is_no_other_figure(figure: str, stories: int) -> None:
    memory = Memory()
    texts = [f"{text.split(';')[0]} and it cost" for text in TEXTS]
    said = [replace(entry(n), text=f"{text} 1234 crowns in all.") for n, text in enumerate(texts)]
    memory.poll(*said)

    memory.poll(*(reposted(n, f"{texts[n]} {figure}…", said[n].title) for n in range(4)))

    assert len(memory.stories) == stories


def test_midnight_is_no_moment_to_know_an_entry_by() -> None:
    memory = Memory()
    day = NOON.replace(hour=0)
    memory.poll(entry(0, entry_id="1", published=day))

    memory.poll(entry(1, entry_id="1", published=day))

    assert len(memory.stories) == 2


def test_a_title_that_thousands_of_entries_have_is_looked_up_in_the_newest_alone() -> None:
    from aggregator.dedupe.reconcile import worth_loading
    from aggregator.model import Sighting

    found = [Sighting(n, "a", str(n), "", NOON + n * HOUR) for n in range(3000)]

    assert [one.story_pk for one in worth_loading(found)] == list(range(2999, 2949, -1))
