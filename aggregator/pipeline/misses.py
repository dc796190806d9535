"""Why a story is not in a topic."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..model import Story
from ..topics import Miss
from .setup import Setup
from .tagging import document_of, tag


@dataclass(frozen=True, slots=True)
class StoryMiss:
    """A topic that takes none of the articles of a story: why not, by the article that came
    nearest, and what it was asked about.
    """

    miss: Miss
    document: Mapping[str, str]


def misses_of(story: Story, setup: Setup, most: int = 3) -> list[StoryMiss]:
    """The topics that a story came nearest to, the nearest first."""
    taken = {because.topic for because in (*story.topics, *tag(story, setup))}
    found = [
        StoryMiss(miss, document)
        for document in _documents(_judged(story), setup)
        for miss in setup.engine.misses(document, most + len(taken))
        if miss.topic not in taken
    ]
    nearest: dict[str, StoryMiss] = {}
    for one in sorted(found, key=_farness):
        nearest.setdefault(one.miss.topic, one)
    return list(nearest.values())[:most]


def _judged(story: Story) -> Story:
    """Without the articles whose texts are forgotten: no rule is asked about what is left."""
    return replace(story, articles=tuple(a for a in story.articles if a.kept == "text"))


def miss_of(story: Story, setup: Setup, topic: str) -> StoryMiss | None:
    """Why a story is not in a topic; None when its query takes the story. KeyError: the topic has
    no query.
    """
    found = [
        StoryMiss(miss, document) if (miss := setup.engine.miss(document, topic)) else None
        for document in _documents(story, setup)
    ]
    misses = [one for one in found if one is not None]
    return min(misses, key=_farness) if len(misses) == len(found) else None


def _documents(story: Story, setup: Setup) -> list[Mapping[str, str]]:
    return [document_of(a, setup.sources.get(a.source)) for a in story.articles]


def _farness(one: StoryMiss) -> float:
    return -one.miss.nearness
