"""OPML in: what it lists, and what is no OPML."""

import codecs
import pathlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.parse.opml import NotOpml, Outlines, read_opml
from tests.conftest import SHARED
from tests.parse.helpers import is_xml, strings


def opml(*outlines: str) -> str:
    return f'<opml version="2.0"><head/><body>{"".join(outlines)}</body></opml>'


def outline(url: str, title: str = "T") -> str:
    return f'<outline type="rss" text="{title}" xmlUrl="{url}"/>'


def read(document: str) -> Outlines:
    return read_opml(document.encode())


XML_URL = re.compile(r"""xmlUrl\s*=\s*["']([^"']+)""", re.IGNORECASE)


def test_feeds_are_listed_in_their_order_with_their_titles() -> None:
    document = opml(outline("https://b.example/f", "B &amp; C"), outline("https://a.example/f"))

    assert read(document).feeds == (
        ("https://b.example/f", "B & C"),
        ("https://a.example/f", "T"),
    )


def test_folders_are_opened_however_deep() -> None:
    folders = "<outline text='folder'>" * 30, "</outline>" * 30

    assert read(opml(folders[0], outline("https://a.example/f"), folders[1])).feeds == (
        ("https://a.example/f", "T"),
    )


def test_a_feed_in_two_folders_is_one_feed_and_keeps_its_first_title() -> None:
    document = opml(
        outline("https://a.example/f", "first"),
        outline("HTTPS://A.example:443/f", "second"),
        outline("feed:https://a.example/f", "third"),
    )

    assert read(document).feeds == (("https://a.example/f", "first"),)


@pytest.mark.parametrize(
    ("outline_", "title"),
    [
        pytest.param("<outline xmlUrl='https://a.example/f' title='t'/>", "t", id="title alone"),
        pytest.param("<outline xmlUrl='https://a.example/f' title='t' text='x'/>", "x", id="both"),
        pytest.param("<outline XMLURL='https://a.example/f' TEXT='t'/>", "t", id="in capitals"),
        pytest.param("<outline xmlUrl='https://a.example/f'/>", "", id="none"),
        pytest.param("<outline xmlUrl='https://a.example/f' text=' a&#10; b '/>", "a b", id="blanks"),
    ],
)  # fmt: skip
def test_the_title_of_an_outline(outline_: str, title: str) -> None:
    assert read(opml(outline_)).feeds == (("https://a.example/f", title),)


def test_a_title_without_end_is_cut() -> None:
    ((_, title),) = read(opml(outline("https://a.example/f", "word " * 1000))).feeds

    assert len(title) <= 200
    assert title.endswith("word…")


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ("feed://a.example/f", "http://a.example/f"),
        ("feed:https://a.example/f", "https://a.example/f"),
        ("FEED:http://a.example/f", "http://a.example/f"),
        ("feed://https://a.example/f", "https://a.example/f"),
        ("https://a.example/?of=feed://b.example/", "https://a.example/?of=feed://b.example/"),
        ("https://jane:secret@a.example/f", "https://a.example/f"),
        ("//a.example/f", "http://a.example/f"),
    ],
)
def test_an_address_is_made_one_that_can_be_fetched(said: str, url: str) -> None:
    assert read(opml(outline(said))).feeds == ((url, "T"),)


@pytest.mark.parametrize(
    "said", ["javascript:alert(1)", "/feed.xml", "feed:", "file:///etc/passwd"]
)
def test_an_address_that_is_none_is_refused_by_name_and_spares_the_others(said: str) -> None:
    outlines = read(opml(outline(said), outline("https://a.example/f")))

    assert outlines.refused == (said,)
    assert outlines.feeds == (("https://a.example/f", "T"),)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(opml(outline("https://a.example/f", "мир")).encode(), id="UTF-8 unsaid"),
        pytest.param(
            codecs.BOM_UTF8 + opml(outline("https://a.example/f", "мир")).encode(), id="a mark"
        ),
        pytest.param(opml(outline("https://a.example/f", "мир")).encode("utf-16"), id="UTF-16"),
        pytest.param(
            b'<?xml version="1.0" encoding="koi8-r"?>'
            + opml(outline("https://a.example/f", "мир")).encode("koi8-r"),
            id="KOI8-R by declaration",
        ),
        pytest.param(
            b"\n\n" + opml(outline("https://a.example/f", "мир")).encode(), id="blanks before it"
        ),
    ],
)
def test_a10_a_list_is_read_in_its_encoding(body: bytes) -> None:
    assert read_opml(body).feeds == (("https://a.example/f", "мир"),)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(opml(outline("https://a.example/f", "a & b")), id="a bare ampersand"),
        pytest.param(
            f"<opml><body>{outline('https://a.example/f', 'a &amp; b')}<outl", id="cut off"
        ),
    ],
)
def test_a_list_that_is_not_well_formed_is_read_all_the_same(document: str) -> None:
    assert read(document).feeds == (("https://a.example/f", "a & b"),)


