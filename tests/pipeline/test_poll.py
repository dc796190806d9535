"""One poll, from the question to what is published."""

import datetime as dt

import pytest

from aggregator.model import Failure, FailureKind, Health
from aggregator.pipeline.export import find_story, stories_as_json
from aggregator.publish.admission import AdmissionPolicy
from aggregator.store import SqlStore
from tests.pipeline.helpers import World
from tests.publish.helpers import complaints, read_back
from tests.values import rss, setup, source, topic

ITEM = (
    "<item><title>Fighters of Daesh {n}</title><link>https://a.example/{n}</link>"
    "<guid isPermaLink='false'>item-{n}</guid><description>What happened, part {n}.</description>"
    "<pubDate>Sun, 22 Nov 2026 0{n}:00:00 GMT</pubDate></item>"
)


def items(*numbers: int) -> bytes:
    return rss(*(ITEM.format(n=n) for n in numbers))


def world(store: SqlStore) -> World:
    return World(store, setup())


def test_a_polled_entry_is_in_its_topics_feed(sqlite_store: SqlStore) -> None:
    at = world(sqlite_store)
    at.serve("a", items(1))

    reports = {report.source: report for report in at.poll_due()}

    assert reports["a"].outcome == "new"
    body = at.render("topics/isis.atom").body
    assert complaints(body) == []
    assert [entry.title for entry in read_back(body).entries] == ["Fighters of Daesh 1"]


def test_a1_1_the_second_poll_is_conditional_and_a_304_is_enough(sqlite_store: SqlStore) -> None:
    at = world(sqlite_store)
    at.serve("a", items(1), etag='"v1"')
    at.poll_due()
    at.forward(days=1)

    reports = {report.source: report for report in at.poll_due()}

    assert reports["a"].outcome == "not_modified"
    last = [request for _, request in at.requests if "//a." in request.url][-1]
    assert last.etag == '"v1"'


