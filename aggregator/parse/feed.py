"""XML feeds. The only module that knows feedparser.

feedparser gets a stream of bytes in UTF-8 that says so, never a string (it would open files and
addresses, A9.4), with its sanitiser and its URL resolver off: both are done once, later, by us.
"""

import datetime as dt
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import feedparser

from ..model import (
    Category,
    FeedInfo,
    FeedKind,
    Media,
    MediaKind,
    ParsedEntry,
    ParsedFeed,
    ParsedText,
)
from ..text.html import clean_html, title_text, visible_text
from ..text.urls import absolute, is_absolute_uri
from ..text.words import one_line, shorten
from .dates import parse_date
from .languages import language
from .refusals import NotAFeed
from .scan import MAX_ENTRIES, Scan

# feedparser takes a picture's title and description for the entry's own: under other names it
# hands them over as they are.
_CAPTIONS: Final = re.compile(  # without attributes, for which it would lose their text
    r"""(</?media:)(title|description|text|keywords|category)\b(?:[^<>"']|"[^"<]*"|'[^'<]*')*?(/?>)"""
)
_CAPTION_KEY: Final = "media_xdescription"
# It takes the owner of a podcast for its author, who then is forgotten.
_OWNER: Final = re.compile(r"(</?itunes:)(owner\b)")
# Elements in the wrong place, or empty, that make it raise; nothing of theirs is wanted.
_TRIPPING: Final = re.compile(
    r"(</?(?:\w+:)?)(?=(?:textInput|license|chapters?|where|point|line|polygon|box|pos|posList|"
    r"width|height)\b)",
    re.IGNORECASE,
)
# Text that is valid UTF-8 when read as ISO 8859-1 is "repaired" by feedparser (A10.5); moved into
# the private use area it is not, and comes back unharmed.
_LOOKS_DOUBLE: Final = re.compile("[\u00c2-\u00f4][\u0080-\u00bf]")
_LOW_REFERENCE: Final = re.compile(r"&#(?:[xX]0*(?P<hex>[89a-fA-F][0-9a-fA-F])|0*(?P<dec>\d{3}));")
_ASIDE: Final = {code: 0xF700 + code for code in range(0x80, 0x100)}
# A mail address ends in four letters at most, feedparser thinks, and what is left is the name; to
# find none in a long text takes it the square of the length.
_PEOPLE: Final = re.compile(
    r"(<(?:author|managingEditor|webMaster|(?:dc:|itunes:)(?:creator|author|publisher))\b[^<>]*>"
    r"(?:\s*<!\[CDATA\[)?)((?:(?!\]\]>)[^<])+)"
)
_MOST_OF_A_PERSON: Final = 1000  # characters
_PARTIAL: Final = re.compile(r"&[^;]{0,30}\Z")
_AT: Final = "\uf740"
_BACK: Final = {aside: code for code, aside in _ASIDE.items()} | {ord(_AT): ord("@")}
_OCCUPIED: Final = re.compile("[\uf740\uf780-\uf7ff]")
_MAIL: Final = re.compile(r"[<(]?\s*(?:mailto:)?[^\s<>()@,;]+@[^\s<>()@,;]+\s*[>)]?")
_ENTITY: Final = re.compile(r"&([^\s#&;]+);")
_KINDS: Final[dict[str, FeedKind]] = {
    "atom": "atom",
    "rss10": "rdf",
    "rss090": "rdf",
    "rss": "rss",
}
_PERIODS: Final = {
    "hourly": dt.timedelta(hours=1),
    "daily": dt.timedelta(days=1),
    "weekly": dt.timedelta(days=7),
    "monthly": dt.timedelta(days=30),
    "yearly": dt.timedelta(days=365),
}
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_XHTML_TYPES: Final = frozenset(("application/xhtml+xml", "xhtml"))
_HTML_TYPES: Final = frozenset(("text/html", "html")) | _XHTML_TYPES
_MOST_PARTS: Final = 50  # authors, categories, media of one entry