def test_a9_1_an_external_entity_is_not_read(tmp_path: pathlib.Path) -> None:
    canary = tmp_path / "canary"
    canary.write_text("https://canary.example/")
    prolog = f"<!DOCTYPE opml [<!ENTITY x SYSTEM '{canary.as_uri()}'>]>"
    outlines = read(prolog + opml(outline("https://a.example/f", "&x;")))

    assert len(outlines.feeds) == 1
    assert "canary.example" not in str(outlines)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(b"", "the file is empty", id="nothing"),
        pytest.param(codecs.BOM_UTF8 + b" \n", "the file is empty", id="a mark and blanks"),
        pytest.param("<?xml version='1.0'?>".encode("cp037"), "the document is in EBCDIC", id="EBCDIC"),
        pytest.param(b"<rss><channel/></rss>", "no OPML: there is no <opml> in it", id="a feed"),
        pytest.param(opml().encode(), "lists no feed: no outline in it has an xmlUrl", id="a list of nothing"),
        pytest.param(opml("<outline text='a' type='include' url='https://a.example/o'/>").encode(), "lists other lists and no feed: https://a.example/o", id="a list of lists"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00", "no OPML: there is no <opml> in it", id="a picture"),
    ],
)  # fmt: skip
def test_what_lists_no_feed_says_why(body: bytes, why: str) -> None:
    with pytest.raises(NotOpml) as wrong:
        read_opml(body)

    assert str(wrong.value) == why


def test_every_file_of_the_collection_is_read_or_refused_with_its_reason() -> None:
    files = sorted((SHARED / "data/opml/files").glob("*.opml"))
    if not files:
        pytest.skip("no collection of OPML files beside the project")
    read_well, refused = 0, {}

    for file in files:
        body = file.read_bytes()
        named = {url for url in XML_URL.findall(body.decode("latin-1")) if url.strip()}
        try:
            outlines = read_opml(body)
        except NotOpml as wrong:
            refused[file.name] = (str(wrong), named)
        else:
            read_well += 1
            told = len(outlines.feeds) + len(outlines.refused)
            assert told >= len(named) * 0.9, file.name  # one address may stand in two spellings

    assert (read_well, len(refused)) == (187, 88)
    for name, (why, named) in refused.items():
        assert why.startswith(("lists no feed", "lists other lists", "no OPML")), name
        assert not named or why.startswith("lists other lists"), name


PIECES = [
    "<opml>", "</opml>", "<body>", "<outline", " text='a'", " xmlUrl='https://a.example/f'", "/>", ">",
    "</outline>", " xmlUrl='::'", " type='include' url='x'", " htmlUrl='https://a.example/'", "<!--", "-->",
    "&x;", "&#55357;", "&#0;", "<![CDATA[", "]]>", "\x00", "é", "\ud83d", "<?xml", "?>", "<dateCreated>1",
    " category='/a/b,c'", "<foaf:Agent>", "<iGoogle:x>", "<title>", " text='\u202e'",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=15).map("".join) | st.text(), st.booleans())
def test_any_file_is_a_list_or_no_opml_and_never_an_error(text: str, wide: bool) -> None:
    body = text.encode("utf-16" if wide else "utf-8", "surrogatepass")
    try:
        outlines = read_opml(body)
    except NotOpml:
        return

    assert outlines.feeds or outlines.refused
    assert all(is_xml(one) for one in strings(outlines))