def test_a1_8_equal_bytes_are_not_read_again(
    sqlite_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = world(sqlite_store)
    at.serve("a", items(1))
    at.poll_due()
    at.forward(days=1)
    monkeypatch.setattr("tests.pipeline.helpers.read_document", _must_not_be_called)

    reports = {report.source: report for report in at.poll_due()}

    assert reports["a"].outcome == "unchanged"


def _must_not_be_called(*_args: object) -> None:
    raise AssertionError("read again")


def test_a2_2_a_parked_page_loses_neither_entries_nor_validators(sqlite_store: SqlStore) -> None:
    at = world(sqlite_store)
    at.serve("a", items(1), etag='"v1"')
    at.poll_due()
    at.forward(days=1)
    at.serve("a", b"<!doctype html><title>Buy this domain</title>", etag='"parked"')

    reports = {report.source: report for report in at.poll_due()}

    failure = reports["a"].failure
    assert failure is not None
    assert failure.kind is FailureKind.NOT_A_FEED
    with sqlite_store.reading() as ask:
        state = ask.states()["a"]
    assert state.health is Health.NOT_A_FEED
    assert state.validators is not None
    assert state.validators.etag == '"v1"'
    assert len(read_back(at.render("topics/isis.atom").body).entries) == 1


def test_law_11_a_source_that_fails_costs_no_other(sqlite_store: SqlStore) -> None:
    at = world(sqlite_store)
    at.serve("a", items(1))
    at.fail("b", FailureKind.TIMEOUT)
    at.serve("c", b"<rss><broken")

    outcomes = {report.source: report.outcome for report in at.poll_due()}

    assert outcomes == {"a": "new", "b": "failed", "c": "failed"}


def test_b10_6_our_own_feed_is_refused_as_a_source(sqlite_store: SqlStore) -> None:
    at = world(sqlite_store)
    at.serve("a", items(1))
    at.poll_due()
    at.serve("b", at.render("topics/isis.atom").body)
    at.forward(days=1)

    reports = {report.source: report for report in at.poll_due()}

    failure = reports["b"].failure
    assert failure is not None
    assert failure.kind is FailureKind.OWN_FEED


def test_entries_that_leave_the_feed_stay_in_the_store(sqlite_store: SqlStore) -> None:
    at = world(sqlite_store)
    at.serve("a", items(1, 2))
    at.poll_due()
    at.forward(days=1)
    at.serve("a", items(3))
    at.poll_due()

    assert len(list(sqlite_store.all_stories())) == 3


def test_law_12_an_old_entry_that_is_listed_again_is_no_news(sqlite_store: SqlStore) -> None:
    at = world(sqlite_store)
    at.serve("a", items(1))
    at.poll_due()
    for day in range(3):
        at.forward(days=1)
        at.serve("a", items(2 + day))
        at.poll_due()
    at.forward(days=300)
    at.serve("a", items(1))

    reports = {report.source: report for report in at.poll_due()}

    assert reports["a"].new_articles == 0


def test_export_holds_every_article_published_or_not(sqlite_store: SqlStore) -> None:
    at = World(
        sqlite_store, setup(admission=AdmissionPolicy(admit_age=dt.timedelta(), admit_count=0))
    )
    at.serve("a", items(1, 2))
    at.serve("b", items(1))
    at.poll_due()

    exported = list(stories_as_json(sqlite_store, at.setup))

    assert [[a["source"] for a in story["articles"]] for story in exported] == [["a", "b"], ["a"]]
    first = exported[0]
    assert set(first) == {
        "id", "title", "url", "lang", "published", "updated", "first_seen", "topics", "articles",
    }  # fmt: skip
    assert first["topics"] == [
        {"topic": "isis", "evidence": [{"field": "title", "term": "daesh", "text": "Daesh"}]}
    ]
    assert set(first["articles"][0]) == {
        "source", "entry_id", "url", "title", "published", "joined",
    }  # fmt: skip


@pytest.mark.parametrize(
    "named",
    ["https://a.example/1", "http://www.a.example/1/?utm_source=x", "https://b.example/copy"],
)
def test_a_story_is_found_by_any_address_of_it(sqlite_store: SqlStore, named: str) -> None:
    at = world(sqlite_store)
    at.serve("a", items(1))
    at.poll_due()

    story = find_story(sqlite_store, named)

    assert (story is not None) == (named != "https://b.example/copy")
    if story is not None:
        assert find_story(sqlite_store, story.id) == story


def test_the_seeds_two_stories_are_in_the_feed_and_the_look_alikes_are_not(
    sqlite_store: SqlStore,
) -> None:
    query = '"Islamic State" OR exact:ISIS OR exact:IS (jihad* OR syria OR terror* OR militant*)'
    at = World(sqlite_store, setup(sources=[source("a")], topics=[topic("isis", query)]))
    told = [
        (
            "Two capitals to share what they know of Isis",
            "Talks on the Islamic State group went well.",
        ),
        ("Ex-jihadi housewife jailed for joining IS", "A court in the north found her guilty."),
        ("Temple of Isis reopens at Philae", "The goddess has her island back."),
        ("Rowing returns to the Isis", "The river at Oxford has fallen."),
        ("A crisis of trust", "The analysis is still to come."),
        ("IS-IS routing flaw mended", "Operators of networks should update."),
    ]
    at.serve("a", rss(*(
        f"<item><title>{title}</title><description>{text}</description>"
        f"<link>https://a.example/{n}</link></item>" for n, (title, text) in enumerate(told)
    )))  # fmt: skip
    at.poll_due()

    titles = {entry.title for entry in read_back(at.render("topics/isis.atom").body).entries}

    assert titles == {told[0][0], told[1][0]}


def test_what_a_feed_says_of_itself_is_the_matter_of_atom_source(sqlite_store: SqlStore) -> None:
    at = World(sqlite_store, setup(sources=[source("a", title=None)]))
    at.serve("a", rss(ITEM.format(n=1), title="The Daily A", link="https://a.example/home"))
    at.poll_due()

    shown = read_back(at.render("all.atom").body).entries[0].source

    assert shown.title == "The Daily A"
    assert shown.link == "https://a.example/home"


def test_a_failure_of_the_fetch_is_reported_as_it_is(sqlite_store: SqlStore) -> None:
    at = world(sqlite_store)
    at.fail("a", FailureKind.TLS)

    reports = {report.source: report for report in at.poll_due()}

    assert isinstance(reports["a"].failure, Failure)
    assert reports["a"].failure.kind is FailureKind.TLS
