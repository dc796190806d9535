"""What a story costs as topics grow, beside what peers do: a regular expression per topic, and one
big alternation.

    uv run benchmarks/topics_speed.py [--topics 5 50 500 5000] [--stories 200]

Stories of 2 KB and topics of eight terms (four words, four phrases of two) are made with a fixed
seed: words of a made-up language whose frequencies fall as those of a natural one do (Zipf), terms
from its rarer words, three of them planted in each story. All engines are asked the same and must
give the same topics; ours also folds the text and gives the evidence, which is included. CPU time,
one thread, the least of three rounds.
"""

import argparse
import gc
import itertools
import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from aggregator.topics import Engine, parse_rule

WORDS: Final = 100_000
COMMON: Final = 3_000  # of them, no term is made of these
LENGTH: Final = 2_000  # characters of a story
ROUNDS: Final = 3
SLOWEST: Final = 20  # stories for an engine that takes milliseconds

Tag = Callable[[str], set[str]]


def vocabulary(chance: random.Random) -> list[str]:
    """Words of a made-up language, the commonest first and shortest."""
    syllables = [a + b for a in "bcdfghklmnprstvw" for b in ("a", "e", "i", "o", "u", "an", "er")]
    words: dict[str, None] = {}
    while len(words) < WORDS:
        long = 1 + min(4, len(words) // 300) * chance.random()
        words["".join(chance.choices(syllables, k=max(1, round(long))))] = None
        if len(words) < 400 and chance.random() < 0.5:
            words["".join(chance.choices(syllables, k=2))] = None
    return list(words)


def topics_of(words: Sequence[str], count: int, chance: random.Random) -> dict[str, list[str]]:
    """Topic → its eight terms."""
    rare = words[COMMON:]
    return {
        f"t{number}": [
            *chance.sample(rare, 4),
            *(" ".join(chance.sample(rare, 2)) for _ in range(4)),
        ]
        for number in range(count)
    }


def stories_of(
    words: Sequence[str], topics: Mapping[str, Sequence[str]], count: int, chance: random.Random
) -> list[str]:
    """Texts of sentences, each with three terms of the topics somewhere in it."""
    weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(words))))
    terms = [term for its in topics.values() for term in its]
    stories = []
    for _ in range(count):
        said: list[str] = []
        while sum(map(len, said)) + len(said) < LENGTH:
            sentence = chance.choices(words, cum_weights=weights, k=chance.randint(6, 20))
            said += [sentence[0].capitalize(), *sentence[1:-1], f"{sentence[-1]}."]
        for term in chance.sample(terms, 3):
            said.insert(chance.randrange(len(said)), term)
        stories.append(" ".join(said))
    return stories


def _bounded(term: str) -> str:
    return rf"(?<!\w){re.escape(term)}(?!\w)"


def expression_each(topics: Mapping[str, Sequence[str]]) -> Tag:
    """A regular expression for each topic."""
    made = {t: re.compile("|".join(map(_bounded, its)), re.IGNORECASE) for t, its in topics.items()}
    return lambda text: {topic for topic, one in made.items() if one.search(text)}


def one_expression(topics: Mapping[str, Sequence[str]]) -> Tag:
    """All terms in one expression; it sees one term at a place, and misses what overlaps."""
    with_term: dict[str, set[str]] = {}
    for topic, terms in topics.items():
        for term in terms:
            with_term.setdefault(term, set()).add(topic)
    longest = sorted(with_term, key=len, reverse=True)
    made = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)", re.IGNORECASE)
    return lambda text: {t for one in made.finditer(text) for t in with_term[one[0].lower()]}


def ours(topics: Mapping[str, Sequence[str]]) -> Tag:
    """The engine, evidence and all."""
    engine = Engine(
        {t: parse_rule(" OR ".join(f'"{term}"' for term in its)) for t, its in topics.items()}
    )
    return lambda text: set(engine.topics_of({"title": "", "text": text}))


def measured(
    make: Callable[[Mapping[str, Sequence[str]]], Tag],
    topics: Mapping[str, Sequence[str]],
    stories: Sequence[str],
) -> tuple[float, float, list[set[str]]]:
    """Seconds to compile, microseconds of CPU a story, and the topics of each."""
    began = time.process_time()
    tag = make(topics)
    compiled = time.process_time() - began
    gc.collect()
    least = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        found = [tag(text) for text in stories]
        least = min(least, time.process_time() - began)
    return compiled, least / len(stories) * 1e6, found


def main() -> None:
    """Print a line for each number of topics and each engine."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--topics", type=int, nargs="*", default=[5, 50, 500, 5000])
    parser.add_argument("--stories", type=int, default=200)
    args = parser.parse_args()
    chance = random.Random(4)
    words = vocabulary(chance)
    print(
        "topics  engine                     compile, s   µs a story   beside ours   topics a story"
    )
    for count in args.topics:
        topics = topics_of(words, count, chance)
        stories = stories_of(words, topics, args.stories, chance)
        compiled, mine, found = measured(ours, topics, stories)
        each = sum(map(len, found)) / len(found)
        print(f"{count:6}  {'ours':25}  {compiled:10.3f}  {mine:11.0f}  {1:12.1f}  {each:15.1f}")
        peers = [("one expression a topic", expression_each), ("one alternation", one_expression)]
        for name, make in peers:
            if count > 500:
                print(f"{count:6}  {name:25}  left out: it takes too long")
                continue
            compiled, took, theirs = measured(make, topics, stories[:SLOWEST])
            if name == "one expression a topic":
                assert theirs == found[:SLOWEST], "the engines disagree"
            print(f"{count:6}  {name:25}  {compiled:10.3f}  {took:11.0f}  {took / mine:12.1f}")


if __name__ == "__main__":
    main()
