"""Language tags: in their usual case, or none."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.parse.languages import language


@pytest.mark.parametrize(
    ("said", "tag"),
    [
        pytest.param("de", "de", id="a language"),
        pytest.param("FIL", "fil", id="a language of three letters"),
        pytest.param("pt-br", "pt-BR", id="a country"),
        pytest.param("sr_latn_rs", "sr-Latn-RS", id="a script and a country"),
        pytest.param("es-419", "es-419", id="a region by number"),
        pytest.param("DE-ch-1996", "de-CH-1996", id="an orthography"),
        pytest.param("sl-Rozaj-Biske", "sl-rozaj-biske", id="a dialect"),
        pytest.param(" en-US\n", "en-US", id="blanks around it"),
    ],
)
def test_a_tag_is_written_in_its_usual_case(said: str, tag: str) -> None:
    assert language(said) == tag


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(None, id="nothing"),
        pytest.param("  ", id="blanks"),
        pytest.param("e", id="a letter"),
        pytest.param("en-", id="an end that is missing"),
        pytest.param("en, fr", id="two of them"),
        pytest.param("en US", id="a blank inside"),
        pytest.param("en-US.UTF-8", id="a locale of POSIX"),
        pytest.param("françois", id="a word with accents"),
        pytest.param("en" + "-ab" * 5, id="no end of subtags"),
        pytest.param("\u017fv", id="a long s, which is no s of a tag"),
        pytest.param("\u212ao", id="the sign of kelvin, which is no k"),
        pytest.param("٣٣", id="digits"),
    ],
)
def test_what_is_no_tag_is_none(said: str | None) -> None:
    assert language(said) is None


@pytest.mark.parametrize("said", ["und", "UND", "mul", "zxx", "xx", "und-Latn", "xx-XX"])
def test_a_tag_that_says_nothing_is_none(said: str) -> None:
    assert language(said) is None


LIKELY = st.text("aAzZ09-_ sSkK\u017f\u212aéİ", max_size=14)


@given(LIKELY | st.text())
def test_b1_11_whatever_is_said_it_is_a_tag_of_ascii_or_none(said: str) -> None:
    tag = language(said)

    assert tag is None or re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}", tag, re.ASCII)


@given(st.from_regex(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,4}", fullmatch=True))
def test_a_tag_read_again_is_the_same_tag(said: str) -> None:
    tag = language(said)

    assert language(tag) == tag
