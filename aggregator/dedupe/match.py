"""Do two articles agree enough to be one? Identity proposes, this decides."""

import datetime as dt
import re
from typing import Final

from ..model import Article
from ..text.urls import host_of, name_one_article, same_page_form, site_of
from .keys import plain_headline, plain_title, url_key

_AT_ONCE: Final = dt.timedelta(hours=3)
_HALF_A_DAY: Final = dt.timedelta(hours=12)
_DAYS: Final = dt.timedelta(days=2)
_WEEK: Final = dt.timedelta(days=7)
_ENOUGH_WORDS: Final = 5
_WORDS_OF_ITS_OWN: Final = 20  # a text of so many is no line that stands under every entry
_HALF: Final = 0.5
_MOST: Final = 0.7
_NEARLY_ALL: Final = 0.9
_NUMBER: Final = re.compile(r"\d+")
_CUT_FIGURE: Final = re.compile(r"\d\W*$")


def same_title(one: Article, other: Article) -> bool:
    """Equal titles, but for letter case, accents, punctuation, and the site's name in one."""
    return plain_headline(one.title) == plain_headline(other.title)


def same_url(one: Article, other: Article) -> bool:
    """One page."""
    key = url_key(one.url, one.title)
    return key is not None and key == url_key(other.url, other.title)


def same_moment(known: Article, now: Article) -> bool:
    """One date of publication, to the second. Midnight is no moment: it stands where a feed knows
    the day alone.
    """
    return (
        known.published == now.published
        and now.published != now.first_seen_at  # there was none
        and now.published.timetz() != dt.time(tzinfo=dt.UTC)
    )


def texts_agree(one: Article, other: Article) -> bool:
    """Do the texts share half of the words of the shorter one?"""
    return _shared(one, other) >= _HALF


def _shared(one: Article, other: Article) -> float:
    """The share of the words of the shorter one that stand in the other; 0 of too few."""
    words, others = (set(_words(f"{a.title} {a.text[:2000]}")) for a in (one, other))
    fewer = min(len(words), len(others))
    return len(words & others) / fewer if fewer >= _ENOUGH_WORDS else 0.0


def _words(text: str) -> list[str]:
    return plain_title(text).split()


def same_text(one: Article, other: Article) -> bool:
    """One text to the word, and not a short one."""
    words = _words(one.text)
    return len(words) >= _ENOUGH_WORDS and words == _words(other.text)


def as_it_was(known: Article, now: Article) -> bool:
    """Is this the entry known by this id, beyond doubt?"""
    return same_url(known, now) or same_title(known, now)


def edited(known: Article, now: Article) -> bool:
    """Is this the entry known by this id, under another title and address, or another that was
    given its id?

    Feeds exist that give every entry the same id, or number them anew at each poll: then neither
    date nor text agree.
    """
    return same_moment(known, now) or texts_agree(known, now)


def same_entry_under_a_new_id(known: Article, now: Article) -> bool:
    """Is this the entry known at this address, after its source changed the id?

    An address that names an article is that article's for ever, beyond doubt. A page that carries
    one story after another (a live page) has other titles, texts and dates.
    """
    if not same_url(known, now):
        return False
    return (
        name_one_article(known.url or "", now.url or "")
        or same_moment(known, now)
        or same_text(known, now)
        or _same_place_and_news(known, now)
    )


def _same_place_and_news(known: Article, now: Article) -> bool:
    """Where one story may follow another, is this the one that is known? The weather of today has
    the title, the place and nearly the text of yesterday's.
    """
    apart = abs(known.published - now.published)
    goes_on = texts_agree(known, now) and (apart <= _HALF_A_DAY or _same_figures(known, now))
    if same_title(known, now):
        return goes_on or apart <= _HALF_A_DAY or _text(known) == _text(now)
    return goes_on and apart <= _DAYS


def same_entry_elsewhere(known: Article, now: Article) -> bool:
    """Is this the entry known by this title, after its source changed id and address? Not by the
    title alone: the weather has the same one every day. Nor by a line that the news of every hour
    have, under a later date.
    """
    if not same_title(known, now):
        return False
    return (
        (same_text(known, now) and not moved_on(known, now))
        or (
            _same_place(known, now)
            and (
                name_one_article(known.url or "", now.url or "") or _same_place_and_news(known, now)
            )
        )
        or (same_moment(known, now) and (texts_agree(known, now) or _same_page(known, now)))
    )


