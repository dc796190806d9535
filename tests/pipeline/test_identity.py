"""Identity and dates over several polls, as a reader of the published feed sees them."""

import datetime as dt
from dataclasses import replace
from html import escape

import feedparser
import pytest

from aggregator.model import Blocklist, Source
from aggregator.pipeline.due import sync_sources
from aggregator.pipeline.retag import retag
from aggregator.pipeline.setup import Setup
from aggregator.pipeline.topics import sync_topics
from aggregator.publish.ids import minted_id
from aggregator.store import SqlStore, writing
from aggregator.store.tables import MATCH_KEY
from tests.pipeline.helpers import World
from tests.values import NOON, article, rss, setup, source, topic

TEXT = "The harbour of Ostend was closed for a day after a ship had run into the eastern pier."
OTHER = "Bakers in the valley have raised the price of rye bread for the third time this year."


def entry(
    id_: str,
    title: str = "Harbour closed",
    text: str = TEXT,
    *,
    published: dt.datetime | str | None = NOON - dt.timedelta(hours=3),
    updated: dt.datetime | str | None = None,
    link: str | None = None,
    more: str = "",
) -> str:
    dates = {"published": published, "updated": updated or published}
    said = "".join(
        f"<{name}>{when.isoformat() if isinstance(when, dt.datetime) else when}</{name}>"
        for name, when in dates.items()
        if when
    )
    href = f'<link href="{escape(link)}"/>' if link else ""
    content = f'<content type="html">{escape(text)}</content>'
    return f"<entry><id>{id_}</id><title>{title}</title>{href}{said}{content}{more}</entry>"


def atom(*entries: str, head: str = "") -> bytes:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>A feed</title><id>urn:feed</id>'
        f"<updated>2026-11-22T00:00:00Z</updated>{head}{''.join(entries)}</feed>"
    ).encode()


@pytest.fixture
def world(sqlite_store: SqlStore) -> World:
    return World(sqlite_store, setup(topics=[topic("harbour", "harbour OR bread OR port")]))


def poll(world: World, **documents: bytes) -> list[feedparser.FeedParserDict]:
    """The entries of the feed of all stories, by id, after a day and a poll of these documents."""
    for key, body in documents.items():
        world.serve(key, body)
    world.forward(days=1)
    assert all(report.failure is None for report in world.poll_due() if report.source in documents)
    return shown(world)


def shown(world: World) -> list[feedparser.FeedParserDict]:
    entries = feedparser.parse(world.render("all.atom").body).entries
    return sorted(entries, key=lambda one: one.id)


def facts(entries: list[feedparser.FeedParserDict]) -> list[tuple[str, str, str]]:
    return [(one.id, one.published, one.updated) for one in entries]


