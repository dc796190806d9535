"""Why not: the topics that came near, what was missing, and what was in the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.topics import Engine, Lack, Miss, Query, Rule, Score, parse_query, parse_rule
from aggregator.topics.tree import All, Any, AtLeast, Not
from aggregator.topics.wording import written


def engine(*queries: str, **topics: str) -> Engine:
    named = {f"t{n}": query for n, query in enumerate(queries)} | topics
    return Engine({key: Rule(parse_query(query)) for key, query in named.items()})


def miss(query: str, text: str = "", **fields: str) -> Miss:
    """Why a topic with this query does not take a document."""
    found = engine(topic=query).miss({"text": text, **fields}, "topic")
    assert found is not None
    return found


def lacks(query: str, text: str = "", **fields: str) -> list[str]:
    return [f"{lack.kind}: {lack.said}" for lack in miss(query, text, **fields).missing]


def words(lack: Lack) -> list[str]:
    return [one.text for one in lack.found]


# --- every kind of lack ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "text", "said"),
    [
        pytest.param("daesh", "", "absent: daesh", id="a word"),
        pytest.param("a1 b1", "b1", "absent: a1", id="a part of an AND"),
        pytest.param("b1 (a1 OR a2)", "b1", "absent: one of: a1, a2", id="alternatives"),
        pytest.param(
            "b1 (a1 OR a2 OR a3 OR a4 OR a5 OR a6)",
            "b1",
            "absent: one of: a1, a2, a3, a4, … (2 more)",
            id="many alternatives",
        ),
        pytest.param(
            "isis (syria OR iraq) OR daesh",
            "Isis",
            "absent: one of: syria, iraq, beside isis",
            id="what the nearest alternative lacks",
        ),
        pytest.param(
            "isis NOT goddess",
            "the goddess Isis",
            "forbidden: NOT goddess; goddess is there",
            id="a NOT",
        ),
        pytest.param(
            "isis NOT (river OR goddess OR temple)",
            "Isis, goddess of a temple",
            "forbidden: NOT (river OR goddess OR temple); goddess, temple are there",
            id="a NOT of several",
        ),
        pytest.param(
            "isis NEAR/2 syria",
            "Isis is one two three four Syria",
            "apart: isis NEAR/2 syria; the nearest have 5 words between them",
            id="NEAR, too far",
        ),
        pytest.param(
            "isis NEAR/2 syria",
            "Syria",
            "absent: isis, within 2 words of syria",
            id="NEAR, one side there",
        ),
        pytest.param("isis NEAR/2 syria", "", "absent: isis NEAR/2 syria", id="NEAR, none there"),
        pytest.param(
            '"isis syria"~2',
            "Syria saw one two three four Isis",
            'apart: "isis syria"~2; the words of "isis syria"~2 stand there with 5 others '
            "between them",
            id="~, too far",
        ),
        pytest.param(
            "COUNT/3 isis",
            "Isis and Isis",
            "few: COUNT/3 isis; it stands in 2 places",
            id="COUNT",
        ),
        pytest.param("COUNT/3 isis", "", "absent: isis, 3 times", id="COUNT, none there"),
        pytest.param(
            "ATLEAST/2 (a1 OR b1 OR c1)",
            "b1",
            "few: 1 more of: a1, c1; of the 2 wanted, b1 is there",
            id="ATLEAST",
        ),
        pytest.param(
            "exact:ISIS",
            "Isis at Philae",
            "spelling: exact:ISIS; ISIS is written “Isis” there",
            id="another spelling",
        ),
        pytest.param(
            "exact:ISIS",
            "RAID ON ISIS CAMP",
            "spelling: exact:ISIS; ISIS stands in a sentence all in capitals, which say nothing",
            id="shouting",
        ),
        pytest.param(
            "title:isis",
            "Isis at Philae",
            "place: title:isis; isis stands in the text alone",
            id="another field",
        ),
        pytest.param(
            "lead:isis",
            "much ado " * 50 + "Isis",
            "place: lead:isis; isis stands in the text, below the first lines",
            id="further down",
        ),
        pytest.param(
            "b1 NOT (NOT (NOT a1))", "a1 b1", "forbidden: NOT a1; a1 is there", id="a threefold NOT"
        ),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_in_the_words_of_the_query(
    query: str, text: str, said: str
) -> None:
    assert lacks(query, text) == [said]


def test_words_near_each_other_in_different_fields_are_not_near() -> None:
    assert lacks("isis NEAR/9 syria", "Syria", title="Isis") == [
        "apart: isis NEAR/9 syria; they never stand side by side in one field"
    ]


def test_the_words_in_the_way_are_shown() -> None:
    (lack,) = miss("isis NOT (goddess OR river)", "Isis, Goddess of the Nile").missing

    assert words(lack) == ["Goddess"]
    assert (lack.found[0].field, lack.found[0].start) == ("text", 6)


def test_a_not_says_what_would_have_outweighed_it() -> None:
    (lack,) = miss("isis NOT (goddess NOT (isil OR daesh))", "the goddess Isis").missing

    assert (lack.kind, lack.instead) == ("forbidden", "isil, daesh")


def test_what_else_would_have_done_stands_beside_what_the_nearest_alternative_lacks() -> None:
    (lack,) = miss("daesh OR isis syria OR isil", "Isis").missing

    assert (lack.said, lack.instead) == ("syria, beside isis", "daesh, isil")


def test_an_everyday_word_is_not_taken_for_an_abbreviation_in_another_spelling() -> None:
    assert lacks("exact:WHO health", "who is in good health") == ["absent: exact:WHO"]


def test_a_score_is_shown_with_what_made_it() -> None:
    rule = parse_rule("isis", {2.0: "isis OR syria", -3.0: "goddess"}, 10)
    found = Engine({"topic": rule}).miss({"title": "Isis", "text": "the goddess Isis"}, "topic")

    assert found is not None
    (lack,) = found.missing
    assert (lack.kind, lack.said) == (
        "score",
        "a score of 10; it comes to 4: isis +10, goddess -6",
    )
    assert [(one.text, one.score) for one in lack.found] == [
        ("Isis", 6.0), ("goddess", -6.0), ("Isis", 4.0),
    ]  # fmt: skip
    assert found.nearness == pytest.approx((1 + 4 / 10) / 2)


def test_what_was_found_is_shown_and_what_a_not_names_is_not() -> None:
    found = miss("isis syria iraq NOT goddess", "Isis, the goddess, in Iraq")

    assert [one.text for one in found.found] == ["Isis", "Iraq"]


# --- which topics, and in which order -----------------------------------------------------------


def test_the_nearest_topics_come_first_and_no_more_than_asked_for() -> None:
    rules = engine(far="isis a1 a2 a3", near="isis syria a1", other="daesh", took="isis")
    document = {"text": "Isis in Syria"}

    assert [m.topic for m in rules.misses(document)] == ["near", "far"]
    assert [m.topic for m in rules.misses(document, most=1)] == ["near"]


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("syria", id="another word"),
        pytest.param("syria NOT isis", id="a word it excludes"),
        pytest.param("syria lang:de", id="the language alone"),
        pytest.param("site:news.example syria", id="the site alone"),
        pytest.param("exact:IN syria", id="an everyday word in another spelling"),
    ],
)
def test_a_topic_without_a_word_in_the_document_is_not_near(query: str) -> None:
    document = {"text": "Isis in town", "lang": "de", "site": "news.example"}

    assert engine(query).misses(document) == []
    assert engine(query).miss(document, "t0") is not None


@pytest.mark.parametrize(
    ("query", "nearness"),
    [
        ("isis syria", 1 / 2),
        ("isis syria iraq libya", 1 / 4),
        ("isis syria NOT goddess", 2 / 3),
        ("isis syria OR isis iraq libya", 1 / 2),
        ("title:isis", 1 / 2),
        ("exact:ISIS", 1 / 2),
        ("isis NEAR/3 syria", 1 / 3),
        ("town NEAR/1 isis", 2 / 3),
        ("COUNT/4 isis", 1 / 4),
        ("ATLEAST/2 (isis OR syria OR iraq)", 1 / 2),
    ],
)
def test_nearness_is_the_share_of_what_holds(query: str, nearness: float) -> None:
    assert miss(query, "Isis comes to town").nearness == pytest.approx(nearness)


def test_a_topic_that_took_the_document_has_no_miss() -> None:
    assert engine("isis").miss({"text": "Isis"}, "t0") is None


def test_a_topic_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        engine("isis").miss({"text": "Isis"}, "sport")


# --- laws ----------------------------------------------------------------------------------------

WORDS = ("ab", "cd", "ef", "gh")
_terms = st.builds(
    lambda scope, word: scope + word,
    st.sampled_from(("", "", "", "title:", "lead:", "exact:", "title:exact:")),
    st.sampled_from((*WORDS, "AB", "ab*", '"ab cd"', '"ab cd"~1')),
)
_places = st.one_of(
    _terms, st.lists(_terms, min_size=2, max_size=3).map(lambda of: f"({' OR '.join(of)})")
)
_parts = st.one_of(
    _terms,
    _terms,
    st.builds(lambda a, b, n: f"({a} NEAR/{n} {b})", _places, _places, st.integers(0, 3)),
    st.builds(lambda of, n: f"COUNT/{n} {of}", _places, st.integers(2, 3)),
)
_queries = st.recursive(
    _parts,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda of: f"({' OR '.join(of)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda of: f"({' AND '.join(of)})"),
        st.lists(inner, min_size=2, max_size=4).map(lambda of: f"ATLEAST/2 ({' OR '.join(of)})"),
        inner.map(lambda part: f"(NOT {part})"),
    ),
    max_leaves=8,
)  # fmt: skip
QUERIES = _queries.map(lambda query: f"(zz OR ab OR {query}) AND (gh OR {query})")
TEXTS = st.lists(st.sampled_from((*WORDS, "AB", "xx", "xx")), max_size=12).map(" ".join)


def _would_hold(query: Query, document: dict[str, str], mended: list[Query]) -> bool:
    """Does it hold when these parts of it are taken to hold?"""
    if query in mended:
        return True
    match query:
        case Any(of):
            return any(_would_hold(part, document, mended) for part in of)
        case All(of):
            return all(_would_hold(part, document, mended) for part in of)
        case AtLeast(least, of):
            return sum(_would_hold(part, document, mended) for part in of) >= least
        case Not(Not(of)):
            return _would_hold(of, document, mended)
        case Not(of):
            return not _holds(of, document)
    return _holds(query, document)


def _holds(query: Query, document: dict[str, str]) -> bool:
    """By the engine alone: beside a word that stands in every document here."""
    if isinstance(query, Not):
        return not _holds(query.of, document)
    always = parse_query("author:always")
    return bool(Engine({"t": Rule(All((always, query)))}).topics_of(document))


@given(query=QUERIES, title=TEXTS, text=TEXTS)
def test_law_a_miss_is_no_topic_and_all_it_says_is_true(query: str, title: str, text: str) -> None:
    try:
        tree = parse_query(query)
    except ValueError:  # it would hold for everything
        return
    document = {"title": title, "text": text, "author": "always"}
    both = Engine({"t": Rule(tree), "other": Rule(parse_query("ab ef"))})
    taken = both.topics_of(document)

    for found in both.misses(document, most=9):
        assert found.topic not in taken
        assert 0 < found.nearness < 1
    asked = both.miss(document, "t")
    assert (asked is None) == ("t" in taken)
    if asked is None:
        return
    assert asked.missing
    mended = []
    for lack in asked.missing:
        assert not isinstance(lack.part, Score)
        assert not _holds(lack.part, document), lack
        mended.append(lack.part)
        for one in lack.found:
            assert document[one.field][one.start : one.end].split() == one.text.split()
    assert _would_hold(tree, document, mended)


@given(query=QUERIES)
def test_law_what_is_written_reads_back_as_the_same_query(query: str) -> None:
    try:
        tree = parse_query(query)
    except ValueError:
        return

    assert parse_query(written(tree)) == tree
