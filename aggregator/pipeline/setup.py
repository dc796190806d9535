"""feeds.yaml in force: what every use case needs to know of it, compiled once."""

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from ..model import Blocklist, Site, Source, Topic
from ..polling.schedule import PollPolicy
from ..publish.admission import AdmissionPolicy
from ..publish.feed import all_topic, topic_path
from ..topics import Engine, parse_rule

# Part of every topic's definition: a new meaning of the language is a new rule.
_LANGUAGE = 2


@dataclass(frozen=True, eq=False)  # one is another only when it is the same
class Setup:
    """One state of feeds.yaml."""

    site: Site
    sources: Mapping[str, Source]
    topics: Mapping[str, Topic]
    blocklist: Blocklist
    engine: Engine
    polling: PollPolicy
    admission: AdmissionPolicy

    @functools.cached_property
    def priority(self) -> Mapping[str, int]:
        """Which sources lead a story."""
        return {key: source.priority for key, source in self.sources.items()}

    @functools.cached_property
    def unmerged(self) -> frozenset[str]:
        """Sources whose stories stay their own."""
        return frozenset(key for key, source in self.sources.items() if source.merge == "never")

    @functools.cached_property
    def published_topics(self) -> Mapping[str, Topic]:
        """Every topic that has a feed, that of all stories included."""
        every = all_topic(self.site)
        return {every.key: every, **self.topics}

    @functools.cached_property
    def topics_by_path(self) -> Mapping[str, Topic]:
        """Where each of them stands, without the ending of its format."""
        return {topic_path(key): topic for key, topic in self.published_topics.items()}

    @functools.cached_property
    def brought(self) -> Mapping[str, list[str]]:
        """Topic → the sources whose every story it has."""
        brought: dict[str, list[str]] = {}
        for source in self.sources.values():
            for topic in source.topics:
                brought.setdefault(topic, []).append(source.key)
        return brought

    @functools.cached_property
    def definitions(self) -> Mapping[str, str]:
        """Topic → the digest of its rule."""
        return {key: self.definition(topic) for key, topic in self.topics.items()}

    def definition(self, topic: Topic) -> str:
        """A digest of all that decides which stories a topic has."""
        brought = sorted(self.brought.get(topic.key, ()))
        rule = json.dumps(
            [_LANGUAGE, topic.query, list(topic.weights.items()), topic.threshold, brought]
        )
        return hashlib.sha256(rule.encode()).hexdigest()


def set_up(
    site: Site,
    sources: Mapping[str, Source],
    topics: Mapping[str, Topic],
    blocklist: Blocklist,
    polling: PollPolicy,
    admission: AdmissionPolicy,
) -> Setup:
    """Compile feeds.yaml, whose queries are known to be good."""
    return Setup(site, sources, topics, blocklist, engine_of(topics), polling, admission)


def engine_of(topics: Mapping[str, Topic]) -> Engine:
    """The rules of topics, whose queries are known to be good, compiled."""
    return Engine(
        {
            key: parse_rule(topic.query, topic.weights, topic.threshold)
            for key, topic in topics.items()
            if topic.query
        }
    )
