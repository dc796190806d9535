"""Who asks too often (B7.14)."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.web.eager import Patience, client_of

ME = ("192.0.2.1", "reader/1")


def ask(patience: Patience, now: float, *, conditional: bool = False, path: str = "a.atom") -> bool:
    """Is this request answered?"""
    return patience.wait(ME, path, 1800, now, conditional=conditional) is None


@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.01, 1.0, 30.0, 899.0]), st.booleans()), max_size=300
    ),
    st.integers(0, 500),
)
def test_b7_14_a_conditional_request_half_of_max_age_after_the_last_is_never_refused(
    requests: list[tuple[float, bool]], burst: int
) -> None:
    patience, now, last = Patience(), 1000.0, 0.0
    for gap, conditional in [*requests, *[(0.0, True)] * burst, *[(0.0, False)] * burst]:
        now += gap
        ask(patience, now, conditional=conditional)
        last = now if conditional else last

    assert ask(patience, max(now, last + 900), conditional=True)


@pytest.mark.parametrize("every", [60, 300, 1800])
@pytest.mark.parametrize("conditional", [True, False])
def test_a_reader_that_polls_even_once_a_minute_is_never_refused(
    every: int, conditional: bool
) -> None:
    patience = Patience()

    assert all(
        ask(patience, every * turn + random.Random(turn).random() * 20, conditional=conditional)
        for turn in range(500)
    )


def test_who_is_told_to_wait_gets_what_becomes_free() -> None:
    patience = Patience()

    got = sum(ask(patience, second) for second in range(3600))

    assert got == 30 + 3600 // 60 - 1
    assert patience.wait(ME, "a.atom", 1800, 3600.0, conditional=False) is None
    assert patience.wait(ME, "a.atom", 1800, 3600.0, conditional=False) == 1800


def test_b7_14_a_clock_that_is_set_back_refuses_nobody() -> None:
    patience = Patience()
    while ask(patience, 90_000.0, conditional=True):
        pass

    assert ask(patience, 10.0, conditional=True)
    assert ask(patience, 910.0, conditional=True)


def test_each_feed_and_each_client_is_counted_for_itself() -> None:
    patience = Patience()
    while ask(patience, 0.0):
        pass

    assert ask(patience, 0.0, path="b.atom")
    assert patience.wait(("192.0.2.2", "reader/1"), "a.atom", 1800, 0.0, conditional=False) is None


def test_no_crowd_of_clients_takes_more_memory_than_there_is() -> None:
    patience = Patience(most=100)
    for number in range(1000):
        patience.wait((str(number), ""), "a.atom", 1800, float(number), conditional=False)

    assert len(patience) == 100


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("93.184.215.14", "", "93.184.215.14"),
        ("93.184.215.14", "192.0.2.9", "93.184.215.14"),  # who is not ours speaks for itself
        ("127.0.0.1", "192.0.2.9", "192.0.2.9"),
        ("127.0.0.1", "10.0.0.1, 192.0.2.9", "192.0.2.9"),  # what our proxy added stands last
        ("10.0.0.2", "2001:db8::1", "2001:db8::1"),
        ("::1", "192.0.2.9", "192.0.2.9"),
        ("127.0.0.1", "", None),
        (None, "", None),
    ],
)
def test_a_proxy_of_ours_says_who_asks_and_nobody_else_does(
    peer: str | None, forwarded: str, address: str | None
) -> None:
    client = client_of(peer, forwarded, "reader/1")

    assert client == (None if address is None else (address, "reader/1"))
