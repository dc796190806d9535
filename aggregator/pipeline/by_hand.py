"""Splitting and merging stories by hand, and remembering it: the only ways in which an article
leaves its story (law 3). One transaction each.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from ..dedupe.copies import telling, voices
from ..dedupe.keys import url_key
from ..dedupe.own import Identity
from ..dedupe.settle import Arrival
from ..dedupe.shelf import Change
from ..dedupe.signature import keys_of_text
from ..errors import UnknownStory, UsageError
from ..model import Admission, Article, Joined, MatchKey, Story
from ..publish.ids import minted_id, own_id
from .commit import save_stories
from .export import story_pk
from .ports import Ask, Store, Tell
from .setup import Setup
from .vetoes import together, vetoed_by


@dataclass(frozen=True, slots=True)
class Split:
    """A story that was split: what kept its id, and what has moved out."""

    kept: Story
    made: Story


@dataclass(frozen=True, slots=True)
class Merged:
    """Two stories that became one: it, and the one that was merged into it, as it was."""

    kept: Story
    gone: Story


def split(store: Store, setup: Setup, named: str, chosen: Sequence[str], now: dt.datetime) -> Split:
    """Part the articles that `chosen` names (by address, entry id or source) from the others of
    the story. The side with the founding article keeps the id; the other moves out, and joins this
    story no more.

    Raises UnknownStory, and UsageError where there is nothing to part.
    """
    now = now.replace(microsecond=0)
    with store.writing() as tell:
        pk = _story_pk(tell, named)
        story = tell.stories([pk])[pk]
        moving = _moving(story, chosen, tell.keys_of(pk))
        keys = vetoed_by(tell, pk, story)
        made = _founded(tell, setup, moving, tell.bonds(pk))
        staying = [one for one in story.articles if one.identity not in _identities(moving)]
        kept = replace(story, articles=tuple(staying))
        made_pk = tell.found_story(made)
        tell.move(made.articles, made_pk)
        made = _with_its_topics(tell, story, pk, made, made_pk, now)
        theirs, ours = (together(keys, part.articles) for part in (made, kept))
        # What was kept out of the story as it was is kept out of both its parts.
        tell.veto(made_pk, ours | tell.vetoes([pk]).get(pk, frozenset()) - theirs)
        tell.veto(pk, theirs)
        changes = [
            Change(kept, is_new=False),
            Change(made, is_new=False, keys=_text_keys(tell, made)),
        ]
        save_stories(tell, changes, {kept.id: pk, made.id: made_pk}, setup, now)
        _wait_as_before(tell, story, pk, made, made_pk)
        tell.advance()
    return Split(kept, made)


def merge(store: Store, setup: Setup, named: str, other: str, now: dt.datetime) -> Merged:
    """Make two stories one. The one that was founded first keeps its id; that of the other leads
    to it from now on.

    Raises UnknownStory, and UsageError where the two are one already.
    """
    with store.writing() as tell:
        pks = [_story_pk(tell, one) for one in (named, other)]
        if pks[0] == pks[1]:
            raise UsageError("both name the same story; name two that are to be one")
        return make_one(tell, setup, pks, now.replace(microsecond=0))


def make_one(tell: Tell, setup: Setup, pks: Sequence[int], now: dt.datetime) -> Merged:
    """Make one of two stories, given by their primary keys."""
    stories = tell.stories(pks)
    pk, gone_pk = sorted(pks, key=lambda one: (stories[one].first_seen_at, one))
    kept, gone = stories[pk], stories[gone_pk]
    _lift_vetoes(tell, (pk, kept), (gone_pk, gone))
    left = _take_places(tell, pk, kept, gone_pk, gone)
    tell.bond(gone.id, gone.articles[0].identity)
    tell.move((replace(one, joined=Joined("hand")) for one in gone.articles), pk)
    tell.drop_story(gone_pk)
    together = tell.stories([pk])[pk]
    save_stories(tell, [Change(together, is_new=False)], {kept.id: pk}, setup, now)
    tell.touch_topics(left, now, removed=True)
    tell.advance()
    return Merged(together, gone)


def names_for(articles: Iterable[Article], story: Story) -> list[str]:
    """What to call each of these articles, so that `split` knows it among those of the story."""
    return [
        next((name for name in _names(one) if _named(name, story) == [one]), f"{one.source}")
        for one in articles
    ]


def _story_pk(ask: Ask, named: str) -> int:
    pk = story_pk(ask, named)
    if pk is None:
        raise UnknownStory(named)
    return pk


def _identities(articles: Iterable[Article]) -> set[Identity]:
    return {one.identity for one in articles}


def _names(article: Article) -> list[str]:
    return [name for name in (article.url, article.entry_id, article.source) if name]


def _named(name: str, story: Story) -> list[Article]:
    """Those of a story's articles that this may mean."""
    exactly = [one for one in story.articles if name in _names(one)]
    if exactly or (page := url_key(name)) is None:
        return exactly
    return [one for one in story.articles if page == url_key(one.url)]


def _once_at(
    name: str, story: Story, keys: Mapping[Identity, Collection[MatchKey]]
) -> list[Article]:
    """Those of a story's articles that were at this address, which readers may still have."""
    page = url_key(name)
    return [one for one in story.articles if page in keys.get(one.identity, ())]


