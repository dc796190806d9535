"""The index of search, in both databases: it finds whatever the engine would take."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.dedupe.shelf import Change
from aggregator.document import document_of
from aggregator.model import Article, Category
from aggregator.publish.ids import page_of
from aggregator.store import SqlStore, searching
from aggregator.topics import Engine, QueryError, Rule, parse_query
from aggregator.topics.sieve import sieve_of
from tests.core.test_sieve import DOCUMENTS, queries
from tests.store.test_store import save, told
from tests.values import article


def found(store: SqlStore, query: str, before: int | None = None, most: int = 100) -> list[int]:
    with store.reading() as ask:
        return ask.candidates(sieve_of(parse_query(query)), before, most, 5.0)


def edit(store: SqlStore, old: Article, new: Article) -> None:
    story = told(new, id_=f"story:{old.entry_id}")
    with store.writing() as tell:
        known = tell.story_pks([story.id])
        tell.save_changes([Change(story, is_new=False, edited=(new,))], known)


def as_before_the_index(store: SqlStore, version: str = "0") -> None:
    with store.writing() as tell:
        tell.set_meta("search.version", version)


@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data(), document=DOCUMENTS)
def test_what_the_engine_takes_the_index_finds(
    store: SqlStore, data: st.DataObject, document: dict[str, str]
) -> None:
    def clean(name: str) -> str:
        return document.get(name, "").replace("\x00", "")

    with store.reading() as ask:
        number = len(ask.story_pks_after(0, 10_000))
    one = article(
        number=number,
        title=clean("title"),
        text=clean("text"),
        summary=clean("text"),
        authors=(clean("author"),) if clean("author") else (),
        categories=(Category(clean("category") or "-"),),
        lang=document.get("lang"),
    )
    save(store, told(one))
    about = document_of(one)
    try:
        query = parse_query(data.draw(queries(about)))
    except QueryError:
        return
    if Engine({"q": Rule(query)}).topics_of(about):
        with store.reading() as ask:
            pks = ask.candidates(sieve_of(query), None, 10_000, 5.0)
            found = {article for _, article in ask.articles(pks).values()}
        assert replace(one, html="") in found


def test_the_newest_come_first_and_no_more_than_asked_for(store: SqlStore) -> None:
    save(store, *(told(article(number=n, title="Isis")) for n in range(10)))

    assert found(store, "isis") == list(range(10, 0, -1))
    assert found(store, "isis", most=3) == [10, 9, 8]
    assert found(store, "isis", before=8, most=3) == [7, 6, 5]
    assert found(store, "source:a", before=3) == [2, 1]


def test_an_edited_article_is_found_by_its_new_words_alone(store: SqlStore) -> None:
    old = article(title="Isis retreats", text="From Raqqa.")
    save(store, told(old))

    edit(store, old, replace(old, title="Daesh retreats", text="From Mosul.", digest="other"))

    assert [found(store, query) for query in ("isis", "raqqa", "daesh", "mosul", "retreats")] == [
        [], [], [1], [1], [1],
    ]  # fmt: skip


def test_what_was_not_saved_is_not_found(store: SqlStore) -> None:
    story = told(article(title="Isis"))

    def save_and_fail() -> None:
        with store.writing() as tell:
            tell.save_changes([Change(story, is_new=True, added=story.articles)], {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        save_and_fail()

    assert found(store, "isis") == []


def test_a_text_that_is_forgotten_is_not_found_by_it(store: SqlStore) -> None:
    whole = article(title="Isis retreats", text="From Raqqa.", summary="A summary.")
    save(store, told(whole))

    with store.writing() as tell:
        searching.remove(tell.connection, {1: whole})
        searching.add(tell.connection, {1: replace(whole, text="")})

    assert [found(store, query) for query in ("raqqa", "summary", "isis")] == [[], [1], [1]]


def test_what_was_stored_before_is_indexed_from_the_newest_on(
    store: SqlStore, database_url: str
) -> None:
    save(store, *(told(article(number=n, title="Isis")) for n in range(5)))
    as_before_the_index(store)

    again = SqlStore(database_url)
    assert found(again, "isis") == []
    done, seen = [], []
    for _ in range(4):
        with again.writing() as tell:
            done.append(tell.index_more(2))
        seen.append(found(again, "isis"))
    with again.reading() as ask:
        assert ask.floor() == 0
    again.close()

    assert done == [2, 2, 1, 0]
    assert seen == [[5, 4], [5, 4, 3, 2], [5, 4, 3, 2, 1], [5, 4, 3, 2, 1]]


def test_news_and_edits_while_older_articles_wait_to_be_indexed(
    store: SqlStore, database_url: str
) -> None:
    old = article(number=1, title="Isis")
    save(store, told(old), told(article(number=2, title="Isis")))
    as_before_the_index(store)
    again = SqlStore(database_url)
    with again.writing() as tell:
        tell.index_more(1)

    edit(again, old, replace(old, title="Daesh", digest="other"))
    save(again, told(article(number=3, title="Isis")))
    assert (found(again, "isis"), found(again, "daesh")) == ([3, 2], [])
    with again.writing() as tell:
        tell.index_more(10)

    assert (found(again, "isis"), found(again, "daesh")) == ([3, 2], [1])
    again.close()


def test_an_index_of_this_version_is_left_as_it_is(store: SqlStore, database_url: str) -> None:
    save(store, told(article(title="Isis")))

    SqlStore(database_url).close()

    assert found(store, "isis") == [1]


@pytest.mark.parametrize(
    "query",
    ["(" * 49 + "isis" + ")" * 49, " OR ".join(f"w{n}*" for n in range(400)), " ".join("ab" * 9 for _ in range(200)),
     "\"a' b\"", r'"a\b"', r'"c:\temp"', '"DROP TABLE story;"', "'isis'", "…isis", "isis\u2028daesh"],
)  # fmt: skip
def test_no_query_upsets_a_database(store: SqlStore, query: str) -> None:
    save(store, told(article(title="Isis", text="ab w3 drop table story")))

    assert found(store, query) in ([], [1])


def test_a_search_that_takes_too_long_is_cut_off(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.reading() as ask:
        if ask.connection.dialect.name == "sqlite":
            slow = sa.text(
                "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
                "SELECT count(*) FROM n WHERE :sieve <> '' AND :before > :most"
            )
            monkeypatch.setattr(searching, "_FIND_SQLITE", slow)
    slow = sa.text("SELECT 1 FROM pg_sleep(5), (SELECT :sieve, :before, :most) given").bindparams(
        sa.bindparam("sieve", type_=sa.String(), literal_execute=True)
    )
    monkeypatch.setattr(searching, "_FIND_POSTGRESQL", (slow, slow))

    with store.reading() as ask, pytest.raises(TimeoutError):
        ask.candidates(sieve_of(parse_query("isis")), None, 10, 0.05)


def test_what_is_older_than_the_newest_thousand_is_found_too(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(
        store, *(told(article(number=n, title="Isis" if n % 3 else "Daesh")) for n in range(1_200))
    )

    isis = found(store, "isis", most=10_000)
    assert isis == [n + 1 for n in range(1_199, -1, -1) if n % 3]
    assert found(store, "daesh", before=200, most=5) == [199, 196, 193, 190, 187]


def test_stories_are_known_by_the_names_of_their_pages(store: SqlStore) -> None:
    pks = save(store, told(article(number=1)), told(article(number=2)))
    pages = {page_of(f"story:a-{n}") for n in (1, 2)}

    with store.reading() as ask:
        places = ask.topics_at([*pages, "0" * 16])

    assert places.keys() == pages
    assert {pk for pk, _ in places.values()} == set(pks.values())
    assert all(topics == frozenset() for _, topics in places.values())
