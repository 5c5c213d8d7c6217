"""Values of command line options, read with a sentence about what was expected: argparse ends with status 2."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable


def whole(least: int, *, multiple: int = 1) -> Callable[[str], int]:
    """Reads a whole number of at least `least` that `multiple` divides."""
    divided = f", a multiple of {multiple}" if multiple > 1 else ""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least or value % multiple:
            raise argparse.ArgumentTypeError(f"expected a whole number of at least {least}{divided}; got '{text}'")
        return value

    return read


def number(text: str) -> float:
    """Reads a finite number."""
    value = _number(text)
    if math.isnan(value):
        raise argparse.ArgumentTypeError(f"expected a number; got '{text}'")
    return value


def positive(text: str) -> float:
    """Reads a number above 0."""
    value = _number(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"expected a number above 0; got '{text}'")
    return value


def not_negative(text: str) -> float:
    """Reads a number that is 0 or more."""
    value = _number(text)
    if not value >= 0:
        raise argparse.ArgumentTypeError(f"expected a number of at least 0; got '{text}'")
    return value


def _number(text: str) -> float:
    """Not a number where it is none."""
    try:
        value = float(text)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan
