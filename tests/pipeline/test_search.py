"""Search over what is stored: the engine's word, within bounds, and nothing that is withheld."""

import contextlib
import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest

from aggregator.model import Article, Blocklist, FeedInfo, PollState, Source
from aggregator.pipeline import finding as module
from aggregator.pipeline.commit import commit
from aggregator.pipeline.due import sync_sources
from aggregator.pipeline.finding import Findings
from aggregator.pipeline.finding import find as find_stories
from aggregator.pipeline.indexing import index_stored
from aggregator.pipeline.search import Search, read_query, tidy
from aggregator.pipeline.setup import Setup
from aggregator.pipeline.tagging import document_of
from aggregator.pipeline.topics import sync_topics
from aggregator.publish.ids import story_path
from aggregator.store import SqlStore
from aggregator.store.searching import Searcher
from aggregator.topics import Engine, QueryError, Rule, parse_query
from tests.publish.helpers import complaints, read_back
from tests.values import NOON, article, finished, setup, source

MINUTE = dt.timedelta(minutes=1)


def stored(store: SqlStore, in_force: Setup, *articles: Article) -> None:
    """Each article in a poll of its own, a minute after the one before."""
    sync_sources(store, in_force, NOON)
    sync_topics(store, in_force, NOON)
    for number, one in enumerate(articles):
        at = NOON + number * MINUTE
        seen = replace(one, first_seen_at=at)
        commit(store, [finished(in_force, seen, at=at)], in_force, lambda: 0.0)


def find(store: SqlStore, query: str, in_force: Setup | None = None) -> Findings:
    ticks = itertools.count()
    with store.reading() as ask:
        return find_stories(
            ask, read_query(query), in_force or setup(), 1e6, lambda: float(next(ticks))
        )


def titles(store: SqlStore, query: str, in_force: Setup | None = None) -> list[str]:
    return [match.story.articles[0].title for match in find(store, query, in_force).matches]


def body(store: SqlStore, query: str, in_force: Setup | None = None) -> str:
    made = in_force or setup()
    page, _ = Search(store, lambda: made).page(query)
    return page.rendering.body.decode()


TOLD = [
    article(number=1, title="Isis fighters flee", text="From Raqqa.", lang="en"),
    article(number=2, title="A crisis of trust", text="Nobody said Isis."),
    article(number=3, title="Daesh verliert", text="In Mossul.", lang="de-AT"),
    article("b", 4, title="Temple of Isis, the goddess", text="At Philae."),
    article("b", 5, title="مقتل قيادي في داعش", text="في سوريا", lang="ar"),
    article("b", 6, title="北京的天气", text="我爱北京天安门", lang="zh"),
]


@pytest.mark.parametrize(
    "query",
    ["isis", "isis NOT goddess", '"isis fighters"', "isis OR daesh", "lang:de", "source:b", "crisis",
     "title:isis", "داعش", "天安门", "raq*", "lang:de OR 北京", "exact:ISIS", "site:b.example isis", '"fighters raqqa"~3'],
)  # fmt: skip
def test_it_finds_what_the_engine_takes_and_nothing_else(store: SqlStore, query: str) -> None:
    in_force = setup()
    stored(store, in_force, *TOLD)
    engine = Engine({"q": Rule(parse_query(query))})

    expected = [
        one.title
        for one in reversed(TOLD)
        if engine.topics_of(document_of(one, in_force.sources[one.source]))
    ]
    assert titles(store, query) == expected


def test_of_two_outlets_the_lead_is_quoted_and_else_the_one_that_was_found(
    sqlite_store: SqlStore,
) -> None:
    one = article("a", 1, url="https://a.example/fighters-leave-raqqa", title="Isis retreats")
    other = article("b", 1, url=one.url, title="Isis gives way", text="Near Raqqa.")
    stored(sqlite_store, setup(), one, other)

    (both,) = find(sqlite_store, "isis").matches
    (theirs,) = find(sqlite_store, "raqqa").matches

    assert (both.article, theirs.article) == (one.identity, other.identity)
    assert "Found in what <bdi>Source b</bdi> wrote" in body(sqlite_store, "raqqa")
    assert "Found in what" not in body(sqlite_store, "isis")


def test_a13_2_what_is_withheld_is_not_found_nor_its_words_shown(sqlite_store: SqlStore) -> None:
    kept = article("a", 1, title="Isis, kept", withheld=True)
    open_ = article("b", 1, url=kept.url, title="Daesh, open")
    stored(sqlite_store, setup(), kept, open_, article("a", 2, title="Isis too", withheld=True))

    assert find(sqlite_store, "isis").matches == []
    assert len(find(sqlite_store, "daesh").matches) == 1
    assert "kept" not in body(sqlite_store, "daesh OR isis")


def test_a13_2_nothing_of_a_source_that_asks_not_to_be_republished_is_found(
    sqlite_store: SqlStore,
) -> None:
    in_force = setup()
    stored(sqlite_store, in_force, article("a", 1, title="Isis"))
    with sqlite_store.writing() as tell:
        (state,) = tell.states(["a"]).values()
        tell.save_states([_withheld(state)])

    assert find(sqlite_store, "isis").matches == []


def _withheld(state: PollState) -> PollState:
    return replace(state, info=FeedInfo(withheld=True))


def test_a13_3_what_is_on_the_blocklist_is_not_found(sqlite_store: SqlStore) -> None:
    stored(sqlite_store, setup(), article("a", 1, title="Isis"), article("b", 2, title="Isis"))

    blocked = setup(blocklist=Blocklist(hosts=frozenset(["a.example"])))

    assert [match.article[0] for match in find(sqlite_store, "isis", blocked).matches] == ["b"]


def test_b2_12_a_story_blocked_by_its_id_is_not_found_by_the_words_of_another_outlet(
    sqlite_store: SqlStore,
) -> None:
    first = article("a", 1, title="Owls of the harbour counted")
    stored(sqlite_store, setup(), first, article("b", 2, title="Owls and gulls", url=first.url))
    ((_, story),) = sqlite_store.all_stories()
    assert titles(sqlite_store, "gulls") == [first.title]

    blocked = setup(blocklist=Blocklist(words=frozenset([story.id])))

    assert titles(sqlite_store, "gulls", blocked) == []


def many(store: SqlStore, number: int, title: str = "Isis") -> None:
    in_force = setup()
    sync_sources(store, in_force, NOON)
    sync_topics(store, in_force, NOON)
    told = [article(number=n, title=f"{title} {n}", text=f"Told {n}") for n in range(number)]
    commit(store, [finished(in_force, *told)], in_force, lambda: 0.0)


def test_fifty_are_enough_the_newest_of_them(store: SqlStore) -> None:
    many(store, 230)

    findings = find(store, "isis NOT 229")

    assert (len(findings.matches), findings.ended) == (50, "enough")
    assert findings.matches[0].story.articles[0].title == "Isis 228"