def parse_xml(scanned: Scan, url: str) -> ParsedFeed:
    """The feed in a scanned document that came from `url`. Raises NotAFeed."""
    body = _LOW_REFERENCE.sub(_character, scanned.body) if "&#" in scanned.body else scanned.body
    if scanned.entities:  # feedparser knows the simplest of them alone
        known = dict(scanned.entities)
        body = _ENTITY.sub(lambda entity: known.get(entity[1], entity[0]), body)
    aside = 0
    if not _OCCUPIED.search(body):
        if _LOOKS_DOUBLE.search(body):
            body, aside = body.translate(_ASIDE), 1
        if "@" in body:
            body, mails = _PEOPLE.subn(lambda m: m[1] + m[2].replace("@", _AT), body)
            aside += mails
    body = _PEOPLE.sub(_short, body)
    if "media:" in body:
        body = _CAPTIONS.sub(r"\1x\2\3", body)
    if "itunes:owner" in body:
        body = _OWNER.sub(r"\1x\2", body)
    read = _read(body, url)
    result = _back(read) if aside else read
    broken = result.get("bozo_exception")
    fault = scanned.fault or one_line(str(broken or "")).removeprefix("<unknown>:")
    # expat may have given up before it counted them all.
    entries = [_entry(entry, result.version) for entry in result.entries[:MAX_ENTRIES]]
    kind = next((kind for start, kind in _KINDS.items() if result.version.startswith(start)), None)
    if kind is None and not entries:
        raise NotAFeed(f"no RSS, Atom or JSON feed; it begins {one_line(body[:60])!r}")
    if fault and not any(map(_is_something, entries)):
        # Guessed out of broken XML, and nothing came of it (A9.5).
        raise NotAFeed(f"broken XML (line {fault}) and no entry that can be read")
    if len(scanned.ids) == len(entries):
        entries = [
            replace(entry, id=id_) if id_ else entry
            for entry, id_ in zip(entries, scanned.ids, strict=True)
        ]
    notes = [f"not well-formed: line {shorten(fault, 200)}"] if fault else []
    if scanned.cut or len(result.entries) > MAX_ENTRIES:
        notes.append(f"more than {MAX_ENTRIES} entries; the rest was left out")
    feed = result.feed
    return ParsedFeed(
        kind=kind or ("cdf" if scanned.root == "channel" else "rss"),
        info=_info(feed, url),
        entries=tuple(entries),
        ttl=_ttl(feed),
        skip_hours=_hours(scanned.skip_hours),
        skip_days=_days(scanned.skip_days),
        notes=tuple(notes),
    )


def _read(body: str, url: str) -> Any:
    """What feedparser makes of it; without what it trips over when it does."""
    fault: Exception | None = None
    for second in (False, True):
        body = _TRIPPING.sub(r"\1x", body) if second else body
        document = f'<?xml version="1.0" encoding="utf-8"?>{body}'
        try:
            return feedparser.parse(
                io.BytesIO(document.encode("utf-8")),
                response_headers={
                    "content-type": "application/xml; charset=utf-8",
                    "content-location": url,
                },
                sanitize_html=False,
                resolve_relative_uris=False,
            )
        except Exception as wrong:  # noqa: BLE001 - whatever it raises, parsing does not
            fault = wrong
    raise NotAFeed(f"feedparser cannot read it: {type(fault).__name__}: {fault}")


def _short(person: re.Match[str]) -> str:
    if len(person[2]) <= _MOST_OF_A_PERSON:
        return person[0]
    return person[1] + _PARTIAL.sub("", person[2][:_MOST_OF_A_PERSON])


def _character(reference: re.Match[str]) -> str:
    code = int(reference["hex"], 16) if reference["hex"] else int(reference["dec"])
    # C1 controls stay references: as characters they would be mapped twice.
    return chr(code) if 0xA0 <= code <= 0xFF else reference[0]


def _back(value: Any) -> Any:
    """Feedparser's result with the text that was put aside in its place again."""
    match value:
        case str():
            return value.translate(_BACK)
        case Mapping():
            copy = feedparser.FeedParserDict()
            items: Any = dict.items(value)  # type: ignore[arg-type]  # a dict subclass
            for key, inner in items:
                dict.__setitem__(copy, key, _back(inner))
            return copy
        case list():
            return [_back(inner) for inner in value]
        case _:
            return value


def _is_something(entry: ParsedEntry) -> bool:
    return bool((entry.id or entry.link) and (entry.title or entry.summary or entry.content))


def _entry(entry: Any, version: str) -> ParsedEntry:
    atom = version.startswith("atom")
    contents = [part for part in entry.get("content", ()) if part.get("value")]
    content = max(contents, key=lambda part: len(part["value"]), default=None)
    summary = entry.get("summary_detail")
    if summary is not None and content is not None and summary.get("value") == content["value"]:
        summary = None
    if summary is None and content is None and entry.get("summary"):
        summary = {"value": entry["summary"], "type": "text/html"}
    title = entry.get("title_detail")
    source = entry.get("source")
    return ParsedEntry(
        id=entry.get("id") or None,
        link=_link(entry),
        base=_base(content, summary, title),
        title=_text(title, atom),
        summary=_text(summary, atom),
        content=_text(content, atom),
        authors=_authors(entry),
        categories=_categories(entry),
        media=_media(entry),
        lang=_lang(entry, content, summary, title),
        published=_date(entry, "published") or _date(entry, "created"),
        updated=_date(entry, "updated"),
        comments=entry.get("comments"),
        rights=entry.get("rights"),
        origin=_info(source, None) if source else None,
    )


def _text(detail: Any, atom: bool) -> ParsedText | None:
    if not detail or not detail.get("value"):
        return None
    kind = str(detail.get("type", "")).lower()
    value = detail["value"]
    if kind in _XHTML_TYPES:  # feedparser makes <br></br> of <br/>, which HTML reads as two
        value = value.replace("</br>", "")
    return ParsedText(
        value=value,
        # In Atom text is text; in RSS nobody knows, and most of it is HTML.
        html=not atom or kind in _HTML_TYPES,
        base=detail.get("base") or None,
        lang=language(detail.get("language")),
    )


def _base(*details: Any) -> str | None:
    return next((d["base"] for d in details if d and d.get("base")), None)


