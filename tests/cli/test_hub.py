"""The daemon as a hub: from a change at the origin to a subscriber in less than two seconds."""

import pathlib
import signal
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.cli.conftest import Origin, Run
from tests.cli.helpers import Daemon, daemon
from tests.cli.test_push import hub, listed  # noqa: F401 - a fixture
from tests.hub import TestHub, call
from tests.subscriber import TestSubscriber
from tests.work.wire import story

TOPIC = "https://wire.example/topics/isis.atom"


@pytest.fixture
def subscriber() -> Iterator[TestSubscriber]:
    with TestSubscriber() as running:
        yield running


def seconds_to_tell(subscriber: TestSubscriber, hub: TestHub, number: int) -> float:  # noqa: F811
    """From the origin's push of one more story to its delivery."""
    began = time.monotonic()
    assert hub.push(story(number))[0] == 202
    title = f"Isis story {number}".encode()
    subscriber.wait(lambda: any(title in one.body for one in subscriber.got), 15)
    return time.monotonic() - began


def subscribe(running: Daemon, subscriber: TestSubscriber) -> None:
    said = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.callback": subscriber.url()}
    kind = {"content-type": "application/x-www-form-urlencoded"}
    url = f"http://127.0.0.1:{running.port}/hub"
    assert call("POST", url, urlencode(said).encode(), kind)[0] == 202
    running.wait_for("/metrics", "aggregator_hub_subscribers 1.0")


def until_told(run: Run) -> None:
    """Wait until it is remembered that everybody has got what is live."""
    until = time.monotonic() + 10
    while "https://wire.example/hub: 1 subscriber." not in (said := run("status").out):
        assert time.monotonic() < until, said
        time.sleep(0.05)


def test_b9_4_a_change_at_the_origin_is_at_a_subscriber_in_two_seconds_and_kills_cost_nothing(
    folder: pathlib.Path,
    origin: Origin,
    hub: TestHub,  # noqa: F811
    subscriber: TestSubscriber,
    run: Run,
) -> None:
    text = listed(origin, hub, with_hub=True)
    text = text.replace("allow_private: [", f"allow_private: ['{subscriber.address}', ")
    text += "  publish: {folder: site}\n"
    (folder / "feeds.yaml").write_text(text)
    run("poll")  # so that the daemon knows at its start of the hub to subscribe at
    with daemon(folder, "run") as running:
        hub.reach(f"127.0.0.1:{running.port}")
        running.wait_for("/topics/isis.atom", "Isis story 1")
        hub.wait(lambda: hub.subscribers, 20)
        _, headers, _ = call("HEAD", f"http://127.0.0.1:{running.port}/topics/isis.atom")
        assert headers["link"] == f'<{TOPIC}>; rel="self", <https://wire.example/hub>; rel="hub"'
        subscribe(running, subscriber)

        took = [seconds_to_tell(subscriber, hub, number) for number in (2, 3, 4)]
        assert sorted(took)[1] < 2, took  # two of three: the machine may be busy
        file = (folder / "site" / "topics" / "isis.atom").read_bytes()
        assert subscriber.got[-1].body == file == running.get("/topics/isis.atom")
        # One who is killed over a delivery makes the next only when he is known to be dead.
        until_told(run)
        running.end(signal.SIGKILL)

    with daemon(folder, "run") as running:
        hub.reach(f"127.0.0.1:{running.port}")
        running.wait_for("/metrics", "aggregator_hub_subscribers 1.0")
        seconds_to_tell(subscriber, hub, 5)
        assert len(subscriber.asked) == 1, "he did not have to be asked again"
        assert running.end() == 0
