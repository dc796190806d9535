"""Answers that say there is no document: a page for people, a line of text for readers of feeds.

Which of them is told by the address alone, never by who seems to ask (B11.5), and no page ever
answers for a feed (B7.13).
"""

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Final

from starlette.responses import PlainTextResponse, Response

from ..model import Rendering, Site
from ..publish import pages
from .conditional import cors, page_headers

_SAID: Final[Mapping[int, tuple[str, Callable[[Site], Rendering]]]] = {
    404: ("There is nothing here. The topics are at {url}", pages.render_missing_page),
    410: ("This topic is no longer published.", pages.render_gone_page),
    503: ("This cannot be made right now; please come back in a minute.", pages.render_busy_page),
}


def error(status: int, path: str, site: Site, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to a request for this path: status 404, 410 or 503."""
    text, page = _SAID[status]
    if PurePosixPath(path).suffix:
        plain = {"x-content-type-options": "nosniff", **cors(), **(headers or {})}
        return PlainTextResponse(text.format(url=site.url) + "\n", status, plain)
    return Response(page(site).body, status, {**page_headers(), **(headers or {})})
