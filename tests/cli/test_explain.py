"""`explain`: why a story is in a topic, and why not."""

import io
import json
import os
import pathlib

import pytest

from aggregator.cli.evidence import around
from aggregator.topics import Evidence
from tests.cli.conftest import Origin, Run, feeds_yaml
from tests.values import rss

TOPICS = """\
  group: {query: 'isis raid NOT (goddess OR river)'}
  raids: {query: 'raid* (town OR village)'}
  loss: {query: 'loses losing'}
  scored: {query: oil, score: {threshold: 5, weights: {2: oil, -6: 'text:raid'}}}
  brought: {title: Brought}
"""


def with_topics(folder: pathlib.Path, origin: Origin) -> None:
    """More topics than one."""
    text = feeds_yaml(origin, "/a.rss", "/b.rss", topics=TOPICS)
    (folder / "feeds.yaml").write_text(text.replace("key: b}", "key: b, topics: [brought]}"))


def test_explain_a_text(run: Run, folder: pathlib.Path) -> None:
    said = run("explain", "--text", "A town that Daesh held")

    assert said.code == 0
    assert said.out == "isis\n  title: daesh in “A town that Daesh held”\n"
    assert run("explain", "--text", "A crisis").out == "No topic takes this; 1 topic tried.\n"


def test_explain_shows_the_nearest_topics_and_what_was_missing(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    with_topics(folder, origin)

    said = run("explain", "--title", "Goddess Isis", "--text", "A raid on a temple")

    assert (
        said.out
        == """\
isis
  title: isis in “Goddess Isis”

Not in, the nearest first:
group 67% of the way
  there       title: isis in “Goddess Isis”
  there       text: raid in “A raid on a temple”
  in the way  NOT (goddess OR river); goddess is there
              title: goddess in “Goddess Isis”
raids 50% of the way
  there       text: raid* in “A raid on a temple”
  missing     one of: town, village
"""
    )


def test_explain_for_machines_has_the_misses(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    with_topics(folder, origin)

    said = json.loads(run("explain", "--json", "--title", "Isis, Goddess", "--text", "Raid").out)

    assert [one["topic"] for one in said["topics"]] == ["isis"]
    assert said["misses"][0] == {
        "topic": "group",
        "nearness": 0.667,
        "found": [
            {"field": "title", "term": "isis", "text": "Isis"},
            {"field": "text", "term": "raid", "text": "Raid"},
        ],
        "missing": [
            {
                "kind": "forbidden",
                "said": "NOT (goddess OR river); goddess is there",
                "instead": "",
                "found": [{"field": "title", "term": "goddess", "text": "Goddess"}],
            }
        ],
    }


def test_explain_asks_about_one_topic_however_far_it_is(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    with_topics(folder, origin)

    said = run("explain", "--title", "Weather", "--topic", "raids")

    assert said.code == 0
    assert said.out == (
        "\nNot in:\nraids 0% of the way\n  missing     raid*\n  missing     one of: town, village\n"
    )
    assert run("explain", "--title", "Isis", "--topic", "isis").out.startswith("isis\n")
    brought = run("explain", "--title", "Isis", "--topic", "brought").out
    assert brought == "brought has no query: only stories of sources that name it are in it.\n"


def test_explain_of_a_topic_that_is_not_there_names_the_nearest(
    run: Run, folder: pathlib.Path
) -> None:
    said = run("explain", "--title", "Weather", "--topic", "isi")

    assert said.code == 2
    assert said.err == "aggregator: there is no topic 'isi'; did you mean isis?\n"


def test_explain_shows_what_the_words_add_to_a_score(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    with_topics(folder, origin)

    said = run("explain", "--title", "A raid on oil", "--topic", "scored")

    assert "scored\n  title: oil in “A raid on oil” (+6)\n" in said.out
    told = json.loads(run("explain", "--title", "Oil", "--json").out)["topics"]
    assert told[0]["evidence"] == [{"field": "title", "term": "oil", "text": "Oil", "score": 6.0}]
    said = run("explain", "--title", "Oil", "--text", "spilled in a raid", "--topic", "scored")
    assert "  missing     a score of 5; it comes to -6: raid -12, oil +6\n" in said.out


def test_the_first_line_of_a_text_to_explain_is_its_title(run: Run, folder: pathlib.Path) -> None:
    text = "A town\nthat Daesh held"

    assert "text: daesh in" in run("explain", "--text", text).out
    assert "text: daesh in" in run("explain", "--title", "A", "--text", "Daesh held it").out


def test_explain_a_story_by_its_address(run: Run, folder: pathlib.Path) -> None:
    run("poll", "--all")

    said = run("explain", "https://news.example/a.rss/0")

    assert said.code == 0
    for part in (
        "Daesh loses a town",
        "https://news.example/a.rss/0",
        "title: daesh in “Daesh loses a town”",
    ):
        assert part in said.out
    story = json.loads(run("explain", "https://news.example/a.rss/0", "--json").out)
    assert story["topics"][0]["topic"] == "isis"
    assert story["misses"] == []


def test_explain_a_story_and_why_it_is_in_no_more_topics(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    with_topics(folder, origin)
    run("poll", "--all")
    story = "https://news.example/a.rss/0"

    said = run("explain", story).out
    assert "\nNot in, the nearest first:\nraids 50% of the way\n" in said
    assert "\nloss 50% of the way\n  there       title: loses in “Daesh loses a town”\n" in said
    said = run("explain", story, "--topic", "scored").out
    assert "isis\n" not in said
    assert "\nNot in:\nscored 0% of the way\n" in said
    assert "Not in" not in run("explain", story, "--topic", "isis").out
    assert "brought has no query" in run("explain", story, "--topic", "brought").out
    one = json.loads(run("explain", story, "--topic", "raids", "--json").out)
    assert [miss["topic"] for miss in one["misses"]] == ["raids"]


def test_explain_says_when_a_story_waits_to_be_retagged(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    run("poll", "--all")
    with_topics(folder, origin)
    path = folder / "feeds.yaml"
    path.write_text(path.read_text().replace("losing", "a"))

    said = run("explain", "https://news.example/a.rss/0", "--topic", "loss").out

    assert said.endswith("loss takes it as feeds.yaml is now; it will be there once retagged.\n")


def test_explain_an_unknown_story_exits_with_1(run: Run, folder: pathlib.Path) -> None:
    said = run("explain", "https://nowhere.example/")

    assert said.code == 1
    assert said.err == "aggregator: no story has the id or the address https://nowhere.example/\n"


def test_explain_wants_one_thing(run: Run, folder: pathlib.Path) -> None:
    assert run("explain").code == 2
    assert run("explain", "x", "--text", "y").code == 2


@pytest.mark.parametrize("given", [b"\xff\xfeDaesh\n", b"D\xe9 Daesh \xff\n\ntext \xed\xa0\x80"])
def test_explain_shows_what_is_no_utf_8_as_such(
    run: Run, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch, given: bytes
) -> None:
    as_argument = os.fsdecode(given)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given), "utf-8"))

    for asked in (["--text", "-"], ["--text", as_argument], ["--title", as_argument]):
        said = run("explain", *asked)
        assert said.code == 0
        assert "�" in said.out
    assert json.loads(run("explain", "--json", "--title", as_argument).out)["topics"]
    assert run("explain", as_argument).code == 1


def test_nothing_shown_commands_a_terminal(run: Run, folder: pathlib.Path) -> None:
    hostile = "Daesh \x1b[31mred\u202e \x9b2J\x07 end"

    for asked in (["--title", hostile], ["--text", f"x\n{hostile}"]):
        said = run("explain", *asked).out
        assert "daesh in “Daesh [31mred ›2J end”" in said


def test_evidence_commands_no_terminal() -> None:
    hostile = "a \x1b[31m\u202e isis"

    assert around(Evidence("text", "isis", "isis", 9, 13), {"text": hostile}) == (
        "“a [31m [reverse]isis[/reverse]”"
    )
    assert around(Evidence("text", "x", "\u202ex", 0, 2), {}) == "“[reverse]x[/reverse]”"


def test_explain_tries_a_text_in_a_language(run: Run, folder: pathlib.Path, origin: Origin) -> None:
    topics = "  ki: {query: 'exact:KI lang:de'}\n"
    (folder / "feeds.yaml").write_text(feeds_yaml(origin, "/a.rss", topics=topics))

    taken = run("explain", "--lang", "de-AT", "--title", "Neue KI aus Wien")

    assert taken.out.startswith("ki\n  title: KI in “Neue KI aus Wien”\n")
    for asked in (["--lang", "en"], []):
        assert "No topic takes this" in run("explain", "--title", "Neue KI aus Wien", *asked).out
    assert run("explain", "--lang", "de", "https://news.example/a").code == 2


def test_explain_says_what_a_story_said_before(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    for title in ("Daesh loses a town", "Daesh loses [red]two[/red] towns"):
        item = (
            f"<item><title>{title}</title><link>https://news.example/1</link><guid>1</guid></item>"
        )
        origin.put("/a.rss", rss(item))
        run("poll", "--all")

    said = run("explain", "https://news.example/1")
    told = json.loads(run("explain", "https://news.example/1", "--json").out)

    assert "title before" in said.out
    assert "Daesh loses [red]two[/red] towns" in said.out
    (before,) = told["revisions"]
    assert (before["source"], before["entry_id"], before["title"], before["text"]) == (
        "a", "1", "Daesh loses a town", "",
    )  # fmt: skip
    assert before["until"].endswith("+00:00")
