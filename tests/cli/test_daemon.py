"""What goes on until it is told to stop: run, serve, demo."""

import json
import pathlib
import random
import signal
import socket
import subprocess
import sys
import time

import pytest

from aggregator.store import SqlStore
from tests.cli.conftest import Origin, Run, feeds_yaml
from tests.cli.helpers import daemon, environment


def test_run_polls_serves_and_ends_in_order(folder: pathlib.Path, origin: Origin) -> None:
    with daemon(folder, "run") as running:
        body = running.wait_for("/topics/isis.atom", "Daesh loses a town")

        assert b"crisis" not in body
        assert running.end(signal.SIGTERM) == 0
        lines = [json.loads(line) for line in running.said().splitlines()]
    polls = {line["source"]: line for line in lines if line["event"] == "poll"}
    assert (polls["a"]["outcome"], polls["a"]["new"]) == ("new", 2)
    assert lines[-1]["event"] == "stopped"


def test_run_searches_and_indexes_what_was_stored_before(
    folder: pathlib.Path, origin: Origin
) -> None:
    with daemon(folder, "run") as running:
        running.wait_for("/search?q=daesh", "<mark>Daesh</mark>")
    store = SqlStore(f"sqlite:///{folder / 'aggregator.db'}")
    with store.writing() as tell:
        tell.set_meta("search.version", "0")
        stored = tell.connection.exec_driver_sql("SELECT count(*) FROM article").scalar_one()
    store.close()

    with daemon(folder, "run") as running:
        running.wait_for("/search.atom?q=daesh", "<entry")
        running.end(signal.SIGTERM)
        lines = [json.loads(line) for line in running.said().splitlines()]
    assert [line["articles"] for line in lines if line["event"] == "indexed for search"] == [stored]


def with_a_hanging_source(folder: pathlib.Path, origin: Origin) -> socket.socket:
    """Add one on another host, that takes connections and never answers."""
    hanging = socket.create_server(("127.0.0.2", 0))
    hanging.settimeout(20)
    address = f"127.0.0.2:{hanging.getsockname()[1]}"
    text = feeds_yaml(origin, "/a.rss").replace(
        "allow_private: [", f"allow_private: ['{address}', "
    )
    (folder / "feeds.yaml").write_text(
        text.replace("topics:", f"  - http://{address}/hang\ntopics:", 1)
    )
    return hanging


def test_a_poll_that_is_stopped_says_so_in_its_exit_code(
    folder: pathlib.Path, origin: Origin
) -> None:
    with (
        with_a_hanging_source(folder, origin) as hanging,
        subprocess.Popen(
            [sys.executable, "-m", "aggregator", "poll", "--all"],
            cwd=folder, env=environment(), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
        ) as process,
    ):  # fmt: skip
        connection, _ = hanging.accept()
        with connection:  # it is at work
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=20)

    assert process.returncode == 130
    assert b"stopped; what had come is kept" in said


def test_ctrl_c_ends_it_within_seconds_also_while_a_source_hangs(
    folder: pathlib.Path, origin: Origin
) -> None:
    with with_a_hanging_source(folder, origin), daemon(folder, "run") as running:
        running.wait_for("/topics/isis.atom", "Daesh")
        began = time.monotonic()

        code = running.end(signal.SIGINT)

        assert code == 0
        assert time.monotonic() - began < 10


def test_a_valid_edit_takes_effect_without_a_restart(folder: pathlib.Path, origin: Origin) -> None:
    origin.stories("/c.rss", "Isis in the third source")
    with daemon(folder, "run") as running:
        running.wait_for("/topics/isis.atom", "Daesh loses a town")
        edited = feeds_yaml(
            origin, "/a.rss", "/b.rss", "/c.rss", topics="  trust: {query: crisis}\n"
        )
        new = folder / "feeds.yaml.new"
        new.write_text(edited)
        new.replace(folder / "feeds.yaml")  # as editors save

        running.wait_for("/topics/isis.atom", "Isis in the third source")
        running.wait_for("/topics/trust.atom", "A crisis of trust")
        assert running.end() == 0


def test_an_invalid_edit_is_reported_and_changes_nothing(
    folder: pathlib.Path, origin: Origin
) -> None:
    with daemon(folder, "run") as running:
        before = running.wait_for("/topics/isis.atom", "Fighters of Isis captured")
        (folder / "feeds.yaml").write_text(feeds_yaml(origin, "/a.rss").replace("query:", "qurey:"))

        said = running.wait_to_say("the last good one stays in force")

        assert (
            "feeds.yaml:5:23: topics.isis.qurey: there is no such key; did you mean query?" in said
        )
        assert running.get("/topics/isis.atom") == before
        assert running.end() == 0


