"""Stories per day: counted in the store, from the newest admission back."""

import datetime as dt

from aggregator.model import Days
from aggregator.pipeline.commit import commit
from aggregator.pipeline.days import LENGTH, days_of
from aggregator.pipeline.site import Site
from aggregator.pipeline.topics import sync_topics
from aggregator.store import SqlStore
from tests.values import NOON, article, finished, setup

DAY = dt.timedelta(days=1)


def told(store: SqlStore) -> None:
    """Two stories ten days ago, one of them of our topic, and one of it at noon."""
    in_force = setup()
    sync_topics(store, in_force, NOON - 10 * DAY)
    one, other = (
        article("a", 1, at=NOON - 10 * DAY, title="Isis"),
        article("a", 2, at=NOON - 10 * DAY),
    )
    commit(store, [finished(in_force, one, other, at=NOON - 10 * DAY)], in_force, lambda: 0.0)
    commit(store, [finished(in_force, article("b", 3, title="Isis"))], in_force, lambda: 0.0)


def test_admissions_are_counted_by_topic_and_day(store: SqlStore) -> None:
    told(store)

    with store.reading() as ask:
        every = ask.days(["isis", "all", "story"], (NOON - 10 * DAY).date())
        late = ask.days(["isis"], NOON.date())
        nothing = ask.days([], NOON.date())

    then = (NOON - 10 * DAY).date()
    assert every["isis"] == {then: 1, NOON.date(): 1}
    assert every["all"] == {then: 2, NOON.date(): 1}
    assert late["isis"] == {NOON.date(): 1}
    assert nothing == {}


def test_the_days_of_a_topic_end_with_that_of_the_newest_admission(sqlite_store: SqlStore) -> None:
    told(sqlite_store)

    with sqlite_store.reading() as ask:
        days = days_of(ask, ["isis", "none"], NOON)
        assert days_of(ask, ["isis"], None) == {}

    assert days["isis"] == Days(NOON.date(), (*[0] * 17, 1, *[0] * 9, 1))
    assert days["none"] == Days(NOON.date(), (0,) * LENGTH)


def test_law_5_pages_with_charts_are_the_same_a_month_later(sqlite_store: SqlStore) -> None:
    told(sqlite_store)
    in_force = setup()

    def bodies(at: dt.datetime) -> list[bytes]:
        site = Site(sqlite_store, lambda: in_force, lambda: "x", lambda: at)
        documents = [site.document(path) for path in ("topics/isis", "", "404.html")]
        return [document.rendering.body for document in documents if document is not None]

    assert b'class="chart"' in bodies(NOON + DAY)[0]
    assert b"<polyline" in bodies(NOON + DAY)[1]
    assert bodies(NOON + DAY) == bodies(NOON + 30 * DAY)
