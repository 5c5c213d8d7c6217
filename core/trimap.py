"""Trimaps: 8 bit, 0 background, 128 unknown, 255 foreground; read, checked, built from a mask, widened and narrowed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from stfam.core.errors import TrimapError, UsageError
from stfam.core.media.frame_meta import FloatImage, FrameMeta, to_canvas
from stfam.core.media.image_file import read_image

BACKGROUND, UNKNOWN, FOREGROUND = 0, 128, 255
SOFT = (1 / 255, 254 / 255)
"""A mask between these is a soft edge and stays unknown."""

Trimap: TypeAlias = npt.NDArray[np.uint8]


def read_trimap(
    path: Path | str, size: tuple[int, int] | None = None, *, meta: FrameMeta | None = None, complete: bool = True
) -> Trimap:
    """Read a trimap and check it.

    Args:
        path: any image; its three colour channels must agree.
        size: (H, W) of the plate.
        meta: of the plate's frame; a trimap of its data window's size is laid on its display window, unless its own
            windows, which an EXR has, say where it belongs. What its data window leaves out is background.
        complete: a keyframe must have unknown and foreground pixels; one trimap of many may lack them.

    Raises:
        InputError: missing or unreadable.
        TrimapError: wrong size or values, white where it is not opaque, or no unknown or no foreground pixels in one
            that must be complete.
    """
    file = read_image(Path(path))
    single = _single(file.pixels, str(path))
    if file.has_alpha:
        _check_filled(single, Path(path))
    trimap = _laid(single, file.meta)
    if meta is not None and trimap.shape != meta.size:
        trimap = over_display(single, meta)
    validate(trimap, size, name=str(path), complete=complete)
    return trimap


def read_key(path: Path | str, size: tuple[int, int], meta: Callable[[], FrameMeta]) -> Trimap:
    """Read a keyframe's trimap, which may lack unknown or foreground pixels, and check it.

    Args:
        path: of it.
        size: (H, W) of the plate.
        meta: that of the key's own frame, which is asked for where the trimap has another size than the plate.

    Raises:
        InputError: the trimap, or the plate's frame, is missing or unreadable.
        TrimapError: wrong size or values.
    """
    try:
        return read_trimap(path, size, complete=False)
    except TrimapError:
        return read_trimap(path, size, meta=meta(), complete=False)


def over_display(trimap: Trimap, meta: FrameMeta) -> Trimap:
    """A trimap of a frame's data window's size over its display window; any other as it is."""
    of_data_window = trimap.shape != meta.size and trimap.shape == (meta.data_window[3], meta.data_window[2])
    return _laid(trimap, meta) if of_data_window else trimap


def _laid(trimap: Trimap, meta: FrameMeta) -> Trimap:
    """A trimap of the data window on the display window."""
    return to_canvas(trimap[..., None].astype(np.float32), meta)[..., 0].astype(np.uint8)


def validate(
    trimap: Trimap, size: tuple[int, int] | None = None, *, name: str = "the trimap", complete: bool = True
) -> None:
    """Check size and values of a trimap (H, W) that an artist gives.

    Raises:
        TrimapError: says what is wrong, where, and how to mend it.
    """
    if size is not None:
        check_size(trimap.shape, size, name)
    _check_values(trimap, name)
    if not complete:
        return
    for value, missing, fix in (
        (UNKNOWN, "no unknown pixels (128)", "Paint the soft edge grey, or build it with `stfam trimap`"),
        (FOREGROUND, "no foreground pixels (255)", "Paint what is certainly the subject white"),
    ):
        if not (trimap == value).any():
            found = "is unknown everywhere: it has" if (trimap == UNKNOWN).all() else "has"
            raise TrimapError(f"{name} {found} {missing}. {fix}.", name=name)


def check_size(shape: tuple[int, ...], size: tuple[int, int], name: str) -> None:
    """Check the size of a trimap or mask that an artist gives.

    Raises:
        TrimapError: it is not the plate's.
    """
    if shape != size:
        raise TrimapError(
            f"{name} is {shape[1]}x{shape[0]}, but the plate is {size[1]}x{size[0]}. Make it at the plate's size.",
            size=shape,
            expected=size,
        )


def read_mask(path: Path | str, meta: FrameMeta) -> FloatImage:
    """Read a roto, mask or alpha (H, W) on the display window of the plate's frame that `meta` is of: the alpha of an
    image, or the first channel where it has none or one that is opaque everywhere.

    Raises:
        InputError: missing or unreadable.
        TrimapError: of another size than the plate, or than its data window.
    """
    file = read_image(Path(path), alpha=True)
    if file.has_alpha and file.pixels.min() >= 1:
        file = read_image(Path(path))
    mask = to_canvas(file.pixels, file.meta)
    if mask.shape[:2] != meta.size and mask.shape[:2] == (meta.data_window[3], meta.data_window[2]):
        mask = to_canvas(mask, meta)
    check_size(mask.shape[:2], meta.size, str(path))
    return mask[..., 0]


def from_mask(mask: FloatImage, inner: float, outer: float, *, name: str = "the mask") -> Trimap:
    """A trimap from a roto, mask or alpha.

    Args:
        mask: (H, W), 0 outside the subject, 1 inside; values between are a soft edge and stay unknown.
        inner: pixels of unknown inside the edge.
        outer: pixels of unknown outside the edge.
        name: of the mask, for messages.

    Raises:
        UsageError: a width is negative or no number of pixels.
        TrimapError: the mask is empty or full.
    """
    check_widths(inner, outer)
    inside, outside = mask >= SOFT[1], mask <= SOFT[0]
    if not inside.any() or outside.all():
        raise TrimapError(f"There is no subject to matte: {name} holds nothing that is certainly inside.")
    if not outside.any():
        raise TrimapError(f"There is no background to matte against: {name} covers the whole frame.")
    trimap = np.full(mask.shape, UNKNOWN, np.uint8)
    trimap[_distance_inside(inside) > inner] = FOREGROUND
    trimap[_distance_inside(outside) > outer] = BACKGROUND
    return trimap


def check_widths(inner: float, outer: float) -> None:
    """Check the widths that `from_mask` takes.

    Raises:
        UsageError: one is negative or no number of pixels.
    """
    for name, width in (("inner", inner), ("outer", outer)):
        if not 0 <= width < np.inf:
            raise UsageError(
                f"The {name} width of the unknown band must be 0 or more pixels; got {width:g}.", **{name: width}
            )


def widen(trimap: Trimap, pixels: float) -> Trimap:
    """A trimap (H, W) whose unknown band is dilated by `pixels` on both sides; eroded where negative, each side keeping
    what it knows."""
    out = trimap.copy()
    if pixels >= 0:
        out[_distance_inside(trimap != UNKNOWN) <= pixels] = UNKNOWN
        return out
    band = trimap == UNKNOWN
    to_foreground, to_background = _distance_inside(trimap != FOREGROUND), _distance_inside(trimap != BACKGROUND)
    out[band & (to_foreground <= -pixels) & (to_foreground <= to_background)] = FOREGROUND
    out[band & (to_background <= -pixels) & (to_background < to_foreground)] = BACKGROUND
    return out


def _distance_inside(region: npt.NDArray[np.bool_]) -> FloatImage:
    """Pixels from each position of a region to the nearest outside it; 0 outside; the frame's border is no edge."""
    if region.all():
        return np.full(region.shape, np.inf, np.float32)
    return cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE).astype(np.float32)