def test_sighup_reloads(folder: pathlib.Path, origin: Origin) -> None:
    with daemon(folder, "run") as running:
        running.wait_for("/", "Test wire")
        (folder / "feeds.yaml").write_text(
            feeds_yaml(origin, "/a.rss").replace("Test wire", "Other wire")
        )
        running.process.send_signal(signal.SIGHUP)

        running.wait_for("/", "Other wire")
        assert running.end() == 0


def test_serve_shows_what_another_process_polls(
    folder: pathlib.Path, origin: Origin, run: Run
) -> None:
    with daemon(folder, "serve") as serving:
        serving.wait_for("/topics/isis.atom", "<feed")
        run("poll", "--all")

        serving.wait_for("/topics/isis.atom", "Daesh loses a town", seconds=10)
        origin.stories("/a.rss", "Isis again", "Daesh loses a town", "A crisis of trust")
        run("poll", "--all")
        serving.wait_for("/topics/isis.atom", "Isis again", seconds=10)
        assert serving.end() == 0


def test_run_keeps_a_static_site_that_outlives_it(folder: pathlib.Path, origin: Origin) -> None:
    text = (folder / "feeds.yaml").read_text() + "  publish: {folder: site}\n"
    (folder / "feeds.yaml").write_text(text)
    with daemon(folder, "run") as running:
        running.wait_for("/topics/isis.atom", "Daesh loses a town")
        until = time.monotonic() + 20
        target = folder / "site/topics/isis.atom"
        while time.monotonic() < until and not (
            target.exists() and b"Daesh" in target.read_bytes()
        ):
            time.sleep(0.1)
        served = running.get("/topics/isis.atom")
        running.end()

    assert target.read_bytes() == served


def test_a_port_that_is_taken_is_explained(folder: pathlib.Path, run: Run) -> None:
    with daemon(folder, "serve") as serving:
        serving.wait_for("/healthz", "ok")

        said = run("run", "--listen", f"127.0.0.1:{serving.port}")

        assert said.code == 2
        assert f"cannot listen on 127.0.0.1:{serving.port}: Address already in use" in said.err


def test_the_demo_has_the_right_stories_and_not_the_look_alikes(tmp_path: pathlib.Path) -> None:
    with daemon(tmp_path, "demo") as running:
        running.wait_for("/topics/isis.atom", "Oslo court jails homemaker who joined IS in Syria")
        isis = running.wait_for("/topics/isis.atom", "Paris and Moscow").decode()
        for look_alike in ("Temple of Isis", "Rowers back on the Isis", "crisis", "IS-IS"):
            assert look_alike not in isis
        running.wait_for("/topics/climate.atom", "Also reported by")
        running.wait_for("/sources", "the server answered 500")
        assert running.end() == 0


def _stories(folder: pathlib.Path, database: str) -> set[tuple[str, str]]:
    done = subprocess.run(
        [sys.executable, "-m", "aggregator", "-d", database, "export", "stories"],
        cwd=folder, capture_output=True, text=True, check=True, env=environment(),
    )  # fmt: skip
    return {
        (story["id"], article["entry_id"])
        for story in map(json.loads, done.stdout.splitlines())
        for article in story["articles"]
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_a_kill_at_any_moment_loses_and_doubles_nothing(
    folder: pathlib.Path, origin: Origin, seed: int
) -> None:
    paths = [f"/s{n}.rss" for n in range(20)]
    for path in paths:
        origin.stories(path, *(f"Isis {path} {n}" for n in range(10)))
    (folder / "feeds.yaml").write_text(feeds_yaml(origin, *paths))
    poll = [sys.executable, "-m", "aggregator", "poll", "--all"]
    where = {"cwd": folder, "env": environment(), "stdout": subprocess.DEVNULL}
    chance = random.Random(seed)
    for _ in range(3):
        process = subprocess.Popen(poll, **where)  # type: ignore[call-overload]
        time.sleep(chance.uniform(0.4, 2))
        process.kill()
        process.wait()
    subprocess.run(poll, check=True, **where)  # type: ignore[call-overload]
    subprocess.run(
        [*poll[:3], "-d", f"sqlite:///{folder}/whole.db", *poll[3:]], check=True, **where
    )  # type: ignore[call-overload]

    killed = _stories(folder, f"sqlite:///{folder}/aggregator.db")

    assert len(killed) == 200
    assert killed == _stories(folder, f"sqlite:///{folder}/whole.db")
