"""Do two articles agree enough to be one? Identity proposes, this decides."""

import datetime as dt
from typing import Final

from ..model import Article
from .keys import plain_title, url_key

_DAYS: Final = dt.timedelta(days=2)
_ENOUGH_WORDS: Final = 5
_HALF: Final = 0.5


def same_title(one: Article, other: Article) -> bool:
    """Equal titles, letter case, accents and punctuation apart."""
    return plain_title(one.title) == plain_title(other.title)


def same_url(one: Article, other: Article) -> bool:
    """One page."""
    key = url_key(one.url, one.title)
    return key is not None and key == url_key(other.url, other.title)


def texts_agree(one: Article, other: Article) -> bool:
    """Do the texts share half of the words of the shorter one?"""
    words, others = (set(plain_title(f"{a.title} {a.text[:2000]}").split()) for a in (one, other))
    fewer = min(len(words), len(others))
    return fewer >= _ENOUGH_WORDS and len(words & others) >= _HALF * fewer


def same_entry(known: Article, now: Article) -> bool:
    """Is this the entry known by this id, edited perhaps, or another that was given its id?

    Feeds exist that give every entry the same id: then neither address nor title, date nor text
    agree.
    """
    return (
        same_url(known, now)
        or same_title(known, now)
        or (known.published == now.published and now.published != now.first_seen_at)
        or texts_agree(known, now)
    )


def same_entry_under_a_new_id(known: Article, now: Article) -> bool:
    """Is this the entry known at this address, after its source changed the id?

    A page that carries one story after another (a live page) has other titles and dates.
    """
    return same_title(known, now) or (
        same_url(known, now) and abs(known.published - now.published) <= _DAYS
    )


def same_news_by_id(known: Article, now: Article) -> bool:
    """Does an article of another source that bears the known one's id tell its story?

    An id is another feed's to copy, by mistake or on purpose (A11.6): the content must agree.
    """
    return same_title(known, now) or texts_agree(known, now)
