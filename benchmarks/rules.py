"""What rules under test cost when feeds.yaml is read: the examples, the warnings, and all the rest.

    uv run benchmarks/rules.py [--topics 500] [--examples 10]

The feeds.yaml of this repository, and one made with a fixed seed: a topic has six words, of two
kinds, and two that it excludes; half of its examples match. CPU time, one thread, the least of
three rounds.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from aggregator.config import load_config
from aggregator.config.load import yaml
from aggregator.config.warnings import warnings_of
from aggregator.model import Topic
from aggregator.pipeline.setup import engine_of
from aggregator.topics import Engine

ROUNDS: Final = 3
SHIPPED: Final = Path(__file__).resolve().parents[1] / "feeds.yaml"


def made(topics: int, examples: int, chance: random.Random) -> str:
    """A feeds.yaml with so many topics of so many examples."""
    words = ["".join(chance.choices("abcdefghiklmnoprstuvw", k=7)) for _ in range(topics * 8)]
    lines = ["topics:"]
    for number in range(topics):
        a, b, c, d, e, f, g, h = chance.sample(words, 8)
        lines += [
            f"  topic-{number}:",
            f"    query: ({a} OR {b} OR {c} OR {d}) AND ({e} OR {f}) AND NOT ({g} OR {h})",
            "    examples:",
            "      match:",
            *(
                f"        - {{title: The {a} of today {n}, text: It was said of {e} in town.}}"
                for n in range((examples + 1) // 2)
            ),
            "      reject:",
            *(f"        - The {a} of {e} in {g} {n}" for n in range(examples // 2)),
        ]
    return "\n".join(lines) + "\n"


def least(of: Callable[[], Any]) -> tuple[float, Any]:
    """The least CPU time of some rounds, in milliseconds, and what came of it."""
    best, answer = float("inf"), None
    for _ in range(ROUNDS):
        began = time.process_time()
        answer = of()
        best = min(best, time.process_time() - began)
    return best * 1000, answer


def tried(engine: Engine, topics: dict[str, Topic]) -> int:
    """Every example asked of all topics, as at load; how many there are."""
    examples = [one for topic in topics.values() for one in (*topic.match, *topic.reject)]
    for example in examples:
        engine.topics_of(example.fields)
    return len(examples)


def measure(name: str, path: Path) -> None:
    """A line of the table."""
    text = path.read_text("utf-8")
    whole, config = least(lambda: load_config(path, {}))
    as_yaml, tree = least(lambda: yaml().load(text))
    compiling, engine = least(lambda: engine_of(config.topics))
    trying, examples = least(lambda: tried(engine, config.topics))
    warning, warnings = least(lambda: warnings_of(tree, text, config.topics))
    print(
        f"{name:9} {len(config.topics):7,} {examples:9,} {whole:9.0f} {as_yaml:9.0f} "
        f"{compiling:10.1f} {trying:9.1f} {warning:9.0f}  ({len(warnings)} warnings)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--topics", type=int, default=500)
    parser.add_argument("--examples", type=int, default=10)
    given = parser.parse_args()
    print("file       topics  examples  load, ms  YAML, ms  rules, ms  tried, ms  warnings, ms")
    measure("shipped", SHIPPED)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feeds.yaml"
        path.write_text(made(given.topics, given.examples, random.Random(4)), "utf-8")
        measure("made", path)


if __name__ == "__main__":
    main()