def _lang(entry: Any, *details: Any) -> str | None:
    return language(entry.get("language")) or next(
        (found for d in details if d and (found := language(d.get("language")))), None
    )


def _link(entry: Any) -> str | None:
    """The page of an entry: its alternate link, RSS's link, a guid that is one."""
    for link in entry.get("links", ()):
        if link.get("rel") == "alternate" and link.get("href") and "html" in link.get("type", ""):
            return str(link["href"])
    link = entry.get("link") or next(
        (link.get("href") for link in entry.get("links", ()) if link.get("rel") == "alternate"),
        None,
    )
    return str(link) if link else None


def _date(entry: Any, key: str) -> dt.datetime | None:
    # Only when present: asking for `updated` makes feedparser warn and answer `published`.
    if not dict.__contains__(entry, key):
        return None
    return parse_date(dict.__getitem__(entry, key), dict.get(entry, f"{key}_parsed"))


def _authors(thing: Any) -> tuple[str, ...]:
    """Names; never a mail address."""
    said = [author.get("name") or "" for author in thing.get("authors", ())]
    if not any(said):
        said = [thing.get("author") or ""]
    return tuple(dict.fromkeys(name for one in said if (name := _person(one))))[:_MOST_PARTS]


def _person(said: str) -> str:
    """The name in `mail (name)`, `name <mail>` or `name`; "" for a mail address alone.

    >>> _person("jane@news.example (Jane Doe)"), _person("Jane Doe <jane@news.example>")
    ('Jane Doe', 'Jane Doe')
    """
    left, mails = _MAIL.subn(" ", said)
    if mails and (found := re.search(r"\(([^()]+)\)", left)):
        return found[1].strip()
    return left.strip(" ,;<>()") if mails else said


def _categories(entry: Any) -> tuple[Category, ...]:
    found = (
        Category(tag["term"], tag.get("scheme"), tag.get("label"))
        for tag in entry.get("tags", ())
        if tag.get("term")
    )
    return tuple(dict.fromkeys(found))[:_MOST_PARTS]


def _media(entry: Any) -> tuple[Media, ...]:
    """Enclosures first, then media:content, media:thumbnail and the entry's image."""
    credit = next(
        (c.get("content") for c in entry.get("media_credit", ()) if c.get("content")), None
    )
    caption = entry.get(_CAPTION_KEY)
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
    return tuple(by_url.values())[:_MOST_PARTS]


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
        length=_number(given.get("length") or given.get("filesize")),
        width=_number(given.get("width")),
        height=_number(given.get("height")),
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


def _number(text: Any) -> int | None:
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


def _info(feed: Any, url: str | None) -> FeedInfo:
    """What a feed says of itself, made safe."""
    links = feed.get("links", ())

    def link(rel: str) -> str | None:
        return next((link.get("href") for link in links if link.get("rel") == rel), None)

    site = next(
        (
            one.get("href")
            for one in links
            if one.get("rel") == "alternate" and "html" in one.get("type", "")
        ),
        None,
    ) or feed.get("link")
    title = (feed.get("title_detail") or {}).get("value") or feed.get("title") or ""
    authors = _authors(feed)
    id_ = one_line(str(feed.get("id") or ""))
    icon = feed.get("icon") or (feed.get("image") or {}).get("href") or feed.get("logo")
    return FeedInfo(
        title=shorten(title_text(str(title)), 200),
        id=id_ if is_absolute_uri(id_) and len(id_) <= 200 else None,
        self_url=absolute(str(link("self") or feed.get("href") or ""), url),
        site_url=absolute(str(site or ""), url),
        lang=language(feed.get("language") or (feed.get("title_detail") or {}).get("language")),
        author=shorten(one_line(title_text(authors[0])), 200) if authors else None,
        rights=_rights(feed.get("rights")),
        icon=absolute(str(icon or ""), url),
    )


def _rights(rights: Any) -> str | None:
    return shorten(one_line(visible_text(clean_html(str(rights)))), 300) or None if rights else None


def _ttl(feed: Any) -> dt.timedelta | None:
    """The longer of RSS's ttl (minutes) and mod_syndication's period over frequency (A3.5)."""
    hints = []
    if minutes := _number(feed.get("ttl")):
        hints.append(dt.timedelta(minutes=min(minutes, 60 * 24 * 365)))
    period = str(feed.get("sy_updateperiod") or "").strip().lower()
    frequency = _number(feed.get("sy_updatefrequency"))
    if period in _PERIODS or frequency:
        hints.append(_PERIODS.get(period, _PERIODS["daily"]) / (frequency or 1))
    return max(hints, default=None)


def _hours(said: Iterable[str]) -> tuple[int, ...]:
    hours = {int(hour) % 24 for hour in said if re.fullmatch(r"\d{1,2}", hour) and int(hour) <= 24}
    return tuple(sorted(hours)) if len(hours) < 24 else ()


def _days(said: Iterable[str]) -> tuple[int, ...]:
    days = {_DAYS.index(day.lower()) for day in said if day.lower() in _DAYS}
    return tuple(sorted(days)) if len(days) < 7 else ()