def stamp(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


# --- A11: identity on the way in ----------------------------------------------------------------


@pytest.mark.parametrize(
    "said", ["2027-05-01T00:00:00Z", "1971-01-01T00:00:00Z", None, "next Tuesday"]
)
def test_a11_2_an_effective_date_stays_as_first_seen_whatever_later_polls_say(
    world: World, said: str | None
) -> None:
    (first,) = poll(world, a=atom(entry("a:1", published=said)))
    assert first.published == stamp(NOON + dt.timedelta(days=1))

    (same,) = poll(world, a=atom(entry("a:1", "Edited", published=said)))
    (later,) = poll(world, a=atom(entry("a:1", "Again", published=NOON)))
    assert {same.published, later.published} == {first.published}


def test_a11_3_guids_that_flip_to_https_and_back_bring_nothing_new(world: World) -> None:
    def guids(site: str) -> bytes:
        return atom(*(entry(f"{site}/?p={n}", f"Part {n}") for n in range(6)))

    before = poll(world, a=guids("http://a.example"))
    for site in ("https://a.example", "https://www.a.example", "http://a.example"):
        assert facts(poll(world, a=guids(site))) == facts(before)


def test_b3_6_an_id_reset_with_new_dates_publishes_nothing_new(world: World) -> None:
    texts = [f"{TEXT} Part {n} of {n * 7}." for n in range(12)]
    before = poll(
        world,
        a=atom(*(entry(f"a:{n}", f"Harbour {n}", text) for n, text in enumerate(texts[:10]))),
    )
    later = NOON + dt.timedelta(days=2)
    reset = [
        entry(f"b:{n}", f"Harbour {n}", text, published=later, link=f"https://new.example/{n}")
        for n, text in enumerate(texts[:10])
    ]

    assert facts(poll(world, a=atom(*reset))) == facts(before)
    assert facts(poll(world, a=atom(*reset[3:]))) == facts(before)
    assert len(poll(world, a=atom(entry("b:11", "Harbour 11", texts[11]), *reset))) == 11


def test_b3_6_a_mass_re_date_publishes_nothing_new(world: World) -> None:
    def dated(moment: dt.datetime) -> bytes:
        return atom(*(entry(f"a:{n}", f"Harbour {n}", published=moment) for n in range(10)))

    before = poll(world, a=dated(NOON))
    for days in range(1, 4):
        assert facts(poll(world, a=dated(NOON + dt.timedelta(days=days)))) == facts(before)


def test_a11_4_the_same_titles_with_other_figures_are_no_reset(world: World) -> None:
    cities = ("Ghent", "Bruges", "Ostend", "Namur")

    def weather(day: int) -> bytes:
        return atom(
            *(
                entry(f"w:{day}-{city}", city, f"Wind from the west, {n + day} degrees, no rain.",
                      published=NOON + dt.timedelta(days=day - 1, minutes=n))
                for n, city in enumerate(cities)
            )
        )  # fmt: skip

    for day in range(4):
        assert len(poll(world, a=weather(day))) == 4 * (day + 1)


def test_a11_5_of_two_entries_with_one_id_the_later_updated_is_shown_poll_after_poll(
    world: World,
) -> None:
    old = entry("a:1", "Harbour closed", link="https://a.example/1")
    new = entry("a:1", "Harbour open", updated=NOON, link="https://a.example/1")
    for document in (atom(old, new), atom(new, old), atom(new)):
        (one,) = poll(world, a=document)
        assert (one.id, one.title, one.updated) == ("a:1", "Harbour open", stamp(NOON))


def test_a11_6_a_feed_that_takes_another_ones_id_changes_nothing_of_it(world: World) -> None:
    (mine,) = poll(world, a=atom(entry("tag:a.example,2026:1")))

    for title in ("Cheap bread", "Cheaper bread"):
        now = poll(world, b=atom(entry("tag:a.example,2026:1", title, OTHER)))
        assert mine in now
        assert len(now) == 2


# --- B2: ids ------------------------------------------------------------------------------------


def test_b2_1_an_id_outlives_moves_edits_outlets_and_a_change_of_lead(world: World) -> None:
    page = "https://a.example/2026/harbour-closed-for-days"
    poll(world, a=atom(entry("urn:a:1", link=page)))
    steps = [
        {"a": atom(entry("urn:a:1", "Harbour open", link=page + "-updated"))},
        {"b": atom(entry("urn:b:9", "Our pick", link=page))},
        {"a": atom(entry("urn:moved", "Harbour open", link=page + "-updated"))},
        {"a": atom(entry("urn:a:1", "Harbour closed"))},
    ]
    for step in steps:
        assert [one.id for one in poll(world, **step)] == ["urn:a:1"]
    world.setup = with_priority(world.setup, "b")
    assert [(one.id, one.title) for one in shown(world)] == [("urn:a:1", "Our pick")]


@pytest.mark.parametrize("id_", ["41", "urn:" + "x" * 300], ids=["a number", "too long (B2.3)"])
def test_b2_2_a_minted_id_is_the_same_after_edits_restarts_and_a_rebuild(
    world: World, id_: str, tmp_path: object
) -> None:
    (first,) = poll(world, a=atom(entry(id_)))
    (edited,) = poll(world, a=atom(entry(id_, "Harbour open", link="https://a.example/1")))

    rebuilt = World(SqlStore(f"sqlite:///{tmp_path}/again.db"), world.setup, NOON)
    (again,) = poll(rebuilt, a=atom(entry(id_, "Harbour open", link="https://a.example/1")))
    rebuilt.store.close()

    assert first.id.startswith("tag:news.example.org,2026:e/")
    assert len(first.id.encode()) <= 200
    assert first.id == edited.id == again.id


def test_b2_2_a_source_cannot_take_the_id_that_we_shall_mint_for_anothers_entry(
    world: World,
) -> None:
    foretold = minted_id(article("a", entry_id="42"), world.setup.site.id)
    poll(world, b=atom(entry(foretold, "Bread dearer", OTHER)))

    ids = {one.title: one.id for one in poll(world, a=atom(entry("42")))}

    assert ids["Harbour closed"] == foretold
    assert ids["Bread dearer"] == minted_id(article("b", entry_id=foretold), world.setup.site.id)


def test_b2_4_the_source_of_an_entry_is_that_of_its_lead_after_every_poll(world: World) -> None:
    page = "https://a.example/2026/harbour-closed-for-days"
    poll(world, a=atom(entry("urn:a:1", link=page)))
    (one,) = poll(world, b=atom(entry("urn:b:1", link=page)))
    assert one.source.links[0].href == "https://a.example/feed"

    world.setup = with_priority(world.setup, "b")
    (one,) = shown(world)
    assert one.source.links[0].href == "https://b.example/feed"


def test_b2_5_b3_8_two_stories_never_show_one_id(world: World) -> None:
    id_ = "tag:a.example,2026:1"
    for n, text in enumerate((TEXT, OTHER, TEXT)):
        poll(world, a=atom(entry(id_, text=TEXT)), b=atom(entry(id_, f"Bread {n}", OTHER)))
        ids = [one.id for one in shown(world)]
        assert len(ids) == len(set(ids)) == 2
        assert id_ in ids


# --- B3: dates ----------------------------------------------------------------------------------


def test_b3_1_published_is_the_founding_articles_whoever_joins_and_leads(world: World) -> None:
    page = "https://a.example/2026/harbour-closed-for-days"
    (first,) = poll(world, a=atom(entry("urn:a:1", link=page)))
    earlier = NOON - dt.timedelta(days=4)
    (joined,) = poll(world, b=atom(entry("urn:b:1", link=page, published=earlier)))
    world.setup = with_priority(world.setup, "b")
    (led,) = shown(world)

    assert (
        first.published == joined.published == led.published == stamp(NOON - dt.timedelta(hours=3))
    )


@pytest.mark.parametrize(
    ("title", "text", "moves"),
    [
        ("Harbour open", TEXT, True),
        ("Harbour closed", TEXT.replace("a day", "two days"), True),
        ("HARBOUR  closed", TEXT, False),
        ("Harbour closed | A feed", TEXT, False),
        ("Harbour closed", f"<div><p>{TEXT}</p></div>", False),
        ("Harbour closed", f"{TEXT}<p>31 comments</p>", False),
        ("Harbour closed", f'{TEXT}<ul><li><a href="/2">Bread dearer</a></li></ul>', False),
    ],
)
def test_b3_2_updated_moves_with_substance_alone(
    world: World, title: str, text: str, moves: bool
) -> None:
    (first,) = poll(world, a=atom(entry("a:1")))
    now = NOON + dt.timedelta(days=1, hours=5)
    (later,) = poll(world, a=atom(entry("a:1", title, text, updated=now)))

    assert later.updated == (stamp(now) if moves else first.updated)


def test_b3_2_an_updated_that_is_not_yet_is_no_word_of_the_source(world: World) -> None:
    (first,) = poll(world, a=atom(entry("a:1")))
    (later,) = poll(world, a=atom(entry("a:1", "Open", updated="2027-01-01T00:00:00Z")))

    assert (later.title, later.updated) == ("Open", first.updated)


def test_b3_3_our_own_work_moves_no_date_and_no_id(world: World) -> None:
    before = poll(world, a=atom(entry("a:1"), entry("a:2", "Bread", OTHER)))

    world.setup = setup(topics=[topic("harbour", "harbour"), topic("rye", "rye")])
    retag(world.store, world.setup, sync_topics(world.store, world.setup, NOON), world.clock)
    again = atom(entry("a:1", text=f"<p>{TEXT}</p>"), entry("a:2", "Bread", OTHER))
    after = poll(world, a=again)

    assert facts(after) == facts(before)
    assert [tag.term for one in after for tag in one.tags] == ["harbour", "rye"]


def test_b3_4_a_feed_that_stamps_now_into_every_entry_does_not_churn(world: World) -> None:
    def stamped(n: int) -> bytes:
        moment = world.moment + dt.timedelta(days=1, seconds=-n)
        churn = f'{TEXT} <a href="https://a.example/?sid={n}">more</a><p>{n} comments</p>'
        return atom(
            *(entry(f"a:{m}", f"Part {m}", churn, published=moment) for m in range(3)),
            head=f"<rights>{moment.isoformat()}</rights>",
        )

    poll(world, a=stamped(0))
    for n in range(1, 5):
        world.serve("a", stamped(n))
        world.forward(days=1)
        (report,) = (one for one in world.poll_due() if one.source == "a")
        assert (report.new_articles, report.changed_articles) == (0, 0)
    assert {one.updated for one in shown(world)} == {stamp(NOON + dt.timedelta(days=1))}


def test_b3_4_texts_that_take_turns_move_updated_once_each(world: World) -> None:
    adverts = ("Buy a boat.", "Sell a boat.", "Rent a boat.")
    poll(world, a=atom(entry("a:1", text=f"{TEXT} {adverts[0]}")))
    seen = []
    for n in range(1, 9):
        now = NOON + dt.timedelta(days=n, hours=5)
        (one,) = poll(world, a=atom(entry("a:1", text=f"{TEXT} {adverts[n % 3]}", updated=now)))
        seen.append(one.updated)
    assert len(set(seen[1:])) == 1


def test_b3_5_a_new_source_does_not_flood_the_feed(world: World) -> None:
    old = [
        entry(f"a:{n}", f"Part {n}", f"{TEXT} {n}", published=NOON - dt.timedelta(hours=3 * n))
        for n in range(500)
    ]
    first = poll(world, a=atom(*old))
    assert len(first) == 10
    assert len(poll(world, a=atom(*old))) == 10  # the rest waits for its turn, and is not news


# --- lead and priority --------------------------------------------------------------------------

PAGE = "https://a.example/2026/harbour-closed-for-days"


def with_priority(before: Setup, key: str, priority: int = 10) -> Setup:
    sources: dict[str, Source] = {
        **before.sources,
        key: replace(before.sources[key], priority=priority),
    }
    return replace(before, sources=sources)


def test_the_earliest_leads_where_nobody_is_preferred(world: World) -> None:
    wire = PAGE.replace("a.example", "wire.example")
    poll(world, b=atom(entry("b:1", "From b", link=wire)))
    (one,) = poll(world, a=atom(entry("a:1", "From a", link=wire)))

    assert (one.title, [c.name for c in one.contributors]) == ("From b", ["Source a"])


def test_b2_5_who_has_a_page_at_home_leads_before_who_was_quicker_to_pass_it_on(
    world: World,
) -> None:
    (first,) = poll(world, b=atom(entry("urn:b:1", "From b", link=PAGE)))
    (led,) = poll(world, a=atom(entry("urn:a:1", "From a", link=f"{PAGE}?utm_source=rss")))

    assert (led.title, [c.name for c in led.contributors]) == ("From a", ["Source b"])
    assert facts([led]) == facts([first])
    world.setup = with_priority(world.setup, "b")
    assert [one.title for one in shown(world)] == ["From b"]


def test_law_13_a_preferred_source_that_joins_takes_over_all_but_id_and_dates(
    sqlite_store: SqlStore,
) -> None:
    world = World(sqlite_store, setup([source("a"), source("b", priority=5, content="full")], ()))
    (first,) = poll(world, a=atom(entry("urn:a:1", "From a", link=PAGE)))
    better = entry("urn:b:1", "From b", f"{TEXT} And more.", link=f"{PAGE}?rss=1", updated=NOON)
    (led,) = poll(world, b=atom(better))

    assert led.content[0].value.startswith(f"{TEXT} And more.")
    assert (led.title, led.link) == ("From b", f"{PAGE}?rss=1")
    assert (led.id, led.published, led.updated) == (first.id, first.published, first.updated)


def test_b3_2_a_correction_by_the_lead_moves_updated_and_one_by_another_does_not(
    sqlite_store: SqlStore,
) -> None:
    world = World(sqlite_store, setup([source("a"), source("b", priority=5)], ()))
    poll(world, a=atom(entry("urn:a:1", "From a", link=PAGE)))
    (before,) = poll(world, b=atom(entry("urn:b:1", "From b", link=PAGE)))
    later = NOON + dt.timedelta(days=2)
    (by_other,) = poll(world, a=atom(entry("urn:a:1", "A corrects", link=PAGE, updated=later)))
    (by_lead,) = poll(world, b=atom(entry("urn:b:1", "B corrects", link=PAGE, updated=later)))

    assert (by_other.title, by_other.updated) == ("From b", before.updated)
    assert (by_lead.title, by_lead.updated) == ("B corrects", stamp(later))
    assert by_lead.id == "urn:a:1"


_ACCESS = "http://www.bloglines.com/about/specs/fac-1.0"
_DENIED = f'<access:restriction xmlns:access="{_ACCESS}" relationship="deny"/>'


@pytest.mark.parametrize("why", ["the feed asks so", "the entry asks so", "it is blocked"])
def test_b3_2_what_may_not_be_shown_leads_no_story(sqlite_store: SqlStore, why: str) -> None:
    theirs = PAGE.replace("a.example", "b.example")
    blocked = Blocklist(urls=frozenset({theirs})) if why == "it is blocked" else None
    sources = [source("a"), source("b", priority=5)]
    world = World(sqlite_store, setup(sources, (), blocklist=blocked))

    def hidden(title: str, updated: dt.datetime = NOON) -> bytes:
        asks = {"the feed asks so": ("", _DENIED), "the entry asks so": (_DENIED, "")}
        more, head = asks.get(why, ("", ""))
        return atom(entry(PAGE, title, link=theirs, updated=updated, more=more), head=head)

    (before,) = poll(world, a=atom(entry(PAGE, link=PAGE)))
    poll(world, b=hidden("Harbour closed"))
    later, latest = (NOON + dt.timedelta(days=days) for days in (1, 3))
    (by_hidden,) = poll(world, b=hidden("Harbour closed, they say", latest))
    (by_lead,) = poll(world, a=atom(entry(PAGE, "Corrected", link=PAGE, updated=later)))

    assert len(list(sqlite_store.all_stories())) == 1
    assert by_hidden == before
    assert (by_lead.title, by_lead.updated) == ("Corrected", stamp(later))


def test_a13_2_a_feed_that_withholds_itself_withholds_its_entries_as_long_as_it_does(
    world: World,
) -> None:
    def topics() -> list[list[str]]:
        return [[one.topic for one in story.topics] for _, story in world.store.all_stories()]

    told = entry("urn:a:1", link=PAGE)
    assert poll(world, a=atom(told, head=_DENIED)) == []
    assert topics() == [["all"]]
    assert len(poll(world, a=atom(told))) == 1
    assert topics() == [["all", "harbour"]]
    assert poll(world, a=atom(told, head=_DENIED)) == []
    assert topics() == [["all"]]


def test_b2_4_an_entry_names_the_feed_it_is_from_also_when_that_is_listed_no_more(
    world: World,
) -> None:
    item = "<item><title>Harbour closed</title><guid>urn:a:1</guid></item>"
    (before,) = poll(world, a=rss(item))
    assert before.source.id == world.setup.sources["a"].url

    others = {key: one for key, one in world.setup.sources.items() if key != "a"}
    world.setup = replace(world.setup, sources=others)
    sync_sources(world.store, world.setup, world.moment)

    (after,) = shown(world)
    assert (after.source.id, after.source.links) == (before.source.id, before.source.links)


def test_another_priority_changes_the_lead_without_a_poll(world: World) -> None:
    poll(world, a=atom(entry("urn:a:1", "From a", link=PAGE)))
    (before,) = poll(world, b=atom(entry("urn:b:1", "From b", link=PAGE)))
    asked = len(world.requests)
    site = world.site()  # the daemon's: it lives on while feeds.yaml is edited

    def titles() -> list[str]:
        document = site.document("all.atom")
        assert document is not None
        return [one.title for one in feedparser.parse(document.rendering.body).entries]

    assert titles() == ["From a"]
    plain, preferred = world.setup, with_priority(world.setup, "b")
    world.setup = preferred
    world.forward(seconds=2)
    assert titles() == ["From b"]
    (led,) = shown(world)
    assert (led.id, led.published, led.updated) == (before.id, before.published, before.updated)
    world.setup = plain
    world.forward(seconds=2)
    assert titles() == ["From a"]
    assert len(world.requests) == asked


def test_an_undated_rss_feed_that_is_edited_keeps_its_dates(world: World) -> None:
    def item(title: str) -> bytes:
        return rss(
            f"<item><title>{title}</title><guid>1</guid><description>{TEXT}</description></item>"
        )

    (first,) = poll(world, a=item("Harbour closed"))
    (later,) = poll(world, a=item("Harbour open again"))

    assert (later.title, later.published, later.updated) == (
        "Harbour open again", first.published, first.updated,
    )  # fmt: skip


def test_keys_of_an_entry_whose_id_and_address_are_new_at_every_poll_are_bounded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_MOST_KEYS", 12)
    keys: list[int] = []
    for n in range(15):
        token = f"https://a.example/read?t={n:04}"
        world.serve("a", atom(entry(f"{token}&amp;id", "Harbour closed for a day", link=token)))
        world.forward(days=1)
        world.poll_due()
        with world.store.reading() as ask:
            keys.append(ask.count(MATCH_KEY))

    assert len(shown(world)) == 1
    assert keys[6] == keys[-1]
