"""What is legal in a query and surely wrong: each that is told, and a near one that is right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.parse.article import MAX_TITLE
from aggregator.topics import Engine, Query, QueryError, Rule, parse_query, parse_rule
from aggregator.topics.implying import Implications, covers
from aggregator.topics.lint import LONGEST_TITLE, doubts_of
from aggregator.topics.lint_rules import doubts_of_score, same_rules
from aggregator.topics.tree import All, Term


def doubts(query: str) -> list[str]:
    return [f"{one.column} {one.kind}: {one.said}" for one in doubts_of(query, parse_query(query))]


# --- words that can never be found --------------------------------------------------------------

LONG = " ".join(["word"] * 70)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        pytest.param(
            "isis lang:english",
            "11 never: lang:english can never be found: it is no language; write the tag, as in "
            "lang:de or lang:pt-BR",
            id="a language by its name",
        ),
        pytest.param(
            "isis lang:jp",
            "11 never: lang:jp can never be found: it is no language; write the tag, as in "
            "lang:de or lang:pt-BR",
            id="a country for a language",
        ),
        pytest.param(
            'site:"bbc.co.uk/news" isis',
            '6 never: site:"bbc.co.uk/news" can never be found: it is no host; write that alone, '
            "as in site:bbc.co.uk",
            id="an address for a host",
        ),
        pytest.param(
            'site:"BBC News" isis',
            '6 never: site:"BBC News" can never be found: it is no host; write that alone, as in '
            "site:bbc.co.uk",
            id="a name for a host",
        ),
        pytest.param(
            "site:bbc* isis",
            "6 never: site:bbc* can never be found: a host is compared from its end; write the "
            "whole of it, as in site:bbc.co.uk",
            id="the beginning of a host",
        ),
        pytest.param(
            f'title:"{LONG}"',
            f'7 never: title:"{LONG}" can never be found: it is longer than the 300 characters '
            "that are looked at",
            id="a phrase longer than a title",
        ),
        pytest.param(
            "title:isis NEAR/3 text:syria",
            "7 never: title:isis NEAR/3 text:syria can never hold: its sides stand in different "
            "fields; name one field",
            id="NEAR across fields",
        ),
        pytest.param(
            "COUNT/2 lang:de",
            "14 never: COUNT/2 lang:de can never hold: there is room for 1 at most; ask for fewer",
            id="two languages of one story",
        ),
        pytest.param(
            'COUNT/20 title:"the islamic state"',
            '16 never: COUNT/20 title:"the islamic state" can never hold: there is room for '
            "17 at most; ask for fewer",
            id="COUNT beyond the length of a title",
        ),
        pytest.param(
            "isis lang:de lang:fr",
            "19 never: lang:de and lang:fr can never hold together: a story has one of them; join "
            "them by OR",
            id="two languages",
        ),
        pytest.param(
            "site:bbc.co.uk (site:dw.com OR site:france24.com) isis",
            "22 never: site:bbc.co.uk and site:dw.com OR site:france24.com can never hold "
            "together: a story has one of them; join them by OR",
            id="two sites",
        ),
        pytest.param(
            "isis NOT isis",
            "10 never: NOT isis excludes all that is asked for beside it, so that nothing is ever "
            "taken; narrow it",
            id="a word and its NOT",
        ),
        pytest.param(
            '("islamic state" OR isis) syria NOT (isis OR state OR river)',
            "38 never: NOT (isis OR state OR river) excludes all that is asked for beside it, so "
            "that nothing is ever taken; narrow it",
            id="a NOT that swallows every alternative",
        ),
        pytest.param(
            "title:isis NOT lead:isis",
            "21 never: NOT lead:isis excludes all that is asked for beside it, so that nothing is "
            "ever taken; narrow it",
            id="a NOT in a wider field",
        ),
        pytest.param(
            "isis syria NOT (syria isis)",
            "17 never: NOT (syria AND isis) excludes all that is asked for beside it, so that "
            "nothing is ever taken; narrow it",
            id="a NOT of both",
        ),
    ],
)  # fmt: skip
def test_what_can_never_be_is_told(query: str, told: str) -> None:
    assert doubts(query) == [told]


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("isis (lang:de OR lang:pt-BR OR lang:yue OR lang:zh-Hant)", id="languages"),
        pytest.param("isis (site:bbc.co.uk OR site:ru OR site:xn--80ak6aa92e.com)", id="hosts"),
        pytest.param('"U.S." OR "rock & roll" OR "paris, france" OR C++ OR "who?"', id="signs"),
        pytest.param('exact:"WHAT IS GOING ON" OR exact:"ISIS IN SYRIA"', id="a row of capitals"),
        pytest.param("北京 OR イスラム国 OR ไอเอส OR داعش OR דאעש OR आईएस", id="scripts"),
        pytest.param("isis NEAR/3 title:syria", id="NEAR in a shared field"),
        pytest.param("lead:isis NEAR/3 text:syria", id="NEAR in the first lines"),
        pytest.param("COUNT/20 title:isis", id="COUNT in a title"),
        pytest.param("lang:de lang:de-AT isis", id="a language and its variant"),
        pytest.param("site:bbc.co.uk site:news.bbc.co.uk isis", id="a site and one below it"),
        pytest.param("(lang:de OR lang:fr) (lang:fr OR lang:es) isis", id="a language in common"),
        pytest.param("isis NOT title:isis", id="a NOT in a narrower field"),
        pytest.param('isis NOT "isis pharmaceuticals"', id="a NOT of a longer phrase"),
        pytest.param("(isis OR daesh) NOT isis", id="a NOT that leaves an alternative"),
        pytest.param("isis* NOT isis", id="a NOT of the word alone"),
        pytest.param("isis NOT exact:ISIS", id="a NOT of one spelling"),
        pytest.param("isis NOT (isis river)", id="a NOT that wants more"),
    ],
)
def test_what_may_be_is_not_told(query: str) -> None:
    assert doubts(query) == []


def test_titles_are_as_long_here_as_they_are_kept() -> None:
    assert LONGEST_TITLE == MAX_TITLE


# --- alternatives that add nothing --------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "column", "narrow", "wide"),
    [
        ('isis OR "isis fighters"', 9, '"isis fighters"', "isis"),
        ("jihad* OR jihadist*", 11, "jihadist*", "jihad*"),
        ("jihadist OR jihad*", 1, "jihadist", "jihad*"),
        ("isis OR ISIS", 9, "ISIS", "isis"),
        ("isis OR exact:Isis", 15, "exact:Isis", "isis"),
        ("isis OR title:isis", 15, "title:isis", "isis"),
        ("lead:isis OR title:isis", 20, "title:isis", "lead:isis"),
        ('exact:IS OR exact:"IS group"', 19, 'exact:"IS group"', "exact:IS"),
        ('"isis claimed"~3 OR "claimed by isis"', 21, '"claimed by isis"', '"isis claimed"~3'),
        ('"isis syria"~9 OR "isis syria"~3', 19, '"isis syria"~3', '"isis syria"~9'),
        ('isis OR "isis syria"~3', 9, '"isis syria"~3', "isis"),
        ("isis OR (isis syria)", 10, "isis AND syria", "isis"),
        ("isis OR isis NEAR/3 syria", 9, "isis NEAR/3 syria", "isis"),
        ("isis OR COUNT/3 isis", 17, "COUNT/3 isis", "isis"),
        ("(a1 OR (b1 OR isis)) OR title:isis", 31, "title:isis", "isis"),
        ("lang:de OR lang:de-AT", 17, "lang:de-AT", "lang:de"),
        ("site:bbc.co.uk OR site:news.bbc.co.uk", 24, "site:news.bbc.co.uk", "site:bbc.co.uk"),
        ("syria NOT (river OR rivers OR river*)", 12, "river", "river*"),
    ],
)
def test_an_alternative_that_another_one_covers_is_told(
    query: str, column: int, narrow: str, wide: str
) -> None:
    assert doubts(query)[0] == (
        f"{column} redundant: {narrow} adds nothing: {wide} finds all that it finds; "
        "take one of them out"
    )


def test_the_same_alternative_twice_is_told_once() -> None:
    assert doubts("isis OR daesh OR (isil OR isis)") == [
        "27 redundant: isis stands twice among these; take one out"
    ]


@pytest.mark.parametrize(
    "query",
    [
        "isis OR crisis",
        "jihadis OR jihadists",
        '"isis fighters" OR fighter',
        "exact:ISIS OR exact:Isis",
        "title:isis OR text:isis",
        "text:isis OR lead:isis",
        '"isis syria"~3 OR "isis in the north of syria"',
        "(isis syria) OR (isis iraq)",
        '"isis in syria" OR (isis syria)',
        "ATLEAST/2 (isis OR title:isis OR syria)",
        '"U.S" OR "U.S.A."',
        "北京 OR 北京市",
    ],
)
def test_an_alternative_that_adds_something_is_not_told(query: str) -> None:
    assert not any("redundant" in one for one in doubts(query))


# --- how it reads ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "column", "read"),
    [
        ("a1 OR b1 c1", 7, "a1 OR (b1 AND c1)"),
        ("a1 AND b1 OR c1", 1, "(a1 AND b1) OR c1"),
        ("a1 OR b1 NOT c1", 7, "a1 OR (b1 AND NOT c1)"),
        ("x1 (a1 OR b1 c1)", 11, "a1 OR (b1 AND c1)"),
        ("(a1 b1) OR c1 d1", 12, "… OR (c1 AND d1)"),
        ("x1 OR isis (a1 OR b1 OR c1 OR d1)", 7, "x1 OR (isis AND (a1 OR b1 OR … (2 more)))"),
    ],
)
def test_and_beside_or_without_parentheses_is_shown_as_it_is_read(
    query: str, column: int, read: str
) -> None:
    assert doubts(query) == [
        (
            f"{column} mixed: AND, written or not, binds before OR: this is read as {read}; "
            "write these parentheses, or others"
        )
    ]


@pytest.mark.parametrize(
    "query",
    ["a1 OR (b1 c1)", "(a1 AND b1) OR c1", "x1 (a1 OR b1)", "a1 b1 NOT c1", "a1 OR NOT (NOT b1)"],
)
def test_parentheses_settle_how_it_is_read(query: str) -> None:
    assert doubts(query) == []


# --- abbreviations ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "word", "spelled"),
    [
        ("IS attack*", "is", "IS"),
        ("WHO health", "who", "WHO"),
        ("title:US troops", "us", "US"),
        ('"AI" model*', "ai", '"AI"'),
        ("health NOT WHO", "who", "WHO"),
    ],
)
def test_an_abbreviation_that_is_an_everyday_word_is_told(
    query: str, word: str, spelled: str
) -> None:
    assert [one.partition(" ")[2] for one in doubts(query)] == [
        (
            f"acronym: {spelled} is found in any spelling, and {word!r} is an everyday word; "
            f"write exact:{spelled}"
        )
    ]


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("exact:IS attack*", id="exact"),
        pytest.param("ISIL OR NATO OR UNHCR OR BBC", id="no everyday words"),
        pytest.param('"IS group"', id="in a phrase"),
        pytest.param("is us", id="not in capitals"),
        pytest.param("author:WHO", id="in a name"),
        pytest.param("WHO*", id="a prefix"),
        pytest.param("lang:IT pizza", id="a language"),
    ],
)
def test_other_words_in_capitals_are_not_told(query: str) -> None:
    assert doubts(query) == []


# --- scores ------------------------------------------------------------------------------------------


def of_score(query: str, weights: dict[float, str], threshold: float) -> list[str]:
    rule = parse_rule(query, weights, threshold)
    assert rule.score is not None
    return [one.said for one in doubts_of_score(rule.query, rule.score)]


def test_a_threshold_that_nothing_reaches_is_told() -> None:
    assert of_score("isis", {1.0: "isis OR syria", -2.0: "goddess"}, 15) == []
    assert of_score("isis", {1.0: "isis OR syria", -2.0: "goddess"}, 16) == [
        (
            "the weights come to 15 at most, and the threshold is 16: nothing is ever taken; lower it, "
            "or give more weight"
        )
    ]
    assert of_score("isis", {1.0: "text:isis"}, 11) != []
    assert of_score("isis", {1.0: "author:isis"}, 6) != []


def test_a_score_that_everything_reaches_is_told() -> None:
    assert of_score("isis syria", {2.0: "isis", 3.0: "syria OR iraq"}, 5) == [
        (
            "whatever the query takes comes to 5 at least, and the threshold is 5: the score decides "
            "nothing; raise the threshold, or take it out"
        )
    ]
    assert of_score("title:isis", {1.0: "title:isis"}, 3) != []


@pytest.mark.parametrize(
    ("query", "weights", "threshold"),
    [
        ("isis syria", {2.0: "isis", 3.0: "syria"}, 6),
        ("isis OR syria", {2.0: "isis", 3.0: "syria"}, 3),
        ("isis", {5.0: "isis", -1.0: "goddess"}, 5),
        ("isis", {5.0: "title:isis"}, 5),
    ],
)
def test_a_score_that_decides_something_is_not_told(
    query: str, weights: dict[float, str], threshold: float
) -> None:
    assert of_score(query, weights, threshold) == []


# --- equal topics ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("isis OR daesh", "daesh OR isis", True),
        ("isis (syria OR iraq)", "(iraq OR Syria) AND Isis", True),
        ("a1 OR (b1 OR c1)", "(c1 OR a1) OR b1", True),
        ("a1 NEAR/3 b1", "b1 NEAR/3 a1", True),
        ("a1 NEAR/3 b1", "b1 NEAR/4 a1", False),
        ("isis OR daesh", "isis daesh", False),
        ("isis", "exact:isis", False),
        ("isis", "title:isis", False),
        ("isis NOT daesh", "daesh NOT isis", False),
        ("COUNT/2 isis", "COUNT/3 isis", False),
        ("ATLEAST/2 (a1 OR b1 OR c1)", "ATLEAST/2 (b1 OR c1 OR a1)", True),
    ],
)
def test_topics_are_the_same_whatever_the_order_of_their_parts(
    one: str, other: str, same: bool
) -> None:
    rules = {"one": Rule(parse_query(one)), "other": Rule(parse_query(other))}

    assert list(same_rules(rules)) == ([("other", "one")] if same else [])


def test_topics_with_another_score_are_not_the_same() -> None:
    rules = {
        "bare": parse_rule("isis"),
        "one": parse_rule("isis", {1.0: "a1", 2.0: "b1"}, 3),
        "same": parse_rule("isis", {2.0: "b1", 1.0: "a1"}, 3),
        "higher": parse_rule("isis", {1.0: "a1", 2.0: "b1"}, 4),
        "heavier": parse_rule("isis", {1.0: "a1", 3.0: "b1"}, 3),
    }

    assert list(same_rules(rules)) == [("same", "one")]


# --- laws --------------------------------------------------------------------------------------------

WORDS = ("ab", "abc", "cd", "ef", "AB")
_term = st.builds(
    lambda scope, words, end: f'{scope}"{" ".join(words)}{end}"',
    st.sampled_from(("", "", "title:", "text:", "lead:", "exact:", "title:exact:")),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
    st.sampled_from(("", "", "*")),
)
_near = st.builds(
    lambda words, room: f'"{" ".join(words)}"~{room}',
    st.lists(st.sampled_from(WORDS), min_size=2, max_size=3),
    st.integers(0, 3),
)
_terms = st.one_of(_term, _term, _near)
_queries = st.recursive(
    _terms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda of: f"({' OR '.join(of)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda of: f"({' AND '.join(of)})"),
        st.tuples(inner, inner).map(lambda of: f"({of[0]} NOT {of[1]})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda of: f"ATLEAST/2 ({' OR '.join(of)})"),
        st.tuples(_terms, _terms).map(lambda of: f"({of[0]} NEAR/2 {of[1]})"),
        _terms.map(lambda of: f"COUNT/2 {of}"),
    ),
    max_leaves=5,
)  # fmt: skip
TEXTS = st.lists(st.sampled_from((*WORDS, "Ab", "x", "ab-cd")), max_size=9).map(" ".join)
DOCUMENTS = st.fixed_dictionaries({"title": TEXTS, "text": TEXTS})


def parsed(query: str) -> Query | None:
    try:
        return parse_query(query)
    except QueryError:
        return None


def holds(query: Query, document: dict[str, str]) -> bool:
    rule = Rule(All((parse_query("author:always"), query)))
    return bool(Engine({"t": rule}).topics_of({**document, "author": "always"}))


@given(one=_terms, other=_terms, document=DOCUMENTS)
def test_law_what_covers_a_term_is_found_wherever_it_is(
    one: str, other: str, document: dict[str, str]
) -> None:
    narrow, wide = parse_query(one), parse_query(other)
    assert isinstance(narrow, Term)
    assert isinstance(wide, Term)
    # The words themselves, among others, are where it matters.
    told = {name: f"{text} x {narrow.written.strip('*~0123')} x" for name, text in document.items()}

    if covers(wide, narrow):
        for tried in (document, told, {"text": told["text"]}, {"title": told["title"]}):
            assert holds(wide, tried) or not holds(narrow, tried)


@given(one=_queries, other=_queries, document=DOCUMENTS)
def test_law_what_follows_from_a_query_holds_wherever_it_does(
    one: str, other: str, document: dict[str, str]
) -> None:
    first, second = parsed(one), parsed(other)
    if first is None or second is None:
        return

    if Implications().implies(first, second):
        assert holds(second, document) or not holds(first, document)


@given(wanted=_queries, excluded=st.lists(_terms, min_size=1, max_size=3), document=DOCUMENTS)
def test_law_of_what_a_not_is_told_to_swallow_nothing_is_taken(
    wanted: str, excluded: list[str], document: dict[str, str]
) -> None:
    query = f"({wanted}) AND NOT ({' OR '.join(excluded)})"
    tree = parsed(query)
    if tree is None:
        return

    behind = len(wanted) + len("() AND NOT (")
    if any(one.kind == "never" and one.column > behind for one in doubts_of(query, tree)):
        assert not holds(tree, document)


@given(words=st.text(min_size=1, max_size=12))
def test_law_a_term_that_is_accepted_finds_itself_or_is_told(words: str) -> None:
    text = f'"{words.replace(chr(34), "")}"'
    query = parsed(text)
    if query is None:
        return

    told = any(one.kind == "never" for one in doubts_of(text, query))
    assert told or holds(query, {"text": f"x {text.strip(chr(34)).rstrip('*')} x"})
