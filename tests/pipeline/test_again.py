"""The same bytes, read again: after a parser was mended, or a server forgot its validators."""

from dataclasses import replace

from aggregator.store import SqlStore
from tests.pipeline.helpers import World
from tests.values import rss, setup, source

FEED = rss(
    *(
        f"<item><title>Isis {n}</title><link>https://a.example/{n}</link><guid>{n}</guid>"
        f"<description>What happened, part {n}.</description></item>"
        for n in range(20)
    )
)


def test_a15_2_reading_the_same_bytes_again_changes_nothing(sqlite_store: SqlStore) -> None:
    world = World(sqlite_store, setup([source("a")]))
    world.serve("a", FEED)
    world.poll_due()
    before = dict(sqlite_store.all_stories())
    rendered = world.render("topics/isis.atom").body
    with sqlite_store.writing() as tell:  # the digest would spare the reading
        tell.save_states(
            [replace(state, body_digest=None) for state in tell.states(["a"]).values()]
        )

    world.forward(days=1)
    (report,) = world.poll_due()

    assert (report.entries, report.new_articles, report.changed_articles) == (20, 0, 0)
    assert dict(sqlite_store.all_stories()) == before
    assert world.render("topics/isis.atom").body == rendered
