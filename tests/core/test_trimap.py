"""Trimaps: reading, checking, building from masks, widening."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stfam.core.errors import TrimapError, UsageError
from stfam.core.media.matte_writer import write_trimap
from stfam.core.trimap import Trimap, from_mask, read_trimap, validate, widen


def _trimap(height: int = 24, width: int = 32) -> Trimap:
    trimap = np.zeros((height, width), np.uint8)
    trimap[8:16] = 128
    trimap[16:] = 255
    return trimap


def test_round_trip_through_a_file(tmp_path: Path) -> None:
    path = tmp_path / "schlüssel.png"
    write_trimap(path, _trimap())
    assert (read_trimap(path, (24, 32)) == _trimap()).all()


def test_another_value_names_the_pixel_and_the_fix(tmp_path: Path) -> None:
    trimap = _trimap()
    trimap[3, 5] = 100
    write_trimap(tmp_path / "t.png", trimap)
    with pytest.raises(TrimapError, match=r"value 100 at pixel \(5, 3\).*stfam trimap") as caught:
        read_trimap(tmp_path / "t.png")
    assert caught.value.data["pixel"] == (5, 3)
    assert caught.value.exit_status == 3


@pytest.mark.parametrize(
    ("value", "words"),
    [(128, "no unknown"), (255, "no foreground")],
)
def test_a_missing_class_is_an_error(value: int, words: str) -> None:
    trimap = _trimap()
    trimap[trimap == value] = 0
    with pytest.raises(TrimapError, match=words):
        validate(trimap)


def test_all_unknown_is_an_error() -> None:
    with pytest.raises(TrimapError, match="unknown everywhere"):
        validate(np.full((4, 4), 128, np.uint8))


def test_another_size_is_an_error() -> None:
    with pytest.raises(TrimapError, match=r"32x24, but the plate is 64x48"):
        validate(_trimap(), (48, 64))


def test_from_a_hard_mask_the_band_has_the_widths_asked_for() -> None:
    mask = np.zeros((64, 64), np.float32)
    mask[:, 32:] = 1
    trimap = from_mask(mask, inner=5, outer=9)
    row = trimap[32]
    assert (row[: 32 - 9] == 0).all()
    assert (row[32 - 9 : 32 + 5] == 128).all()
    assert (row[32 + 5 :] == 255).all()


def test_a_soft_edge_stays_unknown_whole() -> None:
    mask = np.zeros((16, 100), np.float32)
    mask[:, 40:60] = np.linspace(0.05, 0.95, 20)
    mask[:, 60:] = 1
    trimap = from_mask(mask, inner=0, outer=0)
    assert (trimap[:, 40:60] == 128).all()
    assert (trimap[:, :40] == 0).all()
    assert (trimap[:, 60:] == 255).all()


@pytest.mark.parametrize(("value", "words"), [(0.0, "no subject"), (1.0, "whole frame")], ids=["empty", "full"])
def test_a_mask_without_an_edge_is_refused(value: float, words: str) -> None:
    with pytest.raises(TrimapError, match=words):
        from_mask(np.full((8, 8), value, np.float32), 2, 2)


@pytest.mark.parametrize("widths", [(-1, 2), (2, -0.5), (float("nan"), 2), (2, float("inf"))], ids=str)
def test_a_width_that_is_none_is_a_usage_error(widths: tuple[float, float]) -> None:
    mask = np.zeros((16, 16), np.float32)
    mask[4:12, 4:12] = 1
    with pytest.raises(UsageError, match="must be 0 or more pixels"):
        from_mask(mask, *widths)


def test_widen_and_narrow() -> None:
    wide = widen(_trimap(), 3)
    assert (wide[5:19] == 128).all()
    assert (wide[:5] == 0).all()
    assert (wide[19:] == 255).all()
    narrow = widen(_trimap(), -2)
    assert (narrow[:10] == 0).all()
    assert (narrow[14:] == 255).all()
    assert (narrow[10:14] == 128).all()
