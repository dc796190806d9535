"""Every command, as a user gives it."""

import json
import pathlib
import xml.etree.ElementTree as ET

import pytest

from aggregator import __version__
from aggregator.store import SqlStore
from aggregator.topics.sieve import Has
from tests.cli.conftest import Origin, Run, feeds_yaml

COMMANDS = ["run", "poll", "serve", "build", "check", "add", "import", "export", "status", "explain", "diff", "release", "retag", "demo", "schema", "version"]  # fmt: skip


def test_help_lists_every_command(run: Run) -> None:
    said = run("--help")

    assert said.code == 0
    for command in COMMANDS:
        assert f"  {command} " in said.out


@pytest.mark.parametrize("command", [c for c in COMMANDS if c not in ("export", "version")])
def test_the_help_of_a_command_gives_an_example(run: Run, command: str) -> None:
    said = run(command, "--help")

    assert said.code == 0
    assert "Example" in said.out
    assert (
        f"aggregator {'--config' if command in ('run', 'check', 'diff') else command}" in said.out
    )


@pytest.mark.parametrize(
    "args", [["nonsense"], ["poll", "--nonsense"], ["build"], ["add"], ["--log", "x", "version"]]
)
def test_wrong_use_exits_with_2(run: Run, folder: pathlib.Path, args: list[str]) -> None:
    said = run(*args)

    assert said.code == 2
    assert said.err
    assert "Traceback" not in said.err


def test_version(run: Run) -> None:
    assert run("version").out.startswith(f"aggregator {__version__} (Python 3.")


def test_schema_is_json_schema_of_feeds_yaml(run: Run) -> None:
    schema = json.loads(run("schema").out)

    assert schema["$schema"].startswith("https://json-schema.org/")
    assert set(schema["properties"]) == {"site", "sources", "blocklist", "topics", "settings"}


# --- feeds.yaml -------------------------------------------------------------------------------


def test_check_says_what_it_found(run: Run, folder: pathlib.Path) -> None:
    said = run("check")

    assert said.code == 0
    assert said.out == "feeds.yaml: 2 sources, 1 topic, 0 examples: all is well\n"
    assert "`site.contact` is missing" in said.err


