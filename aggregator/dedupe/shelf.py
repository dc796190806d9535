"""The stories at hand while documents are folded into them, and what has changed."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ..model import Article, MatchKey, Revision, Story

# So many stories with one key of their texts: it is a common turn of phrase, and says nothing.
CROWD: Final = 50


@dataclass(frozen=True, slots=True)
class Change:
    """A story that is new or has changed, and the keys that lead to its articles from now on."""

    story: Story
    is_new: bool
    added: tuple[Article, ...] = ()
    edited: tuple[Article, ...] = ()
    keys: Mapping[tuple[str, str], tuple[MatchKey, ...]] = field(default_factory=dict)
    revised: tuple[tuple[tuple[str, str], Revision], ...] = ()  # what articles said until now


class Shelf:
    """The stories at hand, by id and by key, as they change."""

    def __init__(self, known: Mapping[MatchKey, Iterable[tuple[Story, Article]]]) -> None:
        self.stories: dict[str, Story] = {}
        self.places: dict[MatchKey, list[tuple[str, tuple[str, str]]]] = {}
        for key, sightings in known.items():
            for story, article in sightings:
                self.stories.setdefault(story.id, story)
                self.places.setdefault(key, []).append((story.id, article.identity))
        self.changes: dict[str, Change] = {}

    def sightings(self, key: MatchKey | None) -> list[tuple[Story, Article]]:
        """Stories with this key, oldest first, each with the article that has it, in the order
        they joined.
        """
        if key is None:
            return []
        found = [
            (story, article)
            for story_id, identity in self.places.get(key, ())
            for story in (self.stories[story_id],)
            for article in story.articles
            if article.identity == identity
        ]
        return sorted(found, key=lambda p: (p[0].first_seen_at, p[0].id, p[0].articles.index(p[1])))

    def at(self, story_id: str, identity: tuple[str, str]) -> tuple[Story, Article]:
        """A story at hand, and one of its articles, as they are now."""
        story = self.stories[story_id]
        return story, next(one for one in story.articles if one.identity == identity)

    def leads_to(self, key: MatchKey, article: Article) -> bool:
        """Is the key the article's already?"""
        return any(identity == article.identity for _, identity in self.places.get(key, ()))

    def nearest(self, keys: Iterable[MatchKey]) -> list[Story]:
        """Stories with an article that has some of these keys, those with the most first. Keys
        of a crowd are left out.
        """
        places = Counter(
            place for key in keys if not self.crowded(key) for place in self.places.get(key, ())
        )
        ranked = sorted(places, key=lambda place: (-places[place], place))
        return [self.stories[story_id] for story_id in dict.fromkeys(id_ for id_, _ in ranked)]

    def crowded(self, key: MatchKey) -> bool:
        """Do too many stories bear it to tell any of them by?"""
        places = self.places.get(key, ())
        return len(places) >= CROWD and len({story_id for story_id, _ in places}) >= CROWD

    def put(
        self,
        story: Story,
        article: Article,
        keys: tuple[MatchKey, ...],
        *,
        is_new: bool = False,
        added: bool = False,
        edited: bool = False,
        revision: Revision | None = None,
    ) -> None:
        """Lay a story back as it is now, for this article's sake, which these keys lead to."""
        self.stories[story.id] = story
        for key in keys:
            place = (story.id, article.identity)
            if place not in self.places.setdefault(key, []):
                self.places[key].append(place)
        before = self.changes.get(story.id)
        all_keys = dict(before.keys) if before else {}
        all_keys[article.identity] = tuple(dict.fromkeys(all_keys.get(article.identity, ()) + keys))
        self.changes[story.id] = Change(
            story=story,
            is_new=is_new or (before is not None and before.is_new),
            added=(before.added if before else ()) + ((article,) if added else ()),
            edited=(before.edited if before else ()) + ((article,) if edited else ()),
            keys=all_keys,
            revised=(before.revised if before else ())
            + (((article.identity, revision),) if revision else ()),
        )
