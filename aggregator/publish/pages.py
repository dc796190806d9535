"""Pages for people: server-rendered, without JavaScript, readable on a phone.

Every value is escaped by Jinja2; addresses were made http(s) and absolute in `to_article`.
"""

import datetime as dt
import functools
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ..model import Days, FeedEntry, Media, Outlet, Rendering, Site, TopicFeed
from ..text.words import direction, shorten
from ..topics import QueryError
from .archive import Part, archive_path
from .atom import stamp
from .carriers import carriers
from .chart import days_chart
from .ids import story_path
from .media import picture_of
from .rhythm import aligned, bars, line, rate
from .search import MAX_QUERY, Result, address_of
from .status import SourceStatus, TopicStatus
from .story import StoryView

HTML_TYPE: Final = "text/html; charset=utf-8"
CSS_TYPE: Final = "text/css; charset=utf-8"
MISSING: Final = "404.html"  # by this name hosts of static pages know it
_MOST_ON_A_PAGE: Final = 50
_MOST_BYTES: Final = 70_000  # of them: page and style sheet come to less than 100 KB
_MOST_ARCHIVES: Final = 12  # addresses; each archive names the one before
_MOST_OUTLETS: Final = 8  # that a story names in a list; its page names all
_STANDFIRST: Final = 300  # characters
_DAYS_SHOWN: Final = 28
_EXAMPLES: Final = (
    ("flood warning", "both words, anywhere in a story"),
    ('"climate summit" OR cop31', "the words in a row, or the other"),
    ("election NOT football", "one word, and not another"),
    ("title:strike", "in the headline alone"),
    ("vaccin*", "every word that begins so"),
    ("lang:de wahl*", "in one language"),
    ("site:bbc.co.uk budget", "from one site"),
)


def _moment(moment: dt.datetime | None) -> str:
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC" if moment else "–"


def _recent(moment: dt.datetime | None) -> str:
    return f"{moment.day} {moment:%b, %H:%M}" if moment else "–"


def _day(day: dt.date | None) -> str:
    return f"{day.day} {day:%b %Y}" if day else "–"


def _anchor(entry: FeedEntry) -> str:
    """A fragment that stays with the story."""
    return "s" + hashlib.sha256(entry.id.encode()).hexdigest()[:12]


def _picture(entry: FeedEntry) -> Media | None:
    """The entry's picture, if a page may show it: the policy of our pages wants https (B6.9)."""
    picture = picture_of(entry)
    return picture if picture is not None and picture.url.startswith("https://") else None


def _other_outlets(entry: FeedEntry) -> list[Outlet]:
    """Who else reported it, each name once: an outlet may have several feeds."""
    named: dict[str, Outlet] = {}
    for outlet in entry.outlets:
        if outlet.name != entry.source.title:
            named.setdefault(outlet.name, outlet)
    return list(named.values())


@functools.cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("aggregator.publish"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "standfirst": lambda text: shorten(text, _STANDFIRST),
        "line": line,
        "moment": _moment,
        "recent": _recent,
        "day": _day,
        "stamp": stamp,
        "anchor": _anchor,
        "picture": _picture,
        "direction": direction,
        "other_outlets": _other_outlets,
        "story_path": lambda entry: story_path(entry.id),
        "address": address_of,
        "bars": bars,
        "rate": rate,
    }
    return environment


@functools.cache
def style() -> Rendering:
    """The style sheet, under a name that changes with it."""
    body = (files("aggregator.publish") / "templates" / "style.css").read_bytes()
    name = hashlib.sha256(body).hexdigest()[:10]
    return Rendering(f"assets/style.{name}.css", CSS_TYPE, body)


def _page(template: str, path: str, site: Site, here: str, **values: Any) -> Rendering:
    known = {"site": site, "here": here, "root": _root(path), "style": style().path}
    body = _templates().get_template(template).render({**known, **values})
    return Rendering(path, HTML_TYPE, body.encode())


def _root(path: str) -> str:
    """From a page to the site's own address, wherever that is."""
    return "../" * path.count("/") or "./"


def render_topic_page(feed: TopicFeed, days: Days, archives: Sequence[Part] = ()) -> Rendering:
    """The newest stories of a topic, as many as keep the page light; and how it has been of late.

    `days`: how many stories it had on each; `archives`: what is closed of before, the newest first.
    """
    return _page(
        "topic.html",
        feed.path,
        feed.site,
        "topic",
        feed=feed,
        articles=_articles(feed),
        days=_counted(days),
        chart=_chart(days),
        carriers=carriers(feed.entries),
        archives=[
            (part, f"{feed.site.url}{archive_path(feed.key, part)}.atom")
            for part in archives[:_MOST_ARCHIVES]
        ],
    )