def test_check_names_every_mistake_with_its_place_and_exits_with_2(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    bad = (
        feeds_yaml(origin, "/a.rss")
        .replace("query:", "qurey:")
        .replace("title: Test", "titel: Test")
    )
    (folder / "feeds.yaml").write_text(bad)

    said = run("check")

    assert said.code == 2
    assert said.err.splitlines() == [
        "aggregator: feeds.yaml:1:8: site.titel: there is no such key; did you mean title?",
        "aggregator: feeds.yaml:5:23: topics.isis.qurey: there is no such key; did you mean query?",
    ]
    assert said.out == ""


def test_check_warns_of_what_is_surely_wrong_and_holds_it_against_the_file_when_told_to(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    text = feeds_yaml(origin, "/a.rss", topics="  more: {query: 'isis OR \"isis fighters\"'}\n")
    (folder / "feeds.yaml").write_text(text)
    warned = (
        'feeds.yaml:6:26: topics.more.query: "isis fighters" adds nothing: isis finds all that it '
        "finds; take one of them out"
    )

    said = run("check")

    assert said.code == 0
    assert said.out == "feeds.yaml: 1 source, 2 topics, 0 examples: valid, with 1 warning\n"
    assert f"warning: {warned}\n" in said.err
    assert run("check", "--strict").code == 1
    said = run("check", "--strict", "--json")
    assert said.code == 1
    (warning,) = json.loads(said.out)["warnings"]
    assert (warning["line"], warning["column"], warning["where"], warning["kind"]) == (
        6, 26, "topics.more.query", "redundant",
    )  # fmt: skip
    assert not (folder / "aggregator.db").exists()


def test_check_strict_is_content_with_a_right_file(run: Run, folder: pathlib.Path) -> None:
    assert run("check", "--strict").code == 0


def test_check_warns_of_a_topic_that_took_too_much_of_what_came(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    origin.stories("/a.rss", *(f"Isis {n} {'abc'[n % 3] * (n + 3)}" for n in range(120)))
    run("poll", "--all")
    before = (folder / "aggregator.db").read_bytes()

    said = run("check")

    assert "warning: feeds.yaml:6:3: topics.isis: took 121 of the 121 stories" in said.err
    assert (folder / "aggregator.db").read_bytes() == before


def test_check_does_not_touch_a_database_of_another_version(run: Run, folder: pathlib.Path) -> None:
    (folder / "aggregator.db").write_bytes(b"")

    assert run("check").code == 0
    assert (folder / "aggregator.db").read_bytes() == b""


def test_check_for_machines_lists_the_problems_of_an_invalid_file(
    run: Run, folder: pathlib.Path
) -> None:
    (folder / "feeds.yaml").write_text("site: {titel: x}\ntopics:\n  isis: {query: (isis}\n")

    said = run("check", "--json")

    assert said.code == 2
    assert json.loads(said.out) == {
        "problems": [
            "feeds.yaml:1:8: site.titel: there is no such key; did you mean title?",
            "feeds.yaml:3:17: topics.isis.query: this ( is never closed; add a )",
        ]
    }
    assert said.err.count("aggregator: feeds.yaml:") == 2


def test_a_missing_file_is_explained(
    run: Run, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    said = run("poll")

    assert said.code == 2
    assert said.err.startswith(
        "aggregator: feeds.yaml: there is no such file; name another with --config"
    )


def test_check_online_asks_each_source_and_stores_nothing(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    (folder / "feeds.yaml").write_text(feeds_yaml(origin, "/a.rss", "/gone.rss"))

    said = run("check", "--online", "--json")

    assert said.code == 1
    online = {one["key"]: one for one in json.loads(said.out)["online"]}
    assert (online["a"]["kind"], online["a"]["entries"]) == ("rss", 2)
    assert online["gone"]["failure"]["kind"] == "not_found"
    assert not (folder / "aggregator.db").exists()


def test_add_finds_the_feed_behind_a_page_and_keeps_the_file_as_it_is(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    origin.put(
        "/",
        b"""<html><head><link rel="alternate" type="application/rss+xml" href="/c.rss" title="C">
        <link rel="alternate" type="application/atom+xml" href="/comments/feed" title="Comments"></head>""",
        "text/html",
    )
    origin.stories("/c.rss", "One", "Two")
    before = (folder / "feeds.yaml").read_text()

    said = run("add", origin.url("/"))

    assert said.code == 0
    assert "A feed" in said.out
    assert "rss, 2 entries" in said.out
    assert f"also there: {origin.url('/comments/feed')}" in said.out
    after = (folder / "feeds.yaml").read_text()
    assert after == before.replace("topics:\n", f"  - {origin.url('/c.rss')}\ntopics:\n", 1)


def test_add_takes_the_address_of_a_feed_with_a_name(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    origin.stories("/c.rss", "One")

    assert run("add", origin.url("/c.rss"), "--key", "c", "--title", "The C").code == 0

    assert (
        f"  - url: {origin.url('/c.rss')}\n    key: c\n    title: The C\n"
        in (folder / "feeds.yaml").read_text()
    )


@pytest.mark.parametrize(
    ("path", "said_of_it"),
    [
        ("/a.rss", "lists"),
        ("/nothing", "not_found: the server answered 404"),
        ("/page", "the page names no feed"),
    ],
)
def test_add_that_cannot_be_done_changes_nothing(
    run: Run, folder: pathlib.Path, origin: Origin, path: str, said_of_it: str
) -> None:
    origin.put("/page", b"<html><p>Hello", "text/html")
    before = (folder / "feeds.yaml").read_text()

    said = run("add", origin.url(path))

    assert said.code == 2
    assert said_of_it in said.err
    assert (folder / "feeds.yaml").read_text() == before


def test_add_dry_run_only_shows(run: Run, folder: pathlib.Path, origin: Origin) -> None:
    origin.stories("/c.rss", "One")
    before = (folder / "feeds.yaml").read_text()

    assert run("add", "-n", origin.url("/c.rss")).code == 0
    assert (folder / "feeds.yaml").read_text() == before


def test_import_adds_what_is_not_listed_yet(run: Run, folder: pathlib.Path, origin: Origin) -> None:
    (folder / "subs.opml").write_text(
        f"""<opml version="2.0"><body><outline text="News">
        <outline type="rss" text="A" xmlUrl="{origin.url("/a.rss")}"/>
        <outline type="rss" text="New &amp; good" xmlUrl="https://new.example/feed"/>
        <outline type="rss" text="Not" xmlUrl="javascript:alert(1)"/>
        </outline></body></opml>"""
    )

    said = run("import", "subs.opml")

    assert said.code == 0
    assert said.out == "1 source added, 1 known already\n"
    assert "left out, no http or https address: javascript:alert(1)" in said.err
    assert (
        "- url: https://new.example/feed\n    title: New & good\n"
        in (folder / "feeds.yaml").read_text()
    )


def test_import_twice_adds_once_and_no_password_is_written(run: Run, folder: pathlib.Path) -> None:
    (folder / "subs.opml").write_text(
        """<opml version="2.0"><body>
        <outline type="rss" text="A" xmlUrl="https://new.example/feed#top"/>
        <outline type="rss" text="B" xmlUrl="https://u:hunter2@locked.example/feed"/>
        </body></opml>"""
    )

    first, second = run("import", "subs.opml"), run("import", "subs.opml")

    assert first.out == "2 sources added, 0 known already\n"
    assert "give it as `auth`: https://locked.example/feed" in first.err
    assert (second.code, second.out) == (0, "0 sources added, 2 known already\n")
    assert "hunter2" not in (folder / "feeds.yaml").read_text()


@pytest.mark.parametrize(
    ("body", "said_of_it"), [("", "the file is empty"), ("hello", "subs.opml: ")]
)
def test_import_of_what_is_no_opml_is_explained(
    run: Run, folder: pathlib.Path, body: str, said_of_it: str
) -> None:
    (folder / "subs.opml").write_text(body)

    said = run("import", "subs.opml")

    assert said.code == 2
    assert said_of_it in said.err


# --- the job --------------------------------------------------------------------------------


def test_poll_shows_what_came(run: Run, folder: pathlib.Path) -> None:
    said = run("poll", "--all")

    assert said.code == 0
    assert "2 sources polled: 3 new entries, 3 new stories, 0 failed." in said.out


def test_poll_json(run: Run, folder: pathlib.Path) -> None:
    polled = json.loads(run("poll", "--json").out)

    assert {one["source"]: one["new_articles"] for one in polled["polled"]} == {"a": 2, "b": 1}
    assert polled["left_out"] == {}


def test_a_second_pass_adds_nothing(run: Run, folder: pathlib.Path) -> None:
    run("poll", "--all")
    exported = run("export", "stories").out

    assert "0 new entries, 0 new stories" in run("poll", "--all").out
    assert run("export", "stories").out == exported


def test_poll_of_a_source_by_name(run: Run, folder: pathlib.Path, origin: Origin) -> None:
    assert run("poll", "a").code == 0
    assert origin.asked == ["/robots.txt", "/a.rss"]


def test_poll_of_a_source_that_is_not_listed(run: Run, folder: pathlib.Path) -> None:
    said = run("poll", "nothing")

    assert said.code == 2
    assert "no source has the key nothing" in said.err


def test_poll_of_a_named_source_that_fails_exits_with_1(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    origin.put("/a.rss", b"", status=500)

    said = run("poll", "a")

    assert said.code == 1
    assert "status: the server answered 500" in said.out


def test_build_writes_the_site_and_then_only_what_changed(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    run("poll", "--all")

    first = json.loads(run("build", "site", "--json").out)
    again = json.loads(run("build", "site", "--json").out)

    assert first["written"] == sum(again.values())
    assert again["written"] == 0
    assert b"Daesh loses a town" in (folder / "site/topics/isis.atom").read_bytes()
    assert b"crisis" not in (folder / "site/topics/isis.atom").read_bytes()


def test_a_command_indexes_what_was_stored_before_there_was_search(
    run: Run, folder: pathlib.Path
) -> None:
    run("poll", "--all")
    store = SqlStore(f"sqlite:///{folder / 'aggregator.db'}")
    with store.writing() as tell:
        tell.set_meta("search.version", "0")
    store.close()

    run("build", "site")

    store = SqlStore(f"sqlite:///{folder / 'aggregator.db'}")
    with store.reading() as ask:
        assert ask.floor() == 0
        assert ask.candidates(Has("daesh"), None, 10, 1.0)
    store.close()


def test_export_stories_is_one_object_a_line(run: Run, folder: pathlib.Path) -> None:
    run("poll", "--all")

    stories = [json.loads(line) for line in run("export", "stories").out.splitlines()]

    assert len(stories) == 3
    (isis,) = [s for s in stories if s["title"] == "Fighters of Isis captured"]
    assert isis["topics"] == [
        {"topic": "isis", "evidence": [{"field": "title", "term": "isis", "text": "Isis"}]}
    ]


def test_export_opml_tells_no_secret(run: Run, folder: pathlib.Path, origin: Origin) -> None:
    text = feeds_yaml(origin, "/a.rss").replace("http://", "http://user:hunter2@", 1)
    (folder / "feeds.yaml").write_text(text)

    said = run("export", "opml")

    (outline,) = ET.fromstring(said.out).iter("outline")
    assert outline.get("xmlUrl") == origin.url("/a.rss")
    assert "hunter2" not in said.out


# --- questions ------------------------------------------------------------------------------


def test_status_json_is_the_contract(run: Run, folder: pathlib.Path, origin: Origin) -> None:
    origin.put("/b.rss", b"", status=503)
    run("poll", "--all")

    said = run("status", "--json")

    assert said.code == 0
    sources = {one["key"]: one for one in json.loads(said.out)["sources"]}
    assert (sources["a"]["state"], sources["a"]["failure"]) == ("active", None)
    assert sources["b"]["state"] == "failing"
    assert sources["b"]["failure"]["kind"] == "unavailable"
    assert all(one["next_poll_at"] for one in sources.values())


def test_a6_4_status_json_has_the_whole_record_of_a_failure_and_the_rhythm(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    origin.put("/b.rss", b"", status=503)
    run("poll", "--all")

    sources = {one["key"]: one for one in json.loads(run("status", "--json").out)["sources"]}

    failure = sources["b"]["failure"]
    assert (failure["phase"], failure["status"], failure["address"]) == (
        "headers",
        503,
        "127.0.0.1",
    )
    assert failure["url"].endswith("/b.rss")
    assert (sources["b"]["failures"], sources["b"]["why"]) == (1, failure["detail"])
    assert len(sources["a"]["days"]) == 28
    assert sources["a"]["asked_at"] == sources["a"]["url"]
    assert sources["a"]["asking"] == "both"


def test_status_exits_with_1_when_a_source_needs_a_person(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    origin.put("/b.rss", b"<html>parked", "text/html")
    run("poll", "--all")

    said = run("status")

    assert said.code == 1
    assert "not a feed" in said.out
    assert "2 sources, 1 in need of a person." in said.out


def test_status_of_a_new_file_before_the_first_poll(run: Run, folder: pathlib.Path) -> None:
    said = run("status", "--json")

    assert said.code == 0
    assert [one["state"] for one in json.loads(said.out)["sources"]] == ["new", "new"]


# --- databases ------------------------------------------------------------------------------


def test_another_database_is_used_when_named(run: Run, folder: pathlib.Path) -> None:
    assert run("-d", f"sqlite:///{folder}/other.db", "poll", "--all").code == 0

    assert (folder / "other.db").exists()
    assert not (folder / "aggregator.db").exists()


def test_the_database_stands_beside_the_file_wherever_the_command_is_given(
    run: Run,
    folder: pathlib.Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))

    assert run("-c", str(folder / "feeds.yaml"), "poll", "--all").code == 0

    assert (folder / "aggregator.db").exists()


def test_a_database_that_cannot_be_used_is_explained(run: Run, folder: pathlib.Path) -> None:
    said = run("-d", "sqlite:////nowhere/x.db", "status")

    assert said.code == 1
    assert said.err == (
        "aggregator: cannot use the database sqlite:////nowhere/x.db: there is no folder /nowhere\n"
    )


def test_poll_and_build_on_both_databases(
    run: Run, folder: pathlib.Path, database_url: str
) -> None:
    assert run("-d", database_url, "poll", "--all").code == 0
    assert run("-d", database_url, "build", "site").code == 0
    assert b"Daesh" in (folder / "site/topics/isis.atom").read_bytes()


def test_b3_7_release_lists_what_is_held_back_and_lets_it_in(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    origin.stories("/a.rss", *(f"Daesh story {n}" for n in range(25)))
    (folder / "feeds.yaml").write_text(
        feeds_yaml(origin, "/a.rss") + "  publish: {admit_count: 50}\n"
    )
    run("poll", "--all")
    assert "Nothing is held back." in run("release").out
    origin.stories("/a.rss", *(f"HACKED by Daesh {n}" for n in range(25)))
    # The guids go with the titles; the addresses say that the entries are the same.
    assert "held back" in run("poll", "--all").out

    assert "all, isis" in run("release").out
    (one,) = json.loads(run("release", "--json").out)
    assert (one["source"], one["edits"]) == ("a", 25)
    assert run("release", "nobody").code == 2
    assert "25 edits of a will come in with its next poll, due now" in run("release", "a").out
    run("poll", "--all")
    assert "HACKED by Daesh 1" in run("explain", "https://news.example/a.rss/1").out
    assert run("release", "a").code == 2
