"""Frozen dataclasses from JSON objects, with every field checked (standard library only)."""

from __future__ import annotations

import dataclasses
import math
import sys
import types
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


class FieldError(ValueError):
    """A JSON object that does not fit its dataclass; the text names the field, what it expects and what came."""


def from_json(cls: type[T], data: object, what: str | None = None) -> T:
    """An instance of the dataclass `cls` made from the JSON object `data`.

    Args:
        what: the object is called in errors, if not by the name of its class.

    Raises:
        FieldError: `data` is no object, a field is unknown, missing or of another type.
    """
    what = what or cls.__name__
    if not isinstance(data, Mapping):
        raise FieldError(f"{what} takes a JSON object, not {_kind(data)}")
    hints = _hints(cast(Any, cls))
    unknown = sorted(set(data) - set(hints))
    if unknown:
        raise FieldError(f"{what} has no field {', '.join(map(repr, unknown))}; it has {', '.join(hints) or 'none'}")
    missing = [name for name in _required(cast(Any, cls)) if name not in data]
    if missing:
        raise FieldError(f"{what} lacks a field: {', '.join(map(repr, missing))}")
    return cls(**{name: _checked(f"{what}.{name}", hints[name], value) for name, value in data.items()})


def to_json(message: Any) -> dict[str, Any]:
    """The JSON object of a dataclass; tuples become lists when it is written."""
    return {field.name: getattr(message, field.name) for field in dataclasses.fields(message)}


@cache
def _hints(cls: Any) -> dict[str, Any]:
    hints = get_type_hints(cls)
    return {field.name: hints[field.name] for field in dataclasses.fields(cls)}


def _required(cls: Any) -> list[str]:
    none = dataclasses.MISSING
    return [f.name for f in dataclasses.fields(cls) if f.default is none and f.default_factory is none]


def _checked(name: str, hint: Any, value: object) -> Any:
    if hint is Any:
        return value
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _checked_union(name, hint, value)
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise FieldError(f"{name} takes a list, not {_kind(value)}")
        return tuple(_checked(f"{name}[{i}]", get_args(hint)[0], item) for i, item in enumerate(value))
    if dataclasses.is_dataclass(hint):
        return from_json(cast(Any, hint), value, name)
    if origin is dict:
        if not isinstance(value, Mapping):
            raise FieldError(f"{name} takes an object, not {_kind(value)}")
        return dict(value)
    return _checked_scalar(name, hint, value)


def _checked_union(name: str, hint: Any, value: object) -> Any:
    options = get_args(hint)
    if value is None and type(None) in options:
        return None
    return _checked(name, next(option for option in options if option is not type(None)), value)


def _checked_scalar(name: str, hint: type, value: object) -> Any:
    if hint is float and type(value) is int and abs(value) <= sys.float_info.max:
        return float(value)
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise FieldError(f"{name} takes {hint.__name__}, not {_kind(value)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise FieldError(f"{name} takes a finite number, not {value}")
    return value


def _kind(value: object) -> str:
    return f"{type(value).__name__} {value!r}"[:80]
