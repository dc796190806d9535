"""feeds.yaml to values."""

import dataclasses
import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.config import load_config, parse_config
from aggregator.config.load import MAX_SIZE
from aggregator.config.schema import SourceModel
from aggregator.errors import ConfigError
from aggregator.model import Example, Site, Source
from tests.config.helpers import config, mistake


def test_an_empty_file_is_a_site_without_sources() -> None:
    empty = config("")

    assert (empty.sources, empty.topics) == ({}, {})
    assert empty.site == Site(
        title="News", url="http://127.0.0.1:8000/", id="", contact=None, description="", lang="en"
    )


def test_a_bare_address_is_a_source() -> None:
    (source,) = config("sources: [https://a.example/feed]").sources.values()

    assert (source.key, source.url, source.title) == (
        "a.example-feed",
        "https://a.example/feed",
        None,
    )


def test_everything_a_source_may_say() -> None:
    (source,) = config("""
        sources:
          - url: https://a.example/feed
            key: a
            title: A
            every: 15m
            priority: 3
            topics: [fires]
            content: full
            licence: CC BY 4.0
            allow_bad_tls: true
        topics:
          fires: {}
        """).sources.values()

    assert (source.key, source.title, source.every) == ("a", "A", dt.timedelta(minutes=15))
    assert (source.priority, source.topics) == (3, ("fires",))
    assert (source.content, source.licence, source.allow_bad_tls) == ("full", "CC BY 4.0", True)


def test_a_source_may_be_paused() -> None:
    (source,) = config("sources: [{url: https://a.example/, paused: true}]").sources.values()

    assert source.paused


def test_a_source_may_never_merge() -> None:
    told = config("sources: [{url: https://a.example/, merge: never}, https://b.example/]")

    assert [source.merge for source in told.sources.values()] == ["never", None]


def test_every_key_of_a_source_reaches_it() -> None:
    names = {field.name for field in dataclasses.fields(Source)}

    assert SourceModel.model_fields.keys() <= names


def test_everything_a_topic_may_say() -> None:
    (topic,) = config("""
        topics:
          forest-fires:
            title: Fires
            description: Woods that burn
            query: wildfire* OR "forest fire"
            was: [fires]
            examples:
              match: [A wildfire, {text: a forest fire}]
              reject: [A fire]
        """).topics.values()

    assert (topic.key, topic.title, topic.description) == (
        "forest-fires",
        "Fires",
        "Woods that burn",
    )
    assert (topic.query, topic.was) == ('wildfire* OR "forest fire"', ("fires",))
    assert [example.fields["title"] for example in topic.match] == ["A wildfire", ""]
    assert isinstance(topic.reject[0], Example)


def test_a_topic_without_a_title_is_called_by_its_key() -> None:
    assert (
        config("topics: {forest-fires: {query: fire}}").topics["forest-fires"].title
        == "Forest fires"
    )


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86400), ("1w", 604800), ("1.5h", 5400), ("90", 90),
     ("' 15 m '", 900)],
)  # fmt: skip
def test_a_length_of_time(written: str, seconds: int) -> None:
    read = config(f"settings: {{fetch: {{min_interval: {written}}}}}")

    assert read.settings.fetch.min_interval == dt.timedelta(seconds=seconds)


def test_words_of_old_yaml_are_texts() -> None:
    assert config("topics: {n: {title: NO, query: on}}").topics["n"].title == "NO"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://user:p%40ss@a.example/feed", ("https://a.example/feed", "user:p@ss")),
        ("feed:https://a.example/feed", ("https://a.example/feed", None)),
        ("feed://a.example/feed", ("http://a.example/feed", None)),
        ("https://A.example:443/feed#top", ("https://a.example/feed", None)),
        ("https://ü.example/ä", ("https://xn--tda.example/%C3%A4", None)),
    ],
)
def test_an_address_is_read_as_people_paste_it(written: str, read: tuple[str, str | None]) -> None:
    (source,) = config(f"sources: ['{written}']").sources.values()

    assert (source.url, source.auth) == read


def test_a4_9_a_host_in_another_script_is_kept_as_it_is_asked_for() -> None:
    (source,) = config("sources: ['http://bücher.example/feed']").sources.values()

    assert source.url == "http://xn--bcher-kva.example/feed"


def test_a4_9_a_host_that_cannot_be_encoded_is_a_mistake_and_no_retry() -> None:
    assert "is no http or https address" in mistake("sources: ['http://b\u00fc..\u2024/']")


def test_a_password_may_stand_in_the_environment_or_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("bob:two\n")
    text = """
        sources:
          - {url: https://a.example/, auth: 'env:A_PASSWORD'}
          - {url: https://b.example/, auth: 'file:secret'}
        """

    read = config(text, {"A_PASSWORD": "ann:one"}, tmp_path)

    assert [source.auth for source in read.sources.values()] == ["ann:one", "bob:two"]


