"""Digests of values, the same in every process: by which who keeps documents knows that what they
are made from has not changed (B7.15).
"""

import dataclasses
import functools
import hashlib
from collections.abc import Mapping
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
    parts: list[str] = []
    _tell(values, parts)
    told = "\0".join((*parts, "")).encode("utf-8", "backslashreplace")
    return hashlib.sha256(told).hexdigest()[:24]


def setup_digest(setup: Setup) -> str:
    """A digest of all of feeds.yaml that documents show."""
    return digest(
        setup.site, setup.sources, setup.topics, setup.blocklist, setup.polling.min_interval
    )


def _tell(value: Any, parts: list[str]) -> None:
    """Add the value in pieces of text that no other value has."""
    kind: Any = type(value)
    if isinstance(value, str):
        parts.append(value)
    elif (names := _fields(kind)) is not None:
        parts.append(f"{kind.__name__}(")
        for name in names:
            _tell(getattr(value, name), parts)
        parts.append(")")
    elif isinstance(value, Mapping):
        parts.append("{")
        for key, one in value.items():
            _tell(key, parts)
            _tell(one, parts)
        parts.append("}")
    elif isinstance(value, AbstractSet):
        parts += ("<", *sorted(map(repr, value)), ">")
    elif isinstance(value, (tuple, list)):
        parts.append("[")
        for one in value:
            _tell(one, parts)
        parts.append("]")
    else:
        parts.append(repr(value))


@functools.cache
def _fields(kind: type) -> tuple[str, ...] | None:
    """The names of the fields of a dataclass; None for any other."""
    if not dataclasses.is_dataclass(kind):
        return None
    return tuple(field.name for field in dataclasses.fields(kind))
