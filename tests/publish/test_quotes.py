"""Evidence with the words around it."""

from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Found
from aggregator.pipeline.tagging import found
from aggregator.publish.quotes import Quote, is_in, quotes
from aggregator.topics import Engine, Rule, parse_query


def evidence(query: str, **document: str) -> tuple[Found, ...]:
    taken = Engine({"q": Rule(parse_query(query))}).topics_of(document)
    return tuple(map(found, taken.get("q", ())))


def shown(query: str, **document: str) -> list[str]:
    """Each quote in one line, what was found in brackets."""
    return [
        "".join(f"[{words}]" if is_found else words for words, is_found in quote.parts)
        for quote in quotes(evidence(query, **document), document)
    ]


def test_a_short_field_is_quoted_whole() -> None:
    assert shown("isis OR raqqa", title="Isis leaves Raqqa", text="Isis.") == [
        "[Isis] leaves [Raqqa]",
        "[Isis].",
    ]


def test_a_long_text_is_quoted_around_what_was_found() -> None:
    text = "word " * 50 + "and Isis left " + "again " * 50

    (quote,) = shown("isis", text=text)

    assert quote.startswith("…word ")
    assert quote.endswith("again …")
    assert " and [Isis] left again" in quote
    assert len(quote) < 140


def test_what_stands_close_together_is_one_quote_and_what_does_not_is_two() -> None:
    far = "word " * 60
    assert len(shown("isis", text=f"Isis said Isis. {far}")) == 1
    assert len(shown("isis", text=f"Isis said. {far} Isis said.")) == 2


def test_a_script_without_blanks_is_cut_where_it_must_be() -> None:
    (quote,) = shown("北京", text="我" * 200 + "北京" + "天" * 200)

    assert quote == f"…{'我' * 60}[北京]{'天' * 60} …"


def test_a_long_stretch_shows_its_two_ends() -> None:
    text = "Fighters " + "of some group " * 12 + "left"

    (quote,) = shown('"fighters left"~90', text=text)

    assert (
        quote
        == "[Fighters of some group of some group of … group of some group of some group left]"
    )


def test_white_space_is_made_one_blank() -> None:
    assert shown('"isis left"', text="Then\n\nIsis \t left\nRaqqa") == ["Then [Isis left] Raqqa"]


def test_what_was_found_in_another_document_is_not_quoted() -> None:
    found = evidence("isis", title="All about Isis")

    assert quotes(found, {"title": "Nothing of that kind"}) == ()
    assert quotes(found, {}) == ()
    assert quotes([Found("source", "topics of a", "a")], {"source": "a"}) == ()


TEXTS = st.text(st.sampled_from("ab \n京ßé\u0301İ ."), max_size=400)


@given(TEXTS, st.sampled_from(["a", "京", "b", '"a b"~5', "ss", "a*b".replace("*", " ")]))
def test_quotes_say_what_the_text_says(text: str, query: str) -> None:
    document = {"text": text}
    said = " ".join(text.split())
    for quote in quotes(evidence(query, **document), document):
        assert isinstance(quote, Quote)
        plain = "".join(words for words, _ in quote.parts).strip()
        for stretch in plain.split("…"):
            assert " ".join(stretch.split()) in said
        assert any(is_found for _, is_found in quote.parts)


@given(TEXTS, st.sampled_from(["a", "京", '"a b"~50', "ss"]))
def test_evidence_is_in_the_document_it_comes_from(text: str, query: str) -> None:
    document = {"text": text}

    assert all(is_in(one, document) for one in evidence(query, **document))
