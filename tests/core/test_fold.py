"""Text as queries compare it, and the way back to where it came from."""

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.topics.fold import _PLAIN, _REPLACED, _SIGNS, fold, origins, unified, word_runs_on

# Letters, marks and signs of many scripts, side by side more often than chance would have it.
SCRIPTS = st.lists(
    st.sampled_from(
        [*"aeiıİßſʼ’‘–‑-.'´\t\n \u00a0", *"йЙўёҐї", *"ὍὰΣσς", *"ﬁ½…™²Å", *"กขปู่้ำ", *"کیىـداعِش", *"שָׁלוֹם", *"かがガ゙ｶﾞﾊﾟ", *"가힣ᄀ", *"क्षि", *"རཱྀ", *"伊国", "\u0301", "\u0306", "\u0323", "\u0327", "\u00ad", "\u200d", "\ufeff", "и\u0306", "и\u0323\u0306", "www.a.example/x ", "https://a.example/é ", "word", "WORD", "&amp;", "&#x27;", "lt;", "&", "ة", "\u200c", "・", "·", "٣", "\u20dd", "\u0335", "`"]
    ),
    max_size=12,
).map("".join)  # fmt: skip
ANY_TEXT = st.text(st.characters()) | SCRIPTS


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param("Crème BRÛLÉE", "creme brulee", id="case and accents of Latin"),
        pytest.param("Straße ẞ", "strasse ss", id="German: ß"),
        pytest.param("Øre, Łódź, đak, ægir, œuvre, þorn", "ore, lodz, dak, aegir, oeuvre, thorn",
                     id="letters that do not decompose"),
        pytest.param("İSTANBUL ılık Işık", "istanbul ilik isik", id="Turkish: four i"),
        pytest.param("ΑΘΉΝΑ Αθηνάς ΑΣ", "αθηνα αθηνασ ασ", id="Greek: accents and final sigma"),
        pytest.param("Ὅμηρος", "ομηροσ", id="Greek: breathings"),
        pytest.param("МОСКВА Ёлка", "москва елка", id="Cyrillic: case, ё"),
        pytest.param("Йод", "йод".replace("й", "и\u0306"), id="Cyrillic: й is a letter"),
        pytest.param("داعِش", "داعش", id="Arabic: vowel points"),
        pytest.param("داعـــش", "داعش", id="Arabic: tatweel"),
        pytest.param("کیهان", "كيهان", id="Arabic: Persian letters"),
        pytest.param("שָׁלוֹם", "שלום", id="Hebrew: points"),
        pytest.param("ｶﾞ", "か゛".translate({0x304B: 0x30AB, 0x309B: 0x3099}), id="kana: narrow"),
        pytest.param("I\u0336S\u0336 I\u20ddS ❤\ufe0f", "is is ❤", id="strokes, rings, selectors"),
        pytest.param("Ⓘ𝐒𝕀🅂", "isis", id="letters in disguise"),
        pytest.param("الدولة الإسلامية", "الدوله الاسلاميه", id="Arabic: alef and ta marbuta"),
        pytest.param("می\u200cشود, co\u200cop", "مي شود, coop".replace("ی", "ي"),
                     id="the half-space of Persian"),
        pytest.param("٢٠١٥ ۲۰۱۵ २०१५ ๒๐๑๕", "2015 2015 2015 2015", id="figures of other scripts"),
        pytest.param("アブ・バクル 阿布·贝克尔", "アフ\u3099 ハ\u3099クル 阿布 贝克尔", id="dots in names"),
        pytest.param("CO₂ x² ½", "co2 x2 1⁄2", id="raised and lowered figures"),
        pytest.param("ﬁsh ｗｉｄｅ", "fish wide", id="ligatures and wide letters"),
        pytest.param("co\u00adop\u200bera\u200dtive", "cooperative", id="invisible characters"),
        pytest.param("Let’s ‘go’ “now”", "let's 'go' now", id="quotation marks"),
        pytest.param("Q&amp;A it&#x27;s &amp;amp;lt;b&gt; R&D; a&nbsp;b &#65;", "q&a it's <b> r&d; a b &#65;",
                     id="what a feed wrote twice"),
        pytest.param("rock´n´roll", "rock'n'roll", id="an accent for an apostrophe"),
        pytest.param("al‑Qaeda al-Qaeda al–Qaeda", "al qaeda al qaeda al qaeda", id="dashes in a word"),
        pytest.param("a - b -c d-", "a - b -c d-", id="dashes that join nothing"),
        pytest.param(" two\n\twords\u00a0here ", "two words here", id="white space"),
        pytest.param("", "", id="nothing"),
    ],
)  # fmt: skip
def test_text_is_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("й", "и", id="Cyrillic й and и"),
        pytest.param("ў", "у", id="Cyrillic ў and у"),
        pytest.param("ガ", "カ", id="voiced kana"),
        pytest.param("パ", "ハ", id="half-voiced kana"),
        pytest.param("ปู", "ปู่", id="Thai tone marks"),
        pytest.param("กำ", "กา", id="Thai vowels"),
        pytest.param("कि", "की", id="Devanagari vowel signs"),
        pytest.param("क्", "क", id="Devanagari virama"),
        pytest.param("ä", "ae", id="German ä, which half the world writes as a"),
    ],
)
def test_letters_that_differ_in_their_script_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("é", "e\u0301", id="composed and decomposed"),
        pytest.param("й", "и\u0306", id="й in one and in two"),
        pytest.param("が", "か\u3099", id="kana in one and in two"),
        pytest.param("ｶﾞ", "ガ", id="narrow and wide kana"),
        pytest.param("가", "\u1100\u1161", id="Hangul in one and in two"),
        pytest.param("Å", "\u212b", id="Å and Ångström"),
        pytest.param("ό", "ό", id="tonos and oxia"),
    ],
)
def test_two_spellings_of_one_letter_are_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        pytest.param("see https://isis.example/isis now", "see now", id="an address"),
        pytest.param("see www.isis.example now", "see now", id="one that begins with www"),
        pytest.param("see HTTP://ISIS.example, now", "see now", id="in capitals"),
        pytest.param('<a href="https://isis.example/">x</a>', "<a href= >x</a>", id="in quotes"),
        pytest.param("a://b c://d", "", id="two"),
    ],
)
def test_addresses_are_blotted_out(text: str, rest: str) -> None:
    blotted = re.sub("\x00+ ?", "", fold(text)).strip()

    assert blotted == rest
    assert len(fold(text)) == len(text)


