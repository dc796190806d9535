"""How well two addresses of one page are told from two pages: labelled pairs, ours and a peer's.

    uv run --with courlan python benchmarks/urls.py

The pairs are in ../shared/data/urls. A wrong merge loses a story; a missed one shows it twice.
"""

import collections
import json
import pathlib
import sys
import time
from collections.abc import Callable

from aggregator.text.urls import same_page_form

DATA = pathlib.Path(__file__).resolve().parents[2] / "shared/data/urls/url_cases.jsonl"


def peer() -> Callable[[str], str | None] | None:
    """courlan, which cleans addresses for crawlers, where it is installed."""
    try:
        from courlan import clean_url  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        return None
    return clean_url  # type: ignore[no-any-return,unused-ignore]


def measure(name: str, key: Callable[[str], str | None]) -> None:
    """Print how many pairs are told right."""
    pairs = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
    wrong, missed = [], []
    same = collections.Counter[bool]()
    began = time.perf_counter()
    for pair in pairs:
        found = key(pair["a"]) == key(pair["b"])
        if pair["same"]:
            same[pair["string_decidable"]] += 1
            if not found:
                missed.append(pair)
        elif found:
            wrong.append(pair)
    each = (time.perf_counter() - began) / len(pairs) / 2 * 1e6
    told = [p for p in missed if p["string_decidable"]]
    print(
        f"{name}: {len(wrong)} wrong merges of {len(pairs) - same.total()}; recall "
        f"{1 - len(told) / same[True]:.3f} of {same[True]} that the address alone decides, "
        f"{1 - len(missed) / same.total():.3f} of all {same.total()}; {each:.0f} µs an address"
    )
    for what, which in (("wrong", wrong), ("missed", told)):
        for pair in which[:10]:
            print(f"  {what} ({pair['kind']}): {pair['a']}  {pair['b']}")


def main() -> None:
    """Measure ours, and the peer's beside it."""
    if not DATA.exists():
        sys.exit(f"the labelled pairs are not here: {DATA}")
    measure("aggregator", same_page_form)
    theirs = peer()
    if theirs is None:
        print("courlan is not installed: see the command in this file's head")
    else:
        measure("courlan", theirs)


if __name__ == "__main__":
    main()
