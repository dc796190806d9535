"""What has entered topics of late, and what is held back from those that have subscribers."""

import datetime as dt

import sqlalchemy as sa

from .days import released_at, tally_held
from .queries import published
from .tables import ADMISSION


class HoldingReader:
    """Questions within one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def newest(
        self, topic: str, limit: int, until: dt.datetime | None = None
    ) -> list[tuple[int, dt.datetime]]:
        """The newest published admissions of a topic, or those of then: (story, since when)."""
        select = (
            sa.select(ADMISSION.c.story_pk, ADMISSION.c.admitted_at)
            .where(ADMISSION.c.topic == topic, published())
            .order_by(ADMISSION.c.admitted_at.desc(), ADMISSION.c.story_pk.desc())
            .limit(limit)
        )
        if until is not None:
            select = select.where(ADMISSION.c.admitted_at <= until)
        return [(pk, moment) for pk, moment in self.connection.execute(select)]

    def admitted(self, topic: str, since: dt.datetime, until: dt.datetime | None = None) -> int:
        """How many stories were admitted to a topic after `since`, up to `until`."""
        its = (ADMISSION.c.topic == topic, ADMISSION.c.admitted_at > since, published())
        select = sa.select(sa.func.count()).select_from(ADMISSION).where(*its)
        if until is not None:
            select = select.where(ADMISSION.c.admitted_at <= until)
        return int(self.connection.execute(select).scalar_one())

    def waiting(self, now: dt.datetime) -> dict[str, tuple[int, int]]:
        """Topic → how many stories that were held back are due: (with a date already, without)."""
        select = (
            sa.select(
                ADMISSION.c.topic,
                sa.func.count(ADMISSION.c.admitted_at),
                sa.func.count(),
            )
            .where(ADMISSION.c.due_at <= now)
            .group_by(ADMISSION.c.topic)
        )
        rows = self.connection.execute(select)
        return {topic: (dated, every - dated) for topic, dated, every in rows}


class HoldingWriter(HoldingReader):
    """Statements within one transaction of the only writer."""

    def postpone(self, topic: str, now: dt.datetime, but: int, due_at: dt.datetime) -> None:
        """Of what was held back until now and has no date yet, let all wait on until `due_at` but
        these few, the longest due first.
        """
        undated = (
            ADMISSION.c.topic == topic,
            ADMISSION.c.due_at <= now,
            ADMISSION.c.admitted_at.is_(None),
        )
        first = (
            sa.select(ADMISSION.c.story_pk)
            .where(*undated)
            .order_by(ADMISSION.c.due_at, ADMISSION.c.story_pk.desc())
            .limit(but)
        )
        released = list(self.connection.execute(first).scalars()) if but else []
        its = sa.and_(*undated, ADMISSION.c.story_pk.not_in(released))
        self.connection.execute(sa.update(ADMISSION).where(its).values(due_at=due_at))

    def release_held(self, now: dt.datetime) -> set[str]:
        """Admit what was held back until now, as of then, or as of the date it has already; the
        topics that got something.
        """
        waiting = ADMISSION.c.due_at <= now
        topics = set(
            self.connection.execute(sa.select(ADMISSION.c.topic).where(waiting).distinct())
            .scalars()
            .all()
        )
        if topics:
            tally_held(self.connection, waiting)
            release = sa.update(ADMISSION).where(waiting)
            self.connection.execute(release.values(admitted_at=released_at(), due_at=None))
        return topics
