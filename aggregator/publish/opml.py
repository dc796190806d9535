"""OPML 2.0: the sources, and our own topics (B8.4)."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from typing import Final

from ..model import FeedInfo, Rendering, Site, Source, Topic
from .feed import topic_path

OPML_TYPE: Final = "text/x-opml; charset=utf-8"


def render_sources(
    site: Site, sources: Iterable[Source], infos: Mapping[str, FeedInfo], path: str = "sources.opml"
) -> Rendering:
    """The list of sources. User names and passwords are not in a Source's address (A7.6)."""
    outlines = []
    for source in sources:
        info = infos.get(source.key, FeedInfo())
        title = source.title or info.title or source.key
        outlines.append(_outline(title, source.url, info.site_url, info.lang))
    return _rendered(path, f"{site.title}: sources", outlines)


def render_topics(site: Site, topics: Iterable[Topic], path: str = "topics.opml") -> Rendering:
    """Our topic feeds, to subscribe to them all."""
    return _rendered(
        path,
        f"{site.title}: topics",
        [
            _outline(
                topic.title,
                f"{site.url}{topic_path(topic.key)}.atom",
                f"{site.url}{topic_path(topic.key)}",
                site.lang,
            )
            for topic in topics
        ],
    )


def _outline(title: str, url: str, home: str | None, lang: str | None) -> ET.Element:
    attributes = {"type": "rss", "text": title, "title": title, "xmlUrl": url}
    if home:
        attributes["htmlUrl"] = home
    if lang:
        attributes["language"] = lang
    return ET.Element("outline", attributes)


def _rendered(path: str, title: str, outlines: list[ET.Element]) -> Rendering:
    opml = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(opml, "head"), "title").text = title
    ET.SubElement(opml, "body").extend(outlines)
    ET.indent(opml)
    body = (
        b'<?xml version="1.0" encoding="utf-8"?>\n'
        + ET.tostring(opml, "utf-8").split(b"?>\n", 1)[-1]
    )
    return Rendering(path, OPML_TYPE, body + b"\n")
