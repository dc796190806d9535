"""Mistakes of form in feeds.yaml: what pydantic found, said as a person would, with its place."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from ruamel.yaml.comments import CommentedMap

from .places import Location, Problem, dotted, place
from .schema import FileModel


def mistakes_of_form(
    wrong: ValidationError, tree: CommentedMap, given: Mapping[Location, str]
) -> tuple[list[Problem], list[str]]:
    """What pydantic found: in the file; and in the environment, where `given` says which variable
    set what.
    """
    of_file: list[Problem] = []
    of_environment: list[str] = []
    for error in wrong.errors(include_url=False):
        where = error["loc"]
        key = error["type"] == "extra_forbidden" or where[-1:] == ("[key]",)
        where = tuple(step for step in where if step != "[key]")
        above = (where[:length] for length in range(len(where), 0, -1))
        if (variable := next((given[part] for part in above if part in given), None)) is not None:
            of_environment.append(f"{variable}: {_message(error, where)}")
            continue
        line, column = place(tree, where, of_key=key)
        of_file.append((line, column, f"{dotted(where)}: {_message(error, where)}"))
    return of_file, of_environment


# What the two texts with a pattern look like; the text itself may be a secret.
_FORMS: Final = {"lang": "a language tag, as in en or pt-BR", "auth": "env:NAME or file:PATH"}


def _message(error: Any, where: Location) -> str:
    match error["type"]:
        case "extra_forbidden":
            keys = _keys_at(where[:-1])
            near = get_close_matches(str(where[-1]), keys, 1)
            guess = f"did you mean {near[0]}?" if near else f"known are {', '.join(keys)}"
            if _is_example(where[:-1]) and not near:
                guess += "; a headline with a colon needs quotes around it"
            return f"there is no such key; {guess}"
        case "missing":
            return "is missing; add it"
        case "model_type" if _is_example(where):
            return "a headline, in quotes, or a mapping belongs here"
        case "model_type" | "dict_type" | "model_attributes_type":
            return "a mapping belongs here: keys and values, indented"
        case "tuple_type":
            return "a list belongs here: each item on a line, behind a dash"
        case "string_type":
            return f"a text belongs here, not {error['input']!r}; put it in quotes"
        case "float_parsing" | "float_type" | "int_parsing" | "int_type":
            return "a number belongs here"
        case "int_from_float":
            return "a whole number belongs here"
        case "value_error":
            return str(error["ctx"]["error"])
        case "string_pattern_mismatch":
            return f"this does not fit here; write {_FORMS[str(where[-1])]}"
        case "literal_error":
            return f"{error['input']!r} is not one of {error['ctx']['expected']}"
        case _:
            return str(error["msg"])


def _is_example(where: Location) -> bool:
    """Is it a document that a topic is tried on?"""
    return len(where) == 5 and where[2] == "examples"  # topics, key, examples, match, number


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
