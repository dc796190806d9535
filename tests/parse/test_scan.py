"""The look before feedparser's (A8.11, A9.2): what costs more than it is worth is refused at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import FailureKind
from aggregator.parse.refusals import Hostile
from aggregator.parse.scan import (
    MAX_ATTRIBUTES,
    MAX_DEPTH,
    MAX_ENTITIES,
    MAX_ENTRIES,
    MAX_EXPANSION,
    scan,
)
from tests.parse.helpers import parsed, refused, rss

ITEM = "<guid>g</guid><title>t</title>"


def nested(levels: int) -> str:
    return "<x>" * levels + "</x>" * levels


def attributes(count: int) -> str:
    return " ".join(f'a{number}="x"' for number in range(count))


# --- depth and attributes --------------------------------------------------------------------------


def test_a8_11_elements_may_nest_a_hundred_deep() -> None:
    assert scan(nested(MAX_DEPTH)).well_formed


def test_a8_11_elements_nested_deeper_are_refused() -> None:
    with pytest.raises(Hostile, match="elements nested more than 100 deep"):
        scan(nested(MAX_DEPTH + 1))


def test_a8_11_depth_is_refused_before_the_document_ends() -> None:
    with pytest.raises(Hostile, match="nested more than 100 deep"):
        scan("<x>" * 200_000)


def test_a8_11_an_element_may_have_64_attributes() -> None:
    assert scan(f"<x {attributes(MAX_ATTRIBUTES)}/>").well_formed


def test_a8_11_more_attributes_are_refused() -> None:
    with pytest.raises(Hostile, match="an element with more than 64 attributes"):
        scan(f"<x {attributes(MAX_ATTRIBUTES + 1)}/>")


def test_a8_11_fifty_thousand_attributes_are_a_hostile_document() -> None:
    failure = refused(rss(f"<title {attributes(50_000)}>t</title>"))

    assert failure.kind is FailureKind.HOSTILE


def test_a8_11_what_expat_does_not_reach_is_judged_by_the_length_of_its_tags() -> None:
    with pytest.raises(Hostile, match="a tag longer than 65536 characters"):
        scan(f"<rss>&undeclared;<item {attributes(50_000)}/></rss>")


def test_a_tag_without_an_end_is_refused() -> None:
    with pytest.raises(Hostile, match="a tag longer than 65536 characters"):
        scan("<rss>&undeclared;<item " + "x" * 70_000)


# --- entities --------------------------------------------------------------------------------------


def declaring(*entities: str, inside: str = "") -> str:
    return f"<!DOCTYPE rss [{''.join(entities)}]><rss>{inside}</rss>"


def test_a9_2_plain_entities_are_kept() -> None:
    scanned = scan(declaring('<!ENTITY co "Company">', '<!ENTITY e "&#233;">', inside="&co;&e;"))

    assert scanned.entities == (("co", "Company"), ("e", "é"))


def test_a9_2_an_entity_of_an_entity_is_refused() -> None:
    with pytest.raises(Hostile, match="an entity refers to another entity"):
        scan(declaring('<!ENTITY a "x">', '<!ENTITY b "&a;&a;">', inside="&b;"))


def test_a9_2_billion_laughs_are_refused() -> None:
    laughs = [f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9)]

    with pytest.raises(Hostile, match="refers to another entity"):
        scan(declaring('<!ENTITY l0 "lol">', *laughs, inside="&l9;"))


def test_a9_2_an_entity_of_a_parameter_entity_is_not_followed() -> None:
    scanned = scan(declaring("<!ENTITY % p \"<!ENTITY q SYSTEM 'file:///etc/passwd'>\"> %p;"))

    assert scanned.entities == ()


def test_a9_2_an_entity_that_grows_past_a_mebibyte_is_refused() -> None:
    with pytest.raises(Hostile, match="entities that expand to more than 1048576 characters"):
        scan(declaring(f'<!ENTITY a "{"x" * 1024}">', inside="&a;" * 1025))


def test_a9_2_up_to_a_mebibyte_entities_may_grow() -> None:
    assert MAX_EXPANSION == 1024 * 1024
    assert scan(declaring(f'<!ENTITY a "{"x" * 1024}">', inside="&a;" * 1000)).well_formed


def test_a9_2_many_entities_grow_together() -> None:
    entities = [f'<!ENTITY a{n} "{"x" * 1024}">' for n in range(4)]
    uses = "".join(f"&a{n};" * 300 for n in range(4))

    with pytest.raises(Hostile, match="expand to more than"):
        scan(declaring(*entities, inside=uses))


def test_a9_2_more_entities_than_html_has_are_refused() -> None:
    entities = [f'<!ENTITY e{n} "x">' for n in range(MAX_ENTITIES + 1)]

    with pytest.raises(Hostile, match=f"more than {MAX_ENTITIES} entities"):
        scan(declaring(*entities))


def test_an_external_entity_is_not_kept() -> None:
    assert scan(declaring('<!ENTITY x SYSTEM "file:///etc/passwd">')).entities == ()


def test_a_declared_entity_is_read_in_a_feed() -> None:
    feed = parsed(rss("<title>&co; caf&e;</title>", prolog='<!DOCTYPE rss [<!ENTITY co "A Company"><!ENTITY e "&#233;">]>'))  # fmt: skip

    assert feed.entries[0].title is not None
    assert feed.entries[0].title.value == "A Company café"


# --- entries ---------------------------------------------------------------------------------------


def numbered(count: int, first: int = 0) -> list[str]:
    return [f"<guid>{n}</guid><title>{n}</title>" for n in range(first, first + count)]


def test_a8_11_of_too_many_entries_the_first_are_kept() -> None:
    feed = parsed(rss(*numbered(MAX_ENTRIES + 1)))

    assert [entry.id for entry in feed.entries] == [str(n) for n in range(MAX_ENTRIES)]


def test_a8_11_a_feed_that_was_cut_says_so() -> None:
    assert parsed(rss(*numbered(MAX_ENTRIES + 1))).notes == (
        f"more than {MAX_ENTRIES} entries; the rest was left out",
    )


def test_a8_11_a_feed_of_as_many_entries_as_may_be_is_whole() -> None:
    assert not scan(rss(*numbered(MAX_ENTRIES))).cut


def test_a8_11_broken_before_its_entries_a_feed_has_no_more_of_them() -> None:
    feed = parsed(rss(*numbered(MAX_ENTRIES + 1), channel="<copyright>&nbsp;</copyright>"))

    assert len(feed.entries) == MAX_ENTRIES
    assert f"more than {MAX_ENTRIES} entries; the rest was left out" in feed.notes


def test_what_is_cut_off_may_be_anything() -> None:
    document = rss(*numbered(MAX_ENTRIES)).removesuffix("</channel></rss>")

    assert len(parsed(f"{document}<item><a><b></item><!-- never closed").entries) == MAX_ENTRIES


def test_an_entry_inside_an_entry_is_no_other_entry() -> None:
    scanned = scan(rss("<guid>outer</guid><list><item><guid>inner</guid></item></list>"))

    assert scanned.ids == ("outer",)


# --- where the document begins and ends ------------------------------------------------------------


def test_a_flood_of_line_breaks_in_the_prolog_is_left_behind() -> None:
    document = '<?xml-stylesheet href="x"?>' + "\n" * 1_000_000 + rss(ITEM)

    assert scan(document).body == rss(ITEM)


def test_a_flood_of_line_breaks_in_a_broken_prolog_is_left_behind() -> None:
    document = "<!DOCTYPE rss [ <!BROKEN> ]>" + "\n" * 1_000_000 + rss(ITEM)

    assert scan(document).body == rss(ITEM)


@pytest.mark.parametrize(
    "junk",
    ["<script>track()</script>", "trailing words & more", "<!-- comment -->", "</rss>", "\x1a",
     rss("<guid>second</guid>")],
)  # fmt: skip
def test_what_follows_the_root_element_is_no_part_of_it(junk: str) -> None:
    scanned = scan(rss(ITEM) + junk)

    assert (scanned.body, scanned.well_formed, scanned.ids) == (rss(ITEM), True, ("g",))


def test_an_empty_root_element_ends_where_it_begins() -> None:
    scanned = scan("<!-- x --><rss version='2.0'/> junk")

    assert (scanned.body, scanned.root) == ("<rss version='2.0'/>", "rss")


@pytest.mark.parametrize(
    ("document", "root"),
    [
        ("<rss/>", "rss"),
        ("<RSS></RSS>", "rss"),
        ("<rdf:RDF></rdf:RDF>", "rdf"),
        ("<a:feed></a:feed>", "feed"),
        ("<feed><broken", "feed"),
        ("<!BROKEN><rdf:RDF>", "rdf"),
        ("words", ""),
        ("", ""),
    ],
)
def test_the_root_element_has_its_local_name(document: str, root: str) -> None:
    assert scan(document).root == root


def test_an_unclosed_comment_hides_what_follows_and_nothing_else() -> None:
    feed = parsed(rss(ITEM, "<guid>h</guid><title>u</title><!-- never closed", ITEM))

    assert feed.entries[0].id == "g"


def test_comments_that_never_end_are_refused() -> None:
    with pytest.raises(Hostile, match="comments that never end"):
        scan("<rss>&undeclared;" + "<!-- " * 200)


@pytest.mark.parametrize(
    "flood",
    ["<!-- -->" * 50_000, "<!--" * 50_000, "<![CDATA[" * 50_000, "<?x?>" * 50_000, "<" * 50_000,
     "&" * 50_000, "]]>" * 50_000, "<!DOCTYPE x [" * 5_000, "\n" * 1_000_000],
    ids=["comments", "open comments", "CDATA", "instructions", "<", "&", "]]>", "doctypes", "lines"],
)  # fmt: skip
@pytest.mark.parametrize("behind", ["", "<rss><channel>&undeclared;"], ids=["first", "inside"])
def test_a_flood_of_anything_is_read_or_refused(flood: str, behind: str) -> None:
    failure = refused(behind + flood)

    assert failure.kind in (FailureKind.NOT_A_FEED, FailureKind.HOSTILE)


# --- ids, byte for byte ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "1234",
        "?p=1&amp;x=y",
        "a%20b/../c",
        "HTTP://WWW.A.example:80/%7Ex",
        "tag:a,2026:é",
        "urn:x:Y",
    ],
)
@pytest.mark.parametrize("permalink", ["", ' isPermaLink="true"', ' isPermaLink="false"'])
def test_a_guid_is_kept_as_written(written: str, permalink: str) -> None:
    feed = parsed(rss(f"<guid{permalink}> {written}\n</guid><title>t</title>"))

    assert feed.entries[0].id == written.replace("&amp;", "&")


def test_an_atom_id_is_kept_as_written() -> None:
    scanned = scan(
        "<a:feed xmlns:a='x'><a:id>f</a:id><a:entry><a:id>../e</a:id></a:entry></a:feed>"
    )

    assert scanned.ids == ("../e",)


def test_the_id_of_a_source_inside_an_entry_is_not_its_own() -> None:
    scanned = scan("<feed><entry><source><id>s</id></source><id>e</id></entry></feed>")

    assert scanned.ids == ("e",)


def test_an_entry_without_an_id_has_none() -> None:
    assert scan(rss("<title>t</title>", ITEM)).ids == (None, "g")


def test_the_last_of_two_ids_counts_as_it_does_for_feedparser() -> None:
    assert scan(rss("<guid>one</guid><guid>two</guid>")).ids == ("two",)


def test_hours_and_days_to_skip_are_kept() -> None:
    scanned = scan(
        rss(channel="<skipHours><hour>1</hour><hour> 02 </hour></skipHours><skipDays><day>Monday</day></skipDays>")
    )  # fmt: skip

    assert (scanned.skip_hours, scanned.skip_days) == (("1", "02"), ("Monday",))


PIECES = [
    "<rss>", "</rss>", "<channel>", "</channel>", "<item>", "</item>", "<guid>", "</guid>", "<x", "/>",
    ">", "<", "&", "&amp;", "&x;", "<!--", "-->", "<![CDATA[", "]]>", "<?x", "?>", "<!DOCTYPE x [", "]>",
    '<!ENTITY x "y">', '<!ENTITY y "&x;">', "a='b'", 'xmlns:a="b"', "<a:b>", "word", " ", "\n", "é", "中",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_any_document_is_looked_through_or_refused(document: str) -> None:
    try:
        scanned = scan(document)
    except Hostile:
        return
    assert scanned.body in document or scanned.cut or scanned.fault
    assert len(scanned.ids) <= document.count("<item")