def posted_again(known: Article, now: Article) -> bool:
    """Is this the entry known by these first words, with all but its title new, its text cut or
    added to? The one text begins with the other, which is long enough to be an entry's own.
    """
    if known.kept != "text":  # forgotten by now, but for its first words
        return same_title(known, now)
    shorter, longer = sorted((_words(known.text), _words(now.text)), key=len)
    count = len(shorter)
    if count < _WORDS_OF_ITS_OWN or not same_title(known, now):
        return False
    if count == len(longer):
        return shorter == longer
    # A cut may go through a word.
    return longer[: count - 1] == shorter[:-1] and longer[count - 1].startswith(shorter[-1])


def moved_on(known: Article, now: Article) -> bool:
    """Has its source given it a later date?"""
    return now.published > known.published and now.published != now.first_seen_at


def same_entry_in_a_reset(known: Article, now: Article) -> bool:
    """Is this the entry known by this title, when nearly all of its source's entries have new ids
    and addresses? Then dates may be new as well, and a text cut. Other figures are other news, and
    so is a title alone under a later date: the horoscope of today.
    """
    if not same_title(known, now):
        return False
    if _is_short(known) or _is_short(now):
        long_title = len(_words(now.title)) >= _ENOUGH_WORDS
        return same_moment(known, now) or (long_title and not moved_on(known, now))
    return same_moment(known, now) or (
        _same_figures(known, now) and _shared(known, now) >= _NEARLY_ALL
    )


def same_news_at_a_page(known: Article, now: Article) -> bool:
    """Does an article of another source that links the known one's page tell its story?

    Those who collect links write titles of their own and no text: within a week a page that names
    one article is enough. Other pages carry one story after another, under one title at times.
    """
    apart = abs(known.published - now.published)
    if name_one_article(known.url or "", now.url or ""):
        return apart <= _WEEK or same_news_by_id(known, now)
    if same_moment(known, now):
        return same_news_by_id(known, now)
    short = _is_short(known), _is_short(now)
    if any(short) and same_title(known, now):
        return apart <= _HALF_A_DAY
    if any(short) and not all(short) and apart <= _AT_ONCE:
        return True  # there is nothing to compare, and hardly time for another story
    soon = apart <= (_WEEK if same_text(known, now) else _DAYS)
    return soon and _same_figures(known, now) and _shared(known, now) >= _MOST


def distance(known: Article, now: Article) -> tuple[bool, bool, bool, dt.timedelta]:
    """How far an article is from one that it may tell the story of, to take the nearest by."""
    apart = abs(known.published - now.published)
    return (
        not same_moment(known, now),
        not same_title(known, now),
        not texts_agree(known, now),
        apart,
    )


def same_news_by_id(known: Article, now: Article) -> bool:
    """Does an article of another source that bears the known one's id tell its story?

    An id is another feed's to copy, by mistake or on purpose (A11.6): the content must agree.
    """
    return same_title(known, now) or texts_agree(known, now)


def _same_figures(one: Article, other: Article) -> bool:
    """Does the longer text have all the figures of the shorter? Where that was cut, its last one
    may have been cut in two.
    """
    shorter, longer = sorted((one.text, other.text), key=len)
    figures, others = _NUMBER.findall(shorter[:2000]), set(_NUMBER.findall(longer))
    if figures and len(shorter) < len(longer) and _CUT_FIGURE.search(shorter[:2000]):
        last = figures.pop()
        if not any(figure.startswith(last) for figure in others):
            return False
    return others.issuperset(figures)


def _text(article: Article) -> str:
    return plain_title(article.text)


def _is_short(article: Article) -> bool:
    return len(_words(article.text)) < _ENOUGH_WORDS


def _same_page(one: Article, other: Article) -> bool:
    """One address but for its parameters, which may be tokens."""
    return _bare(one) is not None and _bare(one) == _bare(other)


def _bare(article: Article) -> str | None:
    form = same_page_form(article.url or "")
    return form.partition("?")[0] if form and "/" in form else None


def _same_place(one: Article, other: Article) -> bool:
    """One path, on hosts of one site (www.a.example, journals.a.example)."""
    places = [_place(article.url or "") for article in (one, other)]
    return places[0] is not None and places[0] == places[1]


def _place(url: str) -> tuple[str, str] | None:
    form = same_page_form(url)
    _, slash, path = (form or "").partition("/")
    return (site_of(host_of(url)), path) if slash and path else None
