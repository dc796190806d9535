"""The page of each story: made when asked for, and only from what may be shown."""

import datetime as dt
import pathlib
from dataclasses import replace
from typing import Any

import pytest
from lxml import html as lxml_html

from aggregator.model import Blocklist, Joined, Media, PollState
from aggregator.pipeline import stories as module
from aggregator.pipeline.commit import commit
from aggregator.pipeline.due import sync_sources
from aggregator.pipeline.retag import begin, retag
from aggregator.pipeline.setup import Setup
from aggregator.pipeline.site import Site
from aggregator.pipeline.topics import sync_topics
from aggregator.publish import pages as rendering
from aggregator.publish.ids import story_path
from aggregator.store import SqlStore
from aggregator.web.static import write_site
from tests.values import NOON, article, finished, setup, source, topic

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> isis"
PAGE = "https://a.example/news/fighters-leave-raqqa"
ONE = article("a", 1, url=PAGE, title="Isis retreats", text="Fighters of Daesh left Raqqa. " * 20,
              lang="en")  # fmt: skip
OTHER = article("b", 1, url=ONE.url, title="They gave way", text="Near Raqqa, daesh gave way.")


class Clock:
    moment = NOON + dt.timedelta(hours=1)

    def __call__(self) -> dt.datetime:
        Clock.moment += dt.timedelta(seconds=1)
        return Clock.moment


def site(store: SqlStore, in_force: Setup) -> Site:
    return Site(store, lambda: in_force, lambda: "aggregator/test", Clock())


@pytest.fixture
def store(sqlite_store: SqlStore) -> SqlStore:
    in_force = setup()
    sync_sources(sqlite_store, in_force, NOON)
    sync_topics(sqlite_store, in_force, NOON)
    for one in (ONE, OTHER):
        commit(sqlite_store, [finished(in_force, one)], in_force, lambda: 0.0)
    return sqlite_store


def known(store: SqlStore) -> PollState:
    with store.reading() as ask:
        return ask.states(["a"])["a"]


def path_of(store: SqlStore) -> str:
    _pk, story = next(iter(store.all_stories()))
    return story_path(story.id)


def shown(store: SqlStore, in_force: Setup | None = None) -> lxml_html.HtmlElement:
    document = site(store, in_force or setup()).document(path_of(store))
    assert document is not None
    return lxml_html.document_fromstring(document.rendering.body.decode())


def said(page: lxml_html.HtmlElement) -> str:
    return " ".join(page.text_content().split())


def test_a_storys_page_shows_its_outlets_its_topics_and_why(store: SqlStore) -> None:
    page = shown(store)

    text = said(page)
    for part in (
        "Isis retreats",
        "Reported by 2 outlets",
        "Source a 22 Nov 2026, 11:00 UTC Isis retreats",
        "Source b 22 Nov 2026, 11:00 UTC They gave way",
        "Why it is in these topics ISIS title Isis retreats",
        "First seen 22 Nov 2026, 12:00 UTC",
    ):
        assert part in text
    assert {mark.text for mark in page.iter("mark")} == {"Isis", "Daesh"}
    assert page.xpath("//h1/a/@href") == [PAGE]
    assert page.xpath("//h3/a/@href") == ["../topics/isis"]


def test_b10_4_a_storys_page_leaves_search_engines_to_the_original(store: SqlStore) -> None:
    page = shown(store)

    assert page.xpath("//link[@rel='canonical']/@href") == [PAGE]
    assert f"https://news.example.org/{path_of(store)}" in [c.text for c in page.iter("code")]
    assert page.xpath("//meta[@name='robots']/@content") == ["noindex, follow"]


def test_evidence_from_another_outlet_is_said_to_be_theirs(store: SqlStore) -> None:
    in_force = setup(topics=[topic("gave", '"gave way"')])
    stale = sync_topics(store, in_force, NOON)
    retag(store, in_force, stale, lambda: NOON)

    page = shown(store, in_force)

    reason = page.find_class("reason")[0]
    assert [" ".join(part.text_content().split()) for part in reason] == [
        "GAVE", "Found in what Source b wrote:", "title They gave way", "Near Raqqa, daesh gave way.",
    ]  # fmt: skip


