"""Plain text: characters that XML can carry, white space, cutting at a word."""

import re
import unicodedata
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from aggregator.text.words import one_line, sane_references, shorten, xml_text

ANY_TEXT = st.text(st.characters())  # lone surrogates and control characters too
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize(
    ("given_", "carried"),
    [
        pytest.param("a\x00b\x08c\x0bd\x0ce\x1ff", "abcdef", id="controls go"),
        pytest.param("a\tb\nc", "a\tb\nc", id="tab and line feed stay"),
        pytest.param("a\r\nb\rc", "a\nb\nc", id="carriage returns become line feeds"),
        pytest.param("\x93quoted\x94\x85", "“quoted”…", id="C1 is windows-1252"),
        pytest.param("a\x81\x8d\x8f\x90\x9db", "ab", id="the five holes of windows-1252 go"),
        pytest.param("a\ufffeb\uffffc", "a\ufffdb\ufffdc", id="non-characters are marked"),
        pytest.param("a\ud800b", "a\ufffdb", id="a lone surrogate is marked"),
        pytest.param("\ude00\ud83d", "\ufffd\ufffd", id="a pair the wrong way round is two"),
        pytest.param("\ud83d\ude00!", "😀!", id="a pair of surrogates is joined"),
        pytest.param("é 中 😀 \u00a0", "é 中 😀 \u00a0", id="everything else stays"),
    ],
)
def test_b4_4_text_is_what_xml_can_carry(given_: str, carried: str) -> None:
    assert xml_text(given_) == carried


@given(ANY_TEXT)
def test_b4_4_any_text_survives_an_xml_document_unchanged(text: str) -> None:
    carried = xml_text(text)
    element = etree.Element("t")
    element.text = carried  # lxml raises for what XML cannot carry

    assert (etree.fromstring(etree.tostring(element)).text or "") == carried


def test_b4_4_every_code_point_there_is_can_be_carried() -> None:
    everything = xml_text("".join(map(chr, range(0x110000))))

    assert re.search("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", everything) is None


@given(ANY_TEXT)
def test_making_text_safe_again_changes_nothing(text: str) -> None:
    once = xml_text(text)

    assert xml_text(once) == once


def test_a_letter_buried_under_accents_keeps_thirty_of_them() -> None:
    zalgo = "a" + "\u0301\u0323" * 5000

    assert xml_text(f"<{zalgo}>") == "<a" + "\u0301\u0323" * 15 + ">"


@given(st.text("ab\u0301\u0323\u3099", max_size=40))
def test_accents_in_usual_numbers_stay_as_they_are(text: str) -> None:
    assert xml_text(text * 30) == text * 30 or longest_run_of_marks(text * 30) > 30


def longest_run_of_marks(text: str) -> int:
    runs = groupby(text, key=lambda character: unicodedata.combining(character) > 0)
    return max((len(list(run)) for marks, run in runs if marks), default=0)


@pytest.mark.parametrize(
    ("markup", "sane"),
    [
        pytest.param("&#55357;&#56832;", "😀", id="an emoji in two decimal halves"),
        pytest.param("&#xD83D;&#xde00;", "😀", id="an emoji in two hexadecimal halves"),
        pytest.param("a&#xD800;b", "a\ufffdb", id="half an emoji"),
        pytest.param("a&#0;b&#1;c&#x1F;d", "abcd", id="controls"),
        pytest.param("a&#99999999999;b", "a\ufffdb", id="beyond Unicode"),
        pytest.param("a&#x110000;b", "a\ufffdb", id="one beyond Unicode"),
        pytest.param("a&#" + "9" * 5000 + ";b", "a\ufffdb", id="a number of 5000 digits"),
        pytest.param("&#0000065;&#x41;&#233;", "&#0000065;&#x41;&#233;", id="good ones stay"),
        pytest.param("&#9;&#10;&#13;", "&#9;&#10;&#13;", id="white space stays"),
        pytest.param("&#150;", "&#150;", id="C1 is left to who reads it"),
        pytest.param("&amp;#55357;", "&amp;#55357;", id="an escaped reference is none"),
        pytest.param("&#x;&#;&#55357", "&#x;&#;&#55357", id="unfinished ones stay"),
    ],
)
def test_b4_4_references_to_what_xml_cannot_carry_are_resolved(markup: str, sane: str) -> None:
    assert sane_references(markup) == sane


@given(ANY_TEXT)
def test_markup_without_references_stays_as_it_is(text: str) -> None:
    without = text.replace("&#", "")

    assert sane_references(without) == without


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  two\n\n words ", "two words"),
        ("tab\there", "tab here"),
        ("a\u00a0b\u2003c\u3000d", "a b c d"),
        ("a\u2028b\u2029c\x85d", "a b c…d"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_white_space_collapses_to_one_line(text: str, line: str) -> None:
    assert one_line(text) == line


@given(st.text(st.characters() | st.sampled_from(BIDI + "\n\t ")))
def test_b4_7_no_bidirectional_override_survives_in_a_line(text: str) -> None:
    assert not set(one_line(text)) & set(BIDI)


@given(ANY_TEXT)
def test_a_line_is_one_line_without_outer_blanks(text: str) -> None:
    line = one_line(text)

    assert line == line.strip()
    assert len(line.splitlines()) <= 1
    assert one_line(line) == line


@pytest.mark.parametrize(
    ("text", "limit", "shortened"),
    [
        pytest.param("one two three", 13, "one two three", id="what fits stays"),
        pytest.param("one two three", 12, "one two…", id="cut between words"),
        pytest.param("one two, three", 12, "one two…", id="no comma before the ellipsis"),
        pytest.param("one two – three", 12, "one two…", id="no dash before the ellipsis"),
        pytest.param("onetwothree", 6, "onetw…", id="no blank: where the limit falls"),
        pytest.param("a bcdefghijklmnop", 10, "a bcdefgh…", id="a blank too early is no place"),
        pytest.param("在伊拉克和叙利亚的伊斯兰国", 6, "在伊拉克和…", id="a script without blanks"),
    ],
)
def test_long_text_is_cut_at_a_word(text: str, limit: int, shortened: str) -> None:
    assert shorten(text, limit) == shortened


@given(st.text(), st.integers(1, 60))
def test_a_shortened_text_fits_and_is_a_beginning(text: str, limit: int) -> None:
    shortened = shorten(text, limit)

    assert len(shortened) <= limit
    assert text.startswith(shortened.removesuffix("…")) or shortened == text
