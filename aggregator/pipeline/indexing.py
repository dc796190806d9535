"""Indexing for search what was stored before there was an index, or another making of tokens."""

from collections.abc import Callable
from typing import Final

from .ports import Store

_BATCH: Final = 100  # articles in one transaction: polls commit in between


def index_stored(
    store: Store,
    most: int | None = None,
    progress: Callable[[int], None] = lambda articles: None,
    keep_on: Callable[[], bool] = lambda: True,
) -> int:
    """Index what is not, the newest first, a batch at a time; how many articles there were.

    The store remembers how far it came. `most`: stop after about so many; `progress` is told the
    number done.
    """
    done = 0
    while keep_on() and (most is None or done < most):
        with store.writing() as tell:
            some = tell.index_more(_BATCH)
        if some == 0:
            break
        done += some
        progress(done)
    return done
