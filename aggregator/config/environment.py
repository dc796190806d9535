"""The environment over feeds.yaml: AGGREGATOR_LISTEN is `settings.listen`."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from ruamel.yaml.comments import CommentedMap

from ..errors import ConfigError
from .places import Location
from .schema import Settings

PREFIX: Final = "AGGREGATOR_"
# Read by the command line itself.
_OTHER_VARIABLES: Final = frozenset(("AGGREGATOR_CONFIG", "AGGREGATOR_LOG"))


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


def with_environment(
    tree: CommentedMap, environ: Mapping[str, str]
) -> tuple[dict[str, Any], dict[Location, str]]:
    """The tree with the environment's settings in it, and which variable gave which place.

    Raises ConfigError for variables that name no setting or cannot be read.
    """
    known = variables()
    given: dict[Location, str] = {}
    raw: dict[str, Any] = dict(tree)
    wrong: list[str] = []
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable in _OTHER_VARIABLES:
            continue
        where = known.get(variable) or known.get(variable.removesuffix("_FILE"))
        if where is None:
            near = get_close_matches(variable, known, 1)
            guess = f"; did you mean {near[0]}?" if near else ""
            wrong.append(f"{variable}: there is no such setting{guess}")
            continue
        value = environ[variable]
        if variable not in known:
            try:
                value = Path(value).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as fault:
                reason = getattr(fault, "strerror", None) or "not UTF-8"
                wrong.append(f"{variable}: cannot read {value}: {reason}")
                continue
        _put(raw, where, _listed(value, where))
        given[where] = variable
    if wrong:
        raise ConfigError(wrong)
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
