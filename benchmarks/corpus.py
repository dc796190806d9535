"""All real and test-suite feeds of `../shared/data/feeds`, served from loopback and polled twice.

    uv run benchmarks/corpus.py [--limit N] [--keep DIR] [--database URL]

Prints: what became of every document, entries stored beside those plain feedparser finds in the
same bytes, and its CPU time; what a second pass adds, wall and CPU time, peak memory, and what the
Atom schemas say of every feed of `build`.
"""

import argparse
import collections
import functools
import http.server
import io
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import threading
import time
import warnings

SHARED = pathlib.Path(__file__).resolve().parents[2] / "shared"
FEEDS = SHARED / "data" / "feeds"


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of the corpus, as a static server gives them."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: object) -> None:
        """Say nothing."""

    def guess_type(self, _path: object) -> str:
        return "application/octet-stream"


class Server(http.server.ThreadingHTTPServer):
    """One that does not mind clients that are killed."""

    def handle_error(self, *_args: object) -> None:
        """Say nothing."""


def serve() -> int:
    """The corpus on loopback; its port."""
    handler = functools.partial(Handler, directory=str(FEEDS))
    server = Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return int(server.server_address[1])


def feeds_yaml(folder: pathlib.Path, port: int, names: list[str]) -> None:
    lines = ["site: {title: Corpus, url: https://corpus.example/}", "sources:"]
    lines += [f"  - {{url: 'http://127.0.0.1:{port}/{name}', key: {name}}}" for name in names]
    lines += [
        "topics:",
        "  news: {query: 'title:news OR world'}",
        "  python: {query: python}",
        "settings:",
        f"  fetch: {{allow_private: ['127.0.0.1:{port}'], host_spacing: 0, host_concurrency: 16,",
        "    min_interval: 0}",
        "  publish: {admit_age: 3600d, admit_count: 100000, render_count: 100000}",
    ]
    (folder / "feeds.yaml").write_text("\n".join(lines) + "\n")


def run(folder: pathlib.Path, database: str | None, *args: str) -> tuple[str, float, float]:
    """Run a command; its output, wall and CPU seconds of the process and its workers."""
    command = [sys.executable, "-m", "aggregator", "-c", str(folder / "feeds.yaml")]
    if database:
        command += ["-d", database]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([*command, *args], capture_output=True, text=True, check=False)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if "Traceback" in done.stderr or done.returncode not in (0, 1):
        sys.exit(f"{args} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    return done.stdout, wall, cpu


def plain_entries(name: str) -> int:
    """What feedparser by itself finds in the same bytes."""
    import feedparser

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return len(feedparser.parse(io.BytesIO((FEEDS / name).read_bytes())).entries)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--database")
    args = parser.parse_args()
    index = [json.loads(line) for line in (FEEDS / "index.jsonl").open()]
    names = sorted(row["file"] for row in index)[: args.limit]
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        feeds_yaml(folder, serve(), names)
        measure(folder, names, args.database)


def measure(folder: pathlib.Path, names: list[str], database: str | None) -> None:
    first, wall, cpu = run(folder, database, "poll", "--all", "--json")
    polled = json.loads(first)
    reports = {one["source"]: one for one in polled["polled"]}
    print(
        f"first pass: {wall:.1f} s wall, {cpu:.1f} s CPU, "
        f"peak {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MiB a process"
    )
    outcomes = collections.Counter(
        one["failure"]["kind"] if one["failure"] else one["outcome"] for one in reports.values()
    )
    print(f"  {len(reports)} of {len(names)} documents accounted for: {dict(outcomes)}")
    exported, _, _ = run(folder, database, "export", "stories")
    stories = [json.loads(line) for line in exported.splitlines()]
    stored: collections.Counter[str] = collections.Counter(
        article["source"] for story in stories for article in story["articles"]
    )
    joined = collections.Counter(
        (article["joined"] or {}).get("clue") for story in stories for article in story["articles"]
    )
    print(f"  joined another's story: { ({why: n for why, n in joined.items() if why}) }")
    began = time.process_time()
    found = {name: plain_entries(name) for name in names}
    alone = time.process_time() - began
    both = sum(min(stored[name], found[name]) for name in names)
    more = sum(max(0, stored[name] - found[name]) for name in names)
    theirs = sum(found.values())
    print(
        f"  entries: {sum(stored.values())} stored; of {theirs} that plain feedparser finds "
        f"{both} ({both / max(1, theirs):.2%}), and {more} it does not (JSON Feed)"
    )
    print(
        f"  plain feedparser alone, its sanitiser on: {alone:.1f} s CPU; "
        f"ours / its {cpu / alone:.2f}"
    )
    lost = {
        n: (stored[n], found[n], (reports[n]["failure"] or {}).get("detail", ""))
        for n in names
        if stored[n] < found[n]
    }
    for name, (ours, theirs, why) in sorted(lost.items()):
        print(f"    {name}: {ours} of {theirs}  {why}")
    second, wall, cpu = run(folder, database, "poll", "--all", "--json")
    again = json.loads(second)["polled"]
    print(
        f"second pass: {wall:.1f} s wall, {cpu:.1f} s CPU; new articles "
        f"{sum(one['new_articles'] for one in again)}, changed "
        f"{sum(one['changed_articles'] for one in again)}, outcomes "
        f"{dict(collections.Counter(one['outcome'] for one in again))}"
    )
    _, wall, cpu = run(folder, database, "build", str(folder / "site"))
    feeds = sorted((folder / "site").rglob("*.atom"))
    check = [sys.executable, str(SHARED / "conformance" / "atomcheck.py"), "--phase", "planet"]
    done = subprocess.run([*check, *map(str, feeds)], capture_output=True, text=True, check=False)
    print(
        f"build: {wall:.1f} s wall, {cpu:.1f} s CPU; {len(feeds)} Atom feeds, atomcheck exit "
        f"{done.returncode}"
    )
    if done.returncode:
        print(done.stdout[-2000:])
    size = sum(f.stat().st_size for f in folder.glob("aggregator.db*"))
    print(f"database: {size / 2**20:.1f} MiB, {len(stories)} stories")


if __name__ == "__main__":
    os.environ.setdefault("AGGREGATOR_LOG", "text")
    main()
