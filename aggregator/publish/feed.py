"""What a topic's feed holds: the window, the lead of each story, its outlets (B1.12, B2, B10)."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from ..model import (
    ALL_TOPIC,
    Admitted,
    Article,
    Blocklist,
    FeedEntry,
    FeedInfo,
    Outlet,
    Site,
    Story,
    Topic,
    TopicFeed,
)
from ..text.html import clean_html, is_clean, without_loading
from .desk import (
    Desk,
    is_blocked_address,
    shown_articles,
    source_info,
)
from .ids import feed_id

WINDOW: Final = dt.timedelta(days=14)
BEGINNING: Final = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)  # where there is no entry
LEAST_ENTRIES: Final = 50
MOST_ENTRIES: Final = 200
# Clean HTML in which there is nothing to read, see or hear; readers would show it, not the summary.
_EMPTY: Final = re.compile(r"(?:\s|&nbsp;|<(?!img|audio|video)[^<>]*>)*")
_HTML_BUDGET: Final = 384 * 1024  # bytes of full text in one document, newest first
_MOST_BESIDE: Final = 4096  # bytes of what stands beside the words of one entry


def topic_path(key: str) -> str:
    """Where a topic is published, without an ending."""
    return ALL_TOPIC if key == ALL_TOPIC else f"topics/{key}"


def all_topic(site: Site) -> Topic:
    """The topic every story has."""
    return Topic(ALL_TOPIC, f"{site.title}: all stories", "Every story of every source")


def topic_feed(
    topic: Topic, admitted: Sequence[Admitted], desk: Desk, changed_at: dt.datetime, least: int = 0
) -> TopicFeed:
    """The feed of a topic out of its newest admissions.

    `changed_at`: when the set of its stories last changed by anything but an admission; `least`:
    how many of the newest, as they are given, no archive holds yet (B5.1). The window is counted
    back from the newest admission, not from the clock (law 5).
    """
    nowhere_else = {one.story.id for one in admitted[:least]}
    entries = entries_of(topic, admitted, desk)
    size = window_size([entry.admitted_at for entry in entries], least)
    shown = [one for n, one in enumerate(entries) if n < size or one.id in nowhere_else]
    entries = _within_budget(shown)
    moments = [changed_at, *(max(entry.updated, entry.admitted_at) for entry in entries)]
    return feed_of(topic, desk, entries, max(moments))


def entries_of(topic: Topic, admitted: Iterable[Admitted], desk: Desk) -> list[FeedEntry]:
    """Those of the stories that may be published, as entries of the topic, newest first."""
    return [
        entry
        for one in sorted(admitted, key=_newest_first)
        if (entry := entry_of(one, desk, topic.key)) is not None
    ]


def feed_of(
    topic: Topic, desk: Desk, entries: Iterable[FeedEntry], updated: dt.datetime
) -> TopicFeed:
    """A document of a topic's feed with these entries."""
    path = topic_path(topic.key)
    return TopicFeed(
        key=topic.key,
        id=feed_id(topic, desk.site.id),
        title=topic.title,
        description=topic.description,
        updated=updated,
        site=desk.site,
        path=path,
        page_url=desk.site.url + ("" if topic.key == ALL_TOPIC else path),
        entries=tuple(entries),
        hubs=desk.site.hubs,
    )


def _newest_first(one: Admitted) -> tuple[float, float, str]:
    """By admission, lest a window by date of publication lose late posts (B1.13); what came
    together by its own date; and always the same.
    """
    return -one.admitted_at.timestamp(), -one.story.published.timestamp(), one.story.id


def window_size(newest_first: Sequence[dt.datetime], least: int = 0) -> int:
    """How many entries admitted at these moments a feed shows: those of the last 14 days, at least
    50, and all that no archive holds, which is `least`, at most 200 (B1.12); perhaps more than
    there are.
    """
    if not newest_first:
        return LEAST_ENTRIES
    since = newest_first[0] - WINDOW
    recent = sum(moment >= since for moment in newest_first)
    return min(max(recent, LEAST_ENTRIES, least), MOST_ENTRIES)


