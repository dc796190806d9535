"""`retire`, `backup` and `restore`, and what the daemon does of them every day."""

import json
import pathlib
import sqlite3

import pytest

from aggregator.pipeline import retire as retiring
from aggregator.wiring import open_store, read_config
from tests.cli.conftest import Origin, Run, feeds_yaml
from tests.cli.helpers import daemon

FIGHTERS = "Fighters of Isis captured"
LONG = "What happened, told at length. " * 40


@pytest.fixture
def polled(
    run: Run, folder: pathlib.Path, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> pathlib.Path:
    """A database with three stories, of which feeds show that on fighters, and it alone."""
    origin.stories("/a.rss", "Daesh loses a town", "A crisis of trust", text=LONG)
    monkeypatch.setattr(retiring, "MOST_ENTRIES", 1)
    assert run("poll", "--all").code == 0
    with sqlite3.connect("aggregator.db") as database:
        for day, title in enumerate(("A crisis of trust", "Daesh loses a town", FIGHTERS), 1):
            database.execute(
                "UPDATE admission SET admitted_at = ? WHERE story_pk = "
                "(SELECT story_pk FROM article WHERE title = ?)",
                (f"2026-01-0{day} 00:00:00.000000", title),
            )
    database.close()
    return folder


def kept(folder: pathlib.Path) -> dict[str, str]:
    store = open_store(read_config(folder / "feeds.yaml"))
    found = {a.title: str(a.kept) for _, story in store.all_stories() for a in story.articles}
    store.close()
    return found


def test_retire_says_what_it_forgot_and_what_is_left(run: Run, polled: pathlib.Path) -> None:
    nothing = run("retire")
    tried = run("retire", "--older-than", "0", "--dry-run")
    assert set(kept(polled).values()) == {"text"}
    done = run("retire", "--older-than", "0", "--json")
    again = run("retire", "--older-than", "0")

    assert (nothing.code, tried.code, done.code, again.code) == (0, 0, 0, 0)
    assert nothing.out.startswith("Forgot the texts of 0 articles")
    said = json.loads(done.out)
    size = f"{said['texts']['bytes'] / 1000:.1f} kB"
    assert tried.out.startswith(f"Would forget the texts of {said['texts']['articles']} article")
    assert size in tried.out
    assert (said["texts"]["articles"], said["shown"]) == (2, 1)
    assert kept(polled) == {
        "A crisis of trust": "summary", "Daesh loses a town": "summary", FIGHTERS: "text"
    }  # fmt: skip
    assert "1 article of age stayed: feeds show it.\n" in again.out
    assert f"The database takes {said['database_bytes'] / 1000:.1f} kB" in again.out


def test_explain_and_the_page_of_a_story_say_that_its_text_was_forgotten(
    run: Run, polled: pathlib.Path
) -> None:
    gone = "Its text is no longer kept."
    run("retire", "--older-than", "0")
    store = open_store(read_config(polled / "feeds.yaml"))
    urls = {story.articles[0].title: story.articles[0].url for _, story in store.all_stories()}
    store.close()
    run("build", "site")

    told = run("explain", str(urls["A crisis of trust"])).out
    whole = run("explain", str(urls[FIGHTERS])).out

    assert "The text is no longer kept (settings.retention)." in told
    assert "no longer kept" not in whole
    pages = [page.read_text("utf-8") for page in pathlib.Path("site/stories").glob("*.html")]
    assert {FIGHTERS in page: gone in page for page in pages} == {True: False, False: True}


def test_the_texts_of_a_source_that_is_no_longer_listed(
    run: Run, polled: pathlib.Path, origin: Origin
) -> None:
    (polled / "feeds.yaml").write_text(feeds_yaml(origin, "/b.rss"))
    run("poll")

    said = json.loads(run("retire", "--source", "a", "--json").out)

    assert said["texts"]["articles"] == 2
    assert kept(polled)[FIGHTERS] == "text"


def test_what_retire_cannot_do_is_told(run: Run, polled: pathlib.Path) -> None:
    unknown, odd = run("retire", "--source", "nobody"), run("retire", "--older-than", "long")

    assert (unknown.code, unknown.err) == (2, "aggregator: there never was a source 'nobody'\n")
    assert odd.code == 2
    assert "write 30s, 15m, 2h or 1d" in odd.err


def test_a_backup_is_made_and_put_back(run: Run, polled: pathlib.Path) -> None:
    before = run("export", "stories").out

    made = run("backup", "a.backup")
    again = run("backup", "a.backup")
    (polled / "aggregator.db").unlink()
    put = run("restore", "a.backup")
    twice = run("restore", "a.backup")
    forced = run("restore", "a.backup", "--force", "--json")

    assert made.out.startswith("a.backup: 3 stories, ")
    assert (again.code, "--force" in again.err) == (1, True)
    assert put.out == "Restored 3 stories from a.backup.\n"
    assert (twice.code, "holds 3 stories already" in twice.err) == (1, True)
    assert json.loads(forced.out) == {"file": "a.backup", "stories": 3}
    assert run("export", "stories").out == before


def test_the_daemon_retires_by_itself_and_is_backed_up_but_not_restored_meanwhile(
    run: Run, polled: pathlib.Path
) -> None:
    with daemon(polled, "run") as running:
        line = running.wait_to_say('"retired"').partition('"retired"')[0].splitlines()[-1]
        backed_up, restored = run("backup", "a.backup"), run("restore", "a.backup", "--force")
        metrics = running.wait_for("/metrics", "aggregator_database_bytes").decode()
        assert running.end() == 0
    with daemon(polled, "run") as running:
        running.wait_to_say('"started"')
        assert '"retired"' not in running.said()

    assert line.startswith("{")
    assert backed_up.code == 0
    assert (restored.code, "stop the daemon" in restored.err) == (1, True)
    assert "aggregator_database_bytes 0.0" not in metrics


@pytest.mark.parametrize(
    ("given", "said"),
    [("texts: 1d", "shorter than 7d"), ("{texts: 90d, stories: 30d}", "shorter than `texts`")],
)
def test_lengths_that_make_no_sense_are_refused(
    run: Run, folder: pathlib.Path, given: str, said: str
) -> None:
    text = (folder / "feeds.yaml").read_text()
    given = given if given.startswith("{") else f"{{{given}}}"
    (folder / "feeds.yaml").write_text(text + f"  retention: {given}\n")

    done = run("check")

    assert done.code == 2
    assert said in done.err
