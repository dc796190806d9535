"""Pictures, sound and films of an entry."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ..model import Media, MediaKind
from .xml import CAPTION_KEY

MOST_PARTS: Final = 50  # media, authors, categories of one entry


def media_of(entry: Any) -> tuple[Media, ...]:
    """Enclosures first, then media:content, media:thumbnail and the entry's image."""
    credit = next(
        (c.get("content") for c in entry.get("media_credit", ()) if c.get("content")), None
    )
    caption = entry.get(CAPTION_KEY)
    caption = caption if isinstance(caption, str) else None
    found = [
        _medium(link, "href", None, None, enclosure=True)
        for link in entry.get("links", ())
        if link.get("rel") == "enclosure"
    ]
    found += [_medium(media, "url", caption, credit) for media in entry.get("media_content", ())]
    found += [
        _medium({"type": "image/*", **media}, "url", caption, credit)
        for media in entry.get("media_thumbnail", ())
    ]
    if (image := entry.get("image")) and image.get("href"):
        found.append(_medium({"type": "image/*", "href": image["href"]}, "href", None, None))
    duration = _seconds(entry.get("itunes_duration"))
    by_url: dict[str, Media] = {}
    for media in found:
        if media is not None and media.url not in by_url:
            lasts = media.enclosure and media.duration is None and media.kind != "image"
            by_url[media.url] = replace(media, duration=duration) if lasts else media
    return tuple(by_url.values())[:MOST_PARTS]


def _medium(
    given: Mapping[str, Any],
    key: str,
    caption: str | None,
    credit: str | None,
    enclosure: bool = False,
) -> Media | None:
    url = given.get(key)
    if not url:
        return None
    type_ = str(given.get("type") or "").lower() or None
    kind = media_kind(type_, given.get("medium"), url)
    return Media(
        url=str(url),
        type=type_ if type_ and "*" not in type_ else None,
        kind=kind,
        length=number(given.get("length") or given.get("filesize")),
        width=number(given.get("width")),
        height=number(given.get("height")),
        duration=_seconds(given.get("duration")),
        title=caption,
        credit=credit,
        enclosure=enclosure,
    )


_PICTURE: Final = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:$|[?#])", re.IGNORECASE)


def media_kind(type_: str | None, medium: str | None, url: str) -> MediaKind:
    """What a medium is to the eye or ear, by its type, its `medium`, or its name."""
    for said in (medium, (type_ or "").partition("/")[0]):
        match said:
            case "image" | "audio" | "video":
                return said
    return "image" if not type_ and _PICTURE.search(url) else "other"


def number(text: Any) -> int | None:
    """A whole number of at most fifteen digits; None for anything else."""
    text = str(text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 16 else None


def _seconds(text: Any) -> int | None:
    """A length of time as `3600`, `60:00` or `1:00:00`."""
    parts = str(text or "").strip().split(":")
    if not 1 <= len(parts) <= 3 or not all(re.fullmatch(r"\d{1,6}", part) for part in parts):
        return None
    seconds = 0
    for part in parts:
        seconds = seconds * 60 + int(part)
    return seconds or None
