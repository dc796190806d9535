"""feeds.yaml to values: every mistake found at once, each with `file:line:column`, what is wrong,
and what to do.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.tokens import AliasToken

from ..errors import ConfigError
from ..model import Blocklist, Example, Site, Source, Topic
from ..text.urls import absolute
from ..topics import Engine, Query, QueryError, parse_query
from .fields import key_from
from .places import Location, place, place_in_text
from .schema import Config, ExampleModel, FileModel, Settings, SourceModel

PREFIX: Final = "AGGREGATOR_"
MAX_SIZE: Final = 8 << 20  # bytes; ten thousand sources are one
# Read by the command line itself.
_OTHER_VARIABLES: Final = frozenset(("AGGREGATOR_CONFIG", "AGGREGATOR_LOG"))
_HOST: Final = re.compile(r"(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*", re.IGNORECASE)
_USER_INFO: Final = re.compile(r"^(https?://)([^/?#]*)@", re.IGNORECASE)


def yaml() -> YAML:
    """YAML 1.2 (`no`, `on` and 12:30 are texts) whose comments, quotes and order are kept; a key
    given twice is refused.
    """
    loader = YAML()
    loader.preserve_quotes = True
    loader.indent(mapping=2, sequence=4, offset=2)
    loader.width = 4096
    return loader


def load_config(path: Path, environ: Mapping[str, str]) -> Config:
    """Read feeds.yaml. Raises ConfigError with every mistake in it."""
    try:
        if path.stat().st_size > MAX_SIZE:
            raise ConfigError([f"{path}: larger than {MAX_SIZE} bytes"])
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise ConfigError(
            [
                (
                    f"{path}: there is no such file; name another with --config, or make one: "
                    "`sources:` with a list of feed addresses is enough"
                )
            ]
        ) from None
    except UnicodeDecodeError as wrong:
        raise ConfigError(
            [f"{path}: not in UTF-8 (byte {wrong.start}); save it as UTF-8"]
        ) from None
    except OSError as wrong:
        raise ConfigError([f"{path}: cannot be read: {wrong.strerror}"]) from None
    return parse_config(text, str(path), environ, path.absolute().parent)


def parse_config(text: str, name: str, environ: Mapping[str, str], folder: Path) -> Config:
    """The values in the text of feeds.yaml. Raises ConfigError with every mistake in it.

    `name` stands before every mistake; `folder` is where the default database goes.
    """
    tree = _tree(text, name)
    raw, given = _with_environment(tree, environ, name)
    try:
        file = FileModel.model_validate(raw)
    except ValidationError as wrong:
        raise ConfigError(list(_explained(wrong, tree, name, given))) from None
    return _Reading(file, tree, text, name, environ, folder).config()


def _tree(text: str, name: str) -> CommentedMap:
    try:
        if "*" in text:
            for token in YAML().scan(text):
                if isinstance(token, AliasToken):
                    mark = token.start_mark
                    where = f"{name}:{mark.line + 1}:{mark.column + 1}"
                    said = "aliases (*name) are not allowed; write the value out, or quote a text"
                    raise ConfigError([f"{where}: {said} that begins with *"])
        tree = yaml().load(text)
    except MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        problem = " ".join(str(wrong.problem or wrong.context or "not YAML").split())
        raise ConfigError([f"{where}: {_mend(problem)}"]) from None
    except (YAMLError, ValueError, RecursionError) as wrong:
        raise ConfigError([f"{name}: not YAML: {' '.join(str(wrong).split())}"]) from None
    if tree is None:
        tree = CommentedMap()
    if not isinstance(tree, CommentedMap):
        raise ConfigError([f"{name}:1:1: expected `sources:` and `topics:` at the left margin"])
    return tree


def _mend(problem: str) -> str:
    if "found character '\\t'" in problem:
        return "a tab; indent with blanks"
    if "duplicate key" in problem:
        return problem.split(" with ", maxsplit=1)[0] + "; a key may stand once, take one out"
    if "mapping values are not allowed" in problem:
        return "a colon here; put the text in quotes, or mind the indentation"
    return f"not YAML: {problem}"


# --- the environment ---------------------------------------------------------------------------


def _variables() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every setting: the variable that overrides it, and its place."""
    for name, field in Settings.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            for part in inner.model_fields:
                yield f"{PREFIX}{name}_{part}".upper(), ("settings", name, part)
        else:
            yield f"{PREFIX}{name}".upper(), ("settings", name)


def variables() -> dict[str, tuple[str, ...]]:
    """Variable → the place of its setting in feeds.yaml."""
    return dict(_variables())


def _with_environment(
    tree: CommentedMap, environ: Mapping[str, str], name: str
) -> tuple[dict[str, Any], dict[Location, str]]:
    """The tree with the environment's settings in it, and which places came from where."""
    known = variables()
    given: dict[Location, str] = {}
    raw: dict[str, Any] = dict(tree)
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable in _OTHER_VARIABLES:
            continue
        plain = variable.removesuffix("_FILE")
        where = known.get(variable) or known.get(plain)
        if where is None:
            near = get_close_matches(variable, known, 1)
            guess = f"; did you mean {near[0]}?" if near else ""
            raise ConfigError([f"{variable}: there is no such setting{guess}"])
        value = environ[variable]
        if variable not in known:
            value = _secret(value, variable)
        _put(raw, where, _listed(value, where))
        given[where] = variable
    return raw, given


def _put(raw: dict[str, Any], where: Location, value: Any) -> None:
    node = raw
    for step in where[:-1]:
        inner = node.get(str(step))
        node[str(step)] = dict(inner) if isinstance(inner, dict) else {}
        node = node[str(step)]
    node[str(where[-1])] = value


