"""What articles said before."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from ..model import Revision
from .columns import KEY, Utc
from .engine import insert_missing
from .queries import chunks, rows_in
from .tables import ARTICLE

_KEPT: Final = 10  # of each article


class RevisionRow(SQLModel, table=True):
    """What an article said before: each wording once, until it was first given up."""

    __tablename__ = "revision"

    article_pk: int = Field(
        sa_column=sa.Column(KEY, sa.ForeignKey("article.pk"), primary_key=True, autoincrement=False)
    )
    digest: str = Field(primary_key=True)
    until: dt.datetime = Field(sa_column=sa.Column(Utc(), nullable=False))
    title: str
    text: str


REVISION: Final[Any] = RevisionRow.__table__  # type: ignore[attr-defined]  # SQLModel makes it


class RevisingReader:
    """Questions within one transaction."""

    connection: sa.Connection

    def revisions(self, pks: Collection[int]) -> dict[tuple[str, str], tuple[Revision, ...]]:
        """What the articles of these stories said before, the oldest first; of those alone that
        were revised.
        """
        select = (
            sa.select(REVISION, ARTICLE.c.source, ARTICLE.c.entry_id)
            .join(ARTICLE, ARTICLE.c.pk == REVISION.c.article_pk)
            .order_by(REVISION.c.until)
        )
        found: dict[tuple[str, str], tuple[Revision, ...]] = {}
        for row in rows_in(self.connection, select, ARTICLE.c.story_pk, pks):
            identity = row["source"], row["entry_id"]
            found[identity] = (*found.get(identity, ()), _revision(row))
        return found

    def revised(self, pks: Collection[int], since: dt.datetime) -> set[int]:
        """Those of these stories of which an article said something else after that moment."""
        select = (
            sa.select(ARTICLE.c.story_pk)
            .join(REVISION, REVISION.c.article_pk == ARTICLE.c.pk)
            .where(REVISION.c.until > since)
        )
        return {
            row["story_pk"] for row in rows_in(self.connection, select, ARTICLE.c.story_pk, pks)
        }


class RevisingWriter(RevisingReader):
    """Statements within one transaction."""

    def save_revisions(self, revisions: Sequence[tuple[int, Revision]]) -> None:
        """Remember what these articles (by primary key) said: each wording once, and of each
        article the first and the newest.
        """
        insert_missing(self.connection, REVISION, [_row(r, pk) for pk, r in revisions])
        for pk in dict.fromkeys(pk for pk, _ in revisions):
            its = REVISION.c.article_pk == pk
            by_age = sa.select(REVISION.c.digest).where(its).order_by(REVISION.c.until)
            digests = self.connection.execute(by_age).scalars().all()
            excess = digests[1 : 1 - _KEPT] if len(digests) > _KEPT else ()
            for digest in excess:
                self.connection.execute(sa.delete(REVISION).where(its, REVISION.c.digest == digest))

    def forget_revisions(self, article_pks: Iterable[int]) -> None:
        """Forget what these articles said before. That they said it is still known to `said`."""
        for some in chunks(article_pks):
            self.connection.execute(sa.delete(REVISION).where(REVISION.c.article_pk.in_(some)))


def _row(revision: Revision, article_pk: int) -> dict[str, Any]:
    """What an article said before as a row of `revision`."""
    return {
        "article_pk": article_pk,
        "digest": revision.digest,
        "until": revision.until,
        "title": revision.title,
        "text": revision.text,
    }


def _revision(row: sa.RowMapping) -> Revision:
    """The revision of a row."""
    return Revision(row["digest"], row["until"], row["title"], row["text"])
