"""The daemon and a hub: a story is published seconds after it is pushed."""

import pathlib
import time
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Origin, Run, feeds_yaml
from tests.cli.helpers import daemon
from tests.hub import TestHub
from tests.work.wire import story


@pytest.fixture
def hub() -> Iterator[TestHub]:
    with TestHub("https://wire.example/", "127.0.0.3") as running:
        link = f'<{running.url()}>; rel="hub", <{running.url("/feed")}>; rel="self"'
        running.pages["/feed"] = (story(1), {"link": link, "etag": '"1"'})
        yield running


def listed(origin: Origin, hub: TestHub, *, with_hub: bool) -> str:
    """feeds.yaml with a source on the origin, and one that the hub pushes."""
    text = feeds_yaml(origin, "/a.rss").replace(
        "allow_private: [", f"allow_private: ['{hub.address}', "
    )
    text = text.replace("min_interval: 0", "min_interval: 1h")
    source = f"  - {{url: '{hub.url('/feed')}', key: pushed}}\ntopics:"
    return text.replace("topics:", source, 1) if with_hub else text


def test_a_pushed_story_is_in_the_topic_feed_within_two_seconds(
    folder: pathlib.Path, origin: Origin, hub: TestHub, run: Run
) -> None:
    (folder / "feeds.yaml").write_text(listed(origin, hub, with_hub=True))
    run("poll")  # so that the daemon knows at its start of the hub to subscribe at
    with daemon(folder, "run") as running:
        hub.reach(f"127.0.0.1:{running.port}")
        running.wait_for("/topics/isis.atom", "Isis story 1")
        hub.wait(lambda: hub.subscribers, 20)
        (one,) = hub.subscribers.values()

        for number in (2, 3, 4):
            began = time.monotonic()
            assert hub.push(story(number))[0] == 202
            assert time.monotonic() - began < 1, "A17.5"
            running.wait_for("/topics/isis.atom", f"Isis story {number}", 5)
            assert time.monotonic() - began < 2
        hub.push(story(5), signature="sha256=00")
        running.wait_for("/metrics", 'aggregator_pushes_total{outcome="ignored"} 1.0', 5)
        metrics = running.get("/metrics").decode()
        assert 'aggregator_pushes_total{outcome="merged"} 3.0' in metrics
        assert 'aggregator_subscriptions{state="active"} 1.0' in metrics
        assert b"Isis story 5" not in running.get("/topics/isis.atom")
        assert hub.asked.count("/feed") == 1, "nobody had to be polled for it"

        (folder / "feeds.yaml").write_text(listed(origin, hub, with_hub=False))
        hub.wait(lambda: not hub.subscribers, 20)
        assert hub.push_to(one, story(6))[0] == 410
        assert running.end() == 0
