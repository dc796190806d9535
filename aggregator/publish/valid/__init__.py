"""Is a document fit to be published (B7.15)? Asked of every one that is rendered, so quick."""

from collections.abc import Callable, Mapping
from typing import Final

from ...model import Rendering
from . import atom, json_feed, page, rss
from .xml import LONGEST, complaints_of_opml, complaints_of_xml

__all__ = ["LONGEST", "complaints"]

_CHECKS: Final[Mapping[str, Callable[[bytes], list[str]]]] = {
    "application/atom+xml": atom.complaints,
    "application/rss+xml": rss.complaints,
    "application/feed+json": json_feed.complaints,
    "application/opensearchdescription+xml": complaints_of_xml,
    "text/x-opml": complaints_of_opml,
    "text/html": page.complaints,
}


def complaints(rendering: Rendering) -> list[str]:
    """What is wrong with a document, in words; nothing when it may be published."""
    check = _CHECKS.get(rendering.content_type.partition(";")[0])
    return [] if check is None else check(rendering.body)