def _within_budget(newest_first: Iterable[FeedEntry]) -> list[FeedEntry]:
    """Full texts as long as they fit; then summaries: content goes before entries do (B1.12)."""
    kept, size = [], 0
    for entry in newest_first:
        size += len((entry.html or "").encode())
        kept.append(entry if size <= _HTML_BUDGET else replace(entry, html=None))
    return kept


def lead_of(story: Story, desk: Desk) -> Article:
    """The article that readers are shown of a story; of one that is shown to nobody, the one that
    would be.
    """
    shown = shown_articles(story, desk)
    return replace(story, articles=shown or story.articles).lead(desk.priority)


def entry_of(one: Admitted, desk: Desk, topic: str = ALL_TOPIC) -> FeedEntry | None:
    """One story as an entry of a topic's feed; None when nothing of it may be published."""
    articles = shown_articles(one.story, desk)
    if not articles:
        return None
    lead = lead_of(one.story, desk)
    source = desk.sources.get(lead.source)
    is_full = source is not None and source.content == "full"
    shown = source_info(lead, desk)
    others = {a.source: a for a in reversed(articles) if a.source != lead.source}
    outlets = tuple(
        Outlet(source_info(article, desk).title, article.url)
        for article in articles
        if others.get(article.source) is article  # merged by hand, it may tell it twice
    )
    topics = [
        because.topic
        for because in one.story.topics
        if because.topic in desk.topics and because.topic != ALL_TOPIC
    ]
    own_first = sorted(topics, key=lambda key: key != topic)
    entry = FeedEntry(
        id=one.story.id,
        title=lead.title,
        url=lead.url or shown.site_url or shown.self_url,
        published=one.story.published,
        updated=one.story.updated,
        admitted_at=one.admitted_at,
        summary=lead.summary,
        html=_full_text(lead, desk.blocklist) if is_full else None,
        authors=lead.authors or (shown.author or shown.title,),
        source=shown,
        outlets=outlets,
        categories=lead.categories,
        topics=tuple((key, desk.topics[key].title) for key in own_first),
        media=tuple(m for m in lead.media if not is_blocked_address(m.url, desk.blocklist)),
        lang=lead.lang,
        comments=lead.comments,
        rights=lead.rights or shown.rights,
        via=_via(lead, shown, desk),
    )
    return _lean(entry)


def _lean(entry: FeedEntry) -> FeedEntry:
    """With the first few of its authors, categories and media, where all of them are longer than
    anybody reads: else a single source could make feeds too long to be published (B1.12).
    """
    beside = (
        *entry.authors,
        *(said for c in entry.categories for said in (c.term, c.scheme, c.label)),
        *(said for m in entry.media for said in (m.url, m.title, m.credit)),
    )
    if sum(len(said.encode()) for said in beside if said) <= _MOST_BESIDE:
        return entry
    return replace(
        entry,
        authors=entry.authors[:3],
        categories=entry.categories[:3],
        media=entry.media[:2],
    )


def _full_text(lead: Article, blocklist: Blocklist) -> str | None:
    """Its HTML by the rules of today: what was stored was made safe by those of its day (B6.1)."""
    html = lead.html if is_clean(lead.html) else clean_html(lead.html)
    if blocklist.hosts or blocklist.urls:
        html = without_loading(html, lambda url: is_blocked_address(url, blocklist))
    return None if _EMPTY.fullmatch(html) else html


def _via(lead: Article, shown: FeedInfo, desk: Desk) -> str | None:
    """The page, else the feed, of the planet in which an article of another was found (B2.8)."""
    source = desk.sources.get(lead.source)
    if lead.origin is None or source is None:
        return None
    found_in = desk.infos.get(lead.source, FeedInfo()).site_url or source.url
    return None if found_in in (lead.url, shown.self_url, shown.site_url) else found_in
