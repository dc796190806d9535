"""What of a text its author wrote, and what machines write into it anew."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.html import clean_html, visible_text
from aggregator.text.substance import steady, substance

TEXT = "<p>Five people have died in the port.</p><p>The police ask for witnesses.</p>"


def said(html: str, title: str = "Fire in port") -> str:
    clean = clean_html(html, "https://a.example/")
    return substance(title, clean, visible_text(clean))


@pytest.mark.parametrize(
    "html",
    [
        "<div>Five  people have\n died in <b>the port</b>.</div>\n<p>The police ask for witnesses.</p>",
        TEXT + '<p><a href="/2">Owls seen</a> · <a href="/3">Tram runs</a></p>',
        TEXT + "<ul><li><a href='/9'>Read next: wheat</a></li></ul>",
        TEXT + '<p><a href="https://ads.example/?x=1"><img src="/ad.gif">Buy a boat now</a></p>',
        TEXT + "<p>12 comments</p>",
        TEXT + "<p>Shares: 3,104</p>",
        TEXT + "<p>vor 5 Minuten</p><p>1.2k views</p><p>3 Kommentare</p>",
        TEXT + "<p>17 تعليق</p>",
        TEXT.replace("<p>", '<p class="x">').replace("Five", "FIVE"),
    ],
    ids=["markup", "related", "next", "advert", "comments", "shares", "ago", "arabic", "case"],
)
def test_b3_2_machines_write_nothing_of_substance(html: str) -> None:
    assert said(html) == said(TEXT)


@pytest.mark.parametrize(
    "html",
    [
        TEXT.replace("Five", "Seven"),
        TEXT.replace("Five", "5"),
        TEXT + "<p>Correction: it was not the old port.</p>",
        TEXT.replace("have died", "have not died"),
        TEXT + '<p>More is to be read in <a href="/r">the report</a>.</p>',
        "<p>Five people have died in the port.</p>",
    ],
)
def test_b3_2_words_are_substance(html: str) -> None:
    assert said(html) != said(TEXT)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Fire in port", "Fire in port | The Wire", True),
        ("Fire in port", "The Wire :: Fire in port", True),
        ("“Fire” in port!", '"Fire" in port', True),
        ("Fire in port", "Fire in port – five dead", False),
        ("5 dead in port", "7 dead in port", False),
        ("حريق في الميناء", "حريق كبير في الميناء", False),
        ("5% more", "5 € more", False),
    ],
)
def test_b3_2_what_is_substance_in_a_title(one: str, other: str, same: bool) -> None:
    assert (said(TEXT, one) == said(TEXT, other)) is same


def test_a_text_that_is_a_link_alone_still_says_something() -> None:
    assert said('<a href="/1">Fire at sea</a>') != said('<a href="/1">Fire on land</a>')


def test_b3_4_tokens_and_counters_make_no_other_entry() -> None:
    one = 'See <a href="/x?sid=1f&amp;n=2">this</a>  (3 comments)'
    assert steady(one) == steady('See <a href="/x?sid=77&amp;n=2">this</a> (14 comments)')
    assert steady("Is it 3 or 4?") == "Is it 3 or 4?"


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_has_a_substance_that_is_the_same_again(title: str, html: str) -> None:
    clean = clean_html(html)
    assert substance(title, clean, visible_text(clean)) == substance(
        title, clean, visible_text(clean)
    )
