"""Bytes to text (A10): every vector, by its id."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from aggregator.parse.encoding import decode
from aggregator.parse.refusals import NotAFeed

WORDS = "<a>é中</a>"


def declared(encoding: str) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?>'


# --- A10.1: the vectors of the requirement, in its order -------------------------------------------


def test_a10_1_v1_text_xml_with_a_declaration_is_not_ascii() -> None:
    assert decode((declared("utf-8") + WORDS).encode(), "text/xml").text == WORDS


def test_a10_1_v2_text_xml_without_a_declaration_is_not_ascii() -> None:
    assert decode(WORDS.encode(), "text/xml").text == WORDS


def test_a10_1_v3_a_document_that_says_and_is_utf_8_is_so_whatever_the_server_says() -> None:
    decoded = decode((declared("utf-8") + WORDS).encode(), "application/xml; charset=iso-8859-1")

    assert (decoded.text, decoded.label) == (WORDS, "utf-8")
    assert decoded.notes == ("the server says windows-1252, the document is UTF-8",)


def test_a10_1_v4_a_byte_order_mark_wins() -> None:
    body = codecs.BOM_UTF8 + (declared("iso-8859-1") + WORDS).encode()

    assert decode(body, "application/xml; charset=iso-8859-1").text == WORDS


def test_a10_1_v5_the_server_is_believed_before_the_declaration() -> None:
    body = (declared("windows-1252") + WORDS).encode()

    assert decode(body, "text/xml; charset=utf-8").text == WORDS


@pytest.mark.parametrize("charset", ["none", "", "binary", "x-unknown", "utf-16", "a\x00b", "hex"])
def test_a10_1_v6_a_charset_that_is_none_says_nothing(charset: str) -> None:
    assert decode(WORDS.encode(), f"text/xml; charset={charset}").text == WORDS


def test_a10_1_v7_bytes_that_are_not_what_is_declared_are_read_by_the_next_rule_and_noted() -> None:
    decoded = decode(declared("utf-8").encode() + b"<a>\x93hi\x94</a>")

    assert decoded.text == "<a>“hi”</a>"
    assert decoded.notes == ("declared as utf-8, and is not",)


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a10_1_v8_a_byte_order_mark_of_wide_characters(mark: bytes, encoding: str) -> None:
    body = mark + (declared("utf-8") + WORDS).encode(encoding)

    assert decode(body, "text/xml; charset=utf-8").text == WORDS


def test_a10_1_v9_ebcdic_is_refused() -> None:
    with pytest.raises(NotAFeed, match="EBCDIC"):
        decode((declared("ibm037") + "<a/>").encode("cp037"))


# --- A10.1: the rest of the order ------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a10_1_wide_characters_show_without_a_mark(encoding: str) -> None:
    assert decode(WORDS.encode(encoding)).text == WORDS


def test_a10_1_the_declaration_is_believed_when_the_server_says_nothing() -> None:
    body = (declared("koi8-r") + "<a>мир</a>").encode("koi8-r")

    assert decode(body, "text/xml").text == "<a>мир</a>"


def test_a10_1_the_server_is_believed_against_a_declaration_of_something_else() -> None:
    body = declared("koi8-r").encode() + "<a>мир</a>".encode("windows-1251")

    assert decode(body, "text/xml; charset=windows-1251").text == "<a>мир</a>"


def test_a10_1_without_any_word_it_is_utf_8() -> None:
    assert decode(WORDS.encode()).label == "utf-8"


def test_a10_1_else_windows_1252() -> None:
    decoded = decode(b"<a>caf\xe9 \x80</a>")

    assert (decoded.text, decoded.label) == ("<a>café €</a>", "windows-1252")


def test_a10_1_the_holes_of_windows_1252_stop_nothing() -> None:
    assert decode(b"<a>caf\xe9 \x81</a>").text == "<a>café \ufffd</a>"


@pytest.mark.parametrize(
    ("label", "raw", "text"),
    [
        pytest.param("iso-8859-1", b"\x93x\x94", "“x”", id="iso-8859-1 means windows-1252"),
        pytest.param("us-ascii", b"\xe9\x80", "é€", id="us-ascii means windows-1252"),
        pytest.param("ISO-8859-9", "ğ€".encode("windows-1254"), "ğ€", id="iso-8859-9"),
        pytest.param("gb2312", "镕".encode("gb18030"), "镕", id="gb2312 means gb18030"),
        pytest.param("GBK", "€".encode("gb18030"), "€", id="gbk means gb18030"),
        pytest.param("shift_jis", "①".encode("cp932"), "①", id="shift_jis means cp932"),
        pytest.param("euc-kr", "똠".encode("cp949"), "똠", id="euc-kr means cp949"),
        pytest.param("big5", "兙".encode("big5hkscs"), "兙", id="big5"),
        pytest.param("iso-8859-11", "ก".encode("cp874"), "ก", id="iso-8859-11"),
        pytest.param("x-mac-roman", "é".encode("mac-roman"), "é", id="mac-roman"),
        pytest.param("iso-8859-15", "€".encode("iso-8859-15"), "€", id="iso-8859-15"),
    ],
)
def test_a10_labels_mean_what_browsers_take_them_for(label: str, raw: bytes, text: str) -> None:
    assert decode(declared(label).encode() + raw).text == text


@pytest.mark.parametrize(
    "label",
    ["unicode_escape", "raw_unicode_escape", "idna", "punycode", "charmap", "utf-7", "rot13", "hex",
     "base64", "zlib", "undefined", "mbcs", "utf-16", "utf-32"],
)  # fmt: skip
def test_a10_a_codec_of_pythons_that_is_no_label_says_nothing(label: str) -> None:
    body = declared(label).encode() + b"<a>\\u0041 +AGE- xn--a a-</a>"

    assert decode(body).text == "<a>\\u0041 +AGE- xn--a a-</a>"


@pytest.mark.parametrize(
    "declaration",
    [
        "<?xml version='1.0' encoding='windows-1251'?>",
        '<?xml version="1.0" encoding = "windows-1251" standalone="yes" ?>',
        '<?xml encoding="windows-1251" version="1.0"?>',
        '\n  <?xml version="1.0"\n encoding="WINDOWS-1251"?>',
    ],
)
def test_a_declaration_is_read_however_it_is_spelled(declaration: str) -> None:
    assert decode((declaration + "<a>мир</a>").encode("windows-1251")).text == "<a>мир</a>"


@pytest.mark.parametrize(
    "content_type",
    [
        "text/xml;charset=windows-1251",
        'text/xml; charset="windows-1251"',
        "text/xml; CHARSET='windows-1251'; x=y",
        "text/xml; charset = windows-1251",
    ],
)
def test_a_charset_is_read_however_it_is_spelled(content_type: str) -> None:
    assert decode("<a>мир</a>".encode("windows-1251"), content_type).text == "<a>мир</a>"


def test_the_declaration_goes_with_the_bytes_it_speaks_of() -> None:
    assert "<?xml" not in decode((declared("utf-8") + WORDS).encode()).text


def test_a10_2_a_json_feed_is_utf_8_with_or_without_a_mark() -> None:
    body = '{"é": "中"}'.encode()

    assert decode(body).text == decode(codecs.BOM_UTF8 + body).text == '{"é": "中"}'


# --- A10.4: characters that XML forbids ------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        pytest.param(b"a\x00b\x08c\x0bd", "abcd", id="controls"),
        pytest.param("\x93x\x94".encode(), "“x”", id="C1 as UTF-8"),
        pytest.param("a\ufffe".encode(), "a\ufffd", id="a non-character"),
        pytest.param(b"&#55357;&#56832;", "😀", id="an emoji in two references"),
        pytest.param(b"a&#1;b&#xD800;", "ab\ufffd", id="references to what is forbidden"),
        pytest.param(b"a\r\nb", "a\nb", id="carriage returns"),
    ],
)
def test_a10_4_characters_that_xml_forbids_are_gone(raw: bytes, text: str) -> None:
    assert decode(raw).text == text


def test_a10_4_a_lone_surrogate_of_utf_16_is_marked() -> None:
    body = codecs.BOM_UTF16_LE + "a\ud800b".encode("utf-16-le", "surrogatepass")

    assert decode(body).text == "a\ufffdb"


LABELS = st.sampled_from(
    [
        "utf-8",
        "utf-16",
        "latin1",
        "gb2312",
        "idna",
        "punycode",
        "x",
        "",
        "shift_jis",
        "\x00",
        "a" * 300,
    ]
)


@given(st.binary(), LABELS, LABELS)
def test_a9_9_any_bytes_become_text_that_xml_can_carry(
    raw: bytes, label: str, charset: str
) -> None:
    body = declared(label).encode() + raw

    etree.Element("t").text = decode(body, f"text/xml; charset={charset}").text  # raises if not


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")))
def test_utf_8_text_comes_through_unharmed(text: str) -> None:
    assert decode(f"<a>{text.replace('&#', '')}é</a>".encode()).text == f"<a>{text.replace('&#', '')}é</a>"  # fmt: skip