def test_a_host_is_folded_as_it_stands_when_asked_for() -> None:
    assert fold("www.BBC.example", addresses=True) == "www.bbc.example"


@given(ANY_TEXT)
def test_origins_folds_as_fold_does(text: str) -> None:
    assert origins(text)[0] == fold(text)


@given(ANY_TEXT)
def test_origins_of_a_host_folds_as_fold_does(text: str) -> None:
    assert origins(text, addresses=True)[0] == fold(text, addresses=True)


@given(ANY_TEXT)
def test_every_folded_character_and_the_end_has_a_place(text: str) -> None:
    folded, places = origins(text)

    assert len(places) == len(folded) + 1
    assert fold(text[places[-1] :]) == ""


@given(ANY_TEXT)
def test_places_go_forward_only(text: str) -> None:
    places = origins(text)[1]

    assert places == sorted(places)
    assert all(0 <= place <= len(text) for place in places)


# Not so where a Thai vowel stands on й, kept from it by something invisible: the marks change places.
@given(ANY_TEXT.filter(lambda text: not {"\ue000", "\u0306"} & set(text + fold(text))))
@example("al-Qaeda’s “Q&amp;A” · ガｶﾞ น้ำ ٱلدولة ٢٠١٥")
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(SCRIPTS.filter(lambda text: "." not in text))  # addresses are blotted out as written
def test_composition_makes_no_difference(text: str) -> None:
    composed, apart = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))

    assert fold(composed) == fold(apart)


