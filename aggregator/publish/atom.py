"""Atom and RSS 2.0. The only module that knows feedgen.

feedgen 1.0.0 lacks what a planet needs: `_Feed` and `_Entry` are the one extension that adds it
(links with their relations, xml:lang, atom:source, dates in Z, the order readers expect).
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from ..model import FeedEntry, FeedInfo, Rendering, TopicFeed
from .media import duration_of, enclosures, first_enclosure, picture_of
from .words import summary_html, summary_text, with_outlets

ATOM_TYPE: Final = "application/atom+xml; charset=utf-8"
RSS_TYPE: Final = "application/rss+xml; charset=utf-8"
GENERATOR: Final = "aggregator"
MAX_AGE: Final = 1800  # seconds (B7.7), and in minutes RSS's ttl

_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_HISTORY: Final = "{http://purl.org/syndication/history/1.0}"
_DC: Final = "{http://purl.org/dc/elements/1.1/}"
_MEDIA: Final = "{http://search.yahoo.com/mrss/}"
_ITUNES: Final = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
_RIGHTS: Final = "Titles, summaries and texts belong to the outlets that each entry names"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_DECLARATION: Final = b'<?xml version="1.0" encoding="utf-8"?>\n'
# B1.3: some readers take the first of a name they meet, some show links in document order.
_FEED_ORDER: Final = (
    "id title subtitle updated link author contributor category generator icon logo rights".split()
)
# B2.6: atom:source last, because tt-rss takes the first descendant.
_ENTRY_ORDER: Final = (
    "id title updated published link author contributor summary content category rights "
    "source".split()
)


def stamp(moment: dt.datetime) -> str:
    """A date as every reader takes it: whole seconds, Z (B1.9)."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _in_order(parent: Any, order: list[str]) -> None:
    children = sorted(
        parent, key=lambda child: order.index(child.tag) if child.tag in order else len(order)
    )
    parent[:] = children


def _with_z(parent: Any) -> None:
    for name in ("updated", "published"):
        for element in parent.findall(name):
            element.text = stamp(dt.datetime.fromisoformat(element.text))


class _Feed(BaseExtension):  # type: ignore[misc]  # feedgen is untyped
    """Of the feed: order and date form; in RSS its own link, and links of Atom."""

    def __init__(self) -> None:
        self.home = ""
        self.atom_links: list[dict[str, str]] = []
        self.namespaces: dict[str, str] = {}
        self.is_archive = False

    def extend_ns(self) -> dict[str, str]:
        return self.namespaces

    def extend_atom(self, feed: Any) -> Any:
        _with_z(feed)
        if self.is_archive:  # its place among the rest is after `rights`, before the entries
            feed.append(etree.Element(f"{_HISTORY}archive"))
        _in_order(feed, _FEED_ORDER)
        return feed

    def extend_rss(self, rss: Any) -> Any:
        channel = rss[0]
        channel.find("link").text = self.home  # else the last link() call would be
        for element in channel.findall(f"{_ATOM}link"):
            channel.remove(element)
        for link in self.atom_links:
            etree.SubElement(channel, f"{_ATOM}link", link)
        return rss


class _Entry(BaseEntryExtension):  # type: ignore[misc]  # feedgen is untyped
    """Of an entry. Its Atom elements carry no namespace, because feedgen's do not."""

    def __init__(self) -> None:
        self.entry: FeedEntry | None = None

    def extend_atom(self, element: Any) -> Any:
        entry = self.entry
        assert entry is not None
        if entry.lang:
            element.set(_LANG, entry.lang)
        for link in element.findall("link"):
            element.remove(link)
        for link in _entry_links(entry):
            etree.SubElement(element, "link", link)
        _with_z(element)
        _in_order(element, _ENTRY_ORDER)
        element.extend(_media(entry))
        element.append(_source(entry.source, stamp(entry.updated)))
        return element

    def extend_rss(self, item: Any) -> Any:
        entry = self.entry
        assert entry is not None
        for author in entry.authors:
            etree.SubElement(item, f"{_DC}creator").text = author
        item.find("description").text = summary_html(entry)
        address = entry.source.self_url or entry.source.site_url
        if address:
            etree.SubElement(item, "source", url=address).text = entry.source.title
        item.extend(_media(entry))
        return item


def _entry_links(entry: FeedEntry) -> Iterable[dict[str, str]]:
    if entry.url:
        yield {"rel": "alternate", "type": "text/html", "href": entry.url}
    if entry.via:
        yield {"rel": "via", "href": entry.via}
    for media in enclosures(entry):
        link = {"rel": "enclosure", "href": media.url}
        if media.type:
            link["type"] = media.type
        if media.length is not None:
            link["length"] = str(media.length)
        yield link
    if entry.comments and entry.comments != entry.url:
        yield {"rel": "replies", "type": "text/html", "href": entry.comments}


def _media(entry: FeedEntry) -> Iterable[Any]:
    """The picture with its credit, and how long the sound takes. Not as media:content: readers
    would show what is an enclosure twice.
    """
    picture = picture_of(entry)
    if picture is not None:
        sizes = {"width": picture.width, "height": picture.height}
        known = {name: str(size) for name, size in sizes.items() if size}
        yield etree.Element(f"{_MEDIA}thumbnail", {"url": picture.url, **known})
        if picture.credit:
            credit = etree.Element(f"{_MEDIA}credit")
            credit.text = picture.credit
            yield credit
    if (seconds := duration_of(entry)) is not None:
        duration = etree.Element(f"{_ITUNES}duration")
        duration.text = str(seconds)
        yield duration


