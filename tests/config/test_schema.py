"""The JSON Schema of feeds.yaml says what the program does."""

from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from aggregator.config import json_schema
from tests.config.helpers import config, mistakes

RIGHT = [
    "sources: [https://a.example/]",
    "sources: [{url: https://a.example/, every: 15m}]",
    "settings: {fetch: {min_interval: 90}}",
    "topics: {isis: {query: isis, examples: {match: [ISIS, {text: isis}]}}}",
]
WRONG = [
    "sources: https://a.example/",
    "sources: [{title: A}]",
    "sources: [{url: https://a.example/, every: soon}]",
    "topics: {isis: {quary: isis}}",
    "settings: {fetch: {parsers: 0}}",
    "settings: {fetch: {min_interval: -1}}",
    "site: {title: ''}",
]


def valid(text: str) -> bool:
    schema: dict[str, Any] = json_schema()
    validator = jsonschema.Draft202012Validator(schema)
    return bool(validator.is_valid(YAML(typ="safe").load(text)))


@pytest.mark.parametrize("text", RIGHT)
def test_what_the_program_reads_the_schema_allows(text: str) -> None:
    config(text)
    assert valid(text)


@pytest.mark.parametrize("text", WRONG)
def test_what_the_schema_forbids_the_program_refuses(text: str) -> None:
    assert mistakes(text)
    assert not valid(text)


def test_the_schema_is_itself_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_every_key_of_the_schema_has_a_description() -> None:
    schema = json_schema()
    for model in (schema, *schema["$defs"].values()):
        for name, part in model.get("properties", {}).items():
            assert part.get("description") or "$ref" in part, name
