"""How well one story in two outlets is told from two: labelled pairs, ours and simpler ways.

    uv run python -m benchmarks.dedupe [PAIRS.jsonl] [--errors] [--half 0|1]

The pairs are in ../shared/data/dups. They go through what every entry goes through, each article
from a source of its own, whatever the pair says of sources. `--errors` prints each pair told
wrongly; `--half` takes one of two halves by a hash of the pair's id: the decision was written
against half 0. Ends with the addresses of `benchmarks/urls.py`.
"""

import argparse
import collections
import datetime as dt
import hashlib
import json
import pathlib
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aggregator.dedupe.likeness import same_words
from aggregator.dedupe.shingles import shingles, words_of
from aggregator.dedupe.signature import text_keys
from aggregator.dedupe.wording import wording
from aggregator.model import Article, FeedInfo, ParsedEntry, ParsedFeed, ParsedText
from aggregator.parse.article import to_article
from aggregator.parse.dates import parse_date
from benchmarks.urls import main as addresses

DATA = pathlib.Path(__file__).resolve().parents[2] / "shared/data/dups/pairs.jsonl"
NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
FEED = ParsedFeed(kind="rss", info=FeedInfo(), entries=())
SETTINGS: dict[str, tuple[int | None, int | None]] = {
    "whole texts": (None, None),
    "title and the first 300 characters": (300, 300),
    "one cut to 300, the other whole": (300, None),
}


@dataclass(frozen=True)
class Pair:
    """Two articles, and what reading them said."""

    id: str
    dup: bool
    kind: str
    lang: str
    one: Article
    other: Article


