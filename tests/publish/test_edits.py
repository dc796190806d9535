"""What an outlet changed in its words: quotes of what came and went."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Revision
from aggregator.publish.edits import Piece, differences, edits_of, quoted
from aggregator.text.substance import substance
from tests.values import NOON, article


def shown(pieces: tuple[Piece, ...]) -> str:
    marks = {"stayed": "{}", "came": "+{}+", "went": "-{}-"}
    return "".join(marks[piece.kind].format(piece.words) for piece in pieces)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("five are dead", "six are dead", "-five- +six+ are dead"),
        ("five are dead", "five", "five -are dead- "),
        ("five", "five are dead", "five +are dead+"),
        ("one two three", "one three", "one -two- three"),
        ("all of it", "nothing here", "-all of it- +nothing here+"),
        ("مقتل خمسة في حمص", "مقتل سبعة في حمص", "مقتل -خمسة- +سبعة+ في حمص"),
        ("东京火灾五人死亡", "东京火灾七人死亡", "东京火灾-五- +七+人死亡"),
        ("the  same", "the same", ""),
    ],
)
def test_words_that_came_and_went_stand_where_they_were(
    before: str, after: str, expected: str
) -> None:
    assert shown(differences(before, after)) == expected


@given(st.text(max_size=60), st.text(max_size=60))
def test_both_texts_can_be_read_out_of_the_differences(before: str, after: str) -> None:
    pieces = differences(before, after)
    if pieces:
        for text, gone in ((before, "came"), (after, "went")):
            said = "".join(piece.words for piece in pieces if piece.kind != gone)
            assert "".join(said.split()) == "".join(text.split())
    else:
        assert before.split() == after.split() or not (before + after).strip()


def test_of_a_long_text_the_places_are_quoted_that_changed() -> None:
    middle = " ".join(f"word{n}" for n in range(200))

    said = shown(quoted(differences(f"Five dead. {middle} Ends.", f"Six dead. {middle} Stops.")))

    assert said == (
        "-Five- +Six+ dead. word0 word1 word2 word3 word4 … "
        "word194 word195 word196 word197 word198 word199 -Ends.- +Stops.+"
    )


def test_long_passages_and_many_changes_are_cut() -> None:
    new = " ".join(f"new{n}" for n in range(500))
    assert len(shown(quoted(differences("Old text. End", f"Old text. {new} End")))) < 400
    before = " ".join(f"same{n} a{n}" for n in range(300))
    after = " ".join(f"same{n} b{n}" for n in range(300))
    pieces = quoted(differences(before, after))
    assert sum(piece.kind == "came" for piece in pieces) <= 12
    assert len(shown(quoted(differences("x", "y" * 10_000)))) < 200


def test_a_hostile_pair_of_texts_costs_little() -> None:
    words = [f"w{n}" for n in range(100)]
    begun = time.perf_counter()
    differences(" ".join(words * 60), " ".join(words[::-1] * 60))
    assert time.perf_counter() - begun < 2


def test_edits_come_newest_first_and_say_what_the_title_was() -> None:
    told = article(title="Third", text="A text of now, and no more of it.")
    said = [
        Revision(substance(title, "", text), NOON.replace(hour=n), title, text)
        for n, (title, text) in enumerate(
            [("First", "A text of then, and no more of it."), ("Second", "")]
        )
    ]

    edits = edits_of(told, said, "Source a")

    assert [(edit.at.hour, edit.was, shown(edit.title)) for edit in edits] == [
        (1, "Second", "-Second- +Third+"),
        (0, "First", "-First- +Second+"),
    ]
    assert [edit.text for edit in edits] == [(), ()], "a text that is forgotten tells nothing"


def test_what_was_taken_back_shows_both_ways_and_no_more() -> None:
    told = article(title="First", text="")
    said = [
        Revision(substance(title, "", ""), NOON.replace(hour=n), title, "")
        for n, title in enumerate(("First", "Second"))
    ]
    told = article(title="First", text="", html="")

    assert [shown(e.title) for e in edits_of(told, said, "a")] == [
        "-Second- +First+", "-First- +Second+",
    ]  # fmt: skip
    assert [
        shown(e.title) for e in edits_of(article(title="Second", text="", html=""), said, "a")
    ] == ["-First- +Second+"]