def test_a_topic_that_a_source_brings_says_so(store: SqlStore) -> None:
    in_force = setup([source("a", topics=("brought",)), source("b")], [topic("brought", None)])
    retag(store, in_force, sync_topics(store, in_force, NOON), lambda: NOON)

    assert "By source: topics of a" in said(shown(store, in_force))


def test_a13_2_nothing_of_an_outlet_that_may_not_be_shown_is_shown(store: SqlStore) -> None:
    blocked = setup(blocklist=Blocklist(urls=frozenset([ONE.url or ""])))
    assert site(store, blocked).document(path_of(store)) is None
    assert path_of(store) not in site(store, blocked)

    with_one_left = article("b", 1, url="https://b.example/else", title="They gave way",
                            text=OTHER.text, digest="moved")  # fmt: skip
    commit(store, [finished(setup(), with_one_left)], setup(), lambda: 0.0)
    page = shown(store, blocked)

    assert "Isis retreats" not in said(page)
    assert "They gave way" in said(page)
    assert [mark.text for mark in page.iter("mark")] == [], "what was found was found in the other"


def test_a13_2_a_word_found_only_in_what_may_not_be_shown_is_not_told(store: SqlStore) -> None:
    more = replace(OTHER, text=f"{OTHER.text} Its story, they say.", digest="more")
    commit(store, [finished(setup(), more)], setup(), lambda: 0.0)
    blocked = setup(blocklist=Blocklist(words=frozenset({"b-1"})))

    def why(in_force: Setup) -> str:
        (section,) = shown(store, in_force).xpath("//section[@aria-label='STORY']")
        return said(section)

    assert "Its story, they say." in why(setup())
    assert why(blocked) == "STORY"


def test_a13_2_what_is_withheld_brings_its_story_into_no_topic(store: SqlStore) -> None:
    asks = replace(OTHER, text="The story of their retreat.", digest="asks", withheld=True)
    alone = article("c", 9, text="Daesh again.", withheld=True)
    brought = setup([source("a"), source("b", topics=("story",)), source("c")])
    for one in (asks, alone):
        commit(store, [finished(brought, one)], brought, lambda: 0.0)

    def topics() -> list[list[str]]:
        return [[one.topic for one in story.topics] for _, story in store.all_stories()]

    assert topics() == [["all", "isis"], ["all"]]
    with store.writing() as tell:
        begin(tell, brought, brought.topics)
    retag(store, brought, list(brought.topics), Clock())
    assert topics() == [["all", "isis"], ["all"]]

    freed = replace(asks, digest="freed", withheld=False)
    commit(store, [finished(brought, freed)], brought, lambda: 0.0)
    assert topics() == [["all", "isis", "story"], ["all"]]


def test_a_storys_page_says_which_topics_it_came_near_to_and_why_not(store: SqlStore) -> None:
    in_force = setup(
        topics=[topic("siege", "raqqa siege"), topic("truce", "raqqa NOT daesh"), topic("x", "y")]
    )
    retag(store, in_force, sync_topics(store, in_force, NOON), lambda: NOON)

    text = said(shown(store, in_force))

    near = text[text.index("Near, and not in") :]
    assert "SIEGE" in near
    assert "Missing: siege" in near
    assert "TRUCE" in near
    assert "In the way: NOT daesh; daesh is there" in near


def test_a13_2_why_not_quotes_no_outlet_that_may_not_be_shown(store: SqlStore) -> None:
    in_force = setup(
        topics=[topic("siege", "retreats siege")],
        blocklist=Blocklist(urls=frozenset([ONE.url or ""])),
    )
    with_one_left = article("b", 1, url="https://b.example/else", title="They gave way",
                            text=OTHER.text, digest="moved")  # fmt: skip
    commit(store, [finished(setup(), with_one_left)], setup(), lambda: 0.0)

    assert "retreats" not in said(shown(store, in_force))


@pytest.mark.parametrize(
    "path",
    ["stories/0123456789abcdef", "stories/", "stories/../x", "stories/0123456789ABCDEF", "stories"],
)
def test_other_paths_have_no_story(store: SqlStore, path: str) -> None:
    assert site(store, setup()).document(path) is None


