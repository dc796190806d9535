"""The rule engine: what a term finds, what it does not, and the evidence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.topics import FIELDS, SEPARATOR, Engine, Evidence, Rule, parse_query
from aggregator.topics.fold import fold


def evidence(query: str, text: str = "", **fields: str) -> tuple[Evidence, ...] | None:
    """Why the query holds for a document; None when it does not."""
    document = {"text": text, **fields}
    return Engine({"topic": Rule(parse_query(query))}).topics_of(document).get("topic")


def holds(query: str, text: str = "", **fields: str) -> bool:
    return evidence(query, text, **fields) is not None


def found(query: str, text: str = "", **fields: str) -> list[str]:
    """The words found, as the document has them."""
    document = {"text": text, **fields}
    return [document[e.field][e.start : e.end] for e in evidence(query, text, **fields) or ()]


# --- whole words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("A crisis in the north", id="crisis"),
        pytest.param("Datanálisis publica", id="Datanálisis, an accented letter before it"),
        pytest.param("isisé", id="an accented letter after it"),
        pytest.param("Isistan", id="the beginning of a word"),
        pytest.param("isis2 and 2isis", id="figures"),
        pytest.param("исисisis", id="Cyrillic before it"),
        pytest.param("isisगा", id="Devanagari after it"),
    ],
)
def test_a_term_never_matches_inside_a_word(text: str) -> None:
    assert not holds("isis", text)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        pytest.param("ISIS takes a town", "ISIS", id="at the start of the text"),
        pytest.param("a town taken by ISIS", "ISIS", id="at the end of the text"),
        pytest.param("ISIS", "ISIS", id="the whole text"),
        pytest.param("ISIS's fighters", "ISIS", id="ISIS's"),
        pytest.param("ISIS’s fighters", "ISIS", id="ISIS’s, typographic"),
        pytest.param("contre l'ISIS", "ISIS", id="l'ISIS"),
        pytest.param("contre l’ISIS", "ISIS", id="l’ISIS, typographic"),
        pytest.param("ISIS-K claims", "ISIS", id="ISIS-K"),
        pytest.param("anti‑ISIS raid", "ISIS", id="anti‑ISIS, a dash that does not break"),
        pytest.param("#ISIS trends", "ISIS", id="#ISIS"),
        pytest.param("@isis_news", "isis", id="@isis_news"),
        pytest.param("(ISIS), “ISIS”.", "ISIS", id="among signs"),
        pytest.param("打击ISIS组织", "ISIS", id="between Chinese letters"),
        pytest.param("ISI\u00adS", "ISI\u00adS", id="with a soft hyphen in it"),
        pytest.param("ＩＳＩＳ", "ＩＳＩＳ", id="in wide letters"),
    ],
)
def test_a_whole_word_is_found_whatever_stands_beside_it(text: str, word: str) -> None:
    assert found("isis", text)[0] == word


@pytest.mark.parametrize(
    ("query", "text", "word"),
    [
        pytest.param("игил", "Боевики ИГИЛ отступили", "ИГИЛ", id="Russian"),
        pytest.param("داعش", "تنظيم داعِش، في العراق", "داعِش", id="Arabic, with a vowel point"),
        pytest.param("داعش", "داعـش", "داعـش", id="Arabic, stretched"),
        pytest.param("דאעש", "ארגון דאעש בסוריה", "דאעש", id="Hebrew"),
        pytest.param("αθηνα", "ΣΤΗΝ ΑΘΉΝΑ ΣΉΜΕΡΑ", "ΑΘΉΝΑ", id="Greek, in accented capitals"),
        pytest.param("ΚΟΣΜΟΣ", "ο κόσμος", "κόσμος", id="Greek, final sigma"),
        pytest.param("istanbul", "İSTANBUL'da", "İSTANBUL", id="Turkish, dotted capital"),
        pytest.param("ışık", "IŞIK", "IŞIK", id="Turkish, dotless capital"),
        pytest.param("strasse", "Die Straße hier", "Straße", id="German, ß"),
        pytest.param("müller", "Herr Muller sagt", "Muller", id="German, umlaut"),
        pytest.param("伊斯兰国", "在伊斯兰国的控制下", "伊斯兰国", id="Chinese"),
        pytest.param("イスラム国", "過激派イスラム国が声明", "イスラム国", id="Japanese"),
        pytest.param("ガザ", "ｶﾞｻﾞ地区", "ｶﾞｻﾞ", id="Japanese, narrow kana"),
        pytest.param("ไอเอส", "กลุ่มไอเอสในอิรัก", "ไอเอส", id="Thai"),
        pytest.param("आईएस", "आतंकी आईएस ने", "आईएस", id="Hindi"),
        pytest.param("이슬람국가", "무장단체 이슬람국가 대원", "이슬람국가", id="Korean, apart"),
        pytest.param(
            "이슬람*", "이슬람국가는", "이슬람국가는", id="Korean, a prefix for the particles"
        ),
    ],
)
def test_a_word_is_found_in_every_script(query: str, text: str, word: str) -> None:
    assert found(query, text) == [word]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        pytest.param("игил", "ИГИЛа больше нет", id="Russian, an ending"),
        pytest.param("داعش", "الداعشي", id="Arabic, inside a word"),
        pytest.param("αθηνα", "Αθηναίος", id="Greek, an ending"),
        pytest.param("ガ", "カ", id="Japanese, a voicing mark"),
        pytest.param("カ", "ガ", id="Japanese, half a letter"),
        pytest.param("ปู", "ปู่", id="Thai, a tone mark"),
        pytest.param("कम", "कमी", id="Hindi, a vowel sign"),
        pytest.param("и", "й", id="Cyrillic, й is not и"),
    ],
)
def test_part_of_a_word_is_not_found_in_any_script(query: str, text: str) -> None:
    assert not holds(query, text)


@pytest.mark.parametrize(
    ("query", "text", "taken"),
    [
        ("u.s.", "the U.S. army", True),
        ("u.s.", "in the U.S.", True),
        ("u.s.", "the U.S.S.R.", False),
        ("s.r.", "the U.S.S.R.", False),
        ("node.js", "node.js x", True),
    ],
)
def test_an_abbreviation_is_no_part_of_a_longer_one(query: str, text: str, taken: bool) -> None:
    assert holds(query, text) is taken


# --- constructs ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("joining IS", True),
        ("joining IS.", True),
        ("IS-K", True),
        ("IS’s men", True),
        ("what is new", False),
        ("Is this it", False),
        ("THIS", False),
    ],
)
def test_exact_is_the_word_as_written(text: str, taken: bool) -> None:
    assert holds("exact:IS", text) is taken


def test_exact_finds_the_right_spelling_among_others() -> None:
    assert found("exact:ISIS", "Isis the goddess, straße, é, ISIS the group") == ["ISIS"]


@pytest.mark.parametrize(
    ("query", "taken"),
    [("exact:Étát", True), ("exact:Etat", False), ("exact:étát", False), ('exact:"l\'Étát"', True)],
)
def test_exact_minds_case_and_accents_and_no_kind_of_apostrophe(query: str, taken: bool) -> None:
    assert holds(query, "contre l’E\u0301tát") is taken


def test_an_exact_prefix_minds_its_own_letters_alone() -> None:
    assert found("exact:Clima*", "climate, Climate, CLIMATE, Climaté") == ["Climate", "Climaté"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Climatique et climat", ["Climatique", "climat"]),
        ("acclimatize", []),
        ("climat-sceptique", ["climat"]),
        ("CLIMATÉRIQUE", ["CLIMATÉRIQUE"]),
    ],
)
def test_a_prefix_finds_whole_words_that_begin_so(text: str, words: list[str]) -> None:
    assert found("climat*", text) == words


def test_a_phrase_may_end_in_a_prefix() -> None:
    assert found('"climate chang*"', "Climate changes, climate exchange") == ["Climate changes"]


@pytest.mark.parametrize(
    "text",
    [
        "Islamic State",
        "islamic\n   state",
        "Islamic\u00a0State",
        "Islamic-State",
        "ISLAMIC STATE’s",
    ],
)
def test_a_phrase_is_its_words_in_a_row(text: str) -> None:
    assert holds('"islamic state"', text)


@pytest.mark.parametrize(
    "text",
    ["Islamic, State", "Islamic law State", "State Islamic", "Islamic States", "unIslamic State"],
)
def test_anything_else_in_between_is_another_phrase(text: str) -> None:
    assert not holds('"islamic state"', text)


@pytest.mark.parametrize(
    ("query", "text", "taken"),
    [
        ('"law climate"~2', "a climate protection law", True),
        ('"law climate"~1', "a climate protection law", True),
        ('"law climate"~0', "a climate protection law", False),
        ('"law climate"~0', "climate law", True),
        ('"law climate"~2', "climate and one two law", False),
        ('"law climate"~2', "climate, – … law!", True),
        ('"a b c"~1', "c x a b", True),
        ('"a b c"~1', "c x a x b", False),
        ('"a a"~1', "a x a", True),
        ('"a a"~1', "a", False),
        ('"law climate"~2', "outlaw climate", False),
    ],
)
def test_words_near_one_another_in_any_order(query: str, text: str, taken: bool) -> None:
    assert holds(query, text) is taken


def test_words_near_one_another_show_the_whole_stretch() -> None:
    assert found('"law climate"~3', "The Climate and Energy Law passed") == [
        "Climate and Energy Law"
    ]


def test_words_near_one_another_stand_in_one_field() -> None:
    assert not holds('"law climate"~5', title="law", text="climate")


# --- fields ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["title", "text"])
def test_a_term_without_a_field_is_looked_for_in_title_and_text(field: str) -> None:
    assert holds("isis", **{"text": "", field: "isis"})


@pytest.mark.parametrize("field", ["author", "source", "category", "lang", "site"])
def test_and_nowhere_else(field: str) -> None:
    assert not holds("isis", **{field: "isis"})


@pytest.mark.parametrize("field", FIELDS)
def test_a_term_with_a_field_is_looked_for_there_alone(field: str) -> None:
    everywhere_else = {other: "isis" for other in FIELDS if other != field}

    assert holds(f"{field}:isis", **{"text": "", field: "isis"})
    assert not holds(f"{field}:isis", **{"text": "", **everywhere_else})


@pytest.mark.parametrize(
    ("query", "lang", "taken"),
    [
        ("lang:en", "en", True),
        ("lang:en", "en-GB", True),
        ("lang:EN", "en", True),
        ("lang:en-gb", "en-GB", True),
        ("lang:en-gb", "en-US", False),
        ("lang:gb", "en-GB", False),
        ("lang:en", "eng", False),
        ("lang:e", "en", False),
        ("lang:hant", "zh-Hant", False),
    ],
)
def test_a_language_is_named_from_its_beginning(query: str, lang: str, taken: bool) -> None:
    assert holds(query, lang=lang) is taken


@pytest.mark.parametrize(
    ("query", "site", "taken"),
    [
        ("site:bbc.example", "bbc.example", True),
        ("site:bbc.example", "www.bbc.example", True),
        ("site:bbc.example", "news.bbc.example", True),
        ("site:www.bbc.example", "www.bbc.example", True),
        ("site:BBC.Example", "bbc.example", True),
        ("site:the-local.example", "www.the-local.example", True),
        ("site:example", "bbc.example", True),
        ("site:bbc.example", "abbc.example", False),
        ("site:bbc.example", "a-bbc.example", False),
        ("site:bbc.example", "bbc.example.evil.test", False),
        ("site:bbc", "bbc.example", False),
        ("site:local.example", "www.the-local.example", False),
    ],
)
def test_a_site_is_named_from_its_end(query: str, site: str, taken: bool) -> None:
    assert holds(query, site=site) is taken


@pytest.mark.parametrize("field", ["author", "category"])
def test_a_phrase_does_not_run_from_one_author_or_category_into_the_next(field: str) -> None:
    both = SEPARATOR.join(["Jane Max", "Jacobson Doe"])

    assert not holds(f'{field}:"max jacobson"', **{field: both})
    assert holds(f'{field}:"jacobson doe"', **{field: both})


@pytest.mark.parametrize(
    "text",
    [
        "read https://isis.example/isis",
        "https://a.example/x?q=isis&y",
        "at www.isis.example today",
        "HTTPS://A.EXAMPLE/ISIS",
    ],
)
def test_a_word_in_an_address_was_written_by_nobody(text: str) -> None:
    assert not holds("isis", text)


def test_after_an_address_the_words_count_again() -> None:
    assert found("isis", "https://isis.example/ says ISIS lost") == ["ISIS"]


# --- all, any, not ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["a c", "b c", "a b c"])
def test_any_and_all(text: str) -> None:
    assert holds("(a OR b) c", text)


@pytest.mark.parametrize("text", ["a b", "c", ""])
def test_any_and_all_not(text: str) -> None:
    assert not holds("(a OR b) c", text)


def test_what_is_asked_for_may_stand_in_different_fields() -> None:
    assert holds("isis iraq", title="ISIS", text="Iraq")


def test_a_not_looks_into_every_field_its_term_is_looked_for_in() -> None:
    assert not holds("isis NOT goddess", title="Isis", text="the goddess")


def test_a_not_with_a_field_looks_there_alone() -> None:
    assert holds("isis NOT title:goddess", title="Isis", text="the goddess")


def test_a_term_in_both_sides_of_a_not_is_found_and_left_out() -> None:
    assert not holds("isis NOT isis", "isis")


@given(
    st.dictionaries(
        st.sampled_from(["title", "text"]),
        st.lists(st.sampled_from("abcd")).map(" ".join),
        min_size=1,
    )
)
def test_the_laws_of_de_morgan_hold(document: dict[str, str]) -> None:
    words = {word for text in document.values() for word in text.split()}
    engine = Engine(
        {
            "neither": Rule(parse_query("d NOT (a OR b)")),
            "not-a-not-b": Rule(parse_query("d NOT a NOT b")),
            "not-both": Rule(parse_query("d NOT (a b)")),
            "one-or-other-missing": Rule(parse_query("(d NOT a) OR (d NOT b)")),
        }
    )
    topics = set(engine.topics_of(document))

    assert (
        ("neither" in topics)
        == ("not-a-not-b" in topics)
        == ("d" in words and not words & {"a", "b"})
    )
    assert (
        ("not-both" in topics)
        == ("one-or-other-missing" in topics)
        == ("d" in words and not {"a", "b"} <= words)
    )


# --- topics, and evidence --------------------------------------------------------------------------


def test_topics_come_in_the_order_they_were_given() -> None:
    engine = Engine({key: Rule(parse_query(key[::-1])) for key in ("zz", "mm", "aa")})

    assert list(engine.topics_of({"text": "aa mm zz"})) == ["zz", "mm", "aa"]


def test_without_topics_nothing_is_about_anything() -> None:
    assert Engine({}).topics_of({"text": "anything"}) == {}


@pytest.mark.parametrize("document", [{}, {"text": ""}, {"title": "…"}])
def test_an_empty_document_is_about_nothing(document: dict[str, str]) -> None:
    assert Engine({"a": Rule(parse_query("isis"))}).topics_of(document) == {}


def test_evidence_is_the_term_as_written_and_the_words_as_found() -> None:
    assert evidence('"Islamic  State"', "the ISLAMIC\nState’s men") == (
        Evidence("text", '"Islamic  State"', "ISLAMIC State", 4, 17),
    )


def test_evidence_comes_in_reading_order_title_first() -> None:
    shown = evidence("b OR a", title="x b", text="a b")

    assert shown is not None
    assert [(e.field, e.text) for e in shown] == [("title", "b"), ("text", "a"), ("text", "b")]


def test_evidence_has_the_first_three_places_of_a_term() -> None:
    shown = evidence("a", "a " * 50)

    assert shown is not None
    assert [e.start for e in shown] == [0, 2, 4]


def test_evidence_has_at_most_twenty_places() -> None:
    shown = evidence(" OR ".join(f"w{n}" for n in range(30)), " ".join(f"w{n}" for n in range(30)))

    assert shown is not None
    assert len(shown) == 20


def test_only_the_terms_that_made_it_hold_are_evidence() -> None:
    shown = evidence("(a b) OR (a c) OR d", "a c d")

    assert shown is not None
    assert {e.term for e in shown} == {"a", "c", "d"}


def test_a_not_that_holds_shows_nothing() -> None:
    assert found("a NOT b", "a c") == ["a"]


def test_evidence_of_a_long_stretch_shows_its_two_ends() -> None:
    between = " ".join(f"word{n}" for n in range(60))
    shown = evidence('"law climate"~90', f"climate {between} law")

    assert shown is not None
    assert shown[0].text.startswith("climate word0 ")
    assert " … " in shown[0].text
    assert shown[0].text.endswith(" law")


SCRIPTS = st.lists(
    st.sampled_from(
        [*"aeiısßﬁéÉ½ΣςйЙ ґёＷ", "e\u0301", "\u0301", "İ", "ｶﾞ", "カ", "กู่", "가", "伊", "の", "  ", "\n", "\u00ad", "’", "-", "‑", "“", '"', "…", "IS", "is", "straße", "STRASSE", "daesh", "Da’esh", "الدولة", "داعِش", "https://a.example/is ", "www.is.example", " "]
    ),
    max_size=20,
).map("".join)  # fmt: skip
TERMS = ["is", "strasse", "daesh", "e", "伊", "カ", "داعش", "가", "й", "ss", "da'esh"]


@given(SCRIPTS | st.text(), st.sampled_from(TERMS))
def test_evidence_points_to_the_words_in_the_text_as_given(text: str, term: str) -> None:
    for shown in evidence(f'"{term}"', text) or ():
        assert fold(term) in fold(text[shown.start : shown.end])


@given(SCRIPTS, st.sampled_from(["is*", "str*", "da*", "ée* OR ss*"]))
def test_evidence_of_a_prefix_points_to_the_whole_word(text: str, query: str) -> None:
    for shown in evidence(query, text) or ():
        assert fold(text[shown.start : shown.end]).startswith(("is", "str", "da", "ee", "ss"))


@given(st.lists(SCRIPTS, max_size=3), st.lists(SCRIPTS, max_size=3), st.sampled_from(TERMS))
def test_a_word_between_blanks_is_always_found(
    before: list[str], after: list[str], term: str
) -> None:
    text = " ".join([*before, "", term, "", *after])

    assert holds(f'"{term}"', text)


@given(SCRIPTS)
def test_a_topic_is_found_alone_or_among_a_thousand(text: str) -> None:
    queries = {term: Rule(parse_query(f'"{term}"')) for term in TERMS}
    among = Engine(
        queries | {f"t{n}": Rule(parse_query(f"t{n} OR {'x' * (n % 9 + 1)}")) for n in range(50)}
    )
    alone = {
        term for term, query in queries.items() if Engine({term: query}).topics_of({"text": text})
    }

    assert set(among.topics_of({"text": text})) & set(TERMS) == alone
