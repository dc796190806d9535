"""hishel, a cache by RFC 9111, as a second opinion on freshness."""

import time
import uuid
from email.utils import formatdate

from hishel import CacheOptions, Entry, FromCache, Headers, IdleClient, Request, Response
from hypothesis import given
from hypothesis import strategies as st

from aggregator.polling.freshness import cache_for

URL = "https://a.example/feed"


def is_fresh(age: int, headers: dict[str, str]) -> bool:
    """May a stored response of this age be used without asking?"""
    date = formatdate(time.time() - age, usegmt=True)
    stored = Response(200, Headers({"Date": date, **headers}))
    entry = Entry(id=uuid.uuid4(), request=Request("GET", URL, Headers({})), response=stored)
    options = CacheOptions(shared=False, supported_methods=["GET"], allow_stale=False)
    state = IdleClient(options=options).next(Request("GET", URL, Headers({})), [entry])
    return isinstance(state, FromCache)


@given(st.integers(0, 100_000), st.integers(0, 100_000))
def test_we_call_fresh_what_a_cache_calls_fresh(max_age: int, age: int) -> None:
    if abs(max_age - age) < 5:
        return  # the oracle reads the real clock: on the edge it may see the next second
    headers = {"Cache-Control": f"max-age={max_age}"}

    ours = cache_for({"cache-control": f"max-age={max_age}", "age": str(age)})

    assert (ours is not None) == is_fresh(age, headers)