@pytest.mark.parametrize("text", ["auth: 'env:NOWHERE'", "auth: 'file:nowhere'"])
def test_a_password_that_is_not_there_is_a_mistake_of_its_line(text: str) -> None:
    said = mistake(f"sources:\n  - url: https://a.example/\n    {text}")

    assert said.startswith("feeds.yaml:3:11: sources[0].auth: ")
    assert "NOWHERE" in said.upper()


@pytest.mark.parametrize(
    ("given", "database"),
    [
        ("", "sqlite:////f/aggregator.db"),
        ("sqlite:///news.db", "sqlite:////f/news.db"),
        ("sqlite:////var/news.db", "sqlite:////var/news.db"),
        ("postgresql+psycopg://h/news", "postgresql+psycopg://h/news"),
    ],
)
def test_a_database_file_lies_beside_feeds_yaml(given: str, database: str) -> None:
    assert config(f"settings: {{database: '{given}'}}").settings.database == database


def test_the_blocklist_tells_addresses_hosts_and_words_apart() -> None:
    blocklist = config("blocklist: [https://a.example/x, Bad.example, Jane Doe]").blocklist

    assert "https://a.example/x" in blocklist.urls
    assert blocklist.hosts == {"bad.example"}
    assert {"Jane Doe", "jane doe"} <= blocklist.words


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("https://n.example", "https://n.example/"),
        ("https://n.example/news?x#y", "https://n.example/news/"),
    ],
)
def test_the_address_of_the_site_ends_in_a_slash(url: str, read: str) -> None:
    assert config(f"site: {{url: '{url}'}}").site.url == read


def test_b9_1_hubs_are_those_of_the_file_or_our_own_where_the_public_can_reach_it() -> None:
    public = "site: {url: https://news.example.org"
    assert config(f"{public}}}").site.hubs == ("https://news.example.org/hub",)
    assert config("sources: []").site.hubs == ()
    assert config(f"{public}, hubs: []}}").site.hubs == ()
    named = config(f"{public}, hubs: ['HTTPS://Hub.example', https://news.example.org/hub]}}")
    assert named.site.hubs == ("https://hub.example/", "https://news.example.org/hub")
    assert mistake("site: {hubs: [hub]}").startswith("feeds.yaml:1:15: site.hubs[0]: 'hub' is no")
    assert "without a user name" in mistake("site: {hubs: ['https://me:word@hub.example/']}")


def test_without_an_address_the_site_is_where_it_listens() -> None:
    assert config("settings: {listen: '127.0.0.1:9000'}").site.url == "http://127.0.0.1:9000/"


def test_pages_show_pictures_unless_the_operator_wants_none() -> None:
    assert config("sources: []").site.pictures
    assert not config("settings: {publish: {pictures: false}}").site.pictures


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_bytes(b"\xef\xbb\xbfsources:\r\n  - https://a.example/feed\r\n")

    assert list(load_config(path, {}).sources) == ["a.example-feed"]


def test_a_file_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file; name another with --config"):
        load_config(tmp_path / "feeds.yaml", {})


def test_a_folder_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_config(tmp_path, {})


def test_a_file_in_another_encoding_is_refused_with_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_bytes("# ü".encode("latin-1"))

    with pytest.raises(ConfigError, match=r"not in UTF-8 \(byte 2\)"):
        load_config(path, {})


def test_a_file_past_all_measure_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    with path.open("wb") as file:
        file.truncate(MAX_SIZE + 1)

    with pytest.raises(ConfigError, match="larger than"):
        load_config(path, {})


LINES = [
    "sources:", "topics:", "  - https://a.example/", "  - url: x", "    every: soon", "  isis:", "    query: (isis",
    "    query: [1]", "settings:", "  fetch: {parsers: 0}", "  x: *a", "&a b", "? q", "\tx", "'", "- 1", "{", "!!x y",
    "    examples: {match: [1, {title: t}]}", "<<: {a: b}", "site: 3", "# c", "", "\x00", "😀: é", "---", "...",
]  # fmt: skip


@given(st.lists(st.sampled_from(LINES), max_size=8).map("\n".join) | st.text(max_size=40))
def test_any_text_is_a_configuration_or_a_list_of_mistakes(text: str) -> None:
    try:
        parse_config(text, "feeds.yaml", {}, Path("/f"))
    except ConfigError as wrong:
        problems = wrong.problems
    else:
        return

    assert problems
    assert all("\n" not in problem for problem in problems)


def test_a_topic_may_name_its_own_key_among_its_earlier_ones() -> None:
    at = config("topics:\n  a:\n    query: x\n    was: [a, b]\n")

    assert at.topics["a"].first_key == "a"


def test_b4_7_what_the_operator_writes_turns_no_reading_direction_either() -> None:
    said = 'site: {title: "\u202eA  wire", description: "\u2067x"}\ntopics: {t: {title: "\u2066T\u2069", query: t}}'

    read = config(said)

    assert (read.site.title, read.site.description) == ("A wire", "x")
    assert read.topics["t"].title == "T"


def test_a_title_of_blanks_is_none() -> None:
    with pytest.raises(ConfigError, match="holds no letter"):
        config('site: {title: "  "}')
