"""What stands around a story, in both databases."""

import datetime as dt

from aggregator.store import SqlStore
from tests.store.test_store import save, told
from tests.values import NOON, article

DAY = dt.timedelta(days=1)


def test_those_that_have_a_word_come_the_nearest_first_and_from_this_stretch_alone(
    store: SqlStore,
) -> None:
    save(store, *(told(article(number=n, title="Isis")) for n in range(1, 10)))

    with store.reading() as ask:
        assert ask.bearers(["isis", "daesh"], (4, 2, 9), 4, 5.0) == {
            "isis": [4, 3, 5, 2],
            "daesh": [],
        }


def test_the_stretch_around_a_story_ends_where_articles_came_too_early_or_late(
    store: SqlStore,
) -> None:
    save(store, *(told(article(number=n, at=NOON + (n - 300) * DAY / 100)) for n in range(1, 601)))

    with store.reading() as ask:
        assert ask.place(300, 2 * DAY) == (300, 44, 556)
        assert ask.place(300, 9 * DAY) == (300, 300 - 2**14, 300 + 2**14)


def test_openings_are_the_newest_up_to_a_place(store: SqlStore) -> None:
    save(store, *(told(article(number=n)) for n in range(1, 6)))

    with store.reading() as ask:
        assert [title for title, _ in ask.openings(4, 2)] == [
            "Title of story 4",
            "Title of story 3",
        ]
