"""What articles said before: kept, bounded, and shown."""

import datetime as dt
from dataclasses import replace

from lxml import html as lxml_html

from aggregator.model import Article, Revision
from aggregator.pipeline.commit import commit
from aggregator.pipeline.due import sync_sources
from aggregator.pipeline.setup import Setup
from aggregator.pipeline.site import Site
from aggregator.pipeline.topics import sync_topics
from aggregator.publish.ids import story_path
from aggregator.store import SqlStore
from tests.values import NOON, article, finished, setup

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def begin(store: SqlStore) -> Setup:
    at = setup()
    sync_sources(store, at, NOON)
    sync_topics(store, at, NOON)
    return at


def say(store: SqlStore, at: Setup, hour: int, **changed: object) -> None:
    moment = NOON + dt.timedelta(hours=hour)
    told = article("a", 1, at=moment, **changed)
    told = replace(told, digest=f"{hour}", published=NOON)
    commit(store, [finished(at, told, at=moment)], at, lambda: 0.0)


def revisions(store: SqlStore) -> tuple[Revision, ...]:
    with store.reading() as ask:
        found = ask.revisions(ask.story_pks_after(0, 10))
    return found.get(("a", "a-1"), ())


def now(store: SqlStore) -> Article:
    ((_, story),) = store.all_stories()
    return story.articles[0]


def page(store: SqlStore, at: Setup) -> lxml_html.HtmlElement:
    ((_, story),) = store.all_stories()
    site = Site(store, lambda: at, lambda: "aggregator/test", lambda: NOON + dt.timedelta(days=9))
    document = site.document(story_path(story.id))
    assert document is not None
    return lxml_html.document_fromstring(document.rendering.body.decode())


def test_what_an_article_said_is_kept_with_when_it_was_given_up(store: SqlStore) -> None:
    at = begin(store)
    say(store, at, 0, title="First", text="One text of five words.")
    say(store, at, 1, title="Second", text="One text of five words.")
    say(store, at, 2, title="Second", text="Another text of five words.")

    assert [(one.title, one.text, one.until) for one in revisions(store)] == [
        ("First", "One text of five words.", NOON + dt.timedelta(hours=1)),
        ("Second", "One text of five words.", NOON + dt.timedelta(hours=2)),
    ]


def test_only_substance_makes_a_revision(store: SqlStore) -> None:
    at = begin(store)
    say(store, at, 0, title="First", text="One text of five words.")
    say(store, at, 1, title="FIRST", text="One text of  five words.")
    say(store, at, 2, title="First", text="One text of five words. 7 comments", authors=("New",))

    assert revisions(store) == ()
    assert now(store).authors == ("New",)


def test_the_first_wording_and_the_newest_are_kept(store: SqlStore) -> None:
    at = begin(store)
    for hour in range(30):
        say(store, at, hour, title=f"Title {hour}", text="x" * 50_000)

    said = revisions(store)
    assert [one.title for one in said] == ["Title 0", *(f"Title {n}" for n in range(20, 29))]
    assert {len(one.text) for one in said} == {20_000}
    assert len(now(store).said) == 10


def test_a_title_that_flips_makes_two_revisions_and_not_one_at_each_poll(store: SqlStore) -> None:
    at = begin(store)
    for hour in range(12):
        say(store, at, hour, title=("This", "That")[hour % 2])

    assert [one.title for one in revisions(store)] == ["This", "That"]


def test_what_is_forgotten_makes_no_revision_of_its_own(store: SqlStore) -> None:
    at = begin(store)
    say(store, at, 0, title="First")
    say(store, at, 1, title="Second")
    with store.writing() as tell:
        pks = [pk for pk in range(1, 5) if pk in tell.articles([pk])]
        tell.forget_revisions(pks)
    say(store, at, 2, title="First")

    assert [one.title for one in revisions(store)] == ["Second"]


def test_a_storys_page_shows_what_was_changed_and_when(store: SqlStore) -> None:
    at = begin(store)
    say(store, at, 0, title="Story of five dead", text="Five people have died in the port.")
    assert page(store, at).xpath("//h2[@id='changes']") == []

    say(store, at, 1, title="Story of six dead", text="Six people have died in the old port.")
    shown = page(store, at)

    (edit,) = shown.xpath("//ol[@class='edits']/li")
    assert edit.xpath("string(.//time)") == "22 Nov 2026, 13:00 UTC"
    assert [" ".join(one.text_content().split()) for one in edit.iter("p")] == [
        "22 Nov 2026, 13:00 UTC",
        "title Story of five six dead",
        "Five Six people have died in the old port.",
    ]
    assert [one.text for one in edit.iter("del")] == ["five", "Five"]
    assert [one.text for one in edit.iter("ins")] == ["six", "Six", "old"]
    assert {one.get("dir") for one in edit.findall("p")[1:]} == {"auto"}


def test_words_of_strangers_are_escaped_in_what_was_changed(store: SqlStore) -> None:
    at = begin(store)
    say(store, at, 0, title=f"Story {EVIL}", text=f"One of them. {EVIL} it said.")
    say(store, at, 1, title=f"Story of it {EVIL}", text=f"Two of them. {EVIL}{EVIL} it said.")

    shown = page(store, at)

    assert shown.xpath("//script | //img") == []
    assert EVIL.split(maxsplit=1)[0] in shown.xpath("string(//ol[@class='edits'])")


def test_a13_2_what_is_withheld_shows_nothing_of_what_it_was(store: SqlStore) -> None:
    at = begin(store)
    say(store, at, 0, title="Story one")
    other = article("b", 1, url=article("a", 1).url)
    commit(store, [finished(at, other)], at, lambda: 0.0)
    say(store, at, 1, title="Story two")
    assert "one" in page(store, at).xpath("string(//ol[@class='edits'])")

    say(store, at, 2, title="Story two", withheld=True)

    assert page(store, at).xpath("//ol[@class='edits']") == []
