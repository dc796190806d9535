"""`split` and `merge` as a person gives them, and what `explain` says of them."""

import json
import pathlib
import shlex
import time
from typing import Any

import pytest

from aggregator.pipeline.commit import commit
from aggregator.pipeline.due import sync_sources
from aggregator.pipeline.topics import sync_topics
from aggregator.publish.ids import story_path
from aggregator.wiring import opened, read_config
from tests.cli.conftest import Run
from tests.cli.helpers import daemon
from tests.values import NOON, article, finished

A, B = "https://news.example/wire/1?utm_source=a", "https://news.example/wire/1?utm_source=b"
OTHER = "https://news.example/other"


@pytest.fixture
def shared(folder: pathlib.Path) -> None:
    """Two sources, one of which tells the other's story, and one of its own."""
    config = read_config(folder / "feeds.yaml")
    with opened(config) as (store, setup):
        sync_sources(store, setup, NOON)
        sync_topics(store, setup, NOON)
        for told in (
            [article("a", 1, title="Daesh loses a town", url=A)],
            [
                article("b", 1, title="A town is lost", url=B),
                article("b", 2, title="Fighters captured", url=OTHER),
            ],
        ):
            commit(store, [finished(setup, *told)], setup, lambda: 0.0)


def explained(run: Run, named: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(run("explain", named, "--json").out)
    return told


def undo(run: Run, said: str) -> None:
    """Give the command that the answer ends with."""
    _, *command = shlex.split(said.partition("to undo it: ")[2])
    assert run(*command).code == 0


def test_split_says_what_it_did_and_what_undoes_it(run: Run, shared: None) -> None:
    whole = explained(run, A)

    said = run("split", A, B)

    assert said.code == 0
    kept, made = explained(run, A), explained(run, B)
    assert [one["source"] for one in kept["articles"]] == ["a"]
    assert [(one["source"], one["joined"]) for one in made["articles"]] == [("b", None)]
    assert kept["id"] == whole["id"]
    assert said.out == (
        "1 article moved out into a story of its own:\n"
        f"  b  A town is lost  {B}\n"
        f"new   {made['id']}  A town is lost\n"
        f"kept  {kept['id']}  Daesh loses a town\n"
        f"to undo it: aggregator merge {shlex.quote(kept['id'])} {shlex.quote(made['id'])}\n"
    )
    undo(run, said.out)
    assert [one["source"] for one in explained(run, B)["articles"]] == ["a", "b"]


def test_merge_says_what_it_did_and_what_undoes_it(run: Run, shared: None) -> None:
    first, second = explained(run, A), explained(run, OTHER)

    said = run("merge", OTHER, A)

    assert said.code == 0
    assert said.out == (
        "1 article moved into the story that came first:\n"
        f"  b  Fighters captured  {OTHER}\n"
        f"kept  {first['id']}  Daesh loses a town\n"
        f"gone  {second['id']}, which leads there now\n"
        f"to undo it: aggregator split {shlex.quote(first['id'])} {OTHER}\n"
    )
    merged = explained(run, second["id"])
    assert merged["id"] == first["id"]
    assert [one["joined"] and one["joined"]["clue"] for one in merged["articles"]] == [
        None,
        "page",
        "hand",
    ]
    assert "merged by hand" in run("explain", OTHER).out
    undo(run, said.out)
    assert explained(run, OTHER) == second


def test_both_say_it_to_machines(run: Run, shared: None) -> None:
    split = json.loads(run("split", A, "b", "--json").out)

    assert set(split) == {"kept", "made", "moved", "undo"}
    assert [one["url"] for one in split["moved"]] == [B]
    merged = json.loads(run("merge", split["made"], split["kept"], "--json").out)
    assert (merged["kept"], merged["gone"]) == (split["kept"], split["made"])
    assert [one["source"] for one in merged["moved"]] == ["b"]
    assert shlex.split(merged["undo"]) == ["aggregator", "split", split["kept"], B]


def test_an_unknown_story_exits_with_1_and_wrong_use_with_2(run: Run, shared: None) -> None:
    for given in (("split", "tag:x", A), ("merge", A, "tag:x"), ("merge", "tag:x", A)):
        said = run(*given)
        assert said.code == 1
        assert said.err == "aggregator: no story has the id or the address tag:x\n"
    for wrong in (
        ("split", OTHER, OTHER),
        ("split", A, "https://x.example/"),
        ("merge", A, B),
        ("split", A),
    ):
        assert run(*wrong).code == 2
    said = run("split", A, "https://x.example/")
    assert said.err.count("\n") == 1
    assert f"they are: a: {A}; b: {B}" in said.err


def test_a_running_server_shows_it_and_leads_to_the_story_that_is_left(
    run: Run, shared: None, folder: pathlib.Path
) -> None:
    first, second = explained(run, A), explained(run, OTHER)
    with daemon(folder, "serve") as serving:
        serving.wait_for("/all.atom", second["id"])

        run("merge", A, OTHER)

        body = serving.wait_for(f"/{story_path(second['id'])}", "merged by hand")
        assert first["id"].encode() in body
        until = time.monotonic() + 20
        while second["id"].encode() in serving.get("/all.atom") and time.monotonic() < until:
            time.sleep(0.05)  # what is shown is of the same second
        assert second["id"].encode() not in serving.get("/all.atom")
