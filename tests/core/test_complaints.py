"""What readers of other programs complained of about their rules, and that we have none of it.

Each test is one complaint, with where it was made. Rules that fail in silence stand in
`tests/config/test_complaints.py`.
"""

import pytest

from aggregator.text.html import clean_html, visible_text
from aggregator.text.titles import title_text
from aggregator.topics import Engine, Rule, parse_query


def holds(query: str, text: str = "", **fields: str) -> bool:
    engine = Engine({"topic": Rule(parse_query(query))})
    return bool(engine.topics_of({"text": text, **fields}))


def seen(html: str) -> str:
    """What `to_article` hands to the engine of a text in HTML."""
    return visible_text(clean_html(html))


# --- parts of words --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "text"),
    [
        pytest.param("isis", "A crisis of trust", id="UTMediaCAT/Voyage#41, crisis"),
        pytest.param("isis", "Datanálisis publica", id="UTMediaCAT/Voyage#41, Datanálisis"),
        pytest.param("war", "software awards", id="NewsBlur#1303"),
        pytest.param("loca", "la localización", id="candebot#12"),
        pytest.param("op", "people shop", id="4chan-x#398"),
        pytest.param("marvel", "a marvellous day", id="Flym#361"),
    ],
)
def test_a_word_does_not_match_inside_another(query: str, text: str) -> None:
    assert not holds(query, text)


@pytest.mark.parametrize(
    "text", ["ISIS retreats", "a raid on ISIS", "ISIS", "ISIS's men", "l'ISIS"]
)
def test_a_word_matches_at_the_start_and_the_end_of_a_text(text: str) -> None:
    """UTMediaCAT/Voyage, which looked for [^a-z]isis[^a-z]."""
    assert holds("isis", text)


@pytest.mark.parametrize("text", ["éisis", "isisé", "ысisis", "isisд", "isisα", "isisि"])
def test_a_letter_of_another_script_or_with_an_accent_is_no_edge(text: str) -> None:
    """UTMediaCAT/Voyage, which looked for [^a-z]isis[^a-z]."""
    assert not holds("isis", text)


# --- markup ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "html",
    [
        '<div class="center-wrap" id="center">x</div>',
        '<a href="https://center.example/center">x</a>',
        '<img src="https://a.example/center.png" alt="center" title="center">x',
        "<!-- center -->x",
        "<style>center{}</style><script>center()</script>x",
        "<center>x</center>",
    ],
)
def test_the_name_of_a_class_or_an_address_is_not_in_the_text(html: str) -> None:
    """FreshRSS#6393."""
    assert not holds("center", seen(html))


def test_a_phrase_is_found_across_tags() -> None:
    """FreshRSS#6775."""
    assert holds('"islamic state"', seen('<p>the <a href="/x">Islamic</a> <b>St</b>ate group</p>'))


def test_a_phrase_does_not_run_from_one_paragraph_into_the_next() -> None:
    """The other side of FreshRSS#6775: leaving out the tags joins what they part."""
    assert not holds('"islamic state"', seen("<p>It is Islamic.</p><p>State law</p>"))


def test_a_title_without_the_word_does_not_match_by_its_text() -> None:
    """FreshRSS#7620."""
    assert not holds("title:isis", title="Morning briefing", text="ISIS")


# --- entities and quotation marks ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "title"),
    [
        pytest.param("q&a", "Q&amp;A: the new law", id="FreshRSS PR#6785"),
        pytest.param("at&t", "AT&amp;T rises", id="FreshRSS#7336, at&t"),
        pytest.param('"kingdom: come"', "Kingdom: Come", id="FreshRSS#7336, kingdom: come"),
        pytest.param('"let\'s dance"', "Let&#x27;s Dance", id="FreshRSS#6432"),
        pytest.param('"let\'s dance"', "Let’s Dance", id="FreshRSS#6432, typographic"),
        pytest.param('"let’s dance"', "Let's Dance", id="FreshRSS#6432, the other way about"),
        pytest.param('"it\'s over"', "It&amp;#x27;s over", id="FreshRSS#7736, encoded twice"),
        pytest.param('"q&a"', "Q&amp;amp;A", id="FreshRSS#7148, encoded twice"),
        pytest.param("películas", "pel&iacute;culas", id="rssguard#268"),
        pytest.param("peliculas", "PEL&Iacute;CULAS", id="rssguard#268, without the accent"),
    ],
)
def test_a_query_is_written_as_the_title_is_read(query: str, title: str) -> None:
    assert holds(query, title=title_text(title))
    assert holds(query, seen(f"<p>{title}</p>"))


