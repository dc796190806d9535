"""JSON Feed 1.0 and 1.1, by our own small reader (A9.6): feedparser has none."""

import json
import re
from typing import Any, Final

from ..model import Category, FeedInfo, Media, ParsedEntry, ParsedFeed, ParsedText
from ..text.titles import title_text
from ..text.urls import absolute
from ..text.words import one_line, shorten
from .dates import parse_date
from .languages import language
from .media import MOST_PARTS, media_kind
from .refusals import Hostile, NotAFeed
from .scan import MAX_DEPTH, MAX_ENTRIES

_VERSION: Final = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/1", re.IGNORECASE)
_STRUCTURE: Final = re.compile(r'"(?:[^"\\]|\\.?)*+(?:"|\Z)|([\[{])|([\]}])', re.DOTALL)


def parse_json(text: str, url: str) -> ParsedFeed:
    """The JSON Feed in `text`, which came from `url`.

    Raises NotAFeed, and Hostile for nesting past MAX_DEPTH.
    """
    _refuse_depth(text)
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise NotAFeed(f"begins like JSON, but is broken: {wrong}") from None
    items = feed.get("items")
    if not isinstance(items, list) or not _VERSION.match(_str(feed.get("version")) or ""):
        raise NotAFeed("JSON, but no JSON Feed 1.0 or 1.1 (its version or items are missing)")
    authors = _authors(feed)
    notes = (
        (f"more than {MAX_ENTRIES} entries; the rest was left out",)
        if len(items) > MAX_ENTRIES
        else ()
    )
    lang = language(_str(feed.get("language")))
    return ParsedFeed(
        kind="json",
        info=FeedInfo(
            title=shorten(title_text(_str(feed.get("title")) or "", html=False), 200),
            self_url=absolute(_str(feed.get("feed_url")) or "", url),
            site_url=absolute(_str(feed.get("home_page_url")) or "", url),
            lang=lang,
            author=shorten(one_line(authors[0]), 200) if authors else None,
            icon=absolute(_str(feed.get("icon") or feed.get("favicon")) or "", url),
        ),
        hubs=_hubs(feed, url),
        topic=_str(feed.get("feed_url")),
        entries=tuple(_entry(item, url) for item in items[:MAX_ENTRIES] if isinstance(item, dict)),
        complete=feed.get("expired") is True,
        notes=notes,
    )


def _refuse_depth(text: str) -> None:
    depth = 0
    for found in _STRUCTURE.finditer(text):
        depth += bool(found[1]) - bool(found[2])
        if depth > MAX_DEPTH:
            raise Hostile(f"JSON nested more than {MAX_DEPTH} deep")


def _str(value: Any) -> str | None:
    """A string; a number where a string belongs is read as one, as ids often are."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def _entry(item: dict[str, Any], url: str) -> ParsedEntry:
    html, plain = _str(item.get("content_html")), _str(item.get("content_text"))
    content = ParsedText(html) if html else ParsedText(plain, html=False) if plain else None
    summary, title = _str(item.get("summary")), _str(item.get("title"))
    tags = item.get("tags")
    return ParsedEntry(
        id=_str(item.get("id")) or None,
        link=_str(item.get("url")) or _str(item.get("external_url")),
        base=url,
        title=ParsedText(title, html=False) if title else None,
        summary=ParsedText(summary, html=False) if summary else None,
        content=content,
        authors=_authors(item),
        categories=tuple(
            Category(tag) for tag in tags[:MOST_PARTS] if isinstance(tag, str) and tag.strip()
        )
        if isinstance(tags, list)
        else (),
        media=_media(item),
        lang=language(_str(item.get("language"))),
        published=parse_date(_str(item.get("date_published"))),
        updated=parse_date(_str(item.get("date_modified"))),
    )


def _authors(thing: dict[str, Any]) -> tuple[str, ...]:
    many = thing.get("authors")
    found = many if many and isinstance(many, list) else [thing.get("author")]
    names = [_str(author.get("name")) for author in found if isinstance(author, dict)]
    return tuple(dict.fromkeys(name for name in names if name))[:MOST_PARTS]


def _hubs(feed: dict[str, Any], url: str) -> tuple[str, ...]:
    given = feed.get("hubs")
    said = (
        absolute(_str(hub.get("url")) or "", url)
        for hub in (given[:MOST_PARTS] if isinstance(given, list) else ())
        if isinstance(hub, dict) and (_str(hub.get("type")) or "").lower() == "websub"
    )
    return tuple(dict.fromkeys(hub for hub in said if hub))


def _media(item: dict[str, Any]) -> tuple[Media, ...]:
    found: list[Media] = []
    attachments = item.get("attachments")
    for given in attachments if isinstance(attachments, list) else []:
        if isinstance(given, dict) and (address := _str(given.get("url"))):
            type_ = (_str(given.get("mime_type")) or "").lower() or None
            found.append(
                Media(
                    url=address,
                    type=type_,
                    kind=media_kind(type_, None, address),
                    length=_whole(given.get("size_in_bytes")),
                    duration=_whole(given.get("duration_in_seconds")),
                    title=_str(given.get("title")),
                    enclosure=True,
                )
            )
    pictures = (_str(item.get(key)) for key in ("image", "banner_image"))
    found += [Media(url=address, kind="image") for address in pictures if address]
    by_url: dict[str, Media] = {}
    for media in found:
        by_url.setdefault(media.url, media)
    return tuple(by_url.values())[:MOST_PARTS]


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 < value < 1e15 else None
