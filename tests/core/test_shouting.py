"""Sentences all in capitals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.topics.shouting import shouted


@pytest.mark.parametrize(
    "text",
    [
        "WHAT IS GOING ON IN SYRIA",
        "IS THIS THE END?",
        "ISIS CLAIMS ATTACK",
        "WHY CAN’T THE HOUSE WAIT",
        "WAR KILLS 20 IN SYRIA",
        "“THE END” IS NEAR",
        "DEAD, WOUNDED AND LOST IN IRAQ",
        "LIVE: WHAT IS NEW",
        "ÉTAT ISLAMIQUE EN SYRIE",
        "ТЕРАКТ В МОСКВЕ",
        "ΤΙ ΓΙΝΕΤΑΙ ΣΤΗ ΣΥΡΙΑ",
    ],
)
def test_three_words_in_capitals_and_no_small_letter_shout(text: str) -> None:
    assert shouted(text, 0, 2)


@pytest.mark.parametrize(
    "text",
    [
        "ISIS",
        "ISIS CLAIMS",
        "US, UK, EU",
        "US/UK/EU",
        "US & UK & EU",
        "AT&T",
        "ISIS claims attack in SYRIA",
        "GPS 101",
        "IMG_0663.JPG",
        "打击ISIS 组织 在 叙利亚",
        "داعش ISIS US",
        "",
    ],
)
def test_acronyms_alone_do_not_shout(text: str) -> None:
    assert not shouted(text, 0, 2)


@pytest.mark.parametrize(
    ("text", "shouts"),
    [
        ("ISIS fled. WHAT IS NEW IN SYRIA?", False),
        ("WHAT IS NEW IN ISIS LAND? He asked.", True),
        ("He asked. WHAT IS NEW IN ISIS LAND?", True),
        ("WAR IN IRAQ, NEWS AT ISIS | The Wire", True),
        ("ISIS | WHAT IS NEW IN SYRIA", False),
        ("ISIS retreats\nWHAT IS NEW IN SYRIA", False),
        ("Live: WHO IS LEADER OF ISIS NOW?", True),
        ("Trump: “IRAN AND ISIS MUST PAY”, he wrote", True),
        ("Боевики ISIS обстреляли конвой в Ираке", False),
        ("Why US, UK, EU, ISIS and UN met", False),
        ("US and ISIS AND UN talk", False),
    ],
)
def test_it_is_the_sentence_around_the_word_that_counts(text: str, shouts: bool) -> None:
    at = text.index("ISIS")

    assert shouted(text, at, at + 4) is shouts


@given(st.text(), st.integers(0, 50), st.integers(0, 50))
def test_a_text_with_a_small_letter_in_every_word_never_shouts(text: str, at: int, n: int) -> None:
    small = " ".join(f"{word}a" for word in text.split())
    start = min(at, len(small))

    assert not shouted(small, start, min(start + n, len(small)))
