"""Forgetting: what the store is asked and told by retention."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, Final

import sqlalchemy as sa

from ..dedupe.keys import OF_TEXT
from ..dedupe.retired import left_of
from ..model import ALL_TOPIC, Freed, Kept
from . import searching as index
from .days import changed
from .engine import octets
from .queries import chunks, published, rows_in
from .revising import RevisingWriter
from .tables import ADMISSION, ARTICLE, HEALTH, HOST, MATCH_KEY, META, SOURCE, TEXT, TOPIC

# What an article is reduced from, to what.
_BEFORE: Final[dict[Kept, Kept]] = {"summary": "text", "title": "summary"}


class RetiringReader:
    """Questions within one transaction."""

    connection: sa.Connection

    def retirable(
        self,
        to: Kept,
        before: dt.datetime,
        after: tuple[dt.datetime, int] | None,
        limit: int,
        source: str | None = None,
    ) -> list[tuple[dt.datetime, int]]:
        """Articles that could be reduced to so much, as (first seen, primary key), those seen
        first first: seen, and last updated by their source, before then.

        `after`: the last one of the page before; `source`: those of one source alone.
        """
        select = self._of_age(to, before, source, ARTICLE.c.first_seen_at, ARTICLE.c.pk)
        if after is not None:
            place = sa.tuple_(ARTICLE.c.first_seen_at, ARTICLE.c.pk)
            seen_at = sa.bindparam("seen_at", after[0], type_=ARTICLE.c.first_seen_at.type)
            select = select.where(place > sa.tuple_(seen_at, sa.bindparam("pk", after[1])))
        in_order = select.order_by(ARTICLE.c.first_seen_at, ARTICLE.c.pk).limit(limit)
        return [(moment, pk) for moment, pk in self.connection.execute(in_order)]

    def retirable_count(self, to: Kept, before: dt.datetime, source: str | None = None) -> int:
        """How many they are."""
        select = self._of_age(to, before, source, sa.func.count())
        return int(self.connection.execute(select).scalar_one())

    def _of_age(self, to: Kept, before: dt.datetime, source: str | None, *columns: Any) -> Any:
        select = sa.select(*columns).where(
            ARTICLE.c.kept == _BEFORE[to],
            ARTICLE.c.first_seen_at < before,
            ARTICLE.c.updated < before,
        )
        if source is not None:
            select = select.where(ARTICLE.c.source == source)
        if to == "title":
            select = select.where(sa.not_(_in_a_topic()))
        return select

    def weigh(self, to: Kept, pks: Collection[int], shown: int) -> tuple[list[int], Freed]:
        """Those of the articles that may be reduced to so much, and what that would free.

        A story among the newest `shown` of a topic, or about to enter one, stays as it is, and so
        does one that a topic has published: archives show its summary.
        """
        stories: dict[int, int] = {}
        may = ARTICLE.c.kept == _BEFORE[to]
        if to == "title":
            may = sa.and_(may, sa.not_(_in_a_topic()))
        select = sa.select(ARTICLE.c.pk, ARTICLE.c.story_pk).where(may)
        for row in rows_in(self.connection, select, ARTICLE.c.pk, pks):
            stories[row["pk"]] = row["story_pk"]
        kept = self._shown(set(stories.values()), shown)
        free = [pk for pk, story in stories.items() if story not in kept]
        return free, self._weight(to, free)

    def _shown(self, stories: Collection[int], shown: int) -> set[int]:
        """Which of these stories the feeds of topics show, or will."""
        bottoms = self._bottoms(shown)
        columns = (ADMISSION.c[name] for name in ("story_pk", "topic", "admitted_at", "due_at"))
        found: set[int] = set()
        for row in rows_in(self.connection, sa.select(*columns), ADMISSION.c.story_pk, stories):
            moment, bottom = row["admitted_at"], bottoms.get(row["topic"])
            if row["due_at"] or (moment and (bottom is None or moment >= bottom)):
                found.add(row["story_pk"])
        return found

    def _bottoms(self, shown: int) -> dict[str, dt.datetime]:
        """Topic → when the last of its newest `shown` was admitted, of those that have so many."""
        found: dict[str, dt.datetime] = {}
        for topic in self.connection.execute(sa.select(TOPIC.c.key)).scalars().all():
            newest = (
                sa.select(ADMISSION.c.admitted_at)
                .where(ADMISSION.c.topic == topic, published())
                .order_by(ADMISSION.c.admitted_at.desc(), ADMISSION.c.story_pk.desc())
            )
            bottom = self.connection.execute(newest.offset(shown - 1).limit(1)).scalar()
            if bottom is not None:
                found[topic] = bottom
        return found

    def _weight(self, to: Kept, pks: Collection[int]) -> Freed:
        of = [TEXT.c.html, TEXT.c.text]
        if to == "title":
            of = [ARTICLE.c.summary, ARTICLE.c.categories, ARTICLE.c.media]
        sizes = (sa.func.coalesce(octets(self.connection, one), 0) for one in of)
        total = sa.func.sum(sum(sizes, start=sa.literal(0)))
        place = TEXT.c.article_pk if to == "summary" else ARTICLE.c.pk
        size = keys = 0
        for some in chunks(pks):
            size += int(
                self.connection.execute(sa.select(total).where(place.in_(some))).scalar() or 0
            )
            if to == "summary":
                count = sa.select(sa.func.count()).where(_text_keys(some))
                keys += int(self.connection.execute(count).scalar_one())
        return Freed(len(pks), keys, size)


class RetiringWriter(RetiringReader, RevisingWriter):
    """Statements within one transaction of the only writer."""

    def retire(self, to: Kept, pks: Collection[int], shown: int) -> Freed:
        """Reduce those of the articles that may be, see `weigh`; what that has freed."""
        free, freed = self.weigh(to, pks, shown)
        if not free:
            return freed
        known = index.articles_at(self.connection, free)
        index.replace(self.connection, {pk: left_of(one, to) for pk, (_, one) in known.items()})
        self.forget_revisions(free)
        for some in chunks(free):
            if to == "summary":
                self.connection.execute(sa.delete(TEXT).where(TEXT.c.article_pk.in_(some)))
                self.connection.execute(sa.delete(MATCH_KEY).where(_text_keys(some)))
        if to == "title":  # archives of all stories show it
            select = sa.select(ARTICLE.c.story_pk)
            its = rows_in(self.connection, select, ARTICLE.c.pk, free)
            changed(self.connection, {row["story_pk"] for row in its})
        left = {"kept": to} if to == "summary" else _ROW_OF_A_TITLE
        for some in chunks(free):
            self.connection.execute(sa.update(ARTICLE).where(ARTICLE.c.pk.in_(some)).values(left))
        return freed

    def forget_idle(self, before: dt.datetime) -> int:
        """Forget what was last of use before then: clocks of hosts that no source is on, the
        history of sources that feeds.yaml lists no more, old robots.txt; how many there were.
        """
        listed = sa.select(SOURCE.c.key).where(SOURCE.c.listed)
        hosts = sa.select(SOURCE.c.host).where(SOURCE.c.listed)
        idle: Sequence[Any] = (
            sa.delete(HOST).where(
                sa.or_(HOST.c.not_before.is_(None), HOST.c.not_before < before),
                HOST.c.host.not_in(hosts),
            ),
            sa.delete(HEALTH).where(HEALTH.c.at < before, HEALTH.c.source.not_in(listed)),
            # Kept by `work.robots` as a list that begins with the moment, which sorts as text.
            sa.delete(META).where(
                META.c.key.like("http%/robots.txt"), META.c.value < f'["{before.isoformat()}'
            ),
        )
        return sum(self.connection.execute(one).rowcount for one in idle)


_ROW_OF_A_TITLE: Final = {
    "kept": "title", "summary": "", "categories": (), "media": (), "comments": None
}  # fmt: skip


def _text_keys(pks: Collection[int]) -> Any:
    return sa.and_(MATCH_KEY.c.article_pk.in_(pks), MATCH_KEY.c.key.startswith(OF_TEXT))


def _in_a_topic() -> Any:
    """Has a topic published its story, or will it?"""
    dated = sa.or_(ADMISSION.c.admitted_at.is_not(None), ADMISSION.c.due_at.is_not(None))
    its = (ADMISSION.c.story_pk == ARTICLE.c.story_pk, ADMISSION.c.topic != ALL_TOPIC)
    return sa.exists().where(*its, dated)
