"""What crawlers are told (B8.5): RFC 9309."""

from typing import Final
from urllib.parse import urlsplit

from ..model import Rendering, Site

PATH: Final = "robots.txt"
TYPE: Final = "text/plain; charset=utf-8"


def render_robots(site: Site) -> Rendering:
    """Everything may be read, feeds and archives above all, but the searches, of which there is no
    end. Pages that repeat the words of others say themselves that they are for no index (B10.4):
    who may not read them would never know.
    """
    base = urlsplit(site.url).path
    endless = "".join(f"Disallow: {base}search{form}?\n" for form in ("", ".atom", ".rss", ".json"))
    return Rendering(PATH, TYPE, f"User-agent: *\n{endless}Allow: {base}\n".encode())
