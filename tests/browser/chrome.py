"""A real browser, Debian's chromium driven by playwright, that can reach nothing but this machine."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.browser.world import PICTURES

_SCENE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"
height="{height}"><rect width="100%" height="100%" fill="hsl({hue} 45% 70%)"/><circle cx="70%" cy="30%"
r="12%" fill="hsl({hue} 80% 88%)"/><path d="M0 {low}L{third} {high}L{half} {low}L{most} {high}L{width} {low}V{height}H0z"
fill="hsl({hue} 35% 35%)"/></svg>"""


def chromium() -> str | None:
    """`playwright install` downloads from elsewhere; `apt-get install chromium` does not."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


@contextlib.contextmanager
def launched(program: str) -> Iterator[Browser]:
    """The browser, until the block ends."""
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        running = playwright.chromium.launch(executable_path=program, args=flags)
        try:
            yield running
        finally:
            running.close()


def confined(page: Page) -> list[str]:
    """Let a page reach this machine alone. Pictures of others are drawn here, but one that is
    broken; what else was asked for is in the list.
    """
    strayed: list[str] = []

    def answer(route: Route) -> None:
        url = route.request.url
        if urlsplit(url).hostname == "127.0.0.1":
            route.continue_()
        elif url.startswith(PICTURES) and "broken" not in url:
            route.fulfill(body=_scene(url), content_type="image/svg+xml")
        else:
            if not url.startswith(PICTURES):
                strayed.append(url)
            route.abort()

    page.route("**/*", answer)
    return strayed


def _scene(url: str) -> str:
    width, height = (800, 1400) if "tall" in url else (1200, 800)
    hue = sum(map(ord, url)) * 37 % 360
    return _SCENE.format(
        width=width, height=height, hue=hue, low=height * 3 // 4, high=height // 2,
        third=width // 3, half=width // 2, most=width * 3 // 4,
    )  # fmt: skip
