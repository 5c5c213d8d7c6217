"""JSON from outside, strictly: no name twice, no depth that ends the process (standard library only)."""

from __future__ import annotations

import json
from typing import Any


def json_object(text: str | bytes) -> dict[str, Any]:
    """The JSON object in `text`.

    Raises:
        ValueError: no JSON, nested too deep, no object, or one that names a field twice.
    """
    data = json_value(text)
    if not isinstance(data, dict):
        raise ValueError(f"it must be an object, not {type(data).__name__}")
    return data


def json_value(text: str | bytes) -> Any:
    """What the JSON in `text` is, of whatever kind.

    Raises:
        ValueError: no JSON, nested too deep, or an object in it names a field twice.
    """
    try:
        return json.loads(text, object_pairs_hook=_distinct)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"it names '{twice}' twice")
    return data
