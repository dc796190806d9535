"""How quick documents are made and given, beside nginx; and how long a static build takes.

    uv run python -m benchmarks.serving [--only serve|render|build] [--rounds 5] [--seconds 4]

Needs Debian's `nginx` and `wrk`. Writes 100 topics of 200 stories into a database of its own, and
one topic more whose feed has about 100 KB.

serve: `aggregator serve` and nginx (one worker, gzip_static) give the same bytes of that feed to
wrk, in turns, several rounds; requests per second, and per second of the server's CPU.
render: each format of a topic of 200 entries, its check, and its compression, in this process.
build: `aggregator build` as a command, as installed (with its bytecode): cold, of ten topics alone;
and of all hundred again, and with one story more. The folder for that is filled without looking for
related stories, which would take minutes.
"""

import argparse
import compileall
import contextlib
import datetime as dt
import functools
import gzip
import os
import pathlib
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from unittest import mock

import brotli

import aggregator
from aggregator.config import Config
from aggregator.dedupe.shelf import Change
from aggregator.live import Live
from aggregator.model import ALL_TOPIC, Admission, Because, Found, Story, TopicState
from aggregator.pipeline import stories
from aggregator.pipeline.catalogue import FORMATS, current_feed
from aggregator.pipeline.setup import Setup
from aggregator.pipeline.site import Site
from aggregator.publish.ids import minted_id
from aggregator.publish.valid import complaints
from aggregator.store import SqlStore
from aggregator.web.static import write_site
from aggregator.wiring import program, read_config, setup_of
from benchmarks.search import texts
from tests.values import SITE, article

NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
TOPICS, ENTRIES, SERVED = 100, 200, 87
FEW_TOPICS = 10  # for a cold build, which looks for what is related to each of 200 stories of each
TICKS = os.sysconf("SC_CLK_TCK")


def feeds_yaml(topics_there: int = TOPICS) -> str:
    sources = "\n".join(
        f"  - {{url: 'https://{key}.example/feed', key: {key}, title: Source {key}}}"
        for key in "abc"
    )
    keys = [*(f"topic-{number}" for number in range(topics_there)), "served"]
    topics = "\n".join(f"  {key}: {{title: {key}, query: {key.replace('-', '')}}}" for key in keys)
    return (
        "site: {title: Bench, url: 'https://news.example.org/'}\n"
        f"sources:\n{sources}\ntopics:\n{topics}\n"
    )


def prepared(folder: pathlib.Path, topics_there: int = TOPICS) -> Config:
    """A folder with feeds.yaml, and a database of its stories."""
    folder.mkdir(exist_ok=True)
    (folder / "feeds.yaml").write_text(feeds_yaml(topics_there))
    config = read_config(folder / "feeds.yaml")
    store = SqlStore(config.settings.database)
    fill(store, setup_of(config, store))
    store.close()
    return config


def fill(store: SqlStore, setup: Setup) -> None:
    """The stories, each in a topic, and all of them in the feed of everything."""
    made = texts()
    with store.writing() as tell:
        tell.save_topics(
            TopicState(key, setup.definitions.get(key, ""), 0, NOON)
            for key in setup.published_topics
        )
        tell.advance()
    number = 0
    for key in setup.topics:
        count = SERVED if key == "served" else ENTRIES
        add(store, key, [(number + n, *next(made)) for n in range(count)])
        number += count


def add(store: SqlStore, topic: str, told: list[tuple[int, str, str]]) -> None:
    """Admit new stories to a topic."""
    stories = [_story(*one) for one in told]
    with store.writing() as tell:
        pks = tell.save_changes(
            [Change(story, is_new=True, added=story.articles) for story in stories], {}
        )
        word = topic.replace("-", "")
        tell.save_admissions(
            (pks[story.id], Admission(key, story.id, story.first_seen_at), Because(key, found))
            for story in stories
            for key, found in (
                (topic, (Found("title", word, word, 0, len(word)),)),
                (ALL_TOPIC, ()),
            )
        )
        tell.touch_topics([topic, ALL_TOPIC], NOON)
        tell.advance()


def _story(number: int, title: str, text: str) -> Story:
    at = NOON - dt.timedelta(days=13) + dt.timedelta(seconds=number)
    one = article("abc"[number % 3], number, title=title, text=text, at=at, lang="en")
    return Story(minted_id(one, SITE.id), (one,), at, one.published, one.updated)


