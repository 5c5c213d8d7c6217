"""Contact sheets over time: what a clip's trimaps and mattes look like, so that boiling and lag can be seen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]


def contact_sheet(images: Picture, trimaps: Picture, rows: dict[str, npt.NDArray[np.float32]], columns: int = 6) -> Picture:
    """Plate, trimap and any number of mattes at evenly spaced times.

    Args:
        images: (T, H, W, 3) uint8.
        trimaps: (T, H, W) uint8.
        rows: mattes (T, H, W) in [0, 1] by name, top to bottom.
        columns: times that are shown.

    Returns:
        ((2 + rows) * H, columns * W, 3) uint8.
    """
    times = np.linspace(0, len(images) - 1, min(columns, len(images))).round().astype(int)
    bands = [_band(images[times]), _band(_grey(trimaps[times]))]
    bands += [_band(_grey(np.rint(matte[times].clip(0, 1) * 255).astype(np.uint8))) for matte in rows.values()]
    return np.concatenate(bands, 0)


def _band(pictures: Picture) -> Picture:
    return np.concatenate(list(pictures), 1)


def _grey(values: Picture) -> Picture:
    return np.repeat(values[..., None], 3, -1)
