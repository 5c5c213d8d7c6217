"""The name that was perhaps meant (standard library only)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """A question that ends a sentence about a name that does not exist; empty where none of the names is like it."""
    closest = difflib.get_close_matches(name, list(names), n=1)
    return f". Did you mean {closest[0]}?" if closest else ""
