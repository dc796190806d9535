"""What a person has split and merged: articles that move, vetoes, bonds."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from ..model import Article, MatchKey, Story
from ..publish.ids import page_of
from .columns import KEY
from .days import tally
from .engine import insert_missing
from .queries import chunks, rows_in
from .rows import article_row, story_row
from .tables import ADMISSION, ARTICLE, MATCH_KEY, RETAGGING, STAGED, STORY


class VetoRow(SQLModel, table=True):
    """A key that no article may join a story by: a person has put it out, or apart from it."""

    __tablename__ = "veto"
    __table_args__ = (sa.Index("ix_veto_key", "key"), {"sqlite_with_rowid": False})

    story_pk: int = Field(
        sa_column=sa.Column(KEY, sa.ForeignKey("story.pk"), primary_key=True, autoincrement=False)
    )
    key: str = Field(primary_key=True)


class BondRow(SQLModel, table=True):
    """A story that a person has merged into another: its id, and the article that had founded it.
    The id leads to wherever that article is.
    """

    __tablename__ = "bond"
    __table_args__ = (sa.Index("ix_bond_article", "article_pk"),)

    id: str = Field(primary_key=True)
    page: str = Field(index=True)
    article_pk: int = Field(sa_column=sa.Column(KEY, sa.ForeignKey("article.pk"), nullable=False))


VETO: Final[Any] = VetoRow.__table__  # type: ignore[attr-defined]  # SQLModel makes it
BOND: Final[Any] = BondRow.__table__  # type: ignore[attr-defined]
_MOVES: Final = ("story_pk", "joined_by", "joined_share", "joined_to")


class ByHandReader:
    """Questions within one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def story_at(self, page: str) -> tuple[int, str] | None:
        """The story whose page has this name, or had it before it was merged into another: its
        primary key and its id.
        """
        now = sa.select(STORY.c.pk, STORY.c.id).where(STORY.c.page == page)
        before = _bonded(STORY.c.pk, STORY.c.id).where(BOND.c.page == page)
        for select in (now, before):
            row = self.connection.execute(select.order_by(STORY.c.pk)).first()
            if row is not None:
                return row[0], row[1]
        return None

    def keys_of(self, pk: int) -> dict[tuple[str, str], frozenset[MatchKey]]:
        """The stored match keys of a story's articles, by identity."""
        select = (
            sa.select(ARTICLE.c.source, ARTICLE.c.entry_id, MATCH_KEY.c.key)
            .join(MATCH_KEY, MATCH_KEY.c.article_pk == ARTICLE.c.pk)
            .where(ARTICLE.c.story_pk == pk)
        )
        found: dict[tuple[str, str], set[MatchKey]] = defaultdict(set)
        for source, entry_id, key in self.connection.execute(select):
            found[source, entry_id].add(MatchKey(key))
        return {identity: frozenset(keys) for identity, keys in found.items()}

    def vetoes(self, pks: Collection[int]) -> dict[int, frozenset[MatchKey]]:
        """The keys by which no article may join these stories, of those that have some."""
        return self._vetoes(VETO.c.story_pk, pks)

    def refusing(self, keys: Collection[MatchKey]) -> dict[int, frozenset[MatchKey]]:
        """The stories that no article with one of these keys may join, each with those of them."""
        return self._vetoes(VETO.c.key, keys)

    def _vetoes(self, column: Any, values: Collection[Any]) -> dict[int, frozenset[MatchKey]]:
        found: dict[int, set[MatchKey]] = defaultdict(set)
        for row in rows_in(self.connection, sa.select(VETO), column, values):
            found[row["story_pk"]].add(MatchKey(row["key"]))
        return {pk: frozenset(keys) for pk, keys in found.items()}

    def bonds(self, pk: int) -> dict[tuple[str, str], str]:
        """Articles in this story that had founded one which was merged into another, each with
        the id of that one.
        """
        columns = (ARTICLE.c.source, ARTICLE.c.entry_id, BOND.c.id)
        rows = self.connection.execute(_bonded(*columns).where(STORY.c.pk == pk))
        return {(source, entry_id): id_ for source, entry_id, id_ in rows}

    def bonded_pks(self, ids: Collection[str]) -> dict[str, int]:
        """Of ids that stories had before they were merged: the story each leads to."""
        select = _bonded(BOND.c.id, ARTICLE.c.story_pk)
        return {r["id"]: r["story_pk"] for r in rows_in(self.connection, select, BOND.c.id, ids)}


