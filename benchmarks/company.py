"""One bad source among a hundred good ones: by how much it delays them, and what memory it takes.

    uv run python -m benchmarks.company [--good 100] [--rounds 3]

Real servers on loopback, an address for each; a pass over all of them alone, and one with each kind
of bad company, in turn. Prints when the last good source is recorded and by how much the company
delays that, medians of so many rounds, and the peak memory of the polling process so far. Needs a
machine with nothing else to do.
"""

import argparse
import asyncio
import gzip
import json
import multiprocessing
import pathlib
import resource
import statistics
import tempfile
import time
import zlib
from multiprocessing.connection import Connection

import brotli

from aggregator import network
from aggregator.config import parse_config
from aggregator.live import Live
from aggregator.model import PollReport
from aggregator.store import SqlStore
from aggregator.work.local import begin_pass, run_pass

PORT = 18080


def rss(items: str) -> bytes:
    return f"<rss version='2.0'><channel><title>t</title>{items}</channel></rss>".encode()


def good(number: int) -> bytes:
    return rss(
        "".join(
            f"<item><title>Story {number} {n}</title><guid>{number}-{n}</guid>"
            f"<description>What happened, part {n}.</description></item>"
            for n in range(30)
        )
    )


def deflated(window: int) -> bytes:
    made = zlib.compressobj(9, zlib.DEFLATED, window)
    return b"".join(made.compress(bytes(1 << 20)) for _ in range(256)) + made.flush()


def bad() -> dict[str, tuple[str, bytes]]:
    """Name → (more headers, body)."""
    attributes = "<rss " + " ".join(f"a{n}='0'" for n in range(50_000)) + "/>"
    ampersands = "<item><description>" + "&#38;" * (3 << 20) + "</description></item>"
    return {
        "gzip bomb": ("Content-Encoding: gzip\r\n", deflated(31)),
        "deflate bomb": ("Content-Encoding: deflate\r\n", deflated(15)),
        "brotli bomb": ("Content-Encoding: br\r\n", brotli.compress(bytes(256 << 20), quality=1)),
        "header flood": ("".join(f"X-{n}: a\r\n" for n in range(20_000)), b""),
        "50,000 attributes": ("", attributes.encode()),
        "entities": (
            "",
            b"<!DOCTYPE r [<!ENTITY a '" + b"x" * 1000 + b"'>]><rss>" + b"&a;" * 7000 + b"</rss>",
        ),
        "line breaks": ("", b"\n" * 8_000_000 + b"<rss>"),
        "unclosed comments": ("", b"<rss><channel>" + b"<!--" * 1_000_000),
        "200,000 entries": (
            "",
            rss("".join(f"<item><guid>{n}</guid></item>" for n in range(200_000))),
        ),
        "past its CPU time": (
            "",
            rss(("<item>" + "<category>c</category>" * 100 + "</item>") * 3000),
        ),
        "past its memory": (
            "Content-Encoding: gzip\r\n",
            gzip.compress(rss(ampersands)),
        ),
    }  # fmt: skip


SILENT = ("never answers", "drips")


async def serve(count: int, ready: Connection) -> None:
    """Good servers on 127.0.1.1 and so on; the bad one is the first, and its path says how."""
    answers = bad()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split()[1].decode().strip("/").replace("%20", " ")
            headers, body = answers.get(path, ("", b""))
            if path == "robots.txt":
                writer.write(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
            elif path in SILENT:
                while True:
                    writer.write(b"HTTP/1.1 200 OK\r\n\r\n" if path == "drips" else b"")
                    await writer.drain()
                    await asyncio.sleep(1)
            else:
                if path.isdigit():
                    await asyncio.sleep(0.05)
                    body = good(int(path))
                start = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
                writer.write(start.encode() + body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    servers = [
        await asyncio.start_server(handle, f"127.0.1.{n + 1}", PORT, backlog=200)
        for n in range(count + 1)
    ]
    ready.send(len(servers))
    await asyncio.gather(*(server.serve_forever() for server in servers))


def start(count: int, ready: Connection) -> None:
    asyncio.run(serve(count, ready))


def one_pass(count: int, company: str | None) -> float:
    """Seconds until the last good source is recorded."""
    urls = {f"g{n}": f"http://127.0.1.{n + 2}:{PORT}/{n}" for n in range(count)}
    if company:
        urls = {"a-bad": f"http://127.0.1.1:{PORT}/{company.replace(' ', '%20')}", **urls}
    listed = "".join(f"- {{key: {key}, url: '{url}'}}\n" for key, url in urls.items())
    allowed = [f"127.0.1.{n + 1}:{PORT}" for n in range(count + 1)]
    text = (
        f"sources:\n{listed}settings: {{fetch: {{allow_private: {json.dumps(allowed)}, "
        "total_timeout: 10, parse_cpu: 5, global_concurrency: 200, min_interval: 0}}\n"
    )
    done: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        config = parse_config(text, "feeds.yaml", {}, pathlib.Path(folder))
        store = SqlStore(f"sqlite:///{folder}/a.db")
        live = Live(pathlib.Path("feeds.yaml"), config, store, lambda: config)
        live.catch_up()
        began = time.monotonic()

        def report(one: PollReport) -> None:
            done[one.source] = time.monotonic() - began

        async def go() -> None:
            async with network.polling(config, store, lambda: live.setup, report) as (poller, _):
                what = await begin_pass(poller.world, None, every=True)
                async for _key in run_pass(poller, what.asked):
                    pass

        asyncio.run(go())
        store.close()
    assert len(done) == len(urls)
    return max(at for key, at in done.items() if key != "a-bad")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--good", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    server = spawn.Process(target=start, args=(args.good, there), daemon=True)
    server.start()
    here.recv()
    try:
        one_pass(args.good, None)  # the first is slow: everything is imported
        for company in (*SILENT, *bad()):
            rounds = [
                (one_pass(args.good, None), one_pass(args.good, company))
                for _ in range(args.rounds)
            ]
            alone, delay = statistics.median(a for a, _ in rounds), _median_delay(rounds)
            print(f"{company:>20}: {alone:.2f} s {delay:+.2f} s, {_peak()} MiB", flush=True)
    finally:
        server.terminate()


def _median_delay(rounds: list[tuple[float, float]]) -> float:
    return statistics.median(together - alone for alone, together in rounds)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


if __name__ == "__main__":
    main()
