"""JSON Feed documents, by a schema of our own (jsonfeed.org, version 1.1). The only module that
knows jsonschema_rs.
"""

import functools
import json
from collections import Counter
from importlib.resources import files
from typing import Any

import jsonschema_rs

from ...text.html import is_clean


def schema() -> dict[str, Any]:
    """The JSON Schema of our JSON Feeds: 1.1, and what B8.2 asks beside it."""
    read: dict[str, Any] = json.loads(
        (files(__package__) / "schemas" / "jsonfeed.json").read_bytes()
    )
    return read


@functools.cache
def _validator() -> Any:
    return jsonschema_rs.validator_for(schema(), validate_formats=True)


def complaints(body: bytes) -> list[str]:
    """What is wrong with a JSON Feed of ours."""
    try:
        document = json.loads(body)
    except ValueError as wrong:
        return [f"is no JSON: {wrong}"]
    found = [
        f"{'/'.join(map(str, error.instance_path))}: {error.message[:200]}"
        for error in _validator().iter_errors(document)
    ]
    if found:
        return found
    ids = Counter(item["id"] for item in document["items"])
    found += [f"item {name}: is there {times} times" for name, times in ids.items() if times > 1]
    found += [
        f"item {item['id']}: content with markup that is not allowed (B6)"
        for item in document["items"]
        if not is_clean(item.get("content_html", ""))
    ]
    return found
