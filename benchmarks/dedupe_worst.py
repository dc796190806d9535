"""What copies of a text can cost at worst, within the one transaction that writes.

    uv run python -m benchmarks.dedupe_worst

One document of 300 long entries, each under the title of five stored stories of two voices, with
their opening and two thirds of their words, the rest put in so that every comparison goes to its
end and says no; in words with blanks, and in Chinese. Then an opening that ten thousand articles of
a thousand sources have in common, recorded one poll after the other. SQLite.
"""

import pathlib
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import sqlalchemy as sa

from aggregator.dedupe import copies
from aggregator.dedupe.likeness import same_words
from aggregator.dedupe.shelf import Change
from aggregator.dedupe.signature import keys_of_text
from aggregator.model import Article, Story
from aggregator.pipeline import commit as recording
from aggregator.store import SqlStore
from benchmarks.dedupe_scale import Meter, finished, made, put
from benchmarks.retag import vocabulary
from tests.values import NOON, article, setup, source

ENTRIES = 300
WORDS = 1500  # that are compared
LIKE = 5  # stories
SAME = 40  # words of the opening
EACH = (4, 2)  # words that stay, words that are others
PHRASE = "Sign up for our newsletter and never miss what matters, every morning before the coffee"


def spoken(chance: random.Random, chinese: bool) -> Callable[[], str]:
    """A word at a time."""
    words = [chr(n) for n in range(0x4E00, 0x5E00)] if chinese else vocabulary()
    return lambda: chance.choice(words)


def variant(text: Sequence[str], word: Callable[[], str]) -> list[str]:
    same, other = EACH
    kept = [*text[:SAME]]
    for at in range(SAME, len(text), same + other):
        kept += [*text[at : at + same], *(word() for _ in range(other))]
    return kept


def told(key: str, number: int, title: str, words: Sequence[str], chinese: bool) -> Article:
    text = ("" if chinese else " ").join(words)
    return article(key, number, title=title, text=text, html="", digest=f"{key}-{number}")


def stored_and_new(chinese: bool) -> Iterator[tuple[list[list[Article]], Article]]:
    """For each entry of the document the articles of five stories, and the entry."""
    chance = random.Random(5)
    word = spoken(chance, chinese)
    for number in range(ENTRIES):
        title = ("" if chinese else " ").join(word() for _ in range(10))
        text = [word() for _ in range(WORDS)]
        stories = [
            [told(f"s{2 * one + voice}", number, title, words, chinese) for voice in range(2)]
            for one in range(LIKE)
            for words in [variant(text, word)]
        ]
        yield stories, told("new", number, title, variant(text, word), chinese)


def long_document(store: SqlStore, chinese: bool) -> None:
    in_force = setup(source(key) for key in ["new", *(f"s{n}" for n in range(2 * LIKE))])
    document: list[Article] = []
    for number, (stories, entry) in enumerate(stored_and_new(chinese)):
        changes = [_founded(f"tag:worst.example,2026:{number}-{n}", told)
                   for n, told in enumerate(stories)]  # fmt: skip
        with store.writing() as tell:
            tell.save_changes(changes, {})
        document.append(entry)
    meter = Meter(store)
    steps = [
        (module, name, meter.around(name, getattr(module, name)))
        for module, name in ((copies, "same_words"), (recording, "merge"))
    ]
    with put(*steps):
        (report,) = recording.commit(store, [finished(in_force, document)], in_force, lambda: 0.5)
    assert report.failure is None, report
    print(
        f"{ENTRIES} {'Chinese' if chinese else 'long'} entries: {meter.cpu['merge']:.1f} s of CPU "
        f"in the transaction, {meter.calls['same_words']} comparisons of "
        f"{meter.cpu['same_words'] / max(1, meter.calls['same_words']) * 1e3:.1f} ms",
        flush=True,
    )


def _founded(id_: str, told: list[Article]) -> Change:
    story = Story(id_, tuple(told), NOON, told[0].published, told[0].updated)
    keys = {one.identity: keys_of_text(one) for one in told}
    return Change(story, is_new=True, added=tuple(told), keys=keys)


def one_phrase(store: SqlStore, articles: int = 10_000) -> None:
    """Articles that begin with the same words, one poll of 25 after the other."""
    in_force = setup(source(f"s{n}") for n in range(1000))
    meter = Meter(store)
    worst: Counter[int] = Counter()
    with put((copies, "same_words", meter.around("compared", same_words))):
        for first in range(0, articles, 25):
            document = [_with_phrase(number) for number in range(first, first + 25)]
            before = meter.calls["compared"]
            began = time.process_time()
            (report,) = recording.commit(
                store, [finished(in_force, document)], in_force, lambda: 0.5
            )
            assert report.failure is None, report
            meter.cpu["first" if first < 1000 else "rest"] += time.process_time() - began
            worst[meter.calls["compared"] - before] += 1
    most = "SELECT max(n) FROM (SELECT count(*) AS n FROM match_key GROUP BY key) AS counted"
    with store.reading() as ask:
        rows = ask.connection.execute(sa.text(most)).scalar_one()
    print(
        f"{articles:,} articles with one opening: {meter.calls['compared']} comparisons, at most "
        f"{max(worst)} for a poll of 25; at most {rows} rows of one key; "
        f"{meter.cpu['rest'] / (articles - 1000) * 1e3:.2f} ms of CPU each "
        f"after the first thousand, {meter.cpu['first']:.2f} before"
    )


def _with_phrase(number: int) -> Article:
    one = made(number * 10 + 1)  # no copies, none of those with a beginning in common
    key = f"s{number // 25 % 1000}"
    return replace(one, source=key, text=f"{PHRASE}. {one.text}"[:4096], published=NOON)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for chinese in (False, True):
            store = SqlStore(f"sqlite:///{pathlib.Path(folder) / f'{chinese}.db'}")
            long_document(store, chinese)
            store.close()
        store = SqlStore(f"sqlite:///{pathlib.Path(folder) / 'phrase.db'}")
        one_phrase(store)
        store.close()


if __name__ == "__main__":
    main()
