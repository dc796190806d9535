"""`explain`: why a story is in a topic, and why not."""

import json
import pathlib

from tests.cli.conftest import Origin, Run, feeds_yaml

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
