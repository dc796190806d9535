"""robots.txt: whom it means, and what it forbids."""

import time

import pytest

from aggregator.polling.robots import allows, names_us, robots_text

PAGE = "https://a.example/news/today.html?x=1"


def rules(*lines: str) -> str:
    return "\n".join(lines)


FOR_ALL = rules("User-agent: *", "Disallow: /news")
FOR_US = rules("User-agent: *", "Disallow:", "", "User-Agent: Aggregator", "Disallow: /news/")
FOR_ANOTHER = rules("User-agent: aggregatorbot", "User-agent: gator", "Disallow: /")


@pytest.mark.parametrize(
    ("text", "page", "feed"),
    [
        ("", True, True),
        (FOR_ALL, False, True),
        (FOR_US, False, False),
        (FOR_ANOTHER, True, True),
        (rules("User-agent: aggregator", "Disallow: /", "Allow: /news"), True, True),
        (rules("User-agent: aggregator/1.0", "Disallow: /*.html"), False, False),
        (rules("User-agent: aggregator", "Allow: /", "User-agent: *", "Disallow: /"), True, True),
        (rules("User-agent: other", "User-agent: aggregator", "Disallow: /"), False, False),
        (rules("user-agent:aggregator # us", "disallow:/news/today.html?x=1$"), False, False),
        (rules("Disallow: /"), True, True),
        ("<html><body>Not found</body></html>", True, True),
    ],
)
def test_a12_5_a13_1_pages_obey_rules_for_all_and_feeds_those_that_name_us(
    text: str, page: bool, feed: bool
) -> None:
    assert allows(text, PAGE, everyone=True) is page
    assert allows(text, PAGE, everyone=False) is feed


@pytest.mark.parametrize(
    ("text", "named"), [(FOR_ALL, False), (FOR_US, True), (FOR_ANOTHER, False), ("", False)]
)
def test_a13_1_a_group_names_us_by_our_whole_name(text: str, named: bool) -> None:
    assert names_us(text) is named


def test_a12_5_lines_end_in_any_way_and_a_mark_may_stand_before_them() -> None:
    body = b"\xef\xbb\xbfUser-agent: aggregator\r\nDisallow: /\rUser-agent: x\n"

    assert not allows(robots_text(body), PAGE, everyone=False)


def test_a12_5_of_a_robots_txt_without_end_the_first_500_kib_are_read() -> None:
    text = robots_text(b"#" * (500 << 10) + b"\nUser-agent: *\nDisallow: /\n")

    assert allows(text, PAGE, everyone=True)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "".join(f"User-agent: a{n}\n" for n in range(20_000)) + "Disallow: /x\n" * 10_000,
            id="many robots",
        ),
        pytest.param("User-agent: *\nDisallow: /" + "*a" * 200_000 + "b", id="many stars"),
        pytest.param("User-agent: *\n" + "Disallow: /*a*b$\n" * 20_000, id="many rules"),
        pytest.param("user-agent" + " " * 400_000 + "x", id="blanks"),
    ],
)
def test_a12_5_a_flood_of_rules_is_read_in_linear_time(text: str) -> None:
    began = time.process_time()

    allows(robots_text(text.encode()), PAGE + "a" * 2000, everyone=True)

    assert time.process_time() - began < 10  # quadratic would take minutes