@pytest.mark.parametrize("sign", "'‘’‚‛ʼʻʽʾʿʹˊˋ´΄′‵`＇｀՚׳ߴꞋꞌ❛❜")
def test_every_apostrophe_is_one(sign: str) -> None:
    assert fold(f"Da{sign}esh") == "da'esh"
    assert unified(f"Da{sign}esh") == "Da'esh"


@pytest.mark.parametrize("sign", "-‐‑‒–—―−⁃⸗⸚⸺⸻﹘﹣－֊־᐀᠆·‧・･゠\ufe31\ufe32")
def test_every_dash_in_a_word_is_an_edge(sign: str) -> None:
    assert fold(f"al{sign}Qaeda") == "al qaeda"


@pytest.mark.parametrize("sign", '"“”„‟″‶«»‹›＂״〝〞〟❝❞')
def test_every_quotation_mark_says_nothing(sign: str) -> None:
    assert (
        fold(f"the {sign}Islamic{sign} State").replace("''", "").split()
        == "the islamic state".split()
    )
    assert unified(f"a{sign}b") == 'a"b'


@pytest.mark.parametrize(
    "blank",
    " \t\n\r\x0b\x0c\x85\u00a0\u1680\u2000\u2003\u2007\u2009\u200a\u2028\u2029\u202f\u205f\u3000",
)
def test_every_blank_is_one(blank: str) -> None:
    assert fold(f"Islamic{blank}State") == "islamic state"


@pytest.mark.parametrize(
    "mark",
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u2060\u2063\u2066\u2069\ufe0e\ufe0f\ufeff\U000e0041\U000e0100",
)
def test_what_nobody_sees_is_not_there(mark: str) -> None:
    assert fold(f"I{mark}SIS") == "isis"
    assert unified(f"I{mark}SIS") == "ISIS"


def test_the_plain_letters_hold_nothing_that_is_replaced() -> None:
    plain = re.compile(f"[{_PLAIN}]")

    assert [character for character in _REPLACED if plain.match(character)] == []


def test_every_mark_there_is_is_known() -> None:
    everywhere = [chr(c) for c in range(0xE0000) if unicodedata.category(chr(c))[0] == "M"]

    assert everywhere == _SIGNS


def test_nothing_is_replaced_by_what_would_be_replaced_again() -> None:
    assert not set("".join(_REPLACED.values())) & set(_REPLACED)


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("ISIS’s", "ISIS's"),
        ("al‑Qaeda", "al-Qaeda"),
        ("“IS”", '"IS"'),
        ("e\u0301", "é"),
        ("two\n words", "two words"),
        ("IS Is is", "IS Is is"),
    ],
)
def test_exact_spelling_keeps_case_and_accents_and_unifies_signs(text: str, spelled: str) -> None:
    assert unified(text) == spelled


def edges(text: str) -> list[str]:
    """The text cut at every edge of a word."""
    cuts = [at for at in range(len(text) + 1) if not word_runs_on(text, at)]
    return [text[one:two] for one, two in pairwise(cuts)]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        pytest.param("isis's", ["isis", "'", "s"], id="an apostrophe is an edge"),
        pytest.param("is_is", ["is", "_", "is"], id="an underscore is an edge"),
        pytest.param("a1b2", ["a1b2"], id="figures belong to words"),
        pytest.param("datanálisis", ["datanálisis"], id="an accented letter is no edge"),
        pytest.param("игил", ["игил"], id="Cyrillic"),
        pytest.param("isisи", ["isisи"], id="two scripts of letters"),
        pytest.param("伊斯", ["伊", "斯"], id="Chinese: every place is an edge"),
        pytest.param("isis国", ["isis", "国"], id="Latin beside Chinese"),
        pytest.param("カ\u3099ス", ["カ\u3099", "ス"], id="kana: not before a voicing mark"),
        pytest.param("กู่ข", ["กู่", "ข"], id="Thai: not before a vowel sign or tone"),
        pytest.param("कि", ["कि"], id="Devanagari: not before a vowel sign"),
        pytest.param("a-b c", ["a", "-", "b", " ", "c"], id="signs and blanks"),
    ],
)
def test_words_have_edges_in_every_script(text: str, pieces: list[str]) -> None:
    assert edges(text) == pieces
