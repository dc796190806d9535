"""Finding topics' stories anew: what the store is asked and told for it.

What was found waits in a table of its own, which no reader sees, until one transaction switches the
topic over by statements about sets: nothing is carried through Python story by story there.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import sqlalchemy as sa

from ..model import ALL_TOPIC, Found, Retagging, Wording
from .days import tally
from .engine import insert_missing, upsert
from .queries import chunks, published, rows_in
from .tables import ADMISSION, ARTICLE, RETAGGING, STAGED, STORY, TEXT

Evidence = tuple[Found, ...]
_WORDS: Final = ("source", "title", "authors", "categories", "lang", "url", "kept", "withheld")
# A topic at a place of its own in `admission`: that of all stories, which has every date.
_EVERY: Final = ADMISSION.alias("every")


class RetaggingReader:
    """Questions within one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def retaggings(self) -> dict[str, Retagging]:
        """The topics whose stories are being found anew, by key."""
        rows = self.connection.execute(sa.select(RETAGGING)).mappings()
        return {row["topic"]: Retagging(**row) for row in rows}

    def wordings(self, pks: Collection[int]) -> dict[int, tuple[Wording, ...]]:
        """What topics look at in these stories, in the order their articles joined: much less
        than the stories themselves.
        """
        columns = (ARTICLE.c.story_pk, *(ARTICLE.c[name] for name in _WORDS), TEXT.c.text)
        summary = sa.case((sa.func.coalesce(TEXT.c.text, "") == "", ARTICLE.c.summary), else_="")
        select = (
            sa.select(*columns, summary.label("summary"))
            .outerjoin(TEXT, TEXT.c.article_pk == ARTICLE.c.pk)
            .order_by(ARTICLE.c.joined_by.is_not(None), ARTICLE.c.pk)
        )
        found: dict[int, list[Wording]] = defaultdict(list)
        for row in rows_in(self.connection, select, ARTICLE.c.story_pk, pks):
            words = {name: row[name] for name in _WORDS}
            wording = Wording(text=row["text"] or "", summary=row["summary"], **words)
            found[row["story_pk"]].append(wording)
        return {pk: tuple(articles) for pk, articles in found.items()}

    def evidence(
        self, topics: Collection[str], pks: Collection[int]
    ) -> dict[int, dict[str, Evidence]]:
        """Why these stories are in these topics, those that are: story → topic → evidence."""
        wanted = set(topics)
        select = sa.select(ADMISSION.c.story_pk, ADMISSION.c.topic, ADMISSION.c.evidence)
        if len(wanted) == 1:
            select = select.where(ADMISSION.c.topic.in_(wanted))
        found: dict[int, dict[str, Evidence]] = defaultdict(dict)
        for row in rows_in(self.connection, select, ADMISSION.c.story_pk, pks):
            if row["topic"] in wanted:
                found[row["story_pk"]][row["topic"]] = row["evidence"]
        return dict(found)

    def story_ids(self, pks: Collection[int]) -> dict[int, str]:
        """Primary key → published id."""
        select = sa.select(STORY.c.pk, STORY.c.id)
        return {row["pk"]: row["id"] for row in rows_in(self.connection, select, STORY.c.pk, pks)}

    def story_count(self, until: int | None = None) -> int:
        """How many stories there are, up to the one with this primary key."""
        select = sa.select(sa.func.count()).select_from(STORY)
        if until is not None:
            select = select.where(STORY.c.pk <= until)
        return int(self.connection.execute(select).scalar_one())

    def last_story(self) -> int:
        """The primary key of the newest story; 0 when there is none."""
        return int(self.connection.execute(sa.select(sa.func.max(STORY.c.pk))).scalar() or 0)

    def undecided(self, topic: str, limit: int) -> list[int]:
        """Stories that have changed while the topic's were found anew."""
        select = (
            sa.select(STAGED.c.story_pk)
            .where(STAGED.c.topic == topic, STAGED.c.again)
            .order_by(STAGED.c.story_pk)
            .limit(limit)
        )
        return list(self.connection.execute(select).scalars())

    def undecided_topics(self) -> set[str]:
        """The topics with such stories."""
        select = sa.select(STAGED.c.topic).where(STAGED.c.again).distinct()
        return set(self.connection.execute(select).scalars())

    def newest_entering(self, topic: str, limit: int) -> list[tuple[int, dt.datetime]]:
        """The newest of the stories that the topic's switch has let in, as (story, date)."""
        return self._newest(topic, limit, entered=True)

    def newest_standing(self, topic: str, limit: int) -> list[dt.datetime]:
        """The dates of the newest of its other stories that are published."""
        return [moment for _pk, moment in self._newest(topic, limit, entered=False)]

    def _newest(self, topic: str, limit: int, *, entered: bool) -> list[tuple[int, dt.datetime]]:
        among = ADMISSION.c.story_pk.in_(_staged_of(topic))
        select = (
            sa.select(ADMISSION.c.story_pk, ADMISSION.c.admitted_at)
            .where(_published_of(topic), among if entered else sa.not_(among))
            .order_by(ADMISSION.c.admitted_at.desc(), ADMISSION.c.story_pk.desc())
            .limit(limit)
        )
        return [(pk, moment) for pk, moment in self.connection.execute(select)]


