"""What is asked to find stories of about the same news: what stands around a story, and which of
it has a word. Every question is about a stretch of articles in the order they came.
"""

import datetime as dt
from collections.abc import Collection
from typing import Any, Final

import sqlalchemy as sa

from ..model import ALL_TOPIC
from .queries import published, rows_in
from .searching import BY_GIN_ALONE, bounded
from .tables import ADMISSION, ARTICLE, STORY

# How far to look, in articles: the next power of two is far enough, and it is never further.
_REACHES: Final = tuple(2**exponent for exponent in range(8, 15))

_NEAREST_SQLITE: Final = sa.text(
    "SELECT rowid FROM search_index WHERE search_index MATCH :token "
    "AND rowid BETWEEN :first AND :last ORDER BY abs(rowid - :near), rowid LIMIT :most"
)
# The stretch is hidden from the planner: it would read it whole, and take each row's tokens apart.
_NEAREST_POSTGRESQL: Final = sa.text(
    "SELECT article_pk FROM search_index WHERE tokens @@ CAST(:token AS tsquery) "
    "AND article_pk + 0 BETWEEN :first AND :last "
    "ORDER BY abs(article_pk - :near), article_pk LIMIT :most"
)


class Neighbours:
    """Questions within one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def place(self, story: int, within: dt.timedelta) -> tuple[int, int, int]:
        """Where a story is, by its founding article, and the first and the last of the articles
        that came about when it did: all that came `within` that time, up to some thousands.
        """
        own = sa.select(ARTICLE.c.pk, ARTICLE.c.first_seen_at).where(ARTICLE.c.story_pk == story)
        near, seen_at = self.connection.execute(own.order_by(ARTICLE.c.pk).limit(1)).one()
        steps = [near + sign * reach for reach in _REACHES for sign in (-1, 1)]
        select = sa.select(ARTICLE.c.pk, ARTICLE.c.first_seen_at)
        seen = {
            r["pk"]: r["first_seen_at"]
            for r in rows_in(self.connection, select, ARTICLE.c.pk, steps)
        }
        far = {pk for pk, at in seen.items() if abs(at - seen_at) > within}
        first = max((pk for pk in far if pk < near), default=near - _REACHES[-1])
        last = min((pk for pk in far if pk > near), default=near + _REACHES[-1])
        return near, first, last

    def openings(self, last: int, most: int) -> list[tuple[str, str]]:
        """Titles and summaries of the newest articles up to this one."""
        select = sa.select(ARTICLE.c.title, ARTICLE.c.summary).where(ARTICLE.c.pk <= last)
        rows = self.connection.execute(select.order_by(ARTICLE.c.pk.desc()).limit(most))
        return [(title, summary) for title, summary in rows.all()]

    def bearers(
        self, tokens: Collection[str], place: tuple[int, int, int], most: int, seconds: float
    ) -> dict[str, list[int]]:
        """Of each of these tokens of the index the articles that have it, the nearest first.

        Raises TimeoutError when it takes longer; then this transaction is to be ended.
        """
        near, first, last = place
        given: dict[str, Any] = {"near": near, "first": first, "last": last, "most": most}
        ask, sqlite = self.connection, self.connection.dialect.name == "sqlite"
        statement, quote = (_NEAREST_SQLITE, '"') if sqlite else (_NEAREST_POSTGRESQL, "'")
        found: dict[str, list[int]] = {}
        with bounded(ask, seconds):
            if not sqlite:
                ask.exec_driver_sql(BY_GIN_ALONE)
            for token in tokens:
                rows = ask.execute(statement, {**given, "token": f"{quote}{token}{quote}"})
                found[token] = list(rows.scalars().all())
        return found

    def seen_by_readers(self, articles: Collection[int]) -> dict[int, tuple[int, dt.datetime]]:
        """Of those of these articles whose story is published: the story, and its date."""
        # Not joined, lest the planner begin with the admissions: there is one for every story.
        admitted = sa.exists().where(
            ADMISSION.c.topic == ALL_TOPIC, ADMISSION.c.story_pk == ARTICLE.c.story_pk, published()
        )
        select = (
            sa.select(ARTICLE.c.pk, ARTICLE.c.story_pk, STORY.c.published)
            .join(STORY, STORY.c.pk == ARTICLE.c.story_pk)
            .where(admitted)
        )
        return {
            row["pk"]: (row["story_pk"], row["published"])
            for row in rows_in(self.connection, select, ARTICLE.c.pk, articles)
        }
