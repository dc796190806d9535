"""The entries of one document, told apart: which ids and addresses are to be trusted in it."""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace

from ..model import Article, MatchKey
from .keys import entry_key, match_keys, plain_headline, plain_title, url_key


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article out of a document, and the keys to look for it by."""

    article: Article
    keys: tuple[MatchKey, ...]
    text_keys: tuple[MatchKey, ...] = ()  # worked out for what is new alone
    stock: frozenset[MatchKey] = frozenset()  # keys of its text that its source has all the time

    @property
    def entry_key(self) -> MatchKey:
        """The key of its own entry id."""
        return self.keys[0]


def settle(articles: list[Article]) -> tuple[Arrival, ...]:
    """One arrival for each entry of a document, in its order.

    Two entries with one id are one entry when they agree in address or title: the one with the
    greater `updated`, else the first (A11.5). When they do not, the id says nothing, and the
    address stands in for it. One page listed twice, by two ids but with the same words, is one
    entry known by both; several entries that share a page, or a title, are not known by it.
    """
    told_apart = [article for group in _by_id(articles) for article in _entries(group)]
    ids: dict[tuple[MatchKey, str, str], list[MatchKey]] = {}
    first: dict[tuple[MatchKey, str, str], Article] = {}
    for article in told_apart:
        own = entry_key(article.source, article.entry_id)
        page = url_key(article.url, article.title) or own
        place = (page, plain_title(article.title), article.text)
        first.setdefault(place, article)
        ids.setdefault(place, []).append(own)
    pages = Counter(page for page, _, _ in first)
    titles = Counter(plain_headline(article.title) for article in first.values())
    arrivals: list[Arrival] = []
    for place, article in first.items():
        alone = titles[plain_headline(article.title)] == 1
        keys = match_keys(article, url=pages[place[0]] == 1, title=alone)
        arrivals.append(Arrival(article, tuple(dict.fromkeys((*ids[place], *keys)))))
    return tuple(arrivals)


def _by_id(articles: list[Article]) -> list[list[Article]]:
    groups: dict[MatchKey, list[Article]] = defaultdict(list)
    for article in articles:
        groups[entry_key(article.source, article.entry_id)].append(article)
    return list(groups.values())


def _entries(group: list[Article]) -> list[Article]:
    """The entry that the articles under one id are; or, when the id says nothing, each of them
    under an id of its own.
    """
    pages = {url_key(article.url, article.title) for article in group}
    titles = {plain_title(article.title) for article in group}
    edited = len(pages) == 1 and len(titles) == 2  # the same page before and after an edit
    if len(titles) == 1 or edited:
        return [max(group, key=lambda article: article.updated)]
    return [replace(article, entry_id=_stand_in(article, group)) for article in group]


def _stand_in(article: Article, group: list[Article]) -> str:
    if article.url and sum(other.url == article.url for other in group) == 1:
        return article.url
    return f"{article.entry_id}#{plain_title(article.title)}"[:500]
