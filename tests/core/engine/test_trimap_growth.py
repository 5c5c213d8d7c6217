"""Shares of a proxy become the trimap of a frame: what is called known, and where it lands."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from stfam.core.engine.trimap_growth import dequantised, grow_trimap, quantised, subject_box
from stfam.core.network.box import Box


def shares(background: list[int], unknown: list[int], foreground: list[int]) -> torch.Tensor:
    """(1, 3, 1, w)."""
    return torch.tensor([[[background], [unknown], [foreground]]], dtype=torch.uint8)


def test_probabilities_are_kept_in_steps_of_255() -> None:
    kept = quantised(torch.tensor([-0.1, 0.0, 0.2, 0.501, 1.0, 1.2]))
    assert kept.dtype == torch.uint8 and kept.tolist() == [0, 0, 51, 128, 255, 255]
    assert dequantised(kept).tolist() == pytest.approx([0, 0, 0.2, 128 / 255, 1, 1])


def test_a_pixel_is_known_from_seven_tenths_on() -> None:
    given = shares([178, 179, 0, 0, 0], [77, 76, 77, 76, 255], [0, 0, 178, 179, 0])
    assert grow_trimap(given, (1, 5)).tolist() == [[128, 0, 128, 255, 128]]


def test_shares_grow_evenly_around_the_middle_of_their_pixels() -> None:
    assert grow_trimap(shares([0, 0], [0, 255], [255, 0]), (1, 4)).tolist() == [[255, 255, 128, 128]]
    assert grow_trimap(shares([0, 255], [255, 0], [0, 0]), (1, 4)).tolist() == [[128, 128, 0, 0]]


def test_all_beyond_the_view_is_background() -> None:
    grown = grow_trimap(shares([0], [255], [0]), (4, 5), Box(1, 2, 2, 2))
    expected = np.zeros((4, 5), np.uint8)
    expected[1:3, 2:4] = 128
    assert np.array_equal(grown, expected)


def test_a_subject_is_all_that_is_not_called_background_in_whole_pixels_of_the_frame() -> None:
    given = torch.zeros(1, 3, 4, 5, dtype=torch.uint8)
    given[:, 0] = 179
    assert subject_box(given, Box(0, 0, 4, 5)) is None
    given[:, 0, 1:3, 1] = 178
    assert subject_box(given, Box(10, 20, 10, 14)) == Box(12, 22, 6, 4)
