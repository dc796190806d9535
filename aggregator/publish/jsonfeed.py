"""JSON Feed 1.1, the twin of the Atom feed (B8.2)."""

import json
from typing import Any, Final

from ..model import FeedEntry, Rendering, TopicFeed
from .atom import link_relations, stamp
from .media import picture_of, type_of
from .words import summary_text, with_outlets

JSON_TYPE: Final = "application/feed+json"
VERSION: Final = "https://jsonfeed.org/version/1.1"


def render_json(feed: TopicFeed) -> Rendering:
    """The feed as JSON Feed 1.1."""
    document = {
        "version": VERSION,
        "title": feed.title,
        "home_page_url": feed.page_url,
        "feed_url": f"{feed.site.url}{feed.current}.json" if feed.current else feed.url("json"),
        "description": feed.description or feed.title,
        "language": feed.site.lang,
        "authors": [{"name": feed.site.title, "url": feed.site.url}],
        **({"hubs": [{"type": "WebSub", "url": hub} for hub in feed.hubs]} if feed.hubs else {}),
        **({"next_url": f"{feed.site.url}{feed.older}.json"} if feed.older else {}),
        "items": [_item(entry) for entry in feed.entries],
    }
    body = json.dumps(document, ensure_ascii=False, indent=1).encode()
    return Rendering(f"{feed.path}.json", JSON_TYPE, body, link_relations(feed, "json"))


def _item(entry: FeedEntry) -> dict[str, Any]:
    source, picture = entry.source, picture_of(entry)
    item: dict[str, Any] = {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "content_html": with_outlets(entry) if entry.html else None,
        "content_text": None if entry.html else summary_text(entry),
        "summary": summary_text(entry),
        "image": picture.url if picture else None,
        "date_published": stamp(entry.published),
        "date_modified": stamp(entry.updated),
        "authors": [{"name": name} for name in entry.authors],
        "tags": list(
            dict.fromkeys(
                [title for _, title in entry.topics]
                + [category.label or category.term for category in entry.categories]
            )
        ),
        "language": entry.lang,
        "attachments": [
            _without_nothing(
                {
                    "url": media.url,
                    "mime_type": type_of(media) or "application/octet-stream",
                    "title": media.title,
                    "size_in_bytes": media.length,
                    "duration_in_seconds": media.duration,
                }
            )
            for media in entry.media
            if media.enclosure
        ],
        "_source": _without_nothing(
            {
                "id": source.id,
                "title": source.title,
                "feed_url": source.self_url,
                "home_page_url": source.site_url,
            }
        ),
        "_outlets": [
            _without_nothing({"name": outlet.name, "url": outlet.url}) for outlet in entry.outlets
        ],
    }
    return _without_nothing(item)


def _without_nothing(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None and value != []}