class RetaggingWriter(RetaggingReader):
    """Statements within one transaction of the only writer."""

    def save_retaggings(self, retaggings: Iterable[Retagging]) -> None:
        """Put these in the place of what is known."""
        rows = [
            {"topic": one.topic, "definition": one.definition, "cursor": one.cursor}
            for one in retaggings
        ]
        upsert(self.connection, RETAGGING, rows, ["topic"])

    def forget_staged(self, topic: str, *, undecided: bool) -> None:
        """Forget what was found for a topic; `undecided`: and which stories are to be looked at
        again.
        """
        delete = sa.delete(STAGED).where(STAGED.c.topic == topic)
        self.connection.execute(delete if undecided else delete.where(sa.not_(STAGED.c.again)))

    def end_retagging(self, topic: str) -> None:
        """The topic's stories are found, or need not be."""
        self.forget_staged(topic, undecided=True)
        self.connection.execute(sa.delete(RETAGGING).where(RETAGGING.c.topic == topic))

    def stage(self, changes: Iterable[tuple[str, int, Evidence | None]]) -> None:
        """Remember what is to change: (topic, story, evidence; None where it leaves). What is
        known of a story already, so that it has to be looked at again, stays.
        """
        rows = [
            {"topic": topic, "story_pk": pk, "again": False, "evidence": evidence}
            for topic, pk, evidence in changes
        ]
        insert_missing(self.connection, STAGED, rows)

    def look_again(self, topics: Collection[str], pks: Collection[int]) -> None:
        """These stories have changed: whatever was found of them for these topics is void."""
        rows = [
            {"topic": topic, "story_pk": pk, "again": True, "evidence": None}
            for topic in sorted(topics)
            for pk in sorted(pks)
        ]
        upsert(self.connection, STAGED, rows, ["topic", "story_pk"])

    def looked(self, topic: str, pks: Collection[int]) -> None:
        """These stories are looked at again."""
        if pks:
            delete = sa.delete(STAGED).where(
                STAGED.c.topic == topic, STAGED.c.story_pk == sa.bindparam("pk")
            )
            self.connection.execute(delete, [{"pk": pk} for pk in sorted(pks)])

    def switch(self, topic: str) -> tuple[int, int, set[str]]:
        """Put what was found in the place of what is published: (stories entered, stories left,
        topics that share one of them).

        Those that stay keep their dates; those that enter get the one they have among all stories.
        They stay marked, for `newest_entering` and `hold_others`, until `end_retagging`.
        """
        run = self.connection.execute
        its, staged = ADMISSION.c.topic == topic, STAGED.c.topic == topic
        stays, leaves = STAGED.c.evidence.is_not(None), STAGED.c.evidence.is_(None)
        same = sa.and_(staged, STAGED.c.story_pk == ADMISSION.c.story_pk)
        run(sa.update(ADMISSION).where(its, same, stays).values(evidence=STAGED.c.evidence))
        known = sa.select(ADMISSION.c.story_pk).where(its)
        run(sa.delete(STAGED).where(staged, stays, STAGED.c.story_pk.in_(known)))
        changed = ADMISSION.c.story_pk.in_(_staged_of(topic))
        sharing = set(run(sa.select(ADMISSION.c.topic).where(changed).distinct()).scalars())
        tally(self.connection, -1, changed)
        leaving = ADMISSION.c.story_pk.in_(_staged_of(topic, leaves))
        left = run(sa.delete(ADMISSION).where(its, leaving)).rowcount
        everywhere = sa.and_(_EVERY.c.topic == ALL_TOPIC, _EVERY.c.story_pk == STAGED.c.story_pk)
        nowhere = _EVERY.c.story_pk.is_(None)
        admitted_at = sa.case((nowhere, STORY.c.first_seen_at), else_=_EVERY.c.admitted_at)
        of_staged = (STAGED.c.topic, STAGED.c.story_pk, STAGED.c.evidence)
        entering = (
            sa.select(*of_staged, admitted_at, _EVERY.c.due_at)
            .join(STORY, STORY.c.pk == STAGED.c.story_pk)
            .outerjoin(_EVERY, everywhere)
            .where(staged, stays)
        )
        columns = ["topic", "story_pk", "evidence", "admitted_at", "due_at"]
        run(sa.insert(ADMISSION).from_select(columns, entering))
        tally(self.connection, +1, changed)
        run(sa.delete(STAGED).where(staged, leaves))
        count = sa.select(sa.func.count()).select_from(STAGED).where(staged)
        return int(run(count).scalar_one()), left, sharing

    def hold(self, topic: str, due_at: Mapping[int, dt.datetime]) -> None:
        """Let these stories wait; when they are released they stand where they would stand now."""
        for some in chunks(due_at):
            tally(self.connection, -1, ADMISSION.c.topic == topic, ADMISSION.c.story_pk.in_(some))
        if due_at:
            self.connection.execute(
                sa.update(ADMISSION)
                .where(ADMISSION.c.topic == topic, ADMISSION.c.story_pk == sa.bindparam("pk"))
                .values(due_at=sa.bindparam("due")),
                [{"pk": pk, "due": moment} for pk, moment in due_at.items()],
            )

    def hold_others(
        self, topic: str, but: Collection[int], since: dt.datetime | None, due_at: dt.datetime
    ) -> int:
        """Let all that entered wait, but these, those that wait already, and those admitted before
        `since` (None: all); how many that is.
        """
        wait = sa.and_(
            _published_of(topic),
            ADMISSION.c.story_pk.in_(_staged_of(topic)),
            ADMISSION.c.story_pk.not_in(sorted(but)),
        )
        if since is not None:
            wait = sa.and_(wait, ADMISSION.c.admitted_at >= since)
        tally(self.connection, -1, wait)
        held = sa.update(ADMISSION).where(wait).values(due_at=due_at)
        return int(self.connection.execute(held).rowcount)


def _staged_of(topic: str, *more: Any) -> Any:
    return sa.select(STAGED.c.story_pk).where(STAGED.c.topic == topic, *more)


def _published_of(topic: str) -> Any:
    return sa.and_(ADMISSION.c.topic == topic, published())
