"""Which pictures, sounds and films of an entry are published: one rule for every format."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Final

from ..model import FeedEntry, Media, MediaKind

_WIDE: Final = 400  # pixels: what is known to be narrower is a thumbnail
# Types by the ending of the address, for feeds that name none. No table of the system's: the same
# store gives the same bytes everywhere.
_TYPES: Final = {
    "avif": "image/avif", "gif": "image/gif", "jpeg": "image/jpeg", "jpg": "image/jpeg",
    "png": "image/png", "webp": "image/webp",
    "aac": "audio/aac", "flac": "audio/flac", "m4a": "audio/mp4", "mp3": "audio/mpeg",
    "oga": "audio/ogg", "ogg": "audio/ogg", "opus": "audio/ogg", "wav": "audio/wav",
    "m4v": "video/mp4", "mov": "video/quicktime", "mp4": "video/mp4", "webm": "video/webm",
    "epub": "application/epub+zip", "pdf": "application/pdf",
}  # fmt: skip


def picture_of(entry: FeedEntry) -> Media | None:
    """The picture of an entry: the first, but https before http, which pages do not load (B6.9),
    and thumbnails last.
    """
    pictures = (media for media in entry.media if media.kind == "image")
    return min(pictures, key=_rank, default=None)


def _rank(picture: Media) -> tuple[bool, bool]:
    small = picture.width is not None and picture.width < _WIDE
    return not picture.url.startswith("https://"), small


def enclosures(entry: FeedEntry) -> Sequence[Media]:
    """What the source attached, and the entry's picture where the text does not show it already;
    with a type wherever one can be known.
    """
    attached = [media for media in entry.media if media.enclosure]
    picture = picture_of(entry)
    if picture is not None and not picture.enclosure and not _is_shown(picture, entry.html or ""):
        attached.append(picture)
    return [media if media.type else replace(media, type=type_of(media)) for media in attached]


def _is_shown(picture: Media, html: str) -> bool:
    return f'src="{escape(picture.url, quote=False)}"' in html


def type_of(media: Media) -> str | None:
    """The media type, as its source says or its address shows; None when neither does.

    >>> type_of(Media("https://a.example/p.JPG?w=640")), type_of(Media("https://a.example/p"))
    ('image/jpeg', None)
    """
    name = media.url.partition("?")[0].partition("#")[0].rpartition("/")[2]
    return media.type or _TYPES.get(name.rpartition(".")[2].lower())


def first_enclosure(entry: FeedEntry) -> Media | None:
    """The one enclosure an item of RSS may have, which must have a type: sound or film before
    anything else.
    """
    order: dict[MediaKind, int] = {"audio": 0, "video": 0}
    typed = (media for media in enclosures(entry) if media.type)
    return min(typed, key=lambda media: order.get(media.kind, 1), default=None)


def duration_of(entry: FeedEntry) -> int | None:
    """How many seconds the entry's sound or film takes: that of its first one."""
    timed = (media for media in entry.media if media.enclosure and media.kind != "image")
    return next((media.duration for media in timed if media.duration), None)