def _articles(feed: TopicFeed) -> list[Markup]:
    template = _templates().get_template("article.html")
    made: list[Markup] = []
    size = 0
    for entry in feed.entries[:_MOST_ON_A_PAGE]:
        html = template.render(
            site=feed.site, root=_root(feed.path), feed=feed, entry=entry, most=_MOST_OUTLETS
        )
        size += len(html.encode())
        if made and size > _MOST_BYTES:
            break
        made.append(Markup(html))  # noqa: S704 - by a template that escapes
    return made


def _counted(days: Days) -> list[tuple[dt.date, int]]:
    """Day and count, the newest first."""
    if days.last is None:
        return []
    return [
        (days.last - dt.timedelta(days=ago), count)
        for ago, count in enumerate(reversed(days.counts))
    ]


def _chart(days: Days) -> Markup:
    if days.last is None:
        return Markup()
    first = days.last - dt.timedelta(days=len(days.counts) - 1)
    label = (
        f"Column chart: stories per day from {_day(first)} to {_day(days.last)}, "
        f"at most {max(days.counts)}"
    )
    return Markup(days_chart(label, days.last, days.counts))  # noqa: S704 - which escapes


def render_topics_page(site: Site, topics: Sequence[TopicStatus]) -> Rendering:
    """The front page: every topic."""
    rows = list(zip(topics, aligned([t.days for t in topics], _DAYS_SHOWN), strict=True))
    return _page("topics.html", "", site, "topics", topics=topics, rows=rows, days=_DAYS_SHOWN)


def render_sources_page(site: Site, sources: Sequence[SourceStatus]) -> Rendering:
    """Every source, and how it is (B10.7)."""
    counts = aligned([source.days for source in sources], _DAYS_SHOWN)
    rows = list(zip(sources, counts, strict=True))
    return _page(
        "sources.html", "sources", site, "sources", sources=sources, rows=rows, days=_DAYS_SHOWN
    )


def render_about_page(site: Site, user_agent: str, min_interval: dt.timedelta) -> Rendering:
    """What we do, how often, and how to opt out: where the User-Agent points (A4.1)."""
    contact = (site.contact or "").removeprefix("mailto:")
    return _page(
        "about.html",
        "about",
        site,
        "about",
        user_agent=user_agent,
        contact=contact,
        interval=_often(min_interval),
    )


def render_story_page(site: Site, view: StoryView) -> Rendering:
    """One story: who tells it, and why it is in its topics."""
    path = story_path(view.entry.id)
    return _page("story.html", path, site, "story", view=view, entry=view.entry)


def render_missing_page(site: Site) -> Rendering:
    """What stands where nothing is."""
    title = "There is nothing here"
    return _error_page(site, title, "The address may be mistyped, or the story was left out since.")


def render_gone_page(site: Site) -> Rendering:
    """What stands where a topic was (B7.13)."""
    title = "This topic is no longer published"
    return _error_page(site, title, "Feed readers are told to ask for it no more.")


def render_busy_page(site: Site) -> Rendering:
    """What stands where a page cannot be made."""
    title = "This page cannot be made right now"
    return _error_page(site, title, "Please come back in a minute.")


def _error_page(site: Site, title: str, text: str) -> Rendering:
    """It stands at any depth: its links start at the site's own path."""
    root = urlsplit(site.url).path
    return _page("error.html", MISSING, site, "error", title=title, text=text, root=root)


def render_search_form(site: Site) -> Rendering:
    """The form, and how to ask."""
    return _search_page(site, "")


def render_search_problem(site: Site, query: str, problem: QueryError) -> Rendering:
    """The form again, with what is wrong with the query, and where."""
    at = max(0, min(problem.column - 1, len(query)))
    place = (query[:at], query[at : at + 1], query[at + 1 :])
    return _search_page(site, query, problem=problem.message, column=at + 1, place=place)


def render_search_page(
    feed: TopicFeed,
    query: str,
    results: Sequence[Result],
    ended: Literal["all", "enough", "bounds"],
    *,
    unindexed: bool,
) -> Rendering:
    """What a search has found, and whether there is more."""
    return _search_page(
        feed.site, query, feed=feed, results=results, ended=ended, unindexed=unindexed
    )


def _search_page(site: Site, query: str, **values: Any) -> Rendering:
    nothing: dict[str, Any] = {"problem": None, "feed": None, "results": ()}
    values = {**nothing, "query": query, "examples": _EXAMPLES, "most": MAX_QUERY, **values}
    return _page("search.html", "search", site, "search", **values)


def _often(interval: dt.timedelta) -> str:
    minutes = int(interval.total_seconds() // 60)
    if minutes == 60:
        return "once an hour"
    if minutes > 60 and minutes % 60 == 0:
        return f"once in {minutes // 60} hours"
    return f"once in {minutes} minutes" if minutes > 1 else "once a minute"
