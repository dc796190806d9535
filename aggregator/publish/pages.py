"""Pages for people: server-rendered, without JavaScript, readable on a phone.

Every value is escaped by Jinja2; addresses were made http(s) and absolute in `to_article`.
"""

import datetime as dt
import functools
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any, Final, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from ..model import FeedEntry, Media, Rendering, Site, TopicFeed
from ..topics import QueryError
from .atom import stamp
from .ids import story_path
from .media import picture_of
from .rhythm import aligned, bars, rate
from .search import MAX_QUERY, Result, address_of
from .status import SourceStatus, TopicStatus
from .story import StoryView

HTML_TYPE: Final = "text/html; charset=utf-8"
CSS_TYPE: Final = "text/css; charset=utf-8"
_MOST_ON_A_PAGE: Final = 50
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


def _day(moment: dt.datetime | None) -> str:
    return f"{moment.day} {moment:%b %Y}" if moment else "–"


def _anchor(entry: FeedEntry) -> str:
    """A fragment that stays with the story."""
    return "s" + hashlib.sha256(entry.id.encode()).hexdigest()[:12]


def _picture(entry: FeedEntry) -> Media | None:
    """The entry's picture, if a page may show it: the policy of our pages wants https (B6.9)."""
    picture = picture_of(entry)
    return picture if picture is not None and picture.url.startswith("https://") else None


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
        "moment": _moment,
        "recent": _recent,
        "day": _day,
        "stamp": stamp,
        "anchor": _anchor,
        "picture": _picture,
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
    depth = path.count("/")
    body = (
        _templates()
        .get_template(template)
        .render(site=site, here=here, root="../" * depth or "./", style=style().path, **values)
    )
    return Rendering(path, HTML_TYPE, body.encode())


def render_topic_page(feed: TopicFeed) -> Rendering:
    """The newest stories of a topic."""
    entries = feed.entries[:_MOST_ON_A_PAGE]
    return _page("topic.html", feed.path, feed.site, "topics", feed=feed, entries=entries)


def render_topics_page(site: Site, topics: Sequence[TopicStatus]) -> Rendering:
    """The front page: every topic."""
    return _page("topics.html", "", site, "topics", topics=topics)


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