def _listed(value: str, where: Location) -> Any:
    if where[-1] == "allow_private":
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _secret(path: str, variable: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as wrong:
        reason = getattr(wrong, "strerror", None) or "not UTF-8"
        raise ConfigError([f"{variable}: cannot read {path}: {reason}"]) from None


# --- mistakes of form ----------------------------------------------------------------------------


def _explained(
    wrong: ValidationError, tree: CommentedMap, name: str, given: Mapping[Location, str]
) -> Iterator[str]:
    """A line for each mistake pydantic found, those of the file in its order."""
    found: list[tuple[int, int, str]] = []
    for error in wrong.errors(include_url=False):
        where = error["loc"]
        unknown = error["type"] == "extra_forbidden"
        key = unknown or where[-1:] == ("[key]",)
        where = tuple(step for step in where if step != "[key]")
        above = (where[:length] for length in range(len(where), 0, -1))
        if (variable := next((given[part] for part in above if part in given), None)) is not None:
            yield f"{variable}: {_message(error, where)}"
            continue
        found.append(
            (*place(tree, where, of_key=key), f"{_dotted(where)}: {_message(error, where)}")
        )
    for line, column, said in sorted(found):
        yield f"{name}:{line}:{column}: {said}"


def _dotted(where: Location) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in where).lstrip(
        "."
    )


# What the two texts with a pattern look like; the text itself may be a secret.
_FORMS: Final = {"lang": "a language tag, as in en or pt-BR", "auth": "env:NAME or file:PATH"}


def _message(error: Any, where: Location) -> str:
    match error["type"]:
        case "extra_forbidden":
            keys = _keys_at(where[:-1])
            near = get_close_matches(str(where[-1]), keys, 1)
            guess = f"did you mean {near[0]}?" if near else f"known are {', '.join(keys)}"
            return f"there is no such key; {guess}"
        case "missing":
            return "is missing; add it"
        case "model_type" | "dict_type" | "model_attributes_type":
            return "a mapping belongs here: keys and values, indented"
        case "tuple_type":
            return "a list belongs here: each item on a line, behind a dash"
        case "string_type":
            return f"a text belongs here, not {error['input']!r}; put it in quotes"
        case "value_error":
            return str(error["ctx"]["error"])
        case "string_pattern_mismatch":
            return f"this does not fit here; write {_FORMS[str(where[-1])]}"
        case "literal_error":
            return f"{error['input']!r} is not one of {error['ctx']['expected']}"
        case _:
            return str(error["msg"])


def _keys_at(where: Location) -> list[str]:
    """The keys that may stand at a place of feeds.yaml."""
    model: Any = FileModel
    for step in where:
        if isinstance(step, int):
            continue
        field = model.model_fields.get(step) if model is not None else None
        if field is None:  # a topic's key
            continue
        model = _model_in(field.annotation)
    return list(model.model_fields) if model is not None else []


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        if (found := _model_in(part)) is not None:
            return found
    return None


# --- mistakes of sense, and the values -----------------------------------------------------------


class _Reading:
    """One reading of a well-formed file: collects what makes no sense, then makes the values."""

    def __init__(
        self,
        file: FileModel,
        tree: CommentedMap,
        text: str,
        name: str,
        environ: Mapping[str, str],
        folder: Path,
    ) -> None:
        self.file, self.tree, self.name = file, tree, name
        self.lines = text.splitlines()
        self.environ, self.folder = environ, folder
        self.problems: list[tuple[int, int, str]] = []

    def config(self) -> Config:
        sources = self.sources()
        topics = self.topics(sources)
        settings = self.settings()
        if self.problems:
            raise ConfigError(
                [
                    f"{self.name}:{line}:{column}: {said}"
                    for line, column, said in sorted(self.problems)
                ]
            )
        return Config(self.site(settings), sources, topics, self.blocklist(), settings)

    def wrong(self, where: Location, said: str, *, of_key: bool = False) -> None:
        line, column = place(self.tree, where, of_key=of_key)
        self.problems.append((line, column, f"{_dotted(where)}: {said}"))

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
        return Site(
            title=given.title,
            url=url if url.endswith("/") else f"{url}/",
            id=given.id or "",
            contact=given.contact,
            description=given.description,
            lang=given.lang,
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
        queries: dict[str, Query] = {}
        topics: dict[str, Topic] = {}
        for key, given in self.file.topics.items():
            if given.query is None and key not in brought:
                self.wrong(
                    ("topics", key),
                    "can never have a story: add a `query:`, or name it in `topics:` of a source",
                    of_key=True,
                )
            if given.query is not None and (query := self.query(key, given.query)) is not None:
                queries[key] = query
            for number, old in enumerate(given.was):
                if old in self.file.topics:
                    self.wrong(("topics", key, "was", number), f"{old!r} is a topic of this file")
            topics[key] = Topic(
                key=key,
                title=given.title or key.replace("-", " ").capitalize(),
                description=given.description,
                query=given.query,
                was=given.was,
                match=tuple(map(_example, given.examples.match)),
                reject=tuple(map(_example, given.examples.reject)),
            )
        self.examples(queries)
        return topics

    def query(self, key: str, text: str) -> Query | None:
        try:
            return parse_query(text)
        except QueryError as wrong:
            where = ("topics", key, "query")
            start = place(self.tree, where)
            exact = place_in_text(self.lines, start, text, wrong.column - 1)
            line, column = exact or start
            said = wrong.message if exact else str(wrong)
            self.problems.append((line, column, f"{_dotted(where)}: {said}"))
            return None

    def examples(self, queries: Mapping[str, Query]) -> None:
        """Every topic on its own examples (none of ours is published untried)."""
        engine = Engine(queries)
        for key, given in self.file.topics.items():
            if key not in queries:
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
