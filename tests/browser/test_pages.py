"""The pages in a real browser: what only it can tell. Everything but this machine is out of reach."""

import http.client
import os
import pathlib
import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from lxml import html as lxml_html

pytest.importorskip("playwright")
from playwright.sync_api import Browser, Page

from aggregator.store import SqlStore
from tests.browser.chrome import chromium, confined, launched
from tests.browser.screenshots import pages_of
from tests.browser.world import lifelike
from tests.web.test_app import Server

AXE = pathlib.Path(__file__).parent / "node_modules/axe-core/axe.min.js"
NARROW, WIDE = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


def _needs(there: object, what: str) -> None:
    if not there:
        if os.environ.get("CI"):
            pytest.fail(f"CI has no {what}: the pages were not tried in a browser")
        pytest.skip(f"no {what}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = chromium()
    _needs(program, "chromium: apt-get install chromium, or name one in CHROMIUM")
    with launched(str(program)) as running:
        yield running


@pytest.fixture(scope="module")
def store(
    tmp_path_factory: pytest.TempPathFactory, _sqlite_template: pathlib.Path
) -> Iterator[SqlStore]:
    path = tmp_path_factory.mktemp("pages") / "one.db"
    shutil.copy(_sqlite_template, path)
    opened = SqlStore(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def site(store: SqlStore) -> Iterator[str]:
    """The address of a served site, full of news."""
    world = lifelike(store)
    world.forward(minutes=5)
    with Server(world) as running:
        yield f"http://127.0.0.1:{running.port}"


@pytest.fixture(scope="module")
def pages(store: SqlStore, site: str) -> dict[str, str]:
    return {name: site + path for name, path in pages_of(store).items()}


class Watched:
    """A page, and all that went wrong on it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.strayed = confined(page)
        self.said: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda wrong: self.said.append(str(wrong)))
        page.on("dialog", lambda dialog: self.said.append(f"a dialog: {dialog.message}"))


@pytest.fixture(scope="module")
def watched(browser: Browser) -> Iterator[Watched]:
    context = browser.new_context(viewport=WIDE)  # type: ignore[arg-type]
    yield Watched(context.new_page())
    context.close()


def _ask(site: str, path: str) -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=10)
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, response.getheader("content-type") or "", body


def test_every_link_from_the_front_page_on_is_alive_and_b11_2_none_leads_to_a_raw_feed(
    site: str,
) -> None:
    seen, waiting = {"/"}, ["/"]
    wrong: list[tuple[str, object]] = []
    ids: dict[str, set[str]] = {}
    fragments: set[tuple[str, str]] = set()
    while waiting:
        here = waiting.pop()
        status, kind, body = _ask(site, here)
        if status != 200:
            wrong.append((here, status))
        if not kind.startswith("text/html"):
            if not here.endswith(".opml"):
                wrong.append((here, kind))
            continue
        page = lxml_html.document_fromstring(body.decode())
        ids[here] = {str(one.get("id")) for one in page.iter() if one.get("id")}
        for href in (str(link.get("href")) for link in page.iter("a")):
            to = urlsplit(urljoin(site + here, href))
            if f"{to.scheme}://{to.netloc}" != site:
                continue
            path = to.path + (f"?{to.query}" if to.query else "")
            fragments.add((path, to.fragment))
            if path not in seen:
                seen.add(path)
                waiting.append(path)
    wrong += [(path, name) for path, name in fragments if name and name not in ids.get(path, ())]

    assert wrong == []
    assert len(seen) > 70


def test_b6_9_nothing_is_complained_of_run_or_asked_of_others(
    watched: Watched, pages: dict[str, str]
) -> None:
    found: list[tuple[str, object]] = []
    for name, url in pages.items():
        watched.said.clear()
        watched.page.goto(url)
        expected = name in ("missing", "mistake")  # the console tells of 404 and 400 themselves
        said = [text for text in watched.said if "ERR_FAILED" not in text]  # the broken picture
        if len(said) != expected:
            found.append((name, said))
    assert found == []
    assert watched.strayed == []


_OPENED = "for (const one of document.querySelectorAll('details')) one.open = true"
# What is the same on and on is judged in its first few.
_SHORTENED = """for (const one of document.querySelectorAll('.stories > article:nth-child(n + 8)'))
    one.remove()"""
_LIKE_NO_OTHER = ("front", "topic", "story", "sources", "results")  # in layout and in colours
_JUDGE = """async only => (await axe.run(document, only ? {runOnly: only} : {})).violations
    .filter(found => ['serious', 'critical'].includes(found.impact))
    .map(found => [found.id, found.nodes.slice(0, 3).map(node => node.html)])"""


def test_axe_finds_nothing_serious_in_light_and_dark_wide_and_narrow(
    watched: Watched, pages: dict[str, str]
) -> None:
    _needs(AXE.exists(), "axe-core: npm install --prefix tests/browser --no-package-lock")
    page, axe, found = watched.page, AXE.read_text("utf-8"), []
    for name, url in pages.items():
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        page.goto(url)
        page.evaluate(_OPENED)
        page.evaluate(_SHORTENED)
        page.evaluate(axe)
        found += [(name, "wide", one) for one in page.evaluate(_JUDGE, None)]
        if name not in _LIKE_NO_OTHER:
            continue
        page.emulate_media(color_scheme="dark")
        found += [(name, "dark", one) for one in page.evaluate(_JUDGE, ["color-contrast"])]
        page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        found += [(name, "narrow", one) for one in page.evaluate(_JUDGE, None)]
    page.emulate_media(color_scheme="light")
    assert found == []


def test_nothing_is_wider_than_a_narrow_screen(watched: Watched, pages: dict[str, str]) -> None:
    page = watched.page
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    wide: list[tuple[str, Any]] = []
    for name, url in pages.items():
        page.goto(url)
        page.evaluate(_OPENED)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > NARROW["width"]:
            wide.append((name, width))
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    assert wide == []


def test_times_among_the_sources_are_not_broken_on_a_screen_between(
    watched: Watched, pages: dict[str, str]
) -> None:
    page = watched.page
    page.goto(pages["sources"])
    found: list[tuple[int, Any]] = []
    for width in (650, 720, 840, 960):
        page.set_viewport_size({"width": width, "height": 900})
        wide, high = page.evaluate("""[document.documentElement.scrollWidth,
            Math.max(...[...document.querySelectorAll('.sources td:last-child small')]
                .map(time => time.getBoundingClientRect().height))]""")
        if wide > width or high > 30:  # a second line
            found.append((width, (wide, high)))
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    assert found == []


def test_the_keyboard_reaches_the_content_first_and_what_has_the_focus_is_seen(
    watched: Watched, pages: dict[str, str]
) -> None:
    page = watched.page
    page.goto(pages["topic"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_one_click_marks_the_address_of_a_feed(watched: Watched, pages: dict[str, str]) -> None:
    watched.page.goto(pages["topic"])

    watched.page.click("#follow code >> nth=0")

    marked = watched.page.evaluate("getSelection().toString()")
    assert marked == "https://news.example.org/topics/floods.atom"


def test_everything_works_without_javascript(
    browser: Browser, pages: dict[str, str], site: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    confined(page)

    page.goto(pages["topic"])
    page.locator("article details summary").first.click()
    assert page.locator("article details code").first.is_visible()
    page.get_by_role("link", name="Search").click()
    page.get_by_role("searchbox").fill("barge")
    page.get_by_role("button", name="Search").click()
    assert page.locator("article.result").count() == 2
    page.locator("article.result a[href*=stories]").last.click()
    assert page.get_by_role("heading", name="Reported by 6 outlets").is_visible()
    context.close()
