"""How many stories topics have, on each day too, and how often those have changed since.

Whatever is asked of the history of a topic is answered from here, by the day, and never by going
through its admissions. Kept with them, in the transaction that changes them: what a statement is
about to change is taken off, and added again as it is then.
"""

import datetime as dt
import functools
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from ..model import ALL_TOPIC, Day, Month
from .columns import KEY
from .engine import added_up, day_of
from .queries import chunks, published
from .tables import ADMISSION, STORY


class TopicDayRow(SQLModel, table=True):
    """The stories of a topic that were admitted on one day (UTC)."""

    __tablename__ = "topic_day"
    __table_args__ = ({"sqlite_with_rowid": False},)

    topic: str = Field(primary_key=True)
    day: dt.date = Field(primary_key=True)
    stories: int  # published now
    # Grows with anything that documents of these stories show: an article of theirs, a topic.
    changes: int = Field(sa_column=sa.Column(KEY, nullable=False))


TOPIC_DAY: Final[Any] = TopicDayRow.__table__  # type: ignore[attr-defined]  # SQLModel makes it


class DaysReader:
    """Questions within one transaction."""

    connection: sa.Connection

    def days(self, topics: Collection[str], since: dt.date) -> dict[str, dict[dt.date, int]]:
        """Of each of these topics that published something since that day: day → stories."""
        found: dict[str, dict[dt.date, int]] = defaultdict(dict)
        for some in chunks(topics):
            its = (TOPIC_DAY.c.topic.in_(some), TOPIC_DAY.c.day >= since, TOPIC_DAY.c.stories > 0)
            rows = self.connection.execute(_DAYS.where(*its))
            for topic, day, stories, _changes in rows:
                found[topic][day] = stories
        return dict(found)

    def months(self, topic: str) -> tuple[Month, ...]:
        """The months in which a topic ever published something, the first one first."""
        months = []
        for row in self.connection.execute(_MONTHS.where(TOPIC_DAY.c.topic == topic)):
            stories, changes, last_day = row
            months.append(Month(last_day.replace(day=1), int(stories), int(changes), last_day))
        return tuple(months)

    def days_of(self, topic: str, month: dt.date) -> tuple[Day, ...]:
        """The days of a month, given by its first, on which a topic published something, in
        order.
        """
        its = TOPIC_DAY.c.day.between(month, month + dt.timedelta(days=30))
        rows = self.connection.execute(_DAYS.where(TOPIC_DAY.c.topic == topic, its))
        days = (Day(day, stories, changes) for _topic, day, stories, changes in rows)
        return tuple(day for day in days if day.day.month == month.month)

    def sizes(self) -> dict[str, tuple[int, dt.datetime | None]]:
        """Topic → (stories published, the newest admission)."""
        select = (
            sa.select(ADMISSION.c.topic, sa.func.count(), sa.func.max(ADMISSION.c.admitted_at))
            .where(published())
            .group_by(ADMISSION.c.topic)
        )
        return {topic: (count, newest) for topic, count, newest in self.connection.execute(select)}

    def taken_since(self, moment: dt.datetime) -> dict[str, int]:
        """Topic → stories first seen since then that it has."""
        select = (
            sa.select(ADMISSION.c.topic, sa.func.count())
            .join(STORY, STORY.c.pk == ADMISSION.c.story_pk)
            .where(STORY.c.first_seen_at >= moment)
            .group_by(ADMISSION.c.topic)
        )
        return dict(map(tuple, self.connection.execute(select)))

    def last_day(self) -> dt.date | None:
        """The newest day on which anything was published in any topic: all stories have theirs."""
        last = sa.select(sa.func.max(TOPIC_DAY.c.day)).where(TOPIC_DAY.c.topic == ALL_TOPIC)
        return self.connection.execute(last).scalar()

    def admitted_between(
        self, topic: str, since: dt.datetime, until: dt.datetime, skip: int, limit: int
    ) -> list[tuple[int, dt.datetime]]:
        """Published admissions of a topic from a moment on, and before another, the oldest first:
        (story, since when), without the first `skip` of them, and no more than `limit`.
        """
        moment = ADMISSION.c.admitted_at
        select = (
            sa.select(ADMISSION.c.story_pk, moment)
            .where(ADMISSION.c.topic == topic, published(), moment >= since, moment < until)
            .order_by(moment, ADMISSION.c.story_pk)
            .offset(skip)
            .limit(limit)
        )
        return [(pk, admitted_at) for pk, admitted_at in self.connection.execute(select)]


_DAYS: Final = sa.select(
    TOPIC_DAY.c.topic, TOPIC_DAY.c.day, TOPIC_DAY.c.stories, TOPIC_DAY.c.changes
).order_by(TOPIC_DAY.c.topic, TOPIC_DAY.c.day)

_MONTHS: Final = (
    sa.select(
        sa.func.sum(TOPIC_DAY.c.stories),
        sa.func.sum(TOPIC_DAY.c.changes),
        sa.func.max(TOPIC_DAY.c.day).label("last_day"),
    )
    .group_by(sa.extract("year", TOPIC_DAY.c.day), sa.extract("month", TOPIC_DAY.c.day))
    .order_by("last_day")
)


@contextmanager
def recounting(connection: sa.Connection, pks: Collection[int]) -> Iterator[None]:
    """Let something be done to how these stories stand in topics. Every day that has one of them
    counts it as a change, in other topics too: entries name the topics of their story.
    """
    _of_stories(connection, -1, pks)
    yield
    _of_stories(connection, +1, pks)


def changed(connection: sa.Connection, pks: Collection[int]) -> None:
    """Count it as a change on every day that has one of these stories."""
    _of_stories(connection, 0, pks)


def tally(connection: sa.Connection, each: int, *which: Any) -> None:
    """Count each of the published admissions that are meant once more (1), no more (-1), or as
    changed alone (0).
    """
    moment = ADMISSION.c.admitted_at
    connection.execute(_adding(connection.dialect.name, each, moment, published(), *which))


def tally_held(connection: sa.Connection, *which: Any) -> None:
    """Count those that are about to be released, at the date they will have then."""
    connection.execute(_adding(connection.dialect.name, 1, released_at(), *which))


def released_at() -> Any:
    """The date at which what was held comes to stand: the one it has, or when it was due."""
    return sa.func.coalesce(ADMISSION.c.admitted_at, ADMISSION.c.due_at)


def _of_stories(connection: sa.Connection, each: int, pks: Collection[int]) -> None:
    statement = _of_some(connection.dialect.name, each)
    for some in chunks(pks):
        connection.execute(statement, {"pks": some})


@functools.cache  # it is on the way of every poll that brings something
def _of_some(dialect: str, each: int) -> Any:
    some = ADMISSION.c.story_pk.in_(sa.bindparam("pks", expanding=True))
    return _adding(dialect, each, ADMISSION.c.admitted_at, published(), some)


def _adding(dialect: str, each: int, moment: Any, *which: Any) -> Any:
    day = day_of(dialect, moment)
    stories = sa.func.count() * sa.literal_column(str(each))
    counted = (
        sa.select(ADMISSION.c.topic, day, stories, sa.literal_column("1"))
        .where(*which)
        .group_by(ADMISSION.c.topic, day)
    )
    return added_up(dialect, TOPIC_DAY, counted, key=("topic", "day"), sums=("stories", "changes"))
