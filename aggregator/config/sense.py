"""Mistakes of sense in a well-formed feeds.yaml, and the values when there are none."""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import unquote

from ruamel.yaml.comments import CommentedMap

from ..model import Blocklist, Example, Site, Source, Topic
from ..publish.hubs import hubs_of
from ..text.urls import absolute
from ..topics import Engine, QueryError, Rule, Score, parse_places, parse_query
from .fields import key_from
from .places import Location, Problem, dotted, place, place_in_text
from .schema import Config, ExampleModel, FileModel, Settings, SourceModel

_Parsed = TypeVar("_Parsed")

_HOST: Final = re.compile(r"(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*", re.IGNORECASE)
_USER_INFO: Final = re.compile(r"^(https?://)([^/?#]*)@", re.IGNORECASE)


def rules_in(tree: CommentedMap, text: str) -> tuple[dict[str, Rule], list[Problem]]:
    """The rules of the topics, by key, and what is wrong in the others: found whatever else the
    file may have wrong.
    """
    rules: dict[str, Rule] = {}
    problems: list[Problem] = []
    lines = text.splitlines()

    def parsed(where: Location, said: object, parse: Callable[[str], _Parsed]) -> _Parsed | None:
        if not isinstance(said, str):
            return None
        try:
            return parse(said)
        except QueryError as wrong:
            start = place(tree, where)
            exact = place_in_text(lines, start, said, wrong.column - 1)
            shown = wrong.message if exact else str(wrong)
            problems.append((*(exact or start), f"{dotted(where)}: {shown}"))
            return None

    for key, topic in _mapping(tree.get("topics")).items():
        given = _mapping(topic)
        score = _mapping(given.get("score"))
        query = parsed(("topics", key, "query"), given.get("query"), parse_query)
        terms = tuple(
            (places, float(weight))
            for weight, said in _mapping(score.get("weights")).items()
            if (places := parsed(("topics", key, "score", "weights", weight), said, parse_places))
            and isinstance(weight, int | float)
        )
        threshold = score.get("threshold")
        scored = Score(threshold, terms) if isinstance(threshold, int | float) else None
        if query is not None:
            rules[key] = Rule(query, scored)
    return rules, problems


def _mapping(value: object) -> Mapping[Any, Any]:
    return value if isinstance(value, dict) else {}


def make_sense(
    file: FileModel,
    tree: CommentedMap,
    rules: Mapping[str, Rule],
    environ: Mapping[str, str],
    folder: Path,
) -> tuple[Config, list[Problem]]:
    """The values of a well-formed file, worth something only if there are no problems."""
    sense = _Sense(file, tree, rules, environ, folder)
    return sense.config(), sense.problems