def _moving(
    story: Story, chosen: Sequence[str], keys: Mapping[Identity, Collection[MatchKey]]
) -> list[Article]:
    """The articles that leave a story so that the `chosen` ones are apart from the others. `keys`:
    the match keys of each of its articles.
    """
    if len(story.articles) == 1:
        raise UsageError(f"the story {story.id} has one article only; there is nothing to split")
    apart: set[Identity] = set()
    for name in chosen:
        found = _named(name, story) or _once_at(name, story, keys)
        if len(found) != 1:
            said = "names several articles" if found else "names no article"
            there = "; ".join(
                f"{one.source}: {one.url or one.entry_id}" for one in found or story.articles
            )
            mend = "name one by its source or its entry id" if found else "they are"
            raise UsageError(f"{name} {said} of the story {story.id}; {mend}: {there}")
        apart.add(found[0].identity)
    if story.articles[0].identity in apart:
        apart = _identities(story.articles) - apart
    if not apart:
        raise UsageError(f"these are all articles of the story {story.id}; name some of them")
    return [one for one in story.articles if one.identity in apart]


def _founded(
    tell: Tell, setup: Setup, moving: Sequence[Article], bonds: Mapping[Identity, str]
) -> Story:
    """The story that these articles make by themselves. One that had founded a story which was
    merged into this one gets that one back.
    """
    founder = next((one for one in moving if one.identity in bonds), moving[0])
    known = bonds.get(founder.identity)
    if known is not None:
        tell.release_bond(known)
    own = own_id(founder, setup.site.id)
    id_ = known or own
    if id_ is None or (known is None and tell.story_pks([id_])):
        id_ = minted_id(founder, setup.site.id)
    sources = {one.source for one in moving}
    others = (
        one if one.joined and one.joined.to in sources else replace(one, joined=Joined("hand"))
        for one in moving
        if one is not founder
    )
    return Story(
        id=id_,
        articles=(replace(founder, joined=None), *others),
        first_seen_at=founder.first_seen_at,
        published=founder.published,
        updated=founder.updated,
    )


def _text_keys(ask: Ask, story: Story) -> dict[Identity, tuple[MatchKey, ...]]:
    """The keys by which copies find the articles of a new story: what had joined the old one as a
    copy may have none.
    """
    arrivals = [Arrival(one, (), keys_of_text(one)) for one in voices(story)]
    known = ask.sightings(set(chain.from_iterable(one.text_keys for one in arrivals)))
    told = chain.from_iterable(telling([one], known) for one in arrivals)
    return {one.article.identity: one.text_keys for one in told}


def _with_its_topics(
    tell: Tell, story: Story, pk: int, made: Story, made_pk: int, now: dt.datetime
) -> Story:
    """A retired article takes with it the topics of its story, and the place there: what is left
    of it cannot say which of them are its own (law 10).
    """
    if all(one.kept == "text" for one in made.articles):
        return made
    shown: set[str] = set()
    for because in story.topics:
        stood = tell.admissions(because.topic, [pk])[pk]
        tell.save_admissions([(made_pk, replace(stood, story=made.id), because)])
        if _is_published(stood):
            shown.add(because.topic)
    tell.touch_topics(shown, now, removed=True)
    return replace(made, topics=story.topics)


def _wait_as_before(tell: Tell, story: Story, pk: int, made: Story, made_pk: int) -> None:
    """Where the whole story was too old to be news, or waits its turn, its part does too."""
    entered = {because.topic: because for because in tell.stories([made_pk], ())[made_pk].topics}
    for topic in [because.topic for because in story.topics if because.topic in entered]:
        stood = tell.admissions(topic, [pk]).get(pk)
        if stood is not None and not _is_published(stood):
            place = Admission(topic, made.id, stood.admitted_at, stood.due_at)
            tell.save_admissions([(made_pk, place, entered[topic])])


def _is_published(stood: Admission) -> bool:
    return stood.admitted_at is not None and stood.due_at is None


def _lift_vetoes(tell: Tell, one: tuple[int, Story], other: tuple[int, Story]) -> None:
    """Forget what kept the two apart; what else the second kept out stays out of the first."""
    for (pk, _), (their_pk, them) in ((one, other), (other, one)):
        tell.lift_veto(pk, together(vetoed_by(tell, their_pk, them), them.articles))
    tell.veto(one[0], tell.vetoes([other[0]]).get(other[0], frozenset()))


def _take_places(tell: Tell, pk: int, kept: Story, gone_pk: int, gone: Story) -> set[str]:
    """In every topic let the story stand where either of the two stood; the topics that show the
    other no more.
    """
    left: set[str] = set()
    for because in gone.topics:
        stand = tell.admissions(because.topic, [pk, gone_pk])
        theirs, ours = stand[gone_pk], stand.get(pk)
        if _is_published(theirs):
            left.add(because.topic)
        if ours is None or (_is_published(theirs) and not _is_published(ours)):
            place = Admission(because.topic, kept.id, theirs.admitted_at, theirs.due_at)
            tell.save_admissions([(pk, place, because)])
    return left
