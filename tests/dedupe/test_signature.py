"""The keys by which copies find each other."""

import os
import subprocess
import sys
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.signature import keys_of_text, text_keys
from aggregator.dedupe.wording import wording
from aggregator.model import MatchKey
from tests.dedupe.texts import FLOOD, FLOOD_TITLE, HARBOUR, HARBOUR_TH, HARBOUR_TITLE, HARBOUR_ZH
from tests.values import article


def keys(text: str, title: str = "-") -> set[MatchKey]:
    return set(text_keys(wording(article(text=text, title=title))))


def test_keys_change_when_the_way_they_are_made_does(monkeypatch: pytest.MonkeyPatch) -> None:
    before = keys(HARBOUR)
    monkeypatch.setattr("aggregator.dedupe.signature._VERSION", "0")

    assert all(key.startswith("text:band:") for key in before)
    assert not before & keys(HARBOUR)


def test_keys_are_the_same_in_every_process() -> None:
    program = """
        from aggregator.dedupe.signature import keys_of_text, text_keys
        from aggregator.dedupe.wording import wording
        from tests.dedupe.texts import HARBOUR, HARBOUR_TITLE
        from tests.values import article
        print(*text_keys(wording(article(text=HARBOUR, title=HARBOUR_TITLE))))
    """
    told = {
        subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(told) == 1
    # Where this fails, signatures are made otherwise: _VERSION must change with them.
    assert next(iter(told)).split()[0] == "text:band:NTq6Pjbdg9JS"
    assert set(told.pop().split()) == keys(HARBOUR, HARBOUR_TITLE)


@pytest.mark.parametrize("text", [HARBOUR, HARBOUR_ZH, HARBOUR_TH])
def test_a_text_and_its_first_lines_meet(text: str) -> None:
    assert keys(text) & keys(text[: max(60, len(text) // 3)])


def test_a_copy_behind_an_intro_meets_the_text() -> None:
    intro = (
        "Containers stand in rows at the closed gates of the port, seen from the old lighthouse. "
    )

    assert keys(HARBOUR) & keys(intro + HARBOUR[:300])


def test_different_news_do_not_meet() -> None:
    assert not keys(HARBOUR, HARBOUR_TITLE) & keys(FLOOD, FLOOD_TITLE)


def test_a_few_words_have_no_keys() -> None:
    assert keys("All the news of the day.", "Live blog") == set()


@given(st.text(max_size=3000), st.text(max_size=500))
def test_the_number_of_keys_is_bounded(text: str, title: str) -> None:
    assert len(keys(text, title)) <= 24


def test_the_number_of_keys_of_a_long_text_is_bounded() -> None:
    assert len(keys(" ".join(map(str, range(50_000))), " ".join(map(str, range(999))))) <= 24


@given(st.lists(st.sampled_from("alpha béta ΣΑΣ 東京都に ไทยแลนด์ 3rd x".split()), max_size=500))
def test_an_opening_cut_into_words_alone_has_the_keys_of_the_whole(words: list[str]) -> None:
    one = article(text=" ".join(words))
    assert keys_of_text(one) == text_keys(wording(one))
