"""An entry as the feed said it, to an article any string of which may be published (law 4)."""

import datetime as dt
import hashlib
import json
import re
from dataclasses import replace
from html import escape, unescape
from typing import Final

from ..model import Article, Category, FeedInfo, Media, ParsedEntry, ParsedFeed, ParsedText
from ..text.html import clean_html, is_beacon, shorten_html, visible_text
from ..text.substance import steady
from ..text.titles import title_text
from ..text.urls import absolute, host_of, is_absolute_uri, same_page_form, site_of
from ..text.words import in_reading_order, one_line, shorten
from .languages import language

MAX_TEXT: Final = 1 << 20  # characters of one text of an entry
MAX_TITLE: Final = 300
MAX_SUMMARY: Final = 500
_EARLIEST: Final = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
_SLACK: Final = dt.timedelta(minutes=10)  # a clock may be ahead so far (A11.2)
_MEDIA_TYPE: Final = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+\-]*")
_FIRST_IMAGE: Final = re.compile(r'<img\b[^<>]*?\ssrc="([^"]+)"[^<>]*>')
_ALT: Final = re.compile(r'\salt="([^"]*)"')


def articles_of(feed: ParsedFeed, source: str, url: str, now: dt.datetime) -> list[Article]:
    """Every entry of a document as an article. `url`: where it came from; `now`: when."""
    return [to_article(entry, feed, source, url, now) for entry in feed.entries]


def to_article(
    entry: ParsedEntry, feed: ParsedFeed, source: str, url: str, now: dt.datetime
) -> Article:
    """One entry made safe: clean HTML, plain texts, absolute addresses, sane dates."""
    link = absolute(entry.link or "", entry.base or url)
    base = _base(entry, feed, link, url)
    html = _html(entry.content, base, url)
    summary_html = _html(entry.summary, base, url)
    summary = visible_text(summary_html)
    text = visible_text(html) if html else summary
    if html and summary and summary[:80] not in text:
        text = f"{summary}\n{text}"
    text = in_reading_order(text)  # its words are quoted, one beside another
    published, updated = _dates(entry, now)
    withheld = entry.withheld or feed.info.withheld
    dated = published if _sane(entry.published, now) or _sane(entry.updated, now) else None
    title = _title(entry.title, text, link or url, dated)
    return Article(
        source=source,
        entry_id=_entry_id(entry, link),
        declared_id=one_line(entry.id)[:1000] or None if entry.id else None,
        url=link,
        title=title,
        summary=shorten(one_line(summary or text), MAX_SUMMARY),
        html=shorten_html(html or summary_html, link),
        text=text,
        first_seen_at=now.replace(microsecond=0),
        published=published,
        updated=updated,
        digest=_digest(entry, link, withheld=withheld),
        authors=_authors(entry, feed),
        categories=tuple(_category(category) for category in entry.categories),
        media=_media(entry, base, html or summary_html),
        lang=language(entry.lang)
        or (entry.origin.lang if entry.origin else None)
        or feed.info.lang,
        comments=absolute(entry.comments or "", base),
        rights=shorten(one_line(title_text(entry.rights)), 300) or None if entry.rights else None,
        origin=_origin(entry.origin),
        withheld=withheld,
        at_home=_at_home(entry, link, feed.info, url),
    )


def _entry_id(entry: ParsedEntry, link: str | None) -> str:
    """What tells this entry from the others of its source (A11.3)."""
    if entry.id and (said := one_line(entry.id)):
        return said if len(said) <= 500 else _sha(said)
    return link or _sha(_value(entry.title), _value(entry.summary), _value(entry.content))


def _base(entry: ParsedEntry, feed: ParsedFeed, link: str | None, url: str) -> str:
    """What relative addresses are relative to (A11.7)."""
    if entry.base and entry.base != url and (said := absolute(entry.base, url)):
        return said
    return link or feed.info.site_url or url


def _value(text: ParsedText | None) -> str:
    return text.value if text else ""


def _html(text: ParsedText | None, base: str, url: str) -> str:
    if text is None:
        return ""
    value = text.value[:MAX_TEXT]
    if text.html:
        own = absolute(text.base, base) if text.base and text.base != url else None
        return clean_html(value, own or base)
    paragraphs = re.split(r"\n\s*\n", value.strip())
    return clean_html(
        "".join(f"<p>{escape(one_line(p), quote=False)}</p>" for p in paragraphs if p)
    )


