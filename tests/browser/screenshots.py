"""Pictures of every kind of page at two widths, in light and dark, to be looked at by a person:

scripts/screenshots FOLDER [NAME…]
"""

import pathlib
import sys
import tempfile

from playwright.sync_api import FloatRect, Page

from aggregator.publish.ids import story_path
from aggregator.store import SqlStore
from tests.browser.chrome import chromium, confined, launched
from tests.browser.world import lifelike
from tests.web.test_app import Server

WIDTHS = (360, 1280)
PAPER = 720


def pages_of(store: SqlStore) -> dict[str, str]:
    """A name and a path for each kind of page."""
    stories = {story.articles[0].title: story for _, story in store.all_stories()}
    told = max(stories.values(), key=lambda story: len(story.articles))
    arabic = next(story for title, story in stories.items() if "فيضان" in title)
    return {
        "front": "/",
        "topic": "/topics/floods",
        "empty": "/topics/eclipse",
        "hostile": "/topics/manners",
        "story": f"/{story_path(told.id)}",
        "arabic": f"/{story_path(arabic.id)}",
        "sources": "/sources",
        "search": "/search",
        "results": "/search?q=bridge%20OR%20%E6%B4%AA%E6%B0%B4",
        "mistake": "/search?q=%22flood%20AND%20(",
        "about": "/about",
        "missing": "/nothing/here",
    }


def main(folder: pathlib.Path, wanted: list[str]) -> None:
    """Write NAME-WIDTH-SCHEME.png for each page, and NAME-print.png."""
    folder.mkdir(parents=True, exist_ok=True)
    program = chromium()
    if program is None:
        sys.exit("no chromium: apt-get install chromium, or name one in CHROMIUM")
    with tempfile.TemporaryDirectory() as place, launched(program) as browser:
        store = SqlStore(f"sqlite:///{place}/demo.db")
        world = lifelike(store)
        world.forward(minutes=5)
        with Server(world) as server:
            page = browser.new_page()
            confined(page)
            for name, path in pages_of(store).items():
                if wanted and name not in wanted:
                    continue
                page.goto(f"http://127.0.0.1:{server.port}{path}")
                for width in WIDTHS:
                    page.set_viewport_size({"width": width, "height": 900})
                    for scheme in ("light", "dark"):
                        page.emulate_media(color_scheme=scheme)
                        page.evaluate("for (const i of document.images) i.loading = 'eager'")
                        page.wait_for_load_state("networkidle")
                        whole = folder / f"{name}-{width}-{scheme}.png"
                        page.screenshot(path=whole, full_page=True, clip=_first(page, width))
                page.set_viewport_size({"width": PAPER, "height": 900})
                page.emulate_media(media="print", color_scheme="light")
                whole = folder / f"{name}-print.png"
                page.screenshot(path=whole, full_page=True, clip=_first(page, PAPER))
                page.emulate_media(media="screen")
        store.close()


def _first(page: Page, width: int) -> FloatRect:
    height = page.evaluate("document.documentElement.scrollHeight")
    return {"x": 0, "y": 0, "width": width, "height": min(height, 2600)}


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2:])
