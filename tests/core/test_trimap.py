"""Trimaps: reading, checking, building from masks, widening."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from stfam.core.errors import TrimapError, UsageError
from stfam.core.media.frame_meta import FrameMeta
from stfam.core.media.matte_writer import write_trimap
from stfam.core.trimap import Trimap, from_mask, read_mask, read_trimap, validate, widen


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


def test_another_grey_for_the_unknown_is_told_from_anti_aliasing(tmp_path: Path) -> None:
    trimap = _trimap()
    trimap[trimap == 128] = 55  # in linear light
    write_trimap(tmp_path / "t.png", trimap)
    with pytest.raises(TrimapError, match=r"value 55 at pixel .*; paint the unknown 128.* not to linear light"):
        read_trimap(tmp_path / "t.png")


@pytest.mark.parametrize(
    ("alpha", "refused"),
    [
        (np.where(_trimap() < 255, 0, 255), False),
        (np.zeros((24, 32)), False),
        (np.where(_trimap() < 255, 255, 0), True),
        (np.where(_trimap() < 255, 0, 40), True),
    ],
    ids=["of the foreground alone", "nothing", "transparent foreground", "soft foreground"],
)
def test_white_that_is_not_opaque_is_an_error(tmp_path: Path, alpha: np.ndarray, refused: bool) -> None:
    path = tmp_path / "t.png"
    pixels = np.dstack([_trimap()] * 3 + [alpha.astype(np.uint8)])
    spec = oiio.ImageSpec(32, 24, 4, oiio.UINT8)
    spec.attribute("oiio:UnassociatedAlpha", 1)
    output = oiio.ImageOutput.create(str(path))
    assert output.open(str(path), spec) and output.write_image(pixels) and output.close()
    if refused:
        with pytest.raises(TrimapError, match=r"not opaque at pixel \(0, 16\), and white below"):
            read_trimap(path)
    else:
        assert (read_trimap(path) == _trimap()).all()


@pytest.mark.parametrize(
    ("value", "words"),
    [(128, "no unknown"), (255, "no foreground")],
)
def test_a_missing_class_is_an_error(value: int, words: str) -> None:
    trimap = _trimap()
    trimap[trimap == value] = 0
    with pytest.raises(TrimapError, match=words):
        validate(trimap)


def test_another_value_is_an_error_in_a_picture_too() -> None:
    trimap = _trimap()
    trimap[3, 5] = 100
    with pytest.raises(TrimapError, match=r"the trimap has the value 100 at pixel \(5, 3\)"):
        validate(trimap)


def test_all_unknown_is_an_error() -> None:
    with pytest.raises(TrimapError, match=r"^my  key\.png is unknown everywhere: it has no foreground"):
        validate(np.full((4, 4), 128, np.uint8), name="my  key.png")


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


@pytest.mark.parametrize("opaque", [False, True], ids=["the alpha", "the colour"])
def test_a_masks_alpha_counts_unless_it_is_opaque_everywhere(tmp_path: Path, opaque: bool) -> None:
    shape, rest = np.eye(8, dtype=np.float32), np.full((8, 8), 1.0 if opaque else 0.0, np.float32)
    channels = [shape, shape, shape, rest] if opaque else [rest, rest, rest, shape]
    assert oiio.ImageBuf(np.stack(channels, axis=-1)).write(str(tmp_path / "mask.png"))
    mask = read_mask(tmp_path / "mask.png", FrameMeta((0, 0, 8, 8), (0, 0, 8, 8)))
    np.testing.assert_array_equal(mask, shape)


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


def write_exr(path: Path, grey: np.ndarray, data: tuple[int, int], display: tuple[int, int, int, int]) -> Path:
    """A half float EXR whose data window begins at `data` in the display window (x, y, width, height)."""
    spec = oiio.ImageSpec(grey.shape[1], grey.shape[0], 3, "half")
    spec.x, spec.y = data
    spec.full_x, spec.full_y, spec.full_width, spec.full_height = display
    buffer = oiio.ImageBuf(spec)
    buffer.set_pixels(oiio.ROI(), np.repeat(grey[..., None].astype(np.float32), 3, 2))
    assert buffer.write(str(path))
    return path


@pytest.mark.parametrize(
    ("corner", "size"),
    [
        pytest.param((3, 2), (4, 6), id="cropped-to-what-is-drawn"),
        pytest.param((5, 0), (10, 16), id="of-the-plates-size-and-moved"),
        pytest.param((-2, -1), (14, 20), id="overscan"),
    ],
)
def test_a_trimap_lies_where_its_own_windows_say(
    tmp_path: Path, corner: tuple[int, int], size: tuple[int, int]
) -> None:
    whole = np.zeros((30, 40), np.float32)
    top, left = 10 + corner[1], 10 + corner[0]
    inside = whole[top : top + size[0], left : left + size[1]]
    inside[:] = 0.5
    inside[1:3, 1:3] = 1
    display = (0, 0, 16, 10)
    path = write_exr(tmp_path / "key.exr", inside, corner, display)
    trimap = read_trimap(path, (10, 16), meta=FrameMeta(display, display))
    assert np.array_equal(trimap, np.rint(whole[10:20, 10:26] * 255).astype(np.uint8))


def test_a_trimap_of_the_data_windows_size_lies_there_or_where_it_says(tmp_path: Path) -> None:
    painted = np.full((4, 6), 0.5, np.float32)
    painted[1:3, 1:3] = 1
    meta = FrameMeta((5, 3, 6, 4), (0, 0, 16, 10))
    plain = write_exr(tmp_path / "plain.exr", painted, (0, 0), (0, 0, 6, 4))
    trimap = read_trimap(plain, (10, 16), meta=meta)
    assert (trimap[3:7, 5:11] >= 128).all() and (trimap > 0).sum() == 24
    elsewhere = write_exr(tmp_path / "elsewhere.exr", painted, (2, 1), (0, 0, 16, 10))
    trimap = read_trimap(elsewhere, (10, 16), meta=meta)
    assert (trimap[1:5, 2:8] >= 128).all() and (trimap > 0).sum() == 24


def test_a_trimap_whose_windows_are_no_plates_lies_in_the_plates_data_window(tmp_path: Path) -> None:
    painted = np.full((4, 6), 0.5, np.float32)
    painted[1:3, 1:3] = 1
    path = write_exr(tmp_path / "key.exr", painted, (2, 1), (0, 0, 12, 8))
    trimap = read_trimap(path, (10, 16), meta=FrameMeta((5, 3, 6, 4), (0, 0, 16, 10)))
    assert (trimap[3:7, 5:11] >= 128).all() and (trimap > 0).sum() == 24


def test_a_trimap_of_the_plates_size_lies_as_it_is_wherever_the_data_window_is(tmp_path: Path) -> None:
    write_trimap(tmp_path / "t.png", _trimap())
    meta = FrameMeta((5, 3, 32, 24), (0, 0, 32, 24))
    assert (read_trimap(tmp_path / "t.png", (24, 32), meta=meta) == _trimap()).all()
    with pytest.raises(TrimapError, match=r"t\.png is 32x24, but the plate is 64x48"):
        read_trimap(tmp_path / "t.png", (48, 64), meta=FrameMeta((0, 0, 10, 10), (0, 0, 64, 48)))


def test_a_trimap_is_checked_whole_when_it_is_read_and_one_of_many_may_lack_a_class(tmp_path: Path) -> None:
    known = np.where(_trimap() == 128, 0, _trimap()).astype(np.uint8)
    write_trimap(tmp_path / "t.png", known)
    with pytest.raises(TrimapError, match=r"t\.png has no unknown"):
        read_trimap(tmp_path / "t.png")
    assert (read_trimap(tmp_path / "t.png", complete=False) == known).all()
    with pytest.raises(TrimapError, match=r"t\.png is 32x24, but the plate is 10x20"):
        read_trimap(tmp_path / "t.png", (20, 10), complete=False)


@pytest.mark.parametrize(
    ("value", "said"),
    [(-1.0, "has the value -255 at pixel (2, 1)"), (5.0, "has the value 1275"), (np.nan, "is no number or infinite")],
)
def test_values_of_float_trimaps_are_checked_before_they_are_bytes(tmp_path: Path, value: float, said: str) -> None:
    grey = np.full((4, 6), 0.5, np.float32)
    grey[0, 0], grey[1, 2] = 1, value
    path = write_exr(tmp_path / "key.exr", grey, (0, 0), (0, 0, 6, 4))
    with pytest.raises(TrimapError, match=re.escape(said)):
        read_trimap(path)
