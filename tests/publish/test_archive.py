"""Archives (RFC 5005): how a history is cut, what is closed, and what a document of it says."""

import datetime as dt
import itertools
import re
from collections.abc import Sequence

import feedparser
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from aggregator.model import Admitted, Day, Month
from aggregator.publish.archive import (
    MARGIN,
    PART,
    Archived,
    Chain,
    Part,
    archive_feed,
    archive_path,
    chain_of,
    closing,
    part_named,
)
from aggregator.publish.atom import render_atom, render_rss
from aggregator.publish.feed import MOST_ENTRIES, topic_feed
from aggregator.publish.jsonfeed import render_json
from tests.publish.helpers import complaints, desk, story
from tests.values import NOON, article, topic

NOVEMBER, DECEMBER = dt.date(2026, 11, 1), dt.date(2026, 12, 1)


def days(*counts: tuple[dt.date, int]) -> list[Day]:
    return [Day(day, stories, changes=1) for day, stories in counts]


def months(history: Sequence[Day]) -> list[Month]:
    return [
        Month(first, sum(d.stories for d in its), sum(d.changes for d in its), its[-1].day)
        for first, them in itertools.groupby(history, lambda one: one.day.replace(day=1))
        for its in [list(them)]
    ]


def at(chain: Chain, part: Part, history: Sequence[Day]) -> Archived | None:
    return chain.at(part, [d for d in history if d.day.replace(day=1) == part.month and d.stories])


def month_days(*counts: tuple[dt.date, int]) -> list[Month]:
    return months(days(*counts))


def names(chain: Chain) -> list[str]:
    return [part.name for part in chain.parts()]


histories = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 260)), min_size=1, max_size=12
).map(
    lambda steps: [
        Day(NOVEMBER + dt.timedelta(days=day), stories, 1)
        for day, (_, stories) in zip(
            itertools.accumulate((1 + gap for gap, _ in steps), initial=0), steps, strict=False
        )
    ]
)


@given(histories, st.integers(-30, 60))
def test_b5_1_archives_hold_each_story_once_and_the_feed_has_room_for_the_rest(
    history: list[Day], later: int
) -> None:
    last_day = history[-1].day + dt.timedelta(days=later)
    chain = chain_of(months(history), last_day)

    held = []
    for part in chain.parts():
        archived = at(chain, part, history)
        assert archived is not None
        its = [
            (day.day, number)
            for day in archived.slice.days
            for number in range(day.stories)
        ]  # fmt: skip
        here = its[archived.slice.skip :][: archived.slice.most]
        assert here  # no archive is empty
        held += [one for one in here if one[0].replace(day=1) == part.month]

    every = [(day.day, number) for day in history for number in range(day.stories)]
    assert held == every[: len(held)]
    assert len(every) - len(held) == chain.open
    assert chain.open <= 2 * (PART + MARGIN - 1) <= MOST_ENTRIES


@given(histories, st.integers(-30, 60))
def test_b5_1_the_links_of_archives_make_one_chain(history: list[Day], later: int) -> None:
    chain = chain_of(months(history), history[-1].day + dt.timedelta(days=later))
    parts = list(chain.parts())

    places = [at(chain, part, history) for part in parts]

    assert [place.older for place in places if place] == [None, *parts][: len(parts)]
    assert [place.newer for place in places if place] == [*parts, None][1 : len(parts) + 1]
    assert chain.newest == (parts[-1] if parts else None)
    assert [part_named(part.name) for part in parts] == parts


@given(histories, st.integers(0, 25))
def test_b5_2_what_comes_later_changes_no_closed_archive(history: list[Day], more: int) -> None:
    before = chain_of(months(history), history[-1].day)
    *others, last = history
    grown = [*others, Day(last.day, last.stories + more, last.changes + 1)]

    grown.append(Day(last.day + dt.timedelta(days=9), 5, 1))
    after = chain_of(months(grown), None)

    for part in before.parts():
        was, now = at(before, part, history), at(after, part, grown)
        assert was is not None
        assert now is not None
        assert [day.day for day in was.slice.days] == [day.day for day in now.slice.days]
        # The last part of a month that is over may still get what comes out of turn, as its last.
        assert was.slice.skip == now.slice.skip


def test_b5_2_a_part_is_closed_when_it_is_full_and_more_has_come() -> None:
    assert names(chain_of(month_days((NOVEMBER, PART + MARGIN - 1)), NOVEMBER)) == []
    assert names(chain_of(month_days((NOVEMBER, PART + MARGIN)), NOVEMBER)) == ["2026-11"]
    assert names(chain_of(month_days((NOVEMBER, 2 * PART + MARGIN)), NOVEMBER)) == [
        "2026-11",
        "2026-11-2",
    ]


