"""Words, and rows of them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.shingles import shingles, words_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Café’s OPEN", "the cafe s open"),
        ("مباراة على الأرض", "مباراه علي الارض"),
        ("الدولـــة ١٢٣", "الدولة 123"),
        ("ガンダム", "カンタム"),
        ("Ёлка", "елка"),
        ("ﬁne №5", "fine No5"),
    ],
)
def test_what_newsrooms_spell_differently_is_one_word(one: str, other: str) -> None:
    assert [w.casefold() for w in words_of(one)] == [w.casefold() for w in words_of(other)]


def test_words_of_india_are_not_broken_at_their_vowel_signs() -> None:
    assert words_of("हिन्दी में समाचार।") == ["हिन्दी", "में", "समाचार"]


def test_scripts_without_blanks_are_read_in_rows_of_letters() -> None:
    assert words_of("东京2026年") == ["东京", "2026", "年"]
    assert words_of("ประเทศไทย")[:2] == ["ประเ", "ระเท"]
    assert words_of("한국 뉴스") == words_of("한국  뉴스!")


def test_a_short_text_has_no_rows() -> None:
    assert list(shingles(["one", "two"], 3)) == []


@given(st.text(max_size=300))
def test_any_text_has_words_without_blanks(text: str) -> None:
    assert all(word and not word.isspace() for word in words_of(text))


def test_a_hostile_text_is_read_as_far_as_its_beginning() -> None:
    began = time.process_time()
    assert len(words_of("東" * 10_000_000)) < 20_000
    assert len(words_of("a\u0300" * 5_000_000)) == 1
    assert time.process_time() - began < 2
