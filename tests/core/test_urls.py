"""Addresses: made absolute, and the form that two addresses of one page share."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.urls import (
    MAX_URL,
    absolute,
    host_of,
    is_absolute_uri,
    same_id_form,
    same_page_form,
    site_of,
)
from tests.conftest import SHARED

PAGE = "https://a.example/news/today?x=1#top"
CASES = SHARED / "data" / "urls" / "url_cases.jsonl"

# Texts that look like addresses, or did once.
HOSTILE = st.lists(
    st.sampled_from(
        """
        http:// https:// // / a.example bücher.example www. [::1] 127.0.0.1 : @ user:pw@ ? & = # % %ff
        %C3%A9 %00 %zz é .. . ; \\ | { } < > " ' ` ^ ~ ! $ , + utm_source=x ?url= redirect url
        http%3A%2F%2F index.html amp.html .cdn.ampproject.org youtu.be/ javascript: data: mailto:
        tag: \x00 \t \n \ud800 ＠ ß
        """.split(" ")
    ),
    max_size=12,
).map("".join)


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        pytest.param("https://b.example/x", "https://b.example/x", id="absolute"),
        pytest.param("//b.example/x", "https://b.example/x", id="without a scheme"),
        pytest.param("/x", "https://a.example/x", id="from the root"),
        pytest.param("x.png", "https://a.example/news/x.png", id="beside the page"),
        pytest.param("../x", "https://a.example/x", id="above the page"),
        pytest.param("?y=2", "https://a.example/news/today?y=2", id="a query"),
        pytest.param("#end", "https://a.example/news/today?x=1#end", id="a fragment"),
        pytest.param("  /x\n", "https://a.example/x", id="blanks around it"),
        pytest.param("/a\tb\nc", "https://a.example/abc", id="a line break inside it"),
        pytest.param("HTTPS://B.EXAMPLE:443/X", "https://b.example/X", id="capitals, default port"),
        pytest.param("https://b.example", "https://b.example/", id="a bare host"),
        pytest.param(
            "https://bücher.example/", "https://xn--bcher-kva.example/", id="a host in IDN"
        ),
        pytest.param("/é ü", "https://a.example/%C3%A9%20%C3%BC", id="letters and blanks"),
        pytest.param("/?q=[a]|b", "https://a.example/?q=%5Ba%5D%7Cb", id="what RFC 3986 forbids"),
        pytest.param("/100%", "https://a.example/100%25", id="a lone per cent sign"),
        pytest.param("/%41%2f", "https://a.example/%41%2f", id="escapes stay as written"),
        pytest.param("/x#a#b", "https://a.example/x#a%23b", id="two fragments"),
        pytest.param("https:\\\\b.example\\x", "https://b.example/x", id="backslashes"),
        pytest.param("https://[2001:db8::1]/x", "https://[2001:db8::1]/x", id="IPv6"),
    ],
)
def test_an_address_is_made_absolute_as_an_ascii_uri(url: str, meant: str) -> None:
    assert absolute(url, PAGE) == meant


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "java\tscript:alert(1)",
        " JaVaScRiPt:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "mailto:a@b.example",
        "tel:+123",
        "magnet:?xt=x",
        "ftp://a.example/",
        "file:///etc/passwd",
        "feed://a.example/",
        "tag:a.example,2026:1",
        "",
        "   ",
        "http://",
        "http://a b/",
        "http://[::1",
        "http://a.example:99999/",
        "http://\ud800.example/",
        'http://a"b.example/',
        "http://{host}/",
        "https://a.example/" + "x" * MAX_URL,
    ],
)
def test_what_is_no_web_address_is_none(url: str) -> None:
    assert absolute(url, PAGE) is None


def test_a_relative_address_without_a_base_is_none() -> None:
    assert absolute("/x") is None


def test_a_relative_address_on_a_base_that_is_none_is_none() -> None:
    assert absolute("/x", "not a base") is None


def test_b6_3_user_name_and_password_are_dropped() -> None:
    assert absolute("https://user:secret@b.example/x") == "https://b.example/x"


@given(HOSTILE, st.sampled_from([None, PAGE, "https://b.example", "nonsense"]))
def test_whatever_is_given_an_address_is_ascii_and_http_or_none(url: str, base: str | None) -> None:
    made = absolute(url, base)

    assert made is None or (made.isascii() and made.startswith(("http://", "https://")))


@given(HOSTILE)
def test_an_absolute_address_is_its_own_absolute_address(url: str) -> None:
    made = absolute(url, PAGE)

    assert made is None or absolute(made) == made


@given(HOSTILE)
def test_an_absolute_address_may_stand_as_an_id_unless_its_host_is_a_number(url: str) -> None:
    made = absolute(url, PAGE)

    assert made is None or is_absolute_uri(made) or "[" in made


@pytest.mark.parametrize(
    "uri",
    [
        "https://a.example/x?y=1#z",
        "HTTP://a.example",
        "tag:a.example,2026:1",
        "urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a",
        "a:b",
        "x-y.z+1:%41",
    ],
)
def test_an_absolute_uri_is_one(uri: str) -> None:
    assert is_absolute_uri(uri)


@pytest.mark.parametrize(
    "text",
    ["", "1234", ":x", "x:", "1:2", "a b:c", "tag:a b", "tag:é", "a:%zz", "a:b#c#d", "tag:a\n",
     "http://", "https://[::1", "/x", "//a.example/", "?p=1"],
)  # fmt: skip
def test_what_is_no_absolute_uri_is_none(text: str) -> None:
    assert not is_absolute_uri(text)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://News.A.example:8443/x", "news.a.example"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("not an address", ""),
        ("", ""),
    ],
)
def test_the_host_of_an_address(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("host", "site"),
    [
        pytest.param("feeds.bbci.co.uk", "bbci.co.uk", id="under a suffix of two parts"),
        pytest.param("www.a.example", "a.example", id="www"),
        pytest.param("a.example", "a.example", id="the domain itself"),
        pytest.param("one.blogspot.com", "one.blogspot.com", id="a blog farm's tenants differ"),
        pytest.param("localhost", "localhost", id="a name alone"),
        pytest.param("com", "com", id="a suffix alone"),
        pytest.param("127.0.0.1", "127.0.0.1", id="IPv4"),
        pytest.param("[2001:db8::1]", "[2001:db8::1]", id="IPv6"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a8_8_hosts_of_one_registrable_domain_are_one_site(host: str, site: str) -> None:
    assert site_of(host) == site


# --- the form that two addresses of one page share -----------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("http://a.example/x", "https://www.a.example/x/", id="scheme, www, slash"),
        pytest.param("https://m.a.example/x", "https://a.example/x", id="mobile"),
        pytest.param("https://a.example/x/amp", "https://a.example/x", id="amp"),
        pytest.param("https://a.example/x?utm_source=rss&utm_medium=f", "https://a.example/x", id="utm"),
        pytest.param("https://a.example/x?fbclid=1&p=2", "https://a.example/x?p=2", id="fbclid"),
        pytest.param("https://a.example/x?a=1&b=2", "https://a.example/x?b=2&a=1", id="order"),
        pytest.param("https://a.example/x?a=1&amp;b=2", "https://a.example/x?a=1&b=2", id="&amp;"),
        pytest.param("https://a.example/x#top", "https://a.example/x", id="fragment"),
        pytest.param("https://a.example/x#:~:text=y", "https://a.example/x", id="text fragment"),
        pytest.param("https://a.example/x.html", "https://a.example/x", id="extension"),
        pytest.param("https://a.example/x/index.php", "https://a.example/x/", id="index page"),
        pytest.param("https://a.example//x", "https://a.example/x", id="double slash"),
        pytest.param("https://a.example/%7Ex", "https://a.example/~x", id="needless escapes"),
        pytest.param("https://a.example/é", "https://a.example/%c3%a9", id="escaped letters"),
        pytest.param("https://A.EXAMPLE.:443/x", "https://a.example/x", id="host spellings"),
        pytest.param("https://a.example/x;jsessionid=1A2B", "https://a.example/x", id="session"),
        pytest.param("https://youtu.be/abc?si=z", "https://www.youtube.com/watch?v=abc", id="video"),
        pytest.param(
            "https://out.example/redirect?url=https%3A%2F%2Fa.example%2Fx%3Fp%3D1",
            "https://a.example/x?p=1",
            id="a redirector that names its target",
        ),
        pytest.param(
            "https://a-example.cdn.ampproject.org/c/s/a.example/x", "https://a.example/x", id="amp cache"
        ),
    ],
)  # fmt: skip
def test_two_addresses_of_one_page_have_one_form(one: str, other: str) -> None:
    assert same_page_form(one) == same_page_form(other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("https://a.example/?p=1", "https://a.example/?p=2", id="a number in the query"),
        pytest.param("https://a.example/x", "https://a.example/X", id="capitals in the path"),
        pytest.param("https://a.example/1", "https://b.example/1", id="another host"),
        pytest.param("https://a.example/x", "https://a.example:8080/x", id="another port"),
        pytest.param("https://a.example/x#item573", "https://a.example/x#item574", id="named anchors"),
        pytest.param("https://a.example/#!/1", "https://a.example/#!/2", id="routes in fragments"),
        pytest.param("https://a.example/%2541", "https://a.example/%41", id="escaped twice"),
        pytest.param("https://a.example/%e9", "https://a.example/%e8", id="escapes that are no UTF-8"),
    ],
)  # fmt: skip
def test_two_pages_have_two_forms(one: str, other: str) -> None:
    assert same_page_form(one) != same_page_form(other)


@pytest.mark.parametrize("url", ["", "x", "/x", "mailto:a@b.example", "tag:a,2026:1", "http://"])
def test_what_is_no_web_address_has_no_form(url: str) -> None:
    assert same_page_form(url) is None


@pytest.mark.parametrize("url", ["https://a.example/", "http://www.a.example/index.html"])
def test_the_form_of_a_home_page_has_no_path(url: str) -> None:
    assert same_page_form(url) == "a.example"


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/caf%e9",
        "https://a.example/x?q=caf%e9",
        "https://a.example/%ed%a0%80",
        "https://a.example/redirect?url=%ff",
    ],
)
def test_escapes_that_are_no_utf_8_have_a_form_that_can_be_stored(url: str) -> None:
    form = same_page_form(url)

    assert form is not None
    assert form.encode().decode() == form


@given(HOSTILE)
def test_any_text_has_a_form_or_none_and_never_an_error(url: str) -> None:
    form = same_page_form(url)

    assert form is None or form.encode()


@given(st.sampled_from("acemnz"), st.integers(10, 99), st.lists(st.sampled_from(
    ["utm_source=x", "utm_campaign=y", "fbclid=1", "gclid=2", "mc_cid=3", "xtor=4"]), max_size=4))  # fmt: skip
def test_trackers_in_any_number_change_no_form(word: str, page: int, trackers: list[str]) -> None:
    url = f"https://a.example/{word}?page={page}"

    assert same_page_form("&".join([url, *trackers])) == same_page_form(url)


def cases() -> list[dict[str, Any]]:
    if not CASES.exists():
        pytest.skip("the shared data are not here")
    rows = [json.loads(line) for line in CASES.read_text("utf-8").splitlines()]
    return [row for row in rows if row["string_decidable"]]


def test_of_the_measured_pairs_no_two_pages_are_taken_for_one() -> None:
    wrong = [
        row["id"]
        for row in cases()
        if not row["same"] and same_page_form(row["a"]) == same_page_form(row["b"]) is not None
    ]

    assert wrong == []


def test_of_the_measured_pairs_at_least_four_in_five_are_recognised() -> None:
    same = [row for row in cases() if row["same"]]
    found = [
        row for row in same if same_page_form(row["a"]) == same_page_form(row["b"]) is not None
    ]

    assert len(found) / len(same) >= 0.80


# --- the form of ids -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "flipped",
    [
        "https://a.example/?p=1",
        "http://www.a.example/?p=1",
        "HTTPS://WWW.a.example/?p=1",
        "http://a.example/?p=1&utm_source=rss",
        "http://a.example/?utm_medium=feed&p=1",
    ],
)
def test_a11_3_an_id_survives_https_www_and_trackers(flipped: str) -> None:
    assert same_id_form(flipped) == same_id_form("http://a.example/?p=1")


@pytest.mark.parametrize(
    "other",
    [
        "http://a.example/?p=2",
        "http://a.example/?P=1",
        "http://a.example/?p=1#2",
        "http://a.example/?p=1/",
        "http://b.example/?p=1",
        "tag:a.example/?p=1",
    ],
)
def test_a11_3_apart_from_that_ids_are_compared_byte_for_byte(other: str) -> None:
    assert same_id_form(other) != same_id_form("http://a.example/?p=1")


@pytest.mark.parametrize("entry_id", ["1234", "tag:a,2026:1", "www.a.example/1", "", "  x ", "é"])
def test_an_id_that_is_no_web_address_is_its_own_form(entry_id: str) -> None:
    assert same_id_form(entry_id) == entry_id
