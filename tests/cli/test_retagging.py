"""`diff`, `retag`, and what the daemon does when a rule changes."""

import hashlib
import json
import pathlib
import re

import pytest

from aggregator.in_force import _take_over
from aggregator.live import Live
from aggregator.model import Retagging
from aggregator.pipeline.retag import begin
from aggregator.wiring import open_store, read_config
from tests.cli.conftest import Origin, Run
from tests.cli.helpers import daemon

OLD, NEW = "isis OR daesh", "isis OR crisis"


def edit(folder: pathlib.Path, name: str = "feeds.yaml", new: str = NEW, more: str = "") -> None:
    text = (folder / "feeds.yaml").read_text().replace(OLD, new)
    (folder / name).write_text(text.replace("settings:", f"{more}settings:"))


def ids(run: Run) -> dict[str, str]:
    lines = run("export", "stories").out.splitlines()
    return {one["title"]: one["id"] for one in map(json.loads, lines)}


def state_of(folder: pathlib.Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}


def test_diff_shows_what_would_enter_and_leave_with_the_words(
    run: Run, folder: pathlib.Path
) -> None:
    run("poll", "--all")
    edit(folder, "new.yaml", more="  town: {query: town}\n")
    before = state_of(folder)

    said = run("--config", "new.yaml", "diff")

    assert said.code == 0
    assert "isis: 1 would enter, 1 would leave\n  + A crisis of trust\n" in said.out
    assert "title: crisis in “A crisis of trust”" in said.out
    assert "  - Daesh loses a town\n" in said.out
    assert "title: daesh in “Daesh loses a town”" in said.out
    assert "town (new): 1 would enter, 0 would leave\n" in said.out
    assert said.out.endswith("2 topics would change: 2 in, 1 out. Nothing has been changed.\n")
    assert state_of(folder) == before


def test_diff_for_machines(run: Run, folder: pathlib.Path) -> None:
    run("poll", "--all")
    stories = ids(run)
    edit(folder, "new.yaml")
    added, removed = stories["A crisis of trust"], stories["Daesh loses a town"]

    assert json.loads(run("--config", "new.yaml", "diff", "--json").out) == {
        "topics": [
            {
                "topic": "isis",
                "added": [added],
                "removed": [removed],
                "evidence": {
                    added: [{"field": "title", "term": "crisis", "text": "crisis"}],
                    removed: [{"field": "title", "term": "daesh", "text": "Daesh"}],
                },
            }
        ]
    }
    assert json.loads(run("diff", "--json").out) == {"topics": []}


def test_diff_shows_as_many_as_are_asked_for(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    origin.stories("/a.rss", *(f"A crisis, number {n}" for n in range(9)))
    run("poll", "--all")
    edit(folder, "new.yaml")

    assert run("--config", "new.yaml", "diff").out.count("\n  + ") == 5
    said = run("--config", "new.yaml", "diff", "--limit", "2").out
    assert said.count("\n  + ") == 2
    assert "… 7 more; --limit shows them" in said
    assert run("--config", "new.yaml", "diff", "--limit", "0").out.count("\n  ") == 0


def test_diff_of_a_topic_taken_out(run: Run, folder: pathlib.Path) -> None:
    run("poll", "--all")
    text = (folder / "feeds.yaml").read_text()
    (folder / "new.yaml").write_text(text.replace("isis: {title: ISIS", "towns: {title: Towns"))

    said = run("--config", "new.yaml", "diff").out

    assert "isis (taken out): 0 would enter, 2 would leave" in said
    assert "towns (new): 2 would enter, 0 would leave" in said


def test_diff_makes_no_database(run: Run, folder: pathlib.Path) -> None:
    before = state_of(folder)

    said = run("diff")

    assert said.code == 1
    assert "there is no database" in said.err
    assert state_of(folder) == before


def test_diff_of_an_invalid_file_is_explained(run: Run, folder: pathlib.Path) -> None:
    run("poll", "--all")
    edit(folder, "new.yaml", "(isis")

    said = run("--config", "new.yaml", "diff")

    assert said.code == 2
    assert "new.yaml:6:30: topics.isis.query: this ( is never closed" in said.err


def test_what_diff_says_is_what_retag_does(run: Run, folder: pathlib.Path) -> None:
    run("poll", "--all")
    edit(folder)

    said = run("retag")

    assert said.code == 0
    assert re.search(r"isis +1 +1", said.out)
    assert "1 topic found anew: 1 in, 1 out." in said.out
    assert json.loads(run("diff", "--json").out) == {"topics": []}
    assert json.loads(run("retag", "isis", "--json").out) == {
        "topics": [{"topic": "isis", "entered": 0, "left": 0, "held": 0}]
    }


def test_retag_of_an_unknown_topic_names_the_nearest(run: Run, folder: pathlib.Path) -> None:
    said = run("retag", "isi")

    assert said.code == 2
    assert said.err == "aggregator: there is no topic 'isi'; did you mean isis?\n"
    assert "there are: isis" in run("retag", "weather").err


def test_status_shows_topics_being_found_anew(run: Run, folder: pathlib.Path) -> None:
    run("poll", "--all")
    config = read_config(pathlib.Path("feeds.yaml"))
    store = open_store(config)
    live = Live(pathlib.Path("feeds.yaml"), config, store, lambda: config)
    with store.writing() as tell:
        begin(tell, live.setup, ["isis"])
        tell.save_retaggings([Retagging("isis", live.setup.definitions["isis"], 2)])

    assert "being found anew: 2 of 3" in run("status").out
    topics = json.loads(run("status", "--json").out)["topics"]
    assert [one["anew"] for one in topics] == [{"done": 2, "stories": 3}, None]

    first = _take_over(live, {})
    assert list(first) == ["isis"]
    assert live.stale == [], "somebody may be at work on it"
    _take_over(live, first)
    assert live.stale == ["isis"]
    live.catch_up()
    assert _take_over(live, first) == {}
    store.close()


def test_retag_is_left_to_who_comes_next_when_it_is_stopped(
    run: Run, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("poll", "--all")
    edit(folder)

    def stopped(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("aggregator.pipeline.retag.retag", stopped)
        said = run("retag")
    assert said.code == 130
    assert "goes on from here" in said.err

    run("poll")  # catches up
    assert json.loads(run("diff", "--json").out) == {"topics": []}


def test_the_daemon_finds_the_stories_of_a_changed_rule_and_says_so(
    folder: pathlib.Path, origin: Origin, run: Run
) -> None:
    with daemon(folder, "run") as running:
        running.wait_for("/topics/isis.atom", "Daesh loses a town")
        edit(folder)

        feed = running.wait_for("/topics/isis.atom", "A crisis of trust")
        said = running.wait_to_say("found stories anew")
        done = run("retag", "isis", "--json")  # beside it
        assert running.end() == 0

    assert b"Daesh" not in feed
    assert '"topics": ["isis"]' in said
    assert '"entered": 1, "left": 1' in said
    assert json.loads(done.out)["topics"][0]["entered"] == 0
    assert b"Fighters of Isis" in feed
    assert origin.asked
