"""The environment over the settings of feeds.yaml."""

import datetime as dt
from pathlib import Path

from aggregator.config.environment import variables
from aggregator.config.schema import Settings
from tests.config.helpers import config


def test_a_variable_wins_over_the_file() -> None:
    read = config("settings: {listen: '127.0.0.1:1'}", {"AGGREGATOR_LISTEN": "127.0.0.1:2"})

    assert read.settings.listen == "127.0.0.1:2"


def test_a_variable_of_a_group_leaves_the_rest_of_the_group() -> None:
    text = "settings: {fetch: {min_interval: 5m, max_interval: 6h}}"

    fetch = config(text, {"AGGREGATOR_FETCH_MIN_INTERVAL": "10m"}).settings.fetch

    assert fetch.min_interval == dt.timedelta(minutes=10)
    assert fetch.max_interval == dt.timedelta(hours=6)


def test_numbers_and_lists_are_read_from_text() -> None:
    environ = {
        "AGGREGATOR_FETCH_PARSERS": "7",
        "AGGREGATOR_FETCH_ALLOW_PRIVATE": "127.0.0.1:80, [::1]:80",
    }

    fetch = config("", environ).settings.fetch

    assert (fetch.parsers, fetch.allow_private) == (7, ("127.0.0.1:80", "[::1]:80"))


def test_a_value_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "db").write_text("postgresql+psycopg://u:p@h/n\n")

    read = config("", {"AGGREGATOR_DATABASE_FILE": str(tmp_path / "db")})

    assert read.settings.database == "postgresql+psycopg://u:p@h/n"


def test_variables_of_others_say_nothing() -> None:
    config("", {"PATH": "x", "AGGREGATOR_CONFIG": "y", "AGGREGATOR_LOG": "debug"})


def test_every_setting_has_its_variable() -> None:
    places = set(variables().values())

    for name, value in Settings.model_validate({}):
        parts = getattr(type(value), "model_fields", None)
        assert {("settings", name, part) for part in parts or ()} <= places
        assert parts is not None or ("settings", name) in places
