"""The index that search finds articles by: FTS5 in SQLite, a tsvector in PostgreSQL.

It holds tokens of `topics.sieve`, which neither database takes apart any more, and says no more
than that an article has them; the engine judges what it finds. Articles are found by their primary
key, the newest first, which both indexes or tables have in order already.

What is stored before the index, or under another version of the tokens, is indexed from the newest
on by and by: `floor` is the key from which on all of them are.
"""

import time
from collections.abc import Collection, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from ..document import document_of
from ..model import Article
from ..topics.sieve import VERSION, Every, Has, Sieve, tokens_of
from .engine import Database, upsert
from .queries import rows_in
from .rows import article_from, with_text
from .tables import ADMISSION, ARTICLE, META, STORY, TEXT

_VERSION: Final = "search.version"
_FLOOR: Final = "search.floor"
_NEWEST: Final = 2**62
_STEPS: Final = 10_000  # of SQLite's machine between two looks at the clock: below a millisecond

_CLEAR: Final = sa.text("INSERT INTO search_index (search_index) VALUES ('delete-all')")
_DELETE: Final = sa.text(
    "INSERT INTO search_index (search_index, rowid, tokens) VALUES ('delete', :pk, :tokens)"
)
_INSERT: Final = sa.text("INSERT INTO search_index (rowid, tokens) VALUES (:pk, :tokens)")
_UPSERT: Final = sa.text(
    "INSERT INTO search_index (article_pk, tokens) "
    "VALUES (:pk, array_to_tsvector(string_to_array(:tokens, ' '))) "
    "ON CONFLICT (article_pk) DO UPDATE SET tokens = excluded.tokens"
)
_FIND_SQLITE: Final = sa.text(
    "SELECT rowid FROM search_index WHERE search_index MATCH :sieve AND rowid < :before "
    "ORDER BY rowid DESC LIMIT :most"
)
# PostgreSQL is told how: it takes any rare word for one in a hundred, and would read a whole table
# backwards for it. A frequent word is often enough in the newest articles; else GIN finds what
# there is, and that is sorted. All is written out, lest one plan be made for any sieve and limit.
_FIND_IN_NEWEST: Final = (
    "SELECT article_pk FROM (SELECT * FROM search_index WHERE article_pk < :before "
    "ORDER BY article_pk DESC LIMIT 1000) newest "
    "WHERE tokens @@ CAST(:sieve AS tsquery) ORDER BY article_pk DESC LIMIT :most"
)
_FIND_BY_GIN: Final = (
    "SELECT article_pk FROM search_index WHERE tokens @@ CAST(:sieve AS tsquery) "
    "AND article_pk < :before ORDER BY article_pk DESC LIMIT :most"
)
_BY_GIN_ALONE: Final = "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off"
_AS_BEFORE: Final = (
    "SET LOCAL enable_seqscan TO DEFAULT; SET LOCAL enable_indexscan TO DEFAULT; "
    "SET LOCAL statement_timeout TO DEFAULT"
)
_FIND_POSTGRESQL: Final = tuple(
    sa.text(statement).bindparams(
        sa.bindparam("sieve", type_=sa.String(), literal_execute=True),
        sa.bindparam("before", type_=sa.BigInteger(), literal_execute=True),
        sa.bindparam("most", type_=sa.Integer(), literal_execute=True),
    )
    for statement in (_FIND_IN_NEWEST, _FIND_BY_GIN)
)


def prepare_index(database: Database) -> None:
    """Begin the index anew where it holds tokens of another version."""
    with database.reading() as connection:
        if _fact(connection, _VERSION) == str(VERSION):
            return
    with database.writing() as connection:
        if _fact(connection, _VERSION) == str(VERSION):  # another process was quicker
            return
        if database.is_sqlite:
            connection.execute(_CLEAR)
        else:
            connection.exec_driver_sql("TRUNCATE search_index")
        newest = connection.execute(sa.select(sa.func.max(ARTICLE.c.pk))).scalar()
        _remember(connection, _FLOOR, newest + 1 if newest else 0)
        _remember(connection, _VERSION, VERSION)


def floor_of(connection: sa.Connection) -> int:
    """Articles with a lower primary key are not indexed yet; 0 when all are."""
    return int(_fact(connection, _FLOOR) or 0)


def index_more(connection: sa.Connection, most: int) -> int:
    """Index the next articles below the floor; how many there were."""
    below = sa.select(ARTICLE.c.pk).where(ARTICLE.c.pk < floor_of(connection))
    pks = connection.execute(below.order_by(ARTICLE.c.pk.desc()).limit(most)).scalars().all()
    articles = articles_at(connection, pks)
    add(connection, {pk: article for pk, (_, article) in articles.items()})
    _remember(connection, _FLOOR, pks[-1] if len(pks) == most else 0)
    return len(pks)


def add(connection: sa.Connection, articles: Mapping[int, Article]) -> None:
    """Index articles, by primary key, that are not indexed."""
    statement = _INSERT if connection.dialect.name == "sqlite" else _UPSERT
    rows = [_row(pk, article) for pk, article in articles.items()]
    if rows:
        connection.execute(statement, rows)


def remove(connection: sa.Connection, articles: Mapping[int, Article]) -> None:
    """Take articles out of the index, given as they are stored, long texts included: to be asked
    before a text is edited or forgotten, because FTS5 wants to be told what it had indexed.

    Those below the floor, which are not in it, are left alone.
    """
    floor = floor_of(connection)
    indexed = {pk: article for pk, article in articles.items() if pk >= floor}
    if not indexed:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(_DELETE, [_row(pk, article) for pk, article in indexed.items()])
    else:
        statement = sa.text("DELETE FROM search_index WHERE article_pk = :pk")
        connection.execute(statement, [{"pk": pk} for pk in indexed])