# --- case and accents ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "text"),
    [
        pytest.param("ελλαδα", "ΕΛΛΆΔΑ", id="FreshRSS#8428, Greek accents"),
        pytest.param("ΚΟΣΜΟΣ", "ο κόσμος", id="FreshRSS#8428, final sigma"),
        pytest.param("überfall", "ÜBERFALL", id="QuiteRSS#141"),
        pytest.param("überfall", "U\u0308berfall", id="QuiteRSS#141, in two characters"),
        pytest.param("uberfall", "Überfall", id="QuiteRSS#141, without the umlaut"),
        pytest.param("москва", "МОСКВА", id="QuiteRSS#1203"),
        pytest.param("елка", "Ёлка", id="QuiteRSS#1203, ё"),
    ],
)
def test_case_and_accents_make_no_difference_in_any_alphabet(query: str, text: str) -> None:
    assert holds(query, text)


# --- phrases, operators ----------------------------------------------------------------------------


def test_a_phrase_is_not_any_of_its_words() -> None:
    """feedbin#75: "Max Jacobson" starred every Max."""
    assert not holds('"max jacobson"', "Max met Jacobson, and Max Planck")


def test_words_side_by_side_are_all_asked_for() -> None:
    """Media Cloud's guide warns of its implicit OR."""
    assert not holds("max jacobson", "Max Planck")
    assert holds("max jacobson", "Max met Jacobson")


@pytest.mark.parametrize("text", ["isis song", "isis goddess", "isis song goddess"])
def test_not_this_or_that_is_neither(text: str) -> None:
    """FreshRSS#3236."""
    assert holds("isis NOT (song OR goddess)", "isis")
    assert not holds("isis NOT (song OR goddess)", text)
    assert not holds("isis NOT song NOT goddess", text)


def test_a_not_concerns_its_own_topic_alone() -> None:
    """miniflux-sidekick#13: a negated rule applied to all feeds."""
    rules = {"a": Rule(parse_query("isis NOT music")), "b": Rule(parse_query("isis"))}

    assert list(Engine(rules).topics_of({"text": "isis music"})) == ["b"]


# --- categories, and what can be said --------------------------------------------------------------


@pytest.mark.parametrize(
    "categories", ["Sport,War", "Sport, War", "Sport | War", "sport;war", "war"]
)
def test_categories_may_come_joined_by_commas(categories: str) -> None:
    """FreshRSS splits a category at its commas."""
    assert holds("category:war", category=categories)
    assert not holds("category:war", category="Software,Sport")


def test_a_topic_does_not_depend_on_the_sources_own_categories() -> None:
    """planet.plone.org PR#37: the source ignored the filter by its tags."""
    assert holds("isis", "ISIS retreats", category="Gardening")


def test_a_list_of_hundreds_of_names_may_stand_one_on_a_line() -> None:
    """FreshRSS#3279."""
    names = " OR\n".join(f'"first{number} last{number}"' for number in range(600))

    assert holds(names, "only First599 Last599 is here")
    assert not holds(names, "First1 Last2")


def test_one_source_goes_into_two_topics_by_its_words() -> None:
    """commafeed#1934."""
    engine = Engine({key: Rule(parse_query(f"source:wire {key}")) for key in ("trade", "war")})

    assert list(engine.topics_of({"source": "wire", "title": "Trade talks"})) == ["trade"]
    assert list(engine.topics_of({"source": "wire", "title": "War and trade"})) == ["trade", "war"]
