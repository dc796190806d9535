"""What is legal in feeds.yaml and surely wrong: with line and column, as mistakes are."""

from pathlib import Path
from textwrap import dedent

import pytest

from aggregator.config import check_config
from aggregator.errors import ConfigError


def warnings(folder: Path, text: str) -> list[str]:
    path = folder / "feeds.yaml"
    path.write_text(dedent(text), "utf-8")
    return [one.at("feeds.yaml") for one in check_config(path, {}).warnings]


def test_a_warning_has_the_place_of_the_word_it_is_about(tmp_path: Path) -> None:
    assert warnings(
        tmp_path,
        """\
        topics:
          isis:
            query: >-
              (isis OR daesh
                OR "isis fighters")
              AND WHO
          lang: {query: 'isis lang:english'}
        """,
    ) == [
        ('feeds.yaml:5:12: topics.isis.query: "isis fighters" adds nothing: isis finds all that it '
        "finds; take one of them out"),
        ("feeds.yaml:6:11: topics.isis.query: WHO is found in any spelling, and 'who' is an everyday "
        "word; write exact:WHO"),
        ("feeds.yaml:7:28: topics.lang.query: lang:english can never be found: it is no language; "
        "write the tag, as in lang:de or lang:pt-BR"),
    ]  # fmt: skip


def test_warnings_of_a_score_have_the_place_of_its_line(tmp_path: Path) -> None:
    assert warnings(
        tmp_path,
        """\
        topics:
          isis:
            query: isis
            score:
              threshold: 100
              weights:
                2: isis OR isis
                0: syria
                -0.5: "goddess OR IS"
        """,
    ) == [
        ("feeds.yaml:5:18: topics.isis.score.threshold: the weights come to 30 at most, and the "
        "threshold is 100: nothing is ever taken; lower it, or give more weight"),
        "feeds.yaml:7:20: topics.isis.score.weights.2: isis stands twice among these; take one out",
        "feeds.yaml:8:12: topics.isis.score.weights.0: a weight of 0 changes nothing; take it out",
        ("feeds.yaml:9:27: topics.isis.score.weights.-0.5: IS is found in any spelling, and 'is' is "
        "an everyday word; write exact:IS"),
    ]  # fmt: skip


def test_topics_that_ask_the_same_are_told_at_the_later_one(tmp_path: Path) -> None:
    assert warnings(
        tmp_path,
        """\
        topics:
          isis: {query: isis OR daesh}
          group:
            query: Daesh OR Isis
        """,
    ) == [
        "feeds.yaml:3:3: topics.group: asks the same as isis; take one out, or say how they differ"
    ]


def test_a_right_file_has_no_warnings(tmp_path: Path) -> None:
    assert (
        warnings(
            tmp_path,
            """\
            topics:
              isis:
                query: (isis OR daesh) (syria OR exact:WHO) NOT goddess
                score: {threshold: 3, weights: {1: isis, -2: goddess}}
              bare: {title: Brought by sources}
            sources:
              - {url: 'https://a.example/', topics: [bare]}
            """,
        )
        == []
    )


def test_an_invalid_file_is_refused_before_it_is_warned_of(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        warnings(tmp_path, "topics:\n  isis: {query: '(isis OR isis'}\n")
