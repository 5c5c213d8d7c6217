"""Contact sheets over time: what a clip's trimaps and mattes look like, so that boiling and lag can be seen."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import cv2
import numpy as np

from stfam.core.evaluation.metrics import Alphas, Pixels

ERROR_GAIN = 4.0
"""Differences are shown this many times as bright."""
INK, PAPER = (255, 255, 255), (0, 0, 0)


def clip_sheet(
    images: Pixels, trimaps: Pixels, truth: Alphas, mattes: Mapping[str, Alphas], *, columns: int = 5
) -> Pixels:
    """Plate, trimap, true alpha, then every matte and its error, at evenly spaced times.

    Args:
        images: (T, H, W, 3) uint8.
        trimaps: (T, H, W) uint8, as the mattes were made with.
        truth: (T, H, W) in [0, 1].
        mattes: (T, H, W) in [0, 1] by name, top to bottom.
        columns: times that are shown.

    Returns:
        ((3 + 2 * mattes) * H, columns * W, 3) uint8.
    """
    times = np.linspace(0, len(images) - 1, min(columns, len(images))).round().astype(int)
    rows = {"plate": images[times], "trimap": grey(trimaps[times]), "true alpha": _shown(truth[times])}
    for name, alpha in mattes.items():
        rows[name] = _shown(alpha[times])
        rows[f"{name}: error x {ERROR_GAIN:g}"] = _shown(np.abs(alpha[times] - truth[times]) * ERROR_GAIN)
    return rows_over_time(rows, [f"frame {t}" for t in times])


def rows_over_time(rows: Mapping[str, Pixels], times: list[str]) -> Pixels:
    """One row a name, one column a time, both written on the pictures.

    Args:
        rows: (N, H, W, 3) uint8 by name, all of one shape.
        times: N captions for the top row.
    """
    bands = [np.concatenate(list(pictures), 1) for pictures in rows.values()]
    width = bands[0].shape[1] // len(times)
    for name, band in zip(rows, bands):
        _write(band, name, (4, 14))
    for column, caption in enumerate(times):
        _write(bands[0], caption, (column * width + 4, 30))
    return np.concatenate(bands, 0)


def grey(values: Pixels) -> Pixels:
    """(…, H, W) -> (…, H, W, 3)."""
    return np.repeat(values[..., None], 3, -1)


def _shown(alpha: Alphas) -> Pixels:
    return grey(np.rint(alpha.clip(0, 1) * 255).astype(np.uint8))


def _write(picture: Pixels, text: str, at: tuple[int, int]) -> None:
    """The text with an outline: a bolder one has other widths, and letters would not lie over their outlines."""
    for x, y in itertools.product((-1, 1), repeat=2):
        _put(picture, text, (at[0] + x, at[1] + y), PAPER)
    _put(picture, text, at, INK)


def _put(picture: Pixels, text: str, at: tuple[int, int], colour: tuple[int, int, int]) -> None:
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, 1, cv2.LINE_AA)