def test_b5_2_a_month_is_closed_a_day_after_it_by_what_came_to_any_topic() -> None:
    quiet = days((NOVEMBER, 3))
    assert names(chain_of(months(quiet), DECEMBER)) == []
    assert names(chain_of(months(quiet), DECEMBER + dt.timedelta(days=1))) == ["2026-11"]


def test_b5_2_a_busy_topic_closes_its_month_as_soon_as_it_must() -> None:
    chain = chain_of(month_days((NOVEMBER, 30), (DECEMBER, PART + MARGIN)), DECEMBER)
    assert names(chain) == ["2026-11", "2026-12"]
    assert chain.open == MARGIN


def test_what_is_closed_depends_on_the_month_of_the_newest_day_alone() -> None:
    assert closing(DECEMBER) == NOVEMBER
    assert closing(DECEMBER + dt.timedelta(days=1)) == closing(dt.date(2027, 1, 1)) == DECEMBER


def test_only_names_that_parts_have_are_read() -> None:
    assert part_named("2026-11-2") == Part(NOVEMBER, 2)
    for name in ("2026-11-1", "2026-11-0", "2026-13", "2026-1", "2026", "2026-11-02", "x", ""):
        assert part_named(name) is None


def an_archive(html: str = "<p>all of it</p>") -> tuple[bytes, bytes, bytes]:
    """A middle part of a topic, as Atom and JSON Feed, and the feed itself as RSS."""
    admitted = [Admitted(story(article(number=n, html=html)), NOON) for n in (1, 2)]
    history = days((dt.date(2026, 10, 5), 2), (NOVEMBER, 2), (DECEMBER, 100))
    archived = at(chain_of(months(history), None), Part(NOVEMBER, 1), history)
    assert archived is not None
    feed = archive_feed(topic("isis"), admitted, desk(), archived)
    subscribed = topic_feed(topic("isis"), admitted, desk(), NOON)
    return render_atom(feed).body, render_json(feed).body, render_rss(subscribed).body


def test_b5_1_an_archive_is_valid_atom_and_says_what_it_is() -> None:
    atom, _, _ = an_archive()

    assert complaints(atom) == []
    read = feedparser.parse(atom)
    assert b"<fh:archive/>" in atom
    assert b'xmlns:fh="http://purl.org/syndication/history/1.0"' in atom.split(b">", 2)[1]
    links = {link.rel: link.href for link in read.feed.links}
    base = "https://news.example.org/topics/isis"
    assert links == {
        "self": f"{base}/archive/2026-11.atom",
        "alternate": base,
        "current": f"{base}.atom",
        "prev-archive": f"{base}/archive/2026-10.atom",
        "next-archive": f"{base}/archive/2026-12.atom",
    }
    assert read.feed.id == topic_feed(topic("isis"), (), desk(), NOON).id
    assert len(read.entries) == 2


def test_b1_10_every_address_in_feeds_and_archives_is_absolute() -> None:
    atom, as_json, rss = an_archive()

    for document in (atom, rss):
        tree = etree.fromstring(document)
        said = [e.get(name) for e in tree.iter() for name in ("href", "uri", "url", "scheme")]
        said += [e.text for e in tree.iter("{*}id", "{*}icon", "{*}logo", "{*}uri")]
        assert {(one or "tag:").partition(":")[0] for one in said} == {"https", "tag"}
        assert b"xml:base" not in document
    assert not re.findall(r'"[a-z_]*url": "(?!https://)', as_json.decode())


def test_b5_2_an_archive_never_has_full_texts() -> None:
    assert an_archive("<p>one</p>") == an_archive("<p>another</p>")
    assert b"<content" not in an_archive()[0]


def test_b5_3_there_are_no_paged_links_and_nothing_is_said_to_be_complete() -> None:
    for document in an_archive():
        text = document.decode()
        assert not re.findall(r'rel="(?:first|prev|previous|next|last)"', text)
        assert "fh:complete" not in text


def test_b8_2_json_feed_leads_to_its_own_archives() -> None:
    _, body, _ = an_archive()
    assert b'"next_url": "https://news.example.org/topics/isis/archive/2026-10.json"' in body
    assert b'"feed_url": "https://news.example.org/topics/isis.json"' in body


def test_every_path_of_an_archive_has_its_month() -> None:
    assert archive_path("isis", Part(NOVEMBER, 2)) == "topics/isis/archive/2026-11-2"
    assert archive_path("all", Part(NOVEMBER, 1)) == "all/archive/2026-11"
