"""XML feeds: what feedparser found in them, as values."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from ..model import (
    Category,
    FeedInfo,
    FeedKind,
    ParsedEntry,
    ParsedFeed,
    ParsedText,
)
from ..text.html import clean_html, visible_text
from ..text.titles import title_text
from ..text.urls import absolute, is_absolute_uri
from ..text.words import one_line, shorten
from .dates import parse_date
from .languages import language
from .media import MOST_PARTS, media_of, number
from .refusals import NotAFeed
from .scan import MAX_ENTRIES, Scan
from .xml import read_xml

_MAIL: Final = re.compile(r"[<(]?\s*(?:mailto:)?[^\s<>()@,;]+@[^\s<>()@,;]+\s*[>)]?")
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
_MOST_LINKS: Final = 100
_XHTML_TYPES: Final = frozenset(("application/xhtml+xml", "xhtml"))
_HTML_TYPES: Final = frozenset(("text/html", "html")) | _XHTML_TYPES

# What an address may answer instead; of its own words none are shown (A7.9).
_ELSE: Final = {
    "html": "a page",
    "opml": "a list of feeds, for `aggregator import`",
    "sitemapindex": "a list of sitemaps",
    "svg": "a picture",
    "urlset": "a sitemap",
}


def parse_xml(scanned: Scan, url: str) -> ParsedFeed:
    """The feed in a scanned document that came from `url`. Raises NotAFeed."""
    result = read_xml(scanned, url)
    broken = result.get("bozo_exception")
    fault = scanned.fault or one_line(str(broken or "")).removeprefix("<unknown>:")
    # expat may have given up before it counted them all.
    entries = [_entry(entry, result.version) for entry in result.entries[:MAX_ENTRIES]]
    kind = next((kind for start, kind in _KINDS.items() if result.version.startswith(start)), None)
    if kind is None and not entries:
        what = _ELSE.get(scanned.root, "something else")
        raise NotAFeed(f"no RSS, Atom or JSON feed but {what}")
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
        complete=str(feed.get("itunes_complete") or "").strip().lower() == "yes",
        hubs=_hubs(feed, url),
        topic=next(_linked(feed, "self"), None),
        notes=tuple(notes),
    )


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
        media=media_of(entry),
        lang=_lang(entry, content, summary, title),
        published=_date(entry, "published") or _date(entry, "created"),
        updated=_date(entry, "updated"),
        comments=entry.get("comments"),
        rights=entry.get("rights"),
        origin=_info(source, None) if source else None,
        withheld=_is_withheld(entry),
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
    return tuple(dict.fromkeys(name for one in said if (name := _person(one))))[:MOST_PARTS]


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
    return tuple(dict.fromkeys(found))[:MOST_PARTS]


def _is_withheld(thing: Any) -> bool:
    """Does it ask not to be republished (A13.2): by an access:restriction, whatever its prefix, or
    by itunes:block? A wish not to be indexed needs nothing: none of our pages are.
    """
    restrictions = (value for key, value in thing.items() if key.endswith("_restriction"))
    return thing.get("itunes_block") == 1 or any(
        isinstance(given, Mapping) and str(given.get("relationship", "")).lower() == "deny"
        for given in restrictions
    )


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
        withheld=_is_withheld(feed),
        icon=absolute(str(icon or ""), url),
        moved_to=absolute(one_line(str(feed.get("itunes_new-feed-url") or "")), url),
    )


def _linked(feed: Any, rel: str) -> Iterator[str]:
    for link in feed.get("links", ())[:_MOST_LINKS]:
        if rel in str(link.get("rel", "")).lower().split() and link.get("href"):
            yield str(link["href"])


def _hubs(feed: Any, url: str) -> tuple[str, ...]:
    said = (absolute(href, url) for href in _linked(feed, "hub"))
    return tuple(dict.fromkeys(hub for hub in said if hub))


def _rights(rights: Any) -> str | None:
    return shorten(one_line(visible_text(clean_html(str(rights)))), 300) or None if rights else None


def _ttl(feed: Any) -> dt.timedelta | None:
    """The longer of RSS's ttl (minutes) and mod_syndication's period over frequency (A3.5)."""
    hints = []
    if minutes := number(feed.get("ttl")):
        hints.append(dt.timedelta(minutes=min(minutes, 60 * 24 * 365)))
    period = str(feed.get("sy_updateperiod") or "").strip().lower()
    frequency = number(feed.get("sy_updatefrequency"))
    if period in _PERIODS or frequency:
        hints.append(_PERIODS.get(period, _PERIODS["daily"]) / (frequency or 1))
    return max(hints, default=None)


def _hours(said: Iterable[str]) -> tuple[int, ...]:
    hours = {int(hour) % 24 for hour in said if re.fullmatch(r"\d{1,2}", hour) and int(hour) <= 24}
    return tuple(sorted(hours)) if len(hours) < 24 else ()


def _days(said: Iterable[str]) -> tuple[int, ...]:
    days = {_DAYS.index(day.lower()) for day in said if day.lower() in _DAYS}
    return tuple(sorted(days)) if len(days) < 7 else ()
