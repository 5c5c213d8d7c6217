"""Pixels between the window that a file holds and the one that is shown, neither of which begins at 0."""

from __future__ import annotations

import numpy as np
import pytest

from stfam.core.media.frame_meta import FrameMeta, to_canvas, to_data_window, within_data_window

META = FrameMeta(data_window=(8, 21, 4, 4), display_window=(10, 20, 4, 3))
"""Two columns to the left of what is shown and one row below its first; two rows of it lie below the last."""


def numbered(height: int, width: int) -> np.ndarray:
    """(h, w, 1): ten times the row and the column."""
    rows, columns = np.mgrid[:height, :width]
    return (10 * rows + columns).astype(np.float32)[..., None]


def test_the_canvas_shows_what_lies_in_both_windows() -> None:
    assert to_canvas(numbered(4, 4), META)[..., 0].tolist() == [[0, 0, 0, 0], [2, 3, 0, 0], [12, 13, 0, 0]]


def test_the_data_window_repeats_the_edge_of_the_canvas() -> None:
    rows = [[10, 10, 10, 11], [20, 20, 20, 21], [20, 20, 20, 21], [20, 20, 20, 21]]
    assert to_data_window(numbered(3, 4), META)[..., 0].tolist() == rows
    above_right = FrameMeta((12, 18, 4, 3), META.display_window)
    assert to_data_window(numbered(3, 4), above_right)[..., 0].tolist() == [[2, 3, 3, 3]] * 3


def test_a_file_without_windows_is_black_outside_the_data_window() -> None:
    assert within_data_window(numbered(3, 4), META)[..., 0].tolist() == [[0, 0, 0, 0], [10, 11, 0, 0], [20, 21, 0, 0]]


@pytest.mark.parametrize("data", [(100, 20, 2, 2), (10, 100, 2, 2), (0, 20, 5, 3), (10, 0, 4, 5)], ids=str)
def test_windows_that_lie_apart_have_nothing_to_show(data: tuple[int, int, int, int]) -> None:
    meta = FrameMeta(data, META.display_window)
    assert not to_canvas(numbered(data[3], data[2]) + 1, meta).any()
    assert not within_data_window(numbered(3, 4) + 1, meta).any()


@pytest.mark.parametrize("convert", [to_canvas, to_data_window, within_data_window])
def test_windows_that_agree_cost_no_copy(convert) -> None:
    pixels = numbered(3, 4)
    assert convert(pixels, FrameMeta(META.display_window, META.display_window)) is pixels
