"""Digests of values, the same in every process: by which who keeps documents knows that what they
are made from has not changed (B7.15).
"""

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from .setup import Setup


def digest(*values: Any) -> str:
    """A digest of values, dataclasses and collections among them. Sets have no order, and mappings
    have theirs.

    >>> digest({"a": 1}, frozenset("ab")) == digest({"a": 1}, frozenset("ba"))
    True
    >>> digest("a", "b") == digest("ab")
    False
    """
    made = hashlib.sha256()
    for part in _parts(values):
        made.update(part.encode("utf-8", "backslashreplace"))
        made.update(b"\0")
    return made.hexdigest()[:24]


def setup_digest(setup: Setup) -> str:
    """A digest of all of feeds.yaml that documents show."""
    return digest(
        setup.site, setup.sources, setup.topics, setup.blocklist, setup.polling.min_interval
    )


def _parts(value: Any) -> Iterator[str]:
    """The value in pieces of text that no other value has."""
    if isinstance(value, str):
        yield value
    elif dataclasses.is_dataclass(value):
        yield f"{type(value).__name__}("
        for field in dataclasses.fields(value):
            yield from _parts(getattr(value, field.name))
        yield ")"
    elif isinstance(value, Mapping):
        yield "{"
        for key, one in value.items():
            yield from _parts(key)
            yield from _parts(one)
        yield "}"
    elif isinstance(value, AbstractSet):
        yield from ("<", *sorted(map(repr, value)), ">")
    elif isinstance(value, (tuple, list)):
        yield "["
        for one in value:
            yield from _parts(one)
        yield "]"
    else:
        yield repr(value)