def _namespaces(feed: TopicFeed) -> dict[str, str]:
    """Those of the extensions that this feed has, for its root (B1.2)."""
    used = {
        "media": (_MEDIA, any(picture_of(entry) for entry in feed.entries)),
        "itunes": (_ITUNES, any(duration_of(entry) for entry in feed.entries)),
    }
    return {prefix: name.strip("{}") for prefix, (name, is_used) in used.items() if is_used}


def _source(info: FeedInfo, updated: str) -> Any:
    """atom:source of the lead. Its `updated` is the entry's: the source as it was then, which is
    the same in every rendering (B2.4).
    """
    source = etree.Element("source")
    etree.SubElement(source, "id").text = info.id
    etree.SubElement(source, "title").text = info.title
    etree.SubElement(source, "updated").text = updated
    if info.self_url:
        etree.SubElement(source, "link", rel="self", href=info.self_url)
    if info.site_url:
        etree.SubElement(source, "link", rel="alternate", type="text/html", href=info.site_url)
    if info.author:
        author = etree.SubElement(source, "author")
        etree.SubElement(author, "name").text = info.author
    if info.icon:
        etree.SubElement(source, "icon").text = info.icon
    if info.rights:
        etree.SubElement(source, "rights").text = info.rights
    return source


def _generator(feed: TopicFeed, ending: str) -> Any:
    site = feed.site
    generator = FeedGenerator()
    generator.register_extension("more", _Feed, _Entry)
    generator.id(feed.id)
    generator.title(feed.title)
    description = feed.description or feed.title
    generator.subtitle(description)
    generator.description(description)  # RSS's; the order matters: it would overwrite subtitle
    generator.language(site.lang)
    generator.updated(feed.updated)
    generator.lastBuildDate(feed.updated)
    generator.author(name=site.title, uri=site.url)
    generator.generator(GENERATOR, uri=f"{site.url}about")
    generator.rights(_RIGHTS)
    media = ATOM_TYPE if ending == "atom" else RSS_TYPE
    self_link = {"href": feed.url(ending), "rel": "self", "type": media.partition(";")[0]}
    hubs = [{"href": hub, "rel": "hub"} for hub in feed.hubs]  # B9.1
    page_link = {"href": feed.page_url, "rel": "alternate", "type": "text/html"}
    history = list(_history_links(feed))
    generator.link([self_link, page_link, *hubs, *history])
    generator.ttl(MAX_AGE // 60)
    generator.docs("")
    generator.more.home = feed.page_url
    generator.more.namespaces = _namespaces(feed)
    generator.more.atom_links = [self_link, *hubs, *history]
    for entry in feed.entries:
        _add(generator, entry, feed)
    return generator


def _history_links(feed: TopicFeed) -> Iterable[dict[str, str]]:
    """To the documents of the same feed that hold other entries (RFC 5005, section 4)."""
    places = {"current": feed.current, "prev-archive": feed.older, "next-archive": feed.newer}
    for rel, path in places.items():
        if path:
            yield {
                "rel": rel,
                "type": "application/atom+xml",
                "href": f"{feed.site.url}{path}.atom",
            }


def _add(generator: Any, entry: FeedEntry, feed: TopicFeed) -> None:
    element = generator.add_entry(order="append")  # the default prepends
    element.more.entry = entry
    element.id(entry.id)
    element.title(entry.title)
    element.published(entry.published)
    element.updated(entry.updated)
    for author in entry.authors:
        element.author(name=author)
    for outlet in entry.outlets:
        element.contributor(name=outlet.name, **({"uri": outlet.url} if outlet.url else {}))
    if entry.url:
        element.link(href=entry.url, rel="alternate")
    if entry.html:
        element.content(with_outlets(entry), type="html")
    element.summary(summary_text(entry))
    # The topic first, in our own scheme, then what the source says (B2.10).
    scheme = f"{feed.site.url}topics"
    element.category(
        [{"term": key, "scheme": scheme, "label": title} for key, title in entry.topics]
        + [
            {
                "term": c.term,
                **({"scheme": c.scheme} if c.scheme else {}),
                **({"label": c.label} if c.label else {}),
            }
            for c in entry.categories
        ]
    )
    if entry.rights:
        element.rights(entry.rights)
    if entry.comments:
        element.comments(entry.comments)
    if (media := first_enclosure(entry)) is not None:
        element.enclosure(media.url, str(media.length or 0), media.type)  # 0: not known


def render_atom(feed: TopicFeed) -> Rendering:
    """The feed as Atom (RFC 4287)."""
    generator = _generator(feed, "atom")
    if feed.current:
        generator.more.is_archive = True
        generator.more.namespaces["fh"] = _HISTORY.strip("{}")
    body = generator.atom_str(xml_declaration=False, encoding="utf-8")
    return Rendering(
        f"{feed.path}.atom", ATOM_TYPE, _DECLARATION + body, link_relations(feed, "atom")
    )


def render_rss(feed: TopicFeed) -> Rendering:
    """The feed as RSS 2.0, by its Best Practices Profile (B8.3)."""
    generator = _generator(feed, "rss")
    generator.more.namespaces["dc"] = _DC.strip("{}")
    body = generator.rss_str(xml_declaration=False, encoding="utf-8")
    return Rendering(f"{feed.path}.rss", RSS_TYPE, _DECLARATION + body, link_relations(feed, "rss"))


def link_relations(feed: TopicFeed, ending: str) -> tuple[tuple[str, str], ...]:
    """What the Link header says: self once, and each hub (B7.12)."""
    return (("self", feed.url(ending)), *(("hub", hub) for hub in feed.hubs))
