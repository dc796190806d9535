"""What is legal in feeds.yaml and surely wrong, with its place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ruamel.yaml.comments import CommentedMap

from ..model import Topic
from ..topics import Rule, parse_rule
from ..topics.lint import Doubt, doubts_of
from ..topics.lint_rules import doubts_of_score, same_rules
from .places import Location, dotted, place, place_in_text


@dataclass(frozen=True, slots=True, order=True)
class Warned:
    """What is surely wrong, what to do, and where: line and column, from 1."""

    line: int
    column: int
    where: str  # as in `topics.isis.query`
    kind: str
    said: str

    def at(self, name: str) -> str:
        """In a line, as mistakes are told."""
        return f"{name}:{self.line}:{self.column}: {self.where}: {self.said}"


def warnings_of(tree: CommentedMap, text: str, topics: Mapping[str, Topic]) -> list[Warned]:
    """What is surely wrong in the topics of a valid file, in its order."""
    lines = text.splitlines()
    rules = {
        key: parse_rule(topic.query, topic.weights, topic.threshold)
        for key, topic in topics.items()
        if topic.query
    }
    found = [
        _placed(tree, lines, where, said, doubt)
        for key, rule in rules.items()
        for where, said, doubt in _of_topic(topics[key], rule)
    ]
    for topic, earlier in same_rules(rules):
        said = f"asks the same as {earlier}; take one out, or say how they differ"
        found.append(warned_of_topic(tree, topic, "equal", said))
    return sorted(found)


def warned_of_topic(tree: CommentedMap, topic: str, kind: str, said: str) -> Warned:
    """A warning about a topic as a whole."""
    where = ("topics", topic)
    return Warned(*place(tree, where, of_key=True), dotted(where), kind, said)


def _of_topic(topic: Topic, rule: Rule) -> Iterator[tuple[Location, str, Doubt]]:
    """What is wrong in a topic: where, the text that stands there, and what is wrong in it."""
    where: Location = ("topics", topic.key, "query")
    query = topic.query or ""
    for doubt in doubts_of(query, rule.query):
        yield where, query, doubt
    if rule.score is None:
        return
    score = ("topics", topic.key, "score")
    for (weight, said), (line, _) in zip(topic.weights.items(), rule.score.terms, strict=True):
        where = (*score, "weights", weight)
        if weight == 0:
            yield where, said, Doubt("score", "a weight of 0 changes nothing; take it out", 1)
        for doubt in doubts_of(said, line):
            yield where, said, doubt
    for doubt in doubts_of_score(rule.query, rule.score):
        yield (*score, "threshold"), "", doubt


def _placed(
    tree: CommentedMap, lines: Sequence[str], where: Location, said: str, doubt: Doubt
) -> Warned:
    start = place(tree, where)
    exact = place_in_text(lines, start, said, doubt.column - 1) if doubt.column else None
    return Warned(*(exact or start), dotted(where), doubt.kind, doubt.said)
