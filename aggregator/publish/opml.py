"""OPML 2.0: the sources, and our own topics (B8.4)."""

import datetime as dt
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from dataclasses import replace
from email.utils import format_datetime
from typing import Final

from ..model import Blocklist, FeedInfo, Rendering, Site, Source, Topic
from .desk import is_blocked_feed
from .feed import topic_path

OPML_TYPE: Final = "text/x-opml; charset=utf-8"


def render_sources(
    site: Site,
    sources: Iterable[Source],
    infos: Mapping[str, FeedInfo],
    created: dt.datetime | None = None,
    topic: Topic | None = None,
) -> Rendering:
    """The list of sources, all or those of a topic. User names and passwords are not in a Source's
    address (A7.6). `created`: when the list first was there, which no rendering changes.
    """
    outlines = []
    for source in sources:
        info = infos.get(source.key, FeedInfo())
        title = source.title or info.title or source.key
        outlines.append(_outline(title, source.url, info.site_url, info.lang))
    title = f"{topic.title if topic else site.title}: sources"
    path = f"{topic_path(topic.key)}.opml" if topic else "sources.opml"
    return _rendered(path, title, outlines, created)


def listed(
    sources: Iterable[Source], infos: Mapping[str, FeedInfo], blocklist: Blocklist
) -> list[Source]:
    """Those that may be named in public: not the feed of a blocked site, on whatever host."""
    return [
        source
        for source in sources
        if not is_blocked_feed(
            replace(infos.get(source.key, FeedInfo()), self_url=source.url), blocklist
        )
    ]


def render_topics(
    site: Site, topics: Iterable[Topic], created: dt.datetime | None = None
) -> Rendering:
    """Our topic feeds, to subscribe to them all."""
    return _rendered(
        "topics.opml",
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
        created,
    )


def _outline(title: str, url: str, home: str | None, lang: str | None) -> ET.Element:
    attributes = {"type": "rss", "text": title, "title": title, "xmlUrl": url}
    if home:
        attributes["htmlUrl"] = home
    if lang:
        attributes["language"] = lang
    return ET.Element("outline", attributes)


def _rendered(
    path: str, title: str, outlines: list[ET.Element], created: dt.datetime | None
) -> Rendering:
    opml = ET.Element("opml", version="2.0")
    head = ET.SubElement(opml, "head")
    ET.SubElement(head, "title").text = title
    if created is not None:
        ET.SubElement(head, "dateCreated").text = format_datetime(created, usegmt=True)
    ET.SubElement(opml, "body").extend(outlines)
    ET.indent(opml)
    body = (
        b'<?xml version="1.0" encoding="utf-8"?>\n'
        + ET.tostring(opml, "utf-8").split(b"?>\n", 1)[-1]
    )
    return Rendering(path, OPML_TYPE, body + b"\n")