def pairs(path: pathlib.Path, half: str | None, cut: tuple[int | None, int | None]) -> list[Pair]:
    rows = [_row(json.loads(line)) for line in path.read_text("utf-8").splitlines()]
    return [
        Pair(
            id=row["pair_id"],
            dup=row["label"] == "dup",
            kind=f"{row['label']}: {row['subtype']}",
            lang=row["lang"],
            one=_article(row["a"], "a", cut[0], dated=_dated(row)),
            other=_article(row["b"], "b", cut[1], dated=_dated(row)),
        )
        for row in rows
        if half in (None, _half(row["pair_id"]))
    ]


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the labelled pairs, or of a set of cases written by hand."""
    if "pair_id" in row:
        return row
    sides = {
        side: {
            "title": row[side]["title"],
            "body": row[side]["text"],
            "url": "",
            "date": row[side]["at"],
        }
        for side in "ab"
    }
    unsure = " (unsure)" if row.get("unsure") else ""
    return {**row, **sides, "pair_id": row["id"], "subtype": row["kind"] + unsure}


def _half(pair_id: str) -> str:
    return str(hashlib.blake2b(pair_id.encode(), digest_size=1).digest()[0] % 2)


def _dated(row: dict[str, Any]) -> bool:
    """Do both say when? Else both are of the moment they were seen."""
    return all(parse_date(row[side]["date"]) for side in "ab")


def _article(said: dict[str, str], source: str, cut: int | None, *, dated: bool) -> Article:
    entry = ParsedEntry(
        link=said["url"] or None,
        title=ParsedText(said["title"], html=False),
        summary=ParsedText(said["body"][:cut], html=False),
        published=parse_date(said["date"]) if dated else None,
    )
    return to_article(entry, FEED, source, f"https://{source}.example/feed", NOW)


def candidate(pair: Pair) -> bool:
    """Does one find the other by a key?"""
    return bool({*text_keys(wording(pair.one))} & {*text_keys(wording(pair.other))})


def decided(pair: Pair) -> bool:
    """Are they one, were they compared?"""
    return same_words(wording(pair.one), wording(pair.other)) is not None


def ours(pair: Pair) -> bool:
    """Do they become one story?"""
    return candidate(pair) and decided(pair)


def jaccard(pair: Pair) -> bool:
    """The first baseline: likeness of the sets of five words in a row."""
    one, other = (set(shingles(words_of(a.text), 5)) for a in (pair.one, pair.other))
    return len(one & other) >= 0.7 * max(1, len(one | other))


def containment(pair: Pair) -> bool:
    """The second: how much of the smaller set of three in a row the larger has."""
    one, other = (set(shingles(words_of(a.text), 3)) for a in (pair.one, pair.other))
    return len(one & other) >= 0.73 * max(1, min(len(one), len(other)))


def score(found: Sequence[tuple[Pair, bool]]) -> str:
    right = sum(pair.dup and said for pair, said in found)
    wrong = sum(said and not pair.dup for pair, said in found)
    missed = sum(pair.dup and not said for pair, said in found)
    precision, recall = right / max(1, right + wrong), right / max(1, right + missed)
    return f"{right:4} right {wrong:3} wrong {missed:3} missed   {precision:.3f} / {recall:.3f}"


def table(found: Sequence[tuple[Pair, bool]], name: str) -> None:
    print(f"  {name:28}{score(found)}")


def measure(given: Sequence[Pair], *, errors: bool) -> None:
    by: dict[str, Callable[[Pair], bool]] = {
        "ours": ours,
        "  keys alone": candidate,
        "  decision alone": decided,
        "5 in a row, Jaccard ≥ .7": jaccard,
        "3 in a row, contained ≥ .73": containment,
    }
    for name, way in by.items():
        table([(pair, way(pair)) for pair in given], name)
    told = [(pair, ours(pair)) for pair in given]
    for lang in sorted({pair.lang for pair in given}):
        table([(pair, said) for pair, said in told if pair.lang == lang], f"ours, {lang}")
    merged = collections.Counter(pair.kind for pair, said in told if said)
    for kind, number in sorted(collections.Counter(pair.kind for pair in given).items()):
        print(f"    merged {merged[kind]:3} of {number:3}  {kind}")
    for pair, said in told if errors else ():
        if said != pair.dup:
            show(pair, said)


def show(pair: Pair, said: bool) -> None:
    print(f"\n  {'WRONG' if said else 'MISSED'} {pair.id} {pair.lang}, {pair.kind}")
    for article in (pair.one, pair.other):
        print(f"    {article.published:%Y-%m-%d %H:%M} {article.url}")
        print(f"      {article.title}\n      {article.text[:400]!r}")


def cost(given: Sequence[Pair]) -> None:
    """What a new article costs, of those with about 4 KB of text."""
    whole = [p for p in given if min(len(p.one.text), len(p.other.text)) >= 3000]
    if not whole:
        return
    steps: dict[str, Callable[[Pair], object]] = {
        "words of one article": lambda pair: wording(pair.one),
        "words, signature and keys": lambda pair: text_keys(wording(pair.one)),
        "words of both, and decision": decided,
    }
    for name, step in steps.items():
        best = min(_cpu(step, whole) for _ in range(3))
        print(f"  {name:28}{best / len(whole) * 1e6:6.0f} µs")


def _cpu(step: Callable[[Pair], object], given: Sequence[Pair]) -> float:
    began = time.process_time()
    for pair in given:
        step(pair)
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", nargs="?", type=pathlib.Path, default=DATA)
    parser.add_argument("--errors", action="store_true")
    parser.add_argument("--half", choices=["0", "1"])
    args = parser.parse_args()
    if not args.pairs.exists():
        sys.exit(f"the labelled pairs are not here: {args.pairs}")
    for name, cut in SETTINGS.items():
        given = pairs(args.pairs, args.half, cut)
        print(
            f"{name}: {len(given)} pairs, {sum(pair.dup for pair in given)} dup; "
            "precision / recall of dup against the rest"
        )
        measure(given, errors=args.errors)
    print("CPU time an article of 3 KB and more")
    cost(pairs(args.pairs, args.half, (4096, 4096)))
    addresses()


if __name__ == "__main__":
    main()
