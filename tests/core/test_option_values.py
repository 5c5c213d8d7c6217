"""Values of options: what is read, and what a person is told."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import pytest

from stfam.core.option_values import not_negative, positive, whole


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (whole(1), "1", 1),
        (whole(0), "0", 0),
        (whole(16, multiple=16), "48", 48),
        (positive, "1e-3", 0.001),
        (not_negative, "0", 0.0),
    ],
)
def test_what_makes_sense_is_read(read: Callable[[str], float], text: str, value: float) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text", "expected"),
    [
        (whole(1), "0", "a whole number of at least 1; got '0'"),
        (whole(1), "-5", "a whole number of at least 1; got '-5'"),
        (whole(0), "1.5", "a whole number of at least 0; got '1.5'"),
        (whole(16, multiple=16), "20", "at least 16, a multiple of 16; got '20'"),
        (positive, "0", "a number above 0; got '0'"),
        (positive, "fast", "a number above 0; got 'fast'"),
        (not_negative, "nan", "a number of at least 0; got 'nan'"),
    ],
)
def test_what_makes_none_is_said(read: Callable[[str], float], text: str, expected: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=expected):
        read(text)
