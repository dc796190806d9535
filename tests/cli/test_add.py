"""`add`: which feed is found behind a page, what is shown of it, and what it costs the server."""

import pathlib

import pytest

from tests.cli.conftest import Origin, Run
from tests.values import rss

HTML = "text/html"


def names(*paths: str) -> bytes:
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="{path}">' for path in paths
    )
    return f"<!DOCTYPE html><html><head>{links}</head><body>Hello</body></html>".encode()


def sources(folder: pathlib.Path) -> str:
    return (folder / "feeds.yaml").read_text()


def test_a12_2_a_feed_that_cannot_be_read_is_passed_over(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    origin.put("/", names("/broken.rss", "/c.rss"), HTML)
    origin.put("/broken.rss", b"<rss><channel></channel>")
    origin.stories("/c.rss", "One")

    said = run("add", origin.url("/"))

    assert said.code == 0
    assert f"also there: {origin.url('/broken.rss')}" in said.out
    assert f"- {origin.url('/c.rss')}\n" in sources(folder)


def test_of_several_feeds_the_first_is_taken_or_the_one_that_is_picked(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    origin.put("/", names("/c.rss", "/d.rss"), HTML)
    origin.stories("/c.rss", "One")
    origin.stories("/d.rss", "Two")

    said = run("add", origin.url("/"))
    assert f"1. A feed\n  {origin.url('/c.rss')}\n" in said.out
    assert f"2. A feed\n  {origin.url('/d.rss')}\n" in said.out
    assert f"added {origin.url('/c.rss')} to" in said.out

    assert run("add", origin.url("/"), "--pick", "2").code == 0
    assert origin.url("/d.rss") in sources(folder)


def test_a_number_that_is_none_of_them_adds_nothing(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    before = sources(folder)
    origin.stories("/c.rss", "One")

    said = run("add", origin.url("/c.rss"), "--pick", "2")

    assert (said.code, sources(folder)) == (2, before)
    assert "there is no feed 2" in said.err


def test_what_a_feed_looks_like_is_shown(run: Run, folder: pathlib.Path, origin: Origin) -> None:
    text = "Word after word. " * 200
    entries = [
        f"<item><title>{day}</title><link>https://n.example/{day}</link><guid>{day}</guid>"
        f"<pubDate>{day:02} Jan 2020 12:00:00 GMT</pubDate><description>{text}</description></item>"
        for day in range(1, 11)
    ]
    body = rss(*entries).replace(b"<channel>", b"<channel><language>en-gb</language>", 1)
    origin.put("/c.rss", body)

    said = run("add", "-n", origin.url("/c.rss"))

    assert "rss, 10 entries, newest " in said.out
    assert " a day, full texts, en-GB\n" in said.out


def test_a12_4_where_a_page_names_no_feed_five_addresses_are_tried_and_no_more(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    origin.put("/news/", names(), HTML)
    origin.stories("/rss.xml", "One")

    assert run("add", origin.url("/news/")).code == 0

    assert origin.asked == ["/robots.txt", "/news/", "/feed", "/atom.xml", "/rss.xml"]
    assert origin.url("/rss.xml") in sources(folder)


def test_a12_4_nothing_is_guessed_where_a_page_names_a_feed(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    origin.put("/", names("/c.rss"), HTML)
    origin.stories("/c.rss", "One")

    run("add", "-n", origin.url("/"))

    assert origin.asked == ["/robots.txt", "/", "/c.rss"]


@pytest.mark.parametrize(
    "rules", ["User-agent: *\nDisallow: /", "User-agent: aggregator\nDisallow: /n"]
)
def test_a12_5_a_page_that_robots_txt_forbids_is_not_asked_for(
    run: Run, folder: pathlib.Path, origin: Origin, rules: str
) -> None:
    origin.put("/robots.txt", rules.encode(), "text/plain")
    origin.put("/news/", names("/c.rss"), HTML)

    said = run("add", origin.url("/news/"))

    assert said.code == 2
    assert "asks robots to leave /news/ alone; if it is a feed, say --feed" in said.err
    assert origin.asked == ["/robots.txt"]


def test_a12_5_guesses_obey_robots_txt_too(run: Run, folder: pathlib.Path, origin: Origin) -> None:
    origin.put("/robots.txt", b"User-agent: *\nDisallow: /feed\nDisallow: /*.xml$", "text/plain")
    origin.put("/", names(), HTML)

    assert run("add", origin.url("/")).code == 2

    assert origin.asked == ["/robots.txt", "/"]


def test_a13_1_a_feed_that_its_reader_vouches_for_needs_no_robots_txt_for_pages(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    origin.put("/robots.txt", b"User-agent: *\nDisallow: /", "text/plain")
    origin.stories("/c.rss", "One")

    assert run("add", "--feed", origin.url("/c.rss")).code == 0

    assert origin.asked == ["/robots.txt", "/c.rss"]


@pytest.mark.parametrize("command", [("add", "--feed", "/c.rss"), ("check", "--online", "")])
def test_a13_1_whoever_names_us_is_obeyed_by_add_and_check_too(
    run: Run, folder: pathlib.Path, origin: Origin, command: tuple[str, str, str]
) -> None:
    origin.put("/robots.txt", b"User-agent: aggregator\nDisallow: /", "text/plain")
    origin.stories("/c.rss", "One")
    name, option, path = command

    said = run(name, option, *([origin.url(path)] if path else []))

    assert said.code == (2 if path else 1)
    assert "asks us to leave" in said.out + said.err
    assert origin.asked == ["/robots.txt"]


def test_a8_10_a_page_that_nests_without_end_is_refused(
    run: Run, folder: pathlib.Path, origin: Origin
) -> None:
    path = folder / "feeds.yaml"
    path.write_text(path.read_text().replace("host_spacing: 0", "host_spacing: 0, parse_cpu: 1s"))
    origin.put("/", b"<html>" + b"<div>" * 300_000, HTML)

    said = run("add", origin.url("/"))

    assert said.code == 2
    assert "hostile" in said.err
