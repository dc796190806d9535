"""Renderings made ready to be served, and a bounded place to keep them."""

import datetime as dt
import gzip
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from ..model import Rendering

_LEAST_COMPRESSED: Final = 512  # bytes; below it gzip gains nothing (B7.9)

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Document:
    """A rendering, ready to be served."""

    rendering: Rendering
    modified_at: dt.datetime | None  # None: known by its tag alone
    etag: str  # without quotes and coding
    gzipped: bytes | None = field(repr=False)


def ready(rendering: Rendering, modified_at: dt.datetime | None = None) -> Document:
    """A rendering with its tag, compressed when that gains something."""
    small = len(rendering.body) < _LEAST_COMPRESSED
    return Document(
        rendering,
        modified_at,
        etag=hashlib.sha256(rendering.body).hexdigest()[:32],
        gzipped=None if small else gzip.compress(rendering.body, 6, mtime=0),
    )


class Shelf(Generic[Key, Value]):
    """A place for so many things; what was not asked for longest makes room. Safe to share."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._kept: OrderedDict[Key, Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def take(self, key: Key) -> Value | None:
        """What is kept under a key."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Key, value: Value) -> None:
        """Keep this."""
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
