"""A clock that is the same on every machine."""

import sys
from collections.abc import Callable


def steps(call: Callable[[], object]) -> int:
    """Calls of functions, Python's and C's, that a call makes."""
    calls = [0]

    def count(_frame: object, _event: str, _of: object) -> None:
        calls[0] += 1

    sys.setprofile(count)
    try:
        call()
    finally:
        sys.setprofile(None)
    return calls[0]
