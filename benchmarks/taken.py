"""Stories that a topic takes out of real feeds, to be read by a person.

    uv run benchmarks/taken.py TOPIC [--config feeds.yaml] [--most 100] [--left PATTERN]

Reads every document of `../shared/data/feeds`, and prints of each story the topic takes its
headline, its first line, its score and the words found; a fixed random sample where there are more
than `--most`. With `--left`, instead the stories that match a regular expression and are left: a
wide list of names shows what a narrow rule misses.
"""

import argparse
import datetime as dt
import json
import pathlib
import random
import re
import warnings
from collections.abc import Iterator

from aggregator.config.load import load_config
from aggregator.model import Article, Failure
from aggregator.parse.article import articles_of
from aggregator.parse.document import parse_feed
from aggregator.pipeline.setup import engine_of
from aggregator.pipeline.tagging import document_of

HERE = pathlib.Path(__file__).resolve()
CORPUS = HERE.parents[2] / "shared" / "data" / "feeds"
NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


def articles() -> Iterator[tuple[bool, Article]]:
    """Every different article of the corpus, and whether its feed is one of news."""
    seen: set[tuple[str, str]] = set()
    for line in (CORPUS / "index.jsonl").open():
        row = json.loads(line)
        url = f"https://corpus.example/{row['file']}"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            feed = parse_feed((CORPUS / row["file"]).read_bytes(), url)
        if isinstance(feed, Failure):
            continue
        for article in articles_of(feed, row["file"], url, NOW):
            key = (article.title, article.text[:200])
            if key not in seen:
                seen.add(key)
                yield row["real_news"], article


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("topic")
    parser.add_argument("--config", type=pathlib.Path, default=HERE.parents[1] / "feeds.yaml")
    parser.add_argument("--most", type=int, default=100)
    parser.add_argument("--left", type=lambda text: re.compile(text, re.IGNORECASE))
    args = parser.parse_args()
    engine = engine_of(load_config(args.config, {}).topics)
    shown: list[tuple[bool, Article, str]] = []
    read = 0
    for news, article in articles():
        read += 1
        evidence = engine.topics_of(document_of(article, None)).get(args.topic)
        if args.left is None and evidence is not None:
            words = ", ".join(dict.fromkeys(one.text for one in evidence))
            shown.append((news, article, f"{sum(one.score for one in evidence):g}: {words:.120}"))
        elif args.left is not None and evidence is None:
            text = f"{article.title} · {article.text}"
            if (found := args.left.search(text)) is not None:
                around = text[max(0, found.start() - 60) : found.end() + 60]
                shown.append((news, article, " ".join(around.split())))
    what = "taken" if args.left is None else "left"
    print(f"{read} stories, {len(shown)} {what}, {sum(one[0] for one in shown)} of them in news")
    if len(shown) > args.most:
        shown = random.Random(1).sample(shown, args.most)
    for news, article, why in shown:
        print(f"\n{'news' if news else '    '}  {article.title}")
        print(f"      {' '.join(article.text.split()):.160}\n      {why}")


if __name__ == "__main__":
    main()