def _single(pixels: FloatImage, name: str) -> Trimap:
    grey = pixels[..., 0]
    same = all(np.array_equal(grey, pixels[..., channel]) for channel in (1, 2))
    values = np.rint((grey[..., None] if same else pixels) * 255)
    _check_finite(values, name)
    if (values != values[..., :1]).any():
        row, column = (int(i[0]) for i in np.nonzero((values != values[..., :1]).any(2)))
        raise TrimapError(
            f"{name} is coloured: pixel ({column}, {row}) is {values[row, column].astype(int).tolist()}. "
            "A trimap is grey: 0 background, 128 unknown, 255 foreground.",
            pixel=(column, row),
        )
    _check_values(values[..., 0], name)
    return values[..., 0].astype(np.uint8)


def _check_filled(trimap: Trimap, path: Path) -> None:
    """Raise for white that is not opaque, as paint programs export what was left unpainted, or painted softly."""
    alpha = read_image(path, alpha=True).pixels[..., 0]
    strange = (trimap == FOREGROUND) & (alpha < SOFT[1])
    if strange.any() and alpha.any():
        row, column = (int(i[0]) for i in np.nonzero(strange))
        raise TrimapError(
            f"{path} is not opaque at pixel ({column}, {row}), and white below, which would be foreground. Fill what "
            "is transparent or soft black, grey or white, and export it without an alpha channel.",
            pixel=(column, row),
        )


def _check_finite(values: FloatImage, name: str) -> None:
    if not np.isfinite(values).all():
        row, column = (int(i[0]) for i in np.nonzero(~np.isfinite(values).all(2)))
        raise TrimapError(
            f"{name} has a value that is no number or infinite at pixel ({column}, {row}). "
            "A trimap has only 0 (background), 128 (unknown) and 255 (foreground); export it again.",
            pixel=(column, row),
        )


def _check_values(trimap: Trimap | FloatImage, name: str) -> None:
    strange = (trimap != BACKGROUND) & (trimap != UNKNOWN) & (trimap != FOREGROUND)
    if strange.any():
        rows, columns = np.nonzero(strange)
        row, column = int(rows[0]), int(columns[0])
        mend = "turn anti-aliasing off when painting, or make one from the mask with `stfam trimap`"
        if not (trimap == UNKNOWN).any() and (trimap[strange] == trimap[row, column]).all():
            mend = "paint the unknown 128, and export it as it is: not to linear light, not multiplied by an alpha"
        many = "the only such pixel" if len(rows) == 1 else f"one of {len(rows)} such pixels"
        raise TrimapError(
            f"{name} has the value {int(trimap[row, column])} at pixel ({column}, {row}), {many}. "
            f"A trimap has only 0 (background), 128 (unknown) and 255 (foreground); {mend}.",
            pixel=(column, row),
            value=int(trimap[row, column]),
        )