class ByHandWriter(ByHandReader):
    """Statements within one transaction of the only writer."""

    def found_story(self, story: Story) -> int:
        """Save a story that articles are about to move into; its primary key."""
        insert = sa.insert(STORY).returning(STORY.c.pk)
        return int(self.connection.execute(insert, story_row(story)).scalar_one())

    def move(self, articles: Iterable[Article], pk: int) -> None:
        """Put stored articles into this story, for the reason that each of them gives."""
        rows = [
            {"b_source": one.source, "b_entry": one.entry_id}
            | {name: value for name, value in article_row(one, pk).items() if name in _MOVES}
            for one in articles
        ]
        this = sa.and_(
            ARTICLE.c.source == sa.bindparam("b_source"),
            ARTICLE.c.entry_id == sa.bindparam("b_entry"),
        )
        values: dict[str, Any] = {name: sa.bindparam(name) for name in _MOVES}
        self.connection.execute(sa.update(ARTICLE).where(this).values(values), rows)

    def drop_story(self, pk: int) -> None:
        """Forget a story whose articles have moved, and how it stood in topics."""
        run = self.connection.execute
        tally(self.connection, -1, ADMISSION.c.story_pk == pk)
        for column in (STAGED.c.story_pk, ADMISSION.c.story_pk, VETO.c.story_pk):
            run(sa.delete(column.table).where(column == pk))
        run(sa.delete(STORY).where(STORY.c.pk == pk))
        # Who is finding topics' stories anew may have looked at this one, and SQLite gives the
        # last primary key again: one step back makes him drop the batch that he has in hand.
        last = sa.select(sa.func.coalesce(sa.func.max(STORY.c.pk), 0)).scalar_subquery()
        cursor = sa.case((RETAGGING.c.cursor > last, last), else_=RETAGGING.c.cursor)
        run(sa.update(RETAGGING).values(cursor=cursor - 1))

    def bond(self, story_id: str, founder: tuple[str, str]) -> None:
        """Remember the id of a story that is merged into another, for whoever asks for it."""
        source, entry_id = founder
        pk = sa.select(ARTICLE.c.pk).where(
            ARTICLE.c.source == source, ARTICLE.c.entry_id == entry_id
        )
        row = sa.insert(BOND).values(
            id=story_id, page=page_of(story_id), article_pk=pk.scalar_subquery()
        )
        self.connection.execute(row)

    def release_bond(self, story_id: str) -> None:
        """The id is a story's own again."""
        self.connection.execute(sa.delete(BOND).where(BOND.c.id == story_id))

    def veto(self, pk: int, keys: Collection[MatchKey]) -> None:
        """Let no article with one of these keys join the story."""
        insert_missing(
            self.connection, VETO, [{"story_pk": pk, "key": key} for key in sorted(keys)]
        )

    def lift_veto(self, pk: int, keys: Collection[MatchKey]) -> None:
        """Let articles with these keys join the story again."""
        for some in chunks(keys):
            delete = sa.delete(VETO).where(VETO.c.story_pk == pk, VETO.c.key.in_(some))
            self.connection.execute(delete)


def _bonded(*columns: Any) -> Any:
    return (
        sa.select(*columns)
        .select_from(BOND)
        .join(ARTICLE, ARTICLE.c.pk == BOND.c.article_pk)
        .join(STORY, STORY.c.pk == ARTICLE.c.story_pk)
    )
