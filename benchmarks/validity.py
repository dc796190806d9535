"""Every entry of `../shared/data/feeds`, published in every format, and every document checked.

    uv run python -m benchmarks.validity [--every N]

Each document of the corpus is read as a poll reads it; its articles become stories, two hundred of
them a feed, with their full texts and without. Prints how many documents each validator has looked
at, and what it had to say: the gate of the program; the schemas themselves (RELAX NG, Schematron,
JSON Schema by another implementation); and feedparser, which must read back what was written.
"""

import argparse
import collections
import datetime as dt
import itertools
import pathlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from aggregator.model import Admitted, FeedInfo, Rendering, Source, Story, Topic, TopicFeed
from aggregator.pipeline.reading import Reading, read_document
from aggregator.publish import valid
from aggregator.publish.atom import render_atom, render_rss, stamp
from aggregator.publish.desk import Desk
from aggregator.publish.feed import entry_of, topic_feed
from aggregator.publish.jsonfeed import render_json
from aggregator.publish.opml import render_sources
from aggregator.publish.pages import render_story_page
from aggregator.publish.story import StoryView
from tests.publish.helpers import by_json_schema, complaints, read_back, story, topic_page
from tests.values import SITE

FEEDS = pathlib.Path(__file__).resolve().parents[2] / "shared" / "data" / "feeds"
NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
TOPIC = Topic("corpus", "Corpus")
FORMATS: Sequence[Callable[[TopicFeed], Rendering]] = (
    render_atom,
    render_rss,
    render_json,
    topic_page,
)


@dataclass
class Totals:
    """How many documents each validator has looked at, and what it found."""

    documents: int = 0  # of the corpus that are feeds
    entries: int = 0
    checked: collections.Counter[str] = field(default_factory=collections.Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, validator: str, path: str, found: Sequence[str]) -> None:
        """Count a document that a validator has looked at."""
        self.checked[validator] += 1
        self.faults += [f"{validator}: {path}: {one}" for one in found]


def corpus(every: int) -> Iterator[tuple[str, Reading]]:
    """The feeds of the corpus, each under its name, as a poll reads them."""
    names = sorted(path.name for path in FEEDS.iterdir() if path.suffix != ".jsonl")
    for name in names[::every]:
        url = f"https://{name.partition('.')[0]}.example/{name}"
        reading = read_document((FEEDS / name).read_bytes(), url, "", name, NOW)
        if isinstance(reading, Reading):
            yield name, reading


def publish(every: int = 1) -> Totals:
    """Publish every N-th feed of the corpus, and check what comes out."""
    totals = Totals()
    told: dict[str, Story] = {}
    infos: dict[str, FeedInfo] = {}
    for name, reading in corpus(every):
        totals.documents += 1
        infos[name] = reading.info
        for arrival in reading.arrivals:
            made = story(arrival.article, topics=())
            told.setdefault(made.id, made)  # one id, one story (B2.5)
    totals.entries = len(told)
    full = {
        key: Source(key, f"https://{key.partition('.')[0]}.example/{key}", content="full")
        for key in infos
    }
    desk = Desk(SITE, full, {TOPIC.key: TOPIC}, infos)
    stories = iter(told.values())
    while chunk := [Admitted(one, NOW) for one in itertools.islice(stories, 200)]:
        made_of = topic_feed(TOPIC, chunk, desk, NOW - dt.timedelta(days=30))
        check(made_of, totals)
        short = tuple(replace(entry, html=None) for entry in made_of.entries)
        check(replace(made_of, entries=short), totals)
        views = [StoryView(e, (), (), NOW) for one in chunk if (e := entry_of(one, desk))]
        for view in views[::20]:
            page = render_story_page(SITE, view)
            totals.add("gate: text/html", page.path, valid.complaints(page))
    opml = render_sources(SITE, full.values(), infos)
    totals.add("gate: text/x-opml", opml.path, valid.complaints(opml))
    return totals


def check(feed: TopicFeed, totals: Totals) -> None:
    """A feed in every format, before every validator."""
    for render in FORMATS:
        made = render(feed)
        media = made.content_type.partition(";")[0]
        totals.add(f"gate: {media}", made.path, valid.complaints(made))
        if render is render_atom:
            totals.add("RELAX NG and Schematron", made.path, complaints(made.body))
        if render is render_json:
            totals.add("JSON Schema", made.path, by_json_schema(made.body))
        if render in (render_atom, render_rss):
            totals.add(f"feedparser: {media}", made.path, lost(feed, made))


def lost(feed: TopicFeed, made: Rendering) -> list[str]:
    """What feedparser does not read back as it was written (law 6)."""
    read = read_back(made.body)
    if read.bozo or len(read.entries) != len(feed.entries):
        return [f"{len(read.entries)} of {len(feed.entries)} entries, {read.get('bozo_exception')}"]
    return [
        f"{entry.id}: {name} {was!r}, read as {now!r}"
        for entry, back in zip(feed.entries, read.entries, strict=True)
        for name, was, now in (
            ("id", entry.id, back.id),
            ("title", repaired(entry.title), back.title),
            ("link", entry.url, back.link),
            ("published", stamp(entry.published), moment(back)),
        )
        if was != now
    ]


def repaired(text: str) -> str:
    """What feedparser takes for UTF-8 read as ISO 8859-1 it puts right unasked (A10.5)."""
    try:
        return text.encode("iso-8859-1").decode("utf-8")
    except UnicodeError:
        return text


def moment(back: object) -> str:
    """When feedparser thinks that it was published."""
    parsed = getattr(back, "published_parsed", None)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", parsed) if parsed else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take each N-th document")
    totals = publish(parser.parse_args().every)
    print(f"{totals.documents} feeds, {totals.entries} entries")
    for validator, number in sorted(totals.checked.items()):
        faults = sum(one.startswith(validator) for one in totals.faults)
        print(f"  {validator}: {number} documents, {faults} faults")
    for fault in totals.faults[:50]:
        print("   ", fault[:300])


if __name__ == "__main__":
    main()
