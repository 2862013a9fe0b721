"""Validates a request with the botocore model of the service, as the front end of AWS does.

Real services ignore unknown members. The sandbox rejects them, because they are always a mistake of the caller.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from .errors import ApiError


@dataclass(slots=True)
class Problem:
    """A violation: `malformed` for wrong types, otherwise a violated constraint."""

    text: str
    malformed: bool = False


_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "blob": (str, bytes, bytearray),
}


class _Problems(list[Problem]):
    """Collects violations. `enums` determines whether enumerations are checked."""

    enums = True


def validate(shape: StructureShape, value: Any, enums: bool = True) -> list[Problem]:
    """Return all violations, each with the path of the member. `enums` determines whether enumerations are checked."""
    problems = _Problems()
    problems.enums = enums
    _check(shape, value, "", problems)
    return problems


def _check(shape: Shape, value: Any, path: str, problems: _Problems) -> None:
    expected = _PYTHON_TYPES.get(shape.type_name)
    wrong_bool = isinstance(value, bool) and shape.type_name != "boolean"
    if expected is not None and (wrong_bool or not isinstance(value, expected)):
        problems.append(Problem(f"{path or 'body'}: expected {shape.type_name}, found {_name(value)}", True))
        return
    if isinstance(shape, StructureShape):
        _check_structure(shape, value, path, problems)
    elif isinstance(shape, MapShape):
        _check_size(shape, value, path, problems)
        for key, member in value.items():
            _check(shape.key, key, f"{path}.{key}.key", problems)
            if member is not None:
                _check(shape.value, member, f"{path}.{key}.member", problems)
    elif isinstance(shape, ListShape):
        _check_size(shape, value, path, problems)
        for index, member in enumerate(value, start=1):
            _check(shape.member, member, f"{path}.{index}.member", problems)
    else:
        _check_scalar(shape, value, path, problems)


def _check_structure(shape: StructureShape, value: dict[str, Any], path: str, problems: _Problems) -> None:
    prefix = f"{path}." if path else ""
    problems += [
        Problem(_constraint("null", prefix + name, "Member must not be null"))
        for name in shape.required_members
        if value.get(name) is None
    ]
    for name, member in value.items():
        if name not in shape.members:
            problems.append(Problem(f"Unknown member '{prefix}{name}' in the request"))
        elif member is not None:
            _check(shape.members[name], member, prefix + name, problems)
    if shape.is_tagged_union and sum(member is not None for member in value.values()) != 1:
        problems.append(Problem(f"Exactly one member of '{path}' must be set"))


def _check_size(shape: Shape, value: Any, path: str, problems: _Problems) -> None:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and len(value) < low:
        text = f"Member must have length greater than or equal to {low}"
        problems.append(Problem(_constraint(value, path, text)))
    if high is not None and len(value) > high:
        text = f"Member must have length less than or equal to {high}"
        problems.append(Problem(_constraint(value, path, text)))


def _check_scalar(shape: Shape, value: Any, path: str, problems: _Problems) -> None:
    if isinstance(value, str):
        _check_size(shape, value, path, problems)
        allowed = shape.metadata.get("enum")
        if allowed and problems.enums and value not in allowed:
            text = f"Member must satisfy enum value set: [{', '.join(allowed)}]"
            problems.append(Problem(_constraint(value, path, text)))
        pattern = _pattern(shape.metadata.get("pattern"))
        if pattern is not None and not pattern.fullmatch(value):
            text = f"Member must satisfy regular expression pattern: {pattern.pattern}"
            problems.append(Problem(_constraint(value, path, text)))
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if low is not None and value < low:
            text = f"Member must have value greater than or equal to {low}"
            problems.append(Problem(_constraint(value, path, text)))
        if high is not None and value > high:
            text = f"Member must have value less than or equal to {high}"
            problems.append(Problem(_constraint(value, path, text)))


@lru_cache
def _pattern(text: str | None) -> re.Pattern[str] | None:
    """Return the pattern of the model, or None for Java syntax that Python does not support."""
    if not text:
        return None
    try:
        return re.compile(text)
    except re.error:
        return None


def _constraint(value: Any, path: str, text: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {text}"


def _name(value: Any) -> str:
    if value is None:
        return "null"
    return {dict: "structure", list: "list", bool: "boolean", str: "string"}.get(type(value), type(value).__name__)


def refuse(problems: list[Problem], constraint_code: str) -> None:
    """Raise the error for the violations, if any: SerializationException for wrong types."""
    malformed = [problem.text for problem in problems if problem.malformed]
    if malformed:
        raise ApiError("SerializationException", "; ".join(malformed))
    if problems:
        count = len(problems)
        noun = "validation error" if count == 1 else "validation errors"
        raise ApiError(constraint_code, f"{count} {noun} detected: " + "; ".join(each.text for each in problems))
