"""What readers of other programs complained of: rules that fail in silence. Ours are refused."""

import pytest

from tests.config.helpers import config, mistake

FILE = """
topics:
  isis:
    query: {query}
    examples:
      match: [Isis retreats]
"""


@pytest.mark.parametrize(
    ("query", "told"),
    [
        pytest.param("(isis", "never closed", id="a parenthesis"),
        pytest.param("'\"islamic state'", "never closed", id="a quotation mark"),
        pytest.param("titel:isis", "did you mean title:?", id="a field"),
        pytest.param("isis OR", "ends where", id="an operator"),
        pytest.param("isis or daesh", "in capitals", id="a small or"),
    ],
)
def test_a_typing_mistake_does_not_drop_everything_in_silence(query: str, told: str) -> None:
    """miniflux#968: an invalid keep rule drops every entry; "Invalid rules are ignored"."""
    problem = mistake(FILE.format(query=query))

    assert problem.startswith("feeds.yaml:4:")
    assert told in problem


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("'(i?)isis'", id="miniflux#3881"),
        pytest.param("'(?i)isis'", id="as it should have been"),
        pytest.param(r"'\bisis\b'", id="edges of words"),
        pytest.param("isis|daesh", id="alternatives"),
        pytest.param("'^isis'", id="an anchor"),
        pytest.param("'[Ii]sis'", id="a class"),
        pytest.param("isis.*", id="anything"),
        pytest.param("/isis/i", id="between slashes"),
    ],
)
def test_a_regular_expression_is_refused_and_not_looked_for_to_the_letter(query: str) -> None:
    """rss-comb takes a bad expression as literal text; RSS-Bridge has not decided yet."""
    problem = mistake(FILE.format(query=query))

    assert problem.startswith("feeds.yaml:4:")
    assert "regular expression" in problem


def test_signs_of_regular_expressions_may_be_looked_for_in_quotation_marks() -> None:
    assert config(FILE.format(query='\'isis OR "who?" OR "[sic]"\'')).topics


def test_a_rule_that_takes_nothing_is_refused_by_its_own_example() -> None:
    """miniflux#968 again: valid, and wrong."""
    problem = mistake(FILE.format(query="isos"))

    assert "Isis retreats" in problem
