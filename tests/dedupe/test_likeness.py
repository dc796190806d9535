"""The decision whether two outlets tell one story in the same words."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.likeness import same_words
from aggregator.dedupe.wording import wording
from tests.dedupe.texts import FLOOD, FLOOD_TITLE, HARBOUR, HARBOUR_TH, HARBOUR_TITLE, HARBOUR_ZH
from tests.values import NOON, article

HOUR = dt.timedelta(hours=1)
SECOND_TITLE = "Port Elster: night shift dispute ends in walkout"


def share(
    one: str,
    other: str,
    titles: tuple[str, str] = (HARBOUR_TITLE, SECOND_TITLE),
    apart: dt.timedelta = HOUR,
) -> float | None:
    """What is decided of two texts; it must not matter which is which."""
    first = wording(article("a", text=one, title=titles[0], published=NOON))
    second = wording(article("b", text=other, title=titles[1], published=NOON - apart))
    found = same_words(first, second)
    assert same_words(second, first) == found
    return found


def edited(text: str, every: int) -> str:
    """One word in so many replaced."""
    words = text.split()
    return " ".join("anew" if n % every == every - 1 else w for n, w in enumerate(words))


@pytest.mark.parametrize("text", [HARBOUR, HARBOUR_ZH, HARBOUR_TH])
def test_the_same_text_under_another_title_is_a_copy(text: str) -> None:
    assert share(text, text) == 1.0


@pytest.mark.parametrize("text", [HARBOUR, HARBOUR_ZH, HARBOUR_TH])
def test_a_cut_copy_is_a_copy(text: str) -> None:
    assert share(text, text[: len(text) // 2] + "…", (HARBOUR_TITLE,) * 2) is not None


def test_a_lightly_edited_copy_is_a_copy() -> None:
    assert share(HARBOUR, edited(HARBOUR, 20)) is not None


def test_a_text_in_other_words_is_not() -> None:
    assert share(HARBOUR, edited(HARBOUR, 5)) is None
    assert share(HARBOUR, FLOOD, (HARBOUR_TITLE, FLOOD_TITLE)) is None


def test_a_first_sentence_behind_a_caption_is_a_copy_though_both_are_cut() -> None:
    caption = "Containers stand at the closed gates of the port, seen from the old lighthouse. "

    assert share(HARBOUR[:300], (caption + HARBOUR)[:300]) is not None


def test_a_new_lead_before_the_background_of_the_last_report_is_another_text() -> None:
    lead = (
        "A mediator reached a deal with dock workers in the small hours of Thursday, and cranes "
        "began to turn again at noon, after the company gave in on night shifts and promised to "
        "hire three hundred more hands before the spring. "
    )

    assert share(HARBOUR, lead + HARBOUR[250:], (HARBOUR_TITLE, "Cranes turn again")) is None


def test_one_first_sentence_under_like_titles_is_enough() -> None:
    sentence = HARBOUR[:140]

    assert share(sentence, sentence, (HARBOUR_TITLE, HARBOUR_TITLE + " | Elster Times"))


def test_one_first_sentence_under_unlike_titles_says_too_little() -> None:
    sentence = "All the news of the day from our reporters, as it comes in, hour by hour."

    assert share(sentence, sentence, ("Live blog", "Weather in the valleys")) is None


def test_a_few_words_are_few_in_a_script_without_blanks_too() -> None:
    terms = "商品价格以当日通知为准，运费到付，先款后货，诚信交易，欢迎新老朋友来电咨询洽谈合作。"

    assert share(terms, terms, ("出售纪念币", "收购旧邮票")) is None
    assert share(
        terms, terms, ("出售纪念币一箱原封不动先到先得", "出售纪念币一箱原封不动先到先得！")
    )


@pytest.mark.parametrize("title", ["Live blog", "Weather", "News in brief", "Meteo"])
def test_a_generic_title_merges_nothing(title: str) -> None:
    assert share(HARBOUR[:150], FLOOD[:150], (title, title)) is None


def test_a_title_alone_merges_nothing() -> None:
    assert share("", "", (HARBOUR_TITLE, HARBOUR_TITLE)) is None


def test_other_figures_in_a_like_title_are_another_of_a_series() -> None:
    text = "The winning numbers were drawn last night in the town hall, and the jackpot has grown."

    assert (
        share(text * 5, text * 5, ("Lottery results of 3 May", "Lottery results of 7 May")) is None
    )
    assert share(text * 5, text * 5, ("Lottery results of 3 May", "Lottery results of 3 May"))


def test_two_summaries_of_a_line_under_one_long_title_are_one() -> None:
    one = (
        "Dock workers at Port Elster walked out on Tuesday over night shifts, the union said today"
    )
    other = (
        "Dock workers at Port Elster walked out on Tuesday, after talks with the company on hours"
    )

    assert share(one, other, (HARBOUR_TITLE,) * 2) is not None
    assert share(one, other) is None


def test_under_one_title_half_of_a_long_text_is_not_enough() -> None:
    half = HARBOUR[: len(HARBOUR) // 2]

    assert share(HARBOUR, half + FLOOD[: len(HARBOUR) // 2], (HARBOUR_TITLE,) * 2) is None


def test_after_two_days_a_copy_under_another_title_is_an_update() -> None:
    assert share(HARBOUR, HARBOUR, apart=dt.timedelta(days=2)) is not None
    assert share(HARBOUR, HARBOUR, apart=dt.timedelta(days=3)) is None
    assert share(HARBOUR, HARBOUR, (HARBOUR_TITLE,) * 2, apart=dt.timedelta(days=3)) is not None
    assert share(HARBOUR, HARBOUR, (HARBOUR_TITLE,) * 2, apart=dt.timedelta(days=8)) is None


@given(st.lists(st.sampled_from(HARBOUR.split()), max_size=80), st.integers(0, 80))
def test_any_text_is_a_copy_of_itself_and_never_matters_which_is_which(
    words: list[str], cut: int
) -> None:
    text = " ".join(words)
    assert share(text, text) in (1.0, None)
    share(text, " ".join(words[:cut]))
    share(text, " ".join(words[cut:]))


@given(st.integers(120, len(HARBOUR)))
def test_every_cut_of_a_text_under_its_title_is_a_copy(size: int) -> None:
    assert share(HARBOUR, HARBOUR[:size], (HARBOUR_TITLE, HARBOUR_TITLE)) is not None