def _title(title: ParsedText | None, text: str, url: str, dated: dt.datetime | None) -> str:
    """Never empty (B4.1): else the first words of the text, else the host and the date; not the
    moment of the poll, which is another for every poller.
    """
    said = title_text(title.value[:MAX_TEXT], html=title.html) if title else ""
    if not said and text:
        said = shorten(one_line(text), 80)
    if not said:
        said = f"{host_of(url)}, {dated:%Y-%m-%d %H:%M}" if dated else host_of(url)
    return shorten(said, MAX_TITLE)


def _dates(entry: ParsedEntry, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """The effective dates: what the feed says where that is sane, else now (A11.2, B3.2)."""
    now = now.replace(microsecond=0)
    published = _sane(entry.published, now) or _sane(entry.updated, now) or now
    return published, max(published, _sane(entry.updated, now) or published)


def _sane(moment: dt.datetime | None, now: dt.datetime) -> dt.datetime | None:
    if moment is None or not _EARLIEST <= moment <= now + _SLACK:
        return None
    return min(moment, now)


def _authors(entry: ParsedEntry, feed: ParsedFeed) -> tuple[str, ...]:
    """Entry, else atom:source, else feed: feedparser leaves inheritance to us (A9.8)."""
    said = entry.authors
    if not said and entry.origin and entry.origin.author:
        said = (entry.origin.author,)
    if not said and feed.info.author:
        said = (feed.info.author,)
    names = (shorten(title_text(name[:1000]), 100) for name in said)
    return tuple(dict.fromkeys(name for name in names if name))


def _category(category: Category) -> Category:
    scheme = one_line(category.scheme or "")
    return Category(
        term=shorten(title_text(category.term[:1000]), 100) or "-",
        scheme=scheme if is_absolute_uri(scheme) and len(scheme) <= 200 else None,
        label=shorten(title_text(category.label[:1000]), 100) or None if category.label else None,
    )


def _media(entry: ParsedEntry, base: str, html: str) -> tuple[Media, ...]:
    kept: dict[str, Media] = {}
    for media in entry.media:
        if (safe := _medium(media, base)) is not None:
            kept.setdefault(safe.url, safe)
    if not any(media.kind == "image" for media in kept.values()) and (
        found := _FIRST_IMAGE.search(html)
    ):
        alt = _ALT.search(found[0])
        picture = Media(unescape(found[1]), kind="image", title=alt[1] if alt else None)
        if (safe := _medium(picture, base)) is not None:
            kept.setdefault(safe.url, safe)
    return tuple(kept.values())


def _medium(media: Media, base: str) -> Media | None:
    url = absolute(media.url, base)
    tiny = any(size is not None and size <= 2 for size in (media.width, media.height))
    if url is None or is_beacon(url) or tiny:
        return None
    return replace(
        media,
        url=url,
        type=media.type if media.type and _MEDIA_TYPE.fullmatch(media.type) else None,
        title=shorten(title_text(media.title[:2000]), 300) or None if media.title else None,
        credit=shorten(title_text(media.credit[:2000]), 200) or None if media.credit else None,
    )


def _at_home(entry: ParsedEntry, link: str | None, info: FeedInfo, url: str) -> bool:
    """Is the entry's page, or its id where it has none, of the site of its feed (B2.5)? What a
    feed says of its site is believed: who lies is on a par with who does not, no more.
    """
    here = {site_of(host_of(one or "")) for one in (url, info.self_url, info.site_url)}
    return site_of(host_of(link or entry.id or "")) in here - {""}


def _origin(origin: FeedInfo | None) -> FeedInfo | None:
    """Where the entry was first published, when it says enough to be named (B10.6)."""
    if origin is None or not origin.title or not (origin.id or origin.self_url or origin.site_url):
        return None
    return origin


def _digest(entry: ParsedEntry, link: str | None, *, withheld: bool) -> str:
    """Of everything the source wrote but dates: a feed that stamps now into each entry, a token
    into each address, or counts its comments, has not written anything new (B3.4).
    """
    return _sha(
        steady(_value(entry.title)),
        steady(_value(entry.summary)),
        steady(_value(entry.content)),
        same_page_form(link or "") or "",
        *entry.authors,
        *(category.term for category in entry.categories),
        *(media.url.partition("?")[0] for media in entry.media),
        *(("withheld",) if withheld else ()),
    )


def _sha(*parts: str) -> str:
    said = json.dumps(parts).encode()
    return hashlib.sha256(said).hexdigest()