def test_no_more_than_so_many_articles_are_looked_at(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(store, 230)
    monkeypatch.setattr(module, "_MOST_LOOKED_AT", 150)
    looked: list[int] = []
    articles = Searcher.articles

    def counted(self: Searcher, pks: Sequence[int]) -> object:
        looked.extend(pks)
        return articles(self, pks)

    monkeypatch.setattr(Searcher, "articles", counted)

    findings = find(store, '"told isis"')

    assert (findings.matches, findings.ended) == ([], "bounds")
    assert len(looked) == 150


def test_a_search_that_takes_too_long_ends_with_what_it_has(sqlite_store: SqlStore) -> None:
    many(sqlite_store, 230)
    ticks = itertools.count()
    with sqlite_store.reading() as ask:
        findings = find_stories(ask, read_query("isis"), setup(), 2.0, lambda: next(ticks) / 16)

    assert findings.ended == "bounds"
    assert 20 < len(findings.matches) < 40
    assert findings.matches[0].story.articles[0].title == "Isis 229"


def test_what_is_not_indexed_yet_is_admitted(store: SqlStore, database_url: str) -> None:
    stored(store, setup(), *TOLD)
    with store.writing() as tell:
        tell.set_meta("search.version", "0")
    again = SqlStore(database_url)

    assert find(again, "isis").unindexed
    assert not find(again, "source:a").unindexed
    assert "Older stories are not indexed yet" in body(again, "isis")
    assert index_stored(again) == 6
    assert not find(again, "isis").unindexed
    assert "Older stories are not indexed yet" not in body(again, "isis")
    again.close()


def test_indexing_stops_when_it_is_told_to_and_goes_on_where_it_was(
    sqlite_store: SqlStore, tmp_path: object
) -> None:
    many(sqlite_store, 250)
    with sqlite_store.writing() as tell:
        tell.set_meta("search.version", "0")
    again = SqlStore(f"sqlite:///{tmp_path}/one.db")
    done: list[int] = []

    assert index_stored(again, 50) == 100
    assert index_stored(again, keep_on=lambda: not done, progress=done.append) == 100
    assert index_stored(again) == 50
    assert done == [100]
    again.close()


# --- the feed ------------------------------------------------------------------------------------


def test_b1_1_any_search_is_a_feed_that_validates(sqlite_store: SqlStore) -> None:
    in_force = setup()
    stored(sqlite_store, in_force, *TOLD)

    made = Search(sqlite_store, lambda: in_force).feed('isis OR "a&b <c>"')

    assert complaints(made.rendering.body) == []
    feed = read_back(made.rendering.body)
    assert feed.feed.title == 'Search: isis OR "a&b <c>"'
    assert feed.feed.id.startswith("tag:news.example.org,2026:search/")
    (own,) = [link.href for link in feed.feed.links if link.rel == "self"]
    assert own == "https://news.example.org/search.atom?q=isis%20OR%20%22a%26b%20%3Cc%3E%22"
    assert made.rendering.links == (("self", own),)
    assert made.rendering.noindex
    assert [entry.title for entry in feed.entries] == [
        "Temple of Isis, the goddess", "A crisis of trust", "Isis fighters flee",
    ]  # fmt: skip


def test_law_5_a_search_gives_the_same_bytes_in_every_process(sqlite_store: SqlStore) -> None:
    in_force = setup()
    stored(sqlite_store, in_force, *TOLD)

    bodies = {Search(sqlite_store, lambda: in_force).feed(q).rendering.body
              for q in ("isis OR daesh", " isis  OR\tdaesh ", "isis\nOR daesh")}  # fmt: skip

    assert len(bodies) == 1
    assert b"<updated>2026-11-22T12:03:00Z</updated>" in bodies.pop()


def test_b1_4_another_query_is_another_feed(sqlite_store: SqlStore) -> None:
    in_force = setup()
    ids = {read_back(Search(sqlite_store, lambda: in_force).feed(q).rendering.body).feed.id
           for q in ("isis", "Isis", "isis OR isis")}  # fmt: skip

    assert len(ids) == 3


def test_a_search_is_made_once_until_something_is_stored(
    sqlite_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_force = setup()
    stored(sqlite_store, in_force, *TOLD[:1])
    searching = Search(sqlite_store, lambda: in_force)
    first = searching.feed("isis")

    assert searching.feed("isis") is first
    commit(sqlite_store, [finished(in_force, TOLD[1])], in_force, lambda: 0.0)
    assert searching.feed("isis").rendering.body.count(b"<entry") == 2


def test_full_texts_are_given_where_they_may_be(sqlite_store: SqlStore) -> None:
    in_force = setup([source("a", content="full"), source("b")])
    stored(
        sqlite_store, in_force, article("a", 1, text="Isis, in full"), article("b", 2, text="Isis")
    )

    made = Search(sqlite_store, lambda: in_force).feed("isis")

    assert made.rendering.body.count(b"<content") == 1


# --- the page -------------------------------------------------------------------------------------


def test_the_page_shows_why_each_story_was_found_and_leads_to_its_own(
    sqlite_store: SqlStore,
) -> None:
    stored(sqlite_store, setup(), *TOLD)
    page = body(sqlite_store, "raqqa OR goddess")

    assert "Temple of Isis, the <mark>goddess</mark>" in page
    assert "From <mark>Raqqa</mark>." in page
    for _, story in sqlite_store.all_stories():
        told = story.articles[0].title in page.replace("<mark>", "").replace("</mark>", "")
        assert (story_path(story.id) in page) == told
    assert '<link rel="alternate" type="application/atom+xml"' in page
    assert "search.atom?q=raqqa%20OR%20goddess" in page


@pytest.mark.parametrize(
    ("said", "complaint", "place"),
    [
        ("isis OR (daesh", "this ( is never closed", "isis OR <mark>(</mark>daesh"),
        ("isis )", "closes nothing", "isis <mark>)</mark>"),
        ("isis OR", "the query ends", "isis OR<mark>␣</mark>"),
        ("NOT isis", "holds for every story", "<mark>N</mark>OT isis"),
        ("a" * 501, "longer than 500 characters", f"{'a' * 500}<mark>a</mark>"),
        (" ".join(["w"] * 51), "more than 50 words", "<mark>w</mark> w"),
        ("<b>)", "closes nothing", "&lt;b&gt;<mark>)</mark>"),
    ],
)
def test_a_query_that_cannot_be_read_is_shown_with_the_place(
    sqlite_store: SqlStore, said: str, complaint: str, place: str
) -> None:
    page, is_well = Search(sqlite_store, setup).page(said)

    text = page.rendering.body.decode()
    assert not is_well
    assert complaint in text
    assert place in text


def test_a_query_may_hold_anything(sqlite_store: SqlStore) -> None:
    stored(sqlite_store, setup(), *TOLD)
    searching = Search(sqlite_store, setup)
    for said in ("\x00", "isis\x00", "\ud800", "\u202eisis", "a" * 100_000, '"' * 100_000, "(" * 50_000,
                 "\x1b[31misis", "isis\u2028daesh", "é\u0301" * 200, "<script>", "' OR 1=1 --", "😀 isis"):  # fmt: skip
        page, _ = searching.page(said)
        assert len(page.rendering.body) < 40_000
        assert b"<script" not in page.rendering.body
        assert b"\x00" not in page.rendering.body
        with contextlib.suppress(QueryError):
            assert complaints(searching.feed(said).rendering.body) == []


def test_a_query_is_tidied_before_it_is_named() -> None:
    assert tidy(" isis\n\tOR\x00 daesh ") == "isis OR daesh"


def test_only_a_source_that_is_listed_is_named_by_its_title(sqlite_store: SqlStore) -> None:
    stored(sqlite_store, setup(), *TOLD)
    without: list[Source] = [source("c")]

    assert "Isis fighters flee" in body(sqlite_store, "flee", setup(without)).replace(
        "<mark>", ""
    ).replace("</mark>", "")
