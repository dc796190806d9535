"""What keeps articles out of stories that a person has put them out of."""

from collections.abc import Iterable, Mapping
from itertools import chain

from ..dedupe.apart import is_vetoed
from ..dedupe.keys import veto_keys
from ..dedupe.own import Identity
from ..dedupe.reconcile import News
from ..dedupe.shelf import Change
from ..dedupe.signature import keys_of_text
from ..model import Article, MatchKey, Story
from .ports import Ask, Tell


def vetoed_by(ask: Ask, pk: int, story: Story) -> dict[Identity, frozenset[MatchKey]]:
    """Of each article of a story, the keys by which another story is to know and refuse it."""
    stored = ask.keys_of(pk)
    return {
        one.identity: veto_keys(one.source, (*stored.get(one.identity, ()), *keys_of_text(one)))
        for one in story.articles
    }


def together(
    keys: Mapping[Identity, frozenset[MatchKey]], articles: Iterable[Article]
) -> frozenset[MatchKey]:
    """The keys of all these articles."""
    return frozenset(chain.from_iterable(keys[one.identity] for one in articles))


def vetoes_on(news: Iterable[News]) -> set[MatchKey]:
    """Whatever may keep these arrivals out of a story."""
    return {
        key
        for document in news
        for one in document.arrivals
        for key in veto_keys(one.article.source, (*one.keys, *one.text_keys))
    }


def hand_on(
    tell: Tell, changes: Iterable[Change], vetoes: Mapping[int, frozenset[MatchKey]]
) -> None:
    """Where a veto has made an article found a story, keep that one and the story which refused it
    apart as well: else the two sides of a split would meet in it, once both are listed anew.
    """
    for change in changes:
        if not change.is_new:
            continue
        founder = change.story.articles[0]
        known_by = change.keys[founder.identity]
        refused_by = [pk for pk, vetoed in vetoes.items() if is_vetoed(founder, known_by, vetoed)]
        keys = veto_keys(founder.source, (*known_by, *keys_of_text(founder)))
        for pk, story in tell.stories(refused_by).items():
            made = tell.story_pks([change.story.id])[change.story.id]
            tell.veto(pk, keys)
            tell.veto(made, together(vetoed_by(tell, pk, story), story.articles))
