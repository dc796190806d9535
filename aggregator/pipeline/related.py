"""Stories of about the same news in other words: shown beside one another, and never one.

Two texts are of the same news when the title and the opening of each stand, word for word but in
any order, in the beginning of the other: not all words of them, but what is rare among the texts
of about that time counts much, and what most of them have counts nothing.
"""

import datetime as dt
import functools
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from ..model import Article, Story
from ..publish.desk import Desk, shown_articles
from ..publish.story import lead_first
from ..topics.sieve import tokens_of
from .desks import desk_for
from .ports import Ask
from .setup import Setup

MOST: Final = 5
_WITHIN: Final = dt.timedelta(days=3)  # from one date to the other
_TEXT: Final = 2_000  # characters that are compared: what is known of an event stands in front
_SAMPLE: Final = 200  # texts that tell what is rare
_ASKED: Final = 12  # words that others are looked for by
_BEARERS: Final = 200  # articles for each of them
_DATED: Final = 100  # of these: looked at for their date, those with most of the words
_COMPARED: Final = 30
_TITLE: Final = 2.0  # how much more a word counts in a title
_LEAST_SHARE: Final = 1 / 3
_LEAST_WORDS: Final = 3  # rare ones, in common
_RARE: Final = 0.1  # of the texts …
_FEW: Final = 4  # … or no more than so many: where texts are few, an event's own are many of them
_SECONDS: Final = 0.25
_REMEMBERED: Final = 1_000  # texts and their words: stories of one time have the same ones around

Tokens = frozenset[str]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of a text, as tokens of the index."""

    title: Tokens
    opening: Tokens  # those of the title, too
    text: Tokens  # all of them


@dataclass(frozen=True, slots=True)
class Rarity:
    """How many of so many texts have a word."""

    texts: int
    having: Mapping[str, int]
    _known: dict[str, float] = field(default_factory=dict, repr=False, compare=False)

    def weight(self, token: str) -> float:
        """What sharing this word says: about nothing when every text has it. Two that have it may
        be of the very event, and make it no less rare.

        >>> [round(Rarity(200, {"the": 170, "mayor": 3}).weight(word), 1)
        ...  for word in ("the", "mayor", "ladakh")]
        [0.2, 4.1, 4.4]
        """
        return self.weights([token])

    def weights(self, tokens: Collection[str]) -> float:
        """What sharing all of these words says."""
        try:  # of each it is asked many times
            return sum(map(self._known.__getitem__, tokens))
        except KeyError:
            for token in tokens:
                self._known[token] = math.log(
                    (self.texts + 1) / (max(self.having.get(token, 0), 2) + 0.5)
                )
            return sum(map(self._known.__getitem__, tokens))

    def is_rare(self, token: str) -> bool:
        """Do few texts have it?"""
        return self.having.get(token, 0) <= max(_FEW, _RARE * self.texts)


def vocabulary(article: Article) -> Vocabulary:
    """The words of an article's title, summary and text, as far as they are compared."""
    return _vocabulary(article.title, article.summary, article.text[:_TEXT])


@functools.lru_cache(_REMEMBERED)
def _vocabulary(title: str, summary: str, text: str) -> Vocabulary:
    of_title = tokens_of({"title": title})
    opening = of_title | tokens_of({"text": summary})
    return Vocabulary(
        frozenset(of_title), frozenset(opening), frozenset(opening | tokens_of({"text": text}))
    )


@functools.lru_cache(_REMEMBERED)
def _sample(title: str, summary: str) -> Tokens:
    return frozenset(tokens_of({"title": title, "text": summary}))


def rarity(one: Vocabulary, openings: list[tuple[str, str]]) -> Rarity:
    """How rare words are in the language of a text, as texts tell that share a tenth of its
    opening: in another language than most its everyday words would be taken for rare.
    """
    samples = (_sample(title, summary) for title, summary in openings)
    least = len(one.opening) / 10
    alike = [sample for sample in samples if len(one.opening & sample) >= least]
    return Rarity(len(alike), Counter(token for sample in alike for token in sample))


def likeness(one: Vocabulary, other: Vocabulary, known: Rarity) -> float:
    """How much two texts tell the same news: of the title and opening of each how much stands in
    the other, by weight, from 0 to 1.
    """
    common = (one.opening & other.text) | (other.opening & one.text)
    if sum(map(known.is_rare, common)) < _LEAST_WORDS:
        return 0.0
    return (_share(one, other, known) + _share(other, one, known)) / 2


def _share(one: Vocabulary, other: Vocabulary, known: Rarity) -> float:
    whole = _weight(one.opening, one.title, known)
    return _weight(one.opening & other.text, one.title & other.text, known) / (whole or 1.0)


def _weight(opening: Tokens, title: Tokens, known: Rarity) -> float:
    """Of words of an opening, of which those of the title count more."""
    return known.weights(opening) + known.weights(title) * (_TITLE - 1)


def asked_words(one: Vocabulary, known: Rarity) -> dict[str, float]:
    """The words to look for others by, and what each says: the rarest, those of the title first."""
    weights = {
        token: known.weight(token) * (_TITLE if token in one.title else 1.0)
        for token in one.opening
        if known.is_rare(token)
    }
    chosen = sorted(weights, key=lambda token: (-weights[token], -len(token), token))[:_ASKED]
    return {token: weights[token] for token in chosen}


def related(ask: Ask, story: Story, setup: Setup) -> list[Story]:
    """Other published stories of about the same news, the likest first, at most `MOST`, without
    their long texts; none when looking for them takes too long. To be asked last in a look.
    """
    desk = desk_for(ask, setup, [story])
    if not _may_be_shown(story, desk):
        return []
    own = lead_first(story, desk)[0]
    pk = ask.story_pks([story.id])[story.id]
    place = ask.place(pk, _WITHIN)
    one = vocabulary(own)
    known = rarity(one, ask.openings(place[0] + _SAMPLE // 2, _SAMPLE))
    asked = asked_words(one, known)
    try:
        bearers = ask.bearers(asked, place, _BEARERS, _SECONDS)
    except TimeoutError:
        return []
    said: dict[int, float] = defaultdict(float)
    for token, articles in bearers.items():
        for bearer in articles:
            said[bearer] += asked[token]
    foremost = sorted(said, key=lambda bearer: (-said[bearer], bearer))[:_DATED]
    dated = ask.seen_by_readers(foremost)
    near = [
        bearer
        for bearer in foremost
        if bearer in dated
        and dated[bearer][0] != pk
        and abs(dated[bearer][1] - story.published) <= _WITHIN
    ]
    likest: dict[int, float] = {}
    for other, article in ask.articles(near[:_COMPARED]).values():
        share = likeness(one, vocabulary(article), known)
        if share >= _LEAST_SHARE:
            likest[other] = max(share, likest.get(other, 0.0))
    found = ask.stories(likest, ())
    desk = desk_for(ask, setup, found.values())
    ordered = sorted(found, key=lambda other: (-likest[other], other))
    return [found[other] for other in ordered if _may_be_shown(found[other], desk)][:MOST]


def _may_be_shown(story: Story, desk: Desk) -> bool:
    return bool(shown_articles(story, desk))