def test_foreign_words_are_words_and_nothing_else(sqlite_store: SqlStore) -> None:
    in_force = setup([source("a", title=EVIL)], [topic("isis", title=EVIL)])
    sync_sources(sqlite_store, in_force, NOON)
    sync_topics(sqlite_store, in_force, NOON)
    picture = Media("https://a.example/p.jpg", kind="image", title=EVIL, credit=EVIL)
    evil = article("a", 1, title=EVIL, text=EVIL * 20, lang=EVIL, authors=(EVIL,), media=(picture,))
    commit(sqlite_store, [finished(in_force, evil)], in_force, lambda: 0.0)

    page = shown(sqlite_store, in_force)

    assert not page.xpath("//script | //@onerror | //iframe | //form | //style | //@style")
    assert [image.get("src") for image in page.iter("img")] == ["https://a.example/p.jpg"]
    assert EVIL in page.text_content()


def test_a_page_is_made_again_when_its_story_changes_and_only_then(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[str] = []
    render = rendering.render_story_page

    def counted(*given: Any) -> object:
        rendered.append("once")
        return render(*given)

    monkeypatch.setattr(rendering, "render_story_page", counted)
    pages, path = site(store, setup()), path_of(store)
    elsewhere = article("a", 7, title="Elsewhere")
    first = pages.document(path)
    commit(store, [finished(setup(), elsewhere, state=known(store))], setup(), lambda: 0.0)
    assert pages.document(path) is first
    assert len(rendered) == 1

    edited = replace(ONE, title="Isis has left", digest="other")
    commit(store, [finished(setup(), edited, state=known(store))], setup(), lambda: 0.0)
    second = pages.document(path)

    assert second is not None
    assert b"Isis has left" in second.rendering.body
    assert len(rendered) == 2


def test_pages_are_kept_up_to_a_bound(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 3)
    told = [article("c", n, title=f"Isis {n}") for n in range(10)]
    commit(store, [finished(setup(), *told)], setup(), lambda: 0.0)
    pages = site(store, setup())

    for _pk, story in store.all_stories():
        assert pages.document(story_path(story.id)) is not None

    assert len(pages._stories._made) == 3
    assert len(pages._paths) == 0


def test_b7_16_when_the_database_is_away_the_last_good_page_is_given(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarms: list[str] = []
    pages = Site(store, setup, lambda: "x", Clock(), lambda path, _: alarms.append(path))
    path = path_of(store)
    good = pages.document(path)

    def away() -> None:
        raise OSError("the disk has gone")

    monkeypatch.setattr(store, "reading", away)

    assert pages.document(path) == good
    assert alarms == [path]


def test_stories_in_topics_are_among_the_files_byte_for_byte(
    store: SqlStore, tmp_path: pathlib.Path
) -> None:
    folder = tmp_path / "site"
    commit(
        store,
        [finished(setup(), article("c", 7, title="Weather", text="Rain"))],
        setup(),
        lambda: 0.0,
    )
    in_force = setup(topics=[topic("isis", "isis OR daesh")])
    pages = site(store, in_force)

    write_site(pages, folder)

    files = sorted(file.name for file in (folder / "stories").glob("*.html"))
    assert files == [f"{path_of(store).removeprefix('stories/')}.html"]
    document = site(store, in_force).document(path_of(store))
    assert document is not None
    assert (folder / "stories" / files[0]).read_bytes() == document.rendering.body
    assert (folder / "search.html").exists()
    assert write_site(pages, folder).written == 0


def test_a_topics_page_leads_to_the_pages_of_its_stories(store: SqlStore) -> None:
    document = site(store, setup()).document("topics/isis")

    assert document is not None
    page = lxml_html.document_fromstring(document.rendering.body.decode())
    links = page.xpath("//a[starts-with(., 'All outlets, and why')]/@href")
    assert links == [f"../{path_of(store)}"]


def test_the_page_says_of_each_outlet_why_it_is_there(store: SqlStore) -> None:
    with store.writing() as tell:
        joined = Joined("text", 0.92, to="a")
        ((pk, story),) = tell.stories([1]).items()
        tell.move([replace(story.articles[1], joined=joined)], pk)

    def page(in_force: Setup) -> str:
        document = site(store, in_force).document(path_of(store))
        assert document is not None
        return document.rendering.body.decode()

    assert "Here because: it came first" in page(setup())
    assert "Here because: same text as Source a: 92% of the shorter" in page(setup())
    hidden = page(setup(blocklist=Blocklist(words=frozenset({"a-1"}))))
    assert "Source a" not in hidden