# --- serve ------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def wait_for(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens on {port}")


@contextlib.contextmanager
def nginx(folder: pathlib.Path) -> Iterator[tuple[int, int]]:
    """nginx on a folder: the port, and the process that answers."""
    port = free_port()
    conf = folder.parent / "nginx.conf"
    conf.write_text(
        f"worker_processes 1; pid {folder.parent}/nginx.pid; daemon off; user root;"
        "error_log stderr;"
        "events { worker_connections 512; }\n"
        "http { access_log off; sendfile on; gzip_static on; keepalive_requests 100000000;"
        "types { application/atom+xml atom; }"
        f"server {{ listen 127.0.0.1:{port}; root {folder};"
        'add_header Cache-Control "public, max-age=1800"; } }\n'
    )
    command = [shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(conf)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        yield port, int(children.split()[0])
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def ours(folder: pathlib.Path) -> Iterator[tuple[int, int]]:
    """`aggregator serve`."""
    port = free_port()
    command = [sys.executable, "-m", "aggregator", "--config", str(folder / "feeds.yaml")]
    process = subprocess.Popen(
        [*command, "serve", "--listen", f"127.0.0.1:{port}"], stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def cpu(pid: int) -> float:
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def wrk(
    port: int, pid: int, path: str, headers: dict[str, str], seconds: int
) -> tuple[float, float]:
    """Requests per second, and per second of the server's CPU."""
    more = [part for name, said in headers.items() for part in ("-H", f"{name}: {said}")]
    before = cpu(pid)
    command = ["wrk", "-t1", "-c32", f"-d{seconds}s", *more, f"http://127.0.0.1:{port}/{path}"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    used = cpu(pid) - before
    done = re.search(r"(\d+) requests in", out)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
    assert done, out
    assert rate, out
    if (failed := re.search(r"Non-2xx or 3xx responses: (\d+)", out)) is not None:
        raise SystemExit(f"refused {failed[1]} times: {out}")
    return float(rate[1]), int(done[1]) / used


def fetched(port: int, path: str, **headers: str) -> tuple[bytes, str, int]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.read(), response.headers["etag"], len(response.headers)


def serve(folder: pathlib.Path, rounds: int, seconds: int) -> None:
    path = "topics/served.atom"
    with ours(folder) as (port, pid):
        body, _, named = fetched(port, path)
        static = folder / "static"
        (static / "topics").mkdir(parents=True)
        (static / path).write_bytes(body)
        zipped = fetched(port, path, **{"Accept-Encoding": "gzip"})[0]
        (static / f"{path}.gz").write_bytes(zipped)
        print(
            f"feed of {len(body):,} bytes, {len(zipped):,} as gzip, "
            f"{len(brotli.compress(body, quality=5)):,} as brotli; {named} header fields\n"
        )
        with nginx(static) as (nginx_port, worker):
            servers = {"nginx": (nginx_port, worker), "ours": (port, pid)}
            kinds = {"200": {}, "gzip": {"Accept-Encoding": "gzip"}}
            rates: dict[tuple[str, str], list[tuple[float, float]]] = {}
            for _ in range(rounds):
                for kind in ("200", "gzip", "304"):
                    for name, (at, process) in servers.items():
                        headers = kinds.get(kind) or {}
                        if kind == "304":
                            headers = {"If-None-Match": fetched(at, path)[1]}
                        rates.setdefault((name, kind), []).append(
                            wrk(at, process, path, headers, seconds)
                        )
    print("| | requests/s, nginx | ours | per CPU second, nginx | ours | share (worst, best) |")
    print("|---|---|---|---|---|---|")
    for kind in ("200", "gzip", "304"):
        theirs, mine = rates["nginx", kind], rates["ours", kind]
        shares = [m[1] / t[1] for m, t in zip(mine, theirs, strict=True)]
        cells = (_middle(theirs, 0), _middle(mine, 0), _middle(theirs, 1), _middle(mine, 1))
        said = " | ".join(f"{cell:,.0f}" for cell in cells)
        share, worst, best = statistics.median(shares), min(shares), max(shares)
        print(f"| {kind} | {said} | **{share:.0%}** ({worst:.0%}, {best:.0%}) |")


def _middle(rates: list[tuple[float, float]], which: int) -> float:
    return statistics.median(rate[which] for rate in rates)


# --- render -------------------------------------------------------------------------------------


def render(folder: pathlib.Path, rounds: int) -> None:
    config = read_config(folder / "feeds.yaml")
    store = SqlStore(config.settings.database)
    setup = setup_of(config, store)
    topic = setup.topics["topic-1"]
    feed = current_feed(store, setup, topic)
    print(f"\na topic of {len(feed.entries)} entries, ms of CPU\n")
    print("| step | ms | checked first | again | bytes |")
    print("|---|---|---|---|---|")
    took = _cpu(lambda: current_feed(store, setup, topic), rounds)
    print(f"| the stories out of the store | {took:.1f} | | | |")
    for ending, to_bytes in FORMATS.items():
        rendering = to_bytes(feed)
        took = _cpu(functools.partial(to_bytes, feed), rounds)
        first, again = (
            _cpu(functools.partial(complaints, rendering), times) for times in (1, rounds)
        )
        size = len(rendering.body)
        print(f"| {ending or 'page'} | {took:.1f} | {first:.1f} | {again:.1f} | {size:,} |")
    body = FORMATS[".atom"](feed).body
    compressions: dict[str, Callable[[], bytes]] = {
        "gzip 6": lambda: gzip.compress(body, 6, mtime=0),
        "brotli 5": lambda: bytes(brotli.compress(body, quality=5)),
    }
    for name, compress in compressions.items():
        print(f"| {name} of the Atom | {_cpu(compress, rounds):.1f} | | | {len(compress()):,} |")
    clock = lambda: dt.datetime.now(dt.UTC)
    site = Site(store, lambda: setup, lambda: "bench", clock)
    names = site.told("topic-1")
    site.story_versions(names)  # looks ahead, as a build does
    pages = iter(names)
    took = _cpu(lambda: site.story_page(next(pages), set(names)), min(len(names), 50))
    print(f"| page of a story, with its related ones | {took:.1f} | | | |")
    store.close()


def _cpu(what: Callable[[], object], rounds: int) -> float:
    took = []
    for _ in range(rounds):
        began = time.process_time()
        what()
        took.append(time.process_time() - began)
    return statistics.median(took) * 1e3


# --- build --------------------------------------------------------------------------------------


def build(folder: pathlib.Path, rounds: int) -> None:
    compileall.compile_dir(aggregator.__path__[0], quiet=2)
    few = folder / "few"
    prepared(few, FEW_TOPICS)
    path = folder / "feeds.yaml"
    config = read_config(path)
    filled(path, config, folder / "site")
    made = texts(seed=2)
    environment = {key: it for key, it in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    print("\n| `build` | wall, s | CPU, s | |\n|---|---|---|---|")

    def run(what: str, folder: pathlib.Path = folder) -> None:
        before, began = _children(), time.perf_counter()
        command = [sys.executable, "-m", "aggregator", "--config", str(folder / "feeds.yaml")]
        done = subprocess.run(
            [*command, "build", str(folder / "site")],
            check=True, capture_output=True, text=True, env=environment,
        )  # fmt: skip
        wall, used = time.perf_counter() - began, _children() - before
        said = done.stderr.strip().rpartition(": ")[2]
        print(f"| {what} | {wall:.2f} | {used:.2f} | {said} |", flush=True)

    run(f"cold, {FEW_TOPICS} topics", few)
    for _ in range(rounds):
        run("nothing changed")
    for number in range(rounds):
        store = SqlStore(config.settings.database)
        add(store, f"topic-{number}", [(900_000 + number, *next(made))])
        store.close()
        run("one story more")


def filled(path: pathlib.Path, config: Config, folder: pathlib.Path) -> None:
    """The folder as `build` leaves it, but that no page links to related stories."""
    store = SqlStore(config.settings.database)
    live = Live(path, config, store, lambda: config)
    live.catch_up()
    with mock.patch.object(stories, "related", return_value=[]):
        write_site(live.site(), folder, maker=program())
    store.close()


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", choices=["serve", "render", "build"])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=int, default=4)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder_name:
        folder = pathlib.Path(folder_name)
        folder.chmod(0o755)
        prepared(folder)
        if given.only in (None, "serve"):
            serve(folder, given.rounds, given.seconds)
        if given.only in (None, "render"):
            render(folder, given.rounds)
        if given.only in (None, "build"):
            build(folder, given.rounds)


if __name__ == "__main__":
    main()
