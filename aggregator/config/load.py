"""feeds.yaml to values: every mistake found at once, each with `file:line:column`, what is wrong,
and what to do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.tokens import AliasToken

from ..errors import ConfigError
from .environment import with_environment
from .form import mistakes_of_form
from .places import Problem
from .schema import Config, FileModel
from .sense import make_sense, rules_in
from .warnings import Warned, warned_of_topic, warnings_of

MAX_SIZE: Final = 8 << 20  # bytes; ten thousand sources are one


def yaml() -> YAML:
    """YAML 1.2 (`no`, `on` and 12:30 are texts) whose comments, quotes and order are kept; a key
    given twice is refused.
    """
    loader = YAML()
    loader.preserve_quotes = True
    loader.indent(mapping=2, sequence=4, offset=2)
    loader.width = 4096
    return loader


@dataclass(frozen=True, slots=True)
class Checked:
    """A valid feeds.yaml, looked at more closely than it takes to put it in force."""

    config: Config
    warnings: list[Warned]
    tree: CommentedMap

    def warned(self, topic: str, kind: str, said: str) -> Warned:
        """Something else that is wrong with a topic as a whole."""
        return warned_of_topic(self.tree, topic, kind, said)


def load_config(path: Path, environ: Mapping[str, str]) -> Config:
    """Read feeds.yaml. Raises ConfigError with every mistake in it."""
    return parse_config(_text(path), str(path), environ, path.absolute().parent)


def check_config(path: Path, environ: Mapping[str, str]) -> Checked:
    """Read feeds.yaml, and find what is legal in it and surely wrong. Raises ConfigError."""
    text = _text(path)
    config, tree = _parsed(text, str(path), environ, path.absolute().parent)
    return Checked(config, warnings_of(tree, text, config.topics), tree)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_SIZE:
            raise ConfigError([f"{path}: larger than {MAX_SIZE} bytes"])
        return path.read_text("utf-8")
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


def parse_config(text: str, name: str, environ: Mapping[str, str], folder: Path) -> Config:
    """The values in the text of feeds.yaml. Raises ConfigError with every mistake in it.

    `name` stands before every mistake; `folder` is where the default database goes.
    """
    return _parsed(text, name, environ, folder)[0]


def _parsed(
    text: str, name: str, environ: Mapping[str, str], folder: Path
) -> tuple[Config, CommentedMap]:
    tree = _tree(text, name)
    raw, given = with_environment(tree, environ)
    rules, problems = rules_in(tree, text)
    try:
        file = FileModel.model_validate(raw)
    except ValidationError as wrong:
        of_file, of_environment = mistakes_of_form(wrong, tree, given)
        raise ConfigError([*_placed([*of_file, *problems], name), *of_environment]) from None
    config, senseless = make_sense(file, tree, rules, environ, folder)
    if problems or senseless:
        raise ConfigError(_placed([*problems, *senseless], name))
    return config, tree


def _placed(problems: list[Problem], name: str) -> list[str]:
    return [f"{name}:{line}:{column}: {said}" for line, column, said in sorted(problems)]


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
