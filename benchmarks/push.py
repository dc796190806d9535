"""From a push at the origin's hub, through `run`, to the callbacks of subscribers at our own hub.

    uv run python -m benchmarks.push [--pushes 20] [--subscribers 1000] [--hosts 50]

A hub on loopback pushes one more story at a time, at moments of its own choosing; a subscriber on
loopback notes when it is told. Then as many subscribers as asked for, on so many hosts (addresses
of 127.0.0.0/8), are told of one more.
"""

import argparse
import pathlib
import random
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta

from aggregator.model import Subscriber, Told
from aggregator.store import SqlStore
from tests.cli.helpers import daemon
from tests.hub import TestHub, call
from tests.subscriber import TestSubscriber
from tests.work.wire import story

TOPIC = "https://wire.example/topics/isis.atom"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pushes", type=int, default=20)
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--hosts", type=int, default=50)
    args = parser.parse_args()
    chance = random.Random(1)
    with (
        tempfile.TemporaryDirectory() as name,
        TestHub("https://wire.example/", "127.0.0.3") as hub,
        TestSubscriber(host="0.0.0.0") as subscriber,
    ):
        folder = pathlib.Path(name)
        port = subscriber.address.rpartition(":")[2]
        hosts = [f"127.0.1.{number + 1}:{port}" for number in range(args.hosts)]
        allow = ", ".join(f"'{one}'" for one in (hub.address, *hosts))
        (folder / "feeds.yaml").write_text(
            "site: {url: https://wire.example/}\n"
            f"sources: [{{url: '{hub.url('/feed')}', key: pushed}}]\n"
            "topics: {isis: {query: isis}}\n"
            f"settings: {{fetch: {{allow_private: [{allow}]}}}}\n"
        )
        link = f'<{hub.url()}>; rel="hub", <{hub.url("/feed")}>; rel="self"'
        hub.pages["/feed"] = (story(1), {"link": link, "etag": '"1"'})
        with daemon(folder, "run") as running:
            hub.reach(f"127.0.0.1:{running.port}")
            hub.wait(lambda: hub.subscribers, 30)
            body = (
                f"hub.mode=subscribe&hub.topic={TOPIC}&hub.callback=http://{hosts[0]}/0"
            ).encode()
            kind = {"content-type": "application/x-www-form-urlencoded"}
            assert call("POST", f"http://127.0.0.1:{running.port}/hub", body, kind)[0] == 202
            running.wait_for("/metrics", "aggregator_hub_subscribers 1.0")

            took = []
            for number in range(2, args.pushes + 2):
                time.sleep(0.5 + chance.random())  # another part of the second each time
                took.append(tell(hub, subscriber, number, 1))
            print(f"{args.pushes} pushes to one subscriber, seconds from origin to callback:")
            print(f"median {statistics.median(took):.2f}, most {max(took):.2f}")

            now = datetime.now(UTC)
            store = SqlStore(f"sqlite:///{folder / 'aggregator.db'}")
            with store.writing() as tell_:
                tell_.save_subscribers(
                    Subscriber(
                        TOPIC,
                        f"http://{hosts[number % len(hosts)]}/{number}",
                        "secret",
                        now,
                        now + timedelta(days=1),
                        Told("none", now - timedelta(hours=1)),
                    )
                    for number in range(1, args.subscribers)
                )
            store.close()
            last = tell(hub, subscriber, args.pushes + 2, args.subscribers)
            print(
                f"{args.subscribers} subscribers on {args.hosts} hosts: the last after {last:.2f}"
            )
            print(f"most at once: {subscriber.most_at_once}; bytes: {len(subscriber.got[-1].body)}")


def tell(hub: TestHub, subscriber: TestSubscriber, number: int, subscribers: int) -> float:
    """One more story: the seconds until so many were told."""
    title = f"Isis story {number}".encode()
    before = len(subscriber.got)
    began = time.monotonic()
    assert hub.push(story(number))[0] == 202
    told = lambda: sum(title in one.body for one in subscriber.got[before:]) == subscribers
    subscriber.wait(told, 120)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
