"""What stands near what, how often, how early, and what that adds up to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.topics import Engine, Evidence, QueryError, parse_places, parse_rule
from tests.core.steps import steps


def evidence(
    query: str,
    text: str = "",
    title: str = "",
    weights: dict[float, str] | None = None,
    threshold: float = 1,
) -> tuple[Evidence, ...] | None:
    """Why the rule holds for a document; None when it does not."""
    engine = Engine({"topic": parse_rule(query, weights, threshold)})
    return engine.topics_of({"title": title, "text": text}).get("topic")


def holds(query: str, text: str = "", title: str = "") -> bool:
    return evidence(query, text, title) is not None


def score(weights: dict[float, str], text: str = "", title: str = "") -> float:
    found = evidence("anything", f"{text} anything", title, weights, threshold=-1e9)
    return sum(one.score for one in found or ())


# --- NEAR ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "text", "near"),
    [
        ("bomb NEAR/3 isis", "a bomb was planted by isis", True),
        ("bomb NEAR/2 isis", "a bomb was planted by isis", False),
        ("isis NEAR/3 bomb", "a bomb was planted by isis", True),
        (
            "(isis OR daesh) NEAR/1 (bomb* OR shot)",
            "daesh, it says, was shot; bombed by daesh",
            True,
        ),
        ("(isis OR daesh) NEAR/1 (bomb* OR shot)", "daesh, it says, was shot by others", False),
        ("isis NEAR/0 isis", "isis", False),
        ("isis NEAR/0 isis", "isis isis", True),
        ('isis NEAR/5 "isis fighters"', "the isis fighters", False),
        ('isis NEAR/5 "isis fighters"', "isis said its isis fighters", True),
        ("(a1 NEAR/1 b1) NEAR/1 c1", "a1 x b1 x c1", True),
        ("(a1 NEAR/1 b1) NEAR/1 c1", "a1 x x b1 x c1", False),
        ("title:(a1 NEAR/1 b1)", "a1 b1", False),
    ],
)
def test_near_is_at_most_so_many_words_apart_on_either_side(
    query: str, text: str, near: bool
) -> None:
    assert holds(query, text) is near


def test_words_in_two_fields_are_not_near() -> None:
    assert not holds("a1 NEAR/100 b1", "b1", title="a1")


def test_the_evidence_of_near_is_the_stretch_from_one_to_the_other() -> None:
    text = "He said ISIS bombed the market, and no more."

    (found,) = evidence("(isis OR daesh) NEAR/3 (market OR bridge)", text) or ()

    assert found == Evidence("text", "isis NEAR market", "ISIS bombed the market", 8, 30)


@given(st.lists(st.sampled_from(["aa", "bb", "cc"]), max_size=12), st.integers(0, 4))
def test_near_agrees_with_trying_every_pair(said: list[str], words: int) -> None:
    ones = [at for at, word in enumerate(said) if word == "aa"]
    others = [at for at, word in enumerate(said) if word in ("bb", "cc")]
    near = any(abs(one - other) - 1 <= words for one in ones for other in others)

    assert holds(f"aa NEAR/{words} (bb OR cc)", " ".join(said)) is near


# --- ATLEAST, COUNT, lead: -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "enough"),
    [
        ("a1 b1", True),
        ("b1 c1 d1", True),
        ("a1 a1 a1", False),
        ("c1 d1 c1", False),
        ("c1 d1 a1", True),
    ],
)
def test_atleast_counts_alternatives_that_hold_not_how_often(text: str, enough: bool) -> None:
    assert holds("ATLEAST/2 (a1 OR b1 OR c1 d1)", text) is enough


@pytest.mark.parametrize(
    ("text", "enough"),
    [
        ("isis and isis", True),
        ("isis and daesh", True),
        ("isis fighters", False),
        ("isis fighters and isis", True),
        ("isis", False),
    ],
)
def test_count_counts_places_and_no_place_twice(text: str, enough: bool) -> None:
    assert holds('COUNT/2 (isis OR daesh OR "isis fighters")', text) is enough


def test_the_headline_counts_with_the_text() -> None:
    assert holds("COUNT/2 isis", "isis", title="isis")


def test_lead_is_the_title_and_the_first_lines() -> None:
    assert holds("lead:isis", title="Isis")
    assert holds("lead:isis", "Isis said")
    assert holds("lead:isis", "x " * 139 + "isis")
    assert not holds("lead:isis", "x " * 140 + "isis")


def test_evidence_from_the_lead_says_which_field_it_is_of() -> None:
    (found,) = evidence("lead:isis", "Isis said") or ()

    assert found == Evidence("text", "isis", "Isis", 0, 4)


# --- scores ----------------------------------------------------------------------------------------


def test_a_place_counts_three_times_in_the_title_twice_in_the_lead_and_once_below() -> None:
    below = "x " * 200

    assert score({2: "isis"}, title="isis") == 6
    assert score({2: "isis"}, "isis") == 4
    assert score({2: "isis"}, below + "isis") == 2
    assert score({2: "isis"}, "isis " + below + "isis isis", title="isis") == 14


def test_a_line_of_a_score_counts_in_five_places_the_heaviest_ones() -> None:
    assert score({1: "isis OR daesh"}, "x " * 200 + "isis daesh " * 9) == 5
    assert score({1: "isis"}, "x " * 200 + "isis " * 9, title="isis") == 3 + 4


def test_a_place_counts_once_for_a_line_whatever_in_it_matches() -> None:
    assert score({1: 'isis OR "isis fighters" OR fighters'}, title="isis fighters") in (3, 6)
    assert score({1: 'isis OR "isis fighters"'}, title="isis fighters") == 3


def test_weights_may_be_negative() -> None:
    assert score({3: "isis", -10: "goddess"}, title="isis the goddess") == -21


def test_only_what_comes_to_the_threshold_is_taken() -> None:
    weights = {2.0: "isis"}

    assert evidence("isis", "isis", weights=weights, threshold=4) is not None
    assert evidence("isis", "isis", weights=weights, threshold=4.5) is None


def test_a_score_lets_nothing_in_that_the_query_leaves() -> None:
    assert evidence("daesh", "isis", weights={9: "isis"}) is None


def test_the_evidence_says_what_each_place_adds() -> None:
    found = evidence("isis", "Isis bombed", "ISIS", weights={2: "isis", 1: "isis NEAR/2 bomb*"})

    assert found == (
        Evidence("title", "isis", "ISIS", 0, 4, 6.0),
        Evidence("text", "isis", "Isis", 0, 4, 4.0),
        Evidence("text", "isis NEAR bomb*", "Isis bombed", 0, 11, 2.0),
    )


def test_a_score_takes_words_and_phrases_alone() -> None:
    with pytest.raises(QueryError, match="a score counts words and phrases, joined by OR or NEAR"):
        parse_places("isis daesh")


@pytest.mark.parametrize("query", ["NOT isis", "NOT (isis OR daesh)", "isis NOT daesh"])
def test_what_speaks_against_a_topic_has_a_negative_weight_and_no_not(query: str) -> None:
    with pytest.raises(QueryError, match="alone; give what speaks against it a negative weight"):
        parse_places(query)


# --- hostile rules and texts -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("(" * 24 + "aa" + " NEAR/9 aa)" * 24, id="NEAR of NEAR of NEAR …"),
        pytest.param("(" * 24 + "aa" + " NEAR/9 (aa OR ab)) OR ac" * 24, id="NEAR of OR of NEAR …"),
        pytest.param(" OR ".join(f'"{"aa " * n}"' for n in range(1, 60)), id="phrases in phrases"),
        pytest.param("COUNT/100 (" + " OR ".join(["aa", '"aa aa"', "a*a"[:1] + "a*"]) + ")", id="COUNT"),
        pytest.param("ATLEAST/2 (" + "(aa ATLEAST/2 (ab OR " * 20 + "aa OR aa" + ")) OR aa" * 20 + ")",
                     id="ATLEAST of ATLEAST …"),
        pytest.param('"aa aa aa aa aa"~100', id="near itself"),
    ],
)  # fmt: skip
def test_no_rule_makes_matching_explode(query: str) -> None:
    engine = Engine({"topic": parse_rule(query)})
    short, long = ("aa " * 2_000).strip(), ("aa " * 16_000).strip()

    def matching(text: str) -> int:
        return steps(lambda: engine.topics_of({"text": text}))

    assert matching(long) < 10 * matching(short)  # the text is eight times as long
    assert matching(short) < 5_000_000


def test_what_stands_behind_a_hundred_thousand_characters_is_not_looked_at() -> None:
    assert holds("isis", "x " * 49_990 + "isis")
    assert not holds("isis", "x " * 50_000 + "isis")


@given(st.integers(4_080, 4_110), st.sampled_from(["isis", "islamic state", "x isis"]))
def test_long_texts_are_searched_without_a_seam(at: int, term: str) -> None:
    text = ("y" * (at - 1) + " ") + f"{term} z" + " y" * 10_000

    (found,) = evidence(f'"{term}"', text) or ()

    assert (found.start, found.end) == (at, at + len(term))
