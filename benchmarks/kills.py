"""Polling killed at random moments, and what is lost or doubled by it.

    uv run python -m benchmarks.kills [--kills 25] [--limit N] [--seed 1] [--database URL]

Serves the feeds of `../shared/data/feeds` from loopback and kills `poll --all` with SIGKILL, again
and again; then lets one pass end, and compares every story with those of a pass never killed.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time

from benchmarks.corpus import FEEDS, feeds_yaml, run, serve

Told = tuple[tuple[str, str], ...]  # the (source, entry id) of a story's articles, sorted


def stories(folder: pathlib.Path, database: str | None) -> dict[Told, tuple[str, tuple[str, ...]]]:
    """Every story: its articles → its id and its topics."""
    exported, _, _ = run(folder, database, "export", "stories")
    found = {}
    for story in map(json.loads, exported.splitlines()):
        told = tuple(sorted((a["source"], a["entry_id"]) for a in story["articles"]))
        found[told] = (story["id"], tuple(because["topic"] for because in story["topics"]))
    return found


def kill_one(folder: pathlib.Path, database: str | None, after: float) -> bool:
    """Begin a pass and kill it; False when it had ended by itself."""
    command = [sys.executable, "-m", "aggregator", "-c", str(folder / "feeds.yaml")]
    command += ["-d", database] if database else []
    process = subprocess.Popen(
        [*command, "poll", "--all"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(after)  # the moment is the point
    ended = process.poll() is not None
    process.kill()
    process.wait()
    return not ended


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", help="for the killed run; empty, and not SQLite")
    args = parser.parse_args()
    chance = random.Random(args.seed)
    names = sorted(json.loads(line)["file"] for line in (FEEDS / "index.jsonl").open())
    names = names[: args.limit]
    port = serve()
    with tempfile.TemporaryDirectory() as killed, tempfile.TemporaryDirectory() as whole:
        feeds_yaml(pathlib.Path(killed), port, names)
        feeds_yaml(pathlib.Path(whole), port, names)
        _, wall, _ = run(pathlib.Path(whole), None, "poll", "--all", "--json")
        moments: list[float] = []
        hit = 0
        while hit < args.kills and len(moments) < 4 * args.kills:  # some end before they are killed
            moments.append(chance.uniform(0.3, wall * 0.3))
            hit += kill_one(pathlib.Path(killed), args.database, moments[-1])
        before = stories(pathlib.Path(killed), args.database)
        _, last, _ = run(pathlib.Path(killed), args.database, "poll", "--all", "--json")
        ours, theirs = (
            stories(pathlib.Path(killed), args.database),
            stories(pathlib.Path(whole), None),
        )
    articles = sum(map(len, theirs))
    print(
        f"{hit} passes killed at work (of {len(moments)}), {min(moments):.1f} to "
        f"{max(moments):.1f} s after their start; {len(before)} stories stood after them; "
        f"a last pass took {last:.1f} s "
        f"(the pass never killed {wall:.1f} s)"
    )
    lost, more = theirs.keys() - ours.keys(), ours.keys() - theirs.keys()
    both = ours.keys() & theirs.keys()
    print(
        f"{len(theirs)} stories of {articles} articles; {len(lost)} lost, {len(more)} more; "
        f"{sum(ours[t][0] != theirs[t][0] for t in both)} with another id, "
        f"{sum(ours[t][1] != theirs[t][1] for t in both)} in other topics; articles doubled: "
        f"{sum(map(len, ours)) - len({one for told in ours for one in told})}"
    )
    for what, which in (("lost", lost), ("more", more)):
        for told in sorted(which)[:5]:
            print(f"  {what}: {told}")


if __name__ == "__main__":
    main()
