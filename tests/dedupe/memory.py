"""A store of stories in memory, as small as folding allows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from aggregator.dedupe.copies import copies_to_load, telling
from aggregator.dedupe.reconcile import news_of, reconcile, wanted_keys, worth_loading
from aggregator.dedupe.settle import Arrival, settle
from aggregator.dedupe.shelf import Change
from aggregator.model import Article, MatchKey, Sighting, Story


class Memory:
    """Stories, and the keys that lead to them."""

    def __init__(self, priority: Mapping[str, int] | None = None) -> None:
        self.stories: dict[str, Story] = {}
        self.keys: dict[MatchKey, set[tuple[str, str]]] = {}
        self.priority = priority or {}
        self.counter = 0

    def poll(self, *articles: Article) -> list[Change]:
        """One document of one source."""
        return self.polls(settle(list(articles)))

    def polls(self, *documents: Sequence[Arrival]) -> list[Change]:
        home = {a.identity: (s, a) for s in self.stories.values() for a in s.articles}
        sightings = self.sightings(home, wanted_keys(documents))
        news = [news_of(document, sightings) for document in documents]
        texts = self.sightings(home, {k for d in news for a in d.arrivals for k in a.text_keys})
        news = [replace(d, arrivals=telling(d.arrivals, texts)) for d in news]
        copies = copies_to_load([a for d in news for a in d.arrivals], texts)
        known = {
            key: [home[s.source, s.entry_id] for s in worth_loading(found)]
            for key, found in {**sightings, **copies}.items()
        }
        changes = reconcile(news, known, lambda one: one.lead(self.priority), self.new_id)
        for change in changes:
            self.stories[change.story.id] = change.story
            for identity, keys in change.keys.items():
                for key in keys:
                    self.keys.setdefault(key, set()).add(identity)
        return changes

    def sightings(
        self, home: Mapping[tuple[str, str], tuple[Story, Article]], keys: set[MatchKey]
    ) -> dict[MatchKey, list[Sighting]]:
        return {
            key: [
                Sighting(
                    list(self.stories).index(home[identity][0].id),
                    *identity,
                    digest=home[identity][1].digest,
                    published=home[identity][1].published,
                )
                for identity in sorted(self.keys[key])
            ]
            for key in sorted(keys & self.keys.keys())
        }

    def new_id(self, founder: Article) -> str:
        self.counter += 1
        return f"story-{founder.source}-{self.counter}"

    def told(self) -> list[set[str]]:
        """The stories, each as the ids of its articles."""
        return [{a.entry_id for a in story.articles} for story in self.stories.values()]