class _Sense:
    def __init__(
        self,
        file: FileModel,
        tree: CommentedMap,
        rules: Mapping[str, Rule],
        environ: Mapping[str, str],
        folder: Path,
    ) -> None:
        self.file, self.tree, self.rules = file, tree, rules
        self.environ, self.folder = environ, folder
        self.problems: list[Problem] = []

    def config(self) -> Config:
        sources = self.sources()
        settings = self.settings()
        return Config(
            self.site(settings), sources, self.topics(sources), self.blocklist(), settings
        )

    def wrong(self, where: Location, said: str, *, of_key: bool = False) -> None:
        line, column = place(self.tree, where, of_key=of_key)
        self.problems.append((line, column, f"{dotted(where)}: {said}"))

    def settings(self) -> Settings:
        settings = self.file.settings
        database = settings.database or f"sqlite:///{self.folder / 'aggregator.db'}"
        if settings.database.startswith("sqlite:///") and not settings.database.startswith(
            "sqlite:////"
        ):
            # A relative file is relative to feeds.yaml, wherever the program was started.
            database = f"sqlite:///{self.folder / settings.database.removeprefix('sqlite:///')}"
        return settings.model_copy(update={"database": database})

    def site(self, settings: Settings) -> Site:
        given = self.file.site
        url = absolute(given.url or f"http://{settings.listen}/") or ""
        url = url.partition("?")[0].partition("#")[0]
        url = url if url.endswith("/") else f"{url}/"
        named = None if given.hubs is None else [absolute(hub) or hub for hub in given.hubs]
        for number, hub in enumerate(given.hubs or ()):
            if _USER_INFO.match(hub):
                self.wrong(("site", "hubs", number), "stands in every feed: without a user name")
        return Site(
            title=given.title,
            url=url,
            id=given.id or "",
            contact=given.contact,
            description=given.description,
            lang=given.lang,
            pictures=settings.publish.pictures,
            hubs=hubs_of(url, named),
        )

    def sources(self) -> dict[str, Source]:
        sources: dict[str, Source] = {}
        seen: dict[str, int] = {}
        for number, given in enumerate(self.file.sources):
            bare, auth = self.credentials(given, number)
            url = (absolute(bare) or "").partition("#")[0]
            if url in seen:
                self.wrong(
                    ("sources", number), f"the same address as sources[{seen[url]}]; take one out"
                )
                continue
            seen[url] = number
            key = given.key or key_from(url)
            if key in sources:
                said = f"the key {key!r} is another source's; give this one a `key:` of its own"
                where = ("sources", number, "key") if given.key else ("sources", number)
                self.wrong(where, said)
                continue
            for place_, topic in enumerate(given.topics):
                if topic not in self.file.topics:
                    near = get_close_matches(topic, self.file.topics, 1)
                    guess = f"; did you mean {near[0]}?" if near else " under `topics:`"
                    self.wrong(("sources", number, "topics", place_),
                               f"there is no topic {topic!r}{guess}")  # fmt: skip
            if given.content == "full" and not given.licence:
                self.wrong(
                    ("sources", number, "content"),
                    "republishing full texts needs a ground: add `licence:` with the licence or "
                    "the permission, and its date",
                )
            sources[key] = Source(
                key=key,
                url=url,
                title=given.title,
                every=given.every,
                priority=given.priority,
                topics=given.topics,
                merge=given.merge,
                paused=given.paused,
                content=given.content,
                licence=given.licence,
                allow_bad_tls=given.allow_bad_tls,
                auth=auth,
            )
        return sources

    def credentials(self, given: SourceModel, number: int) -> tuple[str, str | None]:
        """The address without user name and password, and those (A7.6)."""
        found = _USER_INFO.match(given.url)
        bare = _USER_INFO.sub(r"\1", given.url)
        if given.auth is None:
            return bare, unquote(found[2]) if found else None
        kind, _, what = given.auth.partition(":")
        if kind == "env":
            if what not in self.environ:
                self.wrong(("sources", number, "auth"), f"the environment has no {what}")
            return bare, self.environ.get(what)
        try:
            return bare, (self.folder / what).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as wrong:
            reason = getattr(wrong, "strerror", None) or "not UTF-8"
            self.wrong(("sources", number, "auth"), f"cannot read {what}: {reason}")
            return bare, None

    def topics(self, sources: Mapping[str, Source]) -> dict[str, Topic]:
        brought = {topic for source in sources.values() for topic in source.topics}
        topics: dict[str, Topic] = {}
        claimed: dict[str, str] = {}  # earlier key → the topic that has it
        for key, given in self.file.topics.items():
            if given.query is None and key not in brought:
                self.wrong(
                    ("topics", key),
                    "can never have a story: add a `query:`, or name it in `topics:` of a source",
                    of_key=True,
                )
            if given.score is not None and given.query is None:
                self.wrong(
                    ("topics", key, "score"),
                    "a score chooses among what a `query:` takes; add one",
                    of_key=True,
                )
            for number, old in enumerate(given.was):
                if old in self.file.topics and old != key:
                    self.wrong(("topics", key, "was", number), f"{old!r} is a topic of this file")
                if claimed.setdefault(old, key) != key:
                    said = f"{old!r} is an earlier key of {claimed[old]} already; take one out"
                    self.wrong(("topics", key, "was", number), said)
            topics[key] = Topic(
                key=key,
                title=given.title or key.replace("-", " ").capitalize(),
                description=given.description,
                query=given.query,
                weights=given.score.weights if given.score else {},
                threshold=given.score.threshold if given.score else 0.0,
                was=given.was,
                match=tuple(map(_example, given.examples.match)),
                reject=tuple(map(_example, given.examples.reject)),
            )
        self.examples()
        return topics

    def examples(self) -> None:
        """Every topic on its own examples (none of ours is published untried)."""
        engine = Engine(self.rules)
        for key, given in self.file.topics.items():
            if key not in self.rules:
                continue
            for number, example in enumerate(given.examples.match):
                if key not in engine.topics_of(example.model_dump()):
                    self.wrong(
                        ("topics", key, "examples", "match", number),
                        f"the query does not take {_shown(example)}; "
                        "`aggregator explain --text` shows what it sees",
                    )
            for number, example in enumerate(given.examples.reject):
                evidence = engine.topics_of(example.model_dump()).get(key)
                if evidence is not None:
                    terms = ", ".join(f"{e.term} in the {e.field}" for e in evidence[:3])
                    self.wrong(
                        ("topics", key, "examples", "reject", number),
                        f"the query takes {_shown(example)}, by {terms}",
                    )

    def blocklist(self) -> Blocklist:
        urls, hosts, words = set(), set(), set()
        for entry in self.file.blocklist:
            said = entry.strip()
            if said.startswith(("http://", "https://")):
                urls |= {said, absolute(said) or said}
                words.add(said)  # it may be an entry id as well
            elif _HOST.fullmatch(said):
                hosts.add(said.lower())
            elif said:
                words |= {said, said.casefold()}
        return Blocklist(frozenset(urls), frozenset(hosts), frozenset(words))


def _example(given: ExampleModel) -> Example:
    return Example(given.model_dump())


def _shown(example: ExampleModel) -> str:
    said = example.title or example.text
    return f'"{said[:80]}…"' if len(said) > 80 else f'"{said}"'
