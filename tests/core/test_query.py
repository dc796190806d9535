"""The query language: every construct, what binds first, and errors that say where and how."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.topics.query import parse_query
from aggregator.topics.tokens import FIELDS, MAX_DEPTH, MAX_LENGTH, MAX_TERMS, QueryError
from aggregator.topics.tree import All, Any, AtLeast, Count, Near, Not, Query, Term, terms_of


def shape(query: Query) -> str:
    """The tree as text, every pair of parentheses written out."""
    match query:
        case Term():
            field = f"{query.field}:" if query.field else ""
            exact = "=" if query.exact is not None else ""
            near = "" if query.near is None else f"~{query.near}"
            return f"{field}{exact}{query.folded}{'*' * query.prefix}{near}"
        case Not(of):
            return f"!{shape(of)}"
        case All(of):
            return f"({' & '.join(map(shape, of))})"
        case Any(of):
            return f"({' | '.join(map(shape, of))})"
        case Near(one, other, words):
            return f"({shape(one)} ~{words}~ {shape(other)})"
        case AtLeast(least, of):
            return f"({least} of {', '.join(map(shape, of))})"
        case Count(least, of):
            return f"({least} times {shape(of)})"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        pytest.param("isis", "isis", id="a word"),
        pytest.param("ISIS", "isis", id="case does not matter"),
        pytest.param('"Islamic State"', "islamic state", id="a phrase"),
        pytest.param("“Islamic State”", "islamic state", id="typographic quotation marks"),
        pytest.param("a b", "(a & b)", id="side by side is AND"),
        pytest.param("a AND b", "(a & b)", id="AND"),
        pytest.param("a OR b", "(a | b)", id="OR"),
        pytest.param("a NOT b", "(a & !b)", id="NOT"),
        pytest.param("a AND NOT b", "(a & !b)", id="AND NOT"),
        pytest.param("NOT a b", "(!a & b)", id="NOT first"),
        pytest.param("NOT NOT a", "a", id="NOT twice"),
        pytest.param("a OR b c", "(a | (b & c))", id="AND before OR"),
        pytest.param("a b OR c d", "((a & b) | (c & d))", id="AND before OR on both sides"),
        pytest.param("a NOT b OR c", "((a & !b) | c)", id="NOT before AND before OR"),
        pytest.param("(a OR b) c", "((a | b) & c)", id="parentheses"),
        pytest.param("a NOT (b OR c)", "(a & !(b | c))", id="NOT of parentheses"),
        pytest.param("((a))", "a", id="needless parentheses"),
        pytest.param("(a)(b)", "(a & b)", id="parentheses side by side"),
        pytest.param("a(b)", "(a & b)", id="no blank before a parenthesis"),
        pytest.param("a\n  OR\tb", "(a | b)", id="any white space"),
        pytest.param("climat*", "climat*", id="a prefix"),
        pytest.param('"climate chang*"', "climate chang*", id="a phrase with a prefix"),
        pytest.param('"climate law"~5', "climate law~5", id="words near one another"),
        pytest.param('"climate law"~0', "climate law~0", id="words side by side in any order"),
        pytest.param("title:isis", "title:isis", id="a field"),
        pytest.param("title:isis daesh", "(title:isis & daesh)", id="a field holds for one part"),
        pytest.param("title:(a OR b)", "(title:a | title:b)", id="a field of parentheses"),
        pytest.param("title:(a OR title:b)", "(title:a | title:b)", id="a field said twice"),
        pytest.param("exact:IS", "=is", id="exact"),
        pytest.param("exact:(IS OR ISIS)", "(=is | =isis)", id="exact parentheses"),
        pytest.param("title:exact:IS", "title:=is", id="a field, exact"),
        pytest.param("exact:title:IS", "title:=is", id="exact, a field"),
        pytest.param("exact:climat*", "=climat*", id="an exact prefix"),
        pytest.param("a NEAR/8 b", "(a ~8~ b)", id="NEAR"),
        pytest.param("(a OR b) NEAR/0 (c OR d)", "((a | b) ~0~ (c | d))", id="NEAR of groups"),
        pytest.param("(a NEAR/3 b) NEAR/5 c", "((a ~3~ b) ~5~ c)", id="NEAR of a NEAR"),
        pytest.param("x NOT a NEAR/8 b", "(x & !(a ~8~ b))", id="NEAR before NOT"),
        pytest.param("a b NEAR/8 c d", "(a & (b ~8~ c) & d)", id="NEAR before AND"),
        pytest.param("title:(a NEAR/8 b)", "(title:a ~8~ title:b)", id="a field of NEAR"),
        pytest.param("ATLEAST/2 (a OR b OR c d)", "(2 of a, b, (c & d))", id="ATLEAST"),
        pytest.param("a ATLEAST/2(b OR c)", "(a & (2 of b, c))", id="ATLEAST, no blank"),
        pytest.param("COUNT/3 a", "(3 times a)", id="COUNT"),
        pytest.param('COUNT/3 (a OR "b c")', "(3 times (a | b c))", id="COUNT of a group"),
        pytest.param("COUNT/2 title:a b", "((2 times title:a) & b)", id="COUNT of a field"),
        pytest.param("COUNTY ATLEAST NEARBY", "(county & atleast & nearby)", id="only like NEAR"),
        pytest.param("lead:(a OR b)", "(lead:a | lead:b)", id="the lead"),
        pytest.param('"OR"', "or", id="a quoted operator is a word"),
        pytest.param(
            "ANDROID NOTE ORAL", "(android & note & oral)", id="operators are whole words"
        ),
        pytest.param('"10:30"', "10:30", id="a quoted colon"),
        pytest.param(
            "c++ c# .net at&t q&a", "(c++ & c# & .net & at&t & q&a)", id="words with signs"
        ),
        pytest.param("l’isis", "l'isis", id="an apostrophe"),
        pytest.param("al-qaeda", "al qaeda", id="a dash in a word"),
        pytest.param("site:www.bbc.example", "site:www.bbc.example", id="a host with www"),
    ],
)
def test_a_query_is_read(text: str, tree: str) -> None:
    assert shape(parse_query(text)) == tree


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_can_be_asked_for(field: str) -> None:
    assert parse_query(f"{field}:word") == Term("word", "word", field)


def test_a_term_keeps_what_was_written_for_the_evidence() -> None:
    written = [term.written for term in terms_of(parse_query('ISIS OR "Islamic  State"~3 Climat*'))]

    assert written == ["ISIS", '"Islamic  State"~3', "Climat*"]


def test_an_exact_term_keeps_case_and_accents() -> None:
    term = parse_query("exact:“Étát’s”")

    assert isinstance(term, Term)
    assert term.exact == "Étát's"


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        pytest.param("", 1, "the query is empty", id="empty"),
        pytest.param(" \n", 1, "the query is empty", id="blank"),
        pytest.param(
            "a OR", 5, "the query ends where a word or phrase should follow", id="OR at the end"
        ),
        pytest.param(
            "a NOT", 6, "the query ends where a word or phrase should follow", id="NOT at the end"
        ),
        pytest.param(
            "OR a",
            1,
            'OR needs a word or phrase on both sides; to look for the word itself write "OR"',
            id="OR at the beginning",
        ),
        pytest.param(
            "a AND OR b",
            7,
            'OR needs a word or phrase on both sides; to look for the word itself write "OR"',
            id="two operators",
        ),
        pytest.param("a (b", 3, "this ( is never closed; add a )", id="( never closed"),
        pytest.param("a (b (c)", 3, "this ( is never closed; add a )", id="the outer ( never closed"),
        pytest.param("a b)", 4, "this ) closes nothing", id=") too many"),
        pytest.param(
            "a ()", 4, "this ) closes nothing, or nothing stands before it", id="empty parentheses"
        ),
        pytest.param(
            'a "b',
            3,
            'this quotation mark is never closed; add a " where the phrase ends',
            id="quotation mark never closed",
        ),
        pytest.param(
            "a titel:b",
            3,
            'there is no field titel: (did you mean title:?); quote the words to look for a ":"',
            id="a field misspelled",
        ),
        pytest.param(
            "exakt:b",
            1,
            'there is no field exakt: (did you mean exact:?); quote the words to look for a ":"',
            id="exact misspelled",
        ),
        pytest.param(
            "zz:b",
            1,
            "there is no field zz: (fields are title, text, author, source, category, lang, site, lead); "
            'quote the words to look for a ":"',
            id="no such field",
        ),
        pytest.param(
            "title: b",
            6,
            "a colon stands here without a field before it or a term after it; write title:word",
            id="a blank after the colon",
        ),
        pytest.param(
            "10:30",
            3,
            "a colon stands here without a field before it or a term after it; write title:word",
            id="a time of day",
        ),
        pytest.param("a title:)", 3, "title: needs a word, a phrase or a ( after it", id="a field of )"),
        pytest.param(
            "exact:OR a", 1, "exact: needs a word, a phrase or a ( after it", id="exact operator"
        ),
        pytest.param(
            "title:(a author:b)",
            10,
            "author: stands inside title:, and a term is looked for in one of them",
            id="a field inside another",
        ),
        pytest.param(
            "a or b", 3, 'write OR in capitals, or "or" for the word', id="small letters: or"
        ),
        pytest.param(
            "a And b", 3, 'write AND in capitals, or "And" for the word', id="small letters: and"
        ),
        pytest.param("a -b", 3, "write NOT b to leave a word out", id="minus"),
        pytest.param(
            'a "b-"',
            3,
            "b- would never be found: a dash between two words is an edge like a blank; write b",
            id="a dash at the end",
        ),
        pytest.param("a …", 3, '"…" has no letter or digit to look for', id="a sign alone"),
        pytest.param('a "!?"', 3, '"!?" has no letter or digit to look for', id="quoted signs"),
        pytest.param("a b*c", 3, "a * may stand at the end of a term only", id="* inside"),
        pytest.param("a *b", 3, "a * may stand at the end of a term only", id="* in front"),
        pytest.param(
            "a b*",
            3,
            "b* would match nearly everything; give at least 2 letters before the *",
            id="a prefix of one letter",
        ),
        pytest.param(
            '"a b"~',
            1,
            'write how many words may stand between, 0 to 100, as in "a b"~5',
            id="~ without a number",
        ),
        pytest.param(
            'x "a b"~101',
            3,
            'write how many words may stand between, 0 to 100, as in "a b"~5',
            id="~ too far",
        ),
        pytest.param(
            '"a b"~' + "9" * 5000,
            1,
            'write how many words may stand between, 0 to 100, as in "a b"~5',
            id="~ of 5000 digits",
        ),
        pytest.param('"a"~5', 1, "~ is for two words or more", id="~ after one word"),
        pytest.param(
            '"a bb*"~5',
            1,
            "~ goes with plain words: no * and no exact: in one phrase",
            id="~ and *",
        ),
        pytest.param(
            'exact:"a b"~5',
            7,
            "~ goes with plain words: no * and no exact: in one phrase",
            id="~ and exact",
        ),
        pytest.param(
            "NOT a",
            1,
            "this holds for every story that lacks the words after NOT; "
            "say also what a story must have",
            id="NOT alone",
        ),
        pytest.param(
            "a OR NOT b",
            1,
            "this holds for every story that lacks the words after NOT; "
            "say also what a story must have",
            id="OR NOT",
        ),
        pytest.param(
            "a NEAR b", 3, 'NEAR needs a number from 0 to 100: NEAR/3; to look for the word write "NEAR"',
            id="NEAR without a number",
        ),
        pytest.param("a NEAR/101 b", 3, "NEAR needs a number from 0 to 100: NEAR/3", id="NEAR too far"),
        pytest.param("a NEAR/٣ b", 3, "NEAR needs a number from 0 to 100: NEAR/3", id="NEAR/٣"),
        pytest.param(
            "a NEAR/3 b NEAR/4 c", 12, "two NEAR in a row; put one of them in parentheses",
            id="NEAR twice",
        ),
        pytest.param(
            "(a b) NEAR/3 c", 7, "NEAR/3 goes with words and phrases, joined by OR or NEAR alone",
            id="NEAR of an AND",
        ),
        pytest.param(
            "COUNT/2 (a NOT b)", 1, "COUNT/2 goes with words and phrases, joined by OR or NEAR alone",
            id="COUNT of a NOT",
        ),
        pytest.param("COUNT/1 a", 1, "COUNT needs a number from 2 to 100: COUNT/3", id="COUNT/1"),
        pytest.param(
            "ATLEAST/2 a", 1, "ATLEAST/2 needs a ( with alternatives after it", id="ATLEAST of a word",
        ),
        pytest.param(
            "ATLEAST/3 (a OR b)",
            1,
            "ATLEAST/3 needs at least 3 alternatives joined by OR in its parentheses",
            id="ATLEAST of too few",
        ),
        pytest.param(
            "NEAR/3 a",
            1,
            'NEAR/3 needs a word or phrase on both sides; to look for the word itself write "NEAR/3"',
            id="NEAR with nothing before it",
        ),
        pytest.param("a NEAR/3", 9, "the query ends where a word or phrase should follow", id="NEAR at the end"),
        pytest.param(
            "COUNT/2 " * 2000 + "a",
            8 * MAX_DEPTH + 1,
            f"more than {MAX_DEPTH} parentheses or fields deep",
            id="a count of a count of a count …",
        ),
        pytest.param("x" * (MAX_LENGTH + 1), MAX_LENGTH, f"longer than {MAX_LENGTH} characters", id="long"),
        pytest.param(
            "(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1),
            MAX_DEPTH + 1,
            f"more than {MAX_DEPTH} parentheses or fields deep",
            id="deep",
        ),
        pytest.param(
            "exact:" * 3000 + "a",
            6 * MAX_DEPTH + 1,
            f"more than {MAX_DEPTH} parentheses or fields deep",
            id="a field of a field of a field …",
        ),
        pytest.param("a " * (MAX_TERMS + 1), 2 * MAX_TERMS + 1, f"more than {MAX_TERMS} terms", id="many"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_column_and_its_mend(
    text: str, column: int, message: str
) -> None:
    with pytest.raises(QueryError) as told:
        parse_query(text)

    assert (told.value.column, told.value.message) == (column, message)


def test_an_error_as_text_begins_with_its_column() -> None:
    with pytest.raises(QueryError, match=r"^column 3: this \( is never closed; add a \)$"):
        parse_query("a (b")


@pytest.mark.parametrize(
    "text",
    [
        "x" * MAX_LENGTH,
        "(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH,
        "a " * MAX_TERMS,
        "(a) " * 1000,
        "title:(a) " * 1000,
        "NOT " * 4000 + "a",
    ],
    ids=["length", "depth", "terms", "parentheses in a row", "fields in a row", "NOT in a row"],
)
def test_up_to_its_limits_a_query_is_read(text: str) -> None:
    assert list(terms_of(parse_query(text)))


PIECES = """
a b* bb* "a_b" "a_b"~2 "x"~999 " ( ) AND OR NOT or title: exact: titel: : -a * ~3 é www.a.b “c” \ud800
""".split()


@given(st.lists(st.sampled_from(PIECES)).map(" ".join) | st.text(st.characters()))
def test_any_text_is_a_query_or_an_error_inside_it(text: str) -> None:
    try:
        query = parse_query(text)
    except QueryError as error:
        wrong = error
    else:
        assert list(terms_of(query))
        return
    assert 1 <= wrong.column <= len(text) + 1
    assert wrong.message


WORD = st.text(string.ascii_lowercase, min_size=2, max_size=5).filter(
    lambda word: word not in ("or", "and", "not")
)
TERMS = st.builds(
    lambda word, field: Term(word, word, field), WORD, st.sampled_from([None, *FIELDS, "lead"])
)
PLACES = st.recursive(
    TERMS,
    lambda parts: st.one_of(
        st.lists(parts, min_size=2, max_size=3).map(lambda of: Any(tuple(of))),
        st.builds(Near, parts, parts, st.integers(0, 100)),
    ),
    max_leaves=4,
)
TREES = st.recursive(
    TERMS,
    lambda parts: st.one_of(
        st.lists(parts, min_size=2, max_size=4).map(lambda of: Any(tuple(of))),
        st.builds(lambda has, lacks: All((has, Not(lacks))), parts, parts),
        st.builds(
            lambda least, of: AtLeast(least, tuple(of)),
            st.just(2),
            st.lists(parts, min_size=2, max_size=4),
        ),
        st.builds(Near, PLACES, PLACES, st.integers(0, 100)),
        st.builds(Count, st.integers(2, 100), PLACES),
    ),
    max_leaves=12,
)


def written(query: Query) -> str:
    match query:
        case Term():
            return f"{query.field}:{query.written}" if query.field else query.written
        case Not(of):
            return f"NOT ({written(of)})"
        case All(of):
            return " AND ".join(f"({written(part)})" for part in of)
        case Any(of):
            return " OR ".join(f"({written(part)})" for part in of)
        case Near(one, other, words):
            return f"({written(one)}) NEAR/{words} ({written(other)})"
        case AtLeast(least, of):
            return f"ATLEAST/{least} ({' OR '.join(f'({written(part)})' for part in of)})"
        case Count(least, of):
            return f"COUNT/{least} ({written(of)})"


@given(TREES)
def test_a_tree_written_out_is_read_as_the_same_tree(tree: Query) -> None:
    assert shape(parse_query(written(tree))) == shape(tree)