def replace(connection: sa.Connection, articles: Mapping[int, Article]) -> None:
    """Index anew articles that are stored, and about to be stored as given."""
    floor = floor_of(connection)
    known = articles_at(connection, [pk for pk in articles if pk >= floor])
    remove(connection, {pk: article for pk, (_, article) in known.items()})
    add(connection, {pk: articles[pk] for pk in known})


def _row(pk: int, article: Article) -> dict[str, Any]:
    return {"pk": pk, "tokens": " ".join(sorted(tokens_of(document_of(article))))}


def _fact(connection: sa.Connection, key: str) -> str | None:
    return connection.execute(sa.select(META.c.value).where(META.c.key == key)).scalar()


def _remember(connection: sa.Connection, key: str, value: int) -> None:
    upsert(connection, META, [{"key": key, "value": str(value)}], ["key"])


# --- finding -----------------------------------------------------------------------------------


class Searcher:
    """Questions of search within one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def floor(self) -> int:
        """Articles with a lower primary key are not indexed yet; 0 when all are."""
        return floor_of(self.connection)

    def candidates(
        self, sieve: Sieve | None, before: int | None, most: int, seconds: float
    ) -> list[int]:
        """Articles that pass a sieve, by primary key, the newest first; without one, all.

        `before`: only those older than this one. Raises TimeoutError when it takes longer.
        """
        given = {"before": before if before is not None else _NEWEST, "most": most}
        if sieve is None:
            every = sa.select(ARTICLE.c.pk).where(ARTICLE.c.pk < given["before"])
            found = self.connection.execute(every.order_by(ARTICLE.c.pk.desc()).limit(most))
            return list(found.scalars())
        if self.connection.dialect.name == "sqlite":
            return self._found_by_sqlite({**given, "sieve": _match(sieve)}, seconds)
        return self._found_by_postgresql({**given, "sieve": _tsquery(sieve)}, seconds)

    def _found_by_sqlite(self, given: Mapping[str, Any], seconds: float) -> list[int]:
        """FTS5 merges the whole lists of prefixes before it gives a first row."""
        # Its own clock, as PostgreSQL has its own: the engine is asked to stop, not our code.
        opened: Any = self.connection.connection.dbapi_connection
        until = time.monotonic() + seconds
        opened.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
        try:
            return list(self.connection.execute(_FIND_SQLITE, given).scalars())
        except OperationalError as wrong:
            if "interrupted" not in str(wrong.orig):
                raise
            raise TimeoutError from None
        finally:
            opened.set_progress_handler(None, 0)

    def _found_by_postgresql(self, given: Mapping[str, Any], seconds: float) -> list[int]:
        newest, by_gin = _FIND_POSTGRESQL
        ask = self.connection
        ask.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, int(seconds * 1000))}")
        try:
            found = list(ask.execute(newest, given).scalars())
            if len(found) < given["most"]:
                ask.exec_driver_sql(_BY_GIN_ALONE)
                found = list(ask.execute(by_gin, given).scalars())
        except OperationalError as wrong:
            if getattr(wrong.orig, "sqlstate", None) != "57014":  # query_canceled
                raise
            raise TimeoutError from None
        ask.exec_driver_sql(_AS_BEFORE)
        return found

    def articles(self, pks: Collection[int]) -> dict[int, tuple[int, Article]]:
        """Articles by primary key, with their texts, without their HTML; and of each its story."""
        return articles_at(self.connection, pks)

    def topics_at(self, pages: Collection[str]) -> dict[str, tuple[int, frozenset[str]]]:
        """The stories whose pages have these names, and their topics."""
        select = (
            sa.select(STORY.c.page, STORY.c.pk, ADMISSION.c.topic)
            .outerjoin(ADMISSION, ADMISSION.c.story_pk == STORY.c.pk)
            .order_by(STORY.c.pk)
        )
        found: dict[str, tuple[int, set[str]]] = {}
        for row in rows_in(self.connection, select, STORY.c.page, pages):
            pk, topics = found.setdefault(row["page"], (row["pk"], set()))
            if row["pk"] == pk and row["topic"]:
                topics.add(row["topic"])
        return {page: (pk, frozenset(topics)) for page, (pk, topics) in found.items()}


def articles_at(connection: sa.Connection, pks: Collection[int]) -> dict[int, tuple[int, Article]]:
    """Articles by primary key, with their texts, without their HTML; and of each its story."""
    select = sa.select(ARTICLE, TEXT.c.text).outerjoin(TEXT, TEXT.c.article_pk == ARTICLE.c.pk)
    return {
        row["pk"]: (row["story_pk"], with_text(article_from(row), "", row["text"] or ""))
        for row in rows_in(connection, select, ARTICLE.c.pk, pks)
    }


def _match(sieve: Sieve) -> str:
    """A sieve as FTS5 reads it. Tokens have neither blanks nor quotation marks in them."""
    if isinstance(sieve, Has):
        return f'"{sieve.token}" *' if sieve.prefix else f'"{sieve.token}"'
    word = " AND " if isinstance(sieve, Every) else " OR "
    return f"({word.join(map(_match, sieve.of))})"


def _tsquery(sieve: Sieve) -> str:
    """A sieve as PostgreSQL reads it. Tokens have neither apostrophes nor backslashes in them."""
    if isinstance(sieve, Has):
        return f"'{sieve.token}':*" if sieve.prefix else f"'{sieve.token}'"
    word = " & " if isinstance(sieve, Every) else " | "
    return f"({word.join(map(_tsquery, sieve.of))})"
