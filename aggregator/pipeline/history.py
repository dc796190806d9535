"""What becomes of the health of sources: its changes, and the operator's own feed of them."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from ..model import (
    FeedEntry,
    FeedInfo,
    Health,
    HealthChange,
    PollState,
    Site,
    TopicFeed,
)
from ..polling.silence import usual_gap
from ..publish.feed import BEGINNING
from ..publish.status import ILL, in_words
from ..text.words import one_line
from .ports import Store
from .setup import Setup

PATH: Final = "health"
MOST_SHOWN: Final = 200
# A failure or two, or a 429, mends itself: it stands in the history, and wakes nobody.
_TOLD: Final = ILL | {Health.QUIET, Health.IDLE, Health.MOVED}


def why(state: PollState) -> str:
    """Why a source is as it is, in words; "" when there is nothing to say. From strangers in
    part: to be escaped wherever shown.
    """
    match state.health:
        case Health.ACTIVE | Health.MOVED:
            return ""
        case Health.NEW:
            return "not polled yet" if state.polled_at is None else ""
        case Health.IDLE:
            return "nothing new for more than 30 days"
        case Health.QUIET:
            gap = usual_gap(state.arrivals)
            return f"nothing new, where something came every {in_words(gap)} or so" if gap else ""
        case Health.PAUSED:
            return "paused in feeds.yaml"
        case _:
            return state.failure.detail if state.failure else ""


def changes(
    before: Iterable[PollState], after: Iterable[PollState], now: dt.datetime, because: str = ""
) -> list[HealthChange]:
    """Where the two differ in health."""
    return [
        HealthChange(new.source, now, old.health, new.health, because or one_line(why(new)))
        for old, new in zip(before, after, strict=True)
        if old.health is not new.health
    ]


def is_told(change: HealthChange) -> bool:
    """Is it for the operator's feed? What a first poll finds well is no news, nor a failure that
    may be gone at the next poll.
    """
    if change.was is change.health:  # what happened is the reason to tell
        return True
    if change.was is Health.NEW:
        return change.health in ILL
    return change.health in _TOLD or change.was in _TOLD


def health_feed(store: Store, setup: Setup) -> TopicFeed:
    """Changes of state as a feed, the newest first."""
    with store.reading() as ask:
        told = [change for change in ask.health_changes() if is_told(change)][:MOST_SHOWN]
        infos = {key: state.info for key, state in ask.states().items()}
    site = setup.site
    return TopicFeed(
        key=PATH,
        id=f"{site.id}{PATH}",
        title=f"{site.title}: health of the sources",
        description="Sources that have gone quiet, broken or well again",
        updated=max((change.at for change in told), default=BEGINNING),
        site=site,
        path=PATH,
        page_url=f"{site.url}sources",
        entries=tuple(_entry(one, _about(one.source, setup, infos), site) for one in told),
    )


def _about(key: str, setup: Setup, infos: Mapping[str, FeedInfo]) -> FeedInfo:
    """The source as an entry names it, with an id, a title and an address."""
    source, info = setup.sources.get(key), infos.get(key, FeedInfo())
    page = f"{setup.site.url}sources#{key}"
    url = source.url if source else info.self_url or page
    title = (source and source.title) or info.title or key
    return FeedInfo(title, info.id or url, url, info.site_url or page)


def _entry(change: HealthChange, source: FeedInfo, site: Site) -> FeedEntry:
    because = f": {change.why}" if change.why else "."
    said = f"It was {_named(change.was)}, and is {_named(change.health)} now{because}"
    title = f"{source.title}: {_named(change.health)}"
    if change.was is change.health:
        said, title = f"{change.why}.", f"{source.title}: look at this"
    return FeedEntry(
        id=_id(change, site),
        title=title,
        url=f"{site.url}sources#{change.source}",
        published=change.at,
        updated=change.at,
        admitted_at=change.at,
        summary=said,
        html=None,
        authors=(site.title,),
        source=source,
    )


def _named(health: Health) -> str:
    return health.value.replace("_", " ")


def _id(change: HealthChange, site: Site) -> str:
    named = f"{change.source}\0{change.at.isoformat()}\0{change.was}\0{change.health}".encode()
    return f"{site.id}{PATH}/{hashlib.sha256(named).hexdigest()[:26]}"
